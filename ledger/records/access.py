"""Which keys a person holds, and to whom a new entry must give them.

A key that opens but does not hash to the name it was kept under is refused, before reading and before sealing.
Source: docs/FORMAT.md §2 "Keys". Proved by tests/ledger/records/test_access.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ledger.errors import NotPermitted, Unverified
from ledger.log.cases import Case
from ledger.log.entry import Wrap
from ledger.log.note import same
from ledger.log.store import Reader
from ledger.log.types import CODES_READERS, PEOPLE_TYPES
from ledger.sealing.identity import CodesKey, Identity, seal_to_person
from ledger.sealing.seal import KEY_SIZE, case_key_id, codes_key_id

Random = Callable[[int], bytes]
_VERIFY = "Run: consent-ledger verify"
_CODES_TYPES = frozenset({*PEOPLE_TYPES, "access.granted"})


@dataclass(slots=True)
class KeyRing:
    """The keys that one identity opened, kept for as long as the command runs and no longer."""

    identity: Identity
    origin: str
    _cases: dict[bytes, dict[bytes, bytes]] = field(default_factory=dict)
    _codes: dict[bytes, CodesKey] | None = None

    def __repr__(self) -> str:
        return f"KeyRing({self.identity.handle!r})"

    def case_keys(self, reader: Reader, case: bytes) -> dict[bytes, bytes]:
        """Every key of a case that this person holds: `under` → key. Raises Unverified for a key of another name."""
        if case not in self._cases:
            found = {}
            for n, _position, wrap in reader.wraps_of_case(case):
                key = _open(self.identity, n, wrap) if wrap.handle == self.identity.handle else None
                if key is not None:
                    if same(wrap.under, case_key_id(self.origin, case, key)):
                        found[wrap.under] = key
                    else:
                        self._codes_key(n, wrap.under, key)
            self._cases[case] = found
        return self._cases[case]

    def forget(self, case: bytes) -> None:
        """Read a case's keys anew next time: something was written."""
        self._cases.pop(case, None)

    def codes_keys(self, reader: Reader) -> dict[bytes, CodesKey]:
        """Every codes key that this person holds: `under` → key."""
        if self._codes is None:
            found = {}
            for n, wrap in reader.wraps_to(self.identity.handle, _CODES_TYPES):
                key = _open(self.identity, n, wrap)
                if key is not None and not self._is_case_key(reader, n, wrap.under, key):
                    found[wrap.under] = self._codes_key(n, wrap.under, key)
            self._codes = found
        return self._codes

    def _is_case_key(self, reader: Reader, n: int, under: bytes, key: bytes) -> bool:
        row = reader.entry(n)
        return row is not None and row.case is not None and same(under, case_key_id(self.origin, row.case, key))

    def _codes_key(self, n: int, under: bytes, key: bytes) -> CodesKey:
        codes_key = CodesKey(key)
        if not same(under, codes_key_id(self.origin, codes_key.public)):
            raise Unverified(
                f"entry {n}", "a wrap of the key that it names", "another key", "Run: consent-ledger verify"
            )
        return codes_key


def _open(identity: Identity, n: int, wrap: Wrap) -> bytes | None:
    """The key in a wrap; None if it is sealed to an earlier key of this person's (verify tells that from damage)."""
    try:
        key = identity.open_box(wrap.box)
    except Unverified:
        return None
    if len(key) != KEY_SIZE:
        raise Unverified(f"entry {n}", "a wrap of a key of 32 bytes", f"{len(key)} bytes", _VERIFY)
    return key


@dataclass(frozen=True, slots=True)
class SealWith:
    """What a sealed entry is to use: the case key, and the wraps that give it to readers who lack it."""

    key: bytes = field(repr=False)
    wraps: tuple[Wrap, ...]


def key_for(
    fold: Case, held: Mapping[bytes, bytes], readers: Mapping[str, bytes], origin: str, author: str, new: bytes
) -> SealWith:
    """The key for the next sealed entry of a case: the current one, or `new` where the rules ask for the next.

    fold: the case before the entry. held: what the author holds, `under` → key. readers: who may read it with this
    entry, handle → public key; one who lacks the key is given it. Raises NotPermitted if the author is no reader.
    """
    if author not in readers:
        raise NotPermitted(
            "case",
            "a reader of this case",
            "somebody who is not",
            "Ask its author or a guardian to let you in: consent-ledger case grant",
        )
    current = fold.current
    key = held.get(current) if current is not None else None
    if key is not None and current is not None and fold.holders[current] <= set(readers):
        missing = {handle: readers[handle] for handle in readers if handle not in fold.holders[current]}
        return SealWith(key, wraps_for(key, current, missing))
    return SealWith(new, wraps_for(new, case_key_id(origin, fold.case, new), readers))


def wraps_for(key: bytes, under: bytes, readers: Mapping[str, bytes]) -> tuple[Wrap, ...]:
    """The key sealed to each of these people: handle → public key."""
    return tuple(Wrap(under, handle, seal_to_person(key, readers[handle])) for handle in sorted(readers))


def reads_codes(roles: set[str] | frozenset[str]) -> bool:
    """Whether one of these roles is given the codes key."""
    return bool(roles & CODES_READERS)
