"""ledger.log.checkpoint: the published 15-leaf log byte for byte, and every byte flipped."""

import base64
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.errors import Malformed, Unverified
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import Signer, VerifierKey, sign_note
from ledger.log.tree import EMPTY_ROOT, root_of

LOG = Path(__file__).parents[2] / "vectors" / "log"
WORDS = b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten".split()
ORIGIN = "example.com/log/testdata"
# transparency-dev/tessera testdata/build_log.sh: a key published for tests
SEED = base64.b64decode("AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg")[1:]
KEY = VerifierKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
ROOT = sha256(b"root").digest()
LINES = ("example.com/log", "7", base64.b64encode(ROOT).decode())


def published(size: int) -> bytes:
    return (LOG / f"checkpoint.{size}").read_bytes()


def test_the_published_key() -> None:
    assert Signer(ORIGIN, SEED).key == KEY


@pytest.mark.parametrize("size", range(16))
def test_the_published_log_is_reproduced_byte_for_byte(size: int) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root_of(WORDS[:size]))
    assert checkpoint.sign([Signer(ORIGIN, SEED)]) == published(size)
    assert open_checkpoint(published(size), [KEY]) == checkpoint
    assert Checkpoint.parse(checkpoint.text) == checkpoint


def test_every_byte_flipped_is_refused() -> None:
    data = published(15)
    for place in range(len(data)):
        for other in range(1, 256):
            with pytest.raises((Malformed, Unverified)):
                open_checkpoint(data[:place] + bytes([data[place] ^ other]) + data[place + 1 :], [KEY])


@pytest.mark.parametrize("size", range(16))
def test_every_bit_flipped_is_refused(size: int) -> None:
    data = published(size)
    for bit in range(8 * len(data)):
        other = bytearray(data)
        other[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Malformed, Unverified)):
            open_checkpoint(bytes(other), [KEY])


def test_every_byte_of_its_text_flipped_is_another_checkpoint_or_none() -> None:
    text = Checkpoint(ORIGIN, 15, ROOT).text
    meant = Checkpoint.parse(text)
    for place in range(len(text)):
        for other in range(1, 256):
            changed = text[:place] + bytes([text[place] ^ other]) + text[place + 1 :]
            try:
                read = Checkpoint.parse(changed)
            except Malformed:
                continue
            assert read != meant
            assert read.text == changed


def test_parts_of_a_checkpoint_are_refused() -> None:
    data = published(15)
    for place in range(len(data)):
        for part in (data[:place], data[place + 1 :], data[:place] + data[place + 1 :]):
            with pytest.raises((Malformed, Unverified)):
                open_checkpoint(part, [KEY])


@pytest.mark.parametrize("number", ["", "00", "07", "+7", "-7", " 7", "7 ", "7_0", "٧", "0x7", "7.0", str(2**53)])
def test_a_size_in_another_spelling_is_refused(number: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(f"{LINES[0]}\n{number}\n{LINES[2]}\n".encode())


@pytest.mark.parametrize(
    "root",
    [
        "",
        LINES[2][:-1],
        LINES[2] + "=",
        LINES[2].replace("/", "_").replace("+", "-") + " ",
        LINES[2][:-2] + chr(ord(LINES[2][-2]) + 1) + "=",
        ROOT.hex(),
        base64.b64encode(ROOT[:31]).decode(),
        base64.b64encode(ROOT + b"\0").decode(),
        base64.b64encode(b"").decode(),
    ],
)
def test_a_root_in_another_spelling_or_length_is_refused(root: str) -> None:
    Checkpoint.parse("\n".join([*LINES, ""]).encode())
    with pytest.raises(Malformed):
        Checkpoint.parse(f"{LINES[0]}\n7\n{root}\n".encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n\n",
        "{0}\n{1}\n",
        "{0}\n{1}\n{2}",
        "{0}\n{1}\n{2}\n\n",
        "\n{0}\n{1}\n{2}\n",
        "{0}\n\n{1}\n{2}\n",
        "{0}\n{1}\n{2}\nextension\n",
        "{0}\n{1}\n{2}\nextension",
        "{0}\n{1}\n{2}\n ",
        "{0}\r\n{1}\r\n{2}\r\n",
        "{0}\u2028{1}\u2028{2}\u2028",
        "{0}\x0b{1}\x0b{2}\x0b",
        "{0} {1}\n{2}\n",
        "\n{1}\n{2}\n",
        "{0} \n{1}\n{2}\n",
        " {0}\n{1}\n{2}\n",
        "a+b\n{1}\n{2}\n",
        "\ufeff {0}\n{1}\n{2}\n",
        "{1}\n{0}\n{2}\n",
    ],
)
def test_text_that_is_no_checkpoint(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text.format(*LINES).encode())
    with pytest.raises(Malformed):
        Checkpoint.parse(text.format(*LINES).encode() + b"\xff")


def test_only_keys_named_after_the_origin() -> None:
    signer, other = Signer("a.example/log", bytes(32)), Signer("b.example/log", bytes(32))
    checkpoint = Checkpoint("a.example/log", 0, EMPTY_ROOT)
    for signers in ([other], [signer, other]):
        with pytest.raises(ValueError, match="named after its origin"):
            checkpoint.sign(signers)
    # a note that another key signed over this origin's text is no checkpoint of either
    forged = sign_note(checkpoint.text, [other])
    with pytest.raises(Malformed):
        open_checkpoint(forged, iter([other.key]))
    with pytest.raises(Unverified):
        open_checkpoint(forged, [signer.key])
    with pytest.raises(Malformed):
        open_checkpoint(sign_note(checkpoint.text, [signer, other]), [signer.key, other.key])
    with pytest.raises(Unverified):
        open_checkpoint(checkpoint.sign([signer]), [])


def test_two_keys_of_one_origin_while_a_log_changes_its_key() -> None:
    old, new = Signer("a.example/log", bytes(32)), Signer("a.example/log", bytes([1]) * 32)
    checkpoint = Checkpoint("a.example/log", 9, ROOT)
    both = checkpoint.sign([old, new])
    for keys in ([old.key], [new.key], [old.key, new.key], iter([new.key, old.key])):
        assert open_checkpoint(both, keys) == checkpoint
    with pytest.raises(Unverified):
        open_checkpoint(both.replace(b"\n9\n", b"\n8\n"), [new.key])
