"""Facts: what is read, what is implied, what is refused; a missing answer is never a no."""

import datetime
import subprocess
import sys
from typing import Any

import pytest
from ruamel.yaml import YAML

from policies.errors import FactsRefused
from policies.facts import FACTS, Criterion, Facts, parse_facts


def refused(**given: object) -> list[tuple[str, str, str]]:
    with pytest.raises(FactsRefused) as caught:
        parse_facts(given)
    return [(fault.field, fault.expected, fault.got) for fault in caught.value.faults]


def test_an_empty_document_answers_nothing() -> None:
    facts = parse_facts({})
    assert facts == Facts()
    assert facts.questions.purpose.answer == ""
    assert facts.subject.living is None
    assert facts.decided_on is None
    assert (len(facts.information), len(facts.recipients)) == (1, 1)
    assert (facts.implied_item, facts.implied_recipient) == (True, True)


def test_questions_consent_competence_risk_and_basis_may_stand_alone() -> None:
    facts = parse_facts(
        {
            "questions": {"purpose": {"answer": True}, "duty": {"answer": "no"}},
            "consent": {"status": "refused", "by": {"capacity": "self"}},
            "competence": {"conclusion": "competent", "criteria": {"why": {"answer": "yes"}}},
            "risk": {"significant_harm": "unsure"},
            "basis": {"codes": ["CA89-17"]},
        }
    )
    assert facts.questions.purpose.answer == "yes"
    assert facts.questions.duty.answer == "no"
    assert facts.questions.confidential.answer == ""
    assert [consent.status for consent in facts.consents] == ["refused"]
    assert facts.competence is not None
    assert facts.competence.criteria == (("why", Criterion("yes")),)
    assert facts.risk.significant_harm == "unsure"
    assert facts.basis.codes == ("CA89-17",)


def test_the_whole_shape_becomes_values() -> None:
    facts = parse_facts(whole(FACTS))
    assert facts.information[0].provider.kind == "subject"
    assert facts.recipients[0].passing_on.intended == "yes"
    assert facts.exceptions[0].questions is not None
    assert facts.exceptions[0].questions.public_interest.limited is not None
    assert facts.exceptions[0].consents[0].scope.items == (1,)
    assert facts.retention.class_ == "words"
    assert facts.decided_on == datetime.date(2026, 3, 2)
    assert hash(facts) == hash(parse_facts(whole(FACTS)))


def whole(record: Any) -> dict[str, Any]:
    """Every field filled in, except those that may not stand together."""
    one_of = {"consent", "expires_at", "not_sought", "not_sought_words"} - {"consent"}
    found = {}
    for name, kind in record.fields.items():
        if name in one_of or (record is FACTS and name == "consent"):
            continue
        found[name] = sample(kind)
    if found.get("unborn"):
        found["age"] = 0
        del found["died_on"]
    if found.get("capacity") == "self":
        del found["holds_by"]
    return found


def sample(kind: Any) -> Any:
    if hasattr(kind, "fields"):
        return whole(kind)
    if hasattr(kind, "kind"):
        return [sample(kind.kind)]
    if hasattr(kind, "codes"):
        return next(iter(kind.codes))
    by_name = {"Text": "words", "Flag": True, "Whole": 1, "Day": "2026-03-02", "Moment": "2026-03-02T10:00:00Z"}
    return by_name[type(kind).__name__]


