"""What an entry and a wrap take on the disk beyond what was written, by SQLite's own account of its pages (dbstat)."""

import sqlite3

from tests.bench.measure import Figure
from tests.ledger_fixtures import Sample


def size_rows(suffix: str, what: str, ledger: Sample) -> list[Figure]:
    """Bytes for each entry beyond its note and sealed parts, wraps apart; and bytes for each wrap, box and all.

    Every page counts whole, with the room left in it. suffix: of the rows' ids. what: the kind of ledger, in words.
    """
    ledger.store.close()
    connection = sqlite3.connect(ledger.path)
    pages = dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall())
    free = _one(connection, "PRAGMA freelist_count") * _one(connection, "PRAGMA page_size")
    entries, notes = connection.execute("SELECT count(*), sum(length(leaf)) FROM entry").fetchone()
    sealed = _one(connection, "SELECT coalesce(sum(length(ciphertext)), 0) FROM part")
    wraps = _one(connection, "SELECT count(*) FROM wrap")
    # its index too, should it ever have one
    of_wraps = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE tbl_name = 'wrap'")}
    connection.close()
    in_wraps = sum(size for name, size in pages.items() if name in of_wraps)
    beyond = sum(pages.values()) + free - in_wraps - notes - sealed
    return [
        Figure(f"bytes-entry{suffix}", f"bytes beyond note and sealed parts, {what}", "bytes", beyond / entries, 1),
        Figure(f"bytes-wrap{suffix}", f"bytes for each wrap, {what}", "bytes", in_wraps / wraps, 1),
    ]


def _one(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])
