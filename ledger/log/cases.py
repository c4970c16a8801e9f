"""Who can read a case at index i and under which key, folded from the headers and wraps of that case alone.

A case's first sealed entry introduces its key; later ones use the current key or introduce the next. When somebody
who holds the current key is no longer a reader, or everything under it was erased, the next writer introduces a new
key. A key goes to every reader: nobody can write what a guardian cannot read. Nobody lets themselves in.
Source: docs/FORMAT.md §2 "Keys". Proved by tests/ledger/log/test_cases.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.log.approvals import Approvals
from ledger.log.entry import Header
from ledger.log.roster import Broken, Roster
from ledger.log.types import CODES_READERS, PEOPLE_CASE
from ledger.sealing.seal import RECORD, codes_key_id

_LETS_IN = frozenset({"manager", "guardian"})


@dataclass(slots=True)
class Case:
    """One case: whose it is, who was let in, its keys, oldest first, with the handles they went to, its holds.

    holders: for each key, whose wraps are there. knew: to whom it ever went, which a wrap taken away does not undo.
    sealed: for each key, the ids of the entries under it that are not erased; a key left with none is spent.
    """

    case: bytes
    first_author: str = ""
    first_teams: frozenset[str] = frozenset()
    granted: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    holders: dict[bytes, set[str]] = field(default_factory=dict)
    knew: dict[bytes, set[str]] = field(default_factory=dict)
    sealed: dict[bytes, set[bytes]] = field(default_factory=dict)
    holds: set[bytes] = field(default_factory=set)
    approvals: Approvals = field(default_factory=Approvals)
    _erasures: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)

    @property
    def current(self) -> bytes | None:
        """The `under` of the newest key; None before the first sealed entry."""
        return next(reversed(self.holders), None)

    def spent(self, under: bytes) -> bool:
        """Whether everything that was sealed under this key was erased: it is not used again."""
        return under in self.sealed and not self.sealed[under]

    def serves(self, readers: Iterable[str]) -> bool:
        """Whether the newest key may seal the next entry, which these people will read."""
        under = self.current
        return under is not None and not self.spent(under) and self.knew[under] <= set(readers)

    def try_on(self, author: str, teams: frozenset[str], approver: str | None) -> "Case":
        """A copy that has its first author, and has let in whom the next entry names: to ask who will read that."""
        granted = self.granted | ({approver} if approver is not None else set())
        begun = self.first_author or author
        ended = self.ended - granted
        return Case(self.case, begun, self.first_teams if self.first_author else teams, granted, ended)

    def readers(self, index: int, roster: Roster) -> set[str]:
        """Who may read just before entry `index`: folded roles, first author, those granted and not ended."""
        if self.case == PEOPLE_CASE:
            return {handle for handle, _term in roster.active(index)}
        named = ({self.first_author} | self.granted) - self.ended
        return roster.active_among(named, index) | roster.readers_by_role(self.first_teams, index)

    def apply(self, index: int, header: Header, wraps: Iterable[tuple[bytes, str]], roster: Roster) -> list[Broken]:
        """Take in the case's next entry with its wrap rows (under, handle); say which rules it breaks."""
        wraps = list(wraps)
        if RECORD in header.sealed and not self.first_author:
            term = roster.term(header.author, index)
            self.first_author = header.author
            self.first_teams = term.teams if term else frozenset()
        # who could read before this entry lets anybody in: nobody lets themselves in
        before = self.readers(index, roster)
        if header.type == "ledger.created":
            before.add(header.author)
        broken = self._let_in(index, header, before, roster)
        readers = before | self._brought(index, header, roster)
        if RECORD in header.sealed:
            broken += self._check_key(header, wraps, before, readers)
        if wraps:
            broken += self._take_wraps(index, header, wraps, readers, roster)
        if RECORD in header.sealed:
            broken += self._check_holders(self.holders[header.sealed[RECORD].under], readers)
        broken += self._check_hold(header)
        broken += self._shut_out(index, header, before, roster)
        broken += self.approvals.apply(header)
        self._erase(header)
        return broken

    @staticmethod
    def _check_holders(holders: set[str], readers: set[str]) -> list[Broken]:
        if readers <= holders:
            return []
        holders |= readers  # told once: what follows under this key is not blamed for it
        return [Broken("reader", "the key of a sealed entry goes to every reader of its case")]

    def _brought(self, index: int, header: Header, roster: Roster) -> set[str]:
        """Who becomes a reader with this very entry: the person enrolled, let in, or asked to approve."""
        if header.type in ("ledger.created", "actor.enrolled"):
            return {str(header.body["key"]).partition("+")[0]}
        named = header.body["handle"] if header.type == "access.granted" else header.body.get("approver")
        return roster.active_among([named], index) if named in self.granted else set()

    def _let_in(self, index: int, header: Header, before: set[str], roster: Roster) -> list[Broken]:
        named, broken = header.body.get("approver"), []
        if named is not None:
            term = roster.term(named, index)
            if header.body["approval"] != "awaited":
                broken.append(Broken("approval", "somebody is named to approve where nothing awaits approval"))
            elif named == header.author:
                broken.append(Broken("same_person", "nobody approves what they decided themselves"))
            elif term is None or "manager" not in term.roles:
                broken.append(Broken("reader", "an approval is awaited from a manager"))
        if header.type == "access.granted":
            named = header.body["handle"]
            broken += self._check_grant(index, header, named, before, roster)
        # who reads already, by role or otherwise, is not let in anew: what they have by their role goes with it
        if named is not None and not broken and named not in before:
            self.granted.add(named)
            self.ended.discard(named)
        return broken

    def _check_grant(self, index: int, header: Header, named: str, before: set[str], roster: Roster) -> list[Broken]:
        if header.author not in before:
            return [Broken("reader", "only a reader of a case lets others in")]
        if named == header.author:
            return []  # a reader seals what they hold to a new key of their own
        if self.case == PEOPLE_CASE:
            return [Broken("reader", "people's names are opened by enrolling somebody, and in no other way")]
        term = roster.term(header.author, index)
        if header.author != self.first_author and not (term and term.roles & _LETS_IN):
            return [Broken("not_permitted", "a case is opened to others by its first author, a manager or a guardian")]
        return []

    def _check_key(
        self, header: Header, wraps: list[tuple[bytes, str]], before: set[str], readers: set[str]
    ) -> list[Broken]:
        under = header.sealed[RECORD].under
        broken = []
        if header.author not in before:
            broken.append(Broken("reader", "a sealed entry's author is a reader of its case"))
        if under not in self.holders:
            if (under, header.author) not in wraps:
                broken.append(Broken("key_generation", "who introduces a key wraps it to themselves too"))
            self.holders[under], self.knew[under] = set(), set()
        elif under != self.current:
            broken.append(Broken("key_generation", "an earlier key of the case is not used again"))
        elif self.spent(under):
            broken.append(Broken("key_generation", "a new key is due: everything under this one was erased"))
        elif not self.knew[under] <= readers:
            broken.append(
                Broken("key_generation", "a new key is due: somebody who holds this one is no longer a reader")
            )
        self.sealed.setdefault(under, set()).add(header.id)
        return broken

    def _take_wraps(
        self, index: int, header: Header, wraps: list[tuple[bytes, str]], readers: set[str], roster: Roster
    ) -> list[Broken]:
        broken, codes = [], codes_keys_at(index, roster)
        for under, handle in wraps:
            if under in codes:
                broken += check_codes_wrap(handle, index, header, roster)
            elif under not in self.holders:
                broken.append(Broken("key_generation", "a key is wrapped that this case does not have"))
            elif handle not in readers:
                broken.append(Broken("reader", "a key is wrapped to somebody who is not a reader of the case"))
            elif self.spent(under):
                broken.append(Broken("key_generation", "a key is wrapped under which everything was erased"))
            elif handle != header.author and not _since_their_key(header, handle, index, roster):
                broken.append(Broken("key_generation", "a key is wrapped to one that its holder has replaced"))
            else:
                self.holders[under].add(handle)
                self.knew[under].add(handle)
        return broken

    def _check_hold(self, header: Header) -> list[Broken]:
        if header.type == "hold.placed":
            self.holds.add(header.id)
        elif header.type == "hold.lifted":
            self.holds.difference_update(header.refs)
        elif header.type in ("erasure.approved", "erasure.done") and self.holds:
            return [Broken("hold", "nothing is erased while the case is under a hold")]
        return []

    def _shut_out(self, index: int, header: Header, before: set[str], roster: Roster) -> list[Broken]:
        if header.type != "access.ended":
            return []
        handle = header.body["handle"]
        self.ended.add(handle)
        self.granted.discard(handle)
        for holders in self.holders.values():
            holders.discard(handle)
        author = roster.term(header.author, index)
        if header.author not in before and not (author and author.teams & self.first_teams):
            return [
                Broken("reader", "only a reader, or a manager of its first author's team, shuts others out of a case")
            ]
        if handle in roster.readers_by_role(self.first_teams, index):
            return [Broken("reader", "who reads a case by their role is not shut out of it")]
        return []

    def _erase(self, header: Header) -> None:
        """Follow requested → approved → done: which entries each names."""
        if header.type == "erasure.requested":
            self._erasures[header.id] = header.refs
        elif header.type == "erasure.approved":
            self._erasures[header.id] = tuple(i for ref in header.refs for i in self._erasures.get(ref, ()))
        elif header.type == "erasure.done":
            gone = {i for ref in header.refs for i in self._erasures.get(ref, ())}
            for ids in self.sealed.values():
                ids -= gone


