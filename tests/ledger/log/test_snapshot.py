"""Whole databases: copied while others write, put in another's place while nobody does, and what is left where not."""

import multiprocessing
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import Malformed, Refused, Unavailable
from ledger.log import snapshot
from ledger.log.append import Log
from ledger.log.note import Signer
from ledger.log.snapshot import carry, discard, put_in_place, settle, take
from ledger.log.store import Store
from ledger.records.writing import Draft
from ledger.sealing.identity import Identity
from tests.ledger_fixtures import PACKS, Chance, Clock, Sample, copied, seed_of, small_ledger


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return small_ledger(tmp_path_factory.mktemp("snapshot"), ["guardian"])


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    (tmp_path / "ledger").mkdir()
    return copied(whole, tmp_path / "ledger")


def names(ledger: Sample) -> list[str]:
    return sorted(path.name for path in ledger.path.parent.iterdir())


def size_of(path: Path) -> int:
    """The entries in a database, counted by SQL and by nothing of ours."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        count: int = database.execute("SELECT count(*) FROM entry").fetchone()[0]
    return count


def grow(ledger: Sample) -> int:
    return ledger.desk("founder").write(Draft("ledger.packs_adopted", body={"packs": PACKS})).n


def test_a_copy_is_one_file_of_its_owner_alone_that_needs_nothing_beside_it(ledger: Sample) -> None:
    grow(ledger)  # what lies in the write-ahead log is in the copy too
    file = ledger.path.with_name("copy.db")
    before = os.umask(0)
    try:
        take(ledger.path, file)
    finally:
        os.umask(before)
    ledger.store.close()

    assert names(ledger) == ["copy.db", "ledger.db"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes()[18:20] == b"\1\1", "no write-ahead log is wanted to read it"
    assert size_of(file) == 3


def test_nothing_is_overwritten_and_nothing_is_left_of_a_copy_that_failed(ledger: Sample, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"precious")
    for copying in (take, carry):
        with pytest.raises(Refused):
            copying(ledger.path, there)
        with pytest.raises(Refused):
            copying(ledger.path, tmp_path / "no" / "folder")
    assert there.read_bytes() == b"precious"
    with pytest.raises(Malformed):
        take(there, tmp_path / "new")
    part = tmp_path / "part"
    part.write_bytes(b"new")
    with pytest.raises(Refused):
        settle(part, there)

    assert there.read_bytes() == b"precious"
    assert not (tmp_path / "new").exists()
    settle(part, tmp_path / "named")
    assert not part.exists()
    assert (tmp_path / "named").read_bytes() == b"new"


def test_ctrl_c_during_a_copy_leaves_nothing(ledger: Sample) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(ledger.path, ledger.path.with_name("copy.db"), stop)
    ledger.store.close()
    assert names(ledger) == ["ledger.db"]


def _write_on(path: Path, ledger_origin: str, seed: bytes, log_seed: bytes, begun: object, enough: object) -> None:
    store = Store.at(path)
    signers = [Signer(ledger_origin, log_seed)]
    people = {"founder": Identity("p-founder", seed)}
    ledger = Sample(
        path, store, ledger_origin, Log(store, ledger_origin, signers), signers, people, Clock(), Chance("on"), log_seed
    )
    while not enough.is_set():  # type: ignore[attr-defined]
        grow(ledger)
        begun.set()  # type: ignore[attr-defined]
    store.close()


def test_a_copy_is_of_one_moment_while_another_process_writes(ledger: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the smallest steps, so that there is a write between any two of them."""
    monkeypatch.setattr(snapshot, "PAGES", 1)
    context = multiprocessing.get_context("spawn")
    begun, enough = context.Event(), context.Event()
    writer = context.Process(
        target=_write_on, args=(ledger.path, ledger.origin, seed_of("founder"), ledger.log_seed, begun, enough)
    )
    writer.start()
    assert begun.wait(60)
    files = [ledger.path.with_name(f"copy{i}.db") for i in range(3)]
    between = []

    def step(_done: int, _total: int) -> None:
        time.sleep(0.003)
        between.append(size_of(ledger.path))

    for file in files:
        before = size_of(ledger.path)
        take(ledger.path, file, step)
        assert before <= size_of(file) < between[-1]
    enough.set()
    writer.join()
    assert writer.exitcode == 0
    assert size_of(ledger.path) > size_of(files[0])
    assert len(between) >= 60
    with ledger.store.read() as reader:
        for file in files:
            with closing(Store.to_read(file)) as store, store.read() as copied_reader:
                head = copied_reader.head()
                assert head is not None
                assert list(copied_reader.entries(0, head.size)) == list(reader.entries(0, head.size))
                assert copied_reader.last_number() == head.size - 1


