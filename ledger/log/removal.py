"""What an entry takes away: sealed parts, tokens and wraps, and whether what is gone was rightly taken.

erasure.done takes away the parts and tokens of the entries that its request names, and the wraps of every key under
which nothing is left to read. access.ended takes away one person's wraps in a case. Nothing else takes anything.
Source: docs/FORMAT.md §2 "Erasure". Proved by tests/ledger/log/test_removal.py.
"""

from collections.abc import Container, Iterable, Mapping

from ledger.errors import Malformed
from ledger.log.entry import Header, parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.roster import Roster
from ledger.log.rules import author_rules
from ledger.log.store import Writer
from ledger.sealing.seal import RECORD

DONE = "erasure.done"


def requested_by(reader: Reader, approved_id: bytes) -> list[bytes]:
    """The ids of the entries that an approved erasure names, following approved → requested → refs."""
    approved = reader.by_id(approved_id)
    if approved is None:
        return []
    requests = [reader.by_id(ref) for ref in reader.refs(approved.n, approved.n + 1).get(approved.n, [])]
    return [
        ref
        for request in requests
        if request is not None and request.type == "erasure.requested"
        for ref in reader.refs(request.n, request.n + 1).get(request.n, [])
    ]


def erased_numbers(reader: Reader, end: int, roster: Roster | None = None) -> dict[int, int]:
    """Which entries were erased by entries below `end`: number → number of the erasure.done.

    roster: with it, an erasure counts only where it, its approval and its request are signed by people who might
    and two of them asked and approved; verify asks so, append has checked all that before.
    """
    return erased_by(reader, reader.of_types([DONE], end), roster)


def erased_by(reader: Reader, rows: Iterable[Stored], roster: Roster | None = None) -> dict[int, int]:
    """As erased_numbers, by these erasures: rows of erasure.done in order."""
    erased: dict[int, int] = {}
    for done in rows:
        if roster is not None and not _holds(reader, done, roster):
            continue
        for approved in reader.refs(done.n, done.n + 1).get(done.n, []):
            for entry_id in requested_by(reader, approved):
                target = reader.by_id(entry_id)
                if target is not None:
                    erased.setdefault(target.n, done.n)
    return erased


def _holds(reader: Reader, row: Stored, roster: Roster) -> bool:
    """Whether an entry of an erasure, and those that it rests on, are by people who might write them."""
    try:
        entry = parse_entry(row.leaf, roster.origin)
    except Malformed:
        return False
    header = entry.header
    if header.type == "erasure.requested":
        return not author_rules(entry, row.n, roster)
    if header.type not in ("erasure.approved", "erasure.done") or author_rules(entry, row.n, roster):
        return False
    targets = [reader.by_id(ref) for ref in header.refs]
    return all(
        target is not None
        and target.n < row.n
        and not (header.kind.other_author and target.author == header.author)
        and _holds(reader, target, roster)
        for target in targets
    )


def take_away(writer: Writer, origin: str, header: Header) -> None:
    """Do what an erasure.done or access.ended that was just appended says, in its transaction."""
    if header.type == "access.ended" and header.case is not None:
        for n, position, wrap in writer.wraps_of_case(header.case):
            if wrap.handle == header.body["handle"]:
                writer.remove_wrap(n, position, wrap)
    elif header.type == "erasure.done" and header.case is not None:
        targets = [writer.by_id(entry_id) for entry_id in requested_by(writer, header.refs[0])]
        for target in targets:
            if target is not None:
                writer.remove_sealed(target.n)
        rows = writer.of_case(header.case, writer.last_number() + 1)
        spent = spent_keys(origin, rows, erased_numbers(writer, writer.last_number() + 1))
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
