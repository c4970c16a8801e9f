"""A backup is whole, verified and of one moment, from either database; what is none is refused naming what is wrong."""

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Malformed, Refused, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.store import Store
from ledger.records.backup import Taken, back_up, open_backup
from ledger.records.place import DATABASE, Settings
from tests.ledger_databases import alter, new_store
from tests.ledger_fixtures import Sample, case, copied, founded_ledger, small_ledger


@pytest.fixture(scope="module")
def whole(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    directory = tmp_path_factory.mktemp("backup")
    ledger = small_ledger(directory, ["guardian", "practitioner"], new_store(kind, directory))
    ledger.decide("practitioner", case(1))
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    (tmp_path / "ledger").mkdir()
    return copied(whole, tmp_path / "ledger")


def settings(ledger: Sample) -> Settings:
    return Settings(ledger.origin, ledger.signers[0].key, DATABASE)


def take(ledger: Sample, out: Path, seen: Checkpoint | None = None) -> Taken:
    return back_up(ledger.store, out, settings(ledger), ledger.clock(), seen)


def test_a_backup_is_one_file_of_its_owner_alone_and_is_the_ledger(ledger: Sample, tmp_path: Path) -> None:
    out = tmp_path / "one.backup"
    before = os.umask(0)
    try:
        taken = take(ledger, out, ledger.checkpoint())
    finally:
        os.umask(before)

    assert (taken.size, taken.root) == (4, ledger.checkpoint().root)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger", "one.backup"]
    assert out.stat().st_mode & 0o777 == 0o600
    sound = open_backup(out, settings(ledger), ledger.clock())
    assert sound.checkpoint == ledger.checkpoint()
    with closing(Store.to_read(out)) as store, store.read() as reader, ledger.store.read() as live:
        assert reader.head() == live.head()
        assert reader.parts(0, 4) == live.parts(0, 4)
        assert reader.wraps(0, 4) == live.wraps(0, 4)


def test_a_backup_is_read_where_nothing_can_be_written(ledger: Sample, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    take(ledger, folder / "one.backup")
    before = (folder / "one.backup").read_bytes()
    folder.chmod(0o500)
    try:
        open_backup(folder / "one.backup", settings(ledger), ledger.clock())
    finally:
        folder.chmod(0o700)
    assert [path.name for path in folder.iterdir()] == ["one.backup"]
    assert (folder / "one.backup").read_bytes() == before


def test_nothing_is_overwritten(ledger: Sample, tmp_path: Path) -> None:
    out = tmp_path / "one.backup"
    out.write_bytes(b"precious")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in (out, tmp_path / "link"):
        with pytest.raises(Refused):
            take(ledger, name)
    assert out.read_bytes() == b"precious"
    assert not (tmp_path / "nowhere").exists()


def test_what_a_stopped_backup_left_is_named_and_not_taken_for_one(ledger: Sample, tmp_path: Path) -> None:
    """It may be one that is being taken, so it is somebody's to delete."""
    left = tmp_path / "one.backup.part"
    left.write_bytes(b"left")
    with pytest.raises(Refused) as caught:
        take(ledger, tmp_path / "one.backup")
    (fault,) = caught.value.faults
    assert "one.backup.part, of a backup that is being taken or was stopped" in fault.got
    assert "delete one.backup.part" in fault.hint
    assert left.read_bytes() == b"left"
    left.unlink()
    assert take(ledger, tmp_path / "one.backup").size == 4


def test_a_ledger_that_does_not_hold_gives_no_backup(ledger: Sample, tmp_path: Path) -> None:
    """Or that does not extend what was seen: an old ledger must not quietly become the newest backup."""
    later = Checkpoint(ledger.origin, 9, bytes(32))
    with pytest.raises(Unverified) as caught:
        take(ledger, tmp_path / "one.backup", later)
    assert "9 entries were there before" in caught.value.fault.got
    alter(ledger.store.url, "DELETE FROM part WHERE n = 3")
    with pytest.raises(Unverified) as caught:
        take(ledger, tmp_path / "one.backup")

    assert "entry 3" in caught.value.fault.got
    assert [path.name for path in tmp_path.iterdir()] == ["ledger"]


def refused(file: Path, ledger: Sample) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        open_backup(file, settings(ledger), ledger.clock())
    return caught.value


@pytest.mark.parametrize("content", [b"", b"dear diary\n" * 500, b"SQLite format 3\0" + bytes(8000)])
def test_a_file_that_is_no_backup(ledger: Sample, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    error = refused(tmp_path / "file", ledger)
    assert isinstance(error, Malformed)
    assert error.fault.field == "FILE"
    assert "consent-ledger backup FILE" in error.fault.hint


def test_other_wrong_files(ledger: Sample, tmp_path: Path) -> None:
    assert "no such file" in str(refused(tmp_path / "nothing", ledger))
    assert "no such file" in str(refused(tmp_path, ledger))
    (tmp_path / "other").mkdir()
    other = founded_ledger(tmp_path / "other", name="other")
    back_up(other.store, tmp_path / "other.backup", settings(other), other.clock(), None)
    error = refused(tmp_path / "other.backup", ledger)
    assert other.origin in str(error)
    assert ledger.origin in str(error)
    ledger.decide("practitioner", case(1))
    if ledger.store.file is not None:
        # what lies in a write-ahead log beside it would be missed
        assert "in use" in str(refused(ledger.store.file, ledger))


def test_a_flipped_byte_anywhere_in_an_entry_is_named(ledger: Sample, tmp_path: Path) -> None:
    out = tmp_path / "one.backup"
    take(ledger, out)
    leaf = ledger.entry(3).leaf
    data = out.read_bytes()
    at = data.index(leaf[40:120])
    for offset in range(at, at + 80, 8):
        damaged = tmp_path / "damaged"
        shutil.copyfile(out, damaged)
        with damaged.open("r+b") as file:
            file.seek(offset)
            file.write(bytes([data[offset] ^ 1]))
        error = refused(damaged, ledger)
        assert isinstance(error, Unverified)
        assert "entry 3" in error.fault.got, offset
        assert "another backup" in error.fault.hint
