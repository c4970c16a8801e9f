"""Key files: OpenSSH's format both ways, a passphrase that counts, and a file that only its owner reads."""

import base64
import os
import resource
import shutil
import stat
import subprocess
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ledger.errors import LedgerError, Malformed, NotPermitted, Refused, Unavailable
from ledger.sealing.identity import public_of
from ledger.sealing.keys import decode_key, encode_key, read_private, write_private

SEED = bytes(range(100, 132))
PASSPHRASE = b"four plain words here"
FILE = encode_key(SEED, PASSPHRASE)
SSH_KEYGEN = shutil.which("ssh-keygen")


def test_a_key_file_gives_its_seed_back() -> None:
    assert FILE.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert decode_key(FILE, PASSPHRASE) == SEED


def test_the_file_is_locked_with_24_rounds_of_bcrypt() -> None:
    body = _body(FILE)
    name = b"\0\0\0\x06bcrypt"
    options = body[body.index(name) + len(name) :]

    # options: length, length of the salt, salt of 16, rounds
    assert options[4:8] == (16).to_bytes(4, "big")
    assert options[24:28] == (24).to_bytes(4, "big")
    assert SEED not in body


def test_a_passphrase_may_be_of_any_language() -> None:
    passphrase = "čtyři dlouhá slova".encode()

    assert decode_key(encode_key(SEED, passphrase), passphrase) == SEED


@pytest.mark.parametrize("wrong", [b"four plain words her", b"four plain words here ", b"FOUR PLAIN WORDS HERE", b""])
def test_a_wrong_passphrase_is_not_permitted(wrong: bytes) -> None:
    with pytest.raises(NotPermitted) as caught:
        decode_key(FILE, wrong)

    assert caught.value.fault.field == "passphrase"
    assert wrong == b"" or wrong.decode() not in str(caught.value)


@pytest.mark.parametrize("short", [b"", b"elevenchars", "ééééééééééé".encode()])
def test_a_short_passphrase_is_refused(short: bytes) -> None:
    with pytest.raises(Refused) as caught:
        encode_key(SEED, short)

    assert caught.value.faults[0].field == "passphrase"
    assert decode_key(encode_key(SEED, b"twelve chars"), b"twelve chars") == SEED


def _body(file: bytes) -> bytes:
    return base64.b64decode(b"".join(file.split(b"\n")[1:-2]))


def _openssh(key: object, *, locked: bool) -> bytes:
    encryption = BestAvailableEncryption(PASSPHRASE) if locked else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)  # type: ignore[attr-defined]


OTHERS = {
    "nothing": b"",
    "words": b"not a key at all\n",
    "a certificate": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "an empty envelope": b"-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n",
    "a public key": b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f x\n",
    "bytes": bytes(range(256)) * 4,
    "PKCS 8": Ed25519PrivateKey.from_private_bytes(SEED).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE)
    ),
    "another kind of key": _openssh(generate_private_key(SECP256R1()), locked=True),
    "a key without a passphrase": _openssh(Ed25519PrivateKey.from_private_bytes(SEED), locked=False),
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS.keys())
def test_another_file_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_key(data, PASSPHRASE)


def test_a_damaged_file_is_refused_or_opens_to_the_same_key() -> None:
    """Some bytes only, all over the file: each opening costs 24 rounds of bcrypt, which is what they are for."""
    for position in range(2, len(FILE), 61):
        bad = bytearray(FILE)
        bad[position] ^= 0x01
        try:
            assert decode_key(bytes(bad), PASSPHRASE) == SEED
        except LedgerError:
            continue


def test_a_seed_that_is_not_the_public_halfs_is_malformed() -> None:
    """The format's cipher is malleable: a changed byte of the seed would open to another key and nobody would know."""
    body = _body(FILE)
    size = next(size for size in range(128, 200, 8) if body[-size - 4 : -size] == size.to_bytes(4, "big"))
    # the private half: two check numbers, the kind of key, the public key, then the seed
    start = len(body) - size + 4 + 4 + 4 + 11 + 4 + 32 + 4
    refused = 0
    for position in (start, start + 15, start + 31):
        bad = bytearray(body)
        bad[position] ^= 0x01
        file = (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.b64encode(bad) + b"\n-----END OPENSSH PRIVATE KEY-----\n"
        )
        with pytest.raises(Malformed):
            decode_key(file, PASSPHRASE)
        refused += 1

    assert refused == 3


def test_a_traceback_shows_neither_seed_nor_passphrase() -> None:
    wrong = b"words that nobody chose"
    with pytest.raises(NotPermitted) as caught:
        decode_key(FILE, wrong)

    text = "".join(traceback.format_exception(caught.value))
    assert wrong.decode() not in text
    assert SEED.hex() not in text


def test_a_private_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "one.key"
    before = os.umask(0)
    try:
        write_private(path, FILE)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_private(path) == FILE


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "one.key"
    write_private(path, FILE)
    with pytest.raises(Refused):
        write_private(path, b"another")

    assert path.read_bytes() == FILE


def test_a_link_to_elsewhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        write_private(tmp_path / "link.key", FILE)

    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        write_private(tmp_path / "no" / "one.key", FILE)


def test_a_file_that_the_disk_does_not_take_whole_is_not_left_behind(tmp_path: Path) -> None:
    """The limit on the size of a file stands for a full disk: the write fails in the same place."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(Unavailable):
            write_private(tmp_path / "one.key", FILE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610, 0o601])
def test_a_file_that_others_can_read_is_not_permitted(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "one.key"
    write_private(path, FILE)
    path.chmod(mode)
    with pytest.raises(NotPermitted) as caught:
        read_private(path)

    assert f"mode {mode:o}" in str(caught.value)
    assert "chmod 600" in caught.value.fault.hint


@pytest.mark.parametrize("name", ["missing.key", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused):
        read_private(tmp_path / name)


def _public(line: bytes) -> bytes:
    return base64.b64decode(line.split()[1])[-32:]


if SSH_KEYGEN is not None:

    def test_openssh_reads_our_file_and_we_read_theirs(tmp_path: Path) -> None:
        ours, theirs = tmp_path / "ours.key", tmp_path / "theirs.key"
        write_private(ours, FILE)
        words = PASSPHRASE.decode()
        shown = subprocess.run([SSH_KEYGEN, "-y", "-P", words, "-f", ours], capture_output=True, check=True)
        subprocess.run([SSH_KEYGEN, "-q", "-t", "ed25519", "-N", words, "-f", theirs], capture_output=True, check=True)
        public = theirs.with_suffix(".key.pub").read_bytes()

        assert _public(shown.stdout) == public_of(SEED)
        assert public_of(decode_key(theirs.read_bytes(), PASSPHRASE)) == _public(public)
