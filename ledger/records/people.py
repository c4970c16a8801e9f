"""The people of a ledger: its founding, enrolments, changes, and their names, which only people enrolled can read.

Source: docs/FORMAT.md §3. Proved by tests/ledger/records/test_people.py.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import Fault, Malformed, NotPermitted, Refused, Unverified
from ledger.log.append import MAX_BATCH, Log
from ledger.log.card import card_signature, read_card
from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import parse_entry
from ledger.log.note import Signer, VerifierKey
from ledger.log.reader import Reader
from ledger.log.roster import Roster, Term, origin_of
from ledger.log.store import Store
from ledger.log.tree import EMPTY_ROOT
from ledger.log.types import PEOPLE_CASE
from ledger.records.access import Random, reads_codes, wraps_for
from ledger.records.writing import Clock, Desk, Draft, Written
from ledger.sealing.identity import CodesKey, Identity
from ledger.sealing.seal import KEY_SIZE, codes_key_id

# it goes into settings files, key names and command lines as it stands
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


MAX_DETAIL = 200
_PARTS = ("name", "post", "organisation")
_NAMING = ("ledger.created", "actor.enrolled", "actor.changed")
# letters and signs to the machine, and blank to whoever reads them
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a person, sealed: name, post, organisation.

    Raises Refused where one is empty, longer than 200 characters, or holds what cannot be seen: nobody is enrolled
    as nobody, and no name is made to look like another's.
    """

    name: str
    post: str
    organisation: str

    def __post_init__(self) -> None:
        faults = [fault for part, text in self.to_json().items() for fault in _unfit(part, text)]
        if faults:
            raise Refused(faults)

    def to_json(self) -> dict[str, Any]:
        """The sealed record."""
        return dict(zip(_PARTS, (self.name, self.post, self.organisation), strict=True))


