"""Who reads a case and under which key: each way in and out, each key that is due, each wrap that goes too far."""

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import NotPermitted, Refused
from ledger.log.append import Prepared
from ledger.log.cases import Case
from ledger.log.entry import Wrap
from ledger.log.state import load_case
from ledger.log.types import PEOPLE_CASE
from ledger.records.access import wraps_for
from ledger.records.people import change, revoke
from ledger.records.writing import Draft, Written
from ledger.sealing.identity import seal_to_person
from ledger.sealing.seal import RECORD, Place, case_key_id, codes_key_id, seal_record
from tests.ledger_fixtures import TEAM, Sample, case, copied, entry_id, founded_ledger, small_ledger

CASE, OTHER = case(1), case(2)
NOTE = {"note": "a sample"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("cases"))
    ledger.decide("practitioner", CASE)
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _fold(ledger: Sample, in_case: bytes = CASE) -> Case:
    size = ledger.checkpoint().size
    with ledger.store.read() as reader:
        return load_case(reader, ledger.origin, in_case, size, ledger.roster())


def _readers(ledger: Sample, in_case: bytes = CASE) -> set[str]:
    readers = _fold(ledger, in_case).readers(ledger.checkpoint().size, ledger.roster())
    return {handle.removeprefix("p-") for handle in readers}


def _note(ledger: Sample, who: str, in_case: bytes = CASE) -> Written:
    return ledger.desk(who).write(Draft("note.added", in_case, record=NOTE))


def _grant(ledger: Sample, who: str, by: str = "practitioner") -> None:
    ledger.desk(by).write(Draft("access.granted", CASE, body={"handle": ledger.people[who].handle}))


def _end(ledger: Sample, who: str, by: str = "manager") -> None:
    body = {"handle": ledger.people[who].handle, "reason": "conflict"}
    ledger.desk(by).write(Draft("access.ended", CASE, body=body))


def _opens(ledger: Sample, who: str, n: int) -> bool:
    with ledger.store.read() as reader:
        row = reader.entry(n)
        assert row is not None
        try:
            ledger.desk(who).open_record(reader, row)
        except NotPermitted:
            return False
    return True


# -- readers


def test_the_first_author_the_duty_of_their_team_and_guardians_read(ledger: Sample) -> None:
    assert _readers(ledger) == {"practitioner", "duty", "guardian"}


def test_the_duty_of_another_team_does_not_read(ledger: Sample) -> None:
    _note(ledger, "outsider", OTHER)

    assert _readers(ledger, OTHER) == {"outsider", "guardian"}


def test_the_approver_who_is_asked_reads(ledger: Sample) -> None:
    ledger.decide("practitioner", OTHER, approver="p-manager", approval="awaited")

    assert _readers(ledger, OTHER) == {"practitioner", "duty", "guardian", "manager"}
    assert _opens(ledger, "manager", ledger.checkpoint().size - 1)


def test_who_is_granted_reads_and_who_is_ended_no_more(ledger: Sample) -> None:
    _grant(ledger, "colleague")
    assert "colleague" in _readers(ledger)
    _end(ledger, "colleague")
    assert "colleague" not in _readers(ledger)
    _grant(ledger, "colleague")
    assert "colleague" in _readers(ledger)


def test_the_first_author_can_be_ended_and_stays_out(ledger: Sample) -> None:
    _end(ledger, "practitioner")

    assert _readers(ledger) == {"duty", "guardian"}
    with pytest.raises(NotPermitted):
        _note(ledger, "practitioner")


@pytest.mark.parametrize("who", ["guardian", "duty"])
def test_who_reads_by_their_role_is_not_shut_out_of_one_case(ledger: Sample, who: str) -> None:
    """Else a manager could blind the guardian, who is there to see."""
    before = ledger.checkpoint().size
    with pytest.raises(NotPermitted, match="by their role"):
        _end(ledger, who)

    assert ledger.checkpoint().size == before
    assert _opens(ledger, who, _note(ledger, "practitioner").n)


def test_somebody_revoked_reads_no_more_however_they_came_in(ledger: Sample) -> None:
    _grant(ledger, "colleague")
    revoke(ledger.desk("founder"), "p-colleague", "left")
    revoke(ledger.desk("founder"), "p-practitioner", "left")

    assert _readers(ledger) == {"duty", "guardian"}


def test_only_a_reader_lets_others_in(ledger: Sample) -> None:
    with pytest.raises(NotPermitted, match="only a reader"):
        _grant(ledger, "colleague", by="outsider")
    assert "colleague" not in _readers(ledger)


def test_everybody_enrolled_reads_the_people_case(ledger: Sample) -> None:
    everybody = {handle.removeprefix("p-") for handle in ledger.roster().people}

    assert _readers(ledger, PEOPLE_CASE) == everybody


