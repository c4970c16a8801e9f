"""Receipts: whole after every change of people and keys; every byte, link and field that is not theirs refused."""

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
from ledger.log.receipt import CheckedReceipt, chain_of, check_receipt, make_receipt
from ledger.log.tree import inclusion_ranges, leaf_hash, root_of
from ledger.records.people import change, revoke, rotate
from ledger.records.writing import Draft, Written
from ledger.sealing.fields import field_leaves, salt_of, walk
from ledger.sealing.identity import Identity
from ledger.sealing.seal import RECORD, Place, entry_key_of
from tests.ledger_fixtures import PACKS, Sample, case, copied, seed_of, small_ledger

CASE = case(1)
Opened = dict[str, Any]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("receipt"), ["guardian", "practitioner", "colleague"])
    ledger.ids["decision"] = ledger.decide("practitioner", CASE).header.id
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _number(ledger: Sample) -> int:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision"])
    assert row is not None
    return row.n


def _receipt(ledger: Sample, n: int | None = None, opened: Opened | None = None) -> bytes:
    with ledger.store.read() as reader:
        return make_receipt(reader, ledger.roster(), ledger.head(), _number(ledger) if n is None else n, opened)


def _check(ledger: Sample, receipt: bytes, key: VerifierKey | None = None) -> CheckedReceipt:
    return check_receipt(receipt, key or ledger.signers[-1].key)


def _entry_key(ledger: Sample) -> bytes:
    with ledger.store.read() as reader:
        (key,) = ledger.desk("practitioner").keys.case_keys(reader, CASE).values()
    return entry_key_of(key, Place(ledger.origin, ledger.ids["decision"], RECORD))


def _whole_record(ledger: Sample) -> Opened:
    n = _number(ledger)
    with ledger.store.read() as reader:
        ciphertext = reader.parts(n, n + 1)[n][RECORD]
    return {"record": base64.b64encode(ciphertext).decode(), "key": _entry_key(ledger).hex()}


def _document(ledger: Sample) -> Any:
    n = _number(ledger)
    with ledger.store.read() as reader:
        row = reader.entry(n)
        assert row is not None
        return ledger.desk("practitioner").open_record(reader, row)


def _shown(ledger: Sample, *pointers: str) -> Opened:
    document, key = _document(ledger), _entry_key(ledger)
    leaves = field_leaves(document, key)
    shown = []
    for index, (pointer, value) in enumerate(walk(document)):
        if pointer in pointers:
            proof = [root_of(leaves[start:end]).hex() for start, end in inclusion_ranges(index, len(leaves))]
            salt = salt_of(key, pointer).hex()
            item = {"pointer": pointer, "value": value, "salt": salt, "index": index, "size": len(leaves)}
            shown.append({**item, "proof": proof})
    return {"shown": shown}


