"""Receipts that are not: every byte, link and field that is not the log's, the author's or the record's is refused."""

import base64
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, Unverified
from ledger.log.append import Log
from ledger.log.card import card_signature
from ledger.log.checkpoint import Checkpoint
from ledger.log.encoding import canonical, parse_json
from ledger.log.entry import Header, sign_entry
from ledger.log.note import Signer, VerifierKey, sign_note
from ledger.log.receipt import chain_of, check_receipt, make_receipt
from ledger.log.tree import leaf_hash
from ledger.records.writing import Draft, Written
from ledger.sealing.identity import Identity
from tests.ledger_fixtures import PACKS, Sample, copied, seed_of, small_ledger
from tests.ledger_receipts import (
    CASE,
    Opened,
    checked_receipt,
    number_of,
    receipt_of,
    shown_fields,
    whole_record,
    with_extra,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("receipt"), ["guardian", "practitioner", "colleague"])
    ledger.ids["decision"] = ledger.decide("practitioner", CASE).header.id
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


# -- what is refused


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, VerifierKey]:
    """A short receipt: the founder's own, and a batch around it so that it has a proof."""
    ledger = small_ledger(tmp_path_factory.mktemp("small"), [])
    entry = ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": []})
    (n,) = ledger.append(entry).numbers
    return receipt_of(ledger, n), ledger.signers[0].key


@pytest.mark.parametrize("mask", [0x01, 0x80])
def test_every_byte_flipped_is_refused(small: tuple[bytes, VerifierKey], mask: int) -> None:
    receipt, key = small
    assert check_receipt(receipt, key).index == 1
    for position in range(len(receipt)):
        bad = bytearray(receipt)
        bad[position] ^= mask
        with pytest.raises((Malformed, Unverified)):
            check_receipt(bytes(bad), key)


def test_every_byte_of_what_it_opens_flipped_is_refused_or_says_the_same(ledger: Sample) -> None:
    """Where a field stands in its tree is nothing that a reader is told: only there may a flip go unnoticed."""
    for opened in (whole_record(ledger), shown_fields(ledger, "/document/purpose", "/document/items/0")):
        receipt = receipt_of(ledger, opened=opened)
        good = checked_receipt(ledger, receipt)
        text = canonical(opened)
        unnoticed = 0
        for position in range(len(text)):
            bad = bytearray(text)
            bad[position] ^= 0x01
            try:
                value = parse_json(bytes(bad))
                flipped = with_extra(receipt, lambda extra, value=value: {**value, "chain": extra["chain"]})
                checked = checked_receipt(ledger, flipped)
            except (Malformed, Unverified):
                continue
            assert checked == good
            unnoticed += 1
        assert unnoticed <= 2 * len(opened.get("shown", []))


def test_what_is_cut_or_longer_is_refused(small: tuple[bytes, VerifierKey]) -> None:
    receipt, key = small
    for end in range(len(receipt)):
        with pytest.raises((Malformed, Unverified)):
            check_receipt(receipt[:end], key)
    for more in (b"\n", b"x", b" ", receipt):
        with pytest.raises((Malformed, Unverified)):
            check_receipt(receipt + more, key)


def test_another_log_key_is_refused(ledger: Sample) -> None:
    receipt = receipt_of(ledger)
    for key in (
        Signer(ledger.origin, seed_of("another log key")).key,
        VerifierKey("other/0123456789abcdef0123456789abcdef", ledger.signers[0].key.public),
        ledger.people["founder"].key,
    ):
        with pytest.raises((Malformed, Unverified)):
            checked_receipt(ledger, receipt, key)


def test_a_checkpoint_signed_by_one_more_is_refused(ledger: Sample) -> None:
    """A signature that nobody checks is one that anybody can write."""
    receipt, checkpoint = receipt_of(ledger), ledger.checkpoint()
    stranger = Signer("stranger", seed_of("stranger"))
    both = sign_note(checkpoint.text, [ledger.signers[0], stranger])
    with pytest.raises(Malformed):
        checked_receipt(ledger, receipt.replace(ledger.head(), both))


