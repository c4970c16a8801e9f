"""What a document may hold, said once and used five times: reading, every fault at once, schema, template, facts.

A Record names its fields and their kinds; `parse` returns plain JSON values in one normal form together with every
fault found. Texts, codes, days and moments come out as text, flags as true or false, whole numbers as int.
Standard library only: commands that must start at once ask for the rules, and one pass names every fault.
Proved by tests/policies/test_shape.py, which holds one refusal of each kind.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

from policies.errors import Fault
from policies.near import nearest

DEFAULT_TEXT: Final = 4000
DEFAULT_LIST: Final = 100
UNKNOWN: Final = "an unknown field"
_BAD: Final = object()
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# What may be said back: what looks like a code, or in the place of a day like one. Names have capitals.
_CODE_LIKE: Final = re.compile(r"[a-z][a-z_-]{0,39}")
_DAY_LIKE: Final = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([T ][0-9:]{2,8}([.][0-9]+)?(Z|[+-][0-9:]{2,6})?)?"
)
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(:[0-5][0-9])?(Z|[+-][0-9]{2}:[0-9]{2})")
# The same, as JSON Schema can say it: words that are not blank, days and moments that look like one.
WORDS_PATTERN: Final = r"^(?=[\s\S]*\S)[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]*$"
_A_DAY: Final = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_A_CLOCK: Final = "T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-]([01][0-9]|2[0-3]):[0-9]{2})"
_TRUE: Final = frozenset({"true", "yes"})
_FALSE: Final = frozenset({"false", "no"})


def _what(value: object) -> str:
    """The sort of thing that was given, without giving it away."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text" if value.strip() else "empty text"
    if isinstance(value, list | tuple):
        return "a list"
    return "fields of its own" if isinstance(value, Mapping) else "something else"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One field: what it may hold, why it is asked for, and whether it must be there.

    help: one plain sentence. cite: the paragraph from which the need comes. required: must be given. personal: a fault
    never shows any part of the value; shows: what else it may show. A new kind reads, or returns `_refuse(...)`.
    """

    help: str = ""
    cite: str = ""
    required: bool = False
    personal: bool = False
    shows: ClassVar[re.Pattern[str]] = _CODE_LIKE

    def needed(self) -> Self:
        """The same field, required."""
        return replace(self, required=True)

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        """The value in its normal form, or _BAD after adding at least one fault."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The draft 2020-12 schema of this field."""
        return {"description": self.described()} if self.help else {}

    def keep(self, value: Any) -> Any:
        """The value as it stands, without fields that this shape does not know, at any depth. Nothing is checked."""
        return value

    def described(self) -> str:
        """Help and source as one sentence or two."""
        return f"{self.help} ({self.cite})" if self.cite else self.help

    def choices(self) -> Mapping[str, str]:
        """The closed list of codes with their words; empty where anything may be said."""
        return {}

    def other_words(self) -> str:
        """The sibling that must be given when `other` is chosen; empty where there is none."""
        return ""

    def _refuse(self, path: str, expected: str, value: object, faults: list[Fault], hint: str = "") -> object:
        shown = value if isinstance(value, str) and self.shows.fullmatch(value) else _what(value)
        if self.personal and value is not None:
            shown = "a value that is not repeated here"
        if value is None or value == "":
            hint = "Leave the field out if there is nothing to say"
        faults.append(Fault(path, expected, shown, hint))
        return _BAD


@dataclass(frozen=True, kw_only=True)
class Text(Kind):
    """Words. Only newlines at the end are taken away; blank text, controls and lone surrogates are refused."""

    max: int = DEFAULT_TEXT

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or not value.strip():
            return self._refuse(path, "words", None if value == "" else value, faults)
        text = value.rstrip("\n")
        if len(text) > self.max:
            faults.append(Fault(path, f"at most {self.max:,} characters", f"{len(text):,}"))
            return _BAD
        if bad := _CONTROL.search(text):
            got = f"character U+{ord(bad.group()):04X} at place {bad.start() + 1}"
            faults.append(Fault(path, "text without control characters", got, "Type it again in plain text"))
            return _BAD
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.max, "pattern": WORDS_PATTERN, **super().schema()}


@dataclass(frozen=True, kw_only=True)
class Code(Kind):
    """One of a closed list. `words_for` names the sibling text that must be given with the code `other`."""

    codes: Mapping[str, str]
    words_for: str = ""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if isinstance(value, str) and value in self.codes:
            return value
        near = nearest(value, self.codes) if isinstance(value, str) and not self.personal else ""
        return self._refuse(path, "one of " + ", ".join(self.codes), value, faults, near)

    def schema(self) -> dict[str, Any]:
        said = "; ".join(f"{code}: {words}" for code, words in self.codes.items())
        return {"type": "string", "enum": list(self.codes), "description": f"{self.described()} [{said}]".strip()}

    def choices(self) -> Mapping[str, str]:
        return self.codes

    def other_words(self) -> str:
        return self.words_for


