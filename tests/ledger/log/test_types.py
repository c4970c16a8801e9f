"""The table of types: each one built, appended and verified on a real ledger; its body's patterns; its roles.

A new type fails here until somebody has said, in BUILD, how one is made.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed
from ledger.log.append import Log
from ledger.log.card import card_signature, make_card
from ledger.log.note import Signer
from ledger.log.types import CODES_READERS, MAX_REFS, PEOPLE_CASE, PEOPLE_TYPES, ROLES, TYPES
from ledger.records.people import Details, enrol, renew_codes_key, rotate
from ledger.records.writing import Draft
from ledger.sealing.identity import Identity
from tests.ledger_fixtures import DECISION, PACKS, Sample, case, copied, identity_of, seed_of, small_ledger

CASE = case(1)
Build = Callable[[Sample], int]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A ledger in which everything that another entry refers to is there already, in one case."""
    ledger = small_ledger(tmp_path_factory.mktemp("types"))
    _write(ledger, "practitioner", "request.received", record={"note": "x"})
    ledger.ids["decision.recorded"] = ledger.decide(
        "practitioner", CASE, approval="awaited", approver="p-manager"
    ).header.id
    _write(ledger, "practitioner", "consent.recorded", record={"consent": {}})
    _write(ledger, "practitioner", "disclosure.made", refs=["decision.recorded"], record={"to": "x"})
    _write(ledger, "practitioner", "complaint.opened", record={"kind": "objection"})
    _write(ledger, "practitioner", "note.added", record={"note": "x"})
    _write(ledger, "guardian", "escalation.opened", refs=["decision.recorded"], record={"about": "x"})
    ledger.desk("practitioner").write(Draft("access.granted", CASE, body={"handle": "p-colleague"}))
    ledger.desk("practitioner").write(Draft("access.granted", CASE, body={"handle": "p-lead"}))
    _write(ledger, "lead", "erasure.requested", refs=["note.added"], body={"reason": "other"})
    _write(ledger, "guardian", "erasure.approved", refs=["erasure.requested"])
    return ledger


def _write(ledger: Sample, who: str, entry_type: str, refs: list[str] | None = None, **more: Any) -> int:
    ids = ledger.ids
    in_case = more.pop("case", CASE)
    written = ledger.desk(who).write(Draft(entry_type, in_case, refs=tuple(ids[ref] for ref in refs or []), **more))
    ids.setdefault(entry_type, written.header.id)
    return written.n


def _plain(who: str, *refs: str, **more: Any) -> Callable[[Sample, str], int]:
    return lambda ledger, name: _write(ledger, who, name, list(refs), **more)


def _sealed(who: str, *refs: str, **more: Any) -> Callable[[Sample, str], int]:
    return _plain(who, *refs, **{"record": {"note": "a sample"}, **more})


def _people(who: str, **more: Any) -> Callable[[Sample, str], int]:
    return _plain(who, case=None, **more)


def _enrol(ledger: Sample, _name: str) -> int:
    new = identity_of("new")
    return enrol(ledger.desk("founder"), make_card(new.signer), ["auditor"], [], Details("N", "p", "o")).n


def _rotate(ledger: Sample, _name: str) -> int:
    renewed = Identity("p-practitioner", seed_of("practitioner again"))
    ledger.people["practitioner"] = rotate(ledger.desk("practitioner"), renewed).identity
    return ledger.checkpoint().size - 1


def _rotate_log(ledger: Sample, name: str) -> int:
    signer = Signer(ledger.origin, seed_of("log key again"))
    ledger.signers.append(signer)
    ledger.log = Log(ledger.store, ledger.origin, ledger.signers)
    return _write(ledger, "founder", name, case=None, body={"log_key": signer.key.public.hex()})


def _correct(ledger: Sample, name: str) -> int:
    body = {**DECISION, "for_leaver": False}
    return _write(ledger, "practitioner", name, ["decision.recorded"], body=body, record={"reason": "x"}, codes={})


def _hold(ledger: Sample, _name: str) -> int:
    _write(ledger, "lead", "hold.placed", body={"reason": "court"})
    return _write(ledger, "lead", "hold.lifted", ["hold.placed"])


