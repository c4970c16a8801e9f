"""Writing one entry: what is sealed opens again for its readers alone; time, seen and ids; all or none."""

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import event

from ledger.errors import NotPermitted, Refused, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.rules import CLOCK_SLACK
from ledger.records.people import renew_codes_key
from ledger.records.writing import Draft
from ledger.sealing.seal import CODES, RECORD
from tests.ledger_fixtures import DECISION, NOW, Sample, case, copied, entry_id, small_ledger

CASE = case(1)
RECORD_OF = {"document": {"purpose": "a sample", "items": ["attendance"]}}
CODES_OF = {"route": "consent", "team": "north"}
DECIDED = Draft("decision.recorded", CASE, body=DECISION, record=RECORD_OF, codes=CODES_OF)
NOTE = Draft("note.added", CASE, record={"note": "x"})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("writing"))
    ledger.desk("practitioner").write(DECIDED)
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _last(ledger: Sample) -> int:
    return ledger.checkpoint().size - 1


def _open(ledger: Sample, who: str, part: str, n: int | None = None) -> object:
    with ledger.store.read() as reader:
        row = reader.entry(_last(ledger) if n is None else n)
        assert row is not None
        desk = ledger.desk(who)
        return desk.open_record(reader, row) if part == RECORD else desk.open_codes(reader, row)


@pytest.mark.parametrize("who", ["practitioner", "guardian", "duty"])
def test_the_readers_of_a_case_open_its_record(whole: Sample, who: str) -> None:
    assert _open(whole, who, RECORD) == RECORD_OF


@pytest.mark.parametrize("who", ["manager", "guardian", "lead"])
def test_those_who_make_figures_open_its_codes(whole: Sample, who: str) -> None:
    assert _open(whole, who, CODES) == CODES_OF


@pytest.mark.parametrize("who", ["colleague", "outsider", "manager", "lead", "founder"])
def test_nobody_else_opens_its_record(whole: Sample, who: str) -> None:
    with pytest.raises(NotPermitted, match="a reader of its case"):
        _open(whole, who, RECORD)


@pytest.mark.parametrize("who", ["practitioner", "colleague", "duty"])
def test_not_even_its_author_opens_its_codes(whole: Sample, who: str) -> None:
    with pytest.raises(NotPermitted, match="codes key"):
        _open(whole, who, CODES)


def test_nothing_sealed_stands_in_the_leaf_or_the_file(whole: Sample) -> None:
    whole.store.close()
    data = whole.path.read_bytes()

    assert b"attendance" not in data
    assert b"Sample Guardian" not in data
    assert b"p-guardian" in data


def test_a_draft_shown_shows_nothing_that_it_seals() -> None:
    assert "attendance" not in repr(DECIDED)
    assert "route" not in repr(DECIDED)
    assert "attendance" not in str(dataclasses.replace(DECIDED, type="note.added"))


def test_what_was_written_is_told_and_is_what_the_next_entry_has_seen(ledger: Sample) -> None:
    desk = ledger.desk("practitioner")
    first, second = desk.write(NOTE), desk.write(NOTE)

    assert (first.n + 1, second.n) == (second.n, _last(ledger))
    assert second.header == ledger.entry(second.n).header
    assert second.checkpoint == ledger.head()
    assert desk.seen == ledger.checkpoint()
    assert second.header.seen_size == first.n + 1


def test_an_entry_is_dated_by_the_clock_or_by_what_was_seen_if_that_is_later(ledger: Sample) -> None:
    ledger.clock.now = NOW + 100
    assert ledger.desk("practitioner").write(NOTE).header.at == NOW + 100
    ledger.clock.now = NOW - 10_000
    with pytest.raises(Refused, match="time_ahead"):
        ledger.desk("practitioner").write(NOTE)
    ledger.clock.now = NOW + 100 - CLOCK_SLACK
    assert ledger.desk("practitioner").write(NOTE).header.at == NOW + 100


def test_a_desk_that_saw_another_history_writes_nothing(ledger: Sample) -> None:
    desk = ledger.desk("practitioner")
    desk.seen = Checkpoint(ledger.origin, desk.seen.size, bytes(32))
    with pytest.raises(Refused, match="seen_root"):
        desk.write(NOTE)


def test_a_desk_may_be_behind_what_others_wrote_meanwhile(ledger: Sample) -> None:
    desk = ledger.desk("practitioner")
    ledger.desk("guardian").write(Draft("hold.placed", CASE, body={"reason": "court"}))
    written = desk.write(NOTE)

    assert written.header.seen_size == written.n, "what others wrote is seen, and proved to extend what was"
    assert ledger.verify().findings == []


def test_an_id_that_was_chosen_is_the_entrys(ledger: Sample) -> None:
    assert ledger.desk("practitioner").write(NOTE, entry_id=entry_id(5)).header.id == entry_id(5)
    with pytest.raises(Refused, match="an id used once"):
        ledger.desk("practitioner").write(NOTE, entry_id=entry_id(5))


