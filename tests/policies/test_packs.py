"""Which packs apply, the same ones again by name and digest, and what is refused."""

import datetime
import hashlib
from collections.abc import Callable

import pytest

from policies import pack_files, packs
from policies.codes import COMPETENCE_PACKS, NATIONS
from policies.errors import PackRefused

DAY = datetime.date
NOW = DAY(2026, 11, 21)
PLANTED = """
[pack]
id = "one"
kind = "rules"
words = "Planted"
in_force = { from = 2000-01-01, until = 2000-12-31 }
source = { document = "An Act", paragraph = "all" }
checked = 2026-11-21
confidence = "seed"

[[statements]]
id = "first"
code = "thing"
words = "First."
in_force = { from = 2000-01-01, until = 2000-06-30 }
source = { document = "An Act", paragraph = "section 1" }
checked = 2026-11-21
confidence = "seed"

[[statements]]
id = "second"
code = "thing"
words = "Second."
in_force = { from = 2000-07-01 }
source = { document = "An Act", paragraph = "section 2" }
checked = 2026-11-21
confidence = "seed"
"""


def planted(*changes: tuple[str, str], name: str = "rules/one.toml") -> pack_files.Pack:
    text = PLANTED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return pack_files.parse_pack(name, text.encode())


IN_ENGLAND = [
    ("2005-01-01", "england-2006", "2006-six-points", ""),
    ("2008-09-30", "england-2006", "2006-six-points", ""),
    ("2008-10-01", "uk-2008", "2008-seven", ""),
    ("2015-03-25", "uk-2008", "2008-seven", ""),
    ("2015-03-26", "england-2006", "2015-seven", ""),
    ("2018-06-30", "england-2006", "2015-seven", ""),
    ("2018-07-01", "england-2006", "2018-seven", ""),
    ("2024-04-30", "england-2006", "2018-seven", "caldicott-2020"),
    ("2024-05-01", "england-2006", "2024-seven", "caldicott-2020"),
    ("2026-11-21", "england-2006", "2024-seven", "caldicott-2020"),
]


@pytest.mark.parametrize(("day", "chart", "rules", "principles"), IN_ENGLAND, ids=[row[0] for row in IN_ENGLAND])
def test_what_applies_in_england_on_each_day(day: str, chart: str, rules: str, principles: str) -> None:
    chosen = packs.packs_for("england", DAY.fromisoformat(day))
    assert (chosen.flowchart.id, chosen.rules.id) == (chart, rules)
    assert (chosen.caldicott.id if chosen.caldicott else "") == principles


@pytest.mark.parametrize(
    ("nation", "chart", "competence", "capacity", "principles"),
    [
        ("england", "england-2006", "england-2006", "mca-2005", "caldicott-2020"),
        ("wales", "england-2006", "england-2006", "mca-2005", None),
        ("northern-ireland", "england-2006", "england-2006", None, None),
        ("scotland", "girfec-vsp", "girfec", "scotland-awi-2000", None),
    ],
)
def test_what_applies_in_each_nation_now(
    nation: str, chart: str, competence: str, capacity: str | None, principles: str | None
) -> None:
    chosen = packs.packs_for(nation, NOW)
    assert (chosen.flowchart.id, chosen.competence.id, chosen.rules.id) == (chart, competence, "2024-seven")
    assert (chosen.capacity.id if chosen.capacity else None) == capacity
    assert (chosen.caldicott.id if chosen.caldicott else None) == principles


def test_what_is_used_only_by_choice_is_used_when_it_is_named() -> None:
    for kind, pack_id in (("rules", "salford-2018"), ("competence", "scotland-2018"), ("caldicott", "caldicott-2020")):
        alone = packs.packs_for("scotland", NOW)
        chosen = packs.packs_for("scotland", NOW, ((kind, pack_id),))
        assert f"{kind}/{pack_id}" not in {pack.name for pack in alone.all()}
        assert f"{kind}/{pack_id}" in {pack.name for pack in chosen.all()}
    assert pack_files.pack_named("rules/salford-2018").by_choice
    assert pack_files.pack_named("competence/scotland-2018").by_choice


def test_a_way_of_judging_competence_takes_the_place_of_those_for_its_ages() -> None:
    children = packs.packs_for("england", NOW, (("competence", "girfec"),))
    assert (children.competence.id, children.capacity and children.capacity.id) == ("girfec", "mca-2005")
    grown = packs.packs_for("england", NOW, (("competence", "scotland-awi-2000"),))
    assert (grown.competence.id, grown.capacity and grown.capacity.id) == ("england-2006", "scotland-awi-2000")
    named = packs.packs_for("northern-ireland", NOW).with_competence("mca-2005")
    assert (named.competence.id, named.capacity and named.capacity.id) == ("england-2006", "mca-2005")


