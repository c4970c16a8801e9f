"""A table of results: what was measured, judged against the goals, as JSON and as the same thing to read.

The JSON is the record; the page is made from it and never edited. Proved by tests/test_bench.py.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench.goals import LARGE, Goals
from tests.bench.measure import Figure

FORMAT = "consent-ledger/bench@v1"
SIGNIFICANT = 3
"""Digits that a figure is shown with: a shared machine gives no more."""


@dataclass(frozen=True, slots=True)
class Results:
    """Everything of one run. rows: as `row_of` makes them. missed: ids of goals that were missed."""

    version: str
    day: str
    entries: int
    machine: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]

    @property
    def missed(self) -> set[str]:
        """The goals that this run missed."""
        return {row["id"] for row in self.rows if row["goal"] and not row["goal"]["met"]}

    @property
    def met(self) -> set[str]:
        """The goals that this run met."""
        return {row["id"] for row in self.rows if row["goal"] and row["goal"]["met"]}

    def to_json(self) -> str:
        """The record."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Results":
        """From the record. Raises ValueError for another format."""
        value = json.loads(text)
        if value.pop("format") != FORMAT:
            raise ValueError("not a record of the bench")
        return cls(**value)

    def to_markdown(self) -> str:
        """The page: the table, and the machine below it."""
        lines = [
            f"# Benchmarks of {self.version}",
            "",
            f"Measured on {self.day} with ledgers of up to {self.entries:,} entries. What each row means, and how far",
            "it goes: [README](README.md). What bounds a goal that was missed: [missed](missed.md). This page is made",
            "from the JSON file of the same name.",
            "",
            "| what | ours | the peer | ratio (lowest–highest) | goal | |",
            "|---|---|---|---|---|---|",
            *(_line(row) for row in self.rows),
            "",
            "## The machine",
            "",
            "| | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in self.machine.items()),
        ]
        return "\n".join(lines) + "\n"


def row_of(figure: Figure, goals: Goals) -> dict[str, Any]:
    """A row of the record: the figure, and its goal where it has one. Raises ValueError for a goal on no ratio."""
    row = asdict(figure)
    goal = goals.get(figure.id)
    if goal is None:
        return {**row, "goal": None}
    if goal.on == "ratio" and figure.ratio is None:
        raise ValueError(f"{figure.id} has a goal on a ratio, and none was measured")
    held = figure.ours if figure.ratio is None or goal.on == "ours" else figure.ratio.middle
    return {**row, "goal": {"says": goal.words(figure.unit), "met": goal.met(held)}}


def _line(row: Mapping[str, Any]) -> str:
    peer = "" if row["peer"] is None else f"{_number(row['peer'])} {row['unit']}: {row['peer_name']}"
    ratio, goal = row["ratio"], row["goal"]
    spread = "" if ratio is None else f"**{_number(ratio['middle'])}** ({_range(ratio)})"
    verdict = "" if goal is None else "met" if goal["met"] else f"[missed](missed.md#{row['id']})"
    says = goal["says"] if goal else ""
    return f"| {row['what']} | {_number(row['ours'])} {row['unit']} | {peer} | {spread} | {says} | {verdict} |"


def _range(ratio: Mapping[str, float]) -> str:
    return f"{_number(ratio['lowest'])}–{_number(ratio['highest'])}"


def _number(value: float) -> str:
    """To three significant digits, without an exponent."""
    rounded = float(f"{value:.{SIGNIFICANT}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 ** (SIGNIFICANT - 1) else f"{rounded:g}"


def explained(text: str) -> list[str]:
    """The goals that docs/benchmarks/missed.md has an entry for: its headings of the second level."""
    return re.findall(r"^## (\S+)$", text, re.MULTILINE)


def verdict(results: Results, missed_page: str, goals: Goals) -> list[str]:
    """What keeps a run from being good, in words; empty where every goal is met or its miss explained.

    That an entry is stale shows only in a run as large as the goals are for.
    """
    entries = explained(missed_page)
    faults = [f"{name}: the goal is missed, and missed.md does not say why" for name in sorted(results.missed)]
    faults = [fault for fault in faults if fault.partition(":")[0] not in entries]
    faults += [f"{name}: missed.md has an entry, and there is no such goal" for name in entries if name not in goals]
    if results.entries >= LARGE:
        unmeasured = sorted(set(goals) - results.met - results.missed)
        faults += [f"{name}: there is a goal, and no row" for name in unmeasured]
        stale = sorted(set(entries) & results.met)
        faults += [f"{name}: the goal is met, so its entry in missed.md can go" for name in stale]
    return faults
