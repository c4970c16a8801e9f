"""Whose answer counts, by age and nation, read from packs; age alone never makes anybody able or unable."""

import datetime
from typing import Any

import pytest

from policies.codes import COMPETENCE_PACKS, CRITERIA
from policies.competence import (
    HOLDER,
    OWN,
    Whose,
    assessment_concerns,
    may_answer,
    pack_for,
    read_competence,
    rules_of,
    whose,
)
from policies.errors import PackRefused
from policies.facts import Facts, parse_facts
from policies.pack_files import DATA, catalogue, parse_pack
from policies.packs import packs_for

DAY = datetime.date(2026, 3, 2)
NOT_ASSESSED, NOT_ASKED, ABLE = "understanding_not_assessed", "child_not_asked", "answered_for_somebody_able"


def facts_of(age: int | None, conclusion: str = "", nation: str = "", **more: Any) -> Facts:
    given: dict[str, Any] = {} if age is None else {"subject": {"age": age}}
    if conclusion:
        given["competence"] = {"conclusion": conclusion, **more}
    return parse_facts({**given, **({"organisation": {"nation": nation}} if nation else {})})


ENGLAND = [
    (17, "", False, True, Whose(OWN, (ABLE,))),
    (16, "", True, True, Whose(OWN)),
    (16, "not_competent", True, True, Whose(HOLDER)),
    (15, "competent", True, True, Whose(OWN)),
    (15, "competent", False, True, Whose(OWN, (ABLE,))),
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
]
GETTING_IT_RIGHT = [
    (11, "", True, False, Whose(HOLDER)),
    (11, "", True, True, Whose(HOLDER)),
    (11, "not_competent", True, True, Whose(HOLDER)),
    (11, "unsure", True, True, Whose(HOLDER)),
    (11, "competent", True, True, Whose(HOLDER)),
    (11, "competent", True, False, Whose(OWN, ("younger_child_decides",))),
    (12, "competent", True, True, Whose(OWN)),
    (12, "", True, True, Whose(OWN, (NOT_ASSESSED,))),
    (12, "", False, True, Whose(HOLDER, (NOT_ASKED,))),
    (12, "not_competent", True, True, Whose(HOLDER)),
]
DATA_RIGHTS = [
    (11, "", True, True, Whose("", (NOT_ASSESSED,))),
    (11, "", False, True, Whose(HOLDER)),
    (11, "competent", True, True, Whose(OWN)),
    (12, "", True, True, Whose(OWN)),
    (12, "", False, True, Whose(OWN, (ABLE,))),
    (12, "not_competent", True, True, Whose(HOLDER)),
    (15, "unsure", True, True, Whose("")),
]
FROM_16 = [
    (16, "", True, True, Whose(OWN)),
    (80, "", True, False, Whose(OWN)),
    (80, "", False, True, Whose(OWN, (ABLE,))),
    (80, "", False, False, Whose(OWN)),
    (80, "competent", True, True, Whose(OWN)),
    (80, "not_competent", True, True, Whose(HOLDER)),
    (80, "unsure", True, True, Whose("")),
]
ROWS = [
    *[("england-2006", *row) for row in ENGLAND],
    *[("girfec", *row) for row in GETTING_IT_RIGHT],
    *[("scotland-2018", *row) for row in DATA_RIGHTS],
    *[("mca-2005", *row) for row in FROM_16],
    *[("scotland-awi-2000", *row) for row in FROM_16],
]


@pytest.mark.parametrize(("pack", "age", "conclusion", "own", "holder", "expected"), ROWS)
def test_whose_answer_counts(
    pack: str, age: int | None, conclusion: str, own: bool, holder: bool, expected: Whose
) -> None:
    assert whose(facts_of(age, conclusion), rules_of(pack), own, holder) == expected


