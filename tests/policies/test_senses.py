"""Three things that are called consent, each with what stands in it, and none filling in for another."""

import datetime
from typing import Any

import pytest

from policies import evaluate, packs_for, parse_facts
from policies.codes import SENSES
from policies.evaluation import Evaluation
from policies.senses import STANDS

DAY = datetime.date(2026, 3, 2)
ASKED = {"purpose": {"answer": "yes"}, "identifies": {"answer": "yes"}, "confidential": {"answer": "yes"}}
FULL = {
    "status": "given",
    "freely_given": "yes",
    "informed": {"why": "yes", "who": "yes", "purpose": "yes", "implications": "yes"},
}
DP, OPEN = {"sense": "data_protection"}, {"sense": "openness"}


def ev(**given: Any) -> Evaluation:
    given.setdefault("questions", ASKED)
    given.setdefault("organisation", {"kind": "other", "nation": "england"})
    return evaluate(parse_facts(given), packs_for("england", DAY), DAY)


def stands(**given: Any) -> dict[str, str]:
    return {each.sense: each.stands for each in ev(**given).senses}


def expect(confidence: str, data_protection: str = "not_asked", openness: str = "not_asked") -> dict[str, str]:
    return {"confidence": confidence, "data_protection": data_protection, "openness": openness}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, expect("not_asked")),
        ({"consents": [FULL]}, expect("good")),
        ({"consents": [{"status": "refused"}]}, expect("refused")),
        ({"consents": [{**FULL, **DP}]}, expect("not_asked", "good")),
        ({"consents": [{"status": "refused", **DP}, FULL]}, expect("good", "refused")),
        ({"consents": [{**FULL, **DP, "freely_given": "no"}]}, expect("not_asked", "bad")),
        ({"consents": [{**FULL, **DP, "freely_given": "unsure"}]}, expect("not_asked", "open")),
        ({"consents": [{**FULL, "freely_given": "unsure"}]}, expect("open")),
        ({"consents": [{**FULL, "scope": {"items": [1]}}], "information": [{}, {}]}, expect("mixed")),
        (
            {"consents": [{**FULL, **DP, "scope": {"items": [1]}}], "information": [{}, {}]},
            expect("not_asked", "mixed"),
        ),
        *[
            ({"consents": [{"status": status, **OPEN}]}, expect("not_asked", "not_asked", stood))
            for status, stood in [
                ("given", "good"),
                ("refused", "refused"),
                ("withdrawn", "withdrawn"),
                ("no_reply", "no_reply"),
                ("unobtainable", "unobtainable"),
                ("not_sought", "not_asked"),
            ]
        ],
        (
            {"consents": [{"status": "given", **OPEN}, {"status": "refused", **OPEN, "by": {"person": "parent"}}]},
            expect("not_asked", "not_asked", "mixed"),
        ),
        (
            {"views": [{"of": "subject", "view": "She would rather not."}]},
            expect("not_asked", "not_asked", "view_recorded"),
        ),
        ({"views": [{"of": "subject", "not_asked": "She is two."}]}, expect("not_asked")),
        # a view stands however it was asked for: nothing rests on it
        ({"consents": [{"status": "given", "freely_given": "no", **OPEN}]}, expect("not_asked", "not_asked", "good")),
    ],
)
def test_what_stands_in_each_sense(given: dict[str, Any], expected: dict[str, str]) -> None:
    assert stands(**given) == expected


def test_data_protection_asks_those_whom_it_is_about_and_confidence_who_gave_it() -> None:
    told_by_the_child = {"about": ["parent"], "provider": {"kind": "subject"}}
    child, mother = {"by": {"capacity": "self"}}, {"by": {"capacity": "self", "person": "parent"}}
    both = stands(information=[told_by_the_child], consents=[{**FULL, **child}, {**FULL, **DP, **mother}])
    assert both == expect("good", "good")
    crossed = stands(information=[told_by_the_child], consents=[{**FULL, **mother}, {**FULL, **DP, **child}])
    assert crossed == expect("not_asked", "not_asked")


def test_an_exception_may_answer_in_another_sense_for_some_lines() -> None:
    exception = {"items": [2], "consents": [{**FULL, **DP}]}
    assert stands(information=[{}, {}], exceptions=[exception], consents=[FULL]) == expect("mixed", "mixed")


RELIED = {"codes": ["A6-A", "A9-A"]}


@pytest.mark.parametrize(
    ("given", "concerns"),
    [
        ({"basis": RELIED, "consents": [{**FULL, **DP}]}, set()),
        ({"basis": RELIED, "consents": [FULL]}, {"wrong_sense"}),
        ({"basis": RELIED, "consents": [{**FULL, **OPEN}]}, {"wrong_sense"}),
        ({"basis": RELIED, "consents": [{**FULL, **DP, "freely_given": "no"}]}, {"wrong_sense"}),
        ({"basis": RELIED, "consents": [{"status": "withdrawn", **DP}]}, {"wrong_sense"}),
        ({"basis": {"codes": ["A6-A"]}, "consents": [{"status": "refused", **DP}]}, {"wrong_sense"}),
        ({"basis": {"codes": ["A6-F"]}, "consents": [{"status": "refused", **DP}]}, set()),
        ({"consents": [{"status": "refused", **DP}]}, set()),
        ({"basis": RELIED, "consents": [{**FULL, **DP, "form": "implied"}]}, {"explicit_needed"}),
        ({"basis": {"codes": ["A6-A"]}, "consents": [{**FULL, **DP, "form": "implied"}]}, set()),
        (
            {"basis": RELIED, "consents": [{**FULL, **DP}], "organisation": {"kind": "public", "nation": "england"}},
            {"consent_weak"},
        ),
        # where it stands for some only, what else of that layer is relied on may be for the rest
        (
            {
                "basis": {"codes": ["A6-A"]},
                "information": [{}, {}],
                "consents": [{**FULL, **DP, "scope": {"items": [1]}}],
            },
            {"wrong_sense"},
        ),
        (
            {
                "basis": {"codes": ["A6-A", "A6-F"]},
                "information": [{}, {}],
                "consents": [{**FULL, **DP, "scope": {"items": [1]}}],
            },
            set(),
        ),
    ],
)
def test_consent_in_data_protection_law_is_not_filled_in_by_another(given: dict[str, Any], concerns: set[str]) -> None:
    found = {each.code for each in ev(**given).concerns}
    assert found & {"wrong_sense", "explicit_needed", "consent_weak"} == concerns


@pytest.mark.parametrize("status", ["given", "refused"])
def test_consent_in_data_protection_law_releases_and_withholds_no_confidence(status: str) -> None:
    without, beside = ev(), ev(consents=[{**FULL, **DP, "status": status}])
    assert [line.advice for line in beside.lines] == [line.advice for line in without.lines] == ["seek_consent_first"]
    agreed, beside = ev(consents=[FULL]), ev(consents=[FULL, {**FULL, **DP, "status": status}])
    assert [(line.advice, line.route) for line in beside.lines] == [("may_share", "consent")]
    assert [line.trace for line in beside.lines] == [line.trace for line in agreed.lines]


def test_each_sense_says_in_words_what_it_is_good_for_and_where_that_is_said() -> None:
    found = ev(consents=[FULL]).to_json()["senses"]
    assert list(found) == list(SENSES)
    assert found["confidence"]["stands"] == "good"
    assert found["confidence"]["words"] == STANDS["good"] == "agreed"
    assert "no basis" in found["confidence"]["serves"]
    assert "no confidence" in found["data_protection"]["serves"]
    assert all(each["citation"]["document"] and each["citation"]["paragraph"] for each in found.values())
