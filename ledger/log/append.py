"""Appending: one transaction, check → leaf → hashes → sign → insert everything → commit, then tell.

The order, and why a crash at any step is harmless: every check is made inside the transaction, on what the entry will
stand on; rows and head are inserted together; the checkpoint is signed inside it and leaves the process only after the
commit. A crash before the commit leaves nothing; after it, everything, and a retry with the same bytes is told so.
A commit in doubt is settled in the same way: the same bytes are brought again, in the next turn to write.
Source: docs/FORMAT.md §4. Proved by tests/ledger/log/test_append.py and tests/faults/.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from ledger.errors import LedgerError, Lost, Malformed, NotPermitted, Refused, Unavailable, Unverified
from ledger.log import tables
from ledger.log.cases import check_loose_wraps
from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import Entry, Token, Wrap, parse_entry
from ledger.log.note import Signer, VerifierKey
from ledger.log.reader import Head, Reader, Stored
from ledger.log.removal import take_away
from ledger.log.roster import Broken
from ledger.log.rules import (
    Signed,
    Target,
    author_rules,
    clock_rules,
    codes_rules,
    part_rules,
    ref_rules,
    seen_rules,
    token_rules,
    wrap_rules,
)
from ledger.log.signatures import good_signatures
from ledger.log.state import State, load_state
from ledger.log.store import Store, Writer
from ledger.log.tiles import hash_reader, stored
from ledger.log.tree import EMPTY_ROOT, check_inclusion, leaf_hash, prove_inclusion, read_roots
from ledger.log.types import PEOPLE_TYPES

MAX_BATCH = tables.MAX_BATCH
SLICE = 512
"""Entries of a batch that are looked up together."""
SETTLING = (0.1, 0.5, 2.0, 5.0, 10.0)
"""Seconds before each new try after a connection was lost or a commit is in doubt."""
_HINTS = {
    "time_ahead": "Check this computer's clock. If it is right, an earlier entry was dated ahead, and consent-ledger "
    "verify says which. Until its time has come nobody can write after it, unless a backup from before is restored.",
    "seen_bounds": "Much was written meanwhile. Run the command again.",
    "guardian": "Enrol one: consent-ledger actor enrol CARD --role guardian",
    "hold": "See who placed the hold: consent-ledger list --type hold.placed",
}
_VERIFY = "Run: consent-ledger verify"
_FORBIDDEN = frozenset(
    {"not_permitted", "same_person", "reader", "unknown_author", "before_enrolment", "revoked_author"}
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A signed entry and what is to lie beside it."""

    leaf: bytes
    parts: Mapping[str, bytes] = field(default_factory=dict)
    wraps: tuple[Wrap, ...] = ()
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Appended:
    """Where the entries stand now, and the signed checkpoint that covers them."""

    numbers: tuple[int, ...]
    checkpoint: bytes


class _Doubt:
    """Whether a commit was asked for and nobody knows how it ended."""

    unsure = False


def _at_once(_seconds: float) -> None:
    """Not to wait."""


