"""policy ask: the questions one after the other, for thinking and training. Nothing is recorded or kept anywhere.

Questions and everything said on the way are talk (stderr); the evaluation at the end is the answer (stdout).
"""

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
    SideOption,
)
from cli.ui import Ui, tell

if TYPE_CHECKING:
    from policies.asking import Asked
    from policies.evaluation import Evaluation
    from policies.packs import Packs

_HOW = (
    "Answer in words or by the first letter. Enter leaves a question open, ? says why it is asked, < goes back, "
    "Ctrl-D ends with what is known, Ctrl-C leaves. Nothing is recorded: no names are needed."
)
_DIGITS = 3
# "not sure" and "not asked" begin with the same letter
_SOLE = {"y": "yes", "n": "no"}


@dataclass(slots=True)
class Talk:
    """Where the conversation is: what was said, what was left open, and what was already told to do at once."""

    said: dict[str, Any]
    passed: tuple[str, ...] = ()
    before: list[tuple[dict[str, Any], tuple[str, ...]]] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    node: str = ""

    def keep(self, said: dict[str, Any], passed: tuple[str, ...]) -> None:
        """One question further."""
        self.before.append((self.said, self.passed))
        self.said, self.passed = said, passed

    def back(self) -> bool:
        """One question back; false at the first."""
        if not self.before:
            return False
        self.said, self.passed = self.before.pop()
        self.node = ""
        return True


