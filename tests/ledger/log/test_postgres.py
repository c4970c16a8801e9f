"""What PostgreSQL alone can do to a ledger: a server that goes, roles, locks, words that quote data. On a real one."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ledger.errors import LedgerError, Lost, Refused, Unavailable
from ledger.log.append import Log
from ledger.log.postgres import Postgres
from ledger.log.reader import PAGE
from ledger.log.store import Store, parse_url
from tests.ledger_databases import connected, dump, new_store, postgres_server, postgres_url, run
from tests.ledger_fixtures import NOW, PACKS, Sample, case, copied, founded_ledger, small_ledger

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    directory = tmp_path_factory.mktemp("postgres")
    with postgres_server().dropping():
        ledger = small_ledger(directory, store=new_store("postgresql", directory))
        ledger.decide("practitioner", case(1))
        yield ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _packs(ledger: Sample, number: int) -> None:
    ledger.append(ledger.signed("founder", "ledger.packs_adopted", number, body={"packs": PACKS}))


def _end_all_connections(url: str) -> None:
    with connected(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# -- the writers' turn, and that safety does not rest on it


class _Unordered(Postgres):
    """Writers that take no turn."""

    def begin(self, connection: Connection, *, write: bool) -> None:
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")


def test_without_the_turn_two_writers_still_do_not_both_write_entry_n(ledger: Sample) -> None:
    n = ledger.checkpoint().size
    entries = [ledger.signed("founder", "ledger.packs_adopted", i, body={"packs": PACKS}) for i in (1, 2)]
    meeting = threading.Barrier(2)
    ended: list[str] = []

    class Meeting(Log):
        def state(self, reader):  # type: ignore[no-untyped-def]
            found = super().state(reader)
            meeting.wait(timeout=20)  # both have read the same head, and neither has written
            return found

    def write(entry) -> None:  # type: ignore[no-untyped-def]
        store = Store(_Unordered(parse_url(ledger.url)))
        try:
            Meeting(store, ledger.origin, ledger.signers).append([entry], NOW)
            ended.append("done")
        except LedgerError as error:
            ended.append(type(error).__name__)
        finally:
            store.close()

    threads = [threading.Thread(target=write, args=(entry,)) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended) == ["Refused", "done"]
    assert ledger.checkpoint().size == n + 1
    assert ledger.verify().findings == []


def test_a_writer_waits_for_its_turn_and_no_longer_than_it_is_told(ledger: Sample) -> None:
    impatient = Store(Postgres(parse_url(ledger.url), busy_seconds=0.2))
    with ledger.store.write() as turn, pytest.raises(Unavailable) as caught, impatient.write():
        turn.head()

    assert caught.value.fault.got == "another program at work"
    assert not isinstance(caught.value, Lost)
    with impatient.write() as writer:
        assert writer.head() is not None
    impatient.close()


def test_whoever_waited_sees_what_was_committed_meanwhile(ledger: Sample) -> None:
    size, seen = ledger.checkpoint().size, []

    def wait() -> None:
        store = Store.at_url(ledger.url)
        with store.write() as writer:
            seen.append(writer.last_number())
        store.close()

    with ledger.store.write() as turn:
        waiting = threading.Thread(target=wait)
        waiting.start()
        turn.set_head(type(turn.head())(size + 1, b"x"))  # type: ignore[misc]
        turn.remove_wrap(0, 0, turn.wraps(0, 1)[0][0])
        assert seen == []
    waiting.join()
    assert seen == [size - 1]


# -- a connection that goes


def test_a_connection_that_went_while_nothing_was_asked_is_not_noticed(ledger: Sample) -> None:
    size = ledger.checkpoint().size
    _end_all_connections(ledger.url)
    assert ledger.checkpoint().size == size
    _end_all_connections(ledger.url)
    _packs(ledger, 1)
    assert ledger.checkpoint().size == size + 1


@pytest.mark.parametrize("write", [False, True])
def test_a_connection_that_goes_in_the_middle_is_lost_and_the_next_use_has_another(ledger: Sample, write: bool) -> None:
    before = dump(ledger.url)
    with pytest.raises(Lost), ledger.store.write() if write else ledger.store.read() as reader:
        reader.head()
        _end_all_connections(ledger.url)
        reader.head()

    assert dump(ledger.url) == before
    with ledger.store.write() if write else ledger.store.read() as reader:
        assert reader.head() is not None


def test_a_connection_that_goes_before_the_commit_leaves_nothing_and_says_lost(ledger: Sample) -> None:
    before = dump(ledger.url)
    with pytest.raises(Lost), ledger.store.write() as writer:
        writer.remove_wrap(0, 0, writer.wraps(0, 1)[0][0])
        _end_all_connections(ledger.url)

    assert dump(ledger.url) == before


def test_a_connection_that_goes_while_rows_are_streamed_is_lost(ledger: Sample) -> None:
    with pytest.raises(Lost), ledger.store.read() as reader:
        for _row in reader.by_case(99):
            _end_all_connections(ledger.url)
            reader.head()


def test_a_server_that_crashes_and_comes_back_has_what_was_acknowledged(ledger: Sample) -> None:
    """Stopped as a crash would stop it, while somebody writes; afterwards the same process goes on."""
    _packs(ledger, 1)
    size = ledger.checkpoint().size
    server = postgres_server()
    with pytest.raises(Lost), ledger.store.write() as writer:
        writer.remove_wrap(0, 0, writer.wraps(0, 1)[0][0])
        server.stop()
    with pytest.raises(Unavailable) as caught:
        ledger.checkpoint()
    assert not isinstance(caught.value, Lost), "nothing was asked of a server that is not there"
    server.start()

    assert ledger.checkpoint().size == size
    _packs(ledger, 2)
    assert ledger.verify().findings == []


def test_a_connection_that_ends_without_a_word_is_lost(ledger: Sample) -> None:
    """The server's process for it is killed: no message comes, and the server begins anew by itself."""
    size = ledger.checkpoint().size
    with pytest.raises(Lost), ledger.store.write() as writer:
        pid = int(rows_of(writer, "SELECT pg_backend_pid()")[0][0])  # type: ignore[index]
        os.kill(pid, signal.SIGKILL)
        writer.head()
    end = time.monotonic() + 20
    while True:
        try:
            assert ledger.checkpoint().size == size
            break
        except Unavailable:
            assert time.monotonic() < end, "the server comes back"
            time.sleep(0.05)


