"""Verification case by case: who let whom read, under which key, and whether what was taken away was rightly taken.

A case is checked whole, from its first entry to the head, by the range in which it begins; or all of them in turn.
Cases are streamed one after another, so memory is that of one case's wraps. Proved by tests/tamper/test_damage.py.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, groupby
from typing import NamedTuple

from ledger.errors import Malformed
from ledger.log.cases import Case
from ledger.log.entry import Header, RemovedWrap, Wrap, parse_entry
from ledger.log.outside import Outside
from ledger.log.reader import Reader, Stored
from ledger.log.removal import Spent
from ledger.log.roster import Roster
from ledger.log.rules import wrap_rules
from ledger.log.scan import Finding, RangeReport

BATCH = 200

Wraps = Mapping[int, Wrap]
Removed = Mapping[int, RemovedWrap]


class InCase(NamedTuple):
    """An entry of a case as the case's check needs it: number, header, and its wraps by position."""

    n: int
    header: Header
    wraps: Wraps
    removed: Removed


def check_cases(
    reader: Reader, roster: Roster, erased: Mapping[int, int], size: int, forged: AbstractSet[int] = frozenset()
) -> Iterator[Finding]:
    """The findings of every case among the first `size` entries. `forged` ones let nobody in and take nothing away."""
    for case, rows in groupby(reader.by_case(size), key=lambda row: row.case):
        if case is not None:
            kept = (row for row in rows if row.n not in forged)
            yield from check_case(case, _read(kept, case, roster.origin, _WrapsOfEntries(reader)), roster, erased)


def check_cases_of(
    reader: Reader,
    roster: Roster,
    erased: Mapping[int, int],
    done: RangeReport,
    size: int,
    first: int = 0,
    outside: Outside | None = None,
) -> Iterator[Finding]:
    """The findings of the cases whose first entry from `first` on lies in a range that was scanned, each case whole.

    Of the range itself, what the scan read is used again; the case's other entries below `size` are read.
    outside: with it, those that lie there are taken only as the tree has them.
    """
    of_range: dict[bytes, list[InCase]] = {}
    for n, item in enumerate(done.items, done.start):
        header = item.header
        if header is not None and header.case is not None:
            beside = (done.wraps.get(n, {}), done.removed.get(n, {})) if "wraps" in header.beside else ({}, {})
            of_range.setdefault(header.case, []).append(InCase(n, header, *beside))
    start, end = done.start, done.end
    begun = sorted(of_range.keys() - reader.cases_elsewhere(start, end, first, start))
    before, after = reader.cases_elsewhere(start, end, 0, first), reader.cases_elsewhere(start, end, end, size)
    for at in range(0, len(begun), BATCH):
        cases = begun[at : at + BATCH]
        # most often a case is nowhere else, and then nothing is asked
        earlier = _Elsewhere(reader, [case for case in cases if case in before], 0, first, roster.origin, outside)
        later = _Elsewhere(reader, [case for case in cases if case in after], end, size, roster.origin, outside)
        for case in cases:
            entries: Iterable[InCase] = of_range[case]
            if case in before or case in after:
                entries = chain(earlier.of(case), entries, later.of(case))
            yield from check_case(case, entries, roster, erased)


def check_case(case: bytes, entries: Iterable[InCase], roster: Roster, erased: Mapping[int, int]) -> Iterator[Finding]:
    """The findings of one case, whose entries come in order."""
    fold = Case(case)
    ended: dict[str, int] = {}
    written: list[InCase] = []
    spent = Spent(erased)
    for entry in entries:
        n, header, wraps, removed = entry
        both: Mapping[int, Wrap | RemovedWrap] = {**wraps, **removed} if removed else wraps
        named = [(row.under, row.handle) for _position, row in sorted(both.items())] if both else []
        for broken in fold.apply(n, header, named, roster):
            yield Finding(n, broken.kind, broken.says)
        if header.type == "access.ended":
            ended[header.body["handle"]] = n
        if both:
            written.append(entry)
        spent.take(n, header)
    unread = spent.keys()
    if not (unread or ended or any(entry.removed for entry in written)):
        return  # nothing was taken away, and nothing was to be
    for entry in written:
        for wrap in entry.removed.values():
            if _wanted(wrap, entry.n, ended, unread):
                yield Finding(entry.n, "wraps", "a wrap beside it was taken away and no entry says so")
        for kept in entry.wraps.values():
            if not _wanted(kept, entry.n, ended, unread):
                yield Finding(entry.n, "wraps", "a wrap beside it is still there that an entry took away")


def _wanted(wrap: Wrap | RemovedWrap, n: int, ended: Mapping[str, int], spent: AbstractSet[bytes]) -> bool:
    """Whether a wrap of entry n belongs there: its key has something to open, its holder's access was not ended."""
    return wrap.under not in spent and ended.get(wrap.handle, -1) < n


class _WrapsOfEntries:
    """Wraps looked up entry by entry."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def of(self, n: int) -> tuple[Wraps, Removed]:
        return self._reader.wraps(n, n + 1).get(n, {}), self._reader.removed_wraps(n, n + 1).get(n, {})


class _WrapsOfCases:
    """Wraps of a few cases, read at once."""

    def __init__(self, reader: Reader, cases: Sequence[bytes], start: int, end: int) -> None:
        self._wraps = reader.wraps_of_cases(cases, start, end) if cases else {}
        self._removed = reader.removed_of_cases(cases, start, end) if cases else {}

    def of(self, n: int) -> tuple[Wraps, Removed]:
        return self._wraps.get(n, {}), self._removed.get(n, {})


def _read(
    rows: Iterable[Stored],
    case: bytes,
    origin: str,
    beside: _WrapsOfEntries | _WrapsOfCases,
    outside: Outside | None = None,
) -> Iterator[InCase]:
    for row in rows:
        away = outside if outside is not None and outside.covers(row.n) else None
        try:
            header = away.header(row) if away else parse_entry(row.leaf, origin).header
        except Malformed:
            continue  # reported by the range that holds it
        if header is not None and header.case == case:
            wraps, removed = beside.of(row.n) if "wraps" in header.beside else ({}, {})
            if away is not None:
                for broken in wrap_rules(header, wraps, removed):
                    away.broken[row.n] = broken
            yield InCase(row.n, header, wraps, removed)


class _Elsewhere:
    """The entries start … end-1 of a few cases, which are asked for in their order."""

    def __init__(
        self, reader: Reader, cases: Sequence[bytes], start: int, end: int, origin: str, outside: Outside | None
    ) -> None:
        self._origin, self._outside = origin, outside
        self._rows = reader.of_cases(cases, start, end) if cases else iter(())
        self._next = next(self._rows, None)
        self._beside = _WrapsOfCases(reader, cases, start, end)

    def of(self, case: bytes) -> Iterator[InCase]:
        yield from _read(self._of(case), case, self._origin, self._beside, self._outside)

    def _of(self, case: bytes) -> Iterator[Stored]:
        while self._next is not None and self._next.case == case:
            yield self._next
            self._next = next(self._rows, None)
