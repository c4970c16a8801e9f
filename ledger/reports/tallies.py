"""Counts with the entries behind them, and rows of counts in the order of a closed list.

A value that a closed list does not have is counted as unknown and never shown: somebody may have typed it.
Proved by tests/ledger/reports/test_figures.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

UNKNOWN: Final = "unknown"
UNKNOWN_WORDS: Final = "a code that this version does not know"


def counted(numbers: Iterable[int]) -> list[int]:
    """Numbers of entries, each once, in order."""
    return sorted(set(numbers))


def figure(numbers: Iterable[int]) -> dict[str, Any]:
    """A count and the entries behind it."""
    entries = counted(numbers)
    return {"count": len(entries), "entries": entries}


def known(value: Any, words: Mapping[str, str]) -> str:
    """The code if it is one of these, else UNKNOWN."""
    return value if type(value) is str and value in words else UNKNOWN


@dataclass(slots=True)
class Tally:
    """Entries by code, and by group where there are groups. Rows come in the order of the words.

    words, groups: code → what people see. zeros: whether a code with nothing behind it has a row too.
    """

    words: Mapping[str, str]
    groups: Mapping[str, str] = field(default_factory=dict)
    zeros: bool = False
    _entries: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def add(self, n: int, code: str, group: str = "") -> None:
        """Count entry n once under a code."""
        self._entries.setdefault((group, code), set()).add(n)

    def rows(self) -> list[dict[str, Any]]:
        """`{group?, group_words?, code, words, count, entries}`, groups and codes in the order of their words."""
        words = {**self.words, UNKNOWN: self.words.get(UNKNOWN, UNKNOWN_WORDS)}
        groups = {**self.groups, UNKNOWN: UNKNOWN_WORDS} if self.groups else {"": ""}
        rows = []
        for group, group_words in groups.items():
            for code, code_words in words.items():
                entries = self._entries.get((group, code), set())
                if entries or (self.zeros and code in self.words):
                    shown = {"group": group, "group_words": group_words} if self.groups else {}
                    rows.append({**shown, "code": code, "words": code_words, **figure(entries)})
        return rows
