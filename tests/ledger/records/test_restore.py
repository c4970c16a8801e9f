"""A backup compared with what is known here, and put in the ledger's place: what is lost is declared in the log."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Malformed, NotPermitted, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.snapshot import take
from ledger.log.store import Store
from ledger.records.backup import back_up, open_backup
from ledger.records.place import DATABASE, LOG_KEY, Place, Settings, secret_text
from ledger.records.restore import Relation, Stands, restoring, stands
from ledger.records.writing import Draft
from tests.ledger_databases import alter, new_store, postgres_server, postgres_url
from tests.ledger_fixtures import PACKS, Sample, case, copied, seed_of, small_ledger


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("restore"), ["guardian", "practitioner"])
    ledger.decide("practitioner", case(1))
    return ledger


class Scene:
    """A ledger's directory, a backup of it, and what happened since."""

    def __init__(self, ledger: Sample, backup: Path, database: str = DATABASE) -> None:
        self.ledger, self.backup = ledger, backup
        self.place = Place(ledger.path.parent)
        key = ledger.signers[0].key
        self.place.finish(Settings(ledger.origin, key, database), secret_text(ledger.origin, ledger.log_seed, key))
        back_up(ledger.store, backup, self.place.settings(), ledger.clock(), None)
        self.at_backup = ledger.checkpoint()

    def grow(self, entries: int) -> Checkpoint:
        for _ in range(entries):
            self.ledger.desk("founder").write(Draft("ledger.packs_adopted", body={"packs": PACKS}))
        return self.ledger.checkpoint()

    def stands(self, seen: Checkpoint | None, backup: Path | None = None) -> Stands:
        sound = open_backup(backup or self.backup, self.place.settings(), self.ledger.clock())
        return stands(sound, seen, self.place)

    def restore(self, lost: Checkpoint | None, who: str = "founder") -> Path | None:
        self.ledger.store.close()
        with restoring(self.backup, self.place, self.ledger.clock()) as ready:
            if lost is not None:
                signers = self.place.log_signers()
                ready.declare(lost, seed_of(who), signers, self.ledger.clock, self.ledger.chance)
            found = stands(ready.backup, None, self.place)
            self.meanwhile()
            return ready.put_in_place(self.ledger.clock(), found)

    def meanwhile(self) -> None:
        """What happens between looking and putting in place; nothing, if no test says otherwise."""

    def names(self) -> list[str]:
        return sorted(path.name for path in self.place.directory.iterdir())


@pytest.fixture
def scene(whole: Sample, tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "ledger").mkdir()
    scene = Scene(copied(whole, tmp_path / "ledger"), tmp_path / "one.backup")
    yield scene
    scene.ledger.store.close()


# -- how a backup stands


def test_the_same(scene: Scene) -> None:
    assert scene.stands(scene.at_backup) == Stands(Relation("same"), Relation("same"), "sound")
    assert scene.stands(None) == Stands(None, Relation("same"), "sound")


def test_behind_by_so_many_entries_and_proved(scene: Scene) -> None:
    seen, there = scene.grow(2), scene.grow(3)
    expected = Stands(Relation("behind", 2), Relation("behind", 5), "sound", lost=there)
    assert scene.stands(seen) == expected
    assert scene.stands(there).lost == there
    assert scene.stands(None).lost == there


def test_ahead_of_what_this_computer_saw(scene: Scene) -> None:
    seen = scene.ledger.checkpoint()
    scene.grow(3)
    newer = scene.backup.with_name("newer.backup")
    back_up(scene.ledger.store, newer, scene.place.settings(), scene.ledger.clock(), None)
    assert scene.stands(seen, newer) == Stands(Relation("ahead", 3), Relation("same"), "sound")


@pytest.mark.parametrize("damage", ["gone", "text", "a leaf", "a hash"])
def test_where_the_ledger_is_damaged_or_gone(scene: Scene, damage: str) -> None:
    seen = scene.grow(3)
    scene.ledger.store.close()
    if damage == "gone":
        scene.ledger.path.unlink()
    elif damage == "text":
        scene.ledger.path.write_text("dear diary")
    else:
        _spoil(scene, damage)
    found = scene.stands(seen)

    assert found.state == ("gone" if damage == "gone" else "sound" if damage == "a leaf" else "damaged")
    assert found.seen == Relation("behind", 3, proved=damage == "a leaf")
    assert found.lost == seen
    assert not found.fork


def _spoil(scene: Scene, damage: str) -> None:
    sql = {
        # beyond what the backup has: the tree that was signed over it still says what came first
        "a leaf": "UPDATE entry SET leaf = x'00' WHERE n = 5",
        # a hash of the part that both have: it must not look as if the history were another one
        "a hash": "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 0 AND number = 1",
    }
    alter(f"sqlite:///{scene.ledger.path}", sql[damage])


