"""Verification of one range of entries: everything about an entry that needs no other range.

A range is checked from its rows, the roster and the erasures alone, so ranges run in any process and any order;
verify.py joins them. Proved by tests/tamper/test_damage.py.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from ledger.errors import Malformed
from ledger.log.cases import check_loose_wraps
from ledger.log.entry import Header, RemovedWrap, Token, Wrap, parse_entry
from ledger.log.outside import Outside
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


class Seen(NamedTuple):
    """What the join needs of an entry: author, time, what it had seen.

    header: None where the entry is unreadable or another than the one that the tree has there.
    forged: whether its signature is not one that its author could make there.
    """

    header: Header | None
    leaf_hash: bytes
    forged: bool = False


@dataclass(slots=True)
class RangeReport:
    """The outcome of one range: an item for each entry, findings, what was counted, and the wraps that it read."""

    start: int
    end: int
    items: list[Seen] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    wraps: Mapping[int, Mapping[int, Wrap]] = field(default_factory=dict)
    removed: Mapping[int, Mapping[int, RemovedWrap]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """What every range is checked against: people, which entries were erased by which, the clock (POSIX seconds).

    hashes_hold: whether the stored hashes are those of the signed tree (verify.py).
    """

    roster: Roster
    erased: Mapping[int, int]
    now: int
    hashes_hold: bool


_NO_WRAPS: Mapping[int, Wrap] = MappingProxyType({})
_NO_REMOVED: Mapping[int, RemovedWrap] = MappingProxyType({})
_NO_TOKENS: Mapping[int, Token] = MappingProxyType({})
_NO_PARTS: Mapping[str, bytes] = MappingProxyType({})


def scan_range(reader: Reader, scan: Scan, start: int, end: int, outside: Outside | None = None) -> RangeReport:
    """Check entries start … end-1. outside: with it, what they refer to there is taken only as the tree has it."""
    roster, erased = scan.roster, scan.erased
    rows = {row.n: row for row in reader.entries(start, end)}
    hashes = reader.hash_rows(0, start, end)
    refs, parts, tokens = reader.refs(start, end), reader.parts(start, end), reader.tokens(start, end)
    targets = _targets_of(reader, start, end, outside)
    report = RangeReport(start, end, wraps=reader.wraps(start, end), removed=reader.removed_wraps(start, end))
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
            header = entry.header
            by_author = author_rules(entry, n, roster)
            forged = bool(by_author) and any(item.kind in FORGED for item in by_author)
            # whichever of the two is what was signed over: one change, one finding
            true_hash = hashes.get(n, digest) if scan.hashes_hold or forged else digest
            displaced = scan.hashes_hold and digest != true_hash
            report.items.append(Seen(None if displaced else header, true_hash, forged))
            broken += by_author
            broken += clock_rules(header, scan.now)
            broken += codes_rules(header, n, roster)
            broken += _column_rules(header, row, refs.get(n))
            broken += ref_rules(header, n, targets, roster)
            kept, removed = report.wraps.get(n, _NO_WRAPS), report.removed.get(n, _NO_REMOVED)
            if header.case is None and "wraps" in header.beside:
                broken += _codes_wraps(roster, header, n, kept, removed)
            broken += part_rules(header, parts.get(n, _NO_PARTS), erased=n in erased)
            broken += wrap_rules(header, kept, removed)
            broken += token_rules(header, tokens.get(n, _NO_TOKENS), erased=n in erased)
            _count(report, header, n in erased)
        if broken:
            report.findings += [Finding(n, item.kind, item.says) for item in broken]
    return report


def _hash_words(found: bytes | None) -> str:
    return "its hash is missing from the tree" if found is None else "its text and its hash in the tree differ"


def _targets_of(reader: Reader, start: int, end: int, outside: Outside | None) -> Callable[[bytes], Target | None]:
    """What the entries of a range refer to: by their rows of references at once, by id where these differ."""
    found: dict[bytes, Target | None] = {target: Target(*rest) for target, rest in reader.targets(start, end).items()}
    if outside is not None:
        away = [target for target, item in found.items() if item is not None and outside.covers(item.n)]
        found |= {target: _target(row, outside) for target, row in reader.by_ids(away).items()}

    def target_of(entry_id: bytes) -> Target | None:
        if entry_id not in found:
            row = reader.by_id(entry_id)
            return _target(row, outside) if row else None
        return found[entry_id]

    return target_of


def _target(row: Stored, outside: Outside | None) -> Target | None:
    if outside is None or not outside.covers(row.n):
        return Target(row.n, row.type, row.case, row.author)
    header = outside.header(row)
    return Target(row.n, header.type, header.case, header.author) if header is not None else None


def _column_rules(header: Header, row: Stored, ref_rows: list[bytes] | None) -> list[Broken]:
    """What is kept beside a leaf for queries is what the leaf says."""
    if (
        row.id == header.id
        and row.type == header.type
        and row.author == header.author
        and row.at == header.at
        and row.case == header.case
        and (tuple(ref_rows) if ref_rows else ()) == header.refs
    ):
        return []
    columns = (
        ("id", row.id == header.id),
        ("type", row.type == header.type),
        ("author", row.author == header.author),
        ("time", row.at == header.at),
        ("case", row.case == header.case),
        ("references", tuple(ref_rows or ()) == header.refs),
    )
    return [
        Broken("column", f"the {name} kept for queries is not the one that was signed")
        for name, same in columns
        if not same
    ]


def _codes_wraps(
    roster: Roster, header: Header, n: int, kept: Mapping[int, Wrap], removed: Mapping[int, RemovedWrap]
) -> list[Broken]:
    broken = check_loose_wraps(header, [(wrap.under, wrap.handle) for wrap in kept.values()], n, roster)
    if removed:
        broken.append(Broken("wraps", "a wrap beside it was taken away and no entry says so"))
    return broken


def _count(report: RangeReport, header: Header, erased: bool) -> None:
    counts = report.counts
    counts["signatures"] += 1
    counts["references"] += len(header.refs)
    counts["erased_parts" if erased else "sealed_parts"] += len(header.sealed)
    for kind, rows in header.beside.items():
        counts[kind] += rows.n
