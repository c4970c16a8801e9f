"""ledger.log.encoding: every value has one spelling, and every other spelling is refused with Malformed."""

import base64
from enum import IntEnum
from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.log.encoding import (
    MAX_DEPTH,
    MAX_INTEGER,
    canonical,
    decode_text,
    encode_base64,
    encode_hex,
    format_time,
    parse_base64,
    parse_decimal,
    parse_hex,
    parse_json,
    parse_time,
)


def nested(depth: int, kind: type) -> Any:
    """`depth` containers, one in the other, the innermost empty."""
    value: Any = kind()
    for _ in range(depth - 1):
        value = [value] if kind is list else {"a": value}
    return value


class Count(IntEnum):
    ONE = 1


class Word(str):
    __slots__ = ()


class Row(dict):  # type: ignore[type-arg]
    pass


ONE_SPELLING = [
    (b'"text"', "text"),
    (b'""', ""),
    (b"true", True),
    (b"false", False),
    (b"0", 0),
    (b"-1", -1),
    (b"9007199254740991", MAX_INTEGER),
    (b"-9007199254740991", -MAX_INTEGER),
    (b"[]", []),
    (b"{}", {}),
    (b'{"a":[1,{"b":"c"}],"a_1":2,"aa":3,"b":4}', {"b": 4, "aa": 3, "a_1": 2, "a": [1, {"b": "c"}]}),
    (b'{"' + b"k" * 64 + b'":1}', {"k" * 64: 1}),
    ('"\u2028\u2029\u00e9\U0001f600\u007f\ufeff"'.encode(), "\u2028\u2029é\U0001f600\x7f\ufeff"),
    (b'"\\b\\t\\n\\f\\r\\"\\\\/"', '\b\t\n\f\r"\\/'),
    (b'"\\u0000\\u0001\\u001f"', "\0\x01\x1f"),
]


@pytest.mark.parametrize(("data", "value"), ONE_SPELLING)
def test_a_value_and_its_one_spelling(data: bytes, value: Any) -> None:
    assert canonical(value) == data
    back = parse_json(data)
    assert back == value
    assert type(back) is type(value)


def test_every_control_character_is_spelled_as_rfc_8785_spells_it() -> None:
    short = {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r"}
    for number in range(0x20):
        spelling = short.get(number, f"\\u{number:04x}")
        assert canonical(chr(number)) == f'"{spelling}"'.encode()
        for other in {f"\\u{number:04x}", f"\\u{number:04X}", chr(number)} - {spelling}:
            with pytest.raises(Malformed):
                parse_json(f'"{other}"'.encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b" 1",
        b"1 ",
        b"1\n",
        b"\n1",
        b"1\r\n",
        b'{"a": 1}',
        b'{"a":1 }',
        b"[1, 2]",
        b"1,2",
        b"1 2",
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1,}',
        b"[1,]",
        b"1.0",
        b"0.0",
        b"1e2",
        b"1E2",
        b"-0",
        b"-0.0",
        b"00",
        b"01",
        b"+1",
        b"1e400",
        b"9007199254740992",
        b"-9007199254740992",
        b"9007199254740993",
        b"18446744073709551615",
        b"18446744073709551616",
        b"123456789012345678901234567890",
        b"-123456789012345678901234567890",
        b"null",
        b'{"a":null}',
        b"[null]",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"True",
        b"'a'",
        b'"a',
        b'"\\/"',
        b'"\\u0041"',
        b'"\\u00e9"',
        b'"\\u2028"',
        b'"\\ud83d\\ude00"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\xc0\x80"',
        b'"a\x00"',
        b"\xef\xbb\xbf1",
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"A":1}',
        b'{"":1}',
        b'{"1a":1}',
        b'{"_a":1}',
        b'{"a-b":1}',
        b'{"a\\n":1}',
        b'{"a ":1}',
        '{"é":1}'.encode(),
        b'{"' + b"k" * 65 + b'":1}',
        b"{1:2}",
        b"// comment\n1",
    ],
)
def test_every_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_json(data)


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.0,
        1.5,
        float("nan"),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        10**30,
        b"bytes",
        bytearray(b"x"),
        (1, 2),
        {1},
        {1: 2},
        {None: 1},
        {True: 1},
        {"A": 1},
        {"": 1},
        {"a\n": 1},
        {"k" * 65: 1},
        {Word("a"): 1},
        Word("text"),
        Count.ONE,
        Row(a=1),
        [None],
        {"a": {"b": [1.0]}},
        "\ud800",
        "a\udfff",
        ["\ud83d"],
        {"a": "\udc00"},
        object(),
    ],
)
def test_what_the_narrowed_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        canonical(value)
    with pytest.raises(Malformed):
        canonical({"outer": [value]})


@pytest.mark.parametrize("kind", [list, dict])
def test_depth(kind: type) -> None:
    deepest, deeper = nested(MAX_DEPTH, kind), nested(MAX_DEPTH + 1, kind)
    assert MAX_DEPTH == 16
    assert parse_json(canonical(deepest)) == deepest
    with pytest.raises(Malformed):
        canonical(deeper)
    opening, closing = (b"[", b"]") if kind is list else (b'{"a":', b"}")
    for depth in (17, 200, 5_000, 200_000):
        with pytest.raises(Malformed):
            parse_json(opening * depth + b"1" + closing * depth)


def test_a_key_is_a_plain_string() -> None:
    for key in (Word("a"), 1, None, "A"):
        with pytest.raises(Malformed) as caught:
            canonical({key: 1})
        assert caught.value.fault.got == "another key"


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(Malformed):
        canonical(loop)


