"""What people who are enrolled, or who can write to the database, try from within; each was a hole once.

A practitioner lets themselves into a case, a former reader takes their access along with a new key, a bad wrap shuts
others out, a row is put into the database so that an honest client gives a key away. Whatever is appended, verify
accepts; whatever verify would find, append refuses.
"""

import sqlite3
from pathlib import Path

import pytest

from ledger.errors import LedgerError, NotPermitted, Refused, Unverified
from ledger.log.append import Log, Prepared
from ledger.log.entry import Wrap, parse_entry
from ledger.log.types import PEOPLE_CASE
from ledger.records import people
from ledger.records.followups import approve_erasure, erase, request_erasure
from ledger.records.writing import Draft
from ledger.sealing.identity import CodesKey, Identity, seal_to_person
from ledger.sealing.seal import CODES, RECORD, codes_key_id
from tests.ledger_fixtures import DECISION, Sample, case, founded_ledger, seed_of, small_ledger

CASE, OTHER = case(1), case(2)
NOTE = Draft("note.added", CASE, record={"note": "sample words"})


@pytest.fixture
def ledger(tmp_path: Path) -> Sample:
    made = small_ledger(tmp_path)
    made.enrol("stranger", ["practitioner"], ["south"])
    made.enrol("both", ["guardian", "practitioner"], by="guardian")
    made.decide("practitioner", CASE)
    return made


def reads(ledger: Sample, who: str, n: int) -> bool:
    """Whether this person can open the record of entry n."""
    with ledger.store.read() as reader:
        row = reader.entry(n)
        assert row is not None
        try:
            ledger.desk(who).open_record(reader, row)
        except NotPermitted:
            return False
    return True


def granted(ledger: Sample, author: str, to: str, in_case: bytes = CASE, wraps: tuple[Wrap, ...] = ()) -> Prepared:
    body = {"handle": ledger.people[to].handle}
    return ledger.signed(author, "access.granted", 77, case=in_case, body=body, wraps=wraps)


# -- letting oneself in


def test_nobody_lets_themselves_into_a_case(ledger: Sample) -> None:
    with pytest.raises(NotPermitted, match="only a reader"):
        ledger.append(granted(ledger, "stranger", "stranger"))
    written = ledger.desk("practitioner").write(NOTE)
    assert not reads(ledger, "stranger", written.n)


def test_nobody_lets_themselves_in_as_the_one_who_is_to_approve(ledger: Sample) -> None:
    body = {**DECISION, "approval": "awaited", "approver": "p-stranger"}
    with pytest.raises(LedgerError):
        ledger.desk("stranger").write(Draft("decision.recorded", CASE, body=body, record={"document": {}}, codes={}))
    for approver in ("p-practitioner", "p-stranger", "p-nobody"):
        with pytest.raises((NotPermitted, Refused)):
            ledger.decide("practitioner", OTHER, approval="awaited", approver=approver)


def test_who_was_shut_out_does_not_come_back_alone(ledger: Sample) -> None:
    people.grant(ledger.desk("practitioner"), CASE, "p-stranger")
    assert reads(ledger, "stranger", ledger.desk("practitioner").write(NOTE).n)
    body = {"handle": "p-stranger", "reason": "no_longer_needed"}
    ledger.desk("guardian").write(Draft("access.ended", CASE, body=body))
    with pytest.raises(NotPermitted, match="only a reader"):
        ledger.append(granted(ledger, "stranger", "stranger"))
    assert not reads(ledger, "stranger", ledger.desk("practitioner").write(NOTE).n)
    assert ledger.verify().findings == []


def test_a_reader_who_is_neither_first_author_nor_manager_nor_guardian_opens_a_case_to_nobody(ledger: Sample) -> None:
    people.grant(ledger.desk("practitioner"), CASE, "p-stranger")
    with pytest.raises(NotPermitted, match="first author, a manager or a guardian"):
        people.grant(ledger.desk("stranger"), CASE, "p-lead")


def test_names_are_not_opened_by_letting_somebody_in(ledger: Sample) -> None:
    with pytest.raises(NotPermitted, match="enrolling"):
        ledger.append(granted(ledger, "guardian", "stranger", PEOPLE_CASE))


# -- keys that go along, and keys that do not


