"""The rules of an entry's place, from values alone: each bound on both sides, each reason told by its kind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ledger.log.entry import Header, RemovedWrap, Rows, Token, Wrap, parse_entry, sign_entry
from ledger.log.note import Signer
from ledger.log.roster import Person, Roster, Term
from ledger.log.rules import (
    CLOCK_SLACK,
    SEEN_WINDOW,
    Target,
    author_rules,
    clock_rules,
    codes_rules,
    part_rules,
    ref_rules,
    rows_over,
    seen_rules,
    token_rules,
    wrap_rules,
)
from ledger.sealing.seal import CODES, RECORD, Commitment, Place, codes_key_id, seal_record
from tests.ledger_fixtures import DECISION, NOW, case, entry_id

ORIGIN = "sample/0123456789abcdef0123456789abcdef"
CASE = case(1)
ROOT = bytes(range(32))


def _header(entry_type: str = "note.added", **more: Any) -> Header:
    values: dict[str, Any] = {
        "id": entry_id(1),
        "type": entry_type,
        "at": NOW,
        "author": "p-one",
        "seen_size": 10,
        "seen_root": ROOT,
        "case": CASE,
    }
    return Header(**{**values, **more})


def _kinds(broken: list[Any]) -> list[str]:
    return [item.kind for item in broken]


# -- seen


def _seen(
    header: Header, n: int, *, author_seen: int = 0, at: int | None = NOW, root: bytes | None = ROOT
) -> list[str]:
    return _kinds(seen_rules(header, n, lambda _size: root, lambda _n: at, author_seen))


@pytest.mark.parametrize("n", [0, 1, 10, 4095, 4096, 4097, 100_000])
def test_the_window_is_closed_above_and_open_below(n: int) -> None:
    """docs/FORMAT.md §1: index-4096 < seen.size ≤ index."""
    for size in {n, max(n - 1, 0), max(n - SEEN_WINDOW + 1, 0)}:
        assert _seen(_header(seen_size=size), n) == [], (n, size)
    for size in (n + 1, n - SEEN_WINDOW, n - SEEN_WINDOW - 1):
        if size >= 0:
            assert _seen(_header(seen_size=size), n) == ["seen_bounds"], (n, size)


def test_a_false_or_unknown_root_is_told() -> None:
    for root in (bytes(32), None):
        assert _seen(_header(), 10, root=root) == ["seen_root"]


def test_an_author_does_not_see_less_than_before() -> None:
    assert _seen(_header(), 12, author_seen=10) == []
    assert _seen(_header(), 12, author_seen=11) == ["seen_backwards"]


def test_an_entry_is_not_dated_before_what_its_author_had_seen() -> None:
    asked: list[int] = []

    def at_of(n: int) -> int:
        asked.append(n)
        return NOW + 1

    assert _kinds(seen_rules(_header(), 12, lambda _size: ROOT, at_of, 0)) == ["time_backwards"]
    assert asked == [9]
    assert _seen(_header(), 12, at=NOW) == []
    assert _seen(_header(), 12, at=None) == []


def test_who_had_seen_nothing_has_no_time_to_be_before() -> None:
    assert _kinds(seen_rules(_header(seen_size=0), 3, lambda _size: ROOT, lambda _n: NOW + 99, 0)) == []


@pytest.mark.parametrize(("ahead", "kinds"), [(-(10**9), []), (0, []), (CLOCK_SLACK, []), (301, ["time_ahead"])])
def test_300_seconds_ahead_is_the_most(ahead: int, kinds: list[str]) -> None:
    assert _kinds(clock_rules(_header(at=NOW + ahead), NOW)) == kinds


# -- the author


SIGNERS = {name: Signer(name, bytes([i]) * 32) for i, name in enumerate(("p-one", "p-two", "p-left"), 1)}


def _roster() -> Roster:
    roster = Roster(ORIGIN)
    for name, signer in SIGNERS.items():
        roster.people[name] = Person(name, [Term(3, signer.key, frozenset({"practitioner"}), frozenset())])
    left = roster.people["p-left"]
    left.terms.append(Term(8, left.terms[0].key, frozenset(), frozenset()))
    roster.codes_keys.append((0, bytes(32)))
    return roster


def _entry(signer: Signer, **more: Any) -> Any:
    header = _header("access.granted", author=signer.name, body={"handle": "p-two"}, **more)
    return parse_entry(sign_entry(ORIGIN, header, signer), ORIGIN)


@pytest.mark.parametrize(
    ("name", "n", "kinds"),
    [
        ("p-one", 4, []),
        ("p-one", 3, ["before_enrolment"]),
        ("p-one", 0, ["before_enrolment"]),
        ("p-left", 8, []),
        ("p-left", 9, ["revoked_author"]),
    ],
)
def test_an_author_signs_from_after_their_enrolment_to_their_revocation(name: str, n: int, kinds: list[str]) -> None:
    assert _kinds(author_rules(_entry(SIGNERS[name]), n, _roster())) == kinds


def test_an_author_nobody_enrolled_is_unknown() -> None:
    assert _kinds(author_rules(_entry(Signer("p-six", bytes(32))), 9, _roster())) == ["unknown_author"]


def test_another_key_or_another_text_is_told() -> None:
    entry = _entry(SIGNERS["p-one"])
    assert _kinds(author_rules(_entry(Signer("p-one", bytes(32))), 9, _roster())) == ["signature"]
    assert _kinds(author_rules(replace(entry, text=entry.text + b"x"), 9, _roster())) == ["signature"]
    assert _kinds(author_rules(replace(entry, signature=entry.signature[:-1]), 9, _roster())) == ["signature"]
    assert _kinds(author_rules(replace(entry, key_id=bytes(4)), 9, _roster())) == ["signature"]


def test_a_role_that_may_not_write_it_is_told() -> None:
    signer = SIGNERS["p-one"]
    header = _header("hold.placed", author=signer.name, case=bytes([1]) * 16, body={"reason": "court"})
    entry = parse_entry(sign_entry(ORIGIN, header, signer), ORIGIN)
    assert _kinds(author_rules(entry, 9, _roster())) == ["not_permitted"]
    assert _kinds(author_rules(_entry(signer), 9, _roster())) == []


# -- references


TARGETS = {
    entry_id(10): Target(1, "decision.recorded", CASE, "p-one"),
    entry_id(11): Target(2, "request.received", CASE, "p-one"),
    entry_id(12): Target(3, "decision.recorded", case(2), "p-one"),
    entry_id(13): Target(9, "decision.recorded", CASE, "p-one"),
    entry_id(14): Target(4, "decision.recorded", CASE, "p-left"),
    entry_id(15): Target(5, "actor.revoked", None, "p-two"),
    **{entry_id(100 + i): Target(5, "decision.recorded", CASE, "p-one") for i in range(30)},
}


def _refs(header: Header, n: int = 9) -> list[str]:
    return _kinds(ref_rules(header, n, TARGETS.get, _roster()))


def _about(entry_type: str, *numbers: int, **more: Any) -> Header:
    return _header(entry_type, refs=tuple(entry_id(number) for number in numbers), **more)


def test_references_of_the_right_kind_and_number_hold() -> None:
    assert _refs(_about("disclosure.made", 10)) == []
    assert _refs(_about("note.added")) == []
    assert _refs(_about("note.added", 10, 11)) == []
    assert _refs(_about("decision.recorded", 11, 10)) == []
    assert _refs(_about("incident.recorded", *range(100, 120))) == []


@pytest.mark.parametrize(
    "header",
    [
        _about("disclosure.made"),
        _about("disclosure.made", 10, 100),
        _about("disclosure.made", 11),
        _about("disclosure.made", 99),
        _about("disclosure.made", 12),
        _about("disclosure.made", 13),
        _about("incident.recorded", *range(100, 121)),
        _about("access.emergency", 10),
    ],
    ids=["none", "too many", "another type", "unknown", "another case", "not before it", "21 of 20", "where none go"],
)
def test_references_that_do_not_hold_are_told(header: Header) -> None:
    assert set(_refs(header)) == {"refs"}


def test_an_entry_without_a_case_is_of_no_other_case() -> None:
    assert _refs(_about("note.added", 15)) == []


@pytest.mark.parametrize("entry_type", ["decision.approved", "decision.not_approved", "decision.reviewed"])
def test_nobody_approves_or_reviews_their_own(entry_type: str) -> None:
    assert _refs(_about(entry_type, 10)) == ["same_person"]
    assert _refs(_about(entry_type, 10, author="p-two")) == []


def _correction(number: int, author: str, *, for_leaver: bool) -> Header:
    return _about("decision.corrected", number, author=author, body={**DECISION, "for_leaver": for_leaver})


def test_a_correction_is_by_the_author_or_by_a_manager_for_a_leaver() -> None:
    roster = _roster()
    manager = replace(roster.people["p-two"].terms[0], roles=frozenset({"manager"}))

    def kinds(header: Header, *, by_manager: bool = False) -> list[str]:
        if by_manager:
            roster.people["p-two"].terms[0] = manager
        return _kinds(ref_rules(header, 9, TARGETS.get, roster))

    assert kinds(_correction(10, "p-one", for_leaver=False)) == []
    assert kinds(_correction(10, "p-one", for_leaver=True)) == ["not_permitted"]
    assert kinds(_correction(10, "p-two", for_leaver=False)) == ["not_permitted"]
    assert kinds(_correction(14, "p-two", for_leaver=True)) == ["not_permitted"]
    assert kinds(_correction(14, "p-two", for_leaver=True), by_manager=True) == []
    assert kinds(_correction(14, "p-two", for_leaver=False), by_manager=True) == ["not_permitted"]
    assert kinds(_correction(10, "p-two", for_leaver=True), by_manager=True) == ["not_permitted"]


def test_an_urgent_record_is_completed_by_its_author() -> None:
    assert _refs(_about("decision.completed", 10, body=DECISION)) == []
    assert _refs(_about("decision.completed", 10, body=DECISION, author="p-two")) == ["not_permitted"]


# -- what lies beside


def _commitment(under: bytes = bytes(32)) -> Commitment:
    return Commitment(bytes(32), 553, under, bytes(32), bytes(32))


def test_codes_are_under_the_key_that_was_current() -> None:
    roster = _roster()
    roster.codes_keys.append((6, bytes([1]) * 32))
    old, new = (codes_key_id(ORIGIN, key) for key in (bytes(32), bytes([1]) * 32))

    def kinds(under: bytes, n: int) -> list[str]:
        return _kinds(codes_rules(_header(sealed={CODES: _commitment(under)}), n, roster))

    assert kinds(old, 6) == kinds(new, 7) == []
    assert kinds(new, 6) == kinds(old, 7) == ["codes_key"]
    assert codes_rules(_header(), 7, roster) == []


PLACE = Place(ORIGIN, entry_id(1), RECORD)
SEALED, CIPHERTEXT = seal_record({"a": 1}, CASE, bytes(32), bytes(24), PLACE)
WITH_PART = _header(sealed={RECORD: SEALED})


@pytest.mark.parametrize(
    ("header", "parts", "erased", "kinds"),
    [
        (WITH_PART, {RECORD: CIPHERTEXT}, False, []),
        (WITH_PART, {}, True, []),
        (WITH_PART, {}, False, ["part_missing"]),
        (WITH_PART, {RECORD: CIPHERTEXT}, True, ["part_after_erasure"]),
        (WITH_PART, {RECORD: CIPHERTEXT[:-1]}, False, ["part_changed"]),
        (WITH_PART, {RECORD: b"\0" + CIPHERTEXT[1:]}, False, ["part_changed"]),
        (WITH_PART, {RECORD: CIPHERTEXT, CODES: b"x"}, False, ["part_added"]),
        (WITH_PART, {CODES: CIPHERTEXT}, False, ["part_missing", "part_added"]),
        (_header(), {}, False, []),
        (_header(), {RECORD: CIPHERTEXT}, False, ["part_added"]),
    ],
)
def test_parts_are_there_whole_or_erased(
    header: Header, parts: Mapping[str, bytes], erased: bool, kinds: list[str]
) -> None:
    assert _kinds(part_rules(header, parts, erased=erased)) == kinds


WRAPS = [Wrap(bytes(32), f"p-{i}", bytes([i]) * 80) for i in range(3)]
GONE = [wrap.without_box() for wrap in WRAPS]
WITH_WRAPS = _header(beside={"wraps": rows_over(WRAPS)})
ALL = dict(enumerate(WRAPS))
LONG = Wrap(bytes(32), "p-1", b"words in the clear, where a box belongs".ljust(81))
WITH_LONG = _header(beside={"wraps": rows_over([LONG])})


@pytest.mark.parametrize(
    ("header", "wraps", "removed", "holds"),
    [
        (WITH_WRAPS, ALL, {}, True),
        (WITH_WRAPS, {0: WRAPS[0], 2: WRAPS[2]}, {1: GONE[1]}, True),
        (WITH_WRAPS, {}, dict(enumerate(GONE)), True),
        (WITH_WRAPS, {0: WRAPS[0], 1: WRAPS[1]}, {}, False),
        (WITH_WRAPS, {}, {}, False),
        (WITH_WRAPS, {**ALL, 3: WRAPS[0]}, {}, False),
        (WITH_WRAPS, {**ALL, -1: WRAPS[0]}, {}, False),
        (WITH_WRAPS, {0: WRAPS[1], 1: WRAPS[0], 2: WRAPS[2]}, {}, False),
        (WITH_WRAPS, {**ALL, 1: WRAPS[1]._replace(box=b"x")}, {}, False),
        (WITH_WRAPS, {**ALL, 1: WRAPS[1]._replace(handle="p-x")}, {}, False),
        (WITH_WRAPS, {**ALL, 1: WRAPS[1]._replace(under=bytes([1]) * 32)}, {}, False),
        (WITH_WRAPS, ALL, {1: GONE[1]}, False),
        (WITH_WRAPS, {0: WRAPS[0], 2: WRAPS[2]}, {1: GONE[1]._replace(handle="p-x")}, False),
        (WITH_LONG, {0: LONG}, {}, False),
        (_header(), {}, {}, True),
        (_header(), {0: WRAPS[0]}, {}, False),
        (_header(), {}, {0: GONE[0]}, False),
    ],
)
def test_wraps_and_what_stays_of_them_are_those_committed_to(
    header: Header, wraps: Mapping[int, Wrap], removed: Mapping[int, RemovedWrap], holds: bool
) -> None:
    assert _kinds(wrap_rules(header, wraps, removed)) == ([] if holds else ["wraps"])


TOKENS = {i: Token("nhs", bytes([i]) * 32, bytes(16)) for i in range(2)}
WORDS = Token("any words", bytes(32), bytes(16))
LONG_TOKEN = Token("nhs", bytes(33), bytes(16))
WITH_TOKENS = _header(beside={"tokens": rows_over(TOKENS.values())})


@pytest.mark.parametrize(
    ("tokens", "erased", "holds"),
    [
        (TOKENS, False, True),
        ({}, True, True),
        ({}, False, False),
        ({0: TOKENS[0]}, False, False),
        (TOKENS, True, False),
        ({**TOKENS, 1: replace(TOKENS[1], salt=bytes([1]) * 16)}, False, False),
        ({**TOKENS, 1: replace(TOKENS[1], kind="name")}, False, False),
        ({**TOKENS, 1: replace(TOKENS[1], token=b"x")}, False, False),
    ],
)
def test_tokens_are_those_committed_to_and_gone_after_an_erasure(
    tokens: Mapping[int, Token], erased: bool, holds: bool
) -> None:
    assert _kinds(token_rules(WITH_TOKENS, tokens, erased=erased)) == ([] if holds else ["tokens"])


@pytest.mark.parametrize("token", [WORDS, LONG_TOKEN])
def test_a_token_is_no_place_for_words(token: Token) -> None:
    header = _header(beside={"tokens": rows_over([token])})
    assert _kinds(token_rules(header, {0: token}, erased=False)) == ["tokens"]


def test_a_root_over_nothing_is_that_of_the_empty_tree() -> None:
    assert rows_over([]) == Rows(0, bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))


def test_rules_say_what_they_mean_in_plain_words() -> None:
    checks: list[Callable[[], list[Any]]] = [
        lambda: clock_rules(_header(at=NOW + 999), NOW),
        lambda: part_rules(WITH_PART, {}, erased=False),
        lambda: seen_rules(_header(), 9, lambda _size: None, lambda _n: None, 0),
    ]
    for check in checks:
        (broken,) = check()
        assert not broken.says.endswith(".")
        assert broken.says[0].islower()
