"""Parts verified anywhere, written to files and joined into one answer, with no database at hand.

A part file is canonical JSON. What it says is its maker's word: joining checks that the parts are of one ledger and one
checkpoint and rest on the same people and erasures, leave nothing out, fit together, and end in the tree that the
ledger's key signed; nothing more can be seen without the entries. Source: docs/FORMAT.md "Verifying".
Proved by tests/ledger/log/test_joining.py.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from ledger.errors import Malformed, Refused, Unverified
from ledger.log.checkpoint import open_checkpoint
from ledger.log.encoding import canonical, parse_hex, parse_json
from ledger.log.note import VerifierKey
from ledger.log.parts import Part
from ledger.log.scan import Finding
from ledger.log.tree import HASH_SIZE, fold
from ledger.log.verify import Report, add_parts

FORMAT = "consent-ledger/part@v1"
_KEYS = frozenset({"format", "origin", "head", "size", "start", "end", "before", "after", "people", "erasures"})
_MORE = frozenset({"checked", "absent", "file_checked", "suspect", "findings"})
_AGAIN = "Take a backup (consent-ledger backup FILE) and verify every part of that."


def encode_part(part: Part) -> bytes:
    """The part's file: one line of canonical JSON."""
    findings = [
        {**({"entry": item.entry} if item.entry is not None else {}), "kind": item.kind, "says": item.says}
        for item in part.findings
    ]
    value = {
        "format": FORMAT,
        "origin": part.origin,
        "head": part.head.decode("utf-8", "replace"),
        "size": part.size,
        "start": part.start,
        "end": part.end,
        "before": [digest.hex() for digest in part.before],
        "after": [digest.hex() for digest in part.after],
        "people": part.people.hex(),
        "erasures": part.erasures.hex(),
        "checked": part.checked,
        "absent": part.absent,
        "file_checked": part.file_checked,
        "suspect": part.suspect,
        "findings": findings,
    }
    return canonical(value) + b"\n"


def parse_part(data: bytes) -> Part:
    """The part whose file is exactly `data`. Raises Malformed."""
    if not data.endswith(b"\n"):
        raise Malformed("part", "one line of canonical JSON", "something else")
    value = parse_json(data[:-1])
    if type(value) is not dict or value.keys() != _KEYS | _MORE or value["format"] != FORMAT:
        raise Malformed("part", f"an object of the form {FORMAT}", "something else")
    size, start, end = (_count(value[name]) for name in ("size", "start", "end"))
    if not start < end <= size:
        raise Malformed("part", "start < end ≤ size", f"{start}, {end} and {size}")
    return Part(
        origin=_text(value["origin"]),
        head=_text(value["head"]).encode(),
        size=size,
        start=start,
        end=end,
        before=_tree(value["before"], start),
        after=_tree(value["after"], end),
        people=parse_hex(value["people"], HASH_SIZE),
        erasures=parse_hex(value["erasures"], HASH_SIZE),
        checked=_counts(value["checked"]),
        absent=_counts(value["absent"]),
        file_checked=_truth(value["file_checked"]),
        suspect=_list(value["suspect"], _count),
        findings=_list(value["findings"], _finding),
    )


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Malformed("part", "a whole number, 0 or more", "something else")
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise Malformed("part", "true or false", "something else")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Malformed("part", "text", "something else")
    return value


def _list(value: Any, read: Callable[[Any], Any]) -> list[Any]:
    if type(value) is not list:
        raise Malformed("part", "a list", "something else")
    return [read(item) for item in value]


def _tree(value: Any, size: int) -> tuple[bytes, ...]:
    hashes = tuple(_list(value, lambda item: parse_hex(item, HASH_SIZE)))
    if len(hashes) != size.bit_count():
        raise Malformed("part", f"{size.bit_count()} hashes for a tree of {size} entries", f"{len(hashes)}")
    return hashes


def _counts(value: Any) -> dict[str, int]:
    if type(value) is not dict:
        raise Malformed("part", "counts by name", "something else")
    return {name: _count(number) for name, number in value.items()}


def _finding(value: Any) -> Finding:
    if type(value) is not dict or not {"kind", "says"} <= value.keys() <= {"entry", "kind", "says"}:
        raise Malformed("part", "findings of kind and says", "something else")
    entry = value.get("entry")
    if entry is not None and type(entry) is not int:
        raise Malformed("part", "an entry's number", "something else")
    return Finding(entry, _text(value["kind"]), _text(value["says"]))


def join_parts(parts: Sequence[Part], keys: Sequence[VerifierKey]) -> Report:
    """One answer from parts of one ledger, in any order. keys: the ledger's keys as the caller knows them.

    Raises Refused where they are not the parts of one whole: of several ledgers or checkpoints, resting on other people
    or erasures, a range missing or twice. Raises Unverified or Malformed where they do not fit together or the
    checkpoint is not over them.
    What a part found is in the report.
    """
    if not parts:
        raise Refused.one("--join", "at least one part", "none")
    parts = sorted(parts, key=lambda part: (part.start, part.end))
    first = parts[0]
    _check_one_ledger(parts)
    _check_cover(parts)
    checkpoint = open_checkpoint(first.head, keys)
    if (checkpoint.origin, checkpoint.size) != (first.origin, first.size):
        raise Unverified("part", f"the checkpoint of {first.origin} at {first.size}", "another checkpoint")
    for left, right in pairwise(parts):
        if left.after != right.before:
            raise Unverified(
                f"part {right.start}:{right.end}",
                f"a beginning with the tree that {left.start}:{left.end} ends with",
                "another tree",
                "Both are not of the same entries. Run: consent-ledger verify",
            )
    root = fold(parts[-1].after)
    if root != checkpoint.root:
        raise Unverified("parts", f"the signed root {checkpoint.root.hex()}", f"the root {root.hex()}")
    report = Report(first.origin, first.size, root)
    add_parts(report, parts)
    report.findings = list(dict.fromkeys(report.findings))
    return report


def _check_one_ledger(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts:
        name = f"part {part.start}:{part.end}"
        if part.origin != first.origin:
            raise Refused.one(name, f"a part of {first.origin}, like {first.start}:{first.end}", part.origin)
        if part.head != first.head or part.size != first.size:
            got = f"one under another checkpoint ({part.size} entries)"
            raise Refused.one(name, f"a part under the checkpoint of {first.start}:{first.end}", got, _AGAIN)
        for what, same in (("people", part.people == first.people), ("erasures", part.erasures == first.erasures)):
            if not same:
                expected = f"a part that rests on the same {what} as {first.start}:{first.end}"
                raise Refused.one(name, expected, "others", "Run on both copies: consent-ledger verify")


def _check_cover(parts: Sequence[Part]) -> None:
    at = 0
    for part in parts:
        if part.start > at:
            raise Refused.one(
                "parts", f"entries {at}:{part.start} in one of them", "none that has them", _verify(at, part.start)
            )
        if part.start < at:
            raise Refused.one(f"part {part.start}:{part.end}", f"entries from {at} on", "some that another part has")
        at = part.end
    if at < parts[0].size:
        size = parts[0].size
        raise Refused.one("parts", f"entries {at}:{size} in one of them", "none that has them", _verify(at, size))


def _verify(start: int, end: int) -> str:
    return f"Run: consent-ledger verify --range {start}:{end} --out FILE"
