"""The form of an entry: every byte flipped, every field of the header malformed, every limit."""

import copy
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.log.encoding import canonical
from ledger.log.entry import Header, RemovedWrap, Rows, Token, Wrap, entry_text, parse_entry, sign_entry
from ledger.log.note import Signer, sign_note
from ledger.log.rules import author_rules, rows_over
from ledger.log.tiles import MAX_ENTRY
from ledger.log.tree import leaf_hash, root_of
from ledger.log.types import MAX_REFS, PEOPLE_CASE
from ledger.sealing.seal import RECORD, Commitment
from tests.ledger_fixtures import DECISION, NOW, case, entry_id, small_ledger

ORIGIN = "sample/0123456789abcdef0123456789abcdef"
SIGNER = Signer("p-one", bytes(range(32)))
COMMITMENT = Commitment(bytes(32), 553, bytes(32), bytes(32), bytes(32))


def _header(**more: Any) -> Header:
    values: dict[str, Any] = {
        "id": entry_id(1),
        "type": "hold.lifted",
        "at": NOW,
        "author": "p-one",
        "seen_size": 7,
        "seen_root": bytes(range(32)),
        "case": case(1),
        "refs": (entry_id(2),),
    }
    return Header(**{**values, **more})


NOTE = _header(
    type="note.added",
    sealed={RECORD: COMMITMENT},
    beside={"wraps": Rows(2, bytes(32)), "tokens": Rows(1, bytes(32))},
)
ENTRIES = {"smallest": _header(), "with everything": NOTE}


@pytest.mark.parametrize("header", ENTRIES.values(), ids=ENTRIES.keys())
def test_what_is_signed_is_read_back(header: Header) -> None:
    leaf = sign_entry(ORIGIN, header, SIGNER)
    entry = parse_entry(leaf, ORIGIN)

    assert entry.header == header
    assert entry.text == entry_text(ORIGIN, header)
    assert entry.leaf == leaf
    assert entry.leaf_hash == leaf_hash(leaf)
    assert entry.text.split(b"\n")[:2] == [b"consent-ledger/entry@v1", ORIGIN.encode()]


@pytest.mark.parametrize("header", ENTRIES.values(), ids=ENTRIES.keys())
def test_what_is_cut_or_longer_is_malformed(header: Header) -> None:
    leaf = sign_entry(ORIGIN, header, SIGNER)
    for end in range(len(leaf)):
        with pytest.raises(Malformed):
            parse_entry(leaf[:end], ORIGIN)
    for more in (b"\n", b"x", b" ", leaf):
        with pytest.raises(Malformed):
            parse_entry(leaf + more, ORIGIN)


def test_every_byte_of_an_entry_flipped_is_refused(tmp_path: Path) -> None:
    """Either its form tells, or its author's signature does; nothing else is ever raised."""
    ledger = small_ledger(tmp_path, ["guardian", "practitioner"])
    written = ledger.decide("practitioner", case(1))
    leaf, roster, n = ledger.entry(written.n).leaf, ledger.roster(), written.n
    assert author_rules(parse_entry(leaf, ledger.origin), n, roster) == []

    told = {"form": 0, "signature": 0}
    for position in range(len(leaf)):
        for mask in (0x01, 0x80):
            bad = bytearray(leaf)
            bad[position] ^= mask
            try:
                entry = parse_entry(bytes(bad), ledger.origin)
            except Malformed:
                told["form"] += 1
                continue
            assert author_rules(entry, n, roster), f"byte {position}"
            told["signature"] += 1
    assert min(told.values()) > 100


def _mangled(change: Callable[[dict[str, Any]], Any], header: Header = NOTE) -> bytes:
    """An entry whose header was changed before its author signed it."""
    value = copy.deepcopy(header.to_json())
    changed = change(value)
    text = b"consent-ledger/entry@v1\n" + ORIGIN.encode() + b"\n" + canonical(changed or value) + b"\n"
    return sign_note(text, [SIGNER])


def _set(path: str, item: Any) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            value = value[parent]
        value[last] = item

    return change


