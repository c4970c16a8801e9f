"""Keys in use: what a person holds, what an entry gives to whom, and keys under another's name refused."""

from pathlib import Path

import pytest

from ledger.errors import NotPermitted
from ledger.log.cases import Case
from ledger.log.entry import Wrap
from ledger.log.opening import open_everything
from ledger.log.types import CODES_READERS, PEOPLE_CASE, ROLES
from ledger.records import people
from ledger.records.access import MAX_CASES, KeyRing, SealWith, key_for, reads_codes, wraps_for
from ledger.records.writing import Draft
from ledger.sealing.identity import seal_to_person
from ledger.sealing.seal import CODES, RECORD, case_key_id, codes_key_id
from tests.ledger_fixtures import Sample, case, copied, identity_of, small_ledger

CASE, ORIGIN = case(1), "sample/0123456789abcdef0123456789abcdef"
OLD, NEW, NEXT = (bytes([i]) * 32 for i in (1, 2, 3))
PUBLIC = {f"p-{name}": identity_of(name).key.public for name in ("one", "two", "three")}


def _under(key: bytes) -> bytes:
    return case_key_id(ORIGIN, CASE, key)


def _case(**holders: set[str]) -> Case:
    keys = {"old": OLD, "new": NEW}
    held = {_under(keys[name]): set(handles) for name, handles in holders.items()}
    return Case(CASE, holders=held, knew={under: set(handles) for under, handles in held.items()})


def _for(fold: Case, held: dict[bytes, bytes], readers: set[str], author: str = "p-one") -> SealWith:
    public = {handle: PUBLIC[handle] for handle in readers}
    return key_for(fold, held, public, ORIGIN, author, NEXT)


def _given(use: SealWith) -> list[tuple[str, bytes]]:
    """To whom which key is given, each wrap opened by its holder."""
    opened = []
    for wrap in use.wraps:
        key = identity_of(wrap.handle.removeprefix("p-")).open_box(wrap.box)
        assert wrap.under == _under(key)
        opened.append((wrap.handle, key))
    return opened


def test_the_first_sealed_entry_brings_a_key_to_every_reader() -> None:
    use = _for(_case(), {}, {"p-one", "p-two"})

    assert use.key == NEXT
    assert _given(use) == [("p-one", NEXT), ("p-two", NEXT)]


def test_the_current_key_is_used_again_and_nobody_is_given_it_twice() -> None:
    use = _for(_case(old={"p-one", "p-two"}), {_under(OLD): OLD}, {"p-one", "p-two"})

    assert (use.key, use.wraps) == (OLD, ())


def test_a_reader_who_lacks_the_current_key_is_given_it() -> None:
    use = _for(_case(old={"p-one"}), {_under(OLD): OLD}, {"p-one", "p-three"})

    assert use.key == OLD
    assert _given(use) == [("p-three", OLD)]


def test_a_holder_who_is_no_longer_a_reader_makes_a_new_key_due() -> None:
    use = _for(_case(old={"p-one", "p-two"}), {_under(OLD): OLD}, {"p-one", "p-three"})

    assert use.key == NEXT
    assert _given(use) == [("p-one", NEXT), ("p-three", NEXT)]


def test_a_reader_who_does_not_hold_the_current_key_brings_the_next() -> None:
    use = _for(_case(old={"p-two"}), {}, {"p-one", "p-two"})

    assert use.key == NEXT
    assert _given(use) == [("p-one", NEXT), ("p-two", NEXT)]


def test_an_earlier_key_is_not_used_although_it_is_held() -> None:
    use = _for(_case(old={"p-one"}, new={"p-two"}), {_under(OLD): OLD}, {"p-one", "p-two"})

    assert use.key == NEXT


def test_who_is_no_reader_is_given_no_key_to_seal_with() -> None:
    with pytest.raises(NotPermitted, match="a reader of this case"):
        _for(_case(old={"p-one"}), {_under(OLD): OLD}, {"p-two"})


def test_wraps_stand_in_the_order_of_handles() -> None:
    wraps = wraps_for(OLD, _under(OLD), dict(sorted(PUBLIC.items(), reverse=True)))

    assert [wrap.handle for wrap in wraps] == sorted(PUBLIC)


@pytest.mark.parametrize("role", ROLES)
def test_who_reads_codes_is_who_the_table_says(role: str) -> None:
    assert reads_codes({role}) is (role in CODES_READERS)
    assert reads_codes({role, "auditor"})
    assert not reads_codes(set())


def test_no_key_is_shown() -> None:
    ring = KeyRing(identity_of("one"), ORIGIN, {CASE: {_under(OLD): OLD}})
    use = SealWith(OLD, ())

    for text in (repr(ring), str(ring), repr(use), str(use)):
        assert OLD.hex() not in text
        assert repr(OLD) not in text


# -- a ring of keys at a real ledger


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("access"))
    ledger.decide("practitioner", CASE)
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _ring(ledger: Sample, who: str) -> KeyRing:
    return KeyRing(ledger.people[who], ledger.origin)


