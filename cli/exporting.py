"""export: the log for others, in one file or in a folder to be served. Needs no identity, and gives no key away."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE
from cli.options import JsonOption, LedgerOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from ledger.log.export import Snapshot

_AGREEMENT = (
    "It holds no sealed record and no key. Its headers are pseudonymised personal data all the same: give it to nobody "
    "with whom you have no agreement for that."
)


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    group = typer.Typer(
        help="The log for others, who can check it without you.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("log", help="Every entry and the checkpoint over them, in one file.")(log)
    group.command("tiles", help="A folder that can be served as it is; a later export adds what is new.")(tiles)
    app.add_typer(group, name="export")


def log(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, such as log.jsonl.")],
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """A line of JSON for the signed checkpoint, then one for each entry. Nothing sealed, and no key, is in it."""
    from cli.session import open_session
    from ledger.log.export import take_snapshot, write_log

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    session = open_session(context.obj, ui, ledger)
    with session.store.read() as reader:
        snapshot = take_snapshot(reader, session.origin)
        write_log(snapshot, file, session.standing.checkpoint, ui.progress("exported"))
    ui.world.stands.files.append(str(file))
    answer = {"file": str(file), **_of(snapshot)}
    ui.answer(answer, lambda: _words(ui, f"The log is in {file}: {snapshot.checkpoint.size:,} entries.", answer))
    ui.talk(_AGREEMENT)
    return DONE


def tiles(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder, or one exported to before.")],
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """A C2SP tlog-tiles directory. Whoever reads it meanwhile finds it as it was or as it becomes, whole."""
    from cli.session import open_session
    from ledger.log.export import take_snapshot
    from ledger.log.publish import publish

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    session = open_session(context.obj, ui, ledger)
    with session.store.read() as reader:
        snapshot = take_snapshot(reader, session.origin)
        seen = session.standing.checkpoint
        done = publish(snapshot, directory, seen, ui.progress("checked"), ui.progress("exported"))
    ui.world.stands.files.append(str(directory))
    answer = {"directory": str(directory), "before": done.before, "files": done.files, **_of(snapshot)}
    size = snapshot.checkpoint.size
    new = f"{size - done.before:,} of them new" if size > done.before else "none of them new"
    ui.answer(answer, lambda: _words(ui, f"The log is in {directory}: {size:,} entries, {new}.", answer))
    ui.talk(_AGREEMENT)
    return DONE


def _of(snapshot: "Snapshot") -> dict[str, Any]:
    checkpoint = snapshot.checkpoint
    key = str(snapshot.roster.log_key(checkpoint.size))
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex(), "vkey": key}


def _words(ui: Ui, first: str, answer: dict[str, Any]) -> None:
    ui.line(first)
    ui.pairs([("root", answer["root"])])
    ui.line("Whoever gets it checks it with this key, which they must have from you in another way:")
    ui.command(answer["vkey"])
