"""Small disks that are filled, and files that may not be written: what a process of its own meets there, given back.

A process takes a mount namespace of its own, in which a folder is a disk in memory of a given size: nobody else sees
it, and it is gone with the process.
"""

import ctypes
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ledger.errors import LedgerError
from ledger.log.append import Log, Prepared
from ledger.log.store import Store
from ledger.log.verify import verify
from tests.cli.driver import Done, Seat
from tests.faults.child import Handed

_NEW_MOUNTS, _NEW_USER = 0x20000, 0x10000000
_PRIVATE, _ALL_BELOW = 1 << 18, 1 << 14
NOBODY = 65534


def _small_disk(folder: Path, size: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()

    def call(done: int) -> None:
        assert done == 0, os.strerror(ctypes.get_errno())

    if libc.unshare(_NEW_MOUNTS):
        # not allowed to: then as the root of a namespace of its own, in which nobody else is
        call(libc.unshare(_NEW_MOUNTS | _NEW_USER))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    call(libc.mount(b"none", b"/", None, _PRIVATE | _ALL_BELOW, None))
    call(libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, b"size=%d,mode=700" % size))


@contextmanager
def _filled(folder: Path, free: int) -> Iterator[None]:
    """A disk on which `free` bytes are left, in whole pages of memory."""
    ballast = folder / "ballast"
    left = os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, left.f_bavail * left.f_frsize - free))
    yield
    ballast.unlink()


def _ended(work: Callable[[], Any]) -> str:
    try:
        work()
    except LedgerError as error:
        return f"{type(error).__name__}: {error}"
    return "recorded"


def append_on_a_full_disk(handed: Handed, folder: Path, entries: list[Prepared], free: int) -> tuple[str, bool, str]:
    """How an append ends with `free` bytes left; whether it stands then; and how it ends once there is room."""
    _small_disk(folder, 4 << 20)
    path = Path(shutil.copy(handed.path, folder / "ledger.db"))
    store = Store.at(path)
    log = Log(store, handed.origin, handed.signers)
    with store.read() as reader:
        before = reader.count()
    with _filled(folder, free):
        told = _ended(lambda: log.append(entries, handed.now))
    fresh = Store.at(path)
    with fresh.read() as reader:
        stands = reader.count() == before + len(entries)
        assert stands or reader.count() == before, "some entries of one transaction without the others"
    assert verify(fresh, handed.origin, handed.now, jobs=1).findings == []
    again = _ended(lambda: Log(fresh, handed.origin, handed.signers).append(entries, handed.now))
    assert verify(fresh, handed.origin, handed.now, jobs=1).findings == []
    return told, stands, again


def record_with_a_full_disk(
    seat: Seat, folder: Path, command: list[str], *, ledger: bool
) -> tuple[Done, Done, int, int]:
    """A command on a full disk and again with room, and the ledger's size before and after the first.

    ledger: it is the ledger's disk that is full, else that of what this client remembers.
    """
    _small_disk(folder, 4 << 20)
    if ledger:
        shutil.copytree(seat.ledger, folder / "ledger")
        seat = seat.with_env(CONSENT_LEDGER=str(folder / "ledger"))
    else:
        shutil.copytree(seat.env["CONSENT_LEDGER_STATE"], folder / "state")
        seat = seat.with_env(CONSENT_LEDGER_STATE=str(folder / "state"))
    before = seat.sound()
    # the write-ahead log of commands before this one would be room to write
    with closing(sqlite3.connect(seat.ledger / "ledger.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with _filled(folder, 0):
        done = seat.inside(*command)
    after = seat.sound()
    return done, seat.inside(*command), before, after


def as_nobody(seat: Seat, commands: list[list[str]]) -> list[Done]:
    """Commands by somebody who may not write where the ledger is: permissions do not hold for root."""
    for command in commands:
        # what is loaded only where it is used is loaded now: an ordinary user may not look where it lies
        seat.inside(*command, "--help")
    seat.inside("record", "--file", "none", "--dry-run")
    if os.geteuid() == 0:
        for path in Path(seat.env["CONSENT_LEDGER_STATE"]).rglob("*"):
            os.chown(path, NOBODY, NOBODY)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    return [seat.inside(*command) for command in commands]
