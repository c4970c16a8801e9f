"""What an entry takes away: sealed parts, tokens and wraps, and whether what is gone was rightly taken.

erasure.done takes away the parts and tokens of the entries that its request names, and the wraps of every key under
which nothing is left to read. access.ended takes away one person's wraps in a case. Nothing else takes anything.
Source: docs/FORMAT.md §2 "Erasure". Proved by tests/ledger/log/test_removal.py.
"""

from collections.abc import Container, Iterable, Mapping

from ledger.errors import Malformed
from ledger.log.entry import Entry, Header, parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.roster import Roster
from ledger.log.rules import author_rules
from ledger.log.store import Writer
from ledger.sealing.seal import RECORD

DONE = "erasure.done"


def _read(origin: str, row: Stored | None, entry_id: bytes) -> Entry | None:
    """The entry of this id; None where there is none, or its leaf is not one of this id."""
    try:
        entry = parse_entry(row.leaf, origin) if row is not None else None
    except Malformed:
        return None
    return entry if entry is not None and entry.header.id == entry_id else None


def requested_by(reader: Reader, origin: str, approved_id: bytes) -> list[bytes]:
    """The ids of the entries that an approved erasure names, following approved → requested → refs.

    What was signed counts, not what is kept beside it for queries.
    """
    approved = _read(origin, reader.by_id(approved_id), approved_id)
    if approved is None:
        return []
    requests = [_read(origin, reader.by_id(ref), ref) for ref in approved.header.refs]
    return [
        ref
        for request in requests
        if request is not None and request.header.type == "erasure.requested"
        for ref in request.header.refs
    ]


def erased_numbers(reader: Reader, end: int, origin: str, roster: Roster | None = None) -> dict[int, int]:
    """Which entries were erased by entries below `end`: number → number of the erasure.done.

    roster: with it, an erasure counts only where it, its approval and its request are signed by people who might
    and two of them asked and approved; verify asks so, append has checked all that before.
    """
    return erased_by(reader, reader.of_types([DONE], end), origin, roster)


def erased_by(reader: Reader, rows: Iterable[Stored], origin: str, roster: Roster | None = None) -> dict[int, int]:
    """As erased_numbers, by these erasures: rows of erasure.done in order."""
    erased: dict[int, int] = {}
    for done in rows:
        entry = _read(origin, done, done.id)
        if entry is None or (roster is not None and not _holds(reader, done.n, entry, roster)):
            continue
        for approved in entry.header.refs:
            for entry_id in requested_by(reader, origin, approved):
                target = reader.by_id(entry_id)
                if target is not None:
                    erased.setdefault(target.n, done.n)
    return erased


def _holds(reader: Reader, n: int, entry: Entry, roster: Roster) -> bool:
    """Whether an entry of an erasure, and those that it rests on, are by people who might write them."""
    header = entry.header
    if header.type == "erasure.requested":
        return not author_rules(entry, n, roster)
    if header.type not in ("erasure.approved", "erasure.done") or author_rules(entry, n, roster):
        return False
    for ref in header.refs:
        row = reader.by_id(ref)
        target = _read(roster.origin, row, ref)
        if row is None or target is None or row.n >= n:
            return False
        if header.kind.other_author and target.header.author == header.author:
            return False
        if not _holds(reader, row.n, target, roster):
            return False
    return True


def take_away(writer: Writer, origin: str, header: Header) -> None:
    """Do what an erasure.done or access.ended that was just appended says, in its transaction."""
    if header.type == "access.ended" and header.case is not None:
        for n, position, wrap in writer.wraps_of_case(header.case):
            if wrap.handle == header.body["handle"]:
                writer.remove_wrap(n, position, wrap)
    elif header.type == "erasure.done" and header.case is not None:
        targets = [writer.by_id(entry_id) for entry_id in requested_by(writer, origin, header.refs[0])]
        for target in targets:
            if target is not None:
                writer.remove_sealed(target.n)
        rows = writer.of_case(header.case, writer.last_number() + 1)
        spent = spent_keys(origin, rows, erased_numbers(writer, writer.last_number() + 1, origin))
        for n, position, wrap in writer.wraps_of_case(header.case):
            if wrap.under in spent:
                writer.remove_wrap(n, position, wrap)


def spent_keys(origin: str, rows: list[Stored], erased: Mapping[int, int]) -> set[bytes]:
    """The keys of a case under which something was sealed and everything is erased."""
    spent = Spent(erased)
    for row in rows:
        spent.take(row.n, parse_entry(row.leaf, origin).header)
    return spent.keys()


class Spent:
    """As spent_keys, of entries that were read, one after another. erased: the numbers of those that were erased."""

    def __init__(self, erased: Container[int]) -> None:
        self._erased = erased
        self._used: dict[bytes, bool] = {}

    def take(self, n: int, header: Header) -> None:
        """Take in an entry of the case."""
        commitment = header.sealed.get(RECORD)
        if commitment is not None:
            under = commitment.under
            self._used[under] = self._used.get(under, True) and n in self._erased

    def keys(self) -> set[bytes]:
        """The keys under which everything is erased."""
        return {under for under, everything in self._used.items() if everything}
