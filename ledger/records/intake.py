"""A file somebody wrote, as plain values: strict YAML 1.2 with every scalar as text, or strict JSON.

YAML turns `no` into false, 010 into 8 and a surname into nothing; here text stays text and the document's shape says
what it means. What lets one place of a file change another (anchors, tags, merging) is refused by its line, and no
part of a file is ever repeated in a fault. Proved by tests/ledger/records/test_intake.py.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from ledger.errors import Fault, Refused

MAX_SIZE: Final = 256 * 1024
MAX_DEPTH: Final = 16
MAX_VALUES: Final = 20_000
_MAX_DIGITS: Final = 16
_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Besides what breaks no line for an editor but does for a parser, what is shown in another order than it is written.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_AS_UTF8: Final = "Save it as UTF-8 without a byte order mark; most editors offer this when saving"


def _at(line: int) -> str:
    return f"line {line}"


def _text(data: bytes) -> str:
    """The text of the file. Raises Refused: too large, not UTF-8, a byte order mark, an unseen character."""
    if len(data) > MAX_SIZE:
        hint = "Keep the decision here and long papers where they are, with a word on where to find them"
        raise Refused.one("the file", f"at most {MAX_SIZE // 1024} KiB", f"{-(-len(data) // 1024)} KiB or more", hint)
    if data.startswith(_BOMS):
        raise Refused.one("the file", "UTF-8 without a byte order mark", "a byte order mark", _AS_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused.one(_at(line), "text in UTF-8", "bytes of another encoding", _AS_UTF8) from error
    unseen = _UNSEEN.search(text)
    if unseen:
        line = text.count("\n", 0, unseen.start()) + 1
        got = f"the unseen character U+{ord(unseen.group()):04X}"
        raise Refused.one(_at(line), "characters that can be seen", got, "Type that line again")
    if not text.strip():
        raise Refused.one("the file", "a document", "an empty file", "Print a blank one: record --template")
    return text


class _Json:
    """Strict JSON: what Python's reader lets through and the document may not hold is collected as faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def read(self, text: str) -> Any:
        try:
            value = json.loads(
                text,
                object_pairs_hook=self._object,
                parse_float=self._float,
                parse_int=self._whole,
                parse_constant=self._constant,
            )
        except json.JSONDecodeError as error:
            hint = "A comma, a quote or a bracket is missing near that line, or one is too many"
            raise Refused.one(_at(error.lineno), "JSON", "something that cannot be read as JSON", hint) from error
        except RecursionError as error:
            raise _too_deep("the file") from error
        if not self.faults and _depth(value) > MAX_DEPTH:
            raise _too_deep("the file")
        return value

    def _refuse(self, expected: str, got: str, hint: str) -> None:
        self.faults.append(Fault("the file", expected, got, hint))

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(pairs)
        if len(read) != len(pairs):
            self._refuse("each field once", "the same field twice in one object", "Keep one of the two")
        return read

    def _float(self, _: str) -> int:
        self._refuse("whole numbers or text", "a number with a point or an exponent", 'Write it as text, in "quotes"')
        return 0

    def _whole(self, digits: str) -> int:
        if len(digits) > _MAX_DIGITS:
            self._refuse(
                f"whole numbers of at most {_MAX_DIGITS} digits", "a longer one", 'Write it as text, in "quotes"'
            )
            return 0
        return int(digits)

    def _constant(self, _: str) -> int:
        self._refuse("whole numbers or text", "NaN or Infinity", "Leave the field out")
        return 0


def _too_deep(where: str) -> Refused:
    hint = "No field of a decision lies so deep; a bracket may be missing"
    return Refused.one(where, f"at most {MAX_DEPTH} levels within each other", "more", hint)


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        each, depth = waiting.pop()
        if isinstance(each, dict | list):
            deepest = max(deepest, depth)
            inner = each.values() if isinstance(each, dict) else each
            waiting.extend((one, depth + 1) for one in inner)
    return deepest


