"""policy diagram: a flowchart as a drawing, and the way that one line of a decision took through it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.choosing import judged_file, law_day, named, packs_chosen, policy_refusals
from cli.exits import DONE
from cli.files import check_free
from cli.options import (
    ChartOption,
    CompetenceOption,
    DayOption,
    JsonOption,
    NationOption,
    OwnOption,
    PlainOption,
    SideOption,
)
from cli.ui import Ui
from cli.world import World

if TYPE_CHECKING:
    import datetime

    from policies.evaluation import Evaluation
    from policies.lines import Line
    from policies.packs import Packs

FORMATS = ("svg", "mermaid")


def add_to(group: typer.Typer) -> None:
    """Register this command."""
    group.command("diagram", help="A flowchart as a drawing; with a file, the way of its decision marked.")(diagram)


def diagram(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Facts whose way is marked: YAML or JSON; - reads stdin.")
    ] = None,
    line: Annotated[
        str, typer.Option("--line", metavar="ITEM:RECIPIENT", help="Whose way, where it is not the same for all: 2:1.")
    ] = "",
    form: Annotated[str, typer.Option("--format", help="svg, or mermaid: text that some pages draw.")] = "svg",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write.")] = None,
    nation: NationOption = "england",
    on: DayOption = None,
    chart: ChartOption = None,
    competence: CompetenceOption = None,
    side: SideOption = None,
    own: OwnOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The way is thick, doubly bordered and numbered, so that it is seen in print. No name of the file is drawn."""
    from ledger.sealing.keys import write_private

    world: World = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    wanted = _checked(form, line, file)
    if out is not None:
        check_free(out, "the drawing")
    chosen, day = named(chart, None, competence, side), law_day(world, on)
    if file is None:
        packs, evaluation = packs_chosen(world, nation, day, chosen, own), None
    else:
        packs, evaluation = judged_file(world, file, nation, day, chosen, own)
    marked = _line_of(evaluation, wanted) if evaluation else None
    drawing = _drawn(packs, day, form, marked)
    document: dict[str, Any] = {"chart": packs.flowchart.name, "format": form}
    if marked is not None:
        document["line"] = {"item": marked.item, "recipient": marked.recipient, "advice": marked.advice}
    if out is None:
        ui.answer({**document, "drawing": drawing}, lambda: ui.text(drawing))
        return DONE
    write_private(out, drawing.encode())
    world.stands.files.append(str(out))
    ui.answer({**document, "file": str(out)}, lambda: ui.line(f"The drawing is in {out}."))
    return DONE


def _checked(form: str, line: str, file: Path | None) -> tuple[int, int] | None:
    """Item and recipient of --line, or None where it is not given."""
    if form not in FORMATS:
        raise typer.BadParameter(f"--format: expected {' or '.join(FORMATS)}, got another value.")
    if not line:
        return None
    item, colon, recipient = line.partition(":")
    if file is None:
        raise typer.BadParameter("--line: there are lines only in a file; name it as well.")
    if not (colon and item.isdecimal() and recipient.isdecimal()):
        raise typer.BadParameter("--line: two numbers from 1 with a colon between, item and recipient, such as 2:1.")
    return int(item), int(recipient)


def _line_of(evaluation: "Evaluation", wanted: tuple[int, int] | None) -> "Line":
    """The line that is asked for. Raises Refused where it is not there, or where none is named and they differ."""
    from ledger.errors import Refused

    there = {(line.item, line.recipient): line for line in evaluation.lines}
    names = ", ".join(f"{item}:{recipient}" for item, recipient in there)
    if wanted is None:
        if len({line.trace for line in there.values()}) > 1:
            hint = "Name one of them; policy check shows what each comes to."
            raise Refused.one("--line", f"one of {names}", "none, and their ways are not the same", hint)
        return next(iter(there.values()))
    if wanted not in there:
        raise Refused.one("--line", f"one of {names}", f"{wanted[0]}:{wanted[1]}", "Items and recipients count from 1.")
    return there[wanted]


def _drawn(packs: "Packs", day: "datetime.date", form: str, line: "Line | None") -> str:
    from policies.diagram import to_mermaid, to_svg
    from policies.flowchart import flowchart_of

    pack = packs.flowchart
    with policy_refusals():
        chart = flowchart_of(pack, packs.concerns)
    below = f"{pack.id}: {pack.citation.in_words()}, in force {pack.period.in_words()}. {pack.note(day)}".strip()
    return (to_mermaid if form == "mermaid" else to_svg)(chart, pack.words, below, line)
