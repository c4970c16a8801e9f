"""Who may sign at index i: people, their keys, roles and teams, and the ledger's own keys, folded from the log.

Everything at index i follows from entries 0 … i-1 alone. Entry 0 enrols its own author, and the origin's second half
is the digest of that key, so whoever holds the log's key cannot invent authors. A broken people entry takes no effect.
Source: docs/FORMAT.md §3. Proved by tests/ledger/log/test_roster.py.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from ledger.errors import Malformed, Unverified
from ledger.log.card import card_text
from ledger.log.entry import Entry
from ledger.log.note import VerifierKey, check_signature
from ledger.sealing.identity import box_public, check_box_public, check_handle

_GUARDED = frozenset({"guardian", "ig_lead"})
_KEPT = ("administrator", "guardian")
_REMEMBERED = 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule of the log that an entry breaks: its kind (a stable code) and the rule in plain words."""

    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Term:
    """What holds of one person from entry `start` on: their key, roles and teams. No roles: gone."""

    start: int
    key: VerifierKey
    roles: frozenset[str]
    teams: frozenset[str]

    @property
    def active(self) -> bool:
        """Whether this person may do anything at all."""
        return bool(self.roles)


@dataclass(slots=True)
class Person:
    """A handle's whole history: its terms in order, and whether and when it was revoked."""

    handle: str
    terms: list[Term]
    revoked_at: int | None = None
    suspect_since: int | None = None


def origin_of(name: str, first_administrator: VerifierKey) -> str:
    """The origin of a ledger: its chosen name / first 32 hex of SHA-256 of its founder's verifier key."""
    return f"{name}/{sha256(str(first_administrator).encode()).hexdigest()[:32]}"


def _can_seal_to(public: bytes) -> bool:
    try:
        check_box_public(public)
    except Malformed:
        return False
    return True


def _latest(history: list[tuple[int, T]], index: int) -> T:
    """The value set by the newest entry before `index`."""
    position = bisect_left(history, index, key=lambda item: item[0])
    return history[position - 1][1]


@dataclass(frozen=True, slots=True)
class Loss:
    """Entries that an administrator declared lost in a restore: in which entry, by whom, when (POSIX seconds).

    size, root: the checkpoint that was lost. digest: the declaring entry's leaf hash.
    """

    entry: int
    by: str
    at: int
    size: int
    root: bytes
    digest: bytes


