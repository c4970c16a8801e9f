"""record: a decision from a document; its template and its schema."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui
from cli.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.records.decisions import Considered
    from ledger.records.own_pack import Standing


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command("record", help="Record a decision to share, or not to share.")(record)


def record(
    context: typer.Context,
    file: Annotated[Path | None, typer.Option("--file", help="The document, YAML or JSON; - reads stdin.")] = None,
    case: Annotated[
        str | None, typer.Option("--case", help="The case it belongs to: an entry of it, or its own id.")
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="Print a blank document to fill in.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the document's JSON Schema.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and advise; write nothing.")] = False,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Begin with --template. A decision not to share is recorded in the same way, with its reasons."""
    world: World = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    if template or schema:
        from ledger.records import document

        ui.text(json.dumps(document.json_schema(), ensure_ascii=False, indent=2) if schema else document.template())
        return DONE
    if file is None:
        raise typer.BadParameter("Give --file FILE, or begin with: consent-ledger record --template > FILE")
    _record_file(world, ui, file, case, ledger, identity, dry_run=dry_run)
    return DONE


def _record_file(
    world: World, ui: Ui, file: Path, case: str | None, ledger: Path | None, identity: Path | None, *, dry_run: bool
) -> None:
    from cli.adopting import say_lost, standing_json, standing_of
    from cli.advice import show_evaluation
    from cli.files import read_input
    from cli.session import open_session
    from ledger.records.decisions import consider, record_decision
    from ledger.records.document import check_document
    from ledger.records.finding import find_case
    from ledger.records.intake import read_document

    session = open_session(world, ui, ledger)
    roster = session.roster
    raw = read_document(read_input(world, file), file.name)
    document = check_document(raw, now=world.clock(), organisation_kind=roster.kind, nation=roster.nation)
    own = standing_of(session)
    say_lost(ui, own)
    considered = consider(document, roster.nation, world.clock(), own.pack)
    evaluation = considered.evaluation.to_json()
    answer = considered_json(considered) | ({"own_pack": standing_json(own)} if own.adopted is not None else {})
    if dry_run:

        def preview() -> None:
            show_evaluation(ui, evaluation, due=considered.due)
            _beside(ui, considered, own)
            ui.line()
            ui.line("Nothing was written (--dry-run).")

        ui.answer(answer, preview)
        return
    desk = session.desk(identity)
    case_id = None
    if case is not None:
        with session.store.read() as reader:
            case_id = find_case(reader, session.origin, case, session.standing.checkpoint.size)
    recorded = record_decision(desk, considered, case=case_id)
    session.remember()
    n = recorded.written.n
    answer = {"entry": recorded.written.header.id.hex(), "index": n, "case": recorded.case.hex(), **answer}

    def words() -> None:
        ui.line(f"Recorded as entry {n} of {roster.organisation}.")
        show_evaluation(ui, evaluation, due=considered.due)
        _beside(ui, considered, own)
        if considered.awaits_approval:
            who = recorded.approver or "a manager of your team, once one is enrolled"
            ui.heading("Approval")
            ui.line(f"Not in effect until it is approved by {who}. Sharing never waits for an approval.", 2)
        ui.heading("Next")
        ui.command(f"consent-ledger show {n}")
        ui.command(f"consent-ledger receipt {n} -o {n}.receipt")

    ui.answer(answer, words)
    _offer_deletion(ui, file)


def considered_json(considered: "Considered") -> dict[str, Any]:
    """The stable part of `record --json`: advice, differs, due; and proposed, where an own pack proposes laws."""
    return {
        "advice": considered.evaluation.advice,
        "differs": list(considered.differs),
        "due": [{"what": code, "by": day} for code, day in considered.due],
        **({"proposed": list(considered.proposed)} if considered.proposed else {}),
    }


def _beside(ui: Ui, considered: "Considered", own: "Standing") -> None:
    """What stands beside the evaluation: laws proposed, a pack that could not be used, a decision that differs."""
    from policies.evaluation import DIFFERENCES

    show_proposed(ui, considered.proposed)
    if own.lost:
        ui.heading("Your organisation's own pack was not used")
        ui.line(own.found[0].says, 2)
    if considered.differs:
        ui.heading("You decided otherwise than advised")
        for code in considered.differs:
            ui.bullet(f"{DIFFERENCES[code]}.")
        ui.line("That is yours to decide. Your reasons are recorded with it, and the guardian's report shows it.", 2)


def show_proposed(ui: Ui, codes: "Sequence[str]") -> None:
    """Print the laws that the organisation's own pack proposes; nothing where it proposes none."""
    from policies.bases import all_bases

    if codes:
        ui.heading("Law that your organisation's own pack proposes")
        for code in codes:
            ui.bullet(f"{all_bases()[code][-1].name} ({code})")
        ui.line("Proposed, not relied on: your information-governance lead or guardian confirms it.", 2)


def _offer_deletion(ui: Ui, file: Path) -> None:
    from ledger.errors import Unavailable

    if str(file) == "-" or ui.as_json:
        return
    if ui.confirm(f"{file} holds personal data in the clear, and it is recorded now. Delete it?"):
        try:
            file.unlink()
        except OSError as error:
            raise Unavailable(
                "FILE",
                "to delete the document",
                (error.strerror or "an error").lower(),
                f"{file} still holds personal data in the clear: delete it yourself.",
            ) from error
        ui.talk(f"{file} is deleted.")
    else:
        ui.talk(f"{file} still holds personal data in the clear. Delete it when you no longer need it.")
