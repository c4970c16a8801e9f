"""The paragraphs of the guidance played out: england_2006.toml, one test for each case in plain words."""

import datetime
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policies import evaluate, packs_for, parse_facts
from policies.evaluation import Evaluation

TABLE = tomllib.loads(Path(__file__).with_name("england_2006.toml").read_text(encoding="utf-8"))
ABOUT_THE_CASE = {"paragraph", "words", "expect", "lines", "nation"}


def written_out(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A question given as its answer alone, as the field it stands for."""
    whole = dict(facts)
    if "questions" in whole:
        whole["questions"] = {
            name: {"answer": said} if isinstance(said, str) else said for name, said in whole["questions"].items()
        }
    return whole


def evaluated(case: Mapping[str, Any]) -> Evaluation:
    facts = {key: value for key, value in case.items() if key not in ABOUT_THE_CASE}
    day = datetime.date.fromisoformat(TABLE["day"])
    return evaluate(parse_facts(written_out(facts)), packs_for(case.get("nation", TABLE["nation"]), day), day)


@pytest.mark.parametrize("case", TABLE["case"], ids=[f"{c['paragraph']}: {c['words'][:60]}" for c in TABLE["case"]])
def test_the_paragraph_is_followed(case: dict[str, Any]) -> None:
    found, expect = evaluated(case), case["expect"]
    (decisive,) = [step.question for step in found.trace if step.decisive]
    assert (found.advice, found.route, decisive) == (expect["advice"], expect["route"], expect["decisive"])
    assert list(found.conditions) == expect.get("conditions", [])
    assert found.act_now == expect.get("act_now", False)
    concerns = [each.code for each in found.concerns]
    if "concerns" in expect:
        missing = [code for code in expect["concerns"] if code not in concerns]
        assert not missing, f"concerns are {concerns}"
        assert bool(concerns) == bool(expect["concerns"])
    lines = [f"{line.item} {line.recipient} {line.advice}" for line in found.lines]
    assert lines == case.get("lines", lines)
    statuses = {str(rule.number): rule.status for rule in found.rules}
    assert {number: statuses[number] for number in expect.get("rules", {})} == expect.get("rules", {})
    if "differs" in expect:
        assert list(found.differs(case["decision"])) == expect["differs"]


def test_the_table_covers_the_paragraphs() -> None:
    wanted = (
        "3.7 3.8 3.9 3.11 3.12 3.16 3.17 3.20 4.3 4.6 4.8 4.10 4.13 4.14 4.15 4.16 4.17 4.18 4.19 4.20 4.21 4.22 4.23 "
    )
    wanted += "4.24 4.25 4.26 4.27 4.28 4.29"
    there = {case["paragraph"] for case in TABLE["case"]}
    assert set(wanted.split()) <= there
    assert len(TABLE["case"]) >= 30
