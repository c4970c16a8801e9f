"""Restoring: how a backup stands to what is known here, and putting it in the place of the ledger's database.

A backup that lacks entries that are known here says so itself: an administrator's entry is in it before it takes the
place of what was there. The order: copy it beside the database, verify the copy, let the entry be written into the
copy, put the copy in place (log/snapshot.py), and only then go on from it here. A crash at any step leaves the old
content or the new. Proved by tests/ledger/records/test_restore.py and tests/faults/test_restore_killed.py.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from ledger.errors import Malformed, NotPermitted, Unavailable, Unverified
from ledger.log.append import Log
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.copying import copy_ledger
from ledger.log.loss import declared
from ledger.log.note import Signer
from ledger.log.reader import Reader
from ledger.log.removal import erased_numbers
from ledger.log.roster import Roster
from ledger.log.snapshot import PART, carry, discard, put_in_place
from ledger.log.state import load_roster
from ledger.log.store import Store
from ledger.log.tiles import hash_reader
from ledger.log.tree import Frontier, HashReader, leaf_hash, read_frontier, read_roots
from ledger.log.trust import check_extends
from ledger.log.verify import Progress
from ledger.records.access import Random
from ledger.records.backup import Sound, check_file, open_backup
from ledger.records.place import DATABASE, Place
from ledger.records.writing import Clock, Desk, Draft
from ledger.sealing.identity import Identity, public_of

How = Literal["same", "behind", "ahead", "fork"]
State = Literal["sound", "damaged", "gone", "another", "restored"]


@dataclass(frozen=True, slots=True)
class Relation:
    """How a backup stands to something else of the same ledger: same, behind or ahead `by` so many entries, or a fork.

    proved: whether what they have in common was proved to be the same.
    """

    how: How
    by: int = 0
    proved: bool = True


@dataclass(frozen=True, slots=True)
class Present:
    """The database in the ledger's place: sound as far as its tree goes, damaged, gone, or not what was seen here.

    restored: not what was seen here, and it says itself that as much was lost in a restore.

    checkpoint: its signed head, where one can be read. root: of as many of its entries as the backup has.
    erased: what was erased in it, entry → the entry that did it. signed: its head as stored, where there is one.
    """

    state: State
    checkpoint: Checkpoint | None = None
    root: bytes | None = None
    erased: Mapping[int, int] = field(default_factory=dict)
    signed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Stands:
    """How a backup stands to what this computer saw and to what is in the ledger's place.

    lost: the largest checkpoint known here of which the backup lacks entries; None where nothing known is missing.
    back: entries that were erased since the backup was taken, so that it brings them back.
    signed: the head of what is in the ledger's place, as it was looked at; None where none can be read.
    """

    seen: Relation | None
    present: Relation | None
    state: State
    lost: Checkpoint | None = None
    back: tuple[int, ...] = ()
    signed: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def fork(self) -> bool:
        """Whether it is another history than the one known here."""
        return any(item is not None and item.how == "fork" for item in (self.seen, self.present))


def stands(backup: Sound, seen: Checkpoint | None, place: Place) -> Stands:
    """Compare a backup with what this computer saw and with what is in the ledger's place. Writes nothing."""
    mine = backup.checkpoint
    present = _present(place, backup, seen)
    there = present.checkpoint if present.state != "restored" else None
    with closing(Store.to_read(backup.path)) as store, store.read() as reader:
        read = hash_reader(reader.stored_hashes)
        with_present = _related(mine, there, read, present.root) if there else None
        # what is there stands for what was seen wherever it extends that
        with_seen = _related(mine, seen, read, present.root if present.state == "sound" else None) if seen else None
    beyond = [known for known in (seen, there) if known is not None and known.size > mine.size]
    lost = max(beyond, key=lambda known: known.size, default=None)
    back = tuple(sorted(n for n, by in present.erased.items() if n < mine.size <= by))
    return Stands(with_seen, with_present, present.state, lost, back, present.signed)


def _related(mine: Checkpoint, other: Checkpoint, read: HashReader, root: bytes | None) -> Relation:
    """read: the backup's hashes. root: of as many entries of the other as the backup has, where that is known."""
    by = mine.size - other.size
    if by < 0:
        return Relation("behind" if root in (None, mine.root) else "fork", -by, proved=root is not None)
    try:
        check_extends(other, mine, read)
    except Unverified:
        return Relation("fork")
    return Relation("ahead" if by else "same", by)


def _present(place: Place, backup: Sound, seen: Checkpoint | None) -> Present:
    file = _file(place)
    if file is not None and not file.is_file():
        return Present("gone")
    signed = None
    try:
        with closing(place.store()) as store, store.read() as reader:
            signed = _signed(reader)
            return replace(_looked_at(reader, backup, seen), signed=signed)
    except (Malformed, Unverified):
        # on a server only an empty database can be restored into, so one without a ledger is what is wanted
        return Present("damaged" if file is not None else "gone", signed=signed)


def _signed(reader: Reader) -> bytes | None:
    head = reader.head()
    return None if head is None else head.checkpoint


def _file(place: Place) -> Path | None:
    """The ledger's SQLite file, whether it is there or not; None on a server."""
    name = place.settings().database
    return None if "://" in name else place.directory / name


