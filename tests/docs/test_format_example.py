"""The example of docs/FORMAT.md, made again by the code from fixed seeds and compared byte for byte.

Every random value is SHA-256 of a label, and sealed boxes are built with such a value as their one-time key, so that
the same bytes come out every time; that libsodium opens them is checked too. The files stand in docs/example/.
To write them anew after a change of the format: python tests/docs/test_format_example.py
"""

import json
import re
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import pytest
from nacl.bindings import crypto_box_easy, crypto_scalarmult_base

from ledger.log.append import Log, Prepared
from ledger.log.card import card_signature, make_card
from ledger.log.checkpoint import open_checkpoint
from ledger.log.encoding import canonical, parse_time
from ledger.log.entry import Header, Wrap, parse_entry, sign_entry
from ledger.log.note import Signer, VerifierKey
from ledger.log.receipt import Shown, check_receipt, make_receipt
from ledger.log.roster import Roster, origin_of
from ledger.log.rules import rows_over
from ledger.log.store import Store
from ledger.log.tree import EMPTY_ROOT, leaf_hash, node_hash, prove_inclusion, root_of
from ledger.log.types import PEOPLE_CASE
from ledger.log.verify import verify
from ledger.log.whole import Expected
from ledger.sealing.fields import field_leaves, salt_of, walk
from ledger.sealing.identity import CodesKey, Identity, box_public, handle_of, public_of
from ledger.sealing.seal import (
    CODES,
    RECORD,
    Commitment,
    Place,
    case_key_id,
    codes_key_id,
    entry_key_of,
    open_codes,
    open_record,
    seal_codes,
    seal_record,
)

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "FORMAT.md"
SHOWN = '"shown":'
NAME = "anytown-school"
NOW = parse_time("2026-03-02T09:40:00Z")
DETAILS = {"name": "Sample Head", "post": "head teacher", "organisation": "Anytown School (fictional)"}
DOCUMENT = {
    "document": {
        "decision": "share",
        "information": [{"about": "the child", "description": "Missed meals and tiredness since January"}],
        "purpose": "To ask for help for the family before things get worse",
        "recipients": [{"kind": "early_help", "organisation": "Anytown Council (fictional)"}],
        "subject": {"date_of_birth": "2014-05-06", "name": "Robin Sample"},
    }
}
FACTS = {"age_band": "under_12", "decided_at": "2026-03-02", "recipients": ["early_help"], "route": ["consent"]}


def fixed(label: str, size: int = 32) -> bytes:
    """Stands for randomness: the first `size` bytes of SHA-256 of a label."""
    return sha256(f"consent-ledger example: {label}".encode()).digest()[:size]


def box_to(secret: bytes, public: bytes, label: str) -> bytes:
    """A libsodium sealed box to an X25519 key, its one-time key fixed."""
    one_time = fixed(f"one-time key of {label}")
    shown = crypto_scalarmult_base(one_time)
    return bytes(shown + crypto_box_easy(secret, blake2b(shown + public, digest_size=24).digest(), public, one_time))


def wrap_to(key: bytes, under: bytes, person: Identity, label: str) -> Wrap:
    return Wrap(under, person.handle, box_to(key, box_public(person.key.public), f"{label} to {person.handle}"))


def person(label: str) -> Identity:
    seed = fixed(f"seed of the {label}")
    return Identity(handle_of(public_of(seed)), seed)


