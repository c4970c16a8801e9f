"""What the other side would have said, on each point where the guidance disagrees.

The lines are judged once more with one side changed, and only where some test asked about that point: what nobody asked
about cannot have made a difference. tests/policies/test_readings.py compares with judging again always.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from policies.codes import ADVICE, CONDITIONS, POINTS, ROUTES
from policies.judging import outcome_of
from policies.lines import Line, Outcome
from policies.packs import Pack, Packs, pack_named
from policies.readings import Readings, Side
from policies.values import Facts

SAME: Final = "the same"
Judge = Callable[[Facts, Packs], tuple[Line, ...]]


@dataclass(frozen=True, slots=True)
class WouldBe:
    """What would be otherwise. outcome: the headline and lines. lines: those of them that differ. keeps: a class of
    retention, on that point alone, and then outcome is None."""

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
    """

    point: str
    used: Side
    other: Side
    would_say: str = SAME
    would_be: WouldBe | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        return {
            "point": self.point,
            "words": POINTS[self.point],
            "used": _side_json(self.used),
            "other": _side_json(self.other),
            "would_say": self.would_say,
            **({"would_be": self.would_be.to_json()} if self.would_be else {}),
        }


def readings_said(
    facts: Facts, packs: Packs, readings: Readings, outcome: Outcome, judge: Judge
) -> tuple[Reading, ...]:
    """Every point, in order.

    readings: those with which `outcome` was judged, before anything else asked them. judge: the lines of other facts
    and packs.
    """
    asked = set(readings.asked) | ({"under_12"} if _parent_counts(facts, packs, readings) else set())
    found = []
    for point in POINTS:
        used, other = readings.used(point), readings.other(point)
        if point == "retention":
            found.append(_kept(facts, used, other))
            continue
        would_be = None
        if point in asked:
            changed = _changed(facts, packs, readings, point, other)
            would_be = _difference(outcome, outcome_of(judge(*changed)))
        said = SAME if would_be is None or would_be.outcome is None else _in_words(would_be.outcome)
        found.append(Reading(point, used, other, said, would_be))
    return tuple(found)


def _parent_counts(facts: Facts, packs: Packs, readings: Readings) -> bool:
    """Whether somebody answered for a child so young that one of the two sides looks to a parent."""
    answered = bool(facts.consents) or any(each.consents for each in facts.exceptions)
    age = facts.subject.age
    if not answered or age is None:
        return False
    both = (packs.competence, _way(readings.other("under_12")))
    return any(age < each.data.get("reading", {}).get("parent_below", {}).get("age", 0) for each in both)


def _way(side: Side) -> Pack:
    """The way of judging competence that a side on `under_12` stands for."""
    return pack_named(f"competence/{side.competence[0]}")


def _changed(facts: Facts, packs: Packs, readings: Readings, point: str, other: Side) -> tuple[Facts, Packs]:
    """The same facts and packs with the other side on one point."""
    if point != "under_12":
        return facts, replace(packs, sides=tuple(sorted({**dict(packs.sides), point: other.name}.items())))
    assessed = facts.competence
    if assessed is not None and assessed.pack:
        facts = replace(facts, competence=replace(assessed, pack=other.competence[0]))
    return facts, replace(packs, competence=_way(other))


def _difference(used: Outcome, other: Outcome) -> WouldBe | None:
    pairs = zip(used.lines, other.lines, strict=True)
    lines = tuple(after for before, after in pairs if _coded(before) != _coded(after))
    return WouldBe(other, lines) if lines else None


def _kept(facts: Facts, used: Side, other: Side) -> Reading:
    """The class that stands is the one that was chosen, else the one that the side used proposes."""
    if (facts.retention.class_ or used.keeps) == other.keeps:
        return Reading("retention", used, other)
    return Reading("retention", used, other, other.words, WouldBe(None, keeps=other.keeps))


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