def test_the_logs_own_key_cannot_make_an_author(ledger: Sample, tmp_path: Path) -> None:
    """A history of one's own, signed with the true log key under the true origin: its founder is another."""
    (tmp_path / "forged").mkdir()
    forged = small_ledger(tmp_path / "forged", [])
    assert forged.origin == ledger.origin
    thief = Identity("p-founder", seed_of("thief"))
    body = dict(forged.entry(0).header.body)
    body["key"] = str(thief.key)
    forged.people["founder"] = thief
    body["card"] = card_signature(thief.signer).hex()
    first = forged.entry(0).header
    header = Header(
        first.id, first.type, first.at, first.author, 0, first.seen_root, (), body, first.case, first.sealed
    )
    leaf = sign_entry(forged.origin, header, thief.signer)
    head = Checkpoint(forged.origin, 1, leaf_hash(leaf)).sign(ledger.signers)
    extra = base64.b64encode(canonical({"chain": [{"index": 0, "leaf": leaf.decode(), "proof": []}]}))
    receipt = (
        b"consent-ledger/receipt@v1\n" + leaf + b"\nc2sp.org/tlog-proof@v1\nextra " + extra + b"\nindex 0\n\n" + head
    )
    with pytest.raises(Unverified, match="origin"):
        checked_receipt(ledger, receipt)


CHAINS: dict[str, Callable[[list[Any]], Any]] = {
    "the founder missing": lambda chain: chain[1:],
    "the author missing": lambda chain: chain[:-1],
    "none": lambda chain: [],
    "reversed": lambda chain: chain[::-1],
    "one twice": lambda chain: [chain[0], *chain],
    "a link that is no object": lambda chain: [*chain[:-1], "x"],
    "a link with more": lambda chain: [*chain[:-1], {**chain[-1], "more": 1}],
    "a link without its proof": lambda chain: [*chain[:-1], {**chain[-1], "proof": []}],
    "a link with another's proof": lambda chain: [*chain[:-1], {**chain[-1], "proof": chain[0]["proof"]}],
    "a link with a longer proof": lambda chain: [*chain[:-1], {**chain[-1], "proof": [*chain[-1]["proof"], "00" * 32]}],
    "a link at another number": lambda chain: [*chain[:-1], {**chain[-1], "index": chain[-1]["index"] + 1}],
    "a link beyond the end": lambda chain: [*chain[:-1], {**chain[-1], "index": 10**6}],
    "a link before the beginning": lambda chain: [{**chain[0], "index": -1}, *chain[1:]],
    "a number that is true": lambda chain: [chain[0], {**chain[-1], "index": True}],
    "a proof that is no list": lambda chain: [*chain[:-1], {**chain[-1], "proof": {}}],
    "a proof of numbers": lambda chain: [*chain[:-1], {**chain[-1], "proof": [1]}],
    "a leaf that is no text": lambda chain: [*chain[:-1], {**chain[-1], "leaf": 1}],
    "a leaf that is no entry": lambda chain: [*chain[:-1], {**chain[-1], "leaf": "x"}],
    "the founder's leaf changed": lambda chain: [
        {**chain[0], "leaf": chain[0]["leaf"].replace("Anytown", "Another")},
        *chain[1:],
    ],
    "an object": lambda chain: {"a": chain},
    "a text": lambda chain: "x",
}


@pytest.mark.parametrize("change_it", CHAINS.values(), ids=CHAINS.keys())
def test_another_chain_is_refused(whole: Sample, change_it: Callable[[list[Any]], Any]) -> None:
    receipt = with_extra(receipt_of(whole), lambda extra: {"chain": change_it(copy.deepcopy(extra["chain"]))})
    with pytest.raises((Malformed, Unverified)):
        checked_receipt(whole, receipt)


def test_links_that_do_not_lean_on_one_another_stand_in_the_logs_order_too(ledger: Sample) -> None:
    """Else one receipt has many spellings."""
    new = Signer(ledger.origin, seed_of("log key again"))
    ledger.log = Log(ledger.store, ledger.origin, [*ledger.signers, new])
    ledger.append(ledger.signed("founder", "log.rotated", 1, body={"log_key": new.key.public.hex()}))
    receipt = receipt_of(ledger)
    assert checked_receipt(ledger, receipt, new.key).index == number_of(ledger)

    swapped = with_extra(receipt, lambda extra: {"chain": [extra["chain"][i] for i in (0, 2, 1)]})
    with pytest.raises(Malformed, match="order of the log"):
        checked_receipt(ledger, swapped, new.key)


def test_a_link_that_gave_no_key_is_refused(ledger: Sample) -> None:
    """An entry of the same log, well proved, that has no business in a chain."""
    written = ledger.desk("practitioner").write(Draft("note.added", CASE, record={"note": "x"}))
    foreign = receipt_of(ledger, written.n)
    lines = foreign.split(b"\n")
    proof = lines[lines.index(f"index {written.n}".encode()) + 1 :]
    hashes = [base64.b64decode(line).hex() for line in proof[: proof.index(b"")]]
    link = {"index": written.n, "leaf": ledger.entry(written.n).leaf.decode(), "proof": hashes}
    receipt = with_extra(receipt_of(ledger), lambda extra: {"chain": [*extra["chain"], link]})
    with pytest.raises(Malformed, match="gave keys"):
        checked_receipt(ledger, receipt)


