"""Where not being sure leaves two ways that both share, the share that stands on more is the one that is advised."""

import datetime
from typing import Any

import pytest

from policies.codes import ROUTES
from policies.evaluation import evaluate
from policies.facts import parse_facts
from policies.judging import _NEEDS
from policies.packs import packs_for

DAY = datetime.date(2026, 3, 2)
PACKS = packs_for("england", DAY)
AGREED: dict[str, Any] = {"consent": {"status": "given"}}
REFUSED: dict[str, Any] = {"consent": {"status": "refused"}}
# Whether the mother has another interest than the child is not sure: her agreement may hold, or may settle nothing.
PERHAPS: dict[str, Any] = {
    "subject": {"age": 3},
    "consent": {"status": "given", "by": {"capacity": "parental_responsibility", "conflict_of_interest": "unsure"}},
}
UNSURE_WITHIN = {"answer": "yes", "within_understanding": "unsure"}
EITHER = {"answer": "unsure", "within_understanding": "yes"}
STRONG, WEAK = {"answer": "yes"}, {"answer": "no"}

# what is confidential, the reason, who agreed -> the routes left open, and of them the one that is advised.
BOTH_SHARE = [
    ({"answer": "unsure"}, WEAK, AGREED, "not_confidential", "consent"),
    (EITHER, WEAK, {}, "not_confidential", "within_understanding"),
    (UNSURE_WITHIN, WEAK, AGREED, "within_understanding", "consent"),
    ({"answer": "unsure"}, STRONG, REFUSED, "not_confidential", "public_interest"),
    (UNSURE_WITHIN, STRONG, REFUSED, "within_understanding", "public_interest"),
    ({"answer": "yes"}, STRONG, PERHAPS, "consent", "public_interest"),
]


@pytest.mark.parametrize(("confidential", "interest", "rest", "less", "more"), BOTH_SHARE)
def test_of_two_ways_that_share_the_one_that_stands_on_more_is_advised(
    confidential: dict[str, str], interest: dict[str, str], rest: dict[str, Any], less: str, more: str
) -> None:
    asked = {name: {"answer": "yes"} for name in ("purpose", "identifies")}
    questions = {**asked, "confidential": confidential, "public_interest": interest}
    found = evaluate(parse_facts({"questions": questions, **rest}), PACKS, DAY)
    assert (found.advice, found.route) == ("may_share", more)
    assert list(_NEEDS).index(less) < list(_NEEDS).index(more)


def test_every_route_has_its_place_and_no_two_share_one() -> None:
    assert set(_NEEDS) == set(ROUTES)
    assert sorted(_NEEDS, key=lambda route: _NEEDS[route]) == list(_NEEDS)
    assert len(set(_NEEDS.values())) == len(_NEEDS)
