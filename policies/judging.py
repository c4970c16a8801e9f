"""From the ways through the flowchart to one judgement: over what is not sure, over people, over lines.

Every way ends the same: that is the advice. All share: the one that needs most. Some share and some do not: ask for
advice, naming the question that would settle it. None shares: the least open. Over people the least open counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from policies.codes import ANSWERS
from policies.consent import STATES
from policies.flowchart import Edge, Flowchart, Way, walk
from policies.lines import OPENNESS, SHARES, Beside, Concern, Line, Outcome, Step, View
from policies.values import Facts, Questions

NOT_ANSWERED: Final = "not_answered"
# What was said to a question on the way: code -> words. To the one about agreement, what the answers come to.
ANSWERED: Final = {
    **ANSWERS,
    NOT_ANSWERED: "not answered yet",
    **STATES,
    "recorded": "recorded",
    "reasons_missing": "reasons not given yet",
}
# A share that stands on more still stands if the thing that was not sure turns out otherwise.
_NEEDS: Final = {
    "anonymised": 0,
    "not_confidential": 1,
    "within_understanding": 2,
    "consent": 3,
    "public_interest": 4,
    "duty": 5,
}
_NODE_OF_FACT: Final = {
    "purpose": "purpose",
    "confidential": "confidential",
    "within_understanding": "confidential",
    "consent": "consent",
    "competent": "consent",
    "conflict": "consent",
    "risk": "consent",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one line comes to for one person. unsure: the open fact that made it seek_advice, else empty."""

    advice: str
    route: str
    way: Way
    edges: tuple[Edge, ...]
    concerns: tuple[str, ...]
    unsure: str = ""


def judge(chart: Flowchart, view: View) -> Judgement:
    """All the ways through for one line and person, as one judgement."""
    ways = walk(chart, view)
    open_ = tuple(dict.fromkeys(fact for way in ways for fact, _ in way.assumed))
    concerns = [f"{fact}_unsure" for fact in open_]
    concerns += [code for way in ways for code in way.concerns]
    sharing = [way for way in ways if way.advice in SHARES]
    unsure = ""
    if sharing and len(sharing) < len(ways):
        unsure = next(fact for fact in open_ if _matters(ways, fact))
        way = min(ways, key=lambda each: OPENNESS[each.advice])
        advice, route = "seek_advice", ""
    elif sharing:
        way = max(sharing, key=lambda each: (_NEEDS[each.route], -OPENNESS[each.advice]))
        advice, route = way.advice, way.route
    else:
        # not answered is not no: where there is no good reason is only feared, what follows from the rest is advised
        feared = [way for way in ways if not view.questions.purpose.answer and ("purpose", "no") in way.assumed]
        way = min([each for each in ways if each not in feared] or ways, key=lambda each: OPENNESS[each.advice])
        advice, route = way.advice, ""
    # Beside the advice stands what any way asks for, so that resolving a doubt never adds a surprise. What follows
    # from not sharing (an approval) does not stand beside asking for advice.
    asking = sharing if unsure else [way, *ways]
    edges = dict.fromkeys(edge for each in asking for edge in each.edges)
    return Judgement(advice, route, way, tuple(edges), tuple(dict.fromkeys(concerns)), unsure)


def _matters(ways: Iterable[Way], fact: str) -> bool:
    """Whether what can come out is different with this fact one way than with it the other way."""
    shares: dict[str, set[bool]] = {"yes": set(), "no": set()}
    for way in ways:
        assumed = dict(way.assumed).get(fact)
        if assumed:
            shares[assumed].add(way.advice in SHARES)
    return shares["yes"] != shares["no"]


def line_of(chart: Flowchart, views: Sequence[View], *, told: bool = True) -> Line:
    """One line from the judgements for each person to whom confidence is owed; the least open one counts.

    told: with the questions on the way and the concerns; without them it is only what it comes to.
    """
    judged = [judge(chart, view) for view in views]
    place = min(range(len(judged)), key=lambda n: OPENNESS[judged[n].advice])
    least, view = judged[place], views[place]
    codes = dict.fromkeys(code for each in judged for code in each.concerns)
    codes.update(dict.fromkeys(_duty_concerns(view)))
    return Line(
        item=view.item_number,
        recipient=view.recipient_number,
        advice=least.advice,
        route=least.route,
        conditions=_conditions(chart, view, judged),
        trace=_trace(chart, view, least) if told else (),
        concerns=tuple(_explained(chart, code, view) for code in codes) if told else (),
        act_now=view.act_now,
        could_act=view.could_act,
        taken_out=any(edge.takes_out for edge in least.way.edges),
        unsure=least.unsure,
        decision=view.recipient.decision,
    )


