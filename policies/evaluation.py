"""Where the parts meet: facts and packs in, one evaluation out. It advises; a person decides.

evaluate() has no clock and no state: the same facts and packs give the same evaluation, byte for byte.
tests/property/test_policy_properties.py holds what is true of every one; tests/cases/ plays the paragraphs.
"""

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies import bases, competence
from policies.codes import CONDITIONS, SHARING
from policies.concerns import concerns
from policies.errors import FactsRefused
from policies.flowchart import Flowchart, Said, flowchart_of
from policies.golden_rules import RuleStatus, evaluate_rules
from policies.judging import ANSWERED, line_of, outcome_of
from policies.laws import NamedLaw, laws_told
from policies.lines import Beside, Concern, Line, Outcome, Step, all_questions
from policies.obligations import Obligation, obligations
from policies.otherwise import Judged, Reading, readings_said
from policies.own import Own, class_kept, own_of
from policies.own_deadlines import tightened
from policies.packs import Packs, chosen_by_own
from policies.readings import Readings
from policies.safeguards import laid_over
from policies.senses import Sense, senses
from policies.values import Facts
from policies.views import views_for

DIFFERENCES: Final[Mapping[str, str]] = {
    "not_shared": "It must or should be shared, and that is not what was decided",
    "no_share_in_danger": "It was decided not to share, while somebody may be in danger",
    "shared_against_advice": "It was decided to share, against the advice",
    "agreement_not_asked_first": "It was decided to share without asking for agreement first",
    "advice_not_asked": "It was decided without the advice that is called for",
    "shared_more": "It was decided to share all of it, against a limit",
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the packs say of some facts.

    outcome: headline and lines (advice, route, conditions, act_now). act_now_says: what to do at once, empty where
    nobody is in danger. trace: of the first line that decides. rules, principles (Caldicott), obligations: as their
    modules give them.
    concerns: contradictions and gaps. senses: what stands in each sense of consent. laws: each that the document names.
    readings: each point where the guidance disagrees, with what the other side would have said. retention: `{"class"}`,
    the one that the document names, else the organisation's own (`from`); empty where neither names one. packs:
    `{"id", "digest"}`, `note` where one stands in for another, `from` where the organisation's own pack chose it. What
    that pack adds to conditions and obligations says so itself (`own`).
    """

    outcome: Outcome
    act_now_says: tuple[Said, ...]
    trace: tuple[Step, ...]
    rules: tuple[RuleStatus, ...]
    principles: tuple[RuleStatus, ...]
    obligations: tuple[Obligation, ...]
    concerns: tuple[Concern, ...]
    senses: tuple[Sense, ...]
    laws: tuple[NamedLaw, ...]
    readings: tuple[Reading, ...]
    retention: Mapping[str, str]
    packs: tuple[Mapping[str, str], ...]
    advice_recorded: bool

    @property
    def advice(self) -> str:
        """The common advice of the lines, or `mixed`."""
        return self.outcome.advice

    @property
    def route(self) -> str:
        """The common route, `mixed`, or empty where nothing is to be shared."""
        return self.outcome.route

    @property
    def conditions(self) -> tuple[str, ...]:
        """Codes of codes.CONDITIONS over all lines, each once."""
        return self.outcome.conditions

    @property
    def act_now(self) -> bool:
        """Whether somebody may be in danger: then nothing waits for an answer."""
        return self.outcome.act_now

    @property
    def lines(self) -> tuple[Line, ...]:
        """One for each item and recipient."""
        return self.outcome.lines

    def differs(self, decision: str) -> tuple[str, ...]:
        """How a decision (a code of codes.DECISIONS) differs from the advice: codes of DIFFERENCES, empty if not.

        A recipient's own decision counts before it. Not sharing what may be shared does not differ.
        """
        found: dict[str, None] = {}
        decided = [(line, line.decision or decision) for line in self.lines]
        for line, said in decided:
            found.update(dict.fromkeys(_line_differs(line, said, self.advice_recorded)))
        whole = [line for line, said in decided if said == "share_part"]
        if whole and all(line.advice == "do_not_share" for line in whole):
            found["shared_against_advice"] = None
        if whole and all(line.advice == "seek_consent_first" for line in whole):
            found["agreement_not_asked_first"] = None
        return tuple(code for code in DIFFERENCES if code in found)

    def _whose(self, kind: str) -> dict[str, str]:
        """Whether the organisation chose the pack of that kind, as JSON says it."""
        chosen = any(each["id"].startswith(f"{kind}/") and "from" in each for each in self.packs)
        return {"from": "own"} if chosen else {}

    def _chosen_for(self, item: int, recipient: int) -> bool:
        """Whether what decided a line was chosen by the organisation: the flowchart, or a side that mattered there."""
        mattered = (
            (line.item, line.recipient)
            for each in self.readings
            if each.own and each.would_be is not None
            for line in each.would_be.lines
        )
        return bool(self._whose("flowcharts")) or (item, recipient) in mattered

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        lines = [_line_json(line, own=self._chosen_for(line.item, line.recipient)) for line in self.lines]
        decisive = next(place for place, line in enumerate(self.lines) if line.trace == self.trace)
        return {
            "advice": self.advice,
            **({"route": self.route} if self.route else {}),
            "act_now": self.act_now,
            **({"act_now_says": [_said_json(each) for each in self.act_now_says]} if self.act_now else {}),
            "conditions": list(self.conditions),
            "lines": lines,
            "trace": lines[decisive]["trace"],
            "rules": [{**rule.to_json(), **self._whose("rules")} for rule in self.rules],
            "principles": [{**each.to_json(), **self._whose("caldicott")} for each in self.principles],
            "obligations": [each.to_json() for each in self.obligations],
            "concerns": [_concern_json(each) for each in self.concerns],
            "senses": {each.sense: each.to_json() for each in self.senses},
            "laws": [each.to_json() for each in self.laws],
            "readings": [each.to_json() for each in self.readings],
            **({"retention": dict(self.retention)} if self.retention else {}),
            "packs": [dict(each) for each in self.packs],
        }


def _line_differs(line: Line, decision: str, advice_recorded: bool) -> list[str]:
    if line.taken_out and decision == "share_part":
        return []  # what is left out is the part that is not shared
    shared, found = decision in SHARING, []
    if line.advice in ("must_share", "should_share") and not shared:
        found.append("not_shared")
    if line.act_now and decision == "no_share":
        found.append("no_share_in_danger")
    if line.advice == "do_not_share" and decision in ("share", "share_anonymised"):
        found.append("shared_against_advice")
    if line.advice == "seek_consent_first" and decision in ("share", "share_anonymised"):
        found.append("agreement_not_asked_first")
    # a call to somebody who can keep a person safe waits for no advice (3.18), so making it differs from none
    called = shared and line.act_now and line.could_act and not line.taken_out
    if line.advice == "seek_advice" and decision != "defer" and not advice_recorded and not called:
        found.append("advice_not_asked")
    # what the organisation asks for itself is its own to look after, and no difference from the guidance
    asked = {each.code for each in line.conditions if not each.own}
    if decision == "share" and {"share_less", "limited"} & asked:
        found.append("shared_more")
    return found


def evaluate(
    facts: Facts, packs: Packs, on: datetime.date | None = None, *, shared_recorded: bool = False
) -> Evaluation:
    """What the packs say of these facts.

    on: the day whose law applies, where the facts have no `decided_at`. shared_recorded: an entry says what was sent
    (the last golden rule is missing until then).
    Raises FactsRefused: no day at all; a law that is unknown; a basis not in force that day, or not open to that kind
    of organisation (a duty that is not one here is a concern). Raises PackRefused where a pack is not fit to use.
    """
    day = facts.decided_on or on
    if day is None:
        hint = "The law of that day applies"
        raise FactsRefused.one("decided_at", "the day of the decision", "nothing", hint)
    _refuse_bases(facts, packs, day)
    if facts.competence is not None and facts.competence.pack:
        packs = packs.with_competence(facts.competence.pack)
    chart = flowchart_of(packs.flowchart, packs.concerns)
    readings = Readings(packs, day)
    judged = []
    for views in views_for(facts, packs, day, readings):
        readings.asked.clear()
        judged.append(Judged(line_of(chart, views), views, frozenset(readings.asked)))
    lines = tuple(each.line for each in judged)
    stands = senses(facts, [each.views for each in judged], packs.concerns)
    own = own_of(packs.own) if packs.own else None
    lines = laid_over(lines, facts, own.safeguards, day) if own else lines
    outcome = outcome_of(lines)
    decisive = next(line for line in lines if not line.taken_out or _all_taken_out(lines))
    due = obligations(facts, outcome, packs, day)
    kept = _retention(facts, outcome, packs, own, day)
    return Evaluation(
        outcome=outcome,
        act_now_says=_act_now(chart, facts),
        trace=decisive.trace,
        rules=evaluate_rules(facts, outcome, packs.rules, shared_recorded),
        principles=evaluate_rules(facts, outcome, packs.caldicott, shared_recorded) if packs.caldicott else (),
        obligations=tightened(due, facts, outcome, own.deadlines, day) if own else due,
        concerns=concerns(chart, facts, packs, lines, {each.sense: each.stands for each in stands}, readings, day),
        senses=stands,
        laws=laws_told(facts, packs, day),
        readings=readings_said(facts, packs, readings, chart, judged, kept.get("class", "")),
        retention=kept,
        packs=_pack_refs(packs, day, competence.pack_for(facts, packs)),
        advice_recorded=bool(facts.advice),
    )


def _retention(facts: Facts, outcome: Outcome, packs: Packs, own: Own | None, day: datetime.date) -> dict[str, str]:
    if facts.retention.class_ or own is None:
        return {"class": facts.retention.class_} if facts.retention.class_ else {}
    kept = class_kept(own, facts, outcome, packs.retention, day)
    return {"class": kept, "from": "own"} if kept else {}


def _all_taken_out(lines: tuple[Line, ...]) -> bool:
    """Whether nothing is left once what is not needed is taken out."""
    return all(line.taken_out for line in lines)


def _refuse_bases(facts: Facts, packs: Packs, day: datetime.date) -> None:
    faults = []
    for place, code in enumerate(facts.basis.codes, start=1):
        own = facts.organisation
        fault = bases.check(code, day, own.nation, own.kind, packs=packs.bases, field=f"basis.codes[{place}]")
        faults.extend([fault] if fault else [])
    known = bases.all_bases(packs.bases)
    for path, asked in all_questions(facts):
        if asked.duty.code and asked.duty.code not in known:
            fault = bases.check(asked.duty.code, day, packs=packs.bases, field=f"{path}.duty.code")
            faults.extend([fault] if fault else [])
    if faults:
        raise FactsRefused(faults)


def _act_now(chart: Flowchart, facts: Facts) -> tuple[Said, ...]:
    risk, codes = facts.risk, []
    if risk.significant_harm == "yes" or risk.offence == "yes":
        codes.append("child")
    if risk.serious_harm_adult == "yes":
        codes.append("adult")
    if risk.immediate == "yes":
        codes = [*(codes or ["child"]), "immediate"]
    if "child" in codes:
        codes.append("others")
    return tuple(chart.act_now[code] for code in codes)


@functools.lru_cache(maxsize=64)
def _pack_refs(packs: Packs, day: datetime.date, judged_by: str) -> tuple[Mapping[str, str], ...]:
    refs, chosen = [], chosen_by_own(packs)
    # Nothing stands in for anything that was not gone by: of the two that judge who answers the one for another age, of
    # the two sides on what the guidance disagrees the other, unless it was chosen on some point.
    sides = {packs.readings.id, *(side for _, side in packs.sides)}
    used = {f"competence/{judged_by}", *(f"readings/{side}" for side in sides)}
    for pack, ref in zip(packs.all(), packs.as_refs(), strict=True):
        note = pack.note(day) if pack.kind not in ("competence", "readings") or pack.name in used else ""
        from_own = {"from": "own"} if pack in chosen else {}
        refs.append({**ref, **({"note": note} if note else {}), **from_own})
    return tuple(refs)


def _said_json(said: Said) -> dict[str, Any]:
    return {"code": said.id, "words": said.words, "citation": said.citation.to_json()}


def _concern_json(each: Concern) -> dict[str, Any]:
    return {"code": each.code, "words": each.words, "citation": each.citation.to_json()}


def _beside_json(each: Beside) -> dict[str, Any]:
    return {
        "code": each.code,
        "words": CONDITIONS[each.code],
        "what": each.what,
        "citation": each.citation.to_json(),
        **({"from": "own"} if each.own else {}),
    }


def _step_json(step: Step, *, own: bool) -> dict[str, Any]:
    return {
        "question": step.question,
        "number": step.printed,
        "asks": step.asks,
        **({"answer": step.answer, "answer_words": ANSWERED[step.answer]} if step.answer else {}),
        "decided": step.decided,
        "edge": step.edge,
        "citation": step.citation.to_json(),
        "decisive": step.decisive,
        **({"from": "own"} if own and step.decisive else {}),
    }


def _line_json(line: Line, *, own: bool) -> dict[str, Any]:
    return {
        "item": line.item,
        "recipient": line.recipient,
        "advice": line.advice,
        **({"route": line.route} if line.route else {}),
        "conditions": [_beside_json(each) for each in line.conditions],
        **({"taken_out": True} if line.taken_out else {}),
        **({"unsure": line.unsure} if line.unsure else {}),
        "concerns": [each.code for each in line.concerns],
        "trace": [_step_json(step, own=own) for step in line.trace],
    }
