"""Sealing: every commitment checked in its order, every byte of a ciphertext, every other place; padding and limits."""

import dataclasses
import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from ledger.errors import LedgerError, Malformed, Refused, Unverified
from ledger.sealing.fields import fields_root
from ledger.sealing.identity import CodesKey, seal_to_codes_key
from ledger.sealing.seal import (
    BLOCK,
    CODES,
    MAX_PLAINTEXT,
    RECORD,
    Commitment,
    Place,
    case_key_id,
    codes_key_id,
    entry_key_in,
    entry_key_of,
    key_commitment,
    open_codes,
    open_record,
    open_with_entry_key,
    seal_codes,
    seal_record,
)

ORIGIN = "sample/0123456789abcdef0123456789abcdef"
ID, CASE, CASE_KEY = bytes(range(16)), bytes(range(16, 32)), bytes(range(32))
NONCE, ENTRY_KEY = bytes(range(24)), bytes(range(50, 82))
CODES_KEY = CodesKey(bytes(range(90, 122)))
DOCUMENT = {"purpose": "a sample", "items": ["attendance", {"n": 3}], "none": {}, "empty": [], "urgent": False}
PLACES = {part: Place(ORIGIN, ID, part) for part in (RECORD, CODES)}


def _sealed(part: str, document: Any = DOCUMENT) -> tuple[Commitment, bytes]:
    if part == RECORD:
        return seal_record(document, CASE, CASE_KEY, NONCE, PLACES[RECORD])
    return seal_codes(document, CODES_KEY.public, ENTRY_KEY, NONCE, PLACES[CODES])


def _open(part: str, commitment: Commitment, ciphertext: bytes, place: Place | None = None) -> Any:
    if part == RECORD:
        return open_record(commitment, ciphertext, CASE, CASE_KEY, place or PLACES[RECORD])
    return open_codes(commitment, ciphertext, CODES_KEY, place or PLACES[CODES])


def _entry_key(part: str) -> bytes:
    return entry_key_of(CASE_KEY, PLACES[RECORD]) if part == RECORD else ENTRY_KEY


both = pytest.mark.parametrize("part", [RECORD, CODES])


@both
def test_what_is_sealed_opens_to_the_same_document(part: str) -> None:
    commitment, ciphertext = _sealed(part)

    assert _open(part, commitment, ciphertext) == DOCUMENT
    assert commitment.size == len(ciphertext)
    assert commitment.sha256 == sha256(ciphertext).digest()
    assert b"attendance" not in ciphertext


def test_the_keys_and_their_names_are_those_of_the_format() -> None:
    """docs/FORMAT.md §2, computed here from its words alone."""
    commitment, ciphertext = _sealed(RECORD)
    place = f"{ORIGIN}\n{ID.hex()}\nrecord\n".encode()
    key = hmac.new(CASE_KEY, b"consent-ledger/entry-key@v1\n" + place, "sha256").digest()
    plaintext = b'{"empty":[],"items":["attendance",{"n":3}],"none":{},"purpose":"a sample","urgent":false}'
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        plaintext.ljust(512), b"consent-ledger/sealed@v1\n" + place, NONCE, key
    )

    assert entry_key_of(CASE_KEY, PLACES[RECORD]) == key
    assert ciphertext == b"\x01" + NONCE + sealed
    under = f"consent-ledger/case-key@v1\n{ORIGIN}\n{CASE.hex()}\n".encode() + CASE_KEY
    assert commitment.under == sha256(under).digest()
    assert commitment.key == sha256(b"consent-ledger/key-commitment@v1\n" + key).digest()


def test_a_codes_ciphertext_has_the_shape_of_the_format() -> None:
    commitment, ciphertext = _sealed(CODES)

    assert ciphertext[:1] == b"\x02"
    assert entry_key_in(ciphertext, CODES_KEY) == ENTRY_KEY
    assert ciphertext[81 : 81 + 24] == NONCE
    public = f"consent-ledger/codes-key@v1\n{ORIGIN}\n".encode() + CODES_KEY.public
    assert commitment.under == sha256(public).digest()


def _other(commitment: Commitment, **change: Any) -> Commitment:
    return dataclasses.replace(commitment, **change)


@both
def test_every_commitment_is_checked_in_order(part: str) -> None:
    """Each wrong together with all that are checked after it: the first wrong one is the one that is told."""
    commitment, ciphertext = _sealed(part)
    wrong: dict[str, Any] = {
        "under": bytes(32),
        "key": bytes(32),
        "size": commitment.size + 1,
        "sha256": bytes(32),
        "fields": bytes(32),
    }
    told = {
        "under": "sealed part's under",
        "key": "sealed part's key",
        "size": "sealed part",
        "sha256": "sealed part's sha256",
        "fields": "sealed part's fields",
    }
    names = list(wrong)
    for position, name in enumerate(names):
        for changes in ([name], names[position:]):
            with pytest.raises(Unverified) as caught:
                _open(part, _other(commitment, **{key: wrong[key] for key in changes}), ciphertext)
            assert caught.value.fault.field == told[name]
    assert _open(part, commitment, ciphertext) == DOCUMENT


