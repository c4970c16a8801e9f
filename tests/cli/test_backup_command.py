"""backup and restore as a script or a person in a hurry meets them: exit codes, JSON, full disks, wrong files."""

import gc
import os
import signal
import sqlite3
import subprocess
import time
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.log.snapshot import take
from tests.cli.driver import Seat, club_seat, enrol
from tests.cli.test_breaking import quiet
from tests.ledger_fixtures import founded_ledger

Factory = pytest.TempPathFactory


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def restore(seat: Seat, *arguments: str) -> "tuple[int, str]":
    """In this process, once nothing here has the ledger open any more."""
    gc.collect()
    done = seat.inside("restore", *arguments)
    gc.collect()
    return done.code, done.said


def agreed(seat: Seat, file: str = "one.backup") -> tuple[str, ...]:
    """How a script restores where something is lost: it names what --check told."""
    gc.collect()
    lost = seat.inside("restore", file, "--check", "--json").json["lost"]
    gc.collect()
    return file, "--identity", seat.key("founder"), "--lost", f"{lost['size']}:{lost['root']}"


def names(seat: Seat) -> list[str]:
    return sorted(path.name for path in seat.ledger.iterdir() if not path.name.endswith(("-wal", "-shm")))


def more(seat: Seat, word: str = "colleague") -> None:
    """One entry more: somebody is enrolled."""
    assert enrol(seat, word, "Robin Sample", by="founder", role="practitioner").code == 0


def test_what_a_backup_says_to_a_script(club: Seat) -> None:
    done = club.inside("backup", "one.backup", "--json")
    assert done.code == 0
    file = club.root / "one.backup"
    document = done.json
    assert set(document) == {"file", "size", "root", "sha256", "not_in_it"}
    assert (document["file"], document["size"]) == ("one.backup", 3)
    assert document["sha256"] == sha256(file.read_bytes()).hexdigest()
    assert document["root"] == club.inside("status", "--json").json["root"]
    assert document["not_in_it"] == ["ledger.toml", "identities", "state"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_a_restore_says_to_a_script(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    more(club)
    gc.collect()
    lost = club.inside("status", "--json").json
    looked = club.inside("restore", "one.backup", "--check", "--json").json
    assert set(looked) == {"file", "size", "root", "restored", "present", "seen", "lost", "erased_since"}
    assert looked["lost"] == {"size": lost["size"], "root": lost["root"]}
    assert looked["seen"] == {"how": "behind", "by": 1, "proved": True}
    assert looked["present"] == {"state": "sound", **looked["seen"]}
    gc.collect()
    done = club.inside("restore", *agreed(club), "--json").json
    assert set(done) == {*looked, "kept", "entry"}
    assert (done["restored"], done["entry"], done["size"]) == (True, 3, 4)
    gc.collect()
    status = club.inside("status", "--json").json
    (kept,) = status["losses"]
    assert set(kept) == {"size", "root", "kept", "entry", "by", "declared_at", "acknowledged_at"}
    assert (kept["size"], kept["root"], kept["kept"], kept["entry"]) == (4, lost["root"], 3, 3)
    verified = club.inside("verify", "--json").json
    assert any("entry 3, lost in a restore (by entry 3)" in words for words in verified["could_not_check"])


def test_nobody_restores_over_what_others_recorded_after_a_restore(club: Seat) -> None:
    """A computer that had not heard of it is told to agree to that loss, and changes nothing."""
    elsewhere = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "another-computer"))
    assert club.inside("backup", "one.backup").code == 0
    more(club)
    assert elsewhere.inside("status").code == 0
    assert restore(club, *agreed(club))[0] == 0
    more(club, "deputy")
    size = club.size()
    checked = elsewhere.inside("restore", "one.backup", "--check")
    assert checked.code == 0
    assert "restore --acknowledge" in checked.out
    assert "To put it in" not in checked.out
    code, said = restore(elsewhere, "one.backup", "--identity", club.key("founder"))
    assert (code, club.size()) == (1, size)
    assert "restore --acknowledge" in said


