"""ledger.log.note: the published notes, CCTV's edge-case signatures, every key mangled, every byte flipped."""

import base64
import copy
import json
import pickle
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import Malformed, Unverified
from ledger.log.note import (
    MAX_SIGNATURES,
    Signature,
    Signer,
    VerifiedNote,
    VerifierKey,
    check_name,
    check_signature,
    key_id,
    open_note,
    read_note,
    same,
    sign_note,
)

VECTORS = Path(__file__).parents[2] / "vectors"
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
KEYS = [C2SP_KEY, PETER_KEY, ENOCH_KEY]

ALICE = Signer("alice", sha256(b"alice").digest())
BOB = Signer("bob", sha256(b"bob").digest())
TEXT = b"one\n\ntwo\n"


def published(name: str) -> bytes:
    return (VECTORS / "notes" / name).read_bytes()


@pytest.mark.parametrize(("name", "key"), [("c2sp-example.note", C2SP_KEY), ("peter.note", PETER_KEY)])
def test_published_notes_verify(name: str, key: str) -> None:
    data, verifier = published(name), VerifierKey.parse(key)
    assert str(verifier) == key
    assert open_note(data, [verifier]) == VerifiedNote(data[: data.rindex(b"\n\n") + 1], (verifier,))


def test_the_published_note_is_reproduced_byte_for_byte() -> None:
    peter = Signer("PeterNeumann", PETER_SEED)
    assert str(peter.key) == PETER_KEY
    assert sign_note(open_note(published("peter.note"), [peter.key]).text, [peter]) == published("peter.note")


def test_a_published_note_with_two_signatures() -> None:
    data, peter, enoch = published("peter-and-enoch.note"), VerifierKey.parse(PETER_KEY), VerifierKey.parse(ENOCH_KEY)
    assert open_note(data, [peter]).signers == (peter,)
    assert open_note(data, [enoch]).signers == (enoch,)
    assert open_note(data, [enoch, peter]).signers == (peter, enoch)
    for keys in ([], [VerifierKey.parse(C2SP_KEY)]):
        with pytest.raises(Unverified):
            open_note(data, keys)


def cctv() -> Iterator[tuple[set[str], bytes, bytes, bytes]]:
    """CCTV's Ed25519 vectors: flags, key, signature, message."""
    for vector in json.loads((VECTORS / "ed25519" / "ed25519vectors.json").read_text()):
        key, signature = bytes.fromhex(vector["key"]), bytes.fromhex(vector["sig"])
        assert (len(key), len(signature)) == (32, 64)
        yield set(vector["flags"] or []), key, signature, vector["msg"].encode()


