"""Verification of sound ledgers: nothing found, everything counted, the same however many processes share the work."""

from dataclasses import asdict, replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Malformed, Refused, Unavailable
from ledger.log.append import MAX_BATCH, Log
from ledger.log.checkpoint import Checkpoint
from ledger.log.copying import copy_ledger
from ledger.log.note import Signer
from ledger.log.parts import check_part
from ledger.log.store import Store
from ledger.log.tiles import hash_reader
from ledger.log.tree import EMPTY_ROOT, read_roots, root_of
from ledger.log.verify import PARALLEL_FROM, _in_order, chained, verify
from ledger.log.whole import Expected, frame_of
from ledger.records.followups import approve_erasure, erase, request_erasure
from ledger.records.people import revoke, rotate
from ledger.records.writing import Draft
from ledger.sealing.identity import Identity
from tests.ledger_databases import alter, new_store, rows
from tests.ledger_fixtures import NOW, PACKS, Sample, case, copied, founded_ledger, seed_of, small_ledger

CASE = case(1)


def _lived_in(directory: Path, kind: str = "sqlite") -> Sample:
    """A ledger in which something of everything has happened."""
    ledger = small_ledger(directory, store=new_store(kind, directory))
    decided = [
        ledger.decide("practitioner", CASE),
        ledger.decide("outsider", case(2)),
        ledger.decide("manager", case(3)),
    ]
    ledger.desk("guardian").write(
        Draft("decision.reviewed", CASE, refs=(decided[0].header.id,), record={"review": "endorsed"})
    )
    ledger.desk("practitioner").write(Draft("access.granted", CASE, body={"handle": "p-colleague"}))
    ledger.desk("practitioner").write(Draft("note.added", CASE, record={"note": "x"}))
    ledger.desk("manager").write(Draft("access.ended", CASE, body={"handle": "p-colleague", "reason": "left"}))
    renewed = Identity("p-practitioner", seed_of("practitioner again"))
    rotate(ledger.desk("practitioner"), renewed)
    ledger.people["practitioner"] = renewed
    ledger.desk("practitioner").write(Draft("note.added", CASE, record={"note": "y"}))
    refs = (decided[1].header.id,)
    asked = ledger.desk("lead").write(Draft("erasure.requested", case(2), refs=refs, body={"reason": "other"}))
    approved = ledger.desk("guardian").write(Draft("erasure.approved", case(2), refs=(asked.header.id,)))
    ledger.desk("lead").write(Draft("erasure.done", case(2), refs=(approved.header.id,)))
    revoke(ledger.desk("founder"), "p-outsider", "left", since=decided[1].n)
    ledger.ids["suspect"] = decided[1].n.to_bytes(2, "big")
    return ledger


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, kind: str) -> Sample:
    return _lived_in(tmp_path_factory.mktemp("verify"), kind)


def test_a_sound_ledger_gives_no_finding_and_counts_what_it_checked(whole: Sample) -> None:
    report = whole.verify()
    size = whole.checkpoint().size

    assert report.findings == []
    assert report.ok
    assert (report.origin, report.size, report.root) == (whole.origin, size, whole.checkpoint().root)
    assert report.checked["entries"] == report.checked["signatures"] == report.checked["stored_hashes"] == size
    # a server looks after its own files
    assert report.could_not_check == ({} if whole.url.startswith("sqlite") else {"the database file as a whole": 1})


def test_counts_are_those_of_the_tables(whole: Sample) -> None:
    report = whole.verify()
    counted = {
        name: rows(whole.url, f"SELECT count(*) FROM {name}")[0][0] for name in ("ref", "part", "wrap", "removed_wrap")
    }

    assert report.checked["references"] == counted["ref"]
    assert report.checked["sealed_parts"] == counted["part"]
    assert report.checked["wraps"] == counted["wrap"] + counted["removed_wrap"]
    assert counted["removed_wrap"] > 0


def test_what_was_erased_is_absent_and_not_a_failure(whole: Sample) -> None:
    report = whole.verify()

    assert report.absent == {"erased_parts": 2}
    assert report.ok


def test_what_a_revocation_casts_doubt_on_is_told_apart_from_findings(whole: Sample) -> None:
    assert whole.verify().suspect == [int.from_bytes(whole.ids["suspect"], "big")]
    assert whole.verify().ok


