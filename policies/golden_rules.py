"""The golden rules and the Caldicott principles: whether what each asks for is written down. Presence, not performance.

A status never says that a rule was kept, only that something is recorded, missing, contradicted or not needed, or that
people have to judge it. The rules and their tests are data (policies/data/rules/ and caldicott/); the first case that
holds decides. tests/policies/test_golden_rules_versions.py reaches every status of every rule.
"""

import functools
from dataclasses import dataclass
from typing import Any, Final

from policies.citation import Citation
from policies.conditions import ALWAYS, Condition, read_condition
from policies.errors import Fault, PackRefused
from policies.lines import Outcome
from policies.pack_files import Pack, Statement
from policies.predicates import PREDICATES, View
from policies.values import Facts

STATUSES: Final = {
    "recorded": "recorded",
    "missing": "not written down yet",
    "contradicted": "what is written down goes against it",
    "not_needed": "not needed here",
    "for_people": "for people to judge",
}


# A rule with tests of its own stands as the first of these that one of them has.
_FIRST: Final = ("contradicted", "missing", "for_people", "recorded", "not_needed")


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One test of a rule that has several, and how it stands. Fields as in RuleStatus; asks: the test in our words."""

    id: str
    number: int
    asks: str
    status: str
    words: str
    rests_on: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order."""
        return {
            "id": self.id,
            "number": self.number,
            "asks": self.asks,
            "status": self.status,
            "words": self.words,
            "rests_on": list(self.rests_on),
        }


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """One rule and how it stands. status: of STATUSES. words: what was found, in a sentence or two.

    rests_on: paths of the facts that were looked at, in order. tests: where the rule has tests of its own, each of
    them; its status then follows from theirs. Empty for most rules.
    """

    id: str
    number: int
    name: str
    status: str
    words: str
    rests_on: tuple[str, ...]
    citation: Citation
    tests: tuple[PartStatus, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; tests only where there are some."""
        return {
            "id": self.id,
            "number": self.number,
            "name": self.name,
            "status": self.status,
            "words": self.words,
            "rests_on": list(self.rests_on),
            **({"tests": [each.to_json() for each in self.tests]} if self.tests else {}),
            "citation": self.citation.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Case:
    """When a rule has a status. rests_on: what `when` looks at; for the last case, what the whole rule looks at."""

    status: str
    words: str
    when: Condition[View]
    rests_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One test of a rule. asks: it in our words. cases: in order, the last one holds always."""

    id: str
    number: int
    asks: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One golden rule, key point or principle. asks: it in our words. It has either cases or tests.

    cases: in order, the last one holds always. tests: each with its cases; the rule's status follows from theirs.
    stands: for each case how the rule then stands, made once because it is the same for every decision.
    """

    id: str
    number: int
    name: str
    asks: str
    cases: tuple[Case, ...]
    tests: tuple[Part, ...]
    stands: tuple[RuleStatus, ...]
    citation: Citation


def _case(raw: dict[str, Any], where: str, last: bool, faults: list[Fault]) -> Case:
    status, words = raw.get("status"), raw.get("words")
    if status not in STATUSES:
        faults.append(Fault(f"{where}.status", f"one of {', '.join(STATUSES)}", repr(status)))
    if not isinstance(words, str) or not words:
        faults.append(Fault(f"{where}.words", "words", repr(words)))
    if (raw.get("when") == ALWAYS) != last:
        faults.append(Fault(f"{where}.when", "always in the last case and only there", repr(raw.get("when"))))
    when = read_condition(raw.get("when"), PREDICATES, f"{where}.when", faults)
    return Case(str(status), str(words), when, when.paths)


def _cases(raw: object, where: str, faults: list[Fault]) -> tuple[Case, ...]:
    if not isinstance(raw, list) or not raw or not all(isinstance(each, dict) for each in raw):
        faults.append(Fault(f"{where}.cases", "a list of cases", repr(raw)))
        return ()
    cases = [_case(each, f"{where}.cases[{n}]", n == len(raw), faults) for n, each in enumerate(raw, start=1)]
    # Nothing else held: so the last case rests on all that was looked at.
    everything = tuple(dict.fromkeys(path for case in cases for path in case.rests_on))
    cases[-1] = Case(cases[-1].status, cases[-1].words, cases[-1].when, everything)
    return tuple(cases)


def _part(raw: object, number: int, where: str, faults: list[Fault]) -> Part:
    table = raw if isinstance(raw, dict) else {}
    if set(table) != {"id", "number", "words", "cases"} or table["number"] != number:
        faults.append(Fault(where, f"id, words, cases and the number {number}", repr(sorted(table))))
    cases = _cases(table.get("cases"), where, faults)
    return Part(str(table.get("id")), number, str(table.get("words")), cases)


def _rule(statement: Statement, pack: Pack, faults: list[Fault]) -> Rule:
    where, extra = f"{pack.name}#{statement.id}", statement.extra
    for key in sorted(set(extra) - {"number", "name", "cases", "tests"}):
        faults.append(Fault(f"{where}.{key}", "number, name, cases or tests", key, "Take it out"))
    cases: tuple[Case, ...] = ()
    tests: tuple[Part, ...] = ()
    raw = extra.get("tests")
    if raw is None:
        cases = _cases(extra.get("cases"), where, faults)
    elif "cases" in extra or not isinstance(raw, list) or not raw:
        faults.append(Fault(f"{where}.tests", "a list of tests, and no cases beside them", "something else"))
    else:
        tests = tuple(_part(each, n, f"{where}.tests[{n}]", faults) for n, each in enumerate(raw, start=1))
    number, name = extra.get("number"), extra.get("name")
    if type(number) is not int or not isinstance(name, str):
        faults.append(Fault(where, "a number and a name", "not both", "Give the rule's printed number"))
        number = 0
    stands = tuple(
        RuleStatus(statement.id, number, str(name), each.status, each.words, each.rests_on, statement.citation)
        for each in cases
    )
    return Rule(statement.id, number, str(name), statement.words, cases, tests, stands, statement.citation)


@functools.lru_cache(maxsize=32)
def read_rules(pack: Pack) -> tuple[Rule, ...]:
    """The rules of a pack in the order of their numbers. Raises PackRefused with every fault."""
    faults: list[Fault] = []
    rules = sorted((_rule(each, pack, faults) for each in pack.statements), key=lambda rule: rule.number)
    numbers = [rule.number for rule in rules]
    if numbers != list(range(1, len(rules) + 1)):
        faults.append(Fault(pack.name, "rules numbered from 1 without a gap", str(numbers)))
    if faults:
        raise PackRefused(faults)
    return tuple(rules)


def evaluate_rules(
    facts: Facts,
    outcome: Outcome,
    pack: Pack,
    shared_recorded: bool = False,
    telling_due: bool = False,
) -> tuple[RuleStatus, ...]:
    """How each rule of the pack stands, in their order.

    outcome: what the walk has found. pack: Packs.rules or Packs.caldicott. shared_recorded: an entry says what was
    sent, to whom and why (until then the last rule is missing for a decision to share). telling_due: the day has come
    on which the person was to be told (until then "later, because it is not safe" is not needed).
    """
    view = View(facts, outcome, shared_recorded, telling_due)
    return tuple(_tested(rule, view) if rule.tests else _judged(rule, view) for rule in read_rules(pack))


def _judged(rule: Rule, view: View) -> RuleStatus:
    return next(stands for case, stands in zip(rule.cases, rule.stands, strict=True) if case.when.holds(view))


def _first(cases: tuple[Case, ...], view: View) -> Case:
    return next(each for each in cases if each.when.holds(view))


def _tested(rule: Rule, view: View) -> RuleStatus:
    tests = []
    for part in rule.tests:
        case = _first(part.cases, view)
        tests.append(PartStatus(part.id, part.number, part.asks, case.status, case.words, case.rests_on))
    found = {each.status for each in tests}
    status = next(each for each in _FIRST if each in found)
    words = " ".join(_which(tests, each) for each in _FIRST if each in found)
    rests_on = tuple(dict.fromkeys(path for each in tests for path in each.rests_on))
    return RuleStatus(rule.id, rule.number, rule.name, status, words, rests_on, rule.citation, tuple(tests))


def _which(tests: list[PartStatus], status: str) -> str:
    """`Tests 1, 3 and 4: recorded.`"""
    numbers = [str(each.number) for each in tests if each.status == status]
    if len(numbers) == len(tests):
        return f"All {len(tests)} tests: {STATUSES[status]}."
    if len(numbers) == 1:
        return f"Test {numbers[0]}: {STATUSES[status]}."
    return f"Tests {', '.join(numbers[:-1])} and {numbers[-1]}: {STATUSES[status]}."
