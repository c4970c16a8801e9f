"""Everything that is written about a decision or a case after it, and before: one way for every type of the table.

The fields of the sealed parts are those of the type's row; another is refused by name.
Proved by tests/ledger/records/test_followups.py.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ledger.errors import Fault, Refused
from ledger.log.types import TYPES
from ledger.records.writing import Desk, Draft, Written
from policies.near import nearest

_LIKE_A_FIELD = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)


def follow_up(
    desk: Desk,
    type_name: str,
    case: bytes | None,
    *,
    refs: Sequence[bytes] = (),
    body: Mapping[str, Any] | None = None,
    record: Mapping[str, Any] | None = None,
    codes: Mapping[str, Any] | None = None,
) -> Written:
    """Write an entry of any type but those with a module of their own.

    Raises Refused for a field that the type's row does not name, and what Desk.write raises.
    """
    row = TYPES[type_name]
    faults = _unknown("record", record, row.record_fields) + _unknown("codes", codes, row.codes_fields)
    if faults:
        raise Refused(faults)
    return desk.write(Draft(type_name, case, tuple(refs), dict(body or {}), record=record, codes=codes))


def _unknown(part: str, value: Mapping[str, Any] | None, fields: Sequence[str]) -> list[Fault]:
    faults = []
    for name in value or {}:
        if name not in fields:
            hint = nearest(name, fields)
            expected = f"one of {', '.join(fields)}" if fields else "no fields at all"
            # what is like none of them may be a name or a number that slipped into its place
            shown = name if hint and _LIKE_A_FIELD.fullmatch(name) else "(not shown)"
            faults.append(Fault(f"{part}.{shown}", expected, "an unknown field", hint))
    return faults


def request_erasure(desk: Desk, case: bytes, entries: Sequence[bytes], reason: str) -> Written:
    """Ask for the sealed parts of these entries (ids) of one case to be erased."""
    return follow_up(desk, "erasure.requested", case, refs=entries, body={"reason": reason})


def approve_erasure(desk: Desk, case: bytes, request: bytes) -> Written:
    """Approve it; another person than the one who asked."""
    return follow_up(desk, "erasure.approved", case, refs=[request])


def erase(desk: Desk, case: bytes, approval: bytes) -> Written:
    """Do it: ciphertexts, tokens and spent wraps are deleted in the entry's own transaction."""
    return follow_up(desk, "erasure.done", case, refs=[approval])
