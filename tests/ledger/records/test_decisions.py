"""A decision from its document to its entry: what the header says, what is sealed, who reads it, what falls due."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import NotPermitted, Refused
from ledger.log.encoding import parse_time
from ledger.records.decisions import Considered, Recorded, consider, late_limit, proposed_laws, record_decision
from ledger.records.document import check_document
from ledger.records.followups import follow_up
from ledger.records.intake import read_document
from ledger.records.state import decision_status
from policies.facts import parse_facts
from policies.own import read_own_pack
from policies.pack_files import Pack
from policies.packs import packs_for
from tests.ledger_fixtures import NOW, Sample, case, founded_ledger, small_ledger

# Everybody is made up. The clock of the sample ledgers stands on Monday 21 September 2026.
SHARED = """\
decision: share
decided_at: 2026-09-21T09:30:00Z
subject:
  name: Robin Placeholder
  date_of_birth: 2014-02-03
  address: 1 Nowhere Lane
risk: {significant_harm: no, serious_harm_adult: no, immediate: no, offence: no}
information:
  - description: Robin is often late and looks tired.
    about: [subject]
    confidential: yes
recipients:
  - name: Sam Stand-In
    role: school nurse
    kind: health
    why_needed: To see how Robin sleeps.
purpose: To offer help with sleeping.
questions:
  purpose: {answer: yes, reason: It may help.}
  identifies: {answer: yes, reason: They would know who.}
  confidential: {answer: yes, reason: It was told to a teacher.}
  right_way:
    answer: yes
    checks: {necessary: yes, need_to_know: yes, accurate: yes, secure: yes, onward: yes, informed: yes}
consent:
  status: given
  form: explicit_oral
  by: {name: Kim Placeholder, capacity: parental_responsibility, person: parent, authority: yes, resident: yes}
  informed: {why: yes, who: yes, purpose: yes, implications: yes, right_to_object: yes}
  freely_given: yes
  scope: {this_use: yes}
  obtained_at: 2026-09-21T08:00:00Z
informing: {status: informed, when: "2026-09-21T08:00:00Z"}
reasons: She asked for it herself and it can only help.
retention: {review_on: 2026-12-01}
"""
REFUSED = """\
decision: no_share
decided_at: 2026-09-21T09:30:00Z
sexual_activity: SEXUAL
subject: {name: Robin Placeholder, date_of_birth: BORN}
risk: {significant_harm: no, serious_harm_adult: no, immediate: no, offence: no}
information:
  - {description: What Robin told me about a friend., about: [subject], confidential: yes}
recipients:
  - {role: duty social worker, kind: social_care, could_act: yes}
purpose: To see whether social care has to know.
questions:
  purpose: {answer: yes, reason: Every such case is thought about.}
  identifies: {answer: yes, reason: It is about Robin.}
  confidential: {answer: yes, reason: It was told to a nurse.}
  public_interest: {answer: no, reason: Nobody is pressed., if_shared: Less trust., if_not_shared: Little.}
