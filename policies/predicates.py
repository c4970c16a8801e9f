"""The closed set of questions that rules and deadlines may ask of a decision, by name.

Data under policies/data/ names them; nothing else can be asked. Each looks at what was recorded, not at whether it was
right: that is for people. Questions and consents count alike at the base and in an exception, and the paths named here
mean both. tests/policies/test_predicates.py shows each of them both true and false.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policies.codes import HARM_GROUNDS, SHARING
from policies.conditions import Predicate
from policies.consent import CONFIDENCE
from policies.lines import (
    Answers,
    Outcome,
    all_answers,
    child_risk_perceived,
    concerns_a_child,
    in_danger,
    not_to_be_named,
)
from policies.reliance import grounds
from policies.values import Consent, Facts, Question, Questions, Recipient

_CHECKS: Final = "questions.right_way.checks"


@dataclass(frozen=True)
class View:
    """What a predicate sees. shared_recorded: an entry says what was sent. telling_due: the day to tell has come."""

    facts: Facts
    outcome: Outcome
    shared_recorded: bool = False
    telling_due: bool = False

    @functools.cached_property
    def answers(self) -> tuple[Answers, ...]:
        """The questions and consents that hold for some line: at the base or in an exception is the same."""
        return all_answers(self.facts)

    @property
    def asked(self) -> list[Questions]:
        """The questions of `answers`."""
        return [asked for asked, _ in self.answers]

    @property
    def consents(self) -> list[Consent]:
        """Every answer to a request for agreement that counts for some line."""
        return [each for _, consents in self.answers for each in consents]


def decision_for(view: View, recipient: Recipient) -> str:
    """What was decided for one recipient: its own decision, or the headline's."""
    return recipient.decision or view.facts.decision


def _sharing_with(view: View) -> list[Recipient]:
    return [each for each in view.facts.recipients if decision_for(view, each) in SHARING]


def _decided(view: View, decision: str) -> bool:
    return any(decision_for(view, each) == decision for each in view.facts.recipients)


def _nothing_shared(view: View) -> bool:
    return bool(view.facts.decision) and not _sharing_with(view)


def _anonymised(view: View) -> bool:
    shared = {decision_for(view, each) for each in _sharing_with(view)}
    return shared == {"share_anonymised"} or view.outcome.route == "anonymised"


def _could_act(recipient: Recipient) -> bool:
    return recipient.could_act == "yes" or (recipient.could_act == "" and recipient.kind in ("social_care", "police"))


def _questions(asked: Questions) -> tuple[Question, ...]:
    return (
        asked.purpose,
        asked.identifies,
        asked.confidential,
        asked.consent,
        asked.duty,
        asked.public_interest,
        asked.right_way,
    )


def _in_doubt(view: View) -> bool:
    facts = view.facts
    answers = {each.answer for questions in view.asked for each in _questions(questions)}
    answers |= {each.confidential for each in facts.information}
    answers |= {facts.risk.significant_harm, facts.risk.serious_harm_adult, facts.risk.immediate, facts.risk.offence}
    concluded = facts.competence.conclusion if facts.competence else ""
    return "unsure" in answers or concluded == "unsure"


def _both_sides(asked: Questions) -> bool:
    return bool(asked.public_interest.if_shared and asked.public_interest.if_not_shared)


def _weighed(view: View) -> bool:
    return bool(view.facts.safety_and_wellbeing) or any(_both_sides(each) for each in view.asked)


def _agreed(view: View) -> bool:
    # Consent under data protection law, or somebody's view, is not agreement that it is passed on.
    given = any(each.status == "given" and each.sense == CONFIDENCE for each in view.consents)
    return given or any(each.consent.answer == "yes" for each in view.asked)


def _agreement_answered(view: View) -> bool:
    return bool(view.consents) or any(each.consent.answer for each in view.asked)


def _agreed_informed(view: View) -> bool:
    return any(
        each.status == "given"
        and {each.informed.why, each.informed.who, each.informed.purpose, each.informed.implications} == {"yes"}
        for each in view.consents
    )


def _interest_enough(view: View) -> bool:
    return any(each.public_interest.answer == "yes" for each in view.asked)


def _check_answers(view: View, name: str) -> list[str]:
    """One check for each line: an exception that answers another leaves this one as the document has it."""
    base = view.facts.questions.right_way.checks
    return [getattr(each.right_way.checks, name) or getattr(base, name) for each in view.asked]


def _check_met(name: str) -> Predicate[View]:
    """Answered for every line, and for none with no or unsure."""
    return Predicate(
        (f"{_CHECKS}.{name}",),
        lambda view: all(each in ("yes", "not_applicable") for each in _check_answers(view, name)),
    )


def _check_doubted(name: str) -> Predicate[View]:
    return Predicate((f"{_CHECKS}.{name}",), lambda view: bool({"no", "unsure"} & set(_check_answers(view, name))))


def _informant_shown(view: View) -> bool:
    return any(
        each.provider.identifiable == "yes" and not_to_be_named(each.provider) for each in view.facts.information
    )


def _telling(view: View, *statuses: str) -> bool:
    return view.facts.informing is not None and view.facts.informing.status in statuses


def _telling_reason(view: View) -> str:
    return view.facts.informing.reason if view.facts.informing else ""


def _harm_ground(view: View) -> bool:
    return _telling_reason(view) in HARM_GROUNDS


def _purpose_given(view: View) -> bool:
    return bool(view.facts.purpose) or any(each.purpose.reason for each in view.asked)


