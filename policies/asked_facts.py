"""Which facts a person is asked for, in which words, and when each matters: the tables that policies.asking walks by.

A new test of a flowchart (policies.line_predicates) needs its row in LOOKS_AT: tests/policies/test_asking.py holds that
every test has one. Paths are those of the facts, counted from 1; one item, one recipient and one answer are asked for.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.line_predicates import PREDICATES
from policies.lines import View, not_to_be_named
from policies.values import Provider

STEP: Final = re.compile(r"([a-z_0-9]+)(?:\[([0-9]+)\])?")
_ANSWERED: Final = ("given", "refused", "withdrawn")
_HOLDERS: Final = ("parental_responsibility", "attorney", "deputy")
_DECIDES_FROM: Final = 16


def value_at(mapping: Mapping[str, Any], path: str) -> Any:
    """What stands at a path such as `consents[1].by.capacity` (they count from 1); None where nothing does."""
    found: Any = mapping
    for name, place in STEP.findall(path):
        found = found.get(name) if isinstance(found, Mapping) else None
        if place:
            found = found[int(place) - 1] if isinstance(found, list) and len(found) >= int(place) else None
    return found


def with_answer(mapping: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The same facts with one more, nothing of the mapping changed. A list grows by one at most."""
    ((name, place),) = STEP.findall(path.partition(".")[0])
    rest = path.partition(".")[2]
    changed = dict(mapping)
    if not place:
        changed[name] = with_answer(changed.get(name, {}), rest, value) if rest else value
        return changed
    each = list(changed.get(name, []))
    at = int(place) - 1
    before = each[at] if at < len(each) else {}
    each[at : at + 1] = [with_answer(before, rest, value) if rest else value]
    changed[name] = each
    return changed


@dataclass(frozen=True, slots=True)
class So:
    """What is known so far: as it was said, as rules see it, and what was asked and left open."""

    said: Mapping[str, Any]
    view: View
    passed: Collection[str]

    def get(self, path: str) -> Any:
        """What was said at a path."""
        return value_at(self.said, path)

    def settled(self, path: str) -> bool:
        """Whether it needs no asking."""
        return path in self.passed or self.get(path) is not None

    @property
    def status(self) -> Any:
        """What came of asking for agreement."""
        return self.get("consents[1].status")

    @property
    def answered(self) -> bool:
        """Somebody agreed or refused."""
        return self.status in _ANSWERED

    @property
    def held(self) -> bool:
        """Somebody answered who answers for another."""
        return self.answered and self.get("consents[1].by.capacity") in _HOLDERS

    @property
    def stands(self) -> bool:
        """Agreement was given, and nothing said so far keeps it from holding."""
        if self.status != "given":
            return False
        given = self.view.facts.consents[0]
        told = given.informed
        parts = (told.why, told.who, told.purpose, told.implications, given.freely_given, given.scope.this_use)
        return "no" not in (*parts, given.by.authority)


def _always(_: So) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Look:
    """One fact that a test looks at. only_if: when it matters at all, by what was said before it."""

    path: str
    only_if: Callable[[So], bool] = _always


def _is_said(path: str) -> Callable[[So], bool]:
    return lambda so: so.get(path) is not None


def _not_said(name: str) -> Callable[[So], bool]:
    """Whether the duty that is named depends on a thing that is not said."""
    return lambda so: so.view.duty is not None and name in so.view.duty.not_checked


def _not_safe_from_harm(so: So) -> bool:
    return (so.get("risk.significant_harm"), so.get("risk.serious_harm_adult")) != ("no", "no")


def _answered(so: So) -> bool:
    return so.answered


def _competence_matters(so: So) -> bool:
    age = so.get("subject.age")
    return so.answered and (age is None or age < _DECIDES_FROM or so.held)


def _doubted(so: So) -> bool:
    age = so.get("subject.age")
    return so.get("competence.conclusion") == "not_competent" and age is not None and age >= _DECIDES_FROM


def _held(so: So) -> bool:
    return so.held


