"""How long a record of each kind is kept, as classes that an organisation chooses from.

A class says from what the years are counted and what follows, never that something is destroyed by itself; a hold
always wins. Most figures are not verified and say so. Data: policies/data/retention/.
tests/policies/test_retention.py holds the table.
"""

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policies.citation import Citation, Period
from policies.codes import NATIONS
from policies.errors import Fault, PackRefused
from policies.near import nearest
from policies.pack_files import Pack

COUNTED_FROM: Final = {
    "birth": "the day the child was born",
    "death": "the day the person died",
    "closing": "the day the case was closed",
    "last_entry": "the last entry about the person",
    "adoption": "the day of the adoption order",
    "care_ended": "the day the service stopped caring for the child",
    "own_policy": "what the organisation's own retention policy says",
}
THEN: Final = {
    "review": "somebody looks whether it is still needed",
    "destroy": "it is destroyed after two people have agreed",
    "keep": "it is kept for good",
}


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One class. years: how many after counted_from; 0: at once; None: no number (the organisation's own policy).

    counted_from: of COUNTED_FROM. then: of THEN. sooner_years, sooner_from: an end that counts instead where it comes
    first (None and empty for none). hold: a rule that nothing may be destroyed, rather than a length of time.
    sides: the guidances (ids of packs of readings) with whose view of keeping it fits; empty: with any.
    """

    code: str
    words: str
    years: int | None
    counted_from: str
    then: str
    sooner_years: int | None
    sooner_from: str
    hold: bool
    sides: tuple[str, ...]
    nations: tuple[str, ...]
    period: Period
    citation: Citation


_KEYS: Final = frozenset({"years", "counted_from", "then", "sooner_years", "sooner_from", "hold", "sides", "nations"})


@functools.lru_cache(maxsize=32)
def read_classes(pack: Pack) -> Mapping[str, RetentionClass]:
    """Every class of a pack by code. Raises PackRefused with every fault."""
    faults: list[Fault] = []
    found = {}
    for statement in pack.statements:
        extra, where = statement.extra, f"{pack.name}#{statement.id}"
        for key in sorted(set(extra) - _KEYS):
            faults.append(Fault(f"{where}.{key}", "a field of a retention class", key, nearest(key, _KEYS)))
        for key, known in (("counted_from", COUNTED_FROM), ("then", THEN)):
            if extra.get(key) not in known:
                faults.append(Fault(f"{where}.{key}", f"one of {', '.join(known)}", repr(extra.get(key))))
        years, sooner = extra.get("years"), extra.get("sooner_years")
        for key, value in (("years", years), ("sooner_years", sooner)):
            if value is not None and (type(value) is not int or not 0 <= value <= 150):
                faults.append(Fault(f"{where}.{key}", "whole years from 0 to 150", repr(value)))
        if (sooner is None) != (extra.get("sooner_from", "") not in COUNTED_FROM):
            faults.append(Fault(f"{where}.sooner_from", "sooner_years and sooner_from together", "one of them"))
        if (years is None) != (extra.get("counted_from") == "own_policy"):
            faults.append(Fault(f"{where}.years", "years, unless it is the organisation's own policy", repr(years)))
        sides = extra.get("sides", [])
        if not isinstance(sides, list) or not all(isinstance(each, str) for each in sides):
            faults.append(Fault(f"{where}.sides", "a list of ids of packs of readings", repr(sides)))
            sides = []
        nations = extra.get("nations", list(NATIONS))
        if not isinstance(nations, list) or any(each not in NATIONS for each in nations):
            faults.append(Fault(f"{where}.nations", f"a list of {', '.join(NATIONS)}", repr(nations)))
        found[statement.id] = RetentionClass(
            code=statement.code,
            words=statement.words,
            years=years,
            counted_from=str(extra.get("counted_from")),
            then=str(extra.get("then")),
            sooner_years=sooner,
            sooner_from=str(extra.get("sooner_from", "")),
            hold=extra.get("hold") is True,
            sides=tuple(sides),
            nations=tuple(nations),
            period=statement.period,
            citation=statement.citation,
        )
    if faults:
        raise PackRefused(faults)
    return found


def classes(pack: Pack, on: datetime.date, nation: str = "") -> tuple[RetentionClass, ...]:
    """The classes that may be chosen on a day in a nation (any, if empty), in the order of the file."""
    return tuple(
        each
        for each in read_classes(pack).values()
        if each.period.covers(on) and (not nation or nation in each.nations)
    )


def check(
    code: str, pack: Pack, on: datetime.date, nation: str = "", *, field: str = "retention.class"
) -> Fault | None:
    """What keeps this class from being chosen, or None: unknown (with the nearest), or not for that day or nation."""
    open_ = [each.code for each in classes(pack, on, nation)]
    if code in open_:
        return None
    known = {each.code: each for each in read_classes(pack).values()}
    if code not in known:
        return Fault(field, "a retention class", "a class that is not in the list", nearest(code, open_))
    each = known[code]
    where = "" if not nation or nation in each.nations else f", in {' or '.join(NATIONS[n] for n in each.nations)}"
    got = f"{code}, which serves {each.period.in_words()}{where}"
    return Fault(field, "a retention class for that day and nation", got, f"Choose one of {', '.join(open_)}")


def retention_class(code: str, pack: Pack, on: datetime.date, nation: str = "") -> RetentionClass:
    """The class with that code. Raises PackRefused with the fault that `check` finds."""
    fault = check(code, pack, on, nation)
    if fault is not None:
        raise PackRefused([fault])
    return next(each for each in classes(pack, on, nation) if each.code == code)
