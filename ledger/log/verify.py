"""Verification: everything that is stored is derived again from the leaves and compared, with no key at hand.

People first (they say whose signatures count), then parts, in as many processes as there are cores above 10,000
entries, joined by the trees that they begin and end with. If anything does not hold, all is looked at again in one
snapshot and in order, so that each finding names what was changed and nothing that only rests on it; what another
did meanwhile is no damage. Memory does not grow with the log.
Source: docs/FORMAT.md "Verifying", decision 0018.
Proved by tests/tamper/test_damage.py and tests/ledger/log/test_verify.py.
"""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from multiprocessing import get_context

from ledger.errors import Refused, Unavailable
from ledger.log.case_check import check_cases
from ledger.log.order import Order
from ledger.log.parts import Part, add_counts, check_part
from ledger.log.reader import Reader
from ledger.log.scan import Finding, scan_range
from ledger.log.since import check_since
from ledger.log.store import Store
from ledger.log.tiles import stored_counts
from ledger.log.tree import EMPTY_ROOT, HASH_SIZE, Frontier, fold
from ledger.log.whole import RANGE, WHOLE_FILE, Expected, Frame, check_head, check_whole, frame_of

PARALLEL_FROM = 10_000
_SHARES = 4
_MOST_RANGES = 16
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """What verification found. `checked`, `absent` and `could_not_check` count; only `findings` are failures.

    since: how many entries were verified earlier and not looked at again; since_root: the root over them, as stored.
    """

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    checked: dict[str, int] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    could_not_check: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    suspect: list[int] = field(default_factory=list)
    since: int = 0
    since_root: bytes = EMPTY_ROOT

    @property
    def ok(self) -> bool:
        """Whether everything that could be checked holds."""
        return not self.findings