def _with_extra(receipt: bytes, change_it: Callable[[Any], Any]) -> bytes:
    """A receipt whose `extra` is another, spelt canonically."""
    lines = receipt.split(b"\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"extra "))
    value = parse_json(base64.b64decode(lines[at][6:]))
    value = change_it(value) or value
    lines[at] = b"extra " + base64.b64encode(canonical(value))
    return b"\n".join(lines)


# -- round trips


def test_a_receipt_says_who_signed_what_and_who_enrolled_them(ledger: Sample) -> None:
    checked = _check(ledger, _receipt(ledger))
    n = _number(ledger)

    assert checked.entry == ledger.entry(n)
    assert (checked.index, checked.enrolled_by, checked.enrolled_at) == (n, "p-founder", 2)
    assert checked.checkpoint == ledger.checkpoint()
    assert (checked.document, checked.shown) == (None, ())


def test_every_entry_has_a_receipt_that_holds(ledger: Sample) -> None:
    rotate(ledger.desk("practitioner"), Identity("p-practitioner", seed_of("practitioner again")))
    change(ledger.desk("founder"), "p-colleague", ["manager"], ["north"])
    revoke(ledger.desk("founder"), "p-colleague", "left")
    for n in range(ledger.checkpoint().size):
        checked = _check(ledger, _receipt(ledger, n))
        assert checked.entry == ledger.entry(n)
        assert checked.index == n


def test_the_form_is_an_entry_and_a_tlog_proof(ledger: Sample) -> None:
    receipt, n = _receipt(ledger), _number(ledger)
    entry, _blank, proof = receipt.partition(b"\nc2sp.org/tlog-proof@v1\n")

    assert entry == b"consent-ledger/receipt@v1\n" + ledger.entry(n).leaf
    lines = proof.split(b"\n")
    assert lines[0].startswith(b"extra ")
    assert lines[1] == f"index {n}".encode()
    assert proof.endswith(b"\n\n" + ledger.head())


def test_it_opens_the_whole_record(ledger: Sample) -> None:
    checked = _check(ledger, _receipt(ledger, opened=_whole_record(ledger)))

    assert checked.document == _document(ledger)


def test_it_shows_some_fields_and_no_others(ledger: Sample) -> None:
    pointers = ("/document/items/1", "/document/purpose")
    receipt = _receipt(ledger, opened=_shown(ledger, *pointers))
    checked = _check(ledger, receipt)

    assert [(item.pointer, item.value) for item in checked.shown] == [
        ("/document/items/1", "address"),
        ("/document/purpose", "a sample by practitioner"),
    ]
    assert checked.document is None
    extra = base64.b64decode(next(line for line in receipt.split(b"\n") if line.startswith(b"extra "))[6:])
    assert b"address" in extra
    assert b"attendance" not in extra


# -- after people and keys changed


def test_it_holds_after_the_author_rotated_their_key(ledger: Sample) -> None:
    before = _receipt(ledger)
    renewed = Identity("p-practitioner", seed_of("practitioner again"))
    rotate(ledger.desk("practitioner"), renewed)
    ledger.people["practitioner"] = renewed
    later = ledger.decide("practitioner", CASE)

    for receipt, n in (
        (before, _number(ledger)),
        (_receipt(ledger), _number(ledger)),
        (_receipt(ledger, later.n), later.n),
    ):
        checked = _check(ledger, receipt)
        assert (checked.index, checked.enrolled_at) == (n, 2)
    assert chain_of(ledger.roster(), "p-practitioner", later.n + 1, ledger.checkpoint().size)[-1] > _number(ledger)


def test_it_holds_after_the_authors_role_changed(ledger: Sample) -> None:
    change(ledger.desk("founder"), "p-practitioner", ["auditor"], [])
    assert _check(ledger, _receipt(ledger)).enrolled_by == "p-founder"
    change(ledger.desk("founder"), "p-practitioner", ["manager"], ["north"])
    later = ledger.decide("practitioner", CASE)

    assert _check(ledger, _receipt(ledger, later.n)).index == later.n


def test_a_later_revocation_cannot_be_known(ledger: Sample) -> None:
    before = _receipt(ledger)
    revoke(ledger.desk("founder"), "p-practitioner", "key_stolen", since=0)

    assert _check(ledger, before).index == _number(ledger)
    assert _check(ledger, _receipt(ledger)).index == _number(ledger)


def _rotate_log(ledger: Sample) -> Signer:
    new = Signer(ledger.origin, seed_of("log key again"))
    ledger.signers.append(new)
    ledger.log = Log(ledger.store, ledger.origin, ledger.signers)
    ledger.append(ledger.signed("founder", "log.rotated", 1, body={"log_key": new.key.public.hex()}))
    return new


def test_it_holds_after_the_log_rotated_its_key(ledger: Sample) -> None:
    old = ledger.signers[0].key
    before = _receipt(ledger)
    new = _rotate_log(ledger).key
    between = _receipt(ledger)
    ledger.append(ledger.signed("founder", "ledger.packs_adopted", 2, body={"packs": PACKS}))
    after = _receipt(ledger)

    assert _check(ledger, before, old).index == _check(ledger, after, new).index == _number(ledger)
    for key in (old, new):
        assert _check(ledger, between, key).index == _number(ledger)
    for receipt, key in ((before, new), (after, old)):
        with pytest.raises(Unverified):
            _check(ledger, receipt, key)


def test_an_author_enrolled_by_an_administrator_whom_another_enrolled(ledger: Sample) -> None:
    ledger.enrol("second", ["administrator"])
    enrolled = ledger.enrol("new", ["practitioner"], by="second")
    written = ledger.decide("new", case(2))
    receipt = _receipt(ledger, written.n)
    checked = _check(ledger, receipt)

    assert (checked.enrolled_by, checked.enrolled_at) == ("p-second", enrolled.n)
    chain = parse_json(base64.b64decode(next(x for x in receipt.split(b"\n") if x.startswith(b"extra "))[6:]))["chain"]
    assert [link["index"] for link in chain] == [0, enrolled.n - 1, enrolled.n]


# -- what is refused


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, VerifierKey]:
    """A short receipt: the founder's own, and a batch around it so that it has a proof."""
    ledger = small_ledger(tmp_path_factory.mktemp("small"), [])
    entry = ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": []})
    (n,) = ledger.append(entry).numbers
    return _receipt(ledger, n), ledger.signers[0].key


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
    for opened in (_whole_record(ledger), _shown(ledger, "/document/purpose", "/document/items/0")):
        receipt = _receipt(ledger, opened=opened)
        good = _check(ledger, receipt)
        text = canonical(opened)
        unnoticed = 0
        for position in range(len(text)):
            bad = bytearray(text)
            bad[position] ^= 0x01
            try:
                value = parse_json(bytes(bad))
                flipped = _with_extra(receipt, lambda extra, value=value: {**value, "chain": extra["chain"]})
                checked = _check(ledger, flipped)
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
    receipt = _receipt(ledger)
    for key in (
        Signer(ledger.origin, seed_of("another log key")).key,
        VerifierKey("other/0123456789abcdef0123456789abcdef", ledger.signers[0].key.public),
        ledger.people["founder"].key,
    ):
        with pytest.raises((Malformed, Unverified)):
            _check(ledger, receipt, key)


