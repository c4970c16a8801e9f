"""Which law and guidance applies to a decision, and the same again later.

Nation and day choose one pack of each kind; an organisation may name others in their place. as_refs says which were
used, by name and digest, and packs_named brings back exactly those (policies.pack_files reads one file).
tests/policies/test_pack_dates.py sweeps every boundary date and refuses a gap, an overlap or a missing source.
"""

import datetime
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from policies.citation import day_in_words
from policies.codes import NATIONS, POINTS
from policies.errors import Fault, PackRefused
from policies.near import nearest
from policies.pack_files import OPTIONAL_KINDS, SINGLE_KINDS, Pack, Statement, catalogue, pack_named

# What an organisation's own pack may choose in its table `choices`, with the kind of pack that this is.
CHOICES: Final = {
    "flowchart": "flowcharts",
    "rules": "rules",
    "competence": "competence",
    "caldicott": "caldicott",
}
_SIDE: Final = "readings."
# Of these kinds an own pack chooses only what is for its own nation: they lead to the advice.
_NOT_FROM_ELSEWHERE: Final = frozenset({"flowcharts", "competence"})


@dataclass(frozen=True, slots=True)
class Packs:
    """Everything that one decision is judged by.

    competence: for people under 16; capacity: from 16, None where no source is held. caldicott: None before there
    were such principles, and in nations to which they were not given. readings: whose side is used on the points where
    the guidance disagrees; other_readings: what the other side says; sides: (point, id of a pack of readings) where
    another side is used than that of `readings`. own: what the organisation adds, None where it adds nothing.
    """

    flowchart: Pack
    rules: Pack
    competence: Pack
    concerns: Pack
    readings: Pack
    other_readings: Pack
    bases: tuple[Pack, ...]
    timings: Pack
    retention: Pack
    capacity: Pack | None = None
    caldicott: Pack | None = None
    own: Pack | None = None
    sides: tuple[tuple[str, str], ...] = ()

    def all(self) -> tuple[Pack, ...]:
        """Every pack, in the order in which they are always listed."""
        first = (self.flowchart, self.rules, self.caldicott, self.competence, self.capacity, self.concerns)
        then = (self.readings, self.other_readings, *self.bases, self.timings, self.retention, self.own)
        return tuple(each for each in (*first, *then) if each is not None)

    def as_refs(self) -> list[dict[str, str]]:
        """`[{"id", "digest"}]`: what a decision keeps and packs_named takes. id: the name; digest: lowercase hex."""
        return [{"id": pack.name, "digest": pack.digest} for pack in self.all()]

    def with_competence(self, pack_id: str) -> "Packs":
        """The same packs with another way of judging competence (the facts' `competence.pack`).

        Raises PackRefused for an id that is unknown or not of this kind.
        """
        pack = pack_named(f"competence/{pack_id}")
        return replace(self, capacity=pack) if _slot(pack) == "capacity" else replace(self, competence=pack)

    def notes(self, day: datetime.date) -> tuple[str, ...]:
        """One plain sentence for each pack that is used on that day although it was not in force."""
        return tuple(note for pack in self.all() if (note := pack.note(day)))


def choose(candidates: Iterable[Pack], kind: str, nation: str, on: datetime.date) -> Pack:
    """The one pack of a kind for a nation on a day: the one in force, else one that says it stands in.

    After the last, the latest that says it stands in after; before the first, the first that says so before. One that
    is only used by choice is never taken. Raises PackRefused when there is none (a gap) or more than one (an overlap).
    """
    here = [pack for pack in candidates if nation in pack.nations and not pack.by_choice]
    in_force = [pack for pack in here if pack.period.covers(on)]
    if len(in_force) > 1:
        got = " and ".join(pack.name for pack in in_force)
        raise PackRefused.one(kind, f"one pack for {nation} on {day_in_words(on)}", got)
    ended = [pack for pack in here if pack.period.end is not None and pack.period.end < on]
    to_come = [pack for pack in here if on < pack.period.start]
    after = [pack for pack in ended if "after" in pack.stands_in]
    before = [pack for pack in to_come if "before" in pack.stands_in]
    if in_force:
        return in_force[0]
    if after:
        return max(after, key=lambda pack: pack.period.start)
    if before:
        return min(before, key=lambda pack: pack.period.start)
    raise PackRefused.one(kind, f"a pack for {nation} on {day_in_words(on)}", "none", "No pack covers that day")


def choose_if_any(candidates: Iterable[Pack], kind: str, nation: str, on: datetime.date) -> Pack | None:
    """The one pack in force, or None. Raises PackRefused when there is more than one (an overlap)."""
    here = [each for each in candidates if nation in each.nations and each.period.covers(on) and not each.by_choice]
    return choose(here, kind, nation, on) if here else None


