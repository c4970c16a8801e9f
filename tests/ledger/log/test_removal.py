"""What an entry takes away, on each database: exactly the parts, tokens and wraps named, and verification knows why."""

from pathlib import Path

import pytest

from ledger.errors import NotPermitted, Refused
from ledger.log.entry import Token
from ledger.log.removal import erased_numbers, requested_by, spent_keys
from ledger.log.state import load_case
from ledger.records.writing import Draft, Written
from ledger.sealing.seal import RECORD, Place, seal_record
from tests.ledger_databases import new_store, rows
from tests.ledger_fixtures import Sample, case, copied, entry_id, small_ledger

CASE, OTHER = case(1), case(2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Sample:
    directory = tmp_path_factory.mktemp("removal")
    return _decided(small_ledger(directory, store=new_store(kind, directory)))


def _decided(ledger: Sample) -> Sample:
    for name, in_case in (("one", CASE), ("two", CASE), ("other", OTHER)):
        ledger.ids[name] = ledger.decide("practitioner", in_case).header.id
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _ask(ledger: Sample, *names: str, who: str = "lead", in_case: bytes = CASE) -> Written:
    refs = tuple(ledger.ids[name] for name in names)
    return ledger.desk(who).write(Draft("erasure.requested", in_case, refs=refs, body={"reason": "other"}))


def _approve(ledger: Sample, asked: Written, who: str = "guardian", in_case: bytes = CASE) -> Written:
    return ledger.desk(who).write(Draft("erasure.approved", in_case, refs=(asked.header.id,)))


def _erase(ledger: Sample, *names: str, in_case: bytes = CASE) -> Written:
    approved = _approve(ledger, _ask(ledger, *names, in_case=in_case), in_case=in_case)
    return ledger.desk("lead").write(Draft("erasure.done", in_case, refs=(approved.header.id,)))


def _number(ledger: Sample, name: str) -> int:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids[name])
    assert row is not None
    return row.n


def _parts(ledger: Sample) -> set[int]:
    """Numbers of the decisions of which a part is still there."""
    numbers = {_number(ledger, name): name for name in ledger.ids}
    with ledger.store.read() as reader:
        return {n for n in reader.parts(0, 999) if n in numbers}


def test_the_parts_of_the_entries_named_are_gone_and_no_others(ledger: Sample) -> None:
    one, two, other = (_number(ledger, name) for name in ("one", "two", "other"))
    assert _parts(ledger) == {one, two, other}
    done = _erase(ledger, "one")

    assert _parts(ledger) == {two, other}
    with ledger.store.read() as reader:
        assert erased_numbers(reader, ledger.checkpoint().size, ledger.origin) == {one: done.n}
        assert erased_numbers(reader, ledger.checkpoint().size, ledger.origin, ledger.roster()) == {one: done.n}
        assert erased_numbers(reader, done.n, ledger.origin) == {}
    report = ledger.verify()
    assert report.findings == []
    assert report.absent == {"erased_parts": 2}


def test_nothing_is_left_of_an_erased_ciphertext_in_the_file(tmp_path: Path) -> None:
    """Deleted content is overwritten (secure_delete), and the write-ahead log is emptied when the store is closed."""
    ledger = _decided(small_ledger(tmp_path))
    one = _number(ledger, "one")
    with ledger.store.read() as reader:
        ciphertexts = list(reader.parts(one, one + 1)[one].values())
    ledger.store.close()
    assert all(data[50:300] in ledger.path.read_bytes() for data in ciphertexts)
    _erase(ledger, "one")
    ledger.store.close()

    files = [path.read_bytes() for path in ledger.path.parent.glob("ledger.db*")]
    assert not any(data[50:300] in file for data in ciphertexts for file in files)


def _wraps(ledger: Sample, in_case: bytes) -> int:
    with ledger.store.read() as reader:
        return len(reader.wraps_of_case(in_case))


def test_a_keys_wraps_go_when_everything_under_it_is_erased(ledger: Sample) -> None:
    assert _wraps(ledger, CASE) == 3
    _erase(ledger, "one")
    assert _wraps(ledger, CASE) == 3
    _erase(ledger, "two")

    assert _wraps(ledger, CASE) == 0
    assert _wraps(ledger, OTHER) == 3
    assert ledger.verify().findings == []


def test_two_entries_are_erased_at_once(ledger: Sample) -> None:
    _erase(ledger, "one", "two")

    assert _parts(ledger) == {_number(ledger, "other")}
    assert _wraps(ledger, CASE) == 0
    assert ledger.verify().absent == {"erased_parts": 4}