@both
def test_what_decrypts_wrongly_is_told_before_its_fields(part: str) -> None:
    """A ciphertext that its author committed to, but that the committed key does not open."""
    commitment, ciphertext = _sealed(part)
    bad = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])
    with pytest.raises(Unverified) as caught:
        _open(part, _other(commitment, sha256=sha256(bad).digest(), fields=bytes(32)), bad)

    assert caught.value.fault.expected == "a ciphertext that its key opens"


@both
def test_every_byte_of_a_ciphertext_flipped_is_refused(part: str) -> None:
    """By its digest; and by the seal itself, where the author committed to the flipped bytes."""
    commitment, ciphertext = _sealed(part)
    for position in range(len(ciphertext)):
        bad = bytearray(ciphertext)
        bad[position] ^= 0x01
        with pytest.raises(Unverified):
            _open(part, commitment, bytes(bad))
        with pytest.raises(Unverified):
            _open(part, _other(commitment, sha256=sha256(bad).digest()), bytes(bad))


@both
def test_a_ciphertext_cut_anywhere_is_refused(part: str) -> None:
    commitment, ciphertext = _sealed(part)
    for end in [*range(140), len(ciphertext) - 1]:
        cut = ciphertext[:end]
        with pytest.raises(Unverified):
            _open(part, commitment, cut)
        with pytest.raises(Unverified):
            _open(part, _other(commitment, sha256=sha256(cut).digest(), size=end), cut)
    with pytest.raises(Unverified):
        _open(part, commitment, ciphertext + b"\0")


@both
@pytest.mark.parametrize(
    "place",
    [
        {"origin": "sample/ffffffffffffffffffffffffffffffff"},
        {"entry_id": bytes(16)},
        {"part": "other"},
    ],
    ids=["origin", "id", "part"],
)
def test_a_part_opens_at_its_own_place_only(part: str, place: dict[str, Any]) -> None:
    commitment, ciphertext = _sealed(part)
    moved = dataclasses.replace(PLACES[part], **place)
    if place.get("part"):
        moved = PLACES[CODES if part == RECORD else RECORD]
    # the names of keys hold the place too; let them be right, so that the ciphertext has to tell
    key = _entry_key(part)
    with pytest.raises(Unverified):
        open_with_entry_key(commitment, ciphertext, key, moved)
    with pytest.raises(Unverified):
        _open(part, commitment, ciphertext, moved)


def test_a_part_does_not_open_in_another_case() -> None:
    commitment, ciphertext = _sealed(RECORD)
    with pytest.raises(Unverified) as caught:
        open_record(commitment, ciphertext, bytes(16), CASE_KEY, PLACES[RECORD])
    assert caught.value.fault.field == "sealed part's under"
    with pytest.raises(Unverified):
        open_record(commitment, ciphertext, CASE, bytes(32), PLACES[RECORD])


def test_codes_do_not_open_to_another_codes_key() -> None:
    commitment, ciphertext = _sealed(CODES)
    other = CodesKey(bytes(32 * [9]))
    with pytest.raises(Unverified) as caught:
        open_codes(commitment, ciphertext, other, PLACES[CODES])
    assert caught.value.fault.field == "sealed part's under"
    with pytest.raises(Unverified):
        open_codes(_other(commitment, under=codes_key_id(ORIGIN, other.public)), ciphertext, other, PLACES[CODES])


def test_a_box_of_a_key_of_another_size_is_refused() -> None:
    commitment, ciphertext = _sealed(CODES)
    for size in (31, 33):
        box = seal_to_codes_key(bytes(size), CODES_KEY.public)
        bad = b"\x02" + box + ciphertext[81:]
        with pytest.raises(Unverified):
            _open(CODES, _other(commitment, sha256=sha256(bad).digest(), size=len(bad)), bad)


def _crafted(plaintext: bytes, document: Any = DOCUMENT) -> tuple[Commitment, bytes]:
    """A record part as a dishonest author would seal it: any plaintext, and commitments that fit."""
    key = _entry_key(RECORD)
    label = b"consent-ledger/sealed@v1\n" + f"{ORIGIN}\n{ID.hex()}\nrecord\n".encode()
    ciphertext = b"\x01" + NONCE + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, label, NONCE, key)
    under = case_key_id(ORIGIN, CASE, CASE_KEY)
    digest = sha256(ciphertext).digest()
    return Commitment(digest, len(ciphertext), under, key_commitment(key), fields_root(document, key)), ciphertext


