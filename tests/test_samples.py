"""Each sample decision comes to what its paragraph says; the expectations are read from the paragraphs."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

import cli.samples
from cli.samples import SAMPLES, Sample
from ledger.log.encoding import canonical, parse_time
from ledger.records.document import Document, check_document, codes_of, json_schema
from ledger.records.identifiers import nhs_number_holds
from ledger.records.intake import read_document
from policies import evaluate, packs_for
from policies.evaluation import Evaluation

NOW = parse_time("2026-11-01T00:00:00Z")
FOLDER = Path(cli.samples.__file__).parent

# file → decision, advice, route, act_now, conditions, lines (item recipient advice), how the decision differs,
# and concerns that must be there. Paragraphs are those of the guide of 2006 unless another document is named.
EXPECTED: dict[str, dict[str, Any]] = {
    # 3.7: widely known is not confidential; told in confidence is, and nobody was asked (3.9: asking comes first)
    "01_parent_misuses_drugs": {
        "decision": "share_part",
        "advice": "mixed",
        "route": "mixed",
        "lines": ["1 1 may_share not_confidential", "2 1 seek_consent_first"],
    },
    # 3.20 refused, still justified to find the cause; reasonable cause of 3.12: normally justified
    "02_baby_failing_to_thrive": {
        "decision": "share",
        "advice": "should_share",
        "route": "public_interest",
        "lines": ["1 1 should_share public_interest", "2 1 should_share public_interest"],
        "concerns": {"risk_unsure"},
    },
    # 4.14: a referral that the patient agrees to carries implied consent, explained at the outset: nothing to add
    "03_gp_referral": {
        "decision": "share",
        "advice": "may_share",
        "route": "consent",
        "lines": ["1 1 may_share consent"],
        "only_concerns": {"law_not_verified"},
    },
    # 4.24: must be shared even if it is confidential and consent was not given
    "04_notifiable_disease": {
        "decision": "share",
        "advice": "must_share",
        "route": "duty",
        "lines": ["1 1 must_share duty"],
        "only_concerns": {"law_not_verified"},
    },
    # Appendix 2, 16: as long as the person consents; 4.20: one person with parental responsibility is enough
    "05_homeless_family": {
        "decision": "share",
        "advice": "may_share",
        "route": "consent",
        "lines": ["1 1 may_share consent"],
        "only_concerns": set(),
    },
    # 4.20: the competent child's refusal is the one to consider even if a parent disagrees; 3.17: respected
    "06_competent_child_refuses": {
        "decision": "no_share",
        "advice": "do_not_share",
        "route": "",
        "lines": ["1 1 do_not_share"],
        "concerns": {"parent_disagrees"},
    },
    # managers' guide 2010: exceptional, and only with the documented approval of a senior manager
    "07_under_13_awaits_approval": {
        "decision": "no_share",
        "advice": "do_not_share",
        "route": "",
        "conditions": ["awaiting_approval"],
        "lines": ["1 1 do_not_share"],
        "concerns": {"risk_unsure"},
    },
    # 3.17: consent refused should be respected unless the public interest justifies sharing
    "08_refusal_respected": {
        "decision": "no_share",
        "advice": "do_not_share",
        "route": "",
        "lines": ["1 1 do_not_share"],
        "only_concerns": set(),
    },
    # 12.5: anything that could identify the referrer is only disclosed with the referrer's consent
    "09_neighbour_not_named": {
        "decision": "share_part",
        "advice": "may_share",
        "route": "not_confidential",
        "conditions": ["share_less"],
        "lines": ["1 1 may_share not_confidential", "2 1 do_not_share"],
        "concerns": {"risk_unsure"},
    },
    # 4.20: where parents are separated, the consent of the resident parent would usually be sought
    "10_separated_parents": {
        "decision": "share",
        "advice": "may_share",
        "route": "consent",
        "lines": ["1 1 may_share consent"],
        "only_concerns": {"law_not_verified"},
    },
    # getting it right, second note: parental consent should be gained for children under 12
    "11_girfec_under_12": {
        "decision": "defer",
        "advice": "seek_consent_first",
        "route": "",
        "lines": ["1 1 seek_consent_first"],
        "concerns": {"child_answer_is_a_view"},
    },
    # 3.11: some information may be shared in order to decide on sharing more; 4.25 limited
    "12_limited_to_decide": {
        "decision": "share_part",
        "advice": "may_share",
        "route": "public_interest",
        "conditions": ["limited"],
        "lines": ["1 1 may_share public_interest"],
    },
    # Salford: involve the safeguarding lead; 4.26: advice where it is not sure; decided without it, which differs
    "13_professionals_disagree": {
        "decision": "no_share",
        "advice": "seek_advice",
        "route": "",
        "lines": ["1 1 seek_advice", "2 1 seek_advice"],
        "differs": ["advice_not_asked"],
        "concerns": {"risk_unsure"},
    },
    # 3.18: the child's interest comes first, nothing waits; 4.22: asking would put both at greater risk
    "14_urgent_unborn": {
        "decision": "share",
        "advice": "should_share",
        "route": "public_interest",
        "act_now": True,
        "lines": ["1 1 should_share public_interest", "1 2 should_share public_interest"],
    },
    # 3.12, 3.21: to prevent serious harm to an adult; 4.22: not asked because of that harm
    "15_adult_at_risk": {
        "decision": "share",
        "advice": "should_share",
        "route": "public_interest",
        "act_now": True,
        "lines": ["1 1 should_share public_interest", "1 2 should_share public_interest"],
        "only_concerns": set(),
    },
}


def checked(sample: Sample) -> Document:
    raw = read_document(sample.read(), sample.file)
    return check_document(raw, now=NOW, organisation_kind="public", nation="england")


def evaluated(document: Document) -> Evaluation:
    return evaluate(document.facts, packs_for("england", document.decided_on))


each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)


def test_every_file_is_listed_once_in_the_order_of_its_number() -> None:
    files = [sample.file for sample in SAMPLES]
    assert files == sorted(path.name for path in FOLDER.glob("*.yaml"))
    assert [f"{name}.yaml" for name in EXPECTED] == files
    assert len(files) >= 13


@each_sample
def test_the_sample_comes_to_what_its_paragraph_says(sample: Sample) -> None:
    expected = EXPECTED[sample.file.removesuffix(".yaml")]
    document = checked(sample)
    found = evaluated(document)
    assert document.facts.decision == expected["decision"]
    assert (found.advice, found.route) == (expected["advice"], expected["route"])
    assert found.act_now == expected.get("act_now", False)
    assert list(found.conditions) == expected.get("conditions", [])
    lines = [" ".join(filter(None, (str(e.item), str(e.recipient), e.advice, e.route))) for e in found.lines]
    assert lines == expected["lines"]
    assert list(found.differs(document.facts.decision)) == expected.get("differs", [])
    concerns = {concern.code for concern in found.concerns}
    assert expected.get("concerns", set()) <= concerns
    assert concerns == expected.get("only_concerns", concerns)


@each_sample
def test_the_sample_says_what_it_plays_out(sample: Sample) -> None:
    """Its first line names the seed with its paragraph or line, and the document as people see it."""
    first = sample.read().decode("utf-8").splitlines()[0]
    found = re.fullmatch(r"# Plays out: seed 00([0-4])(?: line \d+)? \(([^)]+)\), (.+)\. All made up\.", first)
    assert found is not None
    document, _, where = sample.source.partition(", ")
    assert where == found[3]
    assert found[2].split()[0].lower() in document.lower(), (found[2], document)
    assert sample.shows


@each_sample
def test_the_sample_can_be_recorded_on_any_later_day(sample: Sample) -> None:
    document = checked(sample)
    assert document.decided_on < datetime.date(2026, 11, 1)
    assert document.facts.late_reason, "or it could only be recorded within a working day"


@each_sample
def test_people_in_samples_are_made_up(sample: Sample) -> None:
    surnames = {"Example", "Sample", "Specimen", "Placeholder", "Stand-In"}
    text = sample.read().decode("utf-8")
    names = re.findall(r"\b(?:name|mother_surname): ([^,}\n]+)", text)
    assert names or "14_" not in sample.file
    assert all(name.split()[-1] in surnames for name in names), names
    numbers = re.findall(r"nhs_number: ([0-9 ]+)", text)
    assert all(number.startswith("999 ") and nhs_number_holds(number.replace(" ", "").strip()) for number in numbers)


@each_sample
def test_what_is_sealed_of_it_is_canonical_and_its_codes_hold_no_words(sample: Sample) -> None:
    document = checked(sample)
    codes = codes_of(document, evaluated(document), due=[("send", "2026-11-03")], team="north")
    canonical(document.value)
    text = canonical(codes).decode("utf-8")
    assert not re.search(r"[A-Za-z] [A-Za-z]", text), "codes hold no sentences"
    for word in ("Example", "Sample", "Specimen", "Placeholder", "Stand-In", "Anytown", "999"):
        assert word not in text


def failures(schema: dict[str, Any], value: Any, path: str = "") -> list[str]:
    """What of a draft 2020-12 schema a value does not meet, for the keywords that ours uses."""
    unknown = set(schema) - KNOWN
    assert not unknown, f"the check below does not know {unknown}"
    found = [bad for inner in schema.get("allOf", []) for bad in failures(inner, value, path)]
    found += [f"{path} type"] if "type" in schema and not typed(schema["type"], value) else []
    if "enum" in schema and not any(
        value is one or (value == one and type(value) is type(one)) for one in schema["enum"]
    ):
        found.append(f"{path} enum")
    if "const" in schema and value != schema["const"]:
        found.append(f"{path} const")
    if "if" in schema and not failures(schema["if"], value, path):
        found += failures(schema["then"], value, path)
    if "not" in schema and not failures(schema["not"], value, path):
        found.append(f"{path} not")
    if isinstance(value, str):
        found += (
            [f"{path} length"] if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**6) else []
        )
        found += [f"{path} pattern"] if not re.search(schema.get("pattern", ""), value) else []
    if isinstance(value, list):
        found += (
            [f"{path} items"] if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**6) else []
        )
        found += [
            each for n, one in enumerate(value, 1) for each in failures(schema.get("items", {}), one, f"{path}[{n}]")
        ]
        if "contains" in schema and all(failures(schema["contains"], one) for one in value):
            found.append(f"{path} contains")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{path}.{name} missing" for name in schema.get("required", []) if name not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{path}.{name} unknown" for name in value if name not in known]
        found += [
            bad for name in value if name in known for bad in failures(known[name], value[name], f"{path}.{name}")
        ]
    return found


KNOWN = {"$schema", "title", "description", "type", "enum", "const", "allOf", "if", "then", "not", "contains"} | {
    *("properties", "required", "additionalProperties", "items", "minItems", "maxItems"),
    *("minLength", "maxLength", "minimum", "maximum", "pattern", "format"),
}


def typed(wanted: str | list[str], value: Any) -> bool:
    types = {"string": str, "boolean": bool, "array": list, "object": dict}
    for name in [wanted] if isinstance(wanted, str) else wanted:
        if name == "integer" and type(value) is int:
            return True
        if name != "integer" and type(value) is types[name]:
            return True
    return False


@each_sample
def test_the_json_schema_takes_the_sample(sample: Sample) -> None:
    assert failures(json_schema(), read_document(sample.read(), sample.file)) == []


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"decision": "shair"}, ".decision enum"),
        ({"reasons": ""}, ".reasons length"),
        ({"zebra": "x"}, ".zebra unknown"),
        ({"recipients": [{"kind": "other"}]}, ".recipients[1].kind_words missing"),
        ({"recipients": []}, ".recipients items"),
        ({"consents": [{"status": "given"}]}, " not"),
        ({"urgent": "yes", "risk": None, "subject": {"identifiers": {"nhs_number": "1"}}}, ".risk type"),
        ({"subject": {"identifiers": {"nhs_number": "1"}}}, ".subject.identifiers.nhs_number pattern"),
    ],
)
def test_the_json_schema_refuses_what_the_document_refuses(change: dict[str, Any], failure: str) -> None:
    raw = {**read_document(SAMPLES[7].read(), SAMPLES[7].file), **change}
    assert failure in failures(json_schema(), raw)


def test_the_json_schema_asks_for_less_where_it_is_urgent() -> None:
    raw = read_document(SAMPLES[7].read(), SAMPLES[7].file)
    short = {name: raw[name] for name in ("decision", "decided_at", "subject", "information", "recipients", "reasons")}
    assert failures(json_schema(), short) == [".risk missing", ".questions missing"]
    assert failures(json_schema(), {**short, "urgent": "true"}) == []
