"""What processes do with one client's memory of what it has seen: share it, and be killed while it is replaced."""

import io
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, cast

from cli.main import main
from cli.session import Session, open_session
from cli.ui import Ui
from cli.world import World
from ledger.log.append import Log
from ledger.log.checkpoint import Checkpoint
from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from ledger.records.writing import Draft
from tests.faults.child import Handed


@dataclass(frozen=True)
class Home:
    """One person at one computer: the ledger's folder, their environment, and the seed of their key."""

    ledger: Path
    env: Mapping[str, str]
    seed: bytes

    def world(self) -> World:
        """What surrounds a command: nobody is at the keyboard, and what it says is kept."""
        streams = io.StringIO(), io.StringIO(), io.StringIO()
        return World(_now, os.urandom, self.env, self.ledger.parent, self.ledger, *streams, str)

    def session(self) -> Session:
        """A command's beginning: the ledger is opened, and proved to extend what was seen."""
        world = self.world()
        return open_session(world, Ui(world, as_json=True), self.ledger)


def _now() -> int:
    return int(time.time())


def check(home: Home, seconds: float) -> Counter[str]:
    """Verify, command after command, which remembers what was verified."""
    done, began = Counter[str](), time.monotonic()
    while time.monotonic() - began < seconds:
        world = home.world()
        code = main(["verify", "--jobs", "1", "--ledger", str(home.ledger)], world)
        assert code == 0, cast(io.StringIO, world.stderr).getvalue()
        done["verified"] += 1
    return done


def visit(home: Home, seconds: float, *, writes: bool) -> Counter[str]:
    """Open the ledger as command after command does, and record in some of them."""
    done, began, case = Counter[str](), time.monotonic(), os.urandom(16)
    while time.monotonic() - began < seconds:
        session = home.session()
        if writes:
            desk = session.desk_of(home.seed, Log(session.store, session.origin, session.place.log_signers()))
            desk.write(Draft("note.added", case, record={"note": "a call"}))
            session.remember()
        session.store.close()
        done["recorded" if writes else "read"] += 1
    return done


def watch(file: Path, origin: str, seconds: float) -> Counter[str]:
    """Read the remembered checkpoint all the time: whole whenever it is there, and never an older one."""
    done, newest, began = Counter[str](), -1, time.monotonic()
    while time.monotonic() - began < seconds:
        if not file.exists():
            assert newest < 0, "the memory is gone"
            continue
        checkpoint = Checkpoint.parse(file.read_bytes())
        assert checkpoint.origin == origin
        assert checkpoint.size >= newest, "the memory went back"
        done["changes seen"] += checkpoint.size > newest
        newest = checkpoint.size
    return done


def advance(handed: Handed, state: Path, kill_at: int, steps: Path) -> None:
    """Remember the ledger as it is now, killed at a step of replacing a file. The steps are told in `steps`."""
    ledger = handed.opened("memory")
    with ledger.store.read() as reader, steps.open("a") as told:
        head = reader.head()
        assert head is not None
        roster = ledger.roster()
        sys.setprofile(_killing(kill_at, lambda name: (told.write(f"{name}\n"), told.flush())))
        Trust(state, ledger.origin).advance(head.checkpoint, hash_reader(reader.stored_hashes), roster, handed.path)
        sys.setprofile(None)
    ledger.store.close()


def _killing(kill_at: int, tell: Callable[[str], Any]) -> Callable[[FrameType, str, Any], None]:
    """A profiler that ends the process with SIGKILL at the nth call to the system inside trust._replace."""
    count = 0

    def profile(frame: FrameType, event: str, called: Any) -> None:
        nonlocal count
        if event not in ("c_call", "c_return") or not _replacing(frame):
            return
        name = getattr(called, "__name__", "")
        if name not in ("open", "write", "flush", "fsync", "replace", "close"):
            return
        sys.setprofile(None)
        tell(f"{'before' if event == 'c_call' else 'after'} {name}")
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        sys.setprofile(profile)

    return profile


def _replacing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == "_replace" and frame.f_code.co_filename.endswith("trust.py"):
            return True
        frame = frame.f_back
    return False
