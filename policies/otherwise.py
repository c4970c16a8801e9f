"""What the other side would have said, on each point where the guidance disagrees.

The lines are judged once more with one side changed, and only where some test asked about that point: what nobody asked
about cannot have made a difference. tests/policies/test_readings.py compares with judging again always.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from policies.codes import ADVICE, CONDITIONS, POINTS, ROUTES
from policies.consent import agreed
from policies.flowchart import Flowchart
from policies.judging import line_of, outcome_of
from policies.lines import Line, Outcome, View, all_consents
from policies.pack_files import pack_named
from policies.packs import Packs, sides_by_own
from policies.readings import Readings, Side
from policies.values import Facts

SAME: Final = "the same"


@dataclass(frozen=True, slots=True)
class WouldBe:
    """What would be otherwise. outcome: the headline and lines, without their way there. lines: those that differ.

    keeps: a class of retention, on that point alone, and then outcome is None.
    """

    outcome: Outcome | None
    lines: tuple[Line, ...] = ()
    keeps: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        if self.outcome is None:
            return {"retention": self.keeps}
        return {**_coded(self.outcome), "lines": [{**_place(each), **_coded(each)} for each in self.lines]}


@dataclass(frozen=True, slots=True)
class Reading:
    """One point: the side that was used, the other, and what the other would have said.

    point: of codes.POINTS. would_say: `the same`, or what differs in words. would_be: None where it is the same.
    own: the organisation's own pack chose the side.
    """

    point: str
    used: Side
    other: Side
    would_say: str = SAME
    would_be: WouldBe | None = None
    own: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        return {
            "point": self.point,
            "words": POINTS[self.point],
            "used": _side_json(self.used),
            "other": _side_json(self.other),
            "would_say": self.would_say,
            **({"would_be": self.would_be.to_json()} if self.would_be else {}),
            **({"from": "own"} if self.own else {}),
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """One line with what it was judged from, and the points on which a test asked for the side that is used."""

    line: Line
    views: Sequence[View]
    asked: frozenset[str]


def readings_said(
    facts: Facts, packs: Packs, readings: Readings, chart: Flowchart, judged: Sequence[Judged], kept: str
) -> tuple[Reading, ...]:
    """Every point, in order. readings: those with which the lines were judged. kept: the class of record, if any."""
    parent_counts, own = _parent_counts(facts, packs, readings), sides_by_own(packs)
    found = []
    for point in POINTS:
        used, other = readings.used(point), readings.other(point)
        if point == "retention":
            found.append(replace(_kept(kept, used, other), own=point in own))
            continue
        would_be = None
        if any(point in each.asked or (point == "under_12" and parent_counts) for each in judged):
            would_be = _would_be(chart, judged, point, other, readings)
        said = SAME if would_be is None or would_be.outcome is None else _in_words(would_be.outcome)
        found.append(Reading(point, used, other, said, would_be, point in own))
    return tuple(found)


def _parent_counts(facts: Facts, packs: Packs, readings: Readings) -> bool:
    """Whether somebody answered for a child so young that one of the two sides looks to a parent."""
    age = facts.subject.age
    if age is None or not all_consents(facts):
        return False
    both = (packs.competence, pack_named(f"competence/{readings.other('under_12').competence[0]}"))
    return any(age < each.data.get("reading", {}).get("parent_below", {}).get("age", 0) for each in both)


def _would_be(
    chart: Flowchart, judged: Sequence[Judged], point: str, other: Side, readings: Readings
) -> WouldBe | None:
    """Each line on which it may matter judged again with the other side; None where all come to the same."""
    turned = readings.turned(point)
    lines, differing = [], []
    answered: dict[int, dict[tuple[str | None, ...], Any]] = {}
    for each in judged:
        line = each.line
        if point == "under_12" or point in each.asked:
            views = [
                _turned(view, point, other, turned, answered.setdefault(id(view.agreements), {})) for view in each.views
            ]
            if point == "under_12" and all(map(_stands_alike, each.views, views)):
                lines.append(line)
                continue
            other_line = line_of(chart, views, told=False)
            if _coded(other_line) != _coded(line):
                line = other_line
                differing.append(line)
        lines.append(line)
    return WouldBe(outcome_of(tuple(lines)), tuple(differing)) if differing else None


def _turned(
    view: View, point: str, other: Side, readings: Readings, agreements: dict[tuple[str | None, ...], Any]
) -> View:
    """The same line with the other side; of the answers only whose answer counts depends on a side."""
    if point == "under_12":
        return replace(view, competence_pack=other.competence[0], readings=readings, agreements=agreements)
    return replace(view, readings=readings)


def _stands_alike(view: View, turned: View) -> bool:
    """Whether the same answer stands whoever's counts, and nothing about it is open: then the walk is the same."""
    mine, theirs = agreed(view, {}), agreed(turned, {})
    return mine.state == theirs.state and not mine.open and not theirs.open


def _kept(kept: str, used: Side, other: Side) -> Reading:
    """The class that stands is the one that was chosen, else the one that the side used proposes."""
    if (kept or used.keeps) == other.keeps:
        return Reading("retention", used, other)
    return Reading("retention", used, other, f"Keep it as {other.keeps}", WouldBe(None, keeps=other.keeps))


def _place(line: Line) -> dict[str, int]:
    return {"item": line.item, "recipient": line.recipient}


def _coded(said: Line | Outcome) -> dict[str, Any]:
    """Advice, route and conditions as codes, of a line or of the headline."""
    codes = [each if isinstance(each, str) else each.code for each in said.conditions]
    return {"advice": said.advice, **({"route": said.route} if said.route else {}), "conditions": codes}


def _in_words(outcome: Outcome) -> str:
    """`This may be shared: the person whose answer counts has agreed`."""
    if outcome.advice == "mixed":
        return "Not the same for every item and recipient"
    route = f": {ROUTES[outcome.route]}" if outcome.route in ROUTES else ""
    beside = "".join(f"; {CONDITIONS[code]}" for code in outcome.conditions)
    return f"{ADVICE[outcome.advice]}{route}{beside}"


def _side_json(side: Side) -> dict[str, Any]:
    return {"name": side.name, "words": side.words, "citation": side.citation.to_json()}
