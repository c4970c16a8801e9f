"""Verification: everything that is stored is derived again from the leaves and compared, with no key at hand.

People first (they say whose signatures count), then ranges of entries, in as many processes as there are cores above
10,000 entries, joined in order into one tree; then the cases; then the head and what this client had seen before.
Memory does not grow with the log. Source: docs/FORMAT.md "Verifying".
Proved by tests/tamper/test_damage.py and tests/ledger/log/test_verify.py.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import get_context

from ledger.errors import Malformed, Unverified
from ledger.log.case_check import check_cases
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.entry import parse_entry
from ledger.log.note import VerifierKey, open_note, read_note
from ledger.log.reader import Reader
from ledger.log.removal import erased_numbers
from ledger.log.roster import Roster
from ledger.log.rules import SEEN_WINDOW, author_rules, seen_rules
from ledger.log.scan import Finding, RangeReport, Scan, Seen, scan_range
from ledger.log.store import Store
from ledger.log.tiles import stored, stored_counts
from ledger.log.tree import EMPTY_ROOT, HASH_SIZE, Frontier, fold
from ledger.log.types import PEOPLE_TYPES

RANGE = 2048
PARALLEL_FROM = 10_000
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """What verification found. `checked`, `absent` and `could_not_check` count; only `findings` are failures."""

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    checked: dict[str, int] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    could_not_check: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    suspect: list[int] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything that could be checked holds."""
        return not self.findings

    def add(self, entry: int | None, kind: str, says: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(entry, kind, says))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verifier knows from elsewhere: the pinned log key, and checkpoints seen by clients or in receipts."""

    log_key: VerifierKey | None = None
    checkpoints: Sequence[Checkpoint] = ()


def verify(
    store: Store,
    origin: str,
    now: int,
    *,
    expected: Expected | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify the whole log `origin` in `store`. now: POSIX seconds; jobs: processes, by default all cores.

    Damage is reported, never raised; only a database that cannot be read at all raises (Malformed, Unavailable).
    """
    expected = expected or Expected()
    report = Report(origin)
    with store.read() as reader:
        for fault in reader.schema_faults():
            report.add(None, "schema", f"the database was altered: {fault}")
        for fault in reader.storage_faults():
            report.add(None, "storage", f"the database file is damaged: {fault}")
        size, head = _stored_size(reader, report)
        report.size = size
        roster = fold_roster(reader, origin, size, report)
        erased = erased_numbers(reader, size, roster)
        join = _Join(report, roster, expected.checkpoints)
        scan = Scan(roster, erased, now, hashes_hold=_hashes_hold(reader, size, head))
        for part in _scan(store, reader, scan, size, jobs, progress):
            join.take(part)
        report.root = join.frontier.root()
        _check_stored_hashes(reader, report, join.upper)
        _check_whole(reader, report, size)
        for finding in check_cases(reader, roster, erased, size, join.forged):
            report.findings.append(finding)
        _check_head(report, roster, head, expected.log_key)
    for checkpoint in expected.checkpoints:
        if checkpoint.size > size:
            says = f"{checkpoint.size} entries were there before and only {size} are there now"
            report.add(None, "rollback", says)
    report.suspect = [n for n in join.suspect if n < size]
    report.findings.sort(key=lambda finding: (finding.entry is not None, finding.entry or 0))
    return report


def _stored_size(reader: Reader, report: Report) -> tuple[int, bytes | None]:
    head = reader.head()
    if head is None:
        report.add(None, "head", "the checkpoint is missing")
        return _at_most(reader, reader.last_number() + 1), None
    try:
        checkpoint = Checkpoint.parse(head.checkpoint.partition(b"\n\n")[0] + b"\n")
    except Malformed:
        report.add(None, "head", "the checkpoint cannot be read")
        return _at_most(reader, reader.last_number() + 1), None
    if checkpoint.origin != report.origin:
        report.add(None, "origin", "the checkpoint is of another ledger")
    if checkpoint.size != head.size:
        report.add(None, "head", "the size kept beside the checkpoint is not the one that was signed")
    size = _at_most(reader, checkpoint.size)
    if size != checkpoint.size:
        report.add(None, "head", f"the checkpoint is of {checkpoint.size} entries and {reader.count()} are there")
    return size, head.checkpoint


