"""A ledger copied from one database into another: row for row, verified there, and nothing left where it fails."""

from pathlib import Path

import pytest

from ledger.errors import LedgerError, Refused
from ledger.log.copying import copy_ledger
from ledger.log.store import Store
from ledger.log.verify import verify
from ledger.records.writing import Draft
from tests.ledger_databases import KINDS, alter, dump, new_store, postgres_url, rows
from tests.ledger_fixtures import Sample, case, copied, small_ledger


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Sample:
    directory = tmp_path_factory.mktemp("copying")
    ledger = small_ledger(directory, store=new_store(kind, directory))
    decided = ledger.decide("practitioner", case(1))
    ledger.desk("practitioner").write(Draft("access.granted", case(1), body={"handle": "p-colleague"}))
    ledger.desk("practitioner").write(Draft("note.added", case(1), record={"note": "x"}))
    ledger.desk("manager").write(Draft("access.ended", case(1), body={"handle": "p-colleague", "reason": "other"}))
    reason = {"reason": "other"}
    asked = ledger.desk("lead").write(Draft("erasure.requested", case(1), refs=(decided.header.id,), body=reason))
    approved = ledger.desk("guardian").write(Draft("erasure.approved", case(1), refs=(asked.header.id,)))
    ledger.desk("lead").write(Draft("erasure.done", case(1), refs=(approved.header.id,)))
    return ledger


@pytest.mark.parametrize("to", KINDS)
def test_a_copy_has_every_row_and_verifies(whole: Sample, tmp_path: Path, to: str) -> None:
    target = new_store(to, tmp_path)
    seen: list[tuple[int, int]] = []
    head = copy_ledger(whole.store, target, lambda done, total: seen.append((done, total)))
    report = verify(target, whole.origin, whole.clock(), jobs=1)

    assert head.checkpoint == whole.head()
    assert dump(target.url) == dump(whole.url)
    assert (report.findings, report.root) == ([], whole.checkpoint().root)
    assert [done for done, _total in seen] == sorted(done for done, _total in seen)
    assert seen[-1][0] == seen[-1][1] == sum(map(len, dump(whole.url).values()))
    target.close()


def test_a_copy_fails_and_nothing_is_left_of_it(whole: Sample, tmp_path: Path) -> None:
    class Full(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done > 20:
            raise Full

    place = tmp_path / "copy.db"
    with pytest.raises(Full):
        copy_ledger(whole.store, Store.create(place), stop)
    assert list(tmp_path.iterdir()) == []

    url = postgres_url()
    with pytest.raises(Full):
        copy_ledger(whole.store, Store.create(url), stop)
    assert rows(url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    # and the same place takes it the next time
    again = Store.create(url)
    copy_ledger(whole.store, again)
    assert dump(url) == dump(whole.url)
    again.close()


def test_what_is_no_ledger_is_not_copied(whole: Sample, tmp_path: Path) -> None:
    """No head; and, in SQLite, a value of another type than its column, which PostgreSQL does not take."""
    for damage in ("DELETE FROM head", "UPDATE entry SET at = 'yesterday' WHERE n = 3"):
        if damage.startswith("UPDATE") and whole.url.startswith("postgresql"):
            continue
        place = tmp_path / damage[:6]
        place.mkdir()
        ledger = copied(whole, place)
        alter(ledger.url, damage)
        url = postgres_url()
        with pytest.raises(LedgerError) as caught:
            copy_ledger(ledger.store, Store.create(url))
        assert isinstance(caught.value, Refused)
        assert caught.value.faults[0].hint == "Run: consent-ledger verify"
        assert rows(url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
        ledger.store.close()
