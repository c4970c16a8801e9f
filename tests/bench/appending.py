"""Appending: one durable, signed, sealed entry at a time to an open case, and signed entries by the batch.

The peers write the same bytes (note and ciphertext of the same lengths), one insert a commit, and sign nothing.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pymerkle import SqliteTree

from ledger.log.append import MAX_BATCH, Log, Prepared
from ledger.log.entry import ID_SIZE, Header, parse_entry, sign_entry
from ledger.records.writing import Desk, Draft
from ledger.sealing.seal import NONCE_SIZE, RECORD, Place, seal_record
from tests.bench.machine import cores
from tests.bench.making import WORKERS, make, plan_of
from tests.bench.measure import Figure, Rounds, Run, duration, interleaved, seconds, speed
from tests.bench.verification import RAW, Signed, check_all
from tests.ledger_fixtures import DECISION, Sample, case

OPEN_CASES = 10**9
"""Cases from this number on are opened while measuring: no ledger has as many."""
NOTE = {"note": "A call from the school: they ask whether the family agreed, and were told that it did."}
RAW_SQLITE = "SQLite, a row of the same bytes a commit"


@dataclass(frozen=True, slots=True)
class Bytes:
    """What one entry of the kind measured brings: its note and its ciphertext."""

    leaf: bytes
    ciphertext: bytes


class Writing:
    """Somebody at their desk, with a case open, adding sealed notes to it one after another."""

    def __init__(self, ledger: Sample) -> None:
        self.ledger = ledger
        identity = ledger.people[WORKERS[0]]
        log = Log(ledger.store, ledger.origin, ledger.signers)
        self.desk = Desk(log, identity, ledger.checkpoint(), ledger.clock, ledger.chance)
        self._cases = OPEN_CASES
        self.open()

    def open(self) -> None:
        """Open another case, so that none grows longer than cases do."""
        self._cases += 1
        self.case = case(self._cases)
        draft = Draft(
            "decision.recorded", self.case, body=DECISION, record={"document": NOTE}, codes={"route": "other"}
        )
        self.desk.write(draft)

    def one(self) -> int:
        """One more note: its number."""
        return self.desk.write(Draft("note.added", self.case, record=NOTE)).n

    def run(self, times: int) -> Run:
        """Many to a case that was just opened, one after another."""

        def work() -> float:
            self.open()
            return seconds(lambda: repeat(self.one, times), times)

        return work

    def prepared(self, times: int) -> list[Prepared]:
        """As many of the same notes, sealed and signed, that only wait to be appended."""
        with self.ledger.store.read() as reader:
            keys = self.desk.keys.case_keys(reader, self.case)
        (key,), made, seen = keys.values(), [], self.ledger.checkpoint()
        for _ in range(times):
            entry_id = self.ledger.chance(ID_SIZE)
            place = Place(self.ledger.origin, entry_id, RECORD)
            sealed, ciphertext = seal_record(NOTE, self.case, key, self.ledger.chance(NONCE_SIZE), place)
            header = Header(
                id=entry_id,
                type="note.added",
                at=self.ledger.clock(),
                author=self.desk.identity.handle,
                seen_size=seen.size,
                seen_root=seen.root,
                case=self.case,
                sealed={RECORD: sealed},
            )
            leaf = sign_entry(self.ledger.origin, header, self.desk.identity.signer)
            made.append(Prepared(leaf, {RECORD: ciphertext}))
        return made

    def append_run(self, times: int) -> float:
        """Seconds for each of many, sealed and signed beforehand, appended one after another to another case."""
        self.open()
        waiting = self.prepared(times)

        def work() -> None:
            for item in waiting:
                self.desk.log.append([item], self.ledger.clock())

        took = seconds(work, times)
        self.desk.seen = self.ledger.checkpoint()
        return took

    def bytes_of_one(self) -> Bytes:
        """What one of them brings."""
        n = self.one()
        with self.ledger.store.read() as reader:
            row = reader.entry(n)
            assert row is not None
            return Bytes(row.leaf, reader.parts(n, n + 1)[n][RECORD])


def repeat(work: Callable[[], object], times: int) -> None:
    """Do it that many times."""
    for _ in range(times):
        work()


class RawSqlite:
    """Rows of the same bytes in a table of their own, each in a commit that is as durable as the ledger's."""

    def __init__(self, path: Path, sample: Bytes) -> None:
        self._sample = sample
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE raw (n INTEGER PRIMARY KEY, leaf BLOB, ciphertext BLOB)")

    def one(self) -> None:
        """One row, one commit."""
        self._connection.execute("BEGIN IMMEDIATE")
        values = (self._sample.leaf, self._sample.ciphertext)
        self._connection.execute("INSERT INTO raw (leaf, ciphertext) VALUES (?, ?)", values)
        self._connection.execute("COMMIT")


