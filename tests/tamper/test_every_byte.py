"""Exhaustion: the first, middle and last byte of every value of every row, and every byte of three leaves.

Each flip gives at least one finding that names the entry (test_damage.py says what each kind means), and verification
never ends in an exception. Triggers stay away meanwhile, so findings about the schema do not count.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.log.removal import erased_numbers
from ledger.log.scan import Scan, scan_range
from tests.ledger_fixtures import small_ledger
from tests.tamper.damage import check, unguarded
from tests.tamper.scene import VERIFIED_AT, Scene

SHARDS = 4
SHARES = [
    *(("entry", shard) for shard in range(SHARDS)),
    *(("wrap", shard) for shard in range(SHARDS)),
    *((table, 0) for table in ("ref", "stored_hash", "part", "token", "removed_wrap", "head")),
]


def _flips(value: Any) -> Iterator[tuple[str, Any]]:
    """(how SQL is to take it, another value): one bit of the first, middle and last byte; of a number high and sign."""
    if value is None:
        yield "?", bytes(16)
    elif isinstance(value, int):
        yield "?", value ^ 1 << 30
        yield "?", ~value
    else:
        data = value if isinstance(value, bytes) else value.encode()
        for place in sorted({0, len(data) // 2, len(data) - 1}):
            flipped = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            yield ("?" if isinstance(value, bytes) else "CAST(? AS TEXT)"), flipped


def _owner(table: str, row: dict[str, Any]) -> int | None:
    return {"head": None, "stored_hash": row.get("number")}.get(table, row.get("n"))


def _each_flip(connection: sqlite3.Connection, table: str, shard: int, of: int) -> Iterator[tuple[int | None, str]]:
    """Flip, give (the entry that must be named, what was flipped), put back; one after another."""
    info = connection.execute(f"PRAGMA table_info({table})").fetchall()
    columns, keys = [row[1] for row in info], [row[1] for row in info if row[5]]
    rows = connection.execute(f"SELECT * FROM {table} ORDER BY {', '.join(keys)}").fetchall()
    for values in rows[shard::of]:
        row = dict(zip(columns, values, strict=True))
        for column in columns:
            for take, other in _flips(row[column]):
                now = {**row, column: other}
                where = " AND ".join(f"{key} = {take if key == column else '?'}" for key in keys)
                connection.execute(
                    f"UPDATE {table} SET {column} = {take} WHERE {' AND '.join(f'{key} = ?' for key in keys)}",
                    [other, *(row[key] for key in keys)],
                )
                yield _owner(table, row), f"{table}.{column} of {[row[key] for key in keys]}"
                changed = connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE {where}", [row[column], *(now[key] for key in keys)]
                )
                assert changed.rowcount == 1, "put back"


@pytest.mark.parametrize(("table", "shard"), SHARES)
def test_every_value_of_every_row(scene: Scene, table: str, shard: int) -> None:
    of = SHARDS if table in ("entry", "wrap") else 1
    missed, flips = [], 0
    with unguarded(scene.ledger.path) as connection:
        for owner, what in _each_flip(connection, table, shard, of):
            flips += 1
            findings = [finding for finding in check(scene).findings if finding.kind != "schema"]
            if owner not in [finding.entry for finding in findings]:
                missed.append((what, findings))
    assert flips
    assert missed == []
    assert check(scene).findings == []


@pytest.mark.parametrize("name", ["duty", "decision", "erasure_done"])
def test_every_byte_of_a_leaf(scene: Scene, name: str) -> None:
    """One bit of each byte, checked as verification checks one entry; some of them by all of verification."""
    n = scene.at[name]
    leaf = scene.ledger.entry(n).leaf
    with scene.ledger.store.read() as reader:
        scan = Scan(
            scene.ledger.roster(), erased_numbers(reader, 35, scene.ledger.origin), VERIFIED_AT, hashes_hold=True
        )
    with unguarded(scene.ledger.path) as connection:
        for place in range(len(leaf)):
            flipped = leaf[:place] + bytes([leaf[place] ^ 1 << place % 8]) + leaf[place + 1 :]
            connection.execute("UPDATE entry SET leaf = ? WHERE n = ?", [flipped, n])
            with scene.ledger.store.read() as reader:
                findings = scan_range(reader, scan, n, n + 1).findings
            for all_of_them in (findings, check(scene).findings) if place % 50 == 0 else (findings,):
                kinds = {finding.kind for finding in all_of_them if finding.entry == n}
                assert "stored_hash" in kinds
                assert kinds & {"entry_form", "signature", "unknown_author"}, place
        connection.execute("UPDATE entry SET leaf = ? WHERE n = ?", [leaf, n])
    assert check(scene).findings == []


def test_every_byte_of_the_head(tmp_path: Path) -> None:
    """Of a ledger of two entries, since nothing of it depends on how many there are."""
    scene = Scene(small_ledger(tmp_path, ["guardian"]))
    head = scene.ledger.head()
    with unguarded(scene.ledger.path) as connection:
        for place in range(len(head)):
            flipped = head[:place] + bytes([head[place] ^ 1 << place % 8]) + head[place + 1 :]
            connection.execute("UPDATE head SET checkpoint = ?", [flipped])
            findings = [finding for finding in check(scene).findings if finding.kind != "schema"]
            assert None in [finding.entry for finding in findings], place
        connection.execute("UPDATE head SET checkpoint = ?", [head])
    assert check(scene).findings == []