def verify(
    store: Store,
    origin: str,
    now: int,
    *,
    expected: Expected | None = None,
    jobs: int | None = None,
    since: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Verify the whole log `origin` in `store`, or only what is new since its first `since` entries were verified.

    now: POSIX seconds; jobs: processes, by default all cores. Damage is reported, never raised; only a database that
    cannot be read at all raises (Malformed, Unavailable), and a log of fewer than `since` entries (Refused).
    """
    with store.read() as reader:
        frame = frame_of(reader, origin, now, expected or Expected(), since)
        if not 0 <= since <= frame.size:
            hint = "Give a smaller number. If more entries were there before, verify all of it: consent-ledger verify"
            raise Refused.one("--since", f"a number of entries, at most {frame.size}", str(since), hint)
        if not frame.findings:
            parts = list(_checked(store, reader, frame, jobs, progress))
            holds = not any(part.findings for part in parts) and chained(parts)
            if holds and not (since and check_since(reader, frame)):
                return _added(_blank(reader, origin), parts, since)
        if since:
            frame = frame_of(reader, origin, now, frame.expected)
        return _in_order(reader, frame, progress)


def _blank(reader: Reader, origin: str) -> Report:
    # a server looks after its own files, and lets no client see them
    return Report(origin, could_not_check={} if reader.storage_checked else {WHOLE_FILE: 1})


def chained(parts: Sequence[Part]) -> bool:
    """Whether each part begins with the tree that the part before it ends with. parts: in order, none missing."""
    return all(left.after == right.before for left, right in pairwise(parts))


def _added(report: Report, parts: Sequence[Part], since: int) -> Report:
    report.size, report.root = parts[-1].end, fold(parts[-1].after)
    add_parts(report, parts)
    if since:
        report.since, report.since_root = since, fold(parts[0].before)
        report.could_not_check[f"entries before {since}"] = since
        report.could_not_check[WHOLE_FILE] = 1
    return report


def add_parts(report: Report, parts: Sequence[Part]) -> None:
    """Add up what parts counted, could not check and found."""
    for part in parts:
        for counts, more in ((report.checked, part.checked), (report.absent, part.absent)):
            for name, value in more.items():
                counts[name] = counts.get(name, 0) + value
        if not part.file_checked:
            report.could_not_check[WHOLE_FILE] = 1
        report.suspect += part.suspect
        report.findings += part.findings
    report.findings.sort(key=lambda finding: (finding.entry is not None, finding.entry or 0))


# -- in parts


def _bounds(first: int, size: int, jobs: int) -> list[tuple[int, int]]:
    """The parts: several for each process, so that all end at about the same time, but not small ones."""
    ranges = max(1, min(_MOST_RANGES, (size - first) // (RANGE * jobs * _SHARES)))
    starts = [first, *range((first // RANGE + ranges) * RANGE, size, ranges * RANGE)]
    return list(zip(starts, [*starts[1:], size], strict=True))


def _checked(store: Store, reader: Reader, frame: Frame, jobs: int | None, progress: Progress | None) -> Sequence[Part]:
    jobs = jobs or os.cpu_count() or 1
    total = frame.size - frame.first
    if total <= PARALLEL_FROM or jobs == 1:
        tell = None if progress is None else lambda done, _of: progress(frame.first + done, frame.size)
        return [check_part(reader, frame, frame.first, frame.size, tell, alone=frame.first > 0)]
    parts, done = [], frame.first
    with closing(_shared(store, reader, frame, jobs)) as shared:
        for part in shared:
            parts.append(part)
            done += part.end - part.start
            if progress:
                progress(done, frame.size)
            if part.findings:
                break  # everything is looked at again anyway
    return sorted(parts, key=lambda part: part.start)


def _shared(store: Store, reader: Reader, frame: Frame, jobs: int) -> Generator[Part, None, None]:
    """The parts as they are done, by this process and jobs - 1 others."""
    # the last one asks what lies beyond the log, where a later snapshot has entries that were added since; and it looks
    # through the whole file, so it begins first
    *waiting, last = _bounds(frame.first, frame.size, jobs)
    waiting.reverse()
    running: set[Future[Part]] = set()
    pool = ProcessPoolExecutor(
        jobs - 1, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(store.url, frame)
    )
    own: tuple[int, int] | None = last
    try:
        while own or running:
            # one ahead of the workers, no more: what is left is this process's to do as well
            while waiting and len(running) < jobs:
                running.add(pool.submit(_work, *waiting.pop()))
            if own:
                yield check_part(reader, frame, *own, alone=frame.first > 0)
            own = waiting.pop() if waiting else None
            done, running = wait(running, 0 if own else None, FIRST_COMPLETED)
            yield from (future.result() for future in done)
    except BrokenProcessPool as error:
        # one that ran out of memory, say; what it had found so far is of no use
        got = "one that was ended from outside"
        raise Unavailable("verification", "processes that finish", got, "Try again with --jobs 1.") from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Worker:
    """What a worker process holds between parts."""

    store: Store
    frame: Frame


def _start_worker(url: str, frame: Frame) -> None:
    _Worker.store, _Worker.frame = Store.at_url(url), frame


def _work(start: int, end: int) -> Part:
    with _Worker.store.read() as reader:
        return check_part(reader, _Worker.frame, start, end, alone=_Worker.frame.first > 0)


# -- in order


def _in_order(reader: Reader, frame: Frame, progress: Progress | None) -> Report:
    """Everything in one snapshot, from the first entry to the last: exact about what does not hold."""
    scan = replace(frame.scan, hashes_hold=_hashes_hold(reader, frame))
    order = Order(reader, scan.roster, 0, frame.expected.checkpoints)
    whole = Part(frame.origin, frame.head, frame.size, 0, frame.size, findings=list(frame.findings))
    for start in range(0, frame.size, RANGE):
        done = scan_range(reader, scan, start, min(start + RANGE, frame.size))
        order.take(done)
        whole.findings += done.findings
        add_counts(whole, done)
        if progress:
            progress(done.end, frame.size)
    whole.findings += order.finish()
    whole.findings += check_whole(reader, frame)
    whole.findings += check_cases(reader, scan.roster, scan.erased, frame.size, order.forged)
    root = order.frontier.root()
    whole.findings += check_head(frame, root)
    whole.checked["entries"] = frame.size
    whole.checked["stored_hashes"] = sum(stored_counts(frame.size))
    whole.suspect = order.suspect
    report = _blank(reader, frame.origin)
    report.size, report.root = frame.size, root
    add_parts(report, [whole])
    return report


def _hashes_hold(reader: Reader, frame: Frame) -> bool:
    """Whether the tree over the stored hashes is the one that the checkpoint names.

    If it is, what was put in the place of a leaf is seen at that entry alone, and no author after it is blamed.
    """
    frontier = Frontier()
    for start in range(0, frame.size, RANGE):
        hashes = reader.hash_rows(0, start, min(start + RANGE, frame.size))
        for n in range(start, min(start + RANGE, frame.size)):
            frontier.append(hashes.get(n, bytes(HASH_SIZE)))
    return frame.root == frontier.root()
