"""verify --since, --range, --join at the command line: answers, refusals, and which options do not go together."""

import json
import shutil
import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.cli.driver import Done, Seat, demo_seat, enrol

Factory = pytest.TempPathFactory


@pytest.fixture
def seat(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


def _part(seat: Seat, bounds: str, name: str) -> Done:
    return seat.inside("verify", "--range", bounds, "--out", name, "--json")


def _parts(seat: Seat, *cuts: int) -> list[str]:
    names = []
    for start, end in pairwise(cuts):
        names.append(f"{start}-{end}.part")
        assert _part(seat, f"{start}:{end}", names[-1]).code == 0
    return names


def _damage(seat: Seat, sql: str) -> None:
    connection = sqlite3.connect(seat.ledger / "ledger.db")
    (name, kept) = connection.execute("SELECT name, sql FROM sqlite_master WHERE name = 'entry_no_update'").fetchone()
    connection.execute(f"DROP TRIGGER {name}")
    connection.execute(sql)
    connection.execute(kept)
    connection.commit()
    connection.close()


def test_since(seat: Seat) -> None:
    full, since = seat.inside("verify", "--json"), seat.inside("verify", "--json", "--since", "30")
    assert (since.code, since.json["ok"], since.json["size"], since.json["root"]) == (0, True, 35, full.json["root"])
    assert since.json["since"]["size"] == 30
    assert set(full.json["could_not_check"]) < set(since.json["could_not_check"])
    assert since.json["could_not_check"]["entries before 30"] == 30
    assert since.json["checked"]["entries"] == 5
    assert "since" not in full.json


def test_since_does_not_ask_for_a_passphrase_and_does_not_open(seat: Seat) -> None:
    done = seat.with_env(CONSENT_LEDGER_IDENTITY=seat.key("guardian")).inside("verify", "--since", "30", "--json")
    assert done.code == 0
    assert "what sealed parts hold (no identity given)" in done.json["could_not_check"]


def test_since_says_when_nothing_is_new_and_what_to_do_beyond_the_end(seat: Seat) -> None:
    done = seat.inside("verify", "--since", "35")
    assert done.code == 0
    assert "Nothing is new since then." in " ".join(done.out.split())
    assert "The 0 entries" not in done.out
    done = seat.inside("verify", "--since", "200")
    assert (done.code, "Give a smaller number" in " ".join(done.err.split())) == (3, True)


def test_what_is_new_and_holds_does_not_mend_what_failed(seat: Seat) -> None:
    """A ledger that failed is not written to until all of it verifies again."""
    _damage(seat, "UPDATE entry SET at = at + 1 WHERE n = 3")
    assert seat.inside("verify").code == 1
    assert seat.inside("verify", "--since", "30").code == 0
    refused = seat.inside("actor", "change", "p-0", "--role", "duty", "--identity", seat.key("guardian"))
    assert (refused.code, "did not" in refused.err) == (1, True)
    _damage(seat, "UPDATE entry SET at = at - 1 WHERE n = 3")
    assert seat.inside("verify").code == 0


def test_parts_are_joined_into_the_answer_of_one(seat: Seat) -> None:
    names = _parts(seat, 0, 12, 35)
    full, joined = seat.inside("verify", "--json"), seat.inside("verify", "--join", *reversed(names), "--json")
    assert joined.code == 0
    assert {**joined.json, "could_not_check": {}} == {**full.json, "could_not_check": {}}
    assert joined.json["could_not_check"]["whether whoever made these parts told the truth"] == 2
    assert (seat.root / names[0]).stat().st_mode & 0o777 == 0o600


def test_joining_needs_the_key_and_no_database(seat: Seat) -> None:
    names = _parts(seat, 0, 20, 35)
    key = seat.inside("status", "--json").json["vkey"]
    shutil.rmtree(seat.ledger)
    away = seat.with_env(CONSENT_LEDGER=None)
    assert away.inside("verify", "--join", *names, "--key", key).code == 0
    assert away.inside("verify", "--join", *names).code == 2
    first = key.index("/") + 1
    other = key[:first] + ("1" if key[first] == "0" else "0") + key[first + 1 :]
    assert away.inside("verify", "--join", *names, "--key", other).code == 3


def test_a_missing_range_is_named_and_can_be_made(seat: Seat) -> None:
    names = _parts(seat, 0, 12, 20, 35)
    done = seat.inside("verify", "--join", names[0], names[2])
    assert done.code == 3
    assert "entries 12:20" in done.err
    assert "consent-ledger verify --range 12:20 --out FILE" in done.err


def test_parts_of_two_moments_are_not_joined(seat: Seat) -> None:
    (name, _second) = _parts(seat, 0, 12, 35)
    assert enrol(seat, "newcomer", "Sam Sample", by="administrator", role="duty").code == 0
    assert _part(seat, "12:36", "later.part").code == 0
    done = seat.inside("verify", "--join", name, "later.part")
    assert done.code == 3
    assert "consent-ledger backup FILE" in done.err


def test_a_part_that_finds_something_is_written_and_fails_wherever_it_goes(seat: Seat) -> None:
    _damage(seat, "UPDATE entry SET at = at + 1 WHERE n = 20")
    done = _part(seat, "0:12", "first.part")
    assert (done.code, done.json["ok"]) == (0, True)
    done = _part(seat, "12:35", "second.part")
    assert (done.code, done.json["ok"], done.json["file"]) == (1, False, "second.part")
    assert {(item["entry"], item["kind"]) for item in done.json["findings"]} >= {(20, "column")}
    joined = seat.inside("verify", "--join", "first.part", "second.part", "--json")
    assert (joined.code, joined.json["findings"]) == (1, done.json["findings"])


def test_a_file_that_is_there_is_not_overwritten_and_none_is_left_of_a_refusal(seat: Seat) -> None:
    seat.file("there.part", "mine")
    assert _part(seat, "0:12", "there.part").code == 3
    assert (seat.root / "there.part").read_text() == "mine"
    assert _part(seat, "0:36", "beyond.part").code == 3
    assert not (seat.root / "beyond.part").exists()


@pytest.mark.parametrize("text", ["", "not a part", "{}\n", '{"format":"consent-ledger/part@v1"}\n'])
def test_what_is_no_part_is_refused_by_name(seat: Seat, text: str) -> None:
    done = seat.inside("verify", "--join", seat.file("odd.part", text))
    assert (done.code, "odd.part" in done.err) == (3, True)
    assert seat.inside("verify", "--join", "absent.part").code == 3


@pytest.mark.parametrize(
    "options",
    [
        ["--since", "0"],
        ["--since", "-1"],
        ["--since", "x"],
        ["--since", "5", "--identity", "demo/identities/guardian.key"],
        ["--range", "0:5"],
        ["--out", "f.part"],
        ["--range", "5:5", "--out", "f.part"],
        ["--range", "0-5", "--out", "f.part"],
        ["--range", "00:5", "--out", "f.part"],
        ["--range", "0:5", "--out", "f.part", "--since", "3"],
        ["--range", "0:5", "--out", "f.part", "--jobs", "2"],
        ["--range", "0:5", "--out", "f.part", "--identity", "demo/identities/guardian.key"],
        ["--range", "0:5", "--out", "f.part", "--receipt", "x"],
        ["--join"],
        ["f.part"],
        ["--key", "x"],
        ["--join", "f.part", "--since", "3"],
        ["--join", "f.part", "--range", "0:5"],
        ["--join", "f.part", "--out", "g.part"],
        ["--join", "f.part", "--jobs", "2"],
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_wrong_usage(seat: Seat, options: list[str]) -> None:
    done = seat.inside("verify", *options)
    assert done.code == 2, done.said
    assert not list(seat.root.glob("*.part"))


def test_more_than_there_is(seat: Seat) -> None:
    done = seat.inside("verify", "--since", "36", "--json")
    fault: dict[str, Any] = json.loads(done.out)["faults"][0]
    assert (done.code, fault["field"], fault["got"]) == (3, "--since", "36")
