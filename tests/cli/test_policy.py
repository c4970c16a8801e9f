"""policy check: the policy module on its own, on a few facts or on a whole document, from a file or from stdin."""

import datetime
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from cli.samples import SAMPLES
from cli.world import World
from ledger.log.encoding import parse_time
from ledger.records.decisions import consider
from ledger.records.document import SHAPE, check_document, facts_to_try
from ledger.records.intake import read_document
from policies.fields import FACTS
from policies.shape import Kind, ListOf, Record

NOW = parse_time("2026-11-01T12:00:00Z")
KEYS = ["advice", "route", "act_now", "conditions", "lines", "trace", "rules", "principles", "obligations", "concerns"]
KEYS += ["senses", "laws", "readings", "packs"]
QUESTIONS = "questions: {purpose: {answer: yes}, identifies: {answer: yes}, confidential: {answer: yes}}\n"
Check = Callable[..., tuple[int, str, str]]


class Piped(io.StringIO):
    """stdin of a program behind a pipe: text, and the bytes underneath."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.buffer = io.BytesIO(text.encode())


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Run `policy check` on a text: exit code, stdout, stderr."""

    def run(text: str, *options: str, name: str = "facts.yaml", piped: bool = False) -> tuple[int, str, str]:
        (tmp_path / name).write_text(text)
        file = "-" if piped else str(tmp_path / name)
        out, err = io.StringIO(), io.StringIO()
        world = World(
            clock=lambda: NOW,
            random=bytes,
            env={},
            cwd=tmp_path,
            programs=tmp_path,
            stdin=Piped(text if piped else ""),
            stdout=out,
            stderr=err,
            ask_secret=lambda prompt: prompt,
        )
        return main(["policy", "check", file, *options], world), out.getvalue(), err.getvalue()

    return run


def answer(done: tuple[int, str, str]) -> Any:
    code, out, err = done
    assert (code, err) == (0, "")
    return json.loads(out)


def faults(done: tuple[int, str, str]) -> list[dict[str, str]]:
    code, out, _err = done
    document = json.loads(out)
    assert (code, document["ok"], document["exit"]) == (3, False, 3)
    found: list[dict[str, str]] = document["faults"]
    return found