def test_a_checkpoint_signed_by_one_more_is_refused(ledger: Sample) -> None:
    """A signature that nobody checks is one that anybody can write."""
    receipt, checkpoint = _receipt(ledger), ledger.checkpoint()
    stranger = Signer("stranger", seed_of("stranger"))
    both = sign_note(checkpoint.text, [ledger.signers[0], stranger])
    with pytest.raises(Malformed):
        _check(ledger, receipt.replace(ledger.head(), both))


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
        _check(ledger, receipt)


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
    receipt = _with_extra(_receipt(whole), lambda extra: {"chain": change_it(copy.deepcopy(extra["chain"]))})
    with pytest.raises((Malformed, Unverified)):
        _check(whole, receipt)


def test_a_link_that_gave_no_key_is_refused(ledger: Sample) -> None:
    """An entry of the same log, well proved, that has no business in a chain."""
    written = ledger.desk("practitioner").write(Draft("note.added", CASE, record={"note": "x"}))
    foreign = _receipt(ledger, written.n)
    lines = foreign.split(b"\n")
    proof = lines[lines.index(f"index {written.n}".encode()) + 1 :]
    hashes = [base64.b64decode(line).hex() for line in proof[: proof.index(b"")]]
    link = {"index": written.n, "leaf": ledger.entry(written.n).leaf.decode(), "proof": hashes}
    receipt = _with_extra(_receipt(ledger), lambda extra: {"chain": [*extra["chain"], link]})
    with pytest.raises(Malformed, match="gave keys"):
        _check(ledger, receipt)


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
    receipt = _receipt(whole, opened=change_it(_whole_record(whole)))
    with pytest.raises((Malformed, Unverified)):
        _check(whole, receipt)


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
    opened = _shown(whole, "/document/purpose")
    assert _check(whole, _receipt(whole, opened=opened)).shown[0].value == "a sample by practitioner"
    opened["shown"][0][field] = value
    with pytest.raises((Malformed, Unverified)):
        _check(whole, _receipt(whole, opened=opened))


def test_nothing_is_opened_of_an_entry_that_seals_nothing(ledger: Sample) -> None:
    (n,) = ledger.append(ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": PACKS})).numbers
    for opened in (_whole_record(ledger), {"shown": []}):
        with pytest.raises(Malformed):
            _check(ledger, _receipt(ledger, n, opened))


def test_there_is_no_receipt_of_what_is_not_there(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    with ledger.store.read() as reader:
        for n in (size, size + 1, 10**6, -1):
            with pytest.raises(Unverified):
                make_receipt(reader, ledger.roster(), ledger.head(), n)


def test_a_receipt_of_one_entry_does_not_speak_for_another(ledger: Sample) -> None:
    other = ledger.decide("practitioner", CASE)
    receipt, n = _receipt(ledger), _number(ledger)
    swapped: list[Callable[[], bytes]] = [
        lambda: receipt.replace(ledger.entry(n).leaf, ledger.entry(other.n).leaf),
        lambda: receipt.replace(f"index {n}\n".encode(), f"index {other.n}\n".encode()),
        lambda: receipt.replace(f"index {n}\n".encode(), f"index 0{n}\n".encode()),
        lambda: receipt.replace(f"index {n}\n".encode(), f"index -{n}\n".encode()),
    ]
    for swap in swapped:
        assert swap() != receipt
        with pytest.raises(LedgerError):
            _check(ledger, swap())


def test_the_chain_holds_everybody_behind_the_author_and_no_more(ledger: Sample) -> None:
    size = ledger.checkpoint().size

    assert chain_of(ledger.roster(), "p-practitioner", size, size) == [0, 2]
    assert chain_of(ledger.roster(), "p-founder", size, size) == [0]
    written: Written = ledger.enrol("second", ["administrator"])
    assert chain_of(ledger.roster(), "p-second", written.n + 1, size + 1) == [0, written.n]
