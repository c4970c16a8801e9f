"""Which question comes next: the risk first, nothing twice, nothing that could not matter, on every flowchart."""

import datetime
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from policies import evaluate, packs_for, parse_facts
from policies.asked_facts import LOOKS_AT, PUTS, RISK, WORDS, value_at, with_answer
from policies.asking import Asked, next_question
from policies.evaluation import Evaluation
from policies.fields import FACTS
from policies.line_predicates import PREDICATES
from policies.pack_files import parse_pack
from policies.packs import Packs
from policies.shape import Kind, ListOf, Record

DAY = datetime.date(2026, 3, 2)
ENGLAND = packs_for("england", DAY)
CHARTS = {
    "england-2006": ENGLAND,
    "uk-2008": packs_for("england", DAY, (("flowcharts", "uk-2008"),)),
    "girfec-vsp": packs_for("scotland", DAY),
}
PATHS = {look.path for looks in LOOKS_AT.values() for look in looks}
FIRST = [look.path for look in RISK]
# asked only where one of the two before it is not no: a danger that is none is not immediate
FOLLOWS = {"risk.immediate"}

Said = dict[str, Any]


def put(said: Said, asked: Asked, answer: Any) -> Said | None:
    """The facts with an answer; None where that answer leaves the fact open."""
    value = asked.puts.get(answer, answer) if isinstance(answer, str) else answer
    return None if value is None else with_answer(said, asked.path, value)


def talk(answers: Mapping[str, Any], packs: Packs = ENGLAND, nation: str = "england") -> tuple[list[str], Said]:
    """The paths asked, in order, and the facts. What has no answer is left open."""
    said: Said = {"organisation": {"nation": nation}}
    passed: list[str] = []
    order: list[str] = []
    while (asked := next_question(said, packs, DAY, passed)) is not None:
        assert asked.path not in order, f"asked twice: {asked.path}"
        order.append(asked.path)
        after = put(said, asked, answers.get(asked.path))
        if after is None:
            passed.append(asked.path)
        else:
            said = after
    return order, said


def judged(said: Said, packs: Packs = ENGLAND) -> Evaluation:
    return evaluate(parse_facts(said), packs, DAY)


