"""A move to another database stopped at each of its last steps: never two places that take entries, and never none.

Asked for again, the same move goes on from where it stopped, and nothing that was recorded is away.
"""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Refused, Unavailable
from ledger.log.append import Log
from ledger.log.store import Store
from ledger.log.verify import verify
from ledger.records.moving import Move, move_ledger, stopped_before_the_end
from ledger.records.place import Place, Settings, secret_text
from tests.faults.points import Faults, Plan
from tests.ledger_databases import new_store, postgres_url
from tests.ledger_fixtures import NOW, Sample, case, small_ledger


class Watched(Place):
    """A place whose database, as it was before the move, fails or is left at a statement."""

    def __init__(self, directory: Path, prepare: Callable[[Faults], None]) -> None:
        super().__init__(directory)
        self._prepare = prepare

    def store(self) -> Store:
        """As ever, with a fault in it."""
        found = super().store()
        self._prepare(Faults.of(found))
        return found


class Interrupted(Place):
    """A place where somebody presses Ctrl-C just before or just after the settings are switched."""

    def __init__(self, directory: Path, *, after: bool) -> None:
        super().__init__(directory)
        self.after = after

    def switch(self) -> None:
        """Switch or not, and be interrupted."""
        if self.after:
            super().switch()
        raise KeyboardInterrupt


@pytest.fixture
def ledger(tmp_path: Path, kind: str) -> Sample:
    return _ledger(tmp_path, kind)


def _ledger(directory: Path, kind: str) -> Sample:
    ledger = small_ledger(directory, ["guardian", "practitioner"], store=new_store(kind, directory))
    ledger.decide("practitioner", case(1))
    _settle(ledger, directory)
    ledger.store.close()
    return ledger


def _settle(ledger: Sample, directory: Path) -> None:
    """The settings of one computer."""
    database = "ledger.db" if ledger.url.startswith("sqlite") else ledger.url
    settings = Settings(ledger.origin, ledger.signers[0].key, database)
    Place(directory).finish(settings, secret_text(ledger.origin, ledger.log_seed, ledger.signers[0].key))


def _move(kind: str, directory: Path) -> Move:
    """To the other kind of database."""
    return Move(postgres_url() if kind == "sqlite" else f"sqlite:///{directory / 'moved.db'}", switch=True)


def _moved_away(ledger: Sample) -> bool:
    try:
        with ledger.store.read():
            return False
    except Unavailable as error:
        assert "was moved" in error.fault.got
        return True
    finally:
        ledger.store.close()


def _one_place(ledger: Sample, place: Place, move: Move) -> bool:
    """Whether the settings name the new place. There is one that takes entries, or what is to do to go on is known."""
    settings, first = place.settings(), ledger.url if ledger.url.startswith("postgresql") else "ledger.db"
    there = settings.database != first
    if not _moved_away(ledger):
        assert not there, "the old place takes entries, and the settings name another"
        return False
    new = Store.at_url(move.url)
    report = verify(new, ledger.origin, NOW, jobs=1)
    new.close()
    assert (report.findings, report.size) == ([], 4)
    assert there or stopped_before_the_end(place, move)
    return there


def _goes_on(ledger: Sample, place: Place, move: Move) -> None:
    assert _one_place(ledger, place, move)
    with pytest.raises(Unavailable, match="was moved"):
        ledger.decide("practitioner", case(2))
    store = place.store()
    moved = replace(ledger, store=store, log=Log(store, ledger.origin, ledger.signers))
    moved.decide("practitioner", case(3))
    assert (moved.verify().findings, moved.checkpoint().size) == ([], 5)
    store.close()
    assert not (place.directory / "ledger.toml.new").exists()


def _failing(*, landed: bool) -> Callable[[Faults], None]:
    """The commit by which the old database says that it moved fails, or its answer is lost."""

    def prepare(faults: Faults) -> None:
        def at(point: str, _after: bool) -> None:
            if point == "update alembic_version":
                faults.plan = Plan("commit", landed)

        faults.at = at

    return prepare


@pytest.mark.parametrize("landed", [False, True])
def test_the_old_database_fails_to_say_that_it_moved(ledger: Sample, kind: str, tmp_path: Path, landed: bool) -> None:
    """Or says it, and its answer is lost."""
    move = _move(kind, tmp_path)
    with pytest.raises(Unavailable, match=r"stopped in its last steps.*Run the same command again"):
        move_ledger(Watched(tmp_path, _failing(landed=landed)), move, NOW)
    place = Place(tmp_path)
    assert not _one_place(ledger, place, move)
    assert _moved_away(ledger) == landed

    move_ledger(place, move, NOW)
    _goes_on(ledger, place, move)


