"""Entries taken in order: the tree, what each author had seen, times, and the checkpoints known elsewhere.

An order may begin anywhere. What lies before its first entry (the tree there, the roots and times that authors had
seen, what each had seen last) is read from stored rows, which whoever takes those entries checks: parts.py joins the
claims by comparing the tree where one ends with the tree where the next begins.
Proved by tests/tamper/test_damage.py and tests/tamper/test_parts.py.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from ledger.errors import Malformed
from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import parse_entry
from ledger.log.loss import declared
from ledger.log.outside import Outside
from ledger.log.queries import PAGE
from ledger.log.reader import Reader, Stored
from ledger.log.roster import Roster
from ledger.log.rules import SEEN_WINDOW, seen_rules
from ledger.log.scan import Finding, RangeReport, Seen
from ledger.log.tiles import HEIGHT, WIDTH, hash_reader
from ledger.log.tree import Frontier, fold, read_frontier


class Past:
    """What lies before entry `start`, as the stored rows have it."""

    def __init__(self, reader: Reader, start: int, origin: str, outside: Outside | None = None) -> None:
        self._reader, self._start, self._origin, self._outside = reader, start, origin, outside
        self._first = start
        self._before: tuple[bytes, ...] | None = None
        self._trees: Sequence[tuple[bytes, ...]] = ()
        self._times: dict[int, int | None] = {}
        self._rows: dict[int, Stored] = {}

    def frontier(self) -> Frontier:
        """The tree of the first `start` entries. Raises Malformed where a stored hash is missing."""
        return read_frontier(hash_reader(self._reader.stored_hashes), self._start)

    def root_at(self, size: int) -> bytes | None:
        """The root of the first `size` entries, size < start; None where a stored hash is missing."""
        try:
            if size < self._first:
                self._read_from(size - size % WIDTH)
        except Malformed:
            return None
        return fold(self._trees[size - self._first])

    def _read_from(self, first: int) -> None:
        """The trees of first … start-1 entries: a tile at a time further back, for few authors lag far behind.

        Raises Malformed unless they lead to the tree before `start`, which full tiles give from other rows.
        """
        frontier = read_frontier(hash_reader(self._reader.stored_hashes), first)
        trees = []
        for digest in self._reader.stored_hashes(0, first, self._start - first):
            trees.append(tuple(frontier.hashes))
            frontier.append(digest)
        if self._before is None:
            self._before = tuple(self.frontier().hashes)
        if tuple(frontier.hashes) != self._before:
            raise Malformed("stored hashes", f"the tree of the first {self._start} entries", "another")
        self._first, self._trees = first, trees

    def time_of(self, n: int) -> int | None:
        """The time of entry n < start; None where there is no such row."""
        if n not in self._times:
            row = self._row(n)
            header = self._outside.header(row) if self._outside and row is not None else row
            self._times[n] = header.at if header is not None else None
        return self._times[n]

    def _row(self, n: int) -> Stored | None:
        """Row n, from a page of those after it too: authors that lag behind ask for one after the other."""
        if n not in self._rows:
            self._rows = {row.n: row for row in self._reader.entries(n, min(n + PAGE, self._start))}
        return self._rows.get(n)

    def seen_by(self, author: str) -> int:
        """How much an author had seen in their newest entry before `start`; 0 without one that can be read."""
        row = self._reader.last_of_author(author, self._start) if self._start else None
        if self._outside and row is not None:
            header = self._outside.header(row)
            return header.seen_size if header is not None else 0
        try:
            return parse_entry(row.leaf, self._origin).header.seen_size if row is not None else 0
        except Malformed:
            return 0


class Order:
    """The entries from `start` on, range after range: call take for each, then finish."""

    def __init__(
        self,
        reader: Reader,
        roster: Roster,
        start: int,
        known: Iterable[Checkpoint] = (),
        outside: Outside | None = None,
    ) -> None:
        """Raises Malformed where the tree before `start` cannot be read."""
        self._reader, self._roster = reader, roster
        self._past = Past(reader, start, roster.origin, outside)
        self._start = start
        self.frontier = self._past.frontier() if start else Frontier()
        self.before = tuple(self.frontier.hashes)
        self.findings: list[Finding] = []
        self.suspect: list[int] = []
        self.forged: set[int] = set()
        self._upper: dict[int, dict[int, bytes]] = {}
        self._trees: deque[tuple[bytes, ...]] = deque([self.before], maxlen=SEEN_WINDOW + 1)
        self._times: deque[int | None] = deque(maxlen=SEEN_WINDOW + 1)
        self._roots: dict[int, bytes | None] = {}
        self._authors: dict[str, int] = {}
        self._known: dict[int, list[Checkpoint]] = {}
        for checkpoint in known:
            self._known.setdefault(checkpoint.size, []).append(checkpoint)
        if not start:
            self._compare_known()

    def take(self, done: RangeReport) -> None:
        """Take in the next range."""
        for offset, item in enumerate(done.items):
            self._take(done.start + offset, item)

    def _take(self, n: int, item: Seen) -> None:
        header = item.header
        if item.forged:
            self.forged.add(n)
        if header is not None:
            author = header.author
            previous = self._authors.get(author)
            if previous is None:
                previous = self._past.seen_by(author)
            for broken in seen_rules(header, n, self._root_at, self._time_of, previous):
                self.findings.append(Finding(n, broken.kind, broken.says))
            if not item.forged:
                self._authors[author] = max(previous, header.seen_size)
            if self._roster.suspect(author, n):
                self.suspect.append(n)
        completed = self.frontier.append(item.leaf_hash)
        for level, index, digest in completed[HEIGHT::HEIGHT]:
            self._upper.setdefault(level // HEIGHT, {})[index] = digest
        self._trees.append(tuple(self.frontier.hashes))
        self._times.append(header.at if header is not None else None)
        if n + 1 in self._known:
            self._compare_known()

    def _root_at(self, size: int) -> bytes | None:
        if size not in self._roots:
            if len(self._roots) > SEEN_WINDOW:
                self._roots.clear()
            back = self.frontier.size - size
            if size < self._start:
                self._roots[size] = self._past.root_at(size)
            else:
                self._roots[size] = fold(self._trees[-1 - back]) if 0 <= back < len(self._trees) else None
        return self._roots[size]

    def _time_of(self, n: int) -> int | None:
        if n < self._start:
            return self._past.time_of(n)
        back = self.frontier.size - n
        return self._times[-back] if 0 < back <= len(self._times) else None

    def _compare_known(self) -> None:
        for checkpoint in self._known.get(self.frontier.size, ()):
            if checkpoint.root != self.frontier.root():
                says = f"the first {checkpoint.size} entries are not those that were seen before"
                self.findings.append(Finding(None, "fork", says + declared(self._roster.losses, checkpoint)))

    def finish(self) -> list[Finding]:
        """Compare the stored hashes above the leaves that were completed here; return everything that was found."""
        for level, digests in self._upper.items():
            found = self._reader.hash_rows(level, min(digests), max(digests) + 1)
            for number, digest in digests.items():
                if found.get(number) != digest:
                    says = f"a hash of the tree (level {level}, number {number}) is missing or was changed"
                    self.findings.append(Finding(None, "stored_hash", says))
        return self.findings
