"""What was committed is told, whatever fails after it: nobody is to record the same thing twice."""

import io
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from cli import exits
from cli.main import main
from cli.world import Stands, World
from ledger.errors import NotPermitted, Refused, Unavailable, Unverified
from tests.cli.driver import PASSPHRASE, PROGRAM, Done, Seat, Typed, club_seat, enrol, seat_at
from tests.cli.sample_documents import share, text
from tests.cli.test_exits import here, said

Factory = pytest.TempPathFactory
FIELDS = ("field", "this", "that")


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def into(seat: Seat, where: str, *arguments: str, stdin: str = "") -> Done:
    """Run with an answer that cannot be written: to a full disk, or to a pipe that nobody reads."""
    if where == "full disk":
        out = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, out = os.pipe()
        os.close(reader)
    with seat.start(*arguments, stdout=out) as running:
        os.close(out)
        _out, err = running.communicate(stdin.encode(), timeout=60)
    return Done(running.returncode, "", err.decode())


def recording(seat: Seat) -> tuple[str, ...]:
    return ("record", "--file", seat.file("decision.json", text(share())), "--identity", seat.key("practitioner"))


def told(done: Done, number: int) -> None:
    assert done.code == 5, done.err
    assert f"Recorded as entry {number}." in done.err
    assert "do not record it again" in done.err
    for word in ("nothing was written", "a fault of the program", "Traceback", "Exception ignored", "Run it again"):
        assert word not in done.err, done.err


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["words", "json"])
@pytest.mark.parametrize("where", ["full disk", "closed pipe"])
def test_a_decision_whose_answer_is_lost_stands_and_is_told(where: str, more: tuple[str, ...], club: Seat) -> None:
    told(into(club, where, *recording(club), *more), 3)
    assert club.sound() == 4


@pytest.mark.parametrize("where", ["full disk", "closed pipe"])
def test_so_it_is_for_people_and_reports(where: str, club: Seat) -> None:
    founder, guardian = ("--identity", club.key("founder")), ("--identity", club.key("guardian"))
    handle = club.inside("actor", "list", "--json").json["people"][2]["handle"]
    told(into(club, where, "actor", "change", handle, "--role", "practitioner", *founder), 3)
    told(into(club, where, "report", "audit", "--from", "2026-01-01", "--to", "2026-12-31", *guardian), 4)
    told(into(club, where, "actor", "revoke", handle, "--reason", "left", *founder), 5)
    card = club.file("a.card", club.inside("identity", "card", club.key("guardian")).out)
    assert into(club, where, "actor", "enrol", card, "--role", "duty", *founder, stdin="a\nb\nc\n").code == 3
    assert club.sound() == 6


@pytest.mark.parametrize("where", ["full disk", "closed pipe"])
def test_so_it_is_for_a_beginning_a_receipt_and_a_key(where: str, tmp_path: Path) -> None:
    seat = seat_at(tmp_path / "new")
    begin = ("init", "demo", "--name", "anytown", "--organisation", "Anytown Sample Trust")
    told(into(seat, where, *begin, stdin="Avery Sample\nSecretary\n"), 0)
    assert seat.sound() == 1
    for arguments in (("receipt", "0", "-o", "0.receipt"), ("identity", "new", "--out", "my.key")):
        done = into(seat, where, *arguments)
        assert done.code == 5
        assert f"{arguments[-1]} is written." in done.err
        assert (seat.root / arguments[-1]).exists()


@pytest.mark.parametrize("line", ["--help", "list", "show 1", "status", "verify --jobs 1", "record --template"])
def test_a_lost_answer_of_a_command_that_only_reads_is_5_too(line: str, club: Seat) -> None:
    full = into(club, "full disk", *line.split())
    assert full.code == 5
    assert "the answer could not be written" in full.err
    assert "Recorded" not in full.err
    assert "fault of the program" not in full.err
    closed = into(club, "closed pipe", *line.split())
    assert (closed.code, closed.err) == (5, "")


def test_that_nobody_listens_to_the_talk_stops_nothing(club: Seat) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, *recording(club), "--json"], cwd=club.root, env=dict(club.env), stdout=subprocess.PIPE,
            stderr=full, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["index"] == 3


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["words", "json"])
def test_a_memory_that_cannot_be_kept_after_the_commit(more: tuple[str, ...], club: Seat) -> None:
    """It is taken away when the entry is given its random id: after the last look and before the commit."""
    state = Path(club.env["CONSENT_LEDGER_STATE"])

    def taking_away(size: int) -> bytes:
        if state.is_dir():
            shutil.rmtree(state)
            state.write_text("no folder")
        return os.urandom(size)

    out, err = io.StringIO(), io.StringIO()
    env = {**club.env, "CONSENT_LEDGER": str(club.ledger)}
    world = World(
        lambda: int(time.time()), taking_away, env, club.root, PROGRAM.parent, Typed(""), out, err, str
    )  # fmt: skip
    file, key = club.root / club.file("decision.json", text(share())), club.root / club.key("practitioner")
    code = main(["record", "--file", str(file), "--identity", str(key), *more], world)
    told(Done(code, out.getvalue(), err.getvalue()), 3)
    assert not more or json.loads(out.getvalue())["recorded"] == [3]
    state.unlink()
    assert club.sound() == 4


