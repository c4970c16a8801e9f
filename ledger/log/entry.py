"""One entry: a note of three lines, signed by its author, whose header fixes everything that the author had seen.

    consent-ledger/entry@v1
    <origin>
    <the header, one line of canonical JSON>

    — <author> <base64>

The whole note, its one signature line included, is the leaf. parse_entry checks the form; what an entry may say at
its place in the log is rules.py's. Source: docs/FORMAT.md §1. Proved by tests/ledger/log/test_entry.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from ledger.errors import Malformed
from ledger.log.encoding import MAX_INTEGER, canonical, format_time, parse_hex, parse_spelling, parse_time
from ledger.log.note import Signer, read_signature_by, sign_note, split_note
from ledger.log.tiles import MAX_ENTRY
from ledger.log.tree import leaf_hash, root_over
from ledger.log.types import MAX_REFS, MAX_ROWS, PEOPLE_CASE, TYPES, EntryType
from ledger.sealing.identity import check_handle
from ledger.sealing.seal import CODES, RECORD, Commitment

ID_SIZE = CASE_SIZE = 16
FIRST_LINE = b"consent-ledger/entry@v1\n"
_HEADER_KEYS = frozenset({"id", "type", "at", "author", "seen", "case", "refs", "body", "sealed", "beside"})
_REQUIRED_KEYS = frozenset({"id", "type", "at", "author", "seen", "refs", "body"})
_SEEN_KEYS = frozenset({"size", "root"})
_PARTS = frozenset({RECORD, CODES})
_BESIDE_KINDS = frozenset({"wraps", "tokens"})
_ROWS_KEYS = frozenset({"n", "root"})


class Wrap(NamedTuple):
    """A key sealed to one person, stored beside the entry that wrote it: which key, whose, the box."""

    under: bytes
    handle: str
    box: bytes

    def without_box(self) -> "RemovedWrap":
        """What stays of it when it is taken away."""
        return RemovedWrap(self.under, self.handle, sha256(self.box).digest())

    def leaf(self) -> bytes:
        """What the entry commits to."""
        return self.under + self.handle.encode() + sha256(self.box).digest()


class RemovedWrap(NamedTuple):
    """What stays of a wrap that was taken away: the key and person it named and its box's digest."""

    under: bytes
    handle: str
    box_sha256: bytes

    def leaf(self) -> bytes:
        """What the entry commits to: under ‖ handle ‖ SHA-256(box)."""
        return self.under + self.handle.encode() + self.box_sha256


@dataclass(frozen=True, slots=True)
class Token:
    """A search token, stored beside the entry that wrote it, with the salt that keeps its commitment unguessable."""

    kind: str
    token: bytes
    salt: bytes

    def leaf(self) -> bytes:
        """What the entry commits to: salt ‖ kind ‖ LF ‖ token (decision 0004: why the salt)."""
        return self.salt + self.kind.encode() + b"\n" + self.token


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows of a kind were written with an entry, and the root over them."""

    n: int
    root: bytes

    @classmethod
    def over(cls, leaf_hashes: Sequence[bytes]) -> "Rows":
        """Over the hashes of the rows' leaves, in order."""
        return cls(len(leaf_hashes), root_over(leaf_hashes))

    def to_json(self) -> dict[str, Any]:
        """As it stands in the header."""
        return {"n": self.n, "root": self.root.hex()}


