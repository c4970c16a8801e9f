"""What happens around a command: stopped, killed, two at once, no room, no right to write, nobody who listens.

Whatever it is, afterwards the ledger opens, verifies, and holds whole entries alone.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from ledger.log.append import Log
from ledger.records.place import Place
from ledger.records.writing import Desk, Draft
from ledger.sealing.identity import Identity, handle_of, public_of
from ledger.sealing.keys import decode_key
from tests.cli.driver import PASSPHRASE, Seat, club_seat, demo_seat
from tests.cli.sample_documents import MARKERS, planted, text
from tests.ledger_fixtures import size_and_root

Factory = pytest.TempPathFactory
ROUNDS, KILLS = 10, 5


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def recording(seat: Seat) -> tuple[str, ...]:
    """A record command that succeeds wherever nothing is in its way."""
    return ("record", "--file", seat.file("decision.json", text(planted())), "--identity", seat.key("practitioner"))


def quiet(said: str) -> None:
    """No traceback, and nothing of the document or the passphrase."""
    assert "Traceback" not in said
    assert [marker for marker in (*MARKERS, PASSPHRASE) if marker in said] == []


def unlocked(seat: Seat) -> "pexpect.spawn[str]":
    """A record command that was just given its passphrase: from here on it unlocks, seals and writes."""
    # stopped on its way out, the prompt of Python's own library may leave its terminal to be closed by itself
    warnings = "error,ignore:unclosed file:ResourceWarning"
    seat = seat.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None, PYTHONWARNINGS=warnings)
    child = seat.spawn(*recording(seat), "--json")
    child.expect_exact("Passphrase: ")
    child.sendline(PASSPHRASE)
    return child


def ended(child: "pexpect.spawn[str]") -> str:
    """What it said until its end."""
    child.expect(pexpect.EOF)
    said: str = child.before
    child.close()
    return said


def duration(seat: Seat) -> float:
    """Seconds from the passphrase to the end, with nothing in the way."""
    child = unlocked(seat)
    begun = time.monotonic()
    ended(child)
    assert child.exitstatus == 0
    return time.monotonic() - begun


def test_ctrl_c_at_the_passphrase_prompt(club: Seat) -> None:
    child = club.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None).spawn(*recording(club))
    child.expect_exact("Passphrase: ")
    child.sendintr()
    said = ended(child)
    assert child.exitstatus == 5
    assert "consent-ledger: stopped" in said
    quiet(said)
    assert club.sound() == club.size() == 3


def test_ctrl_c_while_recording(club: Seat) -> None:
    """At ten times spread over the whole of it: before, the entry is there or is not, and it says which to look for."""
    whole = duration(club)
    size, codes = club.sound(), set()
    for number in range(ROUNDS):
        child = unlocked(club)
        time.sleep(whole * number / ROUNDS)
        child.kill(signal.SIGINT)
        said = ended(child)
        quiet(said.replace(f"{PASSPHRASE}\r\n", ""))
        codes.add(child.exitstatus)
        now = club.sound()
        assert now == club.size()
        assert now - size in ((0, 1) if child.exitstatus == 5 else (1,)), said
        size = now
    assert codes <= {0, 5}
    assert 5 in codes


def test_killed_while_recording(club: Seat) -> None:
    whole = duration(club)
    size, killed = club.sound(), 0
    for number in range(KILLS):
        child = unlocked(club)
        time.sleep(whole * number / KILLS)
        child.kill(signal.SIGKILL)
        ended(child)
        killed += child.signalstatus == signal.SIGKILL
        now = club.sound()
        assert now == club.size()
        assert now - size in (0, 1)
        size = now
    assert killed
    assert club.inside(*recording(club)).code == 0
    assert club.sound() == size + 1


def test_two_at_once_are_both_recorded(club: Seat) -> None:
    command = recording(club)
    both = [club.start(*command, "--json") for _ in range(2)]
    for running in both:
        out, err = running.communicate(timeout=120)
        assert running.returncode == 0, err.decode()
        assert b'"index"' in out
    assert club.sound() == club.size() == 5


HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
database.execute("ROLLBACK")
"""


