"""A loss: entries that somebody saw and that a restored backup no longer holds, declared by an administrator.

Whoever saw more than was restored goes on only after a declaration that covers what they saw, which they had not known
when they saw it: an old one, brought back, covers nothing. Each client keeps what it agreed to, for ever.
Source: docs/decisions/0021-going-on-after-an-old-backup.md. Proved by tests/ledger/log/test_loss.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.errors import Malformed, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.encoding import MAX_INTEGER, canonical, format_time, parse_hex, parse_json
from ledger.log.roster import Loss
from ledger.log.tree import HASH_SIZE, HashReader, check_inclusion, prove_inclusion


@dataclass(frozen=True, slots=True)
class Lost:
    """What one client saw and lost: the checkpoint (size, root), who declared it in which entry and when.

    kept: up to which entry, at most, what it saw still stands; entries kept … size-1 are gone.
    agreed_at: when somebody here agreed to go on; 0 while nobody has. Times are POSIX seconds.
    """

    size: int
    root: bytes
    kept: int
    entry: int
    by: str
    declared_at: int
    agreed_at: int = 0

    @property
    def what(self) -> str:
        """The entries that are gone, in words."""
        return span(self.kept, self.size)

    def line(self) -> bytes:
        """One line of a client's memory."""
        fields = {name: getattr(self, name) for name in _NUMBERS}
        return canonical({**fields, "by": self.by, "root": self.root.hex()}) + b"\n"


_NUMBERS = ("size", "kept", "entry", "declared_at", "agreed_at")


def span(start: int, end: int) -> str:
    """Entries start … end-1 in words; where `start` is too late to be known, those before `end`."""
    if start >= end:
        return f"entries before entry {end}"
    return f"entry {start}" if end - start == 1 else f"entries {start} to {end - 1}"


def parse_losses(data: bytes) -> list[Lost]:
    """The lines of a client's memory. Raises Malformed."""
    found = []
    for line in data.splitlines():
        value = parse_json(line)
        if type(value) is not dict or value.keys() != {*_NUMBERS, "by", "root"} or type(value["by"]) is not str:
            raise Malformed("memory of what was lost", "lines that this program wrote", "others")
        numbers = {name: value[name] for name in _NUMBERS}
        if not all(type(number) is int and 0 <= number <= MAX_INTEGER for number in numbers.values()):
            raise Malformed("memory of what was lost", "numbers", "something else")
        found.append(Lost(**numbers, by=value["by"], root=parse_hex(value["root"], HASH_SIZE)))
    return found


def proved(losses: Iterable[Loss], checkpoint: Checkpoint, read: HashReader) -> list[Loss]:
    """Those that stand in the tree under the checkpoint: a row that is merely put in the database declares nothing."""
    found = []
    for loss in losses:
        try:
            proof = prove_inclusion(read, loss.entry, checkpoint.size)
            check_inclusion(proof, checkpoint.size, checkpoint.root, loss.entry, loss.digest)
        except (Malformed, Unverified):
            continue  # verify says what does not hold
        found.append(loss)
    return found


def covers(loss: Loss, seen: Checkpoint) -> bool:
    """Whether what was declared lost is at least what was seen."""
    return loss.size > seen.size or (loss.size, loss.root) == (seen.size, seen.root)


def lost_of(seen: Checkpoint, new: Sequence[Loss]) -> Lost | None:
    """What of `seen` is declared lost, by declarations that were not there when it was seen; None if it is not."""
    loss = next((loss for loss in new if covers(loss, seen)), None)
    if loss is None:
        return None
    # the first of them stands where the restored part ends, or after that
    kept = min(loss.entry for loss in new)
    return Lost(seen.size, seen.root, kept, loss.entry, loss.by, loss.at)


def declared(losses: Iterable[Loss], known: Checkpoint) -> str:
    """The end of a sentence about a checkpoint that the log does not extend: who declared as much lost, if anybody."""
    loss = next((loss for loss in losses if covers(loss, known)), None)
    if loss is None:
        return ""
    day = format_time(loss.at)[:10]
    return f"; {loss.by} declared in entry {loss.entry}, on {day}, that as much was lost in a restore"


def hint_of(seen: Checkpoint, new: Sequence[Loss], otherwise: str) -> str:
    """What whoever saw more is told to do."""
    lost = lost_of(seen, new)
    if lost is not None:
        return (
            f"What stood in {lost.what} was lost in a restore: {lost.by} declared it in the new entry {lost.entry} on "
            f"{format_time(lost.declared_at)[:10]}. Ask them, then run: consent-ledger restore --acknowledge"
        )
    if new:
        return (
            f"A restore is declared in entry {new[-1].entry}, for {new[-1].size} entries only. Tell an administrator, "
            f"who can declare what is missing: consent-ledger restore --lost {seen.size}:{seen.root.hex()}"
        )
    return otherwise
