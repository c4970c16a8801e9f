"""Whether an answer still stands: an agreement beside a refusal, in every order in time and by every kind of giver."""

import datetime
import itertools
from typing import Any

import pytest

from policies.answers import as_they_stand
from policies.facts import Recipient, parse_facts
from policies.lines import View
from policies.packs import packs_for
from policies.readings import Readings
from policies.values import Consent, Item

DAY = datetime.date(2026, 3, 2)
EARLY, LATE = "2026-01-05", "2026-02-05"
PARENTS = [{"role": each, "parental_responsibility": "yes", "resident": "yes"} for each in ("mother", "father")]
PARENT, ATTORNEY = {"capacity": "parental_responsibility"}, {"capacity": "attorney"}


def view(**given: Any) -> View:
    facts = parse_facts({"information": [{}, {}], "recipients": [{}, {}], **given})
    return View(
        facts=facts,
        questions=facts.questions,
        consents=facts.consents,
        item=Item(),
        recipient=Recipient(),
        item_number=1,
        recipient_number=1,
        person="subject",
        first=True,
        duty=None,
        act_now=False,
        day=DAY.isoformat(),
        competence_pack="england-2006",
        readings=Readings(packs_for("england", DAY)),
    )


def said(status: str, by: dict[str, str], on: str = "", **more: Any) -> dict[str, Any]:
    return {"status": status, "by": by, **({"obtained_at": on} if on else {}), **more}


def left(*answers: dict[str, Any], one_person: bool = False, **given: Any) -> tuple[str, list[str]]:
    """The statuses of the answers that stand, in alphabetical order, and the concerns."""
    seen = view(consents=list(answers), **given)
    standing, concerns = as_they_stand(seen, seen.consents, one_person)
    assert set(standing) <= set(seen.consents) and all(isinstance(each, Consent) for each in standing)
    return " ".join(sorted(each.status for each in standing)), concerns


ONE, CONTRADICT = ["one_person_or_two"], ["answers_contradict"]
# who, what was refused how, day of the agreement, day of the refusal; what stands, what is said of it
WAYS = [
    (PARENT, "refused", EARLY, LATE, "refused", ONE),
    (PARENT, "refused", LATE, EARLY, "given", ONE),
    (PARENT, "refused", EARLY, EARLY, "given refused", []),
    (PARENT, "refused", EARLY, "", "given refused", []),
    (PARENT, "refused", "", LATE, "given refused", []),
    (PARENT, "refused", "", "", "given refused", []),
    (PARENT, "withdrawn", EARLY, LATE, "withdrawn", []),
    (PARENT, "withdrawn", LATE, EARLY, "given", []),
    (PARENT, "withdrawn", EARLY, EARLY, "withdrawn", []),
    (PARENT, "withdrawn", EARLY, "", "withdrawn", []),
    (PARENT, "withdrawn", "", "", "withdrawn", []),
    (ATTORNEY, "refused", EARLY, LATE, "refused", []),
    (ATTORNEY, "refused", LATE, EARLY, "given", []),
    (ATTORNEY, "refused", EARLY, EARLY, "refused", CONTRADICT),
    (ATTORNEY, "refused", EARLY, "", "refused", CONTRADICT),
    (ATTORNEY, "refused", "", "", "refused", CONTRADICT),
    (ATTORNEY, "withdrawn", EARLY, LATE, "withdrawn", []),
    (ATTORNEY, "withdrawn", LATE, EARLY, "given", []),
    (ATTORNEY, "withdrawn", "", "", "withdrawn", []),
]


@pytest.mark.parametrize(("by", "how", "agreed", "refused", "stands", "concerns"), WAYS)
def test_who_agreed_and_refused(
    by: dict[str, str], how: str, agreed: str, refused: str, stands: str, concerns: list[str]
) -> None:
    answers = said("given", by, agreed), said(how, by, refused)
    for order in itertools.permutations(answers):
        assert left(*order) == (stands, concerns)


def test_two_parents_whom_the_document_knows_are_two() -> None:
    home = {**PARENT, "resident": "yes"}
    answers = said("given", home, EARLY), said("refused", home, LATE)
    assert left(*answers) == ("refused", ONE)
    assert left(*answers, people=PARENTS) == ("given refused", [])
    assert left(*answers, people=PARENTS[:1]) == ("refused", ONE)
    # one of the two lives elsewhere, so these answers are one parent's
    apart = [PARENTS[0], {**PARENTS[1], "resident": "no"}]
    assert left(*answers, people=apart) == ("refused", ONE)
    without = [PARENTS[0], {**PARENTS[1], "parental_responsibility": "no"}]
    assert left(*answers, people=without) == ("refused", ONE)
    # a second parent makes no attorney two
    attorney = said("given", ATTORNEY, EARLY), said("refused", ATTORNEY, LATE)
    assert left(*attorney, people=PARENTS) == ("refused", [])


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [("resident", "yes", "no"), ("person", "parent", "carer"), ("holds_by", "birth_parent", "guardian")],
)
def test_who_differs_in_a_fact_is_somebody_else(field: str, one: str, other: str) -> None:
    given = said("given", {**PARENT, field: one}, EARLY)
    for how in ("refused", "withdrawn"):
        assert left(given, said(how, {**PARENT, field: other}, LATE)) == (f"given {how}", [])
    # nobody takes back what they did not give, so what is left unsaid tells no two apart; a refusal may be another's
    assert left(given, said("withdrawn", PARENT, LATE)) == ("withdrawn", [])
    assert left(given, said("withdrawn", PARENT, LATE), people=PARENTS)[0] == "given withdrawn"
    assert left(given, said("refused", PARENT, LATE)) == ("given refused", [])
    assert left(given, said("refused", ATTORNEY, LATE)) == ("given refused", [])


def test_a_mother_who_is_the_only_one_is_one_however_she_is_described() -> None:
    given, no = said("given", {"capacity": "self", "person": "parent"}, EARLY), said("refused", PARENT, LATE)
    assert left(given, no, one_person=True) == ("refused", [])
    assert left(given, said("refused", PARENT), one_person=True) == ("refused", CONTRADICT)
    assert left(said("given", PARENT), said("refused", PARENT), one_person=True) == ("refused", CONTRADICT)


def test_a_refusal_that_was_forced_or_without_authority_or_for_something_else_takes_nothing_back() -> None:
    given = said("given", PARENT, EARLY)
    for more in ({"freely_given": "no"}, {"scope": {"items": [2]}}, {"scope": {"this_use": "no"}}):
        assert left(given, said("withdrawn", PARENT, LATE, **more))[0] == "given withdrawn", more
    assert left(given, said("withdrawn", {**PARENT, "authority": "no"}, LATE))[0] == "given withdrawn"
    assert left(given, said("withdrawn", {**PARENT, "authority": "unsure"}, LATE))[0] == "withdrawn"
    elsewhere = said("given", PARENT, EARLY, scope={"recipients": [2]})
    assert left(elsewhere, said("withdrawn", PARENT, LATE))[0] == "given withdrawn"


def test_of_three_answers_the_last_stands() -> None:
    years = [said(how, ATTORNEY, f"2025-0{n}-01") for n, how in enumerate(("given", "refused", "given"), start=1)]
    assert left(*years) == ("given", [])
    back = said("withdrawn", ATTORNEY, "2025-04-01")
    assert left(*years, back)[0] == "withdrawn"
    assert left(said("no_reply", ATTORNEY), *years)[0] == "given no_reply"
