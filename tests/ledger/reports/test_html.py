"""The page: well formed, complete, safe against hostile text, and usable without colour, script or network."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.log.encoding import canonical, parse_base64, parse_json
from ledger.log.scan import Finding
from ledger.log.verify import Report
from ledger.reports import html
from ledger.reports.figures import Found, audit_report
from ledger.reports.html import audit_page
from policies.pack_files import pack_named
from tests.ledger.reports.by_hand import ASKED, FULL, GROUND, decided

VOID = {"meta", "br", "hr", "img", "link", "input"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>&amp;{{ 7*7 }}"


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str) -> Iterator["Node"]:
        for child in self.children:
            if child.tag in tags:
                yield child
            yield from child.all(*tags)

    def words(self) -> str:
        return " ".join([self.text.strip(), *(child.words() for child in self.children)]).strip()


class Page(HTMLParser):
    """A strict reading: every element is closed, in its order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("page", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert len(self.open) == 1, f"left open: {[node.tag for node in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        assert len(names) == len(set(names))
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def report(**more: Any) -> bytes:
    verification = more.pop("verification", Report("sample/0", size=40, checked={"signatures": 40}))
    decisions = [
        decided(3),
        decided(4, None, "erased"),
        decided(5, differs=True, decision="no_share"),
        decided(6, {**FULL, "concerns": ["not_free"]}),
        decided(1234, None, "no_key"),
    ]
    found = Found(more.pop("decisions", decisions), more.pop("left_out", {}))
    return audit_report(replace(ASKED, **more), GROUND, found, verification)


def failed() -> Report:
    return Report(
        "sample/0", size=40, findings=[Finding(4, "signature", "not signed"), Finding(None, "fork", "a fork")]
    )


ALL = {
    "full": report(),
    "empty": report(decisions=[]),
    "failed": report(verification=failed(), left_out={9: "missing"}),
    "not checked": report(verification=None),
}


@pytest.mark.parametrize("name", ALL)
def test_it_is_well_formed_and_every_table_has_caption_scopes_and_no_empty_cell(name: str) -> None:
    text = audit_page(ALL[name])
    assert text.startswith("<!DOCTYPE html>\n")
    root = Page(text).root
    tables = list(root.all("table"))
    assert len(tables) >= 15
    for table in tables:
        assert table.children[0].tag == "caption"
        assert table.children[0].words()
        widths = set()
        for row in table.all("tr"):
            assert [cell for cell in row.children if cell.tag == "th"], "every row has a head"
            widths.add(sum(int(cell.attributes.get("colspan", "1")) for cell in row.children))
        assert len(widths) == 1, table.children[0].words()
        for cell in table.all("th", "td"):
            assert cell.words(), f"an empty cell in {table.children[0].words()}"
            if cell.tag == "th":
                assert cell.attributes["scope"] in ("col", "row", "rowgroup")
        for cell in table.all("td"):
            if re.fullmatch("[0-9,]+", cell.words()) and "entries" not in cell.attributes.get("class", ""):
                is_fact = "facts" in table.attributes.get("class", "")
                assert is_fact or cell.attributes["class"] == "number"


@pytest.mark.parametrize("name", ALL)
def test_headings_go_in_order_ids_are_single_and_labels_lead_somewhere(name: str) -> None:
    root = Page(audit_page(ALL[name])).root
    levels = [int(node.tag[1]) for node in root.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    everything = list(walk(root))
    ids = [node.attributes["id"] for node in everything if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in everything:
        if "aria-labelledby" in node.attributes:
            assert node.attributes["aria-labelledby"] in ids
    skip = next(root.all("a"))
    assert (skip.attributes["class"], skip.attributes["href"]) == ("skip", "#main")
    assert "main" in ids
    assert next(root.all("html")).attributes["lang"] == "en-GB"
    assert next(root.all("title")).words()


def walk(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from walk(child)


@pytest.mark.parametrize("name", ALL)
def test_there_is_no_script_and_nothing_is_fetched(name: str) -> None:
    text = audit_page(ALL[name])
    root = Page(text).root
    assert not list(root.all("script", "img", "link", "iframe", "object", "embed", "form", "svg", "base"))
    for node in walk(root):
        assert not [key for key in node.attributes if key.startswith("on") or key in ("src", "srcset", "style")]
        if "href" in node.attributes:
            assert re.match("#|data:application/json;base64,", node.attributes["href"])
    style = "".join(node.text for node in root.all("style"))
    assert "url(" not in style
    assert "@import" not in style
    assert "http" not in text.replace("http-equiv", "")
    policy = next(n for n in root.all("meta") if n.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.attributes["content"].startswith("default-src 'none';")


def test_the_verdict_comes_first_in_words() -> None:
    for name, word in (("full", "VERIFIED"), ("failed", "FAILED"), ("not checked", "NOT CHECKED")):
        root = Page(audit_page(ALL[name])).root
        assert next(root.all("h2")).words() == word
        assert next(root.all("title")).words().startswith(f"{word}: ")
    findings = next(Page(audit_page(ALL["failed"])).root.all("table"))
    cells = [[cell.words() for cell in row.children] for row in findings.all("tr")][1:]
    assert cells == [["Entry 4", "Not signed", "signature"], ["The log as a whole", "A fork", "fork"]]


def test_every_figure_of_the_json_is_on_the_page() -> None:
    value = parse_json(ALL["full"])
    root = Page(audit_page(ALL["full"])).root
    tables = {node.children[0].attributes["id"]: node for node in root.all("table")}
    for table in value["tables"]:
        shown = [
            [cell.words() for cell in row.children]
            for row in tables[f"c-{table['id']}"].all("tr")
            if len(row.children) == 3
        ]
        numbers = [[row[1], row[2]] for row in shown[1:]]
        wanted = [[f"{row['count']:,}", listed(row["entries"])] for row in [*table["rows"], *table["not_known"]]]
        assert numbers == (wanted or [["0", "None"]])
    for limitation in value["limitations"]:
        assert limitation in root.words()


def listed(entries: list[int]) -> str:
    return {(3, 4, 5, 6, 1234): "3 to 6, 1234"}.get(tuple(entries), ", ".join(map(str, entries)) or "None")


def test_the_name_of_a_pack_is_as_it_is_typed_and_its_note_stands_under_it() -> None:
    packs = [{"id": "rules/2018-seven", "digest": pack_named("rules/2018-seven").digest}]
    page = Page(audit_page(report(decisions=[decided(3, {**FULL, "decided_at": "2026-05-06"}, packs=packs)]))).root
    table = next(node for node in page.all("table") if node.children[0].attributes["id"] == "c-packs")
    heads = [head.words() for head in table.all("th") if head.attributes["scope"] in ("row", "rowgroup")]
    assert heads[0] == "rules/2018-seven"
    note = "rules/2018-seven was in force from July 2018 until 30 April 2024, not on 6 May 2026."
    assert note in page.words()


def test_runs_of_entries_are_shortened_from_three_on() -> None:
    shown = {
        (): "None",
        (5,): "5",
        (5, 6): "5, 6",
        (5, 6, 7): "5 to 7",
        (1, 3, 4, 5, 6, 9, 10): "1, 3 to 6, 9, 10",
    }
    for numbers, words in shown.items():
        root = Page(audit_page(report(decisions=[decided(n) for n in numbers]))).root
        cover = next(node for node in root.all("table") if node.children[0].attributes["id"] == "c-cover")
        assert [row.children[2].words() for row in cover.all("tr")][1] == words


def test_hostile_text_in_every_field_is_only_text() -> None:
    value = parse_json(ALL["failed"])
    hostile = canonical(poisoned(value))
    text = audit_page(hostile)
    root = Page(text).root
    # the same elements as before, so nothing of it became one
    plain = Page(audit_page(ALL["failed"])).root
    assert [node.tag for node in walk(root)] == [node.tag for node in walk(plain)]
    assert not list(root.all("script", "img"))
    assert "<script" not in text
    assert "49" not in next(root.all("p")).words()
    shown = root.words()
    for name in ("organisation", "purpose", "made_by", "tool"):
        assert name + HOSTILE in shown


def poisoned(value: Any, name: str = "") -> Any:
    """The same document with every free text made hostile: all but ids, dates and closed codes."""
    if isinstance(value, dict):
        value = {**value, "purpose": "x"} if "made_by" in value else value
        return {key: poisoned(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, name) for each in value]
    free = (
        "organisation",
        "purpose",
        "made_by",
        "tool",
        "words",
        "group_words",
        "says",
        "title",
        "what",
        "kind",
        "key",
    )
    free += ("origin", "root", "limitations")
    return name + HOSTILE if isinstance(value, str) and name in free and value != "month" else value


def test_the_page_carries_its_json_and_says_its_digest() -> None:
    text = audit_page(ALL["full"])
    root = Page(text).root
    link = next(node for node in root.all("a") if "download" in node.attributes)
    carried = parse_base64(link.attributes["href"].removeprefix("data:application/json;base64,"))
    assert carried == ALL["full"]
    assert sha256(carried).hexdigest() in root.words()
    assert link.attributes["download"] == "audit-2026-09-01-2026-10-31.json"


def test_a_document_too_large_for_a_link_says_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_CARRIED", 100)
    text = audit_page(ALL["full"])
    assert "data:" not in text
    assert "--format json -o FILE" in text
    assert sha256(ALL["full"]).hexdigest() in text


def test_what_is_not_a_report_is_refused() -> None:
    for data in (b"", b"{}", b'{"format":"another"}', b"[]", ALL["full"] + b"\n"):
        with pytest.raises(Malformed):
            audit_page(data)


def test_colours_of_text_are_dark_enough_on_white() -> None:
    style = "".join(node.text for node in Page(audit_page(ALL["full"])).root.all("style"))
    colours = set(re.findall(r"(?<![-\w])color: (#[0-9a-f]{3,6})", style)) - {"#fff"}
    assert colours
    for colour in colours:
        assert contrast(colour) >= 4.5, colour


def contrast(colour: str) -> float:
    """Against white, as WCAG 2 computes it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
