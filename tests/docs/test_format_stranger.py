"""A stranger's check of docs/example/, written from docs/FORMAT.md alone: nothing of the project is imported.

Notes and trees are read by tests/stranger.py, which knows no more. Besides, libsodium for what OpenSSL lacks.
Numbers in brackets are FORMAT's.
"""

import hmac
import json
import re
from base64 import b32encode, b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_box_seal_open, crypto_scalarmult_base

from tests.stranger import Noticed, climb, leaf_hash, open_note, root

FILES = Path(__file__).parents[2] / "docs" / "example"


def read(name: str) -> str:
    return (FILES / name).read_bytes().decode()


def header(name: str) -> dict[str, Any]:
    line = read(name).split("\n")[2]
    value = json.loads(line)
    assert json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == line
    return dict(value)


ENTRIES = ("entry-0", "entry-1", "entry-2")
HEADERS = [header(name) for name in ENTRIES]
ORIGIN = read("checkpoint").split("\n")[0]
LOG_KEY = read("verifier-key").removesuffix("\n")
KEYS = {name: bytes.fromhex(key) for name, key in json.loads(read("keys.json")).items()}
LEAVES = [leaf_hash((FILES / name).read_bytes()) for name in ENTRIES]
AUTHORS = [HEADERS[0]["body"]["key"], HEADERS[0]["body"]["key"], HEADERS[1]["body"]["key"]]


def part(n: int, name: str) -> tuple[dict[str, Any], bytes]:
    return HEADERS[n]["sealed"][name], bytes.fromhex(read(f"entry-{n}.{name}.hex"))


def label(purpose: str, n: int, name: str) -> bytes:
    return f"consent-ledger/{purpose}@v1\n{ORIGIN}\n{HEADERS[n]['id']}\n{name}\n".encode()


def test_entries_are_signed_by_those_whom_the_origin_leads_to() -> None:
    founder = HEADERS[0]["body"]["key"]
    assert f"anytown-school/{sha256(founder.encode()).hexdigest()[:32]}" == ORIGIN  # 3.4
    for name, author in zip(ENTRIES, AUTHORS, strict=True):
        text = open_note(read(name), author)
        assert text.split("\n")[:2] == ["consent-ledger/entry@v1", ORIGIN]
    with pytest.raises(Noticed):
        open_note(read("entry-2").replace('"late":false', '"late":true'), AUTHORS[2])


def test_card_and_handle_belong_to_the_key() -> None:
    vkey = HEADERS[1]["body"]["key"]
    assert open_note(read("card"), vkey) == f"consent-ledger/card@v1\n{vkey}\n"  # 3.3
    signature = b64decode(read("card").split(" ")[-1])[4:]
    assert signature.hex() == HEADERS[1]["body"]["card"]
    public = b64decode(vkey.split("+", 2)[2])[1:]
    digest = sha256(b"consent-ledger/handle@v1\n" + public).digest()
    assert vkey.split("+")[0] == "p-" + b32encode(digest).decode()[:8].lower()  # 3.1


def test_checkpoint_is_over_the_entries_and_by_the_key_that_entry_0_names() -> None:
    assert b64decode(LOG_KEY.split("+", 2)[2])[1:].hex() == HEADERS[0]["body"]["log_key"]
    expected = f"{ORIGIN}\n3\n{b64encode(root(LEAVES)).decode()}\n"  # 4.2
    assert open_note(read("checkpoint"), LOG_KEY) == expected
    assert HEADERS[0]["seen"] == {"size": 0, "root": sha256(b"").hexdigest()}
    for n in (1, 2):
        assert HEADERS[n]["seen"] == {"size": n, "root": root(LEAVES[:n]).hex()}  # 1.11


def test_wraps_are_those_committed_to() -> None:
    for n, name in enumerate(ENTRIES):
        rows = json.loads(read(f"{name}.wraps.json"))
        leaves = [
            bytes.fromhex(row["under"]) + row["handle"].encode() + sha256(bytes.fromhex(row["box"])).digest()
            for row in rows
        ]
        assert HEADERS[n]["beside"]["wraps"] == {"n": len(rows), "root": root([leaf_hash(x) for x in leaves]).hex()}


