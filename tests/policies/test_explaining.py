"""Everything that a pack says can be asked for by its name, and comes with its source, dates and confidence."""

import datetime
import json

import pytest

from policies import packs_for
from policies.citation import CONFIDENCE
from policies.codes import ADVICE, CONDITIONS, NATIONS, POINTS, ROUTES
from policies.errors import PackRefused
from policies.explaining import KINDS, Explained, everything, explain
from policies.flowchart import flowchart_of
from policies.packs import Packs

DAY = datetime.date(2026, 11, 22)
ENGLAND = packs_for("england", DAY)
SETS = {
    **{nation: packs_for(nation, DAY) for nation in NATIONS},
    "uk-2008": packs_for("england", DAY, (("flowcharts", "uk-2008"), ("rules", "2008-seven"))),
    "salford": packs_for("england", DAY, (("rules", "salford-2018"),)),
}
OF_KIND = {
    "flowcharts": "edge",
    "rules": "rule",
    "caldicott": "principle",
    "competence": "criterion",
    "bases": "law",
    "timings": "deadline",
    "readings": "reading",
}


def found(topic: str, packs: Packs = ENGLAND) -> list[Explained]:
    return list(explain(topic, packs, DAY))


@pytest.mark.parametrize("name", SETS)
def test_every_statement_of_every_pack_can_be_asked_for(name: str) -> None:
    packs = SETS[name]
    for pack in packs.all():
        if pack is packs.other_readings:
            continue
        for each in pack.statements:
            if pack.kind == "retention" and not each.period.covers(DAY):
                continue  # what may no longer be chosen
            kind = OF_KIND.get(pack.kind, "")
            topic = f"{kind}:{each.code if kind == 'law' else each.id}" if kind else each.id
            those = [one for one in found(topic, packs) if one.words == each.words and one.pack == pack.name]
            assert (each.citation, each.period) in [(one.citation, one.period) for one in those], each.id


@pytest.mark.parametrize("name", SETS)
def test_what_is_explained_is_plain_json_with_all_of_its_source(name: str) -> None:
    for each in everything(SETS[name], DAY):
        plain = each.to_json()
        assert json.loads(json.dumps(plain)) == plain
        assert each.kind in KINDS
        assert each.words
        if each.kind in ("advice", "route", "condition", "test"):
            assert "citation" not in plain
            assert all(lead["citation"]["document"] for lead in plain["leads"])
        else:
            assert {"pack", "in_force", "citation", "confidence"} <= set(plain), each
            assert plain["confidence"] == CONFIDENCE[plain["citation"]["confidence"]]


def test_a_question_says_where_each_answer_leads() -> None:
    chart = flowchart_of(ENGLAND.flowchart, ENGLAND.concerns)
    for node in chart.nodes.values():
        (question,) = [one for one in found(f"question:{node.id}") if one.code == node.id]
        assert [lead.edge for lead in question.leads] == [edge.id for edge in chart.edges.get(node.id, ())]
        assert question.number == node.printed
    (purpose,) = found("question:purpose")
    assert [(lead.advice, lead.answer) for lead in purpose.leads] == [("do_not_share", "no"), ("", "yes")]


@pytest.mark.parametrize("number", range(1, 9))
def test_a_printed_number_is_a_question(number: int) -> None:
    for topic in (str(number), f"question {number}", f"Question-{number}"):
        those = found(topic)
        assert those and {(one.kind, one.number) for one in those} == {("question", number)}


def test_rules_and_principles_go_by_their_number_in_the_pack_that_is_used() -> None:
    (rule,) = found("rule 4")
    assert (rule.kind, rule.number, rule.pack) == ("rule", 4, "rules/2024-seven")
    (older,) = found("rule_4", SETS["uk-2008"])
    assert older.pack == "rules/2008-seven"
    (principle,) = found("Principle-7")
    assert principle.kind == "principle"
    with pytest.raises(PackRefused):
        found("principle-7", SETS["scotland"])


def test_a_rule_with_tests_of_its_own_shows_each() -> None:
    (rule,) = found("rule-6", SETS["salford"])
    tests = [label for label, _words in rule.details if label.startswith("Test ")]
    assert tests == [f"Test {number}" for number in range(1, 8)]


def test_one_name_may_be_several_things() -> None:
    kinds = [one.kind for one in found("consent")]
    assert kinds == ["question", "route", "law"]
    assert [one.kind for one in found("route:consent")] == ["route"]
    assert [one.code for one in found("law:consent")] == ["A6-A"]


@pytest.mark.parametrize("topic", ["ca89-47", "CA89 47", "Ca89_47", " CA89-47 ", "law:CA89-47"])
def test_capitals_spaces_and_strokes_make_no_difference(topic: str) -> None:
    (law,) = found(topic)
    assert law.code == "CA89-47"
    said = dict(law.details)
    assert said["What it is"] == "a duty"
    assert "England" in said["Where"]
    assert "Unless" in said


def test_advice_routes_conditions_and_points_are_there_with_what_gives_them() -> None:
    for code in (*ADVICE, *ROUTES, *CONDITIONS, *POINTS):
        assert found(code), code
    (advice,) = found("must_share")
    assert {lead.edge for lead in advice.leads} == {"duty-too-broad", "duty-must"}


def test_a_point_has_both_its_sides() -> None:
    (point,) = found("reading:crime")
    ((label, words),) = point.details
    assert label == "The other side, girfec"
    assert "Getting it right" in words


def test_what_is_not_verified_says_so() -> None:
    (law,) = found("MAPPA")
    assert law.to_json()["confidence"] == CONFIDENCE["unverified"]
    assert law.citation is not None
    assert law.citation.in_words().endswith(", not verified")


@pytest.mark.parametrize(
    ("topic", "got", "hint"),
    [
        ("cnsent", "cnsent", "Did you mean consent?"),
        ("rule-44", "rule-44", "Did you mean rule-4?"),
        ("CA89-46", "something that is not known here", "Did you mean ca89-47?"),
        ("Robin Placeholder", "something that is not known here", "Leave the topic out"),
        ("edge:consent", "edge:consent", ""),
        ("x" * 80, "something that is not known here", "Leave the topic out"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest_and_no_name(topic: str, got: str, hint: str) -> None:
    with pytest.raises(PackRefused) as refused:
        found(topic)
    (fault,) = refused.value.faults
    assert (fault.field, fault.got) == ("TOPIC", got)
    assert hint in fault.hint
    assert "Robin" not in str(refused.value)
