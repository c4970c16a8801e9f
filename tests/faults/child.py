"""What a process does that is to be killed, or that works beside others: functions for processes started apart.

They are forked from a clean server that has loaded this module once, so that starting one takes no second.
"""

import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ledger.errors import Unavailable
from ledger.log.append import Appended, Log, Prepared
from ledger.log.note import Signer
from ledger.log.store import Store
from ledger.records.people import grant
from ledger.records.writing import Draft
from tests.faults.points import Faults
from tests.faults.scenarios import note_with_token
from tests.ledger_fixtures import PEOPLE, Chance, Clock, Sample, entry_id, identity_of

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.faults.child"])
_PATIENCE = 20  # times that a process which is told to try again does so


@dataclass(frozen=True)
class Handed:
    """A sample ledger as one process hands it to another."""

    path: Path
    url: str
    origin: str
    log_seeds: tuple[bytes, ...]
    now: int

    @classmethod
    def of(cls, ledger: Sample) -> "Handed":
        """What another process needs to open this ledger."""
        return cls(ledger.path, ledger.store.url, ledger.origin, (ledger.log_seed,), ledger.clock.now)

    @property
    def signers(self) -> list[Signer]:
        """The log's keys."""
        return [Signer(self.origin, seed) for seed in self.log_seeds]

    def opened(self, label: str) -> Sample:
        """The ledger, opened anew. label: of this process alone, so that its ids are nobody else's."""
        store = Store.at_url(self.url)
        return Sample(
            path=self.path,
            store=store,
            origin=self.origin,
            log=Log(store, self.origin, self.signers),
            signers=self.signers,
            people={name: identity_of(name) for name in ("founder", *PEOPLE)},
            clock=Clock(self.now),
            chance=Chance(label),
            log_seed=self.log_seeds[0],
        )


class Telling(Log):
    """A log whose process tells what it is about to append, and what was appended, before it goes on."""

    def __init__(self, store: Store, origin: str, signers: Sequence[Signer], told: Path) -> None:
        super().__init__(store, origin, signers)
        self._told, self._brought = told, told.with_suffix(".brought")
        self.busy = 0

    def append(self, entries: Sequence[Prepared], now: int) -> Appended:
        """As Log.append; the acknowledgement is on the disk before this returns. Who is told to try again does so."""
        whole = self._brought.with_suffix(".new")
        whole.write_bytes(pickle.dumps(list(entries)))
        whole.replace(self._brought)
        appended = self._in_turn(entries, now)
        lines = [f"{n} {digest(item.leaf)}\n" for n, item in zip(appended.numbers, entries, strict=True)]
        descriptor = os.open(self._told, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, "".join(lines).encode())
        os.fsync(descriptor)
        os.close(descriptor)
        return appended

    def _in_turn(self, entries: Sequence[Prepared], now: int) -> Appended:
        while True:
            try:
                return super().append(entries, now)
            except Unavailable as error:
                if error.fault.got != "another program at work" or self.busy == _PATIENCE:
                    raise
                self.busy += 1


def digest(leaf: bytes) -> str:
    """A leaf by which it is known in the acknowledgements."""
    return sha256(leaf).hexdigest()


def acknowledged(told: Path) -> dict[int, str]:
    """The entries that a process said were appended: number → digest. A line that was cut off is none."""
    lines = told.read_bytes().split(b"\n")[:-1] if told.exists() else []
    return {int(n): leaf.decode() for n, _space, leaf in (line.partition(b" ") for line in lines)}


def brought(told: Path) -> list[Prepared]:
    """What a process last tried to append."""
    path = told.with_suffix(".brought")
    entries: list[Prepared] = pickle.loads(path.read_bytes()) if path.exists() else []
    return entries


def everything(ledger: Sample) -> Iterator[None]:
    """Every kind of append there is, one a step, over and over: together they pass every fault point."""
    colleague = ledger.people["colleague"].handle
    while True:
        in_case, to_erase = ledger.chance(16), ledger.chance(16)
        first = ledger.decide("practitioner", in_case).header.id
        yield
        note = Draft("note.added", in_case, refs=(first,), record={"note": "a call"})
        ledger.desk("practitioner").write(note)
        yield
        grant(ledger.desk("practitioner"), in_case, colleague)
        yield
        ended = {"handle": colleague, "reason": "no_longer_needed"}
        ledger.desk("manager").write(Draft("access.ended", in_case, body=ended))
        yield
        request = Draft("request.received", ledger.chance(16), record={"note": "asked by telephone"})
        erased = ledger.desk("practitioner").write_all([Draft("note.added", to_erase, record={"n": 1}), note, request])
        yield
        number = int.from_bytes(ledger.chance(8))
        ledger.append(note_with_token(ledger, to_erase, number))
        yield
        yield from _erasure(ledger, to_erase, (erased[0].header.id, entry_id(number)))


def _erasure(ledger: Sample, in_case: bytes, refs: tuple[bytes, ...]) -> Iterator[None]:
    asked = ledger.desk("lead").write(Draft("erasure.requested", in_case, refs=refs, body={"reason": "other"}))
    yield
    approved = ledger.desk("guardian").write(Draft("erasure.approved", in_case, refs=(asked.header.id,)))
    yield
    ledger.desk("lead").write(Draft("erasure.done", in_case, refs=(approved.header.id,)))
    yield


@dataclass(frozen=True)
class Step:
    """Where a process kills itself: before or after the nth time that it is at a point."""

    point: str
    after: bool
    nth: int = 1

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.point}"


def record(handed: Handed, label: str, told: Path, step: Step | None) -> None:
    """Append until killed: by this process itself at `step`, or by another at any time."""
    ledger = handed.opened(label)
    if step is not None:
        faults, left = Faults.of(ledger.store), [step.nth]

        def at(point: str, after: bool) -> None:
            if (point, after) == (step.point, step.after):
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

        faults.at = at
    ledger.log = Telling(ledger.store, ledger.origin, ledger.signers, told)
    for _done in everything(ledger):
        pass
