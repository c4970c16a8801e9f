"""A flowchart drawn, and the way that one line took: as SVG for people, as Mermaid for pages that draw it themselves.

Pure: a flowchart in, text out. Black on white; the way is thick, doubly bordered and numbered 1, 2, 3, so that it is
seen without colour and in print. tests/policies/test_diagram.py takes both forms apart again.
"""

from typing import Final

from policies.citation import Citation
from policies.diagram_svg import to_svg
from policies.diagram_words import DOUBT, edge_words, exit_words, marks_of, outcome_words
from policies.flowchart import END, Edge, Flowchart
from policies.lines import Line

__all__ = ["to_mermaid", "to_svg"]

# What begins and ends the words of a shape: by what the advice is; a question on the way has double sides.
_QUESTION: Final = ("[", "]")
_ON_THE_WAY: Final = ("[[", "]]")
_SHAPES: Final = {
    "must_share": ("[/", "\\]"),
    "should_share": ("([", "])"),
    "may_share": ("([", "])"),
    "seek_consent_first": ("{{", "}}"),
    "seek_advice": ("{{", "}}"),
    "do_not_share": ("[/", "/]"),
    "": ("[", "]"),
}
_ESCAPED: Final = {each: f"#{ord(each)};" for each in '"#&<>`\\'}


def _words(text: str) -> str:
    """A text between quotation marks; what Mermaid or HTML could read as its own is written as a number."""
    safe = "".join(_ESCAPED.get(each, each) if each.isprintable() else " " for each in text)
    return f'"{safe}"'


def to_mermaid(chart: Flowchart, title: str, subtitle: str = "", line: Line | None = None) -> str:
    """The whole flowchart as Mermaid text.

    title: what stands above it. subtitle: where it is from and its days, for whoever reads the text; it is not drawn.
    line: one judged by this flowchart, whose way is marked; what it comes to is below.
    """
    marks = marks_of(line)
    lines = ["---", f"title: {_words(title)}", "---", "flowchart TD"]
    # two signs and a word: with a brace behind them they would begin a setting
    lines += [f"%% Source: {_words(subtitle)}"] if subtitle else []
    for name, node in chart.nodes.items():
        begin, end = _ON_THE_WAY if name in marks.asked else _QUESTION
        # a number and a full stop would begin a list
        printed = f"Question {node.printed}: " if node.printed else ""
        number = f"Step {marks.steps[name]}: " if name in marks.steps else ""
        doubt = f" {DOUBT}" if name == marks.doubt else ""
        lines.append(f"    q_{name}{begin}{_words(f'{number}{printed}{node.words}{_sure(node.citation)}{doubt}')}{end}")
    for edge in [edge for edges in chart.edges.values() for edge in edges]:
        number = f"Step {marks.steps[edge.id]}: " if edge.id in marks.steps else ""
        arrow = "==>" if number else "-->"
        label = f"|{_words(number + edge_words(edge, marks) + _sure(edge.citation))}|"
        if exit_words(edge):
            lines.append(f"    q_{edge.from_} {arrow}{label} {_exit(edge)}")
            lines.append(f"    {_exit_name(edge)} {arrow} q_{edge.to}")
        else:
            lines.append(f"    q_{edge.from_} {arrow}{label} q_{edge.to}")
    if line is not None:
        lines.append(f"    q_{END} ==> outcome[[{_words(outcome_words(line))}]]")
        way = [f"q_{name}" for name in chart.nodes if name in marks.asked]
        taken = [edge for edges in chart.edges.values() for edge in edges if edge.id in marks.steps]
        way += [_exit_name(edge) for edge in taken if exit_words(edge)]
        lines += ["    classDef way stroke-width:4px", f"    class {','.join([*way, 'outcome'])} way"]
    return "\n".join(lines) + "\n"


def _sure(citation: Citation) -> str:
    return " (not verified)" if citation.confidence == "unverified" else ""


def _exit_name(edge: Edge) -> str:
    return f"a_{edge.id.replace('-', '_')}"


def _exit(edge: Edge) -> str:
    """The shape of what an answer comes to, with its name."""
    begin, end = _SHAPES[edge.advice]
    return f"{_exit_name(edge)}{begin}{_words('. '.join(exit_words(edge)))}{end}"
