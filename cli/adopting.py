"""policy adopt: the organisation's own pack comes into use, or is given up, by an administrator's entry."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui
from cli.world import World

if TYPE_CHECKING:
    from cli.session import Session
    from ledger.records.own_pack import Adoption, Standing


def add_to(group: typer.Typer) -> None:
    """Register this command."""
    group.command("adopt", help="Adopt your organisation's own pack, or give it up.")(adopt)


def adopt(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The pack; - reads stdin.", show_default=False)
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="Give up the pack that is adopted.")] = False,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """For an administrator. From then on decisions are judged with it too; try it first: policy check --own FILE."""
    from cli.files import read_input
    from cli.session import open_session
    from ledger.records import own_pack

    world: World = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    if (file is None) is not none:
        raise typer.BadParameter("Name the pack's FILE, or give up the one that is adopted with --none.")
    raw = read_input(world, file) if file is not None else b""
    session = open_session(world, ui, ledger)
    today = datetime.datetime.fromtimestamp(world.clock(), datetime.UTC).date()
    if file is not None:
        # what may not be adopted is said before anybody types a passphrase
        own_pack.check_own_pack(raw, session.roster.nation, today)
    desk = session.desk(identity)
    if file is None:
        done = own_pack.give_up(desk, session.place, today)
    else:
        done = own_pack.adopt(desk, session.place, raw, today)
    session.remember()
    answer = {"own_pack": standing_json(standing_of(session)), **({"entry": done.entry} if done.entry else {})}
    ui.answer(answer, lambda: _words(ui, done))
    return DONE


def _words(ui: Ui, done: "Adoption") -> None:
    if done.pack is None:
        given_up = f"Given up, in entry {done.entry}: from now on the national guidance is used alone."
        nothing = "No pack is adopted: there was nothing to give up."
        ui.line(f"{given_up} Its file stays, for the decisions that it was used in." if done.entry else nothing)
        return
    words = done.pack.words.rstrip(".")
    already = f"It is adopted already: {words}. Its file and its name are in place."
    ui.line(f"Adopted, in entry {done.entry}: {words}." if done.entry else already)
    ui.pairs([("name", done.pack.name), ("in force", done.pack.period.in_words()), ("digest", done.pack.digest)])
    ui.line("What it adds is shown as your organisation's own, beside what the guidance advises, never in its place.")
    ui.heading("Next")
    ui.line("To see that it is in use, and, should that be wanted, to give it up:")
    ui.command("consent-ledger status")
    ui.command("consent-ledger policy adopt --none")


# -- for the other commands


def standing_of(session: "Session") -> "Standing":
    """What holds of the own pack at this ledger now."""
    from ledger.records.own_pack import standing

    return standing(session.place, session.roster, session.standing.checkpoint.size)


def standing_json(standing: "Standing") -> dict[str, Any]:
    """`state` (none, used, not_used), what is adopted, and what somebody should look into."""
    adopted = standing.adopted
    state = "none" if adopted is None else "not_used" if standing.lost else "used"
    named = {"id": adopted.name, "digest": adopted.digest, "entry": adopted.entry} if adopted is not None else {}
    return {"state": state, **named, "findings": [{"code": each.code, "says": each.says} for each in standing.found]}


def say_lost(ui: Ui, standing: "Standing") -> None:
    """Say on stderr, before anything else, that the own pack could not be used, or that a file is taken for it."""
    if standing.lost:
        ui.talk(f"YOUR ORGANISATION'S OWN PACK IS NOT USED. {standing.found[0].says}")
    for each in standing.found:
        if each.code in ("another_named", "not_adopted"):
            ui.talk(each.says)


def show_standing(ui: Ui, standing: "Standing") -> None:
    """Print what holds of the own pack; nothing where there is none and nothing to look into."""
    adopted = standing.adopted
    if adopted is None and not standing.found:
        return
    ui.heading("Your organisation's own pack")
    if adopted is not None and standing.pack is not None:
        ui.pairs(
            [
                ("adopted", f"{standing.pack.words} ({adopted.name}), in entry {adopted.entry}"),
                ("in force", standing.pack.period.in_words()),
                ("digest", adopted.digest),
            ]
        )
    for each in standing.found:
        ui.bullet(each.says)
