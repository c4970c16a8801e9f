"""The store on each database: snapshots, one writer, triggers, what a reader gives; and SQLite's files."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.errors import Malformed, Refused, Unavailable
from ledger.log import tables
from ledger.log.append import Log
from ledger.log.postgres import Postgres
from ledger.log.reader import PAGE, Head
from ledger.log.sqlite import Sqlite, sqlite_schema
from ledger.log.store import Store, parse_url
from ledger.records.writing import Draft
from tests.ledger_databases import alter, new_store, run
from tests.ledger_fixtures import NOW, PACKS, Sample, case, copied, small_ledger

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Sample:
    directory = tmp_path_factory.mktemp("store")
    ledger = small_ledger(directory, store=new_store(kind, directory))
    ledger.decide("practitioner", case(1))
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _head_of(store: Store) -> Head:
    with store.read() as reader:
        head = reader.head()
    assert head is not None
    return head


# -- how it is opened


def test_a_commit_is_on_the_disk_and_what_is_deleted_is_overwritten(tmp_path: Path) -> None:
    engine = Sqlite(tmp_path / "x.db").engine
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "trusted_schema")
        }
    engine.dispose()

    # synchronous: 0 off, 1 normal, 2 full
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }


def test_every_file_of_a_ledger_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store.create(tmp_path / "ledger.db")
        with store.write(), store.read():
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    store.close()

    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}


def test_a_new_database_has_every_table_and_trigger_and_no_head(tmp_path: Path, kind: str) -> None:
    store = new_store(kind, tmp_path)
    with store.read() as reader:
        assert reader.head() is None
        assert reader.last_number() == -1
        assert reader.schema_faults() == []
        assert reader.storage_faults() == []
        assert reader.storage_checked == (kind == "sqlite")
    store.close()
    # a table that is in the code but not among the log's would never be made
    assert {table.name for table in tables.LOG_TABLES} == {*tables.INSERT_ONLY, *tables.TAKEN_AWAY, "head"}


@pytest.mark.parametrize("name", ["with space.db", "what?.db", "100%.db", "a#b.db", "é.db", "a&b=c.db", "a;b.db"])
def test_any_file_name_is_a_place_for_a_ledger(tmp_path: Path, name: str) -> None:
    path = tmp_path / "folder ?#%" / name
    path.parent.mkdir()
    store = Store.create(path)
    again = Store.at_url(store.url)
    with again.read() as reader:
        assert reader.head() is None
    store.close()
    again.close()

    assert [item.name for item in path.parent.iterdir()] == [name]


def test_a_database_is_not_made_where_something_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"mine")
    with pytest.raises(Refused, match="one that has one"):
        Store.create(path)

    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("place", ["missing/ledger.db", "file/ledger.db"])
def test_a_database_is_not_made_where_nothing_can_be(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Refused):
        Store.create(tmp_path / place)


@pytest.mark.parametrize("place", ["missing.db", "."])
def test_what_is_no_file_is_no_ledger(tmp_path: Path, place: str) -> None:
    with pytest.raises(Refused, match="no such file"):
        Store.at(tmp_path / place)


NO_LEDGER: dict[str, bytes] = {
    "empty": b"",
    "text": b"hello, this is not a database at all" * 100,
    "the beginning of one": b"SQLite format 3\0" + bytes(84),
    "noise": bytes(range(256)) * 64,
}


@pytest.mark.parametrize("data", NO_LEDGER.values(), ids=NO_LEDGER.keys())
@pytest.mark.parametrize("write", [False, True])
def test_a_file_that_is_no_ledger_is_malformed(tmp_path: Path, data: bytes, write: bool) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(data)
    store = Store.at(path)
    with pytest.raises(Malformed), store.write() if write else store.read() as reader:
        reader.head()
    store.close()


def test_another_programs_database_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE contacts (name TEXT)")
    connection.commit()
    connection.close()
    store = Store.at(path)
    with pytest.raises(Malformed), store.read() as reader:
        reader.head()
    store.close()


# -- snapshots and one writer


def test_reading_is_of_one_moment(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    with ledger.store.read() as reader:
        before = reader.head()
        ledger.append(ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": PACKS}))
        assert reader.head() == before
        assert reader.entry(size) is None
        assert reader.last_number() == size - 1
    with ledger.store.read() as reader:
        assert reader.entry(size) is not None


def test_a_snapshot_begins_when_it_is_taken_not_at_its_first_question(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    with ledger.store.read() as reader:
        ledger.append(ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": PACKS}))
        assert reader.entry(size) is None


def test_what_a_writer_did_is_undone_when_it_fails(ledger: Sample) -> None:
    head = _head_of(ledger.store)
    with pytest.raises(KeyboardInterrupt), ledger.store.write() as writer:
        writer.set_head(Head(head.size + 1, b"x"))
        raise KeyboardInterrupt

    assert _head_of(ledger.store) == head
    with ledger.store.write() as writer:
        assert writer.head() == head


_HOLDER = """
import sys
from ledger.log.sqlite import Sqlite, sqlite_schema
from ledger.log.store import Store, parse_url
with Store.at_url(sys.argv[1]).write():
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def another_writer(ledger: Sample) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of writing."""
    ledger.store.close()
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, ledger.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    yield process
    process.communicate()


def _impatient(ledger: Sample) -> Store:
    if ledger.url.startswith("sqlite"):
        return Store(Sqlite(ledger.path, busy_seconds=0.1))
    return Store(Postgres(parse_url(ledger.url), busy_seconds=0.1))


def test_while_another_process_writes_one_reads_but_does_not_write(
    ledger: Sample, another_writer: subprocess.Popen[str]
) -> None:
    entry = ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": PACKS})
    impatient = _impatient(ledger)
    log = Log(impatient, ledger.origin, ledger.signers)
    before = _head_of(impatient)
    with pytest.raises(Unavailable) as caught:
        log.append([entry], NOW)

    assert caught.value.fault.got == "another program at work"
    assert "nothing was written" in caught.value.fault.hint
    another_writer.communicate()
    assert _head_of(impatient) == before
    log.append([entry], NOW)
    impatient.close()
    assert ledger.verify().findings == []


# -- triggers


@pytest.fixture(scope="module")
def full(whole: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A ledger with a row in every table, tokens and removed wraps too."""
    ledger = copied(whole, tmp_path_factory.mktemp("full"))
    desk, decided = ledger.desk("practitioner"), ledger.checkpoint().size - 1
    desk.write(Draft("access.granted", case(1), body={"handle": "p-colleague"}))
    desk.write(Draft("note.added", case(1), refs=(ledger.entry(decided).header.id,), record={"note": "x"}))
    ended = {"handle": "p-colleague", "reason": "other"}
    ledger.desk("manager").write(Draft("access.ended", case(1), body=ended))
    alter(ledger.url, "INSERT INTO token VALUES (0, 0, 'nhs', x'00', x'00')")
    return ledger


