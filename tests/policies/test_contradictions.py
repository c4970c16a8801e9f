"""Each contradiction: the facts that show it, and the nearest facts that do not."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from policies import contradictions as module
from policies import evaluate, packs_for, parse_facts
from policies.contradictions import contradictions
from tests.policies.elsewhere import in_an_exception

DAY = datetime.date(2026, 3, 2)
PR = {"capacity": "parental_responsibility"}


def said(**given: Any) -> tuple[str, ...]:
    return contradictions(parse_facts(given))


def interest(answer: str = "yes", **more: Any) -> dict[str, Any]:
    return {"questions": {"public_interest": {"answer": answer, **more}}}


def checks(**answers: str) -> dict[str, Any]:
    return {"questions": {"right_way": {"checks": answers}}}


def exceptions(*each: dict[str, Any]) -> dict[str, Any]:
    return {"information": [{}, {}], "exceptions": list(each)}


YES, NO = {"purpose": {"answer": "yes"}}, {"purpose": {"answer": "no"}}
ROWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "harm_and_no_risk",
        {**interest(circumstances=["evidence_of_harm"]), "risk": {"significant_harm": "no"}},
        {**interest(circumstances=["prevent_harm"]), "risk": {"significant_harm": "no"}},
    ),
    (
        "harm_and_no_risk",
        {**interest(circumstances=["reasonable_cause"]), "risk": {"significant_harm": "no"}},
        {**interest(circumstances=["reasonable_cause"]), "risk": {"significant_harm": "unsure"}},
    ),
    (
        "urgency_differs",
        {"urgency": "routine", "risk": {"immediate": "yes"}},
        {"urgency": "today", "risk": {"immediate": "yes"}},
    ),
    (
        "danger_of_what",
        {"risk": {"immediate": "yes", "significant_harm": "no", "serious_harm_adult": "no", "offence": "no"}},
        {"risk": {"immediate": "yes", "significant_harm": "no", "serious_harm_adult": "no"}},
    ),
    (
        "could_act_denied",
        {"risk": {"significant_harm": "yes"}, "recipients": [{"kind": "police", "could_act": "no"}]},
        {"risk": {"significant_harm": "unsure"}, "recipients": [{"kind": "police", "could_act": "no"}]},
    ),
    (
        "could_act_denied",
        {"risk": {"offence": "yes"}, "recipients": [{"kind": "social_care", "could_act": "no"}]},
        {"risk": {"offence": "yes"}, "recipients": [{"kind": "housing", "could_act": "no"}]},
    ),
    (
        "ground_without_risk",
        {"risk": {"significant_harm": "no"}, "consent": {"status": "not_sought", "not_sought": "delay"}},
        {"risk": {"significant_harm": "no"}, "consent": {"status": "not_sought", "not_sought": "serious_crime"}},
    ),
    (
        "ground_without_risk",
        {"risk": {"serious_harm_adult": "no"}, "consent": {"status": "not_sought", "not_sought": "adult_harm"}},
        {"risk": {"significant_harm": "no"}, "consent": {"status": "not_sought", "not_sought": "adult_harm"}},
    ),
    (
        "duty_named_and_denied",
        {"questions": {"duty": {"answer": "no", "code": "COURT"}}},
        {"questions": {"duty": {"answer": "unsure", "code": "COURT"}}},
    ),
    (
        "duty_named_and_denied",
        {"questions": {"duty": {"answer": "no", "exception": "It would do harm."}}},
        {"questions": {"duty": {"answer": "no", "reason": "There is none."}}},
    ),
    (
        "limited_yet_no",
        interest("no", limited={"what": "that she is known to us"}),
        interest("unsure", limited={"what": "that she is known to us"}),
    ),
    (
        "agreement_answers_differ",
        {"questions": {"consent": {"answer": "yes"}}, "consent": {"status": "refused"}},
        {"questions": {"consent": {"answer": "yes"}}, "consent": {"status": "refused", "sense": "data_protection"}},
    ),
    (
        "agreement_answers_differ",
        {"questions": {"consent": {"answer": "no"}}, "consent": {"status": "given"}},
        {"questions": {"consent": {"answer": "no"}}, "consents": [{"status": "given"}, {"status": "refused"}]},
    ),
    (
        "responsibility_differs",
        {
            "people": [{"role": "mother", "parental_responsibility": "no"}],
            "consent": {"status": "given", "by": {**PR, "person": "parent"}},
        },
        {
            "people": [{"role": "mother", "parental_responsibility": "no"}, {"role": "father"}],
            "consent": {"status": "given", "by": {**PR, "person": "parent"}},
        },
    ),
    (
        "responsibility_differs",
        {"people": [{"role": "father", "parental_responsibility": "no"}], "consent": {"status": "refused", "by": PR}},
        {
            "people": [{"role": "father", "parental_responsibility": "no"}],
            "consent": {"status": "refused", "by": {**PR, "person": "carer"}},
        },
    ),
    (
        "home_differs",
        {
            "people": [{"role": "mother", "resident": "no"}, {"role": "father", "resident": "no"}],
            "consent": {"status": "given", "by": {**PR, "resident": "yes"}},
        },
        {
            "people": [{"role": "mother", "resident": "yes"}, {"role": "father", "resident": "no"}],
            "consent": {"status": "given", "by": {**PR, "resident": "yes"}},
        },
    ),
    (
        "holder_differs",
        {"consent": {"status": "given", "by": {**PR, "person": "parent", "holds_by": "care_order"}}},
        {"consent": {"status": "given", "by": {**PR, "person": "other_person", "holds_by": "care_order"}}},
    ),
    (
        "holder_differs",
        {"consent": {"status": "given", "by": {**PR, "person": "carer", "holds_by": "birth_parent"}}},
        {"consent": {"status": "given", "by": {**PR, "holds_by": "birth_parent"}}},
    ),
    (
        "assessed_after_decision",
        {"decided_at": "2026-03-02", "competence": {"conclusion": "competent", "assessed_on": "2026-03-03"}},
        {"decided_at": "2026-03-02", "competence": {"conclusion": "competent", "assessed_on": "2026-03-02"}},
    ),
    (
        "reason_differs",
        {"reason_codes": ["no_purpose"], "questions": YES},
        {"reason_codes": ["no_purpose"], "questions": NO},
    ),
    (
        "reason_differs",
        {"reason_codes": ["not_strong_enough"], **interest("yes")},
        {"reason_codes": ["not_strong_enough"], **interest("unsure")},
    ),
    (
        "reason_differs",
        {"reason_codes": ["agreement_refused"], "consent": {"status": "given"}},
        {"reason_codes": ["agreement_refused"], "consent": {"status": "withdrawn"}},
    ),
    (
        "reason_differs",
        {"reason_codes": ["agreement_refused"], "questions": {"consent": {"answer": "yes"}}},
        {"reason_codes": ["agreement_refused"], "questions": YES},
    ),
    (
        "reason_differs",
        {"reason_codes": ["not_necessary"], **checks(necessary="yes", need_to_know="yes")},
        {"reason_codes": ["not_necessary"], **checks(necessary="yes", need_to_know="no")},
    ),
    (
        "telling_differs",
        {"informing": {"status": "informed"}, **checks(informed="no")},
        {"informing": {"status": "later"}, **checks(informed="no")},
    ),
    (
        "telling_differs",
        {"informing": {"status": "no"}, "told_plan": {"what": "that we talked to the school"}},
        {"informing": {"status": "later"}, "told_plan": {"what": "that we talked to the school"}},
    ),
    (
        "view_and_not_asked",
        {"views": [{"of": "subject", "view": "No.", "not_asked": "She is two."}]},
        {"views": [{"of": "subject", "view": "No."}, {"of": "parent", "not_asked": "He is away."}]},
    ),
    (
        "exceptions_overlap",
        exceptions({"items": [1], "questions": YES}, {"recipients": [1], "questions": NO}),
        exceptions({"items": [1], "questions": YES}, {"items": [2], "questions": NO}),
    ),
    (
        "exceptions_overlap",
        exceptions({"items": [1], "questions": YES}, {"recipients": [1], "questions": NO}),
        exceptions({"items": [1], "questions": YES}, {"recipients": [1], "questions": YES}),
    ),
    (
        "exceptions_overlap",
        exceptions(
            {"items": [1], "consents": [{"status": "given"}]}, {"recipients": [1], "consents": [{"status": "refused"}]}
        ),
        exceptions({"items": [1], "consents": [{"status": "given"}]}, {"recipients": [1], "questions": YES}),
    ),
]


@pytest.mark.parametrize(("code", "facts", "nearest"), ROWS)
def test_two_parts_that_cannot_both_be_so(code: str, facts: dict[str, Any], nearest: dict[str, Any]) -> None:
    assert said(**facts) == (code,)
    assert said(**nearest) == ()


@pytest.mark.parametrize(("code", "facts", "nearest"), ROWS)
def test_it_reaches_the_evaluation_with_words_and_source_and_changes_no_advice(
    code: str, facts: dict[str, Any], nearest: dict[str, Any]
) -> None:
    packs = packs_for("england", DAY)
    concerns = {each.code: each for each in evaluate(parse_facts(facts), packs, DAY).concerns}
    assert concerns[code].words.endswith(".")
    assert concerns[code].citation.paragraph
    assert code not in {each.code for each in evaluate(parse_facts(nearest), packs, DAY).concerns}


def test_every_code_that_it_names_has_its_rows() -> None:
    source = Path(module.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'(?:yield |\[)"([a-z_]+)"', source))
    assert named == {code for code, _, _ in ROWS}


def test_an_exception_is_looked_at_like_the_document() -> None:
    denied = {"questions": {"duty": {"answer": "no", "code": "COURT"}}}
    assert said(**exceptions({"items": [1], **denied})) == ("duty_named_and_denied",)
    ground = {"consents": [{"status": "not_sought", "not_sought": "child_harm"}]}
    assert said(risk={"significant_harm": "no"}, **exceptions({"items": [1], **ground})) == ("ground_without_risk",)


def test_nothing_said_contradicts_nothing() -> None:
    assert said() == ()


@pytest.mark.parametrize(("code", "shown", "not_shown"), ROWS)
def test_answers_in_an_exception_for_everybody_show_the_same(
    code: str, shown: dict[str, Any], not_shown: dict[str, Any]
) -> None:
    assert code in said(**in_an_exception(shown))
    assert code not in said(**in_an_exception(not_shown))


def test_an_exception_about_something_else_hides_no_contradiction() -> None:
    beside = {"exceptions": [{"items": [1], "questions": {"duty": {"answer": "no"}}}]}
    assert said(reason_codes=["no_purpose"], questions=YES, **beside) == ("reason_differs",)
    assert said(reason_codes=["not_strong_enough"], **interest("yes"), **beside) == ("reason_differs",)
