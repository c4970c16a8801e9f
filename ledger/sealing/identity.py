"""A person's one key: it signs as Ed25519 and opens boxes as X25519, both libsodium's.

Source: docs/FORMAT.md §3. Proved by tests/ledger/sealing/test_identity.py.
"""

import base64
import re
from functools import lru_cache
from hashlib import sha256

from nacl.bindings import (
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_scalarmult,
    crypto_scalarmult_base,
    crypto_sign_ed25519_pk_to_curve25519,
    crypto_sign_ed25519_sk_to_curve25519,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import CryptoError

from ledger.errors import Malformed, Unverified
from ledger.log.note import Signer, VerifierKey

SEED_SIZE = 32
BOX_OVERHEAD = 48
BOX_SIZE = SEED_SIZE + BOX_OVERHEAD
HANDLE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)


def check_handle(text: object) -> str:
    """A handle, the pseudonym that a person signs under. Raises Malformed."""
    if type(text) is not str or not HANDLE.fullmatch(text):
        raise Malformed("handle", "1 to 32 of a-z, 0-9 and -, not starting with -", "something else")
    return text


def handle_of(public: bytes) -> str:
    """The handle that a new key is assigned: from the key alone, so that it says nothing of the person."""
    return "p-" + base64.b32encode(sha256(b"consent-ledger/handle@v1\n" + public).digest()).decode()[:8].lower()


class Identity:
    """A private key under its handle. Nothing of it is shown, printed or pickled."""

    __slots__ = ("_box_public", "_box_secret", "handle", "signer")

    def __init__(self, handle: str, seed: bytes) -> None:
        self.handle = check_handle(handle)
        self.signer = Signer(handle, seed)
        public, secret = crypto_sign_seed_keypair(seed)
        self._box_secret: bytes = crypto_sign_ed25519_sk_to_curve25519(secret)
        self._box_public = box_public(public)

    def __repr__(self) -> str:
        return f"Identity({self.handle!r})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not pickled")

    @property
    def key(self) -> VerifierKey:
        """The public half under the handle."""
        return self.signer.key

    def open_box(self, box: bytes) -> bytes:
        """What was sealed to this person. Raises Unverified."""
        return open_sealed_box(box, self._box_public, self._box_secret)


def public_of(seed: bytes) -> bytes:
    """The Ed25519 public key of a seed, 32 bytes each."""
    public, _secret = crypto_sign_seed_keypair(seed)
    return bytes(public)


@lru_cache(4096)
def box_public(public: bytes) -> bytes:
    """The X25519 key of an Ed25519 public key. Raises Malformed for a point that libsodium refuses."""
    try:
        return bytes(crypto_sign_ed25519_pk_to_curve25519(public))
    except (CryptoError, RuntimeError, ValueError) as error:
        raise Malformed("public key", "a key that can be sealed to", "a point that libsodium refuses") from error


def seal_to_person(secret: bytes, public: bytes) -> bytes:
    """A sealed box of `secret` that only the holder of this Ed25519 key opens (48 bytes longer)."""
    return bytes(crypto_box_seal(secret, box_public(public)))


class CodesKey:
    """The asymmetric key of the codes part: everybody seals with its public half, few hold the private one."""

    __slots__ = ("_secret", "public")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SEED_SIZE:
            raise Malformed("codes key", "32 bytes", f"{len(secret)} bytes")
        self._secret = secret
        self.public: bytes = crypto_scalarmult_base(secret)

    def __repr__(self) -> str:
        return f"CodesKey({self.public.hex()[:8]}…)"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not pickled")

    @property
    def secret(self) -> bytes:
        """The private half, to be wrapped to another holder."""
        return self._secret

    def open_box(self, box: bytes) -> bytes:
        """What was sealed to this key. Raises Unverified."""
        return open_sealed_box(box, self.public, self._secret)


def check_box_public(public: bytes) -> None:
    """Return if an X25519 public key can be sealed to. Raises Malformed for a point of small order."""
    try:
        crypto_scalarmult(b"\x01" * SEED_SIZE, public)
    except (CryptoError, RuntimeError, ValueError) as error:
        raise Malformed("codes key", "a key that can be sealed to", "a point that libsodium refuses") from error


def seal_to_codes_key(secret: bytes, public: bytes) -> bytes:
    """A sealed box of `secret` to an X25519 public key."""
    return bytes(crypto_box_seal(secret, public))


def open_sealed_box(box: bytes, public: bytes, secret: bytes) -> bytes:
    """What a libsodium sealed box holds. Raises Unverified."""
    try:
        return bytes(crypto_box_seal_open(box, public, secret))
    except (CryptoError, TypeError, ValueError) as error:
        raise Unverified("sealed box", "a box that this key opens", "another one") from error
