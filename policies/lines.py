"""A line: one item to one recipient, judged for each person to whom confidence in it is owed (3.8, 4.16).

Questions are answered once; `exceptions[]` answer them differently for some lines. Here a document becomes its lines,
and the words for what comes out of judging one. Nothing here decides anything: policies.flowchart does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, NamedTuple

from policies.bases import DutyAnswer
from policies.citation import Citation
from policies.readings import Readings
from policies.values import Confidential, Consent, Duty, Exemption, Facts, Item, Provider, Questions, Recipient

SHARES: Final = frozenset({"must_share", "should_share", "may_share"})
# From the most closed to the most open: where several judgements meet, the least open one counts.
OPENNESS: Final[Mapping[str, int]] = {
    "do_not_share": 0,
    "seek_consent_first": 1,
    "seek_advice": 2,
    "may_share": 3,
    "should_share": 4,
    "must_share": 5,
}
Answers = tuple[Questions, tuple[Consent, ...]]
_KEPT_UNLESS_AGREED: Final = frozenset({"member_of_public", "family", "other"})
_NO_INFORMANT: Final = frozenset({"subject", "own_observation"})
_NOT_ANSWERED: Final = tuple((each.name, each.default) for each in fields(Questions))
_ABLE_TO_ACT: Final = frozenset({"social_care", "police"})
_PERCEIVED: Final = frozenset({"yes", "unsure"})
_ADULT: Final = 18


class Step(NamedTuple):
    """One question on the way. question: id; printed: its number in 4.1 (0 for the risk asked first); asks: its words.

    answer: what was said, a code of judging.ANSWERED, empty where nobody is asked. decided: what that decided, in
    words. edge: the id of the statement that decided it. decisive: whether it made this advice; one step in each line
    does. A tuple, because a dozen are made for every line and a frozen dataclass takes three times as long.
    """

    question: str
    printed: int
    asks: str
    answer: str
    decided: str
    edge: str
    citation: Citation
    decisive: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """A condition beside the advice. what: of this document, in words; empty where the code says all.

    own: the organisation asks for it itself, beside what the guidance asks for.
    """

    code: str
    what: str
    citation: Citation
    own: bool = False


@dataclass(frozen=True, slots=True)
class Concern:
    """A contradiction or a gap for people to look at; it changes no advice."""

    code: str
    words: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Line:
    """One item to one recipient: exactly one advice, and one route where that advice shares.

    item, recipient: numbers from 1. could_act: the recipient could act to keep somebody safe.
    taken_out: it failed `necessary` or `need to know`, so the rest decides.
    unsure: the question that would settle it, where not being sure made it seek_advice. decision: of this recipient.
    """

    item: int
    recipient: int
    advice: str
    route: str
    conditions: tuple[Beside, ...]
    trace: tuple[Step, ...]
    concerns: tuple[Concern, ...]
    act_now: bool
    could_act: bool = True
    taken_out: bool = False
    unsure: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The headline over all lines. advice: their common one, or `mixed`; route: likewise, empty where none shares.

    conditions: codes of codes.CONDITIONS, each once. act_now: somebody may be in danger (3.18).
    """

    advice: str
    route: str
    conditions: tuple[str, ...]
    act_now: bool
    lines: tuple[Line, ...]

    @property
    def advised(self) -> frozenset[str]:
        """The headline and the advice of every line that is left: a mixed headline hides none of them."""
        return frozenset({self.advice, *(line.advice for line in self.lines if not line.taken_out)})


@dataclass(slots=True)
class View:
    """What a test of the flowchart sees: one line, for one person to whom confidence is owed.

    person: of codes.PEOPLE. first: whether they are the first of the persons of this line (an answer of which
    nobody said whose it is counts for that one). competence_pack: the guidance by which it is judged who answers.
    readings: which side is used on the points where the guidance disagrees. agreements: what the answers come to, by
    what is assumed of them, worked out once for all walks (policies.line_predicates).
    """

    facts: Facts
    questions: Questions
    consents: tuple[Consent, ...]
    item: Item
    recipient: Recipient
    item_number: int
    recipient_number: int
    person: str
    first: bool
    duty: DutyAnswer | None
    act_now: bool
    day: str
    competence_pack: str
    readings: Readings
    agreements: dict[tuple[str | None, ...], Any] = field(default_factory=dict)

    @property
    def could_act(self) -> bool:
        """Whether this recipient could act on a risk; a recipient who is not named yet counts as one who could."""
        recipient = self.recipient
        if recipient.could_act:
            return recipient.could_act != "no"
        return recipient.kind in _ABLE_TO_ACT or not recipient.kind


def in_danger(facts: Facts) -> bool:
    """Whether any of the risks asked first is answered yes (3.18; getting it right, stage 1)."""
    risk = facts.risk
    return "yes" in (risk.significant_harm, risk.serious_harm_adult, risk.immediate, risk.offence)


