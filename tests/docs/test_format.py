"""docs/FORMAT.md says what the code does: its tables are made from the code and compared, its numbers, its strings.

What stands between `<!-- made: NAME -->` and `<!-- end: NAME -->` is made here; the prose between is not.
To write the tables anew after a change of the code: python tests/docs/test_format.py
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.log import append, encoding, entry, note, receipt, rules, tables, tiles, types
from ledger.sealing import identity, keys, seal

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "FORMAT.md"
CODE = sorted((ROOT / "ledger").rglob("*.py"))
LOG = ROOT / "ledger" / "log"
WRONG = 1.5  # no field of a header holds a fraction


def _table(head: str, rows: list[list[str]]) -> str:
    columns = head.split(" | ")
    lines = [f"| {head} |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _names(names: Any, empty: str = "–") -> str:
    return ", ".join(f"`{name}`" for name in names) or empty


# -- the table of entry types


def _refs(kind: types.EntryType) -> str:
    found = []
    for slot in kind.refs:
        count = str(slot.least) if slot.least == slot.most else f"{slot.least}-{slot.most}"
        found.append(f"{count} of {_names(sorted(slot.types), 'any type')}")
    return "; ".join(found) or "–"


def _sealed(presence: str, fields: tuple[str, ...]) -> str:
    return "–" if presence == "none" else f"{presence}: {_names(fields, 'any fields')}"


def types_table() -> str:
    rows = []
    for name, kind in types.TYPES.items():
        roles = "everybody" if kind.roles == set(types.ROLES) else ", ".join(r for r in types.ROLES if r in kind.roles)
        header = ", ".join([f"`{field}`" for field in kind.body] + [f"[`{field}`]" for field in kind.optional])
        record, codes = _sealed(kind.record, kind.record_fields), _sealed(kind.codes, kind.codes_fields)
        another = "yes" if kind.other_author else "–"
        rows.append([f"`{name}`", roles, kind.case, _refs(kind), another, header or "–", record, codes])
    return _table("type | who | case | refers to | another person | header | sealed record | sealed codes", rows)


def _refusal(check: Callable[[Any], None], value: Any) -> str:
    with pytest.raises(Malformed) as caught:
        check(value)
    return caught.value.fault.expected


def _holds(check: Callable[[Any], None]) -> str:
    """What a field may hold, in the words with which the code refuses what it may not."""
    words = _refusal(check, WRONG)
    return f"{words}, each {_refusal(check, [WRONG])}" if words.startswith("a list") else words


def fields_table() -> str:
    found: dict[tuple[str, str], list[str]] = {}
    for name, kind in types.TYPES.items():
        for field, check in [*kind.body.items(), *kind.optional.items()]:
            found.setdefault((field, _holds(check)), []).append(name)
    return _table(
        "field | in | holds", [[f"`{field}`", _names(names), words] for (field, words), names in sorted(found.items())]
    )


# -- numbers, tables of the database


def numbers_table() -> str:
    rows = [
        ("an entry, bytes", tiles.MAX_ENTRY),
        ("an integer in JSON, either sign", encoding.MAX_INTEGER),
        ("nesting of JSON", encoding.MAX_DEPTH),
        ("an id, bytes", entry.ID_SIZE),
        ("a case's pseudonym, bytes", entry.CASE_SIZE),
        ("references of one entry", types.MAX_REFS),
        ("`seen.size` lies less than this far behind", rules.SEEN_WINDOW),
        ("`at` may be ahead of the clock, seconds", rules.CLOCK_SLACK),
        ("entries of one batch", append.MAX_BATCH),
        ("signatures on a note", note.MAX_SIGNATURES),
        ("padding of a sealed document, bytes", seal.BLOCK),
        ("a padded sealed document, bytes", seal.MAX_PLAINTEXT),
        ("a receipt, bytes", receipt.MAX_RECEIPT),
        ("rounds of bcrypt in a new key file", keys.KDF_ROUNDS),
        ("characters of a passphrase, at least", keys.MIN_PASSPHRASE),
    ]
    return _table("what | how many", [[what, f"{number:,}"] for what, number in rows])


def database_table() -> str:
    rows = []
    for table in tables.LOG_TABLES:
        key = [column.name for column in table.primary_key]
        rest = [column.name for column in table.columns if column.name not in key]
        kept = "replaced by a larger one"
        if table.name in tables.INSERT_ONLY:
            kept = "only inserted"
        elif table.name in tables.TAKEN_AWAY:
            kept = "inserted, and taken away by an entry that says so"
        rows.append([f"`{table.name}`", _names(key), _names(rest), kept])
    return _table("table | key | other columns | rows are", rows)


# -- every kind of finding, with the words that the code says


def _words(node: ast.AST, scope: ast.AST, module: ast.Module) -> Iterator[str]:
    """The sentences that an expression can be; what is filled in shows as …"""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _words(node.body, scope, module)
        yield from _words(node.orelse, scope, module)
    elif isinstance(node, ast.Name):
        for item in [*ast.walk(scope), *module.body]:
            if isinstance(item, ast.Assign) and any(getattr(t, "id", "") == node.id for t in item.targets):
                yield from _words(item.value, scope, module)
    elif isinstance(node, ast.Call):
        for function in _functions(module):
            if function.name == getattr(node.func, "id", ""):
                for item in ast.walk(function):
                    if isinstance(item, ast.Return) and item.value is not None:
                        yield from _words(item.value, function, module)


def _functions(module: ast.Module) -> list[ast.FunctionDef]:
    return [item for item in ast.walk(module) if isinstance(item, ast.FunctionDef)]


def _kinds(node: ast.AST, function: ast.FunctionDef, module: ast.Module) -> set[str]:
    """The kinds that an argument can be: itself, or what callers of the function give for its first parameter."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if not isinstance(node, ast.Name):
        return set()
    calls = [item for item in ast.walk(module) if isinstance(item, ast.Call) and item.args]
    given = [call.args[0] for call in calls if getattr(call.func, "id", "") == function.name]
    return {str(item.value) for item in given if isinstance(item, ast.Constant)}


