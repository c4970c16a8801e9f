"""What the recorded answers come to, in one of the three senses of consent, for one line and one person (4.12-4.22).

agreement() settles whose answer counts, whether it covers this line, and whether it holds. In the sense of confidence
it releases confidence and nothing else. Where a fact is unsure it names that fact, and the walk goes on with it assumed
each way. tests/property/test_consent_property.py proves what holds for every combination of facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies import competence
from policies.answers import (
    HOLDERS,
    REFUSALS,
    answered,
    as_they_stand,
    authority,
    covers,
    in_life,
    may_be_one,
    of_mother,
    own,
    refuses,
    silent,
    theirs,
)
from policies.codes import HARM_GROUNDS
from policies.lines import View, owed_to
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


def agreed(view: View, assumed: Mapping[str, str]) -> Agreement:
    """What releases confidence, as agreement() says, worked out once for each view and what is assumed."""
    said = assumed.get
    # of the open facts these are asked about here; what is assumed of others changes nothing
    key = (said("consent"), said("competent"), said("conflict"))
    if key not in view.agreements:
        view.agreements[key] = agreement(view, assumed)
    found: Agreement = view.agreements[key]
    return found


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
        found = _settled(view, [each for each in answers if theirs(view, each)], assumed)
        against = found.state == "good" and sense == CONFIDENCE and _against(view, answers, assumed)
        return found.beside(*late, *(["refused_by_whom_it_is_about"] if against else []))
    return _of_subject(view, answers, assumed).beside(*late, *_of_others(view, answers))


def _bare(view: View, assumed: Mapping[str, str]) -> Agreement:
    """Question 4 answered without saying by whom or how."""
    answer = view.questions.consent.answer
    died = view.person == "subject" and view.facts.subject.died
    answer = assumed.get("consent", answer) if answer == "unsure" else answer
    if answer == "unsure":
        return Agreement("", (), "consent")
    if answer == "yes":
        return Agreement("bad", ("deceased_cannot_agree",)) if died else Agreement("good", ("agreement_not_described",))
    nobody = _nobody(view, ()) if view.person == "subject" and not died else ()
    if answer == "no":
        return Agreement("no_agreement", ("not_said_whether_asked", *nobody))
    return Agreement("unobtainable" if died else "not_asked", nobody)


def _nobody(view: View, holders: Sequence[Consent]) -> tuple[str, ...]:
    """Somebody cannot decide and nobody has answered for them: who may, or that nobody does by responsibility alone."""
    rules = competence.rules_of(view.competence_pack)
    if holders or view.facts.subject.unborn or not competence.unable(view.facts):
        return ()
    return ("nobody_may_answer",) if competence.nobody_else(view.facts, rules) else ("holder_to_ask",)


def _of_others(view: View, answers: list[Consent]) -> tuple[str, ...]:
    """An answer of somebody who is neither the person, nor owed confidence in it, nor said to answer for the person;
    for a child not born yet, of anybody but the mother."""
    unborn = view.facts.subject.unborn
    owed = ("", "subject", *owed_to(view.item))
    for each in answers:
        held = each.by.capacity in HOLDERS
        if not answered(each) or (each.by.person in owed and not (unborn and held)):
            continue
        if unborn and not of_mother(each):
            return ("only_the_mother",)
        if not unborn and not held:
            return ("answer_of_another",)
    return ()


def _against(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> bool:
    """Whether the person whom it is about understands enough and refuses what the one who told it agrees to."""
    facts = view.facts
    if "subject" in owed_to(view.item) or "subject" not in (view.item.about or ("subject",)):
        return False
    if facts.subject.died or facts.subject.unborn:
        return False
    mine = [each for each in answers if own(view, each) and not theirs(view, each)]
    if _settled(view, mine, assumed).state not in REFUSALS:
        return False
    return competence.whose(facts, competence.rules_of(view.competence_pack), True, False).answer == competence.OWN


def _of_subject(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The answers about the subject: their own, or those of somebody who may answer for them."""
    if view.facts.subject.died:
        return _of_deceased(view, answers, assumed)
    if view.facts.subject.unborn:
        return _of_unborn(view, answers, assumed)
    return _of_person(view, answers, assumed)


