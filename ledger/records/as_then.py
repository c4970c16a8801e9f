"""The guidance that decisions name, the same again; or why it is not to be had, and other guidance to compare with.

What is not held is never replaced by what is like it. Proved by tests/ledger/records/test_replay.py.
"""

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.log.entry import Header
from ledger.records.own_pack import PackChanged
from policies.errors import PackRefused
from policies.facts import Facts
from policies.pack_files import Pack, pack_named
from policies.packs import Packs, packs_for, packs_named

KEPT: Final = 64
"""Of so many lists of packs what was read is kept."""
OWN: Final = "own/"

Refs = Sequence[Mapping[str, str]]
OwnOf = Callable[[Mapping[str, str]], Pack | None]
"""The organisation's own pack by id and digest (own_pack.pack_of); None where its file is gone, PackChanged where it
was changed."""
PacksOf = Callable[[Header, Facts], Packs]
"""The guidance to judge a decision by. Raises PackRefused where it is not to be had."""


@dataclass(slots=True)
class AsThen:
    """The guidance that decisions name, the same again. own: where an organisation's own packs are to be had."""

    own: OwnOf
    _known: dict[tuple[tuple[str, str], ...], Packs] = field(default_factory=dict)

    def packs(self, refs: Refs) -> Packs:
        """The packs of a decision's header. Raises PackRefused where one of them is not held."""
        key = tuple((ref["id"], ref["digest"]) for ref in refs)
        if key not in self._known:
            found = packs_named(refs, self.own_pack(refs))
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = found
        return self._known[key]

    def own_pack(self, refs: Refs) -> Pack | None:
        """The own pack among them; None where there is none, or where its file is gone. Raises PackRefused."""
        return next((self.own(ref) for ref in refs if ref["id"].startswith(OWN)), None)

    def why_not(self, refs: Refs, adopted: Collection[tuple[str, str]]) -> str:
        """Why the packs of a decision are not to be had, a key of NOT_REPLAYED; empty where they are.

        adopted: id and digest of the own packs of which one may have been used.
        """
        held = {ref["id"]: digest_here(ref["id"]) for ref in refs if not ref["id"].startswith(OWN)}
        own = [(ref["id"], ref["digest"]) for ref in refs if ref["id"].startswith(OWN)]
        if any(held.get(ref["id"]) not in (None, ref["digest"]) for ref in refs):
            return "packs_changed"
        if len(own) > 1 or not set(own) <= set(adopted):
            return "packs_wrong"
        if None in held.values():
            return "packs_not_held"
        try:
            pack = self.own_pack(refs)
        except PackChanged:
            return "own_changed"
        except PackRefused:
            return "own_unreadable"
        if own and pack is None:
            return "own_gone"
        try:
            self.packs(refs)
        except PackRefused:
            return "packs_wrong"
        return ""

    def not_held(self, refs: Refs) -> tuple[str, ...]:
        """Those of them that are not held, by name: unknown here, or another file of that name."""
        return tuple(ref["id"] for ref in refs if not self._holds(ref))

    def _holds(self, ref: Mapping[str, str]) -> bool:
        try:
            found = self.own(ref) if ref["id"].startswith(OWN) else pack_named(ref["id"])
        except PackRefused:
            return False
        return found is not None and found.digest == ref["digest"]

    def instead(
        self, nation: str, on: datetime.date | None, chosen: tuple[tuple[str, str], ...], own: Pack | None
    ) -> PacksOf:
        """Guidance to compare with: of the day `on`, by default each decision's own; with packs and sides chosen
        (policies.packs.packs_for); with another own pack, by default the one that was used."""

        def of(header: Header, facts: Facts) -> Packs:
            day = on or facts.decided_on
            assert day is not None, "what was recorded has its day"
            used = own or self.own_pack(header.body["packs"])
            return packs_for(nation, day, chosen, used)

        return of


def digest_here(name: str) -> str | None:
    """The digest of the national pack of that name; None where there is none here."""
    try:
        return pack_named(name).digest
    except PackRefused:
        return None
