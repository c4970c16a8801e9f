"""Measuring two things side by side: turn and turn about in one run, so that whatever else the machine does meets both.

The middle of several rounds is the figure; the lowest and the highest ratio of a round are shown beside it.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

Run = Callable[[], float]
"""One run of something: does it, and gives the seconds that one unit of it took."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of several rounds: the middle, the lowest and the highest."""

    middle: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Over the values of one round each, at least one."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Figure:
    """One row as measured, before anybody asks whether it is good enough.

    ours, peer: medians in `unit`. ratio: ours to the peer's, round by round. rounds: how many.
    """

    id: str
    what: str
    unit: str
    ours: float
    rounds: int
    peer_name: str = ""
    peer: float | None = None
    ratio: Spread | None = None


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often everything is run in turn, and how often before that to warm up."""

    count: int
    warm: int = 1


def interleaved(runs: Mapping[str, Run], rounds: Rounds) -> dict[str, list[float]]:
    """Every run in turn, round after round: name → seconds a unit, round by round. Warming up is not told."""
    for _round in range(rounds.warm):
        for run in runs.values():
            run()
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _round in range(rounds.count):
        for name, run in runs.items():
            found[name].append(run())
    return found


def seconds(work: Callable[[], object], units: int = 1) -> float:
    """How long `work` took, divided by the units that it did."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) / units


def speed(row: str, what: str, ours: Sequence[float], peer_name: str, peer: Sequence[float]) -> Figure:
    """A row that compares rates; ours and peer: seconds a unit. A ratio above 1 means that ours is faster."""
    ratios = [theirs / mine for mine, theirs in zip(ours, peer, strict=True)]
    return Figure(row, what, "/s", 1 / median(ours), len(ours), peer_name, 1 / median(peer), Spread.of(ratios))


def duration(row: str, what: str, ours: Sequence[float], peer_name: str, peer: Sequence[float]) -> Figure:
    """A row that compares times; ours and peer: seconds. A ratio above 1 means that ours takes longer."""
    ratios = [mine / theirs for mine, theirs in zip(ours, peer, strict=True)]
    return Figure(row, what, "ms", 1000 * median(ours), len(ours), peer_name, 1000 * median(peer), Spread.of(ratios))


@contextmanager
def step(words: str) -> Iterator[None]:
    """Say on stderr what is being done, and how long it took."""
    start = time.perf_counter()
    sys.stderr.write(f"{words} … ")
    sys.stderr.flush()
    yield
    sys.stderr.write(f"{time.perf_counter() - start:.1f} s\n")
