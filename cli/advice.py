"""An evaluation in words that a tired person can act on: what to do now, what is advised and why, what is missing."""

import datetime
from collections.abc import Sequence
from typing import Any

from cli.ui import Ui
from policies.codes import ADVICE, CONDITIONS, ROUTES

QUESTIONS = {
    1: "Is there a good reason?",
    2: "Could somebody be recognised?",
    3: "Is it confidential?",
    4: "Is there agreement?",
    5: "Does a law or court require it?",
    6: "Is the reason strong enough without agreement?",
    7: "The right information, in the right way?",
    8: "Is it recorded?",
}
_STATUS = {
    "recorded": "written down",
    "missing": "not answered yet",
    "contradicted": "does not fit together",
    "not_needed": "not needed",
}


def cite(citation: Any) -> str:
    """Where a statement comes from, in brackets."""
    if citation["document"].startswith("Defaults of this project"):
        return "(a default of this software, which your organisation may tighten)"
    unsure = ", not verified" if citation.get("confidence") == "unverified" else ""
    return f"({citation['document']}, {citation['paragraph']}{unsure})"


def headline(evaluation: dict[str, Any]) -> str:
    """The advice in one sentence, with the reason why sharing is allowed."""
    if evaluation["advice"] == "mixed":
        return "The advice is not the same for all of it: see each line below."
    route = evaluation.get("route")
    why = f": {ROUTES[route]}" if route in ROUTES else ""
    return f"{ADVICE[evaluation['advice']]}{why}."


def show_evaluation(
    ui: Ui, evaluation: dict[str, Any], *, whole: bool = False, due: Sequence[tuple[str, str]] = ()
) -> None:
    """Print an evaluation. whole: with every question of the path and every golden rule. due: (code, YYYY-MM-DD)."""
    if evaluation["act_now"]:
        ui.heading("ACT NOW")
        for said in evaluation["act_now_says"]:
            ui.bullet(f"{said['words']} {cite(said['citation'])}")
    ui.heading("What the guidance advises")
    ui.line(headline(evaluation), 2)
    for code in evaluation["conditions"]:
        ui.bullet(f"{CONDITIONS[code]}{_whats(evaluation, code)}", 4)
    differing = len({(line["advice"], line.get("route")) for line in evaluation["lines"]}) > 1
    if differing:
        for line in evaluation["lines"]:
            ui.bullet(f"Item {line['item']} to recipient {line['recipient']}: {headline(line)}", 4)
            ui.line(f"What decided it: {_decisive(line['trace'])}", 6)
    else:
        ui.line(f"What decided it: {_decisive(evaluation['trace'])}", 2)
    if whole:
        for line in evaluation["lines"] if differing else evaluation["lines"][:1]:
            _show_path(ui, line, named=differing)
    if evaluation["concerns"]:
        ui.heading("Look again at")
        for item in evaluation["concerns"]:
            ui.bullet(f"{item['words']} {cite(item['citation'])}")
    _show_due(ui, evaluation["obligations"], dict(reversed(due)))
    if whole:
        _show_rules(ui, evaluation)
    _show_packs(ui, evaluation)


def _show_due(ui: Ui, obligations: list[dict[str, Any]], days: dict[str, str]) -> None:
    if obligations:
        ui.heading("What falls due")
    for item in obligations:
        by = item["by"]["words"]
        if item["code"] in days and "date" not in item["by"]:
            day = datetime.date.fromisoformat(days[item["code"]])
            by += f", which is {day:%A} {day.day} {day:%B %Y}"
        ui.bullet(f"{item['words']} By when: {by}. {cite(item['citation'])}")


def _whats(evaluation: dict[str, Any], code: str) -> str:
    named = {
        each["what"]
        for line in evaluation["lines"]
        for each in line["conditions"]
        if each["code"] == code and each["what"]
    }
    return f": {'; '.join(sorted(named))}" if named else ""


def _decisive(trace: list[dict[str, Any]]) -> str:
    step = next(step for step in trace if step["decisive"])
    return f"{step['decided']} {cite(step['citation'])}"


def _show_path(ui: Ui, line: dict[str, Any], *, named: bool) -> None:
    ui.heading("The questions" + (f": item {line['item']} to recipient {line['recipient']}" if named else ""))
    for step in line["trace"]:
        if step["number"] in QUESTIONS and "answer" in step:
            mark = " <- this decided it" if step["decisive"] else ""
            ui.bullet(f"{step['number']}. {QUESTIONS[step['number']]} {step['answer']}.{mark}")
            ui.line(f"{step['decided']} {cite(step['citation'])}", 6)


def _show_rules(ui: Ui, evaluation: dict[str, Any]) -> None:
    ui.heading("Golden rules: whether each is written down, not whether it was kept")
    for rule in evaluation["rules"]:
        # the words of such a rule say already that it is not for a program
        status = "" if rule["status"] == "for_people" else f" {_STATUS[rule['status']].capitalize()}."
        ui.bullet(f"{rule['number']}. {rule['words']}{status}")


def _show_packs(ui: Ui, evaluation: dict[str, Any]) -> None:
    notes = [pack["note"] for pack in evaluation["packs"] if "note" in pack]
    if notes:
        ui.heading("About the guidance used")
        for note in notes:
            ui.bullet(note)
