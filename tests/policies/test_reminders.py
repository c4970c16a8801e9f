"""policies.reminders: each applies where the facts show it, and not once what it asks for is recorded."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from policies import evaluate, packs_for, parse_facts
from policies.reminders import REMINDERS, reminders
from tests.policies.elsewhere import in_an_exception

DAY = datetime.date(2026, 3, 2)
SOCIAL_CARE = {"kind": "social_care"}
POLICE = {"kind": "police"}
OFFENCE: dict[str, Any] = {"decision": "share", "risk": {"offence": "yes"}}
REFERRAL: dict[str, Any] = {
    "decision": "share",
    "trigger": {"started_by": "own_concern"},
    "recipients": [SOCIAL_CARE],
}
PASSED_ON: dict[str, Any] = {
    "decision": "share",
    "recipients": [{"kind": "education", "passing_on": {"intended": "yes"}}],
}
TOLD: dict[str, Any] = {"informing": {"status": "later"}}
NOT_REACHED: dict[str, Any] = {"consent": {"status": "unobtainable"}}
CHILD: dict[str, Any] = {"decision": "no_share", "subject": {"age": 17}}
HEARSAY: dict[str, Any] = {"nature": "fact", "source": "third_party", "verified": "no"}

APPLIES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("police_not_asked", OFFENCE, {"recipients": [POLICE]}),
    ("police_not_asked", OFFENCE, {"recipients": [SOCIAL_CARE]}),
    ("police_not_asked", OFFENCE, {"advice": [{"role": "detective sergeant"}]}),
    ("police_not_asked", OFFENCE, {"risk": {"offence": "unsure"}}),
    (
        "police_not_asked",
        {**OFFENCE, "author": {"kind": "social_worker"}, "recipients": [SOCIAL_CARE]},
        {"author": {"kind": "teacher"}},
    ),
    (
        "police_not_asked",
        {**OFFENCE, "recipients": [{**POLICE, "decision": "no_share", "reason": "not yet"}]},
        {"recipients": [POLICE]},
    ),
    ("telling_not_settled", {**OFFENCE, **TOLD}, {"informing": {"status": "no"}}),
    ("telling_not_settled", {**OFFENCE, "informing": {"status": "informed"}}, {"advice": [{"role": "police"}]}),
    ("telling_not_settled", {**OFFENCE, **TOLD}, {"risk": {"significant_harm": "yes"}}),
    ("referral_not_settled", REFERRAL, {"told_plan": {"what": "who will visit"}}),
    ("referral_not_settled", REFERRAL, TOLD),
    ("referral_not_settled", REFERRAL, {"decision": "no_share"}),
    ("referral_not_settled", REFERRAL, {"trigger": {"started_by": "request"}}),
    ("referral_not_settled", REFERRAL, {"recipients": [POLICE]}),
    ("referral_not_settled", REFERRAL, {"subject": {"age": 18}}),
    (
        "onward_not_settled",
        PASSED_ON,
        {"recipients": [{"passing_on": {"intended": "yes", "limits_explained": "yes"}}]},
    ),
    ("onward_not_settled", PASSED_ON, {"recipients": [{"passing_on": {"intended": "no"}}]}),
    ("onward_not_settled", PASSED_ON, {"decision": "no_share"}),
    (
        "onward_not_settled",
        {"questions": {"right_way": {"checks": {"onward": "no"}}}},
        {"questions": {"right_way": {"checks": {"onward": "yes"}}}},
    ),
    ("taken_for_granted", {"reason_codes": ["known_already"]}, {"reason_codes": ["not_necessary"]}),
    ("fact_not_checked", {"information": [HEARSAY]}, {"information": [{**HEARSAY, "nature": "opinion"}]}),
    ("fact_not_checked", {"information": [HEARSAY]}, {"information": [{**HEARSAY, "source": "first_hand"}]}),
    (
        "fact_not_checked",
        {"information": [{"nature": "fact"}, {**HEARSAY, "verified": "unsure"}]},
        {"information": [{**HEARSAY, "verified": "yes"}]},
    ),
    ("tried_not_described", NOT_REACHED, {"consent": {"status": "unobtainable", "tried": "rang three times"}}),
    ("tried_not_described", NOT_REACHED, {"consent": {"status": "no_reply"}}),
    ("tried_not_described", NOT_REACHED, {"subject": {"living": False}}),
    (
        "tried_not_described",
        {"exceptions": [{"items": [1], "consents": [{"status": "unobtainable"}]}]},
        {"exceptions": [{"items": [1], "consents": [{"status": "unobtainable", "tried": "wrote to her"}]}]},
    ),
    ("nobody_heard", CHILD, {"views": [{"of": "subject", "view": "would like the help"}]}),
    ("nobody_heard", CHILD, {"views": [{"of": "subject", "not_asked": "three months old"}]}),
    ("nobody_heard", CHILD, {"consent": {"status": "refused"}}),
    ("nobody_heard", CHILD, {"exceptions": [{"items": [1], "consents": [{"status": "given"}]}]}),
    ("nobody_heard", CHILD, {"questions": {"consent": {"answer": "no"}}}),
    ("nobody_heard", CHILD, {"questions": {"identifies": {"answer": "no"}}}),
    ("nobody_heard", CHILD, {"risk": {"significant_harm": "yes"}}),
    ("nobody_heard", CHILD, {"urgent": True}),
    ("nobody_heard", CHILD, {"subject": {"age": 18}}),
    ("nobody_heard", CHILD, {"subject": {}}),
    ("nobody_heard", CHILD, {"subject": {"age": 17, "living": False}}),
]


def found(mapping: Mapping[str, Any]) -> list[str]:
    return reminders(parse_facts(mapping))


@pytest.mark.parametrize(("code", "facts", "put_right"), APPLIES, ids=[f"{row[0]}-{row[2]}" for row in APPLIES])
def test_it_applies_until_what_it_asks_for_is_there(
    code: str, facts: dict[str, Any], put_right: dict[str, Any]
) -> None:
    assert code in found(facts)
    assert code not in found({**facts, **put_right})


def test_every_reminder_is_in_the_table() -> None:
    assert {row[0] for row in APPLIES} == set(REMINDERS)


def test_nothing_recorded_reminds_of_nothing() -> None:
    assert found({}) == []


@pytest.mark.parametrize("code", REMINDERS)
def test_people_read_it_with_its_source_and_the_advice_stays(code: str) -> None:
    facts, put_right = next((facts, put_right) for name, facts, put_right in APPLIES if name == code)
    packs = packs_for("england", DAY)
    said = {each.code: each for each in evaluate(parse_facts(facts), packs, DAY).concerns}
    assert said[code].words.endswith(".")
    assert said[code].citation.confidence == "seed"
    assert code not in {each.code for each in evaluate(parse_facts({**facts, **put_right}), packs, DAY).concerns}


def test_what_a_flowchart_asks_itself_is_not_said_twice() -> None:
    packs = packs_for("scotland", DAY)
    said = [each.code for each in evaluate(parse_facts(CHILD), packs, DAY).concerns]
    assert "family_not_involved" in said
    assert "nobody_heard" not in said


def test_in_danger_other_children_are_thought_of() -> None:
    child = evaluate(parse_facts({"risk": {"significant_harm": "yes"}}), packs_for("england", DAY), DAY)
    assert [each.id for each in child.act_now_says] == ["child", "others"]
    assert child.act_now_says[1].citation.paragraph == "23.4, 83.1"
    adult = evaluate(parse_facts({"risk": {"serious_harm_adult": "yes"}}), packs_for("england", DAY), DAY)
    assert [each.id for each in adult.act_now_says] == ["adult"]


ASSESSED: list[tuple[dict[str, Any], str, bool]] = [
    ({"conclusion": "competent"}, "england", True),
    ({"conclusion": "not_competent"}, "england", True),
    ({"conclusion": "unsure"}, "england", False),
    ({"conclusion": "competent", "criteria": {"question": {"answer": "yes"}}}, "england", False),
    ({"conclusion": "competent"}, "scotland", False),
    ({"conclusion": "competent", "pack": "girfec"}, "england", False),
]


@pytest.mark.parametrize(("assessed", "nation", "missing"), ASSESSED)
def test_a_conclusion_says_what_was_looked_at_where_the_guidance_has_criteria(
    assessed: dict[str, Any], nation: str, missing: bool
) -> None:
    facts = parse_facts({"subject": {"age": 11}, "competence": assessed})
    said = {each.code for each in evaluate(facts, packs_for(nation, DAY), DAY).concerns}
    assert ("criteria_not_looked_at" in said) == missing


@pytest.mark.parametrize(("code", "facts", "put_right"), APPLIES, ids=[f"{row[0]}-{row[2]}" for row in APPLIES])
def test_it_applies_alike_to_answers_in_an_exception_for_everybody(
    code: str, facts: dict[str, Any], put_right: dict[str, Any]
) -> None:
    assert code in found(in_an_exception(facts))
    assert code not in found(in_an_exception({**facts, **put_right}))
