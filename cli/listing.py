"""list: the entries by their headers. What is missing or damaged is named, never left out in silence."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.days import day_of, seconds_of
from cli.exits import DONE, FAILED
from cli.options import JsonOption, LedgerOption, PlainOption
from cli.reading import case_words
from cli.ui import Ui
from cli.world import numbered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.session import Session
    from ledger.log.entry import Header
    from ledger.log.reader import Reader, Stored


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command("list", help="The entries, newest last.")(list_entries)


def list_entries(
    context: typer.Context,
    types: Annotated[list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")] = None,
    case: Annotated[str | None, typer.Option("--case", help="Only this case: its id or an entry of it.")] = None,
    author: Annotated[str | None, typer.Option("--author", help="Only by this handle.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Recorded on this day or later, YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Recorded on this day or earlier.")] = None,
    differs: Annotated[bool, typer.Option("--differs", help="Only decisions that differ from the advice.")] = False,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Needs no key: it shows the headers, which name nobody."""
    from cli.session import open_session, read_entry
    from ledger.errors import Unverified
    from ledger.log.types import TYPES

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    unknown = [name for name in types or [] if name not in TYPES]
    if unknown:
        raise typer.BadParameter(f"--type: no such type. There are {', '.join(sorted(TYPES))}.")
    first, last = _bounds(start, end)
    session = open_session(context.obj, ui, ledger)
    size = session.standing.checkpoint.size
    rows: list[dict[str, Any]] = []
    broken: dict[str, list[int]] = {"missing": [], "damaged": []}
    with session.store.read() as reader:
        broken["missing"] = reader.missing(size)
        for row in _candidates(session, reader, case, types):
            try:
                header = read_entry(row, session.origin).header
            except Unverified:
                broken["damaged"].append(row.n)
                continue
            fits = first <= header.at < last and author in (None, header.author)
            if fits and (not types or header.type in types) and (not differs or header.body.get("differs")):
                rows.append(_row_json(row.n, header))

    def words() -> None:
        table = [(str(r["entry"]), r["at"][:10], r["type"], r["author"], case_words(r), _what(r)) for r in rows]
        if table:
            ui.table(("entry", "day", "type", "by", "case", "decision"), table)
        else:
            ui.line("No entry fits. Try fewer filters: consent-ledger list")
        for what, numbers in found.items():
            ui.line(f"{what.capitalize()}: {numbered(numbers)}. Run: consent-ledger verify")

    found = {what: numbers for what, numbers in broken.items() if numbers}
    ui.answer({"entries": rows, "size": size, "checked": False, **found}, words)
    if not as_json:
        ui.talk("As stored, not checked. To check: consent-ledger verify")
    return FAILED if found else DONE


def _candidates(session: "Session", reader: "Reader", case: str | None, types: list[str] | None) -> "Iterable[Stored]":
    from ledger.records.finding import find_case

    size = session.standing.checkpoint.size
    if case is not None:
        return reader.of_case(find_case(reader, session.origin, case, size), size)
    return reader.of_types(types, size) if types else reader.entries(0, size)


def _row_json(n: int, header: "Header") -> dict[str, Any]:
    from ledger.log.encoding import format_time

    decided = {name: header.body[name] for name in ("decision", "advice", "differs") if name in header.body}
    case = {"case": header.case.hex()} if header.case is not None else {}
    at = format_time(header.at)
    return {
        "entry": n,
        "id": header.id.hex(),
        "type": header.type,
        "at": at,
        "author": header.author,
        **case,
        **decided,
    }


def _what(row: dict[str, Any]) -> str:
    if "decision" not in row:
        return ""
    return str(row["decision"]).replace("_", " ") + (" (differs)" if row["differs"] else "")


def _bounds(start: str | None, end: str | None) -> tuple[int, int]:
    """From the first second of `start` to the last of `end`, POSIX seconds, half open."""
    first = day_of("--from", start) if start is not None else datetime.date(1, 1, 2)
    last = day_of("--to", end) if end is not None else datetime.date(9999, 12, 30)
    return seconds_of(first, last)
