"""Reading the database: a snapshot, whose every method returns rows as they stand; callers check them.

With queries.py and store.py the one place with SQL. What is used here SQLite and PostgreSQL both have.
Proved by tests/ledger/log/test_store.py.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, func, select
from sqlmodel import SQLModel

from ledger.errors import Malformed
from ledger.log import queries
from ledger.log.database import Database, blob_of, number_of, text_of
from ledger.log.entry import RemovedWrap, Token, Wrap
from ledger.log.queries import PAGE

FEW = 2
"""So many are asked for one by one, whose text is kept; for more a statement of their number is made."""
_R = TypeVar("_R")
_T = SQLModel.metadata.tables
_entry, _ref, _hash, _part = _T["entry"], _T["ref"], _T["stored_hash"], _T["part"]
_wrap, _token, _removed, _head = _T["wrap"], _T["token"], _T["removed_wrap"], _T["head"]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest checkpoint as stored: its size column and its signed bytes, neither checked yet."""

    size: int
    checkpoint: bytes


class Stored(NamedTuple):
    """An entry's row: its number, its leaf, and the query columns, none of them checked."""

    n: int
    id: bytes
    type: str
    author: str
    at: int
    case: bytes | None
    leaf: bytes


def stored_row(row: Any) -> Stored:
    """An entry from its columns as they stand."""
    n, entry_id, kind, author, at, case, leaf = row
    case = None if case is None else blob_of(case)
    return Stored(n, blob_of(entry_id), text_of(kind), text_of(author), number_of(at), case, blob_of(leaf))


def _wrap_of(row: Any) -> Wrap:
    _n, _position, under, handle, box = row
    return Wrap(blob_of(under), text_of(handle), blob_of(box))


def _removed_of(row: Any) -> RemovedWrap:
    _n, _position, under, handle, digest = row
    return RemovedWrap(blob_of(under), text_of(handle), blob_of(digest))


def _by_position(rows: Iterable[Any], of: Callable[[Any], _R]) -> dict[int, dict[int, _R]]:
    """Rows that lie beside entries, by entry and position, their first two columns."""
    found: dict[int, dict[int, _R]] = {}
    for row in rows:
        found.setdefault(row[0], {})[number_of(row[1])] = of(row)
    return found


def _beside_cases(table: Any, cases: Sequence[bytes], start: int, end: int) -> Any:
    within = (_entry.c.case_id.in_(cases), _entry.c.n >= start, _entry.c.n < end)
    return select(table).join(_entry, _entry.c.n == table.c.n).where(*within)