def _since_their_key(header: Header, handle: str, index: int, roster: Roster) -> bool:
    """Whether the author had seen the key that this person has now, or this entry itself brings it."""
    term = roster.term(handle, index)
    if term is None or header.seen_size > term.start:
        return True
    if _about(header) == handle:
        return True
    # a term begins with other roles too: the key may be older
    start = next(held.start for held in roster.people[handle].terms if held.key == term.key)
    return header.seen_size > start


def codes_keys_at(index: int, roster: Roster) -> set[bytes]:
    """The names (`under`) of the codes keys that there are with entry `index`."""
    return {codes_key_id(roster.origin, public) for start, public in roster.codes_keys if start <= index}


def check_loose_wraps(header: Header, wraps: Iterable[tuple[bytes, str]], index: int, roster: Roster) -> list[Broken]:
    """The wraps of an entry of no case are of codes keys: wrap rows (under, handle)."""
    wraps, broken, codes = list(wraps), [], codes_keys_at(index, roster)
    for under, handle in wraps:
        if under in codes:
            broken += check_codes_wrap(handle, index, header, roster)
        else:
            broken.append(Broken("key_generation", "a key is wrapped that is no codes key of this ledger"))
    if header.type == "ledger.codes_key":
        new = codes_key_id(roster.origin, bytes.fromhex(header.body["codes_key"]))
        reads = {handle for handle, term in roster.active(index) if term.roles & CODES_READERS}
        if not reads <= {handle for under, handle in wraps if under == new}:
            broken.append(Broken("reader", "a new codes key goes to everybody whose role reads codes"))
    return broken


def check_codes_wrap(handle: str, index: int, header: Header, roster: Roster) -> list[Broken]:
    """Codes keys are wrapped by those who read codes, to those who do or with this entry are given a role that does."""
    given: Mapping[str, frozenset[str]] = {_about(header): frozenset(header.body.get("roles", ()))}

    def reads(who: str) -> bool:
        term = roster.term(who, index)
        return bool(CODES_READERS & (given.get(who, frozenset()) | (term.roles if term else frozenset())))

    if index and not reads(header.author):
        return [Broken("reader", "a codes key is passed on only by those whose role reads codes")]
    if not reads(handle):
        return [Broken("reader", "the codes key is wrapped only to those whose role reads codes")]
    return []


def _about(header: Header) -> str:
    return str(header.body.get("handle") or str(header.body.get("key", "")).partition("+")[0])
