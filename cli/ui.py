"""The one mouth: every line that a person or a script sees goes through here.

- stdout is the answer, stderr the talk. With --json stdout is one JSON document and nothing else.
- Plain (--plain, NO_COLOR, or stdout no terminal): no colour, no boxes, one thing a line.
- Whatever comes from a record is shown without control characters: text cannot move the cursor or hide.
"""

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from cli.world import World

_BOLD, _END = "\x1b[1m", "\x1b[0m"
MARGIN = 2
_NARROW = 6


def printable(text: str) -> str:
    """Text without control and formatting characters, which a record must not use to fool its reader."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)


def one_line(text: str) -> str:
    """The same on one line: what is a row, a heading or a command must not become two."""
    return printable(text).replace("\n", " ")


def json_text(document: Any) -> str:
    """One JSON document, in which no character can move a cursor or turn the writing round either."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"


def tell(world: World, text: str) -> None:
    """Say something on stderr; that nobody listens there never stops what was asked for."""
    with suppress(OSError):
        world.stderr.write(text)
        world.stderr.flush()


def _fitted(cell: str, width: int) -> str:
    return (cell if len(cell) <= width else cell[: width - 1].rstrip() + "…").ljust(width)


class Ui:
    """How one command speaks."""

    def __init__(self, world: World, *, as_json: bool = False, plain: bool = False) -> None:
        self.world = world
        self.as_json = as_json
        self.plain = plain or bool(world.env.get("NO_COLOR")) or not world.stdout.isatty()
        self.width = 10_000 if plain else max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))

    # -- the answer

    def answer(self, document: Any, words: Callable[[], None]) -> None:
        """The answer: a JSON document with --json, else what `words` prints."""
        if self.as_json:
            self.world.stdout.write(json_text(document))
        else:
            words()
        self.world.stdout.flush()

    def line(self, text: str = "", indent: int = 0) -> None:
        """A paragraph, wrapped to the terminal."""
        self._write(text, " " * indent, " " * indent)

    def command(self, text: str) -> None:
        """A command to paste: never wrapped, so that it can be."""
        self.world.stdout.write(f"    {one_line(text)}\n")

    def heading(self, text: str) -> None:
        """A heading, on a line of its own after an empty one."""
        shown = one_line(text)
        self.world.stdout.write("\n" + (shown if self.plain else f"{_BOLD}{shown}{_END}") + "\n")

    def bullet(self, text: str, indent: int = MARGIN) -> None:
        """A paragraph behind a dash."""
        self._write(text, " " * indent + "- ", " " * (indent + 2))

    def pairs(self, pairs: Iterable[tuple[str, str]], indent: int = MARGIN) -> None:
        """Labels and values, the values aligned; what does not fit beside its label, a root say, is whole below it."""
        rows = [(one_line(label), value) for label, value in pairs if value]
        widest = max((len(label) for label, _value in rows), default=0)
        for label, value in rows:
            if self.plain:
                self._write(f"{label}: {value}", " " * indent, " " * (indent + 2))
            else:
                first = " " * indent + label.ljust(widest) + "  "
                if max(map(len, value.split()), default=0) > self.width - len(first):
                    first = " " * (indent + 2)
                    self._write(label, " " * indent, first)
                self._write(value, first, " " * len(first))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under column heads; in plain form a line for each row, every cell with its head."""
        if self.plain:
            for row in rows:
                cells = zip(columns, map(one_line, row), strict=True)
                self.line("; ".join(f"{head} {cell}" for head, cell in cells if cell))
            return
        shown = [list(columns), *([one_line(cell) for cell in row] for row in rows)]
        *widths, last = self._widths(shown)
        before = " " * (sum(widths) + 2 * len(widths))
        for i, row in enumerate(shown):
            # the last column goes on below, so that what it says is not lost
            words = textwrap.wrap(row[-1], last, break_long_words=False, break_on_hyphens=False) or [""]
            words = [_fitted(word, last).rstrip() for word in words]
            first = "".join(_fitted(cell, width) + "  " for cell, width in zip(row[:-1], widths, strict=True))
            line = (first + f"\n{before}".join(words)).rstrip()
            self.world.stdout.write((f"{_BOLD}{line}{_END}" if i == 0 else line) + "\n")

    def _widths(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """Of each column, so that a row stays on the screen: the last gives way first, then the widest."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        over = sum(widths) + 2 * (len(widths) - 1) - self.width
        least = min(widths[-1], 12)
        widths[-1] = max(least, widths[-1] - max(over, 0))
        while sum(widths) + 2 * (len(widths) - 1) > self.width and max(widths) > _NARROW:
            widths[widths.index(max(widths))] -= 1
        return widths

    def text(self, text: str) -> None:
        """A text as it is (a template, a schema)."""
        self.world.stdout.write(text if text.endswith("\n") else f"{text}\n")
        self.world.stdout.flush()

    def _write(self, text: str, first: str, rest: str) -> None:
        lines: list[str] = []
        for part in printable(text).split("\n"):
            start = rest if lines else first
            lines += textwrap.wrap(
                part,
                self.width,
                initial_indent=start,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [start.rstrip()]
        self.world.stdout.write("\n".join(lines) + "\n")

    # -- the talk

    def talk(self, text: str, indent: int = 0, hang: int = 0) -> None:
        """Something to know that is not the answer. hang: how much further in its second and later lines begin."""
        filled = textwrap.fill(
            printable(text),
            self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_long_words=False,
            break_on_hyphens=False,
        )
        tell(self.world, f"{filled}\n")

    def progress(self, what: str) -> Callable[[int, int], None]:
        """A line on stderr that counts, where somebody is looking. The same twice running is said once."""
        shown = (-1, -1)

        def show(done: int, total: int) -> None:
            nonlocal shown
            before, shown = shown, (done, total)
            if shown != before and self.world.stderr.isatty() and not self.as_json:
                end = "\n" if done >= total or self.plain else "\r"
                tell(self.world, f"{what} {done:,} of {total:,}{end}")

        return show

    # -- questions

    def ask(self, label: str) -> str:
        """A line from the person, or from stdin where that is no terminal."""
        if self.world.stdin.isatty():
            tell(self.world, f"{label}: ")
        return self.world.stdin.readline().rstrip("\n")

    def confirm(self, question: str) -> bool:
        """A yes or no from a person; no where there is none."""
        if not self.world.stdin.isatty() or not self.world.stderr.isatty():
            return False
        return self.ask(f"{question} [y/N]").strip().lower() in ("y", "yes")
