"""What the documents ask people to think of beside the advice, where the facts show that it may have been forgotten.

Each is a concern of policies/data/concerns/, whose sentence and source stand there. None changes any advice.
"""

from collections.abc import Callable, Container, Mapping
from typing import Final

from policies.codes import SHARING
from policies.lines import all_answers, all_consents, concerns_a_child, in_danger
from policies.values import Facts, Recipient

_SOCIAL_WORK: Final = frozenset({"social_worker", "social_care_worker"})
_ADULT: Final = 18
# A flowchart that asks this itself says it in its own words.
_SAID_BY: Final = {"nobody_heard": "family_not_involved"}


def _told(facts: Facts) -> list[Recipient]:
    """The recipients with whom something is shared."""
    return [each for each in facts.recipients if (each.decision or facts.decision) in SHARING]


def _police_not_asked(facts: Facts) -> bool:
    if facts.risk.offence != "yes" or facts.advice:
        return False
    told = {each.kind for each in _told(facts)}
    # Others than social workers leave the police to social care, once it is told (10.4).
    return "police" not in told and (facts.author.kind in _SOCIAL_WORK or "social_care" not in told)


def _telling_not_settled(facts: Facts) -> bool:
    telling = facts.informing is not None and facts.informing.status in ("informed", "later")
    return facts.risk.offence == "yes" and telling and not facts.advice


def _referral_not_settled(facts: Facts) -> bool:
    referred = facts.trigger.started_by == "own_concern" and any(each.kind == "social_care" for each in _told(facts))
    return referred and concerns_a_child(facts) and facts.told_plan is None and facts.informing is None


def _onward_not_settled(facts: Facts) -> bool:
    unclear = any(
        each.passing_on.intended == "yes" and each.passing_on.limits_explained != "yes" for each in _told(facts)
    )
    return unclear or any(asked.right_way.checks.onward == "no" for asked, _ in all_answers(facts))


def _taken_for_granted(facts: Facts) -> bool:
    return "known_already" in facts.reason_codes


def _fact_not_checked(facts: Facts) -> bool:
    return any(
        item.nature == "fact" and item.source == "third_party" and item.verified in ("no", "unsure")
        for item in facts.information
    )


def _tried_not_described(facts: Facts) -> bool:
    return not facts.subject.died and any(
        each.status == "unobtainable" and not each.tried for each in all_consents(facts)
    )


def _nobody_heard(facts: Facts) -> bool:
    age, answers = facts.subject.age, all_answers(facts)
    if not facts.decision or facts.urgent or age is None or age >= _ADULT or in_danger(facts):
        return False
    answered = any(consents or asked.consent.answer for asked, consents in answers)
    heard = any(each.view or each.not_asked for each in facts.views)
    recognised = any(asked.identifies.answer != "no" for asked, _ in answers)
    return not answered and not heard and recognised and not facts.subject.died


REMINDERS: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "police_not_asked": _police_not_asked,
    "telling_not_settled": _telling_not_settled,
    "referral_not_settled": _referral_not_settled,
    "onward_not_settled": _onward_not_settled,
    "taken_for_granted": _taken_for_granted,
    "fact_not_checked": _fact_not_checked,
    "tried_not_described": _tried_not_described,
    "nobody_heard": _nobody_heard,
}


def reminders(facts: Facts, said: Container[str] = ()) -> list[str]:
    """The codes of those that apply, in the order of REMINDERS. said: the codes of concerns that were found already."""
    return [code for code, applies in REMINDERS.items() if applies(facts) and _SAID_BY.get(code) not in said]