def test_a_rotation_takes_along_only_what_may_still_be_read(ledger: Sample) -> None:
    people.grant(ledger.desk("practitioner"), CASE, "p-stranger")
    ledger.decide("stranger", OTHER)
    ledger.desk("guardian").write(Draft("access.ended", CASE, body={"handle": "p-stranger", "reason": "conflict"}))
    renewed = Identity("p-stranger", seed_of("stranger again"))
    people.rotate(ledger.desk("stranger"), renewed)
    ledger.people["stranger"] = renewed
    assert not reads(ledger, "stranger", ledger.desk("practitioner").write(NOTE).n)
    assert reads(ledger, "stranger", ledger.decide("stranger", OTHER).n)
    assert ledger.verify().findings == []


@pytest.mark.parametrize("role", ["manager", "guardian", "auditor", "duty"])
def test_who_had_a_role_once_can_still_renew_their_key(ledger: Sample, role: str) -> None:
    ledger.enrol("former", [role], ["north"], by="guardian" if role == "guardian" else "founder")
    people.change(ledger.desk("guardian"), "p-former", ["practitioner"], ["south"])
    own = ledger.decide("former", OTHER).n
    renewed = Identity("p-former", seed_of("former again"))
    people.rotate(ledger.desk("former"), renewed)
    ledger.people["former"] = renewed
    assert reads(ledger, "former", own)
    assert ledger.verify().findings == []


def test_a_rotation_is_whole_or_not_at_all(ledger: Sample, tmp_path: Path) -> None:
    """The log key is missing when it comes to signing: nothing of it stays, and the old key still reads."""
    own, size = ledger.decide("stranger", OTHER).n, ledger.checkpoint().size
    desk = ledger.desk("stranger")
    desk.log = Log(ledger.store, ledger.origin, [])
    with pytest.raises(NotPermitted, match="log key"):
        people.rotate(desk, Identity("p-stranger", seed_of("stranger again")))
    assert ledger.checkpoint().size == size
    assert reads(ledger, "stranger", own)


def test_who_no_longer_reads_codes_does_not_open_later_ones(ledger: Sample) -> None:
    ledger.enrol("former", ["manager"], ["north"])
    before = ledger.decide("practitioner", CASE)
    people.revoke(ledger.desk("guardian"), "p-former", "left")
    after = ledger.decide("practitioner", CASE)
    assert before.header.sealed[CODES].under != after.header.sealed[CODES].under
    with ledger.store.read() as reader:
        lead, former = ledger.desk("lead").keys.codes_keys(reader), ledger.desk("former").keys.codes_keys(reader)
    assert after.header.sealed[CODES].under in lead
    assert after.header.sealed[CODES].under not in former
    assert ledger.verify().findings == []


def test_a_new_key_goes_to_every_reader_or_is_refused(ledger: Sample) -> None:
    """A record cannot be kept from the guardian."""
    _size, (whole,) = ledger.desk("practitioner")._prepare_all(
        [Draft("note.added", OTHER, record={"note": "x"})], [bytes([9]) * 16]
    )
    header = parse_entry(whole.leaf, ledger.origin).header
    kept = [wrap for wrap in whole.wraps if wrap.handle != "p-guardian"]
    assert len(kept) == len(whole.wraps) - 1
    less = ledger.signed(
        "practitioner",
        header.type,
        9,
        parts=dict(whole.parts),
        wraps=kept,
        id=header.id,
        case=OTHER,
        sealed=header.sealed,
    )
    with pytest.raises(NotPermitted, match="goes to every reader"):
        ledger.append(less)
    ledger.append(whole)
    assert ledger.verify().findings == []


# -- wraps that shut others out


def test_bad_codes_wraps_are_not_passed_on_by_those_who_hold_none(ledger: Sample) -> None:
    under = codes_key_id(ledger.origin, ledger.roster().codes_key(ledger.checkpoint().size))
    bad = Wrap(under, "p-guardian", seal_to_person(bytes(32), ledger.people["guardian"].key.public))
    with pytest.raises(NotPermitted, match="passed on only by those"):
        ledger.append(granted(ledger, "practitioner", "practitioner", wraps=(bad,)))


def test_an_entry_of_no_case_wraps_codes_keys_alone(ledger: Sample) -> None:
    loose = Wrap(bytes(32), "p-guardian", bytes(80))
    body = {"codes_key": CodesKey(bytes([7]) * 32).public.hex()}
    with pytest.raises(Refused, match="no codes key of this ledger"):
        ledger.append(ledger.signed("founder", "ledger.codes_key", 78, body=body, wraps=[loose]))


