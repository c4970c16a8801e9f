"""What the recorded answers to a request for agreement come to, for one line and one person (4.12-4.22).

agreement() settles whose answer counts, whether it covers this line, and whether it holds; it releases confidence and
nothing else. Where a fact is unsure it names that fact, and the walk goes on with it assumed each way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policies import competence
from policies.codes import HARM_GROUNDS
from policies.lines import View
from policies.values import Consent

STATES: Final[Mapping[str, str]] = {
    "good": "agreed",
    "bad": "agreed, but that does not hold here",
    "refused": "refused",
    "withdrawn": "taken back",
    "unobtainable": "could not be asked",
    "no_reply": "did not answer",
    "ground": "not asked, because asking would do harm",
    "conflicted": "the one who answered may have another interest",
    "no_agreement": "no",
    "not_asked": "not asked",
    "parents_differ": "the parents differ",
}
_HOLDERS: Final = frozenset({"parental_responsibility", "attorney", "deputy"})
_REFUSALS: Final = frozenset({"refused", "withdrawn"})
_ADULT: Final = 18


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the answers come to. state: of STATES. concerns: codes. open: the fact that is not sure and must be
    assumed first (`consent`, `competent`, `conflict`), and then state says nothing yet."""

    state: str
    concerns: tuple[str, ...] = ()
    open: str = ""


def agreement(view: View, assumed: Mapping[str, str]) -> Agreement:
    """What stands for this person and line, with what is assumed about facts that are unsure."""
    if not view.consents:
        return _bare(view.questions.consent.answer, assumed)
    if view.person != "subject":
        mine = [each for each in view.consents if _theirs(view, each)]
        return _settled(view, mine, assumed)
    own = [each for each in view.consents if _own(view, each)]
    holders = [each for each in view.consents if each.by.capacity in _HOLDERS]
    decides = competence.whose(view.facts, view.competence_pack, bool(own), bool(holders))
    who = decides.answer or {"yes": competence.OWN, "no": competence.HOLDER}.get(assumed.get("competent", ""), "")
    if not who:
        return Agreement("", decides.concerns, "competent")
    if who == competence.OWN:
        found = _settled(view, own, assumed)
        beside = ("parent_disagrees",) if _disagree(own, holders) else ()
    else:
        found = _held(view, holders, assumed)
        beside = ("child_answer_is_a_view",) if own else ()
    return Agreement(found.state, (*decides.concerns, *beside, *found.concerns), found.open)


def _bare(answer: str, assumed: Mapping[str, str]) -> Agreement:
    """Question 4 answered without saying by whom or how."""
    answer = assumed.get("consent", answer) if answer == "unsure" else answer
    if answer == "unsure":
        return Agreement("", (), "consent")
    if answer == "yes":
        return Agreement("good", ("agreement_not_described",))
    return Agreement("no_agreement", ("not_said_whether_asked",)) if answer == "no" else Agreement("not_asked")


def _own(view: View, consent: Consent) -> bool:
    by = consent.by
    if by.capacity in _HOLDERS:
        return False
    return by.person == "subject" or (not by.person and (by.capacity == "self" or view.first))


def _theirs(view: View, consent: Consent) -> bool:
    """An answer of somebody who is not the subject, about themselves; a parent answers for themselves too."""
    by = consent.by
    person = by.person or ("parent" if by.capacity == "parental_responsibility" else "")
    return person == view.person or (not person and not by.capacity and view.first)


def _covers(view: View, consent: Consent) -> bool:
    scope = consent.scope
    return (
        scope.this_use != "no"
        and (not scope.items or view.item_number in scope.items)
        and (not scope.recipients or view.recipient_number in scope.recipients)
    )


def _disagree(own: list[Consent], holders: list[Consent]) -> bool:
    said = {each.status in _REFUSALS for each in own}
    return any((each.status in _REFUSALS) not in said for each in holders) and bool(said)


