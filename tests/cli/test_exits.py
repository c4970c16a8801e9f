"""Exit codes and the words of errors: each kind, wrong usage, Ctrl-C, and a fault of the program itself."""

import io
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pexpect
import pytest

from cli import exits
from cli.main import main
from cli.world import World
from ledger.errors import Fault, LedgerError, Lost, Malformed, NotPermitted, Refused, Unavailable, Unverified

PROGRAM = Path(sys.executable).with_name("consent-ledger")
ROOT = Path(__file__).parents[2]
FIELDS = ("field", "what was wanted", "what was there", "what to do next")
SHOWN = {"field": FIELDS[0], "expected": FIELDS[1], "got": FIELDS[2], "hint": FIELDS[3]}
TABLE: list[tuple[LedgerError, int, str]] = [
    (Unverified(*FIELDS), 1, "this does not hold"),
    (Refused.one(*FIELDS), 3, "refused; nothing was written"),
    (Malformed(*FIELDS), 3, "refused; this cannot be read"),
    (NotPermitted(*FIELDS), 4, "not permitted; nothing was written"),
    (Unavailable(*FIELDS), 5, "this could not be done now"),
]


def here(typed: str = "") -> World:
    return World(
        clock=lambda: 1_790_000_000,
        random=bytes,
        env={},
        cwd=Path.cwd(),
        programs=Path.cwd(),
        stdin=io.StringIO(typed),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        ask_secret=lambda prompt: prompt,
    )


def said(world: World) -> tuple[str, str]:
    assert isinstance(world.stdout, io.StringIO)
    assert isinstance(world.stderr, io.StringIO)
    return world.stdout.getvalue(), world.stderr.getvalue()


@pytest.mark.parametrize(("error", "code", "title"), TABLE, ids=[type(row[0]).__name__ for row in TABLE])
def test_each_kind_of_error_has_its_code_and_its_words(error: LedgerError, code: int, title: str) -> None:
    world = here()
    assert exits.leave(world, error, as_json=False) == code
    out, err = said(world)
    assert out == ""
    assert err == (
        f"consent-ledger: {title}\n  field\n    expected  what was wanted\n    got       what was there\n"
        "    next      what to do next\n"
    )


@pytest.mark.parametrize(("error", "code", "title"), TABLE, ids=[type(row[0]).__name__ for row in TABLE])
def test_with_json_there_is_one_document_and_the_words_beside_it(error: LedgerError, code: int, title: str) -> None:
    world = here()
    assert exits.leave(world, error, as_json=True) == code
    out, err = said(world)
    assert json.loads(out) == {"ok": False, "exit": code, "faults": [SHOWN]}
    assert list(json.loads(out)) == ["ok", "exit", "faults"]
    assert title in err


def test_what_may_have_been_recorded_is_never_told_as_refused() -> None:
    world = here()
    assert exits.leave(world, Lost(bytes(16)), as_json=False) == 5
    assert said(world)[1] == (
        "consent-ledger: the answer was lost on the way\n"
        f"  entry {bytes(16).hex()}\n"
        "    expected  an answer from the database\n"
        "    got       none: whether it was recorded is not known\n"
        f"    next      Before you record it again, look whether it stands: consent-ledger show {bytes(16).hex()}\n"
    )


def test_every_error_of_the_ledger_is_in_the_table() -> None:
    kinds = {kind for kind in LedgerError.__subclasses__() if not kind.__name__.startswith("_")}
    kinds |= {kind for base in LedgerError.__subclasses__() for kind in base.__subclasses__()}
    assert {type(error) for error, _code, _title in TABLE} == kinds
    assert [exits.DONE, exits.FAILED, exits.USAGE, exits.REFUSED, exits.FORBIDDEN, exits.NOT_NOW] == [0, 1, 2, 3, 4, 5]


def test_a_refusal_tells_every_fault_and_no_empty_hint() -> None:
    error = Refused([Fault("one", "a", "b"), Fault("two", "c", "d", "try e")])
    world = here()
    exits.leave(world, error, as_json=True)
    out, err = said(world)
    assert [fault["field"] for fault in json.loads(out)["faults"]] == ["one", "two"]
    assert json.loads(out)["faults"][0]["hint"] == ""
    assert err.count("next") == 1


def test_what_a_fault_names_cannot_move_the_cursor() -> None:
    error = NotPermitted("\x1b[2J", "a\nVERIFIED", "\u202e\x9b", "\x07")
    world = here()
    exits.leave(world, error, as_json=True)
    for text in said(world):
        assert {c for c in text if not c.isprintable()} <= {"\n"}
    assert not any(line.startswith("VERIFIED") for line in said(world)[1].splitlines())
    assert json.loads(said(world)[0])["faults"][0]["field"] == "\x1b[2J"


# -- wrong usage

