"""policy packs: which law and guidance is in force on a day, what of it is not verified, and what changed since."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.choosing import law_day, packs_chosen, policy_refusals
from cli.days import day_of
from cli.exits import DONE
from cli.options import DayOption, JsonOption, NationOption, OwnOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from policies.in_force import Change, Unverified

_DIGITS = 12


def packs(
    context: typer.Context,
    on: DayOption = None,
    nation: NationOption = "england",
    since: Annotated[
        str | None, typer.Option("--since", help="What changed since that day, until --on or today.")
    ] = None,
    between: Annotated[
        tuple[str, str] | None, typer.Option("--between", metavar="DAY DAY", help="What changed between two days.")
    ] = None,
    not_verified: Annotated[
        bool, typer.Option("--unverified", help="Every statement that is not verified, in its own words.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Look through every pack, every boundary day, in every nation.")
    ] = False,
    own: OwnOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Without --since or --between: what is in force, with the digest by which a decision names it."""
    ui = Ui(context.obj, as_json=as_json, plain=plain)
    if sum((since is not None, between is not None, not_verified, check)) > 1 or (between and on):
        raise typer.BadParameter("--since, --between, --unverified, --check: one of them; --between takes no --on.")
    if check:
        return _sweep(ui)
    if between is not None:
        return _show_changes(ui, nation, day_of("--between", between[0]), day_of("--between", between[1]))
    day = law_day(context.obj, on)
    if since is not None:
        return _show_changes(ui, nation, day_of("--since", since), day)
    from policies.in_force import pack_json, unverified

    used = packs_chosen(context.obj, nation, day, (), own)
    with policy_refusals():
        doubtful = [each for pack in used.all() for each in unverified(pack)]
        shown = [pack_json(pack, day) for pack in used.all()]
    document: dict[str, Any] = {"on": day.isoformat(), "nation": nation}
    if not_verified:
        listed = {**document, "unverified": [each.to_json() for each in doubtful]}
        ui.answer(listed, lambda: _show_unverified(ui, doubtful))
    else:
        ui.answer({**document, "packs": shown}, lambda: _show_packs(ui, shown, day, nation))
    return DONE


def _sweep(ui: Ui) -> int:
    with policy_refusals():
        from policies.sweep import sweep

        swept = sweep()
    document = {"ok": True, "packs": swept.packs, "statements": swept.statements, "days": swept.days}
    ui.answer(
        {**document, "nations": swept.nations},
        lambda: ui.line(
            f"Fit to use: {swept.packs} packs with {swept.statements:,} statements, each with its source, its days and "
            f"how sure we are of it. No gap and no overlap on {swept.days} days in {swept.nations} nations."
        ),
    )
    return DONE


def _show_packs(ui: Ui, shown: list[dict[str, Any]], day: datetime.date, nation: str) -> None:
    from policies.citation import day_in_words
    from policies.codes import NATIONS
    from policies.in_force import KIND_WORDS

    ui.line(f"What is judged by in {NATIONS[nation]} on {day_in_words(day)}:")
    for kind in dict.fromkeys(each["kind"] for each in shown):
        said = KIND_WORDS[kind]
        ui.heading(f"{said[0].upper()}{said[1:]}")
        for each in (pack for pack in shown if pack["kind"] == kind):
            ui.bullet(f"{each['name']}: {each['words']}")
            ui.line(f"In force {each['in_force']}. Digest {each['digest'][:_DIGITS]}.", 4)
            if "note" in each:
                ui.line(f"Used outside its days: {each['note']}", 4)
            ui.line(_how_sure(each), 4)
    ui.line()
    ui.line("What is not verified, in words, and what changed since a day:")
    ui.command("consent-ledger policy packs --unverified")
    ui.command("consent-ledger policy packs --since 2024-01-01")


def _how_sure(each: dict[str, Any]) -> str:
    many, codes = each["statements"], each["unverified"]
    whole = " The pack as a whole is not verified." if each["citation"]["confidence"] == "unverified" else ""
    part = f" Not verified in part: {', '.join(each['in_part'])}." if each["in_part"] else ""
    if not codes:
        return f"{_statements(many)}, each seen in its source.{part}{whole}"
    return f"{_statements(many)}, of which {len(codes)} not verified: {', '.join(codes)}.{part}{whole}"


def _statements(many: int) -> str:
    return "1 statement" if many == 1 else f"{many} statements"


def _show_unverified(ui: Ui, doubtful: "list[Unverified]") -> None:
    from policies.citation import CONFIDENCE

    if not doubtful:
        ui.line("Everything here was seen in its source.")
        return
    ui.line(f"Not verified: {CONFIDENCE['unverified']}.")
    for pack in dict.fromkeys(each.pack for each in doubtful):
        ui.heading(pack)
        for each in (one for one in doubtful if one.pack == pack):
            part = f" Only this part is not verified: {each.part}." if each.part else ""
            ui.bullet(f"{each.id or 'the pack as a whole'}: {each.words}{part} ({each.citation.in_words()})")


def _show_changes(ui: Ui, nation: str, first: datetime.date, last: datetime.date) -> int:
    with policy_refusals():
        from policies.in_force import changes

        found = changes(nation, first, last)
    document = {"nation": nation, "from": first.isoformat(), "to": last.isoformat()}
    ui.answer({**document, "changes": [each.to_json() for each in found]}, lambda: _changes_in_words(ui, found))
    return DONE


def _changes_in_words(ui: Ui, found: "tuple[Change, ...]") -> None:
    if not found:
        ui.line("Nothing changed between those days.")
    for day in dict.fromkeys(each.day_in_words() for each in found):
        ui.heading(f"{day[0].upper()}{day[1:]}")
        for each in (one for one in found if one.day_in_words() == day):
            ui.bullet(_change_words(each))
            if each.note:
                ui.line(each.note, 4)


def _change_words(each: "Change") -> str:
    from policies.in_force import KIND_WORDS

    before = f" in place of {each.before}" if each.before else ""
    did = {"began": "begins", "ended": "has ended", "replaced": "is used"}[each.what]
    stop = "" if each.words.endswith(".") else "."
    return f"{KIND_WORDS[each.kind]}: {each.name} {did}{before}. {each.words}{stop} ({each.citation.in_words()})"


def add_to(group: typer.Typer) -> None:
    """Register this command with the group of the policy module."""
    group.command("packs", help="Which law and guidance is in force on a day, and what changed since.")(packs)
