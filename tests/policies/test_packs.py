"""Which packs apply, the same ones again by name and digest, and what is refused."""

import datetime
import hashlib
from collections.abc import Callable

import pytest

from policies import packs
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


def planted(*changes: tuple[str, str], name: str = "rules/one.toml") -> packs.Pack:
    text = PLANTED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return packs.parse_pack(name, text.encode())


def test_what_applies_in_each_nation() -> None:
    chosen = {nation: packs.packs_for(nation, NOW) for nation in NATIONS}
    assert {each.flowchart.name for each in chosen.values()} == {"flowcharts/england-2006"}
    assert {each.rules.name for each in chosen.values()} == {"rules/2018-seven"}
    assert {nation: each.competence.id for nation, each in chosen.items()} == {
        "england": "england-2006",
        "wales": "england-2006",
        "northern-ireland": "england-2006",
        "scotland": "girfec",
    }


def test_a_pack_used_outside_its_own_days_says_so() -> None:
    chosen = packs.packs_for("england", NOW)
    assert chosen.rules.superseded_by == "2024-seven"
    assert chosen.rules.note(DAY(2018, 6, 30)) != ""
    assert chosen.rules.note(DAY(2018, 7, 1)) == ""
    assert chosen.rules.note(DAY(2024, 4, 30)) == ""
    note = chosen.rules.note(DAY(2024, 5, 1))
    assert "from July 2018 until 30 April 2024" in note
    assert "not on 1 May 2024" in note
    assert "Its successor is rules/2024-seven." in note
    assert note in chosen.notes(DAY(2024, 5, 1))
    assert not any("rules/2018-seven" in each for each in chosen.notes(DAY(2024, 4, 30)))


def test_an_unknown_nation_is_refused_with_the_nearest() -> None:
    with pytest.raises(PackRefused) as refused:
        packs.packs_for("scottland", NOW)
    assert refused.value.faults[0].field == "nation"
    assert refused.value.faults[0].hint == "Did you mean scotland?"


def test_the_digest_is_that_of_the_file() -> None:
    for kind in set(packs.KINDS) - {"caldicott"}:
        found = packs.catalogue(kind)
        assert found, kind
        for pack in found:
            raw = (packs.DATA / f"{pack.name}.toml").read_bytes()
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
        assert packs.pack_named(f"competence/{pack_id}").kind == "competence"
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
        packs.parse_pack("rules/one.toml", raw)
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
