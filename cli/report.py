"""report audit: the Caldicott Guardian's report, made from sealed codes and never from a record."""

import datetime
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE, FAILED
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
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


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
    first, last = _period(start, end)
    _check_options(form, out, purpose)
    session = open_session(world, ui, ledger)
    desk = session.desk(identity)
    check_may_report(session.roster, desk.identity.handle, session.standing.checkpoint.size)
    made = _make(world, ui, session, desk, ledger, (first, last, purpose))
    _write(ui, session, desk, made, form, out)
    return DONE if made.verification.ok else FAILED


def _period(start: str, end: str) -> tuple[datetime.date, datetime.date]:
    days = []
    for option, text in (("--from", start), ("--to", end)):
        try:
            # other ISO spellings (weeks, no dashes) are refused: one spelling for a day
            days.append(datetime.date.fromisoformat(text if _DAY.fullmatch(text) else "none"))
        except ValueError as error:
            raise typer.BadParameter(f"{option}: a day that exists, YYYY-MM-DD.") from error
    if days[0] > days[1]:
        raise typer.BadParameter("--from, --to: the first day comes before the last, or is the same.")
    return days[0], days[1]


def _check_options(form: str, out: Path | None, purpose: str) -> None:
    if form not in FORMATS:
        raise typer.BadParameter(f"--format: expected {' or '.join(FORMATS)}, got another value.")
    if form == "html" and out is None:
        raise typer.BadParameter("--format html needs a file to write: add -o FILE.")
    if len(purpose) > MAX_PURPOSE or not purpose.isprintable():
        raise typer.BadParameter(f"--purpose: one line of at most {MAX_PURPOSE} characters.")
    if out is not None:
        _check_free(out)


def _check_free(out: Path) -> None:
    """Asked before anything is recorded: an export that cannot be written should not stand in the log."""
    from ledger.errors import Refused

    try:
        out.lstat()
    except FileNotFoundError:
        if out.parent.is_dir():
            return
        got, hint = "one in a folder that does not exist", "Make the folder first."
    except OSError as error:
        got, hint = (error.strerror or "an error").lower(), "Choose another name for the report."
    else:
        got, hint = "one that is there already", "Choose another name for the report: nothing is overwritten."
    raise Refused.one("-o", "the name of a file that does not exist yet", got, hint)


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
    written = record_export(desk, made.document, made.asked, made.ground, form)
    session.remember()
    if out is None:
        # no newline after it: what a script saves has the digest that the ledger holds
        ui.world.stdout.write(data.decode())
        ui.world.stdout.flush()
        _talk(ui, made, written)
        return
    write_private(out, data)
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