def _without(path: str) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            value = value[parent]
        del value[last]

    return change


NO_TEXT: list[Any] = ["", 7, True, [], {}, ["x"]]
BAD: dict[str, list[Any]] = {
    "id": [*NO_TEXT, "ab" * 15, "ab" * 17, "AB" * 16, "zz" * 16],
    "type": [*NO_TEXT, "note", "note.added ", "Note.added", "ledger.destroyed"],
    "at": [*NO_TEXT, "2026-02-30T00:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z"],
    "at ": ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00z", "2026-1-1T00:00:00Z", "0000-01-01T00:00:00Z"],
    "author": [*NO_TEXT, "P-one", "p one", "p" * 33, "-p", "p-two"],
    "seen": [*NO_TEXT, {"size": 7}, {"root": "00" * 32}, {"size": 7, "root": "00" * 32, "more": 1}],
    "seen.size": ["7", True, -1, [], {}],
    "seen.root": [*NO_TEXT, "00" * 31, "AB" * 32],
    "case": [*NO_TEXT, "ab" * 15, "AB" * 16, PEOPLE_CASE.hex()],
    "refs": ["", 7, True, {}, ["x"], [7], ["ab" * 16] * 2, [NOTE.id.hex()], [{}], ["AB" * 16]],
    "body": ["", 7, True, [], {"more": 1}],
    "sealed": ["", 7, True, [], {}, {"other": COMMITMENT.to_json()}, {"codes": COMMITMENT.to_json()}, {"record": {}}],
    "sealed.record": ["", 7, [], {}],
    "beside": ["", 7, True, [], {}, {"other": {"n": 1, "root": "00" * 32}}],
    "beside.wraps": ["", 7, [], {}, {"n": 1}, {"n": 1, "root": "00" * 32, "more": 1}],
    "beside.wraps.n": ["1", True, 0, -1, []],
    "beside.tokens.root": [*NO_TEXT, "00" * 31],
    "more": [1],
}
CASES = [(path, item) for path, items in BAD.items() for item in items]


@pytest.mark.parametrize(("path", "item"), CASES, ids=[f"{path}-{item!r:.30}" for path, item in CASES])
def test_a_header_field_that_is_malformed_is_refused(path: str, item: Any) -> None:
    with pytest.raises(Malformed):
        parse_entry(_mangled(_set(path.strip(), item)), ORIGIN)


@pytest.mark.parametrize(
    "path", ["id", "type", "at", "author", "seen", "refs", "body", "case", "sealed", "seen.size", "beside.wraps.root"]
)
def test_a_header_field_that_is_missing_is_refused(path: str) -> None:
    with pytest.raises(Malformed):
        parse_entry(_mangled(_without(path)), ORIGIN)


def test_the_mangling_itself_is_right() -> None:
    assert parse_entry(_mangled(lambda value: value), ORIGIN).header == NOTE


@pytest.mark.parametrize("header", [[], "x", 7, True])
def test_a_header_that_is_no_object_is_refused(header: Any) -> None:
    text = b"consent-ledger/entry@v1\n" + ORIGIN.encode() + b"\n" + canonical(header) + b"\n"
    with pytest.raises(Malformed):
        parse_entry(sign_note(text, [SIGNER]), ORIGIN)


LINES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "another version": lambda lines: [b"consent-ledger/entry@v2", *lines[1:]],
    "another origin": lambda lines: [lines[0], b"other/0123456789abcdef0123456789abcdef", lines[2]],
    "an origin that is no text": lambda lines: [lines[0], ORIGIN.encode() + b"\r", lines[2]],
    "a line missing": lambda lines: lines[:2],
    "a line more": lambda lines: [*lines, b"{}"],
    "an empty line more": lambda lines: [*lines, b""],
    "a header with spaces": lambda lines: [*lines[:2], lines[2].replace(b",", b", ", 1)],
    "a header twice": lambda lines: [*lines[:2], lines[2] + lines[2]],
    "no header": lambda lines: [*lines[:2], b""],
}


