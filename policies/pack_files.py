"""One pack: a TOML file of dated, cited statements, read whole and refused whole.

A pack is one file under policies/data/, named by its id; its digest is the SHA-256 of the file's bytes. A pack that has
been released is never edited: a change is a new file with a new id. Files are read when first wanted and kept.
tests/policies/test_pack_dates.py sweeps every boundary date and refuses a gap, an overlap or a missing source.
"""

import datetime
import functools
import hashlib
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policies.citation import CITATION_KEYS, Citation, Period, day_in_words, read_citation, read_period
from policies.codes import NATIONS
from policies.errors import Fault, PackRefused
from policies.near import nearest

DATA: Final = Path(__file__).resolve().parent / "data"
# One pack of each of these kinds applies to a decision; of `bases` every one does; `reasons` only explain codes.
SINGLE_KINDS: Final = ("flowcharts", "rules", "competence", "concerns", "readings", "timings", "retention")
# At most one: there is none for some nations and days. `capacity` is `competence` for people of 16 and over.
OPTIONAL_KINDS: Final = ("caldicott",)
KINDS: Final = (*SINGLE_KINDS, *OPTIONAL_KINDS, "bases", "reasons")
FOR_AGES: Final = ("under_16", "from_16")
_HEADER_KEYS: Final = frozenset(
    {
        "id",
        "kind",
        "words",
        "nations",
        "in_force",
        "stands_in",
        "stands_in_words",
        "superseded_by",
        "by_choice",
        "for_ages",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One thing that the law or the guidance says, in our words.

    id: unique in its pack. code: what it is about; statements with the same code are versions of one thing and
    must follow each other without gap or overlap. extra: the fields that only its kind of pack has.
    """

    id: str
    code: str
    words: str
    period: Period
    citation: Citation
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """One file of statements. Two packs are the same when their digests are.

    id: unique among packs of its kind; `name`, which is kind/id, is unique among all and is what decisions keep.
    nations: where it applies. stands_in: `before`, `after` or both, where it is used outside its own period
    because nothing else is written for those days yet. by_choice: only an organisation that names it uses it.
    for_ages: of FOR_AGES, in packs of `competence` alone. data: the whole file as plain values.
    """

    id: str
    kind: str
    words: str
    digest: str
    nations: tuple[str, ...]
    period: Period
    citation: Citation
    stands_in: tuple[str, ...]
    stands_in_words: str
    superseded_by: str
    by_choice: bool
    for_ages: str
    statements: tuple[Statement, ...]
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """`rules/2018-seven`."""
        return f"{self.kind}/{self.id}"

    def on(self, day: datetime.date) -> dict[str, Statement]:
        """The statements in force on that day, by code."""
        return {each.code: each for each in self.statements if each.period.covers(day)}

    def note(self, day: datetime.date) -> str:
        """Why it is used on a day outside its own period, in plain words; empty inside it."""
        if self.period.covers(day):
            return ""
        later = f" Its successor is {self.kind}/{self.superseded_by}." if self.superseded_by else ""
        return (
            f"{self.name} was in force {self.period.in_words()}, not on {day_in_words(day)}. "
            f"{self.stands_in_words or 'It is used because it was chosen.'}{later}"
        ).strip()


def _words(table: Mapping[str, Any], key: str, where: str, faults: list[Fault]) -> str:
    value = table.get(key)
    if isinstance(value, str) and value.strip():
        return value
    faults.append(Fault(f"{where}.{key}", "words", repr(value)))
    return ""


def _chosen(
    table: Mapping[str, Any], key: str, known: tuple[str, ...], where: str, faults: list[Fault]
) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or any(each not in known for each in value):
        faults.append(Fault(f"{where}.{key}", f"a list of {', '.join(known)}", repr(value)))
        return ()
    return tuple(value)


def _statement(table: Mapping[str, Any], name: str, place: int, faults: list[Fault]) -> Statement | None:
    own = table.get("id")
    where = f"{name}#{own if isinstance(own, str) and own else f'statement {place}'}"
    sid = _words(table, "id", where, faults)
    words = _words(table, "words", where, faults)
    period = read_period(table, where, faults)
    citation = read_citation(table, where, faults)
    if not sid or not words or period is None or citation is None:
        return None
    taken = {"id", "code", "words", "in_force"} | CITATION_KEYS
    extra = {key: value for key, value in table.items() if key not in taken}
    return Statement(sid, str(table.get("code", sid)), words, period, citation, extra)


def _continuity(name: str, statements: Iterable[Statement]) -> list[Fault]:
    """Versions of one code must follow each other day by day."""
    by_code: dict[str, list[Statement]] = {}
    for each in statements:
        by_code.setdefault(each.code, []).append(each)
    faults = []
    for versions in by_code.values():
        versions.sort(key=lambda each: each.period.start)
        for first, second in itertools.pairwise(versions):
            fault = gap_or_overlap(f"{name}#{second.id}.in_force", first.period, second.period)
            faults.extend([fault] if fault else [])
    return faults


def gap_or_overlap(field: str, first: Period, second: Period) -> Fault | None:
    """What is wrong between two periods that are meant to follow each other; None when nothing is."""
    if first.end is None or first.overlaps(second):
        until = first.in_words()
        return Fault(field, "a period that begins when the one before has ended", f"an overlap: {until}")
    due = first.end + datetime.timedelta(days=1)
    if second.start != due:
        return Fault(field, f"a period that begins on {due}", f"a gap until {second.start}")
    return None


def parse_pack(name: str, raw: bytes) -> Pack:
    """One pack from the bytes of its file.

    name: `kind/id.toml`, used in faults. Raises PackRefused with every fault: text that is not TOML, a header or
    statement without source, checked day, confidence or period, an id used twice, a gap or an overlap.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PackRefused.one(name, "a TOML file in UTF-8", str(error)) from error
    faults: list[Fault] = []
    header = data.get("pack")
    if not isinstance(header, Mapping):
        raise PackRefused.one(f"{name}.pack", "a table that says what this file is", "nothing")
    where = f"{name}.pack"
    for key in sorted(set(header) - _HEADER_KEYS - CITATION_KEYS):
        faults.append(Fault(f"{where}.{key}", "a field of a pack", key, nearest(key, _HEADER_KEYS)))
    pack_id, words = _words(header, "id", where, faults), _words(header, "words", where, faults)
    kind = _words(header, "kind", where, faults)
    if kind not in KINDS or name != f"{kind}/{pack_id}.toml":
        faults.append(Fault(where, f"the kind and id that the file is named by, {name}", f"{kind}/{pack_id}"))
    nations = _chosen(header, "nations", tuple(NATIONS), where, faults) or tuple(NATIONS)
    stands_in = _chosen(header, "stands_in", ("before", "after"), where, faults)
    stands_in_words = _words(header, "stands_in_words", where, faults) if stands_in else ""
    by_choice, for_ages = header.get("by_choice", False), header.get("for_ages", "")
    if type(by_choice) is not bool:
        faults.append(Fault(f"{where}.by_choice", "true or false", repr(by_choice)))
    if for_ages not in (FOR_AGES if kind == "competence" else ("",)):
        wanted = f"one of {', '.join(FOR_AGES)}" if kind == "competence" else "nothing, for this kind"
        faults.append(Fault(f"{where}.for_ages", wanted, repr(for_ages)))
    period, citation = read_period(header, where, faults), read_citation(header, where, faults)
    read = [_statement(each, name, n, faults) for n, each in enumerate(data.get("statements", []), start=1)]
    statements = tuple(each for each in read if each is not None)
    seen: set[str] = set()
    for each in statements:
        if each.id in seen:
            faults.append(Fault(f"{name}#{each.id}", "an id used once", "the same id twice"))
        seen.add(each.id)
    faults.extend(_continuity(name, statements))
    if "own" in {each.confidence for each in (citation, *(each.citation for each in statements)) if each is not None}:
        faults.append(Fault(f"{name}.confidence", "law or guidance", "own, which is for an organisation's own pack"))
    if faults or period is None or citation is None:
        raise PackRefused(faults)
    return Pack(
        id=pack_id,
        kind=kind,
        words=words,
        digest=hashlib.sha256(raw).hexdigest(),
        nations=nations,
        period=period,
        citation=citation,
        stands_in=stands_in,
        stands_in_words=stands_in_words,
        superseded_by=str(header.get("superseded_by", "")),
        by_choice=by_choice is True,
        for_ages=str(for_ages),
        statements=statements,
        data=data,
    )


@functools.cache
def names() -> tuple[str, ...]:
    """The name of every pack, without reading any."""
    return tuple(f"{path.parent.name}/{path.stem}" for path in sorted(DATA.glob("*/*.toml")))


@functools.cache
def _load(name: str) -> Pack:
    return parse_pack(f"{name}.toml", (DATA / f"{name}.toml").read_bytes())


def catalogue(kind: str) -> tuple[Pack, ...]:
    """Every pack of one kind, in the order of their ids."""
    return tuple(_load(name) for name in names() if name.startswith(f"{kind}/"))


def pack_named(name: str) -> Pack:
    """The pack with that name (kind/id). Raises PackRefused, with the nearest name, when there is none."""
    if name not in names():
        raise PackRefused.one("packs", "the name of a pack that is here", name, nearest(name, names()))
    return _load(name)