consent: {status: refused, by: {capacity: self, person: subject}}
reasons: It would do more harm than good.
"""
BODY = {"decision", "advice", "differs", "late", "approval", "packs"}


@pytest.fixture
def ledger(tmp_path: Path) -> Sample:
    return small_ledger(tmp_path)


def considered(text: str, now: int = NOW, nation: str = "england") -> Considered:
    document = check_document(
        read_document(text.encode(), "a.yaml"), now=now, organisation_kind="public", nation=nation
    )
    return consider(document, nation, now)


def recorded(ledger: Sample, text: str, who: str = "practitioner", **more: Any) -> Recorded:
    return record_decision(ledger.desk(who), considered(text, ledger.clock.now), **more)


def refused(sexual: str = "yes", born: str = "2014-02-03") -> str:
    return REFUSED.replace("SEXUAL", sexual).replace("BORN", born)


def opened(ledger: Sample, n: int, who: str) -> Any:
    with ledger.store.read() as reader:
        row = reader.entry(n)
        assert row is not None
        return ledger.desk(who).open_record(reader, row)


def codes(ledger: Sample, n: int, who: str) -> Any:
    with ledger.store.read() as reader:
        row = reader.entry(n)
        assert row is not None
        return ledger.desk(who).open_codes(reader, row)


def test_a_document_becomes_one_entry_that_verifies(ledger: Sample) -> None:
    done = recorded(ledger, SHARED)
    assert done.written.n == ledger.checkpoint().size - 1
    assert done.written.header.type == "decision.recorded"
    assert done.considered.evaluation.advice == "may_share"
    assert done.considered.evaluation.route == "consent"
    assert done.approver is None
    assert ledger.verify().ok


def test_the_header_holds_six_fields_and_nothing_else(ledger: Sample) -> None:
    done = recorded(ledger, SHARED)
    body = done.written.header.body
    assert set(body) == BODY
    given = {name: body[name] for name in BODY - {"packs"}}
    assert given == {
        "decision": "share",
        "advice": "may_share",
        "differs": False,
        "late": False,
        "approval": "not_needed",
    }
    assert body["packs"]
    assert all(set(pack) == {"id", "digest"} for pack in body["packs"])
    assert {"flowcharts/england-2006", "rules/2024-seven"} <= {pack["id"] for pack in body["packs"]}


WORDS = ("Robin", "Placeholder", "Kim", "Sam", "Nowhere", "tired", "sleep", "harm", "2014", "nurse", "parent", "north")


def test_the_entry_in_the_clear_holds_no_word_of_the_document(ledger: Sample) -> None:
    done = recorded(ledger, SHARED)
    with ledger.store.read() as reader:
        row = reader.entry(done.written.n)
        assert row is not None
        beside = b"".join(reader.parts(row.n, row.n + 1)[row.n].values())
    for word in WORDS:
        assert word.encode() not in row.leaf, word
        assert word.encode() not in beside, word


def test_no_word_of_the_document_stands_anywhere_in_the_database(ledger: Sample) -> None:
    recorded(ledger, SHARED)
    ledger.store.close()
    data = b"".join(path.read_bytes() for path in ledger.path.parent.glob("ledger.db*"))
    assert b"decision.recorded" in data, "this is where it would be found"
    for word in ("Robin", "Placeholder", "Nowhere", "sleeping", "parental_responsibility"):
        assert word.encode() not in data, word


def test_the_document_is_sealed_whole_for_the_readers_of_the_case(ledger: Sample) -> None:
    done = recorded(ledger, SHARED)
    whole = opened(ledger, done.written.n, "practitioner")
    assert whole == {"document": done.considered.document.value}
    assert whole["document"]["subject"]["name"] == "Robin Placeholder"
    for who in ("guardian", "duty"):
        assert opened(ledger, done.written.n, who) == whole
    for who in ("colleague", "outsider", "manager", "lead", "founder"):
        with pytest.raises(NotPermitted):
            opened(ledger, done.written.n, who)


def test_the_figures_are_sealed_apart_and_hold_no_name_and_no_words(ledger: Sample) -> None:
    done = recorded(ledger, SHARED)
    figures = codes(ledger, done.written.n, "manager")
    for who in ("guardian", "lead", "founder"):
        assert codes(ledger, done.written.n, who) == figures
    with pytest.raises(NotPermitted):
        codes(ledger, done.written.n, "practitioner")
    assert figures["lines"] == [{"item": 1, "recipient": 1, "advice": "may_share", "route": "consent"}]
    assert figures["team"] == "north"
    assert figures["age_band"] == "from_12"
    assert figures["consents"] == [{"status": "given", "form": "explicit_oral", "capacity": "parental_responsibility"}]
    assert figures["counts"]["items"] == 1
    text = json.dumps(figures)
    for word in ("Robin", "Kim", "Sam", "Nowhere", "tired", "sleep", "help", "2014-02-03"):
        assert word not in text, word


def test_what_falls_due_is_worked_out_and_sealed(ledger: Sample) -> None:
    done = recorded(ledger, SHARED)
    due = done.considered.due
    # two working days after Monday the 21st to send it, and the day that was set to look again
    assert due == (("send", "2026-09-23"), ("review", "2026-12-01"))
    assert codes(ledger, done.written.n, "manager")["due"] == [{"code": code, "by": day} for code, day in due]


def test_a_decision_begins_a_case_or_joins_one(ledger: Sample) -> None:
    first, second = recorded(ledger, SHARED), recorded(ledger, SHARED)
    assert first.case != second.case
    assert first.written.header.case == first.case
    third = recorded(ledger, SHARED, case=first.case, refs=[first.written.header.id])
    assert third.case == first.case
    assert third.written.header.refs == (first.written.header.id,)
    with pytest.raises(NotPermitted) as forbidden:
        recorded(ledger, SHARED, who="outsider", case=first.case)
    assert forbidden.value.fault.field == "case"


# -- approval


def test_not_sharing_under_13_awaits_a_manager_who_can_read_it_at_once(ledger: Sample) -> None:
    done = recorded(ledger, refused())
    body = done.written.header.body
    assert set(body) == {*BODY, "approver"}
    assert (body["decision"], body["advice"], body["approval"]) == ("no_share", "do_not_share", "awaited")
    assert body["approver"] == done.approver == "p-manager"
    assert opened(ledger, done.written.n, "manager") == opened(ledger, done.written.n, "practitioner")
    assert decision_status(done.written.header, []).code == "awaiting_approval"
    assert "approval" in dict(done.considered.due)
    assert ledger.verify().ok


def test_the_manager_approves_and_the_author_cannot(ledger: Sample) -> None:
    done = recorded(ledger, refused())
    approve = {"refs": [done.written.header.id], "record": {"reason": "I looked at it too"}}
    with pytest.raises(NotPermitted):
        follow_up(ledger.desk("practitioner"), "decision.approved", done.case, **approve)
    approved = follow_up(ledger.desk("manager"), "decision.approved", done.case, **approve)
    assert decision_status(done.written.header, [approved.header]).code == "approved"


def test_a_manager_does_not_await_themselves(ledger: Sample) -> None:
    done = recorded(ledger, refused(), who="manager")
    assert done.approver is None
    assert done.written.header.body["approval"] == "awaited"
    assert "approver" not in done.written.header.body
    ledger.enrol("manager2", ["manager"], ["north"])
    assert recorded(ledger, refused(), who="manager").approver == "p-manager2"


def test_without_a_manager_in_the_team_it_is_recorded_all_the_same(ledger: Sample) -> None:
    """The outsider's team has no manager: recording never waits for one."""
    done = recorded(ledger, refused(), who="outsider")
    assert done.approver is None
    assert done.written.header.body["approval"] == "awaited"
    assert ledger.verify().ok


