"""What can stand in the way of the store, a full disk or permissions: told in our words, and nothing is written."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ledger.errors import LedgerError, Unavailable
from ledger.log.append import Log
from ledger.log.reader import Head
from ledger.log.sqlite import Sqlite
from ledger.log.store import Store
from tests.ledger_fixtures import NOW, PACKS, Sample, case, copied, small_ledger

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("store"))
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


# -- what stands in the way


def test_a_full_disk_is_told_and_nothing_is_written(ledger: Sample) -> None:
    """SQLite's own limit on the number of pages, reached as a disk is: by a transaction that needs one more."""
    database = Sqlite(ledger.path)

    def no_more_pages(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # as many as there are, if that is more

    event.listen(database.engine, "connect", no_more_pages)
    log = Log(Store(database), ledger.origin, ledger.signers)
    entries = [ledger.signed("founder", "ledger.packs_adopted", i, body={"packs": PACKS}) for i in range(60)]
    before = _head_of(ledger.store)
    with pytest.raises(Unavailable) as caught:
        log.append(entries, NOW)
    database.engine.dispose()

    assert caught.value.fault.field == "disk"
    assert _head_of(ledger.store) == before
    ledger.append(*entries)
    assert ledger.verify().findings == []


def _as_an_ordinary_user(work: Callable[[], Any]) -> str:
    """What `work` ends with, said by a child that is not root: permissions do not hold for root."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        told = "a foreign error"
        try:
            work()
            told = "nothing"
        except LedgerError as error:
            told = f"{type(error).__name__}: {error}"
        finally:
            # a child that ended in any other way says so by saying nothing of its own
            os.write(write_end, told.encode())
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    return told


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that everybody may look into, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="consent-ledger-test-"))
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o555), (0o000, 0o755), (0o444, 0o755)])
@pytest.mark.parametrize("write", [False, True])
def test_a_file_that_may_not_be_written_or_read_is_unavailable(
    ledger: Sample, shelf: Path, file_mode: int, folder_mode: int, write: bool
) -> None:
    ledger.store.close()
    path = shelf / "ledger.db"
    shutil.copyfile(ledger.path, path)
    path.chmod(file_mode)
    shelf.chmod(folder_mode)

    def work() -> None:
        store = Store.at(path)
        with store.write() if write else store.read() as reader:
            reader.head()

    told = _as_an_ordinary_user(work)
    assert told.startswith("Unavailable: database"), told
    assert "Check its permissions" in told


def test_a_folder_that_may_not_be_written_to_takes_no_new_ledger(shelf: Path) -> None:
    shelf.chmod(0o555)
    told = _as_an_ordinary_user(lambda: Store.create(shelf / "ledger.db"))

    assert told.startswith("Refused: ledger"), told
    assert list(shelf.iterdir()) == []
