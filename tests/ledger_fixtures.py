"""A small real ledger on disk for tests: people with fixed keys, a clock that is set by hand, bytes from a counter.

Two ledgers made here in the same way are the same, byte for byte, but for the boxes that libsodium seals.

    ledger = small_ledger(tmp_path)            # a founder and everybody of PEOPLE
    done = ledger.decide("practitioner", case(1))
    ledger.desk("manager").write(Draft("decision.approved", case(1), refs=(done.header.id,), record={"reason": "yes"}))
    assert ledger.verify().ok
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

from nacl.bindings import crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp

from ledger.log.append import Appended, Log, Prepared
from ledger.log.card import make_card
from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import Entry, Header, Token, Wrap, parse_entry, sign_entry
from ledger.log.note import Signer
from ledger.log.roster import Roster
from ledger.log.rules import rows_over
from ledger.log.state import load_roster
from ledger.log.store import Store
from ledger.log.verify import Report, verify
from ledger.records.people import Details, Founding, enrol, found
from ledger.records.writing import Desk, Draft, Written
from ledger.sealing.identity import Identity, public_of
from tests.ledger_databases import copied_store

NOW = 1_790_000_000
"""2026-09-21T13:33:20Z, when every sample ledger begins."""
TEAM = "north"
OTHER_TEAM = "south"
PACKS = [{"id": "england-2006", "digest": "00" * 32}]
DECISION = {
    "decision": "share",
    "advice": "may_share",
    "differs": False,
    "late": False,
    "approval": "not_needed",
    "packs": PACKS,
}
PEOPLE: dict[str, tuple[list[str], list[str]]] = {
    "guardian": (["guardian"], []),
    "practitioner": (["practitioner"], [TEAM]),
    "colleague": (["practitioner"], [TEAM]),
    "outsider": (["practitioner"], [OTHER_TEAM]),
    "manager": (["manager"], [TEAM]),
    "duty": (["duty"], [TEAM]),
    "lead": (["ig_lead"], []),
}
"""Whom small_ledger enrols, in this order, after its founder (an administrator)."""


class Clock:
    """POSIX seconds that only a test moves."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Chance:
    """Bytes that look random and are the same every time."""

    def __init__(self, label: str = "chance") -> None:
        self._label, self._count = label, 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        out = b""
        while len(out) < size:
            out += sha256(f"{self._label}/{self._count}/{len(out)}".encode()).digest()
        return out[:size]


def seed_of(name: str) -> bytes:
    """The seed of a sample person's key, 32 bytes."""
    return sha256(f"sample person {name}".encode()).digest()


def identity_of(name: str, handle: str | None = None) -> Identity:
    """A sample person's key; the handle is p-NAME, unless another is given."""
    return Identity(handle or f"p-{name}", seed_of(name))


def case(number: int) -> bytes:
    """A case's pseudonym, 16 bytes, never the people case."""
    return sha256(f"case {number}".encode()).digest()[:16]


def entry_id(number: int) -> bytes:
    """An id, 16 bytes, for entries that are built by hand."""
    return sha256(f"entry {number}".encode()).digest()[:16]


def size_and_root(checkpoint: bytes) -> Checkpoint:
    """What a signed checkpoint says, unchecked."""
    return Checkpoint.parse(checkpoint.partition(b"\n\n")[0] + b"\n")


@dataclass
class Sample:
    """A ledger with its people by name, its clock and its log key."""

    path: Path
    store: Store
    origin: str
    log: Log
    signers: list[Signer]
    people: dict[str, Identity]
    clock: Clock
    chance: Chance
    log_seed: bytes = field(repr=False)
    ids: dict[str, bytes] = field(default_factory=dict)
    """Ids of entries that a test wants to find again, under names of its own."""

    @property
    def url(self) -> str:
        """Where its database is."""
        return self.store.url

    def head(self) -> bytes:
        """The signed checkpoint."""
        with self.store.read() as reader:
            head = reader.head()
        assert head is not None
        return head.checkpoint

    def checkpoint(self) -> Checkpoint:
        """What it says."""
        return size_and_root(self.head())

    def roster(self, end: int | None = None) -> Roster:
        """The roster after `end` entries, by default all."""
        with self.store.read() as reader:
            return load_roster(reader, self.origin, self.checkpoint().size if end is None else end)

    def desk(self, who: str) -> Desk:
        """Somebody's desk, having seen the newest checkpoint."""
        return Desk(self.log, self.people[who], self.checkpoint(), self.clock, self.chance)

    def enrol(self, who: str, roles: Sequence[str], teams: Sequence[str] = (), by: str = "founder") -> Written:
        """Enrol somebody new, with a key of their own."""
        self.people.setdefault(who, identity_of(who))
        details = Details(f"Sample {who.title()}", "sample post", "Anytown Sample Trust")
        return enrol(self.desk(by), make_card(self.people[who].signer), roles, teams, details)

    def decide(self, who: str, in_case: bytes, **body: Any) -> Written:
        """Record a decision with both parts sealed."""
        record = {"document": {"purpose": f"a sample by {who}", "items": ["attendance", "address"]}}
        draft = Draft(
            "decision.recorded", in_case, body={**DECISION, **body}, record=record, codes={"route": "consent"}
        )
        return self.desk(who).write(draft)

    def header(self, who: str, entry_type: str, number: int, **more: Any) -> Header:
        """The header of an entry built by hand that has seen everything; `more` replaces any of its fields."""
        if not {"seen_size", "seen_root"} <= more.keys():
            seen = self.checkpoint()
            more = {"seen_size": seen.size, "seen_root": seen.root, **more}
        values: dict[str, Any] = {
            "id": entry_id(number),
            "type": entry_type,
            "at": self.clock.now,
            "author": self.people[who].handle,
        }
        return Header(**{**values, **more})

    def signed(
        self,
        who: str,
        entry_type: str,
        number: int,
        *,
        parts: dict[str, bytes] | None = None,
        wraps: Sequence[Wrap] = (),
        tokens: Sequence[Token] = (),
        **more: Any,
    ) -> Prepared:
        """An entry built and signed by hand, ready to be appended; `beside` follows from wraps and tokens."""
        beside = {kind: rows_over(rows) for kind, rows in (("wraps", wraps), ("tokens", tokens)) if rows}
        header = self.header(who, entry_type, number, **{"beside": beside, **more})
        leaf = sign_entry(self.origin, header, self.people[who].signer)
        return Prepared(leaf, parts or {}, tuple(wraps), tuple(tokens))

    def append(self, *entries: Prepared) -> Appended:
        """Append them in one batch, at the clock's time."""
        return self.log.append(entries, self.clock())

    def entry(self, n: int) -> Entry:
        """Entry n, read."""
        with self.store.read() as reader:
            row = reader.entry(n)
        assert row is not None
        return parse_entry(row.leaf, self.origin)

    def verify(self, **more: Any) -> Report:
        """Verify everything, in this process."""
        return verify(self.store, self.origin, self.clock(), **{"jobs": 1, **more})


