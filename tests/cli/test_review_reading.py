"""Withheld, erased, missing and damaged are four answers; one damaged place never hides the rest."""

import os
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.session import Session, open_session
from cli.ui import Ui
from ledger.log.types import PEOPLE_CASE
from ledger.records.followups import approve_erasure, erase, request_erasure
from ledger.records.writing import Draft
from tests.cli.driver import Seat, club_seat, demo_seat
from tests.cli.sample_documents import share, text
from tests.cli.test_exits import here
from tests.ledger_fixtures import DECISION
from tests.tamper.damage import unguarded

Factory = pytest.TempPathFactory


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    """The club with one decision, entry 3."""
    seat = club_seat(tmp_path, tmp_path_factory)
    file = seat.file("decision.json", text(share()))
    assert seat.inside("record", "--file", file, "--identity", seat.key("practitioner")).code == 0
    return seat


def behind(seat: Seat, statement: str) -> None:
    with unguarded(seat.ledger / "ledger.db") as database:
        database.execute(statement)


def shown(seat: Seat, n: int, who: str = "practitioner", code: int = 0) -> Any:
    words = seat.inside("show", str(n), "--identity", seat.key(who))
    done = seat.inside("show", str(n), "--identity", seat.key(who), "--json")
    assert (words.code, done.code) == (code, code), words.said + done.said
    assert "The decision" in words.out or n != 3
    return done.json


@pytest.mark.parametrize("part", ["record", "codes"])
def test_one_part_that_is_gone_and_that_no_entry_erased_is_missing(part: str, club: Seat) -> None:
    behind(club, f"DELETE FROM part WHERE n = 3 AND part = '{part}'")
    found = shown(club, 3, code=1)
    assert found[part] == {
        "state": "missing",
        "says": "It is missing and no entry erased it. Run: consent-ledger verify",
    }
    other = {"record": "codes", "codes": "record"}[part]
    assert found[other]["state"] == {"record": "opened", "codes": "withheld"}[other]
    assert "no entry erased it" in club.inside("show", "3", "--identity", club.key("practitioner")).out


def test_both_parts_gone_are_missing_and_not_erased(club: Seat) -> None:
    behind(club, "DELETE FROM part WHERE n = 3")
    assert {shown(club, 3, code=1)[part]["state"] for part in ("record", "codes")} == {"missing"}
    assert "erased, as a later entry says" not in club.inside("show", "3").out


@pytest.mark.parametrize("part", ["record", "codes"])
def test_a_damaged_part_is_named_and_the_rest_is_shown(part: str, club: Seat) -> None:
    behind(club, f"UPDATE part SET ciphertext = zeroblob(length(ciphertext)) WHERE n = 3 AND part = '{part}'")
    found = shown(club, 3, "guardian", code=1)
    assert found[part]["state"] == "damaged"
    assert "sealed part" in found[part]["says"]
    assert "consent-ledger verify" in found[part]["says"]
    assert found[{"record": "codes", "codes": "record"}[part]]["state"] == "opened"


def test_a_damaged_name_hides_no_other_and_is_marked(club: Seat) -> None:
    behind(club, "UPDATE part SET ciphertext = zeroblob(length(ciphertext)) WHERE n = 1")
    assert shown(club, 3)["author_name"] == "Taylor Sample, sample post"
    listed = club.inside("actor", "list", "--identity", club.key("practitioner"), "--json")
    assert listed.code == 1
    assert [row.get("damaged") for row in listed.json["people"]] == [None, True, None]
    assert "damaged" in club.inside("actor", "list", "--identity", club.key("practitioner")).out


def session_of(seat: Seat, who: str) -> tuple[Session, Any]:
    secret = seat.root / seat.env["CONSENT_LEDGER_PASSPHRASE_FILE"]
    env = {**seat.env, "CONSENT_LEDGER": str(seat.ledger), "CONSENT_LEDGER_PASSPHRASE_FILE": str(secret)}
    world = replace(here(), clock=lambda: int(time.time()), random=os.urandom, env=env)
    session = open_session(world, Ui(world), None)
    return session, session.desk(seat.root / seat.key(who))


