"""export log and export tiles at the command line: answers, refusals, exit codes, and who may read what is written."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.driver import Seat, club_seat, demo_seat
from tests.cli.sample_documents import MARKERS, planted, text
from tests.stranger import check_entries, read_file, read_folder, served_from

Factory = pytest.TempPathFactory


@pytest.fixture
def demo(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def test_a_stranger_reads_the_file_with_the_key_alone(demo: Seat) -> None:
    bare = demo.with_env(CONSENT_LEDGER_PASSPHRASE_FILE=None)
    done = bare.run("export", "log", "log.jsonl", "--json")
    assert done.code == 0, done.said
    assert set(done.json) == {"file", "origin", "size", "root", "vkey"}
    assert "pseudonymised" in done.err
    log = read_file((demo.root / "log.jsonl").read_bytes(), done.json["vkey"])
    assert (log.checkpoint.size, log.checkpoint.root.hex()) == (35, done.json["root"])
    assert len(check_entries(log, done.json["vkey"])) > 5
    status = demo.inside("status", "--json").json
    assert (status["vkey"], status["root"]) == (done.json["vkey"], done.json["root"])


def test_a_stranger_reads_the_folder_as_it_grows(club: Seat) -> None:
    first = club.inside("export", "tiles", "served", "--json").json
    assert set(first) == {"directory", "before", "files", "origin", "size", "root", "vkey"}
    assert (first["before"], first["files"], first["size"]) == (0, 3, 3)
    file = club.file("decision.json", text(planted()))
    recorded = club.inside("record", "--file", file, "--identity", club.key("practitioner"), "--json")
    assert recorded.code == 0, recorded.said
    second = club.inside("export", "tiles", "served", "--json").json
    assert (second["before"], second["files"], second["size"]) == (3, 3, 4)
    log = read_folder(served_from(club.root / "served"), second["vkey"])
    check_entries(log, second["vkey"])
    assert club.inside("export", "tiles", "served", "--json").json["files"] == 0
    given = b"".join(path.read_bytes() for path in (club.root / "served").rglob("*") if path.is_file())
    assert [marker for marker in MARKERS if marker.encode() in given] == []


def test_what_is_exported_says_so_in_words(demo: Seat) -> None:
    done = demo.inside("export", "tiles", "served", "--plain")
    assert "35 entries, 35 of them new" in done.out
    assert "none of them new" in demo.inside("export", "tiles", "served", "--plain").out


def test_a_ledger_that_does_not_hold_is_1_and_nothing_is_there(demo: Seat) -> None:
    with sqlite3.connect(demo.ledger / "ledger.db") as database:
        database.execute("DROP TRIGGER entry_no_update")
        database.execute("UPDATE entry SET leaf = leaf || x'0a' WHERE n = 20")
    database.close()
    for command in (("export", "log", "log.jsonl"), ("export", "tiles", "served")):
        done = demo.inside(*command, "--json")
        assert (done.code, done.json["ok"]) == (1, False)
        assert "verify" in done.json["faults"][0]["hint"]
    assert not (demo.root / "log.jsonl").exists()
    assert list((demo.root / "served").iterdir()) == []


def test_refusals_are_3_and_say_what_to_do(demo: Seat) -> None:
    demo.file("log.jsonl", "mine")
    (demo.root / "mine").mkdir()
    demo.file("mine/notes.txt", "mine")
    for command in (("log", "log.jsonl"), ("log", "no/log.jsonl"), ("tiles", "mine"), ("tiles", "log.jsonl")):
        done = demo.inside("export", *command, "--json")
        assert done.code == 3, command
        assert done.json["faults"][0]["hint"] != ""
    assert (demo.root / "log.jsonl").read_text() == "mine"
    assert [path.name for path in (demo.root / "mine").iterdir()] == ["notes.txt"]


def test_an_older_ledger_in_its_place_is_not_exported(demo: Seat) -> None:
    """The folder has more than the ledger, as has this client's memory: it is told with the memory and without."""
    before = (demo.ledger / "ledger.db").read_bytes()
    file = demo.file("decision.json", text(planted()))
    assert demo.inside("record", "--file", file, "--identity", demo.key("teacher"), "--json").code == 0
    assert demo.inside("export", "tiles", "served").code == 0
    for suffix in ("", "-wal", "-shm"):
        (demo.ledger / f"ledger.db{suffix}").unlink(missing_ok=True)
    (demo.ledger / "ledger.db").write_bytes(before)
    anew = demo.with_env(CONSENT_LEDGER_STATE=str(demo.root / "anew"))
    for seat in (demo, anew):
        done = seat.inside("export", "tiles", "served", "--json")
        assert done.code == 1, done.said
        assert "backup" in json.dumps(done.json["faults"])