@dataclass
class Example:
    """The three entries' makings: people, keys, and what was appended."""

    store: Store
    founder: Identity = field(default_factory=lambda: person("founder"))
    worker: Identity = field(default_factory=lambda: person("practitioner"))
    codes_key: CodesKey = field(default_factory=lambda: CodesKey(fixed("codes key")))
    case: bytes = field(default_factory=lambda: fixed("case", 16))
    case_key: bytes = field(default_factory=lambda: fixed("case key"))
    people_key: bytes = field(default_factory=lambda: fixed("people key"))
    files: dict[str, bytes] = field(default_factory=dict)
    seen: tuple[int, bytes] = (0, EMPTY_ROOT)

    def __post_init__(self) -> None:
        self.origin = origin_of(NAME, self.founder.key)
        self.log_signer = Signer(self.origin, fixed("log key"))
        self.log = Log(self.store, self.origin, [self.log_signer])
        self.head = b""

    def id_of(self, n: int) -> bytes:
        return fixed(f"id of entry {n}", 16)

    def place(self, n: int, part: str) -> Place:
        return Place(self.origin, self.id_of(n), part)

    def header(self, n: int, kind: str, at: str, author: Identity, **more: Any) -> Header:
        size, root = self.seen
        return Header(self.id_of(n), kind, parse_time(at), author.handle, size, root, **more)

    def append(self, header: Header, author: Identity, parts: dict[str, bytes], wraps: list[Wrap]) -> None:
        header = replace(header, beside={"wraps": rows_over(wraps)})
        leaf = sign_entry(self.origin, header, author.signer)
        appended = self.log.append([Prepared(leaf, parts, tuple(wraps))], NOW)
        self.head = appended.checkpoint
        checkpoint = open_checkpoint(self.head, [self.log_signer.key])
        self.seen = (checkpoint.size, checkpoint.root)
        n = appended.numbers[0]
        self.files[f"entry-{n}"] = leaf
        rows = [{"under": wrap.under.hex(), "handle": wrap.handle, "box": wrap.box.hex()} for wrap in wraps]
        self.files[f"entry-{n}.wraps.json"] = canonical(rows) + b"\n"
        self.files |= {f"entry-{n}.{part}.hex": f"{data.hex()}\n".encode() for part, data in parts.items()}

    def record(self, n: int, document: Any, case: bytes, key: bytes) -> tuple[Commitment, bytes]:
        return seal_record(document, case, key, fixed(f"nonce of entry {n}", 24), self.place(n, RECORD))

    def codes(self, n: int, facts: Any) -> tuple[Commitment, bytes]:
        key, nonce = fixed(f"codes entry key of entry {n}"), fixed(f"codes nonce of entry {n}", 24)
        commitment, data = seal_codes(facts, self.codes_key.public, key, nonce, self.place(n, CODES))
        # the box is random; one with a fixed one-time key takes its place, and the digest follows
        box = box_to(key, self.codes_key.public, f"codes of entry {n}")
        data = data[:1] + box + data[1 + len(box) :]
        return replace(commitment, sha256=sha256(data).digest()), data

    def found(self) -> None:
        body = {
            "organisation": "Anytown School (fictional)",
            "kind": "public",
            "nation": "england",
            "packs": [{"id": "flowcharts/england-2006", "digest": fixed("digest of a pack").hex()}],
            "codes_key": self.codes_key.public.hex(),
            "log_key": self.log_signer.key.public.hex(),
            "roles": ["administrator", "guardian"],
            "key": str(self.founder.key),
            "card": card_signature(self.founder.signer).hex(),
        }
        record = {**DETAILS, "search_key": fixed("search key").hex()}
        commitment, data = self.record(0, record, PEOPLE_CASE, self.people_key)
        codes_under = codes_key_id(self.origin, self.codes_key.public)
        wraps = [
            wrap_to(self.codes_key.secret, codes_under, self.founder, "codes key"),
            wrap_to(self.people_key, commitment.under, self.founder, "people key"),
        ]
        header = self.header(
            0,
            "ledger.created",
            "2026-03-02T09:00:00Z",
            self.founder,
            body=body,
            case=PEOPLE_CASE,
            sealed={RECORD: commitment},
        )
        self.append(header, self.founder, {RECORD: data}, wraps)

    def enrol(self) -> None:
        body = {
            "roles": ["practitioner"],
            "teams": ["pastoral"],
            "key": str(self.worker.key),
            "card": card_signature(self.worker.signer).hex(),
        }
        record = {**DETAILS, "name": "Sample Mentor", "post": "learning mentor"}
        commitment, data = self.record(1, record, PEOPLE_CASE, self.people_key)
        wraps = [wrap_to(self.people_key, commitment.under, self.worker, "people key")]
        header = self.header(
            1,
            "actor.enrolled",
            "2026-03-02T09:10:00Z",
            self.founder,
            body=body,
            case=PEOPLE_CASE,
            sealed={RECORD: commitment},
        )
        self.append(header, self.founder, {RECORD: data}, wraps)

    def decide(self) -> None:
        record, record_data = self.record(2, DOCUMENT, self.case, self.case_key)
        codes, codes_data = self.codes(2, FACTS)
        body = {
            "decision": "share",
            "advice": "may_share",
            "differs": False,
            "late": False,
            "approval": "not_needed",
            "packs": [{"id": "flowcharts/england-2006", "digest": fixed("digest of a pack").hex()}],
        }
        under = case_key_id(self.origin, self.case, self.case_key)
        wraps = [wrap_to(self.case_key, under, reader, "case key") for reader in (self.founder, self.worker)]
        header = self.header(
            2,
            "decision.recorded",
            "2026-03-02T09:30:00Z",
            self.worker,
            body=body,
            case=self.case,
            sealed={RECORD: record, CODES: codes},
        )
        self.append(header, self.worker, {RECORD: record_data, CODES: codes_data}, wraps)

    def shown(self, pointer: str) -> dict[str, Any]:
        """What a receipt needs to show one field of the decision."""
        key = entry_key_of(self.case_key, self.place(2, RECORD))
        pointers = [found for found, _value in walk(DOCUMENT)]
        leaves = [leaf_hash(leaf) for leaf in field_leaves(DOCUMENT, key)]
        index = pointers.index(pointer)
        proof = prove_inclusion(lambda nodes: [_node(leaves, *node) for node in nodes], index, len(leaves))
        return {
            "pointer": pointer,
            "value": dict(walk(DOCUMENT))[pointer],
            "salt": salt_of(key, pointer).hex(),
            "index": index,
            "size": len(leaves),
            "proof": [digest.hex() for digest in proof],
        }

    def finish(self) -> None:
        with self.store.read() as reader:
            roster = Roster(self.origin)
            for n in (0, 1):
                assert roster.apply(n, parse_entry(self.files[f"entry-{n}"], self.origin)) == []
            opened = {"shown": [self.shown("/document/decision")]}
            self.files["receipt"] = make_receipt(reader, roster, self.head, 2, opened)
        self.files["checkpoint"] = self.head
        self.files["card"] = make_card(self.worker.signer)
        self.files["verifier-key"] = f"{self.log_signer.key}\n".encode()
        secrets = {
            "case_key": self.case_key.hex(),
            "codes_key": self.codes_key.secret.hex(),
            "people_key": self.people_key.hex(),
        }
        self.files["keys.json"] = canonical(secrets) + b"\n"


