"""What a flowchart is refused for: each with the edge or node, what was expected and what was got."""

import pytest

from policies.errors import PackRefused
from policies.flowchart import read_flowchart
from policies.pack_files import DATA, pack_named, parse_pack

NAME = "flowcharts/england-2006.toml"
RAW = (DATA / NAME).read_text(encoding="utf-8")
CONCERNS = pack_named("concerns/uk-2026")


def changed(old: str, new: str) -> str:
    assert RAW.count(old) >= 1
    return RAW.replace(old, new, 1)


def refusals(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(PackRefused) as caught:
        read_flowchart(parse_pack(NAME, text.encode()), CONCERNS)
    return [(fault.field, fault.expected, fault.got) for fault in caught.value.faults]


def without_statement(edge: str) -> str:
    blocks = RAW.split("\n[[")
    kept = [block for block in blocks if not block.startswith(f'statements]]\nid = "{edge}"\n')]
    assert len(kept) == len(blocks) - 1
    return "\n[[".join(kept)


def test_the_real_one_is_not_refused() -> None:
    assert len(read_flowchart(parse_pack(NAME, RAW.encode()), CONCERNS).edges) == 11


@pytest.mark.parametrize(
    ("old", "new", "field", "got"),
    [
        ('when = "purpose_no"', 'when = "porpose_no"', "england-2006#purpose-no.when", "the unknown test porpose_no"),
        ('when = "purpose_no"', "when = 3", "england-2006#purpose-no.when", "neither a name nor one of all, any, not"),
        (
            'when = "purpose_no"',
            "when = { all = [] }",
            "england-2006#purpose-no.when",
            "all without a list of tests",
        ),
        (
            'when = "purpose_no"',
            'when = { xor = ["purpose_no"] }',
            "england-2006#purpose-no.when",
            "xor without a list of tests",
        ),
        ('to = "identifies"', 'to = "nowhere"', "england-2006#purpose-yes.to", "nowhere"),
        ('advice = "do_not_share"', 'advice = "forbid"', "england-2006#purpose-no.advice", "forbid"),
        ('route = "anonymised"', 'route = "luck"', "england-2006#identifies-no.route", "luck"),
        ('concerns = ["not_a_duty"]', 'concerns = ["nothing"]', "england-2006#duty-not-one.concerns", "nothing"),
        (
            'conditions = ["limited"]',
            'conditions = ["ha"]',
            "england-2006#interest-should-limited.conditions",
            "ha",
        ),
        ('begins = "risk"', 'begins = "start"', "england-2006.begins", "start"),
        ("takes_out = true", "takes_off = true", "england-2006#informant-shown.takes_off", "takes_off"),
        (
            'advice = "may_share"\nroute = "anonymised"',
            'advice = "may_share"',
            "england-2006#identifies-no.route",
            "advice may_share with route none",
        ),
        (
            'advice = "do_not_share"',
            'advice = "do_not_share"\nroute = "consent"',
            "england-2006#purpose-no.route",
            "advice do_not_share with route consent",
        ),
        ('to = "identifies"', 'to = "duty"', "england-2006#purpose-yes.to", "duty"),
    ],
)
def test_what_an_edge_is_refused_for(old: str, new: str, field: str, got: str) -> None:
    found = refusals(changed(old, new))
    assert (field, got) in [(fault[0], fault[2]) for fault in found]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('id = "risk"\nprinted = 0', 'id = "risk"\nprinted = "0"', "england-2006.nodes#risk"),
        ('id = "duty"\nprinted', 'id = "risk"\nprinted', "england-2006.nodes#risk"),
        (
            'id = "risk"\nprinted = 0\nwords = "',
            'id = "risk"\nprinted = 0\nwords = " "\nnote = "',
            "england-2006.nodes#risk",
        ),
    ],
)
def test_what_a_sentence_is_refused_for(old: str, new: str, field: str) -> None:
    assert field in [fault[0] for fault in refusals(changed(old, new))]


def test_a_node_that_nothing_leads_to() -> None:
    away = changed('to = "identifies"', 'to = "confidential"')
    wanted = ("england-2006.identifies", "a node that some edge leads to", "one that none reaches")
    assert wanted in refusals(away)


def test_a_way_to_the_end_without_advice() -> None:
    bare = changed('advice = "seek_consent_first"\n', "")
    (fault,) = refusals(bare)
    assert fault[:2] == ("england-2006.record", "advice on every way to the end")
    assert fault[2].startswith("none by risk → duty → purpose → identifies → confidential → consent → brake")


@pytest.mark.parametrize("edge", ["risk-none", "purpose-yes", "interest-unsure", "approval-none"])
def test_a_node_that_could_be_left_by_no_edge(edge: str) -> None:
    node = edge.rpartition("-")[0].replace("interest", "public_interest")
    assert (f"england-2006.{node}", "a last edge that holds always", "none") in refusals(without_statement(edge))


def test_an_edge_behind_one_that_holds_always() -> None:
    hidden = changed('when = "purpose_no"', 'when = "always"')
    assert ("england-2006#purpose-no", "always on the last edge only", "edges behind it") in refusals(hidden)


@pytest.mark.parametrize("place", ['[[nodes]]\nid = "risk"'])
@pytest.mark.parametrize("part", ["source", "checked", "confidence"])
def test_a_sentence_without_its_source(place: str, part: str) -> None:
    before, after = RAW.split(place, 1)
    lines = after.split("\n")
    gone = next(n for n, text in enumerate(lines) if text.startswith(f"{part} ="))
    del lines[gone]
    found = refusals(before + place + "\n".join(lines))
    assert [fault[0].rpartition(".")[2] for fault in found if fault[0].endswith(part)]