def _unfit(part: str, text: str) -> list[Fault]:
    if not text.strip():
        return [Fault(part, "a line of text", "nothing", "Run the command again and type it in.")]
    if len(text) > MAX_DETAIL:
        return [Fault(part, f"at most {MAX_DETAIL} characters", f"{len(text):,}", "Shorten it.")]
    if not text.isprintable() or _BLANK & set(text):
        return [Fault(part, "characters that can be seen", "one that cannot", "Type it again in plain text.")]
    return []


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new ledger is told: its chosen name, the organisation, its kind and nation, packs, the founder."""

    name: str
    organisation: str
    kind: str
    nation: str
    packs: Sequence[Mapping[str, str]]
    roles: Sequence[str]
    founder: Details
    teams: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Founded:
    """A new ledger: its origin, the seed of its log key, and entry 0."""

    origin: str
    log_signer: Signer
    log_seed: bytes = field(repr=False)
    created: Written


def found(store: Store, founding: Founding, identity: Identity, clock: Clock, random: Random) -> Founded:
    """Write entry 0, `ledger.created`, into an empty store. Raises Refused for a name that cannot be an origin."""
    if not _NAME.fullmatch(founding.name):
        expected = "1 to 64 letters, digits, dots, - and _, the first a letter or digit"
        raise Refused.one("--name", expected, "another name", "For example: anytown-school")
    origin = origin_of(founding.name, identity.key)
    seed = random(KEY_SIZE)
    signer = Signer(origin, seed)
    codes_key = CodesKey(random(KEY_SIZE))
    desk = Desk(Log(store, origin, [signer]), identity, Checkpoint(origin, 0, EMPTY_ROOT), clock, random)
    body: dict[str, Any] = {
        "organisation": founding.organisation,
        "kind": founding.kind,
        "nation": founding.nation,
        "packs": [dict(pack) for pack in founding.packs],
        "codes_key": codes_key.public.hex(),
        "log_key": signer.key.public.hex(),
        "roles": list(founding.roles),
        "key": str(identity.key),
        "card": card_signature(identity.signer).hex(),
    }
    if founding.teams:
        body["teams"] = list(founding.teams)
    me = {identity.handle: identity.key.public}
    draft = Draft(
        "ledger.created",
        PEOPLE_CASE,
        body=body,
        record={**founding.founder.to_json(), "search_key": random(KEY_SIZE).hex()},
        extra_wraps=wraps_for(codes_key.secret, codes_key_id(origin, codes_key.public), me),
        let_in=me,
    )
    return Founded(origin, signer, seed, desk.write(draft))


def enrol(desk: Desk, card: bytes, roles: Sequence[str], teams: Sequence[str], details: Details) -> Written:
    """Enrol the person whose card this is. Raises as Desk.write, Malformed or Unverified for the card."""
    key, signature = read_card(card)
    body: dict[str, Any] = {"roles": sorted(set(roles)), "key": str(key), "card": signature.hex()}
    if teams:
        body["teams"] = sorted(set(teams))
    them = {key.name: key.public}
    with desk.log.store.read() as reader:
        held = desk.keys.case_keys(reader, PEOPLE_CASE)
        state = desk.log.state(reader)
        fold = state.case(reader, PEOPLE_CASE)
        # the key that the entry is sealed under goes to all its readers by itself; the others open earlier names
        stays = fold.serves(fold.readers(state.size, state.roster))
        earlier = [(under, old) for under, old in held.items() if not (stays and under == fold.current)]
        wraps = [wrap for under, old in earlier if not fold.spent(under) for wrap in wraps_for(old, under, them)]
        if reads_codes(set(roles)):
            wraps += _codes_wraps(desk, reader, them)
    return desk.write(
        Draft(
            "actor.enrolled",
            PEOPLE_CASE,
            body=body,
            record=details.to_json(),
            extra_wraps=tuple(wraps),
            let_in=them,
        )
    )


def _term_now(desk: Desk, reader: Reader, handle: str) -> Term | None:
    state = desk.log.state(reader)
    return state.roster.term(handle, state.size)


def _codes_wraps(desk: Desk, reader: Reader, them: Mapping[str, bytes]) -> list[Any]:
    keys = desk.keys.codes_keys(reader)
    if not keys:
        raise NotPermitted(
            "role",
            "somebody who holds the codes key enrols managers, leads, guardians and auditors",
            "somebody who does not",
            "Ask a guardian to enrol them.",
        )
    return [wrap for under, key in keys.items() for wrap in wraps_for(key.secret, under, them)]


def change(
    desk: Desk, handle: str, roles: Sequence[str], teams: Sequence[str], details: Details | None = None
) -> Written:
    """Replace a person's roles and teams, and their details where given."""
    body: dict[str, Any] = {"handle": handle, "roles": sorted(set(roles))}
    if teams:
        body["teams"] = sorted(set(teams))
    with desk.log.store.read() as reader:
        term = _term_now(desk, reader, handle)
        if term is None:
            raise Refused.one("handle", "somebody who is enrolled", "nobody", "Run: consent-ledger actor list")
        wraps: list[Any] = []
        if reads_codes(set(roles)) and not reads_codes(term.roles):
            wraps = _codes_wraps(desk, reader, {handle: term.key.public})
        renewed = _renewed_codes_key(desk, reader, handle, frozenset(roles))
    record = details.to_json() if details else None
    changed = Draft("actor.changed", PEOPLE_CASE, body=body, record=record, extra_wraps=tuple(wraps))
    return desk.write_all([changed, *renewed])[0]


def rotate(desk: Desk, renewed: Identity) -> Desk:
    """Replace this person's own key by another under the same handle, with every key that they may still read by.

    Returns their desk with the new key. All of it is one transaction up to 4,095 cases; beyond that what comes before
    the last one only adds wraps, so that after a crash it is run again.
    """
    me = {renewed.handle: renewed.key.public}
    drafts = []
    with desk.log.store.read() as reader:
        state = desk.log.state(reader)
        term = state.roster.term(renewed.handle, state.size)
        codes = desk.keys.codes_keys(reader) if term is not None and reads_codes(term.roles) else {}
        for case in reader.cases_with_wraps_to(renewed.handle):
            fold = state.case(reader, case)
            if renewed.handle not in fold.readers(state.size, state.roster):
                continue  # what they may no longer read does not come along
            keys = [item for item in desk.keys.case_keys(reader, case).items() if not fold.spent(item[0])]
            wraps = [wrap for under, key in keys for wrap in wraps_for(key, under, me)]
            if case == PEOPLE_CASE:
                wraps += [wrap for under, key in codes.items() for wrap in wraps_for(key.secret, under, me)]
            drafts.append(Draft("access.granted", case, body={"handle": renewed.handle}, extra_wraps=tuple(wraps)))
    body = {"key": str(renewed.key), "card": card_signature(renewed.signer).hex()}
    drafts.append(Draft("actor.rotated", body=body))
    for start in range(0, len(drafts), MAX_BATCH):
        desk.write_all(drafts[start : start + MAX_BATCH])
    return Desk(desk.log, renewed, desk.seen, desk.clock, desk.random)


