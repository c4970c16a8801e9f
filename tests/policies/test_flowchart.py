"""The flowcharts as data: every edge of each is taken by some facts, and missed when it is gone."""

from dataclasses import replace

import pytest

from policies.errors import PackRefused
from policies.flowchart import Flowchart, flowchart_of
from policies.lines import OPENNESS
from policies.pack_files import catalogue, pack_named
from tests.cases.playing import CASES as PLAYED
from tests.policies.taken import CASES, CONCERNS, TAKEN, USED, chart_of, check_row, line, packs_of, said

NAMES = list(TAKEN)


def edges(chart: Flowchart) -> set[str]:
    return {edge.id for each in chart.edges.values() for edge in each}


@pytest.mark.parametrize(("name", "edge"), CASES)
def test_each_edge_is_taken_and_leads_where_its_paragraph_says(name: str, edge: str) -> None:
    check_row(name, chart_of(name), edge)


@pytest.mark.parametrize(("name", "edge"), CASES)
def test_its_facts_come_out_otherwise_once_an_edge_is_gone(name: str, edge: str) -> None:
    row = TAKEN[name][edge]
    whole = line(name, chart_of(name), row)
    try:
        without = line(name, chart_of(name).without(edge), row)
    except PackRefused as refused:
        assert refused.faults[0].expected == "an edge that holds always"
        return
    # Not the edge's name but what people read of it has to change.
    shown = [[(step.question, step.answer, step.decided) for step in each.trace] for each in (whole, without)]
    assert (said(whole), shown[0]) != (said(without), shown[1])


@pytest.mark.parametrize("name", NAMES)
def test_the_table_names_every_concern_that_an_edge_raises(name: str) -> None:
    raised = {edge.id: edge.concerns for each in chart_of(name).edges.values() for edge in each if edge.concerns}
    assert raised == {edge: (CONCERNS[edge],) for edge in CONCERNS if edge in TAKEN[name]}


def test_there_is_a_table_for_every_flowchart() -> None:
    assert sorted(TAKEN) == [pack.id for pack in catalogue("flowcharts")]


@pytest.mark.parametrize("name", NAMES)
def test_the_table_names_every_edge_and_no_other(name: str) -> None:
    assert set(TAKEN[name]) == edges(chart_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_each_is_used_where_and_when_the_table_says(name: str) -> None:
    assert packs_of(name).flowchart.id == name
    nation, _ = USED[name]
    assert nation in packs_of(name).flowchart.nations


@pytest.mark.parametrize(("name", "last"), [("england-2006", 8), ("uk-2008", 7)])
def test_the_printed_questions_are_all_there(name: str, last: int) -> None:
    assert {node.printed for node in chart_of(name).nodes.values()} == set(range(last + 1))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_questions_are_asked_by_every_flowchart(name: str) -> None:
    """Facts that one of them can take, every one can: only the family's part is asked by one alone."""
    assert set(chart_of(name).nodes) - {"involve"} == set(chart_of("england-2006").nodes)


@pytest.mark.parametrize("name", NAMES)
def test_risk_is_asked_first_and_every_edge_has_a_short_label(name: str) -> None:
    chart = chart_of(name)
    assert chart.begins == "risk"
    for each in chart.edges.values():
        labels = [edge.label for edge in each]
        assert all(0 < len(label) <= 60 for label in labels)
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", NAMES)
def test_every_flowchart_takes_the_facts_of_every_case(name: str) -> None:
    """Whichever chart they were written for: one advice for each line, with its source, and a duty first."""
    pack = pack_named(f"flowcharts/{name}")
    for case in (each for each in PLAYED if "refused" not in each.expected):
        own, here = case.evaluated(), case.evaluated(replace(case.packs, flowchart=pack))
        assert [(each.item, each.recipient) for each in here.lines] == [(e.item, e.recipient) for e in own.lines]
        for before, after in zip(own.lines, here.lines, strict=True):
            assert after.advice in OPENNESS, case.name
            assert sum(step.decisive for step in after.trace) == 1, case.name
            assert (after.advice == "must_share") == (before.advice == "must_share"), case.name
            held_back = after.act_now and after.could_act and OPENNESS[after.advice] < OPENNESS["seek_advice"]
            assert not held_back, case.name
        assert here.act_now_says == own.act_now_says


def test_what_could_not_be_read_is_marked() -> None:
    """The guide of 2006 was read whole; of the two others what they say is, and the rest is not verified."""
    doubtful = {
        name: {e.id for each in chart_of(name).edges.values() for e in each if e.citation.confidence == "unverified"}
        for name in NAMES
    }
    assert doubtful["england-2006"] == set()
    assert {"purpose-no", "identifies-no", "interest-should"} <= doubtful["uk-2008"]
    assert not {"duty-must", "purpose-unsure", "consent-refused", "interest-may"} & doubtful["uk-2008"]
    assert {"confidential-within", "informant-shown", "approval-under-13"} <= doubtful["girfec-vsp"]
    assert not {"risk-child", "consent-refusal-respected", "interest-crime", "involve-not"} & doubtful["girfec-vsp"]


def test_a_flowchart_is_read_once_for_each_digest() -> None:
    concerns = pack_named("concerns/uk-2026")
    chart = flowchart_of(pack_named("flowcharts/england-2006"), concerns)
    assert flowchart_of(pack_named("flowcharts/england-2006"), concerns) is chart
