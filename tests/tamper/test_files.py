"""Damage to the files themselves: pages, the end, the write-ahead log. Verification says so, and never breaks off.

Either it finds something (storage: the file is damaged; the other kinds: test_damage.py), or the database cannot be
read at all and that is said: Malformed or Unavailable. Nothing foreign leaves.
"""

import sqlite3
from pathlib import Path

import pytest

from ledger.errors import Malformed, Refused, Unavailable
from ledger.log.sqlite import PAGE_SIZE
from ledger.log.store import Store
from ledger.log.whole import Expected
from tests.tamper.damage import Found, found
from tests.tamper.scene import Scene

UNREADABLE = "it cannot be read"


def answer(scene: Scene, expected: Expected | None = None) -> Found | str:
    """What verification finds in the file as it now is, or that it cannot be read."""
    scene.ledger.store.close()
    scene.ledger.store = Store.at(scene.ledger.path)
    try:
        return found(scene, expected)
    except (Malformed, Unavailable):
        return UNREADABLE


def settle(scene: Scene) -> bytes:
    """Everything in one file, and its bytes."""
    scene.ledger.store.close()
    connection = sqlite3.connect(scene.ledger.path)
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() is not None
    connection.close()
    data = scene.ledger.path.read_bytes()
    assert len(data) % PAGE_SIZE == 0
    assert len(data) > 20 * PAGE_SIZE
    return data


def page_of(data: bytes, number: int, content: bytes) -> bytes:
    """The file with a page replaced."""
    start = number * PAGE_SIZE
    return data[:start] + content.ljust(PAGE_SIZE, b"\0") + data[start + PAGE_SIZE :]


def test_the_file_as_it_is(scene: Scene) -> None:
    settle(scene)
    assert answer(scene) == set()


def test_each_page_zeroed(scene: Scene) -> None:
    data = settle(scene)
    for number in range(len(data) // PAGE_SIZE):
        scene.ledger.path.write_bytes(page_of(data, number, b""))
        told = answer(scene)
        assert told == UNREADABLE or told, f"page {number}"
        if number == 0:
            assert told == UNREADABLE


def test_each_page_put_in_the_place_of_the_next(scene: Scene) -> None:
    """A page that is well formed in itself and belongs elsewhere."""
    data = settle(scene)
    for number in range(1, len(data) // PAGE_SIZE - 1):
        other = data[(number + 1) * PAGE_SIZE : (number + 2) * PAGE_SIZE]
        scene.ledger.path.write_bytes(page_of(data, number, other))
        told = answer(scene)
        assert told == UNREADABLE or told, f"page {number}"


@pytest.mark.parametrize("left", [0, 10, 100, PAGE_SIZE, 3 * PAGE_SIZE + 7, -PAGE_SIZE, -1])
def test_the_file_cut_short(scene: Scene, left: int) -> None:
    data = settle(scene)
    scene.ledger.path.write_bytes(data[:left])
    told = answer(scene)
    assert told == UNREADABLE or told


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0", b"\0" * 8192])
def test_another_file_in_its_place(scene: Scene, content: bytes) -> None:
    settle(scene)
    scene.ledger.path.write_bytes(content)
    assert answer(scene) == UNREADABLE


def test_a_new_ledger_in_its_place(scene: Scene) -> None:
    settle(scene)
    scene.ledger.path.unlink()
    Store.create(scene.ledger.path).close()
    assert answer(scene) == {(None, "head"), (None, "no_founder")}


def test_no_file_at_all(scene: Scene) -> None:
    settle(scene)
    scene.ledger.path.unlink()
    with pytest.raises(Refused):
        answer(scene)


def left_in_the_wal(scene: Scene, directory: Path) -> tuple[Scene, Path]:
    """A copy of a ledger of which an entry is still in the write-ahead log, as after a power cut; that log's path."""
    settle(scene)
    scene.desk("guardian")
    scene.ledger.decide("practitioner", b"\1" * 16)
    directory.mkdir()
    path = directory / "ledger.db"
    wal = path.with_name("ledger.db-wal")
    path.write_bytes(scene.ledger.path.read_bytes())
    wal.write_bytes(scene.ledger.path.with_name("ledger.db-wal").read_bytes())
    path.chmod(0o600)
    copy = Scene(type(scene.ledger)(**{**vars(scene.ledger), "path": path, "store": Store.at(path)}))
    return copy, wal


def test_a_write_ahead_log_is_read(scene: Scene, tmp_path: Path) -> None:
    before = scene.ledger.checkpoint()
    copy, _wal = left_in_the_wal(scene, tmp_path / "cut")
    assert answer(copy, Expected(checkpoints=[before, scene.ledger.checkpoint()])) == set()


def test_a_write_ahead_log_taken_away(scene: Scene, tmp_path: Path) -> None:
    """What is left is sound and older: who saw the newer one can tell."""
    copy, wal = left_in_the_wal(scene, tmp_path / "cut")
    wal.unlink()
    assert answer(copy) == set()
    assert answer(copy, Expected(checkpoints=[scene.ledger.checkpoint()])) == {(None, "rollback")}


def test_a_write_ahead_log_damaged(scene: Scene, tmp_path: Path) -> None:
    """SQLite stops reading at the first frame that does not hold: the ledger is then as it was before that."""
    copy, wal = left_in_the_wal(scene, tmp_path / "cut")
    main, data = copy.ledger.path.read_bytes(), wal.read_bytes()
    seen = Expected(checkpoints=[scene.ledger.checkpoint()])
    for place in range(40, len(data), 2500):
        copy.ledger.store.close()
        copy.ledger.path.with_name("ledger.db-shm").unlink(missing_ok=True)
        copy.ledger.path.write_bytes(main)
        wal.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        assert answer(copy, seen) == {(None, "rollback")}, place
