"""Whatever ledger.log.encoding reads it writes back to the same bytes, and it raises nothing but Malformed.

The examples are the same on every run: a failure here is a failure everywhere.
"""

import json
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.log.encoding import (
    MAX_DEPTH,
    MAX_INTEGER,
    canonical,
    encode_base64,
    encode_hex,
    format_time,
    parse_base64,
    parse_decimal,
    parse_hex,
    parse_json,
    parse_time,
)
from ledger.log.note import read_note
from ledger.log.tiles import encode_bundle, parse_bundle

same_every_time = settings(derandomize=True, database=None, deadline=None, max_examples=400)

KEYS = st.from_regex(r"\A[a-z][a-z0-9_]{0,6}\Z")
NASTY = st.sampled_from(
    ["\u2028", "\u2029", "\0", "\x1f", "\x7f", "\ufeff", "\U0001f600", '"', "\\", "/", "é", "e\u0301"]
)
STRINGS = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(NASTY).map("".join)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER) | st.sampled_from([MAX_INTEGER, -MAX_INTEGER, 0, -1])
SCALARS = st.booleans() | INTEGERS | STRINGS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))

# what Python's own JSON has and this one has not
STRANGE = st.one_of(
    st.none(),
    st.floats(),
    st.integers(MAX_INTEGER + 1, 10**30) | st.integers(-(10**30), -MAX_INTEGER - 1),
    st.text(st.characters(categories=["Cs"]), min_size=1),
    st.binary(),
    st.tuples(st.integers()),
    st.dictionaries(
        st.integers() | st.none() | st.text().filter(lambda key: not key.islower()), st.just(1), min_size=1
    ),
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def read_or_refused(read: Any, *arguments: Any) -> Any:
    """What was read, or None: any error but Malformed fails the test."""
    try:
        return read(*arguments)
    except Malformed:
        return None


@same_every_time
@given(VALUES)
@example({"b": {"y": 1, "x": 2}, "a": ["\u2028", "\0", MAX_INTEGER]})
@example([[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]])
@example([[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]])
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    data = read_or_refused(canonical, value)
    assert (data is None) == (depth(value) > MAX_DEPTH)
    if data is not None:
        assert parse_json(data) == value
        # another encoder than the one under test: Python's own
        assert data.decode() == json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@same_every_time
@given(
    VALUES,
    st.sampled_from([{"indent": 1}, {"separators": (", ", ":")}, {"separators": (",", ": ")}, {"ensure_ascii": True}]),
)
def test_the_same_value_in_another_spelling_is_refused(value: Any, style: dict[str, Any]) -> None:
    meant = read_or_refused(canonical, value)
    other = json.dumps(value, **{"sort_keys": True, "ensure_ascii": False, "separators": (",", ":"), **style}).encode()
    if meant is not None and other != meant:
        assert read_or_refused(parse_json, other) is None


@same_every_time
@given(VALUES, st.sampled_from([b" ", b"\n", b"\t", b"\r\n", b"\0", b"\xef\xbb\xbf", b",", b"1", b"]"]), st.booleans())
def test_nothing_may_stand_before_or_after(value: Any, stray: bytes, before: bool) -> None:
    data = read_or_refused(canonical, value)
    if data is not None:
        other = stray + data if before else data + stray
        read = read_or_refused(parse_json, other)
        # a digit beside a number is another number
        assert read is None or (type(value) is int and canonical(read) == other)


@same_every_time
@given(st.dictionaries(KEYS, SCALARS, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_keys_stand_in_one_order(value: dict[str, Any], random: Any) -> None:
    keys = list(value)
    random.shuffle(keys)
    shuffled = {key: value[key] for key in keys}
    assert canonical(shuffled) == canonical(value)
    assert (read_or_refused(parse_json, orjson.dumps(shuffled)) is None) == (keys != sorted(keys))


@same_every_time
@given(KEYS, SCALARS, SCALARS)
def test_a_key_stands_once(key: str, first: Any, second: Any) -> None:
    members = b",".join(b'"' + key.encode() + b'":' + canonical(item) for item in (first, second))
    assert read_or_refused(parse_json, b"{" + members + b"}") is None


@same_every_time
@given(STRANGE, VALUES.filter(lambda value: isinstance(value, list)))
def test_what_does_not_belong_is_refused_wherever_it_stands(strange: Any, around: list[Any]) -> None:
    for value in (strange, [strange], {"a": strange}, [*around, strange], {"a": around, "b": {"c": [strange]}}):
        assert read_or_refused(canonical, value) is None


@same_every_time
@given(st.floats() | st.integers(MAX_INTEGER + 1, 10**40) | st.integers(-(10**40), -MAX_INTEGER - 1))
@example(2**53)
@example(-(2**53))
@example(2**63)
@example(2**64 - 1)
@example(2**64)
@example(123456789012345678901234567890)
@example(1.0)
@example(-0.0)
def test_other_numbers_are_not_read(number: float) -> None:
    assert read_or_refused(parse_json, json.dumps(number).encode()) is None


@settings(same_every_time, max_examples=2000)
@given(st.binary() | st.text('{}[]",:0123456789.eE+-truefalsn ab\\u\n').map(str.encode))
def test_any_bytes_are_the_one_spelling_or_are_refused(data: bytes) -> None:
    value = read_or_refused(parse_json, data)
    assert value is None or canonical(value) == data


@same_every_time
@given(st.integers(0, MAX_INTEGER))
def test_decimals(number: int) -> None:
    assert parse_decimal(str(number)) == number
    assert read_or_refused(parse_decimal, "0" + str(number)) is None


@same_every_time
@given(st.text("0123456789+-_ .\n٤² eE") | st.text())
def test_any_text_is_one_decimal_or_is_refused(text: str) -> None:
    number = read_or_refused(parse_decimal, text)
    assert number is None or str(number) == text


@same_every_time
@given(st.binary(max_size=70), st.text("ABCDwxyz019+/=-_ \n") | st.text())
def test_base64_and_hex_have_one_spelling(data: bytes, text: str) -> None:
    assert parse_base64(encode_base64(data)) == data
    assert parse_hex(encode_hex(data), len(data)) == data
    read = read_or_refused(parse_base64, text)
    assert read is None or encode_base64(read) == text
    for size in (0, 1, len(text) // 2):
        read = read_or_refused(parse_hex, text, size)
        assert read is None or encode_hex(read) == text
    if encode_hex(data).upper() != encode_hex(data):
        assert read_or_refused(parse_hex, encode_hex(data).upper(), len(data)) is None


@same_every_time
@given(st.integers(-62_135_596_800, 253_402_300_799), st.text("0123456789-T:Zz.+ ", min_size=18, max_size=21))
def test_times_have_one_spelling(seconds: int, text: str) -> None:
    written = format_time(seconds)
    assert len(written) == 20
    assert parse_time(written) == seconds
    read = read_or_refused(parse_time, text)
    assert read is None or format_time(read) == text


@same_every_time
@given(st.tuples(*(st.integers(0, top) for top in (9999, 13, 32, 25, 61, 61))))
def test_any_date_and_time_is_real_or_is_refused(parts: tuple[int, ...]) -> None:
    text = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*parts)
    read = read_or_refused(parse_time, text)
    year, month, day, hour, minute, second = parts
    if year and 1 <= month <= 12 and 1 <= day <= 28 and hour < 24 and minute < 60 and second < 60:
        assert format_time(read) == text
    elif not year or month > 12 or day > 31 or hour > 23 or minute > 59 or second > 59:
        assert read is None


@same_every_time
@given(st.lists(st.binary(max_size=300), max_size=6), st.binary(max_size=40))
def test_bundles_have_one_spelling(entries: list[bytes], data: bytes) -> None:
    assert parse_bundle(encode_bundle(entries)) == entries
    read = read_or_refused(parse_bundle, data)
    assert read is None or encode_bundle(read) == data


LINES = ["a\n", "\n", "— a AAAAAAA=\n", "— b AAAAAAAA\n", "— a  AAAAAAA=\n", "— é AAAAAAB=\n", "— a AAAA\n", "— ", "\0"]


@settings(same_every_time, max_examples=1500)
@given(st.binary() | st.lists(st.sampled_from(LINES)).map(lambda lines: "".join(lines).encode()))
@example("a\n\n— a AAAAAAA=\n— b AAAAAAAA\n".encode())
def test_any_bytes_are_a_note_or_are_refused(data: bytes) -> None:
    note = read_or_refused(read_note, data)
    if note is not None:
        lines = [f"— {line.name} {encode_base64(line.key_id + line.signature)}\n" for line in note.signatures]
        assert lines
        assert note.text + b"\n" + "".join(lines).encode() == data
