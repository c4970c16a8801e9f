"""C2SP signed notes: text, a blank line, signature lines. Entries, checkpoints, cards and reports are all notes.

`open_note` is the only maker of a VerifiedNote; nobody asks whether a note verified, they hold one or an error.
Signing and checking are libsodium's (PyNaCl). Source: C2SP signed-note v1.0.0, signature type 0x01 only.
Proved by tests/ledger/log/test_note.py (the published notes, every key mangled, every byte flipped).
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from nacl.bindings import crypto_sign, crypto_sign_BYTES, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from ledger.errors import Malformed, Unverified
from ledger.log.encoding import decode_text, encode_base64, parse_base64, parse_hex

ED25519 = 0x01
MAX_SIGNATURES = 16
_DASH = "—"


@lru_cache(4096)
def key_id(name: str, public: bytes) -> bytes:
    """The four bytes that name an Ed25519 key under a name: SHA-256(name ‖ LF ‖ 0x01 ‖ public)[:4]."""
    return sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def check_name(name: str) -> str:
    """A key name: not empty, no Unicode spaces or controls, no plus. Returns it."""
    if name.isascii() and name.isprintable() and name and " " not in name and "+" not in name:
        return name
    if not name or "+" in name or any(character.isspace() or ord(character) < 0x21 for character in name):
        raise Malformed("key name", "a name without spaces, controls and plus signs", "another name")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise Malformed("key name", "valid Unicode", "a lone surrogate") from error
    return name


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: 32 bytes of Ed25519."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Its key id, 4 bytes."""
        return key_id(self.name, self.public)

    def __str__(self) -> str:
        """The verifier-key string: name+hex(id)+base64(0x01 ‖ public)."""
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([ED25519]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key whose verifier-key string is exactly `text`. Raises Malformed."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Malformed(
                "verifier key", "name+id+key", f"{len(parts)} of these", "Copy the whole of it: consent-ledger status"
            )
        name, identifier, encoded = check_name(parts[0]), parse_hex(parts[1], 4), parse_base64(parts[2])
        if len(encoded) != 33 or encoded[0] != ED25519:
            raise Malformed("verifier key", "an Ed25519 key of 32 bytes", "another kind of key")
        key = cls(name, encoded[1:])
        if key.id != identifier:
            raise Malformed("verifier key", "the id that belongs to name and key", "another id")
        return key


class Signer:
    """A private key with its name. Its seed is never shown, printed or pickled."""

    __slots__ = ("_secret", "key")

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("an Ed25519 seed has 32 bytes")
        public, self._secret = crypto_sign_seed_keypair(seed)
        self.key = VerifierKey(check_name(name), public)

    @property
    def name(self) -> str:
        """The key's name."""
        return self.key.name

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not pickled")

    def signature_line(self, text: bytes) -> bytes:
        """The line (with its newline) that signs `text`."""
        signature = crypto_sign(text, self._secret)[:crypto_sign_BYTES]
        return f"{_DASH} {self.name} {encode_base64(self.key.id + signature)}\n".encode()


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, not yet checked: name, key id (4 bytes), signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class UnverifiedNote:
    """A note that was read but not checked. Nothing in it may be believed."""

    text: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """A note with at least one good signature by a key that was asked for. Only open_note makes one."""

    text: bytes
    signers: tuple[VerifierKey, ...]


def sign_note(text: bytes, signers: Sequence[Signer]) -> bytes:
    """The note over `text`, which ends in a newline, with one signature line for each signer."""
    _check_text(text)
    if not 1 <= len(signers) <= MAX_SIGNATURES:
        raise ValueError(f"a note has 1 to {MAX_SIGNATURES} signers")
    return text + b"\n" + b"".join(signer.signature_line(text) for signer in signers)


def _check_text(text: bytes) -> None:
    if not text.endswith(b"\n"):
        raise Malformed("note", "text that ends in a newline", "other text")
    decode_text(text, "note")


def read_note(data: bytes) -> UnverifiedNote:
    """Split a note into text and signature lines, checking the form only. Raises Malformed."""
    text, tail = split_note(data)
    _check_text(text)
    return UnverifiedNote(text, read_signatures(tail))


def split_note(data: bytes) -> tuple[bytes, bytes]:
    """The text of a note, with its newline, and its signature lines. Raises Malformed. The form of neither is checked.

    For a caller that checks the text more closely than a note does; others call read_note.
    """
    # at the last blank line: the text may hold blank lines of its own
    split = data.rfind(b"\n\n")
    if split < 0:
        raise Malformed("note", "text, a blank line and signatures", "no blank line")
    return data[: split + 1], data[split + 2 :]


def read_signatures(tail: bytes) -> tuple[Signature, ...]:
    """The signature lines of a note, from after its blank line on, checking the form only. Raises Malformed."""
    if not tail.endswith(b"\n"):
        raise Malformed("note", "signature lines that end in a newline", "something else")
    lines = decode_text(tail, "note").split("\n")[:-1]
    if len(lines) > MAX_SIGNATURES:
        raise Malformed("note", f"at most {MAX_SIGNATURES} signatures", f"{len(lines)}")
    return tuple(_read_signature(line) for line in lines)


def read_signature_by(tail: bytes, name: str) -> Signature:
    """The one signature line of a note by `name`, a name that was checked. Raises Malformed if there is another."""
    begins = f"{_DASH} {name} ".encode()
    if not (tail.startswith(begins) and tail.endswith(b"\n")):
        raise Malformed("note", f"one signature, in the name of {name}", "something else")
    # base64 has neither spaces nor newlines: so this is one line
    blob = parse_base64(tail[len(begins) : -1].decode("latin-1"))
    if len(blob) < 5:
        raise Malformed("note", "a key id and a signature", f"{len(blob)} bytes")
    return Signature(name, blob[:4], blob[4:])


def _read_signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:
        raise Malformed("note", "signature lines of dash, name and base64", "another line")
    blob = parse_base64(parts[2])
    if len(blob) < 5:
        raise Malformed("note", "a key id and a signature", f"{len(blob)} bytes")
    return Signature(check_name(parts[1]), blob[:4], blob[4:])


def check_signature(text: bytes, signature: bytes, key: VerifierKey) -> None:
    """Return if `signature` (64 bytes) over `text` is by `key`; else raise Unverified."""
    if len(signature) != crypto_sign_BYTES:
        raise Unverified("signature", "64 bytes", f"{len(signature)} bytes")
    try:
        crypto_sign_open(signature + text, key.public)
    except (BadSignatureError, ValueError) as error:
        raise Unverified("signature", f"a signature by {key.name}", "one that does not verify") from error


def open_note(data: bytes, keys: Iterable[VerifierKey]) -> VerifiedNote:
    """Check a note against known keys, matched by name and id both.

    Signatures by unknown keys are ignored; a bad one by a known key, or none by any, raises Unverified
    (C2SP signed-note, "Verifying"). Raises Malformed for bytes that are no note.
    """
    note = read_note(data)
    known = {(key.name, key.id): key for key in keys}
    signers: list[VerifierKey] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if key in signers:
            raise Malformed("note", "one signature for each key", "two by the same key")
        check_signature(note.text, signature.signature, key)
        signers.append(key)
    if not signers:
        raise Unverified("note", "a signature by a key that is known here", "none")
    return VerifiedNote(note.text, tuple(signers))


def same(left: bytes, right: bytes) -> bool:
    """Constant-time comparison of secrets and of what is derived from them."""
    return hmac.compare_digest(left, right)
