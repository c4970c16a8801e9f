"""Every edge of every flowchart broken on purpose: some named test goes red for each, or this one does and names it.

Four ways to break an edge: it is removed, its test is turned round, it leads to other advice (or, where it gives
none, past the next question), or what it puts beside is dropped. Which test went red stands in tests/golden/: a case of
tests/cases/ in plain words where one does, the row of taken.py for the edge, or the reading that refuses it. That an
edge is only missed by its name is not enough: something that people read has to be otherwise.
After a change that is wanted: GOLDEN=write pytest tests/policies/test_mutations.py, then read what changed.
"""

import difflib
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.errors import PackRefused
from policies.flowchart import Edge, Flowchart, flowchart_of
from policies.pack_files import Pack
from tests.cases.playing import CASES, PlayedCase, check_case
from tests.policies.taken import NOT_TAKEN, TAKEN, chart_of, failures, packs_of

GOLDEN = Path(__file__).parent.parent / "golden" / "flowchart_mutations.txt"
NAMES = list(TAKEN)
NAME_ALONE = "its name alone"
HOW = ("removed", "turned round", "leads elsewhere", "says less")


def broken(pack: Pack, edge: str, how: str, change: Mapping[str, Any] | None) -> Pack:
    """The pack with one statement changed, or gone where there is no change; another digest, since it is another.

    change: fields of the statement, None for one that is taken out.
    """
    made = []
    for each in pack.statements:
        if each.id != edge:
            made.append(each)
        elif change is not None:
            extra = {key: value for key, value in {**each.extra, **change}.items() if value is not None}
            made.append(replace(each, extra=extra))
    digest = hashlib.sha256(f"{pack.digest} {edge} {how}".encode()).hexdigest()
    return replace(pack, statements=tuple(made), digest=digest)


def elsewhere(chart: Flowchart, edge: Edge) -> Mapping[str, Any]:
    """Other advice: none to share where it shares, a share where it does not; without advice, a question left out."""
    if edge.advice in ("must_share", "should_share", "may_share"):
        return {"advice": "do_not_share", "route": None}
    if edge.advice:
        return {"advice": "seek_advice" if edge.advice == "do_not_share" else "do_not_share"}
    return {"to": chart.edges[edge.to][-1].to} if edge.to in chart.edges else {}


def mutants(chart: Flowchart, pack: Pack) -> Iterator[tuple[Edge, str, Pack]]:
    """Each edge, each way to break it that changes anything, and the pack in which it is broken so."""
    for edge in [edge for edges in chart.edges.values() for edge in edges]:
        yield edge, "removed", broken(pack, edge.id, "removed", None)
        yield edge, "turned round", broken(pack, edge.id, "turned round", {"when": {"not": edge.when}})
        if other := elsewhere(chart, edge):
            yield edge, "leads elsewhere", broken(pack, edge.id, "leads elsewhere", other)
        said = {key: [] for key in ("conditions", "concerns") if getattr(edge, key)}
        if said:
            yield edge, "says less", broken(pack, edge.id, "says less", said)


def played_on(name: str) -> Iterator[tuple[PlayedCase, frozenset[str]]]:
    """The cases judged by a flowchart, with the questions that each comes to; only those that hold as it stands."""
    for case in CASES:
        if "refused" in case.expected or case.packs.flowchart.id != name:
            continue
        asked = {step.question for line in case.evaluated().lines for step in line.trace}
        try:
            check_case(case)
        except AssertionError:
            continue  # test_played_cases.py is red for it already
        yield case, frozenset(asked)


def red_case(cases: list[tuple[PlayedCase, frozenset[str]]], edge: Edge, pack: Pack) -> str:
    """The first case in plain words that goes red, by its table, paragraph and words; empty where none does."""
    for case, asked in cases:
        if edge.from_ in asked or edge.to in asked:
            try:
                check_case(case, replace(case.packs, flowchart=pack))
            except (AssertionError, PackRefused):
                return f"{case.table} {case.paragraph}: {case.words[:60].strip()}"
    return ""


def red_row(name: str, edge: Edge, pack: Pack) -> str:
    """The row of the edge itself; NAME_ALONE where nothing else in it is otherwise; empty where it stays green."""
    wrong = failures(name, flowchart_of(pack, packs_of(name).concerns), edge.id)
    return "" if not wrong else NAME_ALONE if wrong == [NOT_TAKEN] else "its row"


def gone_red(name: str) -> Iterator[tuple[Edge, str, str, str]]:
    """Each edge, how it was broken, and what went red: a case (or empty), and a row or the reading (or empty)."""
    chart, pack = chart_of(name), packs_of(name).flowchart
    cases = list(played_on(name))
    for edge, how, mutant in mutants(chart, pack):
        try:
            flowchart_of(mutant, packs_of(name).concerns)
        except PackRefused as refused:
            yield edge, how, "", f"not read: {refused.faults[0].field} is to be {refused.faults[0].expected}"
            continue
        yield edge, how, red_case(cases, edge, mutant), red_row(name, edge, mutant)


@pytest.mark.parametrize("name", NAMES)
def test_some_named_test_goes_red_for_every_broken_edge(name: str) -> None:
    found = list(gone_red(name))
    unseen = [f"{edge.id} {how}" for edge, how, case, row in found if not (case or row)]
    assert unseen == [], f"{name}: nothing goes red for {', '.join(unseen)}"
    alone = [f"{edge.id} {how}" for edge, how, _, row in found if row == NAME_ALONE]
    assert alone == [], f"{name}: only the name of the edge tells, for {', '.join(alone)}"
    assert {edge.id for edge, *_ in found} == set(TAKEN[name])
    lines = [f"{edge.id} {how}: {'; '.join(each for each in (row, case) if each)}" for edge, how, case, row in found]
    by_case = sum(1 for *_, case, _ in found if case)
    head = f"{name}: {len(found)} broken edges, {by_case} seen by a case in plain words"
    compare(name, "\n".join([head, *lines]) + "\n")


def compare(name: str, now: str) -> None:
    """Against the part of the golden file that is about this flowchart; with GOLDEN=write it is written instead."""
    parts = {part.partition(":")[0]: part for part in GOLDEN.read_text(encoding="utf-8").split("\n\n")}
    if os.environ.get("GOLDEN") == "write":
        parts[name] = now.rstrip("\n")
        GOLDEN.write_text("\n\n".join(parts[each] for each in NAMES if each in parts) + "\n", encoding="utf-8")
        return
    then = parts[name].rstrip("\n").split("\n")
    changes = "\n".join(difflib.unified_diff(then, now.rstrip("\n").split("\n"), "golden", "now", lineterm=""))
    assert changes == "", f"not as in {GOLDEN.name} (GOLDEN=write takes it over):\n{changes}"


def test_an_edge_that_nothing_sees_is_named() -> None:
    """The search can fail: what breaks nothing is not found by a case or by the row."""
    chart, pack = chart_of("england-2006"), packs_of("england-2006").flowchart
    edge = chart.edges["purpose"][0]
    same = broken(pack, edge.id, "left as it is", {"label": "another label"})
    assert red_case(list(played_on("england-2006")), edge, same) == ""
    assert red_row("england-2006", edge, same) == ""


def test_every_way_to_break_an_edge_is_tried() -> None:
    for name in NAMES:
        tried = Counter(how for _, how, _ in mutants(chart_of(name), packs_of(name).flowchart))
        assert tried["removed"] == tried["turned round"] == len(TAKEN[name])
        assert set(tried) == set(HOW)
