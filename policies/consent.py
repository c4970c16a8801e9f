"""What the recorded answers come to, in one of the three senses of consent, for one line and one person (4.12-4.22).

agreement() settles whose answer counts, whether it covers this line, and whether it holds. In the sense of confidence
it releases confidence and nothing else. Where a fact is unsure it names that fact, and the walk goes on with it assumed
each way. tests/property/test_consent_property.py proves what holds for every combination of facts.
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
CONFIDENCE: Final = "confidence"
HOLDERS: Final = frozenset({"parental_responsibility", "attorney", "deputy"})
REFUSALS: Final = frozenset({"refused", "withdrawn"})
# Where no days say which came last: a refusal before an agreement, and what was taken back before what was refused.
_NO: Final = {"refused": 1, "withdrawn": 2}


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the answers come to. state: of STATES. concerns: codes. open: the fact that is not sure and must be
    assumed first (`consent`, `competent`, `conflict`), and then state says nothing yet."""

    state: str
    concerns: tuple[str, ...] = ()
    open: str = ""

    def beside(self, *concerns: str) -> "Agreement":
        """The same, with more concerns before its own, each once."""
        if not concerns:
            return self
        return Agreement(self.state, tuple(dict.fromkeys((*concerns, *self.concerns))), self.open)


def agreement(view: View, assumed: Mapping[str, str], sense: str = CONFIDENCE) -> Agreement:
    """What stands for this person and line, with what is assumed about facts that are unsure.

    sense: of codes.SENSES; an answer in another sense is no answer here.
    """
    said = [each for each in view.consents if each.sense == sense]
    if not said:
        return _bare(view, assumed) if sense == CONFIDENCE else Agreement("not_asked")
    answers = [each for each in said if not view.day or each.obtained_at[:10] <= view.day]
    late = () if len(answers) == len(said) else ("answer_after_decision",)
    if view.person != "subject":
        mine = [each for each in answers if _theirs(view, each)]
        return _settled(view, mine, assumed).beside(*late)
    return _of_subject(view, answers, assumed).beside(*late)


def _bare(view: View, assumed: Mapping[str, str]) -> Agreement:
    """Question 4 answered without saying by whom or how."""
    answer = view.questions.consent.answer
    died = view.person == "subject" and view.facts.subject.died
    answer = assumed.get("consent", answer) if answer == "unsure" else answer
    if answer == "unsure":
        return Agreement("", (), "consent")
    if answer == "yes":
        return Agreement("bad", ("deceased_cannot_agree",)) if died else Agreement("good", ("agreement_not_described",))
    if answer == "no":
        return Agreement("no_agreement", ("not_said_whether_asked",))
    return Agreement("unobtainable" if died else "not_asked")