@dataclass(frozen=True, slots=True)
class Header:
    """What an entry says in the open. Ids and case are 16 bytes, roots 32, times POSIX seconds."""

    id: bytes
    type: str
    at: int
    author: str
    seen_size: int
    seen_root: bytes
    refs: tuple[bytes, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    case: bytes | None = None
    sealed: Mapping[str, Commitment] = field(default_factory=dict)
    beside: Mapping[str, Rows] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The header's JSON object."""
        value: dict[str, Any] = {
            "id": self.id.hex(),
            "type": self.type,
            "at": format_time(self.at),
            "author": self.author,
            "seen": {"size": self.seen_size, "root": self.seen_root.hex()},
            "refs": [ref.hex() for ref in self.refs],
            "body": dict(self.body),
        }
        if self.case is not None:
            value["case"] = self.case.hex()
        if self.sealed:
            value["sealed"] = {part: commitment.to_json() for part, commitment in self.sealed.items()}
        if self.beside:
            value["beside"] = {kind: rows.to_json() for kind, rows in self.beside.items()}
        return value

    @property
    def kind(self) -> EntryType:
        """Its row in the table of types."""
        return TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was read: header, signed text, the signature (64 bytes) and the key id it names, the leaf."""

    header: Header
    text: bytes
    key_id: bytes
    signature: bytes
    leaf: bytes

    @property
    def leaf_hash(self) -> bytes:
        """The hash that stands in the tree."""
        return leaf_hash(self.leaf)


def entry_text(origin: str, header: Header) -> bytes:
    """The three lines that the author signs."""
    return FIRST_LINE + origin.encode() + b"\n" + canonical(header.to_json()) + b"\n"


def sign_entry(origin: str, header: Header, signer: Signer) -> bytes:
    """The leaf. Raises Malformed for a header that the format does not allow; ValueError if the signer is another."""
    if signer.name != header.author:
        raise ValueError("an entry is signed by its author")
    leaf = sign_note(entry_text(origin, header), [signer])
    parse_entry(leaf, origin)
    return leaf


def parse_entry(leaf: bytes, origin: str) -> Entry:
    """Read a leaf of the log `origin`, checking everything that needs no other entry. Raises Malformed."""
    if len(leaf) > MAX_ENTRY:
        raise Malformed("entry", f"at most {MAX_ENTRY} bytes", f"{len(leaf)} bytes")
    text, tail = split_note(leaf)
    if not text.startswith(FIRST_LINE):
        raise Malformed("entry", "three lines, the first consent-ledger/entry@v1", "something else")
    begins = FIRST_LINE + origin.encode() + b"\n"
    if not text.startswith(begins):
        raise Malformed("entry", f"the origin {origin}", "another origin")
    # canonical JSON is UTF-8 and holds neither newlines nor controls: so this is one line more, and a note's text
    header = _parse_header(parse_spelling(text[len(begins) : -1]))
    signature = read_signature_by(tail, header.author)
    return Entry(header, text, signature.key_id, signature.signature, leaf)


def _parse_header(value: Any) -> Header:
    """From its JSON, not narrowed yet: the exact type of every value in it and every key is looked at, here and in
    types.py (tests/property/test_header_property.py: whatever passes is narrowed JSON)."""
    if type(value) is not dict or not _REQUIRED_KEYS <= value.keys() <= _HEADER_KEYS:
        raise Malformed("header", "the keys of an entry's header", "other keys")
    seen, refs = value["seen"], value["refs"]
    if type(seen) is not dict or seen.keys() != _SEEN_KEYS or type(seen["size"]) is not int:
        raise Malformed("header", "seen with size and root", "something else")
    if not 0 <= seen["size"] <= MAX_INTEGER:
        raise Malformed("header", "a size of 0 or more, below 2^53", "another number")
    if type(refs) is not list or len(refs) > MAX_REFS:
        raise Malformed("header", f"refs: a list of at most {MAX_REFS} ids", "something else")
    header = Header(
        id=parse_hex(value["id"], ID_SIZE),
        type=_type_name(value["type"]),
        at=parse_time(value["at"]),
        author=check_handle(value["author"]),
        seen_size=seen["size"],
        seen_root=parse_hex(seen["root"], 32),
        refs=tuple([parse_hex(ref, ID_SIZE) for ref in refs]) if refs else (),
        body=value["body"],
        case=parse_hex(value["case"], CASE_SIZE) if "case" in value else None,
        sealed=_parse_sealed(value["sealed"]) if "sealed" in value else {},
        beside=_parse_beside(value["beside"]) if "beside" in value else {},
    )
    _check_against_type(header)
    return header


def _type_name(value: Any) -> str:
    if type(value) is not str or value not in TYPES:
        raise Malformed("header", "a type of the table of types", "another type")
    return value


def _parse_sealed(value: Any) -> dict[str, Commitment]:
    if type(value) is not dict or not value or not value.keys() <= _PARTS:
        raise Malformed("header", "sealed: record, codes or both", "something else")
    return {part: Commitment.from_json(value[part]) for part in value}


def _parse_beside(value: Any) -> dict[str, Rows]:
    if type(value) is not dict or not value or not value.keys() <= _BESIDE_KINDS:
        raise Malformed("header", "beside: wraps, tokens or both", "something else")
    rows = {}
    for kind, item in value.items():
        if type(item) is not dict or item.keys() != _ROWS_KEYS or type(item["n"]) is not int:
            raise Malformed("header", "beside: n and root", "something else")
        if not 1 <= item["n"] <= MAX_ROWS[kind]:
            raise Malformed("header", f"1 to {MAX_ROWS[kind]} {kind} beside an entry", "another number")
        rows[kind] = Rows(item["n"], parse_hex(item["root"], 32))
    return rows


def _check_against_type(header: Header) -> None:
    kind = header.kind
    if header.refs and (len(set(header.refs)) != len(header.refs) or header.id in header.refs):
        raise Malformed("header", "refs to other entries, each once", "one twice, or the entry itself")
    _check_case(header, kind)
    body = header.body
    if type(body) is not dict or not kind.body.keys() <= body.keys() <= kind.fields.keys():
        raise Malformed("body", f"the fields of {kind.name}", "other fields")
    for name, value in body.items():
        kind.fields[name](value)
    sealed = header.sealed
    for part, presence in ((RECORD, kind.record), (CODES, kind.codes)):
        if part in sealed:
            if presence == "none":
                raise Malformed("header", f"no sealed {part} in {kind.name}", "one")
        elif presence == "must":
            raise Malformed("header", f"a sealed {part} in {kind.name}", "none")
    if RECORD in sealed and header.case is None:
        raise Malformed("header", "a case for a sealed record", "none")


def _check_case(header: Header, kind: EntryType) -> None:
    case = header.case
    if kind.case == "case":
        allowed = case is not None and (case != PEOPLE_CASE or kind.name.startswith(("erasure.", "hold.")))
    elif kind.case == "people":
        allowed = case == PEOPLE_CASE
    else:
        allowed = kind.case == "any" or case is None
    if not allowed:
        raise Malformed("header", f"a case as {kind.name} has it ({kind.case})", "another")