def _stands(so: So) -> bool:
    return so.stands


def _implied(so: So) -> bool:
    return so.stands and so.get("consents[1].form") == "implied"


def _somebody_told(so: So) -> bool:
    return not_to_be_named(Provider(so.view.item.provider.kind, agrees_to_be_named="no"))


def _not_to_be_named(so: So) -> bool:
    return not_to_be_named(so.view.item.provider)


RISK: Final = (
    Look("risk.significant_harm"),
    Look("risk.serious_harm_adult"),
    Look("risk.immediate", _not_safe_from_harm),
    Look("risk.offence"),
)
_DUTY: Final = (
    Look("questions.duty.answer"),
    Look("questions.duty.code", lambda so: bool(so.get("questions.duty.answer") == "yes")),
    Look("organisation.kind", _not_said("organisation.kind")),
    Look("author.kind", _not_said("author.kind")),
    Look("recipients[1].kind", _not_said("recipients.kind")),
)
_EXCEPTION: Final = Look("questions.duty.exception", lambda so: so.view.duty is not None and so.view.duty.qualified)
_TOO_BROAD: Final = Look("questions.duty.too_broad", lambda so: so.view.duty is not None and so.view.duty.duty)
_PURPOSE: Final = (Look("questions.purpose.answer"),)
_IDENTIFIES: Final = (Look("questions.identifies.answer"),)
_CONFIDENTIAL: Final = (Look("questions.confidential.answer"),)
_ASKED: Final = (
    Look("consents[1].status"),
    Look("consents[1].not_sought", lambda so: bool(so.status == "not_sought")),
)
_AGREEMENT: Final = (
    *_ASKED,
    Look("consents[1].by.capacity", _answered),
    Look("subject.age", _answered),
    Look("competence.conclusion", _competence_matters),
    Look("competence.doubt", _doubted),
    Look("consents[1].by.authority", _held),
    Look("consents[1].by.conflict_of_interest", _held),
    Look("consents[1].form", _stands),
    Look("consents[1].explained_at_outset", _implied),
    Look("consents[1].informed.why", _stands),
    Look("consents[1].informed.who", _stands),
    Look("consents[1].informed.purpose", _stands),
    Look("consents[1].informed.implications", _stands),
    Look("consents[1].informed.right_to_object", _implied),
    Look("consents[1].freely_given", _stands),
    Look("consents[1].scope.this_use", _stands),
    Look("consents[1].changed_since", _stands),
)
_INTEREST: Final = (Look("questions.public_interest.answer"),)
# A detail of a question has no place where the question itself is left open.
_CIRCUMSTANCES: Final = (
    *_INTEREST,
    Look("questions.public_interest.circumstances", _is_said("questions.public_interest.answer")),
)
_INFORMANT: Final = (
    Look("information[1].provider.kind"),
    Look("information[1].provider.agrees_to_be_named", _somebody_told),
    Look("information[1].provider.identifiable", _not_to_be_named),
)
_CHECKS: Final = "questions.right_way.checks."
_NEEDED: Final = (Look(f"{_CHECKS}necessary"), Look(f"{_CHECKS}need_to_know"))
_SENDING: Final = (Look(f"{_CHECKS}accurate"), Look(f"{_CHECKS}secure"))

