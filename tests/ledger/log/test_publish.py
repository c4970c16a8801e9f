"""ledger.log.publish: a folder of tiles that a stranger reads, at each size and as it grows; what is refused."""

import base64
import errno
import fcntl
import os
import resource
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.export import take_snapshot
from ledger.log.note import Signer
from ledger.log.publish import Published, publish, tile_files
from ledger.log.tree import Frontier
from ledger.records.writing import Draft
from tests.ledger_fixtures import Sample, copied, founded_ledger, seed_of, size_and_root, small_ledger
from tests.stranger import Noticed, Tiles, check_entries, climb, leaf_hash, paths_of, read_folder, served_from
from tests.tamper.damage import alter
from tests.tamper.filling import fill
from tests.tamper.scene import Scene

VECTORS = Path(__file__).parents[2] / "vectors" / "log"
WORDS = b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten".split()
PUBLISHED_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
SIZES = [200, 255, 256, 257, 511, 512, 513, 700]


def export(ledger: Sample, folder: Path, seen: Checkpoint | None = None) -> Published:
    with ledger.store.read() as reader:
        return publish(take_snapshot(reader, ledger.origin), folder, seen or ledger.checkpoint())


def vkey(ledger: Sample) -> str:
    return str(ledger.signers[-1].key)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def marks_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Which file it is and when it was written, for each."""
    found = {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (stat.st_ino, stat.st_mtime_ns) for path, stat in found.items()}


@dataclass
class Grown:
    """A ledger exported at each of SIZES: every time to `all`, and to a new folder of its own."""

    ledger: Sample
    all: Path
    fresh: dict[int, Path]
    done: dict[int, Published]
    marks: dict[int, dict[str, tuple[int, int]]]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    root = tmp_path_factory.mktemp("grown")
    made = Grown(small_ledger(root, ["guardian", "manager"]), root / "all", {}, {}, {})
    for size in SIZES:
        fill(made.ledger, size)
        made.fresh[size] = root / str(size)
        export(made.ledger, made.fresh[size])
        made.done[size] = export(made.ledger, made.all)
        made.marks[size] = marks_of(made.all)
    yield made
    made.ledger.store.close()


# -- a stranger reads it


@pytest.mark.parametrize("size", SIZES)
def test_a_new_folder_has_what_is_served_and_nothing_else(grown: Grown, size: int) -> None:
    folder = grown.fresh[size]
    log = read_folder(served_from(folder), vkey(grown.ledger))
    assert log.checkpoint.size == len(log.leaves) == size
    assert set(files_in(folder)) == {"checkpoint"} | paths_of(size)
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")] if path.is_dir()} == {0o700}
    check_entries(log, vkey(grown.ledger))


@pytest.mark.parametrize("size", SIZES)
def test_proofs_come_from_tiles_alone(grown: Grown, size: int) -> None:
    fetch = served_from(grown.fresh[size])
    log = read_folder(fetch, vkey(grown.ledger))
    tiles = Tiles(fetch, size)
    for index in {0, 1, 254, 255, 256, 510, size // 2, size - 1}:
        if index < size:
            leaf = leaf_hash(log.leaves[index])
            assert climb(index, size, leaf, tiles.inclusion(index)) == log.checkpoint.root
    for older in SIZES[: SIZES.index(size)]:
        earlier = size_and_root((grown.fresh[older] / "checkpoint").read_bytes())
        assert tiles.over(0, earlier.size) == earlier.root, "the log goes on from what was published before"


@pytest.mark.parametrize("size", [1, 2])
def test_the_smallest_ledgers(size: int, tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path) if size == 1 else small_ledger(tmp_path, ["guardian"])
    assert export(ledger, tmp_path / "tiles") == Published(0, 3)
    log = read_folder(served_from(tmp_path / "tiles"), vkey(ledger))
    assert len(log.leaves) == size
    assert set(files_in(tmp_path / "tiles")) == {"checkpoint"} | paths_of(size)
    check_entries(log, vkey(ledger))


# -- a later export


@pytest.mark.parametrize("size", SIZES)
def test_every_checkpoint_that_was_published_can_still_be_read(grown: Grown, size: int) -> None:
    """Of the one folder that grew: partial tiles are there, or the full one in their place."""
    signed = (grown.fresh[size] / "checkpoint").read_bytes()
    log = read_folder(served_from(grown.all), vkey(grown.ledger), signed)
    assert (log.checkpoint.size, len(log.leaves)) == (size, size)


def test_a_full_tile_is_written_once_and_partial_ones_stay_until_it_is_there(grown: Grown) -> None:
    for before, after in pairwise(SIZES):
        old, new = grown.marks[before], grown.marks[after]
        full = {path for path in paths_of(before) if ".p/" not in path}
        assert {path: new[path] for path in full} == {path: old[path] for path in full}
        for path in (path for path in old if ".p/" in path):
            filled = path.partition(".p/")[0] in new
            assert (path in new) is not filled
            assert filled or new[path] == old[path]
        assert grown.done[after].before == before
        assert grown.done[after].files == len(paths_of(after) - set(old)) + 1
    assert files_in(grown.all).items() >= files_in(grown.fresh[SIZES[-1]]).items()


def test_nothing_new_writes_nothing(grown: Grown, tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    export(grown.ledger, folder)
    before = marks_of(folder)
    assert export(grown.ledger, folder) == Published(SIZES[-1], 0)
    assert marks_of(folder) == before


def test_the_checkpoint_just_after_a_new_log_key(tmp_path: Path) -> None:
    """Both keys sign it, so that whoever knows either of them can go on; the next one is the new key's alone."""
    ledger = small_ledger(tmp_path, ["guardian", "manager"])
    old, renewed = vkey(ledger), Signer(ledger.origin, seed_of("the log, renewed"))
    export(ledger, tmp_path / "tiles")
    ledger.signers.append(renewed)
    ledger.log = type(ledger.log)(ledger.store, ledger.origin, ledger.signers)
    ledger.desk("founder").write(Draft("log.rotated", body={"log_key": renewed.key.public.hex()}))
    assert export(ledger, tmp_path / "tiles").before == 3
    for key in (old, str(renewed.key)):
        log = read_folder(served_from(tmp_path / "tiles"), key)
        assert len(log.leaves) == 4
        check_entries(log, key)
    ledger.enrol("colleague", ["practitioner"])
    assert export(ledger, tmp_path / "tiles").before == 4
    check_entries(read_folder(served_from(tmp_path / "tiles"), str(renewed.key)), str(renewed.key))
    with pytest.raises(Noticed, match="did not sign"):
        read_folder(served_from(tmp_path / "tiles"), old)


