"""Long ledgers in a short time: entries signed by several processes, laid down in batches as appending leaves them.

Each entry has seen another root than the one before it, well behind itself: what verification has the most work with.
A ledger once built is kept under the folder given, for as long as schema and mix stay what they are.
"""

import json
import shutil
import sqlite3
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from ledger.log.append import Log
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import Signer
from ledger.log.reader import Head
from ledger.log.store import Store
from ledger.log.tiles import stored
from ledger.log.tree import Frontier, leaf_hash
from tests.bench import making
from tests.bench.machine import cores
from tests.bench.making import READERS, WORKERS, Made, Plan, make_many, plan_of
from tests.ledger_fixtures import NOW, TEAM, Chance, Clock, Sample, founded_ledger, identity_of, small_ledger

BATCH = 512
AHEAD = 7
"""How many batches are signed at once; an entry has seen what was there that many batches before it."""
COMMIT = 8
"""Batches in one transaction."""
CACHE = "PRAGMA cache_size=-400000"
"""While building: indexes in the order of random ids would otherwise be read from the disk again and again."""


def founded(directory: Path, store: Store | None = None) -> Sample:
    """A ledger of people alone: an administrator, a guardian, a duty holder, twenty practitioners of one team.

    store: an empty one to found it in, by default a file in the directory.
    """
    ledger = small_ledger(directory, READERS, store)
    for name in WORKERS:
        ledger.enrol(name, ["practitioner"], [TEAM])
    return ledger


@dataclass(slots=True)
class _Growing:
    """A ledger while it is filled: its tree, the roots that entries being signed name, what is not yet written."""

    ledger: Sample
    plan: Plan
    frontier: Frontier
    seen: dict[int, bytes]
    hashes: list[tuple[int, int, bytes]]
    entries: list[Made]

    def sees(self, n: int) -> tuple[int, bytes]:
        """What entry n is to have seen."""
        size = max(self.plan.first, n - BATCH * AHEAD)
        return size, self.seen[size]

    def take(self, made: Sequence[Made]) -> None:
        """The next entries."""
        for item in made:
            self.hashes += stored(self.frontier.append(item.leaf_hash))
            self.seen[self.frontier.size] = self.frontier.root()
            self.seen.pop(self.frontier.size - BATCH * (AHEAD + 1), None)
        self.entries += made
        if len(self.entries) >= BATCH * COMMIT:
            self.write()

    def write(self) -> None:
        """Lay down what is not yet written: one transaction."""
        size, root = self.frontier.size, self.frontier.root()
        first = size - len(self.entries)
        with self.ledger.store.write() as writer:
            connection = writer._connection
            connection.exec_driver_sql(CACHE)
            for name, rows in rows_of(first, self.entries).items():
                if rows:
                    connection.execute(insert(SQLModel.metadata.tables[name]), rows)
            writer.add_hashes(self.hashes)
            writer.set_head(Head(size, Checkpoint(self.ledger.origin, size, root).sign(self.ledger.signers)))
        self.entries, self.hashes = [], []


def rows_of(first: int, entries: Iterable[Made]) -> dict[str, list[dict[str, Any]]]:
    """The rows of entries from number `first` on, by table."""
    rows: dict[str, list[dict[str, Any]]] = {"entry": [], "ref": [], "part": [], "wrap": []}
    for n, made in enumerate(entries, first):
        header, prepared = made.header, made.prepared
        columns = {"id": header.id, "type": header.type, "author": header.author, "at": header.at}
        rows["entry"].append({"n": n, **columns, "case_id": header.case, "leaf": prepared.leaf})
        rows["ref"] += [{"n": n, "position": at, "target": ref} for at, ref in enumerate(header.refs)]
        rows["part"] += [{"n": n, "part": part, "ciphertext": data} for part, data in sorted(prepared.parts.items())]
        rows["wrap"] += [
            {"n": n, "position": at, "under": wrap.under, "handle": wrap.handle, "box": wrap.box}
            for at, wrap in enumerate(prepared.wraps)
        ]
    return rows


def fill(ledger: Sample, kind: str, size: int) -> None:
    """Add entries to a ledger of people alone, up to `size`; the clock moves past the last."""
    plan, frontier = plan_of(ledger, kind), Frontier()
    with ledger.store.read() as reader:
        for row in reader.entries(0, plan.first):
            frontier.append(leaf_hash(row.leaf))
    growing = _Growing(ledger, plan, frontier, {frontier.size: frontier.root()}, [], [])
    starts = range(plan.first, size, BATCH)
    if len(starts) == 1:
        growing.take(make_many(plan, plan.first, [growing.sees(n) for n in range(plan.first, size)]))
    else:
        _fill_by_many(growing, starts, size)
    if growing.entries:
        growing.write()
    ledger.clock.now = NOW + size + 60


def _fill_by_many(growing: _Growing, starts: range, size: int) -> None:
    waiting: deque[Future[list[Made]]] = deque()
    with ProcessPoolExecutor(cores(), mp_context=get_context("spawn")) as pool:
        for start in starts:
            if len(waiting) == AHEAD:
                growing.take(waiting.popleft().result())
            seen = [growing.sees(n) for n in range(start, min(start + BATCH, size))]
            waiting.append(pool.submit(make_many, growing.plan, start, seen))
        for future in waiting:
            growing.take(future.result())


# -- kept ledgers


def kept(folder: Path, kind: str, size: int) -> Sample:
    """The ledger of this mix and size under `folder`, built if it is not there yet."""
    place = folder / f"{kind}-{size}-{_fingerprint(folder)}"
    if not (place / "made.json").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, mode=0o700)
        ledger = founded(place)
        fill(ledger, kind, size)
        ledger.store.close()
        _settle(ledger.path)
        made = {"origin": ledger.origin, "log_seed": ledger.log_seed.hex(), "now": ledger.clock.now}
        (place / "made.json").write_text(json.dumps(made), encoding="utf-8")
    return opened(place)


def opened(place: Path) -> Sample:
    """A ledger that was built earlier."""
    made = json.loads((place / "made.json").read_text(encoding="utf-8"))
    store = Store.at(place / "ledger.db")
    seed = bytes.fromhex(made["log_seed"])
    signers = [Signer(made["origin"], seed)]
    return Sample(
        path=place / "ledger.db",
        store=store,
        origin=made["origin"],
        log=Log(store, made["origin"], signers),
        signers=signers,
        people={name: identity_of(name) for name in ("founder", *READERS, *WORKERS)},
        clock=Clock(made["now"]),
        chance=Chance(str(place)),
        log_seed=seed,
    )


def own_copy(ledger: Sample, place: Path) -> Sample:
    """The same ledger in a folder of its own, to be written to."""
    place.mkdir(parents=True, mode=0o700)
    ledger.store.close()
    _settle(ledger.path)
    for name in ("ledger.db", "made.json"):
        shutil.copyfile(ledger.path.with_name(name), place / name)
    return opened(place)


def _settle(path: Path) -> None:
    """Bring what lies in the write-ahead log into the database file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _fingerprint(folder: Path) -> str:
    """What a kept ledger depends on: the schema as it is made today, and how entries are made."""
    empty = folder / "empty"
    shutil.rmtree(empty, ignore_errors=True)
    empty.mkdir(parents=True, mode=0o700)
    founded_ledger(empty).store.close()
    connection = sqlite3.connect(empty / "ledger.db")
    schema = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    pages = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    shutil.rmtree(empty)
    recipe = Path(making.__file__).read_bytes() + b"%d" % (BATCH * AHEAD)
    return sha256(repr((schema, pages)).encode() + recipe).hexdigest()[:12]
