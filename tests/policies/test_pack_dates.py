"""Every statement in every file has its source, and on no day does anything fall between two packs."""

import datetime
import re
import tomllib
from pathlib import Path

import pytest

from policies import bases, golden_rules, obligations, pack_files, packs, retention_classes
from policies.citation import CONFIDENCE, Citation, Period
from policies.codes import CIRCUMSTANCES, INFORMING_REASONS, NATIONS, NORMALLY_JUSTIFIED, NOT_SOUGHT
from policies.errors import PackRefused
from policies.evaluation import evaluate
from policies.facts import parse_facts

FILES = sorted(pack_files.DATA.glob("*/*.toml"))
ONE_DAY = datetime.timedelta(days=1)
OURS = ("Defaults of this project", "General knowledge")


def tables(path: Path) -> list[tuple[str, dict]]:
    """The header and every table of every list of a file, each with a name for messages."""
    data = tomllib.loads(path.read_text("utf-8"))
    found = [("pack", data["pack"])]
    for key, value in data.items():
        if isinstance(value, list):
            found += [(f"{key} {each.get('id')}", each) for each in value if isinstance(each, dict)]
    return found


def test_there_are_files_of_every_kind() -> None:
    assert {path.parent.name for path in FILES} == set(pack_files.KINDS)
    assert sum(len(tables(path)) for path in FILES) > 150


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_statement_has_a_source_a_checked_day_and_a_confidence(path: Path) -> None:
    for name, table in tables(path):
        source = table["source"]
        assert source["document"].strip(), name
        assert source["paragraph"].strip(), name
        assert type(table["checked"]) is datetime.date, name
        assert table["confidence"] in CONFIDENCE, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_is_ours_or_general_knowledge_is_never_called_verified(path: Path) -> None:
    for name, table in tables(path):
        unsourced = table["source"]["document"] in OURS or "default of this project" in table["source"]["paragraph"]
        assert not unsourced or table["confidence"] == "unverified", name


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_is_fit_to_use(path: Path) -> None:
    pack = pack_files.pack_named(f"{path.parent.name}/{path.stem}")
    read = {
        "bases": lambda: bases.read_bases((pack,)),
        "rules": lambda: golden_rules.read_rules(pack),
        "caldicott": lambda: golden_rules.read_rules(pack),
        "timings": lambda: obligations.read_timings(pack),
        "retention": lambda: retention_classes.read_classes(pack),
    }.get(pack.kind)
    if read is not None:
        assert len(read()) == len(pack.statements) > 0
    assert pack.period.start <= pack.citation.checked


def periods() -> list[Period]:
    found = [pack.period for kind in pack_files.KINDS for pack in pack_files.catalogue(kind)]
    return found + [
        each.period for kind in pack_files.KINDS for pack in pack_files.catalogue(kind) for each in pack.statements
    ]


def boundary_days() -> list[datetime.date]:
    """The first and last day of every period there is, with the days either side."""
    edges = {day for period in periods() for day in (period.start, period.end)} - {None, datetime.date.min}
    return sorted({edge + step * ONE_DAY for edge in edges for step in (-1, 0, 1)})


def test_the_known_boundaries_are_swept() -> None:
    days = boundary_days()
    for known in ("2018-06-30", "2018-07-01", "2024-05-01", "2026-02-04", "2026-02-05", "2022-11-01"):
        assert datetime.date.fromisoformat(known) in days
    assert len(days) > 60


def test_on_every_boundary_day_each_nation_has_exactly_one_pack_of_each_kind() -> None:
    for day in boundary_days():
        for nation in NATIONS:
            chosen = packs.packs_for(nation, day)
            kinds = [pack.kind for pack in chosen.all() if pack.kind in pack_files.SINGLE_KINDS]
            assert list(dict.fromkeys(kinds)) == list(pack_files.SINGLE_KINDS)
            assert all(nation in pack.nations for pack in chosen.all() if pack is not chosen.other_readings)
            for pack in chosen.all():
                assert (pack.note(day) == "") == pack.period.covers(day)


