"""The four points on which the guidance disagrees: who uses which side, and what the other side would have said."""

import datetime
import itertools
from dataclasses import replace
from typing import Any

import pytest

from policies import evaluate, packs_for, parse_facts
from policies.codes import NATIONS, POINTS
from policies.errors import PackRefused
from policies.evaluation import Evaluation
from policies.flowchart import flowchart_of
from policies.otherwise import Reading
from policies.pack_files import DATA, Pack, pack_named, parse_pack
from policies.packs import Packs
from policies.readings import Readings, read_sides
from policies.values import Facts
from tests.policies.taken import lines_for

DAY = datetime.date(2026, 3, 2)
ENGLAND, SCOTLAND = packs_for("england", DAY), packs_for("scotland", DAY)
SIDES = ("england-2006", "girfec")
AGREED = {
    "status": "given",
    "informed": {"why": "yes", "who": "yes", "purpose": "yes", "implications": "yes"},
    "freely_given": "yes",
}
BY_PARENT = {"capacity": "parental_responsibility", "person": "parent", "authority": "yes"}
OTHER_INTEREST: dict[str, Any] = {"conflict_of_interest": "unsure"}


def facts_of(**given: Any) -> Facts:
    questions = {"purpose": "yes", "identifies": "yes", "confidential": "yes", **given.pop("questions", {})}
    written = {name: {"answer": said} if isinstance(said, str) else said for name, said in questions.items()}
    return parse_facts({"questions": written, **given})


def readings(packs: Packs, **given: Any) -> dict[str, Reading]:
    return {each.point: each for each in evaluate(facts_of(**given), packs, DAY).readings}


def test_each_nation_uses_the_side_of_its_own_guidance_on_every_point() -> None:
    for nation in NATIONS:
        found = Readings(packs_for(nation, DAY))
        wanted = "girfec" if nation == "scotland" else "england-2006"
        assert {found.side(point) for point in POINTS} == {wanted}
        assert {found.other(point).name for point in POINTS} == set(SIDES) - {wanted}


def test_a_side_is_chosen_for_one_point_alone() -> None:
    for point, side in itertools.product(POINTS, SIDES):
        found = Readings(packs_for("scotland", DAY, ((f"readings.{point}", side),)))
        for other in POINTS:
            assert found.side(other) == (side if other == point else "girfec")


def test_all_four_are_chosen_with_their_pack() -> None:
    packs = packs_for("scotland", DAY, (("readings", "england-2006"),))
    found = Readings(packs)
    assert {found.side(point) for point in POINTS} == {"england-2006"}
    assert packs.competence.id == "england-2006"
    assert (packs.readings.id, packs.other_readings.id) == SIDES


def test_a_way_of_judging_competence_that_is_named_goes_before_a_side() -> None:
    both = (("competence", "england-2006"), ("readings.under_12", "girfec"))
    for chosen in (both, both[::-1]):
        packs = packs_for("scotland", DAY, chosen)
        assert packs.competence.id == "england-2006"
        assert Readings(packs).side("under_12") == "england-2006"


@pytest.mark.parametrize(
    ("chosen", "field", "said"),
    [
        (("readings.crimes", "girfec"), "readings.crimes", "Did you mean crime?"),
        (("readings.crime", "girfek"), "readings.crime", "Did you mean girfec?"),
    ],
)
def test_a_side_that_is_not_there_is_refused(chosen: tuple[str, str], field: str, said: str) -> None:
    with pytest.raises(PackRefused) as refused:
        packs_for("england", DAY, (chosen,))
    assert [fault.field for fault in refused.value.faults] == [field]
    assert said in str(refused.value.faults[0])


def test_who_answers_under_12_follows_from_the_way_of_judging_competence() -> None:
    for way, side in (("girfec", "girfec"), ("england-2006", "england-2006"), ("scotland-2018", "england-2006")):
        for nation in ("england", "scotland"):
            packs = packs_for(nation, DAY, (("competence", way),))
            assert Readings(packs).side("under_12") == side
    named = facts_of(subject={"age": 9}, consent=AGREED, competence={"pack": "girfec", "conclusion": "competent"})
    assert {each.point: each.used.name for each in evaluate(named, ENGLAND, DAY).readings}["under_12"] == "girfec"


def test_every_point_is_said_with_both_sides_and_their_sources() -> None:
    found = evaluate(facts_of(), ENGLAND, DAY).to_json()["readings"]
    assert [each["point"] for each in found] == list(POINTS)
    for each in found:
        assert each["words"] == POINTS[each["point"]]
        assert (each["used"]["name"], each["other"]["name"]) == SIDES
        assert each["used"]["words"] != each["other"]["words"]
        assert each["used"]["citation"]["document"] != each["other"]["citation"]["document"]
    assert [each["would_say"] for each in found[:3]] == ["the same"] * 3
    assert not any("would_be" in each for each in found[:3])


