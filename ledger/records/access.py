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
from ledger.log.reader import Reader
from ledger.log.types import CODES_READERS, PEOPLE_TYPES
from ledger.sealing.identity import CodesKey, Identity, seal_to_person
from ledger.sealing.seal import KEY_SIZE, case_key_id, codes_key_id

Random = Callable[[int], bytes]
MAX_CASES = 1024
"""Of so many cases keys are kept at once, so that a look at every case of a ledger takes no more memory."""
_CODES_TYPES = frozenset({*PEOPLE_TYPES, "access.granted"})


@dataclass(slots=True)
class KeyRing:
    """The keys that one identity opened, kept for as long as the command runs and no longer."""

    identity: Identity
    origin: str
    _cases: dict[bytes, dict[bytes, bytes]] = field(default_factory=dict)
    _codes: dict[bytes, CodesKey] | None = None
    _current: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"KeyRing({self.identity.handle!r})"

    def case_keys(self, reader: Reader, case: bytes) -> dict[bytes, bytes]:
        """Every key of a case that this person holds: `under` → key.

        A wrap that does not open to the key that it names is passed over, so that nobody can shut others out with a
        bad one; `verify` with an identity names it.
        """
        if case not in self._cases:
            found = {}
            for _n, _position, wrap in reader.wraps_of_case(case):
                key = self._open(wrap)
                if key is not None and same(wrap.under, case_key_id(self.origin, case, key)):
                    found[wrap.under] = key
            if len(self._cases) >= MAX_CASES:
                self._cases.clear()
            self._cases[case] = found
        return self._cases[case]

    def current_key(self, reader: Reader, fold: Case) -> dict[bytes, bytes]:
        """The newest key of a case, `under` → key, where this person holds it.

        It is read once, however long the case grows: `under` is a digest of the key, which therefore cannot change,
        and the fold says which is the newest and who still has a wrap of it.
        """
        under = fold.current
        if under is None or self.identity.handle not in fold.holders[under]:
            return {}
        if fold.case not in self._current or self._current[fold.case][0] != under:
            self._cases.pop(fold.case, None)
            key = self.case_keys(reader, fold.case).get(under)
            if key is None:
                return {}
            self._current[fold.case] = (under, key)
        return {under: self._current[fold.case][1]}

    def forget(self, case: bytes) -> None:
        """Read a case's keys, and codes keys, anew next time: something was written."""
        self._cases.pop(case, None)
        self._codes = None

    def codes_keys(self, reader: Reader) -> dict[bytes, CodesKey]:
        """Every codes key that this person holds: `under` → key. Bad wraps are passed over, as in case_keys."""
        if self._codes is None:
            found = {}
            for _n, wrap in reader.wraps_to(self.identity.handle, _CODES_TYPES):
                key = self._open(wrap)
                if key is not None:
                    codes_key = CodesKey(key)
                    if same(wrap.under, codes_key_id(self.origin, codes_key.public)):
                        found[wrap.under] = codes_key
            self._codes = found
        return self._codes

    def _open(self, wrap: Wrap) -> bytes | None:
        """The key in a wrap to this person; None if it is another's, or sealed to an earlier key, or no key."""
        if wrap.handle != self.identity.handle:
            return None
        try:
            key = self.identity.open_box(wrap.box)
        except Unverified:
            return None
        return key if len(key) == KEY_SIZE else None


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
            "Ask its author or a guardian to let you in.",
        )
    current = fold.current
    key = held.get(current) if current is not None else None
    if key is not None and current is not None and fold.serves(readers):
        missing = {handle: readers[handle] for handle in readers if handle not in fold.holders[current]}
        return SealWith(key, wraps_for(key, current, missing))
    return SealWith(new, wraps_for(new, case_key_id(origin, fold.case, new), readers))


def wraps_for(key: bytes, under: bytes, readers: Mapping[str, bytes]) -> tuple[Wrap, ...]:
    """The key sealed to each of these people: handle → public key."""
    return tuple(Wrap(under, handle, seal_to_person(key, readers[handle])) for handle in sorted(readers))


def reads_codes(roles: set[str] | frozenset[str]) -> bool:
    """Whether one of these roles is given the codes key."""
    return bool(roles & CODES_READERS)