# -- the published trees


def test_the_published_log_of_15_words(tmp_path: Path) -> None:
    """transparency-dev/tessera testdata/log: their checkpoints hold over our tiles of their leaves."""
    served: dict[str, bytes] = {}
    for size in range(1, 16):
        served |= dict(tile_files(WORDS[:size], Frontier(), {}))
    for size in range(1, 16):
        log = read_folder(served.get, PUBLISHED_KEY, (VECTORS / f"checkpoint.{size}").read_bytes())
        assert log.leaves == WORDS[:size]


def test_the_published_hashes_of_500_leaves() -> None:
    """florolf/tlog-scales tests/test_writer.py, there "validated by tessera/tlog_fsck"."""
    files = dict(tile_files((index.to_bytes(8, "big") for index in range(500)), frontier := Frontier(), {}))
    assert {path: sha256(data).hexdigest() for path, data in files.items()} == {
        "tile/entries/000": "f4bae1960a3cedc6303230167918d50a56329bea77c58fbc22445dc195b60774",
        "tile/entries/001.p/244": "b3276e3f675ec36fb28d8c09e4566a1b3038681d968af0e13fce8c9904ef1c45",
        "tile/0/000": "20cd0859c7fb4ae9eeac1d244887e6f9342d86ce0b1a1c7bb244915d3d0dc971",
        "tile/0/001.p/244": "02ed988bacba01ac7917ea0bb9c29dbaa1d7bcf23fef761e24daf4893aeb8f1c",
        "tile/1/000.p/1": "6798b752c531ad04237b025eaf98e4e00ee73d3af503cc71b8b220de3573b550",
    }
    assert base64.b64encode(frontier.root()) == b"er9+f6OEq+pFqZ1Ig8ZEfvVwSxUwmE18YfB23xpFw1U="