def test_a_codes_key_that_nothing_can_be_sealed_to_is_refused(ledger: Sample) -> None:
    for public in (bytes(32), bytes([1]) + bytes(31)):
        with pytest.raises(Refused, match="can be sealed to"):
            ledger.append(ledger.signed("founder", "ledger.codes_key", 79, body={"codes_key": public.hex()}))


# -- after an erasure


def test_what_was_erased_is_not_followed_under_its_key(ledger: Sample) -> None:
    """A desk that kept the key from before takes a new one."""
    desk = ledger.desk("practitioner")
    first = desk.write(NOTE)
    with ledger.store.read() as reader:
        ids = [row.id for row in reader.of_case(CASE, ledger.checkpoint().size)]
    asked = request_erasure(ledger.desk("lead"), CASE, ids, "retention_over")
    agreed = approve_erasure(ledger.desk("guardian"), CASE, asked.header.id)
    erase(ledger.desk("lead"), CASE, agreed.header.id)
    again = desk.write(NOTE)
    assert first.header.sealed[RECORD].under != again.header.sealed[RECORD].under
    assert reads(ledger, "guardian", again.n)
    assert ledger.verify().findings == []


# -- rows put into the database


def test_a_forged_row_gives_no_key_away(ledger: Sample) -> None:
    """A note's leaf is replaced by an access.granted that nobody signed; the next honest writer stops."""
    at = ledger.desk("practitioner").write(NOTE).n
    forged = granted(ledger, "guardian", "stranger").leaf
    forged = forged[:-12] + (b"A" if forged[-12:-11] != b"A" else b"B") + forged[-11:]
    with sqlite3.connect(ledger.path) as database:
        database.execute("DROP TRIGGER entry_no_update")
        database.execute("UPDATE entry SET leaf = ?, type = 'access.granted' WHERE n = ?", (forged, at))
    fresh = Log(ledger.store, ledger.origin, ledger.signers)
    desk = ledger.desk("practitioner")
    desk.log = fresh
    with pytest.raises(Unverified, match="what its author signed"):
        desk.write(NOTE)
    with ledger.store.read() as reader:
        assert not any(wrap.handle == "p-stranger" for _n, _at, wrap in reader.wraps_of_case(CASE))


# -- approving one's own


def test_nobody_approves_a_version_of_their_own(ledger: Sample) -> None:
    ledger.enrol("second", ["manager"], ["north"])
    written = ledger.decide("practitioner", OTHER, decision="no_share", approval="awaited", approver="p-manager")
    people.grant(ledger.desk("practitioner"), OTHER, "p-second")
    people.revoke(ledger.desk("founder"), "p-practitioner", "left")
    body = {**DECISION, "decision": "no_share", "approval": "awaited", "approver": "p-second", "for_leaver": True}
    correction = Draft(
        "decision.corrected", OTHER, (written.header.id,), body, record={"document": {}, "reason": "x"}, codes={}
    )
    ledger.desk("manager").write(correction)
    answer = Draft("decision.approved", OTHER, (written.header.id,), record={"reason": "sample"})
    with pytest.raises(NotPermitted, match="wrote themselves"):
        ledger.desk("manager").write(answer)
    ledger.desk("second").write(answer)
    assert ledger.verify().findings == []


def test_what_was_not_approved_is_not_corrected_free(ledger: Sample) -> None:
    written = ledger.decide("practitioner", OTHER, decision="no_share", approval="awaited", approver="p-manager")
    ref = (written.header.id,)
    ledger.desk("manager").write(Draft("decision.not_approved", OTHER, ref, record={"reason": "sample"}))

    def corrected(**body: object) -> Draft:
        whole = {**DECISION, "for_leaver": False, **body}
        return Draft("decision.corrected", OTHER, ref, whole, record={"document": {}, "reason": "x"}, codes={})

    with pytest.raises(Refused, match="still does after a correction"):
        ledger.desk("practitioner").write(corrected(decision="no_share"))
    ledger.desk("practitioner").write(corrected(decision="share"))
    assert ledger.verify().findings == []


# -- a second review: roles that are lost, boxes for keys that were replaced, rows that are signed but not in the tree


@pytest.mark.parametrize(("role", "team"), [("guardian", []), ("duty", ["north"])])
def test_what_was_read_by_a_role_goes_with_the_role_though_the_key_was_renewed(
    ledger: Sample, role: str, team: list[str]
) -> None:
    ledger.enrol("former", [role], team, by="guardian" if role == "guardian" else "founder")
    assert reads(ledger, "former", ledger.desk("practitioner").write(NOTE).n)
    renewed = Identity("p-former", seed_of("former again"))
    people.rotate(ledger.desk("former"), renewed)
    ledger.people["former"] = renewed
    people.change(ledger.desk("guardian"), "p-former", ["practitioner"], ["south"])
    assert not reads(ledger, "former", ledger.desk("practitioner").write(NOTE).n)
    assert ledger.verify().findings == []


