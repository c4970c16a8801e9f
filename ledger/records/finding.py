"""Finding one entry by what a person names it: its number, its id, or a unique start of the id.

Proved by tests/ledger/records/test_finding.py.
"""

import re

from ledger.errors import Refused, Unverified
from ledger.log.entry import parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.types import PEOPLE_CASE

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_ID_START = re.compile(r"[0-9a-f]{4,32}", re.ASCII)
_HINT = "Run: consent-ledger list"


def find_entry(reader: Reader, ref: str, size: int) -> Stored:
    """The entry among the first `size` that `ref` names. Raises Refused if none or several are,
    Unverified if the log counts an entry of that number and it is not there.

    Digits are a number if there is such an entry; four or more hex digits are the start of an id.
    """
    numbered = _NUMBER.fullmatch(ref) is not None and int(ref) < size
    row = reader.entry(int(ref)) if numbered else None
    if row is not None:
        return row
    found = []
    if _ID_START.fullmatch(ref):
        found = [row for row in reader.by_id_prefix(ref) if row.n < size]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused.one("REF", "the start of one id", "the start of several", "Give more of it.")
    if numbered:
        raise Unverified(f"entry {ref}", "an entry, because the log counts it", "none", "Run: consent-ledger verify")
    raise Refused.one("REF", f"a number below {size}, an id, or 4 or more digits that one begins with", "none", _HINT)


def find_case(reader: Reader, origin: str, ref: str, size: int) -> bytes:
    """The case that `ref` names: its own id (32 hex), or any entry of it. Raises Refused if none is."""
    if re.fullmatch("[0-9a-f]{32}", ref, re.ASCII) and reader.of_case(bytes.fromhex(ref), size):
        case: bytes | None = bytes.fromhex(ref)
    else:
        case = parse_entry(find_entry(reader, ref, size).leaf, origin).header.case
    if case is None or case == PEOPLE_CASE:
        raise Refused.one("--case", "an entry of a case", "an entry of none", _HINT)
    return case