def _at_most(reader: Reader, size: int) -> int:
    """`size`, or less where it is so far from what is there that looking for each one missing would never end."""
    return min(size, 2 * reader.count() + RANGE)


def fold_roster(reader: Reader, origin: str, size: int, report: Report) -> Roster:
    """The roster from people entries that hold; those that break a people rule are reported and have no effect.

    Whether the others of their rules hold (author, place, references) is the ranges' to report.
    """
    roster = Roster(origin)
    founding = reader.entry(0)
    rows = reader.of_types(PEOPLE_TYPES, size)
    # found by number too, so that a change of the type kept for queries does not leave the ledger without people
    for row in chain([founding] if founding else [], (row for row in rows if row.n)):
        try:
            entry = parse_entry(row.leaf, origin)
        except Malformed:
            continue
        if author_rules(entry, row.n, roster):
            continue
        for broken in roster.apply(row.n, entry):
            report.add(row.n, broken.kind, broken.says)
    if not roster.people:
        report.add(None, "no_founder", "no entry creates this ledger, so nobody's signature can be checked")
    return roster


def _hashes_hold(reader: Reader, size: int, head: bytes | None) -> bool:
    """Whether the tree over the stored hashes is the one that the checkpoint names.

    If it is, what was put in the place of a leaf is seen at that entry alone, and no author after it is blamed.
    """
    if head is None:
        return False
    frontier = Frontier()
    for start in range(0, size, RANGE):
        hashes = reader.hash_rows(0, start, min(start + RANGE, size))
        for n in range(start, min(start + RANGE, size)):
            frontier.append(hashes.get(n, bytes(HASH_SIZE)))
    try:
        return Checkpoint.parse(head.partition(b"\n\n")[0] + b"\n").root == frontier.root()
    except Malformed:
        return False


def _scan(
    store: Store, reader: Reader, scan: Scan, size: int, jobs: int | None, progress: Progress | None
) -> Iterator[RangeReport]:
    ranges = [(start, min(start + RANGE, size)) for start in range(0, size, RANGE)]
    jobs = jobs or os.cpu_count() or 1
    if size <= PARALLEL_FROM or jobs == 1:
        for start, end in ranges:
            yield scan_range(reader, scan, start, end)
            if progress:
                progress(end, size)
        return
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(store.url, scan)
    ) as pool:
        waiting: deque[Future[RangeReport]] = deque()
        for bounds in ranges:
            # a few ranges ahead, no more: memory stays flat however far the workers run
            waiting.append(pool.submit(_work, *bounds))
            if len(waiting) > 2 * jobs:
                done = _looked_at_again(reader, scan, waiting.popleft().result())
                yield done
                if progress:
                    progress(done.end, size)
        for future in waiting:
            done = _looked_at_again(reader, scan, future.result())
            yield done
            if progress:
                progress(done.end, size)


def _looked_at_again(reader: Reader, scan: Scan, done: RangeReport) -> RangeReport:
    """A range in which something did not hold, in the one snapshot: between it and a worker's an erasure may lie."""
    return scan_range(reader, scan, done.start, done.end) if done.findings else done


class _Worker:
    """What a worker process holds between ranges."""

    store: Store
    scan: Scan


def _start_worker(url: str, scan: Scan) -> None:
    _Worker.store, _Worker.scan = Store.at_url(url), scan


def _work(start: int, end: int) -> RangeReport:
    with _Worker.store.read() as reader:
        return scan_range(reader, _Worker.scan, start, end)