@pytest.mark.parametrize(
    ("nation", "age", "named", "pack"),
    [
        ("england", None, "", "england-2006"),
        ("england", 15, "", "england-2006"),
        ("england", 16, "", "mca-2005"),
        ("wales", 80, "", "mca-2005"),
        ("northern-ireland", 15, "", "england-2006"),
        ("northern-ireland", 80, "", "england-2006"),
        ("scotland", 15, "", "girfec"),
        ("scotland", 16, "", "scotland-awi-2000"),
        ("scotland", 13, "scotland-2018", "scotland-2018"),
        ("england", 10, "girfec", "girfec"),
        ("england", 17, "england-2006", "england-2006"),
        # a way of judging that is not about this age gives way to the one that is
        ("england", 10, "mca-2005", "england-2006"),
        ("england", 30, "england-2006", "mca-2005"),
        ("scotland", 17, "scotland-2018", "scotland-awi-2000"),
    ],
)
def test_which_guidance_judges(nation: str, age: int | None, named: str, pack: str) -> None:
    more = {"pack": named} if named else {}
    assert pack_for(facts_of(age, "competent", **more), packs_for(nation, DAY)) == pack


AGES_OF_HOLDERS = [
    ("england-2006", "parental_responsibility", 17, 18, "family_cannot_sign"),
    ("girfec", "parental_responsibility", 15, 16, "family_cannot_sign"),
    ("mca-2005", "parental_responsibility", 17, 18, "family_cannot_sign"),
    ("scotland-awi-2000", "parental_responsibility", None, 16, "family_cannot_sign"),
    ("mca-2005", "attorney", 18, 17, "attorney_not_apt"),
    ("mca-2005", "deputy", 16, None, ""),
    ("england-2006", "attorney", None, 10, "attorney_not_apt"),
    ("england-2006", "deputy", None, 10, "attorney_not_apt"),
    ("scotland-awi-2000", "attorney", 16, None, ""),
    ("scotland-awi-2000", "deputy", 16, None, ""),
    # of adults in Northern Ireland nothing is held here, so nobody is turned away for their age
    ("england-2006", "attorney", 80, None, ""),
]


@pytest.mark.parametrize(("pack", "capacity", "may", "may_not", "why"), AGES_OF_HOLDERS)
def test_from_and_until_which_age_somebody_may_answer_for_another(
    pack: str, capacity: str, may: int | None, may_not: int | None, why: str
) -> None:
    assert may_answer(facts_of(None), rules_of(pack), capacity) == ""
    if may is not None:
        assert may_answer(facts_of(may), rules_of(pack), capacity) == ""
    if may_not is not None:
        assert may_answer(facts_of(may_not), rules_of(pack), capacity) == why


def said_of(nation: str, age: int | None, conclusion: str, **more: Any) -> tuple[str, ...]:
    return assessment_concerns(facts_of(age, conclusion, nation, **more), packs_for(nation, DAY))


def criteria(**answers: str) -> dict[str, Any]:
    return {"criteria": {code: {"answer": answer} for code, answer in answers.items()}}


EIGHT = ("question", "what", "why", "implications", "alternatives", "weighing", "own_view", "consistent")
AGAINST, UNSURE, ANOTHER = "conclusion_against_criteria", "criterion_unsure", "criteria_of_another"


@pytest.mark.parametrize(
    ("conclusion", "answers", "concerns"),
    [
        ("competent", dict.fromkeys(EIGHT, "yes"), ()),
        ("competent", {**dict.fromkeys(EIGHT, "yes"), "what": "no"}, (AGAINST,)),
        ("competent", {"what": "yes", "why": "unsure"}, (UNSURE,)),
        ("competent", {"what": "no", "why": "unsure"}, (AGAINST,)),
        ("not_competent", dict.fromkeys(EIGHT, "yes"), (AGAINST,)),
        ("not_competent", {**dict.fromkeys(EIGHT, "yes"), "what": "no"}, ()),
        ("not_competent", {}, ()),
        ("unsure", {"what": "no"}, ()),
        # ability to act is looked at for adults in Scotland: it speaks neither for nor against a child here
        ("competent", {"what": "yes", "act": "no"}, (ANOTHER,)),
        ("not_competent", {"act": "yes"}, (ANOTHER,)),
    ],
)
def test_a_conclusion_is_held_against_the_criteria_of_its_own_guidance(
    conclusion: str, answers: dict[str, str], concerns: tuple[str, ...]
) -> None:
    assert said_of("england", 13, conclusion, **criteria(**answers)) == concerns


def test_guidance_that_lists_nothing_takes_whatever_was_looked_at() -> None:
    assert rules_of("girfec").criteria == ()
    assert said_of("scotland", 13, "competent", **criteria(what="yes", act="no")) == (AGAINST,)


