"""What follows from the first `size` entries, kept in memory for as long as the head stays what it was.

The roster, the tree's frontier and the cases that were asked for are folds over the log; a process that writes again
carries them on instead of folding anew. Another's head throws them away. Proved by tests/ledger/log/test_state.py.
"""

from dataclasses import dataclass, field

from ledger.errors import Unverified
from ledger.log.cases import Case
from ledger.log.checkpoint import open_checkpoint
from ledger.log.entry import Header, RemovedWrap, Wrap, parse_entry
from ledger.log.roster import Roster
from ledger.log.rules import author_rules
from ledger.log.store import Head, Reader
from ledger.log.tiles import hash_reader
from ledger.log.tree import Frontier, read_frontier
from ledger.log.types import PEOPLE_TYPES

MAX_CASES = 1024
_VERIFY = "Run: consent-ledger verify"


def load_roster(reader: Reader, origin: str, end: int) -> Roster:
    """The roster after the first `end` entries, each people entry's signature checked. Raises Unverified."""
    roster = Roster(origin)
    for row in reader.of_types(PEOPLE_TYPES, end):
        entry = parse_entry(row.leaf, origin)
        broken = author_rules(entry, row.n, roster) or roster.apply(row.n, entry)
        if broken:
            raise Unverified(f"entry {row.n}", "a people entry that holds", broken[0].says, _VERIFY)
    if not roster.people:
        raise Unverified("entry 0", "the entry that created the ledger", "none", _VERIFY)
    return roster


def load_case(reader: Reader, origin: str, case: bytes, end: int, roster: Roster) -> Case:
    """Who reads a case, and its keys, after the first `end` entries. Raises Unverified for a row that does not hold.

    A key is about to be sealed to those whom these entries let in, so each is taken only as its author signed it.
    That a row is missing (an access that was ended, say) shows only when verify reads everything.
    """
    fold = Case(case)
    for row in reader.of_case(case, end):
        entry = parse_entry(row.leaf, origin)
        broken = author_rules(entry, row.n, roster)
        if broken or entry.header.case != case:
            says = broken[0].says if broken else "it is of another case"
            raise Unverified(f"entry {row.n}", "an entry that holds", says, _VERIFY)
        fold.apply(row.n, entry.header, _wrap_rows(reader, row.n, entry.header), roster)
    return fold


def _wrap_rows(reader: Reader, n: int, header: Header) -> list[tuple[bytes, str]]:
    if "wraps" not in header.beside:
        return []
    rows: dict[int, Wrap | RemovedWrap] = {}
    rows.update(reader.wraps(n, n + 1).get(n, {}))
    rows.update(reader.removed_wraps(n, n + 1).get(n, {}))
    return [(rows[position].under, rows[position].handle) for position in sorted(rows)]


@dataclass(slots=True)
class State:
    """The folds after `size` entries. head: the signed checkpoint that they stand under, empty before entry 0."""

    origin: str
    size: int
    head: bytes
    roster: Roster
    frontier: Frontier
    _cases: dict[bytes, Case] = field(default_factory=dict)

    def case(self, reader: Reader, case: bytes) -> Case:
        """The fold of one case. Only append may let it take in an entry; others ask it or copy it."""
        if case not in self._cases:
            if len(self._cases) >= MAX_CASES:
                self._cases.clear()
            self._cases[case] = load_case(reader, self.origin, case, self.size, self.roster)
        return self._cases[case]


def load_state(reader: Reader, origin: str, head: Head | None) -> State:
    """The state under a head: its checkpoint is by the log's key, over what is stored. Raises Unverified."""
    if head is None:
        return State(origin, 0, b"", Roster(origin), Frontier())
    roster = load_roster(reader, origin, head.size)
    checkpoint = open_checkpoint(head.checkpoint, roster.checkpoint_keys(head.size))
    frontier = read_frontier(hash_reader(reader.stored_hashes), head.size)
    if (checkpoint.origin, checkpoint.size, checkpoint.root) != (origin, head.size, frontier.root()):
        raise Unverified("head", "a checkpoint over what is stored", "another", _VERIFY)
    return State(origin, head.size, head.checkpoint, roster, frontier)
