"""Every type that follows a decision, or comes before it, can be written by everybody whose role allows it."""

from collections.abc import Mapping
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.log.types import PEOPLE_CASE, PEOPLE_TYPES, TYPES
from ledger.records.followups import approve_erasure, erase, follow_up, request_erasure
from ledger.records.writing import Draft, Written
from tests.ledger_fixtures import Sample, case, entry_id, small_ledger

# These have modules of their own: ledger.records.decisions and ledger.records.people.
ELSEWHERE = PEOPLE_TYPES | {"decision.recorded", "decision.completed", "decision.corrected"}

# type → its body. A new type of the table is refused by the test below until somebody says here how it is written.
BODIES: dict[str, dict[str, Any]] = {
    "cover.set": {},
    "request.received": {},
    "consent.recorded": {},
    "consent.ended": {},
    "disclosure.made": {},
    "disclosure.acknowledged": {},
    "advice.recorded": {},
    "person.informed": {},
    "outcome.recorded": {},
    "subject.updated": {},
    "case.linked": {},
    "case.merged": {},
    "case.transferred": {},
    "case.closed": {},
    "incident.recorded": {},
    "complaint.opened": {},
    "complaint.closed": {},
    "note.added": {},
    "decision.approved": {},
    "decision.not_approved": {},
    "decision.reviewed": {},
    "escalation.opened": {},
    "escalation.resolved": {},
    "due.extended": {},
    "access.granted": {"handle": "p-outsider"},
    "access.ended": {"handle": "p-outsider", "reason": "no_longer_needed"},
    "access.emergency": {"reason": "out_of_hours"},
    "basis.confirmed": {},
    "hold.placed": {"reason": "inquiry"},
    "hold.lifted": {},
    "erasure.requested": {"reason": "retention_over"},
    "erasure.approved": {},
    "erasure.done": {},
    "access_request.answered": {},
    "report.exported": {"kind": "audit", "digest": "00" * 32, "head": {"size": 1, "root": "00" * 32}},
}
PEOPLE_OF: dict[str, list[str]] = {
    "administrator": ["founder"],
    "practitioner": ["practitioner", "colleague"],
    "manager": ["manager", "manager2"],
    "guardian": ["guardian", "guardian2"],
    "ig_lead": ["lead"],
    "duty": ["duty"],
}
"""role → who holds it here"""
READERS = ("colleague", "manager", "manager2", "lead")
"""Who is let into every case, beside its author, guardians and duty holders."""
LETS_IN = {"manager", "guardian", "practitioner"}
"""Who may let another in: a manager, a guardian, the case's first author; the rest only renew what is their own."""
WRITTEN = [
    (name, role)
    for name in TYPES
    if name not in ELSEWHERE
    for role in sorted(TYPES[name].roles)
    if name != "access.granted" or role in LETS_IN
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    made = small_ledger(tmp_path_factory.mktemp("followups"))
    made.enrol("manager2", ["manager"], ["north"])
    made.enrol("guardian2", ["guardian"], by="guardian")
    return made


def parts(name: str) -> Mapping[str, Any]:
    """Body, record and codes of a type with every field that its row names."""
    row = TYPES[name]
    text = "something that somebody wrote"
    return {
        "body": BODIES[name],
        "record": dict.fromkeys(row.record_fields, text) if row.record != "none" and row.record_fields else None,
        "codes": dict.fromkeys(row.codes_fields, "a_code") if row.codes != "none" and row.codes_fields else None,
    }


class Scene:
    """One case of the ledger, begun by a decision, with the entries that others refer to written as needed."""

    def __init__(self, ledger: Sample, number: int) -> None:
        self.ledger, self.case = ledger, case(number)
        decided = ledger.decide("practitioner", self.case)
        self.made: dict[str, tuple[str, bytes]] = {"decision.recorded": ("practitioner", decided.header.id)}
        for who in READERS:
            ledger.desk("practitioner").write(Draft("access.granted", self.case, body={"handle": f"p-{who}"}))

    def write(self, name: str, role: str) -> Written:
        """An entry of a type by somebody of a role, who is another person than its references ask for."""
        row = TYPES[name]
        about = [self.target(sorted(slot.types)) for slot in row.refs if slot.least]
        others = {author for author, _id in about} if row.other_author else set()
        who = next(person for person in PEOPLE_OF[role] if person not in others)
        in_case = PEOPLE_CASE if row.case == "people" else self.case
        refs = [target for _author, target in about]
        written = follow_up(self.ledger.desk(who), name, in_case, refs=refs, **parts(name))
        self.made[name] = (who, written.header.id)
        return written

    def target(self, types: list[str]) -> tuple[str, bytes]:
        """An entry of one of these types (any, where there are none), written now if there is none yet."""
        name = next((each for each in types if each in self.made), types[0] if types else "decision.recorded")
        if name not in self.made:
            self.write(name, min(TYPES[name].roles))
        return self.made[name]


@pytest.mark.parametrize(("name", "role"), WRITTEN)
def test_a_type_is_written_by_everybody_whose_role_allows_it(ledger: Sample, name: str, role: str) -> None:
    assert name in BODIES, "say in BODIES how the new type is written"
    scene = Scene(ledger, 1 + WRITTEN.index((name, role)))
    written = scene.write(name, role)
    header = written.header
    assert header.type == name
    assert header.body == BODIES[name]
    assert written.n == ledger.checkpoint().size - 1
    who = scene.made[name][0]
    given = parts(name)
    assert set(header.sealed) == {part for part in ("record", "codes") if given[part] is not None}
    with ledger.store.read() as reader:
        row = reader.entry(written.n)
        assert row is not None
        if given["record"] is not None:
            assert ledger.desk(who).open_record(reader, row) == given["record"]
        if given["codes"] is not None:
            assert ledger.desk("guardian").open_codes(reader, row) == given["codes"]


def test_the_list_names_every_type_and_no_other() -> None:
    assert set(BODIES) == set(TYPES) - ELSEWHERE
    assert len(WRITTEN) > 50


def test_everything_that_was_written_holds(ledger: Sample) -> None:
    Scene(ledger, 500).write("note.added", "practitioner")
    report = ledger.verify()
    assert report.findings == []
    assert report.size > 8


def test_words_of_a_follow_up_are_sealed(ledger: Sample) -> None:
    """Nothing that somebody wrote stands in the entry that everybody can read."""
    written = Scene(ledger, 501).write("advice.recorded", "practitioner")
    with ledger.store.read() as reader:
        row = reader.entry(written.n)
        assert row is not None
        assert b"somebody wrote" not in row.leaf
        assert b"a_code" not in row.leaf


# type · part · field that is not one of its row's · the field as it is told · the hint
UNKNOWN = [
    ("note.added", "record", "notes", "record.notes", "Did you mean note?"),
    ("consent.ended", "record", "reasn", "record.reasn", "Did you mean reason?"),
    ("consent.ended", "codes", "hwo", "codes.hwo", "Did you mean how?"),
    ("disclosure.made", "codes", "items", "codes.(not shown)", ""),
    ("outcome.recorded", "record", "zzz", "record.(not shown)", ""),
    ("note.added", "codes", "note", "codes.(not shown)", ""),
    ("advice.recorded", "record", "Robin Sample", "record.(not shown)", ""),
    ("advice.recorded", "record", "9434765919", "record.(not shown)", ""),
]


@pytest.mark.parametrize(("name", "part", "field", "told", "hint"), UNKNOWN)
def test_an_unknown_field_is_refused_with_the_nearest_one(
    ledger: Sample, name: str, part: str, field: str, told: str, hint: str
) -> None:
    before = ledger.checkpoint()
    with pytest.raises(Refused) as refused:
        follow_up(ledger.desk("practitioner"), name, case(1), **{part: {field: "a value that is nobody's business"}})
    (fault,) = refused.value.faults
    assert (fault.field, fault.got, fault.hint) == (told, "an unknown field", hint)
    assert "business" not in str(refused.value)
    fields = TYPES[name].record_fields if part == "record" else TYPES[name].codes_fields
    assert fault.expected == (f"one of {', '.join(fields)}" if fields else "no fields at all")
    assert ledger.checkpoint() == before, "nothing was written"


def test_every_unknown_field_is_told_at_once(ledger: Sample) -> None:
    with pytest.raises(Refused) as refused:
        follow_up(
            ledger.desk("practitioner"),
            "consent.ended",
            case(1),
            record={"why": "x", "how": "withdrawn", "who": "y"},
            codes={"form": "z"},
        )
    told = [fault.field for fault in refused.value.faults]
    assert told == ["record.(not shown)", "record.who", "codes.(not shown)"]


def test_an_erasure_goes_through_its_three_steps_and_takes_the_words_away(ledger: Sample) -> None:
    decided = ledger.decide("practitioner", case(600))
    note = ledger.desk("practitioner").write(Draft("note.added", case(600), record={"note": "to be kept"}))
    asked = request_erasure(ledger.desk("lead"), case(600), [decided.header.id], "recorded_in_error")
    approved = approve_erasure(ledger.desk("guardian"), case(600), asked.header.id)
    done = erase(ledger.desk("lead"), case(600), approved.header.id)
    assert [each.header.type for each in (asked, approved, done)] == [
        "erasure.requested",
        "erasure.approved",
        "erasure.done",
    ]
    assert asked.header.refs == (decided.header.id,)
    assert asked.header.body == {"reason": "recorded_in_error"}
    with ledger.store.read() as reader:
        desk = ledger.desk("practitioner")
        gone, kept = reader.entry(decided.n), reader.entry(note.n)
        assert gone is not None
        assert kept is not None
        with pytest.raises(LookupError, match="erased"):
            desk.open_record(reader, gone)
        assert desk.open_record(reader, kept) == {"note": "to be kept"}
    assert ledger.verify().ok


def test_a_reference_of_another_case_is_refused(ledger: Sample) -> None:
    other = ledger.decide("practitioner", case(601))
    ledger.decide("practitioner", case(602))
    with pytest.raises(Refused) as refused:
        follow_up(ledger.desk("practitioner"), "note.added", case(602), refs=[other.header.id], record={"note": "x"})
    assert "another case" in refused.value.faults[0].got
    with pytest.raises(Refused):
        follow_up(ledger.desk("practitioner"), "note.added", case(602), refs=[entry_id(1)], record={"note": "x"})
