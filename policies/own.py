"""An organisation's own pack: one file with what it adds to the national packs, and what it chooses among them.

It may choose packs and sides, add safeguards on what is shared, set deadlines earlier or of its own, propose laws and
a class of retention, and say how soon a decision is to be written down. It cannot say anything else: what to do at
once, a duty, advice and the public interest are in no table that is read here, and an unknown table is refused.
tests/policies/test_own_pack_properties.py shows that no file that can be read takes any of them away or delays them.
"""

import datetime
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.bases import STATUSES, all_bases
from policies.citation import CITATION_KEYS, Citation, Period, read_citation, read_period
from policies.codes import NATIONS, POINTS, RECIPIENT_KINDS
from policies.conditions import Condition, read_condition
from policies.errors import Fault, PackRefused, shown
from policies.lines import Outcome
from policies.near import nearest
from policies.own_deadlines import Deadline, Row, read_deadline
from policies.own_text import (
    MAX_DEPTH,
    MAX_FAULTS,
    MAX_ROWS,
    MAX_TESTS,
    at_most,
    check_words,
    read_toml,
    tests_in,
)
from policies.pack_files import Pack, catalogue, names
from policies.packs import CHOICES
from policies.predicates import PREDICATES as DECISION_TESTS
from policies.predicates import View
from policies.readings import read_sides
from policies.retention_classes import check as check_class
from policies.retention_classes import read_classes
from policies.safeguards import OWN_CONDITIONS, PREDICATES, Safeguard
from policies.shape import Text
from policies.values import Facts

