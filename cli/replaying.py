"""policy replay: decisions as they were made, the same guidance again, and other guidance. Nothing is recorded."""

import datetime
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.choosing import law_day, named, packs_chosen, policy_refusals
from cli.days import day_of, period_of, seconds_of
from cli.exits import DONE, FAILED
from cli.options import (
    ChartOption,
    CompetenceOption,
    IdentityOption,
    JsonOption,
    LedgerOption,
    OwnOption,
    PlainOption,
    RulesOption,
    SideOption,
)
from cli.ui import Ui

if TYPE_CHECKING:
    from cli.session import Session
    from ledger.log.reader import Reader, Stored
    from ledger.records.as_then import AsThen, PacksOf


def add_to(group: typer.Typer) -> None:
    """Register this command."""
    group.command("replay", help="Past decisions judged again: by the same guidance, and by other.")(replay)


def replay(
    context: typer.Context,
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="Decisions, by their entries.", show_default=False)
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="Recorded on this day or later, YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Recorded on this day or earlier.")] = None,
    packs_on: Annotated[
        str | None, typer.Option("--packs-on", metavar="DAY", help="The other guidance: that of this day.")
    ] = None,
    chart: ChartOption = None,
    rules: RulesOption = None,
    competence: CompetenceOption = None,
    side: SideOption = None,
    own: OwnOption = None,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Without REF: those of a period, or all. Without other guidance named: today's.

    Takes the key of somebody who may read the records; what is sealed for others is counted, and not judged.
    """
    from cli.replayed import Told
    from cli.session import open_session
    from ledger.records.as_then import AsThen
    from ledger.records.own_pack import pack_of
    from ledger.records.replay import Replay, Summary

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    if refs and (start is not None or end is not None):
        raise typer.BadParameter("Name entries, or a period with --from and --to, not both.")
    first, last = period_of(start or "0001-01-02", end or "9999-12-30")
    chosen = named(chart, rules, competence, side)
    day = day_of("--packs-on", packs_on) if packs_on is not None else None
    if day is None and not chosen and own is None:
        day = law_day(context.obj, None)
    session = open_session(context.obj, ui, ledger)
    then = AsThen(partial(pack_of, session.place))
    other = _instead(session, then, day, chosen, own)
    desk = session.reading_desk(identity)
    found, told = Summary(), Told(ui, day, chosen, own, whole=bool(refs))
    size, show = session.standing.checkpoint.size, ui.progress("looked at")
    with session.store.read() as reader:
        looking = Replay(desk, reader, session.roster, size, then, other)
        start_at, end_at = seconds_of(first, last)
        for row in looking.of(_rows(session, reader, refs), start_at, end_at):
            found.take(row)
            told.take(row)
            show(row.n + 1, size)
        show(size, size)
    ui.answer(told.to_json(found), lambda: told.words(found))
    return FAILED if found.alarms.count else DONE


def _instead(
    session: "Session",
    then: "AsThen",
    day: datetime.date | None,
    chosen: tuple[tuple[str, str], ...],
    own: Path | None,
) -> "PacksOf":
    """What decisions are to be judged by besides. Raises Refused for a choice that is not here."""
    from cli.files import read_input
    from policies.own import read_own_pack

    world, nation = session.world, session.roster.nation
    # what cannot be chosen is refused now, and not found missing decision by decision
    packs_chosen(world, nation, day or law_day(world, None), chosen)
    with policy_refusals():
        pack = read_own_pack(read_input(world, own)) if own is not None else None
    return then.instead(nation, day, chosen, pack)


def _rows(session: "Session", reader: "Reader", refs: list[str] | None) -> "Iterable[Stored]":
    """The entries that are meant, or all: which decide is in what was signed. Raises Refused for one that does not."""
    from cli.session import read_entry
    from ledger.errors import Refused
    from ledger.records.finding import find_entry
    from ledger.records.replay import DECIDING

    size = session.standing.checkpoint.size
    if not refs:
        return reader.entries(0, size)
    rows = [find_entry(reader, ref, size) for ref in refs]
    for row in rows:
        if read_entry(row, session.origin).header.type not in DECIDING:
            hint = "Which are: consent-ledger list --type decision.recorded"
            raise Refused.one("REF", "entries that decide something", f"entry {row.n}, which does not", hint)
    return rows