def decrypt(n: int, name: str, entry_key: bytes, start: int) -> Any:
    """Open a part, in the order of 2.9, and give its document."""
    said, data = part(n, name)
    assert said["key"] == sha256(b"consent-ledger/key-commitment@v1\n" + entry_key).hexdigest()  # 2.4
    assert (said["size"], said["sha256"]) == (len(data), sha256(data).hexdigest())
    nonce, sealed = data[start : start + 24], data[start + 24 :]
    plain = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, label("sealed", n, name), nonce, entry_key)  # 2.6
    text = plain.rstrip(b" ")
    assert len(plain) == -(-len(text) // 512) * 512  # 2.5
    document = json.loads(text)
    assert root([leaf_hash(leaf) for leaf in field_leaves(document, "", entry_key)]).hex() == said["fields"]
    return document


def field_leaves(value: Any, pointer: str, entry_key: bytes) -> list[bytes]:  # 2.8
    if isinstance(value, dict) and value:
        return [leaf for key in sorted(value) for leaf in field_leaves(value[key], f"{pointer}/{key}", entry_key)]
    if isinstance(value, list) and value:
        return [leaf for i, item in enumerate(value) for leaf in field_leaves(item, f"{pointer}/{i}", entry_key)]
    salt = hmac.digest(entry_key, b"consent-ledger/field-salt@v1\n" + pointer.encode(), "sha256")[:16]
    return [salt + json.dumps([pointer, value], separators=(",", ":"), ensure_ascii=False).encode()]


def test_records_open_under_their_case_keys() -> None:
    for n, key in ((0, KEYS["people_key"]), (1, KEYS["people_key"]), (2, KEYS["case_key"])):
        text = f"consent-ledger/case-key@v1\n{ORIGIN}\n{HEADERS[n]['case']}\n".encode()
        said, data = part(n, "record")
        assert said["under"] == sha256(text + key).hexdigest()  # 2.3
        assert data[0] == 1
        entry_key = hmac.digest(key, label("entry-key", n, "record"), "sha256")
        document = decrypt(n, "record", entry_key, 1)
    assert document["document"]["decision"] == "share"


def test_codes_open_under_the_codes_key() -> None:
    public = crypto_scalarmult_base(KEYS["codes_key"])
    assert public.hex() == HEADERS[0]["body"]["codes_key"]
    said, data = part(2, "codes")
    text = f"consent-ledger/codes-key@v1\n{ORIGIN}\n".encode()
    assert said["under"] == sha256(text + public).hexdigest()  # 2.7
    assert data[0] == 2
    entry_key = crypto_box_seal_open(data[1:81], public, KEYS["codes_key"])
    assert decrypt(2, "codes", entry_key, 81)["age_band"] == "under_12"


def test_receipt_holds() -> None:
    first, _, rest = read("receipt").partition("\n")
    assert first == "consent-ledger/receipt@v1"
    leaf, _, proof = rest.partition("\nc2sp.org/tlog-proof@v1\n")
    assert leaf == read("entry-2")
    lines, _, checkpoint = proof.partition("\n\n")
    assert checkpoint == read("checkpoint")
    found = re.fullmatch(r"extra (\S+)\nindex (\d+)\n(.*)", lines, re.DOTALL)
    assert found is not None
    extra, index, hashes = json.loads(b64decode(found[1])), int(found[2]), found[3].split("\n")
    assert climb(index, 3, LEAVES[2], [b64decode(line) for line in hashes]) == root(LEAVES)
    assert [link["leaf"] for link in extra["chain"]] == [read("entry-0"), read("entry-1")]  # 5.2
    for link in extra["chain"]:
        leaf_of = leaf_hash(link["leaf"].encode())
        assert climb(link["index"], 3, leaf_of, [bytes.fromhex(item) for item in link["proof"]]) == root(LEAVES)
    (shown,) = extra["shown"]
    data = json.dumps([shown["pointer"], shown["value"]], separators=(",", ":")).encode()
    field = leaf_hash(bytes.fromhex(shown["salt"]) + data)
    fields = climb(shown["index"], shown["size"], field, [bytes.fromhex(item) for item in shown["proof"]])
    assert fields.hex() == HEADERS[2]["sealed"]["record"]["fields"]  # 5.3
