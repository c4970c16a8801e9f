"""By when something is to be done, as a rule: `within 2 working days`, not a date.

Turning a rule into a date needs bank holidays and what has happened since, and is the work of ledger.records.
tests/policies/test_obligations.py holds each rule in words.
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from policies.citation import day_in_words
from policies.errors import Fault, shown

# Those with a number say how many; on_date takes its day from the facts.
BY_RULES: Final = {
    "same_day": "on the same day",
    "next_working_day": "by the end of the next working day",
    "working_days": "within {n} working days",
    "hours": "within {n} hours",
    "days": "within {n} days",
    "months": "within {n} months",
    "on_date": "on {date}",
}
COUNTED: Final = frozenset({"working_days", "hours", "days", "months"})
COUNTS_FROM: Final = {
    "decided": "the decision",
    "sent": "the sending",
    "received": "the request",
    "withdrawn": "the day agreement was taken back",
    "read": "the reading",
    "found": "the day it was found",
    "born": "the birth",
}


@dataclass(frozen=True, slots=True)
class By:
    """By when. rule: of BY_RULES. n: how many working days, hours, days or months, 0 for the others.

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


def read_by(raw: object, where: str, faults: list[Fault], days: Collection[str] = ()) -> tuple[By, str]:
    """A deadline from its table, and the path of the day that an on_date deadline takes (empty for the others).

    days: the paths that may be taken; none, and on_date is refused. Every fault found is added to `faults`.
    """
    if not isinstance(raw, Mapping) or not {"rule"} <= set(raw) <= {"rule", "n", "day", "counts_from"}:
        faults.append(Fault(f"{where}.by", "a table with rule, and n, day or counts_from", shown(raw)))
        return By("same_day"), ""
    rule, n, day = raw["rule"], raw.get("n", 0), raw.get("day", "")
    counts_from = raw.get("counts_from", "decided")
    if rule not in list(BY_RULES):
        faults.append(Fault(f"{where}.by.rule", f"one of {', '.join(BY_RULES)}", shown(rule)))
    if type(n) is not int or (n > 0) != (str(rule) in COUNTED):
        faults.append(Fault(f"{where}.by.n", "a number above 0 for a counted rule, none otherwise", shown(n)))
    if (day in list(days)) != (rule == "on_date"):
        faults.append(Fault(f"{where}.by.day", f"for on_date alone, one of {', '.join(days) or 'none'}", shown(day)))
    if counts_from not in list(COUNTS_FROM):
        faults.append(Fault(f"{where}.by.counts_from", f"one of {', '.join(COUNTS_FROM)}", shown(counts_from)))
    return By(str(rule), int(n) if type(n) is int else 0, "", str(counts_from)), str(day)