HEAD = {"size": 1, "root": "00" * 32}
BUILD: dict[str, Callable[[Sample, str], int]] = {
    "ledger.created": lambda ledger, name: 0,
    "ledger.packs_adopted": _people("founder", body={"packs": PACKS}),
    "ledger.codes_key": lambda ledger, _name: renew_codes_key(ledger.desk("founder")).n,
    "log.rotated": _rotate_log,
    "ledger.restored": _people("founder", body={"lost": HEAD}),
    "actor.enrolled": _enrol,
    "actor.changed": _plain(
        "founder", case=PEOPLE_CASE, body={"handle": "p-outsider", "roles": ["practitioner"], "teams": ["north"]}
    ),
    "actor.rotated": _rotate,
    "actor.revoked": _people("founder", body={"handle": "p-outsider", "reason": "left", "since": 3}),
    "cover.set": _sealed("founder", case=PEOPLE_CASE),
    "request.received": _sealed("practitioner"),
    "decision.recorded": _sealed("manager", body=DECISION, codes={"route": "duty"}),
    "decision.completed": _sealed("practitioner", "decision.recorded", body=DECISION, codes={}),
    "decision.corrected": _correct,
    "consent.recorded": _sealed("practitioner", "request.received", "decision.recorded", codes={"form": "implied"}),
    "consent.ended": _sealed("practitioner", "consent.recorded"),
    "disclosure.made": _sealed("practitioner", "decision.recorded"),
    "disclosure.acknowledged": _sealed("practitioner", "disclosure.made"),
    "advice.recorded": _sealed("practitioner"),
    "person.informed": _sealed("practitioner", "disclosure.made"),
    "outcome.recorded": _sealed("practitioner", "disclosure.made"),
    "subject.updated": _sealed("practitioner"),
    "case.linked": _sealed("practitioner"),
    "case.merged": _sealed("practitioner"),
    "case.transferred": _sealed("practitioner"),
    "case.closed": _sealed("practitioner"),
    "incident.recorded": _sealed("practitioner"),
    "complaint.opened": _sealed("practitioner", "decision.recorded"),
    "complaint.closed": _sealed("practitioner", "complaint.opened"),
    "note.added": _sealed("practitioner", "note.added", "decision.recorded"),
    "decision.approved": _sealed("manager", "decision.recorded"),
    "decision.not_approved": _sealed("manager", "decision.recorded"),
    "decision.reviewed": _sealed("guardian", "decision.recorded", codes={"review": "endorsed"}),
    "escalation.opened": _sealed("guardian", "decision.recorded"),
    "escalation.resolved": _sealed("manager", "escalation.opened"),
    "due.extended": _sealed("manager", "decision.recorded"),
    "access.granted": _plain("practitioner", body={"handle": "p-outsider"}),
    "access.ended": _plain("manager", body={"handle": "p-colleague", "reason": "conflict"}),
    "access.emergency": _plain("duty", body={"reason": "out_of_hours"}),
    "basis.confirmed": _plain("lead", "decision.recorded", codes={"basis": []}),
    "hold.placed": _plain("lead", body={"reason": "inquiry"}),
    "hold.lifted": _hold,
    "erasure.requested": _plain("guardian", "note.added", body={"reason": "recorded_in_error"}),
    "erasure.approved": _plain("guardian", "erasure.requested"),
    "erasure.done": _plain("lead", "erasure.approved"),
    "access_request.answered": _plain("lead", "decision.recorded"),
    "report.exported": _sealed("lead", case=PEOPLE_CASE, body={"kind": "audit", "digest": "00" * 32, "head": HEAD}),
}


@pytest.mark.parametrize("name", TYPES)
def test_an_entry_of_every_type_is_built_appended_and_verified(name: str, prepared: Sample, tmp_path: Path) -> None:
    ledger = copied(prepared, tmp_path)
    assert name in BUILD, f"say in BUILD how a {name} is made"

    n = BUILD[name](ledger, name)

    assert ledger.entry(n).header.type == name
    report = ledger.verify()
    assert report.findings == []
    assert report.size > n


def test_nothing_is_built_here_that_is_no_type() -> None:
    assert set(BUILD) <= set(TYPES)


def test_every_type_names_roles_that_there_are_and_says_what_it_seals() -> None:
    for row in TYPES.values():
        assert row.roles, row.name
        assert row.roles <= set(ROLES), row.name
        assert not set(row.body) & set(row.optional), row.name
        assert not (row.record == "must" and row.case == "none"), row.name
        assert bool(row.record_fields) <= (row.record != "none"), row.name
        assert bool(row.codes_fields) <= (row.codes != "none"), row.name
        for slot in row.refs:
            assert slot.types <= set(TYPES), row.name
            assert 0 <= slot.least <= slot.most <= MAX_REFS, row.name
    assert set(ROLES) > CODES_READERS
    assert {name for name in TYPES if name.startswith(("ledger.", "actor.", "log."))} == PEOPLE_TYPES