EXTRAS: dict[str, Callable[[Opened], Opened]] = {
    "no key": lambda opened: {"record": opened["record"]},
    "no record": lambda opened: {"key": opened["key"]},
    "another key": lambda opened: {**opened, "key": "00" * 32},
    "a key that is no hex": lambda opened: {**opened, "key": "x"},
    "a key that is a number": lambda opened: {**opened, "key": 7},
    "a record that is a number": lambda opened: {**opened, "record": 7},
    "a record that is no base64": lambda opened: {**opened, "record": "!"},
    "another record": lambda opened: {**opened, "record": base64.b64encode(bytes(600)).decode()},
    "an empty record": lambda opened: {**opened, "record": ""},
    "something more": lambda opened: {**opened, "more": 1},
    "shown that is no list": lambda opened: {"shown": {}},
    "shown of texts": lambda opened: {"shown": ["x"]},
    "shown of empty objects": lambda opened: {"shown": [{}]},
}


@pytest.mark.parametrize("change_it", EXTRAS.values(), ids=EXTRAS.keys())
def test_another_opening_is_refused(whole: Sample, change_it: Callable[[Opened], Opened]) -> None:
    receipt = receipt_of(whole, opened=change_it(whole_record(whole)))
    with pytest.raises((Malformed, Unverified)):
        checked_receipt(whole, receipt)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("pointer", value) for value in ("/document/items/0", "", 7)),
        *(("value", value) for value in ("another", 7, True, [], {}, ["a sample by practitioner"])),
        *(("salt", value) for value in ("00" * 16, "00" * 15, "x", 7)),
        *(("index", value) for value in (-1, 0, 99, "1", True)),
        *(("size", value) for value in (0, -1, "3", True)),
        *(("proof", value) for value in ([], ["00" * 32], [7], "x", {})),
    ],
)
def test_a_shown_field_that_is_not_the_records_is_refused(whole: Sample, field: str, value: Any) -> None:
    opened = shown_fields(whole, "/document/purpose")
    assert checked_receipt(whole, receipt_of(whole, opened=opened)).shown[0].value == "a sample by practitioner"
    opened["shown"][0][field] = value
    with pytest.raises((Malformed, Unverified)):
        checked_receipt(whole, receipt_of(whole, opened=opened))


def test_nothing_is_opened_of_an_entry_that_seals_nothing(ledger: Sample) -> None:
    (n,) = ledger.append(ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": PACKS})).numbers
    for opened in (whole_record(ledger), {"shown": []}):
        with pytest.raises(Malformed):
            checked_receipt(ledger, receipt_of(ledger, n, opened))


def test_there_is_no_receipt_of_what_is_not_there(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    with ledger.store.read() as reader:
        for n in (size, size + 1, 10**6, -1):
            with pytest.raises(Unverified):
                make_receipt(reader, ledger.roster(), ledger.head(), n)


def test_a_receipt_of_one_entry_does_not_speak_for_another(ledger: Sample) -> None:
    other = ledger.decide("practitioner", CASE)
    receipt, n = receipt_of(ledger), number_of(ledger)
    swapped: list[Callable[[], bytes]] = [
        lambda: receipt.replace(ledger.entry(n).leaf, ledger.entry(other.n).leaf),
        lambda: receipt.replace(f"index {n}\n".encode(), f"index {other.n}\n".encode()),
        lambda: receipt.replace(f"index {n}\n".encode(), f"index 0{n}\n".encode()),
        lambda: receipt.replace(f"index {n}\n".encode(), f"index -{n}\n".encode()),
    ]
    for swap in swapped:
        assert swap() != receipt
        with pytest.raises(LedgerError):
            checked_receipt(ledger, swap())


def test_the_chain_holds_everybody_behind_the_author_and_no_more(ledger: Sample) -> None:
    size = ledger.checkpoint().size

    assert chain_of(ledger.roster(), "p-practitioner", size, size) == [0, 2]
    assert chain_of(ledger.roster(), "p-founder", size, size) == [0]
    written: Written = ledger.enrol("second", ["administrator"])
    assert chain_of(ledger.roster(), "p-second", written.n + 1, size + 1) == [0, written.n]