@functools.lru_cache(maxsize=256)
def packs_for(
    nation: str, on: datetime.date, chosen: tuple[tuple[str, str], ...] = (), own: Pack | None = None
) -> Packs:
    """The packs by which a decision made on that day in that nation is judged.

    nation: one of NATIONS. on: the day of the decision. chosen: (kind, id) of packs that are used in place of those
    that nation and day would give; one of `competence` takes the place of those for its ages. ("readings.crime",
    "girfec") chooses a side on one point alone. own: the organisation's own pack (policies.own.read_own_pack); what it
    chooses gives way to `chosen`, and outside its own days and nations it is left out.
    A pack may stand in for one that is not written yet: Packs.notes(on) says so.
    Raises PackRefused for an unknown nation, a day that nothing covers, a choice that is not here, and one that an own
    pack may not make in that nation (refuse_choices).
    """
    if nation not in NATIONS:
        raise PackRefused.one("nation", f"one of {', '.join(NATIONS)}", nation, nearest(nation, NATIONS))
    if own is not None and not (own.period.covers(on) and nation in own.nations):
        own = None
    wanted = (*(own_choices(own) if own else ()), *chosen)
    sides = {what.removeprefix(_SIDE): which for what, which in wanted if what.startswith(_SIDE)}
    _refuse_sides(sides)
    if own is not None:
        refuse_choices(own, nation)
    named = [pack_named(f"{kind}/{pack_id}") for kind, pack_id in wanted if not kind.startswith(_SIDE)]
    for pack in named:
        if pack.kind == "readings":
            sides = {"under_12": pack.id} | sides
    if "under_12" in sides:
        # before those that are named: whoever names a way of judging competence means that one
        named.insert(0, _competence_of(sides.pop("under_12")))
    one: dict[str, Pack | None] = {}
    for slot in (*SINGLE_KINDS, *OPTIONAL_KINDS, "capacity"):
        here = [pack for pack in named if _slot(pack) == slot]
        if here:
            one[slot] = here[-1]
        elif slot in SINGLE_KINDS:
            one[slot] = choose(_candidates(slot), slot, nation, on)
        else:
            one[slot] = choose_if_any(_candidates(slot), slot, nation, on)
    found = _as_packs(one, catalogue("bases"))
    return replace(found, own=own, sides=tuple(sorted(sides.items())))


def own_choices(own: Pack) -> tuple[tuple[str, str], ...]:
    """What an organisation's own pack chooses, as packs_for takes it."""
    choices = own.data.get("choices", {})
    packs = [(kind, choices[key]) for key, kind in CHOICES.items() if key in choices]
    return (*packs, *((f"{_SIDE}{point}", side) for point, side in choices.get("sides", {}).items()))


def chosen_by_own(packs: Packs) -> tuple[Pack, ...]:
    """The packs that are used because the organisation's own pack chose them, and that pack itself."""
    if packs.own is None:
        return ()
    names = {f"{kind}/{pack_id}" for kind, pack_id in own_choices(packs.own)}
    return tuple(pack for pack in packs.all() if pack is packs.own or pack.name in names)


def sides_by_own(packs: Packs) -> frozenset[str]:
    """The points on which the organisation's own pack took the side that is used."""
    if packs.own is None:
        return frozenset()
    used = dict(packs.sides)
    found = {point for point, side in used.items() if (f"{_SIDE}{point}", side) in own_choices(packs.own)}
    # under 12 the side is the way of judging competence, by whatever name that was chosen
    ways = {which for what, which in own_choices(packs.own) if what == "competence"}
    ways |= {_competence_of(which).id for what, which in own_choices(packs.own) if what == f"{_SIDE}under_12"}
    return frozenset(found | ({"under_12"} if packs.competence.id in ways else set()))


def refuse_choices(own: Pack, nation: str) -> None:
    """Raise PackRefused for what an organisation's own pack may not choose in that nation.

    A flowchart or a way of judging competence of other nations, or one that ended before the own pack begins; and a
    side that the data keeps to the nations of its own pack (`only_here`). Any of them could close what law and
    guidance leave open there, or take a call for advice away. What is there to be chosen (`by_choice`) may be.
    """
    faults: list[Fault] = []
    readings = {pack.id: pack for pack in catalogue("readings")}
    for what, which in own_choices(own):
        if what.startswith(_SIDE):
            pack, only_here = readings[which], _said(readings[which], what.removeprefix(_SIDE)).extra.get("only_here")
            wanted = f"a side that may be chosen in {NATIONS[nation]}" if only_here and _elsewhere(pack, nation) else ""
        else:
            pack = pack_named(f"{what}/{which}")
            closed = what in _NOT_FROM_ELSEWHERE and not pack.by_choice
            wanted = f"one of {NATIONS[nation]}" if closed and _elsewhere(pack, nation) else ""
            if closed and not wanted and _over(pack, own.period.start):
                wanted = "one that had not ended when this pack begins"
        if wanted:
            nations = " and ".join(NATIONS[each] for each in pack.nations)
            hint = f"It is for {nations}, {pack.period.in_words()}. Leave it out: what is used here is not taken away"
            faults.append(Fault(what, wanted, which, hint))
    if faults:
        raise PackRefused(faults)