def findings(source: str) -> Iterator[tuple[str, str]]:
    """(kind, words) of everything that a module can say does not hold."""
    module = ast.parse(source)
    for function in _functions(module):
        for call in [item for item in ast.walk(function) if isinstance(item, ast.Call)]:
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if (name, len(call.args)) not in {("Broken", 2), ("Finding", 3), ("_log", 2)}:
                continue
            for kind in _kinds(call.args[-2], function, module):
                for words in _words(call.args[-1], function, module):
                    yield kind, words


_WHEN = {
    "append": "append only",
    "opening": "identity",
    **dict.fromkeys(("scan", "case_check", "order", "whole", "outside", "parts", "since", "verify"), "verify"),
}


def findings_table() -> str:
    found: dict[str, dict[str, set[str]]] = {}
    for path in sorted(LOG.glob("*.py")):
        for kind, words in findings(path.read_text(encoding="utf-8")):
            row = found.setdefault(kind, {"words": set(), "when": set()})
            row["words"].add(words)
            row["when"].add(_WHEN.get(path.stem, "append, verify"))
    rows = []
    for kind, row in sorted(found.items()):
        when = "append, verify" if len(row["when"]) > 1 else row["when"].pop()
        rows.append([f"`{kind}`", when, "; ".join(sorted(row["words"]))])
    return _table("kind | found by | what it says", rows)


MADE: Mapping[str, Callable[[], str]] = {
    "types": types_table,
    "fields": fields_table,
    "numbers": numbers_table,
    "database": database_table,
    "findings": findings_table,
}


def _block(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- made: {name} -->\n).*?(?=\n<!-- end: {name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", MADE)
def test_tables_are_what_the_code_makes(name: str) -> None:
    found = _block(name).findall(PAGE.read_text(encoding="utf-8"))
    assert found == [MADE[name]()], "write it anew: python tests/docs/test_format.py"


def test_findings_are_read_from_every_way_the_code_says_them() -> None:
    source = """
LATE = "it came late"
def words(x): return "gone" if x else f"at {x}"
def rows(kind): return Broken(kind, "a row")
def caller(n):
    says = "too few"
    _log("size", says)
    Finding(n, b.kind, b.says)
    return [rows("wraps"), rows("tokens"), Finding(n, "late", LATE), Broken("hash", words(n))]
"""
    assert sorted(findings(source)) == [
        ("hash", "at …"),
        ("hash", "gone"),
        ("late", "it came late"),
        ("size", "too few"),
        ("tokens", "a row"),
        ("wraps", "a row"),
    ]


def test_every_exact_string_of_the_code_stands_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    # a report is a document about a ledger, not a part of one
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE if "reports" not in path.parts)
    labels = set(re.findall(r"consent-ledger/[a-z-]+@v1", code))
    labels |= {f"consent-ledger/{purpose}@v1" for purpose in re.findall(r'\.label\("([a-z-]+)"\)', code)}
    assert len(labels) >= 10
    assert sorted(label for label in labels if label not in page) == []


def test_every_pattern_of_a_header_stands_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    source = (LOG / "types.py").read_text(encoding="utf-8") + (LOG / "encoding.py").read_text(encoding="utf-8")
    patterns = {*re.findall(r'_pattern\(r"([^"]+)"', source), encoding._KEY.pattern, identity.HANDLE.pattern}
    assert len(patterns) >= 3
    assert sorted(pattern for pattern in patterns if f"`{pattern}`" not in page) == []


def test_sections_that_the_code_names_are_there() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = set()
    for path in CODE:
        text = " ".join(path.read_text(encoding="utf-8").split())
        for number, title in re.findall(r'docs/FORMAT\.md(?: §(\d))?(?:-\d)?(?: "([^"]+)")?', text):
            named |= {f"{number}."} if number else set()
            named |= {title} if title else set()
    assert len(named) >= 8
    assert sorted(name for name in named if not any(name in heading for heading in headings)) == []


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    for name, make in MADE.items():
        made = make()
        text = _block(name).sub(lambda _match, made=made: made, text)
    PAGE.write_text(text, encoding="utf-8")