@pytest.mark.parametrize("change", LINES.values(), ids=LINES.keys())
def test_other_lines_than_the_three_are_refused(change: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = entry_text(ORIGIN, NOTE).split(b"\n")[:3]
    try:
        leaf = sign_note(b"\n".join(change(lines)) + b"\n", [SIGNER])
    except Malformed:
        return
    with pytest.raises(Malformed):
        parse_entry(leaf, ORIGIN)


def test_an_entry_has_one_signature_and_it_is_its_authors() -> None:
    text = entry_text(ORIGIN, NOTE)
    other = Signer("p-two", bytes(32))
    for signers in ([other], [SIGNER, other], [other, SIGNER], [SIGNER, SIGNER]):
        with pytest.raises(Malformed):
            parse_entry(sign_note(text, signers), ORIGIN)
    with pytest.raises(ValueError, match="its author"):
        sign_entry(ORIGIN, NOTE, other)


def test_500_references_are_the_most() -> None:
    def request(count: int) -> Header:
        refs = tuple(entry_id(100 + i) for i in range(count))
        return _header(type="erasure.requested", refs=refs, body={"reason": "other"})

    most = sign_entry(ORIGIN, request(MAX_REFS), SIGNER)
    assert len(parse_entry(most, ORIGIN).header.refs) == 500
    with pytest.raises(Malformed):
        sign_entry(ORIGIN, request(MAX_REFS + 1), SIGNER)


def test_a_leaf_has_at_most_65535_bytes() -> None:
    """No type's own fields come near; the limit is asked of the bytes before anything is read."""
    leaf = sign_entry(ORIGIN, NOTE, SIGNER)
    for size, words in ((MAX_ENTRY, "no blank line"), (MAX_ENTRY + 1, f"{MAX_ENTRY + 1} bytes")):
        with pytest.raises(Malformed) as caught:
            parse_entry(b"x" * (size - 1) + b"\n", ORIGIN)
        assert caught.value.fault.got == words
    assert len(leaf) < MAX_ENTRY


WRONG_SEALS: dict[str, dict[str, Any]] = {
    "no record where there must be one": {"type": "note.added"},
    "a record where there is none": {"type": "hold.lifted", "sealed": {RECORD: COMMITMENT}},
    "no codes where there must be some": {
        "type": "decision.recorded",
        "refs": (),
        "body": DECISION,
        "sealed": {RECORD: COMMITMENT},
    },
    "codes where there are none": {"type": "note.added", "sealed": {RECORD: COMMITMENT, "codes": COMMITMENT}},
    "no case where there must be one": {"case": None},
    "the people case for a case's entry": {"type": "note.added", "case": PEOPLE_CASE, "sealed": {RECORD: COMMITMENT}},
    "a case where there is none": {"type": "ledger.packs_adopted", "refs": (), "body": {"packs": []}},
    "a case for the people case's entry": {"type": "cover.set", "refs": (), "sealed": {RECORD: COMMITMENT}},
    "a record of no case": {"type": "access_request.answered", "case": None, "sealed": {RECORD: COMMITMENT}},
}


@pytest.mark.parametrize("more", WRONG_SEALS.values(), ids=WRONG_SEALS.keys())
def test_case_and_parts_are_those_of_the_type(more: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        sign_entry(ORIGIN, _header(**more), SIGNER)


def test_what_lies_beside_is_committed_to_in_order() -> None:
    """docs/FORMAT.md §2: under ‖ handle ‖ SHA-256(box); salt ‖ kind ‖ LF ‖ token."""
    one, two = Wrap(bytes(32), "p-one", b"box"), Wrap(bytes(32), "p-two", b"box")
    token = Token("nhs", b"token", b"salt")

    assert one.leaf() == bytes(32) + b"p-one" + sha256(b"box").digest()
    assert token.leaf() == b"saltnhs\ntoken"
    assert one.without_box().leaf() == one.leaf()
    assert isinstance(one.without_box(), RemovedWrap)
    assert rows_over([one, two]) == Rows(2, root_of([one.leaf(), two.leaf()]))
    assert rows_over([one, two]) != rows_over([two, one])
