"""Receipts made from a sample ledger, for the tests that check them and those that forge them.

The decision that they are of is known as ids["decision"], in case CASE, by the practitioner.
"""

import base64
from collections.abc import Callable
from typing import Any

from ledger.log.encoding import canonical, parse_json
from ledger.log.note import VerifierKey
from ledger.log.receipt import CheckedReceipt, check_receipt, make_receipt
from ledger.log.tree import inclusion_ranges, root_of
from ledger.sealing.fields import field_leaves, salt_of, walk
from ledger.sealing.seal import RECORD, Place, entry_key_of
from tests.ledger_fixtures import Sample, case

CASE = case(1)
Opened = dict[str, Any]


def number_of(ledger: Sample) -> int:
    with ledger.store.read() as reader:
        row = reader.by_id(ledger.ids["decision"])
    assert row is not None
    return row.n


def receipt_of(ledger: Sample, n: int | None = None, opened: Opened | None = None) -> bytes:
    with ledger.store.read() as reader:
        return make_receipt(reader, ledger.roster(), ledger.head(), number_of(ledger) if n is None else n, opened)


def checked_receipt(ledger: Sample, receipt: bytes, key: VerifierKey | None = None) -> CheckedReceipt:
    return check_receipt(receipt, key or ledger.signers[-1].key)


def entry_key(ledger: Sample) -> bytes:
    with ledger.store.read() as reader:
        (key,) = ledger.desk("practitioner").keys.case_keys(reader, CASE).values()
    return entry_key_of(key, Place(ledger.origin, ledger.ids["decision"], RECORD))


def whole_record(ledger: Sample) -> Opened:
    n = number_of(ledger)
    with ledger.store.read() as reader:
        ciphertext = reader.parts(n, n + 1)[n][RECORD]
    return {"record": base64.b64encode(ciphertext).decode(), "key": entry_key(ledger).hex()}


def document_of(ledger: Sample) -> Any:
    n = number_of(ledger)
    with ledger.store.read() as reader:
        row = reader.entry(n)
        assert row is not None
        return ledger.desk("practitioner").open_record(reader, row)


def shown_fields(ledger: Sample, *pointers: str) -> Opened:
    document, key = document_of(ledger), entry_key(ledger)
    leaves = field_leaves(document, key)
    shown = []
    for index, (pointer, value) in enumerate(walk(document)):
        if pointer in pointers:
            proof = [root_of(leaves[start:end]).hex() for start, end in inclusion_ranges(index, len(leaves))]
            salt = salt_of(key, pointer).hex()
            item = {"pointer": pointer, "value": value, "salt": salt, "index": index, "size": len(leaves)}
            shown.append({**item, "proof": proof})
    return {"shown": shown}


def with_extra(receipt: bytes, change_it: Callable[[Any], Any]) -> bytes:
    """A receipt whose `extra` is another, spelt canonically."""
    lines = receipt.split(b"\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"extra "))
    value = parse_json(base64.b64decode(lines[at][6:]))
    value = change_it(value) or value
    lines[at] = b"extra " + base64.b64encode(canonical(value))
    return b"\n".join(lines)