def test_every_beginning_of_a_ledger_verified_when_it_was_made(tmp_path: Path) -> None:
    """After each append, not only at the end: sizes 1 to 30, across the turns of the tree."""
    ledger = founded_ledger(tmp_path)
    assert ledger.verify().findings == []
    for number in range(30):
        ledger.append(ledger.signed("founder", "ledger.packs_adopted", number, body={"packs": PACKS}))
        report = ledger.verify()
        assert report.findings == []
        assert report.root == root_of([ledger.entry(n).leaf for n in range(report.size)])


def test_an_empty_database_is_told_as_one_without_a_founder_or_head(tmp_path: Path, kind: str) -> None:
    store = new_store(kind, tmp_path)
    report = verify(store, "sample/0123456789abcdef0123456789abcdef", NOW)
    store.close()

    assert (report.size, report.root, report.ok) == (0, EMPTY_ROOT, False)
    assert sorted({finding.kind for finding in report.findings}) == ["head", "no_founder"]
    assert [finding.entry for finding in report.findings] == [None, None]


def test_a_file_that_is_no_database_is_malformed(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"not a database at all" * 100)
    store = Store.at(tmp_path / "ledger.db")
    with pytest.raises(Malformed):
        verify(store, "sample/0123456789abcdef0123456789abcdef", NOW)
    store.close()


def test_a_clock_behind_finds_entries_from_the_future(whole: Sample) -> None:
    report = verify(whole.store, whole.origin, NOW - 301, jobs=1)

    assert {finding.kind for finding in report.findings} == {"time_ahead"}
    assert verify(whole.store, whole.origin, NOW - 300, jobs=1).ok


# -- what a verifier knows from elsewhere


def _known(ledger: Sample, *checkpoints: Checkpoint) -> list[str]:
    return [item.kind for item in ledger.verify(expected=Expected(checkpoints=checkpoints)).findings]


def test_every_true_checkpoint_is_confirmed_and_every_false_one_found(whole: Sample) -> None:
    leaves = [whole.entry(n).leaf for n in range(whole.checkpoint().size)]
    true = [Checkpoint(whole.origin, size, root_of(leaves[:size])) for size in range(len(leaves) + 1)]

    assert _known(whole, *true) == []
    for checkpoint in true:
        assert _known(whole, Checkpoint(whole.origin, checkpoint.size, bytes(32))) == ["fork"]
    assert _known(whole, Checkpoint(whole.origin, len(leaves) + 1, bytes(32))) == ["rollback"]


def test_the_pinned_log_key_is_one_of_the_ledgers(whole: Sample) -> None:
    other = Signer(whole.origin, seed_of("another log key")).key
    kinds = [item.kind for item in whole.verify(expected=Expected(log_key=other)).findings]

    assert kinds == ["log_key"]
    assert whole.verify(expected=Expected(log_key=whole.signers[0].key)).ok


def test_another_origin_is_found(whole: Sample) -> None:
    report = verify(whole.store, "other/0123456789abcdef0123456789abcdef", NOW, jobs=1)

    assert not report.ok
    assert {"origin", "no_founder"} <= {item.kind for item in report.findings}


# -- many


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Just above 10,000 entries, in the largest batches, by two authors in turn, after a beginning that was lived."""
    ledger = _lived_in(tmp_path_factory.mktemp("large"))
    number = 0
    while ledger.checkpoint().size <= PARALLEL_FROM:
        seen = ledger.checkpoint()
        more: dict[str, Any] = {"seen_size": seen.size, "seen_root": seen.root}
        batch = []
        for _turn in range(min(MAX_BATCH, PARALLEL_FROM + 1 - seen.size)):
            number += 1
            who = ("lead", "guardian")[number % 2]
            in_case = case(10 + number % 50)
            batch.append(ledger.signed(who, "hold.placed", number, case=in_case, body={"reason": "court"}, **more))
        ledger.append(*batch)
    ledger.store.close()
    return ledger


@pytest.fixture(scope="module")
def large(large_file: Sample, kind: str, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The same in each database."""
    if kind == "sqlite":
        return large_file
    store = new_store(kind, tmp_path_factory.mktemp("moved"))
    copy_ledger(large_file.store, store)
    return replace(large_file, store=store, log=Log(store, large_file.origin, large_file.signers))


def test_many_processes_verify_a_large_ledger_and_tell_how_far_they_are(large: Sample) -> None:
    assert large.checkpoint().size > PARALLEL_FROM
    progress: list[tuple[int, int]] = []
    report = large.verify(jobs=2, progress=lambda done, size: progress.append((done, size)))

    assert report.findings == []
    assert report.root == large.checkpoint().root
    assert report.checked["entries"] == report.checked["signatures"] == large.checkpoint().size
    assert (report.absent, len(report.suspect)) == ({"erased_parts": 2}, 1)
    done = [item[0] for item in progress]
    assert done == sorted(done)
    assert progress[-1] == (report.size, report.size)
    assert len(progress) > 2


