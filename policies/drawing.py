"""Shapes and wrapped text of an SVG drawing in black and white: what policies.diagram draws flowcharts with.

Sizes are pixels; y grows downwards. Widths of text are those of Helvetica with room to spare, so that a wider font
still stays inside its box. tests/policies/test_diagram.py measures that nothing overlaps.
"""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

# Widths of the characters from space to ~ in Helvetica, in thousandths of the size.
_WIDTHS: Final = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
_SPARE: Final = 1.15
_BOLD: Final = 1.08
FONT: Final = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def width_of(text: str, size: int, *, bold: bool = False) -> float:
    """About how wide a line of text is, never less than it will be in a common font."""
    thousandths = sum(_WIDTHS[ord(each) - 32] if " " <= each <= "~" else 1000 for each in text)
    return thousandths * size / 1000 * _SPARE * (_BOLD if bold else 1)


def wrapped(text: str, size: int, room: float, *, bold: bool = False) -> list[str]:
    """The lines of a text that fit into `room`; a word that is wider than that is cut."""
    lines: list[str] = []
    for word in text.split():
        while width_of(word, size, bold=bold) > room:
            fits = next(n for n in range(len(word), 0, -1) if n == 1 or width_of(word[:n], size, bold=bold) <= room)
            lines.append(word[:fits])
            word = word[fits:]
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(joined, size, bold=bold) <= room:
            lines[-1] = joined
        elif word:
            lines.append(word)
    return lines


class Canvas:
    """The shapes of one drawing, in the order in which they are drawn."""

    def __init__(self) -> None:
        self._shapes: list[str] = []

    def rect(
        self, kind: str, x: float, y: float, width: float, height: float, *, line: float = 1, round_: int = 0
    ) -> None:
        """A white box. kind: its class, for those who read the drawing by machine."""
        self._shapes.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_}" '
            f'fill="#fff" stroke="#000" stroke-width="{line:g}"/>'
        )

    def polygon(self, kind: str, points: list[tuple[float, float]], *, line: float = 1) -> None:
        """A white shape with these corners."""
        corners = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._shapes.append(
            f'<polygon class="{kind}" points="{corners}" fill="#fff" stroke="#000" stroke-width="{line:g}" '
            'stroke-linejoin="round"/>'
        )

    def path(self, kind: str, steps: str, *, line: float = 1, arrow: bool = False) -> None:
        """A line. steps: as the `d` of a path."""
        head = f' marker-end="url(#{"thick" if line > 1 else "thin"})"' if arrow else ""
        self._shapes.append(
            f'<path class="{kind}" d="{steps}" fill="none" stroke="#000" stroke-width="{line:g}" '
            f'stroke-linejoin="round"{head}/>'
        )

    def text(
        self, x: float, y: float, text: str, size: int, *, bold: bool = False, italic: bool = False, anchor: str = ""
    ) -> None:
        """One line of text. x: where it begins, or its middle or end with that as anchor; y: its base line."""
        style = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italic else "")
        style += f' text-anchor="{anchor}"' if anchor else ""
        self._shapes.append(f'<text x="{x:g}" y="{y:g}" font-size="{size}"{style}>{escape(text)}</text>')

    def number(self, x: float, y: float, number: int) -> None:
        """The number of a step: white on a black disc."""
        self._shapes.append(f'<circle class="step" cx="{x:g}" cy="{y:g}" r="11" fill="#000"/>')
        self._shapes.append(
            f'<text x="{x:g}" y="{y + 4.5:g}" font-size="13" font-weight="bold" text-anchor="middle" '
            f'fill="#fff">{number}</text>'
        )

    def begin(self, kind: str, name: str, says: str) -> None:
        """A group of shapes with a name, and what it says to somebody who points at it or has it read aloud."""
        self._shapes.append(f"<g class={quoteattr(kind)} data-id={quoteattr(name)}><title>{escape(says)}</title>")

    def end(self) -> None:
        """The end of the group that was begun last."""
        self._shapes.append("</g>")

    def svg(self, width: float, height: float, title: str, says: str) -> str:
        """The whole drawing. says: what it shows, in words, for somebody who does not see it."""
        heads = "".join(
            f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" '
            f'markerWidth="{size}" markerHeight="{size}" orient="auto"><path d="M0 0L10 5L0 10z" fill="#000"/></marker>'
            for name, size in (("thin", 9), ("thick", 15))
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="title says" lang="en-GB" '
            f"font-family={quoteattr(FONT)}>\n"
            f'<title id="title">{escape(title)}</title>\n<desc id="says">{escape(says)}</desc>\n'
            f'<defs>{heads}</defs>\n<rect width="{width:g}" height="{height:g}" fill="#fff"/>\n'
            + "\n".join(self._shapes)
            + "\n</svg>\n"
        )
