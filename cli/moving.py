"""copy, upgrade: the whole ledger into another database, and an older one brought forward."""

from typing import Annotated

import typer

from cli.exits import DONE, FAILED
from cli.options import GIVE_RIGHTS, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command("copy", help="Copy the ledger into another database, and verify it there.")(copy)
    app.command("upgrade", help="Bring a ledger of an older consent-ledger forward, and verify it.")(upgrade)


def copy(
    context: typer.Context,
    to: Annotated[
        str,
        typer.Option("--to", metavar="URL", help="An empty PostgreSQL database, or sqlite:////PATH for a new file."),
    ],
    switch: Annotated[bool, typer.Option("--switch", help="Once the copy is verified, go on there.")] = False,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Same entries, same root. Nobody can record meanwhile; where anything fails, nothing is left at the new place."""
    from cli.session import open_session, place_of
    from ledger.records.moving import Move, move_ledger, stopped_before_the_end

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    place, move = place_of(context.obj, ledger), Move(to, switch)
    if not stopped_before_the_end(place, move):
        # nobody opens what was moved; what was seen before it moved is held against the new place when that is opened
        open_session(context.obj, ui, ledger).store.close()
    copied, verified = ui.progress("copied"), ui.progress("verified")
    report = move_ledger(place, move, ui.world.clock(), copied, verified)

    def words() -> None:
        ui.line(f"Copied and verified: {report.size:,} entries, the same as here.")
        ui.pairs([("root", report.root.hex())])
        if switch:
            ui.line(
                "The ledger goes on there. The old database says that it was moved; keep it until you have a backup."
            )
            if not to.startswith("sqlite"):
                ui.line(GIVE_RIGHTS)
        else:
            ui.line("The ledger goes on here. To go on there, copy it once more with --switch, to an empty database.")

    ui.answer({"size": report.size, "root": report.root.hex(), "database": to, "switched": switch}, words)
    return DONE


def upgrade(
    context: typer.Context,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """In one transaction: where it fails, the ledger is as it was. On PostgreSQL it takes the owner's role."""
    from cli.checking import check_ledger
    from cli.session import place_of
    from cli.verifying import report_json, report_words

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    store = place_of(context.obj, ledger).store()
    before, after = store.upgrade()
    store.close()
    report = check_ledger(context.obj, ui, ledger, None, [], None)

    def words() -> None:
        done = f"Brought forward from revision {before} to {after}."
        ui.line(done if before != after else f"Nothing to bring forward: this is revision {after}, the newest.")
        report_words(ui, report)

    ui.answer(report_json(report), words)
    return DONE if report.ok else FAILED
