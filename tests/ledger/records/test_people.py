"""People: founding, enrolling, changing, rotating, revoking, and their names, which only people enrolled can read."""

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, NotPermitted, Refused, Unverified
from ledger.log.card import card_text, make_card
from ledger.log.note import sign_note
from ledger.log.store import Store
from ledger.log.types import PEOPLE_CASE, ROLES
from ledger.records.access import reads_codes
from ledger.records.people import (
    Details,
    Founding,
    approver_for,
    change,
    directory,
    enrol,
    found,
    grant,
    revoke,
    rotate,
)
from ledger.records.writing import Draft
from ledger.sealing.identity import Identity
from ledger.sealing.seal import CODES, RECORD
from tests.ledger_fixtures import (
    NOW,
    PACKS,
    TEAM,
    Chance,
    Clock,
    Sample,
    case,
    copied,
    founded_ledger,
    identity_of,
    seed_of,
    small_ledger,
)

CASE = case(1)
DETAILS = Details("Sample Person", "sample post", "Anytown Sample Trust")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("people"))
    ledger.ids["decision"] = ledger.decide("practitioner", CASE).header.id
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _names(ledger: Sample, who: str) -> dict[str, Details]:
    with ledger.store.read() as reader:
        return directory(ledger.desk(who), reader)


def _reads(ledger: Sample, who: str, part: str) -> bool:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision"])
        assert row is not None
        desk = ledger.desk(who)
        try:
            desk.open_record(reader, row) if part == RECORD else desk.open_codes(reader, row)
        except NotPermitted:
            return False
    return True


# -- founding


