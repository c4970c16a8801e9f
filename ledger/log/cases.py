"""Who can read a case at index i and under which key, folded from the headers and wraps of that case alone.

A case's first sealed entry introduces its key; later ones use the current key or introduce the next. When somebody
who holds the current key is no longer a reader, the next writer introduces a new key.
Source: docs/FORMAT.md §2 "Keys". Proved by tests/ledger/log/test_cases.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.log.entry import Header
from ledger.log.roster import Broken, Roster
from ledger.log.types import CODES_READERS, PEOPLE_CASE
from ledger.sealing.seal import RECORD, codes_key_id


@dataclass(slots=True)
class Case:
    """One case: whose it is, who was let in, its keys, oldest first, with the handles they went to, its holds."""

    case: bytes
    first_author: str = ""
    first_teams: frozenset[str] = frozenset()
    granted: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    holders: dict[bytes, set[str]] = field(default_factory=dict)
    holds: set[bytes] = field(default_factory=set)

    @property
    def current(self) -> bytes | None:
        """The `under` of the key in use; None before the first sealed entry."""
        return next(reversed(self.holders), None)

    def copy(self) -> "Case":
        """A copy to try something on."""
        holders = {under: set(handles) for under, handles in self.holders.items()}
        return Case(
            self.case, self.first_author, self.first_teams, set(self.granted), set(self.ended), holders, set(self.holds)
        )

    def readers(self, index: int, roster: Roster) -> set[str]:
        """Who may read just before entry `index`: folded roles, first author, those granted and not ended."""
        active = dict(roster.active(index))
        if self.case == PEOPLE_CASE:
            return set(active)
        named = ({self.first_author} | self.granted) - self.ended
        return self._by_role(index, roster) | (named & set(active))

    def _by_role(self, index: int, roster: Roster) -> set[str]:
        """Guardians, and the duty holders of the first author's teams."""
        return {
            handle
            for handle, term in roster.active(index)
            if "guardian" in term.roles or ("duty" in term.roles and term.teams & self.first_teams)
        }

    def apply(self, index: int, header: Header, wraps: Iterable[tuple[bytes, str]], roster: Roster) -> list[Broken]:
        """Take in the case's next entry with its wrap rows (under, handle); say which rules it breaks."""
        wraps = list(wraps)
        self._let_in(index, header, roster)
        readers = self.readers(index, roster)
        if header.type in ("ledger.created", "actor.enrolled"):
            readers |= {str(header.body["key"]).partition("+")[0]}
        broken = self._check_key(header, wraps, readers) if RECORD in header.sealed else []
        if header.type == "access.granted" and header.author not in readers:
            broken.append(Broken("reader", "only a reader of a case lets others in"))
        codes = {codes_key_id(roster.origin, public) for start, public in roster.codes_keys if start <= index}
        for under, handle in wraps:
            if under in codes:
                broken += check_codes_wrap(handle, index, header, roster)
            elif under not in self.holders:
                broken.append(Broken("key_generation", "a key is wrapped that this case does not have"))
            elif handle not in readers:
                broken.append(Broken("reader", "a key is wrapped to somebody who is not a reader of the case"))
            else:
                self.holders[under].add(handle)
        broken += self._check_hold(header)
        if header.type == "access.ended":
            if header.body["handle"] in self._by_role(index, roster):
                broken.append(Broken("reader", "who reads a case by their role is not shut out of it"))
            self.ended.add(header.body["handle"])
            self.granted.discard(header.body["handle"])
        return broken

    def _let_in(self, index: int, header: Header, roster: Roster) -> None:
        if RECORD in header.sealed and not self.first_author:
            term = roster.term(header.author, index)
            self.first_author = header.author
            self.first_teams = term.teams if term else frozenset()
        named = header.body.get("approver")
        if header.type == "access.granted":
            named = header.body["handle"]
        if named is not None:
            self.granted.add(named)
            self.ended.discard(named)

    def _check_hold(self, header: Header) -> list[Broken]:
        if header.type == "hold.placed":
            self.holds.add(header.id)
        elif header.type == "hold.lifted":
            self.holds.difference_update(header.refs)
        elif header.type in ("erasure.approved", "erasure.done") and self.holds:
            return [Broken("hold", "nothing is erased while the case is under a hold")]
        return []

    def _check_key(self, header: Header, wraps: list[tuple[bytes, str]], readers: set[str]) -> list[Broken]:
        under = header.sealed[RECORD].under
        broken = []
        if header.author not in readers:
            broken.append(Broken("reader", "a sealed entry's author is a reader of its case"))
        if under not in self.holders:
            if (under, header.author) not in wraps:
                broken.append(Broken("key_generation", "who introduces a key wraps it to themselves too"))
            self.holders[under] = set()
        elif under != self.current:
            broken.append(Broken("key_generation", "an earlier key of the case is not used again"))
        elif not self.holders[under] <= readers:
            broken.append(
                Broken("key_generation", "a new key is due: somebody who holds this one is no longer a reader")
            )
        return broken


def check_codes_wrap(handle: str, index: int, header: Header, roster: Roster) -> list[Broken]:
    """Codes keys are wrapped to those who hold, or with this entry are given, a role that reads codes."""
    roles = set(header.body.get("roles", ())) if _is_about(header, handle) else set()
    term = roster.term(handle, index)
    if term is not None:
        roles |= term.roles
    if roles & CODES_READERS:
        return []
    return [Broken("reader", "the codes key is wrapped only to those whose role reads codes")]


def _is_about(header: Header, handle: str) -> bool:
    about = header.body.get("handle") or str(header.body.get("key", "")).partition("+")[0]
    return bool(about == handle)
