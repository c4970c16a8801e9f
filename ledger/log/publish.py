"""The log as a folder that can be served as it is: a C2SP tlog-tiles directory, in which only the checkpoint changes.

A tile never changes once it is full, so new ones are written first and the checkpoint last: whoever reads the folder
meanwhile, or after a crash, finds the tree of one checkpoint or of the other, whole. A later export adds what is new,
once it is proved that the ledger extends what the folder holds. Partial tiles of earlier checkpoints stay until the
full tile is there. Source: C2SP tlog-tiles v0.1.0. Proved by tests/ledger/log/test_publish.py, test_publish_killed.py.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Malformed, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.export import Progress, Snapshot, check_size, leaves_from, proved_leaves, unwritten
from ledger.log.files import flush_folder
from ledger.log.tiles import WIDTH, encode_bundle, entries_path, hash_reader, stored, stored_counts, tile_path
from ledger.log.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    Frontier,
    check_consistency,
    leaf_hash,
    prove_consistency,
    read_frontier,
)

CHECKPOINT, TILES = "checkpoint", "tile"
_NEW = ".new"
_ANOTHER = "Choose another folder."
_EMPTY = Checkpoint("", 0, EMPTY_ROOT)


@dataclass(frozen=True, slots=True)
class Published:
    """What an export did: how many entries the folder held before, and how many files were written."""

    before: int
    files: int


def tile_files(
    leaves: Iterable[bytes], frontier: Frontier, rows: dict[int, list[bytes]]
) -> Iterator[tuple[str, bytes]]:
    """Each bundle and tile, by path, that `leaves` make behind a tree of a multiple of 256; partial ones at the end.

    frontier: of that tree. rows: by tile level from 1 on, the hashes in its last tile. Both grow.
    """
    bundle: list[bytes] = []
    for leaf in leaves:
        bundle.append(leaf)
        for level, number, digest in stored(frontier.append(leaf_hash(leaf))):
            row = rows.setdefault(level, [])
            row.append(digest)
            if len(row) == WIDTH:
                yield tile_path(level, number // WIDTH), b"".join(row)
                row.clear()
        if len(bundle) == WIDTH:
            yield entries_path(frontier.size // WIDTH - 1), encode_bundle(bundle)
            bundle.clear()
    if bundle:
        yield entries_path(frontier.size // WIDTH, len(bundle)), encode_bundle(bundle)
    for level, count in enumerate(stored_counts(frontier.size)):
        if count % WIDTH:
            yield tile_path(level, count // WIDTH, count % WIDTH), b"".join(rows[level])


def publish(
    snapshot: Snapshot,
    folder: Path,
    seen: Checkpoint,
    checked: Progress | None = None,
    written: Progress | None = None,
) -> Published:
    """Bring `folder` (made with mode 0700 if it is not there) to the snapshot's checkpoint.

    seen: what this client knows the ledger to extend. checked, written: told how far it is.
    Raises Refused for a folder that holds something else or another ledger's log; Unverified if the ledger does not
    extend what the folder holds, or does not lead to its checkpoint, before anything is written; Unavailable if the
    disk does not take it or another export is at work: what was published stays readable.
    """
    with _alone(folder):
        old = _published(snapshot, folder)
        _check_extends(snapshot, old)
        start = old.size - old.size % WIDTH
        frontier, rows = _edge(folder, old, start)
        for _leaf in proved_leaves(snapshot, Frontier(start, frontier.hashes), seen, checked):
            pass
        end = snapshot.checkpoint.size
        target, told = _Target(folder), start
        for path, data in tile_files(leaves_from(snapshot.reader, start, end), frontier, rows):
            target.put(path, data)
            # several files become whole at one entry
            if written and frontier.size > told:
                told = frontier.size
                written(told - start, end - start)
        assert frontier.root() == snapshot.checkpoint.root, "a snapshot gives the same leaves twice"
        target.put_checkpoint(snapshot.signed)
        target.drop_partials()
    return Published(old.size, target.files)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Whatever the disk refuses in the block is told in our own words."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused.one(
            "DIR", "a folder that can be made or written to", (error.strerror or "an error").lower(), "Check the path."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Unavailable(
            "DIR", "a folder to oneself", "another export at work", "Try again when it is done."
        ) from error
    except OSError as error:
        raise unwritten(error) from error
    finally:
        os.close(descriptor)


def _published(snapshot: Snapshot, folder: Path) -> Checkpoint:
    """What the folder was last brought to; of size 0 for a new one."""
    strange = {path.name for path in folder.iterdir()} - {CHECKPOINT, TILES, _NEW}
    if strange:
        raise Refused.one(
            "DIR", "an empty folder, or one that was exported to before", "a folder with other files", _ANOTHER
        )
    try:
        data = (folder / CHECKPOINT).read_bytes()
    except FileNotFoundError:
        return _EMPTY
    try:
        old = Checkpoint.parse(data.partition(b"\n\n")[0] + b"\n")
    except Malformed as error:
        raise _altered("its checkpoint cannot be read") from error
    if old.origin != snapshot.checkpoint.origin:
        raise Refused.one("DIR", f"an export of {snapshot.checkpoint.origin}", f"one of {old.origin}", _ANOTHER)
    try:
        open_checkpoint(data, [key for _start, key in snapshot.roster.log_keys])
    except (Malformed, Unverified) as error:
        raise _altered("its checkpoint is not signed with this ledger's key") from error
    return old


def _altered(got: str) -> Unverified:
    return Unverified(
        "DIR", "what was exported before", got, "Keep it, find out who changed it, and export to a new folder."
    )


def _check_extends(snapshot: Snapshot, old: Checkpoint) -> None:
    now = snapshot.checkpoint
    check_size("DIR", old, now, "Keep this folder: it shows which. Export to a new one.")
    if not old.size:
        return
    try:
        proof = prove_consistency(hash_reader(snapshot.reader.stored_hashes), old.size, now.size)
        check_consistency(proof, old.size, now.size, old.root, now.root)
    except (Malformed, Unverified) as error:
        raise Unverified(
            "DIR",
            f"a ledger that goes on from the {old.size} entries exported before, root {old.root.hex()}",
            "one whose history is another",
            "Keep both, and tell your information-governance lead. Run: consent-ledger verify",
        ) from error


def _edge(folder: Path, old: Checkpoint, start: int) -> tuple[Frontier, dict[int, list[bytes]]]:
    """The tree of the first `start` entries as the folder has it, and its last tiles. Raises Unverified if altered."""
    counts = stored_counts(old.size)

    def read_stored(level: int, first: int, count: int) -> list[bytes]:
        tile = first // WIDTH
        width = min(WIDTH, counts[level] - tile * WIDTH)
        path = folder / tile_path(level, tile, width)
        data = path.read_bytes() if path.is_file() else b""
        if len(data) != width * HASH_SIZE:
            raise _altered(f"{path.relative_to(folder)} is missing or has another length")
        hashes = [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]
        return hashes[first % WIDTH : first % WIDTH + count]

    read = hash_reader(read_stored)
    if read_frontier(read, old.size).root() != old.root:
        raise _altered("tiles that do not lead to its checkpoint")
    rows = {
        level: read_stored(level, count - count % WIDTH, count % WIDTH)
        for level, count in enumerate(counts)
        if level and count % WIDTH
    }
    return read_frontier(read, start), rows


class _Target:
    """The folder while it is written to: what is new in it, and what a full tile makes unneeded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._touched: set[Path] = set()
        self._full: list[Path] = []
        self.files = 0

    def put(self, path: str, data: bytes) -> None:
        """Put a tile or bundle in its place; one that is there already, with these bytes, is left as it is."""
        place = self._folder / path
        if not place.parent.name.endswith(".p"):
            self._full.append(place)
        # names too are made durable, those that an export which was stopped left behind among them
        above = place.parents[: len(place.relative_to(self._folder).parts)]
        if not place.parent.is_dir():
            for folder in reversed(above):
                folder.mkdir(mode=0o700, exist_ok=True)
        self._touched.update(above)
        if not place.is_file() or place.read_bytes() != data:
            self._write(place, data)

    def put_checkpoint(self, signed: bytes) -> None:
        """Put the checkpoint in its place, once everything that it stands for is durable."""
        for folder in sorted(self._touched):
            flush_folder(folder)
        place = self._folder / CHECKPOINT
        if not place.is_file() or place.read_bytes() != signed:
            self._write(place, signed)
            flush_folder(self._folder)

    def drop_partials(self) -> None:
        """Take away the partial tiles of those that are full now."""
        for place in self._full:
            partials = place.with_name(f"{place.name}.p")
            if partials.is_dir():
                for path in partials.iterdir():
                    path.unlink()
                partials.rmdir()

    def _write(self, place: Path, data: bytes) -> None:
        # one name for what is being written, so that a crash leaves one file at most, which the next export takes over
        new = self._folder / _NEW
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(place)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        self.files += 1