def _holds(view: View, consent: Consent, assumed: Mapping[str, str]) -> Agreement:
    """Whether one agreement that was given holds: informed 4.13, free 4.15, not ended, with authority 4.16."""
    told = consent.informed
    answers = (told.why, told.who, told.purpose, told.implications, told.right_to_object, consent.freely_given)
    held = (*answers, consent.by.authority) if consent.by.capacity in _HOLDERS else answers
    concerns = []
    if consent.form == "implied" and consent.explained_at_outset != "yes":
        concerns.append("implied_not_explained")
    if consent.expires_at and view.day and consent.expires_at < view.day:
        return Agreement("bad", (*concerns, "agreement_ended"))
    if "no" in held[:5]:
        return Agreement("bad", (*concerns, "not_informed"))
    if consent.freely_given == "no":
        return Agreement("bad", (*concerns, "not_free"))
    if "no" in held:
        return Agreement("bad", (*concerns, "no_authority"))
    if "unsure" in held or consent.scope.this_use == "unsure":
        if "consent" not in assumed:
            return Agreement("", tuple(concerns), "consent")
        if assumed["consent"] == "no":
            return Agreement("bad", (*concerns, "agreement_unsure"))
        concerns.append("agreement_unsure")
    # The right to object is the glossary's word on implied consent alone; 4.13 asks the other four of every consent.
    needed = held if consent.form == "implied" else (*held[:4], *held[5:])
    if "" in needed:
        concerns.append("agreement_not_described")
    return Agreement("good", tuple(concerns))


def _settled(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The answers of one person: the latest where days are given, else a refusal before an agreement."""
    here = [each for each in answers if _covers(view, each)]
    decisive = [each for each in here if each.status == "given" or each.status in _REFUSALS]
    if decisive:
        last = max(decisive, key=lambda each: (each.obtained_at, each.status in _REFUSALS))
        if not last.obtained_at or any(not each.obtained_at for each in decisive):
            last = max(decisive, key=lambda each: each.status in _REFUSALS)
        return _holds(view, last, assumed) if last.status == "given" else Agreement(last.status)
    if any(each.status == "given" for each in answers):
        return Agreement("bad", ("outside_what_was_agreed",))
    return _not_answered(here)


def _not_answered(answers: list[Consent]) -> Agreement:
    """Nobody agreed or refused: why that is (4.15, 4.22)."""
    if any(each.status == "not_sought" and each.not_sought in HARM_GROUNDS for each in answers):
        return Agreement("ground")
    for status in ("unobtainable", "no_reply"):
        if any(each.status == status for each in answers):
            return Agreement(status)
    return Agreement("not_asked")


def _held(view: View, holders: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The answers of those who may answer for the person: one agreement is enough (4.20), with its two exceptions."""
    age = view.facts.subject.age
    grown = age is not None and age >= _ADULT
    standing = [each for each in holders if not (grown and each.by.capacity == "parental_responsibility")]
    standing = [each for each in standing if each.by.authority != "no" or each.status == "given"]
    if any(each.by.conflict_of_interest == "unsure" for each in standing) and "conflict" not in assumed:
        return Agreement("", ("conflict_of_interest",), "conflict")
    free = [each for each in standing if not _conflicted(each, assumed)]
    able = [each for each in free if each.by.authority != "no"]
    beside = ("conflict_of_interest",) if len(free) < len(standing) else ()
    if standing and not free:
        return Agreement("conflicted", beside)
    # An agreement of somebody without authority is only looked at where nobody else answered: it says what fails.
    given = [each for each in able or free if each.status == "given" and _covers(view, each)]
    refused = [each for each in able if each.status in _REFUSALS and _covers(view, each)]
    if given and any(_stops(refusal, given) for refusal in refused):
        return Agreement("parents_differ", beside)
    found = _best(view, given, assumed) if given else _settled(view, able or free, assumed)
    return Agreement(found.state, (*beside, *found.concerns), found.open)


def _conflicted(consent: Consent, assumed: Mapping[str, str]) -> bool:
    said = consent.by.conflict_of_interest
    return said == "yes" or (said == "unsure" and assumed.get("conflict") == "yes")


def _stops(refusal: Consent, given: list[Consent]) -> bool:
    """Whether a refusal leaves separated parents' agreement unsettled: the child lives with the one who refuses."""
    if refusal.by.resident == "no":
        return False
    if refusal.by.resident == "yes":
        return True
    return not any(each.by.resident == "yes" for each in given)


def _best(view: View, given: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The first agreement that holds; else what keeps the first from holding."""
    found = [_holds(view, each, assumed) for each in given]
    for wanted in ("good", ""):
        for each in found:
            if each.state == wanted:
                return each
    return found[0]