# Of whom, and from which day on (None: from the beginning): the pack, with a star where it stands in for another.
BRITISH = ("england", "wales", "northern-ireland")
ALWAYS = {"concerns": "uk-2026", "timings": "uk-2026", "retention": "uk-2026"}
TIMELINE: list[tuple[str, tuple[str, ...], list[tuple[str | None, str]]]] = [
    (
        "flowchart",
        BRITISH,
        [
            (None, "england-2006*"),
            ("2006-04-01", "england-2006"),
            ("2008-10-01", "uk-2008"),
            ("2015-03-26", "england-2006*"),
        ],
    ),
    ("flowchart", ("scotland",), [(None, "girfec-vsp")]),
    (
        "rules",
        tuple(NATIONS),
        [
            (None, "2006-six-points*"),
            ("2006-04-01", "2006-six-points"),
            ("2008-10-01", "2008-seven"),
            ("2015-03-26", "2015-seven"),
            ("2018-07-01", "2018-seven"),
            ("2024-05-01", "2024-seven"),
        ],
    ),
    ("caldicott", ("england",), [(None, ""), ("2020-12-08", "caldicott-2020")]),
    ("caldicott", ("wales", "scotland", "northern-ireland"), [(None, "")]),
    (
        "competence",
        BRITISH,
        [(None, "england-2006*"), ("2006-04-01", "england-2006"), ("2008-10-01", "england-2006*")],
    ),
    ("competence", ("scotland",), [(None, "girfec")]),
    ("capacity", ("england", "wales"), [(None, ""), ("2007-10-01", "mca-2005")]),
    ("capacity", ("scotland",), [(None, ""), ("2000-01-01", "scotland-awi-2000")]),
    ("capacity", ("northern-ireland",), [(None, "")]),
    (
        "readings",
        BRITISH,
        [(None, "england-2006*"), ("2006-04-01", "england-2006"), ("2008-10-01", "england-2006*")],
    ),
    ("readings", ("scotland",), [(None, "girfec")]),
    *[(slot, tuple(NATIONS), [(None, pack)]) for slot, pack in ALWAYS.items()],
]
# The packs that the design of the policy module names; those with a star only by choice.
NAMED = {
    "flowcharts": {"england-2006", "uk-2008", "girfec-vsp"},
    "rules": {
        "2006-six-points",
        "2008-seven",
        "2015-seven",
        "2018-seven",
        "salford-2018*",
        "2024-seven",
    },
    "caldicott": {"caldicott-2020"},
    "competence": {"england-2006", "girfec", "scotland-2018*", "mca-2005", "scotland-awi-2000"},
    "bases": {"article6-2026", "article9-2026", "confidentiality-2026", "crime-2026", "powers-2026"},
}


@pytest.mark.parametrize("kind", NAMED)
def test_every_pack_of_the_design_is_here_by_name(kind: str) -> None:
    assert {f"{pack.id}{'*' if pack.by_choice else ''}" for pack in pack_files.catalogue(kind)} == NAMED[kind]


def expected(slot: str, nation: str, day: datetime.date) -> str:
    runs = next(runs for name, nations, runs in TIMELINE if name == slot and nation in nations)
    return [pack for start, pack in runs if start is None or datetime.date.fromisoformat(start) <= day][-1]


@pytest.mark.parametrize("nation", NATIONS)
def test_which_pack_counts_on_every_boundary_day(nation: str) -> None:
    for day in boundary_days():
        chosen = packs.packs_for(nation, day)
        for slot in sorted({name for name, _, _ in TIMELINE}):
            pack = getattr(chosen, slot)
            found = f"{pack.id}{'*' if pack.note(day) else ''}" if pack else ""
            assert found == expected(slot, nation, day), (slot, day)


def test_the_timeline_holds_every_pack_that_is_not_only_chosen_or_only_a_list() -> None:
    listed = {(slot, pack.rstrip("*")) for slot, _, runs in TIMELINE for _, pack in runs if pack}
    written = {
        (
            "capacity"
            if pack.for_ages == "from_16"
            else pack.kind.removesuffix("s")
            if pack.kind == "flowcharts"
            else kind,
            pack.id,
        )
        for kind in pack_files.KINDS
        for pack in pack_files.catalogue(kind)
        if not pack.by_choice and kind not in ("bases", "reasons")
    }
    assert listed == written