def test_a_refusal_with_nobody_in_danger() -> None:
    given: dict[str, Any] = {"consent": {"status": "refused"}, "questions": {"public_interest": "yes"}}
    there, here = readings(SCOTLAND, **given)["refusal"], readings(ENGLAND, **given)["refusal"]
    assert evaluate(facts_of(**given), ENGLAND, DAY).advice == "may_share"
    assert evaluate(facts_of(**given), SCOTLAND, DAY).advice == "do_not_share"
    assert here.would_say == "Do not share this"
    assert there.would_say.startswith("This may be shared: the reason is strong enough")
    assert here.to_json()["would_be"] == {
        "advice": "do_not_share",
        "conditions": [],
        "lines": [{"item": 1, "recipient": 1, "advice": "do_not_share", "conditions": []}],
    }
    danger = {**given, "risk": {"significant_harm": "yes"}}
    assert readings(ENGLAND, **danger)["refusal"].would_say == "the same"
    assert readings(SCOTLAND, **danger)["refusal"].would_say == "the same"


def test_only_the_lines_that_differ_are_named() -> None:
    given: dict[str, Any] = {
        "information": [{"confidential": "no"}, {}],
        "consent": {"status": "refused"},
        "questions": {"public_interest": "yes", "confidential": "yes"},
    }
    found = readings(ENGLAND, **given)["refusal"]
    assert found.would_say == "Not the same for every item and recipient"
    assert found.would_be is not None
    assert [(line.item, line.advice) for line in found.would_be.lines] == [(2, "do_not_share")]


def test_the_crime_of_scotland_does_not_override_the_serious_crime_of_england() -> None:
    given: dict[str, Any] = {
        "consent": {"status": "refused"},
        "questions": {"public_interest": {"answer": "no", "circumstances": ["crime"]}},
    }
    assert evaluate(facts_of(**given), ENGLAND, DAY).advice == "do_not_share"
    strong = {**given, "questions": {"public_interest": {"answer": "yes", "circumstances": ["crime"]}}}
    found = evaluate(facts_of(**strong), ENGLAND, DAY)
    assert (found.advice, found.route) == ("may_share", "public_interest")
    assert readings(ENGLAND, **strong)["crime"].used.name == "england-2006"
    there = evaluate(facts_of(**strong, risk={"offence": "no"}), SCOTLAND, DAY)
    crime = next(each for each in there.readings if each.point == "crime")
    assert (crime.used.name, crime.would_be is None) == ("girfec", False), there.advice


def test_a_parent_and_a_child_under_12_who_differ() -> None:
    given: dict[str, Any] = {
        "subject": {"age": 11},
        "consents": [AGREED | {"by": {"capacity": "self"}}, {"status": "refused", "by": BY_PARENT}],
        "competence": {"conclusion": "competent"},
        "questions": {"public_interest": "no"},
    }
    assert evaluate(facts_of(**given), ENGLAND, DAY).route == "consent"
    found = readings(ENGLAND, **given)["under_12"]
    assert found.would_say == "Do not share this"
    back = readings(packs_for("england", DAY, (("readings.under_12", "girfec"),)), **given)["under_12"]
    assert back.used.name == "girfec"
    assert back.would_say == "This may be shared: the person whose answer counts has agreed"
    older = {**given, "subject": {"age": 12}}
    assert readings(ENGLAND, **older)["under_12"].would_say == "the same"


@pytest.mark.parametrize(
    ("packs", "class_", "would_be"),
    [
        (ENGLAND, "", "in_care_of_service"),
        (ENGLAND, "own_policy", "in_care_of_service"),
        (ENGLAND, "child_health", "in_care_of_service"),
        (ENGLAND, "in_care_of_service", ""),
        (SCOTLAND, "", "own_policy"),
        (SCOTLAND, "in_care_of_service", "own_policy"),
        (SCOTLAND, "own_policy", ""),
    ],
)
def test_how_long_it_is_kept_is_the_class_that_each_side_proposes(packs: Packs, class_: str, would_be: str) -> None:
    found = readings(packs, **({"retention": {"class": class_}} if class_ else {}))["retention"]
    assert found.to_json().get("would_be") == ({"retention": would_be} if would_be else None)
    assert found.would_say == (f"Keep it as {would_be}" if would_be else "the same")


