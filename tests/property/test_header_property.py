"""Whatever a header may say is narrowed JSON, though parse_entry does not walk it: its checks look at every value.

`canonical`, which does walk, is the oracle. The examples are the same on every run.
"""

import copy
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.log.encoding import MAX_INTEGER, canonical
from ledger.log.entry import Header, Rows, parse_entry
from ledger.log.note import Signer, VerifierKey, sign_note
from ledger.log.types import TYPES
from ledger.sealing.seal import CODES, RECORD, Commitment
from tests.ledger_fixtures import DECISION, NOW, case, entry_id

same_every_time = settings(derandomize=True, database=None, deadline=None, max_examples=200)

ORIGIN = "sample/0123456789abcdef0123456789abcdef"
SIGNER = Signer("p-one", bytes(range(32)))
COMMITMENT = Commitment(bytes(32), 553, bytes(32), bytes(32), bytes(32))
COMMON: dict[str, Any] = {"id": entry_id(1), "at": NOW, "author": "p-one", "seen_size": 7, "seen_root": bytes(32)}
HEADERS = {
    "decision.recorded": Header(
        type="decision.recorded",
        case=case(1),
        refs=(entry_id(2),),
        body={**DECISION, "approver": "p-two"},
        sealed={RECORD: COMMITMENT, CODES: COMMITMENT},
        beside={"wraps": Rows(2, bytes(32)), "tokens": Rows(1, bytes(32))},
        **COMMON,
    ),
    "ledger.restored": Header(type="ledger.restored", body={"lost": {"size": 7, "root": "00" * 32}}, **COMMON),
    "actor.revoked": Header(type="actor.revoked", body={"handle": "p-two", "reason": "left", "since": 3}, **COMMON),
}


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


KEYS = st.from_regex(r"\A[a-z][a-z0-9_]{0,6}\Z") | st.sampled_from(["size", "root", "n", "id", "digest", "", "A", "é"])
# what orjson writes and reads, and the narrowed JSON has not, among what it has
SCALARS = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 1, -1, MAX_INTEGER, MAX_INTEGER + 1, -MAX_INTEGER - 1, 2**63, 1.0, 7.0, -0.0, True, False])
    | st.sampled_from(["", "p-one", "left", "00" * 32, "ab" * 16, "north", "share", "\u2028", "administrator"])
    | st.sampled_from([[], {}, [None], {"a": None}, {"size": None, "root": "00" * 32}, deep(14), deep(20), deep(200)])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
SIZES = st.sampled_from([0, -1, 1.0, True, None, MAX_INTEGER, MAX_INTEGER + 1, 2**63, "7"])
PARTS_OF_BODIES = (
    VALUES
    | st.fixed_dictionaries({"size": SIZES, "root": st.sampled_from(["00" * 32, None, 0])})
    | st.lists(st.fixed_dictionaries({"id": st.just("a") | VALUES, "digest": st.just("00" * 32) | VALUES}), max_size=2)
    | st.lists(st.sampled_from(["administrator", "duty", None, True, 1.0]), max_size=3)
    | st.just(str(VerifierKey("p-two", sha256(b"sample").digest())))
)


def narrowed(value: Any) -> bool:
    try:
        canonical(value)
    except Malformed:
        return False
    return True


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every container and every value in it."""
    yield path
    items = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
    for key, item in items:
        yield from places(item, *path, key)


def changed(value: Any, path: tuple[Any, ...], new: Any, key: str | None) -> Any:
    """The value with `new` at `path`, or under `key` beside what is at `path`."""
    if path:
        value[path[0]] = changed(value[path[0]], path[1:], new, key)
        return value
    if key is not None and type(value) is dict:
        return {**value, key: new}
    return new


def read(header: Any) -> bool:
    """Whether an entry with this header, signed by its author, is read."""
    line = orjson.dumps(header, option=orjson.OPT_SORT_KEYS)
    leaf = sign_note(b"consent-ledger/entry@v1\n" + ORIGIN.encode() + b"\n" + line + b"\n", [SIGNER])
    try:
        entry = parse_entry(leaf, ORIGIN)
    except Malformed:
        return False
    assert canonical(entry.header.to_json()) == line
    return True


@pytest.mark.parametrize("name", HEADERS)
def test_every_value_of_a_header_replaced_by_what_is_not_narrowed_json(name: str) -> None:
    whole = HEADERS[name].to_json()
    assert read(whole)
    for path in places(whole):
        for strange in (None, 1.5, 7.0, MAX_INTEGER + 1, deep(20), {"A": 1}, {"é": 1}, [None], [1.0]):
            for key in (None, "A", "sealed", "beside"):
                assert not read(changed(copy.deepcopy(whole), path, strange, key)), (path, key, strange)


@pytest.mark.parametrize("name", HEADERS)
def test_whatever_is_read_is_narrowed_json(name: str) -> None:
    @same_every_time
    @given(st.data())
    def mangle(data: st.DataObject) -> None:
        whole = copy.deepcopy(HEADERS[name].to_json())
        path = data.draw(st.sampled_from(list(places(whole))))
        value = changed(whole, path, data.draw(PARTS_OF_BODIES), data.draw(st.none() | KEYS))
        assert not read(value) or narrowed(value)

    mangle()


CHECKS = {
    check: f"{kind.name}.{field}" for kind in TYPES.values() for field, check in kind.fields.items()
}  # each once, under the last field that it is of


@pytest.mark.parametrize("check", CHECKS, ids=CHECKS.values())
def test_whatever_a_field_may_hold_is_narrowed_json(check: Callable[[Any], None]) -> None:
    @settings(same_every_time, max_examples=60)
    @given(PARTS_OF_BODIES)
    def ask(value: Any) -> None:
        value = orjson.loads(orjson.dumps(value))
        try:
            check(value)
        except Malformed:
            return
        assert narrowed(value)

    ask()
