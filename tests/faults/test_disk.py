"""A full disk, a folder that may not be written, a database that is held: what is told, and what stands."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli import exits
from cli.world import World
from ledger.errors import Unavailable
from ledger.log.append import Log
from ledger.log.store import Store, parse_url
from tests.cli.driver import Seat, club_seat
from tests.cli.sample_documents import share, text
from tests.faults.child import PROCESSES, Handed
from tests.faults.disks import NOBODY, append_on_a_full_disk, as_nobody, record_with_a_full_disk
from tests.faults.scenarios import base_ledger, scenarios
from tests.ledger_databases import new_store
from tests.ledger_fixtures import Sample, case, copied, small_ledger
from tests.soak import SOAK

FREE = range(0, 420 << 10, (4 if SOAK else 32) << 10)


def apart(work: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """What `work` gives, done in a process of its own."""
    with ProcessPoolExecutor(max_workers=1, mp_context=PROCESSES) as pool:
        return pool.submit(work, *arguments, **more).result(120)


@pytest.fixture
def seat(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("disk")
    ledger = base_ledger(folder, Store.create(folder / "ledger.db"))
    ledger.store.close()
    return ledger


def test_an_append_on_a_full_disk_is_whole_or_not_at_all(base: Sample, tmp_path: Path) -> None:
    """With more and more room left, until it is enough: what is told is what stands, whichever write met the end."""
    entries = scenarios(base, tmp_path)["batch"].entries
    folder = tmp_path / "small"
    folder.mkdir()
    ended = {free: apart(append_on_a_full_disk, Handed.of(base), folder, entries, free) for free in FREE}

    for told, stands, again in ended.values():
        assert again == "recorded"
        assert stands == (told == "recorded")
        if told != "recorded":
            assert told.startswith(("Unavailable: disk: ", "Unavailable: database: ")), told
            assert "Lost" not in told
    assert ended[0][0].startswith("Unavailable: ")
    assert ended[FREE[-1]][0] == "recorded"
    assert any(
        told.endswith("a full disk. Free some space and try again; nothing was written.") for told, *_ in ended.values()
    )


def test_a_full_disk_under_the_ledger_is_told(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    command = ["record", "--file", seat.file("decision.json", text(share())), "--identity", seat.key("practitioner")]
    done, again, before, after = apart(record_with_a_full_disk, seat, tmp_path / "small", command, ledger=True)

    assert (done.code, before, after) == (5, 3, 3)
    assert done.err.startswith("consent-ledger: this could not be done now\n")
    assert again.code == 0


def test_a_full_disk_under_the_memory_after_the_commit_is_told_as_recorded(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    command = ["record", "--file", seat.file("decision.json", text(share())), "--identity", seat.key("practitioner")]
    done, again, before, after = apart(record_with_a_full_disk, seat, tmp_path / "small", command, ledger=False)

    assert (done.code, before, after) == (5, 3, 4)
    assert done.err.startswith("Recorded as entry 3.\nIt stands: do not record it again.")
    assert "last-seen checkpoint" in done.err
    assert again.code == 0


@contextmanager
def _open_to_look_at(seat: Seat) -> Iterator[Seat]:
    """The same seat where an ordinary user may go, theirs but for the ledger's database and its folder."""
    root = Path(tempfile.mkdtemp(prefix="consent-ledger-test-"))
    try:
        shutil.copytree(seat.root, root, dirs_exist_ok=True)
        env = {name: value.replace(str(seat.root), str(root)) for name, value in seat.env.items()}
        there = Seat(root, env)
        root.chmod(0o755)
        if os.geteuid() == 0:
            for path in root.rglob("*"):
                os.chown(path, NOBODY, NOBODY)
            os.chown(there.ledger, 0, 0)
            os.chown(there.ledger / "ledger.db", 0, 0)
        (there.ledger / "ledger.db").chmod(0o444)
        there.ledger.chmod(0o555)
        yield there
    finally:
        (root / seat.ledger.name).chmod(0o755)
        shutil.rmtree(root)


def test_who_may_not_write_there_is_told(seat: Seat) -> None:
    record = ["record", "--file", seat.file("decision.json", text(share())), "--identity", seat.key("practitioner")]
    with _open_to_look_at(seat) as there:
        (recorded,) = apart(as_nobody, there, [record])
        before = (there.ledger / "ledger.db").read_bytes()

    assert (recorded.code, recorded.out) == (5, "")
    assert "a file that can be opened and written" in recorded.err
    assert "Check its permissions." in recorded.err
    assert before == (seat.ledger / "ledger.db").read_bytes()


@contextmanager
def _writing(url: str) -> Iterator[None]:
    """Another program has the turn to write, and keeps it."""
    store = Store.at_url(url)
    with store.write():
        yield
    store.close()


def _impatient(url: str) -> Store:
    """A store whose writers wait for a quarter of a second."""
    found = parse_url(url)
    if found.drivername == "sqlite":
        from ledger.log.sqlite import Sqlite

        return Store(Sqlite(Path(found.database or ""), busy_seconds=0.25))
    from ledger.log.postgres import Postgres

    return Store(Postgres(found, busy_seconds=0.25))


def test_a_database_that_another_program_holds_is_told_as_busy(kind: str, tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path, store=new_store(kind, tmp_path))
    entry = ledger.signed("lead", "hold.placed", 1, case=case(1), body={"reason": "court"})
    store, head = _impatient(ledger.store.url), ledger.head()
    log = Log(store, ledger.origin, ledger.signers)
    with _writing(ledger.store.url), pytest.raises(Unavailable) as caught:
        log.append([entry], ledger.clock())

    assert ledger.head() == head
    assert str(caught.value) == (
        "database: expected a turn to write, got another program at work. Try again; nothing was written."
    )
    world = World(int, bytes, {}, tmp_path, tmp_path, io.StringIO(), io.StringIO(), io.StringIO(), str)
    assert exits.leave(world, caught.value, as_json=False) == 5
    assert log.append([entry], ledger.clock()).numbers == (8,)
    assert ledger.verify().findings == []
    store.close()
    ledger.store.close()


def test_waiting_in_vain_for_a_turn_leaves_readers_as_patient_as_before(base: Sample, tmp_path: Path) -> None:
    ledger = copied(base, tmp_path)
    store = _impatient(ledger.store.url)
    with _writing(ledger.store.url), pytest.raises(Unavailable), store.write():
        pass
    with store.database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 250
    store.close()
    ledger.store.close()
