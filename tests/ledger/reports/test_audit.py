"""What is gathered from a log: every decision of the period as it now stands, and what could not be used."""

import datetime
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import NotPermitted
from ledger.log.store import Store
from ledger.records.writing import Draft
from ledger.reports.audit import check_may_report, gather
from ledger.reports.figures import Found
from tests.ledger.reports.by_hand import FULL
from tests.ledger_fixtures import DECISION, Sample, case, copied, small_ledger

DAY = datetime.date(2026, 9, 21)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A decision that was completed and then corrected, and another one that was left as it is."""
    ledger = small_ledger(tmp_path_factory.mktemp("story"), ("guardian", "practitioner"))
    first = write(ledger, "decision.recorded", 1, {**FULL, "route": "duty"})
    write(ledger, "decision.recorded", 2, FULL)
    write(ledger, "decision.completed", 1, {**FULL, "route": "consent"}, refs=(first,))
    write(ledger, "note.added", 1, None, refs=(first,))
    write(ledger, "decision.corrected", 1, {**FULL, "route": "anonymised"}, refs=(first,), for_leaver=False)
    return ledger


def write(ledger: Sample, kind: str, number: int, codes: Any, refs: tuple[bytes, ...] = (), **more: Any) -> bytes:
    ledger.clock.now += 60
    body = {**DECISION, **more} if kind.startswith("decision") else {}
    draft = Draft(kind, case(number), refs, body, record={"note": "a"}, codes=codes)
    return ledger.desk("practitioner").write(draft).header.id


def gathered(ledger: Sample, day: datetime.date = DAY, size: int | None = None) -> Found:
    verification = ledger.verify()
    with ledger.store.read() as reader:
        size = ledger.checkpoint().size if size is None else size
        return gather(ledger.desk("guardian"), reader, ledger.roster(), size, day, day, verification)


def numbers(found: Found) -> list[list[int]]:
    return [[version.n for version in decision.versions] for decision in found.decisions]


def test_a_decision_is_one_however_often_it_was_completed_or_corrected(story: Sample) -> None:
    found = gathered(story)
    assert numbers(found) == [[3, 5, 7], [4]]
    first, second = found.decisions
    assert (first.n, first.now.n, first.now.codes) == (3, 7, {**FULL, "route": "anonymised"})
    assert [n for n, _header in first.later] == [5, 6, 7]
    assert (second.now.codes, second.later) == (FULL, ())
    assert found.left_out == {}


def test_at_an_earlier_head_it_stands_as_it_stood(story: Sample) -> None:
    assert numbers(gathered(story, size=6)) == [[3, 5], [4]]
    assert numbers(gathered(story, size=4)) == [[3]]
    assert numbers(gathered(story, size=3)) == []


def test_another_day_has_none(story: Sample) -> None:
    assert numbers(gathered(story, DAY - datetime.timedelta(days=1))) == []
    assert numbers(gathered(story, DAY + datetime.timedelta(days=1))) == []


def damaged(story: Sample, folder: Path, statement: str, *values: Any) -> Sample:
    """A copy in which one row was changed behind the ledger's back."""
    ledger = copied(story, folder)
    ledger.store.close()
    connection = sqlite3.connect(ledger.path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    assert connection.execute(statement, values).rowcount == 1
    connection.commit()
    connection.close()
    ledger.store = Store.at(ledger.path)
    return ledger


@pytest.mark.parametrize("n", [4, 7])
def test_an_entry_that_is_missing_is_said_to_be_wherever_it_was(story: Sample, tmp_path: Path, n: int) -> None:
    found = gathered(damaged(story, tmp_path, "DELETE FROM entry WHERE n = ?", n))
    assert found.left_out == {n: "missing"}
    assert n not in [version for versions in numbers(found) for version in versions]


def test_an_entry_that_cannot_be_read_is_said_to_be(story: Sample, tmp_path: Path) -> None:
    found = gathered(damaged(story, tmp_path, "UPDATE entry SET leaf = x'00' WHERE n = ?", 7))
    assert found.left_out == {7: "unreadable"}
    assert numbers(found) == [[3, 5], [4]]


def test_a_correction_by_somebody_else_takes_no_effect(story: Sample, tmp_path: Path) -> None:
    leaf = story.entry(7).leaf.replace(b'"may_share"', b'"must_share"')
    found = gathered(damaged(story, tmp_path, "UPDATE entry SET leaf = ? WHERE n = ?", leaf, 7))
    assert found.left_out == {7: "not_by_its_author"}
    assert numbers(found) == [[3, 5], [4]]


def test_who_may_is_what_the_table_of_types_says(story: Sample) -> None:
    roster, size = story.roster(), story.checkpoint().size
    check_may_report(roster, "p-guardian", size)
    # before she was enrolled she was nobody
    for handle, index in (("p-practitioner", size), ("p-founder", size), ("p-nobody", size), ("p-guardian", 1)):
        with pytest.raises(NotPermitted):
            check_may_report(roster, handle, index)
