"""Verification of what is new: what old rows must show because of it, and whether the old tree is still the same.

Entries before `first` were verified earlier and are not looked at again, but for those that newer entries took
something away from: erased parts and tokens are gone. (Wraps are the cases' to check.) That the old entries are
still those is as good as the stored hashes: the tree over them is compared with every checkpoint that is known.
Proved by tests/ledger/log/test_since.py.
"""

from ledger.errors import Malformed
from ledger.log.entry import parse_entry
from ledger.log.reader import Reader
from ledger.log.rules import part_rules, token_rules
from ledger.log.scan import Finding
from ledger.log.tiles import hash_reader
from ledger.log.tree import read_frontier
from ledger.log.whole import Frame


def check_since(reader: Reader, frame: Frame) -> list[Finding]:
    """What does not hold among entries before `frame.first`, as far as it is looked at."""
    return [*_erased_since(reader, frame), *_known_before(reader, frame)]


def _erased_since(reader: Reader, frame: Frame) -> list[Finding]:
    findings = []
    for n, done in frame.scan.erased.items():
        row = reader.entry(n) if n < frame.first <= done else None
        if row is None:
            continue
        try:
            header = parse_entry(row.leaf, frame.origin).header
        except Malformed as error:
            findings.append(Finding(n, "entry_form", f"it is not an entry of this ledger ({error})"))
            continue
        broken = part_rules(header, reader.parts(n, n + 1).get(n, {}), erased=True)
        broken += token_rules(header, reader.tokens(n, n + 1).get(n, {}), erased=True)
        findings += [Finding(n, item.kind, item.says) for item in broken]
    return findings


def _known_before(reader: Reader, frame: Frame) -> list[Finding]:
    findings = []
    for known in frame.expected.checkpoints:
        if known.size <= frame.first:
            try:
                root = read_frontier(hash_reader(reader.stored_hashes), known.size).root()
            except Malformed:
                root = b""
            if root != known.root:
                says = f"the first {known.size} entries are not those that were seen before"
                findings.append(Finding(None, "fork", says))
    return findings
