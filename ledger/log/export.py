"""The log for others: every entry and the signed checkpoint over them, in one file that anyone can read.

What lies beside the entries (sealed parts, wrapped keys, search tokens) is not part of the log and never leaves with
it. Nothing is given away that does not lead to the signed checkpoint. Source: docs/FORMAT.md §7.
Proved by tests/ledger/log/test_export.py, whose reader is tests/stranger.py.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ledger.errors import Malformed, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.encoding import canonical
from ledger.log.files import flush_folder
from ledger.log.reader import Reader
from ledger.log.roster import Roster
from ledger.log.state import load_roster
from ledger.log.tree import Frontier, leaf_hash

LOG_FORMAT = "consent-ledger/log@v1"
Progress = Callable[[int, int], None]
_STEP = 512
_VERIFY = "Run: consent-ledger verify"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ledger at one moment: its rows, and the checkpoint over them, whose signature holds."""

    reader: Reader
    roster: Roster
    signed: bytes
    checkpoint: Checkpoint


def take_snapshot(reader: Reader, origin: str) -> Snapshot:
    """What `reader` sees. Raises Unverified if the checkpoint or the entries about people do not hold."""
    head = reader.head()
    if head is None:
        raise Unverified("head", "a signed checkpoint", "none", _VERIFY)
    try:
        roster = load_roster(reader, origin, head.size)
        checkpoint = open_checkpoint(head.checkpoint, [roster.log_key(head.size)])
    except Malformed as error:
        raise Unverified("ledger", "people and a checkpoint that can be read", "damaged bytes", _VERIFY) from error
    return Snapshot(reader, roster, head.checkpoint, checkpoint)


def leaves_from(reader: Reader, start: int, end: int) -> Iterator[bytes]:
    """The leaves of entries start … end-1 in order. Raises Unverified where one is missing."""
    expected = start
    for row in reader.entries(start, end):
        if row.n != expected:
            break
        yield row.leaf
        expected += 1
    if expected != end:
        raise Unverified(f"entry {expected}", "an entry", "none: it is missing", _VERIFY)


def proved_leaves(
    snapshot: Snapshot, frontier: Frontier, seen: Checkpoint, progress: Progress | None = None
) -> Iterator[bytes]:
    """The leaves from where `frontier` ends, each added to it; whoever reads them all knows that they hold.

    seen: what this client knows the ledger to extend; compared if the frontier is not beyond it.
    Raises Unverified once a tree is not the one of its checkpoint: at the latest after the last leaf.
    """
    start, end = frontier.size, snapshot.checkpoint.size
    check_size("ledger", seen, snapshot.checkpoint, "Run: consent-ledger status")
    for leaf in leaves_from(snapshot.reader, start, end):
        frontier.append(leaf_hash(leaf))
        size = frontier.size
        for known in (seen, snapshot.checkpoint):
            if known.size == size and known.root != frontier.root():
                raise Unverified(
                    "ledger",
                    f"{size} entries with root {known.root.hex()}, as the checkpoint says",
                    f"entries with root {frontier.root().hex()}",
                    f"Nothing is given away that does not hold. {_VERIFY}",
                )
        yield leaf
        if progress and (size % _STEP == 0 or size == end):
            progress(size - start, end - start)


def check_size(where: str, before: Checkpoint, now: Checkpoint, then: str) -> None:
    """Raise Unverified if there was more before. where: who knows. then: what to do next."""
    if now.size < before.size:
        raise Unverified(
            where,
            f"at least {before.size} entries, as there were before",
            f"{now.size} entries",
            f"Entries are missing: was an old backup restored? {then}",
        )


def write_log(snapshot: Snapshot, path: Path, seen: Checkpoint, progress: Progress | None = None) -> None:
    """Write the whole log to `path`, mode 0600: a line for the checkpoint, a line for each entry.

    seen: what this client knows the ledger to extend. Memory does not grow with the log. The file is there whole and
    durable, or not at all. Raises Refused if `path` is taken or its folder is no place to write, Unverified for a log
    that does not hold, Unavailable if the disk does not take it.
    """
    with _new_file(path) as file:
        file.write(_line({"checkpoint": snapshot.signed.decode(), "format": LOG_FORMAT}))
        for n, leaf in enumerate(proved_leaves(snapshot, Frontier(), seen, progress)):
            try:
                text = leaf.decode()
            except UnicodeDecodeError as error:
                raise Unverified(f"entry {n}", "an entry as it was signed", "damaged bytes", _VERIFY) from error
            file.write(_line({"leaf": text, "n": n}))


def _line(value: dict[str, object]) -> bytes:
    return canonical(value) + b"\n"


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that stands at `path` once the block has ended well, and nowhere before or otherwise."""
    _check_free(path)
    temporary = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise Refused.one(
            "FILE",
            "a name under which nobody is writing",
            f"{temporary.name}, of an export that runs or was stopped",
            f"If none runs, delete {temporary.name} and try again.",
        ) from error
    except OSError as error:
        raise Refused.one(
            "FILE", "a folder that can be written to", (error.strerror or "an error").lower(), "Check the path."
        ) from error
    place = temporary
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _check_free(path)
        place = temporary.rename(path)
        flush_folder(path.parent)
    except BaseException as error:
        place.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritten(error) from error
        raise


def _check_free(path: Path) -> None:
    if os.path.lexists(path):
        raise Refused.one(
            "FILE",
            "the name of a file that does not exist yet",
            "one that is there already",
            "Choose another name: nothing is overwritten.",
        )


def unwritten(error: OSError) -> Unavailable:
    """What is told when the disk does not take an export."""
    return Unavailable(
        "disk",
        "room and the right to write",
        (error.strerror or "an error").lower(),
        "Free some space or check the permissions, and try again; the ledger is as it was.",
    )
