"""The classes of retention: what each says, how sure that is, and which may be chosen when and where."""

import datetime

import pytest

from policies import retention_classes
from policies.codes import NATIONS
from policies.errors import PackRefused
from policies.evaluation import evaluate
from policies.facts import parse_facts
from policies.pack_files import DATA, Pack, catalogue, parse_pack
from policies.packs import packs_for

DAY = datetime.date
NOW = DAY(2026, 11, 21)
PACK = packs_for("england", NOW).retention
# code -> years, counted from, what follows, confidence, the guidance with which it fits.
TABLE = {
    "own_policy": (None, "own_policy", "review", "seed", ("england-2006",)),
    "in_care_of_service": (0, "care_ended", "destroy", "seed", ("girfec",)),
    "school_child_protection": (25, "birth", "review", "published", ("england-2006",)),
    "child_sexual_abuse": (75, "birth", "review", "published", ("england-2006",)),
    "looked_after_child": (75, "birth", "review", "unverified", ("england-2006",)),
    "adoption": (100, "adoption", "review", "unverified", ("england-2006",)),
    "child_health": (26, "birth", "review", "unverified", ("england-2006",)),
    "adult_safeguarding": (8, "closing", "review", "unverified", ("england-2006",)),
    "nhs_long": (20, "last_entry", "review", "unverified", ("england-2006",)),
    "serious_case_review": (0, "closing", "keep", "unverified", ("england-2006",)),
    "iicsa_hold": (0, "closing", "keep", "published", ()),
    "scottish_inquiry_hold": (0, "closing", "keep", "unverified", ()),
}


def test_what_each_class_says() -> None:
    found = {
        code: (each.years, each.counted_from, each.then, each.citation.confidence, each.sides)
        for code, each in retention_classes.read_classes(PACK).items()
    }
    assert found == TABLE


def test_holds_keep_for_good_and_fit_with_any_guidance() -> None:
    found = retention_classes.read_classes(PACK)
    assert {code for code, each in found.items() if each.hold} == {"iicsa_hold", "scottish_inquiry_hold"}
    assert all(each.then == "keep" for each in found.values() if each.hold)
    assert {code for code, each in found.items() if not each.sides} == {code for code in found if found[code].hold}


def test_the_guidance_with_which_a_class_fits_is_one_of_those_that_disagree() -> None:
    named = {side for each in retention_classes.read_classes(PACK).values() for side in each.sides}
    assert named == {pack.id for pack in catalogue("readings")}


def test_the_hold_of_the_inquiry_is_dated_and_said_to_have_ended() -> None:
    hold = retention_classes.read_classes(PACK)["iicsa_hold"]
    assert (hold.period.end, hold.nations) == (DAY(2022, 10, 31), ("england", "wales"))
    assert "has ended" in hold.words
    assert all(hold not in retention_classes.classes(PACK, DAY(2022, 11, 1), nation) for nation in NATIONS)


# side, class -> whether it is kept otherwise than that guidance says.
KEPT = [
    ("england", "own_policy", False),
    ("england", "child_health", False),
    ("england", "in_care_of_service", True),
    ("england", "", False),
    ("scotland", "in_care_of_service", False),
    ("scotland", "own_policy", True),
    ("scotland", "child_health", True),
    ("scotland", "scottish_inquiry_hold", False),
    ("scotland", "", False),
    ("wales", "in_care_of_service", True),
    ("northern-ireland", "school_child_protection", False),
]


@pytest.mark.parametrize(("nation", "kept", "otherwise"), KEPT)
def test_what_is_kept_otherwise_than_the_guidance_used_is_a_concern(nation: str, kept: str, otherwise: bool) -> None:
    facts = parse_facts({"retention": {"class": kept}} if kept else {})
    found = evaluate(facts, packs_for(nation, NOW), NOW)
    assert ("kept_otherwise" in [each.code for each in found.concerns]) == otherwise


def test_an_earlier_end_is_named() -> None:
    looked_after = retention_classes.retention_class("looked_after_child", PACK, NOW, "england")
    assert (looked_after.sooner_years, looked_after.sooner_from) == (15, "death")
    others = [each for each in retention_classes.read_classes(PACK).values() if each != looked_after]
    assert all(each.sooner_years is None and each.sooner_from == "" for each in others)


@pytest.mark.parametrize(
    ("code", "day", "nation", "may_be_chosen"),
    [
        ("iicsa_hold", DAY(2022, 10, 30), "england", True),
        ("iicsa_hold", DAY(2022, 10, 31), "england", True),
        ("iicsa_hold", DAY(2022, 11, 1), "england", False),
        ("iicsa_hold", DAY(2022, 10, 31), "scotland", False),
        ("scottish_inquiry_hold", NOW, "scotland", True),
        ("scottish_inquiry_hold", NOW, "england", False),
        ("looked_after_child", NOW, "wales", False),
        ("school_child_protection", NOW, "northern-ireland", True),
        ("own_policy", DAY(1990, 1, 1), "wales", True),
        ("iicsa_hold", DAY(2022, 10, 31), "", True),
    ],
)
def test_which_may_be_chosen_when_and_where(code: str, day: DAY, nation: str, may_be_chosen: bool) -> None:
    assert (retention_classes.check(code, PACK, day, nation) is None) == may_be_chosen
    chosen = {each.code for each in retention_classes.classes(PACK, day, nation)}
    assert (code in chosen) == may_be_chosen


def test_a_class_that_is_not_open_is_refused_with_what_is() -> None:
    ended = retention_classes.check("iicsa_hold", PACK, NOW, "scotland")
    assert ended is not None
    assert ended.field == "retention.class"
    assert "until 31 October 2022, in England or Wales" in ended.got
    assert "own_policy" in ended.hint
    unknown = retention_classes.check("school_child_protecton", PACK, NOW)
    assert unknown is not None and unknown.hint == "Did you mean school_child_protection?"
    name = retention_classes.check("Asha Example", PACK, NOW)
    assert name is not None and "Asha" not in str(name)
    with pytest.raises(PackRefused):
        retention_classes.retention_class("iicsa_hold", PACK, NOW)


def planted(old: str, new: str) -> Pack:
    text = (DATA / "retention/uk-2026.toml").read_text("utf-8")
    assert old in text
    return parse_pack("retention/uk-2026.toml", text.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('counted_from = "care_ended"', 'counted_from = "leaving"', "in_care_of_service.counted_from"),
        ('then = "destroy"', 'then = "shred"', "in_care_of_service.then"),
        ("years = 25", 'years = "25"', "school_child_protection.years"),
        ("years = 25", "years = 250", "school_child_protection.years"),
        ("years = 25", "year = 25", "school_child_protection.year"),
        ("years = 25\n", "", "school_child_protection.years"),
        ('sooner_from = "death"\n', "", "looked_after_child.sooner_from"),
        ('sides = ["girfec"]', 'sides = "girfec"', "in_care_of_service.sides"),
        ('nations = ["england"]', 'nations = ["kent"]', "looked_after_child.nations"),
    ],
)
def test_a_class_that_is_not_whole_is_refused_by_field(old: str, new: str, field: str) -> None:
    pack = planted(old, new)
    with pytest.raises(PackRefused) as refused:
        retention_classes.read_classes(pack)
    assert f"retention/uk-2026#{field}" in [fault.field for fault in refused.value.faults]
