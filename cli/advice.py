"""An evaluation in words that a tired person can act on: what to do now, what is advised and why, what is missing."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.ui import Ui
from policies.citation import Citation
from policies.codes import ADVICE, CONDITIONS, ROUTES
from policies.golden_rules import STATUSES

if TYPE_CHECKING:
    from policies.retention_classes import RetentionClass

_SENSES = {
    "confidence": "To pass on what was given in confidence",
    "data_protection": "Consent under data protection law",
    "openness": "What they think of it",
}


def cite(citation: Any) -> str:
    """Where a statement comes from, in brackets."""
    if citation["document"].startswith("Defaults of this project"):
        return "(a default of this software, which your organisation may tighten)"
    return f"({Citation.from_json(citation).in_words()})"


def not_verified(citation: Any) -> bool:
    """Whether nobody has compared our words with the source."""
    return bool(citation.get("confidence") == "unverified")


def _unsure(said: Any) -> str:
    return " (not verified)" if not_verified(said["citation"]) else ""


def whose(said: Any) -> str:
    """That an organisation's own pack says something, in words that go before it; empty for law and guidance."""
    return "Your organisation says: " if said.get("from") == "own" else ""


def chosen(said: Any) -> str:
    """That law or guidance says something because an organisation's own pack chose it; empty where nobody did."""
    return "As your organisation chose: " if said.get("from") == "own" else ""


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
    _show_laws(ui, evaluation["laws"])
    _show_readings(ui, evaluation, whole=whole)
    if whole:
        _show_kept(ui, evaluation)
        _show_senses(ui, evaluation["senses"])
        _show_rules(ui, "Golden rules", evaluation["rules"])
        _show_rules(ui, "Caldicott principles", evaluation["principles"])
    _show_packs(ui, evaluation)


def _show_due(ui: Ui, obligations: list[dict[str, Any]], days: dict[str, str]) -> None:
    if obligations:
        ui.heading("What falls due")
    for item in obligations:
        by = item["by"]["words"]
        if item["code"] in days and "date" not in item["by"]:
            day = datetime.date.fromisoformat(days[item["code"]])
            by += f", which is {day:%A} {day.day} {day:%B %Y}"
        ui.bullet(f"{whose(item)}{item['words']} By when: {by}. {cite(item['citation'])}")


def _show_laws(ui: Ui, laws: list[dict[str, Any]]) -> None:
    """What each law that is named holds only with, and what of it nobody has compared with a source."""
    if laws:
        ui.heading("The laws you name")
    for law in laws:
        ui.bullet(f"{law['code']}, {law['name']}: {law['effect']} {cite(law['citation'])}")
        if law["must_be_true"]:
            ui.line(f"Holds only if: {'; '.join(law['must_be_true'])}.", 4)
        if "exception" in law:
            ui.line(f"Gives way where: {law['exception']}", 4)
        if "note" in law:
            ui.line(law["note"], 4)
        if law["unverified"]:
            ui.line(f"Not verified: {'; '.join(part['words'] for part in law['unverified'])}.", 4)


def _whats(evaluation: dict[str, Any], code: str) -> str:
    """What a condition asks for in this document, each thing once, those of law and guidance first."""
    those = [each for line in evaluation["lines"] for each in line["conditions"] if each["code"] == code]
    named = {f"{whose(each)}{each['what']}{_unsure(each)}": bool(whose(each)) for each in those if each["what"]}
    return f": {'; '.join(sorted(named, key=lambda said: (named[said], said)))}" if named else ""


def _decisive(trace: list[dict[str, Any]]) -> str:
    step = next(step for step in trace if step["decisive"])
    return f"{chosen(step)}{step['decided']} {cite(step['citation'])}"


def _show_path(ui: Ui, line: dict[str, Any], *, named: bool) -> None:
    ui.heading("The questions" + (f": item {line['item']} to recipient {line['recipient']}" if named else ""))
    for step in line["trace"]:
        if "answer" in step:
            number = f"{step['number']}. " if step["number"] else ""
            mark = " <- this decided it" if step["decisive"] else ""
            ui.bullet(f"{number}{step['asks']} {step['answer_words'].capitalize()}.{mark}")
            # the last step is the question itself: nothing follows from it
            decided = "" if step["decided"] == step["asks"] else f"{step['decided']} "
            ui.line(f"{decided}{cite(step['citation'])}", 6)


