"""A receipt: one entry, the proof that it stands in the log, and the entries that gave its author their key.

It is checked with no ledger and no network, given the log's verifier key: the entry's signature, every enrolment
back to entry 0, whose key the origin names, and all of it in one tree. A later revocation cannot be known.
The file is `consent-ledger/receipt@v1`, the entry, a blank line and a C2SP tlog-proof.
Source: docs/FORMAT.md §5. Proved by tests/ledger/log/test_receipt.py and test_receipt_forged.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.errors import Malformed, Unverified
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.encoding import (
    canonical,
    decode_text,
    encode_base64,
    parse_base64,
    parse_decimal,
    parse_hex,
    parse_json,
)
from ledger.log.entry import Entry, parse_entry
from ledger.log.note import VerifierKey, open_note, read_note
from ledger.log.roster import Roster
from ledger.log.rules import author_rules
from ledger.log.tiles import hash_reader
from ledger.log.tree import check_inclusion, leaf_hash, prove_inclusion
from ledger.sealing.fields import check_field
from ledger.sealing.seal import RECORD, Place, open_with_entry_key

if TYPE_CHECKING:
    # a receipt is checked where there is no database, and must not wait for one to load
    from ledger.log.reader import Reader

FIRST_LINE = b"consent-ledger/receipt@v1\n"
PROOF_LINE = b"c2sp.org/tlog-proof@v1\n"
MAX_RECEIPT = 16 << 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of the sealed record that a receipt shows: JSON pointer and value."""

    pointer: str
    value: Any


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt that holds: the entry, its number, the checkpoint, who enrolled the author at which entry.

    document: the whole record, where the receipt opens it. shown: the fields it shows.
    roles: the author's at that entry, as the entries of the receipt give them; one that changed them may be left out.
    """

    entry: Entry
    index: int
    checkpoint: Checkpoint
    enrolled_by: str
    enrolled_at: int
    document: Any | None
    shown: tuple[Shown, ...]
    roles: frozenset[str]


CHAIN_TYPES = ("ledger.created", "actor.enrolled", "actor.changed", "actor.rotated", "log.rotated")


def chain_of(roster: Roster, handle: str, before: int, size: int) -> list[int]:
    """The entries that gave `handle` its keys and roles before entry `before`, and the log its keys below `size`,
    with those that gave each of their authors theirs, back to entry 0."""
    wanted: set[int] = set()
    rotations = [start for start, _key in roster.log_keys if 0 < start < size]
    waiting = [(handle, before)]
    for n in rotations:
        wanted.add(n)
        waiting.append((roster.written_by[n], n))
    while waiting:
        name, end = waiting.pop()
        for term in roster.people[name].terms:
            if term.active and term.start < end and term.start not in wanted:
                wanted.add(term.start)
                waiting.append((roster.written_by[term.start], term.start))
    return sorted(wanted)


def make_receipt(reader: "Reader", roster: Roster, head: bytes, n: int, opened: dict[str, Any] | None = None) -> bytes:
    """The receipt of entry n under the signed checkpoint `head`.

    opened: what opens its record, if anything: {"record", "key"} or {"shown"} as docs/FORMAT.md has them.
    Raises Unverified if there is no such entry.
    """
    size = Checkpoint.parse(head.partition(b"\n\n")[0] + b"\n").size
    row = reader.entry(n)
    if row is None or n >= size:
        raise Unverified("entry", f"an entry below {size}", f"{n}")
    read = hash_reader(reader.stored_hashes)
    entry = parse_entry(row.leaf, roster.origin)
    chain = []
    for index in chain_of(roster, entry.header.author, n + 1, size):
        link = reader.entry(index)
        if link is None:
            raise Unverified(f"entry {index}", "the entry that enrolled an author", "none")
        proof = [digest.hex() for digest in prove_inclusion(read, index, size)]
        chain.append({"index": index, "leaf": decode_text(link.leaf, "entry"), "proof": proof})
    extra = encode_base64(canonical({"chain": chain, **(opened or {})}))
    hashes = "".join(f"{encode_base64(digest)}\n" for digest in prove_inclusion(read, n, size))
    proof_lines = f"extra {extra}\nindex {n}\n{hashes}\n".encode()
    return FIRST_LINE + row.leaf + b"\n" + PROOF_LINE + proof_lines + head


@dataclass(frozen=True, slots=True)
class _Parsed:
    leaf: bytes
    extra: dict[str, Any]
    index: int
    proof: list[bytes]
    checkpoint: bytes


def _parse(data: bytes) -> _Parsed:
    if len(data) > MAX_RECEIPT or not data.startswith(FIRST_LINE):
        raise Malformed("receipt", "a file that begins with consent-ledger/receipt@v1", "something else")
    leaf, found, proof = data.removeprefix(FIRST_LINE).partition(b"\n" + PROOF_LINE)
    lines, blank, checkpoint = proof.partition(b"\n\n")
    if not found or not blank:
        raise Malformed("receipt", "an entry and a tlog-proof", "something else")
    texts = decode_text(lines, "receipt").split("\n")
    if len(texts) < 2 or not texts[0].startswith("extra ") or not texts[1].startswith("index "):
        raise Malformed("receipt", "the lines extra and index", "something else")
    extra = parse_json(parse_base64(texts[0].removeprefix("extra ")))
    keys = {"chain", "record", "key", "shown"}
    if (
        type(extra) is not dict
        or "chain" not in extra
        or not set(extra) <= keys
        or ("record" in extra) != ("key" in extra)
    ):
        raise Malformed("receipt", "extra with chain, and record with key or shown", "something else")
    hashes = [parse_base64(text) for text in texts[2:]]
    return _Parsed(leaf, extra, parse_decimal(texts[1].removeprefix("index ")), hashes, checkpoint)


def signed_by(data: bytes, log_keys: Iterable[VerifierKey]) -> VerifierKey:
    """Which of these keys signed the receipt's checkpoint. Raises Malformed for no receipt, Unverified if none did.

    The receipt itself is checked with that key afterwards: check_receipt asks that its chain names it.
    """
    return open_note(_parse(data).checkpoint, log_keys).signers[0]


def check_receipt(data: bytes, log_key: VerifierKey) -> CheckedReceipt:
    """Check a receipt against the log's verifier key. Raises Malformed or Unverified."""
    parsed = _parse(data)
    checkpoint = open_checkpoint(parsed.checkpoint, [log_key])
    entry = parse_entry(parsed.leaf, checkpoint.origin)
    check_inclusion(parsed.proof, checkpoint.size, checkpoint.root, parsed.index, leaf_hash(parsed.leaf))
    roster = _roster_of_chain(parsed.extra["chain"], checkpoint)
    if log_key not in [key for _start, key in roster.log_keys]:
        raise Unverified("log key", "a key that the ledger's founder or a rotation names", "another")
    # a signature that nobody checks is one that anybody can write
    note = open_note(parsed.checkpoint, [key for _start, key in roster.log_keys])
    if len(note.signers) != len(read_note(parsed.checkpoint).signatures):
        raise Malformed("receipt", "a checkpoint signed by its log alone", "another signature")
    if parsed.index not in roster.written_by:
        _raise_first(author_rules(entry, parsed.index, roster), parsed.index)
    person = roster.people[entry.header.author]
    document, shown = _opened(parsed.extra, entry)
    enrolled = person.terms[0].start
    # entry 0 is by the person whom it enrols
    term = roster.term(entry.header.author, max(parsed.index, 1))
    return CheckedReceipt(
        entry,
        parsed.index,
        checkpoint,
        roster.written_by[enrolled],
        enrolled,
        document,
        shown,
        term.roles if term else frozenset(),
    )