GOOD = b'{"a":1}'
CRAFTED: dict[str, tuple[bytes, type[LedgerError]]] = {
    "not padded": (GOOD, Unverified),
    "padded to less": (GOOD.ljust(256), Unverified),
    "padded to more": (GOOD.ljust(1024), Unverified),
    "padded with zeros": (GOOD + bytes(505), Malformed),
    "padded in front": (GOOD.rjust(512), Malformed),
    "padded with a newline": ((GOOD + b"\n").ljust(512), Malformed),
    "nothing at all": (b"", Unverified),
    "only padding": (b"".ljust(512), Unverified),
    "another spelling": (b'{"a": 1}'.ljust(512), Malformed),
    "keys out of order": (b'{"b":1,"a":1}'.ljust(512), Malformed),
    "a float": (b'{"a":1.0}'.ljust(512), Malformed),
    "null": (b'{"a":null}'.ljust(512), Malformed),
    "no JSON": (b"hello".ljust(512), Malformed),
    "not UTF-8": (b'{"a":"\xff"}'.ljust(512), Malformed),
    "another document": (b'{"a":2}'.ljust(512), Unverified),
}


@pytest.mark.parametrize(("plaintext", "error"), CRAFTED.values(), ids=CRAFTED.keys())
def test_a_dishonest_authors_plaintext_is_refused(plaintext: bytes, error: type[LedgerError]) -> None:
    commitment, ciphertext = _crafted(plaintext, {"a": 1})
    with pytest.raises(error):
        _open(RECORD, commitment, ciphertext)


def test_the_crafting_itself_is_right() -> None:
    assert _open(RECORD, *_crafted(GOOD.ljust(512), {"a": 1})) == {"a": 1}


@both
def test_sizes_come_in_steps_of_512(part: str) -> None:
    overhead = 1 + 24 + 16 + (80 if part == CODES else 0)
    for length in (1, 500, 503, 504, 505, 1016, 1017):
        # {"a":"…"} is 8 characters longer than what it holds
        commitment, ciphertext = _sealed(part, {"a": "x" * length})
        assert commitment.size - overhead == -(-(length + 8) // BLOCK) * BLOCK
        assert _open(part, commitment, ciphertext) == {"a": "x" * length}


@both
def test_the_limit_is_a_mebibyte(part: str) -> None:
    largest = {"a": "x" * (MAX_PLAINTEXT - 8)}
    commitment, ciphertext = _sealed(part, largest)

    assert _open(part, commitment, ciphertext) == largest
    assert Commitment.from_json(commitment.to_json()) == commitment
    with pytest.raises(Refused) as caught:
        _sealed(part, {"a": "x" * (MAX_PLAINTEXT - 7)})
    assert "1 MiB" in caught.value.faults[0].expected


@both
@pytest.mark.parametrize("document", [{"a": 1.5}, {"a": None}, {"A": 1}, {"a": {1: 2}}, {"a": "\ud800"}, {"a": b"x"}])
def test_what_is_not_narrowed_json_is_not_sealed(part: str, document: Any) -> None:
    with pytest.raises(Malformed):
        _sealed(part, document)


@pytest.mark.parametrize("size", [0, 23, 25])
def test_a_nonce_of_another_size_is_a_wrong_call(size: int) -> None:
    with pytest.raises(ValueError, match="24 bytes"):
        seal_record(DOCUMENT, CASE, CASE_KEY, bytes(size), PLACES[RECORD])


def test_a_commitment_goes_into_the_header_and_back() -> None:
    commitment, _ciphertext = _sealed(RECORD)

    assert Commitment.from_json(commitment.to_json()) == commitment


MANGLED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no object": lambda value: list(value),
    "a key missing": lambda value: {key: item for key, item in value.items() if key != "under"},
    "a key more": lambda value: {**value, "more": 1},
    "size a text": lambda value: {**value, "size": "553"},
    "size true": lambda value: {**value, "size": True},
    "size 0": lambda value: {**value, "size": 0},
    "size negative": lambda value: {**value, "size": -1},
    "size beyond the limit": lambda value: {**value, "size": MAX_PLAINTEXT + 257},
    **{
        f"{name} {words}": (lambda value, name=name, change=change: {**value, name: change(value[name])})
        for name in ("sha256", "under", "key", "fields")
        for words, change in (
            ("short", lambda text: text[:-2]),
            ("long", lambda text: text + "00"),
            ("in capitals", lambda text: "AB" + text[2:]),
            ("a number", lambda text: 7),
        )
    },
}


@pytest.mark.parametrize("mangle", MANGLED.values(), ids=MANGLED.keys())
def test_a_mangled_commitment_is_malformed(mangle: Callable[[dict[str, Any]], Any]) -> None:
    commitment, _ciphertext = _sealed(RECORD)
    with pytest.raises(Malformed):
        Commitment.from_json(mangle(commitment.to_json()))