# text of the file · advice · route
ALONE = {
    "questions": (QUESTIONS, "seek_consent_first", None),
    "consent": (
        QUESTIONS + "consent: {status: given, freely_given: yes, by: {capacity: self}, scope: {this_use: yes},\n"
        "  informed: {why: yes, who: yes, purpose: yes, implications: yes, right_to_object: yes}}\n"
        "competence: {conclusion: competent}\n",
        "may_share",
        "consent",
    ),
    "consents": (QUESTIONS + "consents: [{status: refused}]\n", None, None),
    "competence": ("competence: {conclusion: not_competent}\n", None, None),
    "risk": ("risk: {significant_harm: yes, immediate: yes}\n", "seek_advice", None),
    "basis": ("basis: {codes: [A6-E]}\n", None, None),
    "nothing confidential": (
        QUESTIONS.replace("confidential: {answer: yes}", "confidential: {answer: no}"),
        "may_share",
        "not_confidential",
    ),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_file_may_hold_a_part_alone(check: Check, name: str) -> None:
    text, advice, route = ALONE[name]
    found = answer(check(text, "--json"))
    if advice is not None:
        assert (found["advice"], found.get("route")) == (advice, route)
    assert found["act_now"] is (name == "risk")


def test_the_keys_are_those_that_scripts_rely_on_in_their_order(check: Check) -> None:
    found = answer(check(ALONE["nothing confidential"][0], "--json"))
    assert list(found) == KEYS
    assert {"item", "recipient", "advice", "route", "conditions", "trace"} <= set(found["lines"][0])


def test_without_a_route_there_is_no_route_and_in_danger_there_is_what_to_do(check: Check) -> None:
    assert list(answer(check(QUESTIONS, "--json"))) == [key for key in KEYS if key != "route"]
    found = answer(check(ALONE["risk"][0], "--json"))
    assert set(found) - set(KEYS) == {"act_now_says"}


def test_stdin_json_and_yaml_say_the_same(check: Check) -> None:
    text = ALONE["consent"][0]
    as_json = json.dumps(read_document(text.encode(), "a.yaml"))
    first = check(text, "--json")
    assert first == check(text, "--json", piped=True) == check(as_json, "--json", name="facts.json")
    assert first == check(as_json, "--json", piped=True)
    assert answer(first)["advice"] == "may_share"


def test_words_say_what_decided_it_and_where_that_stands(check: Check) -> None:
    code, out, err = check(ALONE["nothing confidential"][0])
    assert (code, err) == (0, "")
    for words in ("What the guidance advises", "not confidential", "this decided it", "3.7", "Golden rules"):
        assert words in out, words
    assert check(ALONE["risk"][0])[1].lstrip().startswith("ACT NOW")


# -- a whole document


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_whole_document_is_advised_on_as_when_it_is_recorded(check: Check, sample: Any) -> None:
    """Names, addresses and a date of birth may stand in it; the age that follows counts as in the record."""
    raw = read_document(sample.read(), sample.file)
    document = check_document(raw, now=NOW, organisation_kind="public", nation="england")
    whole = sample.read().decode() + "organisation: {kind: public, nation: england}\n"
    assert answer(check(whole, "--json")) == consider(document, "england", NOW).evaluation.to_json()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_words_of_a_whole_document_are_words(check: Check, sample: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No code is left in them, no name, and every line fits the screen; every part of the answer has its place."""
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = check(sample.read().decode())
    assert (code, err) == (0, "")
    assert re.findall(r"\b[a-z0-9]+_[a-z_]+\b", out) == []
    assert re.findall(r"\bFalse\b|\bTrue\b|\bNone\b(?! of )|[{}]", out) == []
    named = read_document(sample.read(), sample.file)["subject"]
    assert not [word for word in str(named.get("name", "")).split()[:1] if word and word in out]
    assert max(map(len, out.splitlines())) <= 80
    found = answer(check(sample.read().decode(), "--json"))
    assert out.lstrip().startswith("ACT NOW") is found["act_now"]
    for heading in ("What the guidance advises", "The questions", "Golden rules"):
        assert f"\n{heading}" in out
    assert ("\nLook again at\n" in out) is bool(found["concerns"])
    assert ("\nWhat falls due\n" in out) is bool(found["obligations"])
    if found["advice"] == "mixed":
        lines = [f"tem {line['item']} to recipient {line['recipient']}" for line in found["lines"]]
        assert [line for line in lines if line not in out] == []


def test_no_name_of_a_document_is_said(check: Check) -> None:
    text = QUESTIONS + "subject: {name: Robin Placeholder, address: 1 Nowhere Lane}\ndecided_by: {name: Kim Nobody}\n"
    for option in ("--json", "--plain"):
        code, out, _err = check(text, option)
        assert code == 0
        assert not [word for word in ("Robin", "Placeholder", "Nowhere", "Kim") if word in out]


AGES = [
    ("date_of_birth: 2014-11-01", 12),
    ("date_of_birth: 2014-11-02", 11),
    ("date_of_birth: 2014-11-02, age: 40", 11),
    ("age: 7", 7),
    ("unborn: yes, mother_surname: Placeholder", None),
    ("name: Robin", None),
]


@pytest.mark.parametrize(("subject", "age"), AGES)
def test_the_age_is_worked_out_on_the_day_that_counts(subject: str, age: int | None) -> None:
    for decided in ("", "decided_at: 2026-11-01T23:30:00Z\n", "decided_at: 2026-11-02T00:30:00+01:00\n"):
        raw = read_document(f"{decided}subject: {{{subject}}}\n".encode(), "a.yaml")
        assert facts_to_try(raw, on=datetime.date(2026, 11, 1)).subject.age == age


def field_paths(record: Record, before: str = "") -> set[str]:
    found = set()
    for name, kind in record.fields.items():
        found.add(before + name)
        inner: Kind = kind.kind if isinstance(kind, ListOf) else kind
        if isinstance(inner, Record):
            found |= field_paths(inner, f"{before}{name}.")
    return found


def test_a_document_knows_every_fact_at_every_depth() -> None:
    """So what a document does not know, no rule knows either (but whose document it is)."""
    only = field_paths(FACTS) - field_paths(SHAPE)
    assert only == {"organisation", "organisation.kind", "organisation.nation"}


# -- refusals

UNKNOWN = [
    ("purpse: to help\n", "purpse", "Did you mean purpose?"),
    ("lead_wroker: {name: Kim}\n", "lead_wroker", "Did you mean lead_worker?"),
    ("subject: {adress: 1 Nowhere Lane}\n", "subject.adress", "Did you mean address?"),
    ("questions: {purpos: {answer: yes}}\n", "questions.purpos", "Did you mean purpose?"),
    ("recipients: [{kind: police}, {knd: police}]\n", "recipients[2].knd", "Did you mean kind?"),
    ("consent: {status: given, by: {nmae: Kim}}\n", "consent.by.nmae", "Did you mean name?"),
    (
        "exceptions: [{items: [1], questions: {dty: {answer: no}}}]\n",
        "exceptions[1].questions.dty",
        "Did you mean duty?",
    ),
]


@pytest.mark.parametrize(("text", "field", "hint"), UNKNOWN)
def test_a_field_that_neither_a_rule_nor_a_document_knows_is_refused(
    check: Check, text: str, field: str, hint: str
) -> None:
    (fault,) = faults(check(text, "--json"))
    assert (fault["field"], fault["got"], fault["hint"]) == (field, "an unknown field", hint)
    code, out, err = check(text)
    assert (code, out) == (3, "")
    assert field in err
    assert hint in err
    assert "Kim" not in err
    assert "Nowhere" not in err


def test_every_fault_is_told_at_once_and_no_value_is_repeated(check: Check) -> None:
    text = "purpse: x\nrisk: {immediate: Robin}\nsubject: {date_of_birth: 30-02-2014, age: 999}\nRobin Placeholder: y\n"
    found = faults(check(text, "--json"))
    assert {fault["field"] for fault in found} >= {"purpse", "risk.immediate", "subject.age", "(not shown)"}
    assert "Robin" not in json.dumps(found)


REFUSED = [
    ("risk: {immediate: perhaps}\n", "risk.immediate"),
    ("subject: {date_of_birth: 2014-02-30}\n", "subject.date_of_birth"),
    ("subject: {date_of_birth: 2030-01-01}\n", "subject.age"),
    ("subject: Robin\n", "subject"),
    ("basis: {codes: [A6-Z]}\n", "basis.codes[1]"),
    ("consent: {status: given}\nconsents: [{status: given}]\n", "consent"),
    ("decided_at: 2026-13-01\n", "decided_at"),
    ("organisation: {nation: france}\n", "organisation.nation"),
    ("a: &b 1\n", "line 1"),
]


@pytest.mark.parametrize(("text", "field"), REFUSED)
def test_bad_input_is_refused(check: Check, text: str, field: str) -> None:
    assert field in {fault["field"] for fault in faults(check(text, "--json"))}


def test_a_file_that_is_not_there_or_no_fields_is_refused(check: Check, tmp_path: Path) -> None:
    for text in ("", "[1, 2]\n", "just words\n", "\x00"):
        assert faults(check(text, "--json"))
    here = check(QUESTIONS)
    assert here[0] == 0
    (tmp_path / "facts.yaml").unlink()
    world = World(lambda: NOW, bytes, {}, tmp_path, tmp_path, Piped(""), io.StringIO(), io.StringIO(), str)
    assert main(["policy", "check", str(tmp_path / "facts.yaml")], world) == 3
    assert main(["policy", "check", str(tmp_path)], world) == 3


# -- options


def test_the_day_decides_which_law_applies_unless_the_file_says_when(check: Check) -> None:
    text = "basis: {codes: [A6-EA]}\norganisation: {kind: other, nation: england}\n"
    assert check(text, "--on", "2026-02-05", "--json")[0] == 0
    assert "basis.codes[1]" in {fault["field"] for fault in faults(check(text, "--on", "2026-02-04", "--json"))}
    dated = text + "decided_at: 2026-02-04\n"
    assert "basis.codes[1]" in {fault["field"] for fault in faults(check(dated, "--on", "2026-02-05", "--json"))}


def test_the_nation_is_that_of_the_file_or_of_the_option(check: Check) -> None:
    def competence(*options: str, text: str = "") -> str:
        packs = answer(check(QUESTIONS + text, "--json", *options))["packs"]
        return next(str(pack["id"]) for pack in packs if pack["id"].startswith("competence/"))

    assert competence() == "competence/england-2006"
    assert competence("--nation", "scotland") == "competence/girfec"
    assert competence(text="organisation: {nation: scotland}\n") == "competence/girfec"
    assert competence("--nation", "scotland", text="organisation: {nation: england}\n") == "competence/england-2006"


@pytest.mark.parametrize(
    "on", ["", "yesterday", "2026-02-30", "20260201", "2026-W05-1", "2026-2-1", "2026-02-01T00:00"]
)
def test_a_day_that_is_none_is_wrong_usage(check: Check, on: str) -> None:
    code, out, err = check(QUESTIONS, "--on", on, "--json")
    assert (code, json.loads(out)["exit"]) == (2, 2)
    assert "YYYY-MM-DD" in err


def test_another_nation_is_refused(check: Check) -> None:
    (fault,) = faults(check(QUESTIONS, "--nation", "france", "--json"))
    assert fault["field"] == "--nation"
    assert "scotland" in fault["expected"]
    assert "--nation" in fault["hint"]


@pytest.mark.parametrize(
    ("side", "hint"),
    [
        ("refusal=nobody", "explain refusal"),
        ("refusl=girfec", "Did you mean refusal?"),
        ("nowhere=girfec", "policy explain"),
    ],
)
def test_a_side_that_is_not_there_is_named_by_its_option_with_where_to_look(check: Check, side: str, hint: str) -> None:
    (fault,) = faults(check(QUESTIONS, "--side", side, "--json"))
    assert fault["field"] == "--side"
    assert hint in fault["hint"]


@pytest.mark.parametrize("form", ['# ours\n\n[pack]\nid = "ours"\n', " [pack]\r\n"])
def test_a_pack_in_place_of_facts_is_told_apart(check: Check, form: str) -> None:
    (fault,) = faults(check(form, "--json"))
    assert (fault["field"], fault["got"]) == ("FILE", "a pack")
    assert "this is a pack: use --own" in fault["hint"].lower()