def combinations() -> list[Facts]:
    """What might make a difference on any point."""
    answers: list[list[dict[str, Any]]] = [
        [],
        [{"status": "refused"}],
        [AGREED | {"by": {"capacity": "self"}}, {"status": "refused", "by": BY_PARENT}],
        [{"status": "refused", "by": {"capacity": "self"}}, AGREED | {"by": BY_PARENT}],
        [AGREED | {"by": BY_PARENT}],
        [AGREED | {"by": {"capacity": "self"}}, {"status": "refused", "by": BY_PARENT | OTHER_INTEREST}],
    ]
    found = []
    for age, said, concluded, confidential, interest, circumstance, risk in itertools.product(
        (None, 11, 12),
        answers,
        ({}, {"conclusion": "competent"}, {"conclusion": "unsure", "pack": "england-2006"}),
        ("yes", "no", "unsure"),
        ("yes", "no"),
        ((), ("crime",), ("prevent_harm",)),
        ({}, {"significant_harm": "yes"}),
    ):
        given: dict[str, Any] = {"risk": risk}
        given |= {"subject": {"age": age}} if age is not None else {}
        given |= {"consents": said} if said else {}
        given |= {"competence": concluded} if concluded else {}
        interested = {"answer": interest, "circumstances": list(circumstance)}
        found.append(facts_of(questions={"confidential": confidential, "public_interest": interested}, **given))
    return found


def always_again(facts: Facts, packs: Packs, point: str, side: str) -> list[tuple[str, str, list[str]]]:
    """Judged again with that side on that point, whoever asked."""
    if point == "under_12":
        other = replace(packs, competence=pack_named(f"competence/{side}"))
        if facts.competence is not None and facts.competence.pack:
            facts = replace(facts, competence=replace(facts.competence, pack=side))
    else:
        other = replace(packs, sides=((point, side),))
    lines = lines_for(flowchart_of(packs.flowchart, packs.concerns), facts, other, DAY)
    return [(line.advice, line.route, [each.code for each in line.conditions]) for line in lines]


def coded(found: Evaluation) -> list[tuple[str, str, list[str]]]:
    return [(line.advice, line.route, [each.code for each in line.conditions]) for line in found.lines]


@pytest.mark.parametrize("nation", ["england", "scotland"])
def test_what_was_not_asked_about_makes_no_difference(nation: str) -> None:
    """Judging again only where somebody asked says the same as judging again always."""
    packs = packs_for(nation, DAY)
    differing = dict.fromkeys(POINTS, 0)
    for facts in combinations():
        found = evaluate(facts, packs, DAY)
        for reading in found.readings[:3]:
            again = always_again(facts, packs, reading.point, reading.other.name)
            assert (reading.would_be is None) == (again == coded(found)), (reading.point, facts)
            if reading.would_be is not None:
                assert reading.would_be.outcome is not None
                assert [(line.advice, line.route) for line in reading.would_be.outcome.lines] == [
                    (advice, route) for advice, route, _ in again
                ]
                differing[reading.point] += 1
    assert differing["under_12"]
    assert differing["refusal"]
    assert differing["crime"] or nation == "england"


GOOD = (DATA / "readings/girfec.toml").read_text("utf-8")


def planted(old: str, new: str) -> Pack:
    assert old in GOOD
    return parse_pack("readings/girfec.toml", GOOD.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('id = "crime"', 'id = "crimes"', "readings/girfec#crimes"),
        ("only_here = true", "only = true", "readings/girfec#under_12.only"),
        ('competence = ["girfec"]\n', "", "readings/girfec#under_12.competence"),
        ('competence = ["girfec"]', 'competence = "girfec"', "readings/girfec#under_12.competence"),
        ('keeps = "in_care_of_service"\n', "", "readings/girfec#retention.keeps"),
        (
            'keeps = "in_care_of_service"\n',
            'keeps = "in_care_of_service"\nearlier = { until = 2022-10-31 }\n',
            "readings/girfec#retention.earlier",
        ),
    ],
)
def test_a_pack_of_readings_says_all_four_points_and_nothing_else(old: str, new: str, field: str) -> None:
    with pytest.raises(PackRefused) as refused:
        read_sides(planted(old, new))
    assert refused.value.faults[0].field == field


@pytest.mark.parametrize(
    ("nation", "day", "ended"),
    [
        ("england", datetime.date(2018, 5, 1), False),
        ("england", datetime.date(2022, 10, 31), False),
        ("england", datetime.date(2022, 11, 1), True),
        ("scotland", datetime.date(2018, 5, 1), False),
        ("scotland", datetime.date(2026, 5, 1), True),
    ],
)
def test_before_the_inquiry_ended_it_is_not_said_to_have_ended(nation: str, day: datetime.date, ended: bool) -> None:
    found = evaluate(facts_of(), packs_for(nation, day), day)
    kept = next(each for each in found.readings if each.point == "retention")
    side = kept.used if nation == "england" else kept.other
    assert ("has ended" in side.words) == ended
    assert ("is at work" in side.words) != ended


def test_the_sides_name_packs_and_classes_that_are_there() -> None:
    for name in SIDES:
        sides = read_sides(pack_named(f"readings/{name}"))
        assert list(sides) == list(POINTS)
        assert all(pack_named(f"competence/{way}").for_ages == "under_16" for way in sides["under_12"].competence)
        assert sides["retention"].keeps in {each.code for each in ENGLAND.retention.statements}