def test_faults_name_the_kind_of_thing_and_never_its_content() -> None:
    for value in ({"Secret Name": 1}, "Secret\ud800", ["Secret", None], 90071992547409931234):
        with pytest.raises(Malformed) as caught:
            canonical(value)
        assert "Secret" not in str(caught.value)
        assert "9007199254740993" not in str(caught.value)
        assert (caught.value.fault.field, bool(caught.value.fault.expected)) == ("JSON", True)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("10", 10), ("9007199254740991", MAX_INTEGER)])
def test_a_decimal(text: str, number: int) -> None:
    assert parse_decimal(text) == number


DECIMALS = "00 01 +1 -1 -0 4_2 0x10 1.0 1e2 ٤ 4٢ ４ ² 9007199254740992 9999999999999999 10000000000000000"


@pytest.mark.parametrize(
    "text", [*DECIMALS.split(), "", " ", " 4_2", " 42", "42 ", "42\n", "\n42", "1" * 30, "1" * 5000]
)
def test_a_decimal_in_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_decimal(text)


def test_hex() -> None:
    every = bytes(range(256))
    assert parse_hex(encode_hex(every), 256) == every
    assert parse_hex("", 0) == b""
    assert encode_hex(b"\xab\xcd") == "abcd"


HEX = "AB aB a abc 0x gg ٤٤ ａｂ"


@pytest.mark.parametrize("text", [*HEX.split(), "ab ", "ab\n", "a b", " ab", "a\nb", "ab cd", "", 171, None, b"ab"])
@pytest.mark.parametrize("size", [1, 2])
def test_hex_in_any_other_spelling_is_refused(text: Any, size: int) -> None:
    with pytest.raises(Malformed):
        parse_hex(text, size)


def test_every_base64_length_round_trips_and_no_other_last_characters_do() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for size in range(10):
        data = bytes(range(200, 200 + size))
        text = encode_base64(data)
        assert text == base64.standard_b64encode(data).decode()
        assert parse_base64(text) == data
        stripped = text.rstrip("=")
        padding = text[len(stripped) :]
        for letter in alphabet if padding else "":
            other = stripped[:-1] + letter + padding
            # a letter may stand for another byte; it may not stand for the same bytes again
            try:
                assert other == text or parse_base64(other) != data
            except Malformed:
                assert other != text


STRAY = "AB== AAB= A AA AAA AA= AAA== AAAA= AAAA==== = ==== AA==AA== =AAA -_-_ AA-A AA_A AA.A ÅAAA ＡＡＡＡ"
SPACED = ["AAAA\n", "\nAAAA", "AA\nAA", "AAAA ", " AAAA", "AA AA", "AA= =", "AAAA\r\n", "AAAA\0", "AAA\ud800"]


@pytest.mark.parametrize("text", [*STRAY.split(), *SPACED])
def test_base64_in_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_base64(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -1),
        ("2001-09-09T01:46:40Z", 1_000_000_000),
        ("2024-02-29T12:00:00Z", 1_709_208_000),
        ("2038-01-19T03:14:08Z", 2**31),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
    ],
)
def test_a_time(text: str, seconds: int) -> None:
    assert parse_time(text) == seconds
    assert format_time(seconds) == text


TIMES = """
2026-01-02T03:04:60Z 2016-12-31T23:59:60Z 2026-01-02T24:00:00Z 2026-01-02T03:60:00Z 2026-02-30T00:00:00Z
2023-02-29T00:00:00Z 2026-04-31T00:00:00Z 2026-13-01T00:00:00Z 2026-00-01T00:00:00Z 2026-01-00T00:00:00Z
0000-01-01T00:00:00Z 2026-01-02T03:04:05z 2026-01-02t03:04:05Z 2026-01-02T03:04:05 2026-01-02T03:04:05.0Z
2026-01-02T03:04:05.000Z 2026-01-02T03:04:05+00:00 2026-01-02T03:04Z 20260102T030405Z 2026-1-2T03:04:05Z
2026-01-02T3:04:05Z 12026-01-02T03:04:05Z -026-01-02T03:04:05Z 2026-01-02T03:04:05ZZ ٢٠٢٦-01-02T03:04:05Z
2026-01-02T03:04:+5Z 2026-01-02T03:04:_5Z now
"""
NO_TIMES = ["2026-01-02 03:04:05Z", "2026-01-02T03:04:05Z\n", " 2026-01-02T03:04:05Z", "", 0, None, 1.5]


@pytest.mark.parametrize("text", [*TIMES.split(), *NO_TIMES, b"2026-01-02T03:04:05Z"])
def test_a_time_in_any_other_spelling_is_refused(text: Any) -> None:
    with pytest.raises(Malformed):
        parse_time(text)


@pytest.mark.parametrize("seconds", [-62_135_596_801, 253_402_300_800, 10**15, -(10**15), 10**25, -(10**25)])
def test_a_time_outside_the_calendar_is_a_wrong_call(seconds: int) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        format_time(seconds)


def test_text() -> None:
    assert decode_text("— é\n\nz\x7f\u2028".encode(), "note") == "— é\n\nz\x7f\u2028"
    for number in range(0x20):
        data = b"a" + bytes([number]) + b"b"
        if number == 0x0A:
            assert decode_text(data, "note") == "a\nb"
        else:
            with pytest.raises(Malformed):
                decode_text(data, "note")
    for data in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x80"):
        with pytest.raises(Malformed) as caught:
            decode_text(data, "what it was")
        assert caught.value.fault.field == "what it was"
