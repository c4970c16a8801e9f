"""verify: everything that is stored is derived again and compared."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE, FAILED
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from ledger.log.scan import Finding
    from ledger.log.verify import Report

_SCHEMA_SHOWN = 3


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("verify", help="Check everything again: every signature, every hash. Needs no key.")(verify)


def verify(
    context: typer.Context,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    receipts: Annotated[
        list[Path] | None,
        typer.Option("--receipt", help="A receipt that the ledger must still cover; may be repeated."),
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="How many processes; by default all cores.")] = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Everything is derived again from the entries and compared. With an identity, what you can read is opened too."""
    from cli.checking import check_ledger

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    report = check_ledger(context.obj, ui, ledger, identity, receipts or [], jobs)
    ui.answer(report_json(report), lambda: report_words(ui, report))
    return DONE if report.ok else FAILED


def report_json(report: "Report") -> dict[str, Any]:
    """The JSON of a verification."""
    return {
        "ok": report.ok,
        "size": report.size,
        "root": report.root.hex(),
        "checked": dict(sorted(report.checked.items())),
        "absent": dict(sorted(report.absent.items())),
        "could_not_check": dict(sorted(report.could_not_check.items())),
        "suspect": report.suspect,
        "findings": [
            {**({"entry": item.entry} if item.entry is not None else {}), "kind": item.kind, "says": item.says}
            for item in report.findings
        ],
    }


def report_words(ui: Ui, report: "Report") -> None:
    """A verification in words: the verdict first, then what it rests on."""
    if report.ok:
        ui.line(
            f"VERIFIED. All {report.size:,} entries are as they were recorded, in their order, and none is missing."
        )
    else:
        found = len(report.findings)
        ui.line(f"FAILED. {found:,} thing{'s do' if found > 1 else ' does'} not hold:")
        _findings_words(ui, report.findings)
        ui.line("Change nothing. Keep a copy of the whole directory, and tell your information-governance lead.")
    ui.pairs([("root", report.root.hex())])
    ui.heading("Checked")
    ui.pairs([(name.replace("_", " "), f"{number:,}") for name, number in report.checked.items()])
    if report.absent:
        ui.heading("Absent, because it was erased as the log says")
        ui.pairs([(name.replace("_", " "), f"{number:,}") for name, number in report.absent.items()])
    if report.could_not_check:
        ui.heading("Could not be checked here")
        ui.pairs([(name.replace("_", " "), f"{number:,}") for name, number in report.could_not_check.items()])
    if report.suspect:
        ui.heading("Marked suspect by a revocation")
        ui.line(", ".join(f"entry {n}" for n in report.suspect), 2)


def _findings_words(ui: Ui, findings: "list[Finding]") -> None:
    """Entries first: what is known of one of them says more than that the database was altered somewhere."""
    altered = [item for item in findings if item.kind == "schema"]
    kept = [item for item in findings if item not in altered[_SCHEMA_SHOWN:]]
    for item in sorted(kept, key=lambda item: (item.entry is None, item.entry or 0)):
        where = "the log" if item.entry is None else f"entry {item.entry}"
        ui.bullet(f"{where}: {item.says} ({item.kind})")
    more = len(findings) - len(kept)
    if more:
        what = "trigger, table or index" if more == 1 else "triggers, tables or indexes"
        ui.bullet(f"the log: and {more:,} more {what} altered (schema)")