def test_no_two_entries_share_an_id_a_nonce_or_a_key(ledger: Sample) -> None:
    desk = ledger.desk("practitioner")
    written = [desk.write(DECIDED) for _turn in range(5)]
    headers = [item.header for item in written]
    with ledger.store.read() as reader:
        parts = [reader.parts(item.n, item.n + 1)[item.n] for item in written]

    assert len({header.id for header in headers}) == 5
    assert len({header.sealed[part].key for header in headers for part in (RECORD, CODES)}) == 10
    assert len({data[RECORD][1:25] for data in parts}) == 5
    assert len({header.sealed[RECORD].under for header in headers}) == 1


def test_several_are_written_together_or_not_at_all(ledger: Sample) -> None:
    before = ledger.head()
    bad = Draft("decision.recorded", CASE, body=DECISION, refs=(bytes(16),), record=RECORD_OF, codes=CODES_OF)
    with pytest.raises(Refused):
        ledger.desk("practitioner").write_all([NOTE, bad])
    assert ledger.head() == before

    written = ledger.desk("practitioner").write_all([NOTE, NOTE, dataclasses.replace(NOTE, case=case(2))])
    assert [item.n for item in written] == list(range(written[0].n, written[0].n + 3))
    assert _open(ledger, "guardian", RECORD, written[2].n) == {"note": "x"}
    assert ledger.verify().findings == []


def test_a_desk_whose_role_may_not_write_it_is_told(ledger: Sample) -> None:
    with pytest.raises(NotPermitted, match=r"no role that may write note\.added"):
        ledger.desk("guardian").write(NOTE)
    with pytest.raises(NotPermitted, match="a reader of this case"):
        ledger.desk("colleague").write(NOTE)


def test_a_document_over_the_limit_is_refused_before_anything_is_written(ledger: Sample) -> None:
    before = ledger.head()
    with pytest.raises(Refused, match="1 MiB"):
        ledger.desk("practitioner").write(dataclasses.replace(NOTE, record={"note": "x" * (1 << 20)}))

    assert ledger.head() == before


def test_a_ciphertext_that_was_changed_or_moved_is_not_opened(ledger: Sample) -> None:
    desk = ledger.desk("practitioner")
    first, second = desk.write(NOTE), desk.write(NOTE)
    with ledger.store.read() as reader:
        row, other = reader.entry(first.n), reader.entry(second.n)
        assert row is not None
        assert other is not None
        moved = row._replace(n=other.n)
        with pytest.raises(Unverified):
            desk.open_record(reader, moved)


def test_what_was_erased_is_told_as_such(ledger: Sample) -> None:
    written = ledger.desk("practitioner").write(DECIDED)
    refs = (written.header.id,)
    asked = ledger.desk("lead").write(Draft("erasure.requested", CASE, refs=refs, body={"reason": "other"}))
    approved = ledger.desk("guardian").write(Draft("erasure.approved", CASE, refs=(asked.header.id,)))
    ledger.desk("lead").write(Draft("erasure.done", CASE, refs=(approved.header.id,)))

    for who, part in (("practitioner", RECORD), ("lead", CODES)):
        with pytest.raises(LookupError, match="erased"):
            _open(ledger, who, part, written.n)


def test_codes_are_sealed_to_the_key_that_is_current(ledger: Sample) -> None:
    renew_codes_key(ledger.desk("founder"))
    written = ledger.desk("practitioner").write(DECIDED)

    assert written.header.sealed[CODES].under != ledger.entry(written.n - 2).header.sealed[CODES].under
    assert _open(ledger, "lead", CODES, written.n) == DECIDED.codes
    with pytest.raises(NotPermitted):
        _open(ledger, "practitioner", CODES, written.n)
    assert ledger.verify().findings == []


def test_the_roster_at_a_desk_is_that_of_the_head(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        assert ledger.desk("practitioner").roster(reader).people.keys() == ledger.roster().people.keys()


def test_a_long_case_costs_an_append_no_more_than_a_short_one(ledger: Sample) -> None:
    desk, said = ledger.desk("practitioner"), list[str]()
    event.listen(ledger.store.database.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    notes = [Draft("note.added", case(1), record={"note": "x"})] * 40
    desk.write(notes[0])
    desk.write(notes[0])
    said.clear()
    desk.write(notes[0])
    short = list(said)
    desk.write_all(notes)
    said.clear()
    desk.write(notes[0])

    assert said == short
    assert [sql for sql in said if "wrap" in sql or "case_id = " in sql] == []


def test_a_key_that_was_taken_away_and_replaced_is_not_used_again(ledger: Sample) -> None:
    colleague, author = ledger.desk("colleague"), ledger.desk("practitioner")
    note = Draft("note.added", case(1), record={"note": "x"})
    author.write(Draft("access.granted", case(1), body={"handle": "p-colleague"}))
    first = author.write(note)
    before = colleague.write(note)
    ledger.desk("manager").write(Draft("access.ended", case(1), body={"handle": "p-colleague", "reason": "other"}))
    with pytest.raises(NotPermitted, match="somebody who is not"):
        colleague.write(note)
    after, again = author.write(note), author.write(note)

    assert before.header.sealed[RECORD].under == first.header.sealed[RECORD].under
    assert after.header.sealed[RECORD].under != first.header.sealed[RECORD].under
    assert again.header.sealed[RECORD].under == after.header.sealed[RECORD].under
    assert ledger.verify().findings == []
