"""Failing a database at a named statement, beneath everything of ours: the driver's own cursor does it.

Each statement that writes is a point: `insert entry`, `update head`, `delete part`, `commit`; so is `begin`, which
takes the turn to write. At a point a failure is *lost* (the statement never reaches the database) or *landed* (it does
its work, and its answer is lost).

    faults = Faults.of(store)
    faults.plan = Plan("commit", landed=True)
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

from ledger.log.store import Store

_STATEMENT = re.compile(
    r'\s*(INSERT INTO|UPDATE|DELETE FROM|COMMIT|BEGIN(?= IMMEDIATE|.* READ WRITE))\b\s*"?(\w+)?', re.IGNORECASE
)
_HARMLESS = re.compile(r"\s*(SELECT|SHOW|PRAGMA|ROLLBACK|BEGIN)\b|\s*--", re.IGNORECASE)


def point_of(sql: str) -> str:
    """The name of a statement's point; empty for one that only reads."""
    found = _STATEMENT.match(sql)
    if found is None:
        return "" if _HARMLESS.match(sql) else sql.split()[0].lower()
    verb = found[1].split()[0].lower()
    return verb if verb in ("commit", "begin") else f"{verb} {(found[2] or '').lower()}"


@dataclass(frozen=True)
class Plan:
    """What is to fail, and how. always: at every try, not only at the first."""

    point: str
    landed: bool
    always: bool = False


@dataclass
class Faults:
    """The statements that pass one store's connections, and the one among them that fails."""

    plan: Plan | None = None
    passed: list[str] = field(default_factory=list)
    traced: list[str] = field(default_factory=list)
    """Points as the database itself counts them (SQLite), whichever way a statement reached it."""
    at: Callable[[str, bool], None] | None = None
    """Called at each point before (False) and after (True) the statement."""

    @classmethod
    def of(cls, store: Store) -> "Faults":
        """Stand between a store that was not used yet and its driver."""
        faults = cls()
        event.listen(store.database.engine, "do_connect", faults._between)
        return faults

    @classmethod
    @contextmanager
    def everywhere(cls) -> Iterator["Faults"]:
        """Stand between every store that is opened meanwhile and its driver."""
        faults = cls()
        between = faults._between
        event.listen(Engine, "do_connect", between)
        try:
            yield faults
        finally:
            event.remove(Engine, "do_connect", between)

    def _between(self, dialect: Any, _record: Any, cargs: Any, cparams: Any) -> Any:
        if dialect.name == "sqlite":
            connection = dialect.connect(*cargs, **cparams, factory=_sqlite_connection(self))
            connection.set_trace_callback(lambda sql: self.traced.append(point_of(sql)))
            return connection
        return dialect.connect(*cargs, **cparams, cursor_factory=_psycopg_cursor(self))

    def run(self, sql: Any, statement: Callable[[], Any], fail: Callable[[], None]) -> Any:
        """Run a statement, unless it is the one that fails."""
        point = point_of(sql if isinstance(sql, str) else str(sql))
        if not point:
            return statement()
        self.passed.append(point)
        planned = self.plan is not None and self.plan.point == point
        if self.at is not None:
            self.at(point, False)
        if planned and self.plan is not None:
            landed = self.plan.landed
            if not self.plan.always:
                self.plan = None
            if landed:
                statement()
            fail()
        done = statement()
        if self.at is not None:
            self.at(point, True)
        return done


def _no_answer() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR  # type: ignore[attr-defined]
    raise error


def _sqlite_connection(faults: Faults) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *more: Any) -> Any:
            return faults.run(sql, lambda: super(Cursor, self).execute(sql, *more), _no_answer)

        def executemany(self, sql: str, *more: Any) -> Any:
            return faults.run(sql, lambda: super(Cursor, self).executemany(sql, *more), _no_answer)

    class Connection(sqlite3.Connection):
        def cursor(self, *_more: Any) -> Any:
            return super().cursor(Cursor)

        def commit(self) -> None:
            # the driver's own commit writes only where a transaction is open, which it does not begin itself
            if self.in_transaction:
                faults.run("COMMIT", super().commit, _no_answer)

    return Connection


def _psycopg_cursor(faults: Faults) -> Any:
    import psycopg

    class Cursor(psycopg.Cursor[Any]):
        def _gone(self) -> None:
            # the connection is closed under it: what it says to the next statement is its own error
            self.connection.close()
            super().execute("SELECT 1")

        def execute(self, query: Any, *more: Any, **options: Any) -> Any:
            return faults.run(query, lambda: super(Cursor, self).execute(query, *more, **options), self._gone)

        def executemany(self, query: Any, *more: Any, **options: Any) -> Any:
            return faults.run(query, lambda: super(Cursor, self).executemany(query, *more, **options), self._gone)

    return Cursor
