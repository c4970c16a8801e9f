"""ledger.log.export: the log in one file, read again by a stranger; whole or not there; nothing that does not hold."""

import errno
import json
import os
import resource
import signal
import tracemalloc
from pathlib import Path

import pytest

from ledger.errors import Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.export import take_snapshot, write_log
from ledger.log.publish import publish
from tests.ledger_fixtures import Sample, copied, founded_ledger, small_ledger
from tests.stranger import Noticed, check_entries, read_file
from tests.tamper.damage import alter
from tests.tamper.filling import fill
from tests.tamper.scene import Scene, tell

SIZES = [4, 255, 256, 257, 513]


def export(ledger: Sample, path: Path, seen: Checkpoint | None = None) -> bytes:
    with ledger.store.read() as reader:
        write_log(take_snapshot(reader, ledger.origin), path, seen or ledger.checkpoint())
    return path.read_bytes()


def vkey(ledger: Sample) -> str:
    return str(ledger.signers[-1].key)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A ledger in which everything happened: keys and the log's key renewed, a revocation, an erasure."""
    return tell(tmp_path_factory.mktemp("told"))


@pytest.fixture
def ledger(told: Scene, tmp_path: Path) -> Sample:
    return copied(told.ledger, tmp_path)


def test_a_stranger_reads_what_happened(told: Scene, tmp_path: Path) -> None:
    data = export(told.ledger, tmp_path / "log.jsonl")
    log = read_file(data, vkey(told.ledger))
    assert (log.checkpoint.size, log.checkpoint.root) == (told.ledger.checkpoint().size, told.ledger.checkpoint().root)
    assert len(log.leaves) == log.checkpoint.size > 30
    keys = check_entries(log, vkey(told.ledger))
    assert told.ledger.people["outsider"].handle not in keys, "revoked"
    assert keys[told.ledger.people["practitioner"].handle] == str(told.ledger.people["practitioner"].key), "renewed"


def test_nothing_that_is_sealed_and_no_key_leaves_with_it(told: Scene, tmp_path: Path) -> None:
    data = export(told.ledger, tmp_path / "log.jsonl")
    size = told.ledger.checkpoint().size
    with told.ledger.store.read() as reader:
        sealed = [part for parts in reader.parts(0, size).values() for part in parts.values()]
        sealed += [wrap.box for wraps in reader.wraps(0, size).values() for wrap in wraps.values()]
        sealed += [token.token for tokens in reader.tokens(0, size).values() for token in tokens.values()]
    assert len(sealed) > 40
    assert [item for item in sealed if item in data or item.hex().encode() in data] == []


def test_sizes_around_the_edges_of_a_tile(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path, ["guardian", "manager"])
    for size in SIZES:
        fill(ledger, size)
        log = read_file(export(ledger, tmp_path / f"{size}.jsonl"), vkey(ledger))
        assert len(log.leaves) == ledger.checkpoint().size == max(size, 4)
    check_entries(log, vkey(ledger))


def test_the_smallest_ledger(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    log = read_file(export(ledger, tmp_path / "log.jsonl"), vkey(ledger))
    assert len(log.leaves) == 1
    check_entries(log, vkey(ledger))


def test_every_byte_of_the_file_counts(tmp_path: Path) -> None:
    ledger = founded_ledger(tmp_path)
    data = export(ledger, tmp_path / "log.jsonl")
    read_file(data, vkey(ledger))
    for at in range(len(data)):
        with pytest.raises(Noticed):
            read_file(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], vkey(ledger))
    for cut in (data[:-1], data + b"\n", data[: data.index(b"\n") + 1], b""):
        with pytest.raises(Noticed):
            read_file(cut, vkey(ledger))


def test_a_forged_entry_is_noticed_though_the_tree_holds(told: Scene, tmp_path: Path) -> None:
    """What only the entries' own signatures show: their order in the tree says nothing of who wrote them."""
    log = read_file(export(told.ledger, tmp_path / "log.jsonl"), vkey(told.ledger))
    decided = next(n for n, leaf in enumerate(log.leaves) if b'"late":false' in leaf)
    log.leaves[decided] = log.leaves[decided].replace(b'"late":false', b'"late":true')
    with pytest.raises(Noticed, match="signature that does not hold"):
        check_entries(log, vkey(told.ledger))


