"""Fields: the root against a definition written out again here; one shown, nothing else; nothing else accepted."""

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, Unverified
from ledger.log.tree import inclusion_ranges
from ledger.sealing.fields import check_field, field_leaves, fields_root, salt_of, walk

KEY = bytes(range(32))
DOCUMENT = {
    "purpose": "a sample",
    "items": ["attendance", {"n": 3, "about": "school"}, []],
    "none": {},
    "urgent": False,
    "count": -7,
}


def _leaves_by_the_book(value: Any, pointer: str = "") -> list[bytes]:
    """docs/FORMAT.md §2 in other words than the code's: what cannot be walked into is a leaf."""
    if isinstance(value, dict) and value:
        return [leaf for key in sorted(value) for leaf in _leaves_by_the_book(value[key], pointer + "/" + key)]
    if isinstance(value, list) and value:
        return [leaf for i, item in enumerate(value) for leaf in _leaves_by_the_book(item, pointer + "/" + str(i))]
    salt = hmac.new(KEY, b"consent-ledger/field-salt@v1\n" + pointer.encode(), sha256).digest()[:16]
    text = json.dumps([pointer, value], ensure_ascii=False, separators=(",", ":"))
    return [salt + text.encode()]


def _root_by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as it is written."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + _root_by_the_book(leaves[:split]) + _root_by_the_book(leaves[split:])).digest()


def _proof(leaves: list[bytes], index: int) -> list[bytes]:
    return [_root_by_the_book(leaves[start:end]) for start, end in inclusion_ranges(index, len(leaves))]


def test_the_document_is_walked_in_the_order_of_its_keys() -> None:
    assert list(walk(DOCUMENT)) == [
        ("/count", -7),
        ("/items/0", "attendance"),
        ("/items/1/about", "school"),
        ("/items/1/n", 3),
        ("/items/2", []),
        ("/none", {}),
        ("/purpose", "a sample"),
        ("/urgent", False),
    ]


def test_elements_go_by_number_not_by_digit() -> None:
    assert [pointer for pointer, _value in walk(list(range(11)))] == [f"/{i}" for i in range(11)]


@pytest.mark.parametrize("scalar", ["text", 0, True, {}, []])
def test_a_document_that_is_one_scalar_is_one_leaf(scalar: Any) -> None:
    assert list(walk(scalar)) == [("", scalar)]
    assert fields_root(scalar, KEY) == _root_by_the_book(_leaves_by_the_book(scalar))


values = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(values)
@settings(max_examples=200, deadline=None)
def test_the_root_is_that_of_the_definition(document: Any) -> None:
    assert field_leaves(document, KEY) == _leaves_by_the_book(document)
    assert fields_root(document, KEY) == _root_by_the_book(_leaves_by_the_book(document))


def test_each_field_is_shown_by_its_salt_and_proof_alone() -> None:
    leaves, root = field_leaves(DOCUMENT, KEY), fields_root(DOCUMENT, KEY)
    for index, (pointer, value) in enumerate(walk(DOCUMENT)):
        salt = salt_of(KEY, pointer)
        check_field(root, len(leaves), index, salt, pointer, value, _proof(leaves, index))
        assert salt == leaves[index][:16]


def _shown(index: int) -> tuple[bytes, str, Any, list[bytes]]:
    pointer, value = list(walk(DOCUMENT))[index]
    return salt_of(KEY, pointer), pointer, value, _proof(field_leaves(DOCUMENT, KEY), index)


@pytest.mark.parametrize("index", range(8))
def test_another_value_pointer_salt_index_or_proof_is_refused(index: int) -> None:
    root, size = fields_root(DOCUMENT, KEY), len(field_leaves(DOCUMENT, KEY))
    salt, pointer, value, proof = _shown(index)
    for other in ("another", 8, True, {}, [], [value], "" if value != "" else "x"):
        if (type(other), other) != (type(value), value):
            with pytest.raises(Unverified):
                check_field(root, size, index, salt, pointer, other, proof)
    for other in ("", pointer + "/0", pointer[:-1], pointer.upper()):
        with pytest.raises(Unverified):
            check_field(root, size, index, salt, other, value, proof)
    for byte in range(16):
        bad = bytes(b ^ (i == byte) for i, b in enumerate(salt))
        with pytest.raises(Unverified):
            check_field(root, size, index, bad, pointer, value, proof)
    for other_index in (-1, *(i for i in range(size) if i != index), size):
        with pytest.raises(LedgerError):
            check_field(root, size, other_index, salt, pointer, value, proof)
    for bad_proof in (proof[1:], proof[:-1], [*proof, bytes(32)], [bytes(32), *proof[1:]], proof[::-1]):
        with pytest.raises(LedgerError):
            check_field(root, size, index, salt, pointer, value, bad_proof)
    with pytest.raises(Unverified):
        check_field(bytes(32), size, index, salt, pointer, value, proof)


def test_a_value_that_is_no_json_of_ours_is_malformed() -> None:
    salt, pointer, _value, proof = _shown(0)
    for value in (1.5, None, {"A": 1}, "\ud800"):
        with pytest.raises(Malformed):
            check_field(fields_root(DOCUMENT, KEY), 8, 0, salt, pointer, value, proof)


def test_salts_differ_from_field_to_field_and_key_to_key() -> None:
    salts = {salt_of(key, pointer) for key in (KEY, bytes(32)) for pointer, _value in walk(DOCUMENT)}

    assert len(salts) == 16
    assert {len(salt) for salt in salts} == {16}
