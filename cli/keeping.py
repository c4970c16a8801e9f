"""backup, restore: a copy that is worth keeping, and going on from one without pretending that nothing happened."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from cli.restoring import Restored
    from ledger.records.own_pack import Adopted, Beside
    from ledger.records.restore import Relation, Stands

_NOT_IN_IT = (
    ("ledger.toml", "ledger.toml, which says which ledger this is, and log.key, which signs for it: keep one copy of "
     "both, where no backup is. Whoever has log.key and a backup can go on writing as this ledger."),
    ("identities", "people's key files: each person keeps a copy of their own. Without them nobody reads a record."),
    ("state", "what this computer has seen: on a new one, compare entries and root with those above."),
)  # fmt: skip

_ONE_THING = (
    [True, False, False, False],
    [True, True, False, False],
    [True, False, True, False],
    [False, False, True, False],
    [False, False, False, True],
)


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command("backup", help="Copy the ledger's database into one file, and verify the copy.")(backup)
    app.command("restore", help="Look at a backup, or put it in the ledger's place.")(restore)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write. Nothing is overwritten.")],
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """A copy as of one moment, taken while others go on recording. Needs no key: what is sealed stays sealed."""
    from cli.restoring import make_backup

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    made = make_backup(context.obj, ui, ledger, file)
    taken, beside = made.taken, f"{file}.packs"
    document = {
        "file": str(file),
        "size": taken.size,
        "root": taken.root.hex(),
        "sha256": taken.sha256.hex(),
        "not_in_it": [name for name, _words in _NOT_IN_IT],
        **({"packs": {"folder": beside, "count": made.packs}} if made.packs else {}),
        **({"packs_gone": list(made.gone)} if made.gone else {}),
    }

    def words() -> None:
        ui.line(f"The backup is in {file}. All {taken.size:,} entries in it verified.")
        ui.pairs([("root", taken.root.hex()), ("sha256 of the file", taken.sha256.hex())])
        if made.packs:
            ui.line(f"Your organisation's own packs lie beside it, in {beside}. Keep both together.")
        if made.gone:
            ui.line(f"Not there, because their files are gone: {', '.join(made.gone)}. See: consent-ledger status")
        ui.heading("Not in it")
        for _name, said in _NOT_IN_IT:
            ui.bullet(said)
        ui.heading("Next")
        ui.line("Keep it on another computer. Now and then, see whether it is still good:")
        ui.command(f"consent-ledger restore {file} --check")

    ui.answer(document, words)
    return DONE


def restore(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="The backup.", show_default=False)] = None,
    check: Annotated[bool, typer.Option("--check", help="Only look, and write nothing.")] = False,
    lost: Annotated[
        str | None,
        typer.Option(
            "--lost", metavar="SIZE:ROOT", help="Declare this lost; with FILE: agree to it.", show_default=False
        ),
    ] = None,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="Go on here with a ledger that was restored.")
    ] = False,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """FILE is verified first. If entries known here are not in it, an administrator declares them lost, in the log."""
    from cli.declaring import agree, declare_lost
    from cli.losses import lost_json, lost_words
    from cli.restoring import check_backup, put_back

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    # a FILE alone, with --check, or with what its restoring loses; --lost alone; --acknowledge alone
    if [file is not None, check, lost is not None, acknowledge] not in _ONE_THING:
        raise typer.BadParameter("Say one thing: a FILE (with --check, or alone), --lost SIZE:ROOT, or --acknowledge.")
    if lost is not None and file is None:
        number, gone = declare_lost(context.obj, ui, ledger, identity, lost)
        ui.answer(
            {"entry": number, **({"acknowledged": lost_json(gone)} if gone else {})},
            lambda: _declared_words(ui, number, f"This computer goes on. {lost_words(gone)}" if gone else ""),
        )
    elif acknowledge:
        agreed = agree(context.obj, ui, ledger)
        ui.answer({"acknowledged": lost_json(agreed)}, lambda: ui.line(f"This computer goes on. {lost_words(agreed)}"))
    elif check:
        assert file is not None
        looked = check_backup(context.obj, ui, ledger, file)
        ui.answer(_document(looked, file), lambda: _check_words(ui, looked, file))
    else:
        assert file is not None
        done = put_back(context.obj, ui, ledger, file, identity, lost)
        ui.answer(_document(done, file), lambda: _restored_words(ui, done, file))
    return DONE


def _document(done: "Restored", file: Path) -> dict[str, Any]:
    stands = done.stands
    lost = {"lost": {"size": stands.lost.size, "root": stands.lost.root.hex()}} if stands.lost else {}
    return {
        "file": str(file),
        "size": done.size,
        "root": done.root.hex(),
        "restored": done.restored,
        "present": {"state": stands.state, **_relation(stands.present)},
        **({"seen": _relation(stands.seen)} if stands.seen else {}),
        **lost,
        "erased_since": list(stands.back),
        **({"kept": str(done.kept)} if done.kept else {}),
        **({"entry": done.entry} if done.entry is not None else {}),
        **({"packs": _packs_json(done.packs)} if done.packs.any else {}),
    }


def _packs_json(packs: "Beside") -> dict[str, Any]:
    def named(those: "tuple[Adopted, ...]") -> list[dict[str, str]]:
        return [{"id": own.name, "digest": own.digest} for own in those]

    return {"back": list(packs.back), "changed": named(packs.changed), "lost": named(packs.lost)}


def _packs_words(ui: Ui, done: "Restored", file: Path) -> None:
    """Which of the organisation's own packs come back, and which cannot: what lies beside it may not be what it was."""
    from ledger.records.own_pack import beside

    packs, came = done.packs, "came back" if done.restored else "would come back"
    if packs.back:
        many = len(packs.back)
        count = f"{many} of your organisation's own packs" if many > 1 else "Your organisation's own pack"
        ui.line(f"{count} {came} from beside it.")
    for own in packs.changed:
        ui.line(f"{own.name}, beside it in {beside(file).name}, is not what was adopted in entry {own.entry}.")
    for own in packs.lost:
        ui.line(f"{own.name}, adopted in entry {own.entry}, is not here as it was adopted, and cannot be brought back.")


