"""Parts alone find whatever does not hold, wherever the cut lies: what an entry rests on may lie in another part.

Every other test of this folder asks the same of two halves (damage.check); the kinds are explained in test_damage.py.
"""

from pathlib import Path
from typing import Any

import pytest

from ledger.log.entry import parse_entry
from ledger.log.parts import check_part, verify_part
from ledger.log.verify import PARALLEL_FROM, _bounds, chained
from ledger.log.whole import RANGE, Expected, frame_of
from tests.ledger_fixtures import Sample, copied, small_ledger
from tests.tamper.damage import alter, found, history, lay_out, parts_hold, root_of, sign
from tests.tamper.filling import fill
from tests.tamper.scene import VERIFIED_AT, Scene
from tests.tamper.table import TABLE, Damage

CUTS = range(1, 35)
SAMPLE = [damage for damage in TABLE if damage.finds][::16]


def test_every_cut_of_a_sound_ledger(scene: Scene) -> None:
    assert [cut for cut in CUTS if not parts_hold(scene, Expected(), cut=cut)] == []


@pytest.mark.parametrize("damage", SAMPLE, ids=lambda damage: damage.sql)
def test_every_cut_of_a_damaged_one(scene: Scene, damage: Damage) -> None:
    alter(scene, *damage.sql.split(";"))
    assert [cut for cut in CUTS if parts_hold(scene, Expected(), cut=cut)] == []


@pytest.mark.parametrize("kind", ["seen_backwards", "seen_root", "time_backwards"])
def test_what_an_author_had_seen_may_lie_before_the_cut(scene: Scene, kind: str) -> None:
    """The author signs it and the log's key covers it, so only what lies further back shows that it is false."""
    entries = history(scene)
    founder = scene.ledger.people["founder"]
    newest = parse_entry(entries[-1].leaf, scene.ledger.origin).header.at
    entries.append(sign(scene, entries, founder, "ledger.packs_adopted", body={"packs": []}, at=newest))
    more: dict[str, Any] = {
        "seen_backwards": {"seen_size": 25, "seen_root": root_of(entries[:25])},
        "seen_root": {"seen_size": 35, "seen_root": root_of(entries[:34])},
        "time_backwards": {"seen_size": 35, "seen_root": root_of(entries[:35]), "at": newest - 1},
    }[kind]
    entries.append(sign(scene, entries, founder, "ledger.packs_adopted", body={"packs": []}, **{"at": newest, **more}))
    lay_out(scene, entries)
    assert found(scene) == {(36, kind)}
    assert [cut for cut in range(1, 37) if parts_hold(scene, Expected(), cut=cut)] == []


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("filled"), ["guardian", "manager"])
    fill(ledger, 600)
    return ledger


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 1 AND number = 0",
        "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 1 AND number = 1",
        "DELETE FROM stored_hash WHERE level = 1 AND number = 1",
        "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 0 AND number = 300",
        "DELETE FROM stored_hash WHERE level = 0 AND number = 599",
        "INSERT INTO stored_hash VALUES (2, 0, zeroblob(32))",
        "UPDATE stored_hash SET digest = 5 WHERE level = 0 AND number = 511",
        "UPDATE stored_hash SET digest = '" + "x" * 32 + "' WHERE level = 0 AND number = 512",
        "UPDATE stored_hash SET digest = 5 WHERE level = 1 AND number = 1",
        "UPDATE stored_hash SET digest = '" + "x" * 32 + "' WHERE level = 1 AND number = 0",
        "DELETE FROM entry WHERE n = 299",
    ],
)
def test_around_the_tiles(filled: Sample, tmp_path: Path, sql: str) -> None:
    scene = Scene(copied(filled, tmp_path))
    alter(scene, sql)
    cuts = (1, 256, 257, 300, 512)
    assert [cut for cut in cuts if parts_hold(scene, Expected(), cut=cut)] == []


def test_another_history_of_the_same_length_does_not_fit(filled: Sample, tmp_path: Path) -> None:
    """Both are sound up to the cut; only the trees at the cut tell that they are two."""
    scene = Scene(copied(filled, tmp_path))
    entries = history(scene)
    more = {"case": parse_entry(entries[299].leaf, filled.origin).header.case, "body": {"handle": "p-guardian"}}
    entries[299] = sign(scene, entries[:299], filled.people["guardian"], "access.granted", **more)
    lay_out(scene, entries)
    with filled.store.read() as one, scene.ledger.store.read() as other:
        frame = frame_of(one, filled.origin, VERIFIED_AT, Expected())
        left, right = check_part(other, frame, 0, 300), check_part(one, frame, 300, 600)
    assert right.findings == []
    assert not chained([left, right])
    with_itself = [verify_part(filled.store, filled.origin, *b, VERIFIED_AT) for b in ((0, 300), (300, 600))]
    assert chained(with_itself)


@pytest.mark.parametrize("first", [0, 1, RANGE, 5 * RANGE + 7])
@pytest.mark.parametrize("jobs", [2, 3, 64])
def test_parts_leave_nothing_out(first: int, jobs: int) -> None:
    for size in (first + 1, PARALLEL_FROM + 1, 1_000_000, 1_000_000 + RANGE - 1):
        if size > first:
            bounds = _bounds(first, size, jobs)
            assert (bounds[0][0], bounds[-1][1]) == (first, size)
            assert [end for _start, end in bounds[:-1]] == [start for start, _end in bounds[1:]]
            assert all(start < end for start, end in bounds)