@dataclass(frozen=True, kw_only=True)
class Answer(Code):
    """A closed list with yes and no in it; true and false are read as yes and no."""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if value is True or value == "true":
            value = "yes"
        elif value is False or value == "false":
            value = "no"
        return super().read(value, path, faults)

    def schema(self) -> dict[str, Any]:
        both = super().schema()
        return {**both, "type": ["string", "boolean"], "enum": [*both["enum"], "true", "false", True, False]}


@dataclass(frozen=True, kw_only=True)
class Flag(Kind):
    """True or false; also as the texts true, false, yes and no, because YAML scalars arrive as text."""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in _TRUE | _FALSE:
            return value in _TRUE
        return self._refuse(path, "true or false (or yes or no)", value, faults)

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "string"], "enum": ["true", "false", "yes", "no", True, False], **super().schema()}


@dataclass(frozen=True, kw_only=True)
class Whole(Kind):
    """A whole number from `min` to `max`, both included; decimal digits without sign or leading zero as text."""

    min: int = 0
    max: int = 10**15

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        wanted = f"a whole number from {self.min} to {self.max}"
        number: object = value
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int):
            return self._refuse(path, wanted, value, faults)
        if not self.min <= number <= self.max:
            got = "a value that is not repeated here" if self.personal else "a number outside those bounds"
            faults.append(Fault(path, wanted, got))
            return _BAD
        return number

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.min, "maximum": self.max, "pattern": "^(0|[1-9][0-9]*)$"}
        return {"type": ["integer", "string"], **bounds, **super().schema()}


@dataclass(frozen=True, kw_only=True)
class Day(Kind):
    """A real day of the calendar, YYYY-MM-DD."""

    shows = _DAY_LIKE

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return datetime.date.fromisoformat(value).isoformat()
            except ValueError:
                return self._refuse(path, "a day that is in the calendar, as YYYY-MM-DD", value, faults)
        return self._refuse(path, "a day as YYYY-MM-DD", value, faults)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": f"^{_A_DAY}$", **super().schema()}


@dataclass(frozen=True, kw_only=True)
class Moment(Kind):
    """A day and time with its zone; comes out in UTC as YYYY-MM-DDTHH:MM:SSZ. A second of 60 is refused.

    or_day: a day alone is read too, and stays a day.
    """

    or_day: bool = False
    shows = _DAY_LIKE

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        wanted = "a day and time with its zone, such as 2026-03-02T14:30:00Z"
        if self.or_day and isinstance(value, str) and _DAY.fullmatch(value):
            return Day(help=self.help, personal=self.personal).read(value, path, faults)
        parts = _MOMENT.fullmatch(value) if isinstance(value, str) else None
        if parts is None:
            return self._refuse(path, wanted, value, faults)
        day, clock, seconds, zone = parts.groups()
        try:
            moment = datetime.datetime.fromisoformat(day + "T" + clock + (seconds or ":00") + zone)
            return moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        except (ValueError, OverflowError):
            return self._refuse(path, wanted + ", that is in the calendar", value, faults)

    def schema(self) -> dict[str, Any]:
        clock, form = (f"({_A_CLOCK})?", {}) if self.or_day else (_A_CLOCK, {"format": "date-time"})
        return {"type": "string", **form, "pattern": f"^{_A_DAY}{clock}$", **super().schema()}


@dataclass(frozen=True, kw_only=True)
class ListOf(Kind):
    """`min` to `max` values of one kind, in the order given."""

    kind: Kind
    min: int = 0
    max: int = DEFAULT_LIST

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if not isinstance(value, list | tuple):
            return self._refuse(path, "a list", value, faults)
        if not self.min <= len(value) <= self.max:
            faults.append(Fault(path, f"{self.min} to {self.max} of them", str(len(value))))
            return _BAD
        read = [self.kind.read(each, f"{path}[{place}]", faults) for place, each in enumerate(value, start=1)]
        return _BAD if any(each is _BAD for each in read) else read

    def keep(self, value: Any) -> Any:
        return [self.kind.keep(each) for each in value] if isinstance(value, list | tuple) else value

    def schema(self) -> dict[str, Any]:
        bounds = {"minItems": self.min, "maxItems": self.max}
        return {"type": "array", **bounds, "items": self.kind.schema(), **super().schema()}

    def choices(self) -> Mapping[str, str]:
        return self.kind.choices()

    def other_words(self) -> str:
        return self.kind.other_words()


