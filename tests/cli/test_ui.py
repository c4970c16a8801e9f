"""The one mouth: plain is plain, a row is a row, a command stays whole, and no record moves the cursor."""

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.document_words import show_document
from cli.exits import wrong_usage
from cli.losses import lost_words, not_there
from cli.samples import SAMPLES, Sample
from cli.ui import Ui, json_text, one_line, printable
from cli.world import World
from ledger.log.encoding import parse_time
from ledger.log.loss import Lost
from ledger.records.document import check_document
from ledger.records.intake import read_document

HOSTILE = {
    "escape": "\x1b[2J\x1b[H",
    "one-character escape": "\x9b2J",
    "operating system command": "\x1b]0;title\x07",
    "backspace": "Share\b\b\b\b\b",
    "carriage return": "share\rno_share",
    "bell": "\x07",
    "null": "a\x00b",
    "delete": "a\x7fb",
    "vertical tab": "a\x0bb",
    "form feed": "a\x0cb",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "right to left": "\u202eerahs ton od",
    "isolate": "\u2067abc\u2069",
    "mark": "\u200fabc",
    "zero width": "sh\u200bare",
    "byte order": "\ufeffabc",
    "tag": "\U000e0041abc",
    "tab": "a\tb",
}
OURS = re.compile(r"\x1b\[[01]m")


class Screen(io.StringIO):
    """A stream that says of itself that it is a terminal."""

    def isatty(self) -> bool:
        return True


def world(*, terminal: bool = False, env: Mapping[str, str] | None = None, typed: str = "") -> World:
    kind = Screen if terminal else io.StringIO
    return World(
        clock=lambda: 1_790_000_000,
        random=bytes,
        env=env or {},
        cwd=Path.cwd(),
        programs=Path.cwd(),
        stdin=kind(typed),
        stdout=kind(),
        stderr=kind(),
        ask_secret=lambda prompt: prompt,
    )


def out(ui: Ui) -> str:
    assert isinstance(ui.world.stdout, io.StringIO)
    return ui.world.stdout.getvalue()


def err(ui: Ui) -> str:
    assert isinstance(ui.world.stderr, io.StringIO)
    return ui.world.stderr.getvalue()


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def everything(ui: Ui, text: str) -> None:
    """The text in every place that takes one."""
    ui.line(text)
    ui.line(text, 4)
    ui.heading(text)
    ui.bullet(text)
    ui.command(text)
    ui.pairs([("label", text), (text, "value")])
    ui.table(("one", "two"), [(text, "x"), ("x", text)])


# -- plain