class Reader:
    """A snapshot of the database. Every method returns rows as they stand; callers check them."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self._connection, self._database = connection, database

    def _rows(self, statement: Any, **values: Any) -> Sequence[Any]:
        """What a statement that is made for one question finds."""
        with self._database.translated():
            return self._connection.execute(statement, values).all()

    def _asked(self, statement: Any, **values: Any) -> Sequence[Any]:
        """What a statement of queries.py finds."""
        with self._database.translated():
            return self._database.run(self._connection, statement, values).all()

    def _streamed(self, statement: Any) -> Iterator[Sequence[Any]]:
        """Pages of rows as the database gives them: none is kept."""
        options = {"yield_per": PAGE}
        with self._database.translated(), self._connection.execute(statement, execution_options=options) as found:
            yield from found.partitions()

    def head(self) -> Head | None:
        """The head, or None in a database that holds none, more than one, or one that is not in its place."""
        rows = self._asked(queries.HEAD)
        return Head(number_of(rows[0].size), blob_of(rows[0].checkpoint)) if [row.one for row in rows] == [1] else None

    def entries(self, start: int, end: int) -> Iterator[Stored]:
        """The rows of entries start … end-1 in order, a page at a time."""
        while start < end:
            stop = min(start + PAGE, end)
            for row in self._asked(queries.BY_RANGE["entry"], start=start, end=stop):
                yield stored_row(row)
            start = stop

    def last_number(self) -> int:
        """The largest entry number in the table, -1 in an empty one."""
        return number_of(self._rows(select(func.max(_entry.c.n)))[0][0])

    def count(self) -> int:
        """How many rows of entries there are."""
        return int(self._rows(select(func.count()).select_from(_entry))[0][0])

    def missing(self, size: int) -> list[int]:
        """The numbers below `size` that have no row."""
        there = {row[0] for row in self._asked(queries.NUMBERS, size=size)}
        return [n for n in range(size) if n not in there]

    def outside(self, size: int) -> list[tuple[str, int | None]]:
        """(table, n) of rows that belong to no entry below `size`; n is None where it is no whole number."""
        found: list[tuple[str, int | None]] = []
        for table in (_entry, _ref, _part, _wrap, _token, _removed):
            for row in self._asked(queries.OUTSIDE[table.name], size=size):
                found.append((table.name, row[0] if type(row[0]) is int else None))
        return found

    def beyond(self, size: int) -> list[tuple[str, int | None]]:
        """As outside, but only what lies under numbers below 0 or from `size` on: found without reading every row."""
        return [
            (name, row[0] if type(row[0]) is int else None)
            for name, statement in queries.BEYOND.items()
            for row in self._asked(statement, size=size)
        ]

    def entry(self, n: int) -> Stored | None:
        """One entry's row by number."""
        return next(self.entries(n, n + 1), None)

    def by_id(self, entry_id: bytes) -> Stored | None:
        """One entry's row by id."""
        rows = self._asked(queries.BY_ID, id=entry_id)
        return stored_row(rows[0]) if rows else None

    def by_ids(self, ids: Sequence[bytes]) -> dict[bytes, Stored]:
        """The rows with these ids, by id."""
        if len(ids) <= FEW:
            return {row.id: row for row in map(self.by_id, ids) if row is not None}
        found: dict[bytes, Stored] = {}
        for start in range(0, len(ids), PAGE):
            rows = self._rows(queries.BY_IDS, ids=ids[start : start + PAGE])
            found |= {row.id: row for row in map(stored_row, rows)}
        return found

    def begun(self, cases: Sequence[bytes]) -> set[bytes]:
        """Those of these cases that have an entry."""
        if len(cases) <= FEW:
            return {case for case in cases if self._asked(queries.BEGUN_ONE, case=case)}
        found: set[bytes] = set()
        for start in range(0, len(cases), PAGE):
            found |= {row[0] for row in self._rows(queries.BEGUN, cases=cases[start : start + PAGE])}
        return found

    def by_id_prefix(self, prefix: str, limit: int = 3) -> list[Stored]:
        """Rows whose id, as hex, begins with `prefix` (2 hex digits or more)."""
        low = bytes.fromhex(prefix.ljust(32, "0"))
        high = bytes.fromhex(prefix.ljust(32, "f"))
        statement = select(_entry).where(_entry.c.id >= low, _entry.c.id <= high).limit(limit)
        return [stored_row(row) for row in self._rows(statement)]

    def of_types(self, types: Iterable[str], end: int) -> Iterator[Stored]:
        """Rows of these types below `end`, in order."""
        last = -1
        wanted = list(types)
        while True:
            statement = (
                select(_entry)
                .where(_entry.c.type.in_(wanted), _entry.c.n > last, _entry.c.n < end)
                .order_by(_entry.c.n)
                .limit(PAGE)
            )
            rows = self._rows(statement)
            yield from (stored_row(row) for row in rows if type(row.n) is int)
            if len(rows) < PAGE:
                return
            last = rows[-1].n

    def erasures_touching(self, start: int, end: int) -> list[Stored]:
        """Rows of erasure.done below `end`, in order, in the cases that entries start … end-1 are in."""
        rows = self._asked(queries.ERASURES_TOUCHING, start=start, end=end)
        return [stored_row(row) for row in rows if type(row.n) is int]

    def of_case(self, case: bytes, end: int) -> list[Stored]:
        """Rows of one case below `end`, in order."""
        statement = select(_entry).where(_entry.c.case_id == case, _entry.c.n < end).order_by(_entry.c.n)
        return [stored_row(row) for row in self._rows(statement) if type(row.n) is int and row.n >= 0]

    def by_case(self, end: int) -> Iterator[Stored]:
        """Rows below `end` that have a case, case by case, each in order: streamed."""
        within = (_entry.c.case_id.is_not(None), _entry.c.n >= 0, _entry.c.n < end)
        statement = select(_entry).where(*within).order_by(_entry.c.case_id, _entry.c.n)
        yield from (stored_row(row) for page in self._streamed(statement) for row in page if type(row.n) is int)

    def cases_elsewhere(self, start: int, end: int, first: int, last: int) -> set[bytes]:
        """Of the cases that entries start … end-1 are in, those that entries first … last-1 are in too."""
        if first >= last:
            return set()
        rows = self._asked(queries.CASES_ELSEWHERE, start=start, end=end, first=first, last=last)
        return {blob_of(row[0]) for row in rows}

    def of_cases(self, cases: Sequence[bytes], start: int, end: int) -> Iterator[Stored]:
        """Rows start … end-1 of these cases, case by case, each in order: streamed."""
        within = (_entry.c.case_id.in_(cases), _entry.c.n >= start, _entry.c.n < end)
        statement = select(_entry).where(*within).order_by(_entry.c.case_id, _entry.c.n)
        yield from (stored_row(row) for page in self._streamed(statement) for row in page if type(row.n) is int)

    def last_of_author(self, author: str, end: int | None = None) -> Stored | None:
        """The newest row of an author, below `end` where that is given."""
        below = {} if end is None else {"end": end}
        rows = self._asked(queries.OF_AUTHOR if end is None else queries.BEFORE_OF_AUTHOR, author=author, **below)
        return stored_row(rows[0]) if rows else None

    def about(self, entry_id: bytes) -> list[Stored]:
        """Rows that refer to this id, in order."""
        statement = (
            select(_entry).join(_ref, _ref.c.n == _entry.c.n).where(_ref.c.target == entry_id).order_by(_entry.c.n)
        )
        return [stored_row(row) for row in self._rows(statement)]

    def refs(self, start: int, end: int) -> dict[int, list[bytes]]:
        """The reference rows of a range by entry; a gap in the positions shows as b""."""
        found: dict[int, list[bytes]] = {}
        for row in self._asked(queries.BY_RANGE["ref"], start=start, end=end):
            items = found.setdefault(row.n, [])
            items.append(blob_of(row.target) if row.position == len(items) else b"")
        return found

    def targets(self, start: int, end: int) -> dict[bytes, tuple[int, str, bytes | None, str]]:
        """Of the entries that the reference rows of a range point to: number, type, case and author, by id."""
        return {
            target: (n, text_of(kind), None if case is None else blob_of(case), text_of(author))
            for target, n, kind, case, author in self._asked(queries.TARGETS, start=start, end=end)
        }

    def parts(self, start: int, end: int) -> dict[int, dict[str, bytes]]:
        """The ciphertexts of a range by entry and part."""
        found: dict[int, dict[str, bytes]] = {}
        for n, part, ciphertext in self._asked(queries.BY_RANGE["part"], start=start, end=end):
            found.setdefault(n, {})[text_of(part)] = blob_of(ciphertext)
        return found

    def wraps(self, start: int, end: int) -> dict[int, dict[int, Wrap]]:
        """The wraps of a range by entry and position."""
        return _by_position(self._asked(queries.BY_RANGE["wrap"], start=start, end=end), _wrap_of)

    def wraps_to(self, handle: str, types: Iterable[str]) -> list[tuple[int, Wrap]]:
        """The wraps to one person that entries of these types wrote, with the entries' numbers."""
        statement = (
            select(_wrap)
            .join(_entry, _entry.c.n == _wrap.c.n)
            .where(_entry.c.type.in_(list(types)), _wrap.c.handle == handle)
            .order_by(_wrap.c.n, _wrap.c.position)
        )
        return [(row.n, _wrap_of(row)) for row in self._rows(statement)]

    def cases_with_wraps_to(self, handle: str) -> list[bytes]:
        """The cases among whose entries one wrapped a key to this person."""
        statement = (
            select(_entry.c.case_id)
            .join(_wrap, _entry.c.n == _wrap.c.n)
            .where(_wrap.c.handle == handle, _entry.c.case_id.is_not(None))
            .distinct()
            .order_by(_entry.c.case_id)
        )
        return [row[0] for row in self._rows(statement)]

    def tokens(self, start: int, end: int) -> dict[int, dict[int, Token]]:
        """The search tokens of a range by entry and position."""
        found: dict[int, dict[int, Token]] = {}
        for row in self._asked(queries.BY_RANGE["token"], start=start, end=end):
            token = Token(text_of(row.kind), blob_of(row.token), blob_of(row.salt))
            found.setdefault(row.n, {})[number_of(row.position)] = token
        return found

    def removed_wraps(self, start: int, end: int) -> dict[int, dict[int, RemovedWrap]]:
        """What stays of the wraps taken away from a range, by entry and position."""
        return _by_position(self._asked(queries.BY_RANGE["removed_wrap"], start=start, end=end), _removed_of)

    def wraps_of_case(self, case: bytes) -> list[tuple[int, int, Wrap]]:
        """The wraps written by a case's entries: (entry, position, wrap)."""
        statement = (
            select(_wrap)
            .join(_entry, _entry.c.n == _wrap.c.n)
            .where(_entry.c.case_id == case)
            .order_by(_wrap.c.n, _wrap.c.position)
        )
        return [(row.n, row.position, _wrap_of(row)) for row in self._rows(statement)]

    def wraps_of_cases(self, cases: Sequence[bytes], start: int, end: int) -> dict[int, dict[int, Wrap]]:
        """The wraps of entries start … end-1 of these cases, by entry and position."""
        return _by_position(self._rows(_beside_cases(_wrap, cases, start, end)), _wrap_of)

    def removed_of_cases(self, cases: Sequence[bytes], start: int, end: int) -> dict[int, dict[int, RemovedWrap]]:
        """What stays of the wraps taken away from entries start … end-1 of these cases, by entry and position."""
        return _by_position(self._rows(_beside_cases(_removed, cases, start, end)), _removed_of)

    def stored_hashes(self, level: int, start: int, count: int) -> list[bytes]:
        """`count` stored hashes of a tile level from `start` on. Raises Malformed if some are missing."""
        rows = self._asked(queries.HASHES, level=level, start=start, end=start + count)
        digests = [blob_of(row[0]) for row in rows]
        if len(digests) != count or set(map(len, digests)) - {32}:
            raise Malformed(
                "stored hashes", f"{count} of 32 bytes at level {level}", "fewer", "Run: consent-ledger verify"
            )
        return digests

    def hash_rows(self, level: int, start: int, end: int) -> dict[int, bytes]:
        """The stored hashes of a tile level, as they stand."""
        statement = select(_hash.c.number, _hash.c.digest).where(
            _hash.c.level == level, _hash.c.number >= start, _hash.c.number < end
        )
        return {number: blob_of(digest) for number, digest in self._rows(statement)}

    def hash_counts(self) -> list[tuple[int, int]]:
        """(tile level, how many hashes are stored there); -1 for a level that is no whole number."""
        statement = select(_hash.c.level, func.count()).group_by(_hash.c.level)
        return [(number_of(row[0]), int(row[1])) for row in self._rows(statement)]

    def repeated_ids(self) -> list[tuple[bytes, int]]:
        """Ids that stand in more than one row, which the unique index should prevent, with the last such row."""
        statement = select(_entry.c.id, func.max(_entry.c.n)).group_by(_entry.c.id).having(func.count() > 1)
        return [(blob_of(row[0]), number_of(row[1])) for row in self._rows(statement.limit(PAGE))]

    def repeated_from(self, start: int) -> list[tuple[bytes, int]]:
        """As repeated_ids, of the rows from `start` on, without reading those before."""
        return [(blob_of(row[0]), number_of(row[1])) for row in self._asked(queries.REPEATED_FROM, start=start)]

    def row_count(self, table: str) -> int:
        """How many rows a table of the log has."""
        return int(self._rows(select(func.count()).select_from(_T[table]))[0][0])

    def every_row(self, table: str) -> Generator[list[dict[str, Any]], None, None]:
        """The rows of a table of the log as they stand, by its key, a page at a time: streamed."""
        statement = select(_T[table]).order_by(*_T[table].primary_key)
        for page in self._streamed(statement):
            yield [dict(row._mapping) for row in page]

    def storage_faults(self) -> list[str]:
        """What the database itself finds broken in its file: a page that cannot be, an index unlike its table.

        A server does not let its clients look: then it is none, and storage_checked says so.
        """
        with self._database.translated():
            return self._database.storage_faults(self._connection)

    @property
    def storage_checked(self) -> bool:
        """Whether storage_faults can look at what lies on the disk."""
        return self._database.storage_checked

    def schema_faults(self) -> list[str]:
        """What differs from the tables, indexes and triggers that a ledger has; empty when nothing does."""
        with self._database.translated():
            return self._database.schema_faults(self._connection)
