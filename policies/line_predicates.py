"""The closed set of tests that a flowchart may name. Each looks at one line for one person, and at the walk so far.

A test answers True, False, or the name of an open fact ("purpose"): one that was answered unsure, or not at all where
no other reading is safe. The walk then goes both ways, with that fact assumed yes and assumed no.
"""

from collections.abc import Callable, Mapping
from typing import Final

from policies.codes import HARM_GROUNDS, NORMALLY_JUSTIFIED
from policies.consent import Agreement, agreed
from policies.lines import View, duty_covers, in_danger, not_to_be_named

_UNDER: Final = 13
_ASKED: Final = frozenset({"given", "refused", "withdrawn", "no_reply"})


class Walk:
    """What the walk has come to: the facts assumed, and the advice and route held so far."""

    __slots__ = ("_agreement", "advice", "assumed", "route")

    def __init__(self, assumed: Mapping[str, str], advice: str = "", route: str = "") -> None:
        self.assumed = assumed
        self.advice = advice
        self.route = route
        self._agreement: Agreement | None = None

    def agreement(self, view: View) -> Agreement:
        """What the answers to a request for agreement come to, worked out once for what is assumed of them."""
        if self._agreement is None:
            self._agreement = agreed(view, self.assumed)
        return self._agreement


Test = Callable[[View, Walk], bool | str]


def _settle(answer: str, fact: str, walk: Walk) -> str:
    """yes or no, given or assumed; empty where the fact is open."""
    return answer if answer in ("yes", "no") else walk.assumed.get(fact, "")


def _danger_to_child(view: View, _: Walk) -> bool | str:
    risk = view.facts.risk
    other = risk.immediate == "yes" and risk.serious_harm_adult != "yes"
    return risk.significant_harm == "yes" or risk.offence == "yes" or other


def _danger_to_adult(view: View, _: Walk) -> bool | str:
    return view.facts.risk.serious_harm_adult == "yes"


def _danger_unsure(view: View, _: Walk) -> bool | str:
    risk = view.facts.risk
    return "unsure" in (risk.significant_harm, risk.serious_harm_adult, risk.immediate, risk.offence)


def _danger_or_circumstance(view: View, walk: Walk) -> bool | str:
    if view.act_now or _normally_justified(view, walk) or _crime_enough(view, walk):
        return True
    if _danger_unsure(view, walk):
        return {"yes": True, "no": False}.get(walk.assumed.get("risk", ""), "risk")
    return False


def _binds(view: View) -> bool:
    return view.questions.duty.answer == "yes" and view.duty is not None and view.duty.duty


def _reaches(view: View) -> bool:
    return duty_covers(view.questions.duty, view.item_number, view.recipient_number)


def _duty_excepted(view: View, _: Walk) -> bool | str:
    return view.duty is not None and view.duty.qualified and bool(view.questions.duty.exception)


def _duty_is_not_one(view: View, _: Walk) -> bool | str:
    return view.questions.duty.answer == "yes" and view.duty is not None and not view.duty.duty and view.duty.known


def _duty_left_open(view: View) -> bool:
    return view.questions.duty.answer == "yes" and view.duty is not None and not view.duty.known


def _purpose_no(view: View, walk: Walk) -> bool | str:
    answer = _settle(view.questions.purpose.answer, "purpose", walk)
    return answer == "no" if answer else "purpose"


def _confidential_no(view: View, walk: Walk) -> bool | str:
    answer = _settle(view.questions.confidential.answer, "confidential", walk)
    return answer == "no" if answer else "confidential"


def _only_about_the_dead(view: View, _: Walk) -> bool | str:
    return view.facts.subject.died and set(view.item.about) <= {"subject"}


def _within_understanding(view: View, walk: Walk) -> bool | str:
    said = view.questions.confidential.within_understanding
    if said != "unsure":
        return said == "yes"
    return {"yes": True, "no": False}.get(walk.assumed.get("within_understanding", ""), "within_understanding")


