"""The laws that a document names are told of with what must be so, and with what of them is not verified."""

import datetime
from typing import Any

import pytest

from policies import bases
from policies.codes import NATIONS
from policies.evaluation import Evaluation, evaluate
from policies.facts import parse_facts
from policies.packs import packs_for

DAY = datetime.date(2026, 11, 22)


def judged(day: datetime.date = DAY, nation: str = "england", **given: Any) -> Evaluation:
    return evaluate(
        parse_facts({"organisation": {"nation": nation, "kind": "public"}, **given}), packs_for(nation, day), day
    )


def duty(code: str, answer: str = "yes", **more: Any) -> dict[str, Any]:
    return {"duty": {"answer": answer, "code": code, **more}}


def test_a_basis_and_each_duty_is_told_of_once_in_the_order_of_the_document() -> None:
    exceptions = [{"items": [1], "questions": duty("CA89-47")}, {"recipients": [1], "questions": duty("A6-E", "no")}]
    found = (
        judged(basis={"codes": ["A6-E", "COURT"]}, questions=duty("COURT", "unsure"), exceptions=exceptions[:1]).laws
        + judged(exceptions=exceptions).laws
    )
    assert [each.code for each in found] == ["A6-E", "COURT", "CA89-47", "CA89-47", "A6-E"]
    assert judged().laws == ()


def test_it_says_what_must_be_so_and_when_a_duty_gives_way() -> None:
    (law,) = judged(questions=duty("CA89-47")).to_json()["laws"]
    assert list(law) == ["code", "name", "effect", "must_be_true", "exception", "unverified", "citation"]
    assert law["effect"] == "a duty"
    assert "it asked your organisation to help" in law["must_be_true"]
    assert law["unverified"] == [{"code": "exception", "words": "when it gives way"}]
    assert law["citation"]["confidence"] == "seed"
    (power,) = judged(basis={"codes": ["CDA98-115"]}).to_json()["laws"]
    assert power["effect"] == "a power"
    assert "exception" not in power and power["unverified"] == []


def test_what_is_not_confirmed_is_said_beside_what_it_is() -> None:
    (law,) = judged(questions=duty("CA04-16LA")).laws
    assert law.effect == "a duty, which is not confirmed as having begun"
    assert "not confirmed" in law.note


@pytest.mark.parametrize("code", bases.all_bases())
def test_every_law_can_be_told_of(code: str) -> None:
    """Whoever it binds: what is named beside the question is told of, wherever they are."""
    for nation in NATIONS:
        (law,) = judged(nation=nation, questions=duty(code)).to_json()["laws"]
        (known,) = bases.all_bases()[code]
        assert law["must_be_true"] == list(known.must_be_true)
        assert law["citation"] == known.citation.to_json()
        assert [part["code"] for part in law["unverified"]] == list(known.unverified)


# law, answer to the question of duty, nation -> what is said of it as not verified, empty for nothing.
RESTED_ON = [
    ({"code": "CA89-47", "exception": "It would undo our work."}, "yes", "england", "CA89-47 (when it gives way)"),
    ({"code": "CA89-47"}, "yes", "england", ""),
    ({"code": "CA89-27", "exception": "It would undo our work."}, "yes", "england", ""),
    ({"code": "COURT"}, "yes", "england", ""),
    ({"code": "COURT"}, "yes", "scotland", "COURT (in which other nations it serves)"),
    ({"code": "COURT"}, "yes", "wales", "COURT (in which other nations it serves)"),
    ({"code": "COURT"}, "yes", "", ""),
    ({"code": "COURT"}, "unsure", "scotland", ""),
    ({"code": "FGM-5B"}, "yes", "england", ""),
    ({"code": "NI-CLA67"}, "yes", "northern-ireland", "NI-CLA67"),
]


@pytest.mark.parametrize(("asked", "answer", "nation", "expected"), RESTED_ON)
def test_an_unverified_part_is_said_where_it_is_what_is_rested_on(
    asked: dict[str, str], answer: str, nation: str, expected: str
) -> None:
    own = {"organisation": {"nation": nation}} if nation else {"organisation": {}}
    found = judged(nation=nation or "england", **own, questions={"duty": {"answer": answer, **asked}})
    said = [each.words for each in found.concerns if each.code == "law_not_verified"]
    assert [words.rsplit("rest on them: ", 1)[-1] for words in said] == ([f"{expected}."] if expected else [])


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("FGM-5B", datetime.date(2015, 1, 1), True),
        ("FGM-5B", datetime.date(2015, 12, 31), True),
        ("FGM-5B", datetime.date(2016, 1, 1), False),
        ("COURT", datetime.date(2015, 6, 1), False),
        ("CA04-16LA", datetime.date(2026, 6, 1), False),
        ("CA04-16EH", datetime.date(2004, 6, 1), False),
    ],
)
def test_in_the_year_in_which_it_began_the_day_is_not_known(code: str, day: datetime.date, expected: bool) -> None:
    found = judged(day, questions=duty(code))
    assert ("law_day_not_known" in [each.code for each in found.concerns]) == expected


HEALTH = {"information": [{"special_category": True}]}
CRIME = {"information": [{}, {"criminal_offence": True}]}


@pytest.mark.parametrize(
    ("codes", "items", "expected"),
    [
        (["A6-E"], HEALTH, "A6-E"),
        (["A6-E", "CA04-10"], HEALTH, "A6-E"),
        (["A6-E", "DPA-S2-2"], HEALTH, "A6-E"),
        (["A6-E", "A9-H"], HEALTH, ""),
        (["A6-E", "A6-C"], CRIME, "A6-E, A6-C"),
        (["A6-E", "DPA-S2-2"], CRIME, ""),
        (["A6-E", "A9-G18"], CRIME, ""),
        (["CA04-10"], HEALTH, ""),
        (["A6-E"], {"information": [{"special_category": False}]}, ""),
    ],
)
def test_health_and_crime_ask_for_a_second_condition(codes: list[str], items: dict[str, Any], expected: str) -> None:
    found = judged(basis={"codes": codes}, **items)
    said = [each.words for each in found.concerns if each.code == "condition_missing"]
    assert [words.rsplit("named: ", 1)[-1] for words in said] == ([f"{expected}."] if expected else [])


def test_a_law_for_some_kinds_is_looked_at_only_where_the_kind_is_said() -> None:
    def named(**own: str) -> list[str]:
        found = judged(organisation={"nation": "england", **own}, basis={"codes": ["A6-EA", "A6-F", "A6-D"]})
        return [each.words.rsplit("not said: ", 1)[-1] for each in found.concerns if each.code == "law_not_checked"]

    assert named() == ["A6-EA, A6-F."]
    assert named(kind="other") == []
