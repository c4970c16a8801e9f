"""People's key files: Ed25519 in OpenSSH's private-key format, behind a passphrase, readable by their owner alone.

The one importer of `cryptography`. Source: docs/FORMAT.md §3. Proved by tests/ledger/sealing/test_keys.py.
"""

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)

from ledger.errors import Malformed, NotPermitted, Refused, Unavailable
from ledger.log.files import flush_folder

KDF_ROUNDS = 24
MIN_PASSPHRASE = 12
_MAX_FILE = 64 * 1024
_PUBLIC_BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"


def encode_key(seed: bytes, passphrase: bytes) -> bytes:
    """The key file of a seed (32 bytes). Raises Refused for a passphrase under 12 characters."""
    if len(passphrase.decode("utf-8", "replace")) < MIN_PASSPHRASE:
        raise Refused.one(
            "passphrase",
            f"at least {MIN_PASSPHRASE} characters",
            "a shorter one",
            "Four or five words in a row are easy to keep in mind.",
        )
    encryption: KeySerializationEncryption = (
        PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(KDF_ROUNDS).build(passphrase)
    )
    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)


def decode_key(data: bytes, passphrase: bytes) -> bytes:
    """The seed in a key file. Raises Malformed for another file, NotPermitted for a wrong passphrase."""
    try:
        key = load_ssh_private_key(data, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # cryptography reports a wrong passphrase as a corrupt one; whether the envelope reads tells them apart
        if _is_locked_envelope(data):
            raise NotPermitted(
                "passphrase", "the passphrase of this identity", "another one", "Try again; nothing was changed."
            ) from error
        raise Malformed("identity file", "an OpenSSH private key with a passphrase", "something else") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Malformed("identity file", "an Ed25519 key", "another kind of key")
    # the format's cipher does not notice a changed byte: the public half in the clear tells whether the seed is whole
    if _PUBLIC_BLOB + key.public_key().public_bytes_raw() not in _envelope(data):
        raise Malformed("identity file", "a private and a public half that belong together", "a damaged file")
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def _envelope(data: bytes) -> bytes:
    """The bytes between the first and the last line; none where they are not base64."""
    try:
        return base64.b64decode(b"".join(data.strip().split(b"\n")[1:-1]), validate=True)
    except binascii.Error:
        return b""


def _is_locked_envelope(data: bytes) -> bool:
    body = _envelope(data)
    # the name of the cipher follows, behind its length; "none" is a key that no passphrase guards
    magic, unguarded = b"openssh-key-v1\0", b"\0\0\0\x04none"
    return body.startswith(magic) and not body.startswith(magic + unguarded) and b"ssh-ed25519" in body


def write_private(path: Path, data: bytes) -> None:
    """Create a file of mode 0600 with `data`, durable before this returns.

    Raises Refused if it exists or its folder does not, Unavailable if the disk does not take it all: nothing is left.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise Refused.one(
            "file", "a file that does not exist yet", "one that does", "Choose another name: nothing is overwritten."
        ) from error
    except OSError as error:
        raise Refused.one(
            "file", "a folder that can be written to", (error.strerror or "an error").lower(), "Check the path."
        ) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        flush_folder(path.parent)
    except BaseException as error:
        path.unlink()
        if isinstance(error, OSError):
            raise Unavailable(
                "disk", "room to write", (error.strerror or "an error").lower(), "Free some space and try again."
            ) from error
        raise


def read_private(path: Path) -> bytes:
    """The bytes of a key file. Raises Refused if it cannot be read, NotPermitted if others can read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MAX_FILE)
    except OSError as error:
        raise Refused.one(
            "key file", "a file that can be read", error.strerror or "an unreadable file", "Check the path."
        ) from error
    if mode & 0o077:
        raise NotPermitted(
            "key file",
            "a file that only its owner can read (mode 600)",
            f"mode {mode & 0o777:o}",
            "Run: chmod 600 FILE",
        )
    return data
