"""Opening a ledger for a command: which one is meant, what was seen before, and who is at the desk."""

import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer

from cli.main import main
from cli.session import Session, open_session, place_of, state_of
from cli.ui import Ui
from cli.world import World
from ledger.errors import Malformed, NotPermitted, Refused, Unverified
from ledger.log.note import Signer
from ledger.records.people import revoke, rotate
from ledger.records.place import DATABASE, LOG_KEY, SETTINGS, Place, Settings, secret_text
from ledger.records.writing import Draft
from ledger.sealing.identity import Identity
from ledger.sealing.keys import encode_key, write_private
from tests.ledger_fixtures import Chance, Sample, case, copied, seed_of, small_ledger

SECRET = "seven plain words that nobody else says"
WHO = ("guardian", "practitioner")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return small_ledger(tmp_path_factory.mktemp("made"), WHO)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key file for the practitioner and one for a stranger."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("practitioner", "stranger"):
        write_private(folder / f"{name}.key", encode_key(seed_of(name), SECRET.encode()))
    return folder


@pytest.fixture
def ledger(made: Sample, tmp_path: Path) -> Sample:
    """A ledger's directory: the sample's database with the settings and the log's key beside it."""
    directory = tmp_path / "ledger"
    directory.mkdir()
    sample = copied(made, directory)
    settle(sample, directory)
    return sample


def settle(sample: Sample, directory: Path) -> None:
    key = sample.signers[0].key
    Place(directory).finish(Settings(sample.origin, key, DATABASE), secret_text(sample.origin, sample.log_seed, key))


