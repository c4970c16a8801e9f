"""Moving a ledger to another database: copied while nobody writes, verified where it arrived, and only then used.

Proved by tests/ledger/records/test_moving.py.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from ledger.errors import Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.copying import Progress, copy_rows
from ledger.log.reader import Head, Reader
from ledger.log.store import Store, parse_url
from ledger.log.verify import Report, verify
from ledger.log.whole import Expected
from ledger.records.place import Place, Settings

_KEPT = "The ledger is where it was. Find out what does not hold: consent-ledger verify"


@dataclass(frozen=True, slots=True)
class Move:
    """Where to, as a URL. switch: whether the place names it from then on, and the old database says that it moved."""

    url: str
    switch: bool


def move_ledger(
    place: Place, move: Move, now: int, copied: Progress | None = None, verified: Progress | None = None
) -> Report:
    """Copy the ledger of `place`, verify the copy, and, if that is asked for, go on there: the verification's report.

    now: POSIX seconds. Nobody writes from the first row to the end. Raises Refused if there is something at the new
    place, Unverified if the copy does not hold or is not what is here, NotPermitted where the role may not say that
    the ledger moved (PostgreSQL: its owner may): then nothing is left at the new place, and all is as it was.
    """
    settings, source = place.settings(), place.store()
    try:
        with source.write() as turn:
            if move.switch:
                turn.give_up()
            target = Store.create(move.url)
            try:
                report = _arrived(target, settings, copy_rows(turn, target, copied), now, verified)
                _still_ours(turn, report)
                if move.switch:
                    place.switch(replace(settings, database=_as_written(place, move.url)))
            except BaseException:
                target.discard()
                raise
            target.close()
    finally:
        source.close()
    return report


def _as_written(place: Place, url: str) -> str:
    """A file beside the settings by its name, so that the directory can be carried elsewhere."""
    found = parse_url(url)
    if found.drivername != "sqlite":
        return url
    path = Path(found.database or "").resolve()
    return path.name if path.parent == place.directory.resolve() else f"sqlite:///{path}"


def _still_ours(turn: Reader, report: Report) -> None:
    """A connection that went took the turn with it: then somebody may have written behind the copy."""
    if turn.last_number() + 1 != report.size:
        raise Unverified("ledger", "what was copied", "something else", _KEPT)


def _arrived(target: Store, settings: Settings, head: Head, now: int, progress: Progress | None) -> Report:
    there = Checkpoint.parse(head.checkpoint.partition(b"\n\n")[0] + b"\n")
    expected = Expected(settings.log_key, [there])
    report = verify(target, settings.origin, now, expected=expected, progress=progress)
    if not report.ok or (report.size, report.root) != (there.size, there.root):
        found = f"{len(report.findings)} things that do not hold" if report.findings else "another root"
        raise Unverified("copy", "a ledger that holds", found, _KEPT)
    return report
