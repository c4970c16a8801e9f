"""A document as a flowchart sees it: each line, once for each person to whom confidence in it is owed."""

import datetime
from collections.abc import Iterable
from typing import Any

from policies import bases, competence
from policies.lines import View, answers_for, in_danger, line_numbers, owed_to
from policies.packs import Packs
from policies.readings import Readings
from policies.values import Consent, Facts, Item, Questions


def views_for(facts: Facts, packs: Packs, day: datetime.date, readings: Readings | None = None) -> Iterable[list[View]]:
    """What a flowchart sees of each line, one view for each person to whom confidence is owed; in the same order."""
    readings = readings or Readings(packs, day)
    judged_by = competence.pack_for(facts, packs)
    danger, text_day = in_danger(facts), day.isoformat()
    duties: dict[tuple[str, str], bases.DutyAnswer] = {}
    answered: dict[tuple[Any, ...], dict[tuple[str | None, ...], Any]] = {}
    for item_number, recipient_number in line_numbers(facts):
        questions, consents = answers_for(facts, item_number, recipient_number)
        item, recipient = facts.information[item_number - 1], facts.recipients[recipient_number - 1]
        duty = None
        if questions.duty.answer == "yes" and questions.duty.code:
            key = (questions.duty.code, recipient.kind)
            if key not in duties:
                own = facts.organisation
                duties[key] = bases.is_duty(
                    key[0], facts.author.kind, own.kind, own.nation, key[1], day, packs=packs.bases
                )
            duty = duties[key]
        people = owed_to(item)
        yield [
            View(
                facts=facts,
                questions=questions,
                consents=consents,
                item=item,
                recipient=recipient,
                item_number=item_number,
                recipient_number=recipient_number,
                person=person,
                first=person == ("subject" if "subject" in people else people[0]),
                duty=duty,
                act_now=danger,
                day=text_day,
                competence_pack=judged_by,
                readings=readings,
                agreements=answered.setdefault(
                    _looked_at_for_agreement(questions, consents, item, item_number, recipient_number, person), {}
                ),
            )
            for person in people
        ]


def _looked_at_for_agreement(
    questions: Questions,
    consents: tuple[Consent, ...],
    item: Item,
    item_number: int,
    recipient_number: int,
    person: str,
) -> tuple[Any, ...]:
    """What tells two lines apart in what their answers come to: where it is the same, that is worked out once."""
    chosen = any(each.scope.items or each.scope.recipients for each in consents)
    line = (item_number, recipient_number) if chosen else ()
    given = (item.about, item.provider.kind, item.relationship)
    return (person, questions.consent.answer, id(consents), given, line)
