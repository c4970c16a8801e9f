"""A process that records is killed, at every step and at any time: what it acknowledged stands, and nothing is half."""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from ledger.log.append import Log
from ledger.log.store import Store
from ledger.log.verify import verify
from tests.faults.child import PROCESSES, Handed, Step, acknowledged, brought, digest, record
from tests.ledger_databases import new_store
from tests.ledger_fixtures import small_ledger
from tests.soak import scaled

POINTS = (
    "begin", "insert entry", "insert ref", "insert part", "insert wrap", "insert token", "insert removed_wrap",
    "delete part", "delete token", "delete wrap", "insert stored_hash", "update head", "commit",
)  # fmt: skip
STEPS = [Step(point, after) for point in POINTS for after in (False, True)]
KILLS = scaled(40, 1000)
A_LEDGER = 40  # kills until another ledger is begun, so that verifying stays short
ANY_TIME = "at any time"


def _killed(handed: Handed, told: Path, step: Step | None, chance: random.Random) -> str:
    """Start a process that records, see it killed, and give the name of the step."""
    process = PROCESSES.Process(target=record, args=(handed, told.name, told, step))
    process.start()
    if step is None:
        while process.is_alive() and not acknowledged(told):
            time.sleep(0.001)
        time.sleep(chance.random() / 20)
        process.kill()
    process.join(60)
    assert process.exitcode == -9, f"{step or ANY_TIME}: ended with {process.exitcode}"
    process.close()
    return str(step or ANY_TIME)


def _check(handed: Handed, told: Path) -> None:
    """What the killed process left: whole, with all that it acknowledged; what it was at can be brought again."""
    store = Store.at_url(handed.url)
    report = verify(store, handed.origin, handed.now, jobs=1)
    assert report.findings == []
    with store.read() as reader:
        head = reader.head()
        assert head is not None
        assert (head.size, reader.count()) == (report.size, report.size)
        rows = reader.entries(0, report.size)
        leaves = {row.n: digest(row.leaf) for row in rows}
    assert acknowledged(told).items() <= leaves.items()

    entries = brought(told)
    log = Log(store, handed.origin, handed.signers)
    numbers = log.append(entries, handed.now).numbers if entries else ()
    with store.read() as reader:
        leaves = {row.n: digest(row.leaf) for row in reader.entries(0, reader.count())}
        assert [leaves[n] for n in numbers] == [digest(item.leaf) for item in entries]
        assert reader.count() in (report.size, report.size + len(entries))
        assert reader.repeated_ids() == []
    store.close()


def test_killed_at_every_step_and_at_any_time(
    kind: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(20261121)
    kills: Counter[str] = Counter()
    for number in range(KILLS):
        if number % A_LEDGER == 0:
            folder = tmp_path / str(number)
            folder.mkdir()
            ledger = small_ledger(folder, store=new_store(kind, folder))
            handed = Handed.of(ledger)
            ledger.store.close()
        step = STEPS[number % A_LEDGER] if number % A_LEDGER < len(STEPS) else None
        told = folder / f"told-{number}"
        kills[_killed(handed, told, step, chance)] += 1
        _check(handed, told)

    told = ", ".join(f"{name} {count}" for name, count in kills.items())
    record_property("report", f"{kind}, {KILLS} killed: {told}")
    assert set(kills) == {*map(str, STEPS), ANY_TIME}
    assert kills.total() == KILLS