def test_many_processes_find_what_one_finds(large: Sample, tmp_path: Path) -> None:
    ledger = copied(large, tmp_path)
    ledger.store.close()
    alter(
        ledger.url,
        "UPDATE entry SET author = 'p-other' WHERE n IN (3000, 9000)",
        "UPDATE entry SET leaf = x'00' WHERE n = 5000",
        "DELETE FROM entry WHERE n = 7000",
        "DELETE FROM part WHERE n = 8",
    )
    parallel, serial = ledger.verify(jobs=2), ledger.verify(jobs=1)

    assert asdict(parallel) == asdict(serial)
    assert {3000, 5000, 7000, 8, 9000} <= {finding.entry for finding in parallel.findings}


def test_many_processes_find_hashes_of_another_type(large_file: Sample, tmp_path: Path) -> None:
    """Which a server's tables do not hold: SQLite's take anything."""
    ledger = copied(large_file, tmp_path)
    ledger.store.close()
    alter(
        ledger.url,
        "UPDATE stored_hash SET digest = 5 WHERE level = 0 AND number IN (4095, 9999)",
        "UPDATE stored_hash SET digest = 'text' WHERE level = 0 AND number = 4096",
        "UPDATE stored_hash SET digest = 5 WHERE level = 1 AND number = 16",
    )
    found = {(finding.entry, finding.kind) for finding in ledger.verify(jobs=2).findings}
    assert found >= {(4095, "stored_hash"), (4096, "stored_hash"), (9999, "stored_hash"), (None, "stored_hash")}


def test_a_process_that_is_ended_from_outside_is_told_as_that(large: Sample) -> None:
    def end_them(_done: int, _size: int) -> None:
        for child in active_children():
            child.kill()

    with pytest.raises(Unavailable, match="--jobs 1"):
        large.verify(jobs=2, progress=end_them)
    assert active_children() == []


def test_what_was_seen_before_the_largest_batch_is_too_old_after_it(large: Sample) -> None:
    """The window of `seen` and the largest batch are made for one another (docs/FORMAT.md §1)."""
    n = large.checkpoint().size
    with large.store.read() as reader:
        read = hash_reader(reader.stored_hashes)
        roots = {size: read_roots(read, [(0, size)])[0] for size in (n - MAX_BATCH, n - MAX_BATCH + 1)}
    stale, fresh = (
        large.signed("founder", "ledger.packs_adopted", 20_000 + n, seen_size=size, seen_root=root, body={"packs": []})
        for size, root in roots.items()
    )
    with pytest.raises(Refused, match="seen_bounds"):
        large.append(stale)
    large.append(fresh)


def test_an_erasure_while_workers_read_is_no_damage(tmp_path: Path, kind: str) -> None:
    """A worker's snapshot is later than the one that says what was erased: what it misses is looked at again there."""
    ledger = small_ledger(tmp_path, store=new_store(kind, tmp_path))
    written = ledger.decide("practitioner", case(1))
    asked = request_erasure(ledger.desk("lead"), case(1), [written.header.id], "retention_over")
    agreed = approve_erasure(ledger.desk("guardian"), case(1), asked.header.id)
    with ledger.store.read() as before:
        frame = frame_of(before, ledger.origin, ledger.clock(), Expected())
        erase(ledger.desk("lead"), case(1), agreed.header.id)
        with ledger.store.read() as after:
            worker = check_part(after, frame, 0, frame.size)
        assert {(item.entry, item.kind) for item in worker.findings} >= {(written.n, "part_missing")}
        assert _in_order(before, frame, None).findings == []
    assert ledger.verify().findings == []


def test_entries_added_while_workers_read_are_no_damage(tmp_path: Path) -> None:
    """What was added since is nothing to the parts that others verify; what lies beyond the log is asked here."""
    ledger = small_ledger(tmp_path)
    ledger.decide("practitioner", case(1))
    with ledger.store.read() as before:
        frame = frame_of(before, ledger.origin, ledger.clock(), Expected())
        ledger.decide("practitioner", case(1))
        ledger.decide("colleague", case(2))
        with ledger.store.read() as after:
            worker = check_part(after, frame, 0, frame.size - 1)
        own = check_part(before, frame, frame.size - 1, frame.size)
    assert (worker.findings, own.findings) == ([], [])
    assert chained([worker, own])