def founded_ledger(
    directory: Path,
    *,
    name: str = "sample",
    roles: Sequence[str] = ("administrator",),
    store: Store | None = None,
) -> Sample:
    """A ledger with entry 0 alone, at DIRECTORY/ledger.db or in an empty `store`; its founder is the only person."""
    clock, chance, founder = Clock(), Chance(), identity_of("founder")
    store = store or Store.create(directory / "ledger.db")
    details = Details("Sample Founder", "sample post", "Anytown Sample Trust")
    founding = Founding(name, "Anytown Sample Trust", "public", "england", PACKS, list(roles), details)
    made = found(store, founding, founder, clock, chance)
    return Sample(
        path=directory / "ledger.db",
        store=store,
        origin=made.origin,
        log=Log(store, made.origin, [made.log_signer]),
        signers=[made.log_signer],
        people={"founder": founder},
        clock=clock,
        chance=chance,
        log_seed=made.log_seed,
    )


def small_ledger(directory: Path, who: Sequence[str] = tuple(PEOPLE), store: Store | None = None) -> Sample:
    """A ledger in which everybody of PEOPLE (or those named) is enrolled: entries 0 … len(who)."""
    ledger = founded_ledger(directory, store=store)
    for name in who:
        roles, teams = PEOPLE[name]
        # once there is a guardian, only they make somebody a lead
        by = "guardian" if name == "lead" and "guardian" in ledger.people else "founder"
        ledger.enrol(name, roles, teams, by)
    return ledger


def copied(ledger: Sample, directory: Path) -> Sample:
    """The same ledger in a database of its own, to be damaged: nothing done to it is seen by the first."""
    ledger.store.close()
    path = directory / "ledger.db"
    if ledger.store.url.startswith("sqlite"):
        for suffix in ("", "-wal"):
            source = ledger.path.with_name(ledger.path.name + suffix)
            if source.exists():
                shutil.copyfile(source, path.with_name(path.name + suffix))
        path.chmod(0o600)
        store = Store.at(path)
    else:
        store = copied_store(ledger.store.url)
    return Sample(
        path=path,
        store=store,
        origin=ledger.origin,
        log=Log(store, ledger.origin, ledger.signers),
        signers=list(ledger.signers),
        people=dict(ledger.people),
        clock=Clock(ledger.clock.now),
        chance=Chance(str(path)),
        log_seed=ledger.log_seed,
        ids=dict(ledger.ids),
    )


SMALL_ORDER_POINT = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


def mixed_public() -> bytes:
    """A sample key with a point of order 8 added: signatures under it can verify, but nothing is sealed to it."""
    return crypto_core_ed25519_add(public_of(seed_of("mixed")), SMALL_ORDER_POINT)


def mixed_signature(text: bytes) -> bytes:
    """A signature over `text` that verifies under mixed_public(): nonces are tried until the extra point drops out."""
    secret = int.from_bytes(sha512(seed_of("mixed")).digest()[:32], "little")
    secret = secret & ~(7 | 1 << 255) | 1 << 254
    for nonce in range(2, 1000):
        point = crypto_scalarmult_ed25519_base_noclamp(nonce.to_bytes(32, "little"))
        hashed = int.from_bytes(sha512(point + mixed_public() + text).digest(), "little") % _GROUP_ORDER
        if hashed % 8 == 0:
            return point + ((nonce + hashed * secret) % _GROUP_ORDER).to_bytes(32, "little")
    raise AssertionError("one nonce in eight does")
