"""A part of a ledger, verified on its own: entries start … end-1 and the cases that begin among them.

A part says which tree it began with and which it ended with. It takes what lies before it as stored; whoever joins
the parts compares each beginning with the end before it, so together they are worth one verification of everything.
A part is sound, not exact: whatever does not hold shows in some part, but perhaps in more words than it deserves,
which is for verify.py to sort out. Source: decision 0018. Proved by tests/tamper/test_parts.py.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.errors import Malformed, Refused
from ledger.log.case_check import check_cases_of
from ledger.log.order import Order
from ledger.log.outside import Outside
from ledger.log.reader import Reader
from ledger.log.scan import Finding, RangeReport, scan_range
from ledger.log.store import Store
from ledger.log.tiles import stored_counts
from ledger.log.tree import HASH_SIZE, fold
from ledger.log.whole import RANGE, Expected, Frame, check_head, check_whole, frame_of

_OBJECTS = 100_000


@dataclass(slots=True)
class Part:
    """The outcome of one part.

    head: the signed checkpoint under which it was verified, of `size` entries. before, after: the roots of the
    complete subtrees of the first `start` and `end` entries, largest first. people: a digest of the people entries
    that it rests on; erasures: of what was erased by which entry; 32 bytes each. file_checked: whether the database's
    own files can be looked at.
    """

    origin: str
    head: bytes
    size: int
    start: int
    end: int
    before: tuple[bytes, ...] = ()
    after: tuple[bytes, ...] = ()
    people: bytes = bytes(HASH_SIZE)
    erasures: bytes = bytes(HASH_SIZE)
    checked: dict[str, int] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    file_checked: bool = True
    suspect: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def verify_part(
    store: Store, origin: str, start: int, end: int, now: int, *, progress: Callable[[int, int], None] | None = None
) -> Part:
    """Verify entries start … end-1 of the log `origin` in `store`, in a snapshot of its own. now: POSIX seconds.

    The part that ends with the newest entry also checks what belongs to no entry, and the checkpoint.
    Raises Refused for a range that the log does not have, Malformed or Unavailable as verify does.
    """
    with store.read() as reader:
        frame = frame_of(reader, origin, now, Expected())
        if not 0 <= start < end <= frame.size:
            got = f"{start}:{end}"
            raise Refused.one("range", f"entries A:B with A < B, B at most {frame.size}", got)
        part = check_part(reader, frame, start, end, progress)
        part.findings = [*frame.findings, *part.findings]
        part.people, part.erasures = _digest(dict(frame.people)), _digest(frame.scan.erased)
        part.file_checked = reader.storage_checked
        return part


def _digest(found: Mapping[int, bytes | int]) -> bytes:
    """SHA-256 over a line for each: the number, a space, the leaf hash in hex or the other number."""
    lines = [f"{n} {value.hex() if isinstance(value, bytes) else value}\n" for n, value in sorted(found.items())]
    return sha256("".join(lines).encode()).digest()


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Look for garbage in cycles less often: what a range makes has none, and is looked through in vain."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _OBJECTS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_seldom_collected()
def check_part(
    reader: Reader,
    frame: Frame,
    start: int,
    end: int,
    progress: Callable[[int, int], None] | None = None,
    *,
    alone: bool = True,
) -> Part:
    """Check entries start … end-1 against the frame. progress: called with how many of the part are done.

    alone: nobody else looks at the rows outside the part in this database, so what it takes from them is compared
    with the signed tree.
    """
    part = Part(frame.origin, frame.head, frame.size, start, end)
    scan = frame.scan
    known = [checkpoint for checkpoint in frame.expected.checkpoints if not start or checkpoint.size > start]
    outside = None
    if alone and frame.root is not None:
        outside = Outside(reader, frame.origin, (start, end), frame.size, frame.root)
        part.findings += _of_people(reader, frame, outside)
    try:
        order = Order(reader, scan.roster, start, known, outside)
    except Malformed:
        part.findings.append(Finding(None, "stored_hash", f"the tree before entry {start} cannot be read"))
        return part
    for at in range(start, end, RANGE):
        done = scan_range(reader, scan, at, min(at + RANGE, end), outside)
        order.take(done)
        part.findings += done.findings
        part.findings += check_cases_of(reader, scan.roster, scan.erased, done, frame.size, frame.first, outside)
        add_counts(part, done)
        if progress:
            progress(done.end - start, end - start)
    part.findings += order.finish()
    if outside is not None:
        part.findings += [Finding(n, broken.kind, broken.says) for n, broken in outside.broken.items()]
    part.before, part.after, part.suspect = order.before, tuple(order.frontier.hashes), order.suspect
    part.checked["entries"] = end - start
    part.checked["stored_hashes"] = sum(stored_counts(end)) - sum(stored_counts(start))
    if end == frame.size:
        part.findings += check_whole(reader, frame) + check_head(frame, fold(part.after))
    return part


def _of_people(reader: Reader, frame: Frame, outside: Outside) -> list[Finding]:
    """Compare the people rows outside with the tree; find out whether a row is missing anywhere."""
    for n, digest in frame.people:
        if outside.covers(n):
            outside.holds(n, digest)
    there = reader.count()
    if there >= frame.size:
        return []
    return [Finding(None, "head", f"the checkpoint is of {frame.size} entries and {there} are there")]


def add_counts(part: Part, done: RangeReport) -> None:
    """Add what a range counted."""
    for name, value in done.counts.items():
        where = part.absent if name == "erased_parts" else part.checked
        where[name] = where.get(name, 0) + value
