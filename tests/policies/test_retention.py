"""The classes of retention: what each says, how sure that is, and which may be chosen when and where."""

import datetime

import pytest

from policies import retention_classes
from policies.errors import PackRefused
from policies.packs import DATA, Pack, packs_for, parse_pack

DAY = datetime.date
NOW = DAY(2026, 11, 21)
PACK = packs_for("england", NOW).retention
# code -> years, counted from, what follows, confidence.
TABLE = {
    "own_policy": (None, "own_policy", "review", "seed"),
    "in_care_of_service": (0, "care_ended", "destroy", "seed"),
    "school_child_protection": (25, "birth", "review", "published"),
    "child_sexual_abuse": (75, "birth", "review", "published"),
    "looked_after_child": (75, "birth", "review", "unverified"),
    "adoption": (100, "adoption", "review", "unverified"),
    "child_health": (26, "birth", "review", "unverified"),
    "adult_safeguarding": (8, "closing", "review", "unverified"),
    "nhs_long": (20, "last_entry", "review", "unverified"),
    "iicsa_hold": (0, "closing", "keep", "seed"),
    "scottish_inquiry_hold": (0, "closing", "keep", "unverified"),
}


def test_what_each_class_says() -> None:
    found = {
        code: (each.years, each.counted_from, each.then, each.citation.confidence)
        for code, each in retention_classes.read_classes(PACK).items()
    }
    assert found == TABLE


def test_only_holds_keep_for_good() -> None:
    found = retention_classes.read_classes(PACK)
    assert {code for code, each in found.items() if each.hold} == {"iicsa_hold", "scottish_inquiry_hold"}
    assert all(each.hold == (each.then == "keep") for each in found.values())


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
        ('nations = ["england"]', 'nations = ["kent"]', "looked_after_child.nations"),
    ],
)
def test_a_class_that_is_not_whole_is_refused_by_field(old: str, new: str, field: str) -> None:
    pack = planted(old, new)
    with pytest.raises(PackRefused) as refused:
        retention_classes.read_classes(pack)
    assert f"retention/uk-2026#{field}" in [fault.field for fault in refused.value.faults]
