"""Every pack that is here read by its own reader, and every boundary day tried in every nation: what is not fit to use.

A file that cannot be read would be found only when somebody needs it, and a day between two packs only on that day.
tests/policies/test_sweep.py breaks one thing at a time in a copy of the packs and sees each named.
"""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from policies.bases import read_bases
from policies.codes import NATIONS
from policies.competence import read_competence
from policies.errors import Fault, PackRefused
from policies.flowchart import read_concerns, read_flowchart
from policies.golden_rules import read_rules
from policies.obligations import read_timings
from policies.pack_files import DATA, KINDS, Pack, parse_pack
from policies.packs import packs_for
from policies.readings import read_sides
from policies.retention_classes import read_classes

_DAY: Final = datetime.timedelta(days=1)
_READERS: Final[dict[str, Callable[[Pack], Any]]] = {
    "rules": read_rules,
    "caldicott": read_rules,
    "competence": read_competence,
    "concerns": read_concerns,
    "readings": read_sides,
    "bases": lambda pack: read_bases((pack,)),
    "timings": read_timings,
    "retention": read_classes,
}


@dataclass(frozen=True, slots=True)
class Swept:
    """What was looked at. days: boundary days, with the days before and after; each was tried in every nation."""

    packs: int
    statements: int
    days: int
    nations: int


def sweep() -> Swept:
    """Look at everything. Raises PackRefused with every fault: of files, else of days that none or too many cover."""
    faults: list[Fault] = []
    packs = list(_packs(faults))
    if faults:
        raise PackRefused(faults)
    days = _boundaries(packs)
    told: dict[str, Fault] = {}
    for day in days:
        for nation in NATIONS:
            try:
                packs_for(nation, day)
            except PackRefused as refused:
                for fault in refused.faults:
                    # a gap of a year is one thing to put right: it is named by its first day
                    told.setdefault(f"{nation} {fault.field} {fault.got}", fault)
    if told:
        raise PackRefused(told.values())
    return Swept(len(packs), sum(len(pack.statements) for pack in packs), len(days), len(NATIONS))


def _packs(faults: list[Fault]) -> Iterator[Pack]:
    """Every file that can be read, each by the reader of its kind too; what is wrong is added to `faults`."""
    found = []
    for path in sorted(DATA.glob("*/*")):
        name = f"{path.parent.name}/{path.name}"
        if path.suffix != ".toml" or path.parent.name not in KINDS:
            faults.append(Fault(name, f"a file .toml in one of the folders {', '.join(KINDS)}", "another file"))
            continue
        try:
            found.append(parse_pack(name, path.read_bytes()))
        except PackRefused as refused:
            faults.extend(refused.faults)
    concerns = [pack for pack in found if pack.kind == "concerns"]
    for pack in found:
        try:
            if pack.kind in _READERS:
                _READERS[pack.kind](pack)
            for said in concerns if pack.kind == "flowcharts" else ():
                read_flowchart(pack, said)
        except PackRefused as refused:
            faults.extend(refused.faults)
        yield pack


def _boundaries(packs: list[Pack]) -> list[datetime.date]:
    periods = [pack.period for pack in packs] + [each.period for pack in packs for each in pack.statements]
    edges = {day for period in periods for day in (period.start, period.end) if day} - {datetime.date.min}
    return sorted({edge + step * _DAY for edge in edges for step in (-1, 0, 1)})
