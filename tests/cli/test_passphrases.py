"""Where a passphrase comes from, and that it goes nowhere: not to the screen, an error, a file or the process list."""

import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pexpect
import pytest
import typer

from cli.main import main
from cli.passphrases import new_passphrase, passphrase_of, seed_of
from cli.ui import Ui
from cli.world import World
from ledger.errors import LedgerError, Malformed, NotPermitted, Refused
from ledger.sealing.keys import decode_key, encode_key, write_private
from tests.ledger_fixtures import seed_of as sample_seed

PROGRAM = Path(sys.executable).with_name("consent-ledger")
SECRET = "seven plain words that nobody else says"
OTHER = "another sentence of some plain words"


class Screen(io.StringIO):
    """A stream that says of itself that it is a terminal."""

    def isatty(self) -> bool:
        return True


class Person:
    """Somebody at a terminal, or nobody; what they were asked is kept."""

    def __init__(self, *answers: str, env: Mapping[str, str] | None = None, there: bool = True) -> None:
        self.asked: list[str] = []
        waiting = iter(answers)

        def ask(prompt: str) -> str:
            self.asked.append(prompt)
            return next(waiting)

        kind = Screen if there else io.StringIO
        self.out, self.err = kind(), kind()
        self.world = World(
            clock=lambda: 1_790_000_000,
            random=lambda size: sample_seed("newcomer")[:size],
            env=env or {},
            cwd=Path.cwd(),
            programs=Path.cwd(),
            stdin=kind(),
            stdout=self.out,
            stderr=self.err,
            ask_secret=ask,
        )
        self.ui = Ui(self.world)

    @property
    def said(self) -> str:
        return self.out.getvalue() + self.err.getvalue()


@pytest.fixture(scope="module")
def locked() -> bytes:
    """A key file's bytes."""
    return encode_key(sample_seed("newcomer"), SECRET.encode())


@pytest.fixture
def key(tmp_path: Path, locked: bytes) -> Path:
    write_private(tmp_path / "my.key", locked)
    return tmp_path / "my.key"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(f"{SECRET}\n")
    return path


# -- where it comes from


def test_a_file_comes_first_then_the_environment_then_somebody_is_asked(file: Path) -> None:
    both = {"CONSENT_LEDGER_PASSPHRASE_FILE": str(file), "CONSENT_LEDGER_PASSPHRASE": OTHER}
    person = Person("typed", env=both)
    assert passphrase_of(person.world, person.ui) == SECRET.encode()
    person = Person("typed", env={"CONSENT_LEDGER_PASSPHRASE": OTHER})
    assert passphrase_of(person.world, person.ui) == OTHER.encode()
    assert person.asked == []
    person = Person("typed words")
    assert passphrase_of(person.world, person.ui) == b"typed words"
    assert person.asked == ["Passphrase: "]
    assert person.said == ""


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_line_ends_of_the_file_are_no_part_of_it(tmp_path: Path, end: str) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(f" é {SECRET} {end}".encode())
    person = Person(env={"CONSENT_LEDGER_PASSPHRASE_FILE": str(path)})
    assert passphrase_of(person.world, person.ui) == f" é {SECRET} ".encode(), "spaces are"


def test_a_file_that_cannot_be_read_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        person = Person("typed", env={"CONSENT_LEDGER_PASSPHRASE_FILE": str(path)})
        with pytest.raises(Refused) as refused:
            passphrase_of(person.world, person.ui)
        assert refused.value.faults[0].field == "CONSENT_LEDGER_PASSPHRASE_FILE"
        assert person.asked == []


def test_where_nobody_can_be_asked_it_says_what_to_set() -> None:
    person = Person("typed", there=False)
    with pytest.raises(Refused) as refused:
        passphrase_of(person.world, person.ui)
    assert "CONSENT_LEDGER_PASSPHRASE_FILE" in refused.value.faults[0].hint
    assert person.asked == []


# -- a new one


def test_a_new_one_is_typed_twice(file: Path) -> None:
    person = Person(SECRET, SECRET)
    assert new_passphrase(person.world, person.ui) == SECRET.encode()
    assert [prompt.partition(" (")[0] for prompt in person.asked] == ["A passphrase for your key", "The same again: "]
    person = Person(SECRET, SECRET + " ")
    with pytest.raises(Refused) as refused:
        new_passphrase(person.world, person.ui)
    assert SECRET not in str(refused.value)
    for env in ({"CONSENT_LEDGER_PASSPHRASE_FILE": str(file)}, {"CONSENT_LEDGER_PASSPHRASE": SECRET}):
        person = Person(env=env)
        assert new_passphrase(person.world, person.ui) == SECRET.encode()
        assert person.asked == []


@pytest.mark.parametrize("short", ["", "eleven long", "é" * 11])
def test_a_short_one_is_refused_and_no_file_is_made(tmp_path: Path, short: str) -> None:
    person = Person(short, short)
    code = main(["identity", "new", "--out", str(tmp_path / "new.key"), "--json"], person.world)
    assert code == 3
    assert json.loads(person.out.getvalue())["faults"][0]["field"] == "passphrase"
    assert list(tmp_path.iterdir()) == []
    assert not short or short not in person.said


