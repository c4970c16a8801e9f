"""What is exported does not depend on where the ledger lies: the same on SQLite and on a PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import Unverified
from ledger.log.export import take_snapshot, write_log
from ledger.log.publish import Published, publish
from tests.ledger_databases import alter, new_store
from tests.ledger_fixtures import Sample, small_ledger
from tests.stranger import Log, check_entries, read_file, read_folder, served_from
from tests.tamper.filling import fill


@pytest.fixture
def ledger(kind: str, tmp_path: Path) -> Iterator[Sample]:
    made = small_ledger(tmp_path, ["guardian", "manager"], store=new_store(kind, tmp_path))
    yield made
    made.store.close()


def tiles(ledger: Sample, folder: Path) -> Published:
    with ledger.store.read() as reader:
        snapshot = take_snapshot(reader, ledger.origin)
        return publish(snapshot, folder, snapshot.checkpoint)


def one_file(ledger: Sample, path: Path) -> bytes:
    with ledger.store.read() as reader:
        snapshot = take_snapshot(reader, ledger.origin)
        write_log(snapshot, path, snapshot.checkpoint)
    return path.read_bytes()


def served(folder: Path, vkey: str) -> Log:
    return read_folder(served_from(folder), vkey)


def test_both_exports_are_read_by_a_stranger(ledger: Sample, tmp_path: Path) -> None:
    vkey = str(ledger.signers[-1].key)
    assert tiles(ledger, tmp_path / "tiles") == Published(0, 3)
    fill(ledger, 300)
    assert tiles(ledger, tmp_path / "tiles").before == 3
    log = read_file(one_file(ledger, tmp_path / "log.jsonl"), vkey)
    assert log == served(tmp_path / "tiles", vkey)
    assert len(log.leaves) == 300
    check_entries(log, vkey)


def test_an_export_stands_on_one_moment(ledger: Sample, tmp_path: Path) -> None:
    """Entries that others record meanwhile are for the next one."""
    vkey = str(ledger.signers[-1].key)
    with ledger.store.read() as reader:
        snapshot = take_snapshot(reader, ledger.origin)
        fill(ledger, 20)
        write_log(snapshot, tmp_path / "log.jsonl", snapshot.checkpoint)
        publish(snapshot, tmp_path / "tiles", snapshot.checkpoint)
    assert len(read_file((tmp_path / "log.jsonl").read_bytes(), vkey).leaves) == 3
    assert len(served(tmp_path / "tiles", vkey).leaves) == 3
    tiles(ledger, tmp_path / "tiles")
    assert len(served(tmp_path / "tiles", vkey).leaves) == 20


def test_a_ledger_that_does_not_hold_is_not_exported(ledger: Sample, tmp_path: Path) -> None:
    fill(ledger, 20)
    alter(ledger.store.url, "DELETE FROM entry WHERE n = 10")
    with pytest.raises(Unverified, match="entry 10"):
        one_file(ledger, tmp_path / "log.jsonl")
    with pytest.raises(Unverified, match="entry 10"):
        tiles(ledger, tmp_path / "tiles")
    assert list(tmp_path.glob("log.jsonl*")) == list((tmp_path / "tiles").iterdir()) == []
