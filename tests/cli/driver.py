"""The command line as a person meets it: the installed program in a terminal of 80 columns, or behind pipes.

A Seat is one computer with one ledger on it: its own home, its own memory of what was seen, its own temporary files.

    seat = demo_seat(tmp_path, tmp_path_factory)          # a copy of the quickstart's ledger
    done = seat.run("show", "13", "--identity", seat.key("lead"))
    assert done.code == 0 and "Sealed for others" in done.out
    assert seat.sound() == seat.size()                    # verifies, and says how many entries there are

`inside` runs the same command in this process: the same words, without the second that starting a program takes.
"""

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pexpect
import pytest

from cli.main import main
from cli.world import World

PROGRAM = Path(sys.executable).with_name("consent-ledger")
PASSPHRASE = "a sentence for tests alone"
LEDGER = "demo"
_MADE: dict[str, tuple[Path, str]] = {}

Answers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Done:
    """A command that ended: its exit code, what it answered (stdout) and what it said besides (stderr)."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout; anything else there fails."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Both streams, for looking whether something was said at all."""
        return self.out + self.err


class Typed(io.StringIO):
    """A stdin in memory with the bytes underneath that a program's own has."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.buffer = io.BytesIO(text.encode())


@dataclass(frozen=True)
class Seat:
    """A directory in which somebody works; the ledger and everything else is named from there."""

    root: Path
    env: Mapping[str, str]

    @property
    def ledger(self) -> Path:
        """The directory of the ledger."""
        return self.root / self.env.get("CONSENT_LEDGER", LEDGER)

    def key(self, word: str) -> str:
        """The key file of one of the people, as it is named on the command line."""
        return f"{self.env.get('CONSENT_LEDGER', LEDGER)}/identities/{word}.key"

    def with_env(self, **changes: str | None) -> "Seat":
        """The same seat with other environment variables; None takes one away."""
        env = {**self.env, **{name: value for name, value in changes.items() if value is not None}}
        return replace(self, env={name: value for name, value in env.items() if changes.get(name, "") is not None})

    def file(self, name: str, text: str | bytes) -> str:
        """Write a file here and give its name."""
        (self.root / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    # -- three ways to run a command

    def start(self, *arguments: str, **more: Any) -> "subprocess.Popen[bytes]":
        """The installed program, running behind pipes."""
        command = [str(PROGRAM), *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen(command, cwd=self.root, env=dict(self.env), **pipes)

    def run(self, *arguments: str, stdin: str = "", **more: Any) -> Done:
        """The installed program behind pipes, to its end."""
        with self.start(*arguments, **more) as running:
            out, err = running.communicate(stdin.encode(), timeout=120)
        return Done(running.returncode, out.decode(), err.decode())

    def spawn(self, *arguments: str) -> "pexpect.spawn[str]":
        """The installed program in a terminal of 80 columns and 24 rows, for tests that talk with it."""
        return pexpect.spawn(
            str(PROGRAM),
            list(arguments),
            cwd=str(self.root),
            env=dict(self.env),
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=120,
        )

    def terminal(self, *arguments: str, answers: Answers = ()) -> Done:
        """The same, to its end. answers: what to wait for, and what to type then. Both streams are on the screen."""
        child = self.spawn(*arguments)
        screen = ""
        for prompt, typed in answers:
            child.expect_exact(prompt)
            screen += child.before + child.after
            child.sendline(typed)
        child.expect(pexpect.EOF)
        screen += child.before
        child.close()
        code = child.exitstatus if child.exitstatus is not None else -(child.signalstatus or 0)
        return Done(code, screen.replace("\r\n", "\n"), "")

    def inside(self, *arguments: str, stdin: str = "") -> Done:
        """The command in this process, its streams in memory."""
        out, err = io.StringIO(), io.StringIO()
        world = World(
            clock=lambda: int(time.time()),
            random=os.urandom,
            env=self.env,
            cwd=self.root,
            programs=PROGRAM.parent,
            stdin=Typed(stdin),
            stdout=out,
            stderr=err,
            ask_secret=_nobody,
        )
        before = Path.cwd()
        os.chdir(self.root)
        try:
            code = main(arguments, world)
        finally:
            os.chdir(before)
        return Done(code, out.getvalue(), err.getvalue())

    # -- what the ledger holds

    def size(self) -> int:
        """The entries in its database, counted by SQL and by nothing of ours."""
        with sqlite3.connect(f"file:{self.ledger}/ledger.db?mode=ro", uri=True) as database:
            count: int = database.execute("SELECT count(*) FROM entry").fetchone()[0]
        database.close()
        return count

    def sound(self) -> int:
        """Its size, once `verify` has found nothing amiss."""
        done = self.inside("verify", "--json", "--jobs", "1")
        assert (done.code, done.json["findings"]) == (0, [])
        size: int = done.json["size"]
        return size


def _nobody(prompt: str) -> str:
    raise AssertionError(f"nobody is here to be asked: {prompt}")


def seat_at(root: Path, ledger: str = LEDGER) -> Seat:
    """An empty seat: no ledger yet, a passphrase file, nothing of this machine's environment."""
    for name in ("home", "state", "tmp"):
        (root / name).mkdir(parents=True)
    secret = root / "passphrase"
    secret.write_text(f"{PASSPHRASE}\n")
    secret.chmod(0o600)
    env = {
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
        "HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONWARNINGS": "error",
        "CONSENT_LEDGER": ledger,
        "CONSENT_LEDGER_STATE": str(root / "state"),
        "CONSENT_LEDGER_PASSPHRASE_FILE": str(secret),
    }
    return Seat(root, env)


