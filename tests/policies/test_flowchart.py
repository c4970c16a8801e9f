"""The flowchart as data: every edge is taken by some facts, and missed when it is gone."""

import datetime
from typing import Any

import pytest

from policies.errors import PackRefused
from policies.evaluation import lines_for
from policies.facts import parse_facts
from policies.flowchart import Flowchart, flowchart_of
from policies.lines import Line
from policies.packs import pack_named, packs_for

DAY = datetime.date(2026, 3, 2)
PACKS = packs_for("england", DAY)
CHART = flowchart_of(PACKS.flowchart, PACKS.concerns)


def on_the_way(**answers: Any) -> dict[str, Any]:
    """Questions 1 to 3 answered so that question 4 is reached; others as given, a text being an answer."""
    given = {"purpose": "yes", "identifies": "yes", "confidential": "yes", **answers}
    return {name: {"answer": said} if isinstance(said, str) else said for name, said in given.items()}


def asked(status: str, **more: Any) -> dict[str, Any]:
    return {"questions": on_the_way(public_interest="no"), "consent": {"status": status, **more}}


def weighed(answer: str, **more: Any) -> dict[str, Any]:
    return {
        "questions": on_the_way(public_interest={"answer": answer, **more}),
        "consent": {"status": "refused"},
    }


def open_with(**more: Any) -> dict[str, Any]:
    return {"questions": on_the_way(confidential="no"), **more}


COURT = {"answer": "yes", "code": "COURT"}
HARM = {"circumstances": ["evidence_of_harm"]}
LIMITED = {"limited": {"what": "only the dates"}}
CALLER = {"kind": "member_of_public", "agrees_to_be_named": "no"}
GIVEN = {"status": "given", "by": {"capacity": "parental_responsibility", "resident": "yes"}}
REFUSED = {"status": "refused", "by": {"capacity": "parental_responsibility", "resident": "yes"}}