NEED_NO_APPROVAL = {
    "at 13": refused(born="2013-09-21"),
    "about something else": refused(sexual="no"),
    "shared": SHARED.replace("decision: share\n", "decision: share\nsexual_activity: yes\n"),
}


@pytest.mark.parametrize("name", NEED_NO_APPROVAL)
def test_nothing_else_awaits_an_approval(ledger: Sample, name: str) -> None:
    """Thirteen on the day, another matter, or sharing: which never waits."""
    done = recorded(ledger, NEED_NO_APPROVAL[name])
    assert not done.considered.awaits_approval
    assert set(done.written.header.body) == BODY
    assert done.written.header.body["approval"] == "not_needed"
    with pytest.raises(NotPermitted):
        opened(ledger, done.written.n, "manager")


def test_the_day_before_the_13th_birthday_it_does() -> None:
    assert considered(refused(born="2013-09-22")).awaits_approval
    assert not considered(refused(born="2013-09-21")).awaits_approval


# -- late


def at(moment: str) -> int:
    return parse_time(moment)


LATE = [
    ("2026-09-21T09:30:00Z", "2026-09-22T23:59:59Z", "england", False),  # the next working day, to its end
    ("2026-09-21T09:30:00Z", "2026-09-23T00:00:00Z", "england", True),
    ("2026-09-18T09:30:00Z", "2026-09-21T12:00:00Z", "england", False),  # Friday, recorded on Monday
    ("2026-09-18T09:30:00Z", "2026-09-22T12:00:00Z", "england", True),
    ("2026-04-02T09:30:00Z", "2026-04-07T12:00:00Z", "england", False),  # Easter
    ("2026-04-02T09:30:00Z", "2026-04-07T12:00:00Z", "scotland", True),  # where Easter Monday is worked
    ("2025-09-21", "2026-09-21T12:00:00Z", "england", True),
]


@pytest.mark.parametrize(("decided", "now", "nation", "late"), LATE)
def test_late_is_more_than_a_working_day_after_the_decision(decided: str, now: str, nation: str, late: bool) -> None:
    text = (
        refused(sexual="no")
        .replace("decided_at: 2026-09-21T09:30:00Z", f"decided_at: {decided}")
        .replace("2014-02-03", "2012-02-03")
    )
    if late:
        with pytest.raises(Refused) as error:
            considered(text, at(now), nation)
        (fault,) = error.value.faults
        assert (fault.field, fault.got) == ("late_reason", "nothing")
        assert "late_reason" in fault.hint
        text += "late_reason: imported\n"
    assert considered(text, at(now), nation).late is late


def test_a_reason_for_being_late_where_nothing_is_late_says_nothing(ledger: Sample) -> None:
    assert not recorded(ledger, SHARED + "late_reason: urgent\n").considered.late


def test_late_stands_in_the_header_and_nothing_was_written_without_a_reason(ledger: Sample) -> None:
    text = refused(sexual="no").replace("2026-09-21T09:30:00Z", "2026-09-16T09:30:00Z")
    before = ledger.checkpoint()
    with pytest.raises(Refused):
        recorded(ledger, text)
    assert ledger.checkpoint() == before
    done = recorded(ledger, text + "late_reason: other\nlate_words: I was ill\n")
    assert done.written.header.body["late"] is True
    assert done.considered.document.facts.late_reason == "other"


# -- differing from the advice

