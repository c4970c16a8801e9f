"""A document is checked as a whole: every refusal by field, expected, got and hint, and no person in any of them."""

import copy
import datetime
import json
from collections.abc import Mapping
from typing import Any

import pytest

from ledger.errors import Fault, Refused
from ledger.log.encoding import canonical, parse_time
from ledger.log.types import TYPES
from ledger.records.document import (
    Document,
    check_document,
    codes_of,
    facts_of,
    facts_to_try,
    json_schema,
    template,
)
from ledger.records.document_codes import age_band
from ledger.records.intake import read_document
from policies import evaluate, packs_for
from policies.codes import POINTS
from policies.fields import FACTS

NOW = parse_time("2026-03-02T12:00:00Z")

WHOLE: dict[str, Any] = {
    "decision": "share",
    "decided_at": "2026-03-02T10:00:00Z",
    "subject": {
        "name": "Marker Robin",
        "date_of_birth": "2012-03-02",
        "identifiers": {"nhs_number": "999 000 0107"},
        "address": "Marker Street 1",
        "contact": "marker@example.org",
        "aliases": ["Marker Bobby"],
    },
    "risk": {"significant_harm": "no"},
    "information": [
        {"description": "Marker words", "provider": {"name": "Marker Neighbour", "kind": "member_of_public"}},
        {"description": "Marker second"},
    ],
    "recipients": [{"name": "Marker Nurse", "kind": "health", "method": "telephone", "contact": "0700 MARKER"}],
    "questions": {"purpose": {"answer": "yes", "reason": "Marker reason"}},
    "consents": [
        {
            "status": "given",
            "form": "explicit_written",
            "by": {"name": "Marker Parent", "capacity": "parental_responsibility", "person": "parent"},
            "asked_by": {"name": "Marker Worker"},
            "obtained_at": "2026-03-01",
            "expires_at": "2026-09-17",
        },
        {"status": "not_sought", "not_sought": "child_harm"},
    ],
    "competence": {"conclusion": "competent", "assessor": {"name": "Marker Assessor"}, "pack": "england-2006"},
    "people": [{"name": "Marker Mother", "role": "mother"}],
    "lead_worker": {"name": "Marker Lead"},
    "case_file": "Marker shelf 9",
    "protect": [{"what": "Marker secret", "from_whom": "Marker uncle"}],
    "basis": {"codes": ["A6-E", "A9-H", "CL-CONS-X"]},
    "retention": {"class": "child_health"},
    "reasons": "Marker reasons",
}


def whole(**changes: Any) -> dict[str, Any]:
    """The document above with some top fields changed; None takes one out."""
    merged = {**copy.deepcopy(WHOLE), **changes}
    return {name: value for name, value in merged.items() if value is not None}


def put(path: str, value: Any) -> dict[str, Any]:
    """The document above with one value put at a path such as `recipients.0.kind`."""
    document = whole()
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    at: Any = document
    for part in way:
        at = at[part] if isinstance(part, int) else at.setdefault(part, {})
    at[last] = value
    return document


def checked(raw: Mapping[str, Any], now: int = NOW, kind: str = "public", nation: str = "england") -> Document:
    return check_document(raw, now=now, organisation_kind=kind, nation=nation)


def faults_of(raw: Mapping[str, Any], **how: Any) -> tuple[Fault, ...]:
    with pytest.raises(Refused) as refused:
        checked(raw, **how)
    return refused.value.faults


def fault_of(raw: Mapping[str, Any], **how: Any) -> Fault:
    (fault,) = faults_of(raw, **how)
    return fault


def test_a_whole_document_is_taken_and_sealed_as_it_was_written() -> None:
    document = checked(whole())
    assert document.value["subject"]["identifiers"] == {"nhs_number": "9990000107"}
    assert document.decided_at == "2026-03-02T10:00:00Z"
    assert document.decided_on == datetime.date(2026, 3, 2)
    assert json.loads(canonical(document.value)) == document.value
    assert checked(document.value).value == document.value


