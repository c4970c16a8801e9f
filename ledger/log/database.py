"""What the databases have in common, and what each of them answers for itself: sqlite.py and postgres.py.

Proved by tests/ledger/log/test_store.py, on both.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError, StatementError

from ledger.errors import Fault, LedgerError, Malformed, Refused, Unavailable
from ledger.log.tables import REVISION

BUSY_SECONDS = 10.0
MOVED = "moved"
"""Begins what stands in the place of a revision where the ledger was moved to another database: moved_to."""
FITS = Fault("database", "rows that fit the log", "rows that do not", "Run: consent-ledger verify")


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as one kind of database takes it, with those of its values that never change.

    order: the names of its values where the database takes them by position.
    """

    sql: str
    order: tuple[str, ...] | None
    fixed: Mapping[str, Any]

    def values(self, given: Mapping[str, Any]) -> Any:
        """All of its values as the driver wants them."""
        every = {**self.fixed, **given} if self.fixed else given
        return every if self.order is None else tuple([every[name] for name in self.order])


class Database(ABC):
    """One kind of database: how it is opened, how a transaction begins, its schema, what its errors mean."""

    storage_checked: bool
    """Whether storage_faults can look at what lies on the disk."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._texts: dict[Any, _Text] = {}

    def run(
        self, connection: Connection, statement: Any, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()
    ) -> CursorResult[Any]:
        """Run a statement whose text is made once and kept: a constant of its module. values: of one run, or many.

        The values go to the driver as they are: what is not of its column's type is for the caller to refuse.
        """
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = self._text(statement)
        if isinstance(values, Mapping):
            return connection.exec_driver_sql(text.sql, text.values(values) or None)
        return connection.exec_driver_sql(text.sql, [text.values(row) for row in values])

    def _text(self, statement: Any) -> _Text:
        compiled = statement.compile(dialect=self.engine.dialect)
        order = tuple(compiled.positiontup) if compiled.positional else None
        return _Text(str(compiled), order, {name: it for name, it in compiled.params.items() if it is not None})

    @abstractmethod
    def begin(self, connection: Connection, *, write: bool) -> None:
        """Begin a transaction: a snapshot, which the first question takes, or the one writer's turn."""

    @abstractmethod
    def commit(self, connection: Connection) -> None:
        """Make a transaction last. Raises Lost where it failed in a way that leaves open whether it does."""

    @abstractmethod
    def in_transaction(self, connection: Connection) -> bool:
        """Whether the database still holds a transaction open."""

    @abstractmethod
    def claimed(self) -> AbstractContextManager[None]:
        """Take the place for a new ledger, and give it up if the block raises. Raises Refused if it is taken."""

    @abstractmethod
    def check_free(self, connection: Connection) -> None:
        """Raise Refused if there are tables already."""

    @abstractmethod
    def discard(self) -> None:
        """Take everything away again. Only for who made it a moment ago."""

    @abstractmethod
    def schema_faults(self, connection: Connection) -> list[str]:
        """What differs from tables.py in the database; empty when nothing does."""

    @abstractmethod
    def storage_faults(self, connection: Connection) -> list[str]:
        """What the database finds broken in its own files, at most ten faults; empty when nothing is."""

    @abstractmethod
    def plain(self, error: DBAPIError) -> LedgerError:
        """Our words for what the driver raised. Nothing that it quotes is in them."""

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what the database raises into our own errors, so that nothing foreign leaves."""
        try:
            yield
        except UnicodeDecodeError as error:
            # the database's own words quote what it found in a damaged schema
            raise damaged() from error
        except DBAPIError as error:
            raise self.plain(error) from error
        except StatementError as error:
            # a value that its column cannot hold, found before the database was asked
            raise Refused([FITS]) from error
        except OSError as error:
            field = "disk" if error.errno == ENOSPC else "database"
            got = (error.strerror or "an error").lower()
            raise Unavailable(field, "an answer", got, "Try again; nothing was written.") from error


def damaged() -> Malformed:
    """What is there cannot be read as a ledger's database."""
    hint = "Put a backup in its place: consent-ledger restore FILE"
    return Malformed("database", "a ledger's database", "a damaged or different file", hint)


def revision(connection: Connection) -> str:
    """The revision of the schema, empty where it is none. Raises Unavailable if the ledger was moved elsewhere."""
    rows = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    found = text_of(rows[0][0]) if len(rows) == 1 else ""
    if found.startswith(MOVED):
        hint = "Ask for the new ledger.toml, or run here what moved it: consent-ledger copy --to URL --switch"
        raise Unavailable("ledger", "the ledger's database", "one from which the ledger was moved", hint)
    return found if len(found) == len(REVISION) and found.isascii() and found.isdecimal() else ""


def moved_to(url: str) -> str:
    """What stands in the place of a revision once the ledger was moved to the database of `url`: 32 characters."""
    return f"{MOVED} {sha256(url.encode()).hexdigest()[:26]}"


def check_revision(connection: Connection) -> None:
    """Raise Unavailable if the schema is older or newer than this program's, saying what to do; Malformed if neither.

    The first question of a transaction: it takes the snapshot.
    """
    found = revision(connection)
    if found == REVISION:
        return
    if not found:
        raise damaged()
    expected = f"a ledger of this program's revision, {REVISION}"
    if found < REVISION:
        hint = "An administrator brings it forward: consent-ledger upgrade"
        raise Unavailable("ledger", expected, f"an older one, {found}", hint)
    hint = "It was written by a newer consent-ledger: install that one."
    raise Unavailable("ledger", expected, f"a newer one, {found}", hint)


def schema_words(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """How two descriptions of a schema, each by name, differ."""
    faults = [f"{name} is missing" for name in wanted if name not in found]
    faults += [f"{name} is not as it was made" for name in wanted if name in found and found[name] != wanted[name]]
    return faults + [f"{name} does not belong here" for name in found if name not in wanted]


# SQLite keeps any type in any column. What is of another type than its column reads as a value that no rule accepts,
# so that nothing above needs to think of it.


def blob_of(value: Any) -> bytes:
    """The bytes of a column; none for anything else."""
    return value if type(value) is bytes else b""


def text_of(value: Any) -> str:
    """The text of a column; empty for anything else."""
    return value if type(value) is str else ""


def number_of(value: Any) -> int:
    """The whole number of a column; -1 for anything else."""
    return value if type(value) is int else -1
