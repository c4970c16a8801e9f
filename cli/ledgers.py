"""init, status, receipt, check-receipt: the ledger as a whole."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE
from cli.files import check_free
from cli.options import GIVE_RIGHTS, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui
from cli.world import World

if TYPE_CHECKING:
    from ledger.log.note import VerifierKey
    from ledger.log.receipt import CheckedReceipt

KINDS = ("public", "contracted", "other")
_VERIFY = "Run: consent-ledger verify"
NATIONS = ("england", "wales", "scotland", "northern-ireland")


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command("init", help="Begin a ledger.")(init)
    app.command("status", help="What this ledger is, who is in it, and what waits.")(status)
    app.command("receipt", help="Write evidence of one entry, to carry away.")(receipt)
    app.command("check-receipt", help="Check a receipt with no ledger at hand.")(check_receipt)


def init(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the ledger is to live.")],
    name: Annotated[str, typer.Option("--name", help="A short name without spaces, such as anytown-school.")],
    organisation: Annotated[str, typer.Option("--organisation", help="The organisation's full name.")],
    kind: Annotated[str, typer.Option("--kind", help="public, contracted or other.")] = "public",
    nation: Annotated[str, typer.Option("--nation", help="england, wales, scotland or northern-ireland.")] = "england",
    role: Annotated[list[str] | None, typer.Option("--role", help="Your roles besides administrator.")] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="A PostgreSQL database; by default a file in DIR."),
    ] = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Make the directory, your identity in it, and entry 0. Your name and post are asked for, and sealed."""
    from cli.founding import begin
    from ledger.log.store import parse_url
    from ledger.records.people import Details
    from ledger.records.place import DATABASE, Place

    world: World = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    _one_of("--kind", kind, KINDS)
    _one_of("--nation", nation, NATIONS)
    # what cannot be is said before anybody types
    Place(directory).refuse_taken()
    if database is not None:
        parse_url(database)
    details = Details(ui.ask("Your name"), ui.ask("Your post"), organisation)
    kept_in = DATABASE if database is None else database
    roles = ["administrator", *(role or [])]
    begun = begin(world, ui, directory, name, organisation, kind, nation, roles, details, kept_in)
    world.stands.entries.append(0)

    def words() -> None:
        ui.line(f"The ledger {begun.origin} is begun in {directory}.")
        ui.pairs(
            [("your handle", begun.handle), ("your key", str(begun.key_file)), ("verifier key (public)", begun.log_key)]
        )
        ui.heading("Next")
        if database is not None and not database.startswith("sqlite"):
            ui.line(GIVE_RIGHTS)
        ui.line("Enrol a guardian: nothing is recorded until there is somebody who can always read it. They run")
        ui.command("consent-ledger identity new --out FILE")
        ui.command("consent-ledger identity card FILE > CARD")
        ui.line("and you run")
        here = f"--ledger {directory} --identity {begun.key_file}"
        ui.command(f"consent-ledger actor enrol CARD --role guardian {here}")

    ui.answer({"origin": begun.origin, "handle": begun.handle, "vkey": begun.log_key, "size": 1}, words)
    return DONE


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise typer.BadParameter(f"{option}: expected {', '.join(allowed)}, got another value.")


