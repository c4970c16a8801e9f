"""Tools of somebody who can write to the database file: SQL without triggers, and, with the log's key, a whole history.

None of them uses what the ledger would refuse; all of it is put back so that only the damage meant is left to find.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import RemovedWrap, Token, Wrap, parse_entry, sign_entry
from ledger.log.note import Signer
from ledger.log.parts import check_part
from ledger.log.reader import Head
from ledger.log.rules import rows_over
from ledger.log.tiles import stored
from ledger.log.tree import Frontier, leaf_hash
from ledger.log.verify import Report, chained, verify
from ledger.log.whole import Expected, frame_of
from ledger.sealing.identity import Identity
from tests.ledger_fixtures import entry_id
from tests.tamper.scene import VERIFIED_AT, Scene

Found = set[tuple[int | None, str]]


def check(scene: Scene, expected: Expected | None = None, now: int = VERIFIED_AT) -> Report:
    """Verify, as somebody with no private key does.

    Parts must say the same of whether all holds: what is exact may only be asked where they found something.
    """
    report = verify(scene.ledger.store, scene.ledger.origin, now, expected=expected, jobs=1)
    # triggers are away while these tests change things, which would say that something is wrong at once
    exact = [finding for finding in report.findings if finding.kind != "schema"]
    assert parts_hold(scene, expected or Expected(), now) == (not exact), exact
    return report


def parts_hold(scene: Scene, expected: Expected, now: int = VERIFIED_AT, cut: int | None = None) -> bool:
    """Whether two parts, each on its own, find nothing (the schema aside) and fit together. cut: where, or halfway."""
    parts = []
    with scene.ledger.store.read() as reader:
        frame = frame_of(reader, scene.ledger.origin, now, expected)
        if any(finding.kind != "schema" for finding in frame.findings):
            return False
        middle = frame.size // 2 if cut is None else cut
        for bounds in [(0, middle), (middle, frame.size)] if middle else [(0, frame.size)]:
            parts.append(check_part(reader, frame, *bounds))
            if parts[-1].findings:
                return False
    return chained(parts)


def found(scene: Scene, expected: Expected | None = None, now: int = VERIFIED_AT) -> Found:
    """What verification finds: (entry or None, kind)."""
    return {(finding.entry, finding.kind) for finding in check(scene, expected, now).findings}


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """The database with every trigger out of the way; they are put back letter for letter."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _sql in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    try:
        yield connection
    finally:
        for _name, sql in triggers:
            connection.execute(sql)
        connection.close()


def alter(scene: Scene, *statements: str, values: Sequence[Any] = ()) -> None:
    """Run SQL behind the ledger's back; {names} are the numbers of the scene's entries."""
    with unguarded(scene.ledger.path) as connection:
        for statement in statements:
            connection.execute(statement.format(**scene.at), values)


def rewrite_schema(scene: Scene, sql: str, values: Sequence[Any]) -> None:
    """Change the schema's own table, as SQLite allows its owner to."""
    connection = sqlite3.connect(scene.ledger.path, isolation_level=None)
    connection.execute("PRAGMA writable_schema=ON")
    connection.execute(sql, values)
    connection.close()


@dataclass(frozen=True)
class Laid:
    """A leaf with all that lies beside it."""

    leaf: bytes
    parts: dict[str, bytes] = field(default_factory=dict)
    wraps: dict[int, Wrap] = field(default_factory=dict)
    removed: dict[int, RemovedWrap] = field(default_factory=dict)
    tokens: dict[int, Token] = field(default_factory=dict)


def history(scene: Scene) -> list[Laid]:
    """Everything in the log, in order."""
    with scene.ledger.store.read() as reader:
        size = reader.last_number() + 1
        parts, wraps = reader.parts(0, size), reader.wraps(0, size)
        removed, tokens = reader.removed_wraps(0, size), reader.tokens(0, size)
        return [
            Laid(row.leaf, *(found.get(row.n, {}) for found in (parts, wraps, removed, tokens)))  # type: ignore[arg-type]
            for row in reader.entries(0, size)
        ]


def root_of(entries: Sequence[Laid]) -> bytes:
    """The root over these entries."""
    frontier = Frontier()
    for laid in entries:
        frontier.append(leaf_hash(laid.leaf))
    return frontier.root()


def lay_out(scene: Scene, entries: Sequence[Laid]) -> None:
    """Write this history in place of the other, hashes, columns and all, signed with the log's own keys."""
    ledger = scene.ledger
    with unguarded(ledger.path) as connection:
        for table in ("entry", "ref", "stored_hash", "part", "wrap", "token", "removed_wrap", "head"):
            connection.execute(f"DELETE FROM {table}")
        frontier, rotated = Frontier(), len(entries)
        with ledger.store.write() as writer:
            for n, laid in enumerate(entries):
                entry = parse_entry(laid.leaf, ledger.origin)
                rotated = n if entry.header.type == "log.rotated" else rotated
                writer.add_entry(n, entry)
                writer.add_beside(n, laid.parts, (), ())
                writer.add_hashes(stored(frontier.append(entry.leaf_hash)))
            current = ledger.signers[:1] if rotated >= len(entries) - 1 else []
            signers = current + (ledger.signers[1:] if rotated < len(entries) else [])
            writer.set_head(Head(len(entries), Checkpoint(ledger.origin, len(entries), frontier.root()).sign(signers)))
        for n, laid in enumerate(entries):
            _beside(connection, n, laid)


def _beside(connection: sqlite3.Connection, n: int, laid: Laid) -> None:
    for position, wrap in laid.wraps.items():
        row = (n, position, wrap.under, wrap.handle, wrap.box)
        connection.execute("INSERT INTO wrap (n, position, under, handle, box) VALUES (?, ?, ?, ?, ?)", row)
    for position, gone in laid.removed.items():
        row = (n, position, gone.under, gone.handle, gone.box_sha256)
        connection.execute(
            "INSERT INTO removed_wrap (n, position, under, handle, box_sha256) VALUES (?, ?, ?, ?, ?)", row
        )
    for position, token in laid.tokens.items():
        row = (n, position, token.kind, token.token, token.salt)  # type: ignore[assignment]
        connection.execute("INSERT INTO token (n, position, kind, token, salt) VALUES (?, ?, ?, ?, ?)", row)


def sign(scene: Scene, entries: Sequence[Laid], who: Identity | Signer, entry_type: str, **more: Any) -> Laid:
    """An entry to follow `entries`, truthful but for `more`, whatever its author may or may not do.

    `more` replaces fields of the header; parts and wraps lie beside it and are committed to.
    """
    signer = who.signer if isinstance(who, Identity) else who
    parts, wraps = more.pop("parts", {}), more.pop("wraps", ())
    header = scene.ledger.header("founder", entry_type, len(entries))
    values = {
        "id": entry_id(1000 + len(entries)),
        "author": signer.name,
        "at": scene.ledger.clock.now,
        "seen_size": len(entries),
        "seen_root": root_of(entries),
        "beside": {"wraps": rows_over(wraps)} if wraps else {},
        **more,
    }
    leaf = sign_entry(scene.ledger.origin, replace(header, **values), signer)
    return Laid(leaf, parts, dict(enumerate(wraps)))
