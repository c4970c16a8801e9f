"""Whose answer counts: their own, or that of somebody who may answer for them (4.16-4.21).

Each pack of competence says in its table `reading` from which age what is presumed, and until when a parent answers;
this code knows no pack. Age alone never makes anybody able or unable: a conclusion about this person and this question
counts before every age but one, below which a pack may leave it to a parent.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.codes import CRITERIA
from policies.errors import Fault, PackRefused
from policies.near import nearest
from policies.pack_files import Pack, pack_named
from policies.packs import Packs
from policies.values import Competence, Facts

OWN, HOLDER = "own", "holder"
_AGES: Final = (
    "ages_from",
    "ages_until",
    "presumed_from",
    "expected_from",
    "parent_below",
    "parents_until",
    "parents_informed_until",
    "attorney_from",
    "deputy_from",
)


@dataclass(frozen=True, slots=True)
class CompetenceRules:
    """What one pack says of ages, in whole years; None where it says nothing.

    ages_from, ages_until: the first and last age of which it speaks. presumed_from: able to decide until shown
    otherwise. expected_from: generally expected to, so looked at. parent_below: a parent is asked.
    parents_until: parental responsibility answers below it. parents_informed_until: both are told below it.
    attorney_from, deputy_from: from which age such a person may answer. needs_doubt: ability is tested only where it
    is doubted. criteria: what is looked at; empty where the pack lists nothing. nations: where it applies.
    """

    id: str
    nations: tuple[str, ...]
    criteria: tuple[str, ...] = ()
    needs_doubt: bool = False
    ages_from: int | None = None
    ages_until: int | None = None
    presumed_from: int | None = None
    expected_from: int | None = None
    parent_below: int | None = None
    parents_until: int | None = None
    parents_informed_until: int | None = None
    attorney_from: int | None = None
    deputy_from: int | None = None

    def speaks_of(self, age: int | None) -> bool:
        """Whether this guidance is about people of that age; an age that is not known counts as one it is about."""
        return age is None or (not _below(age, self.ages_from) and not _from(age, _next(self.ages_until)))


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose answer counts: `own`, `holder` (of parental responsibility or authority), or empty: not sure (4.19).

    concerns: codes of the concerns.
    """

    answer: str
    concerns: tuple[str, ...] = ()


def _next(age: int | None) -> int | None:
    return None if age is None else age + 1


def _below(age: int | None, limit: int | None) -> bool:
    return age is not None and limit is not None and age < limit


def _from(age: int | None, limit: int | None) -> bool:
    return age is not None and limit is not None and age >= limit


def read_competence(pack: Pack) -> CompetenceRules:
    """The table `reading` of a pack, checked: `criteria` (ids of its statements), and each other key with the id of
    the statement that says it: `{ age, says }`, or `{ says }` for needs_doubt.

    Raises PackRefused with every fault.
    """
    faults: list[Fault] = []
    table = pack.data.get("reading")
    where = f"{pack.name}.reading"
    if not isinstance(table, Mapping):
        raise PackRefused.one(where, "a table with the ages of this guidance", "nothing")
    said = {each.id for each in pack.statements}
    ages: dict[str, Any] = {}
    for key, entry in table.items():
        if key == "criteria":
            continue
        if key not in (*_AGES, "needs_doubt"):
            faults.append(Fault(f"{where}.{key}", "a key of a reading", key, nearest(key, _AGES)))
        elif not isinstance(entry, Mapping) or entry.get("says") not in said:
            faults.append(Fault(f"{where}.{key}.says", "the id of a statement of this pack", repr(entry)))
        elif key == "needs_doubt":
            ages[key] = True
        elif type(entry.get("age")) is not int:
            faults.append(Fault(f"{where}.{key}.age", "whole years", repr(entry.get("age"))))
        else:
            ages[key] = entry["age"]
    criteria = table.get("criteria", [])
    if not isinstance(criteria, list) or any(each not in CRITERIA or each not in said for each in criteria):
        faults.append(Fault(f"{where}.criteria", "criteria that are statements of this pack", repr(criteria)))
    if faults:
        raise PackRefused(faults)
    return CompetenceRules(pack.id, pack.nations, tuple(criteria), **ages)


@functools.cache
def rules_of(pack_id: str) -> CompetenceRules:
    """The rules of the pack of competence with that id. Raises PackRefused where there is none (read_competence)."""
    return read_competence(pack_named(f"competence/{pack_id}"))


def pack_for(facts: Facts, packs: Packs) -> str:
    """The id of the pack by which it is judged who answers: the one that the document names if it speaks of that age,
    else the one for that age."""
    named, age = facts.competence.pack if facts.competence else "", facts.subject.age
    if named and rules_of(named).speaks_of(age):
        return named
    capacity = packs.capacity.id if packs.capacity else ""
    grown = capacity and age is not None and rules_of(capacity).speaks_of(age)
    return capacity if grown else packs.competence.id