def test_nothing_is_recorded_before_there_is_a_guardian(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    ledger.enrol("practitioner", ["practitioner"], [TEAM])
    with pytest.raises(Refused, match="until a guardian is enrolled"):
        ledger.decide("practitioner", CASE)

    ledger.enrol("guardian", ["guardian"])
    written = ledger.decide("practitioner", CASE)
    assert _opens(ledger, "guardian", written.n)


# -- keys


def test_one_key_serves_while_its_holders_are_readers(ledger: Sample) -> None:
    first = _fold(ledger).current
    _note(ledger, "practitioner")
    _grant(ledger, "colleague")
    written = _note(ledger, "practitioner")

    fold = _fold(ledger)
    assert fold.current == first
    assert fold.holders[first or b""] == {"p-practitioner", "p-duty", "p-guardian", "p-colleague"}
    assert _opens(ledger, "colleague", written.n)


@pytest.mark.parametrize("how", ["ended", "revoked", "changed"])
def test_when_a_holder_is_no_longer_a_reader_the_next_writer_brings_a_new_key(ledger: Sample, how: str) -> None:
    _grant(ledger, "colleague")
    _note(ledger, "practitioner")
    first = _fold(ledger).current
    gone = "colleague"
    if how == "ended":
        _end(ledger, "colleague")
    elif how == "revoked":
        revoke(ledger.desk("founder"), "p-colleague", "left")
    else:
        gone = "duty"
        change(ledger.desk("founder"), "p-duty", ["duty"], ["south"])
    written = _note(ledger, "practitioner")

    fold = _fold(ledger)
    assert fold.current != first
    assert f"p-{gone}" not in fold.holders[fold.current or b""]
    assert not _opens(ledger, gone, written.n)
    assert _opens(ledger, "guardian", written.n)
    assert ledger.verify().ok


def _by_hand(
    ledger: Sample, who: str, key: bytes, wraps: list[Wrap], number: int = 1, in_case: bytes = CASE
) -> Prepared:
    """A note sealed under any key that a dishonest or mistaken program chooses."""
    place = Place(ledger.origin, entry_id(number), RECORD)
    commitment, ciphertext = seal_record(NOTE, in_case, key, bytes(24), place)
    parts = {RECORD: ciphertext}
    return ledger.signed(who, "note.added", number, case=in_case, sealed={RECORD: commitment}, parts=parts, wraps=wraps)


def _key(ledger: Sample, who: str, in_case: bytes = CASE) -> bytes:
    with ledger.store.read() as reader:
        return list(ledger.desk(who).keys.case_keys(reader, in_case).values())[-1]


def _wraps(ledger: Sample, key: bytes, *who: str, in_case: bytes = CASE) -> list[Wrap]:
    public = {ledger.people[name].handle: ledger.people[name].key.public for name in who}
    return list(wraps_for(key, case_key_id(ledger.origin, in_case, key), public))


READERS = ("practitioner", "duty", "guardian")


def test_what_is_built_by_hand_here_is_accepted_when_it_is_right(ledger: Sample) -> None:
    ledger.append(_by_hand(ledger, "practitioner", _key(ledger, "practitioner"), []))
    new = bytes([5]) * 32
    ledger.append(_by_hand(ledger, "practitioner", new, _wraps(ledger, new, *READERS), 2))

    assert ledger.verify().ok


def test_an_earlier_key_is_not_used_again(ledger: Sample) -> None:
    old, new = _key(ledger, "practitioner"), bytes([5]) * 32
    ledger.append(_by_hand(ledger, "practitioner", new, _wraps(ledger, new, *READERS)))
    with pytest.raises(Refused, match="an earlier key of the case is not used again"):
        ledger.append(_by_hand(ledger, "practitioner", old, [], 2))


def test_the_old_key_is_refused_when_a_new_one_is_due(ledger: Sample) -> None:
    _grant(ledger, "colleague")
    _note(ledger, "practitioner")
    old = _key(ledger, "practitioner")
    _end(ledger, "colleague")
    with pytest.raises(Refused, match="a new key is due"):
        ledger.append(_by_hand(ledger, "practitioner", old, []))


def test_who_introduces_a_key_gives_it_to_themselves(ledger: Sample) -> None:
    new = bytes([5]) * 32
    for wraps in ([], _wraps(ledger, new, "guardian")):
        with pytest.raises(Refused, match="wraps it to themselves too"):
            ledger.append(_by_hand(ledger, "practitioner", new, wraps))


def test_a_key_is_wrapped_to_readers_only(ledger: Sample) -> None:
    key = _key(ledger, "practitioner")
    for stranger in ("outsider", "manager", "founder", "lead"):
        with pytest.raises(NotPermitted, match="not a reader of the case"):
            ledger.append(_by_hand(ledger, "practitioner", key, _wraps(ledger, key, stranger)))
    nobody = Wrap(
        case_key_id(ledger.origin, CASE, key), "p-nobody", seal_to_person(key, ledger.people["lead"].key.public)
    )
    with pytest.raises(NotPermitted, match="not a reader of the case"):
        ledger.append(_by_hand(ledger, "practitioner", key, [nobody]))


def test_only_a_reader_writes_what_is_sealed(ledger: Sample) -> None:
    """Even one who was given the key by word of mouth."""
    key = _key(ledger, "practitioner")
    with pytest.raises(NotPermitted, match="author is a reader"):
        ledger.append(_by_hand(ledger, "outsider", key, []))


def test_a_key_of_another_case_is_not_wrapped_here(ledger: Sample) -> None:
    _note(ledger, "practitioner", OTHER)
    key, other = _key(ledger, "practitioner"), _key(ledger, "practitioner", OTHER)
    with pytest.raises(Refused, match="a key is wrapped that this case does not have"):
        ledger.append(_by_hand(ledger, "practitioner", key, _wraps(ledger, other, "practitioner", in_case=OTHER)))


@pytest.mark.parametrize("to", ["practitioner", "duty", "nobody"])
def test_the_codes_key_is_wrapped_to_those_whose_role_reads_codes(ledger: Sample, to: str) -> None:
    with ledger.store.read() as reader:
        (under, codes_key), *_more = ledger.desk("lead").keys.codes_keys(reader).items()
    assert under == codes_key_id(ledger.origin, codes_key.public)

    def rewrap(name: str, number: int) -> Prepared:
        person = ledger.people.get(name, ledger.people["lead"])
        wrap = Wrap(under, f"p-{name}", seal_to_person(codes_key.secret, person.key.public))
        body: dict[str, Any] = {"handle": "p-lead"}
        return ledger.signed("guardian", "access.granted", number, case=CASE, body=body, wraps=[wrap])

    with pytest.raises(NotPermitted, match="codes key"):
        ledger.append(rewrap(to, 1))
    ledger.append(rewrap("lead", 2))
    ledger.append(rewrap("manager", 3))


# -- holds


def test_a_hold_stops_an_erasure_until_it_is_lifted(ledger: Sample) -> None:
    note = _note(ledger, "practitioner")
    asked = ledger.desk("lead").write(
        Draft("erasure.requested", CASE, refs=(note.header.id,), body={"reason": "other"})
    )
    hold = ledger.desk("lead").write(Draft("hold.placed", CASE, body={"reason": "inquiry"}))
    approve = Draft("erasure.approved", CASE, refs=(asked.header.id,))
    with pytest.raises(Refused, match="hold"):
        ledger.desk("guardian").write(approve)

    lift = Draft("hold.lifted", CASE, refs=(hold.header.id,))
    ledger.desk("guardian").write(lift)
    approved = ledger.desk("guardian").write(approve)
    again = ledger.desk("lead").write(Draft("hold.placed", CASE, body={"reason": "court"}))
    done = Draft("erasure.done", CASE, refs=(approved.header.id,))
    with pytest.raises(Refused, match="hold"):
        ledger.desk("lead").write(done)
    assert _opens(ledger, "practitioner", note.n)

    ledger.desk("lead").write(Draft("hold.lifted", CASE, refs=(again.header.id,)))
    ledger.desk("lead").write(done)
    assert ledger.verify().absent == {"erased_parts": 1}


def test_one_of_two_holds_is_enough(ledger: Sample) -> None:
    note = _note(ledger, "practitioner")
    asked = ledger.desk("lead").write(
        Draft("erasure.requested", CASE, refs=(note.header.id,), body={"reason": "other"})
    )
    first = ledger.desk("lead").write(Draft("hold.placed", CASE, body={"reason": "inquiry"}))
    ledger.desk("lead").write(Draft("hold.placed", CASE, body={"reason": "court"}))
    ledger.desk("lead").write(Draft("hold.lifted", CASE, refs=(first.header.id,)))
    with pytest.raises(Refused, match="hold"):
        ledger.desk("guardian").write(Draft("erasure.approved", CASE, refs=(asked.header.id,)))


def test_a_hold_of_another_case_is_no_hold_here(ledger: Sample) -> None:
    note = _note(ledger, "practitioner")
    ledger.desk("lead").write(Draft("hold.placed", OTHER, body={"reason": "inquiry"}))
    asked = ledger.desk("lead").write(
        Draft("erasure.requested", CASE, refs=(note.header.id,), body={"reason": "other"})
    )
    ledger.desk("guardian").write(Draft("erasure.approved", CASE, refs=(asked.header.id,)))


def test_a_hold_lifted_without_saying_which_is_refused(ledger: Sample) -> None:
    with pytest.raises(Refused, match=r"a hold\.lifted refers to 1 to 1"):
        ledger.append(ledger.signed("lead", "hold.lifted", 1, case=CASE))
