"""report audit: the Caldicott Guardian's report, made from sealed codes and never from a record."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.days import period_of
from cli.exits import DONE, FAILED
from cli.files import check_free
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui
from cli.world import World

if TYPE_CHECKING:
    from cli.session import Session
    from ledger.log.verify import Report
    from ledger.records.writing import Desk, Written
    from ledger.reports.figures import Asked, Ground

FORMATS = ("json", "html")
MAX_PURPOSE = 200


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    group = typer.Typer(help="Reports for the Caldicott Guardian.", no_args_is_help=True, rich_markup_mode=None)
    group.command("audit", help="Figures of a period: what was decided, and whether it holds.")(audit)
    # a group with one command must still be asked for by that command's name
    group.callback()(_group)
    app.add_typer(group, name="report")


def _group() -> None:
    """Reports for the Caldicott Guardian."""


def audit(
    context: typer.Context,
    start: Annotated[str, typer.Option("--from", help="Recorded on this day or later, YYYY-MM-DD.")],
    end: Annotated[str, typer.Option("--to", help="Recorded on this day or earlier.")],
    form: Annotated[str, typer.Option("--format", help="json, or html: one page that needs nothing else.")] = "json",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; html needs one.")] = None,
    purpose: Annotated[
        str, typer.Option("--purpose", help="What the report is for. Name nobody: it is shown and kept.")
    ] = "",
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The whole ledger is verified first, and the report begins with what that found.

    For a Caldicott Guardian or an information-governance lead. That it was made is recorded in the ledger.
    """
    from cli.session import open_session
    from ledger.reports.audit import check_may_report

    world: World = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    first, last = period_of(start, end)
    _check_options(form, out, purpose)
    session = open_session(world, ui, ledger)
    desk = session.desk(identity, though_failed=True)
    check_may_report(session.roster, desk.identity.handle, session.standing.checkpoint.size)
    made = _make(world, ui, session, desk, ledger, (first, last, purpose))
    _write(ui, session, desk, made, form, out)
    return DONE if made.verification.ok else FAILED


def _check_options(form: str, out: Path | None, purpose: str) -> None:
    if form not in FORMATS:
        raise typer.BadParameter(f"--format: expected {' or '.join(FORMATS)}, got another value.")
    if form == "html" and out is None:
        raise typer.BadParameter("--format html needs a file to write: add -o FILE.")
    if len(purpose) > MAX_PURPOSE or not purpose.isprintable():
        raise typer.BadParameter(f"--purpose: one line of at most {MAX_PURPOSE} characters.")
    if out is not None:
        check_free(out, "the report")


class _Made:
    """A report that was made and is not recorded yet."""

    def __init__(self, asked: "Asked", ground: "Ground", verification: "Report", document: bytes) -> None:
        self.asked, self.ground, self.verification, self.document = asked, ground, verification, document


def _make(
    world: World,
    ui: Ui,
    session: "Session",
    desk: "Desk",
    ledger: Path | None,
    wanted: tuple[datetime.date, datetime.date, str],
) -> _Made:
    from dataclasses import replace
    from importlib.metadata import version

    from cli.checking import check_ledger
    from ledger.reports.audit import gather
    from ledger.reports.figures import Asked, Ground, audit_report

    first, last, purpose = wanted
    # without an identity: verifying must not open the records that this person may read
    nobody = {name: value for name, value in world.env.items() if name != "CONSENT_LEDGER_IDENTITY"}
    verification = check_ledger(replace(world, env=nobody), ui, ledger, None, [], None)
    head = session.standing.checkpoint
    if verification.ok:
        size, root = verification.size, verification.root
    else:
        size, root = head.size, head.root
    tool = f"consent-ledger {version('consent-ledger')}"
    asked = Asked(first, last, world.clock(), desk.identity.handle, tool, purpose)
    roster = session.roster
    key = str(roster.log_key(size))
    ground = Ground(session.origin, roster.organisation, roster.kind, roster.nation, size, root, key)
    with session.store.read() as reader:
        found = gather(desk, reader, roster, size, first, last, verification, ui.progress("read"))
    return _Made(asked, ground, verification, audit_report(asked, ground, found, verification))


def _write(ui: Ui, session: "Session", desk: "Desk", made: _Made, form: str, out: Path | None) -> None:
    from ledger.reports.audit import record_export
    from ledger.sealing.keys import write_private

    data = made.document
    if form == "html":
        from ledger.reports.html import audit_page

        data = audit_page(made.document).encode()
    # verifying a long ledger takes minutes, in which others write
    session.look_again(desk)
    written = record_export(desk, made.document, made.asked, made.ground, form)
    session.remember()
    if out is None:
        # no newline after it: what a script saves has the digest that the ledger holds
        ui.world.stdout.write(data.decode())
        ui.world.stdout.flush()
        _talk(ui, made, written)
        return
    write_private(out, data)
    ui.world.stands.files.append(str(out))
    answer = _answer(made, written, form, out)
    ui.answer(answer, lambda: _words(ui, made, answer))
    if not made.verification.ok:
        _talk(ui, made, written)


def _answer(made: _Made, written: "Written", form: str, out: Path) -> dict[str, Any]:
    from hashlib import sha256

    return {
        "ok": made.verification.ok,
        "file": str(out),
        "format": form,
        "digest": sha256(made.document).hexdigest(),
        "entry": written.n,
        "size": made.ground.size,
        "root": made.ground.root.hex(),
    }


def _words(ui: Ui, made: _Made, answer: dict[str, Any]) -> None:
    ui.line(f"The report is in {answer['file']}. That it was made is entry {answer['entry']}.")
    verdict = "VERIFIED" if made.verification.ok else "FAILED: the report begins with what does not hold"
    ui.pairs(
        [
            ("the ledger", verdict),
            ("made at", f"{made.ground.size:,} entries, root {made.ground.root.hex()}"),
            ("digest of its JSON", answer["digest"]),
        ]
    )


def _talk(ui: Ui, made: _Made, written: "Written") -> None:
    if not made.verification.ok:
        ui.talk("FAILED: the ledger does not hold. The report says so first. Run: consent-ledger verify")
    ui.talk(f"That this report was made is entry {written.n}.")
