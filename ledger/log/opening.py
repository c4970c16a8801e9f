"""Verification with an identity: what its reader alone can see, opened and held against its commitments.

Every wrap to this person must open to the key that it names, and every sealed part under a key that they hold must
be what its author committed to. What they hold no key for is counted as "could not be checked".
Proved by tests/tamper/test_opening.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import Malformed, Unverified
from ledger.log.entry import Entry, Wrap, parse_entry
from ledger.log.note import same
from ledger.log.queries import PAGE
from ledger.log.reader import Reader
from ledger.log.roster import Roster
from ledger.log.scan import Finding
from ledger.sealing.identity import CodesKey, Identity
from ledger.sealing.seal import CODES, KEY_SIZE, RECORD, Place, case_key_id, codes_key_id, open_codes, open_record

_PLURAL = {RECORD: "sealed records", CODES: "sealed codes"}


@dataclass(slots=True)
class Opened:
    """What opening found: how many parts and wraps held, how many could not be checked, what did not hold."""

    parts: int = 0
    wraps: int = 0
    unread: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Keys:
    cases: dict[bytes, bytes] = field(default_factory=dict)
    codes: dict[bytes, CodesKey] = field(default_factory=dict)


def open_everything(reader: Reader, roster: Roster, identity: Identity, size: int) -> Opened:
    """Open all that this person can of the first `size` entries. Nothing is raised for what does not hold."""
    opened = Opened()
    keys = _open_wraps(reader, roster, identity, size, opened)
    for start in range(0, size, PAGE):
        end = min(start + PAGE, size)
        parts = reader.parts(start, end)
        for n, entry in _entries(reader, roster, start, end):
            for part, ciphertext in parts.get(n, {}).items():
                if part in entry.header.sealed:
                    _open_part(roster.origin, n, entry, part, ciphertext, keys, opened)
    return opened


def _entries(reader: Reader, roster: Roster, start: int, end: int) -> Iterator[tuple[int, Entry]]:
    for row in reader.entries(start, end):
        try:
            yield row.n, parse_entry(row.leaf, roster.origin)
        except Malformed:
            continue  # verify reports it


def _open_wraps(reader: Reader, roster: Roster, identity: Identity, size: int, opened: Opened) -> _Keys:
    keys = _Keys()
    term = roster.term(identity.handle, size)
    key_since = 0
    if term is not None:
        terms = roster.people[identity.handle].terms
        key_since = next(held.start for held in terms if held.key == term.key)
    for start in range(0, size, PAGE):
        end = min(start + PAGE, size)
        wraps = reader.wraps(start, end)
        for n, entry in _entries(reader, roster, start, end):
            for wrap in wraps.get(n, {}).values():
                if wrap.handle != identity.handle:
                    continue
                broken = _open_wrap(roster.origin, entry, wrap, identity, keys)
                if not broken:
                    opened.wraps += 1
                elif broken == _UNOPENED and n < key_since:
                    opened.unread["wraps to an earlier key"] = opened.unread.get("wraps to an earlier key", 0) + 1
                else:
                    opened.findings.append(Finding(n, "wrap_opens", broken))
    return keys


_UNOPENED = "a wrap beside it does not open for the person that it names"


def _open_wrap(origin: str, entry: Entry, wrap: Wrap, identity: Identity, keys: _Keys) -> str:
    """Keep the key in a wrap; or say what does not hold."""
    try:
        key = identity.open_box(wrap.box)
    except Unverified:
        return _UNOPENED
    case = entry.header.case
    if len(key) == KEY_SIZE:
        if case is not None and same(wrap.under, case_key_id(origin, case, key)):
            keys.cases[wrap.under] = key
            return ""
        codes_key = CodesKey(key)
        if same(wrap.under, codes_key_id(origin, codes_key.public)):
            keys.codes[wrap.under] = codes_key
            return ""
    return "a wrap beside it opens to another key than it names"


def _open_part(origin: str, n: int, entry: Entry, part: str, ciphertext: bytes, keys: _Keys, opened: Opened) -> None:
    header = entry.header
    commitment = header.sealed[part]
    place = Place(origin, header.id, part)
    held: Any = keys.cases.get(commitment.under) if part == RECORD else keys.codes.get(commitment.under)
    if held is None:
        opened.unread[_PLURAL[part]] = opened.unread.get(_PLURAL[part], 0) + 1
        return
    try:
        if part == CODES:
            open_codes(commitment, ciphertext, held, place)
        else:
            assert header.case is not None, "the form of an entry gives a sealed record a case"
            open_record(commitment, ciphertext, header.case, held, place)
    except (Malformed, Unverified) as error:
        says = f"its sealed {part} is not what {header.author} committed to ({error.fault.field})"
        opened.findings.append(Finding(n, "part_opens", says))
    else:
        opened.parts += 1