def test_a_transaction_that_failed_is_not_committed_in_silence(ledger: Sample) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK, and no error, where a statement failed and that was swallowed."""
    decided = ledger.checkpoint().size - 1
    with pytest.raises(Unavailable, match="one that failed"), ledger.store.write() as writer, suppress(Refused):
        writer.remove_sealed(decided)
    assert ledger.verify().findings == []


# -- what the server says, in our words


@pytest.mark.parametrize(
    ("sql", "kind", "got"),
    [
        ("SELECT 1 FROM no_such_table", "Malformed", "a database without a ledger"),
        ("SELECT 'Sample Person'::bigint", "Refused", "rows that do not"),
        ("INSERT INTO part SELECT * FROM part", "Refused", "rows that do not"),
        ("UPDATE part SET part = 'x'", "Refused", "rows that do not"),
        ("SET TRANSACTION READ ONLY; DELETE FROM head", "Unavailable", "a read-only one"),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", "Unavailable", "another program at work"),
        ("DO $$BEGIN RAISE EXCEPTION 'Sample Person' USING ERRCODE = 'disk_full'; END$$", "Unavailable", "a full disk"),
        ("DO $$BEGIN RAISE 'Sample Person' USING ERRCODE = 'too_many_connections'; END$$", "Unavailable", "none"),
        ("DO $$BEGIN RAISE 'Sample Person' USING ERRCODE = 'serialization_failure'; END$$", "Unavailable", "another"),
        ("DO $$BEGIN RAISE 'Sample Person' USING ERRCODE = 'XX001'; END$$", "Unavailable", "SQLSTATE XX001"),
        ("DO $$BEGIN RAISE 'Sample Person' USING ERRCODE = '08006'; END$$", "Lost", "none"),
        ("SET ROLE pg_monitor; SELECT * FROM entry", "NotPermitted", "one that may not"),
    ],
)
def test_what_the_server_says_is_told_in_our_words(ledger: Sample, sql: str, kind: str, got: str) -> None:
    with pytest.raises(LedgerError) as caught, ledger.store.write() as writer, writer._database.translated():
        writer._connection.exec_driver_sql(sql)

    assert type(caught.value).__name__ == kind
    fault = caught.value.faults[0] if isinstance(caught.value, Refused) else caught.value.fault  # type: ignore[attr-defined]
    assert got in fault.got
    assert "Sample Person" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "expected", "hint"),
    [
        (("@/", "@nowhere.invalid/"), "a PostgreSQL server that answers", "Check the URL"),
        (("test", "no_such_"), "a database that the server has", "named in ledger.toml"),
        (("postgres@", "nobody-of-that-name@"), "a role that the server has", "Set PGUSER"),
        (("host=", "host=/nowhere"), "a PostgreSQL server that answers", "Check the URL"),
    ],
)
def test_a_server_that_cannot_be_reached_is_unavailable(
    whole: Sample, change: tuple[str, str], expected: str, hint: str
) -> None:
    url = whole.url.replace(*change)
    if "nowhere.invalid" in url:
        url = url.partition("?")[0]
    store = Store.at_url(url)
    with pytest.raises(Unavailable) as caught, store.read():
        pass
    store.close()

    assert caught.value.fault.expected == expected
    assert hint in caught.value.fault.hint
    assert "no_such_" not in str(caught.value)


def test_a_database_without_a_ledger_is_told_as_none() -> None:
    store = Store.at_url(postgres_url())
    with pytest.raises(LedgerError, match="a database without a ledger"), store.read():
        pass
    with pytest.raises(LedgerError, match="a database without a ledger"), store.write():
        pass
    store.close()


# -- URLs


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://writer:sample-password@db.example/ledger",
        "postgresql+psycopg://writer@db.example/ledger?password=sample-password",
        "postgresql+psycopg://writer@db.example/ledger?sslpassword=sample-password",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    for way in (Store.at_url, Store.create):
        with pytest.raises(Refused) as caught:
            way(url)
        assert "sample-password" not in str(caught.value)
        assert "pgpass" in caught.value.faults[0].hint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ledger",
        "mysql://x/y",
        "postgresql://x/y",
        "postgresql+psycopg://x",
        "sqlite://",
        'sqlite:////a"b',
        "a\nb://c/d",
    ],
)
def test_what_is_no_url_of_a_ledger_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="postgresql\\+psycopg"):
        parse_url(url)


# -- reading


def test_rows_are_streamed_from_the_server_a_page_at_a_time(tmp_path: Path) -> None:
    """Its own cursor holds the rows: a case's entries do not all come at once, and nothing is left open."""
    ledger = founded_ledger(tmp_path, store=new_store("postgresql", tmp_path))
    run(
        ledger.url,
        "INSERT INTO entry SELECT n, decode(lpad(to_hex(n), 32, '0'), 'hex'), 'note.added', 'p-x', 0, x'01', x'02' "
        f"FROM generate_series(1, {PAGE * 3}) n",
    )
    with ledger.store.read() as reader:
        found = reader.by_case(10_000)
        next(found)
        assert len(rows_of(reader, "SELECT name FROM pg_cursors")) == 1
        assert sum(1 for _row in found) == PAGE * 3, "and entry 0, which came first or last"
        assert rows_of(reader, "SELECT name FROM pg_cursors") == []