def status(
    context: typer.Context,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Origin, size, root, verifier key, people and roles, what waits. Needs no key: names are not shown."""
    from cli.adopting import show_standing, standing_json, standing_of
    from cli.losses import losses_of, lost_json, say_losses
    from cli.session import open_session

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    session = open_session(context.obj, ui, ledger)
    losses = losses_of(context.obj, session.origin)
    roster, checkpoint, own = session.roster, session.standing.checkpoint, standing_of(session)
    people: list[dict[str, Any]] = [
        {"handle": handle, "roles": sorted(term.roles), "teams": sorted(term.teams)}
        for handle, term in roster.active(checkpoint.size)
    ]
    with session.store.read() as reader:
        waiting = _waiting(reader, session.origin, checkpoint.size)
    if not roster.holding("guardian", checkpoint.size):
        waiting.insert(0, {"what": "guardian"})
    document = {
        "origin": session.origin,
        "organisation": roster.organisation,
        "kind": roster.kind,
        "nation": roster.nation,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "vkey": str(roster.log_key(checkpoint.size)),
        "people": people,
        "waiting": waiting,
        "losses": [lost_json(lost) for lost in losses],
        "own_pack": standing_json(own),
    }

    def words() -> None:
        _status_words(ui, document)
        show_standing(ui, own)
        say_losses(ui, losses)

    ui.answer(document, words)
    return DONE


def _status_words(ui: Ui, document: dict[str, Any]) -> None:
    ui.heading(document["organisation"])
    ui.pairs(
        [
            ("origin", document["origin"]),
            ("entries", f"{document['size']:,}"),
            ("root", document["root"]),
            ("verifier key", document["vkey"]),
        ]
    )
    ui.heading("People")
    ui.table(
        ("handle", "roles", "teams"),
        [
            (p["handle"], ", ".join(role_words(r) for r in p["roles"]), ", ".join(p["teams"]))
            for p in document["people"]
        ],
    )
    ui.heading("What waits")
    for item in document["waiting"]:
        ui.bullet(_WAITS[item["what"]].format(**item))
    if not document["waiting"]:
        ui.line("Nothing.", 2)


def role_words(role: str) -> str:
    """A role as people see it."""
    return {"guardian": "Caldicott Guardian", "ig_lead": "information-governance lead", "duty": "duty holder"}.get(
        role, role
    )


_WAITS = {
    "approval": "entry {entry} awaits approval",
    "guardian": "a guardian: nothing is recorded until one is enrolled",
}


def _waiting(reader: Any, origin: str, size: int) -> list[dict[str, Any]]:
    from cli.session import read_entry
    from ledger.records.state import decision_status

    waiting = []
    for row in reader.of_types(["decision.recorded"], size):
        header = read_entry(row, origin).header
        if header.body.get("approval") == "awaited":
            later = [read_entry(item, origin).header for item in reader.about(header.id)]
            if decision_status(header, later).code == "awaiting_approval":
                waiting.append({"entry": row.n, "what": "approval"})
    return waiting


def receipt(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(metavar="REF", help="An entry: its number, id, or a unique start of the id.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The entry, its proof, and the entries that gave its author their key. It shows nothing that was sealed."""
    from cli.session import open_session
    from ledger.errors import Malformed, Unverified
    from ledger.log.receipt import check_receipt as checked
    from ledger.log.receipt import make_receipt
    from ledger.records.finding import find_entry
    from ledger.sealing.keys import write_private

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    check_free(out, "the receipt")
    session = open_session(context.obj, ui, ledger)
    with session.store.read() as reader:
        head = reader.head()
        assert head is not None, "a session has a head"
        row = find_entry(reader, ref, head.size)
        try:
            data = make_receipt(reader, session.roster, head.checkpoint, row.n)
            # nobody carries away, unknowing, evidence that does not hold
            checked(data, session.roster.log_key(head.size))
        except (Malformed, Unverified) as error:
            fault = error.fault
            got = f"one that does not ({fault.field}: expected {fault.expected}, got {fault.got})"
            raise Unverified(f"entry {row.n}", "an entry whose receipt holds", got, _VERIFY) from error
    write_private(out, data)
    ui.world.stands.files.append(str(out))
    key = str(session.roster.log_key(session.standing.checkpoint.size))

    def words() -> None:
        ui.line(f"The receipt of entry {row.n} is in {out}. Anyone can check it, with no ledger and no network:")
        ui.command(f"consent-ledger check-receipt {out} --key '{key}'")

    ui.answer({"entry": row.n, "id": row.id.hex(), "file": str(out), "vkey": key}, words)
    return DONE


def check_receipt(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The receipt.")],
    key: Annotated[str, typer.Option("--key", help="The log's verifier key, from somebody you trust.")],
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Signed by whom, enrolled by whom at which entry, and in the log. A later revocation cannot be known."""
    from ledger.log.encoding import format_time

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    checked = _checked_receipt(file, _log_key(key))
    header = checked.entry.header
    document: dict[str, Any] = {
        "ok": True,
        "entry": checked.index,
        "id": header.id.hex(),
        "type": header.type,
        "at": format_time(header.at),
        "author": header.author,
        "roles": sorted(checked.roles),
        **{name: header.body[name] for name in ("decision", "advice") if name in header.body},
        "enrolled_by": checked.enrolled_by,
        "enrolled_at": checked.enrolled_at,
        "origin": checked.checkpoint.origin,
        "size": checked.checkpoint.size,
        "root": checked.checkpoint.root.hex(),
    }
    if checked.document is not None:
        document["record"] = checked.document
    if checked.shown:
        document["shown"] = [{"pointer": item.pointer, "value": item.value} for item in checked.shown]

    ui.answer(document, lambda: _receipt_words(ui, document))
    return DONE


def _receipt_words(ui: Ui, document: dict[str, Any]) -> None:
    from policies.codes import ADVICE, DECISIONS

    ui.line(f"VERIFIED. Entry {document['entry']} stands in the log as it was signed.")
    advice = ADVICE.get(document["advice"], "not the same for all of it") if "advice" in document else ""
    ui.pairs(
        [
            ("what", document["type"]),
            ("decided", DECISIONS.get(document.get("decision", ""), "")),
            ("advised", advice),
            ("signed by", document["author"]),
            ("who then was", ", ".join(role_words(role) for role in document["roles"])),
            ("dated", f"{document['at']} (the author's clock, within the log's bounds)"),
            ("enrolled by", f"{document['enrolled_by']}, in entry {document['enrolled_at']}"),
            ("log", f"{document['origin']}, {document['size']:,} entries"),
            ("root", document["root"]),
        ]
    )
    ui.line(
        "Unchanged since recorded; not proof that it was true or right. Whether the author was revoked later, and "
        "whether a change of roles was left out, cannot be known from a receipt."
    )


def _checked_receipt(file: Path, log_key: "VerifierKey") -> "CheckedReceipt":
    from ledger.errors import Malformed, Refused, Unverified
    from ledger.log.receipt import MAX_RECEIPT, check_receipt

    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_RECEIPT + 1)
    except OSError as error:
        raise Refused.one("FILE", "a receipt that can be read", (error.strerror or "an error").lower()) from error
    try:
        return check_receipt(data, log_key)
    except Malformed as error:
        # what a receipt ends with is a signature line: a line more or less is no forger's work
        if b"\r" not in data and data.endswith(b"\n") and not data.endswith(b"\n\n"):
            raise
        got = "one whose line ends were changed"
        hint = "E-mail programs change line ends: ask for it again, sent as an attachment."
        raise Malformed("FILE", "a receipt as it was written", got, hint) from error
    except Unverified as error:
        fault, hint = error.fault, "Do not rely on it: it was changed, or --key is not the key of its ledger."
        raise Unverified(fault.field, fault.expected, fault.got, fault.hint or hint) from error


def _log_key(text: str) -> "VerifierKey":
    from ledger.errors import Malformed, Refused
    from ledger.log.note import VerifierKey

    try:
        return VerifierKey.parse(text)
    except Malformed as error:
        raise Refused.one(
            "--key",
            "a log's verifier key, whole: name+id+key",
            "something else, or a part of one",
            "It stands in ledger.toml, and where the ledger is: consent-ledger status. Put it in 'quotes'.",
        ) from error
