"""Verification of one range of entries: everything about an entry that needs no other range.

A range is checked from its rows, the roster and the erasures alone, so ranges run in any process and any order;
verify.py joins them. Proved by tests/tamper/test_damage.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.errors import Malformed
from ledger.log.cases import check_loose_wraps
from ledger.log.entry import Entry, Header, parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.roster import Broken, Roster
from ledger.log.rules import (
    Target,
    author_rules,
    clock_rules,
    codes_rules,
    part_rules,
    ref_rules,
    token_rules,
    wrap_rules,
)
from ledger.log.tree import leaf_hash

FORGED = frozenset({"unknown_author", "before_enrolment", "revoked_author", "signature"})
"""Kinds of findings that say that an entry is not by the author it names. It is reported and takes no effect."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: the entry's number (None: the log as a whole), a stable kind, plain words."""

    entry: int | None
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the join needs of an entry: author, time, what it had seen.

    header: None where the entry is unreadable or another than the one that the tree has there.
    forged: whether its signature is not one that its author could make there.
    """

    header: Header | None
    leaf_hash: bytes
    forged: bool = False


@dataclass(slots=True)
class RangeReport:
    """The outcome of one range: an item for each entry, findings, and what was counted."""

    start: int
    end: int
    items: list[Seen] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + by


@dataclass(frozen=True, slots=True)
class Scan:
    """What every range is checked against: people, which entries were erased by which, the clock (POSIX seconds).

    hashes_hold: whether the stored hashes are those of the signed tree (verify.py).
    """

    roster: Roster
    erased: Mapping[int, int]
    now: int
    hashes_hold: bool


def scan_range(reader: Reader, scan: Scan, start: int, end: int) -> RangeReport:
    """Check entries start … end-1."""
    roster, erased, now = scan.roster, scan.erased, scan.now
    report = RangeReport(start, end)
    rows = {row.n: row for row in reader.entries(start, end)}
    hashes = reader.hash_rows(0, start, end)
    refs, parts = reader.refs(start, end), reader.parts(start, end)
    wraps, removed, tokens = reader.wraps(start, end), reader.removed_wraps(start, end), reader.tokens(start, end)
    for n in range(start, end):
        row = rows.get(n)
        if row is None:
            report.findings.append(Finding(n, "missing_entry", "the entry is missing"))
            report.items.append(Seen(None, hashes.get(n, bytes(32))))
            continue
        digest = leaf_hash(row.leaf)
        broken = [] if hashes.get(n) == digest else [Broken("stored_hash", _hash_words(hashes.get(n)))]
        try:
            entry = parse_entry(row.leaf, roster.origin)
        except Malformed as error:
            broken.append(Broken("entry_form", f"it is not an entry of this ledger ({error})"))
            report.items.append(Seen(None, hashes.get(n, digest)))
        else:
            by_author = author_rules(entry, n, roster)
            forged = any(item.kind in FORGED for item in by_author)
            # whichever of the two is what was signed over: one change, one finding
            true_hash = hashes.get(n, digest) if scan.hashes_hold or forged else digest
            displaced = scan.hashes_hold and digest != true_hash
            report.items.append(Seen(None if displaced else entry.header, true_hash, forged))
            broken += by_author + _entry_rules(reader, roster, entry, row, refs.get(n, []), now)
            broken += part_rules(entry.header, parts.get(n, {}), erased=n in erased)
            broken += wrap_rules(entry.header, wraps.get(n, {}), removed.get(n, {}))
            broken += token_rules(entry.header, tokens.get(n, {}), erased=n in erased)
            _count(report, entry.header, n in erased)
        report.findings += [Finding(n, item.kind, item.says) for item in broken]
    return report


def _hash_words(found: bytes | None) -> str:
    return "its hash is missing from the tree" if found is None else "its text and its hash in the tree differ"


def _entry_rules(
    reader: Reader, roster: Roster, entry: Entry, row: Stored, ref_rows: list[bytes], now: int
) -> list[Broken]:
    header, n = entry.header, row.n
    broken = clock_rules(header, now) + codes_rules(header, n, roster)
    columns = {
        "id": (row.id, header.id),
        "type": (row.type, header.type),
        "author": (row.author, header.author),
        "time": (row.at, header.at),
        "case": (row.case, header.case),
        "references": (tuple(ref_rows), header.refs),
    }
    broken += [
        Broken("column", f"the {name} kept for queries is not the one that was signed")
        for name, (kept, signed) in columns.items()
        if kept != signed
    ]

    def target_of(entry_id: bytes) -> Target | None:
        target = reader.by_id(entry_id)
        return Target(target.n, target.type, target.case, target.author) if target else None

    broken += ref_rules(header, n, target_of, roster)
    if header.case is None and "wraps" in header.beside:
        broken += _codes_wraps(reader, roster, header, n)
    return broken


def _codes_wraps(reader: Reader, roster: Roster, header: Header, n: int) -> list[Broken]:
    rows = [(wrap.under, wrap.handle) for wrap in reader.wraps(n, n + 1).get(n, {}).values()]
    broken = check_loose_wraps(header, rows, n, roster)
    if reader.removed_wraps(n, n + 1):
        broken.append(Broken("wraps", "a wrap beside it was taken away and no entry says so"))
    return broken


def _count(report: RangeReport, header: Header, erased: bool) -> None:
    report.count("signatures")
    report.count("references", len(header.refs))
    report.count("erased_parts" if erased else "sealed_parts", len(header.sealed))
    for kind, rows in header.beside.items():
        report.count(kind, rows.n)