def _of_subject(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The answers about the subject: their own, or those of somebody who may answer for them."""
    subject = view.facts.subject
    if subject.died:
        return _of_deceased(view, answers, assumed)
    if subject.unborn:
        # what is known of a child not born yet is known of the mother: it is she who answers
        mother = [each for each in answers if each.by.person != "subject"]
        found = _held(view, mother, assumed)
        return found.beside("unborn_cannot_agree") if len(mother) < len(answers) else found
    rules = competence.rules_of(view.competence_pack)
    own = [each for each in answers if _own(view, each)]
    held = [each for each in answers if each.by.capacity in HOLDERS]
    why_not = [competence.may_answer(view.facts, rules, each.by.capacity) for each in held]
    holders = [each for each, code in zip(held, why_not, strict=True) if not code]
    barred = tuple(dict.fromkeys(code for code in why_not if code))
    if not holders and competence.nobody_else(view.facts, rules):
        barred = (*barred, "nobody_may_answer")
    if not any(_answered(each) for each in (*own, *holders)):
        # whose answer counts is no question where there is none: why there is none is (4.15, 4.22)
        return _not_answered([each for each in (*own, *holders) if _covers(view, each)]).beside(*barred)
    asked = any(_answered(each) or _silent(each) for each in own)
    decides = competence.whose(view.facts, rules, asked, any(_answered(each) for each in holders))
    excused = not asked and any(each.not_sought or each.status == "unobtainable" for each in own)
    said = () if excused else decides.concerns
    who = decides.answer or {"yes": competence.OWN, "no": competence.HOLDER}.get(assumed.get("competent", ""), "")
    if not who:
        return Agreement("", (*barred, *said), "competent")
    if who == competence.OWN:
        beside = ("parent_disagrees",) if _disagree(own, holders) else ()
        return _settled(view, own, assumed).beside(*barred, *said, *beside)
    beside = ("child_answer_is_a_view",) if any(_answered(each) for each in own) else ()
    return _held(view, holders, assumed).beside(*barred, *said, *beside)


def _of_deceased(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """What was answered in life, and what was refused; nobody agrees for somebody who has died."""
    in_life = [each for each in answers if _in_life(view, each)]
    beside = ("deceased_cannot_agree",) if len(in_life) < len(answers) else ()
    own = [each for each in in_life if _own(view, each)]
    found = _settled(view, own, assumed) if own else _held(view, in_life, assumed)
    if found.state in ("not_asked", "no_reply"):
        found = Agreement("unobtainable", found.concerns)
    return found.beside(*beside)


def _in_life(view: View, consent: Consent) -> bool:
    """Whether it was answered before the death, as far as the days show; their own answer shows that they lived."""
    if not _answered(consent):
        return True
    if not consent.obtained_at:
        return consent.status in REFUSALS  # a wish that it be kept is not lost for want of a day
    died_on = view.facts.subject.died_on
    return consent.obtained_at[:10] <= died_on if died_on else _own(view, consent)


def _answered(consent: Consent) -> bool:
    return consent.status == "given" or consent.status in REFUSALS


def _silent(consent: Consent) -> bool:
    """Whether they themselves were asked and did not answer; where nobody says who was asked, it may be a parent."""
    return consent.status == "no_reply" and (consent.by.capacity == "self" or consent.by.person == "subject")


def _own(view: View, consent: Consent) -> bool:
    by = consent.by
    if by.capacity in HOLDERS:
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
    said = {each.status in REFUSALS for each in own if _answered(each)}
    return bool(said) and any((each.status in REFUSALS) not in said for each in holders if _answered(each))


def _authority(consent: Consent) -> str:
    """Whether they may answer for the person; a council that only accommodates a child has no such responsibility."""
    return "no" if consent.by.holds_by == "accommodated" else consent.by.authority


def _what_fails(view: View, consent: Consent, told: tuple[str, ...]) -> str:
    """The first thing for which an agreement counts as none: a concern; empty where nothing is said against it."""
    fails = {
        "agreement_ended": bool(consent.expires_at and view.day and consent.expires_at < view.day),
        "asked_before_a_change": consent.changed_since == "yes",
        "not_informed": "no" in told,
        "not_free": consent.freely_given == "no",
        "no_responsibility": consent.by.holds_by == "accommodated",
        "no_authority": consent.by.capacity in HOLDERS and _authority(consent) == "no",
    }
    return next((code for code, so in fails.items() if so), "")


def _holds(view: View, consent: Consent, assumed: Mapping[str, str]) -> Agreement:
    """Whether one agreement that was given holds: informed 4.13, free and not overtaken 4.15, with authority 4.16."""
    given = consent.informed
    told = (given.why, given.who, given.purpose, given.implications, given.right_to_object)
    held = (consent.freely_given, *([consent.by.authority] if consent.by.capacity in HOLDERS else []))
    concerns = []
    if consent.form == "implied" and consent.explained_at_outset != "yes":
        concerns.append("implied_not_explained")
    if consent.scope.purposes and not consent.scope.this_use:
        concerns.append("use_not_said")
    failed = _what_fails(view, consent, told)
    if failed:
        return Agreement("bad", (*concerns, failed))
    if "unsure" in (*told, *held, consent.scope.this_use, consent.changed_since):
        if "consent" not in assumed:
            return Agreement("", tuple(concerns), "consent")
        if assumed["consent"] == "no":
            return Agreement("bad", (*concerns, "agreement_unsure"))
        concerns.append("agreement_unsure")
    # The right to object is the glossary's word on implied consent alone; 4.13 asks the other four of every consent.
    needed = told if consent.form == "implied" else told[:4]
    if "" in (*needed, *held):
        concerns.append("agreement_not_described")
    return Agreement("good", tuple(concerns))


def _settled(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The answers of one person: the latest where days are given, else a refusal before an agreement."""
    here = [each for each in answers if _covers(view, each)]
    forced = [each for each in here if each.status in REFUSALS and each.freely_given == "no"]
    pressed = ("refusal_not_free",) if forced else ()
    decisive = [each for each in here if _answered(each) and each not in forced]
    if decisive:
        dated = all(each.obtained_at for each in decisive)
        last = max(decisive, key=lambda each: (each.obtained_at if dated else "", _NO.get(each.status, 0)))
        differ = ("answers_contradict",) if _contradict(decisive) else ()
        found = _holds(view, last, assumed) if last.status == "given" else Agreement(last.status)
        return found.beside(*pressed, *differ)
    if forced:
        return Agreement("unobtainable", pressed)
    if any(each.status == "given" for each in answers):
        return Agreement("bad", ("outside_what_was_agreed",))
    return _not_answered(here)


def _contradict(answers: list[Consent]) -> bool:
    """Agreed and refused by one person, with nothing to say which came last."""
    yes = {each.obtained_at for each in answers if each.status == "given"}
    no = {each.obtained_at for each in answers if each.status == "refused"}
    return bool(yes and no) and (bool(yes & no) or "" in yes | no)


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
    standing = [each for each in holders if _authority(each) != "no" or each.status == "given"]
    if any(each.by.conflict_of_interest == "unsure" for each in standing) and "conflict" not in assumed:
        return Agreement("", ("conflict_of_interest",), "conflict")
    free = [each for each in standing if not _conflicted(each, assumed)]
    able = [each for each in free if _authority(each) != "no"]
    beside = [] if all(each.by.holds_by != "accommodated" for each in holders) else ["no_responsibility"]
    beside += ["conflict_of_interest"] if len(free) < len(standing) else []
    if standing and not free:
        return Agreement("conflicted", tuple(beside))
    # An agreement of somebody without authority is only looked at where nobody else answered: it says what fails.
    given = [each for each in able or free if each.status == "given" and _covers(view, each)]
    refused = [each for each in able if each.status in REFUSALS and each.freely_given != "no" and _covers(view, each)]
    found = _best(view, given, assumed) if given else _settled(view, able or free, assumed)
    if found.state == "good" and refused:
        holding = [each for each in given if _holds(view, each, assumed).state == "good"]
        found = Agreement("parents_differ") if any(_stops(each, holding) for each in refused) else found
    elif found.state == "bad" and refused:
        found = Agreement(max((each.status for each in refused), key=_NO.__getitem__), found.concerns)
    return found.beside(*beside)


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