def test_no_type_lets_an_auditor_write_and_who_approves_is_another() -> None:
    writes = {name for name, row in TYPES.items() if "auditor" in row.roles}
    assert writes == {"actor.rotated", "access.granted"}
    others = {name for name, row in TYPES.items() if row.other_author}
    assert others == {"decision.approved", "decision.not_approved", "decision.reviewed", "erasure.approved"}


CARD_KEY = Identity("p-one", bytes(range(32)))
GOOD_VALUES: dict[str, list[Any]] = {
    "organisation": ["A", "Ysgol Gynradd Môn", "x" * 200],
    "kind": ["public", "contracted", "other"],
    "nation": ["england", "wales", "scotland", "northern-ireland"],
    "packs": [[], PACKS, [{"id": f"p{i}", "digest": "ab" * 32} for i in range(32)]],
    "codes_key": ["ab" * 32],
    "log_key": ["ab" * 32],
    "roles": [["administrator"], list(ROLES)],
    "key": [str(CARD_KEY.key)],
    "card": [card_signature(CARD_KEY.signer).hex()],
    "teams": [[], ["north"], [f"t{i}" for i in range(16)]],
}
BAD_VALUES: dict[str, list[Any]] = {
    "organisation": ["", " A", "A ", "a\nb", "a\u2028b", "x" * 201, "\u200b", 7, ["A"]],
    "kind": ["Public", "", "public ", 1, True, ["public"], {}],
    "nation": ["England", "uk", "northern ireland", 0],
    "packs": [
        {},
        "x",
        [PACKS],
        [{"id": "a"}],
        [{"id": "A", "digest": "00" * 32}],
        [{"id": "a", "digest": "0" * 63}],
        [{"id": "a", "digest": "00" * 32, "more": 1}],
        PACKS * 2,
        [{"id": f"p{i}", "digest": "ab" * 32} for i in range(33)],
    ],
    "codes_key": ["ab" * 31, "AB" * 32, "zz" * 32, 7, ["ab" * 32]],
    "log_key": ["ab" * 33, ""],
    "roles": [[], ["boss"], ["administrator", "administrator"], "administrator", [["administrator"]], [1], {}],
    "key": ["", "p-one", "a+b+c", 7, str(CARD_KEY.key) + " ", [str(CARD_KEY.key)]],
    "card": ["ab" * 63, "ab" * 65, "AB" * 64, 7],
    "teams": ["north", ["North"], ["-a"], ["a b"], ["a\n"], ["t", "t"], [f"t{i}" for i in range(17)], [7]],
}


@pytest.mark.parametrize("field", GOOD_VALUES)
def test_the_founding_fields_take_what_they_should_and_nothing_else(field: str) -> None:
    row = TYPES["ledger.created"]
    check = row.body.get(field) or row.optional[field]
    for value in GOOD_VALUES[field]:
        check(value)
    for value in BAD_VALUES[field]:
        with pytest.raises(Malformed):
            check(value)


STRANGE: list[Any] = [7, -1, True, "", "x\n", "x" * 65, "Aé", "a b", [], ["x"], {}, {"size": 1}, [[]], "\u0661", 2**53]
FIELDS = [
    (row.name, field, check)
    for row in TYPES.values()
    if row.name != "ledger.created"
    for field, check in {**row.body, **row.optional}.items()
]


@pytest.mark.parametrize(("name", "field", "check"), FIELDS, ids=[f"{name}-{field}" for name, field, _check in FIELDS])
def test_every_other_field_refuses_strange_values_with_our_own_error(
    name: str, field: str, check: Callable[[Any], None]
) -> None:
    taken = []
    for value in STRANGE:
        try:
            check(value)
        except LedgerError as error:
            assert isinstance(error, Malformed)
        else:
            taken.append(value)

    allowed: dict[str, list[Any]] = {
        "differs": [True],
        "late": [True],
        "for_leaver": [True],
        "packs": [[]],
        "teams": [[], ["x"]],
        "since": [7],
    }
    assert taken == allowed.get(field, []), f"{name}.{field}"


def test_the_free_text_of_a_header_is_the_organisations_name_alone() -> None:
    """Everything that could single somebody out is sealed (docs/FORMAT.md §1)."""
    sentence = "Sample Person lives here"
    for name, field, check in FIELDS:
        with pytest.raises(Malformed):
            check(sentence)
        assert field != "organisation", name
    TYPES["ledger.created"].body["organisation"](sentence)