def test_the_file_is_its_owners_and_is_never_overwritten(ledger: Sample, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    before = export(ledger, path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused) as caught:
        export(ledger, path)
    assert caught.value.faults[0].field == "FILE"
    assert path.read_bytes() == before
    dangling = tmp_path / "link.jsonl"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(Refused):
        export(ledger, dangling)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("where", ["no/log.jsonl", "ledger.db/log.jsonl"])
def test_a_place_that_is_none(ledger: Sample, tmp_path: Path, where: str) -> None:
    with pytest.raises(Refused):
        export(ledger, tmp_path / where)


DAMAGE = {
    "an entry about people": "UPDATE entry SET leaf = leaf || x'0a' WHERE n = 7",
    "another entry": "UPDATE entry SET leaf = leaf || x'0a' WHERE n = 9",
    "an entry that is no text": "UPDATE entry SET leaf = x'ff' WHERE n = 9",
    "a missing entry": "DELETE FROM entry WHERE n = 7",
    "the last entry missing": "DELETE FROM entry WHERE n = (SELECT max(n) FROM entry)",
    "the checkpoint's signature": "UPDATE head SET checkpoint = checkpoint || x'0a'",
    "no checkpoint": "DELETE FROM head",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_does_not_hold_is_not_given_away(told: Scene, ledger: Sample, tmp_path: Path, what: str) -> None:
    seen = ledger.checkpoint()
    alter(Scene(ledger, told.at), DAMAGE[what])
    with pytest.raises(Unverified):
        export(ledger, tmp_path / "log.jsonl", seen)
    assert list(tmp_path.glob("log.jsonl*")) == []


def test_another_history_than_was_seen_is_not_given_away(ledger: Sample, tmp_path: Path) -> None:
    now = ledger.checkpoint()
    for seen in (Checkpoint(now.origin, 5, bytes(32)), Checkpoint(now.origin, now.size, bytes(32))):
        with pytest.raises(Unverified) as caught:
            export(ledger, tmp_path / "log.jsonl", seen)
        assert bytes(32).hex() in caught.value.fault.expected
    with pytest.raises(Unverified, match="old backup"):
        export(ledger, tmp_path / "log.jsonl", Checkpoint(now.origin, now.size + 1, now.root))
    assert list(tmp_path.glob("log.jsonl*")) == []


def test_a_full_disk_leaves_nothing(ledger: Sample, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with ledger.store.read() as reader:
        snapshot = take_snapshot(reader, ledger.origin)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, hard))
        try:
            with pytest.raises(Unavailable) as caught:
                write_log(snapshot, tmp_path / "log.jsonl", snapshot.checkpoint)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.fault.got == os.strerror(errno.EFBIG).lower()
    assert list(tmp_path.glob("log.jsonl*")) == []
    export(ledger, tmp_path / "log.jsonl")


def test_what_a_killed_export_left_is_told(ledger: Sample, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl.part").write_bytes(b"half")
    with pytest.raises(Refused) as caught:
        export(ledger, tmp_path / "log.jsonl")
    assert "delete log.jsonl.part" in caught.value.faults[0].hint
    (tmp_path / "log.jsonl.part").unlink()
    export(ledger, tmp_path / "log.jsonl")


def most_held(ledger: Sample, path: Path) -> int:
    """The most bytes that Python held for either export."""
    with ledger.store.read() as reader:
        snapshot = take_snapshot(reader, ledger.origin)
        tracemalloc.start()
        write_log(snapshot, path.with_suffix(".jsonl"), snapshot.checkpoint)
        publish(snapshot, path, snapshot.checkpoint)
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return held


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path, ["guardian", "manager"])
    fill(ledger, 600)
    most_held(ledger, tmp_path / "first")
    before = most_held(ledger, tmp_path / "small")
    fill(ledger, 1_800)
    assert most_held(ledger, tmp_path / "large") < 1.1 * before


def test_lines_are_what_the_page_says(ledger: Sample, tmp_path: Path) -> None:
    first, *lines = export(ledger, tmp_path / "log.jsonl").decode().split("\n")
    assert json.loads(first) == {"checkpoint": ledger.head().decode(), "format": "consent-ledger/log@v1"}
    assert json.loads(lines[3]) == {"leaf": ledger.entry(3).leaf.decode(), "n": 3}