def test_packs_are_always_listed_in_the_same_order() -> None:
    kinds = ["flowcharts", "rules", "caldicott", "competence", "competence", "concerns", "readings", "readings"]
    order = [*kinds, *["bases"] * len(pack_files.catalogue("bases")), "timings", "retention"]
    assert [pack.kind for pack in packs.packs_for("england", NOW).all()] == order
    assert [ref["id"] for ref in packs.packs_for("england", NOW).as_refs()] == [
        pack.name for pack in packs.packs_for("england", NOW).all()
    ]


def test_a_pack_used_outside_its_own_days_says_so() -> None:
    chosen = packs.packs_for("england", NOW)
    assert chosen.flowchart.superseded_by == "uk-2008"
    assert chosen.flowchart.note(DAY(2006, 4, 1)) == ""
    assert chosen.flowchart.note(DAY(2008, 9, 30)) == ""
    note = chosen.flowchart.note(DAY(2008, 10, 1))
    assert "from April 2006 until 30 September 2008" in note
    assert "not on 1 October 2008" in note
    assert "Its successor is flowcharts/uk-2008." in note
    assert chosen.flowchart.note(NOW) in chosen.notes(NOW)
    assert not any(each.startswith("rules/") for each in chosen.notes(NOW))


def test_an_unknown_nation_is_refused_with_the_nearest() -> None:
    with pytest.raises(PackRefused) as refused:
        packs.packs_for("scottland", NOW)
    assert refused.value.faults[0].field == "nation"
    assert refused.value.faults[0].hint == "Did you mean scotland?"


def test_the_digest_is_that_of_the_file() -> None:
    for kind in set(pack_files.KINDS) - {"caldicott"}:
        found = pack_files.catalogue(kind)
        assert found, kind
        for pack in found:
            raw = (pack_files.DATA / f"{pack.name}.toml").read_bytes()
            assert pack.digest == hashlib.sha256(raw).hexdigest()


def test_the_same_packs_come_back_by_name_and_digest() -> None:
    for nation in NATIONS:
        chosen = packs.packs_for(nation, NOW)
        assert packs.packs_named(chosen.as_refs()) == chosen
    girfec = packs.packs_for("england", NOW).with_competence("girfec")
    assert girfec.competence.id == "girfec"
    assert packs.packs_named(girfec.as_refs()) == girfec


def refs(change: Callable[[list[dict[str, str]]], object]) -> list[dict[str, str]]:
    given = packs.packs_for("england", NOW).as_refs()
    change(given)
    return given


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        (lambda r: r[0].update(digest="0" * 64), "packs.flowcharts/england-2006", "a file with digest"),
        (lambda r: r[0].pop("digest"), "packs.flowcharts/england-2006", "a file with digest"),
        (lambda r: r[1].update(id="rules/2018-sevn"), "packs", "the name of a pack that is here"),
        (lambda r: r[1].pop("id"), "packs", "the name of a pack that is here"),
        (lambda r: r.pop(0), "packs", "one of flowcharts"),
        (lambda r: r.append(r[0]), "packs", "one of flowcharts"),
        (lambda r: [r.remove(each) for each in r[:] if each["id"].startswith("bases/")], "packs", "one of bases"),
        (lambda r: r.clear(), "packs", "one of flowcharts"),
        (lambda r: r.remove(next(e for e in r if e["id"] == "readings/girfec")), "packs", "both sides of readings"),
        (lambda r: r.__setitem__(7, r[6]), "packs", "both sides of readings"),
    ],
)
def test_packs_that_are_not_here_are_refused(
    change: Callable[[list[dict[str, str]]], object], field: str, expected: str
) -> None:
    with pytest.raises(PackRefused) as refused:
        packs.packs_named(refs(change))
    assert refused.value.faults[0].field == field
    assert expected in refused.value.faults[0].expected


def test_every_unknown_pack_is_named_at_once_with_the_nearest() -> None:
    given = [{"id": "rules/2018-sevn", "digest": ""}, {"id": "competence/girfek", "digest": ""}]
    with pytest.raises(PackRefused) as refused:
        packs.packs_named(given)
    hints = [fault.hint for fault in refused.value.faults]
    assert hints == ["Did you mean rules/2018-seven?", "Did you mean competence/girfec?"]


def test_a_way_of_judging_competence_is_a_pack_of_that_kind() -> None:
    for pack_id in COMPETENCE_PACKS:
        assert pack_files.pack_named(f"competence/{pack_id}").kind == "competence"
    with pytest.raises(PackRefused):
        packs.packs_for("england", NOW).with_competence("2018-seven")


