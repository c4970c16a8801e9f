"""What an organisation's own pack chooses takes nothing away: every choice that can be read, over every played case.

Not the advice to share where a duty binds or the public interest is yes, not what to do at once, not a call for advice.
"""

import datetime
import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from policies import evaluate, packs_for, parse_facts
from policies.codes import NATIONS, POINTS
from policies.errors import FactsRefused, PackRefused, PolicyError
from policies.evaluation import Evaluation
from policies.lines import OPENNESS, Line, answers_for
from policies.pack_files import catalogue
from policies.packs import CHOICES, packs_named
from policies.values import Facts
from tests.cases.playing import CASES
from tests.policies.test_own_pack_properties import FACTS, read

DAY = datetime.date(2026, 11, 2)
EVERY: list[dict[str, Any]] = [
    *({key: pack.id} for key, kind in CHOICES.items() for pack in catalogue(kind)),
    *({"sides": {point: side.id}} for point in POINTS for side in catalogue("readings")),
]


@functools.cache
def alone(nation: str) -> list[tuple[Facts, Evaluation]]:
    """Every case, and some of the decisions of every route, judged by the guidance of that nation and day alone."""
    found = []
    packs = packs_for(nation, DAY)
    for facts in [*played(), *FACTS[::11]]:
        there = replace(facts, decided_at="", organisation=replace(facts.organisation, nation=nation))
        try:
            found.append((there, evaluate(there, packs, DAY)))
        except PolicyError:
            continue
    assert len(found) > 300
    return found


def played() -> Iterator[Facts]:
    for case in CASES:
        try:
            yield parse_facts(dict(case.facts))
        except FactsRefused:
            continue


def binds(facts: Facts, line: Line) -> bool:
    """Whether something strong stands for sharing: the public interest, a duty, or that somebody is in danger."""
    questions, _ = answers_for(facts, line.item, line.recipient)
    return "yes" in (questions.public_interest.answer, questions.duty.answer) or line.act_now or line.route == "duty"


@pytest.mark.parametrize("nation", NATIONS)
def test_no_choice_takes_anything_away(nation: str) -> None:
    read_, refused = [], []
    for choices in EVERY:
        pack = read(choices=choices)
        try:
            packs = packs_for(nation, DAY, (), pack)
        except PackRefused:
            refused.append(choices)
            continue
        read_.append(choices)
        if packs_named(packs.as_refs()[:-1]) == packs_for(nation, DAY) and not packs.sides:
            continue  # it chooses what is used there anyway
        for facts, before in alone(nation):
            after = evaluate(facts, packs, DAY)
            assert (after.act_now, after.act_now_says) == (before.act_now, before.act_now_says)
            for was, now in zip(before.lines, after.lines, strict=True):
                what = (choices, nation, was.advice, now.advice, facts)
                assert not binds(facts, was) or OPENNESS[now.advice] >= OPENNESS[was.advice], what
                assert was.advice != "seek_advice" or now.advice == "seek_advice", what
            lost = {each.code for each in before.obligations} - {each.code for each in after.obligations}
            assert "duty_time" not in lost
    assert len(read_) > 8
    assert len(refused) > 4
