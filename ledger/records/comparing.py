"""What other guidance makes of the same record: each difference with the statement that makes it.

Pure: two evaluations of the same facts in, their differences out. Proved by tests/ledger/records/test_comparing.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from policies.codes import CONDITIONS
from policies.evaluation import Evaluation
from policies.golden_rules import RuleStatus
from policies.lines import Line, Step
from policies.obligations import By

WHAT: Final = {
    "advice": "the advice, or why it may be shared",
    "condition": "a condition beside the advice",
    "concern": "something to look at again",
    "deadline": "what falls due, and by when",
    "kept": "how long it is kept, where the record does not say",
    "rule": "whether a golden rule or a Caldicott principle is written down",
}
"""What can differ, in the order in which it is told."""
NOTHING: Final = "nothing"
_OPEN: Final = frozenset({"missing", "contradicted"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, the same for every decision that it is made in.

    what: of WHAT. rule: the statement that makes it: kind/pack#id, or #code where it is known by its code alone.
    words: what the statement says here. source: document and paragraph. before, after: codes, or NOTHING.
    """

    what: str
    rule: str
    words: str
    source: str
    before: str
    after: str


def differences(same: Evaluation, other: Evaluation) -> tuple[Difference, ...]:
    """What `other` says otherwise than `same`, each difference once. Both are of the same facts."""
    found = dict.fromkeys(_of_lines(same, other))
    found.update(dict.fromkeys(_of_concerns(same, other)))
    found.update(dict.fromkeys(_of_deadlines(same, other)))
    found.update(dict.fromkeys(_of_keeping(same, other)))
    for kind in ("rules", "caldicott"):
        found.update(dict.fromkeys(_of_rules(same, other, kind)))
    return tuple(found)


def pack_of(evaluation: Evaluation, kind: str) -> str:
    """The name of the pack of this kind that was used; empty where there was none."""
    return next((pack["id"] for pack in evaluation.packs if pack["id"].startswith(f"{kind}/")), "")


def _of_lines(same: Evaluation, other: Evaluation) -> Iterator[Difference]:
    chart = pack_of(other, "flowcharts")
    for before, after in zip(same.lines, other.lines, strict=True):
        if (before.advice, before.route) != (after.advice, after.route):
            step = decisive(after)
            rule, source = f"{chart}#{step.edge}", step.citation.in_words()
            yield Difference("advice", rule, step.decided, source, _advised(before), _advised(after))
        yield from _of_conditions(before, after, same, other)


def decisive(line: Line) -> Step:
    """The step that made the advice of a line."""
    return next(step for step in line.trace if step.decisive)


def _advised(line: Line) -> str:
    return f"{line.advice} ({line.route})" if line.route else line.advice


def _of_conditions(before: Line, after: Line, same: Evaluation, other: Evaluation) -> Iterator[Difference]:
    # what the organisation asks for itself stands beside what the guidance asks for, also where it is the same
    earlier, later = ({(each.code, each.own): each for each in line.conditions} for line in (before, after))
    for key, each in {**earlier, **later}.items():
        if (key in earlier) != (key in later):
            evaluation, code = same if key in earlier else other, each.code
            was, now = (code, NOTHING) if key in earlier else (NOTHING, code)
            rule = f"{pack_of(evaluation, 'own' if each.own else 'flowcharts')}#{code}"
            # what it is about may be words of the record, and those stay there: the code alone is explained
            yield Difference("condition", rule, CONDITIONS[code], each.citation.in_words(), was, now)


def _of_concerns(same: Evaluation, other: Evaluation) -> Iterator[Difference]:
    earlier, later = ({each.code: each for each in side.concerns} for side in (same, other))
    for code, each in {**earlier, **later}.items():
        if (code in earlier) != (code in later):
            evaluation = same if code in earlier else other
            was, now = (code, NOTHING) if code in earlier else (NOTHING, code)
            rule = f"{pack_of(evaluation, 'concerns')}#{code}"
            yield Difference("concern", rule, each.words, each.citation.in_words(), was, now)


def _of_deadlines(same: Evaluation, other: Evaluation) -> Iterator[Difference]:
    earlier, later = ({each.code: each for each in side.obligations} for side in (same, other))
    for code, each in {**earlier, **later}.items():
        was, now = (_by(found[code].by) if code in found else NOTHING for found in (earlier, later))
        if was != now:
            evaluation = other if code in later else same
            rule = f"{pack_of(evaluation, 'own' if each.own else 'timings')}#{code}"
            yield Difference("deadline", rule, each.words, each.citation.in_words(), was, now)


def _of_keeping(same: Evaluation, other: Evaluation) -> Iterator[Difference]:
    """A class that the record names stays; one that an own pack gives where none is named comes and goes with it."""
    was, now = (side.retention.get("class", NOTHING) for side in (same, other))
    if was != now:
        own = pack_of(other, "own") or pack_of(same, "own")
        yield Difference("kept", f"{own}#retention", "A class of retention where none is named", own, was, now)


def _by(by: By) -> str:
    """By when, in words that hold for every decision: a day that a record sets is that record's own."""
    return "on the day that was set" if by.rule == "on_date" else by.in_words()


def _of_rules(same: Evaluation, other: Evaluation, kind: str) -> Iterator[Difference]:
    """Of the same rules, each status that differs; of other rules, what they find missing or contradicted."""
    packs = pack_of(same, kind), pack_of(other, kind)
    earlier, later = (_statuses(side, kind) for side in (same, other))
    if packs[0] == packs[1]:
        for before, after in zip(earlier, later, strict=True):
            if before.status != after.status:
                yield _ruled(packs[1], after, before.status, after.status)
        return
    yield from (_ruled(packs[0], each, each.status, NOTHING) for each in earlier if each.status in _OPEN)
    yield from (_ruled(packs[1], each, NOTHING, each.status) for each in later if each.status in _OPEN)


def _statuses(evaluation: Evaluation, kind: str) -> Sequence[RuleStatus]:
    return evaluation.rules if kind == "rules" else evaluation.principles


def _ruled(pack: str, rule: RuleStatus, before: str, after: str) -> Difference:
    source = rule.citation.in_words()
    return Difference("rule", f"{pack}#{rule.id}", f"{rule.number}. {rule.name}", source, before, after)


def in_order(found: Iterable[Difference]) -> list[Difference]:
    """By what differs, in the order of WHAT; equals as they came."""
    order = {what: place for place, what in enumerate(WHAT)}
    return sorted(found, key=lambda each: order[each.what])