def child_risk_perceived(facts: Facts) -> bool:
    """Whether a child is in danger or may be. What may happen at any moment may be the danger to an adult."""
    risk = facts.risk
    immediate = risk.immediate if risk.serious_harm_adult not in _PERCEIVED else ""
    return not _PERCEIVED.isdisjoint((risk.significant_harm, risk.offence, immediate))


def concerns_a_child(facts: Facts) -> bool:
    """Whether children's services may have to act: for whom it is about, or for a child in danger because of them."""
    subject = facts.subject
    if subject.unborn or child_risk_perceived(facts):
        return True
    if subject.age is None:
        return facts.risk.serious_harm_adult not in _PERCEIVED
    return subject.age < _ADULT


def overlaid(base: Questions, over: Questions) -> Questions:
    """The answers of an exception put over the others, question by question."""
    changed = {name: new for name, none in _NOT_ANSWERED if (new := getattr(over, name)) != none}
    return replace(base, **changed) if changed else base


def covers(items: tuple[int, ...], recipients: tuple[int, ...], item: int, recipient: int) -> bool:
    """Whether a choice of items and recipients, each empty for all, reaches one line."""
    return (not items or item in items) and (not recipients or recipient in recipients)


def reaching(facts: Facts, item: int, recipient: int) -> tuple[Exemption, ...]:
    """The exceptions that hold for one line, in their order."""
    return tuple(each for each in facts.exceptions if covers(each.items, each.recipients, item, recipient))


def _laid_over(facts: Facts, exceptions: tuple[Exemption, ...]) -> Answers:
    questions, consents = facts.questions, facts.consents
    for exception in exceptions:
        if exception.questions is not None:
            questions = overlaid(questions, exception.questions)
        consents = exception.consents or consents
    return questions, consents


def all_questions(facts: Facts) -> list[tuple[str, Questions]]:
    """The answers of the document and of each exception as they are written, with the path at which they stand."""
    found = [("questions", facts.questions)]
    for place, each in enumerate(facts.exceptions, start=1):
        found.extend([(f"exceptions[{place}].questions", each.questions)] if each.questions else [])
    return found


def all_consents(facts: Facts) -> tuple[Consent, ...]:
    """Every answer to a request for agreement, of the document and of its exceptions."""
    return (*facts.consents, *(each for exception in facts.exceptions for each in exception.consents))


def all_answers(facts: Facts) -> tuple[Answers, ...]:
    """The questions and consents that hold for some line, each pair once and never empty.

    What rules, deadlines and contradictions read: an answer counts alike at the base and in an exception.
    """
    if not facts.exceptions:
        return ((facts.questions, facts.consents),)
    found = dict.fromkeys(
        tuple(n for n, each in enumerate(facts.exceptions) if covers(each.items, each.recipients, item, recipient))
        for item, recipient in line_numbers(facts)
    )
    return tuple(_laid_over(facts, tuple(facts.exceptions[n] for n in numbers)) for numbers in found)


def for_item(questions: Questions, item: Item) -> Questions:
    """Question 3 as the item itself answers it, where it does."""
    if not (item.confidential or item.within_understanding or item.relationship):
        return questions
    asked = questions.confidential
    own = Confidential(
        answer=item.confidential or asked.answer,
        reason=item.confidential_why or asked.reason,
        within_understanding=item.within_understanding or asked.within_understanding,
        relationship=item.relationship or asked.relationship,
    )
    return replace(questions, confidential=own)


def not_to_be_named(provider: Provider) -> bool:
    """Whether who told is kept out of it (12.5): somebody outside unless they agreed, anybody else if they said no."""
    if provider.kind in _NO_INFORMANT or provider.agrees_to_be_named == "yes":
        return False
    return provider.agrees_to_be_named == "no" or provider.kind in _KEPT_UNLESS_AGREED


def owed_to(item: Item) -> tuple[str, ...]:
    """To whom confidence in an item is owed (4.16): who gave it; for records, the people whom it is about.

    What the family gave outside a formal relationship is owed to the giver; else also to those it is about.
    """
    giver = {"subject": "subject", "parent": "parent", "family": "other_person"}.get(item.provider.kind, "")
    about = item.about or ("subject",)
    if giver and item.relationship != "formal":
        return (giver,)
    return tuple(dict.fromkeys((giver, *about))) if giver else tuple(dict.fromkeys(about))


def duty_covers(duty: Duty, item: int, recipient: int) -> bool:
    """Whether a duty reaches this line: `extent_items` and `extent_recipients`, empty for all."""
    return covers(duty.extent_items, duty.extent_recipients, item, recipient)


def line_numbers(facts: Facts) -> list[tuple[int, int]]:
    """Every (item, recipient) of the document, counted from 1, recipient by recipient."""
    everything = tuple(range(1, len(facts.information) + 1))
    return [
        (item, number)
        for number, recipient in enumerate(facts.recipients, start=1)
        for item in recipient.items or everything
    ]


def answers_for(facts: Facts, item: int, recipient: int) -> Answers:
    """The questions and consents that hold for one line, with every exception that names it laid over."""
    questions, consents = _laid_over(facts, reaching(facts, item, recipient))
    return for_item(questions, facts.information[item - 1]), consents