def test_twelve_characters_are_enough_whatever_letters_they_are(tmp_path: Path) -> None:
    person = Person("é" * 12, "é" * 12)
    assert main(["identity", "new", "--out", str(tmp_path / "new.key")], person.world) == 0
    assert decode_key((tmp_path / "new.key").read_bytes(), ("é" * 12).encode()) == sample_seed("newcomer")


# -- the key behind it


def test_the_key_is_unlocked_whether_named_or_set(key: Path) -> None:
    person = Person(SECRET)
    assert seed_of(person.world, person.ui, key) == sample_seed("newcomer")
    person = Person(SECRET, env={"CONSENT_LEDGER_IDENTITY": str(key)})
    assert seed_of(person.world, person.ui, None) == sample_seed("newcomer")
    person = Person(SECRET, env={"CONSENT_LEDGER_IDENTITY": str(key.with_name("missing"))})
    assert seed_of(person.world, person.ui, key) == sample_seed("newcomer"), "the one that is named comes first"


@pytest.mark.parametrize("env", [{}, {"CONSENT_LEDGER_IDENTITY": ""}])
def test_no_key_named_is_wrong_usage(env: dict[str, str]) -> None:
    person = Person(SECRET, env=env)
    with pytest.raises(typer.BadParameter, match="--identity"):
        seed_of(person.world, person.ui, None)
    assert person.asked == []


def _others_can_read(path: Path) -> None:
    path.chmod(0o640)


def _gone(path: Path) -> None:
    path.unlink()


def _something_else(path: Path) -> None:
    path.write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")


BROKEN: dict[str, tuple[Callable[[Path], None], type[LedgerError], int]] = {
    "others can read it": (_others_can_read, NotPermitted, 4),
    "it is not there": (_gone, Refused, 3),
    "it is something else": (_something_else, Malformed, 3),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_key_file_that_is_no_good_is_told_as_such(key: Path, name: str) -> None:
    damage, error, code = BROKEN[name]
    damage(key)
    person = Person(SECRET)
    with pytest.raises(error):
        seed_of(person.world, person.ui, key)
    assert main(["identity", "card", str(key)], Person(SECRET).world) == code


@pytest.mark.parametrize("wrong", ["", " ", OTHER, SECRET.upper(), SECRET + " ", "\x00", "é" * 5000])
def test_a_wrong_passphrase_is_4_and_is_not_said(key: Path, wrong: str) -> None:
    person = Person(wrong)
    assert main(["identity", "card", str(key), "--json"], person.world) == 4
    answer = json.loads(person.out.getvalue())
    assert (answer["exit"], answer["faults"][0]["field"]) == (4, "passphrase")
    assert len(wrong) < 2 or wrong not in person.said
    assert SECRET not in person.said


# -- where it goes


def test_it_is_in_no_answer_of_any_command_that_asks_for_it(key: Path, tmp_path: Path) -> None:
    made = Person(SECRET, SECRET)
    assert main(["identity", "new", "--out", str(tmp_path / "new.key")], made.world) == 0
    asked = Person(SECRET)
    assert main(["identity", "card", str(key)], asked.world) == 0
    assert "consent-ledger/card" in asked.said
    for person in (made, asked):
        assert SECRET not in person.said
        assert sample_seed("newcomer").hex() not in person.said
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SECRET.encode() not in path.read_bytes()
        assert sample_seed("newcomer") not in path.read_bytes()


def test_no_command_takes_it_as_an_argument() -> None:
    """It would be seen in the list of processes and kept in the shell's history."""
    found = []

    def look(command: object, path: str) -> None:
        for parameter in getattr(command, "params", []):
            found.append((path, parameter.name))
        for name, inner in getattr(command, "commands", {}).items():
            look(inner, f"{path} {name}")

    from cli.main import app

    look(typer.main.get_command(app), "consent-ledger")
    assert len(found) > 50
    assert [each for each in found if {"pass", "secret", "password"} & set(str(each[1]).split("_"))] == []
    assert [each for each in found if "phrase" in str(each[1])] == []


def test_a_running_command_shows_it_neither_in_its_arguments_nor_on_the_screen(key: Path) -> None:
    env = {"PATH": str(PROGRAM.parent), "HOME": str(key.parent), "LANG": "C.UTF-8", "TERM": "dumb"}
    child = pexpect.spawn(
        str(PROGRAM), ["identity", "card", str(key)], env=env, encoding="utf-8", timeout=60, dimensions=(24, 80)
    )
    child.expect_exact("Passphrase: ")
    arguments = Path(f"/proc/{child.pid}/cmdline").read_bytes()
    child.sendline(SECRET)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "consent-ledger/card" in child.before
    assert SECRET not in child.before
    assert b"identity\0card\0" in arguments
    assert SECRET.encode() not in arguments


def test_behind_a_pipe_it_is_not_read_from_stdin(key: Path) -> None:
    """What is piped is a document or names; a passphrase there would be in a script."""
    env = {"PATH": str(PROGRAM.parent), "HOME": str(key.parent)}
    done = subprocess.run(
        [PROGRAM, "identity", "card", key], input=f"{SECRET}\n", env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "CONSENT_LEDGER_PASSPHRASE_FILE" in done.stderr
    assert SECRET not in done.stderr
