"""One encoding per value: JSON, decimals, hex, base64, times and lines, each parsed, encoded again and compared.

Python's own readers are lenient (`int(" 4_2")`, `b64decode("AB==")`, `splitlines()`, `re.match("…$")`), and two
spellings of one value are two leaves, two hashes and one argument in court. Everything here raises Malformed.
Source: RFC 8785, narrowed as docs/FORMAT.md says. Proved by tests/ledger/log/test_encoding.py.
"""

import binascii
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import orjson

from ledger.errors import Malformed

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")


def _check(value: Any, depth: int) -> None:
    """Refuse what the narrowed JSON does not have. Exact types: a subclass could encode differently."""
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise Malformed("JSON", "integers within ±(2^53-1)", "a larger integer")
    elif depth >= MAX_DEPTH:
        raise Malformed("JSON", f"nesting of at most {MAX_DEPTH}", "deeper nesting")
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not _KEY.fullmatch(key):
                raise Malformed("JSON", "keys of a-z, 0-9 and _ that start with a letter", "another key")
            _check(item, depth + 1)
    elif kind is list:
        for item in value:
            _check(item, depth + 1)
    else:
        raise Malformed("JSON", "objects, lists, strings, integers, true and false", kind.__name__)


def canonical(value: Any) -> bytes:
    """The one encoding of a JSON value (dict, list, str, int, bool; str keys), UTF-8, keys in order, no spaces.

    Raises Malformed for anything else: floats, None, integers beyond 2^53-1, other keys than
    `[a-z][a-z0-9_]{0,63}`, nesting beyond 16, lone surrogates.
    """
    _check(value, 0)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, UnicodeEncodeError) as error:
        raise Malformed("JSON", "text that is valid Unicode", "a lone surrogate") from error


def parse_json(data: bytes) -> Any:
    """The value whose canonical encoding is exactly `data`. Raises Malformed for every other spelling."""
    value = parse_spelling(data)
    _check(value, 0)
    return value


def parse_spelling(data: bytes) -> Any:
    """The value that orjson writes, keys in order, as exactly `data`. Raises Malformed for every other spelling.

    That is JSON in one spelling, but not yet narrowed: whoever calls this looks at the exact type of every value in
    it and at every key, as entry.py does of a header, and so refuses floats, null, large integers and other keys.
    """
    try:
        value = orjson.loads(data)
        spelled = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise Malformed("JSON", "one JSON value in UTF-8", "something else") from error
    if spelled != data:
        raise Malformed("JSON", "the canonical spelling", "another spelling of the same value")
    return value


def parse_decimal(text: str) -> int:
    """A non-negative integer below 2^53 in ASCII digits without leading zeros."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_INTEGER:
        raise Malformed("number", "ASCII digits without leading zeros, below 2^53", "something else")
    return int(text)


def encode_hex(data: bytes) -> str:
    """Lowercase hex."""
    return data.hex()


def parse_hex(text: Any, size: int) -> bytes:
    """`size` bytes from lowercase hex."""
    try:
        data = bytes.fromhex(text)
    except (ValueError, TypeError) as error:
        raise Malformed("hex", f"{2 * size} lowercase hex digits", "something else") from error
    # fromhex takes capitals, spaces and, in later Pythons, bytes
    if len(data) != size or type(text) is not str or data.hex() != text:
        raise Malformed("hex", f"{2 * size} lowercase hex digits", "something else")
    return data


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def parse_base64(text: str) -> bytes:
    """The bytes whose standard base64 with padding is exactly `text`."""
    try:
        spelled = text.encode("ascii")
        data = binascii.a2b_base64(spelled, strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("base64", "standard base64 with padding", "something else") from error
    # strict_mode still lets stray bits through: "AB==" and "AA==" decode to the same byte
    if binascii.b2a_base64(data, newline=False) != spelled:
        raise Malformed("base64", "standard base64 with padding", "another spelling of the same bytes")
    return data


def parse_time(text: Any) -> int:
    """POSIX seconds of `YYYY-MM-DDTHH:MM:SSZ`, a real moment with a second below 60."""
    if type(text) is not str:
        raise Malformed("time", "YYYY-MM-DDTHH:MM:SSZ", "something else")
    try:
        return _day(text[:10]) + _HOURS[text[10:14]] + _MINUTES[text[14:17]] + _SECONDS[text[17:]]
    except (KeyError, ValueError) as error:
        raise Malformed("time", "YYYY-MM-DDTHH:MM:SSZ, a moment that exists", "something else") from error


# each spelling that a part of a time may have: whatever else is there is in none of these
_HOURS = {f"T{hour:02}:": hour * 3600 for hour in range(24)}
_MINUTES = {f"{minute:02}:": minute * 60 for minute in range(60)}
_SECONDS = {f"{second:02}Z": second for second in range(60)}
_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(1024)
def _day(text: str) -> int:
    """POSIX seconds of the beginning of a day `YYYY-MM-DD`. Raises ValueError for every other spelling."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError("fromisoformat takes weeks and days without dashes")
    return (day.toordinal() - _EPOCH) * 86_400


def format_time(seconds: int) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ` of POSIX seconds. Raises ValueError outside the years 1 to 9999."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ValueError("a time lies within the years 1 to 9999") from error
    # some platforms print the year 1 as "1"
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def decode_text(data: bytes, what: str) -> str:
    """UTF-8 text without ASCII controls other than newline, as C2SP signed-note wants it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(what, "UTF-8", "other bytes") from error
    if _CONTROL.search(data):
        raise Malformed(what, "no control characters but newline", "a control character")
    return text