def test_a_busy_database(club: Seat) -> None:
    """Another program holds the write lock for longer than anybody waits; reading goes on meanwhile."""
    command = [sys.executable, "-c", HOLD, str(club.ledger / "ledger.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        done = club.run(*recording(club))
        reading = club.inside("status")
        holder.communicate(b"\n")
    assert done.code == 5
    assert done.err.startswith("consent-ledger: this could not be done now\n")
    assert "    next      " in done.err
    quiet(done.said)
    assert reading.code == 0
    assert club.sound() == club.size() == 3
    assert club.inside(*recording(club)).code == 0


ROOM = """
mount -t tmpfs -o size=2m,mode=700 tmpfs disk || exit 77
cp -a demo disk/demo
cat /dev/zero > disk/filler 2> filling
"""
CROWDED = """
export CONSENT_LEDGER=disk/demo CONSENT_LEDGER_IDENTITY=disk/demo/identities/practitioner.key
(%s; consent-ledger record --file decision.json)
echo "ended with $?"
rm -f disk/filler
consent-ledger verify --json && consent-ledger record --file decision.json
echo "ended with $?"
consent-ledger verify
"""


def test_a_full_disk(club: Seat) -> None:
    """A small disk of its own, filled; where none may be mounted, a limit on how long a file may grow."""
    recording(club)
    (club.root / "disk").mkdir()
    script = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ROOM + CROWDED % "true"]
    more = {"cwd": club.root, "env": dict(club.env), "capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
    done = subprocess.run(script, check=False, **more)
    if "ended with" not in done.stdout:
        shutil.copytree(club.ledger, club.root / "disk" / "demo")
        done = subprocess.run(["sh", "-c", CROWDED % "ulimit -f 8"], check=False, **more)
    first, second, _verified = done.stdout.split("ended with ")
    assert first == ""
    assert second.startswith("5\n"), done.stderr
    assert '"size": 3,' in second
    assert "Recorded as entry 3" in second
    assert "VERIFIED. All 4 entries" in done.stdout
    assert "consent-ledger: this could not be done now\n" in done.stderr
    quiet(done.stdout + done.stderr)


def without_privilege() -> None:
    """Give up what lets the machine's administrator write anywhere; nobody else has it to begin with."""
    libc = ctypes.CDLL(None, use_errno=True)
    drop_from_bounding_set = 24
    for capability in range(64):
        libc.prctl(drop_from_bounding_set, capability, 0, 0, 0)


def test_a_directory_that_may_not_be_written_to(club: Seat) -> None:
    command = recording(club)
    places = [club.ledger, *club.ledger.rglob("*")]
    for path in places:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        done = club.run(*command, preexec_fn=without_privilege)
        made = club.run("init", "demo/inner", "--name", "a", "--organisation", "A", stdin="A\nB\n",
                        preexec_fn=without_privilege)  # fmt: skip
    finally:
        for path in places:
            path.chmod(path.stat().st_mode | 0o200)
    assert done.code in (3, 4, 5), done.said
    assert "    next      " in done.err
    quiet(done.said)
    assert made.code in (3, 5), made.said
    quiet(made.said)
    assert club.sound() == club.size() == 3


def test_a_second_users_receipt(club: Seat, tmp_path: Path, tmp_path_factory: Factory) -> None:
    """Somebody who never saw this ledger makes a receipt that the first one's ledger must still cover."""
    second = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "second"))
    made = second.inside("receipt", "1", "-o", "second.receipt")
    assert made.code == 0
    assert "First look at this ledger from here" in made.err
    assert club.inside("verify", "--receipt", "second.receipt").code == 0
    foreign = demo_seat(tmp_path / "other", tmp_path_factory)
    shutil.copyfile(foreign.ledger / "first-decision.receipt", club.root / "foreign.receipt")
    refused = club.inside("verify", "--receipt", "foreign.receipt")
    assert refused.code == 1
    key = club.inside("status", "--json").json["vkey"]
    assert club.run("check-receipt", "foreign.receipt", "--key", key).code == 1
    assert club.sound() == 3


