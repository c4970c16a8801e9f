"""What a drawing of a flowchart says: the words of its answers, their sources, and which were the way of a line.

The same words stand in both forms (policies.diagram_svg, policies.diagram); tests/policies/test_diagram.py reads them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policies.codes import ADVICE, CONDITIONS, ROUTES
from policies.flowchart import END, Edge, Flowchart
from policies.judging import ANSWERED
from policies.lines import Line

_LETTERS: Final = "abcdefghij"
WAY: Final = "Its way is drawn thick, with a double border, and its steps are numbered."
DOUBT: Final = "Not sure: looked at both ways, and they do not end the same. Ask for advice; this decided it."


@dataclass(frozen=True, slots=True)
class Marks:
    """The way of one line. steps: edge or question (where the way ends, or was not sure) -> its number, from 1.

    asked: every question on it. decisive: the edge that decided, empty where a doubt did. doubt: the question that was
    not sure and made it ask for advice, else empty.
    """

    steps: Mapping[str, int]
    asked: frozenset[str]
    decisive: str
    doubt: str


def marks_of(line: Line | None) -> Marks:
    """The way that a line took, from its trace; none where there is no line."""
    if line is None:
        return Marks({}, frozenset(), "", "")
    decisive = next(step for step in line.trace if step.decisive)
    doubt = decisive.question if line.unsure else ""
    steps = {}
    for number, step in enumerate(line.trace, start=1):
        steps[step.question if step.question in (doubt, END) else step.edge] = number
    asked = frozenset(step.question for step in line.trace)
    return Marks(steps, asked, "" if doubt else decisive.edge, doubt)


def outcome_words(line: Line) -> str:
    """What a line comes to, in one sentence or two."""
    why = f": {ROUTES[line.route]}" if line.route else ""
    also = "".join(f" Also: {CONDITIONS[each.code]}." for each in line.conditions)
    return f"{ADVICE[line.advice]}{why}.{also}"


def told(chart: Flowchart, line: Line | None) -> str:
    """The drawing in words, for somebody who does not see it."""
    if line is None:
        return f"{len(chart.nodes)} questions, each with its answers and what each of them leads to."
    steps = [
        f"{number}. {step.asks} {ANSWERED[step.answer].capitalize() + '. ' if step.answer else ''}"
        f"{'' if step.question == END else step.decided}{' This decided it.' if step.decisive else ''}"
        for number, step in enumerate(line.trace, start=1)
    ]
    return " ".join([outcome_words(line), "The way there:", *(step.strip() for step in steps)])


def edge_words(edge: Edge, marks: Marks) -> str:
    """The short words of an answer (the whole sentence where no short ones are written), and whether it decided."""
    return f"{edge.label or edge.words}{' (this decided it)' if edge.id == marks.decisive else ''}"


def documents_of(chart: Flowchart) -> list[str]:
    """The documents that the answers rest on, the one that most of them rest on first."""
    counted = Counter(edge.citation.document for edges in chart.edges.values() for edge in edges)
    return [document for document, _ in counted.most_common()]


def source_words(edge: Edge, documents: list[str]) -> str:
    """The paragraph, with a letter where it is of another document than most, and that it is not verified if so."""
    place = documents.index(edge.citation.document)
    letter = f" ({_LETTERS[place - 1]})" if place else ""
    doubt = ", not verified" if edge.citation.confidence == "unverified" else ""
    return f"{edge.citation.paragraph}{letter}{doubt}"


def legend_words(chart: Flowchart) -> list[str]:
    """What the letters stand for, and what is not verified."""
    main, *others = documents_of(chart)
    said = [f"The small words name the paragraph of: {main}."]
    said += [f"({_LETTERS[place]}) stands for: {document}." for place, document in enumerate(others)]
    edges = [edge for each in chart.edges.values() for edge in each]
    if any(edge.citation.confidence == "unverified" for edge in edges):
        said.append(
            "Not verified: our own reading, which nobody has compared with the source. Check it before you rely on it."
        )
    return said


def exit_words(edge: Edge) -> list[str]:
    """What an answer makes of the line: the advice, then what stands beside it."""
    return [*([ADVICE[edge.advice]] if edge.advice else []), *(f"+ {CONDITIONS[each]}" for each in edge.conditions)]
