"""SQLite: write-ahead log, synchronous=FULL so that a commit is on the disk, deleted content overwritten.

Proved by tests/ledger/log/test_store.py and tests/ledger/log/test_store_faults.py.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import LedgerError, Lost, Refused, Unavailable
from ledger.log import tables
from ledger.log.database import BUSY_SECONDS, FITS, Database, damaged, schema_words

# a busy database has not begun to commit, and on a full disk the last page of the log is not whole; after any other
# failure, of fsync for one, a reader that recovers the log may still find the transaction in it
_NOT_COMMITTED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL)
PAGE_SIZE = 16_384
_ASKED_ANEW = 50  # milliseconds
_VERSION_TABLE = (
    "CREATE TABLE alembic_version ( version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num) )"
)


class Sqlite(Database):
    """A SQLite file. busy_seconds: how long a writer waits for its turn.

    frozen: a file that nobody writes, read as it lies there, nothing beside it made: a backup.
    """

    storage_checked = True

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS, *, frozen: bool = False) -> None:
        self.path, self.busy_seconds = path, busy_seconds
        engine = create_engine(
            frozen_url(path) if frozen else URL.create("sqlite", database=str(path)),
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": busy_seconds, "check_same_thread": False},
        )
        event.listen(engine, "connect", _tolerate if frozen else _prepare)
        super().__init__(engine)

    def begin(self, connection: Connection, *, write: bool) -> None:
        if write:
            self._take_turn(connection)
        else:
            connection.exec_driver_sql("BEGIN")

    def _take_turn(self, connection: Connection) -> None:
        """Wait for the turn to write, before anything is read that will be built on."""
        # SQLite asks ever less often the longer it waits, so that who came last goes first: ask it anew
        driver: Any = connection.connection.dbapi_connection
        driver.execute(f"PRAGMA busy_timeout = {_ASKED_ANEW}").close()
        try:
            for left in range(int(self.busy_seconds * 1000 / _ASKED_ANEW), -1, -1):
                try:
                    return connection.exec_driver_sql("BEGIN IMMEDIATE").close()
                except DBAPIError as error:
                    if not left or getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                        raise
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(self.busy_seconds * 1000)}").close()

    def commit(self, connection: Connection) -> None:
        try:
            connection.exec_driver_sql("COMMIT")
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _NOT_COMMITTED:
                raise
            raise Lost() from error

    def in_transaction(self, connection: Connection) -> bool:
        driver: Any = connection.connection.dbapi_connection
        return bool(driver.in_transaction)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError as error:
            raise Refused.one(
                "ledger", "a place without a ledger", "one that has one", "Choose another one."
            ) from error
        except OSError as error:
            raise Refused.one(
                "ledger", "a folder that can be written to", (error.strerror or "an error").lower(), "Check the path."
            ) from error
        try:
            yield
        except BaseException:
            # half a database would keep everybody from trying again
            self.discard()
            raise

    def check_free(self, connection: Connection) -> None:
        """Nothing to look for: the file was made for it."""

    def discard(self) -> None:
        self.engine.dispose()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def schema_faults(self, connection: Connection) -> list[str]:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
        wanted = {name: squeeze(sql) for name, sql in sqlite_schema().items()}
        return schema_words(
            {**wanted, "alembic_version": _VERSION_TABLE}, {str(name): squeeze(str(sql)) for name, sql in rows}
        )

    def storage_faults(self, connection: Connection) -> list[str]:
        rows = connection.exec_driver_sql("PRAGMA integrity_check(10)").all()
        return [str(row[0]) for row in rows if row[0] != "ok"]

    def plain(self, error: DBAPIError) -> LedgerError:
        if isinstance(error, IntegrityError):
            return Refused([FITS])
        words = str(error.orig).lower()
        if "lock" in words or "busy" in words:
            return Unavailable(
                "database", "a turn to write", "another program at work", "Try again; nothing was written."
            )
        if "full" in words:
            return Unavailable(
                "disk", "room to write", "a full disk", "Free some space and try again; nothing was written."
            )
        if "readonly" in words or "unable to open" in words or "permission" in words:
            return Unavailable(
                "database", "a file that can be opened and written", "one that cannot", "Check its permissions."
            )
        if isinstance(error, DatabaseError) and (
            "not a database" in words or "malformed" in words or "no such" in words
        ):
            return damaged()
        return Unavailable("database", "an answer", "a failure of the database", "Try again; nothing was written.")


_FROZEN = {"mode": "ro", "immutable": "1", "uri": "true"}


def frozen_url(path: Path) -> URL:
    """The URL of a file that nobody writes."""
    return URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=_FROZEN)


def frozen_path(url: URL) -> Path | None:
    """The path in a URL that frozen_url made; None for any other."""
    name = url.database or ""
    return Path(unquote(name.removeprefix("file:"))) if dict(url.query) == _FROZEN else None


def _tolerate(connection: Any, _record: Any) -> None:
    # damaged text is compared like any other and found, rather than ending the reading of everything else
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")


def _prepare(connection: Any, record: Any) -> None:
    _tolerate(connection, record)
    cursor = connection.cursor()
    # 16 KiB: entries and ciphertexts of one to four KiB leave half of a smaller page empty. It takes effect where a
    # file is made; a commit is as fast, because what it waits for is the disk
    cursor.execute(f"PRAGMA page_size={PAGE_SIZE}")
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
    for guard in tables.guards():
        condition = f" WHEN {guard.condition}" if guard.condition else ""
        schema[guard.name] = (
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table}{condition} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.words}'); END"
        )
    return schema


def squeeze(sql: str) -> str:
    """SQL without the differences of white space."""
    return " ".join(sql.split())
