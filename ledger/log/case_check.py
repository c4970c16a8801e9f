"""Verification case by case: who let whom read, under which key, and whether what was taken away was rightly taken.

Cases are streamed one after another, so memory is one case's. Proved by tests/tamper/test_damage.py.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import groupby

from ledger.errors import Malformed
from ledger.log.cases import Case
from ledger.log.entry import Header, RemovedWrap, Wrap, parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.removal import spent_among
from ledger.log.roster import Roster
from ledger.log.scan import Finding


def check_cases(
    reader: Reader, roster: Roster, erased: Mapping[int, int], size: int, forged: AbstractSet[int] = frozenset()
) -> Iterator[Finding]:
    """The findings of every case among the first `size` entries. `forged` ones let nobody in and take nothing away."""
    for case, rows in groupby(reader.by_case(size), key=lambda row: row.case):
        if case is not None:
            yield from _check_case(reader, roster, erased, case, [row for row in rows if row.n not in forged])


def _check_case(
    reader: Reader, roster: Roster, erased: Mapping[int, int], case: bytes, rows: list[Stored]
) -> Iterator[Finding]:
    fold = Case(case)
    ended: dict[str, int] = {}
    written: list[tuple[int, dict[int, Wrap], dict[int, RemovedWrap]]] = []
    readable: list[tuple[int, Header]] = []
    for row in rows:
        try:
            header = parse_entry(row.leaf, roster.origin).header
        except Malformed:
            continue  # reported by the range that holds it
        if header.case != case:
            continue
        readable.append((row.n, header))
        wraps, removed = _wraps_of(reader, row.n, header)
        written.append((row.n, wraps, removed))
        both: dict[int, Wrap | RemovedWrap] = {**wraps, **removed}
        named = [(both[position].under, both[position].handle) for position in sorted(both)]
        for broken in fold.apply(row.n, header, named, roster):
            yield Finding(row.n, broken.kind, broken.says)
        if header.type == "access.ended":
            ended[header.body["handle"]] = row.n
    spent = spent_among(readable, erased)
    for n, wraps, removed in written:
        for wrap in removed.values():
            if _wanted(wrap, n, ended, spent):
                yield Finding(n, "wraps", "a wrap beside it was taken away and no entry says so")
        for kept in wraps.values():
            if not _wanted(kept, n, ended, spent):
                yield Finding(n, "wraps", "a wrap beside it is still there that an entry took away")


def _wanted(wrap: Wrap | RemovedWrap, n: int, ended: Mapping[str, int], spent: set[bytes]) -> bool:
    """Whether a wrap of entry n belongs there: its key has something to open, its holder's access was not ended."""
    return wrap.under not in spent and ended.get(wrap.handle, -1) < n


def _wraps_of(reader: Reader, n: int, header: Header) -> tuple[dict[int, Wrap], dict[int, RemovedWrap]]:
    if "wraps" not in header.beside:
        return {}, {}
    return reader.wraps(n, n + 1).get(n, {}), reader.removed_wraps(n, n + 1).get(n, {})