def _roster_of_chain(chain: Any, checkpoint: Checkpoint) -> Roster:
    if type(chain) is not list or not chain:
        raise Malformed("receipt", "a chain of entries", "something else")
    roster = Roster(checkpoint.origin, partial=True)
    last = -1
    for link in chain:
        if type(link) is not dict or set(link) != {"index", "leaf", "proof"} or type(link["leaf"]) is not str:
            raise Malformed("receipt", "links with index, leaf and proof", "something else")
        n, leaf = link["index"], link["leaf"].encode()
        if type(n) is not int or not last < n < checkpoint.size or type(link["proof"]) is not list:
            raise Malformed("receipt", "links in the order of the log", "something else")
        last = n
        check_inclusion(
            [parse_hex(item, 32) for item in link["proof"]], checkpoint.size, checkpoint.root, n, leaf_hash(leaf)
        )
        entry = parse_entry(leaf, checkpoint.origin)
        if entry.header.type not in CHAIN_TYPES:
            raise Malformed("receipt", "a chain of entries that gave keys", "another entry")
        _raise_first(author_rules(entry, n, roster) or roster.apply(n, entry), n)
    if not roster.log_keys:
        raise Unverified("receipt", "the entry that created the ledger", "none")
    return roster


def _raise_first(broken: list[Any], n: int) -> None:
    if broken:
        raise Unverified(f"entry {n}", "an entry that holds at its place", f"one where {broken[0].says}")


def _opened(extra: dict[str, Any], entry: Entry) -> tuple[Any | None, tuple[Shown, ...]]:
    commitment = entry.header.sealed.get(RECORD)
    if commitment is None:
        if set(extra) != {"chain"}:
            raise Malformed("receipt", "nothing opened of an entry that seals nothing", "something")
        return None, ()
    origin = decode_text(entry.text.split(b"\n")[1], "origin")
    place = Place(origin, entry.header.id, RECORD)
    document = None
    if "record" in extra:
        ciphertext, key = parse_base64(str(extra["record"])), parse_hex(extra["key"], 32)
        document = open_with_entry_key(commitment, ciphertext, key, place)
    shown = extra.get("shown", [])
    if type(shown) is not list:
        raise Malformed("receipt", "a list of shown fields", "something else")
    return document, tuple(_shown(item, commitment.fields) for item in shown)


def _shown(item: Any, root: bytes) -> Shown:
    if type(item) is not dict or set(item) != {"pointer", "value", "salt", "index", "size", "proof"}:
        raise Malformed("receipt", "fields with pointer, value, salt, index, size and proof", "something else")
    if type(item["pointer"]) is not str or type(item["proof"]) is not list:
        raise Malformed("receipt", "fields with a pointer and a proof", "something else")
    if type(item["index"]) is not int or type(item["size"]) is not int:
        raise Malformed("receipt", "fields with an index and a size", "something else")
    proof = [parse_hex(digest, 32) for digest in item["proof"]]
    salt = parse_hex(item["salt"], 16)
    check_field(root, item["size"], item["index"], salt, item["pointer"], item["value"], proof)
    return Shown(item["pointer"], item["value"])
