"""One key per person: it signs, it opens boxes, and nothing of it is shown; what cannot be sealed to is no key."""

import copy
import pickle
import traceback

import pytest
from nacl.bindings import crypto_core_ed25519_add

from ledger.errors import Malformed, Unverified
from ledger.log.note import check_signature, read_note, sign_note
from ledger.sealing.identity import (
    BOX_OVERHEAD,
    CodesKey,
    Identity,
    box_public,
    check_handle,
    handle_of,
    public_of,
    seal_to_codes_key,
    seal_to_person,
)

SEED = bytes(range(32))
# the encodings of the eight points of small order of edwards25519, and spellings of them that are not canonical
SMALL_ORDER = {
    "order 1": "0100000000000000000000000000000000000000000000000000000000000000",
    "order 2": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "order 4": "0000000000000000000000000000000000000000000000000000000000000000",
    "order 4, other": "0000000000000000000000000000000000000000000000000000000000000080",
    "order 8": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 8, other": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "order 8, third": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "order 8, fourth": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "order 1, not canonical": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "order 4, not canonical": "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}


def test_the_public_key_is_that_of_rfc_8032() -> None:
    """RFC 8032 §7.1, test 1."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    assert public_of(seed) == public
    assert Identity("p-one", seed).key.public == public


def test_what_an_identity_signs_verifies_under_its_key() -> None:
    identity = Identity("p-one", SEED)
    note = read_note(sign_note(b"text\n", [identity.signer]))

    check_signature(note.text, note.signatures[0].signature, identity.key)
    assert note.signatures[0].name == "p-one"


def test_a_box_opens_for_the_person_it_is_sealed_to_and_nobody_else() -> None:
    person, other = Identity("p-one", SEED), Identity("p-two", bytes(32))
    box = seal_to_person(b"secret", person.key.public)

    assert len(box) == len(b"secret") + BOX_OVERHEAD
    assert person.open_box(box) == b"secret"
    with pytest.raises(Unverified):
        other.open_box(box)


def test_every_byte_of_a_box_flipped_is_refused() -> None:
    person = Identity("p-one", SEED)
    box = seal_to_person(b"secret", person.key.public)

    for position in range(len(box)):
        for mask in (0x01, 0x80):
            bad = bytearray(box)
            bad[position] ^= mask
            with pytest.raises(Unverified):
                person.open_box(bytes(bad))


@pytest.mark.parametrize("size", [0, 1, 31, 47])
def test_a_box_too_short_to_be_one_is_refused(size: int) -> None:
    with pytest.raises(Unverified):
        Identity("p-one", SEED).open_box(bytes(size))


@pytest.mark.parametrize("encoding", SMALL_ORDER.values(), ids=SMALL_ORDER.keys())
def test_a_point_of_small_order_is_no_key(encoding: str) -> None:
    with pytest.raises(Malformed):
        box_public(bytes.fromhex(encoding))


def test_a_good_key_with_a_point_of_small_order_added_is_no_key() -> None:
    small = bytes.fromhex(SMALL_ORDER["order 8"])
    mixed = crypto_core_ed25519_add(public_of(SEED), small)

    assert mixed != public_of(SEED)
    with pytest.raises(Malformed):
        box_public(mixed)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_public_key_has_32_bytes(size: int) -> None:
    with pytest.raises(Malformed):
        box_public(bytes([1]) * size)


def test_a_codes_key_opens_what_is_sealed_to_its_public_half() -> None:
    codes_key = CodesKey(SEED)
    box = seal_to_codes_key(b"entry key", codes_key.public)

    assert codes_key.open_box(box) == b"entry key"
    assert CodesKey(codes_key.secret).public == codes_key.public
    with pytest.raises(Unverified):
        CodesKey(bytes([7]) * 32).open_box(box)


def test_a_codes_key_has_32_bytes() -> None:
    with pytest.raises(Malformed):
        CodesKey(bytes(31))


@pytest.mark.parametrize("handle", ["a", "0", "p-abcdefgh", "a" * 32, "a--b", "a-"])
def test_handles_that_are_allowed(handle: str) -> None:
    assert check_handle(handle) == handle


@pytest.mark.parametrize(
    "handle", ["", "-a", "A", "a" * 33, "a b", "a\n", "a_b", "é", "a+b", "\u0661", None, 7, b"a", ["a"]]
)
def test_handles_that_are_refused(handle: object) -> None:
    with pytest.raises(Malformed):
        check_handle(handle)


def test_an_assigned_handle_follows_from_the_key_and_is_a_handle() -> None:
    handle = handle_of(public_of(SEED))

    assert check_handle(handle) == handle
    assert handle == handle_of(public_of(SEED))
    assert handle != handle_of(public_of(bytes(32)))


@pytest.mark.parametrize("holder", [Identity("p-one", SEED), CodesKey(SEED), Identity("p-one", SEED).signer])
def test_a_private_key_is_not_shown_copied_or_pickled(holder: object) -> None:
    for shown in (repr(holder), str(holder), f"{holder}"):
        assert SEED.hex() not in shown
        assert repr(SEED) not in shown
        assert SEED.hex()[:16] not in shown
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            way(holder)
    assert not hasattr(holder, "__dict__")


def test_a_traceback_holds_no_key() -> None:
    person = Identity("p-one", SEED)
    with pytest.raises(Unverified) as caught:
        person.open_box(bytes(80))

    text = "".join(traceback.format_exception(caught.value))
    assert SEED.hex() not in text
    assert repr(SEED)[2:-1] not in text


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_size_is_a_wrong_call(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Identity("p-one", bytes(size))