def test_a_document_that_cannot_be_deleted_after_the_commit(club: Seat) -> None:
    child = club.spawn(*recording(club))
    child.expect_exact("Delete it? [y/N]:")
    (club.root / "decision.json").unlink()
    (club.root / "decision.json").mkdir()
    child.sendline("y")
    child.expect_exact("Recorded as entry 3.")
    child.expect_exact("do not record it again")
    child.expect_exact("delete it yourself")
    child.expect(pexpect.EOF)  # all of it is read: a full terminal would hold the program up
    child.wait()
    assert child.exitstatus == 5
    assert club.sound() == 4


def committed(world: World) -> World:
    world.stands.entries += [7]
    return world


@pytest.mark.parametrize(
    ("error", "code"),
    [(Refused.one(*FIELDS), 5), (NotPermitted(*FIELDS), 5), (Unavailable(*FIELDS), 5), (Unverified(*FIELDS), 1)],
    ids=lambda value: type(value).__name__,
)
def test_what_fails_after_a_commit_is_5_but_for_a_ledger_that_does_not_hold(error: Refused, code: int) -> None:
    world = committed(here())
    assert exits.leave(world, error, as_json=True) == code
    out, err = said(world)
    assert json.loads(out)["recorded"] == [7]
    assert err.startswith("Recorded as entry 7.\nIt stands: do not record it again.")
    assert "nothing was written" not in err


@pytest.mark.parametrize("leave", [lambda world: exits.stopped(world, as_json=False)])
def test_a_stop_after_a_commit_does_not_say_to_run_it_again(leave: Callable[[World], int]) -> None:
    world = committed(here())
    assert leave(world) == 5
    assert "Recorded as entry 7." in said(world)[1]
    assert "Nothing half written" not in said(world)[1]


def test_a_new_command_begins_with_nothing_that_stands() -> None:
    world = committed(here())
    assert main(["nonsense"], world) == 2
    assert not world.stands


def test_what_stands_in_words() -> None:
    assert Stands().words() == []
    assert Stands([4, 3]).words()[0] == "Recorded as entries 3 to 4."
    assert Stands([3, 9, 5]).words()[0] == "Recorded as entries 3, 5, 9."
    assert Stands(files=["a.receipt"]).words() == ["a.receipt is written."]


# -- sitting at a prompt while others write


def test_somebody_records_while_this_person_sits_at_the_passphrase_prompt(club: Seat) -> None:
    waiting = club.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None).spawn(*recording(club), "--json")
    waiting.expect_exact("Passphrase: ")
    assert club.inside(*recording(club), "--json").code == 0, "the same person, elsewhere"
    assert enrol(club, "second", "Second Sample", by="founder", role="practitioner").code == 0
    waiting.sendline(PASSPHRASE)
    waiting.expect_exact('"index": 5')
    waiting.expect(pexpect.EOF)  # all of it is read: a full terminal would hold the program up
    waiting.wait()
    assert waiting.exitstatus == 0
    assert club.sound() == 6


def test_the_same_person_records_while_a_name_is_being_asked_for(club: Seat) -> None:
    assert club.inside("identity", "new", "--out", "new.key").code == 0
    card = club.file("new.card", club.inside("identity", "card", "new.key").out)
    asking = club.spawn("actor", "enrol", card, "--role", "practitioner", "--identity", club.key("founder"), "--json")
    asking.expect_exact("Their name: ")
    assert enrol(club, "second", "Second Sample", by="founder", role="practitioner").code == 0
    for typed in ("Third Sample", "post", "Anytown"):
        asking.sendline(typed)
    asking.expect_exact('"entry": 4')
    asking.expect(pexpect.EOF)  # all of it is read: a full terminal would hold the program up
    asking.wait()
    assert asking.exitstatus == 0
    assert club.sound() == 5


def test_what_was_recorded_while_sitting_at_the_prompt_can_be_shown(club: Seat) -> None:
    waiting = club.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None).spawn(
        "show", "3", "--identity", club.key("practitioner"), "--json"
    )
    waiting.expect_exact("Passphrase: ")
    assert club.inside(*recording(club), "--json").code == 0
    waiting.sendline(PASSPHRASE)
    waiting.expect_exact('"state": "opened"')
    waiting.expect(pexpect.EOF)  # all of it is read: a full terminal would hold the program up
    waiting.wait()
    assert waiting.exitstatus == 0