class Log:
    """The writing end of a ledger: its store and the log keys that sign its checkpoints.

    sleep: waits so many seconds before a lost commit is looked for again.
    """

    def __init__(
        self, store: Store, origin: str, signers: Sequence[Signer], sleep: Callable[[float], None] = _at_once
    ) -> None:
        self.store = store
        self.origin = origin
        self._signers = {signer.key: signer for signer in signers}
        self._sleep = sleep
        self._state: State | None = None

    def state(self, reader: Reader) -> State:
        """What follows from the log as it stands: kept from the last time if nobody wrote since."""
        head = reader.head()
        if self._state is None or self._state.head != (head.checkpoint if head else b""):
            self._state = load_state(reader, self.origin, head)
        return self._state

    def append(self, entries: Sequence[Prepared], now: int) -> Appended:
        """Append up to 4,096 entries, all or none. `now`: POSIX seconds.

        Entries that stand in the log already, byte for byte, are left as they are and their numbers told.
        Raises Refused or NotPermitted naming the rule, Unavailable when the database is busy or full,
        Unverified when what is stored does not hold: nothing was written then. Raises Lost, naming the first entry,
        when a commit was lost and the database cannot be asked whether it took place.
        """
        if not 1 <= len(entries) <= MAX_BATCH:
            raise ValueError(f"a batch holds 1 to {MAX_BATCH} entries")
        doubt, lost, waits = _Doubt(), False, iter(SETTLING)
        while True:
            try:
                return self._append_once(entries, now, doubt)
            except LedgerError as error:
                lost = lost or isinstance(error, Lost)
                # a server that takes over from another is not there at once
                seconds = next(waits, None) if lost and isinstance(error, Unavailable) else None
                if seconds is not None:
                    self._sleep(seconds)
                elif doubt.unsure:
                    raise Lost(parse_entry(entries[0].leaf, self.origin).header.id) from error
                elif isinstance(error, Lost):
                    raise Unavailable(
                        "database", "a connection", "one that went", "Try again; nothing was written."
                    ) from error
                else:
                    raise

    def _append_once(self, entries: Sequence[Prepared], now: int, doubt: _Doubt) -> Appended:
        committing = False
        try:
            with self.store.write() as writer:
                if doubt.unsure:
                    # whoever has the turn to write sees all that was committed before: here the doubt ends
                    doubt.unsure = all(self._is_there(writer, prepared) for prepared in entries)
                state, self._state = self.state(writer), None  # it is of no use if this transaction is undone
                step = _Step(writer, state, now)
                numbers = step.add_all(entries)
                if step.added:
                    step.finish(self._signers)
                    committing = True
        except Lost:
            doubt.unsure = doubt.unsure or committing
            raise
        # only now: nothing that was signed leaves before the commit
        self._state = state
        return Appended(numbers, state.head)

    def _is_there(self, reader: Reader, prepared: Prepared) -> bool:
        row = reader.by_id(parse_entry(prepared.leaf, self.origin).header.id)
        return row is not None and row.leaf == prepared.leaf


