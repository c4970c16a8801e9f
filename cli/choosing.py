"""By which packs a command judges: those of a nation and a day, or others that somebody names beside them."""

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.days import day_of
from cli.world import World

if TYPE_CHECKING:
    from policies.errors import Fault as PolicyFault
    from policies.evaluation import Evaluation
    from policies.packs import Packs


def law_day(world: World, on: str | None) -> datetime.date:
    """The day of --on, else today in UTC."""
    if on is not None:
        return day_of("--on", on)
    return datetime.datetime.fromtimestamp(world.clock(), datetime.UTC).date()


def named(
    chart: str | None = None,
    rules: str | None = None,
    competence: str | None = None,
    sides: Sequence[str] | None = None,
) -> tuple[tuple[str, str], ...]:
    """What the options name, as policies.packs_for takes it. Raises typer.BadParameter for a side that is not one."""
    packs = (("flowcharts", chart), ("rules", rules), ("competence", competence))
    chosen = [(kind, pack) for kind, pack in packs if pack]
    for each in sides or []:
        point, equals, side = each.partition("=")
        if not (point and equals and side):
            raise typer.BadParameter("--side: a point and a side, such as refusal=girfec.")
        chosen.append((f"readings.{point}", side))
    return tuple(chosen)


def packs_chosen(
    world: World, nation: str, on: datetime.date, chosen: tuple[tuple[str, str], ...] = (), own: Path | None = None
) -> "Packs":
    """The packs of a nation and a day with those chosen in their place, and an organisation's own from its file.

    Raises Refused with every fault: a nation, a name or a side that is not there, a file that may not be used.
    """
    from cli.files import read_input
    from policies import packs_for
    from policies.errors import PackRefused

    with policy_refusals():
        if own is None:
            pack = None
        else:
            from policies.own import read_own_pack

            pack = read_own_pack(read_input(world, own))
        try:
            return packs_for(nation, on, chosen, pack)
        except PackRefused as refused:
            raise PackRefused(_as_typed(fault, chosen) for fault in refused.faults) from refused


def _as_typed(fault: "PolicyFault", chosen: tuple[tuple[str, str], ...]) -> "PolicyFault":
    """A fault named by the option that it was typed at; as it is where no option made it."""
    if fault.field == "nation":
        hint = fault.hint or "Name one of them; without --nation it is england."
        return replace(fault, field="--nation", hint=hint)
    if fault.field.startswith("readings.") and fault.field in dict(chosen):
        point = fault.field.removeprefix("readings.")
        known = f" {point}" if fault.got != point else ""
        hint = f"{fault.hint} What there is: consent-ledger policy explain{known}".strip()
        return replace(fault, field="--side", hint=hint)
    return fault


def judged_file(
    world: World,
    file: Path,
    nation: str,
    day: datetime.date,
    chosen: tuple[tuple[str, str], ...] = (),
    own: Path | None = None,
) -> tuple["Packs", "Evaluation"]:
    """By which packs a file is judged, and what they say of it; its own nation and day of decision count first.

    Raises Refused with every fault.
    """
    from cli.files import read_input
    from ledger.records.document import facts_to_try
    from ledger.records.intake import read_document
    from policies import evaluate

    data = read_input(world, file)
    _refuse_pack(data, file)
    facts = facts_to_try(read_document(data, file.name), on=day)
    packs = packs_chosen(world, facts.organisation.nation or nation, facts.decided_on or day, chosen, own)
    with policy_refusals():
        return packs, evaluate(facts, packs, day)


def _refuse_pack(data: bytes, file: Path) -> None:
    """Raise Refused for a file of guidance where facts are wanted: to read it as facts would blame its first line."""
    from ledger.errors import Refused

    lines = (line.strip() for line in data.splitlines())
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    if file.suffix.lower() == ".toml" or first == b"[pack]":
        hint = "This is a pack: use --own, as in: consent-ledger policy check FACTS --own PACK"
        raise Refused.one("FILE", "facts in YAML or JSON", "a pack", hint)


@contextmanager
def policy_refusals() -> Iterator[None]:
    """What the policy module refuses, as the refusal of a command: same fields, same words."""
    from ledger.errors import Fault, Refused
    from policies.errors import PolicyError

    try:
        yield
    except PolicyError as error:
        raise Refused(Fault(f.field, f.expected, f.got, f.hint) for f in error.faults) from error
