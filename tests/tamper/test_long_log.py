"""Logs longer than one tile: the upper hashes are checked too, and four times the entries take no more memory.

The kinds of findings are explained in test_damage.py.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ledger_fixtures import Sample, copied, small_ledger
from tests.tamper.damage import alter, found
from tests.tamper.filling import fill
from tests.tamper.scene import VERIFIED_AT, Scene

SMALL, LARGE = 5_000, 20_000
MOST = 1.1
"""Measured: 1.04; keeping what was found of each entry instead of passing it on: 1.13."""
TILES = 600
WHOLE = None

VERIFY = """
import resource, sys
from pathlib import Path
from ledger.log.store import Store
from ledger.log.verify import verify
report = verify(Store.at(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3]), jobs=1)
print(report.ok, report.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    ledger = small_ledger(tmp_path_factory.mktemp("filled"), ["guardian", "manager"])
    fill(ledger, TILES)
    return Scene(ledger)


def test_a_log_of_several_tiles_is_sound(filled: Scene) -> None:
    assert found(filled) == set()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 1 AND number = 0",
        "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 1 AND number = 1",
        "DELETE FROM stored_hash WHERE level = 1 AND number = 1",
        "UPDATE stored_hash SET digest = 5 WHERE level = 1 AND number = 1",
        "UPDATE stored_hash SET digest = '" + "x" * 32 + "' WHERE level = 1 AND number = 0",
        "UPDATE stored_hash SET number = 7 WHERE level = 1 AND number = 1",
        "INSERT INTO stored_hash VALUES (1, 2, zeroblob(32))",
        "INSERT INTO stored_hash VALUES (2, 0, zeroblob(32))",
    ],
)
def test_the_upper_hashes_of_the_tree(filled: Scene, tmp_path: Path, sql: str) -> None:
    scene = Scene(copied(filled.ledger, tmp_path))
    alter(scene, sql)
    assert found(scene) == {(WHOLE, "stored_hash")}


def test_a_hole_of_several_entries(filled: Scene, tmp_path: Path) -> None:
    """Gone with their hashes: each is named, and what comes after had seen another history."""
    scene = Scene(copied(filled.ledger, tmp_path))
    alter(
        scene,
        "DELETE FROM entry WHERE n BETWEEN 300 AND 302",
        "DELETE FROM stored_hash WHERE level = 0 AND number = 301",
    )
    assert found(scene) == {*((n, "missing_entry") for n in (300, 301, 302)), (WHOLE, "root"), (WHOLE, "stored_hash")}


def _most_memory(ledger: Sample) -> int:
    """The most memory that verification in a process of its own took, in KiB."""
    command = [sys.executable, "-c", VERIFY, str(ledger.path), ledger.origin, str(VERIFIED_AT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    ok, size, kilobytes = done.stdout.split()
    assert (ok, int(size)) == ("True", ledger.checkpoint().size)
    return int(kilobytes)


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path, ["guardian", "manager"])
    fill(ledger, SMALL)
    before = _most_memory(ledger)
    fill(ledger, LARGE)
    after = _most_memory(ledger)
    assert after < MOST * before