def whose(facts: Facts, rules: CompetenceRules, has_own: bool, has_holder: bool) -> Whose:
    """Whose answer counts for the subject. has_own, has_holder: whether each of them has said something."""
    assessed, age = facts.competence, facts.subject.age
    conclusion = assessed.conclusion if assessed else ""
    if _below(age, rules.parent_below):
        if conclusion == "competent" and has_own and not has_holder:
            return Whose(OWN, ("younger_child_decides",))
        return Whose(HOLDER)
    for_another = ("answered_for_somebody_able",) if has_holder and not has_own else ()
    if conclusion == "competent" or (not conclusion and _from(age, rules.presumed_from)):
        return Whose(OWN, for_another)
    if conclusion:
        return Whose(HOLDER if conclusion == "not_competent" else "")
    if has_own:
        expected = age is None or _from(age, rules.expected_from)
        return Whose(OWN if expected else "", () if age is None else ("understanding_not_assessed",))
    if has_holder:
        return Whose(HOLDER, ("child_not_asked",) if _from(age, rules.expected_from) else ())
    return Whose(OWN)


def assessment_concerns(facts: Facts, packs: Packs) -> tuple[str, ...]:
    """What does not fit in an assessment: its conclusion and its criteria, its guidance, its doubt, its day."""
    assessed = facts.competence
    if assessed is None:
        return ()
    used = rules_of(pack_for(facts, packs))
    judged_by = rules_of(assessed.pack) if assessed.pack else used
    return (
        *against_criteria(assessed, judged_by),
        *(_not_apt(facts, judged_by) if assessed.pack else ()),
        *_doubt(assessed, facts.subject.age, used),
        *_parent_kept_informed(facts, used),
    )


def nothing_looked_at(facts: Facts, packs: Packs) -> bool:
    """Whether something is concluded and none of the criteria is answered by which it should be."""
    assessed = facts.competence
    if assessed is None or assessed.conclusion == "unsure" or assessed.criteria:
        return False
    return bool(rules_of(assessed.pack or pack_for(facts, packs)).criteria)


def against_criteria(assessed: Competence, rules: CompetenceRules) -> tuple[str, ...]:
    """A conclusion that its own criteria contradict: able with one not met, or not able with all met; one that goes
    beyond them; and criteria that are not those of this guidance."""
    own = [each.answer for code, each in assessed.criteria if not rules.criteria or code in rules.criteria]
    found = []
    if assessed.conclusion == "competent" and "no" in own:
        found.append("conclusion_against_criteria")
    elif assessed.conclusion == "competent" and "unsure" in own:
        found.append("criterion_unsure")
    if assessed.conclusion == "not_competent" and own and set(own) == {"yes"}:
        found.append("conclusion_against_criteria")
    if len(own) < len(assessed.criteria):
        found.append("criteria_of_another")
    return tuple(found)


def _not_apt(facts: Facts, rules: CompetenceRules) -> tuple[str, ...]:
    nation = facts.organisation.nation
    elsewhere = bool(nation) and nation not in rules.nations
    return ("competence_not_apt",) if elsewhere or not rules.speaks_of(facts.subject.age) else ()


def _doubt(assessed: Competence, age: int | None, rules: CompetenceRules) -> tuple[str, ...]:
    """Found not able to decide: where ability is presumed, why that was doubted; where no guidance speaks of it."""
    if not rules.speaks_of(age) and assessed.conclusion != "competent":
        return ("capacity_no_guidance",)
    missing = rules.needs_doubt and assessed.conclusion == "not_competent" and not assessed.doubt
    return ("capacity_not_doubted",) if missing else ()


def _parent_kept_informed(facts: Facts, rules: CompetenceRules) -> tuple[str, ...]:
    """Where parents stay informed unless there is good reason not to: a missing reason."""
    assessed = facts.competence
    if assessed is None or not _below(facts.subject.age, rules.parents_informed_until):
        return ()
    return ("parent_not_informed",) if assessed.parent_informed == "no" and not assessed.parent_not_informed else ()


def may_answer(facts: Facts, rules: CompetenceRules, capacity: str) -> str:
    """Whether somebody in a capacity (parental_responsibility, attorney, deputy) may answer for somebody of this age:
    empty, or the code of the concern that says why not."""
    age = facts.subject.age
    if capacity == "parental_responsibility":
        return "family_cannot_sign" if _from(age, rules.parents_until) else ""
    if age is None or not rules.speaks_of(age):
        return ""
    first = rules.attorney_from if capacity == "attorney" else rules.deputy_from
    return "" if _from(age, first) else "attorney_not_apt"


def nobody_else(facts: Facts, rules: CompetenceRules) -> bool:
    """Whether somebody was found not able to decide who is past the age at which a parent answers for them."""
    return unable(facts) and bool(may_answer(facts, rules, "parental_responsibility"))


def unable(facts: Facts) -> bool:
    """Whether somebody was found not able to decide this."""
    return facts.competence is not None and facts.competence.conclusion == "not_competent"


def presumed_able(facts: Facts, rules: CompetenceRules) -> bool:
    """Whether somebody of this age is taken to be able to decide until shown otherwise."""
    return _from(facts.subject.age, rules.presumed_from)
