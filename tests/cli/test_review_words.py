"""Words that say what is wrong and what to do: names, fields, days, keys, files that are there already."""

from pathlib import Path

import pytest

from tests.cli.driver import Seat, club_seat, seat_at
from tests.cli.sample_documents import share, text

Factory = pytest.TempPathFactory


@pytest.fixture(scope="module")
def club(tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path_factory.mktemp("words"), tmp_path_factory)


@pytest.mark.parametrize(
    ("stdin", "field"),
    [("", "name"), ("\n\n", "name"), ("Avery\n", "post"), ("Av\x1bery\nx\n", "name"), ("a\n" + "x" * 201, "post")],
)
def test_nobody_begins_a_ledger_as_nobody(stdin: str, field: str, tmp_path: Path) -> None:
    seat = seat_at(tmp_path / "new")
    done = seat.inside("init", "demo", "--name", "anytown", "--organisation", "Anytown", "--json", stdin=stdin)
    assert done.code == 3
    assert field in [fault["field"] for fault in done.json["faults"]]
    assert not seat.ledger.exists()
    fine = seat.inside("init", "demo", "--name", "anytown", "--organisation", "Anytown", stdin="Avery\nSecretary\n")
    assert fine.code == 0


@pytest.mark.parametrize(
    ("stdin", "fields"), [("", ["name", "post", "organisation"]), ("a\nb\n", ["organisation"]), ("a\n \nc", ["post"])]
)
def test_nobody_is_enrolled_as_nobody(stdin: str, fields: list[str], club: Seat) -> None:
    if not (club.root / "new.key").exists():
        assert club.inside("identity", "new", "--out", "new.key").code == 0
    card = club.file("new.card", club.inside("identity", "card", "new.key").out)
    enrolling = ("actor", "enrol", card, "--role", "practitioner", "--identity", club.key("founder"), "--json")
    done = club.inside(*enrolling, stdin=stdin)
    assert (done.code, [fault["field"] for fault in done.json["faults"]]) == (3, fields)
    assert club.size() == 3


def test_a_number_in_the_wrong_place_and_a_name_as_a_field(club: Seat) -> None:
    document = share()
    document["subject"] = {**document["subject"], "nhs_number": "999 000 0107", "zebedee": "x"}
    for command in ("record --file d.json --dry-run", "policy check d.json"):
        club.file("d.json", text(document))
        done = club.inside(*command.split(), "--json")
        told = {fault["field"]: fault["hint"] for fault in done.json["faults"]}
        assert done.code == 3
        assert told["subject.nhs_number"] == "Did you mean identifiers.nhs_number?"
        assert "subject.(not shown)" in told
        assert "zebedee" not in done.said


DAYS = ("20260101", "2026-W01-1", "2026-1-1", "2026-02-30", "tomorrow", "", " 2026-01-01", "２０２６-01-01")


@pytest.mark.parametrize("day", DAYS)
def test_a_day_has_one_spelling_in_every_option(day: str, club: Seat) -> None:
    club.file("d.json", text(share()))
    for line in (
        ("list", "--from", day),
        ("list", "--to", day),
        ("report", "audit", "--from", day, "--to", "2026-12-31"),
        ("report", "audit", "--from", "2026-01-01", "--to", day),
        ("policy", "check", "d.json", "--on", day),
    ):
        done = club.inside(*line)
        assert done.code == 2, line
        assert "YYYY-MM-DD" in done.err
    assert club.inside("list", "--from", "2026-01-01", "--to", "2026-12-31").code == 0


@pytest.mark.parametrize("key", ["nonsense", "a+b", "", "anytown+00000000+AAAA"])
def test_a_key_that_is_none_says_where_to_find_it(key: str, club: Seat) -> None:
    if not (club.root / "0.receipt").exists():
        assert club.inside("receipt", "0", "-o", "0.receipt").code == 0
    done = club.inside("check-receipt", "0.receipt", "--key", key, "--json")
    (fault,) = done.json["faults"]
    assert (done.code, fault["field"]) == (3, "--key")
    assert "consent-ledger status" in fault["hint"]
    good = club.inside("status", "--json").json["vkey"]
    assert club.inside("check-receipt", "0.receipt", "--key", good).code == 0


def test_a_receipt_over_a_file_that_is_there(club: Seat) -> None:
    there = club.file("there.receipt", "kept")
    done = club.inside("receipt", "0", "-o", there, "--json")
    (fault,) = done.json["faults"]
    assert (done.code, fault["field"]) == (3, "--out")
    assert "there already" in fault["got"]
    assert "for the receipt" in fault["hint"]
    assert (club.root / there).read_text() == "kept"
    assert club.inside("receipt", "0", "-o", "no/folder.receipt").code == 3