def test_the_example_of_70_000_leaves() -> None:
    """C2SP tlog-tiles: 273 full and one of 112, one full and one of 17, one of 1."""
    widths: dict[str, list[int]] = {}
    for path, data in tile_files((b"%d" % index for index in range(70_000)), Frontier(), {}):
        widths.setdefault(path.split("/")[1], []).append(len(data) // 32)
    assert widths.pop("entries")
    assert widths == {"0": [256] * 273 + [112], "1": [256, 17], "2": [1]}


@pytest.mark.parametrize("start", [0, 256, 512, 65_536, 66_048])
def test_going_on_from_a_tile_makes_what_one_run_makes(start: int) -> None:
    leaves = [b"%d" % index for index in range(start + 300)]
    whole = dict(tile_files(leaves, Frontier(), {}))
    frontier, rows = Frontier(), dict[int, list[bytes]]()
    first = dict(tile_files(leaves[:start], frontier, rows))
    rest = dict(tile_files(leaves[start:], frontier, {level: row for level, row in rows.items() if level}))
    assert {path: data for path, data in {**first, **rest}.items() if path in whole} == whole


# -- what is noticed


def test_every_byte_of_a_small_folder_counts(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    export(ledger, tmp_path / "tiles")
    files = files_in(tmp_path / "tiles")
    read_folder(files.get, vkey(ledger))
    for path, data in files.items():
        for at in range(len(data)):
            changed = {**files, path: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]}
            with pytest.raises(Noticed):
                read_folder(changed.get, vkey(ledger))


def test_a_changed_cut_or_missing_file_of_a_larger_folder_is_noticed(grown: Grown) -> None:
    files = files_in(grown.fresh[513])
    assert len(files) == 8
    for path, data in files.items():
        middle = len(data) // 2
        for changed in (data[:middle] + bytes([data[middle] ^ 0x80]) + data[middle + 1 :], data[:-1], data + b"\0"):
            with pytest.raises(Noticed):
                read_folder({**files, path: changed}.get, vkey(grown.ledger))
        with pytest.raises(Noticed):
            read_folder({name: data for name, data in files.items() if name != path}.get, vkey(grown.ledger))


# -- what is refused


@pytest.fixture
def ledger(grown: Grown, tmp_path: Path) -> Sample:
    """A copy of the ledger, with a folder exported from it at its first size."""
    shutil.copytree(grown.fresh[SIZES[0]], tmp_path / "tiles")
    return copied(grown.ledger, tmp_path)


def refused(ledger: Sample, folder: Path, kind: type[LedgerError], seen: Checkpoint | None = None) -> str:
    """Refused, and the folder is as it was."""
    before = marks_of(folder) if folder.is_dir() else {}
    with pytest.raises(kind) as caught:
        export(ledger, folder, seen)
    assert (marks_of(folder) if folder.is_dir() else {}) == before
    return str(caught.value)


def test_another_ledgers_folder(ledger: Sample, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = founded_ledger(tmp_path / "other", name="other")
    said = refused(other, tmp_path / "tiles", Refused)
    assert other.origin in said
    assert ledger.origin in said


@pytest.mark.parametrize("name", ["notes.txt", "ledger.toml"])
def test_a_folder_with_other_files(ledger: Sample, tmp_path: Path, name: str) -> None:
    (tmp_path / "tiles" / name).write_text("mine")
    refused(ledger, tmp_path / "tiles", Refused)
    (tmp_path / "file").write_text("mine")
    refused(ledger, tmp_path / "file", Refused)
    refused(ledger, tmp_path / "no" / "such", Refused)


def test_a_ledger_with_fewer_entries(ledger: Sample, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    fewer = small_ledger(small, ["guardian", "manager"])
    assert fewer.origin == ledger.origin
    assert "old backup" in refused(fewer, tmp_path / "tiles", Unverified)


@pytest.mark.parametrize("size", [200, 256, 511])
def test_a_ledger_with_another_history(grown: Grown, tmp_path: Path, size: int) -> None:
    """The same people, other entries after entry 100, and everything in it fits together."""
    shutil.copytree(grown.fresh[size], tmp_path / "tiles")
    ledger = small_ledger(tmp_path, ["guardian", "manager"])
    fill(ledger, 100)
    ledger.clock.now += 1
    fill(ledger, 600)
    said = refused(ledger, tmp_path / "tiles", Unverified)
    assert "history is another" in said


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000.p/200"])
@pytest.mark.parametrize("how", ["changed", "cut", "missing"])
def test_a_folder_that_was_altered(ledger: Sample, tmp_path: Path, path: str, how: str) -> None:
    """A folder without its checkpoint is one whose first export was stopped: it is begun anew."""
    place = tmp_path / "tiles" / path
    data = place.read_bytes()
    if how == "missing":
        place.unlink()
    else:
        place.write_bytes(data[:-2] if how == "cut" else data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    if (path, how) == ("checkpoint", "missing"):
        assert export(ledger, tmp_path / "tiles").before == 0
        read_folder(served_from(tmp_path / "tiles"), vkey(ledger))
    else:
        assert "who changed it" in refused(ledger, tmp_path / "tiles", Unverified)


DAMAGE = {
    "a leaf already exported, in the last bundle": "UPDATE entry SET leaf = leaf || x'0a' WHERE n = 150",
    "a new leaf": "UPDATE entry SET leaf = leaf || x'0a' WHERE n = 600",
    "a missing entry": "DELETE FROM entry WHERE n = 600",
    "a hash of the tree": "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 1 AND number = 1",
    "the checkpoint": "UPDATE head SET checkpoint = replace(checkpoint, '700', '701')",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_ledger_that_does_not_hold_is_not_published(ledger: Sample, tmp_path: Path, what: str) -> None:
    seen = ledger.checkpoint()
    alter(Scene(ledger), DAMAGE[what])
    refused(ledger, tmp_path / "tiles", LedgerError, seen)


def test_another_history_than_was_seen(ledger: Sample, tmp_path: Path) -> None:
    refused(ledger, tmp_path / "tiles", Unverified, Checkpoint(ledger.origin, 300, bytes(32)))


def test_a_full_disk(ledger: Sample, tmp_path: Path) -> None:
    before = marks_of(tmp_path / "tiles")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with ledger.store.read() as reader:
        snapshot = take_snapshot(reader, ledger.origin)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, hard))
        try:
            with pytest.raises(Unavailable) as caught:
                publish(snapshot, tmp_path / "tiles", snapshot.checkpoint)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.fault.got == os.strerror(errno.EFBIG).lower()
    assert marks_of(tmp_path / "tiles") == before
    export(ledger, tmp_path / "tiles")
    assert read_folder(served_from(tmp_path / "tiles"), vkey(ledger)).checkpoint.size == SIZES[-1]


def test_two_exports_at_once(ledger: Sample, tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "tiles", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        assert "another export" in refused(ledger, tmp_path / "tiles", Unavailable)
    finally:
        os.close(descriptor)
    export(ledger, tmp_path / "tiles")