USAGE = [
    ["nonsense"],
    ["show"],
    ["status", "--nonsense"],
    ["record"],
    ["record", "--file"],
    ["init", "a"],
    ["verify", "--jobs", "0"],
    ["verify", "--jobs", "many"],
    ["policy", "check"],
    ["policy", "nonsense"],
    ["status"],  # no ledger is named
    ["identity", "new"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_is_2_and_says_where_to_read(arguments: list[str], tmp_path: Path) -> None:
    world = here()
    assert main(arguments, world) == 2
    out, err = said(world)
    assert out == ""
    assert "--help" in err
    assert "Traceback" not in err
    world = here()
    assert main([*arguments, "--json"], world) == 2
    assert json.loads(said(world)[0]) == {"ok": False, "exit": 2, "faults": []}


def test_help_is_no_error() -> None:
    for arguments in (["--help"], ["policy", "check", "--help"]):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_stop_says_that_nothing_is_left() -> None:
    for as_json in (False, True):
        world = here()
        assert exits.stopped(world, as_json=as_json) == 5
        out, err = said(world)
        assert "stopped" in err
        assert "Nothing half written is left" in err
        assert json.loads(out)["exit"] == 5 if as_json else out == ""


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("name", ["check", "explain", "packs", "diagram", "replay", "ask"])
def test_a_stop_of_what_records_nothing_says_no_more(name: str, as_json: bool) -> None:
    """Stopped where each of them looks at the clock; replay where it looks for its ledger."""

    def pressed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    class Stopping(dict[str, str]):
        get = __getitem__ = __contains__ = pressed

    world = replace(here(), clock=pressed, env=Stopping())
    file = ["-"] if name == "check" else []
    assert main(["policy", name, *file, *(["--json"] if as_json else [])], world) == 5
    out, err = said(world)
    assert err == "\nStopped. Nothing was recorded.\n"
    assert out == "" or [each["hint"] for each in json.loads(out)["faults"]] == ["Nothing was recorded."]


def test_a_stop_after_a_drawing_was_written_says_that_it_is() -> None:
    world = here()
    world.stands.files.append("chart.svg")
    assert exits.stopped(world, as_json=False, reading=True) == 5
    assert said(world)[1].startswith("chart.svg is written.\nconsent-ledger: stopped\n")


# -- Ctrl-C, in a real terminal


def prompted(out: Path, *, json_wanted: bool = False) -> Any:
    """`identity new` waiting at its passphrase prompt."""
    arguments = ["identity", "new", "--out", str(out), *(["--json"] if json_wanted else [])]
    env = {"PATH": str(PROGRAM.parent), "HOME": str(out.parent), "LANG": "C.UTF-8", "TERM": "dumb"}
    child = pexpect.spawn(str(PROGRAM), arguments, env=env, encoding="utf-8", timeout=60, dimensions=(24, 80))
    child.expect_exact("12 characters or more): ")
    return child


def ended(child: Any) -> tuple[int | None, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


@pytest.mark.parametrize("how", ["key", "signal", "end of input", "at the second prompt"])
def test_a_stop_at_a_prompt_is_5_and_leaves_no_file(how: str, tmp_path: Path) -> None:
    child = prompted(tmp_path / "my.key")
    if how == "at the second prompt":
        child.sendline("a passphrase for tests")
        child.expect_exact("The same again: ")
    if how == "signal":
        child.kill(signal.SIGINT)
    elif how == "end of input":
        child.sendeof()
    else:
        child.sendintr()
    code, screen = ended(child)
    assert code == 5, screen
    assert "stopped" in screen
    assert "Traceback" not in screen
    assert "passphrase for tests" not in screen
    assert list(tmp_path.iterdir()) == []


def test_nothing_typed_at_the_prompt_is_shown_and_the_file_is_made(tmp_path: Path) -> None:
    """The other way on, so that the test above is known to stop something."""
    child = prompted(tmp_path / "my.key")
    child.sendline("a passphrase for tests")
    child.expect_exact("The same again: ")
    child.sendline("a passphrase for tests")
    code, screen = ended(child)
    assert code == 0, screen
    assert "passphrase for tests" not in screen
    assert [path.name for path in tmp_path.iterdir()] == ["my.key"]


# -- a fault of the program

FAULTY = """
import sys
from cli import main
@main.app.command("faulty")
def faulty() -> None:
    name = "Robin Placeholder, 1 Nowhere Lane"
    raise {kind}(name)
sys.argv = ["consent-ledger", "faulty"]
main.run()
"""


@pytest.mark.parametrize("kind", ["RuntimeError", "KeyError", "AssertionError", "MemoryError", "OSError"])
def test_an_unexpected_error_prints_no_line_of_code_and_no_data(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTY.format(kind=kind)], cwd=ROOT, capture_output=True, text=True, check=False, env={}
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert f"a fault of the program ({kind})" in done.stderr
    for word in ("Robin", "Nowhere", "Traceback", "File ", "line "):
        assert word not in done.stderr, word


def test_who_looks_after_the_program_can_ask_for_the_lines() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTY.format(kind="RuntimeError")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"CONSENT_LEDGER_DEBUG": "1"},
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
