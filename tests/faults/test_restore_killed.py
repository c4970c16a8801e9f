"""A restore killed at every step: what is in the ledger's place is the old content or the new, and another try works.

The child dies just before its n-th act on a file in the ledger's folder (opening, linking, renaming, removing, a
database's connection), for every n until it gets through; and at random moments inside the database's own writing.
In `make test` the acts are counted from where the ledger's own database is touched, in `make soak` from the beginning.
"""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.log.checkpoint import Checkpoint
from ledger.log.snapshot import discard, put_in_place, take
from ledger.log.store import Store
from ledger.records.backup import back_up
from ledger.records.place import DATABASE, Place, Settings, secret_text
from ledger.records.restore import restoring, stands
from ledger.records.writing import Draft
from tests.ledger_fixtures import PACKS, Sample, case, copied, seed_of, small_ledger
from tests.soak import SOAK, scaled

_ACTS = {"open", "os.link", "os.rename", "os.remove", "sqlite3.connect"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A ledger with three entries more than its backup."""
    directory = tmp_path_factory.mktemp("killed")
    ledger = small_ledger(directory, ["guardian", "practitioner"])
    ledger.decide("practitioner", case(1))
    settings = Settings(ledger.origin, ledger.signers[0].key, DATABASE)
    back_up(ledger.store, directory / "one.backup", settings, ledger.clock(), None)
    for _ in range(3):
        ledger.desk("founder").write(Draft("ledger.packs_adopted", body={"packs": PACKS}))
    return ledger


@pytest.fixture
def place(whole: Sample, tmp_path: Path) -> Place:
    return _place(whole, tmp_path / "ledger")


def _place(whole: Sample, directory: Path) -> Place:
    directory.mkdir()
    ledger = copied(whole, directory)
    ledger.store.close()
    place = Place(directory)
    key = whole.signers[0].key
    place.finish(Settings(whole.origin, key, DATABASE), secret_text(whole.origin, whole.log_seed, key))
    return place


def _restore(whole: Sample, place: Place, lost: Checkpoint) -> None:
    with restoring(whole.path.with_name("one.backup"), place, whole.clock()) as ready:
        ready.declare(lost, seed_of("founder"), place.log_signers(), whole.clock, whole.chance)
        ready.put_in_place(whole.clock() + random.randrange(10**6), stands(ready.backup, None, place))


def _last_steps(whole: Sample, place: Place, lost: Checkpoint, copy: Path) -> Callable[[], object]:
    """What a restore does once its copy is ready: made ready here at the first call, and copied after that."""
    if not copy.exists():
        with restoring(whole.path.with_name("one.backup"), place, whole.clock()) as ready:
            ready.declare(lost, seed_of("founder"), place.log_signers(), whole.clock, whole.chance)
            shutil.copyfile(ready.backup.path, copy)
    mine = place.directory / f"{DATABASE}.restoring"
    shutil.copyfile(copy, mine)
    return lambda: put_in_place(mine, place.directory / DATABASE, place.directory / "kept")


def _killed_before(place: Place, act: int, work: Callable[[], object]) -> bool:
    """Work in a child that kills itself before its act-th act on the folder; whether it did."""
    pid = os.fork()
    if pid == 0:
        seen = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal seen
            if event in _ACTS and str(place.directory) in str(arguments[0]):
                seen += 1
                if seen == act:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _pid, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _whole_one(whole: Sample, place: Place) -> str:
    """Which of the two is there, once it has verified."""
    with closing(Store.at(place.directory / DATABASE)) as store:
        there = Sample(
            place.directory, store, whole.origin, whole.log, whole.signers, whole.people, whole.clock, whole.chance, b""
        )
        report = there.verify()
        assert report.findings == []
        losses = there.roster().losses
    assert report.size == (5 if losses else 7)
    return "new" if losses else "old"


def test_killed_before_every_act_on_a_file(whole: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = whole.checkpoint()
    found: list[str] = []
    for act in range(1, 500):
        place = _place(whole, tmp_path / str(act))
        last = _last_steps(whole, place, lost, tmp_path / "copy")
        killed = _killed_before(place, act, partial(_restore, whole, place, lost) if SOAK else last)
        found.append(_whole_one(whole, place))
        if not killed:
            break
        if act % scaled(4, 1) == 0:
            _restore(whole, place, lost)
            assert _whole_one(whole, place) == "new"
            assert not [*place.directory.glob("*.restoring*"), *place.directory.glob("*.replaced-*.part")]
    assert found[-1] == "new"
    assert found == sorted(found, key=["old", "new"].index), "once it is new it stays new"
    assert found.count("old") >= scaled(5, 20)
    assert found.count("new") > 2


def test_killed_inside_the_databases_own_writing(whole: Sample, place: Place, tmp_path: Path) -> None:
    database, new = place.directory / DATABASE, tmp_path / "new"
    old = tmp_path / "old"
    take(database, old)
    chance, found = random.Random(3), {4: 0, 7: 0}
    began = time.monotonic()
    _put(whole.path.with_name("one.backup"), new, database)
    took = time.monotonic() - began
    for _ in range(scaled(12, 200)):
        _put(old, new, database)
        take(whole.path.with_name("one.backup"), new)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                put_in_place(new, database, tmp_path / "kept")
                status = 0
            finally:
                os._exit(status)
        time.sleep(chance.random() * 1.5 * took)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with closing(Store.at(database)) as store, store.read() as reader:
            head = reader.head()
            assert head is not None
            assert reader.storage_faults() == []
            assert reader.count() == head.size
        found[head.size] += 1
        for name in ("kept", "kept.part", "new"):
            discard(tmp_path / name)
    assert set(found) == {4, 7}, "the old one whole, or the new one"


def _put(source: Path, new: Path, database: Path) -> None:
    """Put a copy of `source` in place, to its end."""
    take(source, new)
    put_in_place(new, database, new.with_name("gone"))
    discard(new.with_name("gone"))
