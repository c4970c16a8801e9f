"""Who may sign at index i: each rule of people and keys, each broken once."""

import copy
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, NotPermitted, Refused, Unverified
from ledger.log.card import card_signature, card_text
from ledger.log.entry import Entry, Header, parse_entry, sign_entry
from ledger.log.note import Signer, VerifierKey, check_signature
from ledger.log.roster import Roster, origin_of
from ledger.log.state import load_roster
from ledger.log.types import PEOPLE_CASE, ROLES
from ledger.records.people import change, revoke, rotate
from ledger.sealing.identity import Identity
from ledger.sealing.seal import RECORD, Commitment
from tests.ledger_fixtures import (
    SMALL_ORDER_POINT,
    TEAM,
    Sample,
    case,
    copied,
    entry_id,
    founded_ledger,
    identity_of,
    mixed_public,
    mixed_signature,
    seed_of,
    small_ledger,
)

COMMITMENT = Commitment(bytes(32), 553, bytes(32), bytes(32), bytes(32))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return small_ledger(tmp_path_factory.mktemp("roster"))


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    """A copy of its own for each test."""
    return copied(whole, tmp_path)


def _entry(ledger: Sample, who: str, entry_type: str, body: dict[str, Any], n: int) -> Entry:
    """An entry as the fold meets it, signature and form already looked at."""
    sealed = {RECORD: COMMITMENT} if entry_type in ("actor.enrolled", "ledger.created") else {}
    in_case = PEOPLE_CASE if entry_type in ("actor.enrolled", "actor.changed", "ledger.created") else None
    header = Header(entry_id(n), entry_type, 0, ledger.people[who].handle, 0, bytes(32), (), body, in_case, sealed)
    return parse_entry(sign_entry(ledger.origin, header, ledger.people[who].signer), ledger.origin)


def _apply(ledger: Sample, who: str, entry_type: str, **body: Any) -> tuple[list[str], Roster]:
    """What the entry breaks when it comes next, and the roster after it."""
    roster, n = ledger.roster(), ledger.checkpoint().size
    broken = roster.apply(n, _entry(ledger, who, entry_type, body, n))
    return [item.says for item in broken], roster


def _enrol_body(identity: Identity, roles: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "roles": roles or ["practitioner"],
        "key": str(identity.key),
        "card": card_signature(identity.signer).hex(),
        **more,
    }


# -- who may sign at all


def test_somebody_unknown_writes_nothing(ledger: Sample) -> None:
    ledger.people["stranger"] = identity_of("stranger")
    with pytest.raises(NotPermitted, match="nobody was enrolled under its author's handle"):
        ledger.append(ledger.signed("stranger", "hold.placed", 1, case=case(1), body={"reason": "court"}))


def test_a_stranger_who_signs_under_an_enrolled_handle_is_refused(ledger: Sample) -> None:
    ledger.people["lead"] = Identity("p-lead", seed_of("stranger"))
    with pytest.raises(Refused, match="not signed with the key that its author had then"):
        ledger.append(ledger.signed("lead", "hold.placed", 1, case=case(1), body={"reason": "court"}))


def test_a_role_writes_what_is_its_own_and_nothing_else(ledger: Sample) -> None:
    with pytest.raises(NotPermitted, match=r"no role that may write hold\.placed"):
        ledger.append(ledger.signed("practitioner", "hold.placed", 1, case=case(1), body={"reason": "court"}))
    ledger.append(ledger.signed("lead", "hold.placed", 1, case=case(1), body={"reason": "court"}))


def test_somebody_revoked_writes_nothing_more(ledger: Sample) -> None:
    desk = ledger.desk("practitioner")
    written = ledger.decide("practitioner", case(1))
    revoke(ledger.desk("founder"), "p-practitioner", "left")
    with pytest.raises(NotPermitted, match="revoked"):
        ledger.append(ledger.signed("practitioner", "access.granted", 1, case=case(1), body={"handle": "p-lead"}))

    assert ledger.roster().term(desk.identity.handle, written.n).active  # type: ignore[union-attr]
    assert ledger.verify().ok


# -- enrolment


def test_a_handle_is_enrolled_once_even_after_revocation(ledger: Sample) -> None:
    again = Identity("p-practitioner", seed_of("another person"))
    for _turn in range(2):
        broken, _roster = _apply(ledger, "founder", "actor.enrolled", **_enrol_body(again))
        assert broken == ["a handle once enrolled is not enrolled again"]
        if ledger.roster().people["p-practitioner"].revoked_at is None:
            revoke(ledger.desk("founder"), "p-practitioner", "left")