def test_yaml_and_json_of_one_document_are_one_document() -> None:
    text = json.dumps(whole())
    assert (
        checked(read_document(text.encode(), "d.yaml")).value == checked(read_document(text.encode(), "d.json")).value
    )


@pytest.mark.parametrize(
    ("raw", "field", "expected", "got", "hint"),
    [
        (
            put("recipents", []),
            "recipents",
            "a field that is known here",
            "an unknown field",
            "Did you mean recipients?",
        ),
        (
            put("subject.nmae", "Marker"),
            "subject.nmae",
            "a field that is known here",
            "an unknown field",
            "Did you mean name?",
        ),
        (
            put("decided_at", "2026-02-30T10:00:00Z"),
            "decided_at",
            "a day and time with its zone, such as 2026-03-02T14:30:00Z, that is in the calendar",
            "2026-02-30T10:00:00Z",
            "",
        ),
        (
            put("retention.review_on", "2026-13-01"),
            "retention.review_on",
            "a day that is in the calendar, as YYYY-MM-DD",
            "2026-13-01",
            "",
        ),
        (
            put("subject.date_of_birth", "2012-02-30"),
            "subject.date_of_birth",
            "a day that is in the calendar, as YYYY-MM-DD",
            "a value that is not repeated here",
            "",
        ),
        (
            put("decided_at", "2026-03-02T12:05:01Z"),
            "decided_at",
            "a time that has come",
            "a time in the future",
            "Is the day, the month or the year a slip?",
        ),
        (put("decided_at", "2026-03-03"), "decided_at", "a time that has come", "a time in the future", "Is the day"),
        (
            put("subject.identifiers.nhs_number", "999 000 0108"),
            "subject.identifiers.nhs_number",
            "an NHS number whose last digit fits the others",
            "a value that is not repeated here",
            "A digit is wrong, or two are swapped",
        ),
        (whole(reasons=None), "reasons", "Your reasons, whichever way you decided", "nothing", "Reasons are asked for"),
        (
            whole(reasons=None, decision="no_share"),
            "reasons",
            "Your reasons, whichever way you decided",
            "nothing",
            "Reasons are asked for whichever way you decided",
        ),
        (
            put("recipients.0.decision", "no_share"),
            "recipients[1].reason",
            "why it differs for them",
            "nothing",
            "Reasons are asked for whichever way you decided",
        ),
        (
            put("recipients.0.kind", "other"),
            "recipients[1].kind_words",
            "words, because other was chosen",
            "nothing",
            "Say in recipients[1].kind_words what is meant",
        ),
        (
            put("consents.1.not_sought", "other"),
            "consents[2].not_sought_words",
            "words, because other was chosen",
            "nothing",
            "Say in",
        ),
        (
            put("reason_codes", ["other"]) | {"reasons": ""},
            "reasons",
            "words",
            "nothing (null)",
            "Reasons are asked for whichever way you decided",
        ),
        (put("subject.name", ["Marker"]), "subject.name", "words", "a value that is not repeated here", ""),
        (put("reasons", "  "), "reasons", "words", "empty text", "Reasons are asked for whichever way you decided"),
        (
            put("information.0.description", None),
            "information[1].description",
            "words",
            "nothing",
            "This must be given",
        ),
        (put("decision", None), "decision", "one of share", "nothing", "This must be given"),
        (
            put("basis.codes", ["A6-EA"]),
            "basis.codes[1]",
            "a law open to a public authority",
            "A6-EA, which is open to these kinds",
            "See whether A6-E serves",
        ),
        (
            put("basis.codes", ["CA04-16LA"]),
            "basis.codes[1]",
            "a law that can be relied on",
            "CA04-16LA, which is not confirmed as having begun",
            "See ",
        ),
        (put("basis.codes", ["A6-EE"]), "basis.codes[1]", "a code of the list of laws", "A6-EE", "Did you mean A6-E"),
        (
            put("questions.duty", {"answer": "yes", "code": "NOTIFY"}),
            "questions.duty.code",
            "a code of the list of laws",
            "NOTIFY",
            "Did you mean NOTIF?",
        ),
        (
            put("retention.class", "child_helth"),
            "retention.class",
            "a retention class",
            "a class that is not in the list",
            "Did you mean child_health?",
        ),
        (
            put("retention.class", "iicsa_hold"),
            "retention.class",
            "a retention class for that day and nation",
            "iicsa_hold, which serves",
            "Choose one of",
        ),
        (whole(risk=None), "risk", "whether anybody is in danger: yes, no or unsure", "nothing", "No time now?"),
        (whole(risk={}), "risk", "whether anybody is in danger: yes, no or unsure", "nothing", "No time now?"),
        (whole(questions=None), "questions", "an answer to at least one", "nothing", "No time now? Write urgent: true"),
        (
            put("subject.name", None) | {"subject": {"date_of_birth": "2012-03-02"}},
            "subject.name",
            "a name, or unborn: true",
            "nothing",
            "If the name is not known",
        ),
        (
            whole(subject={"unborn": True}),
            "subject.mother_surname",
            "the mother's surname, for a child not born yet",
            "nothing",
            "",
        ),
        (
            whole(subject={"unborn": True, "mother_surname": "Marker", "date_of_birth": "2026-01-01"}),
            "subject.date_of_birth",
            "no date of birth where the child is not born",
            "a day",
            "",
        ),
        (
            put("subject.expected_on", "2026-09-01"),
            "subject.expected_on",
            "nothing, unless unborn: true",
            "a value",
            "Write unborn: true, or leave it out",
        ),
        (
            put("subject.date_of_birth", "2026-03-03"),
            "subject.date_of_birth",
            "a day not after the decision",
            "a later day",
            "",
        ),
        (
            put("subject.died_on", "2026-03-09"),
            "subject.died_on",
            "a time that has come",
            "a time in the future",
            "Is the day",
        ),
        (
            put("subject.died_on", "2009-12-31"),
            "subject.died_on",
            "a day not before the birth",
            "an earlier day",
            "",
        ),
        (
            put("subject.date_of_birth", "1895-03-02"),
            "subject.date_of_birth",
            "at most 125 years before the decision",
            "an earlier day",
            "",
        ),
        (
            put("subject.age", 13),
            "subject.age",
            "the age that the date of birth gives",
            "another number",
            "Leave age out",
        ),
        (
            put("consents.0.obtained_at", "2026-03-02T12:05:01Z"),
            "consents[1].obtained_at",
            "a time that has come",
            "a time in the future",
            "Is the day",
        ),
        (
            put("trigger.received_at", "2026-03-03"),
            "trigger.received_at",
            "a time that has come",
            "a time in the future",
            "Is the day",
        ),
        (
            put("competence.assessed_on", "2027-03-02"),
            "competence.assessed_on",
            "a time that has come",
            "a time in the future",
            "Is the day",
        ),
        (
            whole(informing={"status": "informed", "when": "2026-03-09"}),
            "informing.when",
            "a time that has come",
            "a time in the future",
            "Is the day",
        ),
        (
            whole(advice=[{"given_at": "2026-03-09"}]),
            "advice[1].given_at",
            "a time that has come",
            "a time in the future",
            "Is the day",
        ),
        (
            put("recipients.0.items", [3]),
            "recipients[1].items[1]",
            "the number of one of the 2 items",
            "3",
            "They count from 1",
        ),
        (
            put("consent", {"status": "refused"}),
            "consent",
            "consent or consents",
            "both",
            "Put them all under consents",
        ),
        (
            put("consents.1.form", "implied"),
            "consents[2].form",
            "no form where nobody agreed",
            "not_sought",
            "",
        ),
        (
            put("recipients.0.kind", "helth"),
            "recipients[1].kind",
            "one of social_care",
            "helth",
            "Did you mean health?",
        ),
        (put("organisation", {"kind": "public"}), "organisation", "a field that is known here", "an unknown field", ""),
    ],
)
def test_what_is_wrong_is_refused_with_what_to_do(
    raw: dict[str, Any], field: str, expected: str, got: str, hint: str
) -> None:
    fault = fault_of(raw)
    assert fault.field == field
    assert fault.expected.startswith(expected)
    assert fault.got.startswith(got)
    assert fault.hint.startswith(hint)