def grant(desk: Desk, case: bytes, handle: str) -> Written:
    """Let somebody read a case: every key of it that this person holds is sealed to them."""
    with desk.log.store.read() as reader:
        term = _term_now(desk, reader, handle)
        fold = desk.log.state(reader).case(reader, case)
        keys = {under: key for under, key in desk.keys.case_keys(reader, case).items() if not fold.spent(under)}
    if term is None or not term.active:
        raise Refused.one("handle", "somebody who is enrolled", "nobody", "Run: consent-ledger actor list")
    if not keys:
        raise NotPermitted("case", "a reader of this case", "somebody who is not", "Ask its author or a guardian.")
    wraps = [wrap for under, key in keys.items() for wrap in wraps_for(key, under, {handle: term.key.public})]
    return desk.write(Draft("access.granted", case, body={"handle": handle}, extra_wraps=tuple(wraps)))


def revoke(desk: Desk, handle: str, reason: str, since: int | None = None) -> Written:
    """End what a person may do. since: their entries from this number on are marked suspect."""
    body: dict[str, Any] = {"handle": handle, "reason": reason}
    if since is not None:
        body["since"] = since
    with desk.log.store.read() as reader:
        drafts = [Draft("actor.revoked", body=body), *_renewed_codes_key(desk, reader, handle, frozenset())]
    return desk.write_all(drafts)[0]


def renew_codes_key(desk: Desk) -> Written:
    """Replace the codes key by a new one, sealed to everybody whose role reads codes."""
    with desk.log.store.read() as reader:
        draft = _codes_key_draft(desk, reader, without="")
    return desk.write(draft)


def _codes_key_draft(desk: Desk, reader: Reader, without: str) -> Draft:
    state = desk.log.state(reader)
    key = CodesKey(desk.random(KEY_SIZE))
    holders = {
        handle: term.key.public
        for handle, term in state.roster.active(state.size)
        if handle != without and reads_codes(term.roles)
    }
    wraps = wraps_for(key.secret, codes_key_id(desk.origin, key.public), holders)
    return Draft("ledger.codes_key", body={"codes_key": key.public.hex()}, extra_wraps=wraps)


def _renewed_codes_key(desk: Desk, reader: Reader, handle: str, roles: frozenset[str]) -> list[Draft]:
    """A new codes key, where somebody who read codes will no longer: what is sealed from now on is closed to them.

    Who steps down themselves cannot choose whom the next key goes to: another administrator or guardian renews it.
    """
    state = desk.log.state(reader)
    term = state.roster.term(handle, state.size)
    goes = term is not None and reads_codes(term.roles) and not reads_codes(roles)
    return [_codes_key_draft(desk, reader, without=handle)] if goes and handle != desk.identity.handle else []


def directory(desk: Desk, reader: Reader) -> dict[str, Details | None]:
    """The names that this person can read: handle → details; None where the newest record of them does not hold.

    Who cannot be read, or was erased, is left out. One damaged record never hides the others.
    """
    found: dict[str, Details | None] = {}
    for row in reader.of_case(PEOPLE_CASE, desk.seen.size):
        try:
            header = parse_entry(row.leaf, desk.origin).header
            if header.type not in _NAMING or "record" not in header.sealed:
                continue
            handle = header.body.get("handle") or VerifierKey.parse(header.body["key"]).name
        except Malformed:
            continue  # it no longer says whose it is; verify names it
        try:
            found[handle] = _details_in(desk.open_record(reader, row))
        except (NotPermitted, LookupError):
            continue
        except (Unverified, Malformed):
            found[handle] = None
    return found


def _details_in(record: Any) -> Details | None:
    """The details in a sealed record; None in one that its author made of something else."""
    if type(record) is not dict or not all(type(record.get(part)) is str for part in _PARTS):
        return None
    try:
        return Details(*(record[part] for part in _PARTS))
    except Refused:
        return None


def approver_for(roster: Roster, index: int, author: str) -> str | None:
    """The manager whom an author's decision awaits: of one of their teams, not themselves, enrolled first."""
    term = roster.term(author, index)
    teams = term.teams if term else frozenset()
    for handle, held in roster.active(index):
        if handle != author and "manager" in held.roles and held.teams & teams:
            return handle
    return None
