"""Every status of every rule, in every version, is reached by some facts, and no case can go unseen.

The rows stand in tests/rule_tables.py. A case is taken out of the file, or its test turned round, and the rows of its
rule are played again: one of them has to find something else.
"""

import functools
import re
from typing import NamedTuple

import pytest

from policies.errors import PackRefused
from policies.golden_rules import STATUSES, Part, Rule, read_rules
from policies.pack_files import DATA, catalogue, pack_named, parse_pack
from tests.policies.elsewhere import in_an_exception
from tests.rule_tables import ROWS, Row

ALL = [(name, row) for name, rows in ROWS.items() for row in rows]


def test_every_version_has_a_table() -> None:
    assert set(ROWS) == {pack.name for kind in ("rules", "caldicott") for pack in catalogue(kind)}


@pytest.mark.parametrize(("name", "row"), ALL, ids=lambda value: value if isinstance(value, str) else f"{value.number}")
def test_how_each_rule_stands(name: str, row: Row) -> None:
    status, words = row.found(pack_named(name))
    assert (status, row.says in words) == (row.status, True), words


@pytest.mark.parametrize("name", ROWS)
def test_every_case_of_every_rule_is_reached(name: str) -> None:
    reached = {(row.number, row.part, *row.found(pack_named(name))) for row in ROWS[name]}
    written = {
        (rule.number, part.number if isinstance(part, Part) else 0, case.status, case.words)
        for rule in read_rules(pack_named(name))
        for part in rule.tests or (rule,)
        for case in part.cases
    }
    assert written <= reached
    followed = {(number, part) for number, part, *_ in reached - written}
    assert followed == {(rule.number, 0) for rule in read_rules(pack_named(name)) if rule.tests}


@pytest.mark.parametrize("name", ROWS)
def test_every_status_names_the_facts_on_which_it_rests(name: str) -> None:
    for row in ROWS[name]:
        rule = row.rule(pack_named(name))
        # whether everybody is trained is seen from no fact of one decision
        assert bool(rule.rests_on) == (rule.id != "principle-5"), rule
        assert all(test.rests_on for test in rule.tests)
        assert rule.status in STATUSES


@functools.cache
def blocks(name: str) -> tuple[str, ...]:
    return tuple((DATA / f"{name}.toml").read_text("utf-8").split("\n\n"))


# Nothing shared for no other reason than data protection; a danger without any weighing of it.
FOUND_BY_MACHINE = (
    'when = { all = ["some_not_shared", "only_data_protection"] }',
    'when = { all = ["risk_named", { not = "urgent_record" }] }',
    'when = { all = ["risk_named", { not = "weighed_in_words" }, { not = "urgent_record" }] }',
)


@pytest.mark.parametrize("name", ROWS)
def test_the_machine_finds_only_two_contradictions(name: str) -> None:
    whens = [lines[2] for text in blocks(name) if (lines := text.splitlines())[1:2] == ['status = "contradicted"']]
    assert whens
    assert set(whens) <= set(FOUND_BY_MACHINE)


@pytest.mark.parametrize("name", ROWS)
def test_a_status_never_says_that_a_rule_was_kept(name: str) -> None:
    """Presence is not performance: what is written down may still be wrong."""
    words = " ".join(
        case.words for rule in read_rules(pack_named(name)) for part in rule.tests or (rule,) for case in part.cases
    )
    assert not re.search(r"compl(y|ie)|complian|was kept|obeyed|fulfilled|satisfied", words, re.IGNORECASE)
    assert not re.search(r"compl(y|ie)|complian|obeyed|fulfilled|satisfied", " ".join(STATUSES.values()))


class Edge(NamedTuple):
    """One case of a file. block: which part of its text. number: of the rule. where: for people."""

    name: str
    block: int
    number: int
    last: bool
    where: str


def edges(name: str) -> list[Edge]:
    """Every case of a pack, in the order of the file."""
    read = iter(
        (rule, part, place, len(part.cases))
        for rule in sorted(read_rules(pack_named(name)), key=lambda rule: rule.number)
        for part in rule.tests or (rule,)
        for place in range(1, len(part.cases) + 1)
    )
    found = []
    for block, text in enumerate(blocks(name)):
        if text.splitlines()[0] in ("[[statements.cases]]", "[[statements.tests.cases]]"):
            rule, part, place, count = next(read)
            where = f"{name}#{rule.id}{_part(part)}.cases[{place}]"
            found.append(Edge(name, block, rule.number, place == count, where))
    assert next(read, None) is None
    return found


def _part(part: Rule | Part) -> str:
    return f".tests[{part.number}]" if isinstance(part, Part) else ""


EDGES = [edge for name in ROWS for edge in edges(name)]


def changed(edge: Edge, text: str) -> list[Row]:
    """The rows of a rule that find something else once its case reads otherwise (empty: nothing there)."""
    written = blocks(edge.name)
    parts = [*written[: edge.block], *([text] if text else []), *written[edge.block + 1 :]]
    mutant = parse_pack(f"{edge.name}.toml", "\n\n".join(parts).encode())
    now = pack_named(edge.name)
    rows = [row for row in ROWS[edge.name] if row.number == edge.number]
    return [row for row in rows if row.found(mutant) != row.found(now)]


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.where)
def test_no_case_can_be_taken_away_unseen(edge: Edge) -> None:
    if edge.last:
        with pytest.raises(PackRefused):
            changed(edge, "")
    else:
        assert changed(edge, ""), f"no row sees that {edge.where} is gone"


@pytest.mark.parametrize("edge", [edge for edge in EDGES if not edge.last], ids=lambda edge: edge.where)
def test_no_test_can_be_turned_round_unseen(edge: Edge) -> None:
    lines = blocks(edge.name)[edge.block].splitlines()
    turned = [f"when = {{ not = {line[7:]} }}" if line.startswith("when = ") else line for line in lines]
    assert turned != lines
    assert changed(edge, "\n".join(turned)), f"no row sees that {edge.where} is turned round"


@pytest.mark.parametrize("name", ROWS)
def test_answers_in_an_exception_for_everybody_stand_the_same(name: str) -> None:
    pack, moved = pack_named(name), 0
    for row in ROWS[name]:
        elsewhere = row._replace(facts=in_an_exception(row.facts))
        assert elsewhere.found(pack) == row.found(pack), row
        moved += elsewhere.facts != row.facts
    assert moved > 3
