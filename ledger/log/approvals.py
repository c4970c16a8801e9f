"""Who decided what in a case, and what still awaits approval: nobody approves what they wrote a version of.

Source: design of records, "Approver ≠ author, always". Proved by tests/ledger/log/test_approvals.py.
"""

from dataclasses import dataclass, field

from ledger.log.entry import Header
from ledger.log.roster import Broken

_VERSIONS = ("decision.corrected", "decision.completed")
_ANSWERS = ("decision.approved", "decision.not_approved", "decision.reviewed")
_WITHHELD = ("no_share", "defer")


@dataclass(slots=True)
class _Decided:
    authors: set[str]
    pending: bool


@dataclass(slots=True)
class Approvals:
    """The decisions of one case, by id."""

    _decided: dict[bytes, _Decided] = field(default_factory=dict)

    def apply(self, header: Header) -> list[Broken]:
        """Take in an entry; say which rules it breaks."""
        if header.type == "decision.recorded":
            self._decided[header.id] = _Decided({header.author}, header.body["approval"] == "awaited")
            return []
        if not header.refs:
            return []
        decided = next((self._decided[ref] for ref in header.refs if ref in self._decided), None)
        if decided is None:
            return []  # what an entry may refer to is rules.py's
        if header.type in _ANSWERS:
            if header.author in decided.authors:
                return [Broken("same_person", "nobody approves or reviews what they wrote themselves")]
            decided.pending = decided.pending and header.type != "decision.approved"
        elif header.type in _VERSIONS:
            decided.authors.add(header.author)
            awaited = header.body["approval"] == "awaited"
            freed = decided.pending and not awaited and header.body["decision"] in _WITHHELD
            decided.pending = decided.pending or awaited
            if freed:
                return [Broken("approval", "what awaits approval still does after a correction that does not share")]
        return []