def test_a_case_goes_on_after_its_erasure_with_a_key_of_its_own(ledger: Sample) -> None:
    _erase(ledger, "one", "two")
    written = ledger.decide("practitioner", CASE)

    with ledger.store.read() as reader:
        fold = load_case(reader, ledger.origin, CASE, ledger.checkpoint().size, ledger.roster())
        row = reader.entry(written.n)
        assert row is not None
        for who in ("guardian", "practitioner", "duty"):
            assert ledger.desk(who).open_record(reader, row)["document"]
    assert fold.current == written.header.sealed[RECORD].under
    assert ledger.verify().findings == []


def test_tokens_go_with_their_entry(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        key = next(iter(ledger.desk("practitioner").keys.case_keys(reader, CASE).values()))
    commitment, ciphertext = seal_record({"a": 1}, CASE, key, bytes(24), Place(ledger.origin, entry_id(7), RECORD))
    token = Token("nhs", bytes(range(32)), bytes(16))
    ledger.append(
        ledger.signed(
            "practitioner",
            "note.added",
            7,
            case=CASE,
            sealed={RECORD: commitment},
            parts={RECORD: ciphertext},
            tokens=[token],
        )
    )
    ledger.ids["note"] = entry_id(7)
    _erase(ledger, "note")

    with ledger.store.read() as reader:
        assert reader.tokens(0, 999) == {}
    assert ledger.verify().findings == []


def test_who_asked_does_not_approve(ledger: Sample) -> None:
    asked = _ask(ledger, "one", who="guardian")
    with pytest.raises(NotPermitted, match="by another person"):
        _approve(ledger, asked, who="guardian")
    _approve(ledger, asked, who="lead")


def test_what_was_not_approved_is_not_erased(ledger: Sample) -> None:
    asked = _ask(ledger, "one")
    with pytest.raises(Refused, match="does not refer"):
        ledger.desk("lead").write(Draft("erasure.done", CASE, refs=(asked.header.id,)))
    with pytest.raises(Refused, match="refers to 1 to 1"):
        ledger.desk("lead").write(Draft("erasure.done", CASE))

    assert len(_parts(ledger)) == 3


def test_an_erasure_reaches_no_other_case(ledger: Sample) -> None:
    with pytest.raises(Refused, match="another case"):
        _ask(ledger, "one", "other")


def test_the_same_erasure_twice_takes_nothing_more(ledger: Sample) -> None:
    first = _erase(ledger, "one")
    _erase(ledger, "one")

    with ledger.store.read() as reader:
        assert erased_numbers(reader, 999, ledger.origin) == {_number(ledger, "one"): first.n}
    assert ledger.verify().findings == []


def test_the_chain_from_an_approval_to_what_it_names(ledger: Sample) -> None:
    asked = _ask(ledger, "one", "two")
    approved = _approve(ledger, asked)
    with ledger.store.read() as reader:
        assert requested_by(reader, ledger.origin, approved.header.id) == [ledger.ids["one"], ledger.ids["two"]]
        assert requested_by(reader, ledger.origin, asked.header.id) == []
        assert requested_by(reader, ledger.origin, bytes(16)) == []


def test_access_ended_takes_one_persons_wraps_in_one_case(ledger: Sample) -> None:
    for in_case in (CASE, OTHER):
        ledger.desk("practitioner").write(Draft("access.granted", in_case, body={"handle": "p-colleague"}))
        ledger.desk("practitioner").write(Draft("note.added", in_case, record={"note": "x"}))
    assert (_wraps(ledger, CASE), _wraps(ledger, OTHER)) == (4, 4)
    ended = {"handle": "p-colleague", "reason": "conflict"}
    ledger.desk("manager").write(Draft("access.ended", CASE, body=ended))

    assert (_wraps(ledger, CASE), _wraps(ledger, OTHER)) == (3, 4)
    with ledger.store.read() as reader:
        held = [wrap.handle for _n, _position, wrap in reader.wraps_of_case(CASE)]
        gone = [wrap.handle for rows in reader.removed_wraps(0, 999).values() for wrap in rows.values()]
    assert "p-colleague" not in held
    assert gone == ["p-colleague"]
    assert ledger.verify().findings == []


def test_a_key_is_spent_when_all_that_it_sealed_is_erased_and_not_before(ledger: Sample) -> None:
    one, two = _number(ledger, "one"), _number(ledger, "two")
    with ledger.store.read() as reader:
        rows = reader.of_case(CASE, 999)
    under = ledger.entry(one).header.sealed[RECORD].under

    assert spent_keys(ledger.origin, rows, {}) == set()
    assert spent_keys(ledger.origin, rows, {one: 99}) == set()
    assert spent_keys(ledger.origin, rows, {one: 99, two: 99}) == {under}


def test_the_database_is_one_that_anybody_can_look_into(ledger: Sample) -> None:
    assert rows(ledger.url, "SELECT count(*) FROM part")[0][0] > 0
