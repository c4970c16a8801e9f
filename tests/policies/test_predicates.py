"""Each question that data may ask is shown both true and false, by facts that differ in little else."""

from typing import Any

import pytest

from policies.facts import parse_facts
from policies.fields import FACTS
from policies.lines import Outcome
from policies.predicates import PREDICATES, View
from policies.shape import Kind, ListOf, Record

PLAIN = Outcome(advice="may_share", route="consent", conditions=(), act_now=False, lines=())
CARE = {"kind": "social_care"}
UNDERSTOOD = dict.fromkeys(("why", "who", "purpose", "implications"), "yes")
CALLER = {"kind": "member_of_public", "identifiable": "yes", "agrees_to_be_named": "no"}


def question(name: str, **answers: Any) -> dict[str, Any]:
    return {"questions": {name: answers}}


def interest(**words: str) -> dict[str, Any]:
    return question("public_interest", answer="yes", **words)


def checks(**answers: str) -> dict[str, Any]:
    return question("right_way", checks=answers)


CHECKED = ("necessary", "need_to_know", "accurate", "secure")
# name -> facts for which it is true, facts for which it is false.
ADULT: dict[str, str] = {"serious_harm_adult": "yes", "immediate": "yes"}
TABLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "some_not_shared": (
        {"decision": "share", "recipients": [CARE, CARE | {"decision": "no_share"}]},
        {"decision": "no_share", "recipients": [CARE | {"decision": "share"}]},
    ),
    "something_shared": (
        {"decision": "no_share", "recipients": [CARE, CARE | {"decision": "share_part"}]},
        {"decision": "defer"},
    ),
    "nothing_shared": ({"decision": "defer"}, {}),
    "deferred": ({"decision": "defer"}, {"decision": "no_share"}),
    "anonymised": ({"decision": "share_anonymised"}, {"decision": "share"}),
    "reasons_given": ({"reasons": "She needs help."}, {"reason_codes": ["unsafe"]}),
    "only_data_protection": ({"reason_codes": ["data_protection"]}, {"reason_codes": ["data_protection", "unsafe"]}),
    "purpose_given": (question("purpose", answer="yes", reason="To get help."), question("purpose", answer="yes")),
    "urgent_record": ({"urgent": "true"}, {"urgent": "false"}),
    "hurry": ({"urgency": "today"}, {"urgency": "soon"}),
    "risk_named": ({"risk": {"offence": "yes"}}, {"risk": {"offence": "no", "immediate": "unsure"}}),
    "weighed_in_words": (interest(if_shared="One.", if_not_shared="Two."), interest(if_not_shared="Two.")),
    "in_doubt": (
        {"exceptions": [{"items": [1], "questions": {"purpose": {"answer": "unsure"}}}]},
        {"exceptions": [{"items": [1], "questions": {"purpose": {"answer": "no"}}}]},
    ),
    "advice_recorded": ({"advice": [{"role": "line manager"}]}, {}),
    "agreed": (
        {"consents": [{"status": "refused"}, {"status": "given"}]},
        {"consent": {"status": "withdrawn"}},
    ),
    "agreement_answered": ({"consent": {"status": "no_reply"}}, {}),
    "duty_named": (question("duty", answer="yes", code="COURT"), question("duty", answer="no", code="COURT")),
    "law_named": ({"basis": {"codes": ["HA02-12", "A6-E"]}}, {"basis": {"codes": ["HA02-12", "A6-A"]}}),
    "told": ({"informing": {"status": "informed"}}, {"informing": {"status": "later"}}),
    "told_later": ({"informing": {"status": "later"}}, {"informing": {"status": "no"}}),
    "not_told": ({"informing": {"status": "no"}}, {"informing": {"status": "informed"}}),
    "telling_unsafe": (
        {"informing": {"status": "no", "reason": "adult_harm"}},
        {"informing": {"status": "no", "reason": "cannot_reach"}},
    ),
    "telling_reason_given": (
        {"informing": {"status": "no", "reason": "cannot_reach"}},
        {"informing": {"status": "no"}},
    ),
    "telling_day_given": (
        {"informing": {"status": "later", "when": "2026-12-01"}},
        {"informing": {"status": "later"}},
    ),
    **{f"{name}_met": (checks(**{name: "not_applicable"}), checks(**{name: "unsure"})) for name in CHECKED},
    **{f"{name}_doubted": (checks(**{name: "unsure"}), checks(**{name: "not_applicable"})) for name in CHECKED},
    "agreed_informed": (
        {"consent": {"status": "given", "informed": UNDERSTOOD}},
        {"consent": {"status": "given", "informed": UNDERSTOOD | {"implications": "no"}}},
    ),
    "asking_unsafe": (
        {"consent": {"status": "not_sought", "not_sought": "delay"}},
        {"consent": {"status": "not_sought", "not_sought": "other", "not_sought_words": "No time."}},
    ),
    "interest_enough": (
        {"exceptions": [{"items": [1], **interest()}]},
        question("public_interest", answer="unsure", if_shared="One."),
    ),
    "child_risk_perceived": ({"risk": {"immediate": "unsure"}}, {"risk": {"serious_harm_adult": "yes"}}),
    "necessity_given": ({"necessity": "They must find him."}, {"purpose": "To find him."}),
    "proportion_written": (interest(proportionate="Her name alone."), interest(less_intrusive="A letter.")),
    "protected": ({"protect": [{}]}, {}),
    "informant_shown": (
        {"information": [{"provider": CALLER}]},
        {"information": [{"provider": CALLER | {"agrees_to_be_named": "yes"}}]},
    ),
    "named_for_advice": (
        {"advice": [{"role": "nurse"}, {"role": "manager", "named_the_person": "yes"}]},
        {"advice": [{"role": "manager", "named_the_person": "unsure"}]},
    ),
    "told_somebody_who_can_act": (
        {"decision": "share", "recipients": [CARE]},
        {"decision": "share", "recipients": [CARE | {"could_act": "no"}, {"kind": "education"}]},
    ),
    "referral": (
        {"decision": "share", "recipients": [CARE], "trigger": {"started_by": "own_concern"}},
        {"decision": "share", "recipients": [CARE], "trigger": {"started_by": "request"}},
    ),
    "by_telephone": ({"trigger": {"by_telephone": "yes"}}, {"trigger": {"by_telephone": "unsure"}}),
    "return_day_given": (
        question("duty", answer="yes", return_on="2026-12-01"),
        question("duty", answer="yes"),
    ),
}
# Those that look at what the walk found, or at later entries: name -> a view for which it is true.
BESIDE: dict[str, View] = {
    "told_to_ask": View(parse_facts({}), Outcome("seek_advice", "", (), False, ())),
    "act_now": View(parse_facts({}), Outcome("may_share", "consent", (), True, ())),
    "approval_awaited": View(parse_facts({}), Outcome("may_share", "", ("awaiting_approval",), False, ())),
    "legal_advice_needed": View(parse_facts({}), Outcome("must_share", "duty", ("legal_advice",), False, ())),
    "telling_is_due": View(parse_facts({}), PLAIN, telling_due=True),
    "what_was_sent_recorded": View(parse_facts({}), PLAIN, shared_recorded=True),
}