def _agreement_is(*states: str) -> Test:
    def test(view: View, walk: Walk) -> bool | str:
        found = walk.agreement(view)
        return found.open or found.state in states

    return test


def _consent_unsure(view: View, _: Walk) -> bool | str:
    return view.questions.consent.answer == "unsure" and not view.consents


def _refusal_final(view: View, walk: Walk) -> bool | str:
    # which side is used is asked last, and only where it matters: the evaluation tells where the sides differ
    found = walk.agreement(view)
    if found.open:
        return found.open if _refusals_final(view) else False
    if found.state not in ("refused", "withdrawn"):
        return False
    called_for = _danger_or_circumstance(view, walk)
    if called_for is True:
        return False
    return (called_for or True) if _refusals_final(view) else False


def _refusals_final(view: View) -> bool:
    return view.readings.side("refusal") == "girfec"


def _crime_enough(view: View, _: Walk) -> bool | str:
    crime = "crime" in view.questions.public_interest.circumstances
    return crime and view.readings.side("crime") == "girfec"


def _family_involved(view: View, _: Walk) -> bool | str:
    heard = any(each.view or each.not_asked for each in view.facts.views)
    return heard or any(each.status in _ASKED for each in view.consents)


def _interest(answer: str) -> Test:
    return lambda view, _: view.questions.public_interest.answer == answer


def _normally_justified(view: View, _: Walk) -> bool | str:
    return not NORMALLY_JUSTIFIED.isdisjoint(view.questions.public_interest.circumstances)


def _harm_ground(view: View, walk: Walk) -> bool | str:
    asked_not = any(each.not_sought in HARM_GROUNDS for each in view.consents)
    return asked_not or view.act_now or _normally_justified(view, walk)


def _informant_not_agreed(view: View, _: Walk) -> bool | str:
    return view.item.provider.identifiable != "no" and not_to_be_named(view.item.provider)


def _informant_shown(view: View, walk: Walk) -> bool | str:
    return view.item.provider.identifiable == "yes" and _informant_not_agreed(view, walk)


def _not_needed(view: View, _: Walk) -> bool | str:
    checks = view.questions.right_way.checks
    return "no" in (checks.necessary, checks.need_to_know)


def _not_right_yet(view: View, walk: Walk) -> bool | str:
    asked = view.questions.right_way
    checks = asked.checks
    # Answered no as a whole, without saying which check: something has still to be put right.
    unsaid = asked.answer == "no" and not _not_needed(view, walk)
    return unsaid or "no" in (checks.accurate, checks.secure)


def _right_way_unsure(view: View, _: Walk) -> bool | str:
    asked = view.questions.right_way
    checks = asked.checks
    return "unsure" in (asked.answer, checks.necessary, checks.need_to_know, checks.accurate, checks.secure)


def _under_13(view: View, _: Walk) -> bool | str:
    age = view.facts.subject.age
    return age is not None and age < _UNDER


def _not_sharing(view: View, walk: Walk) -> bool | str:
    decision = view.recipient.decision or view.facts.decision
    if decision:
        # told without saying who the child is, nobody can act on it
        return decision in ("no_share", "share_anonymised")
    return walk.advice in ("do_not_share", "seek_consent_first")