@pytest.mark.parametrize(
    ("nation", "age", "conclusion", "more", "concerns"),
    [
        ("england", 30, "not_competent", {}, ("capacity_not_doubted",)),
        ("england", 30, "not_competent", {"doubt": "He could not say where he was."}, ()),
        ("england", 30, "competent", {}, ()),
        ("england", 30, "unsure", {}, ()),
        ("scotland", 16, "not_competent", {}, ("capacity_not_doubted",)),
        ("england", 15, "not_competent", {}, ()),
        ("northern-ireland", 30, "not_competent", {}, ("capacity_no_guidance",)),
        ("northern-ireland", 30, "unsure", {}, ("capacity_no_guidance",)),
        ("northern-ireland", 30, "competent", {}, ()),
        ("northern-ireland", 17, "not_competent", {}, ()),
        ("england", 10, "competent", {"pack": "girfec"}, ("competence_not_apt",)),
        ("scotland", 10, "competent", {"pack": "girfec"}, ()),
        ("england", 10, "competent", {"pack": "mca-2005"}, ("competence_not_apt",)),
        ("scotland", 17, "competent", {"pack": "scotland-2018"}, ("competence_not_apt",)),
        ("england", None, "competent", {"pack": "england-2006"}, ()),
    ],
)
def test_doubt_and_aptness(
    nation: str, age: int | None, conclusion: str, more: dict[str, Any], concerns: tuple[str, ...]
) -> None:
    assert said_of(nation, age, conclusion, **more) == concerns


@pytest.mark.parametrize(
    ("age", "nation", "told", "why_not", "concerns"),
    [
        (13, "scotland", "no", "", ("parent_not_informed",)),
        (13, "scotland", "no", "it would not be safe", ()),
        (13, "scotland", "yes", "", ()),
        (16, "scotland", "no", "", ()),
        (13, "england", "no", "", ()),
    ],
)
def test_both_are_kept_informed_until_sixteen(
    age: int, nation: str, told: str, why_not: str, concerns: tuple[str, ...]
) -> None:
    more = {"parent_informed": told, **({"parent_not_informed": why_not} if why_not else {})}
    assert said_of(nation, age, "competent", **more) == concerns


def test_nothing_assessed_is_nothing_said() -> None:
    assert assessment_concerns(facts_of(30), packs_for("england", DAY)) == ()


def test_every_pack_can_be_named_and_its_reading_rests_on_its_statements() -> None:
    packs = catalogue("competence")
    assert {pack.id for pack in packs} == set(COMPETENCE_PACKS)
    listed = [code for pack in packs for code in rules_of(pack.id).criteria]
    assert set(listed) == set(CRITERIA)
    for pack in packs:
        said = {each.id: each for each in pack.statements}
        for key, entry in pack.data["reading"].items():
            rests_on = [said[each] for each in entry] if key == "criteria" else [said[entry["says"]]]
            # were one not verified, whoever it decides for would have to be told so
            assert all(each.citation.confidence != "unverified" for each in rests_on), (pack.id, key)


def test_each_age_of_a_reading_is_in_the_words_of_its_statement() -> None:
    for pack in catalogue("competence"):
        said = {each.id: each.words for each in pack.statements}
        for key, entry in pack.data["reading"].items():
            if key not in ("criteria", "ages_until", "needs_doubt"):
                assert str(entry["age"]) in said[entry["says"]], (pack.id, key)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("[reading]", "[reaading]", "reading"),
        ('presumed_from = { age = 16, says = "presumed" }', 'presumed = { age = 16, says = "presumed" }', "presumed"),
        ('presumed_from = { age = 16, says = "presumed" }', 'presumed_from = { age = 16, says = "x" }', "says"),
        ('presumed_from = { age = 16, says = "presumed" }', 'presumed_from = { age = "16", says = "presumed" }', "age"),
        ('criteria = ["understand"', 'criteria = ["what"', "criteria"),
        ('criteria = ["understand"', 'criteria = ["presumed"', "criteria"),
    ],
)
def test_a_reading_that_is_not_fit_to_use_is_refused(old: str, new: str, field: str) -> None:
    text = (DATA / "competence" / "mca-2005.toml").read_text("utf-8")
    assert old in text
    pack = parse_pack("competence/mca-2005.toml", text.replace(old, new).encode())
    with pytest.raises(PackRefused) as refused:
        read_competence(pack)
    assert any(fault.field.endswith(field) for fault in refused.value.faults)