def test_a_planted_pack_is_read() -> None:
    pack = planted()
    assert [each.id for each in pack.statements] == ["first", "second"]
    assert pack.on(DAY(2000, 6, 30))["thing"].id == "first"
    assert pack.on(DAY(2000, 7, 1))["thing"].id == "second"
    assert pack.on(DAY(1999, 12, 31)) == {}
    assert pack.nations == tuple(NATIONS)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('source = { document = "An Act", paragraph = "section 2" }\n', "", "#second.source"),
        ('checked = 2026-11-21\nconfidence = "seed"\n\n[[', 'confidence = "seed"\n\n[[', ".pack.checked"),
        ('confidence = "seed"\n\n[[', "\n[[", ".pack.confidence"),
        ('words = "Second."\n', "", "#second.words"),
        ('id = "second"\n', "", "#statement 2.id"),
        ('id = "second"', 'id = "first"', "#first"),
        ("2000-07-01 }", "2000-07-02 }", "#second.in_force"),
        ("2000-07-01 }", "2000-06-30 }", "#second.in_force"),
        (", until = 2000-06-30 }", " }", "#second.in_force"),
        ('words = "Planted"', 'words = "Planted"\nnation = "wales"', ".pack.nation"),
        ('words = "Planted"', 'words = "Planted"\nnations = ["cornwall"]', ".pack.nations"),
        ('words = "Planted"', 'words = "Planted"\nstands_in = ["always"]', ".pack.stands_in"),
        ('words = "Planted"', 'words = "Planted"\nstands_in = ["after"]', ".pack.stands_in_words"),
        ('id = "one"', 'id = "two"', ".pack"),
        ('kind = "rules"', 'kind = "rule"', ".pack"),
    ],
)
def test_a_planted_fault_is_refused_by_file_and_statement(old: str, new: str, field: str) -> None:
    with pytest.raises(PackRefused) as refused:
        planted((old, new))
    assert [fault.field for fault in refused.value.faults] == [f"rules/one.toml{field}"]


def test_gaps_and_overlaps_are_told_apart() -> None:
    with pytest.raises(PackRefused, match=r"got a gap until 2000-07-02"):
        planted(("2000-07-01 }", "2000-07-02 }"))
    with pytest.raises(PackRefused, match=r"got an overlap"):
        planted(("2000-07-01 }", "2000-06-30 }"))


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"[pack", b"[[statements]]\n", b"pack = 1"])
def test_a_file_that_is_no_pack_is_refused(raw: bytes) -> None:
    with pytest.raises(PackRefused) as refused:
        pack_files.parse_pack("rules/one.toml", raw)
    assert refused.value.faults[0].field.startswith("rules/one.toml")


STANDS = 'words = "Planted"\nstands_in_words = "So it is."\n'


def test_a_day_that_nothing_covers_is_refused_unless_a_pack_stands_in() -> None:
    early, late = DAY(1999, 12, 31), DAY(2001, 1, 1)
    alone = planted()
    before = planted(('words = "Planted"\n', STANDS + 'stands_in = ["before"]\n'))
    after = planted(('words = "Planted"\n', STANDS + 'stands_in = ["after"]\n'))
    assert packs.choose([alone], "rules", "wales", DAY(2000, 12, 31)) is alone
    assert packs.choose([before], "rules", "wales", early) is before
    assert packs.choose([after], "rules", "wales", late) is after
    for pack, day in ((alone, early), (alone, late), (before, late), (after, early)):
        with pytest.raises(PackRefused, match="got none"):
            packs.choose([pack], "rules", "wales", day)


def test_two_packs_for_one_day_are_refused() -> None:
    one = planted()
    other = planted(('id = "one"', 'id = "two"'), name="rules/two.toml")
    with pytest.raises(PackRefused, match="rules/one and rules/two"):
        packs.choose([one, other], "rules", "wales", DAY(2000, 1, 1))


def test_the_nearest_pack_stands_in() -> None:
    stands = ('words = "Planted"\n', STANDS + 'stands_in = ["before", "after"]\n')
    moved = ("{ from = 2000-01-01, until = 2000-12-31 }", "{ from = 2010-01-01, until = 2010-12-31 }")
    first = planted(stands)
    second = planted(stands, moved, ('id = "one"', 'id = "two"'), name="rules/two.toml")
    assert packs.choose([first, second], "rules", "wales", DAY(1990, 1, 1)) is first
    assert packs.choose([first, second], "rules", "wales", DAY(2005, 1, 1)) is first
    assert packs.choose([first, second], "rules", "wales", DAY(2020, 1, 1)) is second
