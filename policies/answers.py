"""One recorded answer: whose it is, whether it covers a line, and whether its giver still means it.

Answers bear no names, so two are taken for one person's where capacity, person, home and responsibility are alike; for
parents that is said, since there may be two of them. What the answers come to together is policies.consent's.
tests/policies/test_answers.py plays an agreement beside a refusal through every way they can lie in time.
"""

from collections.abc import Iterable
from typing import Final

from policies.lines import View
from policies.values import Consent

HOLDERS: Final = frozenset({"parental_responsibility", "attorney", "deputy"})
REFUSALS: Final = frozenset({"refused", "withdrawn"})
_PARENTAL: Final = "parental_responsibility"


def answered(consent: Consent) -> bool:
    """Whether somebody agreed or refused."""
    return consent.status == "given" or consent.status in REFUSALS


def refuses(view: View, consent: Consent) -> bool:
    """Whether it is a refusal of this line that was free."""
    return consent.status in REFUSALS and consent.freely_given != "no" and covers(view, consent)


def silent(consent: Consent) -> bool:
    """Whether they themselves were asked and did not answer; where nobody says who was asked, it may be a parent."""
    return consent.status == "no_reply" and (consent.by.capacity == "self" or consent.by.person == "subject")


def own(view: View, consent: Consent) -> bool:
    """Whether it is the answer of the person whom the record is about."""
    by = consent.by
    if by.capacity in HOLDERS:
        return False
    return by.person == "subject" or (not by.person and (by.capacity == "self" or view.first))


def theirs(view: View, consent: Consent) -> bool:
    """Whether somebody who is not the subject answers about themselves; a parent answers for themselves too."""
    by = consent.by
    person = by.person or ("parent" if by.capacity == _PARENTAL else "")
    return person == view.person or (not person and not by.capacity and view.first)


def of_mother(consent: Consent) -> bool:
    """Whether it can be the mother's answer for a child not born yet: nobody else has responsibility for one."""
    by = consent.by
    return (
        by.capacity in ("", "self", _PARENTAL) and by.person in ("", "parent") and by.holds_by in ("", "birth_parent")
    )


def covers(view: View, consent: Consent) -> bool:
    """Whether it was given, or refused, for this item, this recipient and this use."""
    scope = consent.scope
    return (
        scope.this_use != "no"
        and (not scope.items or view.item_number in scope.items)
        and (not scope.recipients or view.recipient_number in scope.recipients)
    )


def authority(consent: Consent) -> str:
    """Whether they may answer for the person; a council that only accommodates a child has no such responsibility."""
    return "no" if consent.by.holds_by == "accommodated" else consent.by.authority


def in_life(view: View, consent: Consent) -> bool:
    """Whether it was answered before the death, as far as the days show; their own answer shows that they lived."""
    if not answered(consent):
        return True
    if not consent.obtained_at:
        return consent.status in REFUSALS  # a wish that it be kept is not lost for want of a day
    died_on = view.facts.subject.died_on
    return consent.obtained_at[:10] <= died_on if died_on else own(view, consent)


def as_they_stand(view: View, said: Iterable[Consent], one_person: bool = False) -> tuple[list[Consent], list[str]]:
    """The answers that their givers have not replaced by a later one of their own (4.15), and concerns by code.

    said: answers for the subject by those who may answer. one_person: all of them are of one person. Of an agreement
    and a refusal by one person the later counts, without days the refusal. Parents who are alike in every fact may be
    two: with days they are taken for one unless the document knows two, without days nothing is settled between them.
    """
    said = list(said)
    here = [each for each in said if answered(each) and covers(view, each)]
    given = [each for each in here if each.status == "given"]
    refused = [each for each in here if each.freely_given != "no" and each.status in REFUSALS]
    gone: list[Consent] = []
    concerns: list[str] = []
    for yes in given:
        for no in refused:
            if authority(no) == "no" or not _one_person(view, yes, no, one_person):
                continue
            order = _order(yes, no)
            certain = one_person or yes.by.capacity != _PARENTAL or no.status == "withdrawn"
            if not order and not certain:
                continue
            gone.append(no if order == "no, yes" else yes)
            if not certain:
                concerns.append("one_person_or_two")
            elif not order and no.status == "refused":
                concerns.append("answers_contradict")
    return [each for each in said if each not in gone], list(dict.fromkeys(concerns))


def may_be_one(view: View, yes: Consent, no: Consent) -> bool:
    """Whether a parent who agrees and one who refuses may be the same: alike, and the document does not know two."""
    return _alike(yes, no) and not _two_are_known(view, no)


def _one_person(view: View, yes: Consent, no: Consent, one_person: bool) -> bool:
    if one_person:
        return True
    if yes.by.capacity == _PARENTAL and no.status == "refused":
        return may_be_one(view, yes, no)
    # nobody takes back what they did not give: what is left unsaid of them tells them not apart
    return _alike(yes, no) or (no.status == "withdrawn" and _compatible(yes, no) and not _two_are_known(view, no))


def _alike(one: Consent, other: Consent) -> bool:
    return _described(one) == _described(other)


def _compatible(one: Consent, other: Consent) -> bool:
    pairs = zip(_described(one), _described(other), strict=True)
    return all(first == second or not first or not second for first, second in pairs)


def _described(consent: Consent) -> tuple[str, str, str, str]:
    by = consent.by
    return by.capacity, by.person, by.resident, by.holds_by


def _two_are_known(view: View, consent: Consent) -> bool:
    """Whether the document names two with parental responsibility who live as the one who answered does."""
    home = consent.by.resident
    fit = [each for each in view.facts.people if each.parental_responsibility == "yes"]
    return len([each for each in fit if not home or not each.resident or each.resident == home]) > 1


def _order(yes: Consent, no: Consent) -> str:
    """Which came last, where both days are known and differ."""
    if not yes.obtained_at or not no.obtained_at or yes.obtained_at == no.obtained_at:
        return ""
    return "no, yes" if no.obtained_at < yes.obtained_at else "yes, no"
