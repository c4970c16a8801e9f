"""What an organisation may ask about one line, and how its own safeguards are laid over what was judged.

The tests are a closed set, made from the lists that documents are written with. A safeguard stands beside the advice
and never changes it. It does not touch what a law requires, nor a call to somebody who could act while somebody is in
danger; where the reason is strong enough without agreement it may leave something out, and holds nothing up.
tests/policies/test_own_pack_properties.py tries every test with every condition.
"""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from policies import codes
from policies.citation import Citation, Period
from policies.conditions import Condition, Predicate
from policies.lines import SHARES, Beside, Line, answers_for
from policies.values import Facts, Item, Questions, Recipient

# Of the conditions of policies.codes, those that an organisation may ask for itself.
OWN_CONDITIONS: Final = ("share_less", "put_right_first")
_SUBJECT: Final = ("subject",)


@dataclass(frozen=True, slots=True)
class LineView:
    """What a test sees: one line with its item, recipient and answers."""

    facts: Facts
    line: Line
    item: Item
    recipient: Recipient
    questions: Questions


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One safeguard. condition: of OWN_CONDITIONS, put beside the advice of each line for which `when` holds."""

    id: str
    words: str
    when: Condition[LineView]
    condition: str
    period: Period
    citation: Citation


Test = tuple[str, Predicate[LineView]]


def _one(words: str, path: str, test: Callable[[LineView], bool]) -> Test:
    return words, Predicate((path,), test)


def _each(
    prefix: str, known: Mapping[str, str], says: str, path: str, has: Callable[[LineView, str], bool]
) -> dict[str, Test]:
    """One test for each code of a list. says: the words, with the code's own in the place of {}."""

    def for_code(code: str) -> Callable[[LineView], bool]:
        return lambda view: has(view, code)

    return {f"{prefix}_{code}": _one(says.format(words), path, for_code(code)) for code, words in known.items()}


def _younger_than(age: int) -> Callable[[LineView], bool]:
    return lambda v: v.facts.subject.age is not None and v.facts.subject.age < age


def _not_settled(view: LineView, check: str) -> bool:
    return getattr(view.questions.right_way.checks, check) not in ("yes", "not_applicable")


def _formal(view: LineView) -> bool:
    return "formal" in (view.item.relationship, view.questions.confidential.relationship)


_ROUTES: Final = {code: words for code, words in codes.ROUTES.items() if code != "duty"}
_CHECKS: Final = "questions.right_way.checks"
_PASSING: Final = "recipients.passing_on"
# Every test with what it asks, in plain words.
TESTS: Final[Mapping[str, Test]] = {
    **_each("about", codes.PEOPLE, "it is about {}", "information.about", lambda v, c: c in (v.item.about or _SUBJECT)),
    **_each("nature", codes.NATURES, "it is {}", "information.nature", lambda v, c: v.item.nature == c),
    **_each("source", codes.SOURCES, "it was {}", "information.source", lambda v, c: v.item.source == c),
    **_each(
        "given_by", codes.PROVIDERS, "it came from {}", "information.provider", lambda v, c: v.item.provider.kind == c
    ),
    **_each("to", codes.RECIPIENT_KINDS, "it goes to: {}", "recipients.kind", lambda v, c: v.recipient.kind == c),
    **_each("by", _ROUTES, "it may be shared because {}", "questions", lambda v, c: v.line.route == c),
    **_each("not_settled", codes.CHECKS, "it is not settled: {}", _CHECKS, _not_settled),
    "special_category": _one(
        "it is about health, belief, origin, sexual life and the like",
        "information.special_category",
        lambda v: v.item.special_category is True,
    ),
    "criminal_offence": _one(
        "it is about crimes, or accusations of crime",
        "information.criminal_offence",
        lambda v: v.item.criminal_offence is True,
    ),
    "formal_relationship": _one("it was given where everything is confidential", "information.relationship", _formal),
    "not_checked": _one("nobody has checked it", "information.verified", lambda v: v.item.verified != "yes"),
    "passed_on": _one(
        "the recipient means to pass it on", _PASSING, lambda v: v.recipient.passing_on.intended == "yes"
    ),
    "limits_not_explained": _one(
        "the limits were not explained to the recipient",
        _PASSING,
        lambda v: v.recipient.passing_on.limits_explained != "yes",
    ),
    "need_not_said": _one(
        "it is not said why the recipient needs it", "recipients.why_needed", lambda v: not v.recipient.why_needed
    ),
    "under_13": _one("the person is under 13", "subject.age", _younger_than(13)),
    "under_16": _one("the person is under 16", "subject.age", _younger_than(16)),
    "under_18": _one("the person is under 18", "subject.age", _younger_than(18)),
    "unborn": _one("the child is not born yet", "subject.unborn", lambda v: v.facts.subject.unborn is True),
    "died": _one("the person has died", "subject.living", lambda v: v.facts.subject.died),
    "sexual_activity": _one(
        "it is about sexual activity of a child", "sexual_activity", lambda v: v.facts.sexual_activity is True
    ),
}
PREDICATES: Final[Mapping[str, Predicate[LineView]]] = {name: test for name, (_, test) in TESTS.items()}


def may_touch(line: Line, condition: str) -> bool:
    """Whether an organisation's own condition may stand beside this line at all.

    Never where nothing is to be shared, where a law requires it, or towards somebody who could act while somebody is in
    danger. What holds up (`put_right_first`) never while somebody is in danger, nor where the reason is strong enough
    without agreement.
    """
    if line.advice not in SHARES or line.route == "duty" or (line.act_now and line.could_act):
        return False
    return condition != "put_right_first" or not (line.act_now or line.route == "public_interest")


def laid_over(
    lines: tuple[Line, ...], facts: Facts, safeguards: tuple[Safeguard, ...], day: datetime.date
) -> tuple[Line, ...]:
    """The lines with the safeguards that hold on that day beside their advice, marked as the organisation's own."""
    here = [each for each in safeguards if each.period.covers(day)]
    return tuple(_with_own(line, facts, here) for line in lines) if here else lines


def _with_own(line: Line, facts: Facts, safeguards: list[Safeguard]) -> Line:
    item, recipient = facts.information[line.item - 1], facts.recipients[line.recipient - 1]
    view = LineView(facts, line, item, recipient, answers_for(facts, line.item, line.recipient)[0])
    added = tuple(
        Beside(each.condition, each.words, each.citation, own=True)
        for each in safeguards
        if may_touch(line, each.condition) and each.when.holds(view)
    )
    return replace(line, conditions=(*line.conditions, *added)) if added else line