def test_every_question_is_in_one_of_the_tables() -> None:
    assert set(TABLE) | set(BESIDE) == set(PREDICATES)
    assert not set(TABLE) & set(BESIDE)


@pytest.mark.parametrize("name", TABLE)
def test_it_is_true_of_one_and_false_of_the_other(name: str) -> None:
    true, false = TABLE[name]
    assert PREDICATES[name].test(View(parse_facts(true), PLAIN))
    assert not PREDICATES[name].test(View(parse_facts(false), PLAIN))


@pytest.mark.parametrize("name", BESIDE)
def test_it_looks_at_what_the_walk_found(name: str) -> None:
    assert PREDICATES[name].test(BESIDE[name])
    assert not PREDICATES[name].test(View(parse_facts({}), PLAIN))


@pytest.mark.parametrize(
    ("risk", "child"),
    [
        ({"immediate": "yes"}, True),
        ({"immediate": "yes", "serious_harm_adult": "no"}, True),
        ({"immediate": "yes", "serious_harm_adult": "yes"}, False),
        ({"immediate": "yes", "serious_harm_adult": "unsure"}, False),
        ({"immediate": "yes", "serious_harm_adult": "yes", "significant_harm": "unsure"}, True),
        ({"serious_harm_adult": "yes", "offence": "yes"}, True),
    ],
)
def test_what_may_happen_at_any_moment_may_be_the_danger_to_an_adult(risk: dict[str, str], child: bool) -> None:
    assert PREDICATES["child_risk_perceived"].test(View(parse_facts({"risk": risk}), PLAIN)) is child


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        ({"subject": {"age": 17}, "risk": ADULT}, True),
        ({"subject": {"age": 18}}, False),
        ({"subject": {"age": 30}, "risk": ADULT | {"significant_harm": "yes"}}, True),
        ({"risk": ADULT}, False),
        ({"risk": {"serious_harm_adult": "no"}}, True),
        ({"subject": {"unborn": True}, "risk": ADULT}, True),
    ],
)
def test_childrens_social_care_is_asked_again_of_a_child_only(facts: dict[str, Any], due: bool) -> None:
    told = {"decision": "share", "recipients": [CARE], "trigger": {"started_by": "own_concern"}}
    assert PREDICATES["referral"].test(View(parse_facts({**told, **facts}), PLAIN)) is due


def test_danger_is_a_hurry_and_an_anonymous_route_is_anonymised() -> None:
    assert PREDICATES["hurry"].test(BESIDE["act_now"])
    route = View(parse_facts({"decision": "share"}), Outcome("may_share", "anonymised", (), False, ()))
    assert PREDICATES["anonymised"].test(route)


def leads_somewhere(path: str) -> bool:
    """Whether there is such a field among the facts."""
    kind: Kind = FACTS
    for name in path.split("."):
        while isinstance(kind, ListOf):
            kind = kind.kind
        if not isinstance(kind, Record) or name not in kind.fields:
            return False
        kind = kind.fields[name]
    return True


def test_what_a_status_rests_on_are_fields_that_people_fill_in() -> None:
    paths = {path for each in PREDICATES.values() for path in each.paths}
    # the sending is an entry of its own, after the decision
    assert {path for path in paths if not leads_somewhere(path)} == {"shared_recorded"}
    assert all(each.paths for each in PREDICATES.values())