def test_a_key_goes_to_the_key_that_its_reader_has_now(ledger: Sample) -> None:
    """Prepared before the guardian renewed theirs: refused, and written anew by the desk."""
    desk = ledger.desk("practitioner")
    _size, (early,) = desk._prepare_all([Draft("note.added", OTHER, record={"note": "x"})], [bytes([9]) * 16])
    renewed = Identity("p-guardian", seed_of("guardian again"))
    people.rotate(ledger.desk("guardian"), renewed)
    ledger.people["guardian"] = renewed
    with pytest.raises(Refused, match="has replaced"):
        ledger.append(early)
    assert reads(ledger, "guardian", desk.write(Draft("note.added", OTHER, record={"note": "x"})).n)


def test_who_is_asked_to_approve_again_is_given_the_key_again(ledger: Sample) -> None:
    awaited = {"decision": "no_share", "approval": "awaited", "approver": "p-manager"}
    ledger.decide("practitioner", CASE, **awaited)
    body = {"handle": "p-manager", "reason": "given_in_error"}
    ledger.desk("guardian").write(Draft("access.ended", CASE, body=body))
    assert reads(ledger, "manager", ledger.decide("practitioner", CASE, **awaited).n)
    assert ledger.verify().findings == []


def test_codes_cannot_be_closed_to_those_who_read_them(ledger: Sample) -> None:
    body = {"codes_key": CodesKey(bytes([7]) * 32).public.hex()}
    with pytest.raises(NotPermitted, match="goes to everybody whose role reads codes"):
        ledger.append(ledger.signed("founder", "ledger.codes_key", 80, body=body))


def test_a_signed_row_that_is_not_in_the_tree_gives_no_key_away(ledger: Sample) -> None:
    """The only record of a case is replaced by the outsider's own, signed and well formed: they would be its author."""
    first = ledger.checkpoint().size - 1
    size = first + 1
    own = _own_note(ledger)
    with sqlite3.connect(ledger.path) as database:
        for trigger in ("entry_no_update", "wrap_delete", "part_delete"):
            database.execute(f"DROP TRIGGER {trigger}")
        header = parse_entry(own.leaf, ledger.origin).header
        values = (own.leaf, header.id, header.type, header.author, first)
        database.execute("UPDATE entry SET leaf = ?, id = ?, type = ?, author = ? WHERE n = ?", values)
        database.execute("DELETE FROM wrap WHERE n = ?", (first,))
        rows = [(first, i, wrap.under, wrap.handle, wrap.box) for i, wrap in enumerate(own.wraps)]
        database.executemany("INSERT INTO wrap VALUES (?, ?, ?, ?, ?)", rows)
    desk = ledger.desk("both")
    desk.log = Log(ledger.store, ledger.origin, ledger.signers)
    with pytest.raises(Unverified, match="inclusion proof"):
        desk.write(Draft("note.added", CASE, record={"note": "sample"}))
    assert ledger.checkpoint().size == size


def _own_note(ledger: Sample) -> Prepared:
    """A stranger's note as the first of a case, well formed and signed; in its own case the log would take it."""
    draft = Draft("note.added", OTHER, record={"note": "mine"})
    _size, (whole,) = ledger.desk("stranger")._prepare_all([draft], [bytes([8]) * 16])
    header = parse_entry(whole.leaf, ledger.origin).header
    kept = {"id": header.id, "case": CASE, "sealed": header.sealed}
    return ledger.signed("stranger", header.type, 8, parts=dict(whole.parts), wraps=whole.wraps, **kept)


def test_who_stepped_down_themselves_did_so(ledger: Sample) -> None:
    ledger.enrol("second", ["guardian"], by="guardian")
    people.revoke(ledger.desk("second"), "p-second", "left")
    people.renew_codes_key(ledger.desk("founder"))
    assert ledger.verify().findings == []


def test_a_founder_renews_their_key_before_there_is_a_guardian(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    renewed = Identity("p-founder", seed_of("founder again"))
    people.rotate(ledger.desk("founder"), renewed)
    ledger.people["founder"] = renewed
    ledger.enrol("guardian", ["guardian"])
    assert ledger.verify().findings == []
