"""Deadlines that an organisation sets for itself: earlier than the national ones, or for something of its own.

An earlier deadline takes the place of the national one only where that one has arisen, keeps its words and says whose
it is. What cannot be shown to be earlier whatever the calendar does is refused, because it might be later.
tests/policies/test_own_pack.py holds the table of what is earlier than what.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from policies.citation import Citation, Period
from policies.codes import ADVICE, CONDITIONS, ROUTES
from policies.conditions import Condition, read_condition
from policies.deadlines import By, read_by
from policies.errors import Fault, shown
from policies.lines import Outcome
from policies.near import nearest
from policies.obligations import DUTY_TIME, Obligation, Timing, read_timings
from policies.pack_files import catalogue
from policies.predicates import PREDICATES, View
from policies.values import Facts

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
# What is for what to do at once, and for whom to ask, is not an organisation's to set a time to.
_NOT_THEIRS: Final = re.compile(r"act_now|at_once|agree|consent|permission")
_TAKEN: Final = frozenset({*ADVICE, *ROUTES, *CONDITIONS})
# A deadline of the organisation's own is over in two months, however it is counted.
_MOST: Final = {"working_days": 60, "days": 60, "hours": 60 * 24, "months": 2}
_DAYS: Final = {"same_day": 0, "next_working_day": 1}


class Row(NamedTuple):
    """One table of an own pack: its fields, where it stands, and what is read of every table."""

    table: Mapping[str, Any]
    where: str
    id: str
    words: str
    period: Period
    citation: Citation


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline. code: what is to be done, as in Obligation. national: there is one of that code to be tightened."""

    id: str
    code: str
    words: str
    by: By
    when: Condition[View]
    national: bool
    period: Period
    citation: Citation


def earlier(one: By, other: By) -> bool:
    """Whether `one` is over before `other` on every calendar: the same way of counting, from the same day, and less."""
    if one.counts_from != other.counts_from or "on_date" in (one.rule, other.rule):
        return False
    counted = [(_DAYS.get(by.rule, by.n), "working_days" if by.rule in _DAYS else by.rule) for by in (one, other)]
    return counted[0][1] == counted[1][1] and counted[0][0] < counted[1][0]


def read_deadline(row: Row, faults: list[Fault]) -> Deadline:
    """One deadline from its table; every fault is added to `faults`."""
    before, code = len(faults), row.table.get("does", row.id)
    if not isinstance(code, str) or not _CODE.fullmatch(code) or code == DUTY_TIME:
        hint = "A law says itself by when it is to be done" if code == DUTY_TIME else ""
        faults.append(Fault(f"{row.where}.does", "what is to be done, as a short code", shown(code), hint))
    by, _ = read_by(row.table.get("by"), row.where, faults)
    if by.n > _MOST.get(by.rule, 0):
        faults.append(Fault(f"{row.where}.by.n", f"at most {_MOST.get(by.rule, 0):,}", "more"))
    every = [each for pack in catalogue("timings") for each in read_timings(pack).values()]
    national = [each for each in every if each.code == code]
    if len(faults) == before:
        fault = _against(by, national, row.where) if national else _alone(row, str(code), every)
        faults.extend([fault] if fault else [])
    when = read_condition(row.table.get("when", "always"), PREDICATES, f"{row.where}.when", faults)
    return Deadline(row.id, str(code), row.words, by, when, bool(national), row.period, row.citation)


def _against(by: By, national: list[Timing], where: str) -> Fault | None:
    """What keeps a deadline from taking the place of the national ones of its code."""
    if all(each.when is None for each in national):
        hint = "An own deadline is for what follows from the decision itself"
        return Fault(f"{where}.does", "something that follows from a decision", national[0].code, hint)
    if any(earlier(by, each.by) for each in national):
        return None
    beatable = [each for each in national if each.by.rule != "same_day"] or national
    said = dict.fromkeys("a day that is named" if each.day else each.by.in_words() for each in beatable)
    hint = "It may only be earlier, counted in the same way and from the same day"
    return Fault(f"{where}.by", f"a deadline that is earlier than: {'; '.join(said)}", by.in_words(), hint)


def _alone(row: Row, code: str, every: list[Timing]) -> Fault | None:
    """A deadline of the organisation's own says when it is asked for, and is for none of what law and guidance ask."""
    if code in _TAKEN or _NOT_THEIRS.search(code):
        hint = (
            "What to do at once, the advice and whom to ask come from law and guidance: name what your people do beside"
        )
        return Fault(f"{row.where}.does", "something of the organisation's own", code, hint)
    if "when" in row.table:
        return None
    wanted = f"when {code} is to be done, because there is no national deadline of that code"
    return Fault(f"{row.where}.when", wanted, "nothing", nearest(code, {each.code for each in every}))


def tightened(
    found: tuple[Obligation, ...],
    facts: Facts,
    outcome: Outcome,
    deadlines: tuple[Deadline, ...],
    day: datetime.date,
) -> tuple[Obligation, ...]:
    """What a decision asks for, with the organisation's own deadlines where they are earlier, and its own behind.

    found: the national ones. day: the day of the decision, on which a deadline must be in force.
    """
    view = View(facts, outcome)
    here = [each for each in deadlines if each.period.covers(day) and each.when.holds(view)]
    if not here:
        return found
    result = [_earliest(each, here) for each in found]
    for own in here:
        if not own.national and own.code not in {each.code for each in result}:
            result.append(Obligation(own.code, own.words, own.by, own.citation, own=True))
    return tuple(result)


def _earliest(national: Obligation, deadlines: list[Deadline]) -> Obligation:
    best = national
    for own in deadlines:
        if own.code == national.code and earlier(own.by, best.by):
            words = f"{national.words} {own.words}"
            best = replace(national, words=words, by=own.by, citation=own.citation, own=True)
    return best
