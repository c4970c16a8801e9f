"""The eight principles: from their day on, in England; elsewhere only where they are chosen. Beside the rules."""

import datetime
from typing import Any

import pytest

from policies.codes import NATIONS
from policies.evaluation import Evaluation, evaluate
from policies.facts import parse_facts
from policies.packs import packs_for

DAY = datetime.date
CHOSEN = (("caldicott", "caldicott-2020"),)
LEFT_OUT: dict[str, Any] = {
    "decision": "no_share",
    "reasons": "The council asked for it by telephone.",
    "reason_codes": ["data_protection"],
}
# Each question of the flowchart, and the principle whose status changes with what is written down for it.
SEEN_BY = {
    1: {"purpose": "To find him a school."},
    2: {"necessity": "The school must know who he is."},
    3: {"questions": {"right_way": {"checks": {"necessary": "yes"}}}},
    4: {"questions": {"right_way": {"checks": {"need_to_know": "yes"}}}},
    6: {"basis": {"codes": ["A6-E"]}},
    8: {"informing": {"status": "informed"}},
}


def judged(day: DAY, nation: str, chosen: tuple[tuple[str, str], ...] = (), **facts: Any) -> Evaluation:
    return evaluate(parse_facts(facts), packs_for(nation, day, chosen), day)


@pytest.mark.parametrize(
    ("day", "nation", "count"),
    [
        (DAY(2020, 12, 7), "england", 0),
        (DAY(2020, 12, 8), "england", 8),
        (DAY(2026, 11, 22), "england", 8),
        *[(DAY(2026, 11, 22), nation, 0) for nation in NATIONS if nation != "england"],
    ],
)
def test_from_which_day_and_where(day: DAY, nation: str, count: int) -> None:
    found = judged(day, nation, decision="share")
    assert len(found.principles) == count
    assert ("caldicott/caldicott-2020" in [each["id"] for each in found.packs]) == bool(count)
    assert len(found.to_json()["principles"]) == count


@pytest.mark.parametrize("nation", NATIONS)
def test_any_nation_may_choose_them(nation: str) -> None:
    found = judged(DAY(2026, 11, 22), nation, CHOSEN, decision="share")
    assert [each.number for each in found.principles] == list(range(1, 9))


@pytest.mark.parametrize("number", SEEN_BY)
def test_each_principle_rests_on_its_own_question(number: int) -> None:
    day = DAY(2026, 11, 22)
    bare = {each.number: each.status for each in judged(day, "england", decision="share").principles}
    given = {
        each.number: each.status for each in judged(day, "england", decision="share", **SEEN_BY[number]).principles
    }
    assert bare[number] == "missing"
    assert {each for each in bare if bare[each] != given[each]} == {number}
    assert given[number] == "recorded"


def test_the_duty_to_share_is_set_against_data_protection_as_the_only_reason() -> None:
    found = {each.number: each for each in judged(DAY(2026, 11, 22), "england", **LEFT_OUT).principles}
    assert found[7].status == "contradicted"
    assert found[7].rests_on == ("decision", "recipients.decision", "reason_codes")
    assert {found[number].status for number in (1, 2, 3, 4, 6, 8)} == {"not_needed"}


def test_what_everybody_knows_is_for_people_whatever_is_recorded() -> None:
    for facts in ({"decision": "share"}, LEFT_OUT, {"decision": "share"} | SEEN_BY[6]):
        fifth = judged(DAY(2026, 11, 22), "england", **facts).principles[4]
        assert (fifth.id, fifth.status, fifth.rests_on) == ("principle-5", "for_people", ())
