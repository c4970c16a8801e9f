"""Who holds a role is asked at every entry: the answer is that of the terms, and costs those who ever held it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ledger.log.cases import Case
from ledger.log.roster import Person, Roster, Term
from ledger.log.types import ROLES
from ledger.records.people import change, revoke
from tests.ledger_fixtures import TEAM, case, small_ledger


class Counted(dict[str, Person]):
    """People that count how often anybody was looked at."""

    looks = 0

    def get(self, handle: str, default: Any = None) -> Any:
        self.looks += 1
        return super().get(handle, default)

    def __getitem__(self, handle: str) -> Person:
        self.looks += 1
        return super().__getitem__(handle)

    def __iter__(self) -> Iterator[str]:
        self.looks += len(self)
        return super().__iter__()


def _crowd(ledger_roster: Roster, people: int) -> Counted:
    """The roster's people, and so many practitioners more."""
    key = ledger_roster.people["p-practitioner"].terms[0].key
    term = Term(1, key, frozenset({"practitioner"}), frozenset({TEAM}))
    crowd = Counted(ledger_roster.people)
    crowd.update({f"p-{number}": Person(f"p-{number}", [term]) for number in range(people)})
    return crowd


def test_who_holds_a_role_at_any_entry_is_whose_term_has_it(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path)
    founder, guardian = ledger.desk("founder"), ledger.desk("guardian")
    change(founder, "p-manager", ["duty", "manager"], [TEAM])
    change(guardian, "p-lead", ["guardian", "ig_lead"], [])
    revoke(ledger.desk("founder"), "p-duty", "left")
    change(founder, "p-manager", ["practitioner"], [TEAM])
    change(founder, "p-manager", ["duty"], [TEAM])
    roster = ledger.roster()

    for index in range(ledger.checkpoint().size + 2):
        for role in ROLES:
            terms = [handle for handle, term in roster.active(index) if role in term.roles]
            assert roster.holding(role, index) == terms, (role, index)


def test_a_thousand_people_who_do_not_read_a_case_are_not_looked_at(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path)
    ledger.decide("practitioner", case(1))
    with ledger.store.read() as reader:
        fold = ledger.log.state(reader).case(reader, case(1))
    roster, size = ledger.roster(), ledger.checkpoint().size
    readers = fold.readers(size, roster)
    roster.people = crowd = _crowd(roster, 1000)

    assert fold.readers(size, roster) == readers == {"p-practitioner", "p-duty", "p-guardian"}
    assert roster.holding("guardian", size) == ["p-guardian"]
    assert 0 < crowd.looks < 20
    assert len(Case(bytes(16)).readers(size, roster)) > 1000 < crowd.looks
