"""Whole SQLite databases: one copied into a new file while others write, and one put in another's place.

A copy is of one moment, stands in a single file of mode 0600, and is on the disk before its name is told. Putting one
in place goes through the database's own transaction wherever that can be: others' locks count, and a crash leaves
either the old content or the new. Proved by tests/ledger/log/test_snapshot.py and tests/faults/test_restore_killed.py.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.errors import Malformed, Refused, Unavailable
from ledger.log.files import flush_folder

PAGES = 512
"""Pages copied in one step (8 MiB): between two of them Ctrl-C is heard."""
BUSY_SECONDS = 3.0
PART = ".part"
"""What the name of a file ends with that is not whole yet."""
_MAGIC = b"SQLite format 3\0"
_BESIDE = ("", "-wal", "-shm", "-journal")

Progress = Callable[[int, int], None]
Check = Callable[[Path], None]


def take(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Copy the database at `source`, as it is at one moment, into a new file: whole, alone, and on the disk.

    Raises Refused if `target` exists or cannot be made, Malformed if `source` is no database, Unavailable if it is
    busy or the disk full. Nothing is left then.
    """
    _claim(target)
    try:
        with _told(), closing(_connect(source)) as origin:
            # one reading held through all steps: what others write meanwhile does not make it begin again
            origin.execute("BEGIN")
            origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
            copy_of(origin, target, progress)
    except BaseException:
        discard(target)
        raise


def copy_of(origin: sqlite3.Connection, target: Path, progress: Progress | None = None) -> None:
    """The same from an open connection, into an empty file."""
    with closing(_connect(target)) as copy:
        # the file is of no use to anybody before it is whole, and is flushed once then
        copy.execute("PRAGMA journal_mode=OFF")
        copy.execute("PRAGMA synchronous=OFF")
        origin.backup(copy, pages=PAGES, progress=_shown(progress))
    finish(target)


def finish(path: Path) -> None:
    """Make a database that nobody else has open one file, on the disk: it can be read where nothing can be written."""
    with _told():
        with closing(_connect(path)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def put_in_place(source: Path, target: Path, kept: Path, check: Check | None = None) -> None:
    """Make the database at `target` hold what `source` holds; what it held is then in the new file `kept`.

    In this order: the database is taken for ourselves alone; what it holds is copied to `kept`; `check` looks at that
    copy, and raises if it is not what was meant to be replaced; the new content is written into it as one transaction.
    Where it is damaged so that no program can open it, or gone: it is linked to `kept`, and `source`, flushed already,
    takes its name in one step.
    Raises Unavailable while another process has it open, or if the disk is full: then it holds what it held.
    """
    if not _begins_as_one(target):
        _swap(source, target, kept)
        return
    try:
        _overwrite(source, target, kept, check)
    except Malformed:
        _swap(source, target, kept)
    else:
        discard(source)


def _begins_as_one(path: Path) -> bool:
    if not path.exists():
        return False
    with _told(), path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _overwrite(source: Path, target: Path, kept: Path, check: Check | None) -> None:
    part = kept.with_name(f"{kept.name}{PART}")
    with _told(), closing(_connect(target)) as database:
        # nobody else may have it open: what they write now would be in neither of the two
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")
        discard(part)
        _claim(part)
        try:
            copy_of(database, part)
            if check:
                check(part)
            settle(part, kept)
        except BaseException:
            discard(part)
            raise
        with closing(_connect(source)) as new:
            _size_pages(new, database)
            new.backup(database, progress=_shown(None))


def _size_pages(new: sqlite3.Connection, database: sqlite3.Connection) -> None:
    """Make the pages of `new` as large as those of `database`: a write-ahead log keeps their size for good."""
    (size,) = database.execute("PRAGMA page_size").fetchone()
    if new.execute("PRAGMA page_size").fetchone() != (size,):
        new.execute("PRAGMA journal_mode=DELETE")
        new.execute(f"PRAGMA page_size={size}")
        new.execute("VACUUM")


def _swap(source: Path, target: Path, kept: Path) -> None:
    with _told():
        if target.exists():
            os.link(target, kept)
        for suffix in _BESIDE[1:]:
            beside = target.with_name(target.name + suffix)
            if beside.exists():
                # it belongs to what was here and would be taken for the new one's
                beside.rename(kept.with_name(kept.name + suffix))
        source.replace(target)
        flush_folder(target.parent)


def carry(source: Path, target: Path) -> None:
    """Copy a database that is one file, and that nobody writes, byte for byte into a new file. Raises as take()."""
    _claim(target)
    try:
        with _told(), source.open("rb") as old, target.open("wb") as new:
            shutil.copyfileobj(old, new)
            new.flush()
            os.fsync(new.fileno())
    except BaseException:
        discard(target)
        raise


def settle(part: Path, name: Path) -> None:
    """Give a file its name, once it is whole. Raises Refused if something has the name: nothing is overwritten."""
    with _told():
        try:
            os.link(part, name)
        except FileExistsError as error:
            raise taken_name() from error
        except OSError as error:
            # memory sticks know no second name for a file
            if name.exists():
                raise taken_name() from error
            part.rename(name)
        else:
            part.unlink()
        flush_folder(name.parent)


def discard(path: Path) -> None:
    """Remove a database and what lies beside it."""
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _claim(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError as error:
        raise taken_name() from error
    except OSError as error:
        got = (error.strerror or "an error").lower()
        raise Refused.one("FILE", "a folder that can be written to", got, "Check the path.") from error


def taken_name() -> Refused:
    """The refusal of a name that something has already."""
    expected, hint = "the name of a file that does not exist yet", "Choose another name: nothing is overwritten."
    return Refused.one("FILE", expected, "one that is there", hint)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)


def _shown(progress: Progress | None) -> Callable[[int, int, int], None]:
    waited = 0

    def show(status: int, remaining: int, total: int) -> None:
        nonlocal waited
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            # the driver would try again for ever, four times a second
            waited += 1
            if waited > BUSY_SECONDS * 4:
                raise _busy()
        elif progress:
            progress(total - remaining, total)

    return show


def _busy() -> Unavailable:
    hint = "Close whatever has the ledger open, and try again; nothing was changed."
    return Unavailable("database", "nobody else at work in it", "another program that has it open", hint)


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the driver and of files, as our own."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise _busy() from error
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise Malformed("database", "a ledger's database", "a damaged or different file") from error
        full = code == sqlite3.SQLITE_FULL
        raise _unwritten("a full disk" if full else "a failure of the disk or its folder") from error
    except OSError as error:
        raise _unwritten((error.strerror or "an error").lower()) from error


def _unwritten(got: str) -> Unavailable:
    return Unavailable("disk", "room to write", got, "Free some space or check the folder, and try again.")
