"""Writing the database: one transaction at a time, and where a ledger's database is. No foreign error leaves.

SQLite is the embedded default, PostgreSQL is named by URL: what is said here both do alike.
Proved by tests/ledger/log/test_store.py, on both.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import SQLModel

from ledger.errors import Refused
from ledger.log import tables
from ledger.log.database import Database, check_revision, moved_to, revision
from ledger.log.entry import Entry, Token, Wrap
from ledger.log.reader import Head, Reader
from ledger.log.sqlite import Sqlite, frozen_path

_T = SQLModel.metadata.tables
_entry, _ref, _hash, _part = _T["entry"], _T["ref"], _T["stored_hash"], _T["part"]
_wrap, _token, _removed, _head = _T["wrap"], _T["token"], _T["removed_wrap"], _T["head"]
_INSERT = {table.name: insert(table) for table in tables.LOG_TABLES}
_REPLACE_HEAD = (
    update(_head).where(_head.c.one == 1).values(size=bindparam("new_size"), checkpoint=bindparam("new_checkpoint"))
)


class Writer(Reader):
    """One transaction that writes. Nothing is durable, and nothing may leave the process, before it commits.

    Rows that are added wait, and go to the database in one statement a table: before anything is asked of it, changed
    or taken away, and before the commit.
    """

    def __init__(self, connection: Connection, database: Database) -> None:
        super().__init__(connection, database)
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def flush(self) -> None:
        """Bring what waits to the database."""
        waiting, self._waiting = self._waiting, {}
        for name, rows in waiting.items():
            with self._database.translated():
                self._database.run(self._connection, _INSERT[name], rows if len(rows) > 1 else rows[0])

    def _rows(self, statement: Any, **values: Any) -> Sequence[Any]:
        self.flush()
        return super()._rows(statement, **values)

    def _asked(self, statement: Any, **values: Any) -> Sequence[Any]:
        self.flush()
        return super()._asked(statement, **values)

    def _streamed(self, statement: Any) -> Iterator[Sequence[Any]]:
        self.flush()
        return super()._streamed(statement)

    def add_entry(self, n: int, entry: Entry) -> None:
        """Insert an entry's row and its references."""
        header = entry.header
        row = {"n": n, "id": header.id, "type": header.type, "author": header.author, "at": header.at}
        self._insert(_entry, [{**row, "case_id": header.case, "leaf": entry.leaf}])
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
        self.flush()
        values = {"new_size": head.size, "new_checkpoint": head.checkpoint}
        with self._database.translated():
            if not self._database.run(self._connection, _REPLACE_HEAD, values).rowcount:
                row = {"one": 1, "size": head.size, "checkpoint": head.checkpoint}
                self._database.run(self._connection, _INSERT["head"], row)

    def remove_sealed(self, n: int) -> None:
        """Delete an erased entry's ciphertexts and search tokens."""
        self.flush()
        with self._database.translated():
            self._connection.execute(delete(_part).where(_part.c.n == n))
            self._connection.execute(delete(_token).where(_token.c.n == n))

    def remove_wrap(self, n: int, position: int, wrap: Wrap) -> None:
        """Delete one wrap, keeping what verification needs of it."""
        kept = wrap.without_box()
        row = {"under": kept.under, "handle": kept.handle, "box_sha256": kept.box_sha256}
        self._insert(_removed, [{"n": n, "position": position, **row}])
        self.flush()
        with self._database.translated():
            self._connection.execute(delete(_wrap).where(_wrap.c.n == n, _wrap.c.position == position))

    def add_rows(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows of a table of the log as another database had them. Raises Refused for values of no ledger."""
        self.flush()
        if rows:
            # what another database held may be of any type: here each value is held against its column
            with self._database.translated():
                self._connection.execute(_INSERT[table], list(rows))

    def give_up(self, url: str) -> None:
        """Say that the ledger goes on in the database of `url`: once this is committed, nobody reads or writes here."""
        sql = f"UPDATE alembic_version SET version_num = '{moved_to(url)}'"  # noqa: S608 ours, and a digest
        with self._database.translated():
            self._connection.exec_driver_sql(sql)

    def _insert(self, table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._waiting.setdefault(table.name, []).extend(rows)


class Store:
    """A ledger's database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def at(cls, path: Path) -> "Store":
        """The SQLite database at `path`, which exists. Raises Refused if it does not."""
        if not path.is_file():
            hint = "ledger.toml is here and its database is not. Put a backup in place: consent-ledger restore FILE"
            raise Refused.one("ledger", "a ledger's database", "no such file", hint)
        return cls(Sqlite(path))

    @classmethod
    def to_read(cls, path: Path) -> "Store":
        """The SQLite file at `path`, which nobody writes, for reading alone: nothing is made beside it."""
        return cls(Sqlite(path, frozen=True))

    @classmethod
    def at_url(cls, url: str) -> "Store":
        """The database that a URL names. Raises Refused for a URL that is none, or holds a password."""
        found = parse_url(url)
        if found.drivername != "sqlite":
            return cls(_postgres(found))
        frozen = frozen_path(found)
        return cls.to_read(frozen) if frozen else cls.at(Path(found.database or ""))

    @property
    def url(self) -> str:
        """Where the database is, for another process to open it too. There is no password in it."""
        return self.database.engine.url.render_as_string(hide_password=False)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on a server."""
        return self.database.path if isinstance(self.database, Sqlite) else None

    @classmethod
    def create(cls, place: Path | str) -> "Store":
        """A new, empty ledger's database: a SQLite file (mode 0600) at a path, or in the database of a URL.

        Raises Refused if something is there or nothing can be. What was begun is taken back then.
        """
        url = parse_url(place) if isinstance(place, str) else URL.create("sqlite", database=str(place))
        store = cls(Sqlite(Path(url.database or "")) if url.drivername == "sqlite" else _postgres(url))
        from ledger.log.migrations import bring_forward

        try:
            with store.database.claimed(), store._bare() as connection:
                store.database.check_free(connection)
                bring_forward(connection)
        except BaseException:
            store.close()
            raise
        return store

    def discard(self) -> None:
        """Take the whole database away again. Only for who made it a moment ago, and could not finish."""
        self.database.discard()

    def upgrade(self, scripts: Path | None = None) -> tuple[str, str]:
        """Bring the schema to the newest revision, in one transaction; the revision before and after.

        scripts: Alembic's folder, by default ours. Raises Malformed where there is no ledger, Unavailable for one
        of a newer program or one that was moved.
        """
        from ledger.log.migrations import SCRIPTS, bring_forward

        with self._bare() as connection:
            found = revision(connection)
            if not found or found >= tables.REVISION:
                check_revision(connection)
            bring_forward(connection, scripts or SCRIPTS)
            return found, revision(connection)

    def given_up(self, url: str) -> Head | None:
        """The head with which the ledger was moved from here to the database of `url`; None if it was not."""
        with self._bare() as connection:
            said = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
            return Reader(connection, self.database).head() if list(said) == [(moved_to(url),)] else None

    @contextmanager
    def _bare(self) -> Iterator[Connection]:
        """A transaction that writes, whatever the schema."""
        with self.database.translated(), self.database.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
                self.database.commit(connection)
            except BaseException:
                self._undo(connection)
                raise

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A snapshot: everything read in it is of one moment. Raises Unavailable for a schema that is not ours."""
        with self.database.translated():
            connection = self._begun(write=False)
        # what goes wrong in the block is its own: a file that cannot be written there is no failure of the database
        with connection:
            try:
                yield Reader(connection, self.database)
            finally:
                self._undo(connection)

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """One serialised transaction: committed when the block ends, undone when it raises.

        Raises Lost if the connection goes, or the commit fails in a way that leaves open whether it took place.
        """
        with self.database.translated():
            connection = self._begun(write=True)
            with connection:
                try:
                    writer = Writer(connection, self.database)
                    yield writer
                    writer.flush()
                    self.database.commit(connection)
                except BaseException:
                    self._undo(connection)
                    raise

    def _begun(self, *, write: bool) -> Connection:
        """A connection in a transaction, on a schema of ours."""
        try:
            return self._begin(write=write)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # kept since before the server went: nothing was asked on it yet, and the pool lets go of all of its age
        return self._begin(write=write)

    def _begin(self, *, write: bool) -> Connection:
        connection = self.database.engine.connect()
        try:
            self.database.begin(connection, write=write)
            check_revision(connection)
        except BaseException:
            self._undo(connection)
            connection.close()
            raise
        return connection

    def _undo(self, connection: Connection) -> None:
        # a failed COMMIT may have ended the transaction already; what failed first is what is told
        try:
            if self.database.in_transaction(connection):
                connection.exec_driver_sql("ROLLBACK")
        except DBAPIError:
            connection.invalidate()

    def close(self) -> None:
        """Close every connection."""
        self.database.engine.dispose()


def _postgres(url: URL) -> Database:
    # psycopg and PostgreSQL's half of the library load only where they are used
    from ledger.log.postgres import Postgres

    return Postgres(url)


def parse_url(text: str) -> URL:
    """A database's URL. Raises Refused for another kind of database, or one with a password in it; never quotes it."""
    expected = "postgresql+psycopg://ROLE@HOST/DATABASE, or sqlite:////PATH"
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Refused.one("database", expected, "something else", "See docs/how-to/postgresql.md") from error
    # ledger.toml holds it between quotation marks
    if (
        not text.isprintable()
        or {'"', "\\"} & set(text)
        or url.drivername not in ("sqlite", "postgresql+psycopg")
        or not url.database
    ):
        raise Refused.one("database", expected, "something else", "See docs/how-to/postgresql.md")
    if url.password or {"password", "sslpassword"} & set(url.query):
        hint = "Put it into ~/.pgpass, or the file that PGPASSFILE names: PostgreSQL looks there."
        raise Refused.one("database", "a URL without a password", "one with a password in it", hint)
    return url