SAFE = dict.fromkeys(FIRST, "no")
CONFIDENTIAL = {
    **SAFE,
    "questions.duty.answer": "no",
    "questions.purpose.answer": "yes",
    "questions.identifies.answer": "yes",
    "questions.confidential.answer": "yes",
    "questions.confidential.within_understanding": "no",
}
AGREED = {
    **CONFIDENTIAL,
    "consents[1].status": "given",
    "consents[1].by.capacity": "self",
    "subject.age": 15,
    "competence.conclusion": "competent",
    "consents[1].form": "explicit_oral",
    **{f"consents[1].informed.{told}": "yes" for told in ("why", "who", "purpose", "implications")},
    "consents[1].freely_given": "yes",
    "consents[1].scope.this_use": "yes",
    "consents[1].changed_since": "no",
    "information[1].provider.kind": "no",
    **{f"questions.right_way.checks.{check}": "yes" for check in ("necessary", "need_to_know", "accurate", "secure")},
}
RIGHT_WAY = [
    "information[1].provider.kind",
    *(f"questions.right_way.checks.{check}" for check in ("necessary", "need_to_know", "accurate", "secure")),
]
SHORT = ["questions.duty.answer", "questions.purpose.answer"]
# answers · what is asked after the risk, in order · advice
DIALOGUES: dict[str, tuple[Said, list[str], str]] = {
    "no good reason": (
        {**SAFE, **dict.fromkeys(SHORT, "no"), "subject.age": 13},
        [*SHORT, "subject.age"],
        "do_not_share",
    ),
    "nobody can be recognised": (
        {**AGREED, "questions.identifies.answer": "no"},
        [*SHORT, "questions.identifies.answer", *RIGHT_WAY],
        "may_share",
    ),
    "a duty that is none for this recipient": (
        {
            **SAFE,
            "questions.duty.answer": "yes",
            "questions.duty.code": "CA89-47",
            "organisation.kind": "public",
            "author.kind": "housing",
            "recipients[1].kind": "housing",
            "questions.purpose.answer": "no",
            "subject.age": 13,
        },
        [
            *("questions.duty.answer", "questions.duty.code", "organisation.kind", "author.kind", "recipients[1].kind"),
            *("questions.purpose.answer", "subject.age"),
        ],
        "do_not_share",
    ),
    "an order that asks for too much": (
        {
            **AGREED,
            "questions.duty.answer": "yes",
            "questions.duty.code": "COURT",
            "questions.duty.too_broad": "yes",
        },
        ["questions.duty.answer", "questions.duty.code", "questions.duty.too_broad", *RIGHT_WAY[3:]],
        "must_share",
    ),
    "a young person agrees": (
        AGREED,
        [*SHORT, *list(CONFIDENTIAL)[6:], *list(AGREED)[9:]],
        "may_share",
    ),
    "pressure makes the rest of no matter": (
        {**AGREED, "consents[1].informed.why": "no", "questions.public_interest.answer": "no"},
        [
            *SHORT,
            *list(CONFIDENTIAL)[6:],
            *("consents[1].status", "consents[1].by.capacity", "subject.age", "competence.conclusion"),
            *("consents[1].form", "consents[1].informed.why", "questions.public_interest.answer"),
            "questions.public_interest.circumstances",
        ],
        "do_not_share",
    ),
    "a parent agrees for a child who does not understand enough": (
        {
            **AGREED,
            "consents[1].by.capacity": "parental_responsibility",
            "subject.age": 8,
            "competence.conclusion": "not_competent",
            "consents[1].by.authority": "yes",
            "consents[1].by.conflict_of_interest": "no",
        },
        [
            *SHORT,
            *list(CONFIDENTIAL)[6:],
            *("consents[1].status", "consents[1].by.capacity", "subject.age", "competence.conclusion"),
            *("consents[1].by.authority", "consents[1].by.conflict_of_interest"),
            *list(AGREED)[13:],
        ],
        "may_share",
    ),
    "nobody was asked, and nothing is feared": (
        {
            **CONFIDENTIAL,
            "consents[1].status": "not_sought",
            "questions.public_interest.answer": "yes",
            "subject.age": 13,
        },
        [
            *SHORT,
            *list(CONFIDENTIAL)[6:],
            *("consents[1].status", "consents[1].not_sought"),
            *("questions.public_interest.answer", "questions.public_interest.circumstances", "subject.age"),
        ],
        "seek_consent_first",
    ),
    "not sharing about a child of eleven": (
        {
            **CONFIDENTIAL,
            "consents[1].status": "refused",
            "consents[1].by.capacity": "self",
            "subject.age": 11,
            "competence.conclusion": "competent",
            "questions.public_interest.answer": "no",
            "sexual_activity": "yes",
        },
        [
            *SHORT,
            *list(CONFIDENTIAL)[6:],
            *("consents[1].status", "consents[1].by.capacity", "subject.age", "competence.conclusion"),
            *("questions.public_interest.answer", "questions.public_interest.circumstances", "sexual_activity"),
        ],
        "do_not_share",
    ),
}


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_conversation_asks_this_and_no_more(name: str) -> None:
    answers, wanted, advice = DIALOGUES[name]
    order, said = talk(answers)
    assert order == [*(path for path in FIRST if path not in FOLLOWS), *wanted]
    assert judged(said).advice == advice


def test_not_sharing_about_an_eleven_year_old_waits_for_approval() -> None:
    _order, said = talk(DIALOGUES["not sharing about a child of eleven"][0])
    assert "awaiting_approval" in judged(said).conditions