def ask(
    context: typer.Context,
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
    """Only what the answers so far make necessary is asked, the risk first. The advice comes at the end."""
    from cli.advice import show_evaluation

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    day = law_day(context.obj, on)
    packs = packs_chosen(context.obj, nation, day, named(chart, rules, competence, side), own)
    ui.talk(_HOW)
    talk = Talk({"organisation": {"nation": nation}})
    with policy_refusals(), _told_again(ui, talk):
        while _one_question(ui, talk, packs, day):
            pass
        found = _judged(talk.said, packs, day).to_json()

    def words() -> None:
        show_evaluation(ui, found, whole=True)
        ui.line()
        ui.line("Nothing was recorded. To record a decision: consent-ledger record --template")

    ui.answer(found, words)
    return DONE


@contextmanager
def _told_again(ui: Ui, talk: Talk) -> Iterator[None]:
    """Whoever leaves in the middle is told once more what is to be done at once."""
    try:
        yield
    except KeyboardInterrupt:
        if talk.told:
            tell(ui.world, "\n")
            ui.talk(f"ACT NOW all the same: {' '.join(talk.told.values())}")
        raise


def _judged(said: Mapping[str, Any], packs: "Packs", day: datetime.date) -> "Evaluation":
    from policies import evaluate, parse_facts

    return evaluate(parse_facts(said), packs, day)


def _one_question(ui: Ui, talk: Talk, packs: "Packs", day: datetime.date) -> bool:
    """Ask the next question until it is answered or left; false where there is none, or nobody answers any more."""
    from policies.asked_facts import with_answer
    from policies.asking import next_question
    from policies.errors import FactsRefused

    asked = next_question(talk.said, packs, day, talk.passed)
    if asked is None:
        return False
    _show(ui, talk, asked)
    while True:
        tell(ui.world, "> ")
        line = ui.world.stdin.readline()
        if not (line.endswith("\n") and ui.world.stdin.isatty()):
            tell(ui.world, "\n")
        if not line:
            ui.talk("The rest is left open.")
            return False
        typed = line.strip()
        if typed == "<":
            ui.talk("Back." if talk.back() else "This is the first question.")
            return True
        if typed == "?":
            _say_why(ui, asked, packs, day)
            continue
        value = None if not typed else _read(asked, typed)
        if value is None and typed:
            ui.talk(_expected(asked))
            continue
        puts = asked.puts.get(value, value) if isinstance(value, str) else value
        if puts is None:
            talk.keep(talk.said, (*talk.passed, asked.path))
            return True
        said = with_answer(talk.said, asked.path, puts)
        try:
            evaluation = _judged(said, packs, day)
        except FactsRefused as refused:
            for fault in refused.faults:
                ui.talk(f"Expected {fault.expected}, got {fault.got}. {fault.hint}".rstrip())
            continue
        talk.keep(said, talk.passed)
        _act_now(ui, talk, evaluation)
        return True


def _show(ui: Ui, talk: Talk, asked: "Asked") -> None:
    """The question: under its printed number where a new one begins, with its choices where it has some."""
    if asked.node != talk.node:
        talk.node = asked.node
        tell(ui.world, "\n")
        number = f"{asked.number}. " if asked.number else ""
        ui.talk(f"{number}{asked.title}")
    if asked.words != asked.title:
        ui.talk(asked.words, 3)
    _show_choices(ui, asked)


def _show_choices(ui: Ui, asked: "Asked") -> None:
    if list(asked.choices)[:2] == ["yes", "no"]:
        ui.talk(" / ".join(asked.choices.values()), 3)
        return
    for number, (code, words) in enumerate(asked.choices.items(), start=1):
        shown = f"{code}: {words}" if asked.path.endswith(".code") else words
        ui.talk(f"{number}. {shown}", 5, hang=3)
    if asked.kind == "several":
        ui.talk("Numbers with commas between; Enter for none of them.", 3)
    elif asked.kind == "whole":
        ui.talk("A whole number; Enter if it is not known.", 3)
    elif asked.kind == "words":
        ui.talk("In a few words; Enter if it does not apply.", 3)


def _expected(asked: "Asked") -> str:
    if asked.kind == "whole":
        return "A whole number, such as 9, or Enter to leave it open."
    if asked.kind == "several":
        return f"Numbers from 1 to {len(asked.choices)} with commas between, or Enter for none."
    if list(asked.choices)[:2] == ["yes", "no"]:
        return f"One of {', '.join(asked.choices.values())}; Enter leaves it open, ? says why it is asked."
    return f"A number from 1 to {len(asked.choices)}, or the first letters of one; Enter leaves it open."


def _read(asked: "Asked", typed: str) -> Any:
    """What was typed as an answer; None where it is none."""
    if asked.kind == "words":
        return typed
    if asked.kind == "whole":
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS else None
    if asked.kind == "several":
        found = [_choice(asked.choices, each.strip()) for each in typed.split(",")]
        return None if None in found else list(dict.fromkeys(found))
    return _choice(asked.choices, typed)


def _choice(choices: Mapping[str, str], typed: str) -> str | None:
    """The one choice that a number, a code or the beginning of one or of its words names."""
    if typed.isascii() and typed.isdigit():
        return list(choices)[int(typed) - 1] if len(typed) <= _DIGITS and 1 <= int(typed) <= len(choices) else None
    wanted = typed.lower()
    sole = _SOLE.get(wanted)
    if sole in choices:
        return sole
    for exact in (True, False):
        for names in ({code: code for code in choices}, choices):
            said = {code: name.lower().replace("_", " ") for code, name in names.items()}
            plain = wanted.replace("_", " ")
            found = [code for code, name in said.items() if (name == plain if exact else name.startswith(plain))]
            if len(found) == 1:
                return found[0]
    return None


def _say_why(ui: Ui, asked: "Asked", packs: "Packs", day: datetime.date) -> None:
    from policies.explaining import explain

    (question,) = explain(f"question:{asked.node}", packs, day)
    ui.talk(f"Because what is advised depends on it. {question.words}", 3)
    for lead in question.leads:
        ui.talk(f"- {lead.answer or 'so'}: {lead.words}", 5, hang=2)
    ui.talk(f"Where it comes from: {asked.cite or asked.citation.in_words()}.", 3)
    ui.talk(f"More: consent-ledger policy explain {asked.node}", 3)


def _act_now(ui: Ui, talk: Talk, evaluation: "Evaluation") -> None:
    """What to do at once, the moment it is known, and once."""
    new = [said for said in evaluation.act_now_says if said.id not in talk.told]
    talk.told = {said.id: said.words for said in evaluation.act_now_says}
    if new:
        tell(ui.world, "\n")
        ui.talk("ACT NOW")
        for said in new:
            ui.talk(f"- {said.words} ({said.citation.in_words()})", 2, hang=2)
        talk.node = ""  # the question that comes now is shown under its heading again


def add_to(group: typer.Typer) -> None:
    """Register this command with the group of the policy module."""
    group.command("ask", help="The questions one by one, and the advice at the end. Nothing is recorded.")(ask)
