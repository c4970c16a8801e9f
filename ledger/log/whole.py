"""What verification looks at once for a whole ledger: its head and people first, then what belongs to no entry.

A Frame is what every part is checked against. Whoever checks the last entries checks the rest of the file too.
Proved by tests/tamper/test_damage.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ledger.errors import Malformed, Unverified
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.entry import parse_entry
from ledger.log.loss import declared
from ledger.log.note import VerifierKey, open_note, read_note
from ledger.log.reader import Reader
from ledger.log.removal import erased_by, erased_numbers
from ledger.log.roster import Roster
from ledger.log.rules import author_rules
from ledger.log.scan import Finding, Scan
from ledger.log.tiles import stored_counts
from ledger.log.tree import leaf_hash
from ledger.log.types import PEOPLE_TYPES

RANGE = 2048
WHOLE_FILE = "the database file as a whole"
_END = 2**62


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verifier knows from elsewhere: the pinned log key, and checkpoints seen by clients or in receipts."""

    log_key: VerifierKey | None = None
    checkpoints: Sequence[Checkpoint] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What every part of one verification shares.

    size: how many entries are looked for. head: the signed checkpoint; root: what it says, None where it cannot be
    read. first: entries before it were verified earlier. findings: what did not hold in reading all this.
    people: number and leaf hash of every row that the roster was folded from.
    """

    size: int
    head: bytes
    root: bytes | None
    scan: Scan
    expected: Expected
    first: int
    findings: tuple[Finding, ...]
    people: tuple[tuple[int, bytes], ...]

    @property
    def origin(self) -> str:
        """The log's origin."""
        return self.scan.roster.origin


def frame_of(reader: Reader, origin: str, now: int, expected: Expected, first: int = 0) -> Frame:
    """What is needed to verify entries from `first` on. now: POSIX seconds."""
    findings = [_log("schema", f"the database was altered: {fault}") for fault in reader.schema_faults()]
    size, head, root = _stored_size(reader, origin, findings)
    people: list[tuple[int, bytes]] = []
    roster = fold_roster(reader, origin, size, findings, people)
    if first:
        erased = erased_by(reader, reader.erasures_touching(first, size), origin, roster)
    else:
        erased = erased_numbers(reader, size, origin, roster)
    scan = Scan(roster, erased, now, hashes_hold=False)
    return Frame(size, head, root, scan, expected, first, tuple(findings), tuple(people))


def _log(kind: str, says: str) -> Finding:
    return Finding(None, kind, says)


def _stored_size(reader: Reader, origin: str, findings: list[Finding]) -> tuple[int, bytes, bytes | None]:
    """How many entries to look for, the head's bytes (none: empty), and the root that it names."""
    head = reader.head()
    if head is None:
        findings.append(_log("head", "the checkpoint is missing"))
        return _at_most(reader, reader.last_number() + 1), b"", None
    try:
        checkpoint = Checkpoint.parse(head.checkpoint.partition(b"\n\n")[0] + b"\n")
    except Malformed:
        findings.append(_log("head", "the checkpoint cannot be read"))
        return _at_most(reader, reader.last_number() + 1), b"", None
    if checkpoint.origin != origin:
        findings.append(_log("origin", "the checkpoint is of another ledger"))
    if checkpoint.size != head.size:
        findings.append(_log("head", "the size kept beside the checkpoint is not the one that was signed"))
    size = _at_most(reader, checkpoint.size)
    if size != checkpoint.size:
        says = f"the checkpoint is of {checkpoint.size} entries and {reader.count()} are there"
        findings.append(_log("head", says))
    return size, head.checkpoint, checkpoint.root


def _at_most(reader: Reader, size: int) -> int:
    """`size`, or less where it is so far from what is there that looking for each one missing would never end."""
    return min(size, 2 * reader.count() + RANGE)


