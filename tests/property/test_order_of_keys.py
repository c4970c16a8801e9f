"""The same facts give the same evaluation, byte for byte, in whichever order their keys are written."""

import json
from typing import Any

import pytest

from policies import evaluate, parse_facts
from tests.cases.playing import CASES, PlayedCase

TAKEN = [case for case in CASES if "refused" not in case.expected]


def turned(value: Any, way: str) -> Any:
    """The same value with the keys of every table in another order; lists stay as they are."""
    if isinstance(value, dict):
        keys = {"backwards": list(reversed(value)), "by name": sorted(value)}[way]
        return {key: turned(value[key], way) for key in keys}
    return [turned(each, way) for each in value] if isinstance(value, list) else value


def said(case: PlayedCase, facts: Any) -> str:
    found = evaluate(parse_facts(facts), case.packs, case.day, shared_recorded=case.sent)
    return json.dumps(found.to_json(), ensure_ascii=False)


@pytest.mark.parametrize("way", ["backwards", "by name"])
def test_the_order_of_keys_changes_nothing(way: str) -> None:
    moved = 0
    for case in TAKEN:
        other = turned(case.facts, way)
        moved += list(other) != list(case.facts)
        assert other == case.facts
        assert said(case, other) == said(case, case.facts), case.name
    assert moved > 100