def libsodium_accepts(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        check_signature(message, signature, VerifierKey("key", key))
    except Unverified:
        return False
    return True


def openssl_accepts(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_nothing_is_accepted_here_that_openssl_refuses() -> None:
    tally: Counter[tuple[bool, bool]] = Counter()
    for flags, key, signature, message in cctv():
        ours, theirs = libsodium_accepts(key, signature, message), openssl_accepts(key, signature, message)
        tally[ours, theirs] += 1
        assert theirs or not ours
        # what CCTV's README says of OpenSSL: it refuses these two and accepts the rest
        assert theirs == (not flags & {"low_order_residue", "non_canonical_R"})
        # libsodium also refuses every point of low order, and so every non-canonical one
        assert ours == (not flags & {"low_order_residue", "low_order_A", "low_order_R"})
        if not flags:
            assert ours
            assert theirs
    assert tally == {(True, True): 43, (False, True): 165, (False, False): 706}


def test_the_edge_cases_are_all_there() -> None:
    combinations = Counter(frozenset(flags) for flags, *_ in cctv())
    assert (sum(combinations.values()), combinations[frozenset()]) == (914, 1)
    assert Counter(flag for flags in combinations for flag in flags).keys() == {
        *("low_order_A", "low_order_R", "low_order_component_A", "low_order_component_R"),
        *("low_order_residue", "non_canonical_A", "non_canonical_R", "reencoded_k"),
    }


def test_a_signature_with_the_group_order_added_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    note = sign_note(TEXT, [ALICE])
    signature = read_note(note).signatures[0].signature
    check_signature(TEXT, signature, ALICE.key)
    for times in range(1, 16):
        number = int.from_bytes(signature[32:], "little") + times * order
        if number < 2**256:
            with pytest.raises(Unverified):
                check_signature(TEXT, signature[:32] + number.to_bytes(32, "little"), ALICE.key)


@pytest.mark.parametrize("size", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(Unverified):
        check_signature(TEXT, bytes(size), ALICE.key)


def test_signature_and_text_are_not_cut_elsewhere() -> None:
    blob = base64.b64decode(ALICE.signature_line(b"x" + TEXT).split()[2])[4:]
    check_signature(b"x" + TEXT, blob, ALICE.key)
    for signature, text in ((blob + b"x", TEXT), (blob + b"x" + TEXT, b""), (blob[:63], blob[63:] + b"x" + TEXT)):
        with pytest.raises(Unverified):
            check_signature(text, signature, ALICE.key)


def test_a_key_id_is_the_hash_of_name_and_key() -> None:
    key = VerifierKey.parse(C2SP_KEY)
    assert key_id("example.com/foo", key.public) == key.id == bytes.fromhex("530d903a")
    assert sha256(b"example.com/foo\n\x01" + key.public).digest()[:4] == key.id


@pytest.mark.parametrize("key", KEYS)
def test_no_part_of_a_key_is_a_key(key: str) -> None:
    VerifierKey.parse(key)
    for start in range(len(key)):
        for end in range(start, len(key) + 1):
            if end - start < len(key):
                with pytest.raises(Malformed):
                    VerifierKey.parse(key[start:end])


@pytest.mark.parametrize("key", KEYS)
def test_a_key_with_one_other_character_is_no_key(key: str) -> None:
    for place in range(len(key)):
        for character in map(chr, range(256)):
            if character != key[place]:
                with pytest.raises(Malformed):
                    VerifierKey.parse(key[:place] + character + key[place + 1 :])
    for place in range(len(key) + 1):
        for character in ("\n", " ", "\0", "+", "=", "A", "0", "٤", "é", "\u2028", "\ud800"):
            with pytest.raises(Malformed):
                VerifierKey.parse(key[:place] + character + key[place:])


@pytest.mark.parametrize(
    "key",
    [
        # golang/mod sumdb/note/note_test.go: another length, another kind, each with the id that would belong to it
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        PETER_KEY.upper(),
        PETER_KEY.replace("c74f20a3", "C74F20A3"),
        PETER_KEY.replace("PeterNeumann", "PeterNeuman"),
        PETER_KEY.replace("+", " "),
        "PRIVATE+KEY+" + PETER_KEY,
        PETER_KEY + "\n",
        "",
        "++",
    ],
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(key)


@pytest.mark.parametrize("key", [ALICE.key, Signer("é—/1", bytes(32)).key, *map(VerifierKey.parse, KEYS)])
def test_a_key_is_written_as_it_is_read(key: VerifierKey) -> None:
    assert VerifierKey.parse(str(key)) == key


@pytest.mark.parametrize("name", ["a", "example.com/log", "é", "—", "a" * 1000, "٤", "a\u200bb", "\U0001f600"])
def test_names(name: str) -> None:
    assert check_name(name) == name


SPACES = " \t\n\x0b\x0c\r\x1c\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000"


@pytest.mark.parametrize("character", [*SPACES, "\0", "\x01", "+", "\ud800"])
def test_names_with_spaces_controls_or_plus_are_refused(character: str) -> None:
    for name in (character, character + "a", "a" + character, "a" + character + "b"):
        with pytest.raises(Malformed):
            check_name(name)
        with pytest.raises(Malformed):
            Signer(name, bytes(32))
    with pytest.raises(Malformed):
        check_name("")


@pytest.mark.parametrize("name", ["c2sp-example.note", "peter.note"])
def test_every_byte_of_a_note_flipped_is_refused(name: str) -> None:
    data, keys = published(name), [VerifierKey.parse(key) for key in KEYS]
    open_note(data, keys)
    for place in range(len(data)):
        # all other values where the note is short, else every bit
        others = range(1, 256) if name == "c2sp-example.note" else [1 << bit for bit in range(8)]
        for other in others:
            with pytest.raises((Malformed, Unverified)):
                open_note(data[:place] + bytes([data[place] ^ other]) + data[place + 1 :], keys)


def test_every_byte_of_a_note_dropped_doubled_or_cut_is_refused() -> None:
    data = sign_note(TEXT, [ALICE])
    for place in range(len(data)):
        for other in (data[:place] + data[place + 1 :], data[:place], data[place + 1 :]):
            with pytest.raises((Malformed, Unverified)):
                open_note(other, [ALICE.key])
    for place in range(len(data) + 1):
        for stray in (b"\n", b" ", b"\0", b"a", b"\xff", b"\r\n", "—".encode()):
            with pytest.raises((Malformed, Unverified)):
                open_note(data[:place] + stray + data[place:], [ALICE.key])


LINE = ALICE.signature_line(TEXT)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT,
        TEXT + b"\n",
        TEXT + LINE,
        TEXT[:-1] + b"\n" + LINE,
        LINE,
        b"\n" + LINE,
        TEXT + b"\n" + LINE[:-1],
        TEXT + b"\n" + LINE + b"\n",
        TEXT + b"\n" + LINE + b"Unexpected line.\n",
        TEXT + b"\n" + LINE.replace("—".encode(), b"-"),
        TEXT + b"\n" + LINE.replace(b" alice", b"alice"),
        TEXT + b"\n" + LINE.replace(b"alice", b"alice "),
        TEXT + b"\n" + LINE.replace(b"alice", b"al ice"),
        TEXT + b"\n" + LINE.replace(b"alice", b"al+ce"),
        TEXT + b"\n" + LINE.replace(b"alice", b""),
        TEXT + b"\n" + b" " + LINE,
        TEXT + b"\n" + LINE[:-1] + b" \n",
        TEXT + b"\n" + LINE[:-1] + b"\r\n",
        TEXT.replace(b"\n", b"\r\n") + b"\n" + LINE,
        b"\x01" + TEXT + b"\n" + LINE,
        b"\xff" + TEXT + b"\n" + LINE,
        TEXT + b"\n\xef\xbb\xbf" + LINE,
        TEXT + b"\n" + "— alice AAAAAA==\n".encode(),
        TEXT + b"\n" + "— alice \n".encode(),
        TEXT + b"\n" + "— alice AB==\n".encode(),
    ],
)
def test_bytes_that_are_no_note(data: bytes) -> None:
    with pytest.raises(Malformed):
        open_note(data, [ALICE.key])


def test_the_text_ends_at_the_last_blank_line() -> None:
    for text in (b"\n", b"a\n", b"a\n\n", b"\n\n\na\n\n\nb\n\n", TEXT, b"a\n\n" + LINE):
        data = sign_note(text, [ALICE])
        assert data == text + b"\n" + ALICE.signature_line(text)
        assert open_note(data, [ALICE.key]).text == text
    with pytest.raises(Unverified):
        open_note(TEXT + b"\n" + LINE + b"\n" + BOB.signature_line(TEXT), [ALICE.key, BOB.key])


def test_reading_is_not_believing() -> None:
    note = read_note(sign_note(TEXT, [ALICE, BOB]).replace(b"one", b"ten"))
    assert note.text == b"ten\n\ntwo\n"
    assert [(line.name, line.key_id) for line in note.signatures] == [("alice", ALICE.key.id), ("bob", BOB.key.id)]
    assert not isinstance(note, VerifiedNote)


def test_a_bad_signature_by_a_known_key_spoils_the_note() -> None:
    good, bad = ALICE.signature_line(TEXT), BOB.signature_line(b"another\n")
    data = TEXT + b"\n" + good + bad
    assert open_note(data, [ALICE.key]).signers == (ALICE.key,)
    for keys in ([BOB.key], [ALICE.key, BOB.key]):
        with pytest.raises(Unverified):
            open_note(data, keys)


def test_a_key_is_matched_by_name_and_id_both() -> None:
    renamed = Signer("alison", sha256(b"alice").digest())
    assert renamed.key.public == ALICE.key.public
    for other in (renamed.key, VerifierKey("alice", BOB.key.public)):
        with pytest.raises(Unverified):
            open_note(sign_note(TEXT, [ALICE]), [other])
    forged = sign_note(TEXT, [ALICE]).replace(b"alice", b"alison")
    with pytest.raises(Unverified):
        open_note(forged, [ALICE.key, renamed.key])


def test_one_signature_for_each_key() -> None:
    with pytest.raises(Malformed):
        open_note(TEXT + b"\n" + LINE + LINE, [ALICE.key])
    assert open_note(TEXT + b"\n" + LINE + BOB.signature_line(TEXT) * 2, [ALICE.key]).signers == (ALICE.key,)


def test_sixteen_signatures_and_no_more() -> None:
    signers = [Signer(f"signer-{number}", bytes([number]) * 32) for number in range(MAX_SIGNATURES + 1)]
    data = sign_note(TEXT, signers[:16])
    assert len(open_note(data, [signer.key for signer in signers]).signers) == MAX_SIGNATURES == 16
    with pytest.raises(Malformed):
        open_note(data + signers[16].signature_line(TEXT), [signers[0].key])
    for wrong in ([], signers):
        with pytest.raises(ValueError, match="1 to 16"):
            sign_note(TEXT, wrong)


@pytest.mark.parametrize("text", [b"", b"a", b"a\r\n", b"a\0\n", b"a\t\n", b"\xff\n", b"\xed\xa0\x80\n"])
def test_text_that_no_note_may_have_is_not_signed(text: bytes) -> None:
    with pytest.raises(Malformed):
        sign_note(text, [ALICE])


def test_a_private_key_is_never_shown() -> None:
    seed = sha256(b"alice").digest()
    assert repr(ALICE) == str(ALICE) == "Signer('alice')"
    assert not hasattr(ALICE, "__dict__")
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            attempt(ALICE)
    for size in (0, 31, 33, 64):
        with pytest.raises(ValueError, match="32 bytes") as caught:
            Signer("alice", (seed * 2)[:size])
        assert seed.hex()[:16] not in str(caught.value)


def test_a_signature_line_is_read_as_it_is_written() -> None:
    line = LINE.decode().rstrip("\n").split(" ")
    blob = base64.b64decode(line[2])
    assert line[:2] == ["—", "alice"]
    assert read_note(TEXT + b"\n" + LINE).signatures == (Signature("alice", blob[:4], blob[4:]),)
    assert (blob[:4], len(blob)) == (ALICE.key.id, 68)


def test_the_shortest_signature_that_can_be_read() -> None:
    note = read_note("a\n\n— alice AAAAAAE=\n".encode())
    assert note.signatures == (Signature("alice", bytes(4), b"\1"),)
    with pytest.raises(Malformed):
        read_note("a\n\n— alice AAAAAA==\n".encode())


def test_a_key_may_hold_a_plus_in_its_base64() -> None:
    keys = [Signer("alice", bytes([number]) * 32).key for number in range(40)]
    plus = [key for key in keys if "+" in str(key).split("+", 2)[2]]
    assert len(plus) > 5
    assert [VerifierKey.parse(str(key)) for key in keys] == keys


def test_same() -> None:
    assert same(b"abc", b"abc")
    assert not same(b"abc", b"abd")
    assert not same(b"abc", b"ab")
