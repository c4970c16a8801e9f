"""Appending, to each database: all or none, once, in order, within bounds; what was refused leaves no trace."""

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, NotPermitted, Refused, Unverified
from ledger.log.append import MAX_BATCH, Log, Prepared
from ledger.log.checkpoint import open_checkpoint
from ledger.log.entry import Token, parse_entry
from ledger.log.note import Signer, read_note
from ledger.log.rules import CLOCK_SLACK
from ledger.log.tree import EMPTY_ROOT, root_of
from ledger.records.writing import Draft
from ledger.sealing.seal import RECORD, Place, seal_record
from tests.ledger_databases import alter, dump, new_store
from tests.ledger_fixtures import NOW, PACKS, Sample, case, copied, entry_id, founded_ledger, seed_of, small_ledger

CASE = case(1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Sample:
    directory = tmp_path_factory.mktemp("append")
    ledger = small_ledger(directory, store=new_store(kind, directory))
    ledger.decide("practitioner", CASE)
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _small(ledger: Sample, number: int, **more: Any) -> Prepared:
    """The smallest entry there is: packs adopted by the founder."""
    return ledger.signed("founder", "ledger.packs_adopted", number, **{"body": {"packs": PACKS}, **more})


def _refused(ledger: Sample, *entries: Prepared, match: str, error: type[LedgerError] = Refused) -> None:
    before = dump(ledger.url)
    with pytest.raises(error, match=match):
        ledger.append(*entries)
    assert dump(ledger.url) == before
    # and what is kept between appends is not what was refused
    ledger.append(_small(ledger, 900 + ledger.checkpoint().size))
    assert ledger.verify().findings == []


# -- what an append gives


def test_numbers_follow_one_another_and_the_checkpoint_covers_them(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    appended = ledger.append(*[_small(ledger, i) for i in range(3)])
    leaves = [ledger.entry(n).leaf for n in range(size + 3)]
    checkpoint = open_checkpoint(appended.checkpoint, [ledger.signers[0].key])

    assert appended.numbers == (size, size + 1, size + 2)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ledger.origin, size + 3, root_of(leaves))
    assert appended.checkpoint == ledger.head()


def test_two_logs_at_one_store_see_what_the_other_wrote(ledger: Sample) -> None:
    other = Log(ledger.store, ledger.origin, ledger.signers)
    for number in range(6):
        (ledger.log if number % 2 else other).append([_small(ledger, number)], NOW)

    assert ledger.verify().findings == []


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
def test_a_batch_of_none_or_too_many_is_a_wrong_call(ledger: Sample, count: int) -> None:
    with pytest.raises(ValueError, match="1 to 4096"):
        ledger.append(*[_small(ledger, 1)] * count)


# -- ids


def test_the_same_bytes_again_are_told_their_number_and_nothing_is_written(ledger: Sample) -> None:
    entry = _small(ledger, 1)
    first = ledger.append(entry)
    ledger.append(_small(ledger, 2))
    before = dump(ledger.url)
    again = ledger.append(entry)

    assert again.numbers == first.numbers
    assert again.checkpoint == ledger.head()
    assert dump(ledger.url) == before


def test_a_batch_may_hold_what_is_there_and_what_is_not(ledger: Sample) -> None:
    old, new = _small(ledger, 1), _small(ledger, 2)
    (n,) = ledger.append(old).numbers

    assert ledger.append(old, new, new, old).numbers == (n, n + 1, n + 1, n)
    assert ledger.verify().findings == []


def test_another_entry_under_a_used_id_is_refused(ledger: Sample) -> None:
    ledger.append(_small(ledger, 1))
    _refused(ledger, _small(ledger, 1, body={"packs": []}), match="the id of entry")
    _refused(ledger, _small(ledger, 2), _small(ledger, 2, body={"packs": []}), match="the id of entry")


# -- seen, time, and one bad entry in a batch


def test_a_false_root_is_refused(ledger: Sample) -> None:
    _refused(ledger, _small(ledger, 1, seen_root=bytes(32)), match="seen_root")


def test_a_root_of_another_size_is_refused(ledger: Sample) -> None:
    _refused(ledger, _small(ledger, 1, seen_size=3), match="seen_root")


def test_an_older_true_root_is_accepted_but_not_behind_the_authors_last(ledger: Sample) -> None:
    leaves = [ledger.entry(n).leaf for n in range(ledger.checkpoint().size)]
    founder_at_7 = _small(ledger, 1, seen_size=7, seen_root=root_of(leaves[:7]))
    founder_at_6 = _small(ledger, 2, seen_size=6, seen_root=root_of(leaves[:6]))
    ledger.append(founder_at_7)
    _refused(ledger, founder_at_6, match="seen_backwards")


def test_seen_of_the_empty_tree_is_a_root_like_any_other(ledger: Sample) -> None:
    hold = {"case": CASE, "body": {"reason": "court"}}
    ledger.append(ledger.signed("lead", "hold.placed", 1, seen_size=0, seen_root=EMPTY_ROOT, **hold))
    _refused(
        ledger,
        ledger.signed("guardian", "hold.placed", 2, seen_size=0, seen_root=bytes(32), **hold),
        match="seen_",
    )


def test_a_batch_sees_what_was_there_before_it_and_no_more(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    first = _small(ledger, 1)
    leaves = [ledger.entry(n).leaf for n in range(size)] + [first.leaf]
    inside = _small(ledger, 2, seen_size=size + 1, seen_root=root_of(leaves))
    _refused(ledger, first, inside, match="seen_root")
    _refused(ledger, _small(ledger, 3, seen_size=ledger.checkpoint().size + 1), match="seen_bounds")


def test_time_does_not_go_behind_what_was_seen_nor_far_ahead(ledger: Sample) -> None:
    _refused(ledger, _small(ledger, 1, at=NOW - 1), match="time_backwards")
    ledger.append(_small(ledger, 2, at=NOW + CLOCK_SLACK))
    ledger.clock.now = NOW + CLOCK_SLACK
    _refused(ledger, _small(ledger, 3, at=NOW + 2 * CLOCK_SLACK + 1), match="time_ahead")


BAD_ALONE: dict[str, dict[str, Any]] = {
    "seen": {"seen_root": bytes(32)},
    "time": {"at": NOW - 10**6},
    "id": {"number": 1},
}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("bad", BAD_ALONE.values(), ids=BAD_ALONE.keys())
def test_nothing_is_written_when_any_entry_of_a_batch_is_refused(
    ledger: Sample, position: int, bad: dict[str, Any]
) -> None:
    ledger.append(_small(ledger, 1))
    entries = [_small(ledger, 10 + i) for i in range(2)]
    change = dict(bad)
    entries.insert(position, _small(ledger, change.pop("number", 20), **{"body": {"packs": []}, **change}))
    _refused(ledger, *entries, match="entry|id")


def test_a_person_enrolled_in_a_batch_that_is_refused_is_not_enrolled(ledger: Sample) -> None:
    """What is kept in memory between appends must not remember what was undone."""
    change = ledger.signed(
        "founder", "actor.changed", 1, case=bytes(16), body={"handle": "p-duty", "roles": ["auditor"]}
    )
    with pytest.raises(Refused):
        ledger.append(change, _small(ledger, 2, seen_root=bytes(32)))

    with ledger.store.read() as reader:
        assert ledger.log.state(reader).roster.holding("duty", 99) == ["p-duty"]
    ledger.append(_small(ledger, 3))
    assert ledger.roster().holding("duty", 99) == ["p-duty"]


# -- form and what lies beside


def test_what_is_no_entry_of_this_log_is_malformed(ledger: Sample, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = founded_ledger(tmp_path / "other", name="other")
    for leaf in (b"", b"x", _small(ledger, 1).leaf[:-1], _small(other, 1).leaf):
        before = dump(ledger.url)
        with pytest.raises(Malformed):
            ledger.append(_small(ledger, 2), Prepared(leaf))
        assert dump(ledger.url) == before


def _sealed(ledger: Sample, **more: Any) -> Prepared:
    with ledger.store.read() as reader:
        key = next(iter(ledger.desk("practitioner").keys.case_keys(reader, CASE).values()))
    commitment, ciphertext = seal_record({"a": 1}, CASE, key, bytes(24), Place(ledger.origin, entry_id(1), RECORD))
    values = {"case": CASE, "sealed": {RECORD: commitment}, "parts": {RECORD: ciphertext}, **more}
    return ledger.signed("practitioner", "note.added", 1, **values)


def test_parts_are_those_that_the_entry_commits_to(ledger: Sample) -> None:
    good = _sealed(ledger).parts[RECORD]
    for parts, words in (
        ({}, "part_missing"),
        ({RECORD: good[:-1] + bytes([good[-1] ^ 1])}, "part_changed"),
        ({RECORD: good + b"\0"}, "part_changed"),
        ({RECORD: good, "codes": good}, "part_added"),
    ):
        with pytest.raises(Refused, match=words):
            ledger.append(_sealed(ledger, parts=parts))
    ledger.append(_sealed(ledger))
    assert ledger.verify().findings == []


def test_wraps_and_tokens_are_those_that_the_entry_commits_to(ledger: Sample) -> None:
    token = Token("nhs", bytes(32), bytes(16))
    good = _sealed(ledger, tokens=[token])
    for tokens in ((), (token, token), (Token("nhs", bytes(31) + b"x", bytes(16)),)):
        with pytest.raises(Refused, match="tokens"):
            ledger.append(Prepared(good.leaf, good.parts, (), tokens))
    ledger.append(good)
    with ledger.store.read() as reader:
        (_n, _position, wrap), *_more = reader.wraps_of_case(CASE)
        rows = reader.tokens(0, 99)
    assert list(rows.values()) == [{0: token}]
    with pytest.raises(Refused, match="wraps"):
        ledger.append(Prepared(_small(ledger, 7).leaf, {}, (wrap,)))


# -- the log's key


def test_a_log_without_its_key_writes_nothing(ledger: Sample) -> None:
    for signers in ([], [Signer(ledger.origin, seed_of("another log key"))]):
        before = dump(ledger.url)
        with pytest.raises(NotPermitted, match="log key"):
            Log(ledger.store, ledger.origin, signers).append([_small(ledger, 1)], NOW)
        assert dump(ledger.url) == before


def _rotation(ledger: Sample, number: int) -> tuple[Signer, Prepared]:
    signer = Signer(ledger.origin, seed_of(f"log key {number}"))
    return signer, ledger.signed("founder", "log.rotated", number, body={"log_key": signer.key.public.hex()})


def test_the_checkpoint_just_after_a_rotation_carries_both_signatures_and_later_ones_the_new(ledger: Sample) -> None:
    old = ledger.signers[0]
    new, rotation = _rotation(ledger, 1)
    with pytest.raises(NotPermitted, match="log key"):
        ledger.append(rotation)
    ledger.log = Log(ledger.store, ledger.origin, [old, new])
    between = ledger.append(rotation).checkpoint
    ledger.log = Log(ledger.store, ledger.origin, [new])
    after = ledger.append(_small(ledger, 2)).checkpoint

    assert [item.key_id for item in read_note(between).signatures] == [old.key.id, new.key.id]
    assert [item.key_id for item in read_note(after).signatures] == [new.key.id]
    for key in (old.key, new.key):
        assert open_checkpoint(between, [key]).size == ledger.checkpoint().size - 1
    assert ledger.verify().findings == []


def test_a_rotation_inside_a_batch_is_signed_with_the_new_key(ledger: Sample) -> None:
    new, rotation = _rotation(ledger, 1)
    ledger.log = Log(ledger.store, ledger.origin, [ledger.signers[0], new])
    head = ledger.append(rotation, _small(ledger, 2)).checkpoint

    assert [item.key_id for item in read_note(head).signatures] == [new.key.id]
    assert ledger.verify().findings == []


# -- on a ledger that does not hold


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE head SET size = size + 1",
        "UPDATE head SET size = size - 1",
        "UPDATE head SET checkpoint = CAST(replace(CAST(checkpoint AS TEXT), 'sample', 'simple') AS BLOB)",
        "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 0 AND number = 7",
        "UPDATE stored_hash SET digest = zeroblob(31) WHERE level = 0 AND number = 8",
        "DELETE FROM stored_hash WHERE level = 0 AND number = 8",
        "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'practitioner', 'prectitioner') AS BLOB) WHERE n = 2",
        "DELETE FROM entry WHERE n = 0",
        "UPDATE entry SET leaf = x'00' WHERE n = 1",
    ],
)
def test_nothing_is_appended_to_a_ledger_that_does_not_hold(ledger: Sample, damage: str) -> None:
    entry = _small(ledger, 1)
    ledger.store.close()
    alter(ledger.url, damage)
    before = dump(ledger.url)
    with pytest.raises((Unverified, Malformed)):
        ledger.append(entry)

    assert dump(ledger.url) == before


def test_an_entry_by_hand_is_the_desks_entry(ledger: Sample) -> None:
    """The fixtures' way of signing and the desk's make entries that the log takes alike."""
    by_hand = ledger.append(ledger.signed("lead", "hold.placed", 1, case=CASE, body={"reason": "court"}))
    by_desk = ledger.desk("lead").write(Draft("hold.placed", CASE, body={"reason": "court"}))
    one, two = ledger.entry(by_hand.numbers[0]).header, ledger.entry(by_desk.n).header

    assert (one.type, one.author, one.case, one.body) == (two.type, two.author, two.case, two.body)
    assert parse_entry(ledger.entry(by_desk.n).leaf, ledger.origin).header == two
