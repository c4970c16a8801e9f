"""Who may answer a decision that awaits approval, over the order in which versions and answers come."""

from typing import Any

import pytest

from ledger.log.approvals import Approvals
from ledger.log.entry import Header

DECISION = bytes([1]) * 16


def entry(kind: str, author: str, *, approval: str = "awaited", decision: str = "no_share") -> Header:
    answers = kind in ("approved", "not_approved")
    body: dict[str, Any] = {} if answers else {"approval": approval, "decision": decision}
    recorded = kind == "recorded"
    return Header(
        id=DECISION if recorded else bytes([2]) * 16,
        type=f"decision.{kind}",
        at=0,
        author=author,
        seen_size=0,
        seen_root=bytes(32),
        refs=() if recorded else (DECISION,),
        body=body,
    )


def kinds(*entries: Header) -> list[str]:
    approvals = Approvals()
    return [broken.kind for header in entries for broken in approvals.apply(header)]


FIRST = entry("recorded", "p-one")


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ([entry("approved", "p-two")], []),
        ([entry("approved", "p-one")], ["same_person"]),
        ([entry("not_approved", "p-one")], ["same_person"]),
        ([entry("corrected", "p-two"), entry("approved", "p-two")], ["same_person"]),
        ([entry("corrected", "p-two"), entry("approved", "p-three")], []),
        ([entry("completed", "p-one", approval="not_needed")], ["approval"]),
        ([entry("corrected", "p-one", approval="not_needed")], ["approval"]),
        ([entry("corrected", "p-one", approval="not_needed", decision="defer")], ["approval"]),
        ([entry("corrected", "p-one", approval="not_needed", decision="share")], []),
        ([entry("not_approved", "p-two"), entry("corrected", "p-one", approval="not_needed")], ["approval"]),
        ([entry("approved", "p-two"), entry("corrected", "p-one", approval="not_needed")], []),
        ([entry("corrected", "p-one"), entry("corrected", "p-one", approval="not_needed")], ["approval"]),
    ],
)
def test_the_answer_is_anothers_and_a_correction_does_not_free(then: list[Header], expected: list[str]) -> None:
    assert kinds(FIRST, *then) == expected


def test_what_awaited_nothing_is_corrected_as_it_may() -> None:
    free = entry("recorded", "p-one", approval="not_needed")
    assert kinds(free, entry("corrected", "p-one", approval="not_needed")) == []


def test_a_decision_that_is_not_here_is_not_judged_here() -> None:
    assert kinds(entry("approved", "p-one")) == []