def test_a_key_is_enrolled_once_even_after_revocation_or_rotation(ledger: Sample) -> None:
    first = ledger.people["practitioner"]
    renewed = Identity("p-practitioner", seed_of("practitioner again"))
    rotate(ledger.desk("practitioner"), renewed)
    revoke(ledger.desk("founder"), "p-practitioner", "left")
    for identity in (first, renewed):
        same_key = Identity("p-other", seed_of("practitioner" if identity is first else "practitioner again"))
        broken, _roster = _apply(ledger, "founder", "actor.enrolled", **_enrol_body(same_key))
        assert broken == ["a key once enrolled is not enrolled again"]


def test_a_card_by_another_key_is_refused(ledger: Sample) -> None:
    body = _enrol_body(identity_of("new"))
    body["card"] = card_signature(identity_of("other", "p-new").signer).hex()
    broken, roster = _apply(ledger, "founder", "actor.enrolled", **body)

    assert broken == ["a key is enrolled with a card that it signed itself"]
    assert "p-new" not in roster.people


@pytest.mark.parametrize(
    "public", [SMALL_ORDER_POINT, b"\x01" + bytes(31), bytes(32)], ids=["order 8", "order 1", "order 4"]
)
def test_a_key_of_small_order_is_refused(ledger: Sample, public: bytes) -> None:
    key = VerifierKey("p-new", public)
    body = {"roles": ["practitioner"], "key": str(key), "card": (b"\x01" + bytes(63)).hex()}
    broken, _roster = _apply(ledger, "founder", "actor.enrolled", **body)

    assert broken == ["a key is enrolled with a card that it signed itself"]


def test_a_key_that_verifies_but_cannot_be_sealed_to_is_refused(ledger: Sample) -> None:
    key = VerifierKey("p-new", mixed_public())
    signature = mixed_signature(card_text(key))
    check_signature(card_text(key), signature, key)
    body = {"roles": ["practitioner"], "key": str(key), "card": signature.hex()}

    assert _apply(ledger, "founder", "actor.enrolled", **body)[0]


def test_a_name_that_is_no_handle_is_refused(ledger: Sample) -> None:
    signer = Signer("P.New", seed_of("new"))
    body = {"roles": ["practitioner"], "key": str(signer.key), "card": "00" * 64}

    assert _apply(ledger, "founder", "actor.enrolled", **body)[0]


# -- guarded roles, and the last of a kind


@pytest.mark.parametrize("role", ROLES)
def test_once_there_is_a_guardian_only_a_guardian_gives_guardian_or_lead(ledger: Sample, role: str) -> None:
    guarded = role in ("guardian", "ig_lead")
    body = _enrol_body(identity_of("new"), [role])

    assert bool(_apply(ledger, "founder", "actor.enrolled", **body)[0]) is guarded
    assert not _apply(ledger, "guardian", "actor.enrolled", **body)[0]


@pytest.mark.parametrize("who", ["guardian", "lead"])
def test_only_a_guardian_takes_guardian_or_lead(ledger: Sample, who: str) -> None:
    ledger.enrol("second", ["guardian"], by="guardian")
    handle = ledger.people[who].handle

    assert _apply(ledger, "founder", "actor.changed", handle=handle, roles=["practitioner"])[0]
    assert _apply(ledger, "founder", "actor.revoked", handle=handle, reason="left")[0]
    assert not _apply(ledger, "second", "actor.changed", handle=handle, roles=["practitioner"])[0]
    assert not _apply(ledger, "second", "actor.revoked", handle=handle, reason="left")[0]


def test_a_change_that_leaves_guarded_roles_alone_needs_no_guardian(ledger: Sample) -> None:
    broken, roster = _apply(ledger, "founder", "actor.changed", handle="p-lead", roles=["ig_lead", "auditor"])

    assert broken == []
    assert roster.term("p-lead", 99).roles == {"ig_lead", "auditor"}  # type: ignore[union-attr]