# -- putting one in place


@pytest.fixture
def newer(ledger: Sample) -> Path:
    """What is to be put in place: two entries, where the ledger has four."""
    file = ledger.path.with_name("new.db")
    take(ledger.path, file)
    grow(ledger)
    grow(ledger)
    return file


def test_what_was_there_is_kept_and_what_is_new_is_there(ledger: Sample, newer: Path) -> None:
    kept = ledger.path.with_name("kept.db")
    ledger.store.close()
    put_in_place(newer, ledger.path, kept)

    assert names(ledger) == ["kept.db", "ledger.db"]
    assert {path.stat().st_mode & 0o777 for path in ledger.path.parent.iterdir()} == {0o600}
    assert (size_of(ledger.path), size_of(kept)) == (2, 4)
    assert ledger.verify().ok


@pytest.mark.parametrize("size", [4096, 65536])
def test_pages_of_another_size_are_no_obstacle(ledger: Sample, newer: Path, size: int) -> None:
    """As a backup from before the pages were made larger has them."""
    with closing(sqlite3.connect(newer)) as old:
        old.execute("PRAGMA journal_mode=DELETE")
        old.execute(f"PRAGMA page_size={size}")
        old.execute("VACUUM")
    with closing(Store.to_read(newer)) as store, store.read() as reader:
        entries = list(reader.entries(0, 2))
    kept = ledger.path.with_name("kept.db")
    ledger.store.close()
    put_in_place(newer, ledger.path, kept)

    assert names(ledger) == ["kept.db", "ledger.db"]
    assert (size_of(ledger.path), size_of(kept)) == (2, 4)
    with ledger.store.read() as reader:
        assert list(reader.entries(0, 2)) == entries
    assert ledger.verify().ok


def test_while_somebody_has_it_open_nothing_is_changed(
    ledger: Sample, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "BUSY_SECONDS", 0.2)
    kept = ledger.path.with_name("kept.db")
    with ledger.store.read() as reader:
        assert reader.head() is not None
        with pytest.raises(Unavailable) as caught:
            put_in_place(newer, ledger.path, kept)

    assert "has it open" in caught.value.fault.got
    assert not kept.exists()
    assert (size_of(ledger.path), size_of(newer)) == (4, 2)


@pytest.mark.parametrize("damage", [b"", b"no database at all", b"SQLite format 3\0" + bytes(5000)])
def test_what_no_program_can_open_is_kept_as_it_is(ledger: Sample, newer: Path, damage: bytes) -> None:
    ledger.store.close()
    ledger.path.write_bytes(damage)
    ledger.path.with_name("ledger.db-wal").write_bytes(b"belongs to the old one")
    kept = ledger.path.with_name("kept.db")
    put_in_place(newer, ledger.path, kept)

    assert size_of(ledger.path) == 2
    assert kept.exists()
    assert kept.read_bytes() == damage
    if not damage.startswith(b"SQLite"):
        assert kept.with_name("kept.db-wal").read_bytes() == b"belongs to the old one"
    assert ledger.verify().ok


def test_where_nothing_is_it_is_put(ledger: Sample, newer: Path) -> None:
    ledger.store.close()
    discard(ledger.path)
    put_in_place(newer, ledger.path, ledger.path.with_name("kept.db"))

    assert names(ledger) == ["ledger.db"]
    assert size_of(ledger.path) == 2
