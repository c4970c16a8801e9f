"""docs/COVERAGE.md: every rule of the five documents has its place here, and what shows it is there.

The documents themselves are not in the repository, so their paragraphs are known here only by their numbering. Places
are looked up in packs, documents, types and commands; tests by name in their files; cases in tests/cases/.
To wrap the tables and to count again after a change of the page: python tests/docs/test_coverage.py
"""

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import typer.main

from cli.main import app
from ledger.log.types import TYPES
from ledger.records.document_fields import SHAPE
from policies.fields import FACTS
from policies.shape import Kind, ListOf, Record

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "COVERAGE.md"
DATA = ROOT / "policies" / "data"
TESTS = {f"/{path.parent.name}/{path.stem.removeprefix('test_')}": path for path in (ROOT / "tests").rglob("test_*.py")}
COUNTS = re.compile(r"(?<=<!-- made: counts -->\n).*?(?=\n<!-- end: counts -->)", re.DOTALL)
TABLE = re.compile(r"(?<=```text\n).*?(?=\n```)", re.DOTALL)
SECTION = re.compile(r"^## (.*)$", re.MULTILINE)
WHERE, RULE, HERE = 8, 46, 64
WORDS = {"here": "here", "partly": "here in part", "to come": "still to come", "not ours": "not ours"}
LEADS = ("by ", "to come: ", "not ours: ")


def _chapters(text: str) -> set[str]:
    """Paragraphs of a list such as "10.11 50": 10.1 to 10.11, and 50 which has no parts."""
    found = set()
    for each in text.split():
        chapter, _, last = each.partition(".")
        found |= {f"{chapter}.{n}" for n in range(1, int(last) + 1)} if last else {chapter}
    return found


PARAGRAPHS = {
    "getting it right": {str(n) for n in range(1, 127)},
    "Salford": {str(n) for n in range(1, 506)},
    "recording policy": {str(n) for n in range(1, 163)},
    "managers' guide 2010": {str(n) for n in range(1, 610)},
    "What to do if you're worried": {"preface", *(f"A2 {n}" for n in range(1, 18))}
    | _chapters("1 2 3 4.2 5 6 7 8 9 10.11 11.5 12.5 13.4 14 15 16.6 17.1 18.2 19.3 20.5 21.1 22 23.5 24 25 26 27")
    | _chapters("28.4 29.1 30.1 31.1 32 33.6 34.4 35.3 36.2 37.4 38.3 39 40.4 41.2 42.1 43.3 44.6 45.4 46.3 47.3 48")
    | _chapters("49 50 51.4 52.5 53.3 54 55 56.4 57.2 58 59 60 61 62 63 64.2 65.3 66 67 68.4 69.4 70.2 80 81 82.2")
    | _chapters("83.3 84.1"),
    "guide 2006": {"glossary", *(f"2 ({n})" for n in range(1, 7)), *_chapters("1.4 3.21 4.32")},
}
"""What can be cited of each document: lines where it has no numbers of its own, A2 for its second appendix."""


@dataclass(frozen=True)
class Row:
    """One rule: where it stands, in our words, its places here, what shows it, and what is said of the rest."""

    where: str
    rule: str
    places: tuple[str, ...]
    shown: tuple[str, ...]
    said: tuple[str, ...]

    def state(self) -> str:
        """One of WORDS."""
        if self.shown:
            return "partly" if self.said else "here"
        return "to come" if any(each.startswith("to come: ") for each in self.said) else "not ours"


def _cells(table: str) -> Iterator[tuple[str, str, list[str]]]:
    """Where, rule and the lines of the last column, of each row: a row begins where its first column is filled."""
    where, rule, lines = "", [""], [""]
    for line in table.splitlines()[2:]:
        parts = line[:WHERE].strip(), line[WHERE + 1 : WHERE + 1 + RULE].strip(), line[WHERE + RULE + 2 :].rstrip()
        if parts[0]:
            if where:
                yield where, " ".join(filter(None, rule)), lines
            where, rule, lines = parts[0], [], []
        rule.append(parts[1])
        lines.append(parts[2])
    yield where, " ".join(filter(None, rule)), lines