PLAIN = {
    "--plain": (True, {}, True),
    "NO_COLOR": (False, {"NO_COLOR": "1"}, True),
    "no terminal": (False, {}, False),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_has_no_escape_code(name: str) -> None:
    plain, env, terminal = PLAIN[name]
    ui = Ui(world(terminal=terminal, env=env), plain=plain)
    everything(ui, "some words")
    assert "\x1b" not in out(ui)
    assert "one some words; two x" in out(ui), "a row is a sentence"


def test_a_terminal_has_bold_heads_and_an_empty_no_color_is_none() -> None:
    ui = Ui(world(terminal=True, env={"NO_COLOR": ""}))
    everything(ui, "some words")
    assert "\x1b[1msome words\x1b[0m" in out(ui)
    assert "\x1b[1mone" in out(ui)
    assert "\x1b" not in OURS.sub("", out(ui))


# -- hostile text


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_record_cannot_move_the_cursor(name: str, terminal: bool) -> None:
    ui = Ui(world(terminal=terminal))
    everything(ui, HOSTILE[name])
    ui.talk(HOSTILE[name])
    shown = OURS.sub("", out(ui)) if terminal else out(ui)
    for text in (shown, err(ui)):
        assert {c for c in text if not c.isprintable()} <= {"\n"}
    assert "�" in shown, "that something was there is shown"


@pytest.mark.parametrize("name", HOSTILE)
def test_the_json_of_a_record_cannot_either_and_says_the_same(name: str) -> None:
    document = {"text": HOSTILE[name], HOSTILE[name]: ["é – 漢"]}
    text = json_text(document)
    assert {c for c in text if not c.isprintable()} <= {"\n"}
    assert json.loads(text) == document
    assert "é – 漢" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_word_of_the_command_line_cannot_either(name: str) -> None:
    here = world()
    wrong_usage(here, f"No such command {HOSTILE[name]!s}\nand\x1b[2J", as_json=False)
    assert isinstance(here.stderr, io.StringIO)
    assert {c for c in here.stderr.getvalue() if not c.isprintable()} <= {"\n"}
    assert len(here.stderr.getvalue().splitlines()) == 2


def test_a_newline_makes_no_second_row_heading_or_command() -> None:
    forged = "entry 1\nVERIFIED. All is well"
    for terminal in (False, True):
        ui = Ui(world(terminal=terminal))
        ui.table(("what", "who"), [(forged, "somebody"), ("x", forged)])
        assert not any(line.startswith("VERIFIED") for line in out(ui).splitlines())
        assert len(out(ui).splitlines()) == (3 if terminal else 2)
        before = len(out(ui).splitlines())
        ui.command("consent-ledger show 1\nrm -r ledger")
        assert len(out(ui).splitlines()) == before + 1
        ui.heading("Heading\nAnother")
        assert len(out(ui).splitlines()) == before + 3


def test_lines_of_a_value_stay_indented_below_their_label() -> None:
    """Somebody's words may have lines; none of them begins where a label does."""
    for terminal in (False, True):
        ui = Ui(world(terminal=terminal))
        ui.pairs([("reasons", "first\nadvice: share\n\nlast"), ("next", "value")])
        lines = out(ui).splitlines()
        assert [line for line in lines if line.startswith("  advice")] == []
        assert any(line.strip() == "advice: share" for line in lines)
        assert [line.split()[0].rstrip(":") for line in lines if re.match(r"  \S", line)] == ["reasons", "next"]


def test_printable_keeps_every_letter_and_newlines() -> None:
    text = "Zoë Ŵyn-Siân O’Brien – 漢字 é́ 👩 a\nb"
    assert printable(text) == text
    assert one_line(text) == text.replace("\n", " ")
    assert printable("a\x1bb") == "a�b"


# -- width


SENTENCE = "There is a good reason to share it, and the person knows about it. " * 6


def test_eighty_columns_are_kept() -> None:
    for terminal in (False, True):
        ui = Ui(world(terminal=terminal))
        ui.line(SENTENCE)
        ui.line(SENTENCE, 6)
        ui.bullet(SENTENCE)
        ui.bullet(SENTENCE, 8)
        ui.pairs([("a label", SENTENCE), ("another one", "a" * 60)])
        ui.talk(SENTENCE)
        lines = (out(ui) + err(ui)).splitlines()
        assert max(map(len, lines)) <= 80
        assert len(lines) > 20
        assert " ".join(out(ui).split()).count("good reason") == 30, "nothing is lost"


@pytest.mark.parametrize(("columns", "width"), [("20", 40), ("60", 60), ("100", 100), ("500", 100)])
def test_a_narrow_or_a_wide_terminal_is_used_within_reason(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ui = Ui(world(terminal=True))
    ui.line(SENTENCE)
    assert width - 12 < max(map(len, out(ui).splitlines())) <= width


def test_asked_for_plain_nothing_is_wrapped() -> None:
    """A screen reader reads a paragraph as one."""
    ui = Ui(world(terminal=True), plain=True)
    ui.line(SENTENCE)
    assert out(ui) == SENTENCE.rstrip() + "\n"


def test_a_command_is_never_wrapped() -> None:
    command = "consent-ledger check-receipt " + "a/very-long/place/" * 20 + "17.receipt --key 'a+b+c'"
    for plain in (False, True):
        ui = Ui(world(terminal=True), plain=plain)
        ui.command(command)
        assert out(ui) == f"    {command}\n"


def test_a_long_word_is_not_broken_so_that_it_can_be_copied() -> None:
    ui = Ui(world(terminal=True))
    ui.pairs([("verifier key", "k" * 150)])
    ui.talk("w" * 150)
    assert "k" * 150 in out(ui)
    assert "w" * 150 in err(ui)


# -- tables


def rows_of(rows: list[tuple[str, ...]], columns: tuple[str, ...]) -> list[str]:
    ui = Ui(world(terminal=True))
    ui.table(columns, rows)
    return OURS.sub("", out(ui)).splitlines()


def test_columns_stand_under_their_heads() -> None:
    lines = rows_of([("1", "decision.recorded", "x"), ("10", "note", "yy")], ("n", "what", "who"))
    assert lines == ["n   what               who", "1   decision.recorded  x", "10  note               yy"]


def test_the_last_column_gives_way_first_and_goes_on_below() -> None:
    _head, *lines = rows_of([("1", "a" * 20, SENTENCE)], ("n", "what", "words"))
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("1  " + "a" * 20 + "  There is")
    assert all(line.startswith(" " * 25) for line in lines[1:]), "no line begins where a row does"
    assert " ".join(line[25:] for line in lines) == SENTENCE.strip(), "nothing is lost"


def test_then_the_widest_gives_way() -> None:
    lines = rows_of([("1", "a" * 70, "b" * 30, "c" * 30)], ("n", "one", "two", "three"))
    assert all(len(line) <= 80 for line in lines)
    assert re.fullmatch(r"1  a+…  b+…?  c+…", lines[1])
    assert "b" * 20 in lines[1]


def test_a_long_word_is_cut_and_not_swallowed() -> None:
    _head, row = rows_of([("1", "w" * 200)], ("n", "word"))
    assert row == "1  " + "w" * 76 + "…"


def test_what_fits_exactly_is_not_cut() -> None:
    _head, row = rows_of([("1", "w" * 77)], ("n", "word"))
    assert row == "1  " + "w" * 77


def test_a_table_without_rows_is_its_heads_or_nothing() -> None:
    assert rows_of([], ("n", "what")) == ["n  what"]
    ui = Ui(world())
    ui.table(("n", "what"), [])
    assert out(ui) == ""


def test_a_row_of_another_length_is_a_mistake() -> None:
    for terminal in (False, True):
        with pytest.raises(ValueError, match="zip"):
            Ui(world(terminal=terminal)).table(("n", "what"), [("1",)])


def test_a_plain_row_leaves_out_empty_cells() -> None:
    ui = Ui(world())
    ui.table(("n", "what", "who"), [("1", "", "x")])
    assert out(ui) == "n 1; who x\n"


# -- answers and talk


def test_with_json_the_answer_is_one_document_and_nothing_else() -> None:
    def words() -> None:
        raise AssertionError("nobody asked for words")

    ui = Ui(world(terminal=True), as_json=True)
    ui.answer({"ok": True, "says": "é\n"}, words)
    ui.talk("by the way")
    ui.progress("checking")(1, 2)
    assert json.loads(out(ui)) == {"ok": True, "says": "é\n"}
    assert err(ui) == "by the way\n"


def test_without_json_it_is_words_on_stdout() -> None:
    ui = Ui(world())
    ui.answer({"never": "shown"}, lambda: ui.line("an answer"))
    assert (out(ui), err(ui)) == ("an answer\n", "")


def test_progress_is_shown_only_where_somebody_looks() -> None:
    ui = Ui(world(terminal=True))
    show = ui.progress("checking")
    show(1_000, 2_000)
    show(2_000, 2_000)
    assert err(ui) == "checking 1,000 of 2,000\rchecking 2,000 of 2,000\n"
    behind = Ui(world())
    behind.progress("checking")(1, 2)
    assert err(behind) == ""
    plain = Ui(world(terminal=True), plain=True)
    plain.progress("checking")(1, 2)
    assert err(plain) == "checking 1 of 2\n", "no line is written over"


@pytest.mark.parametrize(
    ("typed", "yes"),
    [("y\n", True), ("Yes\n", True), (" y \n", True), ("n\n", False), ("\n", False), ("", False), ("yy\n", False)],
)
def test_a_yes_has_to_be_typed(typed: str, yes: bool) -> None:
    ui = Ui(world(terminal=True, typed=typed))
    assert ui.confirm("Delete it?") is yes
    assert err(ui) == "Delete it? [y/N]: "


def test_where_there_is_nobody_the_answer_is_no_and_nothing_is_read() -> None:
    ui = Ui(world(typed="y\n"))
    assert ui.confirm("Delete it?") is False
    assert (err(ui), ui.ask("Your name")) == ("", "y")


def test_a_label_is_shown_to_a_person_and_not_to_a_pipe() -> None:
    seen: list[Any] = []
    for terminal in (True, False):
        ui = Ui(world(terminal=terminal, typed="Avery Sample\nmore"))
        seen.append((ui.ask("Your name"), err(ui)))
    assert seen == [("Avery Sample", "Your name: "), ("Avery Sample", "")]


# -- a document in words


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_document_is_shown_whole_and_without_codes(sample: Sample) -> None:
    raw = read_document(sample.read(), sample.file)
    document = check_document(raw, now=parse_time("2026-11-01T00:00:00Z"), organisation_kind="public", nation="england")
    ui = Ui(world(terminal=True))
    show_document(ui, dict(document.value))
    shown = OURS.sub("", out(ui))
    # the class of retention is a name that organisations look up, and is shown as it is
    kept = {str(document.value.get("retention", {}).get("class", ""))}
    assert set(re.findall(r"\b[a-z]+_[a-z_]+\b", shown)) <= kept
    assert max(map(len, shown.splitlines())) <= 80
    flat = " ".join(shown.split())
    for words in texts(document.value):
        assert " ".join(words.split()) in flat


def texts(value: Any) -> list[str]:
    """Every text of more than one word: what somebody wrote, and no code."""
    if isinstance(value, str):
        return [value] if " " in value else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [words for each in inner for words in texts(each)]


def test_a_value_that_cannot_be_cut_goes_whole_on_the_line_below() -> None:
    ui, root = Ui(world(terminal=True)), "0123456789abcdef" * 4
    ui.pairs([("root", root[:20]), ("root of the first 1,000", root), ("words", "that go on below " * 5)])
    lines = out(ui).splitlines()
    assert lines[1:3] == ["  root of the first 1,000", f"    {root}"]
    assert all(len(line) <= 80 for line in lines)
    assert len(lines) == 5


def test_a_loss_is_named_in_few_words_and_no_two_alike() -> None:
    losses = [Lost(40, bytes([i]) * 32, 31, 33 + i, "p-founder", 1_790_000_000, 1_790_000_000 + i) for i in (1, 2)]
    assert all(len(label) < 60 for label in not_there(losses))
    assert len(not_there(losses)) == 2
    first, second = map(lost_words, losses)
    assert "40 entries, root 01010101" in first
    assert "root 02020202" in second
    assert "2026-09-21T14:13:22Z" in second


def test_progress_that_was_shown_is_not_shown_again() -> None:
    ui = Ui(world(terminal=True))
    show = ui.progress("verified")
    for done in (20, 36, 36):
        show(done, 36)
    assert err(ui) == "verified 20 of 36\rverified 36 of 36\n"
