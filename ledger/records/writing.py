"""Writing one entry: case key → sealed parts → header → signature → append, the same for every type.

A Desk is one person at one ledger: it holds their keys for as long as a command runs. What an entry of a type says
is for the modules above (people, decisions, followups).
Proved by tests/ledger/records/test_writing.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import NotPermitted, Refused
from ledger.log.append import Appended, Log, Prepared
from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import ID_SIZE, Header, Wrap, parse_entry, sign_entry
from ledger.log.reader import Reader, Stored
from ledger.log.roster import Roster
from ledger.log.rules import rows_over
from ledger.log.state import State
from ledger.log.tiles import hash_reader
from ledger.log.trust import check_extends
from ledger.records.access import KeyRing, Random, SealWith, key_for
from ledger.sealing.identity import Identity
from ledger.sealing.seal import (
    CODES,
    KEY_SIZE,
    NONCE_SIZE,
    RECORD,
    Commitment,
    Place,
    open_codes,
    open_record,
    seal_codes,
    seal_record,
)

Clock = Callable[[], int]
LOOKS = 10
"""How often an entry is made anew because others wrote meanwhile."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be written: everything but what the log decides (number, seen, keys, signature).

    extra_wraps are written beside it, before those of its case key.
    let_in: readers whom this entry itself brings, handle → public key.
    """

    type: str
    case: bytes | None = None
    refs: tuple[bytes, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    record: Any | None = field(default=None, repr=False)
    codes: Any | None = field(default=None, repr=False)
    extra_wraps: tuple[Wrap, ...] = ()
    let_in: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """An entry that stands in the log: its number, id, case and header, and the checkpoint that covers it."""

    n: int
    header: Header
    checkpoint: bytes


@dataclass(slots=True)
class Desk:
    """One person at one ledger. seen: the newest checkpoint that this client verified."""

    log: Log
    identity: Identity
    seen: Checkpoint
    clock: Clock
    random: Random
    keys: KeyRing = field(init=False)

    def __post_init__(self) -> None:
        self.keys = KeyRing(self.identity, self.log.origin)

    @property
    def origin(self) -> str:
        """The ledger's origin."""
        return self.log.origin

    def roster(self, reader: Reader) -> Roster:
        """The roster at the head."""
        return self.log.state(reader).roster

    def write(self, draft: Draft, *, entry_id: bytes | None = None) -> Written:
        """Write one entry. entry_id: 16 bytes, by default random. Raises what Log.append raises, and NotPermitted."""
        return self.write_all([draft], [entry_id or self.random(ID_SIZE)])[0]

    def write_all(self, drafts: Sequence[Draft], ids: Sequence[bytes] | None = None) -> list[Written]:
        """Write several entries in one transaction, all or none. Each case at most once in a batch if it is new."""
        ids = ids or [self.random(ID_SIZE) for _draft in drafts]
        appended, prepared = self._append(drafts, ids)
        self.seen = Checkpoint.parse(appended.checkpoint.partition(b"\n\n")[0] + b"\n")
        for draft in drafts:
            if draft.case is not None:
                self.keys.forget(draft.case)
        headers = [parse_entry(item.leaf, self.origin).header for item in prepared]
        return [Written(n, header, appended.checkpoint) for n, header in zip(appended.numbers, headers, strict=True)]

    def _append(self, drafts: Sequence[Draft], ids: Sequence[bytes]) -> tuple[Appended, list[Prepared]]:
        for looks in range(1, LOOKS + 1):
            size, prepared = self._prepare_all(drafts, ids)
            try:
                return self.log.append(prepared, self.clock()), prepared
            except (NotPermitted, Refused):
                # between our look and our turn somebody may have given the case another key, or we ourselves, in
                # another window, have seen more: look again for as long as others write
                if looks == LOOKS or self._size() == size:
                    raise
                for draft in drafts:
                    self.keys.forget(draft.case or b"")
        raise AssertionError("the last look returns or raises")

    def _prepare_all(self, drafts: Sequence[Draft], ids: Sequence[bytes]) -> tuple[int, list[Prepared]]:
        """The signed entries, on what the log holds now: (its size, entries)."""
        with self.log.store.read() as reader:
            state = self.log.state(reader)
            self._see(reader, state)
            # a clock behind does not reorder: the newest entry seen may be dated later
            at = max(self.clock(), state.at_of(reader, state.size - 1) or 0) if state.size else self.clock()
            state.look_up(reader, {draft.case for draft in drafts if draft.case is not None})
            pairs = zip(drafts, ids, strict=True)
            return state.size, [self._prepare(reader, state, draft, id_, at) for draft, id_ in pairs]

    def _see(self, reader: Reader, state: State) -> None:
        """Take the head as seen, once it is proved to extend what was seen. Raises Unverified."""
        if state.size != self.seen.size:
            head = Checkpoint(self.origin, state.size, state.frontier.root())
            check_extends(self.seen, head, hash_reader(reader.stored_hashes))
            self.seen = head

    def _size(self) -> int:
        with self.log.store.read() as reader:
            head = reader.head()
            return head.size if head else 0

    def _prepare(self, reader: Reader, state: State, draft: Draft, entry_id: bytes, at: int) -> Prepared:
        sealed: dict[str, Commitment] = {}
        parts: dict[str, bytes] = {}
        wraps = list(draft.extra_wraps)
        if draft.record is not None:
            assert draft.case is not None, "a sealed record belongs to a case"
            use = self._case_key(reader, state, draft)
            place = Place(self.origin, entry_id, RECORD)
            nonce = self.random(NONCE_SIZE)
            sealed[RECORD], parts[RECORD] = seal_record(draft.record, draft.case, use.key, nonce, place)
            wraps += use.wraps
        if draft.codes is not None:
            place = Place(self.origin, entry_id, CODES)
            key, nonce = self.random(KEY_SIZE), self.random(NONCE_SIZE)
            sealed[CODES], parts[CODES] = seal_codes(draft.codes, state.roster.codes_key(state.size), key, nonce, place)
        header = Header(
            id=entry_id,
            type=draft.type,
            at=at,
            author=self.identity.handle,
            seen_size=self.seen.size,
            seen_root=self.seen.root,
            refs=draft.refs,
            body=draft.body,
            case=draft.case,
            sealed=sealed,
            beside={"wraps": rows_over(wraps)} if wraps else {},
        )
        return Prepared(sign_entry(self.origin, header, self.identity.signer), parts, tuple(wraps))

    def _case_key(self, reader: Reader, state: State, draft: Draft) -> SealWith:
        case, roster, size = draft.case, state.roster, state.size
        assert case is not None
        fold = state.case(reader, case)
        mine = roster.term(self.identity.handle, size)
        teams = mine.teams if mine else frozenset()
        readers = {}
        for handle in fold.try_on(self.identity.handle, teams, draft.body.get("approver")).readers(size, roster):
            term = roster.term(handle, size)
            assert term is not None, "a reader is somebody"
            readers[handle] = term.key.public
        readers.update(draft.let_in)
        held = self.keys.current_key(reader, fold)
        return key_for(fold, held, readers, self.origin, self.identity.handle, self.random(KEY_SIZE))

    # -- reading back

    def open_record(self, reader: Reader, row: Stored) -> Any:
        """The sealed record of an entry. Raises NotPermitted without its key, Unverified if it does not hold,
        LookupError if it was erased."""
        header = parse_entry(row.leaf, self.origin).header
        commitment = header.sealed[RECORD]
        ciphertext = reader.parts(row.n, row.n + 1).get(row.n, {}).get(RECORD)
        if ciphertext is None:
            raise LookupError("erased")
        assert header.case is not None
        key = self.keys.case_keys(reader, header.case).get(commitment.under)
        if key is None:
            raise NotPermitted(
                f"entry {row.n}", "a reader of its case", "somebody who is not", "Ask its author or a guardian."
            )
        return open_record(commitment, ciphertext, header.case, key, Place(self.origin, header.id, RECORD))

    def open_codes(self, reader: Reader, row: Stored) -> Any:
        """The sealed codes of an entry; raises as open_record."""
        header = parse_entry(row.leaf, self.origin).header
        commitment = header.sealed[CODES]
        ciphertext = reader.parts(row.n, row.n + 1).get(row.n, {}).get(CODES)
        if ciphertext is None:
            raise LookupError("erased")
        key = self.keys.codes_keys(reader).get(commitment.under)
        if key is None:
            raise NotPermitted(
                f"entry {row.n}", "a guardian, lead, manager or auditor", "somebody who does not hold the codes key"
            )
        return open_codes(commitment, ciphertext, key, Place(self.origin, header.id, CODES))
