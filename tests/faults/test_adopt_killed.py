"""Adopting an own pack killed at each of its steps on the disk: it is adopted whole or not at all, and run again it is.

A real process, killed when it is about to open, rename, remove or make something in the ledger's folder, or to flush.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from ledger.log.verify import verify
from ledger.records import own_pack
from ledger.records.own_pack import adopt, standing
from ledger.records.place import DATABASE, PACKS, Place, Settings, secret_text
from tests.faults.child import Handed
from tests.ledger.records.test_own_pack import OURS, TODAY, digest
from tests.ledger_fixtures import small_ledger

STEPS = frozenset({"open", "os.rename", "os.remove", "os.mkdir"})


def kill_at(step: int, folder: str) -> None:
    """From now on this process is killed before its step of that number, counted from 1."""
    left, flush = [step], os.fsync

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def fsync(descriptor: int) -> None:
        count()
        flush(descriptor)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event not in STEPS:
            return
        # a number: a file that is there already, empty, is about to be written to
        path = "" if isinstance(args[0], int) else os.fsdecode(args[0])
        # the database's own steps are test_killed's
        if not path or (path.startswith(folder) and DATABASE not in path):
            count()

    os.fsync = fsync  # type: ignore[assignment]
    sys.addaudithook(hook)


def killed_at(step: int, ledger: Handed, folder: Path) -> bool:
    """Whether a process that adopts was killed at this step, or had ended before there was one."""
    child = os.fork()
    if child == 0:
        try:
            opened = ledger.opened("child")
            desk = opened.desk("founder")
            kill_at(step, str(folder))
            adopt(desk, Place(folder), OURS, TODAY)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_killed_at_each_step_it_is_whole_or_not_there_and_goes_on(tmp_path: Path) -> None:
    seen: set[tuple[str, ...]] = set()
    step, killed = 0, True
    while killed:
        step += 1
        folder = tmp_path / str(step)
        folder.mkdir(mode=0o700)
        ledger, place = small_ledger(folder), Place(folder)
        key = ledger.signers[0].key
        place.finish(Settings(ledger.origin, key, DATABASE), secret_text(ledger.origin, ledger.log_seed, key))
        handed, size = Handed.of(ledger), ledger.checkpoint().size
        ledger.store.close()
        killed = killed_at(step, handed, folder)

        after = handed.opened("after")
        now = standing(place, after.roster(), after.checkpoint().size)
        seen.add((now.adopted.name if now.adopted else "", *(found.code for found in now.found)))
        file = folder / own_pack.file_of(digest(OURS))
        assert not file.exists() or file.read_bytes() == OURS
        assert now.adopted is None or now.pack is not None, "what is adopted is there"
        adopt(after.desk("founder"), place, OURS, TODAY)
        again = standing(place, after.roster(), after.checkpoint().size)
        assert (again.pack is not None, again.found) == (True, ())
        assert [path.name for path in (folder / PACKS).iterdir()] == [f"{digest(OURS)}.toml"]
        assert after.checkpoint().size == size + 1, "adopted once"
        assert verify(after.store, after.origin, after.clock.now).ok
        after.store.close()
    assert step > 10
    name = "own/anytown-2026"
    assert seen == {("",), ("", "unfinished"), (name, "not_named"), (name,)}