# Edge, facts that take it, and what the one line then comes to: advice, route, conditions.
TAKEN: dict[str, tuple[dict[str, Any], str]] = {
    "risk-child": ({"risk": {"offence": "yes"}, "questions": on_the_way()}, "seek_advice"),
    "risk-adult": ({"risk": {"serious_harm_adult": "yes"}, **open_with()}, "may_share not_confidential"),
    "risk-unsure": ({"risk": {"immediate": "unsure"}, **open_with()}, "may_share not_confidential"),
    "risk-none": (open_with(), "may_share not_confidential"),
    "duty-too-broad": (
        {"questions": {"duty": {**COURT, "too_broad": "yes"}}},
        "must_share duty legal_advice",
    ),
    "duty-must": ({"questions": {"duty": COURT}}, "must_share duty"),
    "duty-excepted": (
        {
            "questions": on_the_way(duty={"answer": "yes", "code": "CA89-27", "exception": "it would undo our work"}),
            "consent": {"status": "refused"},
        },
        "seek_advice",
    ),
    "duty-not-one": (
        open_with(questions=on_the_way(duty={"answer": "yes", "code": "CDA98-115"})),
        "seek_consent_first",
    ),
    "duty-unnamed": (open_with(questions=on_the_way(duty="yes")), "seek_consent_first legal_advice"),
    "duty-outside": (
        {
            "questions": on_the_way(duty={**COURT, "extent_items": [2]}),
            "information": [{}, {}],
            "recipients": [{"items": [1]}],
        },
        "seek_consent_first",
    ),
    "duty-unsure": (open_with(questions=on_the_way(duty="unsure")), "seek_consent_first legal_advice"),
    "duty-none": ({"questions": on_the_way(duty="no")}, "seek_consent_first"),
    "purpose-no": ({"questions": on_the_way(purpose="no")}, "do_not_share"),
    "purpose-yes": (open_with(), "may_share not_confidential"),
    "identifies-no": ({"questions": on_the_way(identifies="no")}, "may_share anonymised"),
    "identifies-yes": (open_with(), "may_share not_confidential"),
    "confidential-no": (open_with(), "may_share not_confidential"),
    "confidential-within": (
        {"questions": on_the_way(confidential={"answer": "yes", "within_understanding": "yes"})},
        "may_share within_understanding",
    ),
    "confidential-yes": ({"questions": on_the_way()}, "seek_consent_first"),
    "consent-good": (asked("given"), "may_share consent"),
    "consent-parents-differ": (
        {"questions": on_the_way(public_interest="no"), "subject": {"age": 3}, "consents": [GIVEN, REFUSED]},
        "seek_advice",
    ),
    "consent-refused": (asked("refused"), "do_not_share"),
    "consent-withdrawn": (asked("withdrawn"), "do_not_share"),
    "consent-invalid": (asked("given", freely_given="no"), "do_not_share"),
    "consent-conflict": (
        asked("given", by={"capacity": "parental_responsibility", "conflict_of_interest": "yes"}),
        "do_not_share",
    ),
    "consent-unobtainable": (asked("unobtainable"), "do_not_share"),
    "consent-no-reply": (asked("no_reply"), "do_not_share"),
    "consent-not-to-be-sought": (asked("not_sought", not_sought="delay"), "seek_advice"),
    "consent-no": ({"questions": on_the_way(consent="no", public_interest="no")}, "do_not_share"),
    "consent-not-asked-risk": (
        {"questions": on_the_way(public_interest={"answer": "yes", **HARM})},
        "should_share public_interest",
    ),
    "consent-first": ({"questions": on_the_way(public_interest="yes")}, "seek_consent_first"),
    "interest-should-limited": (weighed("yes", **HARM, **LIMITED), "should_share public_interest limited"),
    "interest-should": (weighed("yes", **HARM), "should_share public_interest"),
    "interest-may-limited": (weighed("yes", **LIMITED), "may_share public_interest limited"),
    "interest-may": (weighed("yes"), "may_share public_interest"),
    "interest-no-despite-harm": (weighed("no", **HARM), "seek_advice"),
    "interest-no": (weighed("no"), "do_not_share"),
    "interest-unsure": (weighed("unsure"), "seek_advice"),
    "informant-shown": (
        open_with(information=[{"provider": {**CALLER, "identifiable": "yes"}}]),
        "do_not_share share_less",
    ),
    "informant-withheld": (open_with(information=[{"provider": CALLER}]), "may_share not_confidential share_less"),
    "informant-none": (open_with(), "may_share not_confidential"),
    "right-way-not-needed": (
        {"questions": on_the_way(confidential="no", right_way={"checks": {"necessary": "no"}})},
        "do_not_share share_less",
    ),
    "right-way-unverified": (
        {
            "questions": on_the_way(confidential="no", right_way={"checks": {"accurate": "no"}}),
            "risk": {"immediate": "yes"},
        },
        "may_share not_confidential",
    ),
    "right-way-put-right": (
        {"questions": on_the_way(confidential="no", right_way={"checks": {"secure": "no"}})},
        "may_share not_confidential put_right_first",
    ),
    "right-way-yes": (open_with(), "may_share not_confidential"),
    "brake-danger": ({"questions": on_the_way(purpose="no"), "risk": {"immediate": "yes"}}, "seek_advice"),
    "brake-none": ({"questions": on_the_way(purpose="no")}, "do_not_share"),
    "approval-under-13": (
        {
            "questions": on_the_way(purpose="no"),
            "subject": {"age": 12},
            "sexual_activity": True,
            "decision": "no_share",
        },
        "do_not_share awaiting_approval",
    ),
    "approval-none": (open_with(subject={"age": 12}, sexual_activity=True), "may_share not_confidential"),
}


def line(chart: Flowchart, given: dict[str, Any]) -> Line:
    (only,) = lines_for(chart, parse_facts(given), PACKS, DAY)
    return only


def said(found: Line) -> str:
    return " ".join([found.advice, *([found.route] if found.route else []), *(each.code for each in found.conditions)])


@pytest.mark.parametrize("edge", TAKEN)
def test_each_edge_is_taken_and_leads_where_its_paragraph_says(edge: str) -> None:
    given, expected = TAKEN[edge]
    found = line(CHART, given)
    assert edge in [step.edge for step in found.trace]
    assert said(found) == expected


@pytest.mark.parametrize("edge", TAKEN)
def test_its_facts_come_out_otherwise_once_an_edge_is_gone(edge: str) -> None:
    given, _ = TAKEN[edge]
    whole = line(CHART, given)
    try:
        without = line(CHART.without(edge), given)
    except PackRefused as refused:
        assert refused.faults[0].expected == "an edge that holds always"
        return
    # Not the edge's name but what people read of it has to change.
    shown = [[(step.question, step.answer, step.decided) for step in each.trace] for each in (whole, without)]
    assert (said(whole), shown[0]) != (said(without), shown[1])


def test_the_table_names_every_edge_and_no_other() -> None:
    assert set(TAKEN) == {edge.id for edges in CHART.edges.values() for edge in edges}


def test_the_eight_printed_questions_are_all_there() -> None:
    assert {node.printed for node in CHART.nodes.values()} == set(range(9))


def test_a_flowchart_is_read_once_for_each_digest() -> None:
    assert flowchart_of(pack_named("flowcharts/england-2006"), PACKS.concerns) is CHART