def test_readers_hold_the_cases_key_and_others_none(whole: Sample) -> None:
    under = whole.entry(whole.checkpoint().size - 1).header.sealed[RECORD].under
    with whole.store.read() as reader:
        for who in ("practitioner", "guardian", "duty"):
            (held,) = _ring(whole, who).case_keys(reader, CASE).items()
            assert held[0] == under == case_key_id(whole.origin, CASE, held[1])
        for who in ("colleague", "manager", "lead", "founder"):
            assert _ring(whole, who).case_keys(reader, CASE) == {}


def test_everybody_holds_the_people_cases_key(whole: Sample) -> None:
    with whole.store.read() as reader:
        for who in whole.people:
            assert len(_ring(whole, who).case_keys(reader, PEOPLE_CASE)) == 1


def test_the_codes_key_is_held_by_those_whose_role_reads_codes(whole: Sample) -> None:
    roster, size = whole.roster(), whole.checkpoint().size
    header = whole.entry(size - 1).header
    with whole.store.read() as reader:
        for who, identity in whole.people.items():
            term = roster.term(identity.handle, size)
            assert term is not None
            held = _ring(whole, who).codes_keys(reader)
            assert bool(held) is reads_codes(term.roles), who
            for under, key in held.items():
                assert under == header.sealed[CODES].under == codes_key_id(whole.origin, key.public)


def _append_wrap(ledger: Sample, to: str, under: bytes, secret: bytes, number: int) -> None:
    """What a dishonest reader can do: the log cannot see into a box."""
    wrap = Wrap(under, ledger.people[to].handle, seal_to_person(secret, ledger.people[to].key.public))
    body = {"handle": ledger.people[to].handle}
    ledger.append(ledger.signed("guardian", "access.granted", number, case=CASE, body=body, wraps=[wrap]))


def test_a_wrap_that_opens_to_another_key_than_it_names_shuts_nobody_out(ledger: Sample) -> None:
    """It is not used, before reading and before sealing; verify with an identity names it."""
    n = ledger.checkpoint().size - 1
    under = ledger.entry(n).header.sealed[RECORD].under
    _append_wrap(ledger, "colleague", under, bytes(32), 1)
    with ledger.store.read() as reader:
        assert _ring(ledger, "colleague").case_keys(reader, CASE) == {}
        row = reader.entry(n)
        assert row is not None
        with pytest.raises(NotPermitted):
            ledger.desk("colleague").open_record(reader, row)
    people.grant(ledger.desk("guardian"), CASE, ledger.people["colleague"].handle)
    with ledger.store.read() as reader:
        assert ledger.desk("colleague").open_record(reader, row) == ledger.desk("practitioner").open_record(reader, row)
    assert ledger.verify().findings == []
    with ledger.store.read() as reader:
        roster, size = ledger.roster(), ledger.checkpoint().size
        opened = open_everything(reader, roster, ledger.people["colleague"], size)
    assert [(item.entry, item.kind) for item in opened.findings] == [(n + 1, "wrap_opens")]


def test_a_bad_wrap_of_a_codes_key_shuts_nobody_out(ledger: Sample) -> None:
    n = ledger.checkpoint().size - 1
    codes = ledger.entry(n).header.sealed[CODES].under
    _append_wrap(ledger, "lead", codes, bytes(32), 1)
    with ledger.store.read() as reader:
        assert set(_ring(ledger, "lead").codes_keys(reader)) == {codes}


def test_a_box_that_is_for_another_is_not_ones_key(ledger: Sample) -> None:
    under = ledger.entry(ledger.checkpoint().size - 1).header.sealed[RECORD].under
    box = seal_to_person(bytes(32), ledger.people["manager"].key.public)
    wrap = Wrap(under, "p-colleague", box)
    body = {"handle": "p-colleague"}
    ledger.append(ledger.signed("guardian", "access.granted", 1, case=CASE, body=body, wraps=[wrap]))
    with ledger.store.read() as reader:
        assert _ring(ledger, "colleague").case_keys(reader, CASE) == {}


def test_a_ring_keeps_what_it_opened_until_it_is_told_to_look_again(ledger: Sample) -> None:
    ring = _ring(ledger, "colleague")
    with ledger.store.read() as reader:
        assert ring.case_keys(reader, CASE) == {}
    ledger.desk("practitioner").write(Draft("access.granted", CASE, body={"handle": "p-colleague"}))
    ledger.desk("practitioner").write(Draft("note.added", CASE, record={"note": "x"}))
    with ledger.store.read() as reader:
        assert ring.case_keys(reader, CASE) == {}
        ring.forget(CASE)
        assert len(ring.case_keys(reader, CASE)) == 1


def test_who_looks_at_every_case_holds_the_keys_of_few_at_once(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path, ("guardian", "practitioner"))
    written = ledger.decide("practitioner", case(0)).n
    ring = KeyRing(ledger.people["guardian"], ledger.origin)
    with ledger.store.read() as reader:
        assert len(ring.case_keys(reader, case(0))) == 1
        for number in range(1, MAX_CASES + 2):
            ring.case_keys(reader, case(number))
        assert len(ring._cases) <= MAX_CASES
        assert len(ring.case_keys(reader, case(0))) == 1, f"entry {written} is read again"