def _conditions(chart: Flowchart, view: View, judged: list[Judgement]) -> tuple[Beside, ...]:
    """What stands beside the advice of a line, each code once; what one person's judgement asks for, the line does."""
    found: dict[str, Beside] = {}
    for each in judged:
        for edge in each.edges:
            for code in edge.conditions:
                if code not in found:
                    found[code] = Beside(code, _what(code, edge, view), edge.citation)
    asked = view.questions.confidential.answer
    if asked == "unsure" and any("confidential_unsure" in each.concerns for each in judged):
        said = chart.concerns["confidential_unsure"]
        found["ask_the_person"] = Beside("ask_the_person", said.words, said.citation)
    return tuple(found.values())


def concern(chart: Flowchart, code: str) -> Concern:
    """A concern by its code, with its words and source."""
    said = chart.concerns[code]
    return Concern(code, said.words, said.citation)


def _explained(chart: Flowchart, code: str, view: View) -> Concern:
    """A concern, with why the law that is named is none here, or may be none, where that is what it is about."""
    found = concern(chart, code)
    if code in ("not_a_duty", "duty_not_known") and view.duty is not None:
        return Concern(code, f"{found.words} {view.duty.why}", found.citation)
    return found


def _duty_concerns(view: View) -> list[str]:
    """An exception claimed that the law has not; a law that binds only some, where it is not said who they are."""
    if view.duty is None or not view.duty.duty:
        return []
    claimed = view.questions.duty.exception and not view.duty.qualified
    # The organisation and the nation come from the ledger's own settings; people are asked only for the other two.
    unknown = {"author.kind", "recipients.kind"} & set(view.duty.not_checked)
    return [*(["duty_has_no_exception"] if claimed else []), *(["duty_not_checked"] if unknown else [])]


def _what(code: str, edge: Edge, view: View) -> str:
    if code == "limited":
        limited = view.questions.public_interest.limited
        if limited is not None:
            due = f"decide by {limited.decide_by}" if limited.decide_by else ""
            return "; ".join(part for part in (limited.what, limited.to_learn, due) if part) or edge.words
    return edge.words


def _answer(node: str, questions: Questions, way: Way, facts: Facts) -> str:
    """What was said to the question of a node: a code of ANSWERED, empty where nobody is asked."""
    if node == "consent" and way.agreed:
        return way.agreed
    if node == "risk":
        risk = facts.risk
        said = {risk.significant_harm, risk.serious_harm_adult, risk.immediate, risk.offence}
        return next((each for each in ("yes", "unsure", "no") if each in said), NOT_ANSWERED)
    question = getattr(questions, node, None)
    if question is None:
        return ""  # nobody is asked: it follows from other facts
    if node == "right_way" and not question.answer:
        checks = question.checks
        said = {checks.necessary, checks.need_to_know, checks.accurate, checks.secure, checks.onward, checks.informed}
        return next((each for each in ("no", "unsure", "yes") if each in said), NOT_ANSWERED)
    return question.answer or NOT_ANSWERED


def _trace(chart: Flowchart, view: View, found: Judgement) -> tuple[Step, ...]:
    """The questions on the way that counts. Exactly one step is decisive: the one that last made the advice."""
    way = found.way
    pivot = _NODE_OF_FACT[found.unsure] if found.unsure else ""
    last = max(place for place, edge in enumerate(way.edges) if edge.advice)
    steps = []
    for place, edge in enumerate(way.edges):
        node = chart.nodes[edge.from_]
        decided, citation = edge.words, edge.citation
        if edge.from_ == pivot:
            doubt = chart.concerns[f"{found.unsure}_unsure"]
            decided, citation = doubt.words, doubt.citation
        decisive = edge.from_ == pivot if pivot else place == last
        answer = _answer(node.id, view.questions, way, view.facts)
        steps.append(Step(node.id, node.printed, node.words, answer, decided, edge.id, citation, decisive))
        if pivot and decisive:
            break
    end = chart.nodes["record"]
    said = "recorded" if view.facts.reasons else "reasons_missing"
    steps.append(Step(end.id, end.printed, end.words, said, end.words, "record", end.citation))
    return tuple(steps)


def outcome_of(lines: tuple[Line, ...]) -> Outcome:
    """The headline: what all lines agree on, leaving aside those that are taken out; `mixed` where they do not."""
    kept = [line for line in lines if not line.taken_out] or list(lines)
    advice = {line.advice for line in kept}
    routes = {line.route for line in kept}
    codes = dict.fromkeys(condition.code for line in lines for condition in line.conditions)
    return Outcome(
        advice=advice.pop() if len(advice) == 1 else "mixed",
        route=routes.pop() if len(routes) == 1 else "mixed",
        conditions=tuple(codes),
        act_now=any(line.act_now for line in lines),
        lines=lines,
    )