def _elsewhere(pack: Pack, nation: str) -> bool:
    return nation not in pack.nations


def _over(pack: Pack, day: datetime.date) -> bool:
    return pack.period.end is not None and pack.period.end < day and "after" not in pack.stands_in


def _refuse_sides(sides: Mapping[str, str]) -> None:
    """Points and sides that are not there."""
    faults: list[Fault] = []
    known = [pack.id for pack in catalogue("readings")]
    for point, side in sides.items():
        field = f"{_SIDE}{point}"
        if point not in POINTS:
            faults.append(Fault(field, f"one of {', '.join(POINTS)}", point, nearest(point, POINTS)))
        elif side not in known:
            faults.append(Fault(field, f"one of {', '.join(known)}", side, nearest(side, known)))
    if faults:
        raise PackRefused(faults)


def _said(readings: Pack, point: str) -> Statement:
    return next(each for each in readings.statements if each.id == point)


def _competence_of(side: str) -> Pack:
    """The way of judging competence that a side on `under_12` stands for."""
    return pack_named(f"competence/{_said(pack_named(f'readings/{side}'), 'under_12').extra['competence'][0]}")


def _slot(pack: Pack) -> str:
    """The place that a pack takes among Packs: its kind, but `capacity` where it judges people of 16 and over."""
    return "capacity" if pack.for_ages == "from_16" else pack.kind


def _candidates(slot: str) -> tuple[Pack, ...]:
    return tuple(pack for pack in catalogue("competence" if slot == "capacity" else slot) if _slot(pack) == slot)


def _as_packs(one: Mapping[str, Pack | None], bases: tuple[Pack, ...]) -> Packs:
    names = {"flowcharts": "flowchart"}
    slots = {names.get(slot, slot): pack for slot, pack in one.items()}
    used = one["readings"]
    slots["other_readings"] = next(pack for pack in catalogue("readings") if pack is not used)
    return Packs(bases=bases, **slots)  # type: ignore[arg-type]


def packs_named(refs: Iterable[Mapping[str, str]], own: Pack | None = None) -> Packs:
    """The packs that as_refs listed, to evaluate a decision again with what it used.

    refs: `{"id", "digest"}` each. own: the organisation's own pack as it was then (policies.own.read_own_pack), needed
    where refs name one, and left out where they name none.
    Raises PackRefused with every fault: an unknown id, a digest that the file here does not have, an own pack that is
    not given or is another, a kind that is missing or given twice.
    """
    faults: list[Fault] = []
    found: dict[str, list[Pack]] = {}
    for ref in refs:
        name, digest = ref.get("id", ""), ref.get("digest", "")
        if name.startswith("own/"):
            fault = _another_own(name, digest, own)
            faults.extend([fault] if fault else [])
            found.setdefault("own", []).extend([own] if own else [])
            continue
        try:
            pack = pack_named(name)
        except PackRefused as refused:
            faults.extend(refused.faults)
            continue
        if pack.digest != digest:
            hint = "Evaluate it with the release of the software that recorded it"
            faults.append(Fault(f"packs.{name}", f"a file with digest {pack.digest}", digest or "none", hint))
        found.setdefault(_slot(pack), []).append(pack)
    if not faults:
        faults = _missing_or_twice(found)
    if faults:
        raise PackRefused(faults)
    one: dict[str, Pack | None] = {slot: packs[0] for slot, packs in found.items() if slot != "bases"}
    sides = [each for each in own_choices(own) if each[0].startswith(_SIDE)] if one.get("own") and own else []
    packs = _as_packs(one, tuple(found["bases"]))
    by_point = ((what.removeprefix(_SIDE), which) for what, which in sides)
    return replace(packs, sides=tuple(sorted(each for each in by_point if each[0] != "under_12")))


def _another_own(name: str, digest: str, own: Pack | None) -> Fault | None:
    """What keeps an organisation's own pack from being the one that a decision used."""
    hint = "Look for the file that was adopted then; without it the decision is read with the national packs alone"
    wanted = f"the organisation's own file with digest {digest or 'none'}"
    if own is None:
        return Fault(f"packs.{name}", wanted, "nothing", hint)
    if (own.name, own.digest) != (name, digest):
        return Fault(f"packs.{name}", wanted, f"{own.name} with digest {own.digest}", hint)
    return None


def _missing_or_twice(found: Mapping[str, list[Pack]]) -> list[Fault]:
    faults = [Fault("packs", f"one of {slot}", "none") for slot in (*SINGLE_KINDS, "bases") if not found.get(slot)]
    for slot, packs in found.items():
        due = 2 if slot == "readings" else 1
        if slot != "bases" and packs and len(packs) != due:
            wanted = f"one of {slot}" if due == 1 else f"both sides of {slot}"
            faults.append(Fault("packs", wanted, str(len(packs))))
    if len(set(found.get("readings", []))) == 1 and not faults:
        faults.append(Fault("packs", "both sides of readings", "the same side twice"))
    return faults