def world(root: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> World:
    return World(
        clock=lambda: 1_790_000_000,
        random=Chance("session"),
        env={"CONSENT_LEDGER_STATE": str(root / "state"), "CONSENT_LEDGER_PASSPHRASE": SECRET, **(env or {})},
        cwd=cwd or root,
        programs=root,
        stdin=io.StringIO(),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        ask_secret=str,
    )


def session_at(root: Path, directory: Path | None = None) -> Session:
    here = world(root)
    return open_session(here, Ui(here), directory or root / "ledger")


def talk(session: Session) -> str:
    assert isinstance(session.world.stderr, io.StringIO)
    return session.world.stderr.getvalue()


# -- which ledger is meant


def test_the_option_comes_first_then_the_variable_then_where_one_stands(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / SETTINGS).write_text("")
    env = {"CONSENT_LEDGER": "/named/by/variable"}
    assert place_of(world(tmp_path, env, here), Path("option")).directory == Path("option")
    assert place_of(world(tmp_path, env, here), None).directory == Path("/named/by/variable")
    assert place_of(world(tmp_path, cwd=here), None).directory == here
    for none in ({}, {"CONSENT_LEDGER": ""}):
        with pytest.raises(typer.BadParameter, match="--ledger"):
            place_of(world(tmp_path, none), None)


def test_the_memory_is_where_the_variable_says_or_where_the_system_keeps_such_things(tmp_path: Path) -> None:
    assert state_of(world(tmp_path)) == tmp_path / "state"
    assert state_of(world(tmp_path, {"CONSENT_LEDGER_STATE": ""})).name == "consent-ledger"


# -- what is there


def test_a_sound_ledger_is_opened(ledger: Sample, tmp_path: Path) -> None:
    session = session_at(tmp_path)
    assert session.origin == ledger.origin
    assert session.standing.checkpoint == ledger.checkpoint()
    assert set(dict(session.roster.active(3))) == {"p-founder", "p-guardian", "p-practitioner"}


def test_the_first_look_is_said_and_shows_what_to_compare(ledger: Sample, tmp_path: Path) -> None:
    first = session_at(tmp_path)
    assert "First look" in talk(first)
    assert ledger.checkpoint().root.hex() in talk(first)
    assert talk(session_at(tmp_path)) == ""


def _no_settings(directory: Path) -> None:
    (directory / SETTINGS).unlink()


def _no_database(directory: Path) -> None:
    (directory / DATABASE).unlink()


def _not_toml(directory: Path) -> None:
    (directory / SETTINGS).write_text("origin =")


def _more_settings(directory: Path) -> None:
    (directory / SETTINGS).write_text((directory / SETTINGS).read_text() + 'more = "x"\n')


def _not_text(directory: Path) -> None:
    (directory / SETTINGS).write_bytes(b"\xff\xfe")


NO_LEDGER = [
    (_no_settings, Refused, 3),
    (_no_database, Refused, 3),
    (_not_toml, Malformed, 3),
    (_more_settings, Malformed, 3),
    (_not_text, Malformed, 3),
]


@pytest.mark.parametrize(("damage", "error", "code"), NO_LEDGER, ids=lambda each: getattr(each, "__name__", ""))
def test_what_is_no_ledger_is_refused(
    ledger: Sample, tmp_path: Path, damage: object, error: type[Exception], code: int
) -> None:
    assert callable(damage)
    ledger.store.close()
    damage(tmp_path / "ledger")
    with pytest.raises(error):
        session_at(tmp_path)
    here = world(tmp_path)
    assert main(["status", "--ledger", str(tmp_path / "ledger"), "--json"], here) == code
    assert isinstance(here.stdout, io.StringIO)
    assert json.loads(here.stdout.getvalue())["faults"]


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path, tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(Refused) as refused:
            session_at(tmp_path, place)
        assert "consent-ledger init" in refused.value.faults[0].hint


def test_a_log_key_that_the_founder_did_not_name_is_refused(ledger: Sample, tmp_path: Path) -> None:
    """Somebody who can write the directory puts a key of their own into the settings."""
    own = Signer(ledger.origin, bytes(32)).key
    text = Settings(ledger.origin, own, DATABASE).to_toml()
    (tmp_path / "ledger" / SETTINGS).write_text(text)
    with pytest.raises(Unverified) as refused:
        session_at(tmp_path)
    assert refused.value.fault.field == SETTINGS


def test_a_database_without_a_head_is_refused(ledger: Sample, tmp_path: Path) -> None:
    from ledger.log.store import Store

    ledger.store.close()
    for path in (tmp_path / "ledger").glob(f"{DATABASE}*"):
        path.unlink()
    Store.create(tmp_path / "ledger" / DATABASE).close()
    with pytest.raises(Unverified) as refused:
        session_at(tmp_path)
    assert refused.value.fault.field == "head"


# -- what was seen before


def test_a_ledger_that_grew_is_followed(ledger: Sample, tmp_path: Path) -> None:
    before = session_at(tmp_path).standing.checkpoint
    ledger.decide("practitioner", case(1))
    session = session_at(tmp_path)
    assert session.standing.checkpoint.size == before.size + 1
    assert talk(session) == ""


def test_an_old_copy_put_back_is_refused_with_both_sizes(ledger: Sample, tmp_path: Path) -> None:
    ledger.store.close()
    shutil.copytree(tmp_path / "ledger", tmp_path / "backup")
    ledger.decide("practitioner", case(1))
    session_at(tmp_path)
    ledger.store.close()
    shutil.rmtree(tmp_path / "ledger")
    shutil.copytree(tmp_path / "backup", tmp_path / "ledger")
    with pytest.raises(Unverified) as refused:
        session_at(tmp_path)
    assert "4 entries" in refused.value.fault.expected
    assert "3 entries" in refused.value.fault.got


def test_another_history_of_the_same_length_is_refused(ledger: Sample, tmp_path: Path) -> None:
    """Forked: the same ledger goes on differently in a copy that then takes its place."""
    other = tmp_path / "other"
    other.mkdir()
    fork = copied(ledger, other)
    ledger.decide("practitioner", case(1))
    session_at(tmp_path)
    fork.decide("practitioner", case(2))
    assert fork.checkpoint().size == ledger.checkpoint().size
    for sample in (ledger, fork):
        sample.store.close()
    for path in (tmp_path / "ledger").glob(f"{DATABASE}*"):
        path.unlink()
    for path in other.glob(f"{DATABASE}*"):
        shutil.copyfile(path, tmp_path / "ledger" / path.name)
    with pytest.raises(Unverified) as refused:
        session_at(tmp_path)
    assert "not the one seen before" in refused.value.fault.hint


def test_the_same_ledger_moved_to_another_place_is_the_same(ledger: Sample, tmp_path: Path) -> None:
    session_at(tmp_path)
    ledger.store.close()
    (tmp_path / "ledger").rename(tmp_path / "moved")
    assert talk(session_at(tmp_path, tmp_path / "moved")) == ""


def test_after_writing_the_new_checkpoint_is_seen(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    session = session_at(tmp_path)
    desk = session.desk(keys / "practitioner.key")
    before = session.standing.checkpoint.size
    written = desk.write(Draft("case.closed", case(1), record={"why": "done"}))
    assert session.standing.checkpoint.size == before
    session.remember()
    assert session.standing.checkpoint.size == before + 1 == written.n + 1
    assert not session.standing.first_contact


# -- who is at the desk


def test_somebody_enrolled_sits_at_their_desk(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    session = session_at(tmp_path)
    for desk in (session.desk(keys / "practitioner.key"), session.reading_desk(keys / "practitioner.key")):
        assert desk.identity.handle == "p-practitioner"
        assert desk.seen == session.standing.checkpoint


def test_a_stranger_is_told_to_hand_over_a_card(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    with pytest.raises(NotPermitted) as refused:
        session_at(tmp_path).desk(keys / "stranger.key")
    assert refused.value.fault.field == "identity"
    assert "identity card" in refused.value.fault.hint


def test_who_was_revoked_has_no_desk(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    revoke(ledger.desk("founder"), "p-practitioner", "left")
    with pytest.raises(NotPermitted):
        session_at(tmp_path).desk(keys / "practitioner.key")


def test_a_key_that_was_replaced_has_no_desk_and_the_new_one_has(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    rotate(ledger.desk("practitioner"), Identity("p-practitioner", seed_of("stranger")))
    session = session_at(tmp_path)
    with pytest.raises(NotPermitted):
        session.desk(keys / "practitioner.key")
    assert session.desk(keys / "stranger.key").identity.handle == "p-practitioner"


def test_without_the_logs_key_one_reads_and_does_not_write(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    (tmp_path / "ledger" / LOG_KEY).unlink()
    session = session_at(tmp_path)
    with pytest.raises(NotPermitted) as refused:
        session.desk(keys / "practitioner.key")
    assert refused.value.fault.field == "log key"
    desk = session.reading_desk(keys / "practitioner.key")
    with pytest.raises(NotPermitted) as refused:
        desk.write(Draft("case.closed", case(1), record={"why": "done"}))
    assert refused.value.fault.field == "log key"
    assert session_at(tmp_path).standing.checkpoint == session.standing.checkpoint, "nothing was written"


def test_a_logs_key_that_others_can_read_is_refused(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    (tmp_path / "ledger" / LOG_KEY).chmod(0o644)
    with pytest.raises(NotPermitted) as refused:
        session_at(tmp_path).desk(keys / "practitioner.key")
    assert "chmod 600" in refused.value.fault.hint


def test_another_logs_key_signs_nothing(ledger: Sample, tmp_path: Path, keys: Path) -> None:
    path = tmp_path / "ledger" / LOG_KEY
    other = Signer(ledger.origin, bytes(32))
    path.write_text(secret_text(ledger.origin, bytes(32), other.key))
    session = session_at(tmp_path)
    before = ledger.checkpoint()
    with pytest.raises(NotPermitted):
        session.desk(keys / "practitioner.key").write(Draft("case.closed", case(1), record={"why": "done"}))
    assert ledger.checkpoint() == before
