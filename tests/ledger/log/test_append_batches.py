"""A batch is looked up and written together, and is what its entries would be one after another, on each database."""

from pathlib import Path

import pytest
from sqlalchemy import event

from ledger.errors import LedgerError, Malformed, NotPermitted, Refused
from ledger.log.append import SLICE, Prepared
from ledger.log.card import card_signature
from ledger.log.entry import parse_entry
from ledger.log.rules import author_rules
from ledger.log.state import MAX_CASES
from ledger.sealing.identity import Identity
from tests.ledger_databases import dump, new_store
from tests.ledger_fixtures import Sample, case, copied, entry_id, seed_of, small_ledger

MANY = SLICE + 90


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Sample:
    directory = tmp_path_factory.mktemp("batches")
    return small_ledger(directory, store=new_store(kind, directory))


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _hold(ledger: Sample, number: int, who: str = "lead", in_case: int | None = None) -> Prepared:
    """A hold, by default the first entry of a case of its own."""
    where = case(number if in_case is None else in_case)
    return ledger.signed(who, "hold.placed", number, case=where, body={"reason": "court"})


def _lifted(ledger: Sample, number: int, placed: int) -> Prepared:
    """The end of another entry's hold."""
    return ledger.signed("guardian", "hold.lifted", number, case=case(placed), refs=(entry_id(placed),))


def _forged(prepared: Prepared) -> Prepared:
    """The same entry with the signature of another text."""
    other = prepared.leaf.replace(b'"court"', b'"other"')
    assert other != prepared.leaf
    return Prepared(other)


def _refused(ledger: Sample, entries: list[Prepared], error: type[LedgerError], match: str) -> None:
    before = dump(ledger.url)
    with pytest.raises(error, match=match):
        ledger.append(*entries)
    assert dump(ledger.url) == before


def test_a_batch_lays_down_what_its_entries_would_one_after_another(whole: Sample, tmp_path: Path) -> None:
    """New cases, cases seen again in the same slice and in another, and references to what came just before."""
    entries = []
    for number in range(MANY):
        entries.append(_hold(whole, number))
        if number % 9 == 0:
            entries.append(_lifted(whole, 5000 + number, number))
        if number % 10 == 1:
            entries.append(_hold(whole, 6000 + number, "guardian", in_case=number // 2))
    ledgers = []
    for name, step in (("together", len(entries)), ("in pieces", 50)):
        (tmp_path / name).mkdir()
        one = copied(whole, tmp_path / name)
        for start in range(0, len(entries), step):
            one.append(*entries[start : start + step])
        ledgers.append(one)

    together, pieces = (dump(one.url) for one in ledgers)
    assert together == pieces
    assert ledgers[0].verify().findings == []


def test_a_batch_of_more_cases_than_are_kept_in_mind(ledger: Sample) -> None:
    """What was let go of is read again, though it was laid down in the same batch, or in the same slice of it."""
    ledger.append(*[_hold(ledger, 20_000 + number) for number in range(20)])
    cases = MAX_CASES - 20 + 6  # all are let go of six cases before the last
    assert cases < 2 * SLICE
    again = [_hold(ledger, 9000, in_case=cases - 10), _hold(ledger, 9001, in_case=1)]
    ledger.append(*[_hold(ledger, number) for number in range(cases)], *again)

    with ledger.store.read() as reader:
        state = ledger.log.state(reader)
        assert state.case(reader, case(cases - 10)).holds == {entry_id(cases - 10), entry_id(9000)}
        assert state.case(reader, case(1)).holds == {entry_id(1), entry_id(9001)}


def test_a_signature_counts_under_the_key_that_it_was_checked_with(ledger: Sample) -> None:
    entry = parse_entry(_forged(_hold(ledger, 1)).leaf, ledger.origin)
    n, roster, key = ledger.checkpoint().size, ledger.roster(), ledger.people["guardian"].key

    assert [item.kind for item in author_rules(entry, n, roster, {(entry.leaf, key)})] == ["signature"]


@pytest.mark.parametrize("where", [SLICE])
def test_a_signature_that_does_not_hold_is_told_wherever_it_stands(ledger: Sample, where: int) -> None:
    entries = [_hold(ledger, number) for number in range(MANY)]
    entries[where] = _forged(entries[where])
    n = ledger.checkpoint().size + where

    _refused(ledger, entries, Refused, rf"entry {n}.*signature")


def test_the_first_entry_that_does_not_hold_is_told(ledger: Sample) -> None:
    good = [_hold(ledger, number) for number in range(80)]
    forbidden, malformed = _hold(ledger, 80, "practitioner"), Prepared(good[0].leaf[:-1])
    n = ledger.checkpoint().size + len(good)

    _refused(ledger, [*good, forbidden, malformed], NotPermitted, f"entry {n}")
    _refused(ledger, [*good, malformed, forbidden], Malformed, "note")
    _refused(ledger, [*good, good[5], forbidden], NotPermitted, f"entry {n}")


def test_a_key_renewed_within_a_batch_signs_from_the_next_entry_on(ledger: Sample) -> None:
    old, new = ledger.people["lead"], Identity("p-lead", seed_of("lead again"))
    body = {"key": str(new.key), "card": card_signature(new.signer).hex()}
    before = [_hold(ledger, number) for number in range(70)]
    renewed = ledger.signed("lead", "actor.rotated", 100, body=body)
    ledger.people["lead"] = new
    after = [_hold(ledger, number) for number in range(200, 270)]
    ledger.people["lead"] = old
    late = _hold(ledger, 300)
    n = ledger.checkpoint().size + len(before) + 1

    _refused(ledger, [*before, *after], Refused, rf"entry {n - 1}.*signature")
    _refused(ledger, [*before, renewed, *after[:3], late, *after[3:]], Refused, rf"entry {n + 3}.*signature")
    ledger.append(*before, renewed, *after)
    assert ledger.verify().findings == []


def test_a_batch_asks_the_database_the_same_few_things_however_long_it_is(ledger: Sample) -> None:
    asked: list[str] = []
    event.listen(ledger.store.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    ledger.append(_hold(ledger, 1))
    counts = []
    for size in (70, 370):
        entries = [_hold(ledger, 1000 * size + number) for number in range(size)]
        asked.clear()
        ledger.append(*entries)
        counts.append(len(asked))

    assert counts[0] == counts[1] < 25, asked