def test_a_law_not_in_force_on_the_day_is_refused_saying_from_when() -> None:
    early = whole(decided_at="2026-02-04T10:00:00Z", basis={"codes": ["A6-EA"]}, consents=None)
    fault = fault_of(early, kind="other")
    assert fault.field == "basis.codes[1]"
    assert fault.expected == "a law in force on 4 February 2026"
    assert "5 February 2026" in fault.got
    day_after = whole(decided_at="2026-02-05T10:00:00Z", basis={"codes": ["A6-EA"]}, consents=None)
    assert checked(day_after, kind="other").facts.basis.codes == ("A6-EA",)


@pytest.mark.parametrize("code", ["CDA98-115", "CA04-16LA", "SCOT-CS95"])
def test_a_duty_that_is_none_for_these_people_is_advised_on_and_not_refused(code: str) -> None:
    document = checked(put("questions.duty", {"answer": "yes", "code": code}))
    found = evaluate(document.facts, packs_for("england", document.decided_on))
    assert "not_a_duty" in {concern.code for concern in found.concerns}


def test_clocks_may_differ_by_five_minutes() -> None:
    assert checked(whole(decided_at="2026-03-02T12:05:00Z")).decided_at == "2026-03-02T12:05:00Z"
    assert checked(whole(decided_at="2026-03-02")).decided_at == "2026-03-02"
    assert checked(whole(decided_at="2026-03-02T13:04+01:00")).decided_at == "2026-03-02T12:04:00Z"


