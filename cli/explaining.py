"""policy explain: one question, law, rule or deadline in words, with its source and how sure we are of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.choosing import law_day, named, packs_chosen, policy_refusals
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
)
from cli.ui import Ui

if TYPE_CHECKING:
    from policies.explaining import Explained, Lead

_ONE: dict[str, str] = {
    "question": "Question",
    "act_now": "What to do at once",
    "advice": "Advice",
    "route": "Why sharing is allowed",
    "condition": "A condition beside the advice",
    "rule": "Golden rule",
    "principle": "Caldicott principle",
    "reading": "A point on which the guidance disagrees",
    "criterion": "Whether somebody can decide for themselves",
    "law": "Law",
    "deadline": "What falls due",
    "retention": "How long a record is kept",
    "reason": "A reason from a list",
    "concern": "What to look at again",
    "own": "Your organisation's own",
    "test": "What your own pack may depend on",
    "edge": "An arrow of the flowchart",
}


def explain(
    context: typer.Context,
    topic: Annotated[
        str, typer.Argument(metavar="[TOPIC]", help="A name or number, such as 4, consent, rule-4, CA89-47.")
    ] = "",
    nation: NationOption = "england",
    on: DayOption = None,
    chart: ChartOption = None,
    rules: RulesOption = None,
    competence: CompetenceOption = None,
    own: OwnOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Without TOPIC: everything that can be asked for. Where a name means several things: all, or KIND:NAME for one."""
    ui = Ui(context.obj, as_json=as_json, plain=plain)
    day = law_day(context.obj, on)
    packs = packs_chosen(context.obj, nation, day, named(chart, rules, competence), own)
    with policy_refusals():
        from policies.explaining import everything
        from policies.explaining import explain as found_by

        if not topic:
            known = everything(packs, day, nation)
            listed = [{"kind": each.kind, "code": each.code, "name": each.name} for each in known]
            ui.answer({"topics": listed}, lambda: _show_topics(ui, known))
            return DONE
        found = found_by(topic, packs, day, nation)

    def words() -> None:
        for each in found:
            show_explained(ui, each)

    ui.answer({"topic": topic, "found": [each.to_json() for each in found]}, words)
    return DONE


def show_explained(ui: Ui, each: "Explained") -> None:
    """Print one thing: its words, where each answer leads, and where all of it comes from."""
    from policies.citation import CONFIDENCE, day_in_words

    number = f" {each.number}" if each.number else ""
    named = each.name if each.kind in ("question", "rule", "principle") else each.code
    ui.heading(f"{_ONE[each.kind]}{number}: {named}")
    if each.kind in ("law", "reading"):
        ui.line(f"{each.name[0].upper()}{each.name[1:]}.", 2)
    if each.words != each.name:
        own = "Your organisation says: " if each.pack.startswith("own/") else ""
        ui.line(f"{own}{each.words}", 2)
    for label, words in each.details:
        ui.bullet(f"{label}: {words}")
    if each.leads:
        ui.line("What leads to it:" if each.kind in ("advice", "route", "condition") else "Where it leads:", 2)
    for lead in each.leads:
        ui.bullet(_lead_words(lead, arrow=each.kind in ("question", "edge")), 4)
    if each.citation is not None and each.period is not None:
        said = CONFIDENCE[each.citation.confidence]
        sure = (
            f" NOT VERIFIED: {said}." if each.citation.confidence == "unverified" else f" {said[0].upper()}{said[1:]}."
        )
        ui.line(f"Source: {each.citation.in_words()}. {each.citation.url}".rstrip(), 2)
        ui.line(f"In force {each.period.in_words()}; looked at on {day_in_words(each.citation.checked)}.{sure}", 2)
        ui.line(f"From {each.pack}.", 2)


def _lead_words(lead: "Lead", *, arrow: bool) -> str:
    from policies.codes import ADVICE, CONDITIONS, ROUTES

    answer = lead.answer if arrow else f"{lead.question} {lead.answer}".strip()
    parts = [f"{answer[0].upper()}{answer[1:]}: {lead.words}" if answer else lead.words]
    if lead.advice and arrow:
        why = f": {ROUTES[lead.route]}" if lead.route else ""
        parts.append(f"The advice is then: {ADVICE[lead.advice]}{why}.")
    if arrow:
        parts += [f"Beside it: {CONDITIONS[code]}." for code in lead.conditions]
        parts += [f"Next: {lead.to}"] if lead.to else []
    return f"{' '.join(parts)} ({lead.citation.in_words()}; {lead.edge})"


def _show_topics(ui: Ui, known: "tuple[Explained, ...]") -> None:
    from policies.explaining import KINDS

    for kind, title in KINDS.items():
        those = [each for each in known if each.kind == kind]
        if not those:
            continue
        ui.heading(f"{title[0].upper()}{title[1:]}")
        if kind in ("question", "rule", "principle", "reading"):
            for each in those:
                number = f"{each.number}. " if each.number else ""
                ui.bullet(f"{number}{each.name}{'' if each.name == each.code else f' ({each.code})'}")
        else:
            ui.line(", ".join(each.code for each in those), 2)
    ui.line()
    ui.line("Ask for one by its name or number:")
    ui.command("consent-ledger policy explain 4")
    ui.command("consent-ledger policy explain CA89-47")


def add_to(group: typer.Typer) -> None:
    """Register this command with the group of the policy module."""
    group.command("explain", help="One question, law, rule or deadline in words, with its source.")(explain)