def _relation(relation: "Relation | None") -> dict[str, Any]:
    return {"how": relation.how, "by": relation.by, "proved": relation.proved} if relation else {}


def _declared_words(ui: Ui, number: int, here: str) -> None:
    ui.line(f"Declared, in entry {number}. {here}".rstrip())
    ui.line("Whoever is refused because of it looks at it, and agrees:")
    ui.command("consent-ledger restore --acknowledge")


def _check_words(ui: Ui, done: "Restored", file: Path) -> None:
    ui.line(f"SOUND. All {done.size:,} entries of the backup verified.")
    ui.pairs([("root", done.root.hex()), *_compared(done.stands)])
    _packs_words(ui, done, file)
    _erased_words(ui, done.stands, "it brings back")
    if done.stands.state == "restored":
        ui.line(
            "What is there was restored already and went on. Do not restore over it. Ask who declared the loss, then:"
        )
        ui.command("consent-ledger restore --acknowledge")
        return
    if done.stands.present is not None and done.stands.present.how == "same":
        ui.line("What is there now is the same as the backup: there is nothing to put back.")
        return
    ui.heading("To put it in the ledger's place")
    ui.command(f"consent-ledger restore {file}" + (" --identity FILE" if done.stands.lost else ""))
    if done.stands.lost:
        ui.line("as an administrator, who thereby declares in the log what is lost. It asks. A script adds:")
        ui.command(f"--lost {done.stands.lost.size}:{done.stands.lost.root.hex()}")


def _compared(stands: "Stands") -> list[tuple[str, str]]:
    here = {
        "sound": _words_of(stands.present),
        "damaged": f"cannot be read as a whole; {_words_of(stands.present)}" if stands.present else "cannot be read",
        "gone": "no ledger",
        "another": "is not what this computer saw",
        "restored": "a ledger restored earlier, of which this computer had seen more",
    }
    seen = _words_of(stands.seen) if stands.seen else "nothing of this ledger"
    return [("this computer saw", seen), ("what is there now", here[stands.state])]


def _words_of(relation: "Relation | None") -> str:
    if relation is None:
        return "cannot be compared"
    entries = f"{relation.by:,} {'entry' if relation.by == 1 else 'entries'}"
    said = {"same": "the same", "behind": f"{entries} more than the backup", "ahead": f"{entries} fewer"}[relation.how]
    return said if relation.proved else f"{said}; the rest cannot be compared here"


def _erased_words(ui: Ui, stands: "Stands", brings_back: str) -> None:
    if stands.back:
        named = ", ".join(str(n) for n in stands.back)
        which = f"entry {named}" if len(stands.back) == 1 else f"entries {named}"
        ui.line(f"Erased since the backup was taken, and {brings_back}: {which}. They have to be erased again.")
    elif stands.state not in ("sound", "restored"):
        ui.line(f"Whatever was erased after the backup was taken {brings_back}: it has to be erased again.")


def _restored_words(ui: Ui, done: "Restored", file: Path) -> None:
    from ledger.log.loss import span

    ui.line(f"The ledger is restored from {file}: {done.size:,} entries.")
    ui.pairs([("root", done.root.hex()), ("kept, as it was", str(done.kept) if done.kept else "")])
    _packs_words(ui, done, file)
    _erased_words(ui, done.stands, "back now")
    lost = done.stands.lost
    if lost and done.entry is not None:
        ui.line(f"What stood in {span(done.entry, lost.size)} is lost. The new entry {done.entry} says so, for ever.")
        ui.heading("Next")
        ui.line("Record again, from other papers, what was lost. On each computer that saw it, somebody agrees:")
        ui.command("consent-ledger restore --acknowledge")
    else:
        ui.line("Nothing that is known here is missing, so no entry says that anything was lost.")
        ui.heading("Should another computer be refused, because it saw more")
        ui.line("it names what it saw, and an administrator declares that lost:")
        ui.command("consent-ledger restore --lost SIZE:ROOT --identity FILE")
