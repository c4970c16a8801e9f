"""The drawings taken apart again: all of the flowchart is there, nothing overlaps, the way is told by form alone."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations

import pytest

from policies.codes import ADVICE
from policies.diagram import to_mermaid, to_svg
from policies.drawing import width_of, wrapped
from policies.flowchart import Flowchart
from policies.lines import Line
from tests.policies.taken import TAKEN, Row, chart_of, line, on_the_way

NAMES = list(TAKEN)
SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


def decided(name: str, edge: str) -> Line:
    return line(name, chart_of(name), TAKEN[name][edge])


DOUBTED = line(
    "england-2006", chart_of("england-2006"), Row({"questions": on_the_way(purpose="unsure", confidential="no")}, "")
)
DRAWN = [(name, None) for name in NAMES] + [(name, edge) for name in NAMES for edge in TAKEN[name]]


def drawing(name: str, edge: str | None = None) -> ET.Element:
    found = decided(name, edge) if edge else None
    return ET.fromstring(to_svg(chart_of(name), "A title", "below it", found))


def box(shape: ET.Element) -> Box:
    """Left, top, right, bottom."""
    if shape.tag == f"{SVG}polygon":
        corners = [tuple(map(float, each.split(","))) for each in shape.attrib["points"].split()]
        return (
            min(x for x, _ in corners),
            min(y for _, y in corners),
            max(x for x, _ in corners),
            max(y for _, y in corners),
        )
    x, y, width, height = (float(shape.attrib[each]) for each in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def text_box(text: ET.Element) -> Box:
    size, words = int(text.attrib["font-size"]), text.text or ""
    width = width_of(words, size, bold="font-weight" in text.attrib)
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    left = {"middle": x - width / 2, "end": x - width}.get(text.attrib.get("text-anchor", ""), x)
    return left, y - size * 0.8, left + width, y + size * 0.25


def inside(inner: Box, outer: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def shapes(root: ET.Element, *kinds: str) -> list[ET.Element]:
    return [each for each in root.iter() if each.attrib.get("class") in kinds]


@pytest.mark.parametrize(("name", "edge"), DRAWN)
def test_nothing_overlaps_and_every_text_is_in_its_box(name: str, edge: str | None) -> None:
    root = drawing(name, edge)
    whole = (0.0, 0.0, float(root.attrib["width"]), float(root.attrib["height"]))
    boxes = [box(each) for each in shapes(root, "head", "row", "exit")]
    assert all(inside(each, whole) for each in boxes)
    assert all(apart(one, other) for one, other in combinations(boxes, 2))
    for group in root.iter(f"{SVG}g"):
        own = [box(each) for each in shapes(group, "head", "row", "exit")]
        texts = [text_box(each) for each in group.iter(f"{SVG}text")]
        assert texts
        assert all(any(inside(text, each) for each in own) for text in texts)
        assert all(apart(one, other) for one, other in combinations(texts, 2))
    loose = [text_box(each) for each in root.findall(f"{SVG}text")]
    assert all(inside(text, whole) and all(apart(text, each) for each in boxes) for text in loose)


def stretches(path: ET.Element) -> list[Box]:
    """The straight parts of a line, each as a box without width or height; a bridge is as good as straight."""
    found, x, y = [], 0.0, 0.0
    for step, numbers in re.findall(r"([MHVa])([-\d. ]+)", path.attrib["d"]):
        values = [float(each) for each in numbers.split()]
        to = {"M": values[-2:], "H": [values[-1], y], "V": [x, values[-1]], "a": [x + values[-2 % len(values)], y]}[
            step
        ]
        if step != "M":
            found.append((min(x, to[0]), min(y, to[1]), max(x, to[0]), max(y, to[1])))
        x, y = to
    return found


@pytest.mark.parametrize(("name", "edge"), DRAWN[::6])
def test_no_line_runs_through_a_box_or_a_text(name: str, edge: str | None) -> None:
    root = drawing(name, edge)
    boxes = [box(each) for each in shapes(root, "head", "row", "exit")]
    texts = [text_box(each) for each in root.iter(f"{SVG}text")]
    lines = [each for path in shapes(root, "to", "way") for each in stretches(path)]
    assert len(lines) > 50
    for line_ in lines:
        # the last pixel of an arrow may touch the box that it points to
        assert all(apart(line_, (left + 2, top + 2, right - 2, bottom - 2)) for left, top, right, bottom in boxes)
        assert all(apart(line_, text) for text in texts)


@pytest.mark.parametrize("name", NAMES)
def test_lines_that_cross_do_so_by_a_bridge(name: str) -> None:
    """A line across that meets one downwards in its middle has a bridge there: the two are not taken for one."""
    root = drawing(name)
    lines = [each for path in shapes(root, "to") for each in stretches(path)]
    down = [each for each in lines if each[0] == each[2]]
    bridges = [each for each in lines if each[2] - each[0] == 10 and each[1] == each[3]]
    assert bridges
    for left, y, right, _ in (each for each in lines if each[1] == each[3] and each not in bridges):
        crossed = [x for x, top, _, bottom in down if left < x < right and top < y < bottom]
        assert crossed == [], f"{left}-{right} at {y}"
    for left, y, right, _ in bridges:
        assert [x for x, top, _, bottom in down if left < x < right and top < y < bottom]


@pytest.mark.parametrize("name", NAMES)
def test_every_question_answer_and_advice_is_drawn(name: str) -> None:
    chart, root = chart_of(name), drawing(name)
    drawn = {each.attrib["data-id"]: " ".join("".join(each.itertext()).split()) for each in root.iter(f"{SVG}g")}
    edges = [edge for each in chart.edges.values() for edge in each]
    assert list(drawn) == [each for node in chart.nodes for each in (node, *(e.id for e in chart.edges.get(node, ())))]
    for edge in edges:
        assert drawn[edge.id].startswith(f"{edge.words} ({edge.citation.in_words()})")
        assert ("not verified" in drawn[edge.id].removeprefix(edge.words)) == (edge.citation.confidence == "unverified")
    for group in root.iter(f"{SVG}g"):
        texts = " ".join(text.text or "" for text in group.iter(f"{SVG}text"))
        node = chart.nodes.get(group.attrib["data-id"])
        if node is not None:
            assert texts == (f"{node.printed}. " if node.printed else "") + node.words
        for edge in (each for each in edges if each.id == group.attrib["data-id"]):
            assert texts.startswith(edge.label)
            assert ADVICE.get(edge.advice, "") in texts


@pytest.mark.parametrize(("name", "edge"), [(name, edge) for name, edge in DRAWN if edge])
def test_the_way_is_told_without_colour(name: str, edge: str) -> None:
    found, root = decided(name, edge), drawing(name, edge)
    groups = {each.attrib["data-id"]: each for each in root.iter(f"{SVG}g")}
    for number, step in enumerate(found.trace, start=1):
        mark = groups["record" if step.question == "record" else step.edge]
        assert [each.text for each in mark.iter(f"{SVG}text")].count(str(number)) == 1
        assert shapes(mark, "double")
        assert ("this decided it" in " ".join("".join(mark.itertext()).split())) == step.decisive
        assert shapes(groups[step.question], "double")
    marked = [name for name, group in groups.items() if shapes(group, "step")]
    assert len(marked) == len(found.trace)
    thick = [each for each in shapes(root, "way") if float(each.attrib["stroke-width"]) > 2]
    taken = [each for each in chart_of(name).edges.values() for each in each if each.id in marked]
    assert len(thick) == len(taken) + sum(1 for each in taken if each.advice or each.conditions)
    assert {each.attrib.get(key) for each in root.iter() for key in ("fill", "stroke")} <= {
        None,
        "#000",
        "#fff",
        "none",
    }


def test_a_doubt_ends_the_way_at_the_question_that_was_not_sure() -> None:
    root = ET.fromstring(to_svg(chart_of("england-2006"), "A title", "", DOUBTED))
    groups = {each.attrib["data-id"]: "".join(each.itertext()) for each in root.iter(f"{SVG}g")}
    assert "Not sure: looked at both ways" in groups["purpose"]
    assert "Not sure: looked" not in groups["identifies"]
    assert "Step 3: Question 1" in to_mermaid(chart_of("england-2006"), "A title", "", DOUBTED)
    assert "Not sure: looked" in to_mermaid(chart_of("england-2006"), "A title", "", DOUBTED)


@pytest.mark.parametrize("edge", [None, "interest-should-limited"])
def test_a_drawing_is_for_those_too_who_do_not_see_it(edge: str | None) -> None:
    root = drawing("england-2006", edge)
    title, says = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.attrib["role"] == "img"
    assert (title is not None and title.attrib["id"]) in root.attrib["aria-labelledby"].split()
    assert (says is not None and says.attrib["id"]) in root.attrib["aria-labelledby"].split()
    told = says.text or "" if says is not None else ""
    assert ("This decided it." in told) == (edge is not None)
    assert not [each.tag for each in root.iter() if each.tag in (f"{SVG}script", f"{SVG}style", f"{SVG}foreignObject")]
    assert not [key for each in root.iter() for key in each.attrib if key.startswith("on") or "href" in key]


def hostile(words: str) -> Flowchart:
    """A chart whose words try to leave their place."""
    chart = chart_of("england-2006")
    nodes = {name: replace(node, words=words) for name, node in chart.nodes.items()}
    edges = {name: tuple(replace(e, label=words) for e in each) for name, each in chart.edges.items()}
    return replace(chart, nodes=nodes, edges=edges)


@pytest.mark.parametrize("words", ['"] --> q_x["', "<script>alert(1)</script>", "a & b #quot; `c` \\ %% d | e ; end"])
def test_words_cannot_leave_their_place(words: str) -> None:
    root = ET.fromstring(to_svg(hostile(words), words, words))
    assert [each.tag for each in root.iter(f"{SVG}script")] == []
    assert (root.find(f"{SVG}title") or root[0]).text == words
    plain, changed = parsed(to_mermaid(chart_of("england-2006"), "A")), parsed(to_mermaid(hostile(words), words, words))
    assert [each[0] for each in plain] == [each[0] for each in changed]
    assert {each[1] for each in changed if each[0].startswith("question")} >= {words}


# What a line of Mermaid may be here; the words between quotation marks hold nothing that could end them.
WORDS = r'"((?:[^"#&<>`\\]|#\d+;)*)"'
OPENS = r"(?:\[\[|\(\[|\{\{|\[/|\[)"
CLOSES = r"(?:\]\]|\]\)|\}\}|/\]|\\\]|\])"
GRAMMAR = {
    "question": rf"    (q_\w+){OPENS}{WORDS}{CLOSES}",
    "answer to": rf"    (q_\w+) (?:-->|==>)\|{WORDS}\| (q_\w+)",
    "answer with": rf"    (q_\w+) (?:-->|==>)\|{WORDS}\| (a_\w+){OPENS}{WORDS}{CLOSES}",
    "advice to": r"    (a_\w+) (?:-->|==>) (q_\w+)",
    "outcome": rf"    q_record ==> (outcome)\[\[{WORDS}\]\]",
    "class": r"    classDef (way) stroke-width:4px",
    "classed": r"    class (\w+(?:,\w+)*) way",
}


def unescaped(words: str) -> str:
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), words)


def parsed(text: str) -> list[tuple[str, ...]]:
    """Each line as what it is and what it holds; raises AssertionError for a line that is none of them."""
    head, title, line_, kind, *rest = text.rstrip("\n").split("\n")
    assert (head, line_, kind) == ("---", "---", "flowchart TD")
    assert re.fullmatch(f"title: {WORDS}", title)
    if rest[0].startswith("%%"):
        assert re.fullmatch(f"%% Source: {WORDS}", rest.pop(0))
    found, known = [], set()
    for each in rest:
        ((what, match),) = [(what, m) for what, form in GRAMMAR.items() if (m := re.fullmatch(form, each))]
        parts = [unescaped(part) for part in match.groups()]
        names = re.findall(r"\b[qa]_\w+|\boutcome\b", re.sub(r'"[^"]*"', "", each))
        made = {"question": names[:1], "answer with": names[1:], "outcome": ["outcome"]}.get(what, [])
        assert not known & set(made)
        known |= set(made)
        assert set(names) <= known, f"{each} names what is not there"
        found.append((f"{what} {' '.join(name for name in names)}", *(p for p in parts if p not in names)))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_mermaid_holds_every_question_and_answer(name: str) -> None:
    chart = chart_of(name)
    text = to_mermaid(chart, "A title", "From a document, in force from some day.")
    assert text.split("\n")[4] == '%% Source: "From a document, in force from some day."'
    found = parsed(text)
    assert len([each for each in found if each[0].startswith("question")]) == len(chart.nodes)
    for edge in (edge for each in chart.edges.values() for edge in each):
        beside = f"a_{edge.id.replace('-', '_')}"
        said = edge.label + (" (not verified)" if edge.citation.confidence == "unverified" else "")
        if edge.advice or edge.conditions:
            ((_, label, words),) = [each for each in found if each[0] == f"answer with q_{edge.from_} {beside}"]
            assert (label, words.startswith(ADVICE.get(edge.advice, ""))) == (said, True)
            assert (f"advice to {beside} q_{edge.to}",) in found
        else:
            assert (f"answer to q_{edge.from_} q_{edge.to}", said) in found
    for node_name, node in chart.nodes.items():
        ((_, words),) = [each for each in found if each[0] == f"question q_{node_name}"]
        assert ("(not verified)" in words) == (node.citation.confidence == "unverified")


def test_mermaid_marks_the_way_by_thick_lines_and_numbers() -> None:
    found = decided("england-2006", "interest-should-limited")
    text = to_mermaid(chart_of("england-2006"), "A title", "", found)
    parsed(text)
    thick = [each for each in text.split("\n") if "==>" in each]
    for number, step in enumerate(found.trace[:-1], start=1):
        assert [each for each in thick if f'q_{step.question} ==>|"Step {number}: ' in each]
        assert f"q_{step.question}[[" in text
    assert len(thick) == len(found.trace) + 1  # the advice on the way has a line of its own
    assert "this decided it" in text
    assert "==>" not in to_mermaid(chart_of("england-2006"), "A title")


def test_text_is_wrapped_within_its_room_and_loses_nothing() -> None:
    words = "Is the reason strong enough without agreement, " + "x" * 90 + " or not?"
    lines = wrapped(words, 13, 120)
    assert all(width_of(each, 13) <= 120 for each in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert wrapped("", 13, 120) == []
    assert width_of("i", 10) < width_of("M", 10) < width_of("M", 10, bold=True)
