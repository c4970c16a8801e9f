"""policy check with other packs and sides: what is chosen is used, and what the other side would say is shown."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import Done, Seat, seat_at
from tests.cli.test_policy_packs import OWN

REFUSED = """
questions:
  purpose: {answer: yes}
  identifies: {answer: yes}
  confidential: {answer: yes}
  public_interest: {answer: yes, if_shared: a, if_not_shared: b}
subject: {age: 15}
consents: [{status: refused, by: {capacity: self}}]
decision: share
information: [{special_category: yes}]
recipients: [{kind: education}]
"""
DAY = ("--on", "2026-11-22")


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = seat_at(tmp_path / "seat")
    seat.file("facts.yaml", REFUSED)
    seat.file("own.toml", OWN)
    return seat


def check(seat: Seat, *options: str) -> Done:
    return seat.inside("policy", "check", "facts.yaml", *DAY, *options)


def names(found: Any) -> list[str]:
    return [each["id"] for each in found["packs"]]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--chart", "uk-2008"), "flowcharts/uk-2008"),
        (("--chart", "girfec-vsp"), "flowcharts/girfec-vsp"),
        (("--rules", "salford-2018"), "rules/salford-2018"),
        (("--competence", "scotland-2018"), "competence/scotland-2018"),
    ],
)
def test_a_pack_is_named_in_place_of_that_of_the_day(seat: Seat, options: tuple[str, ...], named: str) -> None:
    assert named not in names(check(seat, "--json").json)
    assert named in names(check(seat, *options, "--json").json)


def test_a_rule_with_tests_of_its_own_shows_each_of_them(seat: Seat) -> None:
    words = " ".join(check(seat, "--rules", "salford-2018").out.split())
    assert "7. It is shared securely. Nothing is written down about it. Not written down yet." in words
    assert "5. It is adequate. Whether it is enough for its purpose is for people to judge. 6. It is shared in" in words
    assert "It is adequate" not in " ".join(check(seat).out.split())


def test_a_side_changes_the_advice_and_the_other_is_told(seat: Seat) -> None:
    found = check(seat, "--json").json
    (refusal,) = [each for each in found["readings"] if each["point"] == "refusal"]
    assert (found["advice"], refusal["used"]["name"], refusal["other"]["name"]) == (
        "may_share",
        "england-2006",
        "girfec",
    )
    assert refusal["would_be"]["advice"] == "do_not_share"
    words = " ".join(check(seat).out.split())
    assert "Where the guidance disagrees" in words
    assert "It would have said: Do not share this." in words
    other = check(seat, "--side", "refusal=girfec", "--json").json
    assert other["advice"] == "do_not_share"
    (refusal,) = [each for each in other["readings"] if each["point"] == "refusal"]
    assert refusal["used"]["name"] == "girfec"


def test_a_point_that_makes_no_difference_is_in_json_alone(seat: Seat) -> None:
    found = check(seat, "--json").json
    assert [each["point"] for each in found["readings"]] == ["under_12", "crime", "refusal", "retention"]
    (crime,) = [each for each in found["readings"] if each["point"] == "crime"]
    assert crime["would_say"] == "the same"
    assert crime["used"]["words"] not in " ".join(check(seat).out.split())


def test_the_point_on_keeping_is_shown_where_a_class_is_named(seat: Seat) -> None:
    keeping = "How long records are kept. england-2006 is used"
    (point,) = [each for each in check(seat, "--json").json["readings"] if each["point"] == "retention"]
    assert "would_be" in point
    assert keeping not in " ".join(check(seat).out.split())
    seat.file("facts.yaml", REFUSED + "retention: {class: adoption}\n")
    assert keeping in " ".join(check(seat).out.split())


def test_the_three_senses_are_shown_where_somebody_was_asked(seat: Seat) -> None:
    found = check(seat, "--json").json
    assert {code: each["stands"] for code, each in found["senses"].items()} == {
        "confidence": "refused",
        "data_protection": "not_asked",
        "openness": "not_asked",
    }
    assert "What was agreed, and what it is good for" in check(seat).out
    seat.file("facts.yaml", "risk: {immediate: no}\n")
    assert "What was agreed" not in check(seat).out


def test_what_is_not_verified_is_marked_where_it_is_shown(seat: Seat) -> None:
    words = " ".join(check(seat).out.split())
    assert "(The wording of this rule is not verified.)" in words, "the seventh golden rule of 2024"
    seat.file("facts.yaml", REFUSED + "basis: {codes: [A9-H]}\n")
    said = " ".join(check(seat).out.split())
    assert "is not verified" in said
    assert "A9-H" in said
    girfec = " ".join(check(seat, "--nation", "scotland").out.split())
    assert ", not verified)" in girfec


def test_an_own_pack_says_what_is_its_own(seat: Seat) -> None:
    found = check(seat, "--own", "own.toml", "--json").json
    (condition,) = [each for each in found["lines"][0]["conditions"] if each.get("from") == "own"]
    assert (condition["code"], found["advice"]) == ("share_less", "may_share")
    assert "own/anytown" in names(found)
    words = " ".join(check(seat, "--own", "own.toml").out.split())
    assert "Your organisation says: Health details go to a school only as far as the nurse needs them." in words
    assert "Your organisation's own pack is used beside it: own/anytown." in words


def test_how_long_it_is_kept_is_said_where_a_class_is_named(seat: Seat) -> None:
    assert "How long it is kept" not in check(seat).out
    seat.file("facts.yaml", REFUSED + "retention: {class: adoption}\n")
    assert "100 years from the adoption order" in " ".join(check(seat).out.split())
    seat.file("facts.yaml", REFUSED + "retention: {class: Robin Placeholder}\n")
    done = check(seat)
    assert "The class that is named is none that there is." in " ".join(done.out.split())
    assert "Robin" not in done.said
    kept = '[[retention]]\nid = "ours"\nclass = "adoption"\nwords = "We keep it long."\n'
    seat.file("facts.yaml", REFUSED)
    seat.file("own.toml", OWN + kept)
    assert "Your organisation says: Adoption record" in " ".join(check(seat, "--own", "own.toml").out.split())


def test_rules_that_an_own_pack_chooses_are_shown_as_chosen(seat: Seat) -> None:
    seat.file("own.toml", OWN.replace("[[safeguards]]", '[choices]\nrules = "salford-2018"\n\n[[safeguards]]'))
    found = check(seat, "--own", "own.toml", "--json").json
    assert {each["from"] for each in found["rules"]} == {"own"}
    words = " ".join(check(seat, "--own", "own.toml").out.split())
    assert "Golden rules, chosen by your organisation:" in words
    assert "Your organisation chose rules/salford-2018." in words


def test_a_chart_and_a_side_that_an_own_pack_chooses_are_shown_as_chosen(seat: Seat) -> None:
    chart = '[choices]\nflowchart = "england-2006"\n\n[[safeguards]]'
    seat.file("own.toml", OWN.replace("[[safeguards]]", chart))
    assert "What decided it: As your organisation chose: " in " ".join(check(seat, "--own", "own.toml").out.split())
    assert "As your organisation chose" not in check(seat).out
    side = '[choices.sides]\nrefusal = "england-2006"\n\n[[safeguards]]'
    seat.file("own.toml", OWN.replace("[[safeguards]]", side))
    there = ("--own", "own.toml", "--nation", "scotland")
    found = check(seat, *there, "--json").json
    assert [each["point"] for each in found["readings"] if each.get("from") == "own"] == ["refusal"]
    assert [step.get("from") for step in found["trace"] if step["decisive"]] == ["own"]
    words = " ".join(check(seat, *there).out.split())
    assert "england-2006 is used, as your organisation chose: A refusal is respected, unless" in words
    assert "Your organisation chose the side of england-2006 on how a refusal is taken" in words
    assert "What decided it: As your organisation chose: " in words


def test_what_an_own_pack_may_not_choose_is_refused_by_name(seat: Seat) -> None:
    side = '[choices.sides]\nrefusal = "girfec"\n\n[[safeguards]]'
    seat.file("own.toml", OWN.replace("[[safeguards]]", side))
    done = check(seat, "--own", "own.toml")
    assert (done.code, done.out) == (3, "")
    assert "readings.refusal" in done.err
    assert "may be chosen in England" in done.err
    assert check(seat, "--side", "refusal=girfec").code == 0, "to think it through it may be tried"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--chart", "uk-2009"), 3, "Did you mean flowcharts/uk-2008?"),
        (("--rules", "england-2006"), 3, "the name of a pack that is here"),
        (("--side", "refusal"), 2, "a point and a side"),
        (("--side", "=girfec"), 2, "a point and a side"),
        (("--side", "refusel=girfec"), 3, "Did you mean refusal?"),
        (("--side", "refusal=scotland"), 3, "one of england-2006, girfec"),
        (("--own", "not-there.toml"), 3, "a file that can be read"),
        (("--own", "facts.yaml"), 3, "a TOML file in UTF-8"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(seat: Seat, options: tuple[str, ...], code: int, said: str) -> None:
    done = check(seat, *options)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