# What each test of a flowchart looks at that somebody can answer, in the order in which it is asked.
LOOKS_AT: Final[Mapping[str, tuple[Look, ...]]] = {
    "always": (),
    "danger_to_child": RISK,
    "danger_to_adult": RISK,
    "danger_unsure": RISK,
    "in_danger": RISK,
    "danger_or_circumstance": (*RISK, *_CIRCUMSTANCES),
    "duty_binds": _DUTY,
    "duty_elsewhere": _DUTY,
    "duty_is_not_one": _DUTY,
    "duty_not_known": _DUTY,
    "duty_unnamed": _DUTY,
    "duty_unsure": _DUTY,
    "duty_excepted": (*_DUTY, _EXCEPTION),
    "duty_too_broad": (*_DUTY, _TOO_BROAD),
    "by_duty": (),
    "family_involved": (Look("consents[1].status"),),
    "purpose_no": _PURPOSE,
    "purpose_unsure": _PURPOSE,
    "identifies_no": _IDENTIFIES,
    "identifies_unsure": _IDENTIFIES,
    # that somebody has died is not asked of everybody: where it is so, it is said without being asked
    "only_about_the_dead": (),
    "confidential_no": _CONFIDENTIAL,
    "confidential_unsure": _CONFIDENTIAL,
    "within_understanding": (
        Look("questions.confidential.within_understanding", _is_said("questions.confidential.answer")),
    ),
    "consent_unsure": _AGREEMENT,
    "refusal_final": (*_AGREEMENT, *_CIRCUMSTANCES),
    **{name: _AGREEMENT for name in PREDICATES if name.startswith("agreement_")},
    "crime_enough": _CIRCUMSTANCES,
    "interest_yes": _INTEREST,
    "interest_no": _INTEREST,
    "normally_justified": _CIRCUMSTANCES,
    "harm_ground": (*_ASKED, *_CIRCUMSTANCES),
    "limited": (Look("questions.public_interest.limited"),),
    "informant_shown": _INFORMANT,
    "informant_not_agreed": _INFORMANT,
    "not_needed": _NEEDED,
    "not_right_yet": _SENDING,
    "right_way_unsure": (*_NEEDED, *_SENDING),
    "could_act": (Look("recipients[1].could_act"),),
    "holding_back": (),
    "under_13": (Look("subject.age"),),
    "sexual_activity": (Look("sexual_activity"),),
    "not_sharing": (),
}
# Where the words of the field are no question by themselves.
WORDS: Final[Mapping[str, str]] = {
    "risk.significant_harm": "Is a child, born or unborn, suffering significant harm, or might one?",
    "risk.serious_harm_adult": "Might an adult come to serious harm?",
    "risk.immediate": "Might it happen at any moment?",
    "risk.offence": "Might an offence have been committed against a child?",
    "questions.duty.code": "Which law or order requires it?",
    "questions.duty.exception": "If that applies here, why?",
    "questions.public_interest.circumstances": "Which of these is so?",
    "questions.public_interest.limited": "Is it only enough to be shared to decide what to do next?",
    "organisation.kind": "What kind of organisation is yours?",
    "author.kind": "What is your work?",
    "recipients[1].kind": "What is the recipient?",
    "consents[1].status": "Was the person asked to agree, and what came of it?",
    "consents[1].not_sought": "Why were they not asked?",
    "consents[1].by.capacity": "Whose answer is it?",
    "subject.age": "How old is the child or adult, in whole years?",
    "competence.conclusion": "Does the child or adult understand enough to decide this?",
    "competence.doubt": "Why is it doubted that they can decide this?",
    "consents[1].form": "How did they agree?",
    "consents[1].informed.why": "Did they understand why it needs to be shared?",
    "consents[1].informed.who": "Did they understand who will see it?",
    "consents[1].informed.purpose": "Did they understand what it will be used for?",
    "consents[1].informed.implications": "Did they understand what may follow from sharing it, and from not sharing?",
    "consents[1].informed.right_to_object": "Did they understand that they may say no, or take it back later?",
    "information[1].provider.kind": "Did somebody tell you who may not want to be named, such as a neighbour?",
    "sexual_activity": "Is it about sexual activity of the child?",
    f"{_CHECKS}necessary": "Is it only what is necessary for the purpose?",
    f"{_CHECKS}need_to_know": "Does it go only to people who need to know?",
    f"{_CHECKS}accurate": "Is it checked that it is accurate and up to date, or marked where it is not?",
    f"{_CHECKS}secure": "Is it sent in a secure way?",
}
# Asked as yes or no: what yes and no put there, None for what is left out. Whoever says no has nobody to protect.
PUTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "information[1].provider.kind": {"yes": "member_of_public", "no": "own_observation"},
    "questions.public_interest.limited": {"yes": {}, "no": None},
}