PREDICATES: Final[Mapping[str, Test]] = {
    "always": lambda view, walk: True,
    "danger_to_child": _danger_to_child,
    "danger_to_adult": _danger_to_adult,
    "danger_unsure": _danger_unsure,
    "danger_or_circumstance": _danger_or_circumstance,
    "in_danger": lambda view, walk: in_danger(view.facts),
    "duty_binds": lambda view, walk: _binds(view) and _reaches(view),
    "duty_elsewhere": lambda view, walk: (_binds(view) or _duty_left_open(view)) and not _reaches(view),
    "duty_excepted": _duty_excepted,
    "duty_is_not_one": _duty_is_not_one,
    "duty_not_known": lambda view, walk: _duty_left_open(view) and _reaches(view),
    "duty_too_broad": lambda view, walk: view.questions.duty.too_broad == "yes",
    "duty_unnamed": lambda view, walk: view.questions.duty.answer == "yes" and view.duty is None,
    "duty_unsure": lambda view, walk: view.questions.duty.answer == "unsure",
    "family_involved": _family_involved,
    "purpose_no": _purpose_no,
    "purpose_unsure": lambda view, walk: view.questions.purpose.answer == "unsure",
    "identifies_no": lambda view, walk: view.questions.identifies.answer == "no",
    "identifies_unsure": lambda view, walk: view.questions.identifies.answer == "unsure",
    "only_about_the_dead": _only_about_the_dead,
    "confidential_no": _confidential_no,
    "confidential_unsure": lambda view, walk: view.questions.confidential.answer == "unsure",
    "within_understanding": _within_understanding,
    "consent_unsure": _consent_unsure,
    "refusal_final": _refusal_final,
    "agreement_good": _agreement_is("good"),
    "agreement_bad": _agreement_is("bad"),
    "agreement_refused": _agreement_is("refused"),
    "agreement_withdrawn": _agreement_is("withdrawn"),
    "agreement_unobtainable": _agreement_is("unobtainable"),
    "agreement_no_reply": _agreement_is("no_reply"),
    "agreement_ground": _agreement_is("ground"),
    "agreement_conflicted": _agreement_is("conflicted"),
    "agreement_no": _agreement_is("no_agreement"),
    "agreement_parents_differ": _agreement_is("parents_differ"),
    "crime_enough": _crime_enough,
    "interest_yes": _interest("yes"),
    "interest_no": _interest("no"),
    "normally_justified": _normally_justified,
    "limited": lambda view, walk: view.questions.public_interest.limited is not None,
    "harm_ground": _harm_ground,
    "informant_shown": _informant_shown,
    "informant_not_agreed": _informant_not_agreed,
    "by_duty": lambda view, walk: walk.route == "duty",
    "not_needed": _not_needed,
    "not_right_yet": _not_right_yet,
    "right_way_unsure": _right_way_unsure,
    "could_act": lambda view, walk: view.could_act,
    "holding_back": lambda view, walk: walk.advice in ("do_not_share", "seek_consent_first"),
    "under_13": _under_13,
    "sexual_activity": lambda view, walk: view.facts.sexual_activity is True,
    "not_sharing": _not_sharing,
}


def read_test(raw: object, known: Mapping[str, Test]) -> Test | str:
    """A test from a name, or a table with one of `all`, `any` (lists) or `not`; a text says what is wrong.

    An open fact stands between: all is False if one part is, any is True if one part is, before a fact is opened.
    """
    if isinstance(raw, str):
        return known.get(raw, f"the unknown test {raw}")
    if not isinstance(raw, Mapping) or len(raw) != 1:
        return "neither a name nor one of all, any, not"
    ((how, inner),) = raw.items()
    if how == "not":
        part = read_test(inner, known)
        return part if isinstance(part, str) else _negated(part)
    if how not in ("all", "any") or not isinstance(inner, list) or not inner:
        return f"{how} without a list of tests"
    parts = []
    for each in inner:
        part = read_test(each, known)
        if isinstance(part, str):
            return part
        parts.append(part)
    return _joined(tuple(parts), how == "all")


def _negated(part: Test) -> Test:
    def test(view: View, walk: Walk) -> bool | str:
        found = part(view, walk)
        return found if isinstance(found, str) else not found

    return test


def _joined(parts: tuple[Test, ...], every: bool) -> Test:
    def test(view: View, walk: Walk) -> bool | str:
        fact = ""
        for part in parts:
            found = part(view, walk)
            if isinstance(found, str):
                fact = fact or found
            elif found is not every:
                return not every
        return fact or every

    return test
