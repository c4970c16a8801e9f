"""What a decision still asks for, and by when as a rule: `within 2 working days`, not a date.

Turning a rule into a date needs bank holidays and what has happened since, and is the work of ledger.records.
Data: policies/data/timings/. tests/policies/test_obligations.py holds the table of what falls due when.
"""

import datetime
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.citation import Citation, day_in_words
from policies.conditions import Condition, read_condition
from policies.errors import Fault, PackRefused
from policies.lines import Outcome
from policies.packs import Pack, Packs, Statement, nearest
from policies.predicates import PREDICATES, View
from policies.values import Facts

# Those with a number say how many; on_date takes its day from the facts.
BY_RULES: Final = {
    "same_day": "on the same day",
    "next_working_day": "by the end of the next working day",
    "working_days": "within {n} working days",
    "hours": "within {n} hours",
    "months": "within {n} months",
    "on_date": "on {date}",
}
COUNTED: Final = frozenset({"working_days", "hours", "months"})
COUNTS_FROM: Final = {
    "decided": "the decision",
    "sent": "the sending",
    "received": "the request",
    "withdrawn": "the day agreement was taken back",
    "read": "the reading",
}


@dataclass(frozen=True, slots=True)
class By:
    """By when. rule: of BY_RULES. n: how many working days, hours or months, 0 for the others.

    date: YYYY-MM-DD for on_date, empty for the others. counts_from: of COUNTS_FROM; of no matter for on_date.
    """

    rule: str
    n: int = 0
    date: str = ""
    counts_from: str = "decided"

    def in_words(self) -> str:
        """`within 2 working days of the decision`, `on 5 February 2027`."""
        if self.rule == "on_date":
            return f"on {day_in_words(datetime.date.fromisoformat(self.date))}"
        text = BY_RULES[self.rule].format(n=self.n)
        if self.n == 1:
            text = text[:-1]
        return f"{text} of {COUNTS_FROM[self.counts_from]}" if self.rule in COUNTED else text


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing to do. code: for the list of what is due. words: what to do, in one sentence."""

    code: str
    words: str
    by: By
    citation: Citation

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
        return {"code": self.code, "words": self.words, "by": by, "citation": self.citation.to_json()}


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


def _telling_day(facts: Facts) -> str:
    return facts.informing.when[:10] if facts.informing else ""


def _told_plan_day(facts: Facts) -> str:
    return facts.told_plan.when[:10] if facts.told_plan else ""


def _decide_by(facts: Facts) -> str:
    limited = facts.questions.public_interest.limited
    return limited.decide_by if limited else ""


def _first_to_end(facts: Facts) -> str:
    return min((each.expires_at for each in facts.consents if each.status == "given" and each.expires_at), default="")


_DAYS: Final[Mapping[str, Callable[[Facts], str]]] = {
    "informing.when": _telling_day,
    "told_plan.when": _told_plan_day,
    "questions.public_interest.limited.decide_by": _decide_by,
    "questions.duty.return_on": lambda facts: facts.questions.duty.return_on,
    "consents.expires_at": _first_to_end,
    "retention.review_on": lambda facts: facts.retention.review_on,
}


def _by(raw: object, where: str, faults: list[Fault]) -> tuple[By, str]:
    if not isinstance(raw, Mapping) or not {"rule"} <= set(raw) <= {"rule", "n", "day", "counts_from"}:
        faults.append(Fault(f"{where}.by", "a table with rule, and n, day or counts_from", repr(raw)))
        return By("same_day"), ""
    rule, n, day = raw["rule"], raw.get("n", 0), raw.get("day", "")
    counts_from = raw.get("counts_from", "decided")
    if rule not in BY_RULES:
        faults.append(Fault(f"{where}.by.rule", f"one of {', '.join(BY_RULES)}", repr(rule)))
    if type(n) is not int or (n > 0) != (rule in COUNTED):
        faults.append(Fault(f"{where}.by.n", "a number above 0 for a counted rule, none otherwise", repr(n)))
    if (day in _DAYS) != (rule == "on_date"):
        faults.append(Fault(f"{where}.by.day", f"for on_date alone, one of {', '.join(_DAYS)}", repr(day)))
    if counts_from not in COUNTS_FROM:
        faults.append(Fault(f"{where}.by.counts_from", f"one of {', '.join(COUNTS_FROM)}", repr(counts_from)))
    return By(str(rule), int(n), "", str(counts_from)), str(day)


def _timing(statement: Statement, pack: Pack, faults: list[Fault]) -> Timing:
    where, extra = f"{pack.name}#{statement.id}", statement.extra
    for key in sorted(set(extra) - {"does", "by", "when", "arises"}):
        faults.append(Fault(f"{where}.{key}", "does, by, when or arises", key, "Take it out"))
    if (extra.get("arises") == "later") == ("when" in extra):
        faults.append(Fault(where, 'either when, or arises = "later"', "both or neither"))
    when = read_condition(extra["when"], PREDICATES, f"{where}.when", faults) if "when" in extra else None
    by, day = _by(extra.get("by"), where, faults)
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


def obligations(facts: Facts, outcome: Outcome, packs: Packs, decided_on: datetime.date) -> tuple[Obligation, ...]:
    """What this decision asks for, in the order of the pack, each code once (the first that holds).

    outcome: what the walk has found. decided_on: the day of the decision, which chooses among versions of a deadline.
    An on_date deadline whose day is not in the facts is left out; the pack has another that asks for the day.
    """
    view = View(facts, outcome)
    in_force = {each.id for each in packs.timings.on(decided_on).values()}
    found: dict[str, Obligation] = {}
    for each in read_timings(packs.timings).values():
        if each.id not in in_force or each.code in found or each.when is None or not each.when.holds(view):
            continue
        by = each.by
        if each.day:
            date = _DAYS[each.day](facts)
            if not date:
                continue
            by = By("on_date", date=date)
        found[each.code] = Obligation(each.code, each.words, by, each.citation)
    return tuple(found.values())
