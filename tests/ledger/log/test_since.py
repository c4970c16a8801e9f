"""What is new since the first N entries were verified: found where it does not hold, for a cost of what is new."""

from collections import Counter
from cProfile import Profile
from pathlib import Path
from pstats import Stats

import pytest

from ledger.errors import Refused
from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import parse_entry
from ledger.log.tree import leaf_hash, root_of, root_over
from ledger.log.whole import Expected
from ledger.records.followups import approve_erasure, erase, request_erasure
from ledger.records.writing import Draft
from tests.ledger_databases import new_store
from tests.ledger_fixtures import Sample, case, copied, small_ledger
from tests.tamper.damage import alter, history, lay_out, sign, unguarded
from tests.tamper.filling import fill
from tests.tamper.scene import Scene

OLD = 5_002
NEW = 50


def _grown(directory: Path, kind: str) -> tuple[Sample, int]:
    """A ledger that was verified at some size, and what came after: an erasure, an access ended, new entries."""
    ledger = small_ledger(directory, store=new_store(kind, directory))
    first = ledger.decide("practitioner", case(1))
    second = ledger.decide("colleague", case(2))
    ledger.desk("practitioner").write(Draft("access.granted", case(1), body={"handle": "p-outsider"}))
    shared = ledger.desk("practitioner").write(Draft("note.added", case(1), record={"note": "for both"}))
    ledger.ids.update(erased=second.header.id, kept=first.header.id)
    ledger.ids["shared"] = shared.n.to_bytes(2, "big")
    assert ledger.verify().ok
    size = ledger.checkpoint().size
    body = {"handle": "p-outsider", "reason": "no_longer_needed"}
    ledger.desk("manager").write(Draft("access.ended", case(1), body=body))
    asked = request_erasure(ledger.desk("lead"), case(2), [second.header.id], "retention_over")
    agreed = approve_erasure(ledger.desk("guardian"), case(2), asked.header.id)
    erase(ledger.desk("lead"), case(2), agreed.header.id)
    ledger.decide("manager", case(3))
    return ledger, size


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, kind: str) -> tuple[Sample, int]:
    return _grown(tmp_path_factory.mktemp("since"), kind)


@pytest.fixture(scope="module")
def grown_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, int]:
    """The same in a file, which tests can damage in every way that SQLite knows."""
    return _grown(tmp_path_factory.mktemp("since"), "sqlite")


def test_what_is_new_holds_and_what_was_not_looked_at_is_said(grown: tuple[Sample, int]) -> None:
    ledger, size = grown
    report, full = ledger.verify(since=size), ledger.verify()
    leaves = [ledger.entry(n).leaf for n in range(size)]

    assert report.ok
    assert (report.size, report.root) == (full.size, full.root)
    assert (report.since, report.since_root) == (size, root_of(leaves))
    assert report.checked["entries"] == report.checked["signatures"] == full.size - size
    assert report.could_not_check == {f"entries before {size}": size, "the database file as a whole": 1}


def test_every_size_that_was_verified_before(grown: tuple[Sample, int]) -> None:
    ledger, _size = grown
    size = ledger.checkpoint().size
    for first in range(1, size + 1):
        report = ledger.verify(since=first)
        assert report.findings == []
        assert report.checked["entries"] == size - first
        assert report.root == ledger.checkpoint().root
    for wrong in (-1, size + 1):
        with pytest.raises(Refused, match="--since"):
            ledger.verify(since=wrong)


@pytest.mark.parametrize(
    ("sql", "entry", "kind"),
    [
        ("UPDATE entry SET at = at + 1 WHERE n = {new}", "new", "column"),
        ("DELETE FROM part WHERE n = {new} AND part = 'codes'", "new", "part_missing"),
        ("UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 0 AND number = {new}", "new", "stored_hash"),
        # what newer entries took away must be gone from the old ones
        ("INSERT INTO part VALUES ({erased}, 'record', zeroblob(600))", "erased", "part_after_erasure"),
        ("INSERT INTO token VALUES ({erased}, 0, 'nhs', zeroblob(32), zeroblob(16))", "erased", "tokens"),
        (
            "INSERT INTO wrap SELECT n, position, under, handle, zeroblob(80) FROM removed_wrap WHERE n = {erased}"
            " AND position = 0; DELETE FROM removed_wrap WHERE n = {erased} AND position = 0",
            "erased",
            "wraps",
        ),
        (
            "INSERT INTO wrap SELECT n, position, under, handle, zeroblob(80) FROM removed_wrap WHERE n = {shared};"
            " DELETE FROM removed_wrap WHERE n = {shared}",
            "shared",
            "wraps",
        ),
        # the tree over the old entries, and rows under no entry's number
        ("UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 0 AND number = 3", 3, "stored_hash"),
        ("INSERT INTO ref VALUES (99, 0, zeroblob(16))", 99, "extra_row"),
        ("INSERT INTO ref VALUES (-1, 0, zeroblob(16))", -1, "extra_row"),
        ("INSERT INTO stored_hash VALUES (0, 99, zeroblob(32))", None, "stored_hash"),
        ("INSERT INTO stored_hash VALUES (1, 0, zeroblob(32))", None, "stored_hash"),
        (
            "UPDATE head SET checkpoint = CAST(checkpoint || x'e28094207820414141414141413d0a' AS BLOB)",
            None,
            "checkpoint",
        ),
    ],
)
def test_what_does_not_hold_of_it_is_found(
    grown_file: tuple[Sample, int], tmp_path: Path, sql: str, entry: str | int | None, kind: str
) -> None:
    """And then everything is looked at again: the answer is that of a whole verification."""
    original, size = grown_file
    ledger = copied(original, tmp_path)
    with ledger.store.read() as reader:
        erased = reader.by_id(ledger.ids["erased"])
    assert erased is not None
    shared = int.from_bytes(ledger.ids["shared"], "big")
    places = {"new": ledger.checkpoint().size - 1, "erased": erased.n, "shared": shared}
    ledger.store.close()
    with unguarded(ledger.path) as connection:
        for statement in sql.split(";"):
            assert connection.execute(statement.format(**places)).rowcount > 0
    report = ledger.verify(since=size)

    assert (places[entry] if isinstance(entry, str) else entry, kind) in {(f.entry, f.kind) for f in report.findings}
    assert report == ledger.verify()


