"""How a document becomes its lines, and to whom confidence in each is owed."""

import datetime
from typing import Any

import pytest

from policies.facts import Item, Provider, Recipient, parse_facts
from policies.lines import View, answers_for, duty_covers, in_danger, line_numbers, owed_to
from policies.packs import packs_for
from policies.readings import Readings


def test_lines_are_every_item_to_every_recipient_unless_it_says_which() -> None:
    facts = parse_facts({"information": [{}, {}, {}], "recipients": [{}, {"items": [3, 1]}]})
    assert line_numbers(facts) == [(1, 1), (2, 1), (3, 1), (3, 2), (1, 2)]
    assert line_numbers(parse_facts({})) == [(1, 1)]


def test_exceptions_are_laid_over_question_by_question() -> None:
    facts = parse_facts(
        {
            "information": [{}, {}],
            "recipients": [{}, {}],
            "questions": {"purpose": {"answer": "yes"}, "confidential": {"answer": "yes"}},
            "consents": [{"status": "given"}],
            "exceptions": [
                {"items": [2], "questions": {"confidential": {"answer": "no", "reason": "it is on the website"}}},
                {"recipients": [2], "consents": [{"status": "refused"}]},
                {"items": [2], "recipients": [2], "questions": {"confidential": {"answer": "unsure"}}},
            ],
        }
    )
    found = {}
    for number in line_numbers(facts):
        questions, consents = answers_for(facts, *number)
        assert questions.purpose.answer == "yes"
        found[number] = (questions.confidential.answer, consents[0].status)
    assert found == {
        (1, 1): ("yes", "given"),
        (2, 1): ("no", "given"),
        (1, 2): ("yes", "refused"),
        (2, 2): ("unsure", "refused"),
    }


def test_an_item_answers_question_three_for_itself() -> None:
    facts = parse_facts(
        {
            "information": [{"confidential": "no", "confidential_why": "in the newspaper"}, {"relationship": "formal"}],
            "questions": {"confidential": {"answer": "yes", "reason": "said in private"}},
        }
    )
    first, second = (answers_for(facts, item, 1)[0].confidential for item in (1, 2))
    assert (first.answer, first.reason, first.relationship) == ("no", "in the newspaper", "")
    assert (second.answer, second.reason, second.relationship) == ("yes", "said in private", "formal")


@pytest.mark.parametrize(
    ("item", "people"),
    [
        (Item(), ("subject",)),
        (Item(about=("parent",)), ("parent",)),
        (Item(about=("parent",), provider=Provider("subject")), ("subject",)),
        (Item(about=("parent",), provider=Provider("subject"), relationship="formal"), ("subject", "parent")),
        (Item(about=("subject",), provider=Provider("family")), ("other_person",)),
        (Item(about=("subject", "sibling"), provider=Provider("professional")), ("subject", "sibling")),
        (Item(provider=Provider("member_of_public")), ("subject",)),
        (Item(about=("parent",), provider=Provider("parent"), relationship="formal"), ("parent",)),
    ],
)
def test_confidence_is_owed_to_who_gave_it_and_in_records_to_whom_it_is_about(
    item: Item, people: tuple[str, ...]
) -> None:
    assert owed_to(item) == people


def test_what_a_duty_reaches() -> None:
    def duty(**extent: Any) -> Any:
        asked = {"questions": {"duty": {"answer": "yes", **extent}}}
        return parse_facts({"information": [{}, {}], "recipients": [{}, {}], **asked}).questions.duty

    everything = [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert [n for n in everything if duty_covers(duty(), *n)] == everything
    assert [n for n in everything if duty_covers(duty(extent_items=[2]), *n)] == [(2, 1), (2, 2)]
    both = duty(extent_items=[2], extent_recipients=[1])
    assert [n for n in everything if duty_covers(both, *n)] == [(2, 1)]


@pytest.mark.parametrize("risk", ["significant_harm", "serious_harm_adult", "immediate", "offence"])
def test_each_risk_answered_yes_is_danger_and_nothing_else_is(risk: str) -> None:
    assert in_danger(parse_facts({"risk": {risk: "yes"}}))
    for answer in ("no", "unsure"):
        assert not in_danger(parse_facts({"risk": {risk: answer}}))


@pytest.mark.parametrize(
    ("recipient", "could"),
    [
        (Recipient(), True),
        (Recipient(kind="police"), True),
        (Recipient(kind="social_care"), True),
        (Recipient(kind="housing"), False),
        (Recipient(kind="housing", could_act="yes"), True),
        (Recipient(kind="housing", could_act="unsure"), True),
        (Recipient(kind="police", could_act="no"), False),
    ],
)
def test_who_could_act(recipient: Recipient, could: bool) -> None:
    facts = parse_facts({})
    readings = Readings(packs_for("england", datetime.date(2026, 3, 2)))
    view = View(
        facts, facts.questions, (), Item(), recipient, 1, 1, "subject", True, None, False, "", "england-2006", readings
    )
    assert view.could_act is could
