"""Recording a decision: document → facts → evaluation → sealed parts and header → one entry.

The policy module advises, the person decides; both stand in the record, and whether they differ. Nothing waits for
an approval but its effect. Source: record design "decision.recorded". Proved by tests/ledger/records/test_decisions.py.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.errors import Fault, Refused
from ledger.log.entry import CASE_SIZE
from ledger.records.document import Document, codes_of
from ledger.records.due import add_working_days, due_items
from ledger.records.people import approver_for
from ledger.records.writing import Desk, Draft, Written
from policies.errors import FactsRefused
from policies.evaluation import Evaluation, evaluate
from policies.packs import packs_for


@dataclass(frozen=True, slots=True)
class Considered:
    """A document that may be recorded, and what the policy module says of it.

    differs: codes of policies.evaluation.DIFFERENCES. due: (code, YYYY-MM-DD), soonest first.
    """

    document: Document
    evaluation: Evaluation
    differs: tuple[str, ...]
    late: bool
    due: tuple[tuple[str, str], ...]

    @property
    def awaits_approval(self) -> bool:
        """Whether it is not in effect until a manager approves."""
        return "awaiting_approval" in self.evaluation.conditions


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision that stands in the log: the entry, its case, and whom it awaits."""

    written: Written
    case: bytes
    considered: Considered
    approver: str | None


def consider(document: Document, nation: str, now: int) -> Considered:
    """Evaluate a document with the packs of its day. nation: the ledger's; now: POSIX seconds.

    Raises Refused where the policy module cannot take it, or where it is late without a reason.
    """
    decided = document.decided_on
    try:
        evaluation = evaluate(document.facts, packs_for(nation, decided))
    except FactsRefused as error:
        raise Refused(Fault(f.field, f.expected, f.got, f.hint) for f in error.faults) from error
    today = datetime.datetime.fromtimestamp(now, datetime.UTC).date()
    # an organisation's own limit comes with its pack; the recording policy says as soon as practicable
    late = today > add_working_days(decided, 1, nation)
    if late and not document.facts.late_reason:
        raise Refused.one(
            "late_reason",
            "why it is recorded more than a working day after the decision: urgent, imported or other",
            "nothing",
            "Add late_reason to the document. Late is better than never.",
        )
    decision = document.facts.decision
    due = due_items(evaluation.obligations, decided, nation)
    return Considered(document, evaluation, evaluation.differs(decision), late, tuple(due))


def record_decision(
    desk: Desk, considered: Considered, *, case: bytes | None = None, refs: Sequence[bytes] = ()
) -> Recorded:
    """Write a considered decision: a new case unless one is given. Raises what Desk.write raises."""
    case = case or desk.random(CASE_SIZE)
    with desk.log.store.read() as reader:
        roster = desk.roster(reader)
    size = desk.seen.size
    term = roster.term(desk.identity.handle, size)
    team = sorted(term.teams)[0] if term and term.teams else ""
    approver = approver_for(roster, size, desk.identity.handle) if considered.awaits_approval else None
    evaluation = considered.evaluation
    body: dict[str, Any] = {
        "decision": considered.document.facts.decision,
        "advice": evaluation.advice,
        "differs": bool(considered.differs),
        "late": considered.late,
        "approval": "awaited" if considered.awaits_approval else "not_needed",
        "packs": [{"id": pack["id"], "digest": pack["digest"]} for pack in evaluation.packs],
    }
    if approver is not None:
        body["approver"] = approver
    draft = Draft(
        "decision.recorded",
        case,
        tuple(refs),
        body,
        record={"document": considered.document.value},
        codes=codes_of(considered.document, evaluation, due=considered.due, team=team),
    )
    return Recorded(desk.write(draft), case, considered, approver)