def test_what_was_erased_is_said_to_be(tmp_path: Path, tmp_path_factory: Factory) -> None:
    seat = demo_seat(tmp_path, tmp_path_factory)
    row = next(each for each in seat.inside("list", "--json").json["entries"] if each["type"] == "decision.recorded")
    case, target = bytes.fromhex(row["case"]), bytes.fromhex(row["id"])
    _session, guardian = session_of(seat, "guardian")
    _session, lead = session_of(seat, "lead")
    asked = request_erasure(guardian, case, [target], "retention_over")
    approved = approve_erasure(lead, case, asked.header.id)
    erase(guardian, case, approved.header.id)
    found = seat.inside("show", row["id"], "--json")
    assert found.code == 0
    assert found.json["record"]["state"] == "erased"


UNFORMED: list[Any] = [
    [], "words", 7, True, [["a"]], {"document": "words"}, {"document": []}, {"document": {"information": "x"}},
    {"document": {"information": ["x"]}}, {"document": {"information": [{"nature": ["x"]}]}},
    {"document": {"subject": "x", "recipients": {"a": 1}}}, {"document": {"reasons": ["x"]}}, {"document": 3},
    {"document": {"questions": {"purpose": "yes"}}},
]  # fmt: skip
FORMED: list[Any] = [
    {}, {"note": "words"}, {"document": {}}, {"document": {"unknown": {"a": [1, {"b": []}]}}},
    {"document": {"information": [{"nature": "no nature at all", "description": "still shown"}]}},
]  # fmt: skip


@pytest.mark.parametrize("record", [*UNFORMED, *FORMED], ids=str)
def test_whatever_an_author_sealed_can_be_shown(record: Any, club: Seat) -> None:
    _session, desk = session_of(club, "practitioner")
    case = bytes.fromhex("ab" * 16)
    n = desk.write(Draft("decision.recorded", case, body=DECISION, record=record, codes={"a": "b"})).n
    assert shown(club, n)["record"]["holds"] == record
    words = club.inside("show", str(n), "--identity", club.key("practitioner")).out
    assert ("Sealed, but not in the form of a record." in words) is (record in UNFORMED)
    assert "still shown" in words or "still shown" not in str(record)


# -- list and status


def test_a_damaged_leaf_is_named_with_what_to_do(club: Seat) -> None:
    behind(club, "UPDATE entry SET leaf = x'00' WHERE n = 3")
    listed = club.inside("list", "--json")
    assert (listed.code, listed.json["damaged"], len(listed.json["entries"])) == (1, [3], 3)
    assert "Damaged: entry 3. Run: consent-ledger verify" in club.inside("list").out
    for line in ("status", "show 3"):
        done = club.inside(*line.split())
        assert done.code == 1
        assert "entry 3" in done.err
        assert "Run: consent-ledger verify" in done.err


def test_a_damaged_entry_about_people_is_named_too(club: Seat) -> None:
    behind(club, "UPDATE entry SET leaf = x'00' WHERE n = 1")
    for line in ("list", "status", "show 3"):
        done = club.inside(*line.split())
        assert done.code == 1
        assert "entry 1" in done.err
        assert "Run: consent-ledger verify" in done.err


@pytest.mark.parametrize("filters", [(), ("--type", "note.added"), ("--differs",)], ids=str)
def test_a_row_that_is_gone_is_named(filters: tuple[str, ...], club: Seat) -> None:
    with sqlite3.connect(club.ledger / "ledger.db") as database:
        assert database.execute("SELECT type FROM entry WHERE n = 3").fetchone() == ("decision.recorded",)
    database.close()
    behind(club, "DELETE FROM entry WHERE n = 3")
    listed = club.inside("list", *filters, "--json")
    assert (listed.code, listed.json["missing"]) == (1, [3])
    assert "Missing: entry 3. Run: consent-ledger verify" in club.inside("list", *filters).out
    assert club.inside("show", "3").code == 1


def test_a_sound_ledger_has_neither(club: Seat) -> None:
    listed = club.inside("list", "--json")
    assert listed.code == 0
    assert set(listed.json) == {"entries", "size", "checked"}
    assert PEOPLE_CASE.hex() in listed.out