def _looked_at(reader: Reader, backup: Sound, seen: Checkpoint | None) -> Present:
    head = reader.head()
    if head is None:
        raise Malformed("head", "a signed checkpoint", "none")
    roster = _roster(reader, backup, head.size)
    checkpoint = open_checkpoint(head.checkpoint, [key for _start, key in roster.log_keys])
    if checkpoint.origin != backup.checkpoint.origin:
        return Present("another")
    read = hash_reader(reader.stored_hashes)
    try:
        if read_frontier(read, checkpoint.size).root() != checkpoint.root:
            return Present("damaged", checkpoint)
    except Malformed:
        return Present("damaged", checkpoint)
    try:
        if seen is not None:
            check_extends(seen, checkpoint, read)
    except Unverified:
        assert seen is not None, "nothing is missing where nothing was seen"
        return Present("restored", checkpoint) if declared(roster.losses, seen) else Present("another")
    root = _root_of(reader, checkpoint, min(backup.checkpoint.size, checkpoint.size), backup.checkpoint.root)
    if root is None:
        return Present("damaged", checkpoint)
    return Present("sound", checkpoint, root, erased_numbers(reader, checkpoint.size, checkpoint.origin))


def _roster(reader: Reader, backup: Sound, size: int) -> Roster:
    try:
        return load_roster(reader, backup.checkpoint.origin, size)
    except (Malformed, Unverified):
        return backup.roster  # enough to know the log's key, unless it was renewed since


def _root_of(reader: Reader, checkpoint: Checkpoint, size: int, expected: bytes) -> bytes | None:
    """The root of the first `size` entries, where it is `expected` or every leaf was looked at; None for damage.

    Another history is a grave thing to say: a stored hash that was altered must not look like one.
    """
    try:
        if read_roots(hash_reader(reader.stored_hashes), [(0, size)])[0] == expected:
            return expected
    except Malformed:
        return None
    frontier, root = Frontier(), None
    for row in reader.entries(0, checkpoint.size):
        frontier.append(leaf_hash(row.leaf))
        root = frontier.root() if frontier.size == size else root
    return root if (frontier.size, frontier.root()) == (checkpoint.size, checkpoint.root) else None


@dataclass(slots=True)
class Restoring:
    """A verified copy beside the ledger's database, ready to take its place. entry: the loss declared in it."""

    backup: Sound
    place: Place
    entry: int | None = None

    def declare(self, lost: Checkpoint, seed: bytes, signers: Sequence[Signer], clock: Clock, random: Random) -> None:
        """Write into the copy, as its next entry, that what `lost` had more is lost. seed: an administrator's key.

        Raises NotPermitted if the key is of nobody who may, or the log's key is not there.
        """
        checkpoint, roster = self.backup.checkpoint, self.backup.roster
        handle = roster.handle_of_key(public_of(seed))
        if handle is None:
            raise NotPermitted(
                "identity",
                "an administrator of the ledger as the backup holds it",
                "a key that it does not know as current",
                "Name another key file: --identity FILE",
            )
        with closing(Store.at(self.backup.path)) as store:
            desk = Desk(Log(store, checkpoint.origin, signers), Identity(handle, seed), checkpoint, clock, random)
            self.entry = declare(desk, lost)

    def put_in_place(self, now: int, found: Stands) -> Path | None:
        """Put the copy in the database's place; the file in which what was there is kept. found: what stands() told.

        Raises as put_in_place(), and Unavailable if something was recorded there since: nothing is changed then.
        On a server it is copied into the database, which has to be empty (Refused): there is nothing to keep.
        """
        file = _file(self.place)
        if file is None:
            target = Store.create(self.place.settings().database)
            with closing(Store.to_read(self.backup.path)) as store, closing(target):
                copy_ledger(store, target)
            return None
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        kept = file.with_name(f"{file.name}.replaced-{stamp}")
        put_in_place(self.backup.path, file, kept, partial(_as_found, found.signed))
        return kept if kept.exists() else None


def _as_found(signed: bytes | None, there: Path) -> None:
    """What was recorded since anybody looked would be lost, and declared by nobody."""
    try:
        with closing(Store.to_read(there)) as store, store.read() as reader:
            now = _signed(reader)
    except (Malformed, Unverified):
        now = None
    if now != signed:
        got = "others, which somebody recorded meanwhile; nothing was changed"
        hint = "Ask everybody to stop, look again, and then restore: consent-ledger restore FILE --check"
        raise Unavailable("ledger", "the entries that were looked at", got, hint)


def declare(desk: Desk, lost: Checkpoint) -> int:
    """Write that the entries up to this checkpoint are lost in a restore: the new entry's number."""
    body = {"lost": {"size": lost.size, "root": lost.root.hex()}}
    return desk.write(Draft("ledger.restored", body=body)).n


@contextmanager
def restoring(file: Path, place: Place, now: int, progress: Progress | None = None) -> Iterator[Restoring]:
    """Copy a backup beside the database and verify the copy, which is removed again if it is not put in place.

    Raises as open_backup(), and Unavailable while another restore is at work here.
    """
    settings = place.settings()
    check_file(file)
    copy = place.directory / f"{DATABASE}.restoring"
    folder = os.open(place.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unavailable("ledger", "one restore at a time", "another at work here", "Wait for it.") from error
        # what a restore that was stopped left here
        discard(copy)
        for left in place.directory.glob(f"*.replaced-*{PART}"):
            left.unlink()
        carry(file, copy)
        try:
            yield Restoring(open_backup(copy, settings, now, progress), place)
        finally:
            discard(copy)
    finally:
        os.close(folder)