def test_a_hash_that_was_altered_beneath_a_whole_tile_is_no_other_history(scene: Scene) -> None:
    """The tree's end is over tiles, and does not show it; the leaves do."""
    drafts = [Draft("ledger.packs_adopted", body={"packs": PACKS}) for _ in range(256)]
    scene.ledger.desk("founder").write_all(drafts)
    seen = scene.ledger.checkpoint()
    _spoil(scene, "a hash")

    assert scene.stands(seen) == Stands(Relation("behind", 256), Relation("behind", 256), "sound", lost=seen)


def test_another_history_is_a_fork_by_what_is_there_or_by_what_was_seen(
    scene: Scene, whole: Sample, tmp_path: Path
) -> None:
    (tmp_path / "fork").mkdir()
    fork = copied(whole, tmp_path / "fork")
    for number in range(3):
        fork.decide("practitioner", case(number))
    back_up(fork.store, tmp_path / "fork.backup", scene.place.settings(), fork.clock(), None)
    shorter = scene.grow(1)
    assert scene.stands(None, tmp_path / "fork.backup").fork
    assert scene.stands(shorter, tmp_path / "fork.backup").seen == Relation("fork")
    longer = scene.grow(5)
    found = scene.stands(longer, tmp_path / "fork.backup")
    assert found.present == Relation("fork", 3)
    assert found.fork


def test_what_is_there_counts_for_nothing_if_it_is_not_what_was_seen(
    scene: Scene, whole: Sample, tmp_path: Path
) -> None:
    """Somebody put another history in the ledger's place: the backup that holds what was seen is the right one."""
    (tmp_path / "fork").mkdir()
    fork = copied(whole, tmp_path / "fork")
    for number in range(5):
        fork.decide("practitioner", case(number))
    seen = scene.grow(1)
    newer = tmp_path / "newer.backup"
    back_up(scene.ledger.store, newer, scene.place.settings(), scene.ledger.clock(), None)
    scene.ledger.store.close()
    scene.ledger.path.unlink()
    take(fork.path, scene.ledger.path)

    assert scene.stands(seen, newer) == Stands(Relation("same"), None, "another")


def test_what_was_erased_since_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    ledger = small_ledger(tmp_path / "ledger", ["guardian", "practitioner", "lead"])
    target = ledger.decide("practitioner", case(4))
    ledger.decide("practitioner", case(5))
    scene = Scene(ledger, tmp_path / "one.backup")
    assert scene.stands(None).back == ()
    _erase(ledger, target.header.id)
    assert scene.stands(None).back == (target.n,)
    later = tmp_path / "later.backup"
    back_up(ledger.store, later, scene.place.settings(), ledger.clock(), None)
    assert scene.stands(None, later).back == ()

    scene.restore(ledger.checkpoint())
    with ledger.store.read() as reader:
        assert "record" in reader.parts(target.n, target.n + 1)[target.n]
    assert ledger.verify().ok, "the erasure is lost too, so nothing says that it should not be there"


def _erase(ledger: Sample, target: bytes) -> None:
    body = {"reason": "recorded_in_error"}
    asked = ledger.desk("lead").write(Draft("erasure.requested", case(4), refs=(target,), body=body))
    approved = ledger.desk("guardian").write(Draft("erasure.approved", case(4), refs=(asked.header.id,)))
    ledger.desk("lead").write(Draft("erasure.done", case(4), refs=(approved.header.id,)))


# -- putting it back


def test_nothing_known_is_lost_so_nothing_is_written(scene: Scene) -> None:
    kept = scene.restore(None)

    assert scene.ledger.checkpoint() == scene.at_backup
    assert scene.ledger.verify().ok
    assert kept is not None
    assert kept.name.startswith("ledger.db.replaced-20260921T")
    scene.ledger.store.close()
    assert scene.names() == ["ledger.db", kept.name, "ledger.toml", LOG_KEY]


def test_a_loss_is_the_first_new_entry_and_what_was_there_is_kept(scene: Scene) -> None:
    there = scene.grow(3)
    kept = scene.restore(there)
    assert kept is not None
    body = scene.ledger.entry(scene.at_backup.size).header.body

    assert body == {"lost": {"size": there.size, "root": there.root.hex()}}
    assert scene.ledger.checkpoint().size == scene.at_backup.size + 1
    assert scene.ledger.roster().losses[0].by == "p-founder"
    assert scene.ledger.verify().ok
    with closing(Store.to_read(kept)) as store, store.read() as reader:
        assert reader.count() == there.size
    assert kept.stat().st_mode & 0o777 == scene.ledger.path.stat().st_mode & 0o777 == 0o600
    assert not [name for name in scene.names() if "restoring" in name or name.endswith(".part")]


