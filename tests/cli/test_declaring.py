"""An old copy put in place by hand: whoever is refused is told to declare the loss, and that is what works."""

import gc
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.driver import Seat, club_seat, enrol

ASKED = "Declare it lost, and go on with this ledger?"


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Seat:
    """With a backup of three entries, and a fourth entry that came later."""
    seat = club_seat(tmp_path, tmp_path_factory)
    assert seat.inside("backup", "one.backup").code == 0
    more(seat, "colleague")
    return seat


def more(seat: Seat, word: str) -> None:
    assert enrol(seat, word, "Robin Sample", by="founder", role="practitioner").code == 0


def put_by_hand(seat: Seat) -> None:
    """The backup over the database, by somebody who knows of no `restore`."""
    gc.collect()
    for beside in seat.ledger.glob("ledger.db-*"):
        beside.unlink()
    shutil.copy(seat.root / "one.backup", seat.ledger / "ledger.db")


def told(seat: Seat) -> tuple[str, ...]:
    """What whoever is refused is told to type, with the founder's key."""
    done = seat.inside("status")
    assert done.code == 1, done.said
    found = re.search(r"consent-ledger restore (--lost) (\d+:[0-9a-f]{64})", done.err)
    assert found is not None, done.err
    return "restore", found[1], found[2], "--identity", seat.key("founder")


def test_the_administrator_who_saw_more_declares_it_and_goes_on(club: Seat) -> None:
    seen = club.inside("status", "--json").json
    put_by_hand(club)
    words = told(club)
    assert words[2] == f"{seen['size']}:{seen['root']}"
    done = club.terminal(*words, answers=((ASKED, "y"),))
    assert done.code == 0, done.out
    assert "Declared, in entry 3. This computer goes on. What this computer had seen in entry 3 was lost" in " ".join(
        done.out.split()
    )
    (kept,) = club.inside("status", "--json").json["losses"]
    assert (kept["size"], kept["root"], kept["entry"]) == (seen["size"], seen["root"], 3)
    assert club.sound() == 4
    # what is declared is declared once
    assert club.inside(*words).code == 3


def test_where_nobody_says_yes_nothing_is_declared(club: Seat) -> None:
    put_by_hand(club)
    words = told(club)
    assert club.inside(*words).code == 5
    assert club.terminal(*words, answers=((ASKED, "n"),)).code == 5
    assert (club.size(), told(club)) == (3, words)


def test_only_an_administrator_declares_it(club: Seat) -> None:
    put_by_hand(club)
    *words, _founder = told(club)
    done = club.terminal(*words, club.key("practitioner"), answers=((ASKED, "y"),))
    assert done.code == 4, done.out
    assert club.size() == 3
    told(club)


def test_what_does_not_cover_what_was_seen_or_does_not_verify_is_refused_as_ever(club: Seat) -> None:
    put_by_hand(club)
    words = told(club)
    for less in ("3:" + "0" * 64, "4:" + "0" * 64):
        done = club.inside("restore", "--lost", less, *words[3:])
        assert (done.code, words[2] in done.err) == (1, True)
    with sqlite3.connect(club.ledger / "ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM wrap WHERE n = 1")
    database.close()
    done = club.inside(*words)
    assert (done.code, "entries that all hold" in done.err) == (1, True)
    assert club.size() == 3


def test_another_history_that_is_not_shorter_is_not_explained_by_a_restore(club: Seat) -> None:
    new = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "a new computer"))
    seen = club.inside("status", "--json").json
    put_by_hand(club)
    more(new, "stranger")
    done = club.inside("restore", "--lost", f"{seen['size']}:{seen['root']}", "--identity", club.key("founder"))
    assert (done.code, "not the one seen before" in done.err) == (1, True)
    assert club.size() == 4


def test_a_computer_that_saw_more_than_was_declared_declares_the_rest(club: Seat) -> None:
    other = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "state of another"))
    assert other.inside("status").code == 0
    more(club, "manager")
    put_by_hand(club)
    assert other.terminal(*told(other), answers=((ASKED, "y"),)).code == 0
    more(other, "helper")  # as many as it saw, so that the sizes alone do not tell
    words = told(club)
    assert words[2].startswith("5:")
    done = club.terminal(*words, answers=((ASKED, "y"),))
    assert done.code == 0, done.out
    assert club.sound() == other.sound() == 6


def test_verify_tells_whoever_is_refused_what_status_tells(club: Seat) -> None:
    other = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "state of another"))
    assert other.inside("status").code == 0
    put_by_hand(club)
    words = told(club)
    failed = club.inside("verify")
    assert (failed.code, f"consent-ledger restore --lost {words[2]}" in " ".join(failed.err.split())) == (1, True)
    assert club.terminal(*words, answers=((ASKED, "y"),)).code == 0
    failed = other.inside("verify")
    assert failed.code == 1
    assert "consent-ledger restore --acknowledge" in " ".join(failed.err.split())


def test_where_more_is_amiss_than_a_loss_verify_points_to_no_way_on(club: Seat) -> None:
    put_by_hand(club)
    with sqlite3.connect(club.ledger / "ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM wrap WHERE n = 1")
    database.close()
    failed = club.inside("verify")
    assert (failed.code, "restore" in failed.err) == (1, False)
