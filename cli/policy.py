"""policy check: the policy module on its own. Nothing is recorded, no ledger is needed."""

import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.days import day_of
from cli.exits import DONE
from cli.options import JsonOption, PlainOption
from cli.ui import Ui


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    group = typer.Typer(help="The policy module on its own: nothing is recorded.", no_args_is_help=True)
    group.callback()(_group)
    group.command("check", help="What the guidance advises on a file of facts or a whole document.")(check)
    app.add_typer(group, name="policy")


def _group() -> None:
    """The policy module on its own: nothing is recorded."""


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or JSON; - reads stdin.")],
    nation: Annotated[str, typer.Option("--nation", help="Where, if the file does not say.")] = "england",
    on: Annotated[str | None, typer.Option("--on", help="The day whose law applies, YYYY-MM-DD.")] = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The file may hold questions, consent or consents, competence, risk and basis alone."""
    from cli.advice import show_evaluation

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    evaluation = evaluate_file(context.obj, file, nation, on)
    ui.answer(evaluation, lambda: show_evaluation(ui, evaluation, whole=True))
    return DONE


def evaluate_file(world: Any, file: Path, nation: str, on: str | None) -> dict[str, Any]:
    """The evaluation of a file, as JSON. Raises Refused with every fault."""
    from cli.files import read_input
    from ledger.errors import Fault, Refused
    from ledger.records.document import facts_to_try
    from ledger.records.intake import read_document
    from policies import evaluate, packs_for
    from policies.errors import PolicyError

    day = day_of("--on", on) if on is not None else datetime.datetime.fromtimestamp(world.clock(), datetime.UTC).date()
    raw = read_document(read_input(world, file), file.name)
    facts = facts_to_try(raw, on=day)
    try:
        decided = facts.decided_on or day
        return evaluate(facts, packs_for(facts.organisation.nation or nation, decided), day).to_json()
    except PolicyError as error:
        raise Refused(Fault(f.field, f.expected, f.got, f.hint) for f in error.faults) from error
