"""Receipts: whole for every entry, and after every change of people and keys."""

import base64
from pathlib import Path

import pytest

from ledger.errors import Unverified
from ledger.log.append import Log
from ledger.log.encoding import parse_json
from ledger.log.note import Signer
from ledger.log.receipt import chain_of
from ledger.records.people import change, revoke, rotate
from ledger.sealing.identity import Identity
from tests.ledger_fixtures import PACKS, Sample, case, copied, seed_of, small_ledger
from tests.ledger_receipts import (
    CASE,
    checked_receipt,
    document_of,
    number_of,
    receipt_of,
    shown_fields,
    whole_record,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("receipt"), ["guardian", "practitioner", "colleague"])
    ledger.ids["decision"] = ledger.decide("practitioner", CASE).header.id
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


# -- round trips


def test_a_receipt_says_who_signed_what_and_who_enrolled_them(ledger: Sample) -> None:
    checked = checked_receipt(ledger, receipt_of(ledger))
    n = number_of(ledger)

    assert checked.entry == ledger.entry(n)
    assert (checked.index, checked.enrolled_by, checked.enrolled_at) == (n, "p-founder", 2)
    assert checked.checkpoint == ledger.checkpoint()
    assert (checked.document, checked.shown) == (None, ())


def test_every_entry_has_a_receipt_that_holds(ledger: Sample) -> None:
    rotate(ledger.desk("practitioner"), Identity("p-practitioner", seed_of("practitioner again")))
    change(ledger.desk("founder"), "p-colleague", ["manager"], ["north"])
    revoke(ledger.desk("founder"), "p-colleague", "left")
    for n in range(ledger.checkpoint().size):
        checked = checked_receipt(ledger, receipt_of(ledger, n))
        assert checked.entry == ledger.entry(n)
        assert checked.index == n


def test_the_form_is_an_entry_and_a_tlog_proof(ledger: Sample) -> None:
    receipt, n = receipt_of(ledger), number_of(ledger)
    entry, _blank, proof = receipt.partition(b"\nc2sp.org/tlog-proof@v1\n")

    assert entry == b"consent-ledger/receipt@v1\n" + ledger.entry(n).leaf
    lines = proof.split(b"\n")
    assert lines[0].startswith(b"extra ")
    assert lines[1] == f"index {n}".encode()
    assert proof.endswith(b"\n\n" + ledger.head())


def test_it_opens_the_whole_record(ledger: Sample) -> None:
    checked = checked_receipt(ledger, receipt_of(ledger, opened=whole_record(ledger)))

    assert checked.document == document_of(ledger)


def test_it_shows_some_fields_and_no_others(ledger: Sample) -> None:
    pointers = ("/document/items/1", "/document/purpose")
    receipt = receipt_of(ledger, opened=shown_fields(ledger, *pointers))
    checked = checked_receipt(ledger, receipt)

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
    before = receipt_of(ledger)
    renewed = Identity("p-practitioner", seed_of("practitioner again"))
    rotate(ledger.desk("practitioner"), renewed)
    ledger.people["practitioner"] = renewed
    later = ledger.decide("practitioner", CASE)

    for receipt, n in (
        (before, number_of(ledger)),
        (receipt_of(ledger), number_of(ledger)),
        (receipt_of(ledger, later.n), later.n),
    ):
        checked = checked_receipt(ledger, receipt)
        assert (checked.index, checked.enrolled_at) == (n, 2)
    assert chain_of(ledger.roster(), "p-practitioner", later.n + 1, ledger.checkpoint().size)[-1] > number_of(ledger)


def test_it_holds_after_the_authors_role_changed(ledger: Sample) -> None:
    change(ledger.desk("founder"), "p-practitioner", ["auditor"], [])
    assert checked_receipt(ledger, receipt_of(ledger)).enrolled_by == "p-founder"
    change(ledger.desk("founder"), "p-practitioner", ["manager"], ["north"])
    later = ledger.decide("practitioner", CASE)

    assert checked_receipt(ledger, receipt_of(ledger, later.n)).index == later.n


def test_a_later_revocation_cannot_be_known(ledger: Sample) -> None:
    before = receipt_of(ledger)
    revoke(ledger.desk("founder"), "p-practitioner", "key_stolen", since=0)

    assert checked_receipt(ledger, before).index == number_of(ledger)
    assert checked_receipt(ledger, receipt_of(ledger)).index == number_of(ledger)


def _rotate_log(ledger: Sample) -> Signer:
    new = Signer(ledger.origin, seed_of("log key again"))
    ledger.signers.append(new)
    ledger.log = Log(ledger.store, ledger.origin, ledger.signers)
    ledger.append(ledger.signed("founder", "log.rotated", 1, body={"log_key": new.key.public.hex()}))
    return new


def test_it_holds_after_the_log_rotated_its_key(ledger: Sample) -> None:
    old = ledger.signers[0].key
    before = receipt_of(ledger)
    new = _rotate_log(ledger).key
    between = receipt_of(ledger)
    ledger.append(ledger.signed("founder", "ledger.packs_adopted", 2, body={"packs": PACKS}))
    after = receipt_of(ledger)

    assert checked_receipt(ledger, before, old).index == checked_receipt(ledger, after, new).index == number_of(ledger)
    for key in (old, new):
        assert checked_receipt(ledger, between, key).index == number_of(ledger)
    for receipt, key in ((before, new), (after, old)):
        with pytest.raises(Unverified):
            checked_receipt(ledger, receipt, key)


def test_an_author_enrolled_by_an_administrator_whom_another_enrolled(ledger: Sample) -> None:
    ledger.enrol("second", ["administrator"])
    enrolled = ledger.enrol("new", ["practitioner"], by="second")
    written = ledger.decide("new", case(2))
    receipt = receipt_of(ledger, written.n)
    checked = checked_receipt(ledger, receipt)

    assert (checked.enrolled_by, checked.enrolled_at) == ("p-second", enrolled.n)
    chain = parse_json(base64.b64decode(next(x for x in receipt.split(b"\n") if x.startswith(b"extra "))[6:]))["chain"]
    assert [link["index"] for link in chain] == [0, enrolled.n - 1, enrolled.n]
