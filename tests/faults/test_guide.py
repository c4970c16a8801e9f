"""docs/how-to/when-things-go-wrong.md shows what the program says, word for word: each message is provoked here."""

import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from cli import exits
from cli.world import World
from ledger.errors import LedgerError
from ledger.log.append import Log
from ledger.log.sqlite import Sqlite
from ledger.log.store import Store
from tests.cli.driver import club_seat
from tests.cli.sample_documents import share, text
from tests.faults.child import PROCESSES
from tests.faults.disks import record_with_a_full_disk
from tests.faults.points import Faults, Plan
from tests.ledger_databases import new_store
from tests.ledger_fixtures import PACKS, Sample, case, copied, small_ledger

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "when-things-go-wrong.md").read_text(encoding="utf-8")
SAID = dict(re.findall(r"<!-- said: ([a-z ]+) -->\n```text\n(.*?)```", PAGE, re.DOTALL))


@dataclass
class Scene:
    """A ledger, and one on PostgreSQL, that something is about to happen to."""

    ledger: Sample
    folder: Path
    factory: pytest.TempPathFactory

    def append(self, store: Store, count: int = 1) -> None:
        """Try to write some entries by way of this store."""
        ledger = self.ledger
        entries = [ledger.signed("founder", "ledger.packs_adopted", i, body={"packs": PACKS}) for i in range(count)]
        try:
            Log(store, ledger.origin, ledger.signers).append(entries, ledger.clock())
        finally:
            store.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return small_ledger(tmp_path_factory.mktemp("guide"))


@pytest.fixture
def scene(whole: Sample, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    ledger = copied(whole, tmp_path)
    yield Scene(ledger, tmp_path, tmp_path_factory)
    ledger.store.close()


def _full_disk(scene: Scene) -> None:
    store = Store.at(scene.ledger.path)

    def no_more_pages(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # as many as there are, if that is more

    event.listen(store.database.engine, "connect", no_more_pages)
    scene.append(store, 60)


def _busy(scene: Scene) -> None:
    with scene.ledger.store.write():
        scene.append(Store(Sqlite(scene.ledger.path, busy_seconds=0.1)))


def _permissions(scene: Scene) -> None:
    store = Store.at(scene.ledger.path)

    def only_reading(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only = 1")  # what SQLite says of a file that may not be written

    event.listen(store.database.engine, "connect", only_reading)
    scene.append(store)


def _connection_gone(scene: Scene) -> None:
    (scene.folder / "server").mkdir()
    scene.ledger.store.close()
    scene.ledger = small_ledger(scene.folder / "server", [], new_store("postgresql", scene.folder / "server"))
    store = Store.at_url(scene.ledger.store.url)
    Faults.of(store).plan = Plan("insert entry", landed=False, always=True)
    scene.append(store)


def _in_doubt(scene: Scene) -> None:
    store = Store.at(scene.ledger.path)
    Faults.of(store).plan = Plan("commit", landed=True, always=True)
    scene.append(store)


def _clock(scene: Scene) -> None:
    scene.ledger.decide("practitioner", case(1))
    scene.ledger.clock.now -= 3600
    scene.ledger.decide("practitioner", case(1))


def _damaged(scene: Scene) -> None:
    scene.ledger.store.close()
    scene.ledger.path.write_bytes(b"no database" * 1000)
    scene.append(Store.at(scene.ledger.path))


PROVOKED: dict[str, Callable[[Scene], None]] = {
    "full disk": _full_disk,
    "busy": _busy,
    "permissions": _permissions,
    "connection gone": _connection_gone,
    "in doubt": _in_doubt,
    "clock": _clock,
    "damaged": _damaged,
}


def _without_ids(said: str) -> str:
    return re.sub(r"\b[0-9a-f]{32}\b", "ID", said)


@pytest.mark.parametrize("name", PROVOKED)
def test_a_message_of_the_guide_is_what_is_said(name: str, scene: Scene) -> None:
    with pytest.raises(LedgerError) as caught:
        PROVOKED[name](scene)
    stderr = io.StringIO()
    world = World(int, bytes, {}, scene.folder, scene.folder, io.StringIO(), io.StringIO(), stderr, str)
    exits.leave(world, caught.value, as_json=False)

    assert _without_ids(stderr.getvalue()) == _without_ids(SAID[name])


def test_what_is_said_when_only_the_memory_has_no_room(scene: Scene) -> None:
    seat, small = club_seat(scene.folder, scene.factory), scene.folder / "small"
    small.mkdir()
    command = ["record", "--file", seat.file("decision.json", text(share())), "--identity", seat.key("practitioner")]
    with ProcessPoolExecutor(max_workers=1, mp_context=PROCESSES) as pool:
        done, *_more = pool.submit(record_with_a_full_disk, seat, small, command, ledger=False).result(120)

    assert done.err == SAID["full memory"]


def test_every_message_of_the_guide_is_provoked() -> None:
    assert set(SAID) == {*PROVOKED, "full memory"}
    assert PAGE.count("```text\n") == len(SAID)