def _node(leaves: list[bytes], level: int, index: int) -> bytes:
    if level == 0:
        return leaves[index]
    return node_hash(_node(leaves, level - 1, 2 * index), _node(leaves, level - 1, 2 * index + 1))


def excerpts(files: dict[str, bytes]) -> dict[str, str]:
    """What the page shows of each file; of the receipt all but the entry, which stands above, and most of `extra`."""
    shown = {name: files[name].decode() for name in ("entry-2", "checkpoint", "card", "verifier-key")}
    first, _entry, rest = files["receipt"].decode().partition(files["entry-2"].decode())
    before, extra, after = re.split(r"(extra \S+)", rest)
    decoded = b64decode(extra.removeprefix("extra ")).decode()
    return {
        **shown,
        "receipt": f"{first}…\n{before}{extra[:60]}…{after}",
        "shown": f"{decoded[decoded.index(SHOWN) :]}\n",
    }


def _excerpt(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- file: {name} -->\n```text\n)[^`]*(?=```\n)")


def make(path: Path) -> Example:
    example = Example(Store.create(path))
    for step in (example.found, example.enrol, example.decide, example.finish):
        step()
    return example


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    made = make(tmp_path_factory.mktemp("example") / "ledger.db")
    yield made
    made.store.close()


def test_files_of_the_example_are_what_the_code_makes(example: Example) -> None:
    found = {path.name: path.read_bytes() for path in (DOCS / "example").iterdir()}
    assert sorted(found) == sorted(example.files)
    assert [name for name, data in example.files.items() if found[name] != data] == []


def test_format_page_shows_the_files_of_the_example(example: Example) -> None:
    page = PAGE.read_text(encoding="utf-8")
    wanted = excerpts(example.files)
    assert {name: _excerpt(name).findall(page) for name in wanted} == {name: [text] for name, text in wanted.items()}


def test_the_example_verifies_and_a_changed_one_does_not(example: Example) -> None:
    report = verify(example.store, example.origin, NOW, expected=Expected(log_key=example.log_signer.key))
    assert report.findings == []
    assert (report.size, report.root) == example.seen
    assert report.root == root_of([example.files[f"entry-{n}"] for n in range(3)])
    early = verify(example.store, example.origin, parse_time("2026-03-02T09:20:00Z"))
    assert [(found.entry, found.kind) for found in early.findings] == [(2, "time_ahead")]


def test_the_receipt_of_the_example_holds_with_the_key_alone(example: Example) -> None:
    files = DOCS / "example"
    key = VerifierKey.parse((files / "verifier-key").read_text(encoding="utf-8").removesuffix("\n"))
    checked = check_receipt((files / "receipt").read_bytes(), key)
    assert (checked.index, checked.entry.leaf) == (2, (files / "entry-2").read_bytes())
    assert checked.shown == (Shown("/document/decision", "share"),)
    assert (checked.enrolled_by, checked.enrolled_at) == (example.founder.handle, 1)


def test_the_sealed_parts_of_the_example_open_with_its_keys(example: Example) -> None:
    keys = json.loads((DOCS / "example" / "keys.json").read_text(encoding="utf-8"))
    parts = {name: bytes.fromhex(data.decode()) for name, data in example.files.items() if name.endswith(".hex")}
    sealed = parse_entry(example.files["entry-2"], example.origin).header.sealed
    case_key = bytes.fromhex(keys["case_key"])
    record = open_record(sealed[RECORD], parts["entry-2.record.hex"], example.case, case_key, example.place(2, RECORD))
    assert record == DOCUMENT
    codes_key = CodesKey(bytes.fromhex(keys["codes_key"]))
    assert open_codes(sealed[CODES], parts["entry-2.codes.hex"], codes_key, example.place(2, CODES)) == FACTS


def test_libsodium_opens_the_boxes_of_the_example(example: Example) -> None:
    with example.store.read() as reader:
        wraps = reader.wraps(0, 3)
    boxes = {n: {wrap.handle: wrap.box for wrap in rows.values()} for n, rows in wraps.items()}
    assert example.founder.open_box(boxes[0][example.founder.handle]) == example.people_key
    assert example.worker.open_box(boxes[1][example.worker.handle]) == example.people_key
    assert example.founder.open_box(boxes[2][example.founder.handle]) == example.case_key
    assert example.worker.open_box(boxes[2][example.worker.handle]) == example.case_key


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder) / "ledger.db").files
    (DOCS / "example").mkdir(exist_ok=True)
    for name, data in made.items():
        (DOCS / "example" / name).write_bytes(data)
    page = PAGE.read_text(encoding="utf-8")
    for name, text in excerpts(made).items():
        page = _excerpt(name).sub(lambda _match, text=text: text, page, count=1)
    PAGE.write_text(page, encoding="utf-8")