def _once(name: str, factory: pytest.TempPathFactory, make: Callable[[Seat], str]) -> tuple[Path, str]:
    if name not in _MADE:
        root = factory.mktemp(name)
        _MADE[name] = (root, make(seat_at(root / "seat")))
    return _MADE[name]


def _copy(made: Path, root: Path, secret: str | None) -> Seat:
    """A seat of its own at `root` with the ledger made before, and the memory of having seen it."""
    seat = seat_at(root)
    shutil.rmtree(root / "state")
    shutil.copytree(made / "seat" / LEDGER, root / LEDGER)
    shutil.copytree(made / "seat" / "state", root / "state")
    return seat if secret is None else seat.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=secret)


def _quickstart(seat: Seat) -> str:
    done = seat.terminal("quickstart", LEDGER)
    assert done.code == 0, done.out
    return done.out


def demo_seat(root: Path, factory: pytest.TempPathFactory) -> Seat:
    """A copy of the ledger that `quickstart` makes, made once for each process that runs tests."""
    made, _screen = _once("quickstart", factory, _quickstart)
    return _copy(made, root / "seat", f"{LEDGER}/passphrase")


def quickstart_screen(factory: pytest.TempPathFactory) -> str:
    """What was on the screen when that ledger was made."""
    return _once("quickstart", factory, _quickstart)[1]


def _begin(seat: Seat) -> str:
    """An organisation that is no public body, begun by its own commands: a founder, a guardian, a practitioner."""
    begun = seat.inside(
        "init", LEDGER, "--name", "anytown-club", "--organisation", "Anytown Youth Club (sample)", "--kind", "other",
        "--json", stdin="Avery Sample\nSecretary\n",
    )  # fmt: skip
    assert begun.code == 0, begun.said
    keys = seat.ledger / "identities"
    next(keys.glob("p-*.key")).rename(keys / "founder.key")
    for word, name in (("guardian", "Gale Sample"), ("practitioner", "Taylor Sample")):
        enrolled = enrol(seat, word, name, by="founder")
        assert enrolled.code == 0, enrolled.said
    return ""


def enrol(seat: Seat, word: str, name: str, *, by: str, role: str = "") -> Done:
    """Make somebody's key and card and have them enrolled in the role that `word` or `role` names."""
    assert seat.inside("identity", "new", "--out", seat.key(word)).code == 0
    card = seat.file(f"{word}.card", seat.inside("identity", "card", seat.key(word)).out)
    options = ("--role", role or word, "--identity", seat.key(by), "--json")
    return seat.inside("actor", "enrol", card, *options, stdin=f"{name}\nsample post\nAnytown Sample Trust\n")


def club_seat(root: Path, factory: pytest.TempPathFactory) -> Seat:
    """A copy of a small ledger of an organisation that is no public body: founder, guardian, practitioner."""
    made, _screen = _once("club", factory, _begin)
    return _copy(made, root / "club", None)
