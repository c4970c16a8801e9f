"""Whose answer counts for the child, in both ways of judging it; age alone never makes anybody competent."""

from typing import Any

import pytest

from policies.codes import CRITERIA
from policies.competence import HOLDER, OWN, Whose, against_criteria, parent_kept_informed, whose
from policies.facts import parse_facts

NOT_ASSESSED, NOT_ASKED = "understanding_not_assessed", "child_not_asked"


def decides(age: int | None, conclusion: str, pack: str, own: bool, holder: bool) -> Whose:
    given: dict[str, Any] = {} if age is None else {"subject": {"age": age}}
    if conclusion:
        given["competence"] = {"conclusion": conclusion}
    return whose(parse_facts(given), pack, own, holder)


@pytest.mark.parametrize(
    ("age", "conclusion", "own", "holder", "expected"),
    [
        (17, "", False, True, Whose(OWN)),
        (16, "", True, True, Whose(OWN)),
        (16, "not_competent", True, True, Whose(HOLDER)),
        (15, "competent", True, True, Whose(OWN)),
        (15, "competent", False, True, Whose(OWN)),
        (15, "not_competent", True, True, Whose(HOLDER)),
        (15, "unsure", True, True, Whose("")),
        (12, "", True, False, Whose(OWN, (NOT_ASSESSED,))),
        (11, "", True, False, Whose("", (NOT_ASSESSED,))),
        (11, "competent", True, False, Whose(OWN)),
        (11, "", False, True, Whose(HOLDER)),
        (12, "", False, True, Whose(HOLDER, (NOT_ASKED,))),
        (None, "", True, False, Whose(OWN)),
        (None, "", False, True, Whose(HOLDER)),
        (4, "", False, False, Whose(OWN)),
    ],
)
def test_the_eight_criteria_way(age: int | None, conclusion: str, own: bool, holder: bool, expected: Whose) -> None:
    assert decides(age, conclusion, "england-2006", own, holder) == expected


@pytest.mark.parametrize(
    ("age", "conclusion", "own", "holder", "expected"),
    [
        (11, "", True, False, Whose(HOLDER)),
        (11, "", True, True, Whose(HOLDER)),
        (11, "not_competent", True, True, Whose(HOLDER)),
        (11, "competent", True, True, Whose(HOLDER)),
        (11, "competent", True, False, Whose(OWN, ("younger_child_decides",))),
        (12, "competent", True, True, Whose(OWN)),
        (12, "", True, True, Whose(OWN, (NOT_ASSESSED,))),
        (12, "not_competent", True, True, Whose(HOLDER)),
    ],
)
def test_the_getting_it_right_way(age: int, conclusion: str, own: bool, holder: bool, expected: Whose) -> None:
    assert decides(age, conclusion, "girfec", own, holder) == expected


def test_the_document_may_choose_another_way_than_the_nation() -> None:
    facts = parse_facts({"subject": {"age": 10}, "competence": {"pack": "girfec", "conclusion": "competent"}})
    assert whose(facts, "england-2006", True, True).answer == HOLDER


def test_a_conclusion_against_its_criteria() -> None:
    def assessed(conclusion: str, **answers: str) -> tuple[str, ...]:
        criteria = {code: {"answer": answer} for code, answer in answers.items()}
        facts = parse_facts({"competence": {"conclusion": conclusion, "criteria": criteria}})
        assert facts.competence is not None
        return against_criteria(facts.competence)

    every = dict.fromkeys(CRITERIA, "yes")
    assert assessed("competent", **every) == ()
    assert assessed("competent", **{**every, "what": "no"}) == ("conclusion_against_criteria",)
    assert assessed("not_competent", **every) == ("conclusion_against_criteria",)
    assert assessed("not_competent", **{**every, "what": "no"}) == ()
    assert assessed("not_competent") == ()
    assert assessed("unsure", **{**every, "what": "no"}) == ()


@pytest.mark.parametrize(
    ("age", "pack", "told", "why_not", "concerns"),
    [
        (13, "girfec", "no", "", ("parent_not_informed",)),
        (13, "girfec", "no", "it would not be safe", ()),
        (13, "girfec", "yes", "", ()),
        (16, "girfec", "no", "", ()),
        (13, "england-2006", "no", "", ()),
    ],
)
def test_both_are_kept_informed_until_sixteen(
    age: int, pack: str, told: str, why_not: str, concerns: tuple[str, ...]
) -> None:
    given = {"conclusion": "competent", "parent_informed": told}
    facts = parse_facts(
        {"subject": {"age": age}, "competence": {**given, **({"parent_not_informed": why_not} if why_not else {})}}
    )
    assert parent_kept_informed(facts, pack) == concerns
