"""Whose answer counts for the child: assessed for one question by criteria, never worked out from age (4.16-4.21).

england-2006: 16 and over for themselves; under 16 whoever understands enough; 12 and over generally expected to.
girfec (getting it right, third note): under 12 a parent; from 12 whoever understands enough; both told until 16.
"""

from dataclasses import dataclass
from typing import Final

from policies.values import Competence, Facts

OWN, HOLDER = "own", "holder"
_ADULT_DECIDES: Final = 16
_GENERALLY_EXPECTED: Final = 12


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose answer counts: `own`, `holder` (of parental responsibility or authority), or empty: not sure (4.19).

    concerns: codes of the flowchart's concerns.
    """

    answer: str
    concerns: tuple[str, ...] = ()


def whose(facts: Facts, default_pack: str, has_own: bool, has_holder: bool) -> Whose:
    """Whose answer counts for the subject. has_own, has_holder: whether each of them has said something."""
    assessed = facts.competence
    pack = (assessed.pack if assessed else "") or default_pack
    age = facts.subject.age
    concerns = against_criteria(assessed) if assessed else ()
    conclusion = assessed.conclusion if assessed else ""
    if pack == "girfec" and age is not None and age < _GENERALLY_EXPECTED:
        if conclusion == "competent" and has_own and not has_holder:
            return Whose(OWN, (*concerns, "younger_child_decides"))
        return Whose(HOLDER, concerns)
    if conclusion:
        return Whose({"competent": OWN, "not_competent": HOLDER}.get(conclusion, ""), concerns)
    if age is not None and age >= _ADULT_DECIDES:
        return Whose(OWN)
    if has_own:
        expected = age is None or age >= _GENERALLY_EXPECTED
        return Whose(OWN if expected else "", () if age is None else ("understanding_not_assessed",))
    if has_holder:
        gap = age is not None and age >= _GENERALLY_EXPECTED
        return Whose(HOLDER, ("child_not_asked",) if gap else ())
    return Whose(OWN)


def against_criteria(assessed: Competence) -> tuple[str, ...]:
    """A conclusion that its own criteria contradict: competent with one not met, or not competent with all met."""
    answers = [criterion.answer for _, criterion in assessed.criteria]
    if assessed.conclusion == "competent" and "no" in answers:
        return ("conclusion_against_criteria",)
    if assessed.conclusion == "not_competent" and answers and set(answers) == {"yes"}:
        return ("conclusion_against_criteria",)
    return ()


def parent_kept_informed(facts: Facts, default_pack: str) -> tuple[str, ...]:
    """girfec: under 16, parents stay informed unless there is good reason not to; a missing reason is a concern."""
    assessed = facts.competence
    pack = (assessed.pack if assessed else "") or default_pack
    age = facts.subject.age
    if pack != "girfec" or assessed is None or age is None or age >= _ADULT_DECIDES:
        return ()
    return ("parent_not_informed",) if assessed.parent_informed == "no" and not assessed.parent_not_informed else ()
