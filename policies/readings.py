"""The four points on which the guidance disagrees, and which side of each is used.

A side is data (policies/data/readings/); what follows from it is in the tests of the flowcharts, in competence and in
retention. Readings remembers which points were asked about, because only those can have made a difference.
tests/policies/test_readings.py holds the table of who uses which side, and that what was not asked changes nothing.
"""

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from policies.citation import Citation
from policies.codes import POINTS
from policies.errors import Fault, PackRefused
from policies.near import nearest
from policies.pack_files import Pack
from policies.packs import Packs

_KEYS: Final[Mapping[str, str]] = {"under_12": "competence", "retention": "keeps"}
_EARLIER: Final = frozenset({"until", "words"})


@dataclass(frozen=True, slots=True)
class Side:
    """What one guidance says on one point. name: the id of its pack.

    competence: on `under_12`, the packs of competence that are this side; the first is used where the side is chosen.
    keeps: on `retention`, the class that it proposes. earlier_words: said instead up to the day earlier_until.
    """

    name: str
    words: str
    citation: Citation
    competence: tuple[str, ...] = ()
    keeps: str = ""
    earlier_until: datetime.date = datetime.date.min
    earlier_words: str = ""

    def on(self, day: datetime.date) -> "Side":
        """What it says of a decision of that day: of what has ended since, that it still was so."""
        return replace(self, words=self.earlier_words) if self.earlier_words and day <= self.earlier_until else self


@functools.lru_cache(maxsize=8)
def read_sides(pack: Pack) -> Mapping[str, Side]:
    """What a pack of readings says, by point. Raises PackRefused with every fault: a point missing or unknown."""
    faults: list[Fault] = []
    found = {}
    for each in pack.statements:
        where, key = f"{pack.name}#{each.id}", _KEYS.get(each.id, "")
        if each.id not in POINTS:
            faults.append(Fault(where, f"one of {', '.join(POINTS)}", each.id, nearest(each.id, POINTS)))
        faults.extend(
            Fault(f"{where}.{name}", f"a field of the point {each.id}", name, "Take it out")
            for name in sorted(set(each.extra) - {key, "only_here", "earlier"})
        )
        ways = each.extra.get("competence", [])
        if key and key not in each.extra:
            faults.append(Fault(f"{where}.{key}", "what this side stands for", "nothing"))
        elif not isinstance(ways, list) or not all(isinstance(way, str) for way in ways):
            faults.append(Fault(f"{where}.competence", "a list of ids of packs of competence", "something else"))
            ways = []
        until, before = _earlier(each.extra.get("earlier"), where, faults)
        keeps = str(each.extra.get("keeps", ""))
        found[each.id] = Side(pack.id, each.words, each.citation, tuple(ways), keeps, until, before)
    faults.extend(Fault(pack.name, f"a statement on {point}", "nothing") for point in POINTS if point not in found)
    if faults:
        raise PackRefused(faults)
    return found


@functools.lru_cache(maxsize=64)
def _sides_on(pack: Pack, day: datetime.date) -> Mapping[str, Side]:
    return {point: side.on(day) for point, side in read_sides(pack).items()}


def _earlier(raw: object, where: str, faults: list[Fault]) -> tuple[datetime.date, str]:
    """`{ until, words }`: what was so up to a day, the last one on which it was."""
    if raw is None:
        return datetime.date.min, ""
    if isinstance(raw, Mapping) and set(raw) == _EARLIER:
        until, words = raw["until"], raw["words"]
        if type(until) is datetime.date and isinstance(words, str) and words.strip():
            return until, words
    faults.append(Fault(f"{where}.earlier", "until (a day, YYYY-MM-DD) and words", "something else"))
    return datetime.date.min, ""


class Readings:
    """The sides that are used for one evaluation, as of a day (the last words, if left out).

    asked: the points that some test has looked at so far.
    """

    __slots__ = ("_names", "_sides", "asked")

    def __init__(self, packs: Packs, day: datetime.date = datetime.date.max) -> None:
        both = (packs.readings, packs.other_readings)
        self._sides = {pack.id: _sides_on(pack, day) for pack in both}
        self._names = dict.fromkeys(POINTS, packs.readings.id) | dict(packs.sides)
        # Whose answer counts under 12 is the way of judging competence that is used, whoever chose it.
        for name, sides in self._sides.items():
            if packs.competence.id in sides["under_12"].competence:
                self._names["under_12"] = name
        self.asked: set[str] = set()

    def side(self, point: str) -> str:
        """The id of the pack whose side is used on this point: `england-2006` or `girfec`."""
        self.asked.add(point)
        return self._names[point]

    def turned(self, point: str) -> "Readings":
        """The same sides but for one point, with nothing asked yet."""
        copy = object.__new__(Readings)
        copy._sides, copy.asked = self._sides, set()
        copy._names = {**self._names, point: self.other(point).name}
        return copy

    def used(self, point: str) -> Side:
        """The side that is used."""
        return self._sides[self._names[point]][point]

    def other(self, point: str) -> Side:
        """The side that is not used."""
        return next(sides[point] for name, sides in self._sides.items() if name != self._names[point])
