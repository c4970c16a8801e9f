"""Which question comes next: only one that the answers so far make necessary, in the order of evaluation, risk first.

The flowchart is walked with what is known. Each test of an edge looks at some facts (policies.asked_facts); the first
of them that nobody has answered, and that could still change where the walk goes, is asked. No chart is known here.
tests/policies/test_asking.py: every test has its facts, and what is not asked could not have mattered.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from policies import bases
from policies.asked_facts import LOOKS_AT, PUTS, RISK, STEP, WORDS, Look, So
from policies.citation import Citation
from policies.codes import ANSWERS
from policies.facts import parse_facts
from policies.fields import FACTS
from policies.flowchart import END, Flowchart, flowchart_of
from policies.line_predicates import PREDICATES, Walk, read_test
from policies.packs import Packs
from policies.shape import Answer, Code, Flag, Kind, ListOf, Record, Whole
from policies.views import views_for

_YES_NO: Final = {"yes": "yes", "no": "no"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to a person.

    path: the fact that the answer gives. node, title: the flowchart's question that needs it and its words; number: as
    printed, 0 for the risk, which comes first. kind: `one` or `several` of choices (code -> words), `whole` years,
    or `words`.
    puts: what a choice puts at the path where that is not its code; a choice that puts None leaves the fact open.
    cite: the paragraph of this detail, in short, where it has one; citation: of the flowchart's question.
    """

    path: str
    node: str
    title: str
    number: int
    words: str
    kind: str
    choices: Mapping[str, str]
    cite: str
    citation: Citation
    puts: Mapping[str, Any] = field(default_factory=dict)


def next_question(
    so_far: Mapping[str, Any], packs: Packs, on: datetime.date, passed: Collection[str] = ()
) -> Asked | None:
    """The next question of one item to one recipient, or None where no other answer is needed.

    so_far: facts as plain values, as parse_facts takes them. packs, on: by what and by the law of which day it is
    judged. passed: paths that were asked and left open, which are not asked again.
    Raises FactsRefused where the facts cannot be read.
    """
    chart = flowchart_of(packs.flowchart, packs.concerns)
    facts = parse_facts(so_far)
    view = next(iter(views_for(facts, packs, on)))[0]
    so = So(so_far, view, frozenset(passed))
    path, node = _first_open(RISK, so), chart.begins
    if not path:
        path, node = _on_the_way(chart, so, chart.begins, Walk({}))
    return _asked(chart, so, path, node, packs, on) if path else None


def _first_open(looks: Iterable[Look], so: So) -> str:
    return next((look.path for look in looks if not so.settled(look.path) and look.only_if(so)), "")


def _on_the_way(chart: Flowchart, so: So, node: str, walk: Walk) -> tuple[str, str]:
    """The first open fact that a test on the way looks at, and the node; both empty where there is none."""
    while node != END:
        for edge in chart.edges[node]:
            path = _open_in(edge.when, so, walk)
            if path:
                return path, node
            found = edge.test(so.view, walk)
            if found is True:
                break
            if isinstance(found, str):
                for assumed in ("yes", "no"):
                    fork = Walk({**walk.assumed, found: assumed}, walk.advice, walk.route)
                    path, at = _on_the_way(chart, so, node, fork)
                    if path:
                        return path, at
                return "", ""
        if edge.advice:
            walk.advice, walk.route = edge.advice, edge.route
        node = edge.to
    return "", ""


def _open_in(when: Any, so: So, walk: Walk) -> str:
    """The first open fact of a test that could still change it: a part that is settled may settle the whole."""
    if isinstance(when, str):
        return _first_open(LOOKS_AT[when], so)
    ((how, inner),) = when.items()
    if how == "not":
        return _open_in(inner, so, walk)
    open_ = [_open_in(part, so, walk) for part in inner]
    settles = how == "any"
    for part, path in zip(inner, open_, strict=True):
        test = read_test(part, PREDICATES)
        if not path and not isinstance(test, str) and test(so.view, walk) is settles:
            return ""
    return next((path for path in open_ if path), "")


def _field(path: str) -> Kind:
    """The field of the facts at a path."""
    kind: Kind = FACTS
    for name, _place in STEP.findall(path):
        inner = kind.kind if isinstance(kind, ListOf) else kind
        assert isinstance(inner, Record), "a path names a field of the facts"
        kind = inner.fields[name]
    return kind


def _asked(chart: Flowchart, so: So, path: str, node: str, packs: Packs, on: datetime.date) -> Asked:
    asked = _field(path)
    named = path.split(".")[1] if path.startswith("questions.") else ""
    # another question may look ahead at this one: it is still asked under its own number
    node = named if named in chart.nodes else node
    said = chart.nodes[node]
    words = said.words if path == f"questions.{node}.answer" else WORDS.get(path, asked.help)
    if path == "questions.duty.exception" and so.view.duty is not None:
        words = f"That law has an exception: {so.view.duty.exception} {words}"
    kind, choices = _choices(asked, path, so, packs, on)
    puts = PUTS.get(path, {})
    if isinstance(asked, Flag):
        puts = {"yes": True, "no": False}
    return Asked(path, node, said.words, said.printed, words, kind, choices, asked.cite, said.citation, puts)


def _choices(asked: Kind, path: str, so: So, packs: Packs, on: datetime.date) -> tuple[str, Mapping[str, str]]:
    if path in PUTS or isinstance(asked, Flag):
        return "one", _YES_NO
    if path == "questions.duty.code":
        own = so.view.facts.organisation
        laws = bases.available(on, own.nation, own.kind, layer="power", packs=packs.bases)
        return "one", {law.code: law.name for law in laws if law.effect == "must"}
    if isinstance(asked, Answer) and dict(asked.codes) == ANSWERS:
        return "one", ANSWERS
    if isinstance(asked, ListOf):
        return "several", {code: words for code, words in asked.choices().items() if code != "other"}
    if isinstance(asked, Code):
        kept = {code: words for code, words in asked.choices().items() if not (code == "other" and asked.words_for)}
        return "one", kept
    return ("whole" if isinstance(asked, Whole) else "words"), {}
