"""A decision's status from what was entered after it, and the entries that make it so."""

import pytest

from ledger.log.entry import Header
from ledger.records.state import STATUS_WORDS, decision_status

SEEN = bytes(32)


def header(number: int, kind: str, approval: str = "") -> Header:
    """An entry that says only what the status reads."""
    body = {"approval": approval} if approval else {}
    return Header(
        id=number.to_bytes(16, "big"),
        type=kind,
        at=1_790_000_000 + number,
        author="p-sample",
        seen_size=1,
        seen_root=SEEN,
        body=body,
    )


def entries(words: str) -> list[Header]:
    """`decision+ approved corrected note`: one entry a word, numbered from 0; + where it awaits approval."""
    types = {
        "decision": "decision.recorded",
        "approved": "decision.approved",
        "refused": "decision.not_approved",
        "corrected": "decision.corrected",
        "completed": "decision.completed",
        "reviewed": "decision.reviewed",
        "sent": "disclosure.made",
        "note": "note.added",
        "extended": "due.extended",
    }
    with_body = ("decision", "corrected", "completed")
    made = []
    for number, word in enumerate(words.split()):
        name = word.rstrip("+")
        approval = ("awaited" if word.endswith("+") else "not_needed") if name in with_body else ""
        made.append(header(number, types[name], approval))
    return made


# what was entered, in its order · whether it was urgent · the status · the entries that make it so
TABLE = [
    ("decision", False, "recorded", [0]),
    ("decision", True, "incomplete", [0]),
    ("decision+", False, "awaiting_approval", [0]),
    ("decision+", True, "awaiting_approval", [0]),
    ("decision note sent reviewed extended", False, "recorded", [0]),
    # approval
    ("decision+ approved", False, "approved", [0, 1]),
    ("decision+ refused", False, "not_approved", [0, 1]),
    ("decision+ note approved sent", False, "approved", [0, 2]),
    ("decision+ refused approved", False, "approved", [0, 1, 2]),
    ("decision+ approved refused", False, "not_approved", [0, 1, 2]),
    ("decision approved", False, "approved", [0, 1]),
    # urgent: to be completed, with or without an approval
    ("decision completed", True, "recorded", [0, 1]),
    ("decision completed+", True, "awaiting_approval", [0, 1]),
    ("decision completed+ approved", True, "approved", [0, 1, 2]),
    ("decision+ completed", True, "awaiting_approval", [0, 1]),
    ("decision+ approved completed", True, "approved", [0, 1, 2]),
    ("decision+ approved completed+", True, "awaiting_approval", [0, 1, 2]),
    ("decision note", True, "incomplete", [0]),
    # corrected
    ("decision corrected", False, "corrected", [0, 1]),
    ("decision corrected", True, "corrected", [0, 1]),
    ("decision corrected note", False, "corrected", [0, 1]),
    ("decision corrected corrected", False, "corrected", [0, 1, 2]),
    ("decision+ approved corrected", False, "corrected", [0, 1, 2]),
    ("decision+ refused corrected", False, "corrected", [0, 1, 2]),
    ("decision corrected completed", True, "corrected", [0, 1, 2]),
    # a correction that itself has to be approved awaits again, whatever was approved before
    ("decision+ corrected+", False, "awaiting_approval", [0, 1]),
    ("decision+ approved corrected+", False, "awaiting_approval", [0, 1, 2]),
    ("decision+ approved corrected+ approved", False, "approved", [0, 1, 2, 3]),
    ("decision+ approved corrected+ refused", False, "not_approved", [0, 1, 2, 3]),
    ("decision+ corrected+ corrected", False, "corrected", [0, 1, 2]),
    ("decision corrected corrected+", False, "awaiting_approval", [0, 1, 2]),
]


@pytest.mark.parametrize(("words", "urgent", "code", "because"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_the_status_follows_from_what_was_entered(words: str, urgent: bool, code: str, because: list[int]) -> None:
    decision, *later = entries(words)
    status = decision_status(decision, later, urgent=urgent)
    assert status.code == code
    assert [int.from_bytes(each, "big") for each in status.because] == because


def test_every_status_is_reached_and_has_words() -> None:
    assert {code for _words, _urgent, code, _because in TABLE} == set(STATUS_WORDS)
    decision, *later = entries("decision+")
    assert decision_status(decision, later).words == "awaits approval"


def test_an_approval_of_the_old_text_after_a_correction_changes_nothing_and_explains_nothing() -> None:
    """A manager may approve what was corrected meanwhile: the corrected text asked for no approval."""
    decision, *later = entries("decision+ corrected approved")
    status = decision_status(decision, later)
    assert status.code == "corrected"
    assert [int.from_bytes(each, "big") for each in status.because] == [0, 1]


def test_what_came_later_may_be_any_iterable_and_nothing_is_kept_between_two_asks() -> None:
    decision, *later = entries("decision+ approved")
    assert decision_status(decision, iter(later)).code == "approved"
    assert decision_status(decision, []).code == "awaiting_approval"
