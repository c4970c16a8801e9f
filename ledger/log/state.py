"""What follows from the first `size` entries, kept in memory for as long as the head stays what it was.

The roster, the tree's frontier and the cases that were asked for are folds over the log; a process that writes again
carries them on instead of folding anew. Another's head throws them away. Proved by tests/ledger/log/test_state.py.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from ledger.errors import Unverified
from ledger.log.cases import Case
from ledger.log.checkpoint import open_checkpoint
from ledger.log.entry import Header, RemovedWrap, Wrap, parse_entry
from ledger.log.reader import Head, Reader
from ledger.log.roster import Broken, Roster
from ledger.log.rules import author_rules, wrap_rules
from ledger.log.tiles import hash_reader
from ledger.log.tree import EMPTY_ROOT, Frontier, check_inclusion, prove_inclusion, read_frontier
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


def load_case(
    reader: Reader, origin: str, case: bytes, end: int, roster: Roster, proved: tuple[int, bytes] | None = None
) -> Case:
    """Who reads a case, and its keys, after the first `end` entries. Raises Unverified for a row that does not hold.

    proved: size and root of the tree that the rows below that size must stand in.

    A key is about to be sealed to those whom these entries let in, so each is taken only as its author signed it
    and as the tree has it.
    That a row is missing (an access that was ended, say) shows only when verify reads everything.
    """
    fold = Case(case)
    for row in reader.of_case(case, end):
        entry = parse_entry(row.leaf, origin)
        header = entry.header
        kept = reader.wraps(row.n, row.n + 1).get(row.n, {})
        gone = reader.removed_wraps(row.n, row.n + 1).get(row.n, {})
        rows: dict[int, Wrap | RemovedWrap] = {**kept, **gone}
        named = [(rows[position].under, rows[position].handle) for position in sorted(rows)]
        broken = author_rules(entry, row.n, roster) + wrap_rules(header, kept, gone)
        broken += fold.apply(row.n, header, named, roster)
        if header.case != case:
            broken.append(Broken("column", "it is of another case"))
        if broken:
            raise Unverified(f"entry {row.n}", "an entry that holds", broken[0].says, _VERIFY)
        if proved is not None and row.n < proved[0]:
            size, root = proved
            proof = prove_inclusion(hash_reader(reader.stored_hashes), row.n, size)
            check_inclusion(proof, size, root, row.n, entry.leaf_hash)
    return fold


@dataclass(slots=True)
class State:
    """The folds after `size` entries. head: the signed checkpoint that they stand under, empty before entry 0.

    proved: size and root of that checkpoint, against which rows are proved.
    seen_by: how much the newest entry of an author had seen, for those who were asked for.
    """

    origin: str
    size: int
    head: bytes
    roster: Roster
    frontier: Frontier
    proved: tuple[int, bytes] = (0, EMPTY_ROOT)
    seen_by: dict[str, int] = field(default_factory=dict)
    _time: tuple[int, int | None] | None = None
    _cases: dict[bytes, Case] = field(default_factory=dict)

    def at_of(self, reader: Reader, n: int) -> int | None:
        """When entry n says that it was made, POSIX seconds; None where it has no row. The newest asked for is kept."""
        if self._time is None or self._time[0] != n:
            row = reader.entry(n)
            self._time = (n, row.at if row else None)
        return self._time[1]

    def author_seen(self, reader: Reader, author: str) -> int:
        """How much the newest entry of an author had seen; 0 where they wrote none."""
        if author not in self.seen_by:
            row = reader.last_of_author(author)
            self.seen_by[author] = parse_entry(row.leaf, self.origin).header.seen_size if row else 0
        return self.seen_by[author]

    def take(self, header: Header) -> None:
        """Take in what the next entry says of itself. Only for append."""
        self._time = (self.size, header.at)
        self.seen_by[header.author] = header.seen_size
        self.size += 1

    def look_up(self, reader: Reader, cases: Collection[bytes]) -> None:
        """Begin the folds of those of these cases that have no entry: asked for at once."""
        unknown = [case for case in cases if case not in self._cases]
        for case in set(unknown) - reader.begun(unknown):
            self._keep(Case(case))

    def case(self, reader: Reader, case: bytes) -> Case:
        """The fold of one case. Only append may let it take in an entry; others ask it or copy it."""
        if case not in self._cases:
            self._keep(load_case(reader, self.origin, case, self.size, self.roster, self.proved))
        return self._cases[case]

    def _keep(self, fold: Case) -> None:
        if len(self._cases) >= MAX_CASES:
            self._cases.clear()
        self._cases[fold.case] = fold


def load_state(reader: Reader, origin: str, head: Head | None) -> State:
    """The state under a head: its checkpoint is by the log's key, over what is stored. Raises Unverified."""
    if head is None:
        return State(origin, 0, b"", Roster(origin), Frontier())
    roster = load_roster(reader, origin, head.size)
    checkpoint = open_checkpoint(head.checkpoint, roster.checkpoint_keys(head.size))
    frontier = read_frontier(hash_reader(reader.stored_hashes), head.size)
    if (checkpoint.origin, checkpoint.size, checkpoint.root) != (origin, head.size, frontier.root()):
        raise Unverified("head", "a checkpoint over what is stored", "another", _VERIFY)
    return State(origin, head.size, head.checkpoint, roster, frontier, (head.size, checkpoint.root))
