"""What the whole document shows, beside contradictions; and that every sentence of the data is said by something."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from policies import evaluate, packs_for, parse_facts
from policies.flowchart import read_concerns
from policies.pack_files import catalogue, pack_named

DAY = datetime.date(2026, 3, 2)
POLICIES = Path(__file__).parents[2] / "policies"
ASKED: dict[str, Any] = {
    "purpose": {"answer": "yes"},
    "identifies": {"answer": "yes"},
    "confidential": {"answer": "yes"},
}


def codes(nation: str = "england", **given: Any) -> set[str]:
    given.setdefault("questions", ASKED)
    return {each.code for each in evaluate(parse_facts(given), packs_for(nation, DAY), DAY).concerns}


@pytest.mark.parametrize("subject", [{"living": False}, {"died_on": "2026-01-10"}])
def test_of_somebody_who_died_it_is_said_what_ends_and_what_may_not(subject: dict[str, Any]) -> None:
    assert "deceased" in codes(subject=subject)
    assert "deceased" not in codes(subject={"living": True})
    assert "deceased" not in codes()
    # a basis in data protection law may still be needed for the living people in it: it is not refused
    assert "deceased" in codes(subject=subject, basis={"codes": ["A6-E"]}, organisation={"kind": "public"})


def test_a_brother_or_sister_who_is_spoken_of_has_an_entry_of_their_own() -> None:
    assert "sibling_own_entry" in codes(information=[{}, {"about": ["subject", "sibling"]}])
    assert "sibling_own_entry" not in codes(information=[{"about": ["subject", "parent"]}])
    assert "sibling_own_entry" not in codes(people=[{"role": "sibling"}])


@pytest.mark.parametrize(
    ("by", "asked"),
    [
        ({"person": "carer"}, True),
        ({"person": "other_person", "authority": "unsure"}, True),
        ({"person": "carer", "holds_by": "order_or_agreement"}, False),
        ({"person": "carer", "authority": "yes"}, False),
        ({"person": "parent"}, False),
        ({}, False),
    ],
)
def test_who_is_no_parent_and_answers_as_one_is_asked_how(by: dict[str, str], asked: bool) -> None:
    consent = {"status": "given", "by": {"capacity": "parental_responsibility", **by}}
    assert ("responsibility_not_shown" in codes(consent=consent)) is asked
    exception = {"items": [1], "consents": [consent]}
    assert ("responsibility_not_shown" in codes(exceptions=[exception])) is asked


@pytest.mark.parametrize("confidential", [{"answer": "no"}, {"answer": "yes", "within_understanding": "yes"}])
def test_a_refusal_is_not_set_aside_unseen(confidential: dict[str, str]) -> None:
    asked = {**ASKED, "confidential": confidential}
    assert "refusal_set_aside" in codes(questions=asked, consent={"status": "refused"})
    assert "refusal_set_aside" in codes(questions=asked, consent={"status": "withdrawn"})
    assert "refusal_set_aside" not in codes(questions=asked, consent={"status": "given"})
    assert "refusal_set_aside" not in codes(questions=asked, consent={"status": "refused", "sense": "openness"})
    # where the reason is weighed instead, the refusal is not set aside but outweighed
    weighed = {**ASKED, "public_interest": {"answer": "yes"}}
    assert "refusal_set_aside" not in codes(questions=weighed, consent={"status": "refused"})


def test_a_crime_that_is_not_serious_is_named_where_only_serious_crime_counts() -> None:
    crime = {**ASKED, "public_interest": {"answer": "yes", "circumstances": ["crime"]}}
    assert "crime_not_serious" in codes(questions=crime)
    assert "crime_not_serious" not in codes("scotland", questions=crime)
    serious = {**ASKED, "public_interest": {"answer": "yes", "circumstances": ["prevent_harm"]}}
    assert "crime_not_serious" not in codes(questions=serious)
    exception = {"items": [1], "questions": {"public_interest": crime["public_interest"]}}
    assert "crime_not_serious" in codes(exceptions=[exception])


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (
            {"questions": {**ASKED, "confidential": {"answer": "no", "relationship": "formal"}}},
            "formal_not_confidential",
        ),
        ({"questions": {**ASKED, "right_way": {"checks": {"secure": "unsure"}}}}, "check_unsure"),
        ({"sexual_activity": True}, "under_13_age"),
        ({"urgent": True}, "danger_not_said"),
        (
            {"competence": {"conclusion": "competent", "criteria": {"what": {"answer": "no"}}}},
            "conclusion_against_criteria",
        ),
        (
            {"competence": {"conclusion": "competent", "pack": "girfec"}, "organisation": {"nation": "england"}},
            "competence_not_apt",
        ),
        ({"subject": {"age": 30}, "competence": {"conclusion": "not_competent"}}, "capacity_not_doubted"),
        ({"subject": {"age": 4}, "consent": {"status": "given", "by": {"capacity": "attorney"}}}, "attorney_not_apt"),
    ],
)
def test_each_is_said_of_these_facts_and_not_of_none(facts: dict[str, Any], code: str) -> None:
    assert code in codes(**facts)
    assert code not in codes()


def test_a_concern_is_said_once_however_many_lines_show_it() -> None:
    two = {"information": [{}, {}], "recipients": [{"kind": "health"}, {"kind": "police"}]}
    found = evaluate(
        parse_facts({"questions": ASKED, "consent": {"status": "given", "freely_given": "no"}, **two}),
        packs_for("england", DAY),
        DAY,
    )
    said = [each.code for each in found.concerns]
    assert said.count("not_free") == 1
    assert len({(each.code, each.words) for each in found.concerns}) == len(said)


def test_every_sentence_of_the_data_is_said_by_something() -> None:
    """By a flowchart's edge, by code, or as the doubt about an open fact (`consent_unsure`)."""
    concerns, _ = read_concerns(pack_named("concerns/uk-2026"))
    by_edges = {
        code for pack in catalogue("flowcharts") for each in pack.statements for code in each.extra.get("concerns", [])
    }
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(POLICIES.glob("*.py")))
    quoted = set(re.findall(r'"([a-z_0-9]+)"', source))
    doubts = {f"{fact}_unsure" for fact in quoted}
    assert set(concerns) - by_edges - quoted - doubts == set()


def test_what_a_sense_is_good_for_is_no_concern() -> None:
    concerns, at_once = read_concerns(pack_named("concerns/uk-2026"))
    assert not any("sense" in code and "." in code for code in (*concerns, *at_once))
