"""Moving a ledger: nobody writes meanwhile, the copy is verified, and where anything fails all is as it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import LedgerError, NotPermitted, Refused, Unavailable, Unverified
from ledger.log.append import Log
from ledger.log.postgres import Postgres
from ledger.log.sqlite import Sqlite
from ledger.log.store import Store, parse_url
from ledger.records.moving import Move, move_ledger
from ledger.records.place import Place, Settings, secret_text
from tests.ledger_databases import alter, dump, new_store, postgres_server, postgres_url, rows, run
from tests.ledger_fixtures import NOW, PACKS, Sample, case, small_ledger


@pytest.fixture
def ledger(tmp_path: Path, kind: str) -> Sample:
    """A ledger with its place: settings that name its database, a file or a URL."""
    ledger = small_ledger(tmp_path, store=new_store(kind, tmp_path))
    ledger.decide("practitioner", case(1))
    key = ledger.signers[0].key
    database = "ledger.db" if kind == "sqlite" else ledger.url
    Place(tmp_path).finish(Settings(ledger.origin, key, database), secret_text(ledger.origin, ledger.log_seed, key))
    return ledger


def _other(kind: str, tmp_path: Path) -> str:
    """The other kind of database, empty."""
    return postgres_url() if kind == "sqlite" else f"sqlite:///{tmp_path / 'moved.db'}"


def _nothing_at(url: str) -> bool:
    if url.startswith("sqlite"):
        return not Path(url.removeprefix("sqlite:///")).exists()
    return rows(url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []


def test_a_copy_leaves_the_ledger_where_it_is(ledger: Sample, tmp_path: Path, kind: str) -> None:
    before, url = Place(tmp_path).settings(), _other(kind, tmp_path)
    report = move_ledger(Place(tmp_path), Move(url, switch=False), NOW)

    assert (report.findings, report.size, report.root) == ([], *_standing(ledger))
    assert Place(tmp_path).settings() == before
    assert dump(url) == dump(ledger.url)
    ledger.append(ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": PACKS}))


def _standing(ledger: Sample) -> tuple[int, bytes]:
    return ledger.checkpoint().size, ledger.checkpoint().root


def test_a_move_goes_on_there_and_nobody_goes_on_here(ledger: Sample, tmp_path: Path, kind: str) -> None:
    place, standing = Place(tmp_path), _standing(ledger)
    move_ledger(place, Move(_other(kind, tmp_path), switch=True), NOW)

    store = place.store()
    moved = replace(ledger, store=store, log=Log(store, ledger.origin, ledger.signers))
    assert _standing(moved) == standing
    moved.decide("practitioner", case(2))
    assert moved.verify().findings == []
    store.close()
    with pytest.raises(Unavailable, match="from which the ledger was moved"):
        ledger.decide("practitioner", case(3))
    named = place.settings().database
    assert named == "moved.db" if kind == "postgresql" else named.startswith("postgresql+psycopg://")
    assert (tmp_path / "ledger.toml").stat().st_mode & 0o777 == 0o600


def test_a_file_elsewhere_is_named_whole(tmp_path: Path) -> None:
    ledger = small_ledger(tmp_path)
    place, key = Place(tmp_path), ledger.signers[0].key
    place.finish(Settings(ledger.origin, key, "ledger.db"), secret_text(ledger.origin, ledger.log_seed, key))
    (tmp_path / "else").mkdir()
    move_ledger(place, Move(f"sqlite:///{tmp_path}/else/new.db", switch=True), NOW)

    assert place.settings().database == f"sqlite:///{tmp_path}/else/new.db"
    store = place.store()
    with store.read() as reader:
        assert reader.count() == 8
    store.close()


def test_nobody_writes_while_it_moves(ledger: Sample, tmp_path: Path, kind: str) -> None:
    tried: list[str] = []
    entry = ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": PACKS})

    def try_it(done: int, total: int) -> None:
        if done == total:
            with pytest.raises(Unavailable) as caught:
                _hasty(ledger).append([entry], NOW)
            tried.append(caught.value.fault.got)

    move_ledger(Place(tmp_path), Move(_other(kind, tmp_path), switch=False), NOW, copied=try_it)
    assert tried == ["another program at work"]


def _hasty(ledger: Sample) -> Log:
    here = Sqlite(ledger.path, 0.1) if ledger.url.startswith("sqlite") else Postgres(parse_url(ledger.url), 0.1)
    return Log(Store(here), ledger.origin, ledger.signers)


def test_a_ledger_that_does_not_hold_is_not_moved(ledger: Sample, tmp_path: Path, kind: str) -> None:
    """It is verified where it arrived: what does not hold here does not hold there."""
    alter(ledger.url, "UPDATE part SET ciphertext = x'00' WHERE n = 8 AND part = 'codes'")
    place, url = Place(tmp_path), _other(kind, tmp_path)
    settings, before = place.settings(), dump(ledger.url)
    with pytest.raises(Unverified, match="1 things that do not hold"):
        move_ledger(place, Move(url, switch=True), NOW)

    assert _nothing_at(url)
    assert place.settings() == settings
    assert dump(ledger.url) == before
    with ledger.store.read() as reader:
        assert reader.head() is not None, "it does not say that it moved"


def test_a_place_that_is_taken_is_left_alone(ledger: Sample, tmp_path: Path, kind: str) -> None:
    url = _other(kind, tmp_path)
    Store.create(url).close()
    before = dump(url)
    with pytest.raises(Refused):
        move_ledger(Place(tmp_path), Move(url, switch=True), NOW)

    assert dump(url) == before
    ledger.decide("practitioner", case(2))


def test_settings_that_cannot_be_replaced_undo_the_move(ledger: Sample, tmp_path: Path, kind: str) -> None:
    url = _other(kind, tmp_path)
    (tmp_path / "ledger.toml.new").mkdir()
    with pytest.raises((LedgerError, OSError)):
        move_ledger(Place(tmp_path), Move(url, switch=True), NOW)

    assert _nothing_at(url)
    ledger.decide("practitioner", case(2))


def test_who_may_not_say_that_it_moved_does_not_move_it(tmp_path: Path) -> None:
    """On PostgreSQL only the tables' owner; it is asked first, before anything is copied."""
    ledger = small_ledger(tmp_path, store=new_store("postgresql", tmp_path))
    run(
        ledger.url,
        "DROP ROLE IF EXISTS mover",
        "CREATE ROLE mover LOGIN",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO mover",
        "GRANT UPDATE ON head TO mover",
    )
    place, key = Place(tmp_path), ledger.signers[0].key
    url = postgres_server().url(ledger.url.partition("@/")[2].partition("?")[0], "mover")
    place.finish(Settings(ledger.origin, key, url), secret_text(ledger.origin, ledger.log_seed, key))
    with pytest.raises(NotPermitted):
        move_ledger(place, Move(f"sqlite:///{tmp_path}/new.db", switch=True), NOW)
    assert not (tmp_path / "new.db").exists()

    move_ledger(place, Move(f"sqlite:///{tmp_path}/new.db", switch=False), NOW)
    run(ledger.url, "DROP OWNED BY mover", "DROP ROLE mover")
