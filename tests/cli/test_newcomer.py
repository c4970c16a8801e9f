"""What somebody new stumbled over at the terminal: each once, so that nobody does again."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.main import READING, app
from tests.cli.driver import Done, Seat, club_seat, demo_seat, seat_at
from tests.cli.sample_documents import share, text
from tests.cli.test_review_reading import session_of
from tests.ledger_fixtures import DECISION
from tests.tamper.damage import unguarded

Factory = pytest.TempPathFactory
SWAPPED = "UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE n = 15) WHERE n = 13"
"""Another entry, whole and signed, in the place of this one."""


@pytest.fixture
def demo(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: Factory) -> Seat:
    """One copy for commands that change nothing."""
    return demo_seat(tmp_path_factory.mktemp("newcomer"), tmp_path_factory)


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def flat(words: str) -> str:
    """The words on one line, without what stands between a label and its value."""
    return " ".join(words.replace(":", " ").split())


# -- receipts


def test_no_receipt_is_written_that_would_not_hold(demo: Seat) -> None:
    with unguarded(demo.ledger / "ledger.db") as database:
        database.execute(SWAPPED)
        database.execute("UPDATE entry SET leaf = x'00' WHERE n = 14")
    for n in (13, 14):
        done = demo.inside("receipt", str(n), "-o", "new.receipt")
        assert done.code == 1
        assert f"entry {n}" in done.err
        assert "next      Run: consent-ledger verify" in done.err
        assert not (demo.root / "new.receipt").exists()
    assert demo.inside("receipt", "15", "-o", "new.receipt").code == 0


def checked(seat: Seat, file: str, *extra: str) -> Done:
    key = seat.inside("status", "--json").json["vkey"]
    return seat.inside("check-receipt", file, "--key", key, *extra)


def test_a_receipt_says_who_the_author_was_what_was_decided_and_under_which_root(looked_at: Seat) -> None:
    done = checked(looked_at, "demo/first-decision.receipt")
    root = looked_at.inside("status", "--json").json["root"]
    for words in (
        "decided share part of it",
        "advised This may be shared",
        "who then was practitioner",
        "35 entries",
        f"root {root}",
    ):
        assert words in flat(done.out)
    found = checked(looked_at, "demo/first-decision.receipt", "--json").json
    assert (found["roles"], found["decision"], found["advice"]) == (["practitioner"], "share_part", "may_share")
    assert looked_at.inside("receipt", "0", "-o", "0.receipt").code == 0
    assert checked(looked_at, "0.receipt", "--json").json["roles"] == ["administrator"]


MANGLED: dict[str, Callable[[bytes], bytes]] = {
    "line ends of another system": lambda data: data.replace(b"\n", b"\r\n"),
    "one line end": lambda data: data[:-1] + b"\r\n",
    "a line more": lambda data: data + b"\n",
    "two lines more": lambda data: data + b"\n\n",
    "no line end": lambda data: data[:-1],
}


@pytest.mark.parametrize("how", MANGLED)
def test_a_receipt_that_a_mail_program_changed_is_told_as_that(how: str, looked_at: Seat) -> None:
    data = (looked_at.ledger / "first-decision.receipt").read_bytes()
    done = checked(looked_at, looked_at.file("mailed.receipt", MANGLED[how](data)))
    assert done.code == 3
    assert "sent as an attachment" in done.err
    assert "one whose line ends were changed" in done.err


def test_a_receipt_that_is_another_file_is_not_blamed_on_mail(looked_at: Seat) -> None:
    done = checked(looked_at, looked_at.file("other.receipt", "a shopping list\n"))
    assert done.code == 3
    assert "attachment" not in done.err


# -- list, and commands that only read


def test_a_list_says_that_it_was_not_checked(looked_at: Seat) -> None:
    done = looked_at.inside("list")
    assert done.err == "As stored, not checked. To check: consent-ledger verify\n"
    listed = looked_at.inside("list", "--json")
    assert (listed.json["checked"], listed.err) == (False, "")


@pytest.mark.parametrize(
    "command",
    [
        ("show", "999"),
        ("check-receipt", "nothing.receipt", "--key", "x"),
        ("status", "--ledger", "home"),
        ("list", "--case", "999"),
        ("actor", "list", "--ledger", "nowhere"),
        ("policy", "check", "nothing.yaml"),
        ("identity", "card", "nothing.key"),
        ("verify", "--receipt", "nothing.receipt"),
    ],
    ids=" ".join,
)
def test_what_only_reads_does_not_say_that_nothing_was_written(command: tuple[str, ...], looked_at: Seat) -> None:
    done = looked_at.inside(*command)
    assert done.code == 3
    assert done.err.startswith("consent-ledger: refused\n")
    written = looked_at.inside("receipt", "999", "-o", "999.receipt")
    assert written.err.startswith("consent-ledger: refused; nothing was written\n")


def test_every_command_that_only_reads_is_one(looked_at: Seat) -> None:
    for command in READING:
        assert looked_at.inside(*command, "--help").code == 0, command
    assert {group.name for group in app.registered_groups} >= {"actor", "identity", "policy"}


def test_an_entry_that_was_changed_and_one_that_is_not_there_say_what_to_do(demo: Seat) -> None:
    assert "next      Run: consent-ledger list" in demo.inside("show", "999").err
    with unguarded(demo.ledger / "ledger.db") as database:
        database.execute(SWAPPED)
        database.execute("UPDATE entry SET leaf = x'00' WHERE n = 14")
    for n in (13, 14):
        done = demo.inside("show", str(n))
        assert done.code == 1
        assert f"entry {n}" in done.err
        assert "next      Run: consent-ledger verify" in done.err


# -- show


def test_what_an_entry_says_openly_is_shown(looked_at: Seat, demo: Seat) -> None:
    enrolled = flat(looked_at.inside("show", "6").out)
    assert "What stands openly" in enrolled
    assert "roles - practitioner" in enrolled
    granted = looked_at.inside("show", "28", "--json").json
    assert f"handle {granted['body']['handle']}" in flat(looked_at.inside("show", "28").out)
    asked = ("report", "audit", "--from", "2026-01-01", "--to", "2026-12-31", "-o", "report.json")
    digest = demo.inside(*asked, "--identity", demo.key("guardian"), "--json").json["digest"]
    exported = flat(demo.inside("show", "35").out)
    assert "kind audit" in exported
    assert f"digest {digest}" in exported
    assert "size 35" in exported


def test_why_somebody_was_revoked_is_shown(demo: Seat) -> None:
    teacher = demo.inside("identity", "card", demo.key("teacher"), "--json").json["handle"]
    options = ("--identity", demo.key("administrator"))
    assert demo.inside("actor", "revoke", teacher, "--reason", "key_lost", *options).code == 0
    shown = flat(demo.inside("show", "35").out)
    assert "reason key lost" in shown
    assert f"handle {teacher}" in shown


def test_the_search_key_is_never_shown(looked_at: Seat) -> None:
    _session, desk = session_of(looked_at, "administrator")
    with desk.log.store.read() as reader:
        row = reader.entry(0)
        assert row is not None
        key = desk.open_record(reader, row)["search_key"]
    assert re.fullmatch("[0-9a-f]{64}", key)
    for extra in ((), ("--json",)):
        done = looked_at.inside("show", "0", "--identity", looked_at.key("administrator"), *extra)
        assert done.code == 0
        assert key not in done.said
        assert "(not shown)" in done.out


def test_a_decision_is_shown_with_what_was_advised(looked_at: Seat) -> None:
    options = ("show", "13", "--identity", looked_at.key("teacher"))
    evaluation = looked_at.inside(*options, "--json").json["evaluation"]
    assert evaluation["advice"] == "may_share"
    words = looked_at.inside(*options).out
    assert words.index("What was recorded") < words.index("What the guidance advised") < words.index("Golden rules")
    for closed in (("show", "13"), ("show", "13", "--identity", looked_at.key("lead"))):
        assert "evaluation" not in looked_at.inside(*closed, "--json").json
        assert "What the guidance advised" not in looked_at.inside(*closed).out


def recorded_with(seat: Seat, packs: list[dict[str, str]], document: Any) -> int:
    from ledger.records.writing import Draft

    _session, desk = session_of(seat, "practitioner")
    body = {**DECISION, "packs": packs}
    draft = Draft("decision.recorded", bytes.fromhex("ab" * 16), body=body, record={"document": document}, codes={})
    n: int = desk.write(draft).n
    return n


def test_guidance_that_is_not_here_is_said_in_a_line(club: Seat) -> None:
    none_here = [{"id": "rules/of-another-land", "digest": "00" * 32}]
    for document, why in (
        (share(), "the guidance that was used is not here"),
        ({"reasons": "x"}, "not as this version reads one"),
    ):
        n = recorded_with(club, none_here, document)
        options = ("show", str(n), "--identity", club.key("practitioner"))
        assert why in flat(club.inside(*options).out)
        assert set(club.inside(*options, "--json").json["evaluation"]) == {"says"}


def test_a_law_and_a_class_that_are_not_verified_are_marked(club: Seat) -> None:
    document = share(basis={"codes": ["A6-E", "A9-H"]}, retention={"class": "looked_after_child"})
    file = club.file("decision.json", text(document))
    recorded = club.inside("record", "--file", file, "--identity", club.key("practitioner"))
    assert recorded.code == 0, recorded.said
    words = club.inside("show", "3", "--identity", club.key("practitioner"), "--plain").out
    assert "    - A9-H: Health or social care (not verified)\n" in words
    assert re.search(r"class: looked_after_child: .* \(not verified\)\n", words)
    assert re.search(r"    - A6-E: [^(]+\n", words)


# -- help, init, status, verify


def test_without_a_command_the_help_has_its_lines(looked_at: Seat) -> None:
    done = looked_at.run()
    help_lines = looked_at.run("--help").out.splitlines()
    assert done.code == 2
    assert len(help_lines) > 10
    assert done.err.splitlines() == help_lines
    group = looked_at.run("report")
    assert (group.code, group.err) == (2, looked_at.run("report", "--help").out)


def test_a_new_ledger_names_its_key_and_waits_for_a_guardian(tmp_path: Path, club: Seat) -> None:
    seat = seat_at(tmp_path / "new")
    begun = seat.inside("init", "demo", "--name", "anytown", "--organisation", "Anytown", stdin="Avery\nSecretary\n")
    assert "verifier key (public)" in begun.out
    assert "log key" not in begun.out
    assert "- a guardian nothing is recorded until one is enrolled" in flat(seat.inside("status").out)
    assert seat.inside("status", "--json").json["waiting"] == [{"what": "guardian"}]
    assert club.inside("status", "--json").json["waiting"] == []


def test_findings_about_entries_come_first_and_the_database_is_told_in_short(demo: Seat) -> None:
    with sqlite3.connect(demo.ledger / "ledger.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE entry SET at = at + 1 WHERE n IN (13, 15)")
    database.close()
    assert len(names) > 4
    done = demo.inside("verify", "--jobs", "1", "--plain")
    told = [line for line in done.out.splitlines() if line.startswith("  - ")]
    assert [line.partition(":")[0] for line in told] == ["  - entry 13", "  - entry 15", *["  - the log"] * 4]
    assert told[-1] == f"  - the log: and {len(names) - 3} more triggers, tables or indexes altered (schema)"
    assert f"{len(names) + 2} things do not hold" in done.out
    assert len(demo.inside("verify", "--jobs", "1", "--json").json["findings"]) == len(names) + 2