def test_entries_that_a_receipt_covers_and_the_ledger_lacks(club: Seat) -> None:
    """An old copy put back: refused at the next command by whoever saw more, and found by anybody with a receipt."""
    shutil.copytree(club.ledger, club.root / "old")
    assert club.inside(*recording(club)).code == 0
    assert club.inside("receipt", "3", "-o", "3.receipt").code == 0
    shutil.rmtree(club.ledger)
    shutil.copytree(club.root / "old", club.ledger)
    rolled = club.run("status")
    assert rolled.code == 1
    assert "Entries are missing" in rolled.err
    newcomer = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "newcomer"))
    assert newcomer.inside("verify").code == 0
    assert newcomer.inside("verify", "--receipt", "3.receipt").code == 1


CLOSED = ("record --template", "list", "show 1", "status", "verify", "record --schema", "--help", "actor list --json")


@pytest.mark.parametrize("line", CLOSED)
def test_a_pipe_that_nobody_reads(line: str, club: Seat) -> None:
    """As with `| head -1`, when what reads has ended already."""
    reader, writer = os.pipe()
    os.close(reader)
    with club.start(*line.split(), stdout=writer) as running:
        os.close(writer)
        _out, err = running.communicate(b"", timeout=60)
    quiet(err.decode())
    assert "Exception" not in err.decode()
    assert "fault of the program" not in err.decode()


def test_head_of_a_long_answer(club: Seat) -> None:
    done = subprocess.run(
        ["sh", "-c", "consent-ledger record --schema | head -1"],
        cwd=club.root, env=dict(club.env), capture_output=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (b"{\n", b"")


HOSTILE = "Eve\x1b[2J\x1b]0;x\x07 \u202eelpmaS \x9b2J"


def test_a_name_with_escape_sequences_is_not_let_in(club: Seat) -> None:
    assert club.inside("identity", "new", "--out", "new.key").code == 0
    card = club.file("new.card", club.inside("identity", "card", "new.key").out)
    enrolling = ("actor", "enrol", card, "--role", "practitioner", "--identity", club.key("founder"))
    done = club.inside(*enrolling, stdin=f"{HOSTILE}\npost\nAnytown\n")
    assert done.code == 3
    assert {character for character in done.said if not character.isprintable()} == {"\n"}
    assert club.sound() == club.size() == 3


def test_a_record_with_escape_sequences_moves_no_cursor(club: Seat) -> None:
    """Another program sealed text that clears the screen and turns lines round: it is shown without what does it."""
    recorded = club.inside(*recording(club), "--json").json
    place = Place(club.ledger)
    store, origin = place.store(), place.settings().origin
    seed = decode_key((club.root / club.key("practitioner")).read_bytes(), PASSPHRASE.encode())
    with store.read() as reader:
        head = reader.head()
    assert head is not None
    me = Identity(handle_of(public_of(seed)), seed)
    log = Log(store, origin, [place.log_signer()])
    desk = Desk(log, me, size_and_root(head.checkpoint), lambda: int(time.time()), os.urandom)
    desk.write(Draft("note.added", bytes.fromhex(recorded["case"]), record={"note": HOSTILE}))
    store.close()
    for more in ((), ("--plain",), ("--json",)):
        done = club.inside("show", "4", "--identity", club.key("guardian"), *more)
        assert done.code == 0
        assert "elpmaS" in done.out
        assert {character for character in done.said if not character.isprintable()} == {"\n"}
    shown = re.sub("\x1b\\[[01]m", "", club.terminal("show", "4", "--identity", club.key("guardian")).out)
    assert "elpmaS" in shown
    assert {character for character in shown if not character.isprintable()} == {"\n"}
    assert club.sound() == club.size() == 5
