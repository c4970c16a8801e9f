"""PostgreSQL, by URL and through psycopg: one transaction at a time writes, a snapshot reads.

The writers' turn is a lock (decision 0016), so that nobody has to try again; that there is no fork does not rest on it:
the keys of entry and stored_hash take a number once. Proved by tests/ledger/log/test_postgres.py.
"""

import re
import weakref
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ledger.errors import LedgerError, Lost, Malformed, NotPermitted, Refused, Unavailable
from ledger.log.database import BUSY_SECONDS, FITS, Database, schema_words
from ledger.log.postgres_schema import found_schema, wanted_schema

_GUIDE = (
    "docs/how-to/postgresql.md says which role may do what; or postgresql-roles.sql was not run since the tables were "
    "made."
)
_INSTALL = "Run: python -m pip install 'consent-ledger[postgres]'"
_AGAIN = "Try again; nothing was written."
_BUSY = ("database", "a turn to write", "another program at work", _AGAIN)
_NO_LEDGER = ("42P01", "3F000")
# SQLSTATE → our words: https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES: dict[str, tuple[str, str, str, str]] = {
    "55P03": _BUSY,  # lock_not_available: after lock_timeout
    "57014": _BUSY,  # query_canceled: after statement_timeout, or by an administrator
    "40001": _BUSY,  # serialization_failure
    "40P01": _BUSY,  # deadlock_detected
    "53100": ("disk", "room to write", "a full disk at the database server", f"Free some space there. {_AGAIN}"),
    "53200": ("database", "a server with memory left", "one without", _AGAIN),
    "53300": ("database", "a free connection at the server", "none", "Try again later; nothing was written."),
    "25006": ("database", "a server that takes writes", "a read-only one", "Name the primary server, not its standby."),
}
# before a connection stands there is no SQLSTATE, and words are all there is; none of them is repeated
_ROLE = "Set PGUSER to a role that the server has (ledger_writer, ledger_reader)."
_PASSWORDS = f"{_ROLE} PostgreSQL looks for its password in the file ~/.pgpass or that PGPASSFILE names."
_NO_DATABASE = "Check the URL, named in ledger.toml or with the command; or make the database: createdb NAME"
_SERVER_WORDS = (
    (r'role ".*" does not exist|(peer|ident) authentication', "a role that the server has", _ROLE),
    (r'database ".*" does not exist', "a database that the server has", _NO_DATABASE),
    ("password|authentication|pg_hba|permission denied", "a role and password that the server takes", _PASSWORDS),
    ("starting up|shutting down|recovery", "a server that is ready", _AGAIN),
)
# pg_temp last: a temporary table must not stand in for one of ours. A commit answers once it is on the server's disk.
_PREPARE = """SELECT set_config('search_path', quote_ident(coalesce(current_schema(), 'public')) || ', pg_temp', false),
    set_config('lock_timeout', %s, false),
    set_config('synchronous_commit',
        CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
        ELSE current_setting('synchronous_commit') END, false)"""


class _Info(Protocol):
    transaction_status: int


class Postgres(Database):
    """A PostgreSQL database. busy_seconds: how long a writer waits for its turn."""

    storage_checked = False

    def __init__(self, url: URL, busy_seconds: float = BUSY_SECONDS) -> None:
        super().__init__(_engine(url, busy_seconds))
        # a server has few places: a connection is given back when nobody holds the store, or the program ends
        weakref.finalize(self, self.engine.dispose)

    def begin(self, connection: Connection, *, write: bool) -> None:
        if not write:
            connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return
        # READ COMMITTED: what is read once the turn is ours is all that was committed before it
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        connection.exec_driver_sql("SELECT one FROM head FOR UPDATE")

    def commit(self, connection: Connection) -> None:
        if _status(connection) == _IN_ERROR:
            # COMMIT would undo it and not say so
            raise Unavailable("database", "a transaction that can be committed", "one that failed", _AGAIN)
        try:
            connection.exec_driver_sql("COMMIT")
        except DBAPIError as error:
            raise Lost() from error

    def in_transaction(self, connection: Connection) -> bool:
        return not connection.invalidated and _status(connection) in (_IN_TRANSACTION, _IN_ERROR)

    def claimed(self) -> AbstractContextManager[None]:
        return nullcontext()

    def check_free(self, connection: Connection) -> None:
        if found_schema(connection):
            raise Refused.one("database", "an empty database", "one with tables in it", "Make a new one: createdb NAME")

    def discard(self) -> None:
        with self.translated(), self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            for kind, name in sorted(wanted_schema(), reverse=True):
                if kind in ("table", "function"):
                    connection.exec_driver_sql(f"DROP {kind} IF EXISTS {name}" + "()" * (kind == "function"))
            connection.exec_driver_sql("COMMIT")
        self.engine.dispose()

    def schema_faults(self, connection: Connection) -> list[str]:
        def named(schema: dict[tuple[str, str], Any]) -> dict[str, Any]:
            return {name if kind in ("table", "index") else f"{kind} {name}": it for (kind, name), it in schema.items()}

        return schema_words(named(wanted_schema()), named(found_schema(connection)))

    def storage_faults(self, connection: Connection) -> list[str]:
        """None that a client could see: the server's own tools look (docs/how-to/postgresql.md)."""
        return []

    def plain(self, error: DBAPIError) -> LedgerError:
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if error.connection_invalidated or state.startswith("08") or state in ("57P01", "57P02", "57P05"):
            return Lost()
        if isinstance(error, IntegrityError | DataError):
            return Refused([FITS])
        if state in _STATES:
            return Unavailable(*_STATES[state])
        if state in _NO_LEDGER:
            return _no_ledger()
        if state == "42501":
            return NotPermitted("database", "a role that may do this", "one that may not", _GUIDE)
        if state:
            return Unavailable("database", "an answer", f"a failure of the server (SQLSTATE {state})", _AGAIN)
        return _no_connection(str(error.orig).lower())


def _no_ledger() -> LedgerError:
    got = "a database without a ledger, or with tables of it missing"
    hint = "If it is the right one, put a backup in an empty database: consent-ledger restore FILE"
    return Malformed("database", "a ledger's database", got, hint)


def _no_connection(words: str) -> LedgerError:
    for signs, expected, hint in _SERVER_WORDS:
        if re.search(signs, words):
            return Unavailable("database", expected, "another answer", hint)
    return Unavailable("database", "a PostgreSQL server that answers", "none", "Check the URL, and that it runs.")


# libpq's PQtransactionStatus
_IN_TRANSACTION, _IN_ERROR = 2, 3


def _status(connection: Connection) -> int:
    driver: Any = connection.connection.dbapi_connection
    return int(cast(_Info, driver.info).transaction_status)


def _engine(url: URL, busy_seconds: float) -> Engine:
    try:
        engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            # a server that is not there, or no longer, is noticed
            connect_args={"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 60_000},
        )
    except ImportError as error:
        raise Unavailable("psycopg", "PostgreSQL's driver", "none that works here", _INSTALL) from error
    milliseconds = str(int(busy_seconds * 1000))

    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(_PREPARE, [milliseconds])

    event.listen(engine, "connect", prepare)
    return engine