def test_before_there_is_a_guardian_an_administrator_gives_every_role(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    ledger.enrol("lead", ["ig_lead"])
    ledger.enrol("guardian", ["guardian"])

    assert ledger.roster().holding("guardian", 3) == ["p-guardian"]


def test_who_reads_by_role_is_told_of_each_place_in_whatever_order_it_is_asked(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    ledger.enrol("guardian", ["guardian"])
    ledger.enrol("duty", ["duty"], ["north"])
    north, south = frozenset({"north"}), frozenset({"south"})
    roster = ledger.roster()

    for index in (3, 1, 2, 3, 1, 2):
        expected = {"p-guardian"} if index > 1 else set()
        assert roster.readers_by_role(south, index) == roster.readers_by_role(frozenset(), index) == expected
        assert roster.readers_by_role(north, index) == expected | ({"p-duty"} if index > 2 else set())


@pytest.mark.parametrize(("who", "by"), [("founder", "founder"), ("guardian", "guardian")])
def test_the_last_administrator_and_the_last_guardian_stay(ledger: Sample, who: str, by: str) -> None:
    handle = ledger.people[who].handle
    role = "administrator" if who == "founder" else "guardian"
    for broken in (
        _apply(ledger, by, "actor.revoked", handle=handle, reason="left")[0],
        _apply(ledger, by, "actor.changed", handle=handle, roles=["practitioner"])[0],
    ):
        assert broken == [f"the last {role} stays"]

    ledger.enrol("second", [role], by=by)
    assert not _apply(ledger, by, "actor.revoked", handle=handle, reason="left")[0]
    assert not _apply(ledger, by, "actor.changed", handle=handle, roles=["practitioner"])[0]


@pytest.mark.parametrize("entry_type", ["actor.changed", "actor.revoked"])
@pytest.mark.parametrize("handle", ["p-nobody", "p-colleague"])
def test_only_somebody_enrolled_and_not_revoked_is_changed_or_revoked(
    ledger: Sample, entry_type: str, handle: str
) -> None:
    revoke(ledger.desk("founder"), "p-colleague", "left")
    more = {"roles": ["practitioner"]} if entry_type == "actor.changed" else {"reason": "left"}

    assert _apply(ledger, "founder", entry_type, handle=handle, **more)[0]


# -- change, rotation, revocation


def test_a_change_counts_from_the_next_entry_on(ledger: Sample) -> None:
    written = change(ledger.desk("founder"), "p-practitioner", ["manager"], ["south"])
    roster = ledger.roster()
    before, after = roster.term("p-practitioner", written.n), roster.term("p-practitioner", written.n + 1)

    assert before is not None
    assert after is not None
    assert (before.roles, before.teams) == ({"practitioner"}, {TEAM})
    assert (after.roles, after.teams) == ({"manager"}, {"south"})
    assert before.key == after.key


def test_a_rotated_key_signs_from_the_next_entry_on_and_the_old_one_no_more(ledger: Sample) -> None:
    old = ledger.people["practitioner"]
    renewed = Identity("p-practitioner", seed_of("practitioner again"))
    rotate(ledger.desk("practitioner"), renewed)
    at = ledger.checkpoint().size - 1

    with pytest.raises(Refused, match="not signed with the key"):
        ledger.decide("practitioner", case(1))
    ledger.people["practitioner"] = renewed
    ledger.decide("practitioner", case(1))
    roster = ledger.roster()
    assert roster.term("p-practitioner", at).key == old.key  # type: ignore[union-attr]
    assert roster.term("p-practitioner", at + 1).key == renewed.key  # type: ignore[union-attr]
    assert roster.handle_of_key(renewed.key.public) == "p-practitioner"
    assert roster.handle_of_key(old.key.public) is None
    assert ledger.verify().ok


def test_a_rotation_to_another_handle_or_a_used_key_is_refused(ledger: Sample) -> None:
    def rotated(identity: Identity) -> list[str]:
        body = {"key": str(identity.key), "card": card_signature(identity.signer).hex()}
        return _apply(ledger, "practitioner", "actor.rotated", **body)[0]

    assert rotated(identity_of("new")) == ["a key belongs to the handle that it is enrolled for"]
    assert rotated(Identity("p-practitioner", seed_of("manager"))) == ["a key once enrolled is not enrolled again"]
    assert rotated(ledger.people["practitioner"]) == ["a key once enrolled is not enrolled again"]
    assert rotated(Identity("p-practitioner", seed_of("new"))) == []


def test_a_revocation_marks_earlier_entries_suspect_and_leaves_them_valid(ledger: Sample) -> None:
    first, second = ledger.decide("practitioner", case(1)), ledger.decide("practitioner", case(1))
    revoked = revoke(ledger.desk("founder"), "p-practitioner", "key_stolen", since=second.n)
    roster, report = ledger.roster(), ledger.verify()

    assert [roster.suspect("p-practitioner", n) for n in (first.n, second.n, revoked.n)] == [False, True, False]
    assert not roster.suspect("p-manager", second.n)
    assert not roster.suspect("p-nobody", second.n)
    assert report.ok
    assert report.suspect == [second.n]


def test_suspicion_reaches_back_never_forward(ledger: Sample) -> None:
    n = ledger.checkpoint().size
    body = {"handle": "p-practitioner", "reason": "left"}

    assert _apply(ledger, "founder", "actor.revoked", **body, since=n + 1)[0]
    assert not _apply(ledger, "founder", "actor.revoked", **body, since=0)[0]


# -- the ledger's own keys and settings


def test_packs_codes_key_and_log_key_count_from_the_next_entry_on(ledger: Sample) -> None:
    n = ledger.checkpoint().size
    roster = ledger.roster()
    changes: dict[str, dict[str, Any]] = {
        "ledger.packs_adopted": {"packs": []},
        "ledger.codes_key": {"codes_key": "ab" * 32},
        "log.rotated": {"log_key": "cd" * 32},
    }
    for i, (name, body) in enumerate(changes.items()):
        assert roster.apply(n + i, _entry(ledger, "founder", name, body, n + i)) == []

    assert (roster.packs_at(n) == []) is False
    assert roster.packs_at(n + 1) == []
    assert (roster.codes_key(n + 1) == bytes([0xAB] * 32), roster.codes_key(n + 2)) == (False, bytes([0xAB] * 32))
    assert roster.log_key(n + 2) == ledger.signers[0].key
    assert roster.log_key(n + 3) == VerifierKey(ledger.origin, bytes([0xCD] * 32))


@pytest.mark.parametrize("name", ["ledger.codes_key", "log.rotated"])
def test_a_codes_key_or_log_key_is_not_used_again(ledger: Sample, name: str) -> None:
    roster, n = ledger.roster(), ledger.checkpoint().size
    field = "codes_key" if name == "ledger.codes_key" else "log_key"
    first = roster.codes_key(1).hex() if field == "codes_key" else roster.log_key(1).public.hex()

    assert roster.apply(n, _entry(ledger, "founder", name, {field: first}, n))
    assert not roster.apply(n, _entry(ledger, "founder", name, {field: "ab" * 32}, n))
    assert roster.apply(n + 1, _entry(ledger, "founder", name, {field: "ab" * 32}, n + 1))


# -- the founder and the origin


def test_the_origin_belongs_to_the_founders_key(whole: Sample) -> None:
    """docs/FORMAT.md §3: who holds the ledger's own key cannot invent authors."""
    founder = whole.people["founder"]
    assert whole.origin == origin_of("sample", founder.key)
    name, digest = whole.origin.split("/")
    assert name == "sample"
    assert len(digest) == 32
    assert origin_of("sample", identity_of("founder", "p-other").key) != whole.origin


def _created(origin: str, author: Identity, **more: Any) -> Entry:
    body: dict[str, Any] = {
        "organisation": "Anytown Sample Trust",
        "kind": "public",
        "nation": "england",
        "packs": [],
        "codes_key": "ab" * 32,
        "log_key": "cd" * 32,
        **_enrol_body(author, ["administrator"]),
        **more,
    }
    sealed = {RECORD: COMMITMENT}
    header = Header(entry_id(0), "ledger.created", 0, author.handle, 0, bytes(32), (), body, PEOPLE_CASE, sealed)
    return parse_entry(sign_entry(origin, header, author.signer), origin)


def test_a_ledger_created_by_another_key_under_the_same_origin_is_refused(whole: Sample) -> None:
    thief = Identity("p-founder", seed_of("thief"))
    roster = Roster(whole.origin)

    assert [item.kind for item in roster.apply(0, _created(whole.origin, thief))] == ["origin"]
    assert roster.people == {}
    assert roster.apply(0, _created(whole.origin, whole.people["founder"])) == []


def test_a_founder_is_an_administrator_and_founds_once(whole: Sample) -> None:
    founder = whole.people["founder"]
    assert Roster(whole.origin).apply(0, _created(whole.origin, founder, roles=["guardian"]))
    assert Roster(whole.origin).apply(1, _created(whole.origin, founder))
    roster = copy.deepcopy(whole.roster())
    assert roster.apply(9, _created(whole.origin, founder))


def test_a_roster_that_does_not_hold_is_not_loaded(whole: Sample) -> None:
    with whole.store.read() as reader:
        size = whole.checkpoint().size
        assert load_roster(reader, whole.origin, size).holding("guardian", size) == ["p-guardian"]
        with pytest.raises(Unverified):
            load_roster(reader, whole.origin, 0)
        with pytest.raises(LedgerError):
            load_roster(reader, "sample/ffffffffffffffffffffffffffffffff", size)