@dataclass(frozen=True, kw_only=True)
class Record(Kind):
    """Named fields, each of a kind, in the order in which they are asked for."""

    fields: Mapping[str, Kind]

    def parse(self, value: object, path: str = "") -> tuple[dict[str, Any], list[Fault]]:
        """The fields that could be read, in declared order, and every fault: an empty list means that all is well."""
        faults: list[Fault] = []
        if not isinstance(value, Mapping):
            self._refuse(path or "the document", "fields with names", value, faults)
            return {}, faults
        before = f"{path}." if path else ""
        faults.extend(self._unknown(value, before))
        read: dict[str, Any] = {}
        for name, kind in self.fields.items():
            if name in value:
                got = kind.read(value[name], before + name, faults)
                if got is not _BAD:
                    read[name] = got
            elif kind.required:
                faults.append(Fault(before + name, kind.help or "a value", "nothing", "This must be given"))
        faults.extend(self._wordless(read, value, before))
        return read, faults

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        read, found = self.parse(value, path)
        faults.extend(found)
        return _BAD if found else read

    def keep(self, value: Any) -> Any:
        known = self.fields
        return {n: known[n].keep(v) for n, v in value.items() if n in known} if isinstance(value, Mapping) else value

    def _unknown(self, value: Mapping[Any, object], before: str) -> list[Fault]:
        found = []
        for name in value:
            if not isinstance(name, str) or name not in self.fields:
                near = nearest(str(name), self.fields, self._below())  # what is like no field may be a name
                shown = name if near and isinstance(name, str) and _CODE_LIKE.fullmatch(name) else "(not shown)"
                known = f"Known here: {', '.join(self.fields)}"
                found.append(Fault(before + shown, "a field that is known here", UNKNOWN, near or known))
        return found

    def _below(self) -> dict[str, str]:
        kinds = {name: kind.kind if isinstance(kind, ListOf) else kind for name, kind in self.fields.items()}
        return {each: f"{name}.{each}" for name, k in kinds.items() if isinstance(k, Record) for each in k.fields}

    def _wordless(self, read: dict[str, Any], value: Mapping[Any, object], before: str) -> list[Fault]:
        found = []
        for name, kind in self.fields.items():
            words = kind.other_words()
            said = read.get(name, ())
            if words and (said == "other" or (isinstance(said, list) and "other" in said)) and words not in value:
                hint = f"Say in {before}{words} what is meant"
                found.append(Fault(before + words, "words, because other was chosen", "nothing", hint))
        return found

    def extend(self, **fields: Kind) -> "Record":
        """The same record with more fields; a field of the same name is replaced in its place."""
        return replace(self, fields={**self.fields, **fields})

    def require(self, *names: str) -> "Record":
        """The same record where these fields must be given. KeyError where one is not there."""
        return self.extend(**{name: self.fields[name].needed() for name in names})

    def schema(self) -> dict[str, Any]:
        needed = [name for name, kind in self.fields.items() if kind.required]
        rules = [
            {
                "if": {"properties": {name: _holds_other(kind)}, "required": [name]},
                "then": {"required": [kind.other_words()]},
            }
            for name, kind in self.fields.items()
            if kind.other_words()
        ]
        return {
            "type": "object",
            **super().schema(),
            "properties": {name: kind.schema() for name, kind in self.fields.items()},
            **({"required": needed} if needed else {}),
            "additionalProperties": False,
            **({"allOf": rules} if rules else {}),
        }

    def json_schema(self) -> dict[str, Any]:
        """The whole document's JSON Schema, draft 2020-12; the same every time."""
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **self.schema()}

    def template(self) -> str:
        """A blank document in YAML: lines that begin `##` explain, lines that begin `# ` are the fields."""
        return "\n".join(_template_lines(self, "")) + "\n"


def _holds_other(kind: Kind) -> dict[str, Any]:
    return {"contains": {"const": "other"}} if isinstance(kind, ListOf) else {"const": "other"}


def _template_lines(record: Record, indent: str, first: str = "") -> list[str]:
    lines = []
    for name, kind in record.fields.items():
        needed = " (must be given)" if kind.required else ""
        lines.append(f"## {indent}{name}{needed}: {kind.described()}".rstrip(": "))
        lines.extend(f"## {indent}    {code}: {words}" for code, words in kind.choices().items())
        lead, first = (first, "") if first else (indent, "")
        lines.append(f"# {lead}{name}:")
        inner = kind.kind if isinstance(kind, ListOf) else kind
        if isinstance(inner, Record):
            deeper = indent + "  "
            start = f"{deeper}- " if isinstance(kind, ListOf) else ""
            lines.extend(_template_lines(inner, deeper + ("  " if start else ""), start))
        elif isinstance(kind, ListOf):
            lines.append(f"# {indent}  -")
    return lines