def test_a_backup_that_is_what_is_there_is_not_put_back(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    assert "nothing to put back" in club.inside("restore", "one.backup", "--check").out


def test_nobody_agrees_to_a_ledger_that_does_not_verify(club: Seat) -> None:
    other = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "state of another"))
    assert club.inside("backup", "one.backup").code == 0
    more(club)
    assert other.inside("status").code == 0
    assert restore(club, *agreed(club))[0] == 0
    with sqlite3.connect(club.ledger / "ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM wrap WHERE n = 1")
    database.close()
    done = other.inside("restore", "--acknowledge")
    assert done.code == 1
    assert "entries that all hold" in done.err
    assert "restore --acknowledge" in other.inside("status").err, "it is refused as before"


def test_a_receipt_of_a_lost_entry_stays_a_finding_that_names_the_declared_loss(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    more(club)
    assert club.inside("receipt", "3", "-o", "lost.receipt").code == 0
    assert restore(club, *agreed(club))[0] == 0
    assert club.inside("verify").code == 0
    done = club.inside("verify", "--receipt", "lost.receipt", "--json")
    assert done.code == 1
    (finding,) = done.json["findings"]
    assert finding["kind"] == "fork"
    assert "declared in entry 3, on" in finding["says"]
    assert finding["says"].endswith("that as much was lost in a restore")


def test_restoring_without_a_loss_needs_nobody(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    code, said = restore(club, "one.backup")
    assert (code, "Nothing that is known here is missing" in said) == (0, True)
    assert club.sound() == club.size() == 3


def test_nobody_declares_a_loss_without_having_been_asked(club: Seat) -> None:
    """Not even where the key and its passphrase are at hand; and what was agreed to is what is lost."""
    seat = club.with_env(CONSENT_LEDGER_IDENTITY=club.key("founder"))
    assert seat.inside("backup", "one.backup").code == 0
    assert restore(seat, "one.backup", "--lost", "3:" + "0" * 64)[0] == 3, "nothing is lost"
    more(seat)
    words = agreed(seat)
    more(seat, "manager")
    gc.collect()
    before = names(seat)
    code, said = restore(seat, "one.backup")
    assert code == 5
    assert "entries 3 to 4 would be lost" in " ".join(said.split())
    assert "--lost SIZE:ROOT" in said
    code, said = restore(seat, *words)
    assert (code, "what would be lost, 5:" in said) == (3, True), "it is more than what was agreed to"
    assert (names(seat), seat.sound()) == (before, 5)
    gc.collect()
    no = seat.terminal("restore", "one.backup", answers=(("Put the backup in the ledger's place?", "n"),))
    assert (no.code, seat.sound()) == (5, 5)
    assert seat.inside("status", "--json").json["losses"] == []
    assert restore(seat, *agreed(seat))[0] == 0
    assert seat.sound() == 4


def test_somebody_who_is_no_administrator_changes_nothing(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    more(club)
    before = names(club)
    file, _option, _founder, *lost = agreed(club)
    for options in ((), ("--identity", club.key("practitioner"))):
        code, said = restore(club, file, *options, *lost)
        assert code == 4, said
    assert names(club) == before
    assert club.sound() == 4


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--check",),
        ("one.backup", "--acknowledge"),
        ("--lost", "4:00", "--acknowledge"),
        ("--check", "--lost", "4:00"),
        ("one.backup", "--check", "--lost", "4:00"),
        ("--check", "--acknowledge"),
    ],
)
def test_one_thing_at_a_time(club: Seat, arguments: tuple[str, ...]) -> None:
    assert club.inside("restore", *arguments).code == 2


def test_the_wrong_order_and_wrong_files(club: Seat, tmp_path: Path) -> None:
    assert club.inside("backup", "one.backup").code == 0
    (club.root / "empty").mkdir()
    code, said = restore(club, "one.backup", "--ledger", "empty")
    assert (code, "a directory with ledger.toml in it" in said) == (3, True)
    take(founded_ledger(tmp_path, name="other").path, club.root / "other.backup")
    diary = club.file("diary", "Dear diary\n" * 99)
    for file in ("other.backup", diary, "nothing.backup", "demo"):
        for options in ((), ("--check",)):
            code, said = restore(club, file, *options)
            assert code == 3, said
            quiet(said)
    assert club.inside("restore", "--lost", "4:beef", "--identity", club.key("founder")).code == 3
    there = club.inside("status", "--json").json
    same = f"{there['size']}:{there['root']}"
    assert club.inside("restore", "--lost", same, "--identity", club.key("founder")).code == 3
    assert club.inside("restore", "--acknowledge").code == 3
    assert club.sound() == 3


def test_a_byte_that_was_flipped_is_named(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    data = bytearray((club.root / "one.backup").read_bytes())
    at = data.index(b"actor.enrolled")
    data[at] ^= 1
    club.file("one.backup", bytes(data))
    code, said = restore(club, "one.backup", "--check")
    assert code == 1
    assert "the first in entry" in said
    quiet(said)


def test_while_somebody_works_in_it_a_restore_waits_its_turn_and_gives_up(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    gc.collect()
    with sqlite3.connect(club.ledger / "ledger.db") as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        done = club.run("restore", "one.backup")
    somebody.close()
    assert done.code == 5
    assert "another program that has it open" in done.err
    assert club.sound() == 3


def test_ctrl_c_leaves_no_half_backup(club: Seat) -> None:
    """Whatever the moment: the file is there whole, or nothing is."""
    ended = set()
    for number in range(2):
        with club.start("backup", f"{number}.backup") as running:
            time.sleep(0.3 + number * 0.5)
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
        left = [path.name for path in club.root.glob(f"{number}.backup*")]
        assert left in ([], [f"{number}.backup"])
        ended.add(bool(left))
        if left:
            assert club.inside("restore", left[0], "--check").code == 0
    assert False in ended


ROOM = """
mount -t tmpfs -o size=%dk,mode=700 tmpfs disk || exit 77
cp -a demo disk/demo
%s
echo "ended with $?"
ls disk disk/demo
"""


def on_a_small_disk(seat: Seat, size: int, commands: str) -> "subprocess.CompletedProcess[str]":
    (seat.root / "disk").mkdir()
    script = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ROOM % (size, commands)]
    env = {**seat.env, "CONSENT_LEDGER": "disk/demo"}
    return subprocess.run(
        script, cwd=seat.root, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


def test_a_full_disk_leaves_no_half_backup_and_the_ledger_as_it_was(club: Seat) -> None:
    assert club.inside("backup", "one.backup").code == 0
    gc.collect()
    held = sum(path.stat().st_size for path in club.ledger.rglob("*") if path.is_file()) // 1024
    fill = "head -c 1000000000 /dev/zero > disk/filler 2> /dev/null\n"
    backup = "consent-ledger backup disk/new.backup"
    done = on_a_small_disk(club, held + 200, f"{fill}{backup}; consent-ledger restore one.backup")
    if done.returncode == 77:
        # no disk may be mounted here: a limit on how long a file may grow comes to the same
        (club.root / "disk" / "demo").symlink_to(club.ledger)
        env = {**club.env, "CONSENT_LEDGER": "disk/demo"}
        script = f"ulimit -f 16; {backup}; consent-ledger restore one.backup; echo ended with $?; ls disk disk/demo/"
        done = subprocess.run(["sh", "-c", script], cwd=club.root, env=env, capture_output=True, text=True, check=False)
    assert "ended with 5\n" in done.stdout, done.stdout + done.stderr
    assert done.stderr.count("this could not be done now") == 2, done.stderr
    assert "backup" not in done.stdout
    assert "restoring" not in done.stdout
    assert "replaced" not in done.stdout
    quiet(done.stdout + done.stderr)
    assert club.sound() == 3


def test_a_folder_that_cannot_be_written_to(club: Seat) -> None:
    assert club.inside("backup", "nowhere/one.backup").code == 3
    assert club.inside("backup", "one.backup").code == 0
    done = club.inside("backup", "one.backup")
    assert (done.code, "nothing is overwritten" in done.err) == (3, True)
    assert os.listdir(club.root).count("one.backup.part") == 0