def test_old_rows_are_as_they_were_verified(grown_file: tuple[Sample, int], tmp_path: Path) -> None:
    """What somebody changes in the first N afterwards, and nothing new touches, is for a whole verification."""
    original, size = grown_file
    ledger = copied(original, tmp_path)
    ledger.store.close()
    with unguarded(ledger.path) as connection:
        connection.execute("UPDATE entry SET at = at + 1 WHERE n = 2")
    assert ledger.verify(since=size).ok
    assert not ledger.verify().ok


def test_checkpoints_that_were_seen_before_must_still_be_true(grown: tuple[Sample, int]) -> None:
    ledger, size = grown
    leaves = [ledger.entry(n).leaf for n in range(ledger.checkpoint().size)]
    for seen in (0, 1, 2, 7, size - 1, size, size + 1, len(leaves)):
        true = Checkpoint(ledger.origin, seen, root_of(leaves[:seen]))
        false = Checkpoint(ledger.origin, seen, bytes(32))
        assert ledger.verify(since=size, expected=Expected(checkpoints=[true])).ok
        report = ledger.verify(since=size, expected=Expected(checkpoints=[false]))
        assert [item.kind for item in report.findings] == ["fork"]


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Two full tiles, and a few entries more."""
    ledger = small_ledger(tmp_path_factory.mktemp("tiled"), ["guardian", "manager"])
    fill(ledger, 515)
    return ledger


@pytest.mark.parametrize("since", [511, 512, 513])
def test_what_an_author_had_seen_is_of_the_tree_whose_root_is_shown(tiled: Sample, tmp_path: Path, since: int) -> None:
    """Its rows below a full tile are others than the tree is read from: altering these makes no false root true."""
    scene = Scene(copied(tiled, tmp_path))
    entries = history(scene)[:513]
    hashes = [leaf_hash(laid.leaf) for laid in entries]
    hashes[509] = bytes(range(32))
    at = parse_entry(entries[-1].leaf, tiled.origin).header.at
    false = {"seen_size": 510, "seen_root": root_over(hashes[:510])}
    founder = scene.ledger.people["founder"]
    entries.append(sign(scene, entries, founder, "ledger.packs_adopted", body={"packs": []}, at=at, **false))
    lay_out(scene, entries)
    assert (513, "seen_root") in {(item.entry, item.kind) for item in scene.ledger.verify(since=since).findings}

    alter(scene, f"UPDATE stored_hash SET digest = x'{hashes[509].hex()}' WHERE level = 0 AND number = 509")
    report = scene.ledger.verify(since=since)
    assert {(509, "stored_hash"), (513, "seen_root")} <= {(item.entry, item.kind) for item in report.findings}


@pytest.mark.parametrize("number", [255, 256, 511, 512, 514])
@pytest.mark.parametrize("value", ["5", "'" + "x" * 32 + "'", "zeroblob(31)"])
def test_a_hash_of_another_type_is_a_finding(tiled: Sample, tmp_path: Path, number: int, value: str) -> None:
    """In what is new and in the last, open tile before it; those before are the whole verification's to look at."""
    scene = Scene(copied(tiled, tmp_path))
    alter(scene, f"UPDATE stored_hash SET digest = {value} WHERE level = 0 AND number = {number}")
    for since in (255, 256, 257, 511, 512, 513):
        if number >= since - since % 256:
            report = scene.ledger.verify(since=since)
            assert (number, "stored_hash") in {(item.entry, item.kind) for item in report.findings}, since


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("value", ["5", "'" + "x" * 32 + "'", "zeroblob(31)"])
def test_a_hash_above_the_leaves_of_another_type_is_a_finding(
    tiled: Sample, tmp_path: Path, number: int, value: str
) -> None:
    scene = Scene(copied(tiled, tmp_path))
    alter(scene, f"UPDATE stored_hash SET digest = {value} WHERE level = 1 AND number = {number}")
    for since in (255, 256, 257, 511, 512, 513):
        assert "stored_hash" in {item.kind for item in scene.ledger.verify(since=since).findings}, since


def _parsed(ledger: Sample, first: int) -> Counter[str]:
    """How many entries each module parses while the ledger is verified since `first`."""
    profile = Profile()
    assert profile.runcall(ledger.verify, since=first).ok
    code = parse_entry.__code__
    calls = Stats(profile).stats[code.co_filename, code.co_firstlineno, code.co_name]  # type: ignore[attr-defined]
    parsed: Counter[str] = Counter()
    for (path, _line, _name), (count, *_times) in calls[4].items():
        parsed[Path(path).stem] += count
    return parsed


def test_it_costs_what_is_new(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path, ["guardian", "manager"])
    fill(ledger, OLD)
    fill(ledger, OLD + NEW)

    # of the old entries: people, twice the author's newest, and what the one case that goes on had before
    assert _parsed(ledger, OLD) == {"scan": NEW, "whole": 3, "outside": 2 + OLD % 4}
