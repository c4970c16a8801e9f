"""What two parts of a document say of the same thing, and cannot both be so.

Each function names the codes of the concerns; the sentences name both sides, and are data. What nobody can mean at all
is refused before (policies.facts); what somebody might honestly write is shown here, and changes no advice.
tests/policies/test_contradictions.py holds for each the facts that show it and the nearest ones that do not.
"""

from collections.abc import Iterator
from typing import Final

from policies.answers import REFUSALS
from policies.consent import CONFIDENCE
from policies.lines import all_answers, all_consents, all_questions, in_danger, line_numbers, reaching
from policies.values import Consent, Facts

_OF_HARM: Final = frozenset({"evidence_of_harm", "reasonable_cause"})
_CAN_ACT: Final = frozenset({"social_care", "police"})
_PARENTS: Final = frozenset({"mother", "father", "parent"})
_WAITS: Final = frozenset({"soon", "routine"})
_COUNCIL: Final = frozenset({"care_order", "accommodated"})


def contradictions(facts: Facts) -> tuple[str, ...]:
    """The codes of what does not fit together, in a fixed order, each once."""
    found = (
        *_of_danger(facts),
        *_of_questions(facts),
        *_of_consents(facts),
        *_of_reasons(facts),
        *_of_telling(facts),
        *(["exceptions_overlap"] if _overlap(facts) else []),
    )
    return tuple(dict.fromkeys(found))


def _of_danger(facts: Facts) -> Iterator[str]:
    risk = facts.risk
    named = {each for _, asked in all_questions(facts) for each in asked.public_interest.circumstances}
    if risk.significant_harm == "no" and named & _OF_HARM:
        yield "harm_and_no_risk"
    if risk.immediate == "yes" and facts.urgency in _WAITS:
        yield "urgency_differs"
    if risk.immediate == "yes" and risk.significant_harm == risk.serious_harm_adult == risk.offence == "no":
        yield "danger_of_what"
    if in_danger(facts) and any(each.kind in _CAN_ACT and each.could_act == "no" for each in facts.recipients):
        yield "could_act_denied"
    grounds = {each.not_sought for each in all_consents(facts)}
    if risk.significant_harm == "no" and grounds & {"child_harm", "delay"}:
        yield "ground_without_risk"
    if risk.serious_harm_adult == "no" and "adult_harm" in grounds:
        yield "ground_without_risk"


def _of_questions(facts: Facts) -> Iterator[str]:
    for _, asked in all_questions(facts):
        duty, interest = asked.duty, asked.public_interest
        if duty.answer == "no" and (duty.code or duty.reference or duty.exception):
            yield "duty_named_and_denied"
        if interest.answer == "no" and interest.limited is not None:
            yield "limited_yet_no"


def _of_consents(facts: Facts) -> Iterator[str]:
    if any(_answers_differ(asked.consent.answer, consents) for asked, consents in all_answers(facts)):
        yield "agreement_answers_differ"
    parents = {each.parental_responsibility for each in facts.people if each.role in _PARENTS}
    if parents == {"no"} and any(_as_parent(each) for each in all_consents(facts)):
        yield "responsibility_differs"
    homes = {each.resident for each in facts.people if each.role in _PARENTS}
    if homes == {"no"} and any(_as_parent(each) and each.by.resident == "yes" for each in all_consents(facts)):
        yield "home_differs"
    if any(_held_otherwise(each) for each in all_consents(facts)):
        yield "holder_differs"
    day = facts.decided_at[:10]
    if day and facts.competence is not None and facts.competence.assessed_on > day:
        yield "assessed_after_decision"


def _answers_differ(answer: str, consents: tuple[Consent, ...]) -> bool:
    """Whether the question of agreement is answered otherwise than the answers that stand beside it."""
    said = {each.status for each in consents if each.sense == CONFIDENCE}
    return bool(said) and ((answer == "yes" and "given" not in said) or (answer == "no" and said == {"given"}))


def _as_parent(consent: Consent) -> bool:
    return consent.by.capacity == "parental_responsibility" and consent.by.person in ("", "parent")


def _held_otherwise(consent: Consent) -> bool:
    """Whether how responsibility is held does not fit who answered: a council is no parent, a carer no birth parent."""
    by = consent.by
    council = by.person == "parent" and by.holds_by in _COUNCIL
    return council or (by.holds_by == "birth_parent" and by.person not in ("", "parent"))


def _of_reasons(facts: Facts) -> Iterator[str]:
    """A reason given for the decision, and the answer that it needs."""
    answers = all_answers(facts)
    asked = [questions for questions, _ in answers]
    said = {each.status for _, consents in answers for each in consents} | {each.consent.answer for each in asked}
    needed = {
        "no_purpose": {each.purpose.answer for each in asked} != {"yes"},
        "not_strong_enough": {each.public_interest.answer for each in asked} != {"yes"},
        "agreement_refused": not said - {""} or bool(said & {*REFUSALS, "no", "unsure"}),
        "not_necessary": any(
            {each.right_way.checks.necessary, each.right_way.checks.need_to_know} != {"yes"} for each in asked
        ),
    }
    if any(not so for code, so in needed.items() if code in facts.reason_codes):
        yield "reason_differs"


def _of_telling(facts: Facts) -> Iterator[str]:
    status = facts.informing.status if facts.informing else ""
    untold = any(asked.right_way.checks.informed == "no" for asked, _ in all_answers(facts))
    if status == "informed" and untold:
        yield "telling_differs"
    if status == "no" and facts.told_plan is not None and facts.told_plan.what:
        yield "telling_differs"
    if any(each.view and each.not_asked for each in facts.views):
        yield "view_and_not_asked"


def _overlap(facts: Facts) -> bool:
    """Whether two exceptions answer one question differently for the same item and recipient."""
    if len(facts.exceptions) < 2:
        return False
    for item, recipient in line_numbers(facts):
        here = reaching(facts, item, recipient)
        for name in ("purpose", "identifies", "confidential", "consent", "duty", "public_interest"):
            answers = {getattr(each.questions, name).answer for each in here if each.questions is not None}
            if len(answers - {""}) > 1:
                return True
        if len({each.consents for each in here if each.consents}) > 1:
            return True
    return False