_DECISION = ("decision", "recipients.decision")
PREDICATES: Final[Mapping[str, Predicate[View]]] = {
    "some_not_shared": Predicate(_DECISION, lambda v: _decided(v, "no_share")),
    "something_shared": Predicate(_DECISION, lambda v: bool(_sharing_with(v))),
    "nothing_shared": Predicate(_DECISION, _nothing_shared),
    "deferred": Predicate(_DECISION, lambda v: _decided(v, "defer")),
    "anonymised": Predicate(("decision", "questions.identifies"), _anonymised),
    "reasons_given": Predicate(("reasons",), lambda v: bool(v.facts.reasons)),
    "only_data_protection": Predicate(("reason_codes",), lambda v: set(v.facts.reason_codes) == {"data_protection"}),
    "purpose_given": Predicate(("purpose", "questions.purpose.reason"), _purpose_given),
    "urgent_record": Predicate(("urgent",), lambda v: v.facts.urgent is True),
    "hurry": Predicate(
        ("urgency", "urgent"),
        lambda v: v.outcome.act_now or v.facts.urgent is True or v.facts.urgency in ("now", "today"),
    ),
    "act_now": Predicate(("risk",), lambda v: v.outcome.act_now),
    "risk_named": Predicate(("risk",), lambda v: in_danger(v.facts)),
    "weighed_in_words": Predicate(
        ("safety_and_wellbeing", "questions.public_interest.if_shared", "questions.public_interest.if_not_shared"),
        _weighed,
    ),
    "in_doubt": Predicate(("questions", "information.confidential", "risk", "competence.conclusion"), _in_doubt),
    "told_to_ask": Predicate(("questions",), lambda v: "seek_advice" in v.outcome.advised),
    "advice_recorded": Predicate(("advice",), lambda v: bool(v.facts.advice)),
    "agreed": Predicate(("consents", "questions.consent.answer"), _agreed),
    "agreement_answered": Predicate(("consents", "questions.consent.answer"), _agreement_answered),
    "agreed_informed": Predicate(("consents",), _agreed_informed),
    "asking_unsafe": Predicate(
        ("consents.not_sought",), lambda v: any(each.not_sought in HARM_GROUNDS for each in v.consents)
    ),
    "interest_enough": Predicate(("questions.public_interest.answer",), _interest_enough),
    "child_risk_perceived": Predicate(("risk",), lambda v: child_risk_perceived(v.facts)),
    "necessity_given": Predicate(("necessity",), lambda v: bool(v.facts.necessity)),
    "proportion_written": Predicate(
        ("questions.public_interest.proportionate",),
        lambda v: any(each.public_interest.proportionate for each in v.asked),
    ),
    "protected": Predicate(("protect",), lambda v: bool(v.facts.protect)),
    "informant_shown": Predicate(("information.provider",), _informant_shown),
    "named_for_advice": Predicate(
        ("advice.named_the_person",), lambda v: any(each.named_the_person == "yes" for each in v.facts.advice)
    ),
    "duty_named": Predicate(
        ("questions.duty",), lambda v: any(each.duty.answer == "yes" and each.duty.code for each in v.asked)
    ),
    # A law that serves only where somebody agreed is no ground where nobody did.
    "law_named": Predicate(("basis.codes", "consents"), lambda v: bool(grounds(v.facts, v.outcome.lines))),
    "told": Predicate(("informing",), lambda v: _telling(v, "informed")),
    "told_later": Predicate(("informing",), lambda v: _telling(v, "later")),
    "not_told": Predicate(("informing",), lambda v: _telling(v, "later", "no")),
    "telling_is_due": Predicate(("informing.when",), lambda v: v.telling_due),
    "telling_unsafe": Predicate(("informing.reason",), _harm_ground),
    "telling_reason_given": Predicate(("informing.reason",), lambda v: bool(_telling_reason(v))),
    "telling_day_given": Predicate(
        ("informing.when",), lambda v: v.facts.informing is not None and bool(v.facts.informing.when)
    ),
    "necessary_met": _check_met("necessary"),
    "necessary_doubted": _check_doubted("necessary"),
    "need_to_know_met": _check_met("need_to_know"),
    "need_to_know_doubted": _check_doubted("need_to_know"),
    "accurate_met": _check_met("accurate"),
    "accurate_doubted": _check_doubted("accurate"),
    "secure_met": _check_met("secure"),
    "secure_doubted": _check_doubted("secure"),
    "what_was_sent_recorded": Predicate(("shared_recorded",), lambda v: v.shared_recorded),
    "told_somebody_who_can_act": Predicate(
        (*_DECISION, "recipients.could_act"), lambda v: any(_could_act(each) for each in _sharing_with(v))
    ),
    "referral": Predicate(
        ("recipients.kind", "trigger.started_by", "risk", "subject.age", "subject.unborn"),
        lambda v: (
            v.facts.trigger.started_by == "own_concern"
            and any(each.kind == "social_care" for each in _sharing_with(v))
            and concerns_a_child(v.facts)
        ),
    ),
    "by_telephone": Predicate(("trigger.by_telephone",), lambda v: v.facts.trigger.by_telephone == "yes"),
    "approval_awaited": Predicate(
        ("sexual_activity", "subject.age"), lambda v: "awaiting_approval" in v.outcome.conditions
    ),
    "legal_advice_needed": Predicate(("questions.duty",), lambda v: "legal_advice" in v.outcome.conditions),
    "return_day_given": Predicate(
        ("questions.duty.return_on",), lambda v: any(each.duty.return_on for each in v.asked)
    ),
}