@pytest.mark.parametrize("nation", NATIONS)
def test_a_stand_in_says_why_it_is_used(nation: str) -> None:
    for day in boundary_days():
        for note in packs.packs_for(nation, day).notes(day):
            assert "was in force" in note
            assert re.search(r"not on \d+ \w+ \d+\. [A-Z]", note), note


@pytest.mark.parametrize("nation", NATIONS)
def test_on_every_boundary_day_a_decision_can_be_judged(nation: str) -> None:
    facts = parse_facts({"questions": {"purpose": {"answer": "yes"}, "public_interest": {"answer": "unsure"}}})
    for day in boundary_days():
        chosen = packs.packs_for(nation, day)
        found = evaluate(facts, chosen, day)
        assert len(found.rules) == len(chosen.rules.statements)
        assert len(found.principles) == (8 if chosen.caldicott else 0)
        assert [each["id"] for each in found.packs] == [pack.name for pack in chosen.all()]


@pytest.mark.parametrize("code", sorted(bases.all_bases()))
def test_each_law_begins_and_ends_on_its_day(code: str) -> None:
    """Open from its first day to its last and on no other; one that cannot be relied on is open on none."""
    for law in bases.all_bases()[code]:
        assert law.period.covers(law.citation.checked) or law.period.end is not None
        for edge in (law.period.start, law.period.end):
            for step in (-1, 0, 1) if edge not in (None, datetime.date.min) else ():
                day = edge + step * ONE_DAY
                is_open = law.status == "usable" and any(each.period.covers(day) for each in bases.all_bases()[code])
                assert (bases.check(code, day) is None) == is_open, day


def test_on_every_boundary_day_each_code_has_one_version_at_most() -> None:
    for day in boundary_days():
        for kind in pack_files.KINDS:
            for pack in pack_files.catalogue(kind):
                in_force = [each.code for each in pack.statements if each.period.covers(day)]
                assert len(in_force) == len(set(in_force)), (pack.name, day)


def test_since_2018_there_is_always_a_basis_of_each_layer() -> None:
    for day in boundary_days():
        for kind in ("public", "contracted", "other"):
            found = {each.layer for each in bases.available(day, "england", kind)}
            assert ({"article6", "article9"} <= found) == (day >= datetime.date(2018, 1, 1))
            assert "confidentiality" in found


def planted_pack(start: str, until: str) -> pack_files.Pack:
    citation = Citation(document="An Act", paragraph="1", checked=datetime.date(2026, 11, 21), confidence="seed")
    return pack_files.Pack(
        id=start,
        kind="rules",
        words="Planted",
        digest="",
        nations=tuple(NATIONS),
        period=Period(datetime.date.fromisoformat(start), datetime.date.fromisoformat(until)),
        citation=citation,
        stands_in=(),
        stands_in_words="",
        superseded_by="",
        by_choice=False,
        for_ages="",
        statements=(),
        data={},
    )


@pytest.mark.parametrize(
    ("second_start", "refused_on", "got"),
    [
        ("2001-01-01", None, ""),
        ("2001-01-02", "2001-01-01", "none"),
        ("2000-12-31", "2000-12-31", "rules/2000-01-01 and rules/2000-12-31"),
    ],
)
def test_a_gap_or_an_overlap_of_one_day_between_packs_is_found(
    second_start: str, refused_on: str | None, got: str
) -> None:
    both = [planted_pack("2000-01-01", "2000-12-31"), planted_pack(second_start, "2001-12-31")]
    refusals = {}
    for step in range(-2, 3):
        day = datetime.date(2000, 12, 31) + step * ONE_DAY
        try:
            packs.choose(both, "rules", "england", day)
        except PackRefused as refused:
            refusals[day.isoformat()] = refused.faults[0].got
    assert refusals == ({refused_on: got} if refused_on else {})


def test_the_reasons_explain_codes_that_people_can_choose() -> None:
    lists = {"not_sought": NOT_SOUGHT, "informing": INFORMING_REASONS, "circumstances": CIRCUMSTANCES}
    written = [each.id.split(".") for each in pack_files.pack_named("reasons/england-2006").statements]
    assert all(code in lists[name] for name, code in written)
    assert {code for name, code in written if name == "circumstances"} == NORMALLY_JUSTIFIED