def fold_roster(
    reader: Reader, origin: str, size: int, findings: list[Finding], people: list[tuple[int, bytes]]
) -> Roster:
    """The roster from people entries that hold; those that break a people rule are reported and have no effect.

    Whether the others of their rules hold (author, place, references) is the ranges' to report. Each row's number and
    leaf hash are added to `people`.
    """
    roster = Roster(origin)
    founding = reader.entry(0)
    rows = reader.of_types(PEOPLE_TYPES, size)
    # found by number too, so that a change of the type kept for queries does not leave the ledger without people
    for row in chain([founding] if founding else [], (row for row in rows if row.n)):
        people.append((row.n, leaf_hash(row.leaf)))
        try:
            entry = parse_entry(row.leaf, origin)
        except Malformed:
            continue
        if author_rules(entry, row.n, roster):
            continue
        findings += [Finding(row.n, broken.kind, broken.says) for broken in roster.apply(row.n, entry)]
    if not roster.people:
        findings.append(_log("no_founder", "no entry creates this ledger, so nobody's signature can be checked"))
    return roster


def check_whole(reader: Reader, frame: Frame) -> list[Finding]:
    """What lies in the database and belongs to no entry; what the database finds broken in its own file.

    Where entries before `first` were verified earlier: only what can be found without reading every row.
    """
    findings = []
    if frame.first:
        levels = _levels_beyond(reader, frame.size)
        outside, repeated = reader.beyond(frame.size), reader.repeated_from(frame.first)
    else:
        findings += [_log("storage", f"the database file is damaged: {fault}") for fault in reader.storage_faults()]
        wanted = dict(enumerate(stored_counts(frame.size)))
        levels = [level for level, count in reader.hash_counts() if count > wanted.get(level, 0)]
        outside, repeated = reader.outside(frame.size), reader.repeated_ids()
    for level in levels:
        findings.append(_log("stored_hash", f"there are hashes at level {level} of the tree that belong to no entry"))
    for table, n in outside:
        beyond = n is not None and n >= frame.size
        where = "under no entry's number" if n is None else "beyond the checkpoint" if beyond else "before the first"
        findings.append(Finding(n, "extra_row", f"a row of {table} lies {where}: nothing signed covers it"))
    for entry_id, n in repeated:
        findings.append(Finding(n, "duplicate_id", f"its id {entry_id.hex()[:8]}… is that of an earlier entry"))
    return findings


def _levels_beyond(reader: Reader, size: int) -> list[int]:
    counts = stored_counts(size)
    return [level for level, count in enumerate([*counts, 0]) if reader.hash_rows(level, count, _END)]


def check_head(frame: Frame, root: bytes) -> list[Finding]:
    """The checkpoint: its signatures, and that it is over the entries that were found (`root`)."""
    findings = []
    roster, head, pinned = frame.scan.roster, frame.head, frame.expected.log_key
    for known in frame.expected.checkpoints:
        if known.size > frame.size:
            who = declared(roster.losses, known)
            says = f"{known.size} entries were there before and only {frame.size} are there now{who}"
            findings.append(_log("rollback", says))
    if not head or not roster.log_keys:
        return findings
    if pinned is not None and pinned not in [key for _start, key in roster.log_keys]:
        findings.append(_log("log_key", "the ledger is not signed with the key that is trusted here"))
    keys = roster.checkpoint_keys(frame.size)
    try:
        checkpoint = open_checkpoint(head, keys)
        # each line must be wanted: a signature that nobody checks is one that anybody can write
        whole = len(open_note(head, keys).signers) == len(read_note(head).signatures) == len(keys)
    except (Malformed, Unverified):
        return [*findings, _log("checkpoint", "the checkpoint is not signed with the ledger's key")]
    if not whole:
        findings.append(_log("checkpoint", "the checkpoint's signatures are not exactly those of the ledger's keys"))
    if checkpoint.root != root:
        findings.append(_log("root", "the checkpoint was signed over other entries than these"))
    return findings