def read(table: str) -> list[Row]:
    """The rows of one table of the page."""
    rows = []
    for where, rule, lines in _cells(table):
        entries: list[str] = []
        for line in filter(None, lines):
            if line.startswith("  ") and entries:
                entries[-1] += " " + line.strip()
            else:
                entries.append(line.strip())
        places = [place for each in entries if not each.startswith(LEADS) for place in each.rstrip(",").split(", ")]
        shown = [each.removeprefix("by ") for each in entries if each.startswith("by ")]
        said = [each for each in entries if each.startswith(LEADS[1:])]
        rows.append(Row(where, rule, tuple(places), tuple(shown), tuple(said)))
    return rows


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def written(rows: list[Row], first: str) -> str:
    """The table of these rows, in columns of a page of 120."""
    lines = [f"{first:<{WHERE}} {'the rule':<{RULE}} here, and what shows it", "-" * 119]
    for row in rows:
        rule = textwrap.wrap(row.rule, RULE - 1, break_on_hyphens=False)
        here = _wrapped(", ".join(row.places), HERE)
        here += [line for each in row.shown for line in _wrapped(f"by {each}", HERE)]
        here += [line for each in row.said for line in _wrapped(each, HERE)]
        for n in range(max(len(rule), len(here))):
            left, right = rule[n] if n < len(rule) else "", here[n] if n < len(here) else ""
            lines.append(f"{row.where if n == 0 else '':<{WHERE}} {left:<{RULE}} {right}".rstrip())
    return "\n".join(lines)


def documents(page: str) -> dict[str, list[Row]]:
    """The rows of each document, by its short name, which stands at the end of its heading."""
    parts = SECTION.split(page)
    tables = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {
        title.rpartition(": ")[2]: read(found.group())
        for title, text in tables.items()
        if (found := TABLE.search(text))
    }


def counts(page: str) -> str:
    """The figures at the top of the page."""
    lines = ["| | rules | " + " | ".join(WORDS.values()) + " |", "|---|" + "---:|" * (len(WORDS) + 1)]
    total: list[Row] = []
    for name, rows in [*documents(page).items(), ("all", total)]:
        of = [sum(row.state() == state for row in rows) for state in WORDS]
        lines.append(f"| {name} | {len(rows)} | " + " | ".join(str(n) for n in of) + " |")
        total += rows if name != "all" else []
    return "\n".join(lines)


def rewritten(page: str) -> str:
    """The same page, with its tables wrapped and its rules counted."""

    def table(match: re.Match[str]) -> str:
        return written(read(match.group()), match.group().split()[0])

    page = TABLE.sub(table, page)
    return COUNTS.sub(lambda _: counts(page), page)


TEXT = PAGE.read_text(encoding="utf-8")
DOCUMENTS = documents(TEXT)
ROWS = [(name, row) for name, rows in DOCUMENTS.items() for row in rows]


@cache
def statements(pack: str) -> frozenset[str]:
    """The ids of a pack, of its file kind/id: statements, the tests within one, and a flowchart's questions."""
    found = tomllib.loads((DATA / f"{pack}.toml").read_text(encoding="utf-8"))
    whole = [*found.get("statements", []), *found.get("nodes", [])]
    return frozenset(each["id"] for each in [*whole, *(test for rule in whole for test in rule.get("tests", []))])


@cache
def functions(path: Path) -> frozenset[str]:
    """The tests of a file, or the functions of a module."""
    return frozenset(
        node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)
    )


def field(path: str) -> bool:
    """Whether a decision's document, or the facts, have this field."""

    def inside(kind: Kind, names: list[str]) -> bool:
        kind = kind.kind if isinstance(kind, ListOf) else kind
        if not names:
            return True
        return isinstance(kind, Record) and names[0] in kind.fields and inside(kind.fields[names[0]], names[1:])

    return inside(SHAPE, path.split(".")) or inside(FACTS, path.split("."))


@cache
def commands() -> frozenset[str]:
    """Every command by its words."""

    def leaves(command: object, name: str) -> Iterator[str]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name
        for word, each in (inner or {}).items():
            yield from leaves(each, f"{name} {word}".strip())

    return frozenset(leaves(typer.main.get_command(app), ""))


def place_is_there(place: str) -> bool:
    """Whether what a row names as its place exists."""
    lead, _, name = place.partition(" ")
    if lead == "entry":
        return name in TYPES
    if lead == "command":
        return name in commands()
    if place.endswith(".py"):
        return (ROOT / place).is_file()
    pack, hashed, statement = place.partition("#")
    if "/" in pack:
        return (DATA / f"{pack}.toml").is_file() and (not hashed or statement in statements(pack))
    return field(place)


