"""Backups: taking one while others write, and opening one again. restore.py puts one in the ledger's place.

A backup that nobody checked is none: it gets its name when all of it has verified.
Proved by tests/ledger/records/test_backup.py.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ledger.errors import Malformed, Refused, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.copying import copy_ledger
from ledger.log.roster import Roster
from ledger.log.snapshot import PART, discard, finish, settle, take, taken_name
from ledger.log.state import load_roster
from ledger.log.store import Store
from ledger.log.verify import Progress, Report, verify
from ledger.log.whole import Expected
from ledger.records.place import Settings

_NOT_NOW = "Change nothing, and run: consent-ledger verify"
_ANOTHER = "Do not restore it: take another backup."


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup: entries, root (32 bytes), SHA-256 of the file."""

    size: int
    root: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Sound:
    """A backup that verified: where it lies, its signed checkpoint and its roster."""

    path: Path
    checkpoint: Checkpoint
    roster: Roster


def back_up(
    store: Store,
    out: Path,
    settings: Settings,
    now: int,
    seen: Checkpoint | None,
    progress: Progress | None = None,
) -> Taken:
    """Copy a ledger, wherever it is kept, into the new SQLite file `out`, while others write, and verify the copy.

    now: POSIX seconds. seen: what this computer saw before the copy was begun, which the copy must extend.
    Raises as take(); Unverified naming the first fault if the copy does not hold. `out` is there when all of it held.
    """
    part = out.with_name(f"{out.name}{PART}")
    if out.exists() or out.is_symlink():
        raise taken_name()
    if part.exists():
        got = f"{part.name}, of a backup that is being taken or was stopped"
        hint = f"If none is being taken, delete {part.name} and try again."
        raise Refused.one("FILE", "a name under which nobody is writing", got, hint)
    _copy(store, part)
    try:
        report = _verified(part, settings, now, [seen] if seen else [], progress, _NOT_NOW)
        digest = _sha256(part)
        settle(part, out)
    except BaseException:
        discard(part)
        raise
    return Taken(report.size, report.root, digest)


def _copy(store: Store, part: Path) -> None:
    if store.file is not None:
        take(store.file, part)
        return
    target = Store.create(part)
    copy_ledger(store, target)
    target.close()
    finish(part)


def check_file(path: Path) -> None:
    """Raise Refused unless a file is there, and stands alone."""
    if not path.is_file():
        raise Refused.one("FILE", "a backup", "no such file", "Check its name.")
    if path.with_name(f"{path.name}-wal").exists():
        # what is beside it belongs to it, and would not be read
        got, hint = "a database in use, or copied while it was", "Take a backup of it: consent-ledger backup FILE"
        raise Refused.one("FILE", "a backup, which is one file", got, hint)


def open_backup(path: Path, settings: Settings, now: int, progress: Progress | None = None) -> Sound:
    """Verify a backup of this ledger, whole, writing nothing.

    Raises Refused if there is no such file or it is of another ledger, Malformed if it is no backup, Unverified naming
    the first fault if it does not hold.
    """
    check_file(path)
    _check_origin(path, settings)
    report = _verified(path, settings, now, [], progress, _ANOTHER)
    store = Store.to_read(path)
    try:
        with store.read() as reader:
            roster = load_roster(reader, settings.origin, report.size)
    finally:
        store.close()
    return Sound(path, Checkpoint(settings.origin, report.size, report.root), roster)


def _check_origin(path: Path, settings: Settings) -> None:
    store = Store.to_read(path)
    try:
        with store.read() as reader:
            head = reader.head()
        checkpoint = Checkpoint.parse((head.checkpoint if head else b"").partition(b"\n\n")[0] + b"\n")
    except Malformed as error:
        hint = "Name a file that this wrote: consent-ledger backup FILE"
        raise Malformed("FILE", "a backup of a ledger", "a file that is none, or is damaged", hint) from error
    finally:
        store.close()
    if checkpoint.origin != settings.origin:
        raise Refused.one(
            "FILE",
            f"a backup of {settings.origin}",
            f"one of {checkpoint.origin}",
            "Name the ledger it is of: --ledger DIR",
        )


def _verified(
    path: Path, settings: Settings, now: int, seen: list[Checkpoint], progress: Progress | None, hint: str
) -> Report:
    store = Store.to_read(path)
    try:
        report = verify(store, settings.origin, now, expected=Expected(settings.log_key, seen), progress=progress)
    except Malformed as error:
        raise Unverified("backup", "entries that all hold", error.fault.got, hint) from error
    finally:
        store.close()
    if not report.ok:
        # what is known of an entry says more than that the file is damaged somewhere
        first = min(report.findings, key=lambda item: (item.entry is None, item.entry or 0))
        found = len(report.findings)
        where = "the log" if first.entry is None else f"entry {first.entry}"
        got = f"{found:,} that {'do' if found > 1 else 'does'} not, the first in {where}: {first.says}"
        raise Unverified("backup", "entries that all hold", got, hint)
    return report


def _sha256(path: Path) -> bytes:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.digest()