def test_every_fault_is_named_at_once() -> None:
    raw = whole(
        reasons=None, risk=None, decison="share", retention={"class": "zzz"}, basis={"codes": ["A6-EA", "A6-A"]}
    )
    raw["subject"]["date_of_birth"] = "2027-01-01"
    raw["consents"][0]["obtained_at"] = "2027-01-01"
    assert {fault.field for fault in faults_of(raw)} == {
        *("decison", "reasons", "risk", "retention.class", "basis.codes[1]", "subject.date_of_birth"),
        *("consents[1].obtained_at", "consents[1].expires_at"),
    }


def test_an_urgent_document_is_only_asked_who_what_to_whom_when_why_and_how() -> None:
    asked = ("decision", "decided_at", "subject", "information", "recipients", "reasons")
    short = {name: whole()[name] for name in asked}
    assert {fault.field for fault in faults_of(short)} == {"risk", "questions"}
    assert checked({**short, "urgent": "yes"}).facts.urgent is True
    del short["recipients"][0]["method"]
    fault = fault_of({**short, "urgent": True})
    assert (fault.field, fault.expected) == ("recipients[1].method", "how it goes to them")
    assert checked({**short, "urgent": True, "decision": "no_share"}).facts.decision == "no_share"
    for name in asked:
        missing = {key: value for key, value in short.items() if key != name}
        assert name in {each.field for each in faults_of({**missing, "urgent": True})}


MARKERS = ("Marker", "marker", "MARKER", "Zebedee", "zebedee", "999", "0107", "0700")


def everywhere(value: Any, path: str = "") -> list[str]:
    """The path of every field of a document, dotted."""
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in [f"{path}.{key}", *everywhere(each, f"{path}.{key}")]]
    if isinstance(value, list):
        return [found for n, each in enumerate(value) for found in everywhere(each, f"{path}.{n}")]
    return []