DIFFERS = {
    "shared against a refusal": (
        refused(sexual="no").replace("decision: no_share", "decision: share"),
        ("shared_against_advice",),
    ),
    "asking comes first": (
        SHARED[: SHARED.index("consent:")] + "consent: {status: not_sought}\nreasons: I was in a hurry.\n",
        ("agreement_not_asked_first",),
    ),
    "not shared in danger": (
        refused(sexual="no").replace("immediate: no", "immediate: yes"),
        ("no_share_in_danger", "advice_not_asked"),
    ),
    "may share, and did not": (SHARED.replace("decision: share\n", "decision: no_share\n"), ()),
    "as advised": (SHARED, ()),
}


@pytest.mark.parametrize("name", DIFFERS)
def test_differing_from_the_advice_is_recorded_and_never_hindered(ledger: Sample, name: str) -> None:
    text, expected = DIFFERS[name]
    done = recorded(ledger, text)
    assert set(done.considered.differs) == set(expected)
    assert done.written.header.body["differs"] is bool(expected)


def test_considering_writes_nothing_and_says_the_same_twice(ledger: Sample) -> None:
    before = ledger.checkpoint()
    first, second = considered(SHARED), considered(SHARED)
    assert first == second
    assert first.document.decided_on == datetime.date(2026, 9, 21)
    assert ledger.checkpoint() == before


def test_nobody_records_before_there_is_a_guardian(tmp_path: Path) -> None:
    alone = founded_ledger(tmp_path, roles=["administrator", "practitioner"])
    with pytest.raises(Refused) as error:
        recorded(alone, SHARED, who="founder")
    assert "guardian" in error.value.faults[0].got
    assert alone.checkpoint().size == 1


@pytest.mark.parametrize("who", ["guardian", "lead", "duty", "founder"])
def test_who_has_no_role_for_decisions_is_not_permitted(ledger: Sample, who: str) -> None:
    before = ledger.checkpoint()
    with pytest.raises(NotPermitted):
        recorded(ledger, SHARED, who=who)
    assert ledger.checkpoint() == before


def test_a_case_of_our_own_may_be_named(ledger: Sample) -> None:
    assert recorded(ledger, SHARED, case=case(7)).case == case(7)


OWN = """\
[pack]
id = "ours"
words = "Ours"
in_force = { from = 2026-01-01, until = 2026-12-31 }
source = { document = "Policy of Anytown (sample)", paragraph = "1" }
checked = 2026-09-01
confidence = "own"
LATE
[[proposes]]
id = "law"
words = "What we rely on"
PROPOSES
"""


def own(proposes: str, late: str = "") -> Pack:
    return read_own_pack(OWN.replace("PROPOSES", proposes).replace("LATE", late).encode())


def proposed(proposes: str, kind: str = "public", day: str = "2026-09-21", **more: Any) -> tuple[str, ...]:
    on = datetime.date.fromisoformat(day)
    facts = parse_facts(
        {"organisation": {"kind": kind, "nation": "england"}, "recipients": [{"kind": "health"}], **more}
    )
    return proposed_laws(facts, packs_for("england", on, (), own(proposes)), on)


def test_laws_are_proposed_to_those_for_whom_they_are() -> None:
    assert proposed('codes = ["A6-E", "A9-G18"]') == ("A6-E", "A9-G18")
    assert proposed('codes = ["A6-E"]\nrecipients = ["health", "police"]') == ("A6-E",)
    assert proposed('codes = ["A6-E"]\nrecipients = ["police"]') == ()
    assert proposed('codes = ["A6-E", "A9-G18"]', basis={"codes": ["A9-G18"]}) == ("A6-E",), "that is relied on already"


def test_no_law_is_proposed_that_is_not_for_that_day_or_organisation() -> None:
    assert proposed('codes = ["A6-EA"]', kind="other") == ("A6-EA",)
    assert proposed('codes = ["A6-EA"]', kind="other", day="2026-02-04") == (), "it began the day after"
    assert proposed('codes = ["A6-EA"]', kind="public") == ()
    assert proposed('codes = ["A6-E"]\nin_force = { from = 2026-10-01 }') == ()
    assert proposed('codes = ["A6-E"]', day="2027-01-04") == (), "the pack has ended"
    assert proposed_laws(parse_facts({}), packs_for("england", datetime.date(2026, 9, 21)), datetime.date.max) == ()


@pytest.mark.parametrize(("late", "limit"), [("", 1), ("[late]\nworking_days = 0", 0), ("[late]\nworking_days = 3", 3)])
def test_an_organisation_says_how_soon_a_record_is_late(late: str, limit: int) -> None:
    """The decision is of Monday 21 September 2026."""
    pack = own('codes = ["A6-E"]', late)
    document = check_document(
        read_document(SHARED.encode(), "a.yaml"), now=NOW, organisation_kind="public", nation="england"
    )
    last, day = NOW + 86_400 * limit, 86_400
    assert not consider(document, "england", last, pack).late
    with pytest.raises(Refused, match="late_reason"):
        consider(document, "england", last + day, pack)
    assert late_limit(pack) == limit
