"""show: reading what was recorded. Withheld, erased, missing and damaged are four different answers."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE, FAILED
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from cli.session import Session
    from ledger.log.entry import Header
    from ledger.log.reader import Reader, Stored
    from ledger.records.writing import Desk

PARTS = ("record", "codes")
MISSING, DAMAGED = "missing", "damaged"
CAVEAT = "Unchanged since recorded; not proof that it was true or right."


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command("show", help="One entry, whole and in plain words.")(show)


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
    broken = [part for part in PARTS if document.get(part, {}).get("state") in (MISSING, DAMAGED)]
    return FAILED if broken else DONE


def entry_json(session: "Session", reader: "Reader", row: "Stored", desk: "Desk | None") -> dict[str, Any]:
    """Everything that this person may know of an entry."""
    from cli.session import read_entry
    from ledger.errors import Unverified
    from ledger.log.encoding import format_time
    from ledger.log.tiles import hash_reader
    from ledger.log.tree import check_inclusion, prove_inclusion

    checkpoint = session.standing.checkpoint
    entry = read_entry(row, session.origin)
    header = entry.header
    try:
        proof = prove_inclusion(hash_reader(reader.stored_hashes), row.n, checkpoint.size)
        check_inclusion(proof, checkpoint.size, checkpoint.root, row.n, entry.leaf_hash)
    except Unverified as error:
        expected = "an entry that the log holds as it was signed"
        raise Unverified(f"entry {row.n}", expected, "one that was changed", "Run: consent-ledger verify") from error
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
        document[part] = _part_json(session, reader, row, part, desk)
    if _is_decision(document) and "document" in _formed(document):
        document["evaluation"] = _evaluation_json(session, header, document["record"]["holds"]["document"])
    if header.type == "decision.recorded":
        document["status"] = _status_json(session, reader, header, document)
    return document


def _formed(document: dict[str, Any]) -> dict[str, Any]:
    """What the opened record holds; nothing where it is sealed, or not in the form of a record."""
    record = document.get("record", {})
    holds: dict[str, Any] = record.get("holds", {}) if "says" not in record else {}
    return holds


def _is_decision(document: dict[str, Any]) -> bool:
    return document["type"].startswith("decision.") and "decision" in document["body"]


def _evaluation_json(session: "Session", header: "Header", opened: dict[str, Any]) -> dict[str, Any]:
    """What the guidance that the entry names says of its record, worked out again; or `says`: why it cannot be."""
    from functools import partial

    from ledger.records.as_then import AsThen
    from ledger.records.document import SHAPE, facts_of
    from ledger.records.own_pack import pack_of
    from policies.errors import PackRefused, PolicyError
    from policies.evaluation import evaluate
    from policies.facts import parse_facts

    roster, then, refs = session.roster, AsThen(partial(pack_of, session.place)), header.body["packs"]
    read, faults = SHAPE.parse(opened)
    if faults:
        return {"says": "It cannot be worked out again: the record is not as this version reads one."}
    try:
        facts = parse_facts(facts_of(read, organisation_kind=roster.kind, nation=roster.nation))
        return evaluate(facts, then.packs(refs)).to_json()
    except PackRefused:
        named = ", ".join(then.not_held(refs)) or "not a whole set of packs"
        return {"says": f"It cannot be worked out again: the guidance that was used is not here ({named})."}
    except PolicyError:
        return {"says": "It cannot be worked out again: the record does not fit the guidance that was used."}


def _ref_json(reader: "Reader", ref: bytes) -> dict[str, Any]:
    row = reader.by_id(ref)
    return {"id": ref.hex(), **({"entry": row.n, "type": row.type} if row else {})}


def _history_json(session: "Session", row: "Stored") -> dict[str, Any]:
    from ledger.log.encoding import format_time

    return {"entry": row.n, "type": row.type, "at": format_time(row.at), "author": row.author}


def _part_json(session: "Session", reader: "Reader", row: "Stored", part: str, desk: "Desk | None") -> dict[str, Any]:
    from cli.document_words import in_form
    from ledger.errors import Malformed, NotPermitted, Unverified
    from ledger.log.removal import erased_numbers

    if part not in reader.parts(row.n, row.n + 1).get(row.n, {}):
        if row.n in erased_numbers(reader, session.standing.checkpoint.size, session.roster.origin, session.roster):
            return {"state": "erased", "says": "This was here and was erased, as a later entry says."}
        return {"state": MISSING, "says": "It is missing and no entry erased it. Run: consent-ledger verify"}
    if desk is None:
        return {"state": "withheld", "says": "Sealed. Give --identity to read what you may read."}
    try:
        opened = desk.open_record(reader, row) if part == "record" else desk.open_codes(reader, row)
    except NotPermitted as error:
        return {"state": "withheld", "says": f"Sealed for others. {error.fault.hint}".strip()}
    except (Unverified, Malformed) as error:
        fault = error.fault
        says = f"It does not hold: {fault.field}, expected {fault.expected}, got {fault.got}."
        return {"state": DAMAGED, "says": f"{says} Run: consent-ledger verify --identity FILE"}
    if row.n == 0 and isinstance(opened, dict) and "search_key" in opened:
        opened = {**opened, "search_key": "(not shown)"}
    unformed = {} if part != "record" or in_form(opened) else {"says": "Sealed, but not in the form of a record."}
    return {"state": "opened", "holds": opened, **unformed}


def _status_json(session: "Session", reader: "Reader", header: "Header", document: Any) -> dict[str, Any]:
    from cli.session import read_entry
    from ledger.records.state import decision_status

    later = [read_entry(row, session.origin).header for row in reader.about(header.id)]
    urgent = bool(_formed(document).get("document", {}).get("urgent"))
    status = decision_status(header, later, urgent=urgent)
    return {"code": status.code, "words": status.words, "because": [item.hex() for item in status.because]}


def _show_words(ui: Ui, document: dict[str, Any]) -> None:
    ui.heading(f"Entry {document['entry']}: {document['type']}")
    ui.pairs(
        [
            ("recorded", document["at"]),
            ("by", _by(document)),
            ("status", document.get("status", {}).get("words", "")),
            ("case", case_words(document)),
            ("id", document["id"]),
        ]
    )
    if document["suspect"]:
        ui.line("Marked suspect: its author's key was revoked for a time that includes this entry.", 2)
    if _is_decision(document):
        _decision_words(ui, document["body"])
    elif document["body"]:
        from cli.document_words import show_fields

        ui.heading("What stands openly")
        show_fields(ui, _open_words(document["body"]))
    _parts_words(ui, document)
    if "evaluation" in document:
        _evaluation_words(ui, document["evaluation"])
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


_OPEN = {"key": "verifier key (public)", "log_key": "log key (public)", "codes_key": "key for codes (public)"}


def _open_words(body: dict[str, Any]) -> dict[str, Any]:
    from cli.ledgers import role_words

    shown: dict[str, Any] = {_OPEN.get(name, name): value for name, value in body.items()}
    if "roles" in shown:
        shown["roles"] = [role_words(role) for role in shown["roles"]]
    for name in ("reason", "kind"):
        if name in shown:
            shown[name] = str(shown[name]).replace("_", " ")
    if isinstance(shown.get("packs"), list):
        shown["packs"] = [f"{pack['id']}, digest {pack['digest'][:16]}" for pack in shown["packs"]]
    # the card's signature is for programs: verify checks it, and --json has it
    shown.pop("card", None)
    return shown


def _evaluation_words(ui: Ui, evaluation: dict[str, Any]) -> None:
    from cli.advice import show_evaluation

    ui.heading("What the guidance advised")
    if "says" in evaluation:
        ui.line(evaluation["says"], 2)
    else:
        ui.line("Worked out again now from this record, with the guidance that its entry names.", 2)
        show_evaluation(ui, evaluation, whole=True)


def _parts_words(ui: Ui, document: dict[str, Any]) -> None:
    from cli.document_words import show_document, show_fields
    from cli.recording import show_proposed

    record, codes = document.get("record"), document.get("codes")
    if record and "holds" in record and "says" not in record and "document" in record["holds"]:
        show_document(ui, record["holds"]["document"])
        show_proposed(ui, _proposed(record["holds"]))
    elif record:
        ui.heading("What it says")
        if "says" in record:
            ui.line(record["says"], 2)
        if "holds" in record:
            show_fields(ui, record["holds"])
    if codes and codes["state"] in (MISSING, DAMAGED):
        ui.heading("Its codes, for figures")
        ui.line(codes["says"], 2)


def _proposed(holds: dict[str, Any]) -> list[str]:
    """The laws that were proposed with a decision, of those that this version knows."""
    from policies.bases import all_bases

    proposed = holds.get("proposed", [])
    return (
        [code for code in proposed if isinstance(code, str) and code in all_bases()]
        if isinstance(proposed, list)
        else []
    )


def _by(document: dict[str, Any]) -> str:
    name, handle = document.get("author_name"), document["author"]
    return f"{name} ({handle})" if name else handle


def case_words(row: dict[str, Any]) -> str:
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
