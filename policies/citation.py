"""Where a statement of law or guidance comes from, when it applied, and how sure we are of it.

Nothing in policies/data is used without all three: a source, the day somebody last checked it, and a confidence.
tests/policies/test_citation.py refuses each one missing; tests/policies/test_pack_dates.py sweeps every file.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.errors import Fault, shown

CONFIDENCE: Final[Mapping[str, str]] = {
    "seed": "read in full in one of the guidance documents this project was founded on",
    "published": "seen in a public source, often only in part",
    "unverified": "general knowledge or a default of this project; check it before relying on it",
    "own": "the organisation's own rule, for which it answers itself",
}
DATE_KNOWN_TO: Final[Mapping[str, str]] = {
    "day": "the source gives the day",
    "month": "the source gives only the month; its first day is used",
    "year": "the source gives only the year; 1 January is used, so it may have begun later that year or after",
    "undated": "the source bears no date, so no day is refused for being too early",
}
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SOURCE_KEYS: Final = frozenset({"document", "paragraph", "year", "url"})
_PERIOD_KEYS: Final = frozenset({"from", "until", "from_is"})
CITATION_KEYS: Final = frozenset({"source", "checked", "confidence"})


def day_in_words(day: datetime.date) -> str:
    """5 February 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which something was in force: first and last day, both included.

    end is None while it still is. start_is says how exactly the source gives the first day (DATE_KNOWN_TO);
    where that is `undated`, start is datetime.date.min.
    What follows begins on the day after `end`.
    """

    start: datetime.date
    end: datetime.date | None = None
    start_is: str = "day"

    def covers(self, day: datetime.date) -> bool:
        """Whether it was in force on that day."""
        return self.start <= day and (self.end is None or day <= self.end)

    def overlaps(self, other: "Period") -> bool:
        """Whether some day lies in both."""
        return self.covers(other.start) or other.covers(self.start)

    def in_words(self) -> str:
        """`from 5 February 2026`, or `from 1 July 2018 until 30 April 2024`."""
        start = {
            "day": f"from {day_in_words(self.start)}",
            "month": f"from {_MONTHS[self.start.month - 1]} {self.start.year}",
            "year": f"from some day in {self.start.year} or later",
            "undated": "from a day that the source does not give",
        }[self.start_is]
        return start if self.end is None else f"{start} until {day_in_words(self.end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One source. year is None where the document bears none; paragraph may name a section, article or rule.

    checked: the day on which somebody last compared our words with the source. confidence: a key of CONFIDENCE.
    """

    document: str
    paragraph: str
    year: int | None = None
    url: str = ""
    checked: datetime.date
    confidence: str

    def in_words(self) -> str:
        """`Children Act 1989, section 27`, `UK GDPR, 2018, Article 6(1)(e)`, and a warning where it is not verified."""
        year = f", {self.year}" if self.year is not None and str(self.year) not in self.document else ""
        doubt = ", not verified" if self.confidence == "unverified" else ""
        return f"{self.document}{year}, {self.paragraph}{doubt}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; what is absent is left out."""
        parts: dict[str, Any] = {"document": self.document, "paragraph": self.paragraph}
        if self.year is not None:
            parts["year"] = self.year
        if self.url:
            parts["url"] = self.url
        return parts | {"checked": self.checked.isoformat(), "confidence": self.confidence}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Citation":
        """What to_json gave."""
        return cls(**{**value, "checked": datetime.date.fromisoformat(value["checked"])})


def _day(value: object) -> datetime.date | None:
    # A TOML date-time is a datetime.date too; only a plain day is one day everywhere.
    return value if type(value) is datetime.date else None


def _unknown(table: Mapping[str, Any], known: frozenset[str], where: str, faults: list[Fault]) -> None:
    faults.extend(
        Fault(
            f"{where}.{shown(key)[1:-1]}",
            f"one of {', '.join(sorted(known))}",
            f"the field {shown(key)[1:-1]}",
            "Take it out",
        )
        for key in sorted(set(table) - known)
    )


def read_citation(table: Mapping[str, Any], where: str, faults: list[Fault]) -> Citation | None:
    """The citation of one statement from its keys `source`, `checked` and `confidence`.

    table: a TOML table. where: file and statement, used in faults. Every fault found is added to `faults`;
    None is returned when there was one.
    """
    before = len(faults)
    source = table.get("source")
    if not isinstance(source, Mapping):
        faults.append(Fault(f"{where}.source", "a table with document and paragraph", "nothing", "Name the source"))
        source = {}
    else:
        _unknown(source, _SOURCE_KEYS, f"{where}.source", faults)
        for key in ("document", "paragraph"):
            if not isinstance(source.get(key), str) or not source[key].strip():
                faults.append(Fault(f"{where}.source.{key}", "words", "nothing", f"Name the {key}"))
    year = source.get("year")
    if year is not None and (type(year) is not int or not 1200 <= year <= 2200):
        faults.append(Fault(f"{where}.source.year", "a year such as 2006", shown(year)))
    url = source.get("url", "")
    if not isinstance(url, str) or (url and not url.startswith("https://")):
        faults.append(Fault(f"{where}.source.url", "an address that begins with https://", shown(url)))
    checked = _day(table.get("checked"))
    if checked is None:
        hint = "Compare our words with the source and write the day"
        faults.append(Fault(f"{where}.checked", "a day (YYYY-MM-DD)", shown(table.get("checked")), hint))
    confidence = table.get("confidence")
    if confidence not in list(CONFIDENCE):
        faults.append(Fault(f"{where}.confidence", f"one of {', '.join(CONFIDENCE)}", shown(confidence)))
    if len(faults) > before or checked is None or not isinstance(confidence, str):
        return None
    return Citation(
        document=source["document"],
        paragraph=source["paragraph"],
        year=year,
        url=url,
        checked=checked,
        confidence=confidence,
    )


def read_period(table: Mapping[str, Any], where: str, faults: list[Fault]) -> Period | None:
    """The period of one statement from its key `in_force`: `{ from, until (the last day), from_is }`.

    Faults and return as in read_citation.
    """
    before = len(faults)
    raw = table.get("in_force")
    if not isinstance(raw, Mapping):
        faults.append(Fault(f"{where}.in_force", "a table with from", "nothing", "Say from which day it applied"))
        return None
    _unknown(raw, _PERIOD_KEYS, f"{where}.in_force", faults)
    start, end = _day(raw.get("from")), _day(raw.get("until"))
    start_is = raw.get("from_is", "day")
    if start_is == "undated" and "from" not in raw:
        start = datetime.date.min
    elif start_is == "undated":
        faults.append(Fault(f"{where}.in_force.from", "no day where it is undated", shown(raw["from"])))
    elif start is None:
        faults.append(Fault(f"{where}.in_force.from", "a day (YYYY-MM-DD)", shown(raw.get("from"))))
    if "until" in raw and end is None:
        faults.append(Fault(f"{where}.in_force.until", "a day (YYYY-MM-DD)", shown(raw["until"])))
    if start and end and end < start:
        faults.append(Fault(f"{where}.in_force.until", f"{start} or later", str(end)))
    if start_is not in list(DATE_KNOWN_TO):
        faults.append(Fault(f"{where}.in_force.from_is", f"one of {', '.join(DATE_KNOWN_TO)}", shown(start_is)))
    if len(faults) > before or start is None:
        return None
    return Period(start, end, start_is)