@pytest.mark.parametrize(
    "wrong",
    [
        "Zebedee",
        "zebedee",
        "Zebedee Marker",
        "999 000 0108",
        "999-000-010",
        "Zebedee\x00",
        ["Zebedee"],
        {"Zebedee": "Marker"},
        9990000108,
        9.99,
        True,
        None,
        "",
        "Z" * 5000 + "ebedee",
    ],
    ids=lambda wrong: repr(wrong)[:12],
)
def test_no_fault_repeats_a_name_a_number_or_an_address(wrong: Any) -> None:
    refused = 0
    for path in everywhere(WHOLE):
        try:
            checked(put(path[1:], wrong))
        except Refused as error:
            refused += 1
            for fault in error.faults:
                assert not [marker for marker in MARKERS if marker in str(fault)], f"{path}: {fault}"
                assert fault.expected
                assert fault.got
    assert refused > 20


@pytest.mark.parametrize("name", ["Zebedee", "Zebedee Marker", "ZEBEDEE", "999 000 0107", "Zebedee's mother"])
def test_an_unknown_field_that_may_be_a_name_is_not_repeated(name: str) -> None:
    for path in ("", "subject.", "recipients.0."):
        fault = fault_of(put(f"{path}{name}", "x"))
        assert fault.field.endswith("(not shown)")
        assert name not in str(fault)
        assert fault.hint.startswith("If it is the rest of a sentence")


def test_several_unknown_fields_that_are_not_shown_are_named_once() -> None:
    fault = fault_of({**whole(), "Zebedee": "x", "Marker": "y"})
    assert fault.field == "(not shown)"


def test_a_law_that_is_no_law_is_not_repeated() -> None:
    fault = fault_of(put("basis.codes", ["999-000-0107"]))
    assert fault.got == "something that is no code"
    assert fault.hint


def test_rules_see_no_name_number_or_address() -> None:
    facts = facts_of(checked(whole()).value, organisation_kind="public", nation="england")
    assert FACTS.parse(facts)[1] == []
    text = json.dumps(facts)
    for marker in (
        "Marker Robin",
        "Street",
        "@",
        "0700",
        "9990000107",
        "Neighbour",
        "Parent",
        "Worker",
        "shelf",
        "secret",
    ):
        assert marker not in text
    assert facts["organisation"] == {"kind": "public", "nation": "england"}
    assert facts["subject"] == {"age": 14}


@pytest.mark.parametrize(
    ("born", "decided", "age", "band"),
    [
        ("2014-03-02", "2026-03-02", 12, "from_12"),
        ("2014-03-03", "2026-03-02", 11, "under_12"),
        ("2010-03-03", "2026-03-02", 15, "from_12"),
        ("2010-03-02", "2026-03-02", 16, "from_16"),
        ("2008-03-03", "2026-03-02", 17, "from_16"),
        ("2008-03-02", "2026-03-02", 18, "adult"),
        ("2008-02-29", "2026-02-28", 17, "from_16"),
        ("2008-02-29", "2026-03-01", 18, "adult"),
        ("2026-03-02", "2026-03-02", 0, "under_12"),
    ],
)
def test_age_is_counted_on_the_day_of_the_decision(born: str, decided: str, age: int, band: str) -> None:
    raw = put("subject.date_of_birth", born) | {
        "decided_at": decided,
        "consents": None,
        "consent": {"status": "refused"},
    }
    facts = checked({name: value for name, value in raw.items() if value is not None}).facts
    assert facts.subject.age == age
    assert age_band(facts) == band


def test_an_age_alone_is_enough_and_nothing_is_made_up_without_one() -> None:
    assert age_band(checked(whole(subject={"name": "Marker", "age": "13"})).facts) == "from_12"
    assert age_band(checked(whole(subject={"name": "Marker"})).facts) == ""
    unborn = checked(whole(subject={"unborn": "yes", "mother_surname": "Marker"})).facts
    assert (age_band(unborn), unborn.subject.age) == ("under_12", None)


