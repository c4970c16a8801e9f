"""Whatever facts are refused, their schema refuses them too, or says in words why it cannot."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from policies import codes, fields, parse_facts
from policies.errors import FactsRefused
from policies.schema_facts import NOT_SAID, RECORDS, facts_schema
from policies.shape import ListOf, Record
from tests.cases.playing import CASES

SCHEMA = facts_schema()
FACTS = Draft202012Validator(SCHEMA)
REFUSED = [case for case in CASES if "refused" in case.expected]
# Why the schema takes the facts of a refused case: by the last name of the field that is refused.
EXCUSED = {
    "expires_at": "order",
    "died_on": "order",
    "recipients": "numbers",
    "items": "numbers",
    "code": "laws",
    "codes": "laws",
}
# Facts that are refused and that the schema takes: one for each part of NOT_SAID.
TAKEN: dict[str, dict[str, Any]] = {
    "order": {"decided_at": "2026-03-02", "subject": {"died_on": "2026-03-03"}},
    "calendar": {"competence": {"conclusion": "competent", "assessed_on": "2026-02-30"}},
    "numbers": {"recipients": [{"items": [2]}]},
    "bounds": {"subject": {"age": "126"}},
    "surrogates": {"purpose": "so \ud800"},
    "laws": {"basis": {"codes": ["A6-Z"]}},
}
REFUSED_FACTS: dict[str, dict[str, Any]] = {
    "consent and consents": {"consent": {"status": "given"}, "consents": [{"status": "given"}]},
    "an exception for nothing": {"exceptions": [{"questions": {"purpose": {"answer": "no"}}}]},
    "an exception of nothing": {"exceptions": [{"items": [1]}]},
    "born and not born": {"subject": {"unborn": True, "age": 3}},
    "born and not born, as text": {"subject": {"unborn": "yes", "age": "3"}},
    "dead and living": {"subject": {"living": "true", "died_on": "2026-03-02"}},
    "a ground of somebody who was asked": {"consent": {"status": "given", "not_sought": "delay"}},
    "a form where nobody agreed": {"consent": {"status": "refused", "form": "implied"}},
    "a holder who answers for themselves": {
        "consent": {"status": "given", "by": {"capacity": "self", "holds_by": "guardian"}}
    },
    "in an exception as well": {
        "exceptions": [{"items": [1], "consents": [{"status": "refused", "form": "explicit_oral"}]}]
    },
    "a day the other way round": {"retention": {"review_on": "02-03-2026"}},
    "a day that is no day": {"retention": {"review_on": "2026-13-01"}},
    "a time for a day": {"retention": {"review_on": "2026-03-02T10:00:00Z"}},
    "a time without a zone": {"decided_at": "2026-03-02T10:00"},
    "a leap second": {"decided_at": "2026-03-02T10:00:60Z"},
    "blank words": {"purpose": " \t"},
    "a control character": {"purpose": "so\u0007"},
    "too many words": {"purpose": "x" * 4001},
    "too many words for a code": {"questions": {"duty": {"answer": "yes", "code": "x" * 41}}},
    "an unknown field": {"purpse": "x"},
    "an unknown field further in": {"recipients": [{"passing_on": {"limit": "yes"}}]},
    "an unknown answer": {"risk": {"immediate": "perhaps"}},
    "a reason without its answer": {"questions": {"purpose": {"reason": "She needs help."}}},
    "no recipient": {"recipients": []},
    "an answer without its status": {"consents": [{"by": {"capacity": "self"}}]},
    "other without words": {"information": [{"provider": {"kind": "other"}}]},
    "a number below": {"recipients": [{"items": [0]}]},
}


def last_name(field: str) -> str:
    """`consent.scope.recipients[1]` → `recipients`."""
    return field.rpartition(".")[2].partition("[")[0]


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_every_refused_case_is_refused_or_excused(case: Any) -> None:
    names = {last_name(field) for field in case.expected["refused"]}
    if FACTS.is_valid(case.facts):
        assert names <= set(EXCUSED), f"{case.name}: the schema takes it, and does not say why"
    else:
        assert not names <= set(EXCUSED), f"{case.name}: excused, and refused"


def test_some_refused_case_needs_each_excuse_that_is_made() -> None:
    taken = {last_name(field) for case in REFUSED if FACTS.is_valid(case.facts) for field in case.expected["refused"]}
    assert {"expires_at", "recipients", "code", "codes"} <= taken


@pytest.mark.parametrize("what", REFUSED_FACTS)
def test_both_refuse(what: str) -> None:
    assert not FACTS.is_valid(REFUSED_FACTS[what])
    with pytest.raises(FactsRefused):
        parse_facts(REFUSED_FACTS[what])


@pytest.mark.parametrize("what", NOT_SAID)
def test_what_it_cannot_say_it_says_in_words(what: str) -> None:
    assert set(TAKEN) == set(NOT_SAID) >= set(EXCUSED.values())
    assert FACTS.is_valid(TAKEN[what])
    assert NOT_SAID[what] in SCHEMA["description"]
    if what != "laws":  # a law is looked up once the day is known
        with pytest.raises(FactsRefused):
            parse_facts(TAKEN[what])


@pytest.mark.parametrize(
    "facts",
    [
        {"subject": {"unborn": True, "age": 0}},
        {"subject": {"unborn": "no", "age": 3}},
        {"subject": {"living": False, "died_on": "2026-03-02"}},
        {"consent": {"status": "withdrawn", "form": "implied"}},
        {"consent": {"status": "given", "by": {"holds_by": "guardian"}}},
        {"decided_at": "2026-03-02"},
        {"decided_at": "2026-03-02T10:00+01:00"},
        {"purpose": "First.\n\tThen.\n"},
        {"information": [{"special_category": "yes", "confidential": True}, {}], "recipients": [{"items": ["2"]}]},
    ],
)
def test_both_take(facts: dict[str, Any]) -> None:
    assert FACTS.is_valid(facts)
    parse_facts(facts)


def records(kind: Any) -> list[Record]:
    """Every record in a shape, itself first."""
    inner = kind.kind if isinstance(kind, ListOf) else kind
    if not isinstance(inner, Record):
        return []
    return [inner, *(each for field in inner.fields.values() for each in records(field))]


def test_each_record_of_the_facts_stands_once_under_its_name() -> None:
    named = {name: value for name, value in vars(fields).items() if isinstance(value, Record) and name != "FACTS"}
    assert {name.lower(): value for name, value in named.items()} == dict(RECORDS)
    assert all(any(each.fields == one.fields for one in records(fields.FACTS)) for each in RECORDS.values())
    text = json.dumps(SCHEMA)
    assert all(f'"#/$defs/{name}"' in text for name in SCHEMA["$defs"])
    bodies = [json.dumps(each["properties"]) for each in SCHEMA["$defs"].values() if "properties" in each]
    assert len(bodies) == len(set(bodies)) == len(RECORDS)
    assert list(codes.ANSWERS) == SCHEMA["$defs"]["answer"]["enum"][: len(codes.ANSWERS)]
    assert SCHEMA["$id"] == "urn:consent-ledger:facts"
