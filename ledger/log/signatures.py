"""Many signatures at once, in as many threads as there are cores: libsodium works outside the interpreter's lock.

Proved by tests/ledger/log/test_append_batches.py.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ledger.log.entry import Entry
from ledger.log.note import VerifierKey
from ledger.log.roster import Roster
from ledger.log.rules import Signed, is_signed

MANY = 64
"""Fewer are not worth a thread."""


def good_signatures(entries: Sequence[Entry], roster: Roster, n: int) -> set[Signed]:
    """Which of these signatures hold, under the keys that their authors have just before entry n, the first of them.

    In as many threads as there are cores: libsodium works outside the interpreter's lock. A few are not worth it,
    and are left to author_rules.
    """
    if len(entries) < MANY:
        return set()
    terms = [roster.term(entry.header.author, n) for entry in entries]
    signed = [(entry, term.key) for entry, term in zip(entries, terms, strict=True) if term is not None]

    def check(some: Sequence[tuple[Entry, VerifierKey]]) -> list[Signed]:
        return [(entry.leaf, key) for entry, key in some if is_signed(entry, key)]

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        slices = [signed[start : start + MANY] for start in range(0, len(signed), MANY)]
        return {item for found in threads.map(check, slices) for item in found}
