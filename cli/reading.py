"""show and list: reading what was recorded. What this person may not read is shown as withheld, never as absent."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.session import Session
    from ledger.log.entry import Header
    from ledger.log.store import Reader, Stored
    from ledger.records.writing import Desk

CAVEAT = "Unchanged since recorded; not proof that it was true or right."


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command("show", help="One entry, whole and in plain words.")(show)
    app.command("list", help="The entries, newest last.")(list_entries)


def show(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="An entry: its number, id, or a unique start of the id.")],
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """With your identity, what you may read is opened and its commitments are checked."""
    from cli.session import open_session
    from ledger.records.finding import find_entry
    from ledger.records.people import directory

    world = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    session = open_session(world, ui, ledger)
    has_identity = identity is not None or bool(world.env.get("CONSENT_LEDGER_IDENTITY"))
    desk = session.reading_desk(identity) if has_identity else None
    with session.store.read() as reader:
        row = find_entry(reader, ref, session.standing.checkpoint.size)
        document = entry_json(session, reader, row, desk)
        if desk is not None:
            named = directory(desk, reader).get(document["author"])
            if named is not None:
                document["author_name"] = f"{named.name}, {named.post}"
    ui.answer(document, lambda: _show_words(ui, document))
    return DONE


def entry_json(session: "Session", reader: "Reader", row: "Stored", desk: "Desk | None") -> dict[str, Any]:
    """Everything that this person may know of an entry."""
    from ledger.log.encoding import format_time
    from ledger.log.entry import parse_entry
    from ledger.log.tiles import hash_reader
    from ledger.log.tree import check_inclusion, prove_inclusion

    checkpoint = session.standing.checkpoint
    entry = parse_entry(row.leaf, session.origin)
    header = entry.header
    proof = prove_inclusion(hash_reader(reader.stored_hashes), row.n, checkpoint.size)
    check_inclusion(proof, checkpoint.size, checkpoint.root, row.n, entry.leaf_hash)
    document: dict[str, Any] = {
        "entry": row.n,
        "id": header.id.hex(),
        "type": header.type,
        "at": format_time(header.at),
        "author": header.author,
        "body": dict(header.body),
        "seen": {"size": header.seen_size, "root": header.seen_root.hex()},
        "about": [_ref_json(reader, ref) for ref in header.refs],
        "history": [_history_json(session, item) for item in reader.about(header.id)],
        "suspect": session.roster.suspect(header.author, row.n),
        "proof": {"size": checkpoint.size, "root": checkpoint.root.hex(), "in_log": True},
    }
    if header.case is not None:
        document["case"] = header.case.hex()
    for part in header.sealed:
        document[part] = _part_json(reader, row, part, desk)
    if header.type == "decision.recorded":
        document["status"] = _status_json(session, reader, header, document)
    return document


def _ref_json(reader: "Reader", ref: bytes) -> dict[str, Any]:
    row = reader.by_id(ref)
    return {"id": ref.hex(), **({"entry": row.n, "type": row.type} if row else {})}


def _history_json(session: "Session", row: "Stored") -> dict[str, Any]:
    from ledger.log.encoding import format_time

    return {"entry": row.n, "type": row.type, "at": format_time(row.at), "author": row.author}


def _part_json(reader: "Reader", row: "Stored", part: str, desk: "Desk | None") -> dict[str, Any]:
    from ledger.errors import NotPermitted

    if row.n not in reader.parts(row.n, row.n + 1):
        return {"state": "erased", "says": "This was here and was erased, as a later entry says."}
    if desk is None:
        return {"state": "withheld", "says": "Sealed. Give --identity to read what you may read."}
    try:
        opened = desk.open_record(reader, row) if part == "record" else desk.open_codes(reader, row)
    except NotPermitted as error:
        return {"state": "withheld", "says": f"Sealed for others. {error.fault.hint}".strip()}
    return {"state": "opened", "holds": opened}


def _status_json(session: "Session", reader: "Reader", header: "Header", document: Any) -> dict[str, Any]:
    from ledger.log.entry import parse_entry
    from ledger.records.state import decision_status

    later = [parse_entry(row.leaf, session.origin).header for row in reader.about(header.id)]
    record = document.get("record", {}).get("holds", {})
    status = decision_status(header, later, urgent=bool(record.get("document", {}).get("urgent")))
    return {"code": status.code, "words": status.words, "because": [item.hex() for item in status.because]}


def _show_words(ui: Ui, document: dict[str, Any]) -> None:
    from cli.document_words import show_document, show_fields

    ui.heading(f"Entry {document['entry']}: {document['type']}")
    ui.pairs(
        [
            ("recorded", document["at"]),
            ("by", _by(document)),
            ("status", document.get("status", {}).get("words", "")),
            ("case", _case_words(document)),
            ("id", document["id"]),
        ]
    )
    if document["suspect"]:
        ui.line("Marked suspect: its author's key was revoked for a time that includes this entry.", 2)
    if document["type"].startswith("decision.") and "decision" in document["body"]:
        _decision_words(ui, document["body"])
    record = document.get("record")
    if record and record["state"] == "opened":
        if "document" in record["holds"]:
            show_document(ui, record["holds"]["document"])
        else:
            ui.heading("What it says")
            show_fields(ui, record["holds"])
    elif record:
        ui.heading("What it says")
        ui.line(record["says"], 2)
    for title, items in (("What it is about", document["about"]), ("What followed", document["history"])):
        if items:
            ui.heading(title)
            for item in items:
                ui.bullet(f"entry {item.get('entry', '?')}: {item.get('type', '')}")
    ui.heading("Proof")
    ui.line(
        f"It stands in the log of {document['proof']['size']:,} entries, root {document['proof']['root']}. "
        f"When it was written its author had seen the first {document['seen']['size']:,}.",
        2,
    )
    ui.line()
    ui.line(CAVEAT)


def _by(document: dict[str, Any]) -> str:
    name, handle = document.get("author_name"), document["author"]
    return f"{name} ({handle})" if name else handle


def _case_words(row: dict[str, Any]) -> str:
    """The start of a case's pseudonym; what is about the ledger's own people has a case that is always the same."""
    from ledger.log.types import PEOPLE_CASE

    case = row.get("case", "")
    return "people" if case == PEOPLE_CASE.hex() else case[:8]


def _decision_words(ui: Ui, body: dict[str, Any]) -> None:
    from policies.codes import ADVICE, DECISIONS

    advice = ADVICE.get(body["advice"], "not the same for all of it")
    ui.heading("The decision")
    ui.pairs(
        [
            ("decided", DECISIONS[body["decision"]]),
            ("advised", advice),
            ("differs", "yes, from what was advised" if body["differs"] else "no"),
            ("recorded late", "yes" if body["late"] else ""),
        ]
    )


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
    from cli.session import open_session
    from ledger.log.entry import parse_entry
    from ledger.log.types import TYPES

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    unknown = [name for name in types or [] if name not in TYPES]
    if unknown:
        raise typer.BadParameter(f"--type: no such type. There are {', '.join(sorted(TYPES))}.")
    first, last = _bounds(start, end)
    session = open_session(context.obj, ui, ledger)
    size = session.standing.checkpoint.size
    rows = []
    with session.store.read() as reader:
        for row in _candidates(session, reader, case, types):
            header = parse_entry(row.leaf, session.origin).header
            fits = first <= header.at < last and author in (None, header.author)
            if fits and (not types or header.type in types) and (not differs or header.body.get("differs")):
                rows.append(_row_json(row.n, header))

    def words() -> None:
        table = [(str(r["entry"]), r["at"][:10], r["type"], r["author"], _case_words(r), _what(r)) for r in rows]
        if table:
            ui.table(("entry", "day", "type", "by", "case", "decision"), table)
        else:
            ui.line("No entry fits. Try fewer filters: consent-ledger list")

    ui.answer({"entries": rows, "size": size}, words)
    return DONE


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
    try:
        first = datetime.date.fromisoformat(start) if start else datetime.date(1, 1, 2)
        last = datetime.date.fromisoformat(end) if end else datetime.date(9999, 12, 30)
    except ValueError as error:
        raise typer.BadParameter("--from, --to: a day that exists, YYYY-MM-DD.") from error
    return _midnight(first), _midnight(last + datetime.timedelta(days=1))


def _midnight(day: datetime.date) -> int:
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())
