"""What scripts may rely on: with --json exactly one document on stdout and nothing else there, also when refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import Done, Seat, club_seat, demo_seat, seat_at
from tests.cli.sample_documents import no_share, share, text

Factory = pytest.TempPathFactory
RECORD = {"entry", "index", "case", "advice", "differs", "due"}
VERIFY = {"ok", "size", "root", "checked", "could_not_check", "findings"}
POLICY = {
    "advice",
    "route",
    "act_now",
    "conditions",
    "lines",
    "trace",
    "rules",
    "principles",
    "obligations",
    "concerns",
    "senses",
    "laws",
    "readings",
    "packs",
}


@pytest.fixture
def demo(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


def answered(done: Done, code: int = 0) -> Any:
    """The document, once exit code and streams are as they should be."""
    assert done.code == code, done.said
    document = json.loads(done.out)
    assert done.out == json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return document


def refused(done: Done, code: int) -> list[dict[str, str]]:
    """The faults of a refusal: the same code in the document and on leaving, words on stderr besides."""
    document = answered(done, code)
    assert set(document) == {"ok", "exit", "faults"}
    assert (document["ok"], document["exit"]) == (False, code)
    for fault in document["faults"]:
        assert set(fault) == {"field", "expected", "got", "hint"}
        assert fault["field"], fault
        assert fault["expected"], fault
        assert fault["got"], fault
    assert done.err != ""
    assert "Traceback" not in done.said
    faults: list[dict[str, str]] = document["faults"]
    return faults


def test_verify(demo: Seat) -> None:
    document = answered(demo.run("verify", "--json"))
    assert set(document) == VERIFY | {"absent", "suspect"}
    assert (document["ok"], document["size"], document["findings"]) == (True, 35, [])
    assert len(document["root"]) == 64
    assert document["checked"]["signatures"] == 35
    assert list(document["could_not_check"]) == ["what sealed parts hold (no identity given)"]


def test_verify_of_a_damaged_ledger(demo: Seat) -> None:
    (demo.ledger / "ledger.db").write_bytes(b"")
    faults = refused(demo.run("verify", "--json"), 1)
    assert len(faults) == 1


def test_record(demo: Seat) -> None:
    file = demo.file("decision.json", text(share()))
    document = answered(demo.run("record", "--file", file, "--identity", demo.key("teacher"), "--json"))
    assert set(document) == RECORD
    assert (document["index"], document["advice"], document["differs"]) == (35, "may_share", [])
    assert document["due"] == [{"what": "send", "by": "2026-11-04"}]
    assert len(document["entry"]) == len(document["case"]) == 32
    again = answered(
        demo.run("record", "--file", file, "--case", "35", "--identity", demo.key("teacher"), "--json", stdin="")
    )
    assert (again["index"], again["case"]) == (36, document["case"])
    assert (demo.root / file).exists()
    assert demo.sound() == 37


def test_record_from_stdin_differing_from_the_advice(demo: Seat) -> None:
    document = share(decision="no_share", reasons="She sounded unsure on the telephone.")
    document["recipients"][0].update(kind="social_care", could_act="yes")
    document["risk"] = {**document["risk"], "significant_harm": "yes"}
    written = answered(
        demo.run("record", "--file", "-", "--identity", demo.key("teacher"), "--json", stdin=text(document))
    )
    assert written["differs"] == ["no_share_in_danger"]
    listed = answered(demo.inside("list", "--differs", "--json"))
    assert [row["entry"] for row in listed["entries"]] == [27, 35]


def test_record_dry_run_writes_nothing_and_asks_for_no_key(demo: Seat) -> None:
    """It has no entry, index and case, because there are none."""
    file = demo.file("decision.json", text(no_share()))
    document = answered(demo.run("record", "--file", file, "--dry-run", "--json"))
    assert document == {"advice": "do_not_share", "differs": [], "due": []}
    assert demo.sound() == 35


def test_policy_check(demo: Seat) -> None:
    facts = {"questions": {"purpose": {"answer": "yes"}}, "risk": {"immediate": "yes"}}
    for file in (demo.file("facts.json", json.dumps(facts)), demo.file("whole.json", text(share()))):
        document = answered(demo.run("policy", "check", file, "--json"))
        assert set(document) - {"route", "act_now_says"} == POLICY - {"route"}
    assert document["route"] == "consent"


ANSWERS: dict[tuple[str, ...], set[str]] = {
    ("status",): {
        *("origin", "organisation", "kind", "nation", "size", "root", "vkey", "people", "waiting", "losses"),
        "own_pack",
    },
    ("list",): {"entries", "size", "checked"},
    ("actor", "list"): {"people"},
    ("show", "13"): {
        *("entry", "id", "type", "at", "author", "body", "seen", "about", "history", "suspect", "proof"),
        *("case", "record", "codes", "status"),
    },
    ("receipt", "13", "-o", "13.receipt"): {"entry", "id", "file", "vkey"},
    ("policy", "explain"): {"topics"},
    ("policy", "explain", "4"): {"topic", "found"},
    ("policy", "packs"): {"on", "nation", "packs"},
    ("policy", "packs", "--unverified"): {"on", "nation", "unverified"},
    ("policy", "packs", "--since", "2024-01-01"): {"nation", "from", "to", "changes"},
    ("export", "log", "log.jsonl"): {"file", "origin", "size", "root", "vkey"},
    ("export", "tiles", "served"): {"directory", "before", "files", "origin", "size", "root", "vkey"},
}


@pytest.mark.parametrize("command", ANSWERS, ids=" ".join)
def test_every_command_that_reads_answers_with_one_document(command: tuple[str, ...], demo: Seat) -> None:
    assert set(answered(demo.inside(*command, "--json"))) == ANSWERS[command]


def test_check_receipt(demo: Seat) -> None:
    key = answered(demo.inside("status", "--json"))["vkey"]
    checked = answered(demo.run("check-receipt", "demo/first-decision.receipt", "--key", key, "--json"))
    assert set(checked) == {
        *("ok", "entry", "id", "type", "at", "author", "enrolled_by", "enrolled_at", "origin", "size", "root"),
        *("roles", "decision", "advice"),
    }
    assert (checked["ok"], checked["entry"], checked["size"]) == (True, 13, 35)


def test_people_and_reports(demo: Seat) -> None:
    made = answered(demo.inside("identity", "new", "--out", "new.key", "--json"))
    card = answered(demo.inside("identity", "card", "new.key", "--json"))
    assert card["handle"] == made["handle"]
    demo.file("new.card", card["card"])
    options = ("--identity", demo.key("administrator"), "--json")
    enrolled = answered(
        demo.inside("actor", "enrol", "new.card", "--role", "practitioner", *options, stdin="A\nB\nC\n")
    )
    assert enrolled["entry"] == 35
    assert enrolled["roles"] == ["practitioner"]
    changed = answered(demo.inside("actor", "change", made["handle"], "--role", "auditor", "--role", "duty", *options))
    assert set(changed) == {"entry", "id", "handle", "roles"}
    assert answered(demo.inside("actor", "revoke", made["handle"], "--reason", "left", *options))["entry"] == 37
    demo.inside("identity", "new", "--out", "next.key")
    rotated = answered(demo.inside("actor", "rotate", "--new", "next.key", "--identity", demo.key("teacher"), "--json"))
    assert set(rotated) == {"handle", "size"}
    asked = ("report", "audit", "--from", "2026-01-01", "--to", "2026-12-31", "--identity", demo.key("guardian"))
    written = answered(demo.inside(*asked, "-o", "report.json", "--json"))
    assert written["ok"] is True
    assert demo.sound() == written["entry"] + 1


def test_init_and_quickstart(tmp_path: Path) -> None:
    seat = seat_at(tmp_path / "seat", "made")
    begun = answered(
        seat.run("init", "made", "--name", "made", "--organisation", "Made Up (sample)", "--json", stdin="A\nB\n")
    )
    assert set(begun) == {"origin", "handle", "vkey", "size"}
    made = answered(seat.run("quickstart", "sample", "--json"))
    assert set(made) == {"ok", "directory", "origin", "vkey", "size", "root", "decisions", "receipt"}
    assert len(made["decisions"]) >= 12


WRONG: dict[tuple[str, ...], int] = {
    ("show", "999"): 3,
    ("show", "13", "--identity", "nobody.key"): 3,
    ("show",): 2,
    ("shwo", "13"): 2,
    ("record",): 2,
    ("record", "--file", "nothing.yaml"): 3,
    ("policy", "check", "nothing.yaml"): 3,
    ("policy", "check", "passphrase", "--on", "2026-02-30"): 2,
    ("receipt", "13", "-o", "no/such/folder/13.receipt"): 3,
    ("receipt", "999", "-o", "999.receipt"): 3,
    ("check-receipt", "nothing.receipt", "--key", "x"): 3,
    ("list", "--type", "no.such"): 2,
    ("actor", "list", "--ledger", "nowhere"): 3,
    ("actor", "enrol", "nothing.card", "--role", "practitioner"): 3,
    ("report", "audit", "--from", "2026-13-01", "--to", "2026-12-31"): 2,
    ("status", "--ledger", "home"): 3,
    ("export", "log", "no/such/log.jsonl"): 3,
    ("export", "tiles", "demo"): 3,
    ("verify", "--receipt", "nothing.receipt"): 3,
    ("quickstart", "demo"): 3,
    ("init", "demo", "--name", "x", "--organisation", "X"): 3,
    ("init", "other", "--name", "x", "--organisation", "X", "--kind", "secret"): 2,
}


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: Factory) -> Seat:
    """One copy for commands that are all refused."""
    return demo_seat(tmp_path_factory.mktemp("refused"), tmp_path_factory)


@pytest.mark.parametrize("command", WRONG, ids=" ".join)
def test_every_refusal_is_one_document_too(command: tuple[str, ...], looked_at: Seat) -> None:
    faults = refused(looked_at.inside(*command, "--json", stdin="A\nB\n"), WRONG[command])
    assert (faults == []) is (WRONG[command] == 2)
    assert looked_at.sound() == looked_at.size() == 35


def test_a_real_refusal_of_a_real_program(looked_at: Seat, tmp_path: Path, tmp_path_factory: Factory) -> None:
    """The same through the installed program, one of each exit code that is a refusal."""
    assert refused(looked_at.run("shwo", "--json"), 2) == []
    assert refused(looked_at.run("show", "999", "--json"), 3)[0]["field"] == "REF"
    wrong = looked_at.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None, CONSENT_LEDGER_PASSPHRASE="not this one at all")
    assert refused(wrong.run("show", "13", "--identity", wrong.key("teacher"), "--json"), 4)[0]["field"] == "passphrase"
    club = club_seat(tmp_path, tmp_path_factory)
    (club.root / "state" / "blocked").write_text("")
    blocked = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "state" / "blocked"))
    assert refused(blocked.run("status", "--json"), 5)[0]["field"] == "last-seen checkpoint"