def test_whether_somebody_may_be_named_is_asked_only_where_somebody_told() -> None:
    named = "information[1].provider.agrees_to_be_named"
    order, said = talk({**AGREED, "information[1].provider.kind": "yes", named: "no"})
    assert order[order.index("information[1].provider.kind") :][1:3] == [named, "information[1].provider.identifiable"]
    assert value_at(said, "information[1].provider.kind") == "member_of_public"
    order, _said = talk({**AGREED, "information[1].provider.kind": "yes", named: "yes"})
    assert "information[1].provider.identifiable" not in order


def test_danger_asks_whether_it_is_immediate_and_whether_they_could_act() -> None:
    order, said = talk({**SAFE, "risk.significant_harm": "yes", "questions.purpose.answer": "no"})
    assert order[:4] == FIRST
    assert order[-1] == "recipients[1].could_act"
    assert judged(said).act_now


def test_enough_to_decide_is_a_part_of_the_facts_only_where_it_is_yes() -> None:
    refused = {**CONFIDENTIAL, "consents[1].status": "refused", "questions.public_interest.answer": "yes"}
    limited = "questions.public_interest.limited"
    assert "limited" in judged(talk({**refused, limited: "yes"})[1]).conditions
    assert "limited" not in judged(talk({**refused, limited: "no"})[1]).conditions


SHORT_CHART = """
begins = "purpose"
[pack]
id = "short"
kind = "flowcharts"
words = "One question"
in_force = { from = 2026-01-01 }
source = { document = "Made up", paragraph = "1" }
checked = 2026-01-01
confidence = "unverified"
"""
NODE = """
[[nodes]]
id = "{}"
words = "{}?"
source = {{ document = "Made up", paragraph = "1" }}
checked = 2026-01-01
confidence = "unverified"
"""
EDGE = """
[[statements]]
id = "{0}"
from = "purpose"
when = "{0}"
to = "record"
advice = "do_not_share"
words = "So."
in_force = {{ from = 2026-01-01 }}
source = {{ document = "Made up", paragraph = "1" }}
checked = 2026-01-01
confidence = "unverified"
"""


def test_the_risk_comes_first_even_where_a_flowchart_has_no_such_question() -> None:
    nodes = NODE.format("purpose", "For what") + NODE.format("record", "Written down")
    text = SHORT_CHART + nodes + EDGE.format("purpose_no") + EDGE.format("always")
    chart = parse_pack("flowcharts/short.toml", text.encode())
    order, _said = talk({**SAFE, "questions.purpose.answer": "no"}, replace(ENGLAND, flowchart=chart))
    assert order == ["risk.significant_harm", "risk.serious_harm_adult", "risk.offence", "questions.purpose.answer"]


# -- every flowchart, many conversations


def answers_to(asked: Asked, chance: random.Random) -> Any:
    """Some answer, or None: left open."""
    if chance.random() < 0.1:
        return None
    if asked.kind == "whole":
        return chance.choice([3, 11, 12, 14, 15, 16, 17, 40])
    if asked.kind == "several":
        return chance.sample(list(asked.choices), chance.randrange(1, 3))
    if asked.kind == "words":
        return "some words"
    return chance.choice(list(asked.choices))


def conversation(chart: str, seed: int) -> tuple[Said, list[str], list[str]]:
    """The facts, the paths in the order in which they were asked, and those left open."""
    chance, packs = random.Random(seed), CHARTS[chart]
    said: Said = {"organisation": {"nation": "scotland" if chart == "girfec-vsp" else "england"}}
    order: list[str] = []
    passed: list[str] = []
    while (asked := next_question(said, packs, DAY, passed)) is not None:
        assert asked.path not in order, f"asked twice: {asked.path}"
        order.append(asked.path)
        after = put(said, asked, answers_to(asked, chance))
        if after is None:
            passed.append(asked.path)
        else:
            said = after
    return said, order, passed