def test_a_ledger_is_founded_by_its_first_administrator(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    roster = ledger.roster()

    assert ledger.checkpoint().size == 1
    assert roster.holding("administrator", 1) == ["p-founder"]
    assert (roster.organisation, roster.kind, roster.nation) == ("Anytown Sample Trust", "public", "england")
    assert roster.packs_at(1) == PACKS
    assert roster.log_key(1) == ledger.signers[0].key
    assert ledger.verify().findings == []


def _found(tmp_path: Path, **more: Any) -> None:
    store = Store.create(tmp_path / "ledger.db")
    values: dict[str, Any] = {
        "name": "sample",
        "organisation": "Anytown Sample Trust",
        "kind": "public",
        "nation": "england",
        "packs": PACKS,
        "roles": ["administrator"],
        "founder": DETAILS,
        **more,
    }
    try:
        found(store, Founding(**values), identity_of("founder"), Clock(), Chance())
    finally:
        with store.read() as reader:
            written = reader.last_number() + 1
        store.close()
        assert written in (0, 1)


@pytest.mark.parametrize("name", ["a", "anytown-school", "Anytown.School_2", "7", "x" * 64])
def test_a_ledger_may_be_called(tmp_path: Path, name: str) -> None:
    _found(tmp_path, name=name)


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a/b", "a+b", 'a"b', "a\\b", "a\nb", "-a", ".a", "é", "\u2028", "x" * 65, "a\x00"]
)
def test_a_ledger_may_not_be_called(tmp_path: Path, name: str) -> None:
    """The name stands in settings files, key names and command lines as it is."""
    with pytest.raises(Refused) as caught:
        _found(tmp_path, name=name)
    assert caught.value.faults[0].field == "--name"


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "charity"},
        {"nation": "uk"},
        {"organisation": ""},
        {"organisation": "a\nb"},
        {"roles": []},
        {"roles": ["guardian"]},
        {"roles": ["boss"]},
        {"teams": ["North Team"]},
        {"packs": [{"id": "x"}]},
    ],
)
def test_a_founding_that_the_format_does_not_have_is_refused_and_nothing_is_written(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    with pytest.raises(LedgerError):
        _found(tmp_path, **more)


def test_a_store_with_a_ledger_in_it_is_not_founded_again(whole: Sample) -> None:
    founding = Founding("sample", "Other", "public", "england", PACKS, ["administrator"], DETAILS)
    before = whole.head()
    with pytest.raises(LedgerError):
        found(whole.store, founding, identity_of("other"), Clock(), Chance("other"))

    assert whole.head() == before


def test_what_founding_gives_shows_no_seed(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ledger.db")
    founding = Founding("sample", "Anytown Sample Trust", "public", "england", PACKS, ["administrator"], DETAILS)
    founded = found(store, founding, identity_of("founder"), Clock(), Chance())
    store.close()

    assert repr(founded.log_seed)[2:-1] not in repr(founded)
    assert founded.log_seed.hex() not in repr(founded)


# -- enrolling, and whom it lets read what


@pytest.mark.parametrize("role", ROLES)
def test_who_is_enrolled_reads_every_name_and_the_codes_if_their_role_does(ledger: Sample, role: str) -> None:
    ledger.enrol("new", [role], [TEAM], by="guardian")
    names = _names(ledger, "new")

    assert set(names) == {identity.handle for identity in ledger.people.values()}
    assert names["p-founder"].name == "Sample Founder"
    assert _reads(ledger, "new", CODES) is reads_codes({role})
    assert not _reads(ledger, "new", RECORD)
    assert ledger.verify().findings == []


def test_names_are_read_across_every_change_of_the_people_cases_key(ledger: Sample) -> None:
    revoke(ledger.desk("founder"), "p-outsider", "left")
    ledger.enrol("new", ["practitioner"], [TEAM])
    revoke(ledger.desk("founder"), "p-colleague", "left")
    ledger.enrol("newer", ["practitioner"], [TEAM])

    for who in ("newer", "new", "guardian"):
        assert {"p-founder", "p-outsider", "p-colleague", "p-new", "p-newer"} <= set(_names(ledger, who))
    assert "p-newer" not in _names(ledger, "outsider")
    assert ledger.verify().findings == []


def test_who_does_not_hold_the_codes_key_enrols_nobody_who_needs_it(ledger: Sample) -> None:
    """Else they would be enrolled without it, and nobody would notice."""
    ledger.enrol("second", ["guardian"], by="guardian")
    change(ledger.desk("founder"), "p-manager", ["administrator"], [])
    assert ledger.enrol("one", ["auditor"], by="manager").n
    ledger.enrol("helper", ["administrator"])
    ledger.enrol("two", ["practitioner"], by="helper")

    assert _reads(ledger, "one", CODES)
    assert _reads(ledger, "helper", CODES)


@pytest.mark.parametrize(
    "card",
    [
        b"",
        b"x",
        make_card(identity_of("new").signer)[:-2],
        sign_note(card_text(identity_of("new").key), [identity_of("other").signer]),
        make_card(identity_of("new").signer).replace(b"p-new", b"p-now"),
    ],
)
def test_a_card_that_does_not_hold_enrols_nobody(ledger: Sample, card: bytes) -> None:
    before = ledger.head()
    with pytest.raises((Malformed, Unverified)):
        enrol(ledger.desk("founder"), card, ["practitioner"], [], DETAILS)

    assert ledger.head() == before


def test_nobody_is_enrolled_twice_or_by_a_practitioner(ledger: Sample) -> None:
    card = make_card(ledger.people["practitioner"].signer)
    with pytest.raises(Refused, match="once enrolled is not enrolled again"):
        enrol(ledger.desk("founder"), card, ["practitioner"], [], DETAILS)
    new = make_card(identity_of("new").signer)
    with pytest.raises(NotPermitted):
        enrol(ledger.desk("practitioner"), new, ["practitioner"], [], DETAILS)


def test_names_posts_and_organisations_stand_nowhere_in_the_open(whole: Sample) -> None:
    leaves = b"".join(whole.entry(n).leaf for n in range(whole.checkpoint().size))

    assert b"Sample Guardian" not in leaves
    assert b"sample post" not in leaves


# -- changing


def test_who_becomes_a_reader_of_codes_is_given_the_codes_key(ledger: Sample) -> None:
    assert not _reads(ledger, "practitioner", CODES)
    change(ledger.desk("founder"), "p-practitioner", ["practitioner", "auditor"], [TEAM])

    assert _reads(ledger, "practitioner", CODES)
    assert ledger.verify().findings == []


def test_new_details_replace_the_old_and_none_leave_them(ledger: Sample) -> None:
    before = _names(ledger, "lead")["p-manager"]
    change(ledger.desk("founder"), "p-manager", ["manager"], [TEAM])
    assert _names(ledger, "lead")["p-manager"] == before
    change(ledger.desk("founder"), "p-manager", ["manager"], [TEAM], Details("New Name", "new post", "Elsewhere"))

    assert _names(ledger, "lead")["p-manager"] == Details("New Name", "new post", "Elsewhere")


def test_nobody_who_is_not_enrolled_is_changed(ledger: Sample) -> None:
    with pytest.raises(Refused):
        change(ledger.desk("founder"), "p-nobody", ["manager"], [])


# -- rotating


def test_a_new_key_opens_everything_that_the_old_one_did(ledger: Sample) -> None:
    ledger.decide("practitioner", case(2))
    change(ledger.desk("founder"), "p-practitioner", ["practitioner", "auditor"], [TEAM])
    renewed = Identity("p-practitioner", seed_of("practitioner again"))
    desk = rotate(ledger.desk("practitioner"), renewed)
    ledger.people["practitioner"] = renewed

    assert desk.identity is renewed
    assert _reads(ledger, "practitioner", RECORD)
    assert _reads(ledger, "practitioner", CODES)
    assert len(_names(ledger, "practitioner")) == len(ledger.people)
    for in_case in (CASE, case(2)):
        ledger.desk("practitioner").write(Draft("note.added", in_case, record={"note": "x"}))
    assert ledger.verify().findings == []


def test_a_guardian_reads_after_rotating_and_goes_on_reading(ledger: Sample) -> None:
    renewed = Identity("p-guardian", seed_of("guardian again"))
    rotate(ledger.desk("guardian"), renewed)
    ledger.people["guardian"] = renewed
    assert _reads(ledger, "guardian", RECORD)
    ledger.ids["decision"] = ledger.decide("practitioner", CASE).header.id

    assert _reads(ledger, "guardian", RECORD)
    assert _reads(ledger, "guardian", CODES)


def test_a_rotation_to_a_key_that_is_used_is_refused(ledger: Sample) -> None:
    before = ledger.head()
    with pytest.raises(Refused):
        rotate(ledger.desk("practitioner"), Identity("p-practitioner", seed_of("manager")))

    assert ledger.head() == before


# -- revoking


def test_who_is_revoked_reads_what_they_held_and_nothing_new(ledger: Sample) -> None:
    revoke(ledger.desk("founder"), "p-practitioner", "left")
    assert _reads(ledger, "practitioner", RECORD)
    later = ledger.enrol("new", ["practitioner"], [TEAM])

    assert later.header.sealed[RECORD].under != ledger.entry(1).header.sealed[RECORD].under
    assert "p-new" not in _names(ledger, "practitioner")
    with pytest.raises(NotPermitted):
        ledger.decide("practitioner", case(3))


def test_a_practitioner_revokes_nobody(ledger: Sample) -> None:
    with pytest.raises(NotPermitted):
        revoke(ledger.desk("practitioner"), "p-colleague", "left")


# -- letting somebody in


def test_who_is_let_in_reads_what_was_sealed_before_and_after(ledger: Sample) -> None:
    assert not _reads(ledger, "colleague", RECORD)
    grant(ledger.desk("practitioner"), CASE, "p-colleague")

    assert _reads(ledger, "colleague", RECORD)
    ledger.ids["decision"] = ledger.decide("practitioner", CASE).header.id
    assert _reads(ledger, "colleague", RECORD)
    assert ledger.verify().findings == []


def test_who_was_shut_out_and_is_let_in_again_reads_again(ledger: Sample) -> None:
    ended = {"handle": "p-colleague", "reason": "given_in_error"}
    grant(ledger.desk("practitioner"), CASE, "p-colleague")
    ledger.desk("manager").write(Draft("access.ended", CASE, body=ended))
    assert not _reads(ledger, "colleague", RECORD)
    grant(ledger.desk("practitioner"), CASE, "p-colleague")
    assert _reads(ledger, "colleague", RECORD)

    ledger.ids["decision"] = ledger.decide("practitioner", CASE).header.id
    assert _reads(ledger, "colleague", RECORD)
    assert ledger.verify().findings == []


def test_nobody_is_let_in_by_who_cannot_read_or_without_being_enrolled(ledger: Sample) -> None:
    with pytest.raises(NotPermitted):
        grant(ledger.desk("outsider"), CASE, "p-colleague")
    for handle in ("p-nobody", "p-outsider"):
        if handle == "p-outsider":
            revoke(ledger.desk("founder"), handle, "left")
        with pytest.raises(Refused):
            grant(ledger.desk("practitioner"), CASE, handle)


# -- whom an approval awaits


def test_an_approval_awaits_a_manager_of_the_authors_team(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    assert approver_for(ledger.roster(), size, "p-practitioner") == "p-manager"
    assert approver_for(ledger.roster(), size, "p-outsider") is None
    assert approver_for(ledger.roster(), size, "p-manager") is None
    assert approver_for(ledger.roster(), size, "p-nobody") is None

    ledger.enrol("second", ["manager"], [TEAM])
    size += 1
    assert approver_for(ledger.roster(), size, "p-practitioner") == "p-manager"
    assert approver_for(ledger.roster(), size, "p-manager") == "p-second"
    revoke(ledger.desk("founder"), "p-manager", "left")
    assert approver_for(ledger.roster(), size + 1, "p-practitioner") == "p-second"


def test_the_people_case_is_everybodys_and_its_entries_are_dated(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        rows = reader.of_case(PEOPLE_CASE, ledger.checkpoint().size)

    assert len(rows) == len(ledger.people)
    assert {row.at for row in rows} == {NOW}