def journal_of(tree: SqliteTree) -> str:
    """In which journal mode a pymerkle tree writes, which is left as it comes."""
    mode, synchronous = (tree.con.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous"))
    return f"journal_mode={mode}, synchronous={('OFF', 'NORMAL', 'FULL', 'EXTRA')[synchronous]}"


def single(writing: Writing, work: Path, rounds: Rounds, times: int) -> list[Figure]:
    """Single appends, against raw commits and against pymerkle."""
    sample = writing.bytes_of_one()
    raw = RawSqlite(work / "raw.db", sample)
    with SqliteTree(str(work / "pymerkle.db")) as tree:
        both = sample.leaf + sample.ciphertext
        runs = {
            "ours": writing.run(times),
            "signed": lambda: writing.append_run(times),
            "raw": lambda: seconds(lambda: repeat(raw.one, times), times),
            "pymerkle": lambda: seconds(lambda: repeat(lambda: tree.append_entry(both), times), times),
        }
        found = interleaved(runs, rounds)
        pymerkle = f"pymerkle, its own {journal_of(tree)}"
    what, waiting = "durable signed single appends to an open case", "the same, sealed and signed beforehand"
    return [
        speed("append-sqlite", what, found["ours"], RAW_SQLITE, found["raw"]),
        speed("append-signed", waiting, found["signed"], RAW_SQLITE, found["raw"]),
        speed("append-pymerkle", what, found["ours"], pymerkle, found["pymerkle"]),
    ]


def growth(small: Writing, large: Writing, rounds: Rounds, times: int) -> Figure:
    """The same append at a long and at a short ledger."""
    sizes = [writing.ledger.checkpoint().size for writing in (large, small)]
    found = interleaved({"large": large.run(times), "small": small.run(times)}, rounds)
    what = f"append at {sizes[0]:,} entries"
    return duration("append-growth", what, found["large"], f"at {sizes[1]:,}", found["small"])


def batch(ledger: Sample, rounds: Rounds, size: int = MAX_BATCH) -> Figure:
    """Signed entries of the mix, appended by the batch; the peer checks the signatures of the last batch alone."""
    plan = plan_of(ledger, "mix")
    log = Log(ledger.store, ledger.origin, ledger.signers)
    signed: list[Signed] = []

    def ours() -> float:
        now = ledger.checkpoint()
        made = [make(plan, n, (now.size, now.root)) for n in range(now.size, now.size + size)]
        ledger.clock.now += size
        roster = ledger.roster()
        signed.clear()
        for item in made:
            entry = parse_entry(item.prepared.leaf, ledger.origin)
            term = roster.term(entry.header.author, now.size)
            assert term is not None
            signed.append((entry.signature + entry.text, term.key.public))
        return seconds(lambda: log.append([item.prepared for item in made], ledger.clock()), size)

    runs = {"ours": ours, "raw": lambda: seconds(lambda: check_all(signed), len(signed)) / cores()}
    found = interleaved(runs, rounds)
    return speed("batch", f"signed entries appended {size:,} at a time", found["ours"], RAW, found["raw"])
