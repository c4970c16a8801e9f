"""A flowchart drawn as SVG: a card for each question, a row for each answer, advice as shapes, lanes between them.

Answers to the next question go by the left, all others by lanes at the right; the way of a line lies above the rest.
tests/policies/test_diagram.py measures that nothing overlaps and that every text stays in its box.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from policies.codes import ADVICE
from policies.diagram_words import (
    DOUBT,
    WAY,
    Marks,
    documents_of,
    edge_words,
    exit_words,
    legend_words,
    marks_of,
    outcome_words,
    source_words,
    told,
)
from policies.drawing import Canvas, width_of, wrapped
from policies.flowchart import Edge, Flowchart
from policies.lines import SHARES, Line

_LEFT, _CARD, _CARD_WIDTH = 26, 52, 470
_RIGHT = _CARD + _CARD_WIDTH
_EXIT, _EXIT_WIDTH = _RIGHT + 40, 292
_LANE, _BETWEEN_LANES = _EXIT + _EXIT_WIDTH + 22, 20
_TEXT, _SMALL, _LEADING = 13, 11, 17
_NUMBER = 44  # kept free at the right of every box, for the number of a step
_GAP, _TOP, _THICK = 30, 24, 3.5


@dataclass(frozen=True, slots=True)
class _Row:
    """One answer in the drawing. y: its top. beside: the source stands on the line of the label, at its right.

    exit: the lines of the shape at its right, if any. by_left: it leads to the next question, on the left.
    """

    edge: Edge
    y: float
    height: float
    label: tuple[str, ...]
    source: tuple[str, ...]
    beside: bool
    exit: tuple[str, ...]
    by_left: bool

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class _Card:
    """One question in the drawing, with its answers below it."""

    node: str
    y: float
    head: float
    words: tuple[str, ...]
    rows: tuple[_Row, ...]

    @property
    def bottom(self) -> float:
        return self.rows[-1].y + self.rows[-1].height if self.rows else self.y + self.head

    @property
    def middle(self) -> float:
        return self.y + self.head / 2


def _exit_lines(edge: Edge) -> tuple[str, ...]:
    room = _EXIT_WIDTH - 44
    return tuple(
        line for place, each in enumerate(exit_words(edge)) for line in wrapped(each, 12, room, bold=not place)
    )


def _row(edge: Edge, y: float, follows: str, source_text: str, marks: Marks) -> _Row:
    room = _CARD_WIDTH - 18 - _NUMBER
    label, source = wrapped(edge_words(edge, marks), _TEXT, room, bold=True), wrapped(source_text, _SMALL, room)
    widths = width_of(label[0], _TEXT, bold=True) + 12 + width_of(source[0], _SMALL)
    beside = len(label) == len(source) == 1 and widths <= room
    text = _LEADING if beside else len(label) * _LEADING + len(source) * 14
    shape = _exit_lines(edge)
    height = max(text + 13, len(shape) * 15 + 20 if shape else 0)
    return _Row(edge, y, height, tuple(label), tuple(source), beside, shape, edge.to == follows and not shape)


def _cards(chart: Flowchart, top: float, marks: Marks) -> list[_Card]:
    cards, y, names, documents = [], top, list(chart.nodes), documents_of(chart)
    for place, name in enumerate(names):
        node = chart.nodes[name]
        room = _CARD_WIDTH - 16 - _NUMBER - (26 if node.printed else 0)
        words = wrapped(node.words, 15, room, bold=True)
        words += wrapped(DOUBT, 15, room, bold=True) if name == marks.doubt else []
        head = len(words) * 19 + 20.0
        rows, at = [], y + head
        for edge in chart.edges.get(name, ()):
            rows.append(_row(edge, at, names[place + 1], source_words(edge, documents), marks))
            at += rows[-1].height
        cards.append(_Card(name, y, head, tuple(words), tuple(rows)))
        y = at + _GAP
    return cards


def _lanes(cards: list[_Card]) -> dict[str, int]:
    """The lane by which answers come to a question from the right: the innermost that is free all the way."""
    places = {card.node: card for card in cards}
    spans: dict[str, float] = {}
    for card in cards:
        for row in card.rows:
            if not row.by_left:
                spans.setdefault(row.edge.to, row.middle)
    lanes: dict[str, int] = {}
    for target, start in spans.items():
        end, lane = places[target].middle, 0
        while any(
            taken == lane and spans[other] <= end and start <= places[other].middle for other, taken in lanes.items()
        ):
            lane += 1
        lanes[target] = lane
    return lanes


def to_svg(chart: Flowchart, title: str, subtitle: str = "", line: Line | None = None) -> str:
    """The whole flowchart as one SVG text, without script or style sheet.

    title, subtitle: what stands above it. line: one judged by this flowchart, whose way is marked.
    """
    canvas, marks = Canvas(), marks_of(line)
    above = [subtitle, *([f"This line: {outcome_words(line)}", WAY] if line else [])]
    y = _paragraphs(canvas, _TOP, [title], 20, bold=True)
    cards = _cards(chart, _paragraphs(canvas, y, [each for each in above if each], 13) + 20, marks)
    lanes = _lanes(cards)
    _draw_lanes(canvas, cards, lanes)
    for place, card in enumerate(cards):
        for row in card.rows:
            if row.edge.id in marks.steps:
                _draw_way(canvas, row, cards[place + 1], _card_of(cards, row.edge.to), cards, lanes)
    for card in cards:
        _draw_card(canvas, chart, card, marks)
    bottom = _paragraphs(canvas, cards[-1].bottom + 18, legend_words(chart), 12)
    width = _LANE + max(lanes.values(), default=0) * _BETWEEN_LANES + 24
    return canvas.svg(width, bottom + 20, title, told(chart, line))


def _paragraphs(canvas: Canvas, y: float, texts: list[str], size: int, *, bold: bool = False) -> float:
    """Text over the whole width, below y. Gives where it ends."""
    for text in texts:
        for words in wrapped(text, size, _LANE - _CARD, bold=bold):
            y += size * 1.35
            canvas.text(_CARD, y, words, size, bold=bold)
    return y


def _card_of(cards: list[_Card], node: str) -> _Card:
    return next(card for card in cards if card.node == node)


def _draw_lanes(canvas: Canvas, cards: list[_Card], lanes: Mapping[str, int]) -> None:
    """Every line from an answer to a question, thin; a line that several answers share is drawn once."""
    for card, below in itertools.pairwise(cards):
        lefts = [row.middle for row in card.rows if row.by_left]
        for y in lefts[1:]:
            canvas.path("to", f"M{_CARD} {y:g}H{_LEFT}")
        if lefts:
            canvas.path("to", f"M{_CARD} {lefts[0]:g}H{_LEFT}V{below.middle:g}H{_CARD - 1}", arrow=True)
    for target, lane in lanes.items():
        rows = [row for card in cards for row in card.rows if row.edge.to == target and not row.by_left]
        x, end = _lane_x(lane), _card_of(cards, target).middle
        canvas.path("to", f"M{x} {rows[0].middle:g}{_in(lane, end, cards, lanes)}", arrow=True)
        for row in rows:
            if row.exit:
                canvas.path("to", f"M{_RIGHT} {row.middle:g}H{_EXIT - 1}", arrow=True)
            canvas.path("to", f"{_out(row, cards, lanes)}H{x}")


def _lane_x(lane: int) -> int:
    return _LANE + lane * _BETWEEN_LANES


def _out(row: _Row, cards: list[_Card], lanes: Mapping[str, int]) -> str:
    """From an answer out to its lane, with a small bridge over each line that is crossed."""
    steps = f"M{_EXIT + _EXIT_WIDTH if row.exit else _RIGHT} {row.middle:g}"
    for lane in _crossed(lanes[row.edge.to], row.middle, cards, lanes):
        steps += f"H{_lane_x(lane) - 5}a5 5 0 0 1 10 0"
    return steps


def _in(lane: int, y: float, cards: list[_Card], lanes: Mapping[str, int]) -> str:
    """Down a lane and in to a question at this height, with the same bridges."""
    steps = f"V{y:g}"
    for inner in reversed(_crossed(lane, y, cards, lanes)):
        steps += f"H{_lane_x(inner) + 5}a5 5 0 0 0 -10 0"
    return f"{steps}H{_RIGHT + 1}"


def _crossed(lane: int, y: float, cards: list[_Card], lanes: Mapping[str, int]) -> list[int]:
    """The lanes further in that have a line at this height, the innermost first."""
    passing = {taken for target, taken in lanes.items() if _passes(cards, target, y)}
    return [inner for inner in range(lane) if inner in passing]


def _passes(cards: list[_Card], target: str, y: float) -> bool:
    """Whether the lane to a question has a line in it at this height."""
    rows = [row for card in cards for row in card.rows if row.edge.to == target and not row.by_left]
    return rows[0].middle < y < _card_of(cards, target).middle


def _draw_way(
    canvas: Canvas, row: _Row, below: _Card, target: _Card, cards: list[_Card], lanes: Mapping[str, int]
) -> None:
    """The line from an answer on the way to the next question on it, thick."""
    if row.by_left:
        steps = f"M{_CARD} {row.middle:g}H{_LEFT}V{below.middle:g}H{_CARD - 1}"
    else:
        x = _lane_x(lanes[row.edge.to])
        if row.exit:
            canvas.path("way", f"M{_RIGHT} {row.middle:g}H{_EXIT - 1}", line=_THICK, arrow=True)
        steps = f"{_out(row, cards, lanes)}H{x}{_in(lanes[row.edge.to], target.middle, cards, lanes)}"
    canvas.path("way", steps, line=_THICK, arrow=True)


def _draw_card(canvas: Canvas, chart: Flowchart, card: _Card, marks: Marks) -> None:
    node, asked = chart.nodes[card.node], card.node in marks.asked
    canvas.begin("question", card.node, node.words)
    canvas.rect("head", _CARD, card.y, _CARD_WIDTH, card.head, line=2.5 if asked else 1.5, round_=6)
    if asked:
        canvas.rect("double", _CARD + 5, card.y + 5, _CARD_WIDTH - 10, card.head - 10, round_=3)
    x = _CARD + 16
    if node.printed:
        canvas.text(x, card.y + 25, f"{node.printed}.", 15, bold=True)
        x += 26
    for place, words in enumerate(card.words):
        canvas.text(x, card.y + 25 + place * 19, words, 15, bold=True)
    if card.node in marks.steps:
        canvas.number(_RIGHT - 24, card.middle, marks.steps[card.node])
    canvas.end()
    # the way last, so that its thick borders lie above the thin ones
    for row in sorted(card.rows, key=lambda each: each.edge.id in marks.steps):
        _draw_row(canvas, row, marks.steps.get(row.edge.id))


def _draw_row(canvas: Canvas, row: _Row, number: int | None) -> None:
    edge, left = row.edge, _CARD + 18
    canvas.begin("answer", edge.id, f"{edge.words} ({edge.citation.in_words()})")
    canvas.rect("row", _CARD, row.y, _CARD_WIDTH, row.height, line=_THICK if number else 1)
    if number:
        canvas.rect("double", _CARD + 4, row.y + 4, _CARD_WIDTH - 8, row.height - 8)
        canvas.number(_RIGHT - 24, row.middle, number)
    text = _LEADING if row.beside else len(row.label) * _LEADING + len(row.source) * 14
    y = row.middle - text / 2 + 13
    for words in row.label:
        canvas.text(left, y, words, _TEXT, bold=number is not None)
        y += _LEADING
    if row.beside:
        canvas.text(_RIGHT - _NUMBER, y - _LEADING, row.source[0], _SMALL, italic=True, anchor="end")
    for words in () if row.beside else row.source:
        canvas.text(left, y - 2, words, _SMALL, italic=True)
        y += 14
    if row.exit:
        _draw_exit(canvas, row, thick=number is not None)
    canvas.end()


def _draw_exit(canvas: Canvas, row: _Row, *, thick: bool) -> None:
    """Advice as a shape: with bars where it must be shared, round where it may, its corners cut where not (yet)."""
    height, line = len(row.exit) * 15 + 14, _THICK if thick else 1
    top, advice = row.middle - height / 2, row.edge.advice
    if advice in SHARES or not advice:
        round_ = {"must_share": 0, "": 0}.get(advice, 14)
        canvas.rect("exit", _EXIT, top, _EXIT_WIDTH, height, line=line, round_=round_)
        if advice == "must_share":
            for x in (_EXIT + 6, _EXIT + _EXIT_WIDTH - 6):
                canvas.path("bar", f"M{x} {top:g}v{height:g}")
    else:
        cut = 10 if advice == "do_not_share" else height / 2
        side = min(14.0, height / 2)
        right, bottom = _EXIT + _EXIT_WIDTH, top + height
        corners = [(_EXIT + side, top), (right - side, top), (right, top + cut), (right, bottom - cut)]
        corners += [(right - side, bottom), (_EXIT + side, bottom), (_EXIT, bottom - cut), (_EXIT, top + cut)]
        canvas.polygon("exit", corners, line=line)
    for place, words in enumerate(row.exit):
        bold = place < len(wrapped(ADVICE[advice], 12, _EXIT_WIDTH - 44, bold=True)) if advice else False
        canvas.text(_EXIT + _EXIT_WIDTH / 2, top + 19 + place * 15, words, 12, bold=bold, anchor="middle")
