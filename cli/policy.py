"""policy check, and the group of the commands on law and guidance. Advice on a file records nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import adopting, asking, diagrams, explaining, packs_shown, replaying
from cli.choosing import judged_file, law_day, named
from cli.exits import DONE
from cli.options import (
    ChartOption,
    CompetenceOption,
    DayOption,
    JsonOption,
    NationOption,
    OwnOption,
    PlainOption,
    RulesOption,
    SideOption,
)
from cli.ui import Ui

if TYPE_CHECKING:
    from cli.world import World


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    group = typer.Typer(
        help="Law and guidance: what they advise, what is in force, what is your own.", no_args_is_help=True
    )
    group.callback()(_group)
    group.command("check", help="What the guidance advises on a file of facts or a whole document.")(check)
    for module in (asking, explaining, diagrams, packs_shown, replaying, adopting):
        module.add_to(group)
    app.add_typer(group, name="policy")


def _group() -> None:
    """Law and guidance: what they advise, what is in force, what is your own."""


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or JSON; - reads stdin.")],
    nation: NationOption = "england",
    on: DayOption = None,
    chart: ChartOption = None,
    rules: RulesOption = None,
    competence: CompetenceOption = None,
    side: SideOption = None,
    own: OwnOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The file may hold questions, consent or consents, competence, risk and basis alone.

    Its own nation and day of the decision count before --nation and --on.
    """
    from cli.advice import show_evaluation

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    chosen = named(chart, rules, competence, side)
    evaluation = evaluate_file(context.obj, file, nation, on, chosen, own)
    ui.answer(evaluation, lambda: show_evaluation(ui, evaluation, whole=True))
    return DONE


def evaluate_file(
    world: "World",
    file: Path,
    nation: str,
    on: str | None,
    chosen: tuple[tuple[str, str], ...] = (),
    own: Path | None = None,
) -> dict[str, Any]:
    """The evaluation of a file, as JSON. chosen, own: as packs_chosen takes them. Raises Refused with every fault."""
    _, evaluation = judged_file(world, file, nation, law_day(world, on), chosen, own)
    return evaluation.to_json()
