"""The published schemas: what docs/schemas holds is what the code makes, and what goes in and comes out fits them.

To write them anew: python -m policies schema facts > docs/schemas/facts.json, and so for evaluation.
"""

import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from policies import evaluate, evaluate_json, packs_for, parse_facts
from policies.__main__ import main
from policies.errors import FactsRefused
from policies.schema import SCHEMAS, schema_text
from tests.cases.playing import CASES, PlayedCase

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"
FACTS, EVALUATION = (Draft202012Validator(SCHEMAS[name]()) for name in ("facts", "evaluation"))
TAKEN = [case for case in CASES if "refused" not in case.expected]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_file_is_what_the_program_writes(name: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert main(["schema", name], out, err) == 0
    assert out.getvalue() == schema_text(name) == (PUBLISHED / f"{name}.json").read_text(encoding="utf-8")
    assert err.getvalue() == ""


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("arguments", [[], ["schema"], ["schema", "ledger"], ["facts"], ["schema", "facts", "more"]])
def test_other_words_are_wrong_usage(arguments: list[str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    assert main(arguments, out, err) == 2
    assert (out.getvalue(), err.getvalue()) == ("", "usage: python -m policies schema facts|evaluation\n")


@pytest.mark.parametrize("table", sorted({case.table for case in TAKEN}))
def test_facts_and_evaluations_of_the_case_tables_fit(table: str) -> None:
    for case in (one for one in TAKEN if one.table == table):
        assert_fits(FACTS, case.facts, case)
        assert_fits(EVALUATION, case.evaluated().to_json(), case)


def assert_fits(schema: Any, value: Any, case: PlayedCase) -> None:
    wrong = [f"{error.json_path}: {error.message}" for error in schema.iter_errors(value)]
    assert wrong == [], case.name


def test_one_call_takes_and_gives_plain_values() -> None:
    for case in TAKEN[:40]:
        taken = json.loads(json.dumps(case.facts))
        found = evaluate_json(taken, nation=case.nation, on=case.day, chosen=case.chosen)
        facts = parse_facts(case.facts)
        packs = packs_for(facts.organisation.nation or case.nation, facts.decided_on or case.day, case.chosen)
        assert found == json.loads(json.dumps(evaluate(facts, packs, case.day).to_json())), case.name


def test_the_nation_of_the_facts_counts_before_the_argument_and_what_is_chosen_is_used() -> None:
    day = datetime.date(2026, 3, 2)

    def used(facts: dict[str, Any], **more: Any) -> set[str]:
        return {pack["id"] for pack in evaluate_json(facts, nation="england", on=day, **more)["packs"]}

    assert "flowcharts/england-2006" in used({})
    assert "flowcharts/girfec-vsp" in used({"organisation": {"nation": "scotland"}})
    assert "rules/2008-seven" in used({"decided_at": "2010-01-01"})
    assert "rules/salford-2018" in used({}, chosen=(("rules", "salford-2018"),))


def test_without_any_day_it_is_refused() -> None:
    with pytest.raises(FactsRefused) as refused:
        evaluate_json({}, nation="england")
    assert [fault.field for fault in refused.value.faults] == ["decided_at"]


# what is wrong · how the evaluation is changed
CHANGED = {
    "an advice that is none": lambda found: found.update(advice="must_not_share"),
    "a part missing": lambda found: found.pop("trace"),
    "a part too many": lambda found: found.update(score=7),
    "no line": lambda found: found.update(lines=[]),
    "a line without a trace": lambda found: found["lines"][0].pop("trace"),
    "a rule kept": lambda found: found["rules"][0].update(status="complied"),
    "a citation without a paragraph": lambda found: found["trace"][0]["citation"].pop("paragraph"),
    "a digest that is none": lambda found: found["packs"][0].update(digest="unknown"),
    "a sense missing": lambda found: found["senses"].pop("openness"),
    "a point that is none": lambda found: found["readings"][0].update(point="weather"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_the_schema_of_evaluations_refuses(what: str) -> None:
    found = json.loads(json.dumps(TAKEN[0].evaluated().to_json()))
    assert EVALUATION.is_valid(found)
    CHANGED[what](found)
    assert not EVALUATION.is_valid(found)


@pytest.mark.parametrize(
    "facts",
    [
        {"purpse": "x"},
        {"risk": {"immediate": "perhaps"}},
        {"questions": {"purpose": {"reason": "no answer"}}},
        {"recipients": []},
        {"consents": [{"by": {"capacity": "self"}}]},
    ],
)
def test_the_schema_of_facts_refuses_what_the_code_refuses(facts: dict[str, Any]) -> None:
    assert not FACTS.is_valid(facts)
    with pytest.raises(FactsRefused):
        parse_facts(facts)
