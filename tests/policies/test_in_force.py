"""What is in force and what changed: changes put on the first day give the last; what is not verified is listed."""

import datetime
import itertools
import tomllib

import pytest

from policies import packs_for
from policies.codes import NATIONS
from policies.errors import PackRefused
from policies.in_force import KIND_WORDS, Change, changes, pack_json, unverified
from policies.pack_files import DATA, KINDS, Pack, catalogue
from policies.packs import Packs

DAYS = [
    datetime.date.fromisoformat(day)
    for day in ("2000-01-01", "2006-03-31", "2008-09-30", "2008-10-01", "2015-03-25", "2016-01-01", "2018-06-30")
]
DAYS += [
    datetime.date.fromisoformat(day)
    for day in ("2018-07-01", "2020-12-07", "2022-10-31", "2024-04-30", "2024-05-01", "2026-02-04", "2026-11-22")
]
LAST = DAYS[-1]


def used(nation: str, day: datetime.date) -> set[str]:
    """The packs that a decision of that day is judged by, but for the laws and what stands beside the readings."""
    packs: Packs = packs_for(nation, day)
    beside = {packs.other_readings.name}
    return {pack.name for pack in packs.all() if pack.kind != "bases"} - beside


def statements(nation: str, day: datetime.date) -> set[str]:
    """The laws, deadlines and classes in force on a day, by pack and id."""
    return {
        f"{pack.name}#{each.id}"
        for kind in ("bases", "timings", "retention")
        for pack in catalogue(kind)
        for each in pack.statements
        if each.period.covers(day) and nation in each.extra.get("nations", NATIONS)
    }


def put_on(before: set[str], found: tuple[Change, ...]) -> set[str]:
    """What is there after the changes."""
    now = set(before)
    for each in found:
        if each.before:
            now.discard(each.before)
        if each.what == "ended":
            now -= set() if each.note else {each.name}
        else:
            now.add(each.name)
    return now


@pytest.mark.parametrize("nation", NATIONS)
def test_the_changes_between_two_days_lead_from_one_to_the_other(nation: str) -> None:
    for first, last in itertools.combinations(DAYS, 2):
        found = changes(nation, first, last)
        of_packs = tuple(each for each in found if "#" not in each.name)
        assert put_on(used(nation, first), of_packs) == used(nation, last), (first, last)
        kinds = ("bases", "timings", "retention")
        inside = tuple(each for each in found if "#" in each.name and each.kind in kinds)
        assert put_on(statements(nation, first), inside) == statements(nation, last), (first, last)
        assert [each.on for each in found] == sorted(each.on for each in found)
        assert all(first < each.on <= last for each in found)


def one(nation: str, first: str, last: str, name: str) -> Change:
    found = changes(nation, datetime.date.fromisoformat(first), datetime.date.fromisoformat(last))
    (change,) = [each for each in found if each.name == name]
    return change


def test_what_changed_on_certain_days() -> None:
    rules = one("england", "2024-04-30", "2024-05-01", "rules/2024-seven")
    assert (rules.what, rules.before, rules.on) == ("replaced", "rules/2018-seven", datetime.date(2024, 5, 1))
    stands_in = one("england", "2015-03-25", "2015-03-26", "flowcharts/england-2006")
    assert (stands_in.what, stands_in.before) == ("replaced", "flowcharts/uk-2008")
    assert "not on 26 March 2015" in stands_in.note
    law = one("wales", "2026-01-02", "2026-11-22", "bases/article6-2026#A6-EA")
    assert (law.what, law.on, law.day_in_words()) == ("began", datetime.date(2026, 2, 5), "5 February 2026")
    hold = one("england", "2022-01-01", "2023-01-01", "retention/uk-2026#iicsa_hold")
    assert (hold.what, hold.exact) == ("ended", True)
    caldicott = one("england", "2020-12-07", "2020-12-08", "caldicott/caldicott-2020")
    assert (caldicott.what, caldicott.before) == ("began", "")
    unsure = one("england", "2026-03-01", "2026-11-22", "bases/powers-2026#CA04-16LA")
    assert unsure.note == "It is not confirmed as having begun."


def test_what_is_for_one_nation_alone_changes_in_no_other() -> None:
    names = [each.name for each in changes("scotland", DAYS[0], LAST)]
    assert "retention/uk-2026#iicsa_hold" not in names
    assert "caldicott/caldicott-2020" not in names


def test_a_day_that_the_source_does_not_give_is_not_made_up() -> None:
    found = one("england", "2013-01-01", "2015-01-01", "bases/powers-2026#CARE14")
    assert not found.exact
    assert found.day_in_words() == "some day in 2014 or later"


def test_nothing_changes_from_a_day_to_itself_and_back_is_refused() -> None:
    assert changes("england", LAST, LAST) == ()
    for nation, first, last in (("england", LAST, DAYS[0]), ("france", DAYS[0], LAST)):
        with pytest.raises(PackRefused):
            changes(nation, first, last)


def test_a_change_as_json_is_plain_and_whole() -> None:
    for each in changes("england", DAYS[0], LAST):
        found = each.to_json()
        assert found["on"] == each.on.isoformat()
        assert {"what", "kind", "name", "words", "in_force", "citation", "exact"} <= set(found)
        assert found["citation"]["confidence"]


# -- what is not verified


def doubtful(raw: object) -> int:
    """Every table at any depth that says it is not verified, counted without our reader."""
    if isinstance(raw, list):
        return sum(doubtful(each) for each in raw)
    if not isinstance(raw, dict):
        return 0
    return (raw.get("confidence") == "unverified") + sum(doubtful(each) for each in raw.values())


@pytest.mark.parametrize("pack", [pack for kind in KINDS for pack in catalogue(kind)], ids=lambda pack: pack.name)
def test_every_statement_that_is_not_verified_is_listed(pack: Pack) -> None:
    found = [each for each in unverified(pack) if not each.part]
    assert len(found) == doubtful(tomllib.loads((DATA / f"{pack.name}.toml").read_text(encoding="utf-8")))
    assert all(each.citation.confidence == "unverified" and each.words for each in found)
    shown = pack_json(pack, LAST)
    assert shown["unverified"] == [each.id for each in found if each.id]
    assert shown["digest"] == pack.digest
    assert ("note" in shown) == bool(pack.note(LAST))


def test_a_law_of_which_a_part_is_not_verified_is_listed_with_that_part() -> None:
    laws = next(pack for pack in catalogue("bases") if pack.id == "powers-2026")
    parts = {each.id: each.part for each in unverified(laws) if each.part}
    said = {each.id for each in laws.statements if each.extra.get("unverified")}
    whole = {each.id for each in laws.statements if each.citation.confidence == "unverified"}
    assert set(parts) == said - whole
    assert parts["COURT"] == "in which other nations it serves"
    assert pack_json(laws, LAST)["in_part"] == list(parts)


def test_some_are_not_verified_and_every_kind_has_words() -> None:
    assert sum(len(unverified(pack)) for pack in catalogue("bases")) >= 10
    assert set(KINDS) | {"own"} == set(KIND_WORDS)
