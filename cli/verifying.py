"""verify: everything that is stored is derived again and compared; all of it, what is new, or a part to be joined."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE, FAILED
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.world import World
    from ledger.log.parts import Part
    from ledger.log.scan import Finding
    from ledger.log.verify import Report

_SCHEMA_SHOWN = 3


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("verify", help="Check everything again: every signature, every hash. Needs no key.")(verify)


def verify(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(help="With --join: the parts.", show_default=False)] = None,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    receipts: Annotated[
        list[Path] | None,
        typer.Option("--receipt", help="A receipt that the ledger must still cover; may be repeated."),
    ] = None,
    since: Annotated[
        int | None,
        typer.Option("--since", min=1, help="Only what is new since the first N entries were verified.", metavar="N"),
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="How many processes; by default all cores.")] = None,
    part: Annotated[
        str | None, typer.Option("--range", help="Entries A to B-1 alone, for --join.", metavar="A:B")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="With --range: the file for the part.")] = None,
    join: Annotated[bool, typer.Option("--join", help="Join parts into one answer; needs no database.")] = False,
    key: Annotated[str | None, typer.Option("--key", help="With --join: the ledger's verifier key.")] = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Everything is derived again from the entries and compared. With an identity, what you can read is opened too."""
    ui = Ui(context.obj, as_json=as_json, plain=plain)
    looks = {"--identity": identity, "--receipt": receipts, "--since": since, "--jobs": jobs}
    if join or files or key:
        _check_options(
            "--join", join and files, "name the parts after --join", {**looks, "--range": part, "--out": out}
        )
        return _join(context.obj, ui, ledger, key, files or [])
    if part is not None or out is not None:
        _check_options("--range", part is not None and out is not None, "--range A:B goes with --out FILE", looks)
        return _range(context.obj, ui, ledger, part or "", out or Path())
    if since is not None and identity is not None:
        raise typer.BadParameter("--since opens nothing that is sealed: leave out --identity, or --since.")
    from cli.checking import check_ledger, next_step

    report = check_ledger(context.obj, ui, ledger, identity, receipts or [], jobs, since or 0)
    ui.answer(report_json(report), lambda: report_words(ui, report))
    if hint := next_step(context.obj, ledger, report):
        ui.talk(hint)
    return DONE if report.ok else FAILED


def _check_options(name: str, whole: object, wanted: str, others: "Mapping[str, object]") -> None:
    if not whole:
        raise typer.BadParameter(f"{wanted}.")
    wrong = [other for other, value in others.items() if value]
    if wrong:
        raise typer.BadParameter(f"{' and '.join(wrong)}: not together with {name}.")


def _range(world: "World", ui: Ui, ledger: Path | None, text: str, out: Path) -> int:
    from cli.checking import check_range

    bounds = re.fullmatch(r"(0|[1-9][0-9]{0,15}):([1-9][0-9]{0,15})", text, re.ASCII)
    if bounds is None or int(bounds[1]) >= int(bounds[2]):
        raise typer.BadParameter("--range: expected A:B, two entry numbers with A below B.")
    part = check_range(world, ui, ledger, int(bounds[1]), int(bounds[2]), out)
    ui.answer(part_json(part, out), lambda: part_words(ui, part, out))
    return FAILED if part.findings else DONE


def _join(world: "World", ui: Ui, ledger: Path | None, key: str | None, files: list[Path]) -> int:
    from cli.checking import join_files

    report = join_files(world, ledger, key, files)
    ui.answer(report_json(report), lambda: report_words(ui, report, parts=len(files)))
    return DONE if report.ok else FAILED


def part_json(part: "Part", out: Path) -> dict[str, Any]:
    """The JSON of a part."""
    return {
        "ok": not part.findings,
        "start": part.start,
        "end": part.end,
        "size": part.size,
        "file": str(out),
        "checked": dict(sorted(part.checked.items())),
        "absent": dict(sorted(part.absent.items())),
        "findings": _findings_json(part.findings),
    }


def part_words(ui: Ui, part: "Part", out: Path) -> None:
    """A part in words."""
    if part.findings:
        _failed_words(ui, part.findings)
        ui.line("For each of them exactly, where it is: consent-ledger verify")
    else:
        ui.line(f"Entries {part.start} to {part.end - 1} of {part.size:,} hold. On its own this proves little:")
        ui.line("it counts once the parts of the whole ledger are joined (consent-ledger verify --join FILE …).")
    ui.pairs([("part", str(out))])
    _counts_words(ui, "Checked", part.checked)
    _counts_words(ui, "Absent, because it was erased as the log says", part.absent)


def report_json(report: "Report") -> dict[str, Any]:
    """The JSON of a verification."""
    since = {"since": {"size": report.since, "root": report.since_root.hex()}} if report.since else {}
    return {
        "ok": report.ok,
        "size": report.size,
        "root": report.root.hex(),
        **since,
        "checked": dict(sorted(report.checked.items())),
        "absent": dict(sorted(report.absent.items())),
        "could_not_check": dict(sorted(report.could_not_check.items())),
        "suspect": report.suspect,
        "findings": _findings_json(report.findings),
    }


def _findings_json(findings: "Sequence[Finding]") -> list[dict[str, Any]]:
    return [
        {**({"entry": item.entry} if item.entry is not None else {}), "kind": item.kind, "says": item.says}
        for item in findings
    ]


def report_words(ui: Ui, report: "Report", parts: int = 0) -> None:
    """A verification in words: the verdict first, then what it rests on. parts: how many it was joined from."""
    _verdict_words(ui, report, parts)
    ui.pairs([("root", report.root.hex())])
    if report.since:
        ui.pairs([(f"root of the first {report.since:,}", report.since_root.hex())])
    _counts_words(ui, "Checked", report.checked)
    _counts_words(ui, "Absent, because it was erased as the log says", report.absent)
    _counts_words(ui, "Could not be checked here", report.could_not_check)
    if report.suspect:
        ui.heading("Marked suspect by a revocation")
        ui.line(", ".join(f"entry {n}" for n in report.suspect), 2)


def _verdict_words(ui: Ui, report: "Report", parts: int) -> None:
    if not report.ok:
        _failed_words(ui, report.findings)
        return
    if report.since:
        new = report.size - report.since
        said = (
            f"The {new:,} entries from there on are as they were recorded, and every earlier one that was read for "
            "them stands in the tree as it was signed."
        )
        ui.line(
            f"VERIFIED since entry {report.since}. {said if new else 'Nothing is new since then.'} The first "
            f"{report.since:,} were not looked at again: compare their root with the one that you had when you "
            "verified them. If somebody has since hidden one of them, a revocation say, only a whole verification "
            "finds it."
        )
        return
    ui.line(f"VERIFIED. All {report.size:,} entries are as they were recorded, in their order, and none is missing.")
    if parts:
        ui.line(
            f"This is joined from {parts:,} part{'s' if parts > 1 else ''}, and trusts whoever made them: here only "
            "the signed checkpoint was checked, and that the parts fit together under it and leave nothing out."
        )


def _failed_words(ui: Ui, findings: "list[Finding]") -> None:
    found = len(findings)
    ui.line(f"FAILED. {found:,} thing{'s do' if found > 1 else ' does'} not hold:")
    _findings_words(ui, findings)
    ui.line("Change nothing. Keep a copy of the whole directory, and tell your information-governance lead.")


def _counts_words(ui: Ui, heading: str, counts: "Mapping[str, int]") -> None:
    if counts:
        ui.heading(heading)
        ui.pairs([(name.replace("_", " "), f"{number:,}") for name, number in counts.items()])


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
