"""What is particular to a database: how it is opened, how a transaction begins, its schema, what its errors mean.

SQLite for now: write-ahead log, synchronous=FULL so that a commit is on the disk, deleted content overwritten.
Proved by tests/ledger/log/test_store.py.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import LedgerError, Lost, Malformed, Refused, Unavailable
from ledger.log import tables

BUSY_SECONDS = 10.0
# a busy database has not begun to commit, and on a full disk the last page of the log is not whole; after any other
# failure, of fsync for one, a reader that recovers the log may still find the transaction in it
_NOT_COMMITTED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database raises into our own errors, so that nothing foreign leaves."""
    try:
        yield
    except IntegrityError as error:
        raise Refused.one(
            "database", "rows that fit the log", "rows that do not", "Run: consent-ledger verify"
        ) from error
    except UnicodeDecodeError as error:
        # the database's own words quote what it found in a damaged schema
        raise _damaged() from error
    except (DBAPIError, OSError) as error:
        raise _plain(error) from error


def _damaged() -> Malformed:
    return Malformed("database", "a ledger's database", "a damaged or different file", "Restore it from a backup.")


def _plain(error: DBAPIError | OSError) -> LedgerError:
    words = str(error.orig if isinstance(error, DBAPIError) else error.strerror).lower()
    if "lock" in words or "busy" in words:
        return Unavailable("database", "a turn to write", "another program at work", "Try again; nothing was written.")
    if "full" in words or "no space" in words:
        return Unavailable(
            "disk", "room to write", "a full disk", "Free some space and try again; nothing was written."
        )
    if "readonly" in words or "read-only" in words or "unable to open" in words or "permission" in words:
        return Unavailable(
            "database", "a file that can be opened and written", "one that cannot", "Check its permissions."
        )
    if isinstance(error, DatabaseError) and ("not a database" in words or "malformed" in words or "no such" in words):
        return _damaged()
    return Unavailable("database", "an answer", "a failure of the database", "Try again; nothing was written.")


def begin(connection: Connection, *, write: bool) -> None:
    """Begin a transaction: a snapshot, or the one writer's turn."""
    # IMMEDIATE: a writer waits for its turn before it reads what it will build on
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    if not write:
        connection.exec_driver_sql("SELECT 1 FROM head")


def commit(connection: Connection) -> None:
    """Make a transaction last. Raises Lost where it failed in a way that leaves open whether it does."""
    try:
        connection.exec_driver_sql("COMMIT")
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _NOT_COMMITTED:
            raise
        raise Lost() from error


def in_transaction(connection: Connection) -> bool:
    """Whether the database still holds a transaction open."""
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.in_transaction)


def sqlite_engine(path: Path, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """The engine of a SQLite file. busy_seconds: how long a writer waits for its turn."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    # damaged text is compared like any other and found, rather than ending the reading of everything else
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "trusted_schema=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@cache
def sqlite_schema() -> Mapping[str, str]:
    """The statements that make a ledger's tables, indexes and triggers, by name."""
    dialect = sqlite.dialect()
    schema = {}
    for table in tables.LOG_TABLES:
        schema[table.name] = str(CreateTable(table).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda item: str(item.name)):
            schema[str(index.name)] = str(CreateIndex(index).compile(dialect=dialect))
    return {**schema, **tables.sqlite_triggers()}


def squeeze(sql: str) -> str:
    """SQL without the differences of white space."""
    return " ".join(sql.split())


def schema_faults(connection: Connection) -> list[str]:
    """What differs from sqlite_schema() in the database; empty when nothing does."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    found = {str(name): squeeze(str(sql)) for name, sql in rows}
    wanted = {name: squeeze(sql) for name, sql in sqlite_schema().items()}
    faults = [f"{name} is missing" for name in wanted if name not in found]
    faults += [f"{name} is not as it was made" for name in wanted if name in found and found[name] != wanted[name]]
    return faults + [f"{name} does not belong here" for name in found if name not in wanted]


def storage_faults(connection: Connection) -> list[str]:
    """What the database finds broken in its own file, at most ten faults; empty when nothing is."""
    rows = connection.exec_driver_sql("PRAGMA integrity_check(10)").all()
    return [str(row[0]) for row in rows if row[0] != "ok"]


# SQLite keeps any type in any column. What is of another type than its column reads as a value that no rule accepts,
# so that nothing above needs to think of it.


def blob_of(value: Any) -> bytes:
    """The bytes of a column; none for anything else."""
    return value if type(value) is bytes else b""


def text_of(value: Any) -> str:
    """The text of a column; empty for anything else."""
    return value if type(value) is str else ""


def number_of(value: Any) -> int:
    """The whole number of a column; -1 for anything else."""
    return value if type(value) is int else -1
