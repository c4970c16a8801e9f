"""Eight processes record at once while others verify, read and erase: nothing is lost, and there is no fork."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from ledger.log.append import Prepared
from ledger.records.people import grant
from tests.faults.child import PROCESSES, Handed, acknowledged, digest
from tests.faults.crowd import SHARED, Turn, eraser, reader, twin, verifier, writer
from tests.ledger_databases import new_store
from tests.ledger_fixtures import PACKS, TEAM, Sample, small_ledger
from tests.soak import scaled

WRITERS = [f"writer{n}" for n in range(8)]
SECONDS = scaled(10, 60)
TWICE = scaled(30, 200)


@pytest.fixture
def ledger(kind: str, tmp_path: Path) -> Sample:
    """Everybody of the sample, eight who will write, and the cases that all of these may read."""
    ledger = small_ledger(tmp_path, store=new_store(kind, tmp_path))
    for name in WRITERS:
        ledger.enrol(name, ["practitioner", "manager"], [TEAM])
    for in_case in SHARED:
        ledger.decide("practitioner", in_case)
        for name in WRITERS:
            grant(ledger.desk("practitioner"), in_case, ledger.people[name].handle)
    return ledger


def _pairs(ledger: Sample) -> tuple[list[Prepared], list[Prepared]]:
    """What two processes bring at once: the same bytes, but for every third, which is another under the same id."""
    one = [ledger.signed("founder", "ledger.packs_adopted", 10_000 + i, body={"packs": PACKS}) for i in range(TWICE)]
    other = [
        ledger.signed("founder", "ledger.packs_adopted", 10_000 + i, body={"packs": []}) if i % 3 == 0 else prepared
        for i, prepared in enumerate(one)
    ]
    return one, other


def test_many_processes_at_one_ledger(
    ledger: Sample, kind: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    start, pairs = ledger.checkpoint().size, _pairs(ledger)
    turn = Turn(Handed.of(ledger), SECONDS, tmp_path)
    ledger.store.close()
    with ProcessPoolExecutor(max_workers=len(WRITERS) + 5, mp_context=PROCESSES) as pool:
        twins = [pool.submit(twin, turn, f"twin{n}", entries) for n, entries in enumerate(pairs)]
        others = [pool.submit(work, turn) for work in (eraser, verifier, reader)]
        writers = [pool.submit(writer, turn, name) for name in WRITERS]
        done = sum((each.result(SECONDS + 120) for each in [*writers, *others]), Counter[str]())
        one, other = (each.result(SECONDS + 120) for each in twins)

    _check_twins(pairs, one, other)
    stands = _check_all_stand(ledger, tmp_path, [*one, *other])
    rate = (stands - start) / SECONDS
    record_property("report", f"{kind}: {rate:.0f} entries a second by 8 processes; {dict(sorted(done.items()))}")
    kinds = {"new cases", "batches", "accesses ended", "in a shared case", "erasures", "looks", "records opened"}
    assert set(done) >= {*kinds, "verified with 1 jobs", "verified with 2 jobs"}


def _check_twins(pairs: tuple[list[Prepared], list[Prepared]], one: list[str], other: list[str]) -> None:
    """The same bytes stand once, for both; of two entries under one id exactly one stands."""
    for first, second, told, told_too in zip(*pairs, one, other, strict=True):
        if first.leaf == second.leaf:
            assert told == told_too != "refused"
        else:
            assert sorted([told == "refused", told_too == "refused"]) == [False, True]


def _check_all_stand(ledger: Sample, folder: Path, twins: list[str]) -> int:
    """Every entry that anybody was told of is where they were told; numbers are dense, and no id stands twice."""
    report = ledger.verify()
    assert report.findings == []
    with ledger.store.read() as reader:
        leaves = {row.n: digest(row.leaf) for row in reader.entries(0, report.size)}
        assert list(leaves) == list(range(report.size))
        assert (reader.count(), reader.repeated_ids()) == (report.size, [])
    for name in (*WRITERS, "eraser"):
        told = acknowledged(folder / name)
        assert told
        assert told.items() <= leaves.items(), f"{name} was told of what does not stand"
    for line in set(twins) - {"refused"}:
        n, leaf = line.split()
        assert leaves[int(n)] == leaf
    ledger.store.close()
    return report.size