@dataclass(slots=True)
class Roster:
    """The people of a ledger and its settings. Indexes are entry numbers.

    partial: folded from some people entries only (a receipt's chain), so who else holds a role is not known.
    """

    origin: str
    partial: bool = False
    written_by: dict[int, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    packs: list[tuple[int, list[dict[str, str]]]] = field(default_factory=list)
    codes_keys: list[tuple[int, bytes]] = field(default_factory=list)
    log_keys: list[tuple[int, VerifierKey]] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    organisation: str = ""
    kind: str = ""
    nation: str = ""
    _public_keys: set[bytes] = field(default_factory=set)
    _ever_held: dict[str, dict[str, int]] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _by_role: dict[tuple[frozenset[str], int], frozenset[str]] = field(default_factory=dict, compare=False)

    def term(self, handle: str, index: int) -> Term | None:
        """What held of this person just before entry `index`; None before enrolment."""
        person = self.people.get(handle)
        if person is None:
            return None
        newest = person.terms[-1]
        if newest.start < index:
            return newest
        position = bisect_left(person.terms, index, key=lambda term: term.start)
        return person.terms[position - 1] if position else None

    def active(self, index: int) -> Iterator[tuple[str, Term]]:
        """Everybody who may act just before entry `index`."""
        for handle in self.people:
            term = self.term(handle, index)
            if term is not None and term.active:
                yield handle, term

    def holding(self, role: str, index: int) -> list[str]:
        """The handles that hold a role just before entry `index`, in order of enrolment.

        Asked at every entry, so it costs those who ever held the role, however many people there are.
        """
        held = self._ever_held.get(role, {})
        terms = {handle: self.term(handle, index) for handle in held}
        found = [handle for handle, term in terms.items() if term is not None and role in term.roles]
        return sorted(found, key=held.__getitem__)

    def readers_by_role(self, teams: frozenset[str], index: int) -> frozenset[str]:
        """Guardians, and the duty holders of these teams, just before entry `index`.

        Asked at every entry of a case, and the same until the next entry that changes somebody's roles: remembered.
        """
        changes = self._starts
        key = teams, len(changes) if changes and changes[-1] < index else bisect_left(changes, index)
        found = self._by_role.get(key)
        if found is None:
            duty = self.holding("duty", index) if teams else ()
            terms = {handle: self.term(handle, index) for handle in duty}
            of_teams = frozenset(handle for handle, term in terms.items() if term is not None and term.teams & teams)
            found = of_teams.union(self.holding("guardian", index))
            if len(self._by_role) >= _REMEMBERED:
                self._by_role.clear()
            self._by_role[key] = found
        return found

    def active_among(self, handles: Iterable[str], index: int) -> set[str]:
        """Those of these people who may act just before entry `index`."""
        terms = [(handle, self.term(handle, index)) for handle in handles]
        return {handle for handle, term in terms if term is not None and term.roles}

    def handle_of_key(self, public: bytes) -> str | None:
        """Whose current key this is."""
        for handle, person in self.people.items():
            if person.terms[-1].key.public == public:
                return handle
        return None

    def codes_key(self, index: int) -> bytes:
        """The codes public key current just before entry `index` (entry 0 brings its own)."""
        return _latest(self.codes_keys, max(index, 1))

    def log_key(self, index: int) -> VerifierKey:
        """The log's verifier key current just before entry `index`."""
        return _latest(self.log_keys, max(index, 1))

    def checkpoint_keys(self, size: int) -> list[VerifierKey]:
        """Whose signatures the checkpoint of `size` entries carries: the log's key; just after a rotation, both."""
        before, now = self.log_key(max(size - 1, 1)), self.log_key(size)
        return [now] if before == now else [before, now]

    def packs_at(self, index: int) -> list[dict[str, str]]:
        """The packs adopted just before entry `index`."""
        return _latest(self.packs, max(index, 1))

    def suspect(self, handle: str, index: int) -> bool:
        """Whether this author's entry is marked suspect by a later revocation."""
        person = self.people.get(handle)
        return (
            person is not None
            and person.suspect_since is not None
            and person.revoked_at is not None
            and person.suspect_since <= index < person.revoked_at
        )

    # -- the fold

    def apply(self, index: int, entry: Entry) -> list[Broken]:
        """Let a people entry, whose signature and author were checked, take effect; or say what it breaks."""
        rule = {
            "ledger.created": self._created,
            "ledger.packs_adopted": self._packs_adopted,
            "ledger.codes_key": self._codes_key,
            "log.rotated": self._log_rotated,
            "ledger.restored": self._restored,
            "actor.enrolled": self._enrolled,
            "actor.changed": self._changed,
            "actor.rotated": self._rotated,
            "actor.revoked": self._revoked,
        }.get(entry.header.type)
        broken = rule(index, entry) if rule else []
        if not broken:
            self.written_by[index] = entry.header.author
        return broken

    def _created(self, index: int, entry: Entry) -> list[Broken]:
        body = entry.header.body
        if index != 0:
            return [Broken("roster", "a ledger is created once, by its first entry")]
        broken = self._check_card(body, entry.header.author)
        name = self.origin.rpartition("/")[0]
        key = VerifierKey.parse(body["key"])
        if self.origin != origin_of(name, key):
            broken.append(Broken("origin", "the origin does not belong to the key that created this ledger"))
        if not _can_seal_to(bytes.fromhex(body["codes_key"])):
            broken.append(Broken("roster", "a codes key is one that can be sealed to"))
        if "administrator" not in body["roles"]:
            broken.append(Broken("roster", "who creates a ledger is its administrator"))
        if broken:
            return broken
        self.organisation, self.kind, self.nation = body["organisation"], body["kind"], body["nation"]
        self.packs.append((0, body["packs"]))
        self.codes_keys.append((0, bytes.fromhex(body["codes_key"])))
        self.log_keys.append((0, VerifierKey(self.origin, bytes.fromhex(body["log_key"]))))
        self._add(index, key, body)
        return []

    def _packs_adopted(self, index: int, entry: Entry) -> list[Broken]:
        self.packs.append((index, entry.header.body["packs"]))
        return []

    def _codes_key(self, index: int, entry: Entry) -> list[Broken]:
        public = bytes.fromhex(entry.header.body["codes_key"])
        if not _can_seal_to(public):
            return [Broken("roster", "a codes key is one that can be sealed to")]
        if any(public == key for _start, key in self.codes_keys):
            return [Broken("roster", "a codes key is not used again")]
        self.codes_keys.append((index, public))
        return []

    def _log_rotated(self, index: int, entry: Entry) -> list[Broken]:
        key = VerifierKey(self.origin, bytes.fromhex(entry.header.body["log_key"]))
        if any(key == known for _start, known in self.log_keys):
            return [Broken("roster", "a log key is not used again")]
        self.log_keys.append((index, key))
        return []

    def _restored(self, index: int, entry: Entry) -> list[Broken]:
        lost, header = entry.header.body["lost"], entry.header
        root = bytes.fromhex(lost["root"])
        self.losses.append(Loss(index, header.author, header.at, lost["size"], root, entry.leaf_hash))
        return []

    def _enrolled(self, index: int, entry: Entry) -> list[Broken]:
        body = entry.header.body
        key = VerifierKey.parse(body["key"])
        broken = self._check_card(body, key.name) + self._check_guarded(index, entry, set(), set(body["roles"]))
        if key.name in self.people:
            broken.append(Broken("roster", "a handle once enrolled is not enrolled again"))
        if not broken:
            self._add(index, key, body)
        return broken

    def _changed(self, index: int, entry: Entry) -> list[Broken]:
        body = entry.header.body
        term = self.term(body["handle"], index)
        if term is None or not term.active:
            return [Broken("roster", "only somebody who is enrolled and not revoked can be changed")]
        broken = self._check_guarded(index, entry, set(term.roles), set(body["roles"]))
        broken += self._check_last(index, body["handle"], set(term.roles) - set(body["roles"]))
        if not broken:
            teams = frozenset(body.get("teams", ()))
            self._begin(body["handle"], Term(index, term.key, frozenset(body["roles"]), teams))
        return broken

    def _rotated(self, index: int, entry: Entry) -> list[Broken]:
        author = entry.header.author
        broken = self._check_card(entry.header.body, author)
        term = self.term(author, index)
        if broken or term is None:
            return broken
        key = VerifierKey.parse(entry.header.body["key"])
        self._begin(author, Term(index, key, term.roles, term.teams))
        self._public_keys.add(key.public)
        return []

    def _revoked(self, index: int, entry: Entry) -> list[Broken]:
        body = entry.header.body
        term = self.term(body["handle"], index)
        if term is None or not term.active:
            return [Broken("roster", "only somebody who is enrolled and not revoked can be revoked")]
        broken = self._check_guarded(index, entry, set(term.roles), set())
        broken += self._check_last(index, body["handle"], set(term.roles))
        if body.get("since", 0) > index:
            broken.append(Broken("roster", "entries are marked suspect from an earlier entry on"))
        if not broken:
            person = self.people[body["handle"]]
            self._begin(person.handle, Term(index, term.key, frozenset(), frozenset()))
            person.revoked_at, person.suspect_since = index, body.get("since")
        return broken

    def _add(self, index: int, key: VerifierKey, body: Any) -> None:
        self.people[key.name] = Person(key.name, [])
        self._begin(key.name, Term(index, key, frozenset(body["roles"]), frozenset(body.get("teams", ()))))
        self._public_keys.add(key.public)

    def _begin(self, handle: str, term: Term) -> None:
        terms = self.people[handle].terms
        terms.append(term)
        self._starts.append(term.start)
        for role in term.roles:
            self._ever_held.setdefault(role, {})[handle] = terms[0].start

    def _check_card(self, body: Any, handle: str) -> list[Broken]:
        key = VerifierKey.parse(body["key"])
        try:
            check_handle(key.name)
            box_public(key.public)
            check_signature(card_text(key), bytes.fromhex(body["card"]), key)
        except (Malformed, Unverified):
            return [Broken("roster", "a key is enrolled with a card that it signed itself")]
        if key.name != handle:
            return [Broken("roster", "a key belongs to the handle that it is enrolled for")]
        if key.public in self._public_keys:
            return [Broken("roster", "a key once enrolled is not enrolled again")]
        return []

    def _check_guarded(self, index: int, entry: Entry, before: set[str], after: set[str]) -> list[Broken]:
        author = self.term(entry.header.author, index)
        if not (before ^ after) & _GUARDED or not self.holding("guardian", index):
            return []
        if author is None or "guardian" not in author.roles:
            return [
                Broken("not_permitted", "once there is a guardian, only a guardian gives or takes guardian or ig_lead")
            ]
        return []

    def _check_last(self, index: int, handle: str, lost: set[str]) -> list[Broken]:
        return [
            Broken("roster", f"the last {role} stays")
            for role in _KEPT
            if not self.partial and role in lost and self.holding(role, index) == [handle]
        ]
