"""What is so now, folded from what was entered: never stored, always explained by the entries that make it so.

Source: record design "Derived, never stored as truth". Proved by tests/ledger/records/test_state.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.log.entry import Header

STATUS_WORDS = {
    "recorded": "recorded",
    "incomplete": "to be completed",
    "awaiting_approval": "awaits approval",
    "approved": "approved",
    "not_approved": "not approved",
    "corrected": "corrected",
}


@dataclass(frozen=True, slots=True)
class Status:
    """A decision's status (a key of STATUS_WORDS) and the ids of the entries that make it so, first the decision."""

    code: str
    because: tuple[bytes, ...]

    @property
    def words(self) -> str:
        """The status in plain words."""
        return STATUS_WORDS[self.code]


def decision_status(decision: Header, later: Iterable[Header], *, urgent: bool = False) -> Status:
    """The status of a decision, from the entries that refer to it in the order of the log.

    urgent: it was recorded as urgent, and is incomplete until a decision.completed refers to it.
    """
    code = "awaiting_approval" if decision.body.get("approval") == "awaited" else "recorded"
    because = [decision.id]
    completed = False
    for header in later:
        if header.type in ("decision.approved", "decision.not_approved") and code != "corrected":
            code = header.type.removeprefix("decision.")
        elif header.type == "decision.corrected":
            code = "awaiting_approval" if header.body["approval"] == "awaited" else "corrected"
        elif header.type == "decision.completed":
            completed = True
            code = "awaiting_approval" if header.body["approval"] == "awaited" else code
        else:
            continue
        because.append(header.id)
    if urgent and not completed and code == "recorded":
        code = "incomplete"
    return Status(code, tuple(because))
