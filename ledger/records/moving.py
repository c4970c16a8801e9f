"""Moving a ledger to another database: copied while nobody writes, verified where it arrived, and only then used.

Going on there has three steps, in this order, so that at no moment two databases take entries:

    1  the new settings lie beside the old ones, on the disk (ledger.toml.new)
    2  the old database says, for good, that the ledger goes on in the new one
    3  the new settings take the place of the old ones

From the first on nothing is taken away again, whatever happens, and the same move, asked for again, goes on from where
it stopped. Proved by tests/ledger/records/test_moving.py and tests/faults/test_move_killed.py.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from ledger.errors import LedgerError, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.copying import Progress, copy_rows
from ledger.log.reader import Head, Reader
from ledger.log.store import Store, parse_url
from ledger.log.verify import Report, verify
from ledger.log.whole import Expected
from ledger.records.place import Place, Settings

_KEPT = "The ledger is where it was. Find out what does not hold: consent-ledger verify"
_AGAIN = "Run the same command again: it goes on from there. Until then nobody can record in both places."


@dataclass(frozen=True, slots=True)
class Move:
    """Where to, as a URL. switch: whether the place names it from then on, and the old database says that it moved."""

    url: str
    switch: bool

    @property
    def whole_url(self) -> str:
        """The URL with the whole path of a file."""
        found = parse_url(self.url)
        return f"sqlite:///{Path(found.database or '').resolve()}" if found.drivername == "sqlite" else self.url


def stopped_before_the_end(place: Place, move: Move) -> bool:
    """Whether this very move was made but for its last step: the old database says so, and the settings name it."""
    source = place.store()
    try:
        return move.switch and source.given_up(move.whole_url) is not None
    finally:
        source.close()


def move_ledger(
    place: Place, move: Move, now: int, copied: Progress | None = None, verified: Progress | None = None
) -> Report:
    """Copy the ledger of `place`, verify the copy, and, if that is asked for, go on there: the verification's report.

    now: POSIX seconds. Nobody writes from the first row to the end. Raises Refused if there is something at the new
    place, Unverified if the copy does not hold or is not what is here, NotPermitted where the role may not say that
    the ledger moved (PostgreSQL: its owner may): then nothing is left at the new place, and all is as it was. Raises
    Unavailable, saying so, where it stopped in its last steps.
    """
    source = place.store()
    try:
        left = source.given_up(move.whole_url) if move.switch else None
        if left is not None:
            return _finished(place, move, left, now, verified)
        return _moved(place, move, source, now, copied, verified)
    finally:
        source.close()


def _moved(
    place: Place, move: Move, source: Store, now: int, copied: Progress | None, verified: Progress | None
) -> Report:
    prepared = False
    new = _new_settings(place, move)
    try:
        with source.write() as turn:
            if move.switch:
                turn.give_up(move.whole_url)
            target, head = _target(place, move, turn.head())
            try:
                report = _arrived(target, new, head or copy_rows(turn, target, copied), now, verified)
                _still_ours(turn, report)
                target.close()
                if move.switch:
                    place.prepare(new)
                    prepared = True
            except BaseException:
                if head:
                    target.close()
                else:
                    target.discard()
                raise
        if prepared:
            place.switch()
    except LedgerError as error:
        if prepared:
            raise Unavailable("ledger", "a move to its end", "one that stopped in its last steps", _AGAIN) from error
        raise
    return report


def _finished(place: Place, move: Move, left: Head, now: int, progress: Progress | None) -> Report:
    """Only the settings have still to name the new place; somebody elsewhere may have gone on there already."""
    new, target = _new_settings(place, move), Store.at_url(move.url)
    try:
        report = _verified(target, new, left, now, progress)
    finally:
        target.close()
    place.prepare(new)
    place.switch()
    return report


def _target(place: Place, move: Move, head: Head | None) -> tuple[Store, Head | None]:
    """A new database, or the one, with its head, to which a try that stopped had brought exactly what is here."""
    try:
        return Store.create(move.url), None
    except Refused:
        # only what names it in the prepared settings was made, and verified, by a try of this move
        if not move.switch or head is None or place.prepared() != _new_settings(place, move):
            raise
        found = Store.at_url(move.url)
        with found.read() as reader:
            if reader.head() == head:
                return found, head
        found.close()
        raise


def _new_settings(place: Place, move: Move) -> Settings:
    """A file beside the settings by its name, so that the directory can be carried elsewhere."""
    found, settings = parse_url(move.url), place.settings()
    if found.drivername != "sqlite":
        return replace(settings, database=move.url)
    path = Path(found.database or "").resolve()
    beside = path.parent == place.directory.resolve()
    return replace(settings, database=path.name if beside else f"sqlite:///{path}")


def _still_ours(turn: Reader, report: Report) -> None:
    """A connection that went took the turn with it: then somebody may have written behind the copy."""
    if turn.last_number() + 1 != report.size:
        raise Unverified("ledger", "what was copied", "something else", _KEPT)


def _arrived(target: Store, settings: Settings, head: Head, now: int, progress: Progress | None) -> Report:
    report, there = _verified(target, settings, head, now, progress), _checkpoint(head)
    if (report.size, report.root) != (there.size, there.root):
        raise Unverified("copy", "a ledger that holds", "another root", _KEPT)
    return report


def _verified(target: Store, settings: Settings, head: Head, now: int, progress: Progress | None) -> Report:
    expected = Expected(settings.log_key, [_checkpoint(head)])
    report = verify(target, settings.origin, now, expected=expected, progress=progress)
    if not report.ok:
        found = f"{len(report.findings)} things that do not hold"
        raise Unverified("copy", "a ledger that holds", found, _KEPT)
    return report


def _checkpoint(head: Head) -> Checkpoint:
    return Checkpoint.parse(head.checkpoint.partition(b"\n\n")[0] + b"\n")