MAX_LATE: Final = 5
_SHOWN: Final = 40
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# A pack's name stands in headers of the log, which know no underscore there.
_PACK_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HEADER: Final = frozenset({"id", "kind", "words", "nations", "in_force"}) | CITATION_KEYS
_EVERY: Final = frozenset({"id", "words", "in_force"}) | CITATION_KEYS
_TABLES: Final[Mapping[str, frozenset[str]]] = {
    "safeguards": _EVERY | {"when", "condition"},
    "timings": _EVERY | {"does", "when", "by"},
    "retention": _EVERY | {"when", "class"},
    "proposes": _EVERY | {"codes", "recipients"},
}
_WORDS: Final = Text(max=500)
_ONLY: Final = (
    "An organisation's own pack may choose packs and sides, add safeguards and earlier deadlines, propose laws and a "
    "class of retention, and set its limit for late records; nothing else"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A class of retention that is proposed where `when` holds."""

    id: str
    words: str
    class_: str
    when: Condition[View]
    period: Period
    citation: Citation


@dataclass(frozen=True, slots=True)
class Proposed:
    """Laws that are proposed to whoever records. recipients: kinds for which they are; empty: any."""

    id: str
    words: str
    codes: tuple[str, ...]
    recipients: tuple[str, ...]
    period: Period
    citation: Citation


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """What an own pack says. late: working days after which a record counts as late, None where it says nothing."""

    pack: Pack
    safeguards: tuple[Safeguard, ...]
    deadlines: tuple[Deadline, ...]
    retention: tuple[Kept, ...]
    proposes: tuple[Proposed, ...]
    late: int | None


def read_own_pack(raw: bytes, name: str = "own") -> Pack:
    """An organisation's own pack from the bytes of its file, of kind `own`; its digest is the SHA-256 of the bytes.

    name: the file, as faults name it. Raises PackRefused with every fault: what is not TOML, a table or field that is
    not known here, a test or condition that is not of the closed sets, a deadline that is not earlier than the national
    one, a law, class, pack or side that does not exist, anything without source, checked day or confidence.
    """
    data = read_toml(raw, name)
    faults: list[Fault] = []
    for place, key in enumerate(sorted(set(data) - {"pack", "choices", "late", *_TABLES})):
        near = nearest(key[:_SHOWN], _TABLES) if place < MAX_FAULTS else ""
        faults.append(Fault(f"{name}.{_name(key)}", "a table of an own pack", shown(key), near or _ONLY))
    header = data.get("pack")
    if not isinstance(header, Mapping):
        hint = "Begin the file with [pack], an id, words, in_force, source, checked and confidence"
        fault = Fault(f"{name}.pack", "a table that says what this file is", "nothing", hint)
        raise PackRefused(at_most([fault, *faults], name))
    pack = _header(header, name, hashlib.sha256(raw).hexdigest(), data, faults)
    _choices(data.get("choices", {}), f"{name}.choices", faults)
    if pack is not None:
        _compile(pack, name, faults)
    if faults or pack is None:
        raise PackRefused(at_most(faults, name))
    return pack


@functools.lru_cache(maxsize=32)
def own_of(pack: Pack) -> Own:
    """What a pack of kind `own` says, read once. Raises PackRefused as read_own_pack does."""
    faults: list[Fault] = []
    own = _compile(pack, pack.name, faults)
    if faults:
        raise PackRefused(at_most(faults, pack.name))
    return own


def class_kept(own: Own, facts: Facts, outcome: Outcome, retention: Pack, day: datetime.date) -> str:
    """The class of retention that the organisation gives a record; empty where it gives none.

    The first of its rows that holds, with a class that may be chosen on that day in that nation. retention:
    Packs.retention.
    """
    view = View(facts, outcome)
    for each in own.retention:
        open_ = check_class(each.class_, retention, day, facts.organisation.nation) is None
        if each.period.covers(day) and open_ and each.when.holds(view):
            return each.class_
    return ""


def _header(
    header: Mapping[str, Any], name: str, digest: str, data: Mapping[str, Any], faults: list[Fault]
) -> Pack | None:
    where = f"{name}.pack"
    faults.extend(_unknown(header, _HEADER, where))
    pack_id, words = _id(header, where, faults, _PACK_ID), _words(header, where, faults)
    if pack_id in {each.partition("/")[2] for each in names()}:
        hint = "Name it after your organisation"
        faults.append(Fault(f"{where}.id", "an id that no pack of law or guidance has", pack_id, hint))
    if header.get("kind", "own") != "own":
        faults.append(Fault(f"{where}.kind", "own, or nothing", shown(header["kind"])))
    nations = _listed(header, "nations", NATIONS, where, faults) or tuple(NATIONS)
    period, citation = read_period(header, where, faults), _citation(header, where, faults)
    if period is None or citation is None or not pack_id:
        return None
    return Pack(
        id=pack_id,
        kind="own",
        words=words,
        digest=digest,
        nations=nations,
        period=period,
        citation=citation,
        stands_in=(),
        stands_in_words="",
        superseded_by="",
        by_choice=True,
        for_ages="",
        statements=(),
        data=data,
    )


def _choices(choices: object, where: str, faults: list[Fault]) -> None:
    """What is chosen must be there, be a choice, and not be said twice in two ways."""
    if not isinstance(choices, Mapping) or not isinstance(choices.get("sides", {}), Mapping):
        faults.append(Fault(where, "a table of choices, with sides in a table of its own", "something else"))
        return
    faults.extend(_unknown(choices, frozenset(CHOICES) | {"sides"}, where))
    for key, kind in CHOICES.items():
        known = [pack.id for pack in catalogue(kind)]
        if key in choices and choices[key] not in known:
            faults.append(_none_of(f"{where}.{key}", known, choices[key]))
    known_sides = {pack.id: read_sides(pack) for pack in catalogue("readings")}
    for point, side in choices.get("sides", {}).items():
        if point not in POINTS:
            faults.append(_none_of(f"{where}.sides.{_name(point)}", POINTS, point))
        elif side not in list(known_sides):
            faults.append(_none_of(f"{where}.sides.{point}", known_sides, side))
    parents = known_sides.get(str(choices.get("sides", {}).get("under_12")))
    way = choices.get("competence")
    if parents and way and way not in parents["under_12"].competence:
        hint = "Who answers under 12 follows from the way of judging competence: choose one of the two"
        faults.append(Fault(f"{where}.sides.under_12", f"the side of {way}", "the other side", hint))


def _compile(pack: Pack, name: str, faults: list[Fault]) -> Own:
    tables = {key: _rows(pack, key, name, faults) for key in _TABLES}
    seen: set[str] = set()
    for row in (each for rows in tables.values() for each in rows):
        if row.id in seen:
            faults.append(Fault(f"{row.where}.id", "an id used once", row.id))
        seen.add(row.id)
    return Own(
        pack=pack,
        safeguards=tuple(_safeguard(row, faults) for row in tables["safeguards"]),
        deadlines=tuple(read_deadline(row, faults) for row in tables["timings"]),
        retention=tuple(_kept(row, faults) for row in tables["retention"]),
        proposes=tuple(_proposed(row, faults) for row in tables["proposes"]),
        late=_late(pack.data["late"], f"{name}.late", faults) if "late" in pack.data else None,
    )


def _late(late: object, where: str, faults: list[Fault]) -> int | None:
    limit = late.get("working_days") if isinstance(late, Mapping) and set(late) == {"working_days"} else None
    if type(limit) is int and 0 <= limit <= MAX_LATE:
        return limit
    faults.append(Fault(where, f"working_days alone, a whole number from 0 to {MAX_LATE}", shown(late)))
    return None


def _rows(pack: Pack, key: str, name: str, faults: list[Fault]) -> list[Row]:
    """The tables of one name, each with what it leaves out taken from the header: days and source."""
    tables = pack.data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(each, Mapping) for each in tables):
        faults.append(Fault(f"{name}.{key}", f"tables, each begun with [[{key}]]", "something else"))
        return []
    if len(tables) > MAX_ROWS:
        faults.append(Fault(f"{name}.{key}", f"at most {MAX_ROWS} of them", f"{len(tables):,}"))
    rows = []
    for place, table in enumerate(tables[:MAX_ROWS], start=1):
        where = f"{name}.{key}[{place}]"
        faults.extend(_unknown(table, _TABLES[key], where))
        row_id, words = _id(table, where, faults), _words(table, where, faults)
        period, citation = pack.period, pack.citation
        if "in_force" in table:
            period = read_period(table, where, faults) or period
        if set(table) & CITATION_KEYS:
            citation = _citation(table, where, faults) or citation
        deep, many = tests_in(table.get("when"))
        if deep > MAX_DEPTH or many > MAX_TESTS:
            wanted = f"at most {MAX_TESTS} tests, within each other at most {MAX_DEPTH} deep"
            faults.append(Fault(f"{where}.when", wanted, "deeper ones" if deep > MAX_DEPTH else "more"))
            continue
        rows.append(Row(table, where, row_id, words, period, citation))
    return rows


def _safeguard(row: Row, faults: list[Fault]) -> Safeguard:
    condition = row.table.get("condition")
    if condition not in OWN_CONDITIONS:
        hint = "Ask for something to be left out, or to be put right first; the rest is for law and guidance"
        wanted = f"one of {', '.join(OWN_CONDITIONS)}"
        faults.append(Fault(f"{row.where}.condition", wanted, shown(condition), hint))
    when = read_condition(row.table.get("when"), PREDICATES, f"{row.where}.when", faults)
    return Safeguard(row.id, row.words, when, str(condition), row.period, row.citation)


def _kept(row: Row, faults: list[Fault]) -> Kept:
    known = {code: each for pack in catalogue("retention") for code, each in read_classes(pack).items()}
    open_ = [code for code, each in known.items() if not each.hold]
    class_ = row.table.get("class")
    if class_ not in open_:
        faults.append(_none_of(f"{row.where}.class", open_, class_))
    when = read_condition(row.table.get("when", "always"), DECISION_TESTS, f"{row.where}.when", faults)
    return Kept(row.id, row.words, str(class_), when, row.period, row.citation)


def _proposed(row: Row, faults: list[Fault]) -> Proposed:
    codes = row.table.get("codes")
    known = all_bases()
    if not isinstance(codes, list) or not codes or not all(isinstance(each, str) for each in codes):
        faults.append(Fault(f"{row.where}.codes", "a list of codes of laws", shown(codes)))
        codes = []
    if len(codes) > MAX_TESTS:
        faults.append(Fault(f"{row.where}.codes", f"at most {MAX_TESTS} codes", f"{len(codes):,}"))
        codes = []
    for place, code in enumerate(codes, start=1):
        where = f"{row.where}.codes[{place}]"
        if code not in known:
            near = nearest(code[:_SHOWN], known)
            faults.append(Fault(where, "a code of the list of laws", shown(code), near))
        elif known[code][-1].status != "usable":
            got = f"{code}, which {STATUSES[known[code][-1].status]}"
            faults.append(Fault(where, "a law that can be relied on", got))
        elif known[code][-1].needs_agreement:
            hint = "An organisation does not ask for agreement where the law does not: whoever decides names this law"
            faults.append(Fault(where, "a law that serves without agreement", code, hint))
    return Proposed(
        id=row.id,
        words=row.words,
        codes=tuple(codes),
        recipients=_listed(row.table, "recipients", RECIPIENT_KINDS, row.where, faults),
        period=row.period,
        citation=row.citation,
    )


def _none_of(where: str, known: Iterable[str], got: object) -> Fault:
    near = nearest(got[:_SHOWN], known) if isinstance(got, str) else ""
    return Fault(where, f"one of {', '.join(known)}", shown(got), near)


def _unknown(table: Mapping[str, Any], known: frozenset[str], where: str) -> list[Fault]:
    here = ", ".join(sorted(known))
    return [
        Fault(
            f"{where}.{_name(key)}",
            "a field that is known here",
            shown(key),
            (nearest(key[:_SHOWN], known) if place < MAX_FAULTS else "") or f"Known here: {here}",
        )
        for place, key in enumerate(key for key in table if key not in known)
    ]


def _listed(
    table: Mapping[str, Any], key: str, known: Mapping[str, str], where: str, faults: list[Fault]
) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list) or len(values) > len(known) or any(each not in list(known) for each in values):
        faults.append(Fault(f"{where}.{key}", f"a list of {', '.join(known)}", shown(values)))
        return ()
    return tuple(values)


def _id(table: Mapping[str, Any], where: str, faults: list[Fault], form: re.Pattern[str] = _ID) -> str:
    value = table.get("id")
    if isinstance(value, str) and form.fullmatch(value):
        return value
    wanted = f"an id of small letters, digits and -{' and _' * (form is _ID)}, at most 40"
    faults.append(Fault(f"{where}.id", wanted, shown(value)))
    return ""


def _words(table: Mapping[str, Any], where: str, faults: list[Fault]) -> str:
    before = len(faults)
    words = _WORDS.read(table.get("words"), f"{where}.words", faults)
    return str(words) if len(faults) == before and check_words(words, f"{where}.words", faults) else ""


def _citation(table: Mapping[str, Any], where: str, faults: list[Fault]) -> Citation | None:
    """As read_citation, but an organisation answers for what it says itself, and seems to be nobody else."""
    found = read_citation(table, where, faults)
    if found is None:
        return None
    before = len(faults)
    if found.confidence != "own":
        hint = "What stands in this file is your organisation's own; what others say is in their packs"
        faults.append(Fault(f"{where}.confidence", "own", found.confidence, hint))
    for key in ("document", "paragraph", "url"):
        if getattr(found, key):
            check_words(getattr(found, key), f"{where}.source.{key}", faults)
    return found if len(faults) == before else None


def _name(key: str) -> str:
    """A name that a file gave, as part of the name of a field: as it is where that is safe to print."""
    return key[:_SHOWN] if key[:_SHOWN].isascii() and key[:_SHOWN].isprintable() else shown(key[:_SHOWN])