def test_codes_are_what_the_record_design_lists_and_nothing_else() -> None:
    document = checked(put("informing", {"status": "later", "when": "2026-03-09", "reason": "delay", "who": "Marker"}))
    found = evaluate(document.facts, packs_for("england", document.decided_on))
    codes = codes_of(document, found, due=[("send", "2026-03-04")], team="north")
    assert set(codes) <= set(TYPES["decision.recorded"].codes_fields)
    assert codes["consents"] == [
        {"status": "given", "form": "explicit_written", "capacity": "parental_responsibility", "expires": "2026-09"},
        {"status": "not_sought", "not_sought": "child_harm"},
    ]
    assert codes["basis"] == {"article6": ["A6-E"], "article9": ["A9-H"], "confidentiality": ["CL-CONS-X"]}
    assert codes["competence"] == {"pack": "england-2006", "conclusion": "competent"}
    assert codes["risk"] == {"significant_harm": "no"}
    assert codes["recipients"] == ["health"]
    assert codes["informing"] == {"status": "later", "reason": "delay"}
    assert codes["due"] == [{"code": "send", "by": "2026-03-04"}]
    assert [each["principle"] for each in codes["caldicott"]] == [each.id for each in found.principles]
    assert len(codes["caldicott"]) == 8
    assert codes["readings"] == dict.fromkeys(POINTS, "england-2006")
    assert (codes["team"], codes["retention"], codes["age_band"]) == ("north", "child_health", "from_12")
    assert codes["decided_at"] == "2026-03-02T10:00:00Z"
    assert [line["item"] for line in codes["lines"]] == [1, 2]
    assert codes["counts"]["items"] == 2
    assert len(codes["rules"]) == 7
    text = canonical(codes).decode("utf-8")
    assert not [marker for marker in MARKERS if marker in text]


def test_what_does_not_apply_is_left_out_of_the_codes() -> None:
    document = checked(whole(consents=None, competence=None, basis=None, retention=None, subject={"name": "Marker"}))
    codes = codes_of(document, evaluate(document.facts, packs_for("england", document.decided_on)))
    left_out = {"consents", "competence", "basis", "retention", "age_band", "team", "trigger", "urgency", "informing"}
    assert not left_out & set(codes)


def test_codes_have_no_principles_where_none_applied() -> None:
    document = checked(whole())
    codes = codes_of(document, evaluate(document.facts, packs_for("scotland", document.decided_on)))
    assert "caldicott" not in codes
    assert codes["readings"]["refusal"] == "girfec"


@pytest.mark.parametrize(("age", "pack"), [("13", "england-2006"), ("16", "mca-2005"), (None, "england-2006")])
def test_codes_name_the_way_of_judging_competence_for_that_age(age: str | None, pack: str) -> None:
    subject = {"name": "Marker", **({"age": age} if age else {})}
    document = checked(whole(competence={"conclusion": "competent"}, subject=subject))
    codes = codes_of(document, evaluate(document.facts, packs_for("england", document.decided_on)))
    assert codes["competence"] == {"pack": pack, "conclusion": "competent"}


def test_an_answer_in_another_sense_is_told_apart_in_the_codes() -> None:
    asked = [{"status": "given"}, {"status": "given", "sense": "data_protection"}]
    document = checked(whole(consents=asked))
    codes = codes_of(document, evaluate(document.facts, packs_for("england", document.decided_on)))
    assert codes["consents"] == [{"status": "given"}, {"status": "given", "sense": "data_protection"}]


# -- the template


def uncommented() -> dict[str, Any]:
    """The template with every field's `# ` taken away, as the plain values it then holds: all of them nothing."""
    lines = [line for line in template().splitlines() if line and not line.startswith("##")]
    assert all(line.startswith("# ") for line in lines), "nothing stands outside a comment"
    return read_document("\n".join(line.removeprefix("# ") for line in lines).encode(), "template.yaml")


def filled(schema: Mapping[str, Any], blank: Any, name: str = "") -> Any:
    """A blank filled in with something that its schema takes."""
    if schema.get("type") == "object":
        given = blank or {}
        return {key: filled(schema["properties"][key], value, key) for key, value in given.items()}
    if schema.get("type") == "array":
        return [filled(schema["items"], value, name) for value in blank]
    if "enum" in schema:
        return str(schema["enum"][0])
    if "nhs" in name or schema.get("pattern", "").startswith("^[A-Z]"):
        return "9990000107" if "nhs" in name else "A123456789012"
    if "minimum" in schema:
        return str(max(1, schema["minimum"]))
    if schema.get("format"):
        return "2026-03-01T09:00:00Z" if schema["format"] == "date-time" else "2026-03-01"
    return {"when": "2026-03-01", "given_at": "2026-03-01", "obtained_at": "2026-03-01"}.get(
        name, {"code": "COURT", "codes": "A6-E", "class": "child_health", "age": "0"}.get(name, "some words")
    )