REFUSED = (sqlite3.IntegrityError, psycopg.errors.IntegrityConstraintViolation)
COLUMNS = [(table.name, column.name) for table in tables.LOG_TABLES for column in table.columns]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table}.{column}" for table, column in COLUMNS])
def test_no_column_of_any_table_is_updated(full: Sample, table: str, column: str) -> None:
    with pytest.raises(REFUSED, match=r"never changed|only moves forward"):
        run(full.url, f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", [table.name for table in tables.LOG_TABLES])
def test_no_row_of_any_table_is_deleted_without_its_reason(full: Sample, table: str) -> None:
    with pytest.raises(REFUSED, match="deleted"):
        run(full.url, f"DELETE FROM {table}")


def test_the_head_moves_forward_and_stays_one(full: Sample) -> None:
    for change in (
        "size = size - 1",
        "size = size, checkpoint = x'00'",
        "one = 2, size = size + 1",
        "size = size + 4097",
        "size = 9000000000000000000, checkpoint = x''",
    ):
        with pytest.raises(REFUSED, match="only moves forward"):
            run(full.url, f"UPDATE head SET {change}")
    with pytest.raises(REFUSED, match="there is one head"):
        run(full.url, "INSERT INTO head VALUES (2, 0, x'')")


def test_a_part_or_token_goes_only_with_the_whole_erasure_behind_it(ledger: Sample) -> None:
    """Asked, approved and done, each referring to the one before: no shorter chain will do."""
    decided = ledger.checkpoint().size - 1
    delete = f"DELETE FROM part WHERE n = {decided}"
    asked = ledger.desk("lead").write(
        Draft("erasure.requested", case(1), refs=(ledger.entry(decided).header.id,), body={"reason": "other"})
    )
    with pytest.raises(REFUSED, match="only by an erasure"):
        run(ledger.url, delete)
    approved = ledger.desk("guardian").write(Draft("erasure.approved", case(1), refs=(asked.header.id,)))
    with pytest.raises(REFUSED, match="only by an erasure"):
        run(ledger.url, delete)
    ledger.desk("guardian").write(Draft("erasure.done", case(1), refs=(approved.header.id,)))
    alter(ledger.url, f"INSERT INTO part VALUES ({decided}, 'record', x'00')")
    run(ledger.url, delete)
    with pytest.raises(REFUSED, match="only by an erasure"):
        run(ledger.url, "DELETE FROM part WHERE n = 0")


def test_a_wrap_goes_only_when_what_was_removed_is_kept(full: Sample, tmp_path: Path) -> None:
    ledger = copied(full, tmp_path)
    delete = "DELETE FROM wrap WHERE n = 0 AND position = 0"
    with pytest.raises(REFUSED, match="kept"):
        run(ledger.url, delete)
    run(ledger.url, "INSERT INTO removed_wrap SELECT n, position, under, handle, x'00' FROM wrap WHERE n = 0")
    run(ledger.url, delete)


def test_what_a_trigger_refuses_is_refused_in_our_words(full: Sample) -> None:
    with pytest.raises(Refused), full.store.write() as writer:
        writer.remove_sealed(0)
    with pytest.raises(Refused), full.store.write() as writer:
        writer.set_head(Head(1, b"x"))


def test_a_trigger_or_table_that_was_changed_is_a_fault_of_the_schema(tmp_path: Path) -> None:
    """SQLite's; PostgreSQL has more that can be changed: test_postgres_schema.py."""
    for i, (change, fault) in enumerate(
        [
            ("DROP TRIGGER entry_no_update", "entry_no_update is missing"),
            ("DROP INDEX entry_id", "entry_id is missing"),
            ("CREATE TABLE more (n)", "more does not belong here"),
            ("ALTER TABLE token ADD COLUMN more", "token is not as it was made"),
        ]
    ):
        store = Store.create(tmp_path / f"{i}.db")
        run(store.url, change)
        with store.read() as reader:
            assert reader.schema_faults() == [fault]
        store.close()
    assert len(sqlite_schema()) > len(tables.LOG_TABLES) * 2


# -- what a reader gives


def test_pages_are_joined_without_a_gap(ledger: Sample) -> None:
    entries = [ledger.signed("founder", "ledger.packs_adopted", i, body={"packs": PACKS}) for i in range(PAGE + 90)]
    ledger.append(*entries)
    size = ledger.checkpoint().size
    with ledger.store.read() as reader:
        assert [row.n for row in reader.entries(0, size)] == list(range(size))
        assert [row.n for row in reader.of_types(["ledger.packs_adopted"], size)] == list(range(size - PAGE - 90, size))
        assert [row.n for row in reader.entries(5, 9)] == [5, 6, 7, 8]
        assert reader.count() == size
        with pytest.raises(Malformed):
            reader.stored_hashes(0, size - 1, 2)


def test_an_entry_is_found_by_id_prefix_author_and_reference(ledger: Sample) -> None:
    n = ledger.checkpoint().size - 1
    header = ledger.entry(n).header
    with ledger.store.read() as reader:
        assert [row.n for row in reader.by_id_prefix(header.id.hex()[:6])] == [n]
        assert len(reader.by_id_prefix("")) == 3
        assert reader.by_id(bytes(16)) is None
        last = reader.last_of_author(header.author)
        assert last is not None
        assert last.n == n
        assert reader.last_of_author("p-nobody") is None
        assert reader.about(header.id) == []