class _Yaml:
    """A document built from the events of ruamel.yaml's `base` reader, which knows no type but text.

    Built here rather than by the library's constructor, because only the events still say where an anchor, a tag or
    a second field of the same name stood.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.values = 0

    def read(self, text: str) -> Any:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        events = iter(YAML(typ="base", pure=True).parse(text))
        try:
            return self._documents(events)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._unreadable(text, mark.line + 1 if mark is not None else 1, error)
        except YAMLError as error:
            self._unreadable(text, 1, error)

    @staticmethod
    def _unreadable(text: str, line: int, error: Exception) -> NoReturn:
        # The library's own words quote the file, so they are not passed on.
        lines = text.split("\n")
        before = lines[line - 1] if line <= len(lines) else ""
        if "\t" in before[: len(before) - len(before.lstrip())]:
            raise Refused.one(_at(line), "spaces at the start of a line", "a tab", "Indent with spaces") from error
        hint = 'Look at how far it is indented, and put words that hold ": " or " #" or begin with a sign in "quotes"'
        raise Refused.one(_at(line), "YAML", "something that cannot be read as YAML", hint) from error

    def _refuse(self, event: Any, expected: str, got: str, hint: str) -> None:
        self.faults.append(Fault(_at(event.start_mark.line + 1), expected, got, hint))

    def _documents(self, events: Iterator[Any]) -> Any:
        value: Any = None
        count = 0
        for event in events:
            kind = type(event).__name__
            if kind != "DocumentStartEvent":
                continue
            count += 1
            if event.version is not None or event.tags:
                self._refuse(event, "a document without directives", "a line that begins with %", "Take it out")
            if count > 1:
                self._refuse(event, "one document in a file", "a second one", "Take out the line --- and what follows")
                break
            value = self._value(next(events), events, 1)
        if count == 0:
            hint = "Every line begins with #: take the # away from those that you fill in"
            raise Refused.one("the file", "a document", "nothing but comments", hint)
        return value

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> Any:
        kind = type(event).__name__
        self.values += 1
        if self.values > MAX_VALUES:
            raise Refused.one("the file", f"at most {MAX_VALUES:,} values", "more", "Shorten the document")
        if kind == "AliasEvent":
            self._refuse(event, "the words themselves", "a * that stands for something above", self._QUOTE)
            return ""
        if event.anchor is not None:
            self._refuse(event, "plain text", "a name given with &", self._QUOTE)
        if event.tag is not None:
            self._refuse(event, "plain text", "a type given with !", self._QUOTE)
        if kind == "ScalarEvent":
            return self._scalar(event)
        if depth > MAX_DEPTH:
            raise _too_deep(_at(event.start_mark.line + 1))
        return self._fields(events, depth) if kind == "MappingStartEvent" else self._list(events, depth)

    _QUOTE: Final = 'Write it out; words that begin with & or * or ! stand in "quotes"'

    @staticmethod
    def _scalar(event: Any) -> str | None:
        # Only the two spellings of nothing that no name and no sentence can be; Null is a surname.
        plain = event.style is None
        return None if plain and event.value in ("", "~", "null") else str(event.value)

    def _list(self, events: Iterator[Any], depth: int) -> list[Any]:
        read = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            read.append(self._value(event, events, depth + 1))
        return read

    def _fields(self, events: Iterator[Any], depth: int) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                break
            name = self._name(event, events, depth)
            value = self._value(next(events), events, depth + 1)
            if name is None:
                continue
            if name in read:
                self._refuse(event, "each field once", "a field that stands above already", "Keep one of the two")
            read[name] = value
        return read

    def _name(self, event: Any, events: Iterator[Any], depth: int) -> str | None:
        name = self._value(event, events, depth + 1)
        if name == "<<":
            self._refuse(event, "a field's name", "<<, which merges another place in", "Write its fields out")
        elif not isinstance(name, str):
            self._refuse(event, "a field's name", "no name, or fields in its place", "Put a name before the colon")
        else:
            return name
        return None


def _is_json(text: str, name: str) -> bool:
    ending = name.lower().rpartition(".")[2]
    if ending in ("yaml", "yml"):
        return False
    return ending == "json" or text.lstrip()[:1] in ("{", "[")


def read_document(data: bytes, name: str) -> dict[str, Any]:
    """The fields of one file as plain values: text, lists, mappings; from JSON also true, false and whole numbers.

    data: the bytes of the file, at most MAX_SIZE. name: its name, of which only the ending counts (.json, .yaml,
    .yml; without one, JSON where it begins with a bracket). A field left empty comes out as None.
    Raises Refused with every fault that can be named by line: another encoding, a byte order mark, an unseen
    character, anchors, aliases, tags, merging, directives, a second document, the same field twice, NaN, fractions,
    too deep, too long, or no mapping of fields at all.
    """
    text = _text(data)
    reader = _Json() if _is_json(text, name) else _Yaml()
    value = reader.read(text)
    if reader.faults:
        raise Refused(reader.faults)
    if not isinstance(value, dict):
        hint = "Print a blank one to see the fields: record --template"
        raise Refused.one("the document", "fields with names", "something else", hint)
    return value