def test_numbers_of_items_and_recipients_must_be_there() -> None:
    two = [{"description": "a"}, {"description": "b"}]
    faults = refused(
        information=two,
        recipients=[{"items": [1, 3]}],
        exceptions=[{"items": [2], "recipients": [2], "questions": {"duty": {"answer": "no"}}}],
        questions={"duty": {"answer": "yes", "extent_items": [4]}},
        consents=[{"status": "given", "scope": {"items": [9]}}],
    )
    assert faults == [
        ("recipients[1].items[2]", "the number of one of the 2 items", "3"),
        ("questions.duty.extent_items[1]", "the number of one of the 2 items", "4"),
        ("exceptions[1].recipients[1]", "the number of one of the 1 recipients", "2"),
        ("consents[1].scope.items[1]", "the number of one of the 2 items", "9"),
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"consent": {"status": "given"}, "consents": [{"status": "refused"}]}, "consent"),
        ({"consent": {"status": "given", "not_sought": "delay"}}, "consent.not_sought"),
        ({"consents": [{"status": "refused", "form": "implied"}]}, "consents[1].form"),
        (
            {"consent": {"status": "given", "by": {"capacity": "self", "holds_by": "guardian"}}},
            "consent.by.holds_by",
        ),
        ({"consent": {"status": "given", "by": {"holds_by": "other"}}}, "consent.by.evidence"),
        (
            {"consent": {"status": "given", "obtained_at": "2026-03-02", "expires_at": "2026-03-01"}},
            "consent.expires_at",
        ),
        ({"subject": {"unborn": True, "age": 3}}, "subject.age"),
        ({"subject": {"living": True, "died_on": "2026-03-01"}}, "subject.died_on"),
        ({"subject": {"died_on": "2026-03-03"}, "decided_at": "2026-03-02"}, "subject.died_on"),
        ({"exceptions": [{"questions": {"duty": {"answer": "no"}}}]}, "exceptions[1]"),
        ({"exceptions": [{"items": [1]}]}, "exceptions[1]"),
        (
            {"exceptions": [{"items": [1], "consents": [{"status": "no_reply", "form": "implied"}]}]},
            "exceptions[1].consents[1].form",
        ),
        ({"consent": {"status": "not_sought", "not_sought": "other"}}, "consent.not_sought_words"),
        ({"reason_codes": ["other"]}, "reasons"),
        (
            {"questions": {"public_interest": {"answer": "yes", "circumstances": ["other"]}}},
            "questions.public_interest.circumstances_words",
        ),
        ({"questions": {"duty": {"reason": "it does"}}}, "questions.duty.answer"),
        ({"name": "Robin Example"}, "(not shown)"),
    ],
)
def test_what_nobody_can_mean_is_refused(given: dict[str, Any], field: str) -> None:
    assert [fault[0] for fault in refused(**given)] == [field]


def test_no_more_lines_than_somebody_would_wait_for() -> None:
    items, whole = [{}] * 50, {"kind": "police"}
    assert len(parse_facts({"information": items, "recipients": [whole] * 20}).recipients) == 20
    with pytest.raises(FactsRefused) as refused:
        parse_facts({"information": items, "recipients": [whole] * 20 + [{**whole, "items": [1]}]})
    (fault,) = refused.value.faults
    assert (fault.field, fault.got) == ("recipients", "1,001: 50 items to 21 recipients")
    assert "Split it" in fault.hint


def test_a_value_in_a_refusal_is_never_an_age() -> None:
    assert refused(subject={"age": "thirteen"})[0][2] == "a value that is not repeated here"
    assert refused(subject={"age": 130})[0][2] == "a value that is not repeated here"


def test_reading_facts_loads_nothing_but_the_standard_library() -> None:
    heavy = "pydantic ruamel sqlmodel typer orjson nacl cryptography rich"
    code = f"import sys, policies.facts; print([m for m in {heavy.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_template_without_its_marks_is_yaml_with_every_field_and_no_other() -> None:
    bare = "\n".join(line[2:] for line in FACTS.template().splitlines() if line.startswith("# "))
    read = YAML(typ="base", pure=True).load(bare)
    assert names(read) == shape_names(FACTS)


def names(value: Any) -> Any:
    if isinstance(value, list):
        return names(value[0])
    return {name: names(inner) for name, inner in value.items()} if isinstance(value, dict) else {}


def shape_names(kind: Any) -> Any:
    if hasattr(kind, "kind"):
        return shape_names(kind.kind)
    return {name: shape_names(inner) for name, inner in kind.fields.items()} if hasattr(kind, "fields") else {}
