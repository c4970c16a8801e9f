"""Commitments to each field of a sealed document, so that one can later be shown and nothing else be guessed.

The document is walked: keys in order, elements by number; each scalar, `[]` and `{}` met is a leaf
salt ‖ canonical JSON of [pointer, value] of an RFC 6962 tree. It proves presence, never absence; the tree is never
stored. Source: docs/FORMAT.md §2. Proved by tests/ledger/sealing/test_fields.py.
"""

import hmac
from collections.abc import Iterator
from typing import Any

from ledger.log.encoding import canonical
from ledger.log.tree import check_inclusion, leaf_hash, root_of

SALT_SIZE = 16
_SALT = b"consent-ledger/field-salt@v1\n"


def walk(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """(JSON pointer, value) of every leaf. Keys hold neither / nor ~ (encoding), so pointers need no escapes."""
    if type(value) is dict and value:
        for key in sorted(value):
            yield from walk(value[key], f"{pointer}/{key}")
    elif type(value) is list and value:
        for number, item in enumerate(value):
            yield from walk(item, f"{pointer}/{number}")
    else:
        yield pointer, value


def salt_of(entry_key: bytes, pointer: str) -> bytes:
    """The 16-byte salt of one field, from the entry key (32 bytes)."""
    return hmac.digest(entry_key, _SALT + pointer.encode(), "sha256")[:SALT_SIZE]


def field_leaf(salt: bytes, pointer: str, value: Any) -> bytes:
    """The leaf data of one field."""
    return salt + canonical([pointer, value])


def field_leaves(document: Any, entry_key: bytes) -> list[bytes]:
    """The leaf data of every field, in order."""
    return [field_leaf(salt_of(entry_key, pointer), pointer, value) for pointer, value in walk(document)]


def fields_root(document: Any, entry_key: bytes) -> bytes:
    """The 32-byte root over all fields."""
    return root_of(field_leaves(document, entry_key))


def check_field(root: bytes, size: int, index: int, salt: bytes, pointer: str, value: Any, proof: list[bytes]) -> None:
    """Return if this field is proved to be in the document with this root; else raise as tree.check_inclusion."""
    check_inclusion(proof, size, root, index, leaf_hash(field_leaf(salt, pointer, value)))
