"""What is in force on a day, what in it is not verified, and what changed between two days.

Which pack is used can change without a pack beginning: where one ends, another may stand in. So the packs of the day
before and the day after every boundary are compared, and the dates of single statements are looked at beside that.
tests/policies/test_in_force.py: changes between two days, put on what was in force on the first, give the second.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from policies.bases import PARTS, STATUSES
from policies.citation import Citation, Period, day_in_words, read_citation
from policies.codes import NATIONS
from policies.errors import Fault, PackRefused
from policies.own import Kept, Proposed, own_of
from policies.own_deadlines import Deadline
from policies.pack_files import KINDS, Pack, Statement, catalogue
from policies.packs import Packs, packs_for
from policies.safeguards import Safeguard

# The words for a kind of pack, and for one statement of it that changes by itself.
KIND_WORDS: Final[Mapping[str, str]] = {
    "flowcharts": "flowchart",
    "rules": "golden rules",
    "caldicott": "Caldicott principles",
    "competence": "who can decide for themselves",
    "concerns": "what to look at again",
    "readings": "points on which the guidance disagrees",
    "bases": "laws",
    "timings": "what falls due",
    "retention": "how long records are kept",
    "reasons": "reasons from lists",
    "own": "your organisation's own",
}
WHAT: Final[Mapping[str, str]] = {
    "began": "began",
    "ended": "ended",
    "replaced": "took the place of what was there before",
}
# `other_readings` is only what is said beside `readings`; `own` is chosen, not brought by a day.
_NOT_BY_DAY: Final = ("bases", "other_readings", "own", "sides")
_DAY: Final = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. on: the first day on which it is otherwise. what: of WHAT.

    kind: of the pack. name: of the pack, or of the statement as pack#id. before: name of what it replaced, or empty.
    note: why a pack is used outside its own days; or that a law cannot be relied on.
    """

    on: datetime.date
    what: str
    kind: str
    name: str
    words: str
    before: str
    period: Period
    citation: Citation
    note: str = ""

    @property
    def exact(self) -> bool:
        """Whether the source gives the day itself."""
        return self.what == "ended" or self.period.start_is == "day" or self.on != self.period.start

    def day_in_words(self) -> str:
        """`5 February 2026`, or as much of it as the source gives: `April 2006`, `some day in 2006 or later`."""
        if self.exact:
            return day_in_words(self.on)
        return Period(self.period.start, None, self.period.start_is).in_words().removeprefix("from ")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        return {
            "on": self.on.isoformat(),
            "exact": self.exact,
            "what": self.what,
            "kind": self.kind,
            "name": self.name,
            "words": self.words,
            **({"before": self.before} if self.before else {}),
            "in_force": self.period.in_words(),
            **({"note": self.note} if self.note else {}),
            "citation": self.citation.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Unverified:
    """A statement that is not verified. id: empty where it is the pack as a whole. part: where only a part is not."""

    pack: str
    id: str
    words: str
    citation: Citation
    part: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; what does not apply is left out."""
        part = {"part": self.part} if self.part else {}
        return {"pack": self.pack, "id": self.id, "words": self.words, **part, "citation": self.citation.to_json()}


def own_rows(pack: Pack) -> tuple[Safeguard | Deadline | Kept | Proposed, ...]:
    """What an organisation's own pack says, row by row in the order of its tables; nothing of another pack."""
    if pack.kind != "own":
        return ()
    own = own_of(pack)
    return (*own.safeguards, *own.deadlines, *own.retention, *own.proposes)


def unverified(pack: Pack) -> tuple[Unverified, ...]:
    """What in a pack is not verified: the pack as a whole, its statements, the questions of a flowchart."""
    found = [Unverified(pack.name, "", pack.words, pack.citation)]
    faults: list[Fault] = []
    for node in pack.data.get("nodes", []):
        citation = read_citation(node, pack.name, faults)
        found += [Unverified(pack.name, node["id"], node["words"], citation)] if citation else []
    for each in (*pack.statements, *own_rows(pack)):
        found.append(Unverified(pack.name, each.id, each.words, each.citation))
    whole = tuple(each for each in found if each.citation.confidence == "unverified")
    return (*whole, *_in_part(pack))


def _in_part(pack: Pack) -> Iterator[Unverified]:
    """The laws of which only a part is not verified."""
    for each in pack.statements:
        parts = [PARTS[part] for part in each.extra.get("unverified", ())] if pack.kind == "bases" else []
        if parts and each.citation.confidence != "unverified":
            yield Unverified(pack.name, each.id, each.words, each.citation, "; ".join(parts))


def pack_json(pack: Pack, on: datetime.date) -> dict[str, Any]:
    """One pack as it is used on a day, as plain JSON values."""
    note = pack.note(on)
    return {
        "name": pack.name,
        "kind": pack.kind,
        "words": pack.words,
        "in_force": pack.period.in_words(),
        **({"note": note} if note else {}),
        "digest": pack.digest,
        "statements": len(pack.statements) or len(own_rows(pack)),
        "unverified": [each.id for each in unverified(pack) if each.id and not each.part],
        "in_part": [each.id for each in unverified(pack) if each.part],
        "citation": pack.citation.to_json(),
    }


def changes(nation: str, first: datetime.date, last: datetime.date) -> tuple[Change, ...]:
    """What is otherwise on `last` than on `first` in a nation, or was in between, in the order of days.

    Packs that began, ended or took another's place, also by standing in; and statements (laws, deadlines, classes)
    that did so within a pack that went on. Raises PackRefused for an unknown nation, days the wrong way round, and a
    day that nothing covers.
    """
    if last < first:
        raise PackRefused.one("days", f"a day not before {first}", str(last), "Give the earlier day first")
    packs_for(nation, first)
    found = [*_packs_changed(nation, first, last), *_statements_changed(nation, first, last)]
    order = list(KINDS)
    return tuple(sorted(found, key=lambda each: (each.on, order.index(each.kind), each.name)))


def _boundaries(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Every day after `first` and up to `last` on which some pack begins or is over."""
    days = set()
    for kind in KINDS:
        for pack in catalogue(kind):
            days |= {pack.period.start, *({pack.period.end + _DAY} if pack.period.end else ())}
    return sorted(day for day in days if first < day <= last)


def _used(nation: str, day: datetime.date) -> dict[str, Pack]:
    packs = packs_for(nation, day)
    found = {each.name: getattr(packs, each.name) for each in fields(Packs) if each.name not in _NOT_BY_DAY}
    return {slot: pack for slot, pack in found.items() if pack is not None}


def _packs_changed(nation: str, first: datetime.date, last: datetime.date) -> Iterator[Change]:
    for day in _boundaries(first, last):
        before, after = _used(nation, day - _DAY), _used(nation, day)
        for slot in dict.fromkeys((*before, *after)):
            was, now = before.get(slot), after.get(slot)
            if was is now:
                # the same pack goes on, but from now on outside its own days
                if now is not None and now.note(day) and not now.note(day - _DAY):
                    yield _of_pack("ended", now, None, day)
            elif now is None:
                assert was is not None
                yield _of_pack("ended", was, None, day)
            else:
                yield _of_pack("replaced" if was else "began", now, was, day)


def _of_pack(what: str, pack: Pack, before: Pack | None, day: datetime.date) -> Change:
    named = before.name if before else ""
    return Change(day, what, pack.kind, pack.name, pack.words, named, pack.period, pack.citation, pack.note(day))


def _statements_changed(nation: str, first: datetime.date, last: datetime.date) -> Iterator[Change]:
    for pack in (*packs_for(nation, last).all(), *catalogue("reasons")):
        if nation not in pack.nations or pack.kind == "own":
            continue
        for each in pack.statements:
            if nation not in each.extra.get("nations", NATIONS):
                continue
            start, end = each.period.start, each.period.end
            # what begins or ends with its whole pack is told by the pack, except for laws: their packs are always used
            alone = pack.kind == "bases"
            if first < start <= last and (alone or start != pack.period.start):
                before = next((old for old in pack.statements if _precedes(old, each)), None)
                yield _of_statement("replaced" if before else "began", pack, each, before, start)
            followed = any(_precedes(each, new) for new in pack.statements)
            over = end is not None and first < end + _DAY <= last and (alone or end != pack.period.end)
            if end is not None and over and not followed:
                yield _of_statement("ended", pack, each, None, end + _DAY)


def _precedes(old: Statement, new: Statement) -> bool:
    return old.code == new.code and old.period.end is not None and old.period.end + _DAY == new.period.start


def _of_statement(what: str, pack: Pack, each: Statement, before: Statement | None, day: datetime.date) -> Change:
    status = each.extra.get("status", "usable")
    note = "" if status == "usable" else f"It {STATUSES[status]}."
    named = f"{pack.name}#{before.id}" if before else ""
    name = f"{pack.name}#{each.id}"
    return Change(day, what, pack.kind, name, each.words, named, each.period, each.citation, note)