def _show_readings(ui: Ui, evaluation: dict[str, Any], *, whole: bool) -> None:
    """The points on which the guidance disagrees, where it matters: to the advice; if `whole`, to the class named."""
    matters = {"advice", "retention"} if whole and "retention" in evaluation else {"advice"}
    otherwise = [each for each in evaluation["readings"] if not matters.isdisjoint(each.get("would_be", ()))]
    if otherwise:
        ui.heading("Where the guidance disagrees")
    for each in otherwise:
        used, other = each["used"], each["other"]
        whose_choice = ", as your organisation chose" if chosen(each) else ""
        said = f"{used['name']} is used{whose_choice}: {used['words']} {cite(used['citation'])}"
        ui.bullet(f"{each['words'].capitalize()}. {said}")
        ui.line(f"The other side, {other['name']}: {other['words']} {cite(other['citation'])}", 4)
        kept = _class_of(evaluation, each["would_be"].get("retention", ""))
        would_say = f"Keep it so: {kept.words}" if kept else each["would_say"]
        ui.line(f"It would have said: {would_say.rstrip('.')}.", 4)


def _class_of(evaluation: dict[str, Any], code: str) -> "RetentionClass | None":
    """A class of record by its code, of the pack that was used; None where it has no such class."""
    from policies.pack_files import pack_named
    from policies.retention_classes import read_classes

    pack = next(each["id"] for each in evaluation["packs"] if each["id"].startswith("retention/"))
    return read_classes(pack_named(pack)).get(code)


def _show_kept(ui: Ui, evaluation: dict[str, Any]) -> None:
    """How long it is kept, where the document or an organisation's own pack names a class."""
    if "retention" not in evaluation:
        return
    said = evaluation["retention"]
    named = _class_of(evaluation, said["class"])
    ui.heading("How long it is kept")
    if named is None:
        ui.bullet("The class that is named is none that there is. To see them: consent-ledger policy explain")
    else:
        ui.bullet(f"{whose(said)}{named.words} {cite(named.citation.to_json())}")


def _show_senses(ui: Ui, senses: dict[str, dict[str, Any]]) -> None:
    """The three things that are called consent, where somebody was asked for one of them."""
    if all(each["stands"] == "not_asked" for each in senses.values()):
        return
    ui.heading("What was agreed, and what it is good for")
    for code, each in senses.items():
        ui.bullet(f"{_SENSES[code]}: {each['words']}. {each['serves']} {cite(each['citation'])}")


def _show_rules(ui: Ui, title: str, rules: list[dict[str, Any]]) -> None:
    if rules:
        chosen = ", chosen by your organisation" if rules[0].get("from") == "own" else ""
        ui.heading(f"{title}{chosen}: whether each is written down, not whether it was kept")
    for rule in rules:
        status = _written(rule["status"])
        # what is not verified is what the rule asks, not what was found
        unsure = " (The wording of this rule is not verified.)" if not_verified(rule["citation"]) else ""
        ui.bullet(f"{rule['number']}. {rule['words']}{status}{unsure}")
        for test in rule.get("tests", []):
            ui.line(f"{test['number']}. {test['asks']} {test['words']}{_written(test['status'])}", 6)


def _written(status: str) -> str:
    # the words of what is for people say already that it is not for a program
    return "" if status == "for_people" else f" {STATUSES[status].capitalize()}."


def _show_packs(ui: Ui, evaluation: dict[str, Any]) -> None:
    notes = [pack["note"] for pack in evaluation["packs"] if "note" in pack]
    own = [pack["id"] for pack in evaluation["packs"] if pack.get("from") == "own"]
    sides = [f"{each['used']['name']} on {each['words']}" for each in evaluation["readings"] if chosen(each)]
    if notes or own:
        ui.heading("About the guidance used")
    for name in own:
        if name.startswith("own/"):
            ui.bullet(f"Your organisation's own pack is used beside it: {name}.")
        else:
            ui.bullet(f"Your organisation chose {name}.")
    for side in sides:
        ui.bullet(f"Your organisation chose the side of {side}.")
    for note in notes:
        ui.bullet(note)