class _Join:
    """The ranges joined in order: the tree, what each author had seen, times, and the checkpoints known elsewhere."""

    def __init__(self, report: Report, roster: Roster, checkpoints: Iterable[Checkpoint]) -> None:
        self.report, self.roster = report, roster
        self.frontier = Frontier()
        self.upper: dict[int, list[bytes]] = {}
        self.suspect: list[int] = []
        self.forged: set[int] = set()
        self._window: deque[tuple[bytes, ...]] = deque([()], maxlen=SEEN_WINDOW + 1)
        self._times: deque[int | None] = deque(maxlen=SEEN_WINDOW + 1)
        self._roots: dict[int, bytes] = {}
        self._authors: dict[str, int] = {}
        self._known: dict[int, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            self._known.setdefault(checkpoint.size, []).append(checkpoint)
        self._compare_known()

    def take(self, part: RangeReport) -> None:
        report = self.report
        for name, value in part.counts.items():
            where = report.absent if name == "erased_parts" else report.checked
            where[name] = where.get(name, 0) + value
        report.findings += part.findings
        for offset, item in enumerate(part.items):
            self._take(part.start + offset, item)
        report.checked["entries"] = self.frontier.size

    def _take(self, n: int, item: Seen) -> None:
        header = item.header
        if item.forged:
            self.forged.add(n)
        if header is not None:
            previous = self._authors.get(header.author, 0)
            for broken in seen_rules(header, n, self._root_at, self._time_of, previous):
                self.report.add(n, broken.kind, broken.says)
            if not item.forged:
                self._authors[header.author] = max(previous, header.seen_size)
            if self.roster.suspect(header.author, n):
                self.suspect.append(n)
        for level, _number, digest in stored(self.frontier.append(item.leaf_hash)):
            if level:
                self.upper.setdefault(level, []).append(digest)
        self._window.append(tuple(self.frontier.hashes))
        self._times.append(header.at if header is not None else None)
        self._roots.pop(n + 1 - 2 * SEEN_WINDOW, None)
        self._compare_known()

    def _root_at(self, size: int) -> bytes | None:
        back = self.frontier.size - size
        if not 0 <= back < len(self._window):
            return None
        if size not in self._roots:
            if len(self._roots) > SEEN_WINDOW:
                self._roots.clear()
            self._roots[size] = fold(self._window[-1 - back])
        return self._roots[size]

    def _time_of(self, n: int) -> int | None:
        back = self.frontier.size - n
        return self._times[-back] if 0 < back <= len(self._times) else None

    def _compare_known(self) -> None:
        for checkpoint in self._known.get(self.frontier.size, ()):
            if checkpoint.root != self.frontier.root():
                says = f"the first {checkpoint.size} entries are not those that were seen before"
                self.report.add(None, "fork", says)


def _check_stored_hashes(reader: Reader, report: Report, upper: Mapping[int, list[bytes]]) -> None:
    """Level 0 was compared with the leaves, range by range; here the levels above, and that there is no row more."""
    for level, digests in upper.items():
        found = reader.hash_rows(level, 0, len(digests))
        for number, digest in enumerate(digests):
            if found.get(number) != digest:
                says = f"a hash of the tree (level {level}, number {number}) is missing or was changed"
                report.add(None, "stored_hash", says)
    wanted = dict(enumerate(stored_counts(report.size)))
    for level, count in reader.hash_counts():
        if count > wanted.get(level, 0):
            report.add(None, "stored_hash", f"there are hashes at level {level} of the tree that belong to no entry")
    report.checked["stored_hashes"] = sum(wanted.values())


def _check_whole(reader: Reader, report: Report, size: int) -> None:
    for table, n in reader.outside(size):
        where = "under no entry's number" if n is None else "beyond the checkpoint" if n >= size else "before the first"
        report.add(n, "extra_row", f"a row of {table} lies {where}: nothing signed covers it")
    for entry_id, n in reader.repeated_ids():
        report.add(n, "duplicate_id", f"its id {entry_id.hex()[:8]}… is that of an earlier entry")


def _check_head(report: Report, roster: Roster, head: bytes | None, pinned: VerifierKey | None) -> None:
    if head is None or not roster.log_keys:
        return
    if pinned is not None and pinned not in [key for _start, key in roster.log_keys]:
        report.add(None, "log_key", "the ledger is not signed with the key that is trusted here")
    keys = roster.checkpoint_keys(report.size)
    try:
        checkpoint = open_checkpoint(head, keys)
        # each line must be wanted: a signature that nobody checks is one that anybody can write
        whole = len(open_note(head, keys).signers) == len(read_note(head).signatures) == len(keys)
    except (Malformed, Unverified):
        report.add(None, "checkpoint", "the checkpoint is not signed with the ledger's key")
        return
    if not whole:
        report.add(None, "checkpoint", "the checkpoint's signatures are not exactly those of the ledger's keys")
    if checkpoint.root != report.root:
        report.add(None, "root", "the checkpoint was signed over other entries than these")
