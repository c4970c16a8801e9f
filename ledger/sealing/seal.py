"""Sealing a document under a case key or the codes key, and opening it again with every commitment checked.

Source: docs/FORMAT.md §2; the constants are its. Proved by tests/ledger/sealing/test_seal.py.
"""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from ledger.errors import Malformed, Refused, Unverified
from ledger.log.encoding import canonical, parse_hex, parse_json
from ledger.log.note import same
from ledger.sealing.fields import fields_root
from ledger.sealing.identity import BOX_OVERHEAD, CodesKey, seal_to_codes_key

RECORD, CODES = "record", "codes"
KEY_SIZE, NONCE_SIZE, TAG_SIZE = 32, 24, 16
BLOCK, MAX_PLAINTEXT = 512, 1 << 20
_UNDER_CASE_KEY, _UNDER_CODES_KEY = 0x01, 0x02
_BOX_SIZE = KEY_SIZE + BOX_OVERHEAD
_COMMITTED = frozenset({"sha256", "size", "under", "key", "fields"})


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the header says of a sealed part: its ciphertext, the keys it is under, its fields (32 bytes each)."""

    sha256: bytes
    size: int
    under: bytes
    key: bytes
    fields: bytes

    def to_json(self) -> dict[str, Any]:
        """As it stands in the header."""
        return {
            "fields": self.fields.hex(),
            "key": self.key.hex(),
            "sha256": self.sha256.hex(),
            "size": self.size,
            "under": self.under.hex(),
        }

    @classmethod
    def from_json(cls, value: Any) -> "Commitment":
        """From the header's object. Raises Malformed."""
        if type(value) is not dict or value.keys() != _COMMITTED:
            raise Malformed("sealed part", "sha256, size, under, key and fields", "other keys")
        size = value["size"]
        if type(size) is not int or not 0 < size <= MAX_PLAINTEXT + 256:
            raise Malformed("sealed part", "a size in bytes", "something else")
        return cls(
            parse_hex(value["sha256"], 32),
            size,
            parse_hex(value["under"], 32),
            parse_hex(value["key"], 32),
            parse_hex(value["fields"], 32),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part belongs; its keys and ciphertext are bound to it: origin, entry id (16 bytes), part."""

    origin: str
    entry_id: bytes
    part: str

    def label(self, purpose: str) -> bytes:
        """`consent-ledger/PURPOSE@v1`, origin, id and part, a line each."""
        return f"consent-ledger/{purpose}@v1\n{self.origin}\n{self.entry_id.hex()}\n{self.part}\n".encode()


def case_key_id(origin: str, case: bytes, key: bytes) -> bytes:
    """The `under` of a case key: it names key and case, 32 bytes."""
    return sha256(f"consent-ledger/case-key@v1\n{origin}\n{case.hex()}\n".encode() + key).digest()


@lru_cache(1024)
def codes_key_id(origin: str, public: bytes) -> bytes:
    """The `under` of a codes key, 32 bytes."""
    return sha256(f"consent-ledger/codes-key@v1\n{origin}\n".encode() + public).digest()


def key_commitment(entry_key: bytes) -> bytes:
    """The `key` of a sealed part: it fixes the entry key, 32 bytes."""
    return sha256(b"consent-ledger/key-commitment@v1\n" + entry_key).digest()


def entry_key_of(case_key: bytes, place: Place) -> bytes:
    """The key of one part, from the key of its case."""
    return hmac.digest(case_key, place.label("entry-key"), "sha256")


def _pad(data: bytes) -> bytes:
    return data + b" " * (-len(data) % BLOCK)


def _encrypt(document: Any, entry_key: bytes, nonce: bytes, place: Place) -> bytes:
    plaintext = _pad(canonical(document))
    if len(plaintext) > MAX_PLAINTEXT:
        raise Refused.one(
            "document", "at most 1 MiB", f"{len(plaintext)} bytes", "Put long papers in the case file and name them."
        )
    if len(nonce) != NONCE_SIZE:
        raise ValueError("a nonce has 24 bytes")
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, place.label("sealed"), nonce, entry_key)
    return nonce + bytes(sealed)


def _commit(document: Any, entry_key: bytes, under: bytes, ciphertext: bytes) -> Commitment:
    return Commitment(
        sha256=sha256(ciphertext).digest(),
        size=len(ciphertext),
        under=under,
        key=key_commitment(entry_key),
        fields=fields_root(document, entry_key),
    )


def seal_record(document: Any, case: bytes, case_key: bytes, nonce: bytes, place: Place) -> tuple[Commitment, bytes]:
    """Seal under a case key (32 bytes; nonce 24 random bytes): (what the header says, the ciphertext).

    Raises Refused above 1 MiB and Malformed for a document that is not narrowed JSON.
    """
    entry_key = entry_key_of(case_key, place)
    ciphertext = bytes([_UNDER_CASE_KEY]) + _encrypt(document, entry_key, nonce, place)
    return _commit(document, entry_key, case_key_id(place.origin, case, case_key), ciphertext), ciphertext


def seal_codes(document: Any, public: bytes, entry_key: bytes, nonce: bytes, place: Place) -> tuple[Commitment, bytes]:
    """Seal under the codes public key (32 bytes), with a fresh random entry key of 32 bytes."""
    box = seal_to_codes_key(entry_key, public)
    ciphertext = bytes([_UNDER_CODES_KEY]) + box + _encrypt(document, entry_key, nonce, place)
    return _commit(document, entry_key, codes_key_id(place.origin, public), ciphertext), ciphertext


def open_record(commitment: Commitment, ciphertext: bytes, case: bytes, case_key: bytes, place: Place) -> Any:
    """The document sealed under a case key, all of its commitments checked. Raises Unverified or Malformed."""
    _expect("under", commitment.under, case_key_id(place.origin, case, case_key))
    return open_with_entry_key(commitment, ciphertext, entry_key_of(case_key, place), place)


def open_codes(commitment: Commitment, ciphertext: bytes, codes_key: CodesKey, place: Place) -> Any:
    """The document sealed under the codes key, all of its commitments checked."""
    _expect("under", commitment.under, codes_key_id(place.origin, codes_key.public))
    return open_with_entry_key(commitment, ciphertext, entry_key_in(ciphertext, codes_key), place)


def entry_key_in(ciphertext: bytes, codes_key: CodesKey) -> bytes:
    """The entry key that a codes ciphertext carries in its box."""
    if ciphertext[:1] != bytes([_UNDER_CODES_KEY]):
        raise Unverified("sealed part", "a part under the codes key", "another kind")
    entry_key = codes_key.open_box(ciphertext[1 : 1 + _BOX_SIZE])
    if len(entry_key) != KEY_SIZE:
        raise Unverified("sealed part", "an entry key of 32 bytes", f"{len(entry_key)} bytes")
    return entry_key


def open_with_entry_key(commitment: Commitment, ciphertext: bytes, entry_key: bytes, place: Place) -> Any:
    """The document of one part, given its entry key: `key`, `sha256`, decryption, padding, form, `fields`."""
    _expect("key", commitment.key, key_commitment(entry_key))
    check_ciphertext(commitment, ciphertext)
    kinds = {RECORD: (_UNDER_CASE_KEY, 1), CODES: (_UNDER_CODES_KEY, 1 + _BOX_SIZE)}
    kind, start = kinds[place.part]
    if ciphertext[:1] != bytes([kind]) or len(ciphertext) < start + NONCE_SIZE + TAG_SIZE:
        raise Unverified("sealed part", "a ciphertext of the part's kind", "another")
    nonce, sealed = ciphertext[start : start + NONCE_SIZE], ciphertext[start + NONCE_SIZE :]
    try:
        plaintext = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, place.label("sealed"), nonce, entry_key)
    except (CryptoError, ValueError) as error:
        raise Unverified("sealed part", "a ciphertext that its key opens", "one that it does not open") from error
    data = plaintext.rstrip(b" ")
    if _pad(data) != plaintext or not data:
        raise Unverified("sealed part", "padding to 512 bytes", "other padding")
    document = parse_json(data)
    _expect("fields", commitment.fields, fields_root(document, entry_key))
    return document


def check_ciphertext(commitment: Commitment, ciphertext: bytes) -> None:
    """What anybody can check without a key: size and digest. Raises Unverified."""
    if len(ciphertext) != commitment.size:
        raise Unverified("sealed part", f"{commitment.size} bytes", f"{len(ciphertext)} bytes")
    _expect("sha256", commitment.sha256, sha256(ciphertext).digest())


def _expect(name: str, expected: bytes, got: bytes) -> None:
    if not same(expected, got):
        raise Unverified(f"sealed part's {name}", "what the header commits to", "something else")