@pytest.mark.parametrize("chart", CHARTS)
def test_what_is_not_asked_could_not_have_mattered(chart: str) -> None:
    """Whatever is put where nothing was asked, advice, route and conditions stay."""
    packs, chance = CHARTS[chart], random.Random(chart)
    tried = set()
    for seed in range(40):
        said, order, passed = conversation(chart, seed)
        assert order[: len(FIRST) - 1] == [path for path in FIRST if path in order][: len(FIRST) - 1]
        assert len(order) <= 40
        before = judged(said, packs)
        # who the recipient is says whether they could act, where somebody was asked that and left it open
        open_ = {"recipients[1].kind"} if "recipients[1].could_act" in passed else set()
        for path in sorted(PATHS - set(order) - FOLLOWS - open_):
            parent = path.rpartition(".")[0]
            if parent in ("competence", "consents[1]", "consents[1].by", "consents[1].informed", "consents[1].scope"):
                continue  # parts of an answer or an assessment that there is not
            if path.endswith((".code", ".circumstances", ".within_understanding", ".limited", ".too_broad")):
                continue  # parts of a question that nobody answered, or answered otherwise
            value = _some_value(path, chance)
            if value is None:
                continue
            after = judged(with_answer(said, path, value), packs)
            shown = f"{path} = {value} after {said}"
            assert (after.advice, after.route, after.conditions) == (
                before.advice,
                before.route,
                before.conditions,
            ), shown
            tried.add(path)
    assert len(tried) > 12


def _some_value(path: str, chance: random.Random) -> Any:
    kind = field_at(path)
    if path in PUTS:
        return PUTS[path]["yes"]
    if path == "subject.age":
        return chance.choice([5, 12, 15, 30])
    if path == "sexual_activity":
        return True
    choices = [code for code in kind.choices() if code != "other"]
    if not choices:
        return None
    return [chance.choice(choices)] if isinstance(kind, ListOf) else chance.choice(choices)


def field_at(path: str) -> Kind:
    kind: Kind = FACTS
    for name in path.replace("[1]", "").split("."):
        inner = kind.kind if isinstance(kind, ListOf) else kind
        assert isinstance(inner, Record), path
        kind = inner.fields[name]
    return kind


# -- the tables


def test_every_test_of_a_flowchart_says_what_it_looks_at() -> None:
    assert set(LOOKS_AT) == set(PREDICATES)


def test_every_path_is_one_of_the_facts_and_words_are_of_paths() -> None:
    for path in PATHS:
        assert field_at(path)
    assert set(WORDS) | set(PUTS) <= PATHS


def test_every_question_is_one_with_a_mark_and_its_choices() -> None:
    """Each question that some conversation meets."""
    met: dict[str, Asked] = {}
    for chart, packs in CHARTS.items():
        for seed in range(25):
            said, order, passed = conversation(chart, seed)
            for place, path in enumerate(order):
                if path not in met:
                    now = [each for each in passed if each in order[:place]]
                    kept = _only(said, order[:place])
                    asked = next_question(kept, packs, DAY, now)
                    assert asked is not None
                    met[asked.path] = asked
    assert len(met) >= 35
    for asked in met.values():
        assert asked.words.endswith("?"), asked
        assert (asked.kind in ("one", "several")) == bool(asked.choices), asked
        assert asked.citation.document


def _only(said: Said, paths: list[str]) -> Said:
    kept: Said = {"organisation": {"nation": value_at(said, "organisation.nation")}}
    for path in paths:
        if value_at(said, path) is not None:
            kept = with_answer(kept, path, value_at(said, path))
    return kept


def test_putting_an_answer_changes_nothing_that_was_given() -> None:
    before: Said = {"consents": [{"status": "given"}], "subject": {}}
    after = with_answer(before, "consents[1].by.capacity", "self")
    assert before == {"consents": [{"status": "given"}], "subject": {}}
    assert after == {"consents": [{"status": "given", "by": {"capacity": "self"}}], "subject": {}}
    assert value_at(after, "consents[1].by.capacity") == "self"
    assert value_at(after, "consents[2].by") is None
    assert value_at(after, "consents[1].status.deeper") is None
