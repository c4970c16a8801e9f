"""What each of many processes does at one ledger at once; each gives back what it did, and raises what is wrong."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import Refused
from ledger.log.append import Prepared
from ledger.log.entry import parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from ledger.log.verify import verify
from ledger.records.people import grant
from ledger.records.writing import Desk, Draft
from tests.faults.child import Handed, Telling, digest
from tests.ledger_fixtures import DECISION, Sample, case, identity_of

SHARED = [case(n) for n in range(3)]


@dataclass(frozen=True)
class Turn:
    """How long a process works, and where."""

    handed: Handed
    seconds: float
    folder: Path

    def over(self, began: float, done: Counter[str], least: int) -> bool:
        """Whether its time is up, and it has done what it is to do at the least: a slow machine does so much too."""
        return time.monotonic() - began >= self.seconds and done.total() >= least


def writer(turn: Turn, name: str) -> Counter[str]:
    """Record until the time is up: new cases, cases that all write in, batches, an access ended now and then."""
    ledger = turn.handed.opened(name)
    ledger.people[name] = identity_of(name)
    ledger.log = log = Telling(ledger.store, ledger.origin, ledger.signers, turn.folder / name)
    desk, done, began = ledger.desk(name), Counter[str](), time.monotonic()
    while not turn.over(began, done, 4):
        done[_act(ledger, desk, done.total())] += 1
    done["told to try again"] = log.busy
    ledger.store.close()
    return done


def _act(ledger: Sample, desk: Desk, number: int) -> str:
    """The next thing that a writer does, in words."""
    shared, new = SHARED[number % len(SHARED)], ledger.chance(16)
    if number % 5 == 1:
        desk.write(Draft("decision.recorded", new, body=DECISION, record={"purpose": "a sample"}, codes={"n": number}))
        return "new cases"
    if number % 5 == 2:
        request = Draft("request.received", ledger.chance(16), record={"n": number})
        desk.write_all([_note(new), _note(shared), request])
        return "batches"
    if number % 20 == 3:
        handle = ledger.people["colleague"].handle
        desk.write(_note(new))
        grant(desk, new, handle)
        desk.write(Draft("access.ended", new, body={"handle": handle, "reason": "no_longer_needed"}))
        return "accesses ended"
    desk.write(_note(shared))
    return "in a shared case"


def _note(in_case: bytes) -> Draft:
    return Draft("note.added", in_case, record={"note": "a call"})


def eraser(turn: Turn) -> Counter[str]:
    """Erase what it recorded: asked by one, approved by another, done."""
    ledger, done, began = turn.handed.opened("eraser"), Counter[str](), time.monotonic()
    ledger.log = Telling(ledger.store, ledger.origin, ledger.signers, turn.folder / "eraser")
    while not turn.over(began, done, 1):
        in_case = ledger.chance(16)
        notes = [ledger.desk("practitioner").write(_note(in_case)).header.id for _again in range(2)]
        refs = tuple(notes[: 1 + done["erasures"] % 2])
        asked = ledger.desk("lead").write(Draft("erasure.requested", in_case, refs=refs, body={"reason": "other"}))
        approved = ledger.desk("guardian").write(Draft("erasure.approved", in_case, refs=(asked.header.id,)))
        ledger.desk("lead").write(Draft("erasure.done", in_case, refs=(approved.header.id,)))
        done["erasures"] += 1
    ledger.store.close()
    return done


def twin(turn: Turn, name: str, entries: list[Prepared]) -> list[str]:
    """Bring each entry, as its twin does at the same time: where each stands, or that its id is another's."""
    ledger, told = turn.handed.opened(name), []
    ledger.log = Telling(ledger.store, ledger.origin, ledger.signers, turn.folder / name)
    for prepared in entries:
        try:
            told.append(f"{ledger.append(prepared).numbers[0]} {digest(prepared.leaf)}")
        except Refused as error:
            assert error.faults[0].field == "id"
            told.append("refused")
    ledger.store.close()
    return told


def verifier(turn: Turn) -> Counter[str]:
    """Verify over and over, alone and with help: nothing is ever found, and the log never shrinks."""
    ledger, done, size, began = turn.handed.opened("verifier"), Counter[str](), 0, time.monotonic()
    while not turn.over(began, done, 2):
        jobs = 1 + done.total() % 2
        report = verify(ledger.store, ledger.origin, ledger.clock(), jobs=jobs)
        assert report.findings == [], f"a false failure: {report.findings}"
        assert report.size >= size
        size = report.size
        done[f"verified with {jobs} jobs"] += 1
    ledger.store.close()
    return done


def reader(turn: Turn) -> Counter[str]:
    """List, open and remember: what is read at one moment holds together, and extends what was seen."""
    ledger, done, began = turn.handed.opened("reader"), Counter[str](), time.monotonic()
    trust = Trust(turn.folder / "state", ledger.origin)
    while not turn.over(began, done, 1):
        desk = ledger.desk("guardian")
        with ledger.store.read() as snapshot:
            head = snapshot.head()
            assert head is not None
            trust.advance(head.checkpoint, hash_reader(snapshot.stored_hashes), desk.roster(snapshot))
            size = head.size
            rows = list(snapshot.entries(max(0, size - 50), size))
            assert [row.n for row in rows] == list(range(max(0, size - 50), size))
            done["records opened"] += sum(_opens(desk, snapshot, row) for row in rows[-5:])
        done["looks"] += 1
    ledger.store.close()
    return done


def _opens(desk: Desk, snapshot: Reader, row: Stored) -> bool:
    """Whether there is a sealed record and it opens: what is not erased opens to a guardian."""
    if "record" not in parse_entry(row.leaf, desk.origin).header.sealed:
        return False
    try:
        assert desk.open_record(snapshot, row)
    except LookupError:
        return False
    return True