def test_the_template_uncommented_and_filled_in_is_taken() -> None:
    blank = uncommented()
    # Both are lists of what stands elsewhere in the template already, and consents stands in place of consent.
    assert (blank.pop("consents"), blank.pop("exceptions")) == (None, None)
    raw = filled(json_schema(), blank)
    for unborn_only in ("unborn", "mother_surname", "mother_nhs_number", "expected_on", "age", "died_on"):
        del raw["subject"][unborn_only]
    raw["decided_at"], raw["trigger"]["received_at"] = "2026-03-02", "2026-03-01"
    del raw["consent"]["not_sought"], raw["consent"]["by"]["holds_by"]
    document = checked(raw)
    assert set(document.value) == set(raw)
    assert document.facts.basis.codes == ("A6-E",)


def test_the_template_has_every_field_in_the_order_in_which_people_are_asked() -> None:
    names = list(uncommented())
    assert names == list(json_schema()["properties"])
    assert names[:2] == ["decision", "decided_at"]
    assert names[-5:] == ["basis", "retention", "lead_worker", "case_file", "entered_by"]
    law = template().index("## Law and governance: usually filled in by your organisation")
    assert template().index("# reasons:") < law < template().index("# basis:")


def test_the_blank_template_is_no_document() -> None:
    with pytest.raises(Refused) as refused:
        read_document(template().encode(), "template.yaml")
    assert refused.value.faults[0].got == "nothing but comments"


def test_a_field_left_empty_in_the_template_is_named() -> None:
    fault = fault_of(whole(necessity=None) | {"necessity": None})
    assert (fault.field, fault.got) == ("necessity", "nothing (null)")
    assert fault.hint == "Leave the field out if there is nothing to say"


def test_the_age_of_somebody_who_died_is_that_at_the_death() -> None:
    born = {"name": "Marker Child", "date_of_birth": "2012-03-02"}
    assert checked(whole(subject=born)).facts.subject.age == 14
    assert checked(whole(subject={**born, "died_on": "2024-03-01"})).facts.subject.age == 11
    assert checked(whole(subject={**born, "died_on": "2026-03-01"})).facts.subject.age == 13


# -- facts to try, where nothing is recorded

DAY = datetime.date(2026, 3, 2)


def test_a_whole_document_may_be_tried_and_gives_the_facts_that_are_recorded() -> None:
    tried = facts_to_try(whole(organisation={"kind": "public", "nation": "england"}), on=DAY)
    assert tried == checked(whole()).facts


def test_a_part_of_a_document_may_be_tried() -> None:
    assert facts_to_try({"consent": {"status": "refused"}}, on=DAY).consents[0].status == "refused"
    born = {"subject": {"date_of_birth": "2014-03-03"}}
    assert facts_to_try(born, on=DAY).subject.age == 11
    assert facts_to_try({**born, "decided_at": "2026-03-03"}, on=DAY).subject.age == 12


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"subject": {"nmae": "Zebedee"}}, "subject.nmae"),
        ({"subject": {"date_of_birth": "2012-02-30"}}, "subject.date_of_birth"),
        ({"recipients": [{"kind": "zebedee"}]}, "recipients[1].kind"),
        (["Zebedee"], "the document"),
    ],
)
def test_what_cannot_be_tried_is_refused(raw: Any, field: str) -> None:
    with pytest.raises(Refused) as refused:
        facts_to_try(raw, on=DAY)
    (fault,) = refused.value.faults
    assert fault.field == field
    assert "ebedee" not in str(fault)