def _of_person(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The answers about somebody who was alive when they were given."""
    rules = competence.rules_of(view.competence_pack)
    mine = [each for each in answers if own(view, each)]
    held = [each for each in answers if each.by.capacity in HOLDERS]
    why_not = [competence.may_answer(view.facts, rules, each.by.capacity) for each in held]
    holders = [each for each, code in zip(held, why_not, strict=True) if not code]
    barred = tuple(dict.fromkeys(code for code in why_not if code))
    if not view.facts.subject.died:
        barred += _nobody(view, holders)
    if not any(answered(each) for each in (*mine, *holders)):
        # whose answer counts is no question where there is none: why there is none is (4.15, 4.22)
        return _not_answered([each for each in (*mine, *holders) if covers(view, each)]).beside(*barred)
    asked = any(answered(each) or silent(each) for each in mine)
    decides = competence.whose(view.facts, rules, asked, any(answered(each) for each in holders))
    excused = not asked and any(each.not_sought or each.status == "unobtainable" for each in mine)
    said = () if excused else decides.concerns
    who = decides.answer or {"yes": competence.OWN, "no": competence.HOLDER}.get(assumed.get("competent", ""), "")
    if not who:
        enough = _enough_in_doubt(view, rules, mine, holders, assumed)
        return enough.beside(*barred, *said) if enough else Agreement("", (*barred, *said), "competent")
    if who == competence.OWN:
        beside = ("parent_disagrees",) if _disagree(mine, holders) else ()
        return _settled(view, mine, assumed).beside(*barred, *said, *beside)
    beside = ("child_answer_is_a_view",) if any(answered(each) for each in mine) else ()
    return _held(view, holders, assumed).beside(*barred, *said, *beside)


def _enough_in_doubt(
    view: View,
    rules: competence.CompetenceRules,
    mine: list[Consent],
    holders: list[Consent],
    assumed: Mapping[str, str],
) -> Agreement | None:
    """The agreement of somebody who may answer and has no other interest, where it is not sure whether the child
    understands and the child has not refused (4.19); none where the law takes them to be able until shown otherwise."""
    if competence.presumed_able(view.facts, rules) or any(refuses(view, each) for each in mine):
        return None
    found = _held(view, holders, assumed)
    return found.beside("competent_unsure") if found.state == "good" else None


def _of_unborn(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """What is known of a child not born yet is known of the mother: it is she who answers."""
    found = _held(view, [each for each in answers if of_mother(each)], assumed, one_person=True)
    return found.beside("unborn_cannot_agree") if any(each.by.person == "subject" for each in answers) else found


def _of_deceased(view: View, answers: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """What was answered in life by whoever could answer then; nobody agrees for somebody who has died."""
    then = [each for each in answers if in_life(view, each)]
    beside = ("deceased_cannot_agree",) if len(then) < len(answers) else ()
    found = (_of_unborn if view.facts.subject.unborn else _of_person)(view, then, assumed)
    if found.state in ("not_asked", "no_reply"):
        found = Agreement("unobtainable", found.concerns)
    return found.beside(*beside)


def _disagree(own: list[Consent], holders: list[Consent]) -> bool:
    said = {each.status in REFUSALS for each in own if answered(each)}
    return bool(said) and any((each.status in REFUSALS) not in said for each in holders if answered(each))


def _what_fails(view: View, consent: Consent, told: tuple[str, ...]) -> str:
    """The first thing for which an agreement counts as none: a concern; empty where nothing is said against it."""
    fails = {
        "agreement_ended": bool(consent.expires_at and view.day and consent.expires_at < view.day),
        "asked_before_a_change": consent.changed_since == "yes",
        "not_informed": "no" in told,
        "not_free": consent.freely_given == "no",
        "no_responsibility": consent.by.holds_by == "accommodated",
        "no_authority": consent.by.capacity in HOLDERS and authority(consent) == "no",
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
    here = [each for each in answers if covers(view, each)]
    forced = [each for each in here if each.status in REFUSALS and each.freely_given == "no"]
    pressed = ("refusal_not_free",) if forced else ()
    decisive = [each for each in here if answered(each) and each not in forced]
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


def _held(view: View, holders: list[Consent], assumed: Mapping[str, str], *, one_person: bool = False) -> Agreement:
    """The answers of those who may answer for the person: one agreement is enough (4.20), with its two exceptions.

    one_person: all of them are the same person's.
    """
    holders, beside = as_they_stand(view, holders, one_person)
    standing = [each for each in holders if authority(each) != "no" or each.status == "given"]
    if any(each.by.conflict_of_interest == "unsure" for each in standing) and "conflict" not in assumed:
        return Agreement("", ("conflict_of_interest",), "conflict")
    free = [each for each in standing if not _conflicted(each, assumed)]
    able = [each for each in free if authority(each) != "no"]
    beside += _of_standing(view, holders)
    beside += ["conflict_of_interest"] if len(free) < len(standing) else []
    if standing and not free:
        return Agreement("conflicted", tuple(beside))
    # An agreement of somebody without authority is only looked at where nobody else answered: it says what fails.
    given = [each for each in able or free if each.status == "given" and covers(view, each)]
    refused = [each for each in able if refuses(view, each)]
    found = _best(view, given, assumed) if given else _settled(view, able or free, assumed)
    if found.state == "good" and refused:
        holding = [each for each in given if _holds(view, each, assumed).state == "good"]
        found = Agreement("parents_differ") if any(_stops(view, each, holding) for each in refused) else found
    elif found.state == "bad" and refused:
        found = Agreement(max((each.status for each in refused), key=_NO.__getitem__), found.concerns)
    return found.beside(*beside)


def _of_standing(view: View, holders: list[Consent]) -> list[str]:
    """Who answered without being shown to have a say: an agreement says so itself, a refusal says it here."""
    found = ["no_responsibility"] if any(each.by.holds_by == "accommodated" for each in holders) else []
    against = [each for each in holders if refuses(view, each)]
    # of a council that only accommodates the child it is said already
    if any(each.by.authority == "no" and each.by.holds_by != "accommodated" for each in against):
        found.append("refusal_without_authority")
    if any(authority(each) == "unsure" for each in against):
        found.append("refusal_authority_unsure")
    return found


def _conflicted(consent: Consent, assumed: Mapping[str, str]) -> bool:
    said = consent.by.conflict_of_interest
    return said == "yes" or (said == "unsure" and assumed.get("conflict") == "yes")


def _stops(view: View, refusal: Consent, given: list[Consent]) -> bool:
    """Whether a refusal leaves separated parents' agreement unsettled: the child lives with the one who refuses, or
    the one who refuses may be the one who agreed."""
    if any(may_be_one(view, each, refusal) for each in given):
        return True
    if refusal.by.resident:
        return refusal.by.resident == "yes"
    return not any(each.by.resident == "yes" for each in given)


def _best(view: View, given: list[Consent], assumed: Mapping[str, str]) -> Agreement:
    """The first agreement that holds; else what keeps the first from holding."""
    found = [_holds(view, each, assumed) for each in given]
    for wanted in ("good", ""):
        for each in found:
            if each.state == wanted:
                return each
    return found[0]
