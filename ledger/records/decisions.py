"""Recording a decision: document → facts → evaluation → sealed parts and header → one entry.

The policy module advises, the person decides; both stand in the record, and whether they differ. Nothing waits for
an approval but its effect. Source: record design "decision.recorded". Proved by tests/ledger/records/test_decisions.py.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.errors import Fault, Refused
from ledger.log.entry import CASE_SIZE
from ledger.records.document import Document, codes_of
from ledger.records.due import add_working_days, due_items
from ledger.records.people import approver_for
from ledger.records.writing import Desk, Draft, Written
from policies import bases
from policies.errors import FactsRefused
from policies.evaluation import Evaluation, evaluate
from policies.own import own_of
from policies.pack_files import Pack
from policies.packs import Packs, packs_for
from policies.values import Facts

LATE_AFTER: Final = 1
"""Working days, where no pack of the organisation says otherwise: the recording policy says as soon as practicable."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A document that may be recorded, and what the policy module says of it.

    differs: codes of policies.evaluation.DIFFERENCES. due: (code, YYYY-MM-DD), soonest first. proposed: codes of laws
    that the organisation's own pack proposes beside those of the document, for a lead to confirm.
    """

    document: Document
    evaluation: Evaluation
    differs: tuple[str, ...]
    late: bool
    due: tuple[tuple[str, str], ...]
    proposed: tuple[str, ...] = ()

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


def consider(document: Document, nation: str, now: int, own: Pack | None = None) -> Considered:
    """Evaluate a document with the packs of its day. nation: the ledger's; now: POSIX seconds. own: the organisation's
    own pack that is adopted, which is used on its days.

    Raises Refused where the policy module cannot take it, or where it is late without a reason.
    """
    decided = document.decided_on
    packs = packs_for(nation, decided, (), own)
    try:
        evaluation = evaluate(document.facts, packs)
    except FactsRefused as error:
        raise Refused(Fault(f.field, f.expected, f.got, f.hint) for f in error.faults) from error
    today = datetime.datetime.fromtimestamp(now, datetime.UTC).date()
    limit = late_limit(packs.own)
    late = today > add_working_days(decided, limit, nation)
    if late and not document.facts.late_reason:
        after = {0: "after the day of", 1: "more than a working day after"}.get(limit)
        raise Refused.one(
            "late_reason",
            f"why it is recorded {after or f'more than {limit} working days after'} the decision: "
            "urgent, imported or other",
            "nothing",
            "Add late_reason to the document. Late is better than never.",
        )
    decision = document.facts.decision
    due = due_items(evaluation.obligations, decided, nation)
    proposed = proposed_laws(document.facts, packs, decided)
    return Considered(document, evaluation, evaluation.differs(decision), late, tuple(due), proposed)


def late_limit(own: Pack | None) -> int:
    """Working days after which a record is late: the organisation's own limit, else one."""
    limit = own_of(own).late if own is not None else None
    return LATE_AFTER if limit is None else limit


def proposed_laws(facts: Facts, packs: Packs, day: datetime.date) -> tuple[str, ...]:
    """Codes of laws that the own pack proposes for these recipients, in force that day, open to this organisation and
    not relied on in the document already."""
    if packs.own is None:
        return ()
    kinds, ours = {recipient.kind for recipient in facts.recipients}, facts.organisation
    found = dict.fromkeys(
        code
        for each in own_of(packs.own).proposes
        if each.period.covers(day) and (not each.recipients or kinds & set(each.recipients))
        for code in each.codes
        if bases.check(code, day, ours.nation, ours.kind, packs=packs.bases) is None
    )
    return tuple(code for code in found if code not in facts.basis.codes)


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
        record={
            "document": considered.document.value,
            **({"proposed": list(considered.proposed)} if considered.proposed else {}),
        },
        codes=codes_of(considered.document, evaluation, due=considered.due, team=team, proposed=considered.proposed),
    )
    return Recorded(desk.write(draft), case, considered, approver)