@pytest.mark.parametrize("damage", [None, b"dear diary"])
def test_a_loss_is_declared_where_what_was_there_cannot_be_opened(scene: Scene, damage: bytes | None) -> None:
    seen = scene.grow(3)
    scene.ledger.store.close()
    scene.ledger.path.unlink()
    if damage is not None:
        scene.ledger.path.write_bytes(damage)
    (scene.place.directory / "ledger.db.replaced-20260921T000000Z.part").write_bytes(b"left by one that was stopped")
    kept = scene.restore(seen)

    assert (kept.read_bytes() if kept else None) == damage
    assert scene.ledger.roster().losses[0].size == seen.size
    assert scene.ledger.verify().ok
    assert not [name for name in scene.names() if "restoring" in name or name.endswith(".part")]


@pytest.mark.parametrize("there", ["the ledger", "nothing"])
def test_what_is_recorded_after_somebody_looked_is_not_replaced(
    scene: Scene, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = scene.place.directory.with_name("away.db")
    if there == "nothing":
        scene.ledger.store.close()
        scene.ledger.path.rename(away)

    def recorded() -> None:
        if there == "nothing":
            away.rename(scene.ledger.path)
        scene.grow(1)
        scene.ledger.store.close()

    monkeypatch.setattr(scene, "meanwhile", recorded)
    with pytest.raises(Unavailable) as caught:
        scene.restore(None)

    assert "recorded meanwhile" in caught.value.fault.got
    assert scene.ledger.checkpoint().size == scene.at_backup.size + 1
    assert scene.ledger.verify().ok
    scene.ledger.store.close()
    assert scene.names() == ["ledger.db", "ledger.toml", LOG_KEY]


@pytest.mark.parametrize("who", ["guardian", "practitioner", "a stranger"])
def test_only_an_administrator_declares_a_loss(scene: Scene, who: str) -> None:
    there = scene.grow(3)
    before = scene.names()
    with pytest.raises(NotPermitted):
        scene.restore(there, who)

    assert scene.ledger.checkpoint() == there
    assert [name for name in scene.names() if not name.endswith(("-wal", "-shm"))] == [
        name for name in before if not name.endswith(("-wal", "-shm"))
    ]


def test_without_the_logs_key_nothing_is_declared(scene: Scene) -> None:
    there = scene.grow(1)
    (scene.place.directory / LOG_KEY).unlink()
    with pytest.raises(NotPermitted):
        scene.restore(there)
    assert scene.ledger.checkpoint() == there


def test_a_backup_that_does_not_hold_changes_nothing(scene: Scene) -> None:
    there = scene.grow(1)
    whole = scene.backup.read_bytes()
    at = whole.index(scene.ledger.entry(2).leaf[:60])
    for data, kind in ((b"dear diary", Malformed), (whole[:at] + b"X" + whole[at + 1 :], Unverified)):
        scene.backup.write_bytes(data)
        with pytest.raises(kind):
            scene.restore(there)
        assert scene.ledger.checkpoint() == there
        assert not [name for name in scene.names() if "restoring" in name]


def test_one_restore_at_a_time_and_what_a_stopped_one_left_is_cleared(scene: Scene) -> None:
    (scene.place.directory / "ledger.db.restoring").write_bytes(b"half")
    with (
        restoring(scene.backup, scene.place, scene.ledger.clock()),
        pytest.raises(Unavailable),
        restoring(scene.backup, scene.place, scene.ledger.clock()),
    ):
        raise AssertionError("two at once")
    assert not [name for name in scene.names() if "restoring" in name]


def test_a_ledger_on_a_server_is_backed_up_and_restored_into_an_empty_database(tmp_path: Path) -> None:
    with postgres_server().dropping():
        (tmp_path / "ledger").mkdir()
        ledger = small_ledger(tmp_path / "ledger", ["guardian"], new_store("postgresql", tmp_path))
        scene = Scene(ledger, tmp_path / "one.backup", ledger.store.url)
        there = scene.grow(2)
        with pytest.raises(LedgerError) as caught:
            scene.restore(there)
        assert isinstance(caught.value, Refused)
        assert ledger.checkpoint() == there

        empty = postgres_url()
        _point_at(scene.place, empty)
        found = scene.stands(there)
        assert (found.state, found.lost) == ("gone", there)
        scene.restore(there)
        again = Store.at_url(empty)
        with closing(again), again.read() as reader:
            assert reader.count() == scene.at_backup.size + 1
        ledger.store.close()


def _point_at(place: Place, url: str) -> None:
    """ledger.toml as an administrator edits it."""
    settings = place.settings()
    text = Settings(settings.origin, settings.log_key, url).to_toml()
    (place.directory / "ledger.toml").write_text(text)
