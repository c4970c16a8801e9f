"""What a decision still asks for, and by when: from the deadlines of a pack, and from the time that a duty sets.

Data: policies/data/timings/, and `by` of a law in policies/data/bases/.
tests/policies/test_obligations.py holds the table of what falls due when.
"""

import datetime
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies import bases
from policies.citation import Citation
from policies.conditions import Condition, read_condition
from policies.deadlines import BY_RULES, By, read_by
from policies.errors import Fault, PackRefused
from policies.lines import Outcome, all_answers, answers_for
from policies.near import nearest
from policies.pack_files import Pack, Statement
from policies.packs import Packs
from policies.predicates import PREDICATES, View
from policies.values import Facts

__all__ = ["BY_RULES", "By", "Obligation", "Timing", "obligations", "read_timings", "timing"]

DUTY_TIME: Final = "duty_time"


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing to do. code: for the list of what is due. words: what to do, in one sentence.

    own: the organisation sets this deadline itself, earlier than the national one or where there is none.
    """

    code: str
    words: str
    by: By
    citation: Citation
    own: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        by: dict[str, Any] = {"rule": self.by.rule}
        if self.by.n:
            by["n"] = self.by.n
        if self.by.date:
            by["date"] = self.by.date
        else:
            by["counts_from"] = self.by.counts_from
        by["words"] = self.by.in_words()
        own = {"from": "own"} if self.own else {}
        return {"code": self.code, "words": self.words, "by": by, "citation": self.citation.to_json(), **own}


@dataclass(frozen=True, slots=True)
class Timing:
    """One deadline of a pack. when is None where it follows from a later entry rather than from the decision.

    day: which day of the facts an on_date deadline takes (_DAYS); empty for the others.
    """

    id: str
    code: str
    words: str
    by: By
    day: str
    when: Condition[View] | None
    citation: Citation


def _telling_day(facts: Facts, _: str) -> str:
    return facts.informing.when[:10] if facts.informing else ""


def _told_plan_day(facts: Facts, _: str) -> str:
    return facts.told_plan.when[:10] if facts.told_plan else ""


def _decide_by(facts: Facts, _: str) -> str:
    limited = (asked.public_interest.limited for asked, _ in all_answers(facts))
    return _earliest(each.decide_by for each in limited if each is not None)


def _return_on(facts: Facts, _: str) -> str:
    return _earliest(asked.duty.return_on for asked, _ in all_answers(facts))


def _first_to_end(facts: Facts, decided: str) -> str:
    """What had ended before the decision does not end again; that it had is a concern."""
    given = (each for _, consents in all_answers(facts) for each in consents if each.status == "given")
    return _earliest(each.expires_at for each in given if each.expires_at >= decided)


def _earliest(days: Iterable[str]) -> str:
    return min((day for day in days if day), default="")


# Each takes the facts and the day of the decision.
_DAYS: Final[Mapping[str, Callable[[Facts, str], str]]] = {
    "informing.when": _telling_day,
    "told_plan.when": _told_plan_day,
    "questions.public_interest.limited.decide_by": _decide_by,
    "questions.duty.return_on": _return_on,
    "consents.expires_at": _first_to_end,
    "retention.review_on": lambda facts, _: facts.retention.review_on,
}


def _timing(statement: Statement, pack: Pack, faults: list[Fault]) -> Timing:
    where, extra = f"{pack.name}#{statement.id}", statement.extra
    for key in sorted(set(extra) - {"does", "by", "when", "arises"}):
        faults.append(Fault(f"{where}.{key}", "does, by, when or arises", key, "Take it out"))
    if (extra.get("arises") == "later") == ("when" in extra):
        faults.append(Fault(where, 'either when, or arises = "later"', "both or neither"))
    when = read_condition(extra["when"], PREDICATES, f"{where}.when", faults) if "when" in extra else None
    by, day = read_by(extra.get("by"), where, faults, _DAYS)
    return Timing(
        statement.id, str(extra.get("does", statement.id)), statement.words, by, day, when, statement.citation
    )


@functools.lru_cache(maxsize=32)
def read_timings(pack: Pack) -> Mapping[str, Timing]:
    """Every deadline of a pack by its id, in the order of the file. Raises PackRefused with every fault."""
    faults: list[Fault] = []
    timings = {each.id: _timing(each, pack, faults) for each in pack.statements}
    if faults:
        raise PackRefused(faults)
    return timings


def timing(pack: Pack, timing_id: str) -> Timing:
    """One deadline, for entries that come after a decision. Raises PackRefused when the pack has none of that id."""
    known = read_timings(pack)
    if timing_id not in known:
        raise PackRefused.one(pack.name, "a deadline of this pack", timing_id, nearest(timing_id, known))
    return known[timing_id]


@functools.lru_cache(maxsize=256)
def _in_force(pack: Pack, day: datetime.date) -> tuple[Timing, ...]:
    ids = {each.id for each in pack.on(day).values()}
    return tuple(each for each in read_timings(pack).values() if each.id in ids)


def obligations(facts: Facts, outcome: Outcome, packs: Packs, decided_on: datetime.date) -> tuple[Obligation, ...]:
    """What this decision asks for, in the order of the pack, each code once (the first that holds).

    Then what laws that require sharing say about time (`duty_time`), once for each law.

    outcome: what the walk has found. decided_on: the day of the decision, which chooses among versions of a deadline.
    An on_date deadline whose day is not in the facts is left out; the pack has another that asks for the day.
    """
    view = View(facts, outcome)
    found: dict[str, Obligation] = {}
    for each in _in_force(packs.timings, decided_on):
        if each.code in found or each.when is None or not each.when.holds(view):
            continue
        by = each.by
        if each.day:
            date = _DAYS[each.day](facts, decided_on.isoformat())
            if not date:
                continue
            by = By("on_date", date=date)
        found[each.code] = Obligation(each.code, each.words, by, each.citation)
    return (*found.values(), *_duty_times(facts, outcome, packs, decided_on))


def _duty_times(facts: Facts, outcome: Outcome, packs: Packs, decided_on: datetime.date) -> tuple[Obligation, ...]:
    """The time that a law sets which requires sharing, once for each such law."""
    found: dict[str, Obligation] = {}
    for line in outcome.lines:
        if line.route != "duty":
            continue
        code = answers_for(facts, line.item, line.recipient)[0].duty.code
        law = bases.in_force(code, decided_on, packs.bases)
        if law.by is not None:
            found.setdefault(code, Obligation(DUTY_TIME, f"{law.name}: {law.extent}", law.by, law.citation))
    return tuple(found.values())