class _Step:
    """One transaction's work: the state that the next entry is checked against."""

    def __init__(self, writer: Writer, state: State, now: int) -> None:
        self.writer, self.state, self.now = writer, state, now
        self.origin, self.roster, self.frontier = state.origin, state.roster, state.frontier
        self.base = state.size
        self.hashes: list[tuple[int, int, bytes]] = []
        self.roots = {self.base: self.frontier.root()}
        self.found: dict[bytes, Stored] = {}
        self.times: dict[int, int | None] = {}
        self.good: AbstractSet[Signed] = frozenset()
        self.added = 0

    def add_all(self, prepared: Sequence[Prepared]) -> tuple[int, ...]:
        """Add them in order: the numbers of all, or the error of the first that does not hold."""
        numbers: list[int] = []
        for start in range(0, len(prepared), SLICE):
            part = prepared[start : start + SLICE]
            entries, malformed = self._read(part)
            self._look_up(entries)
            numbers += [self._add(entry, item) for entry, item in zip(entries, part, strict=False)]
            if malformed is not None:
                raise malformed
        return tuple(numbers)

    def _read(self, prepared: Sequence[Prepared]) -> tuple[list[Entry], Malformed | None]:
        """The entries up to the first that is malformed, whose error waits for its turn."""
        entries: list[Entry] = []
        for item in prepared:
            try:
                entries.append(parse_entry(item.leaf, self.origin))
            except Malformed as error:
                return entries, error
        return entries, None

    def _look_up(self, entries: Sequence[Entry]) -> None:
        """Ask for a slice of entries at once what would be asked for each: signatures, ids, references, cases."""
        self.good = good_signatures(entries, self.roster, self.frontier.size)
        headers = [entry.header for entry in entries]
        self.found = self.writer.by_ids([i for header in headers for i in (header.id, *header.refs)])
        self.state.look_up(self.writer, {header.case for header in headers if header.case is not None})

    def _add(self, entry: Entry, prepared: Prepared) -> int:
        n, header = self.frontier.size, entry.header
        already = self.found.get(header.id)
        if already is not None:
            if already.leaf == entry.leaf:
                return already.n
            raise Refused.one(
                "id", "an id used once", f"the id of entry {already.n}, which is another", "Sign it anew."
            )
        self._raise_first(n, self._broken(n, entry, prepared))
        self.writer.add_entry(n, entry)
        self.writer.add_beside(n, dict(prepared.parts), prepared.wraps, prepared.tokens)
        if header.type in ("erasure.done", "access.ended"):
            take_away(self.writer, self.origin, header)
        self.found[header.id] = Stored(n, header.id, header.type, header.author, header.at, header.case, entry.leaf)
        self.hashes += stored(self.frontier.append(entry.leaf_hash))
        self.added += 1
        self.state.take(header)
        return n

    def _broken(self, n: int, entry: Entry, prepared: Prepared) -> list[Broken]:
        """Every rule, in an order that gives the most useful answer first."""
        header = entry.header
        broken = author_rules(entry, n, self.roster, self.good)
        if broken:
            return broken
        if header.type in PEOPLE_TYPES:
            broken += self.roster.apply(n, entry)
        elif not self.roster.holding("guardian", n) and header.body.get("handle") != header.author:
            return [Broken("guardian", "nothing is recorded until a guardian is enrolled, who can always read it")]
        author_seen = self.state.author_seen(self.writer, header.author)
        broken += seen_rules(header, n, self._root_at, self._at_of, author_seen)
        broken += clock_rules(header, self.now)
        if header.kind.other_author:
            self._prove(header.refs)
        broken += ref_rules(header, n, self._target_of, self.roster)
        broken += codes_rules(header, n, self.roster)
        broken += part_rules(header, prepared.parts, erased=False)
        broken += wrap_rules(header, dict(enumerate(prepared.wraps)), {})
        broken += token_rules(header, dict(enumerate(prepared.tokens)), erased=False)
        rows = [(wrap.under, wrap.handle) for wrap in prepared.wraps]
        if header.case is not None:
            broken += self.state.case(self.writer, header.case).apply(n, header, rows, self.roster)
        else:
            broken += check_loose_wraps(header, rows, n, self.roster)
        return broken

    def _raise_first(self, n: int, broken: list[Broken]) -> None:
        if not broken:
            return
        kind, says = broken[0].kind, broken[0].says
        if kind in _FORBIDDEN:
            raise NotPermitted(f"entry {n}", "an entry that its author may write", f"one where {says}")
        hint = _HINTS.get(kind, "")
        raise Refused.one(
            f"entry {n}", "an entry that holds at its place in the log", f"one where {says} ({kind})", hint
        )

    def _root_at(self, size: int) -> bytes | None:
        if size not in self.roots:
            if size > self.base:
                return None  # a batch sees what was there before it
            self.roots[size] = (
                read_roots(hash_reader(self.writer.stored_hashes), [(0, size)])[0] if size else EMPTY_ROOT
            )
        return self.roots[size]

    def _at_of(self, n: int) -> int | None:
        # a batch has seen the same few entries: they are not asked for again with each
        if n not in self.times:
            self.times[n] = self.state.at_of(self.writer, n)
        return self.times[n]

    def _target_of(self, entry_id: bytes) -> Target | None:
        """What is referred to, as its author signed it: what is kept beside it for queries anybody may have altered."""
        row = self.found.get(entry_id)
        if row is None:
            return None
        try:
            header = parse_entry(row.leaf, self.origin).header
        except Malformed as error:
            raise Unverified(f"entry {row.n}", "an entry that holds", str(error), _VERIFY) from error
        if header.id != entry_id:
            raise Unverified(f"entry {row.n}", "the id that was signed", "another", _VERIFY)
        return Target(row.n, header.type, header.case, header.author)

    def _prove(self, refs: Sequence[bytes]) -> None:
        """That the tree has what is referred to: who wrote it decides whether somebody else agrees with it."""
        size, root = self.state.proved
        for row in filter(None, map(self.found.get, refs)):
            if row.n < size:
                proof = prove_inclusion(hash_reader(self.writer.stored_hashes), row.n, size)
                check_inclusion(proof, size, root, row.n, leaf_hash(row.leaf))

    def finish(self, signers: Mapping[VerifierKey, Signer]) -> None:
        """Insert the hashes, sign the checkpoint with the log's key and replace the head."""
        size = self.frontier.size
        keys = self.roster.checkpoint_keys(size)
        missing = [key for key in keys if key not in signers]
        if missing:
            raise NotPermitted("log key", "the key that signs this ledger's checkpoints", "none or another")
        self.writer.add_hashes(self.hashes)
        checkpoint = Checkpoint(self.origin, size, self.frontier.root()).sign([signers[key] for key in keys])
        self.writer.set_head(Head(size, checkpoint))
        self.state.head, self.state.proved = checkpoint, (size, self.frontier.root())
