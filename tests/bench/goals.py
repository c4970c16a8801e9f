"""What was promised of speed and size, as data: one line a row of the table. Rows without a line here are only shown.

`on` says which figure of a row is held to it: the ratio to the peer measured beside it, or our own figure in its unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LARGE = 1_000_000
"""Entries of the largest ledger that the goals are for; a run with fewer is for looking, not for the record."""
SMALL = 20_000


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on one figure of a row: on which figure, at least or at most, how much."""

    on: Literal["ratio", "ours"]
    bound: Literal["at least", "at most"]
    value: float

    def met(self, figure: float) -> bool:
        """Whether this figure is within the bound."""
        return figure >= self.value if self.bound == "at least" else figure <= self.value

    def words(self, unit: str) -> str:
        """The goal as the table shows it: `≥ 0.7 ×`, `≤ 150 MB`."""
        sign = "≥" if self.bound == "at least" else "≤"
        return f"{sign} {self.value:,g} {'×' if self.on == 'ratio' else unit}"


Goals = Mapping[str, Goal]

GOALS: Goals = {
    "verify-small": Goal("ratio", "at least", 0.7),
    "verify-large": Goal("ratio", "at least", 0.7),
    "verify-memory": Goal("ours", "at most", 150),
    "append-sqlite": Goal("ratio", "at least", 0.15),
    "append-pymerkle": Goal("ratio", "at least", 3),
    "append-growth": Goal("ratio", "at most", 1.2),
    "batch": Goal("ours", "at least", 4000),
    "proof": Goal("ours", "at most", 1),
    "proof-growth": Goal("ratio", "at most", 1.2),
    "bytes-entry": Goal("ours", "at most", 400),
    "bytes-wrap": Goal("ours", "at most", 130),
    "bytes-entry-decisions": Goal("ours", "at most", 400),
    "bytes-wrap-decisions": Goal("ours", "at most", 130),
    "start-help": Goal("ratio", "at most", 1.5),
    "start-policy": Goal("ratio", "at most", 1.5),
    "start-receipt": Goal("ratio", "at most", 1.5),
    "start-record": Goal("ratio", "at most", 1.5),
    "evaluate": Goal("ours", "at most", 0.5),
    "replay": Goal("ratio", "at most", 3),
    "replay-memory": Goal("ours", "at most", 2),
}
