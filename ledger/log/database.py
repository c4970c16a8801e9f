"""What is particular to a database: how it is opened, how a transaction begins, its schema, what its errors mean.

SQLite for now: write-ahead log, synchronous=FULL so that a commit is on the disk, deleted content overwritten.
Proved by tests/ledger/log/test_store.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import LedgerError, Malformed, Refused, Unavailable
from ledger.log import tables

BUSY_SECONDS = 10.0


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database raises into our own errors, so that nothing foreign leaves."""
    try:
        yield
    except IntegrityError as error:
        raise Refused.one(
            "database", "rows that fit the log", "rows that do not", "Run: consent-ledger verify"
        ) from error
    except (DBAPIError, OSError) as error:
        raise _plain(error) from error


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
        return Malformed("database", "a ledger's database", "a damaged or different file", "Restore it from a backup.")
    return Unavailable("database", "an answer", "a failure of the database", "Try again; nothing was written.")


def begin(connection: Connection, *, write: bool) -> None:
    """Begin a transaction: a snapshot, or the one writer's turn."""
    # IMMEDIATE: a writer waits for its turn before it reads what it will build on
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    if not write:
        connection.exec_driver_sql("SELECT 1 FROM head")


def in_transaction(connection: Connection) -> bool:
    """Whether the database still holds a transaction open."""
    driver: Any = connection.connection.dbapi_connection
    return bool(driver.in_transaction)


def sqlite_engine(path: Path) -> Engine:
    """The engine of a SQLite file."""
    engine = create_engine(
        f"sqlite:///{path}",
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "trusted_schema=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def sqlite_schema() -> dict[str, str]:
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