def rows_of(reader, sql: str) -> list[object]:  # type: ignore[no-untyped-def]
    """Asked on the reader's own connection."""
    return list(reader._connection.exec_driver_sql(sql).all())


def test_a_temporary_table_does_not_stand_in_for_one_of_ours(ledger: Sample) -> None:
    head = ledger.head()
    with ledger.store.write() as writer:
        writer._connection.exec_driver_sql("CREATE TEMPORARY TABLE head (one int, size int, checkpoint bytea)")
        found = writer.head()
        assert found is not None
        assert found.checkpoint == head


def test_a_commit_waits_for_the_disk_whatever_the_server_was_told(ledger: Sample) -> None:
    with connected(ledger.url) as connection:
        name = connection.execute("SELECT current_database()").fetchone()[0]
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    store = Store.at_url(ledger.url)
    with store.write() as writer:
        assert rows_of(writer, "SHOW synchronous_commit")[0][0] == "on"  # type: ignore[index]
    store.close()


def test_a_ledger_in_a_file_loads_no_driver_of_another_database(tmp_path: Path) -> None:
    founded_ledger(tmp_path).store.close()
    code = (
        "import sys; from pathlib import Path; from ledger.log.store import Store\n"
        "with Store.at(Path(sys.argv[1])).read() as reader: assert reader.head()\n"
        "print(*sorted({'psycopg', 'alembic', 'sqlalchemy.dialects.postgresql'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "ledger.db")]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "\n"


def test_without_the_driver_it_says_what_to_install(tmp_path: Path) -> None:
    """A folder before all others, in which psycopg is a module that cannot be loaded."""
    (tmp_path / "psycopg.py").write_text("raise ImportError('no such driver')\n")
    code = "from ledger.log.store import Store\nStore.at_url('postgresql+psycopg://db.example/ledger')"
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'consent-ledger[postgres]'" in done.stderr.splitlines()[-1]