@cache
def cases() -> tuple[str, ...]:
    """Every case of the tables that a test reads, as "paragraph: words"."""
    readers = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "cases").glob("*.py"))
    found = []
    for path in sorted((ROOT / "tests" / "cases").glob("*.toml")):
        if path.name not in readers and "*.toml" not in readers:
            continue
        for case in tomllib.loads(path.read_text(encoding="utf-8")).get("case", []):
            found.append(f"{case['paragraph']}: {case['words']}")
    return tuple(found)


def named(text: str, among: tuple[str, ...] | frozenset[str]) -> list[str]:
    """Those of these names that a text means: itself, or whatever begins so where it ends in dots."""
    start = text.removesuffix("…")
    return [each for each in among if each == text or (start != text and each.startswith(start))]


def shown_is_there(shown: str) -> bool:
    """Whether what shows a rule is there, and is one thing."""
    if shown.startswith("case "):
        return len(named(shown.removeprefix("case "), cases())) == 1
    file, _, name = shown.partition("::")
    files = [path for known, path in TESTS.items() if known.endswith(f"/{file}")]
    return len(files) == 1 and len(named(f"test_{name}", functions(files[0]))) == 1


def order(where: str) -> tuple[int, ...]:
    """By which rows are sorted: the preface first, an appendix after the paragraphs, the glossary last."""
    if where in ("preface", "glossary"):
        return (0,) if where == "preface" else (9_999,)
    numbers = tuple(int(each) for each in re.findall(r"\d+", where.partition("-")[0]))
    return (9_000, *numbers[1:]) if where.startswith("A2") else numbers


def cited(where: str) -> list[str]:
    """Both ends of what a row cites."""
    first, _, last = where.partition("-")
    return [first, f"A2 {last}" if first.startswith("A2") else last] if last else [first]


def test_every_document_is_there_and_has_its_rules() -> None:
    assert list(DOCUMENTS) == list(PARAGRAPHS)
    sources = (ROOT / "docs" / "SOURCES.md").read_text(encoding="utf-8")
    assert [name for name in DOCUMENTS if name not in sources] == []
    assert {name: len(rows) >= 20 for name, rows in DOCUMENTS.items()} == dict.fromkeys(DOCUMENTS, True)


def test_every_paragraph_is_one_of_its_document() -> None:
    wrong = [(name, row.where) for name, row in ROWS for each in cited(row.where) if each not in PARAGRAPHS[name]]
    assert wrong == []


def test_rows_are_in_the_order_of_their_paragraphs() -> None:
    for name, rows in DOCUMENTS.items():
        found = [order(row.where) for row in rows]
        assert found == sorted(found), name


def test_no_rule_is_without_a_place_or_a_word_on_why() -> None:
    assert [(name, row.where) for name, row in ROWS if not row.rule or (row.shown and not row.places)] == []
    assert [(name, row.where) for name, row in ROWS if row.places and row.state() == "not ours"] == []
    assert [(name, row.where) for name, row in ROWS if not row.shown and not row.said] == []
    assert [row.said for _, row in ROWS for each in row.said if len(each.partition(": ")[2]) < 10] == []


@pytest.mark.parametrize("name", PARAGRAPHS)
def test_every_place_is_there(name: str) -> None:
    gone = [(row.where, place) for row in DOCUMENTS[name] for place in row.places if not place_is_there(place)]
    assert gone == []


@pytest.mark.parametrize("name", PARAGRAPHS)
def test_whatever_shows_a_rule_is_there(name: str) -> None:
    gone = [(row.where, shown) for row in DOCUMENTS[name] for shown in row.shown if not shown_is_there(shown)]
    assert gone == []


def test_what_is_not_there_is_noticed() -> None:
    places = [
        "reasons.why",
        "bases/powers-2026#CA89-48",
        "bases/powers-2025",
        "entry decision.guessed",
        "command guess",
    ]
    assert [place for place in [*places, "policies/guess.py"] if place_is_there(place)] == []
    shown = ["coverage::what_is_not", "coverage::test…", "guess::anything", "case 4.20: Separated", "case 4.20…"]
    assert [each for each in shown if shown_is_there(each)] == []
    assert shown_is_there("coverage::what_is_not_there_is_noticed")
    assert shown_is_there("coverage::what_is_not_there…")


def test_the_page_is_wrapped_and_counted() -> None:
    assert rewritten(TEXT) == TEXT, "write it anew: python tests/docs/test_coverage.py"
    assert max(len(line) for line in TEXT.splitlines()) <= 120


if __name__ == "__main__":
    PAGE.write_text(rewritten(TEXT), encoding="utf-8")