@pytest.mark.parametrize("after", [False, True])
def test_interrupted_at_the_switch(ledger: Sample, kind: str, tmp_path: Path, after: bool) -> None:
    move = _move(kind, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        move_ledger(Interrupted(tmp_path, after=after), move, NOW)
    place = Place(tmp_path)
    assert _one_place(ledger, place, move) == after
    if not after:
        move_ledger(place, move, NOW)
    _goes_on(ledger, place, move)


def test_settings_that_cannot_be_switched_are_told(ledger: Sample, kind: str, tmp_path: Path) -> None:
    """Somebody has put a folder in their place meanwhile."""
    place, move = Place(tmp_path), _move(kind, tmp_path)
    kept = (tmp_path / "ledger.toml").read_bytes()

    def away(done: int, total: int) -> None:
        if done == total and not (tmp_path / "ledger.toml.kept").exists():
            (tmp_path / "ledger.toml").rename(tmp_path / "ledger.toml.kept")
            (tmp_path / "ledger.toml").mkdir()

    with pytest.raises(Unavailable, match="stopped in its last steps"):
        move_ledger(place, move, NOW, copied=away)
    (tmp_path / "ledger.toml").rmdir()
    (tmp_path / "ledger.toml").write_bytes(kept)
    assert not _one_place(ledger, place, move)
    move_ledger(place, move, NOW)
    _goes_on(ledger, place, move)


def test_a_copy_that_is_behind_is_not_gone_on_with(ledger: Sample, tmp_path: Path, kind: str) -> None:
    """Somebody recorded between the two tries: what lies there is left, and the ledger stays where it is."""
    place, move = Place(tmp_path), _move(kind, tmp_path)
    with pytest.raises(Unavailable):
        move_ledger(Watched(tmp_path, _failing(landed=False)), move, NOW)
    ledger.decide("practitioner", case(2))
    with pytest.raises(Refused):
        move_ledger(place, move, NOW)
    assert not _moved_away(ledger)
    assert place.settings().database == ("ledger.db" if kind == "sqlite" else ledger.url)
    Store.at_url(move.url).discard()
    move_ledger(place, move, NOW)
    assert _moved_away(ledger)


def test_another_computer_goes_on_where_the_ledger_is_now(tmp_path: Path) -> None:
    """It has settings of its own; the same command brings it there, and to no other place."""
    here, other = tmp_path / "here", tmp_path / "other"
    here.mkdir()
    other.mkdir()
    ledger = _ledger(here, "postgresql")
    _settle(ledger, other)
    move = Move(postgres_url(), switch=True)
    move_ledger(Place(here), move, NOW)
    copied = Move(postgres_url(), switch=True)
    with pytest.raises(Unavailable, match="was moved"):
        move_ledger(Place(other), copied, NOW)

    move_ledger(Place(other), move, NOW)
    _goes_on(ledger, Place(other), move)


# -- killed


def _killed(work: Callable[[], object], hook: Callable[[str, tuple[Any, ...]], None]) -> bool:
    """Work in a child that the hook may kill at an act on a file; whether it did."""
    pid = os.fork()
    if pid == 0:
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


def _after(ledger: Sample, place: Place, move: Move) -> None:
    """Asked for again after a kill it goes on; before the settings were prepared, the copy may be in the way."""
    prepared = place.prepared() is not None
    if not _one_place(ledger, place, move):
        try:
            move_ledger(place, move, NOW)
        except Refused:
            assert not prepared
            Store.at_url(move.url).discard()
            move_ledger(place, move, NOW)
    _goes_on(ledger, place, move)


@pytest.mark.parametrize("after", [False, True])
def test_killed_as_the_old_database_says_that_it_moved(ledger: Sample, kind: str, tmp_path: Path, after: bool) -> None:
    place, move = Place(tmp_path), _move(kind, tmp_path)

    def kill(faults: Faults) -> None:
        given_up = False

        def at(point: str, is_after: bool) -> None:
            nonlocal given_up
            given_up = given_up or point == "update alembic_version"
            if given_up and (point, is_after) == ("commit", after):
                os.kill(os.getpid(), signal.SIGKILL)

        faults.at = at

    assert _killed(lambda: move_ledger(Watched(tmp_path, kill), move, NOW), lambda event, arguments: None)
    assert not _one_place(ledger, place, move)
    assert _moved_away(ledger) == after
    _after(ledger, place, move)


def test_killed_before_every_act_on_the_settings(tmp_path: Path, kind: str) -> None:
    """Written beside, put in their place, and their folder made sure of."""
    ended = []
    for act in range(1, 20):
        directory = tmp_path / str(act)
        directory.mkdir()
        ledger = _ledger(directory, kind)
        place, move, seen = Place(directory), _move(kind, directory), 0
        names = {str(directory), str(directory / "ledger.toml"), str(directory / "ledger.toml.new")}

        def hook(event: str, arguments: tuple[Any, ...], names: set[str] = names, last: int = act) -> None:
            nonlocal seen
            if event in {"open", "os.rename", "os.remove"} and str(arguments[0]) in names:
                seen += 1
                if seen == last:
                    os.kill(os.getpid(), signal.SIGKILL)

        killed = _killed(partial(move_ledger, place, move, NOW), hook)
        ended.append(_one_place(ledger, place, move))
        if not killed:
            break
        _after(ledger, place, move)
    assert ended == sorted(ended)
    assert ended.count(True) == 2, "before the folder is made sure of, and with no kill"
    assert ended.count(False) >= 4
