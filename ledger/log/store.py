"""Writing the database: one transaction at a time, and where a ledger's database is. No foreign error leaves.

SQLite is the embedded default: write-ahead log, synchronous=FULL, deleted content overwritten. What is used here
PostgreSQL has too; database.py knows which database it is.
Proved by tests/ledger/log/test_store.py.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from ledger.errors import Refused
from ledger.log import tables
from ledger.log.database import begin, commit, in_transaction, sqlite_engine, sqlite_schema, translated
from ledger.log.entry import Entry, Token, Wrap
from ledger.log.reader import Head, Reader

_T = SQLModel.metadata.tables
_entry, _ref, _hash, _part = _T["entry"], _T["ref"], _T["stored_hash"], _T["part"]
_wrap, _token, _removed, _head = _T["wrap"], _T["token"], _T["removed_wrap"], _T["head"]


class Writer(Reader):
    """One transaction that writes. Nothing is durable, and nothing may leave the process, before it commits."""

    def add_entry(self, n: int, entry: Entry) -> None:
        """Insert an entry's row and its references."""
        header = entry.header
        row = tables.EntryRow(
            n=n,
            id=header.id,
            type=header.type,
            author=header.author,
            at=header.at,
            case_id=header.case,
            leaf=entry.leaf,
        )
        self._insert(_entry, [row.model_dump()])
        self._insert(_ref, [{"n": n, "position": i, "target": ref} for i, ref in enumerate(header.refs)])

    def add_beside(self, n: int, parts: dict[str, bytes], wraps: Sequence[Wrap], tokens: Sequence[Token]) -> None:
        """Insert what lies beside an entry."""
        self._insert(_part, [{"n": n, "part": part, "ciphertext": data} for part, data in sorted(parts.items())])
        self._insert(
            _wrap,
            [{"n": n, "position": i, "under": w.under, "handle": w.handle, "box": w.box} for i, w in enumerate(wraps)],
        )
        self._insert(
            _token,
            [{"n": n, "position": i, "kind": t.kind, "token": t.token, "salt": t.salt} for i, t in enumerate(tokens)],
        )

    def add_hashes(self, hashes: Sequence[tuple[int, int, bytes]]) -> None:
        """Insert stored hashes: (tile level, number, digest)."""
        self._insert(_hash, [{"level": level, "number": number, "digest": digest} for level, number, digest in hashes])

    def set_head(self, head: Head) -> None:
        """Replace the head."""
        values = {"size": head.size, "checkpoint": head.checkpoint}
        with translated():
            changed = self._connection.execute(update(_head).where(_head.c.one == 1).values(values)).rowcount
            if not changed:
                self._connection.execute(insert(_head), [{"one": 1, **values}])

    def remove_sealed(self, n: int) -> None:
        """Delete an erased entry's ciphertexts and search tokens."""
        with translated():
            self._connection.execute(delete(_part).where(_part.c.n == n))
            self._connection.execute(delete(_token).where(_token.c.n == n))

    def remove_wrap(self, n: int, position: int, wrap: Wrap) -> None:
        """Delete one wrap, keeping what verification needs of it."""
        kept = wrap.without_box()
        row = {"under": kept.under, "handle": kept.handle, "box_sha256": kept.box_sha256}
        self._insert(_removed, [{"n": n, "position": position, **row}])
        with translated():
            self._connection.execute(delete(_wrap).where(_wrap.c.n == n, _wrap.c.position == position))

    def _insert(self, table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            with translated():
                self._connection.execute(insert(table), rows)


class Store:
    """A ledger's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def at(cls, path: Path) -> "Store":
        """The SQLite database at `path`, which exists. Raises Refused if it does not."""
        if not path.is_file():
            raise Refused.one("ledger", "a ledger's database", "no such file", "Run: consent-ledger init DIR …")
        return cls(sqlite_engine(path))

    @classmethod
    def at_url(cls, url: str) -> "Store":
        """The database that another process's `url` names."""
        return cls.at(Path(make_url(url).database or ""))

    @property
    def url(self) -> str:
        """Where the database is, for another process to open it too."""
        return self._engine.url.render_as_string(hide_password=False)

    @classmethod
    def create(cls, path: Path) -> "Store":
        """A new, empty database at `path`, of mode 0600. Raises Refused if something is there or nothing can be."""
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError as error:
            raise Refused.one(
                "ledger", "a place without a ledger", "one that has one", "Choose another one."
            ) from error
        except OSError as error:
            raise Refused.one(
                "ledger", "a folder that can be written to", (error.strerror or "an error").lower(), "Check the path."
            ) from error
        store = cls(sqlite_engine(path))
        try:
            with store.write() as writer, translated():
                for statement in sqlite_schema().values():
                    writer._connection.execute(text(statement))
        except BaseException:
            # half a database would keep everybody from trying again
            store.close()
            for left in path.parent.glob(f"{path.name}*"):
                left.unlink()
            raise
        return store

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A snapshot: everything read in it is of one moment."""
        with translated():
            connection = self._engine.connect()
        # what goes wrong in the block is its own: a file that cannot be written there is no failure of the database
        with connection:
            with translated():
                begin(connection, write=False)
            try:
                yield Reader(connection)
            finally:
                with translated():
                    connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One serialised transaction: committed when the block ends, undone when it raises.

        Raises Lost if the commit fails in a way that leaves open whether it took place.
        """
        with translated(), self._engine.connect() as connection:
            begin(connection, write=True)
            try:
                yield Writer(connection)
                commit(connection)
            except BaseException:
                # a failed COMMIT may have ended the transaction already; what failed first is what is told
                try:
                    if in_transaction(connection):
                        connection.exec_driver_sql("ROLLBACK")
                except DBAPIError:
                    connection.invalidate()
                raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
