"""init --database, copy and upgrade at the command line, on a real PostgreSQL server."""

from pathlib import Path

import pytest

from tests.cli.driver import Seat, demo_seat, seat_at
from tests.ledger_databases import postgres_server, postgres_url, rows, run

Factory = pytest.TempPathFactory


@pytest.fixture
def demo(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


def _settings(seat: Seat) -> str:
    return (seat.ledger / "ledger.toml").read_text()


def test_a_ledger_goes_to_a_server_and_back_and_stays_the_same(demo: Seat) -> None:
    size, url = demo.sound(), postgres_url()
    root = demo.inside("status", "--json").json["root"]

    done = demo.run("copy", "--to", url, "--switch", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {"size": size, "root": root, "database": url, "switched": True}
    assert f'database = "{url}"' in _settings(demo)
    assert demo.inside("status", "--json").json["root"] == root
    assert demo.run("verify", "--json").json["could_not_check"]["the database file as a whole"] == 1
    assert demo.inside("list", "--json").code == 0

    back = demo.run("copy", "--to", f"sqlite:///{demo.ledger}/back.db", "--switch")
    assert back.code == 0
    assert "The old database" in back.out
    assert 'database = "back.db"' in _settings(demo)
    assert demo.sound() == size


def test_the_old_place_is_closed(demo: Seat) -> None:
    before = _settings(demo)
    moved = demo.run("copy", "--to", postgres_url(), "--switch")
    assert (moved.code, "run docs/how-to/postgresql-roles.sql" in " ".join(moved.out.split())) == (0, True)
    (demo.ledger / "ledger.toml").write_text(before)
    done = demo.inside("status")
    assert done.code == 5
    assert "was moved" in done.err


def test_a_move_that_stopped_before_the_settings_goes_on_with_the_same_words(demo: Seat) -> None:
    """As after a kill: the old database says that it moved, and the settings still name it."""
    before, size, words = _settings(demo), demo.sound(), ("copy", "--to", postgres_url(), "--switch")
    assert demo.run(*words).code == 0
    (demo.ledger / "ledger.toml").write_text(before)
    done = demo.run("copy", "--to", postgres_url(), "--switch")
    assert (done.code, "was moved" in done.err) == (5, True)
    assert _settings(demo) == before

    done = demo.run(*words)
    assert (done.code, done.err) == (0, "")
    assert f'database = "{words[2]}"' in _settings(demo)
    assert demo.sound() == size


def test_a_copy_alone_says_that_the_ledger_goes_on_here(demo: Seat) -> None:
    before = _settings(demo)
    done = demo.run("copy", "--to", postgres_url())
    assert done.code == 0
    assert "--switch" in done.out
    assert _settings(demo) == before


def test_a_ledger_begins_on_a_server(tmp_path: Path) -> None:
    seat, url = seat_at(tmp_path / "seat"), postgres_url()
    words = ("--name", "anytown-club", "--organisation", "Anytown Youth Club (sample)", "--database", url)
    begun = seat.run("init", "demo", *words, stdin="Avery Sample\nSecretary\n")
    assert begun.code == 0, begun.said
    assert "run docs/how-to/postgresql-roles.sql" in " ".join(begun.out.split())
    assert f'database = "{url}"' in _settings(seat)
    assert not (seat.ledger / "ledger.db").exists()
    assert rows(url, "SELECT count(*) FROM entry") == [(1,)]

    again = seat.run("init", "other", *words, stdin="Avery Sample\nSecretary\n")
    assert again.code == 3
    assert "an empty database" in again.err
    assert not (seat.root / "other").exists()
    assert rows(url, "SELECT count(*) FROM entry") == [(1,)]


def test_a_beginning_that_fails_leaves_nothing_on_the_server(tmp_path: Path) -> None:
    """The ledger's key cannot be written: a folder is in its place."""
    seat, url = seat_at(tmp_path / "seat"), postgres_url()
    (seat.ledger / "ledger.toml").mkdir(parents=True)
    words = ("--name", "anytown-club", "--organisation", "Anytown Youth Club (sample)", "--database", url)
    done = seat.run("init", "demo", *words, stdin="Avery Sample\nSecretary\n")
    assert done.code == 3
    assert rows(url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []


@pytest.mark.parametrize(
    "command", [("init", "new", "--name", "x", "--organisation", "X", "--database"), ("copy", "--to")]
)
def test_a_password_in_a_url_is_refused_and_never_shown(demo: Seat, command: tuple[str, ...]) -> None:
    done = demo.run(*command, "postgresql+psycopg://writer:sample-password@db.example/x")
    assert done.code == 3
    assert "pgpass" in done.err
    assert "sample-password" not in done.said


def test_a_password_in_the_settings_is_refused_and_never_shown(demo: Seat) -> None:
    url = "postgresql+psycopg://writer:sample-password@db.example/x"
    (demo.ledger / "ledger.toml").write_text(_settings(demo).replace("ledger.db", url))
    for command in (("status",), ("verify",), ("list", "--json")):
        done = demo.run(*command)
        assert done.code == 3, done.said
        assert "sample-password" not in done.said


def test_an_older_ledger_says_upgrade_and_a_newer_one_says_install(demo: Seat) -> None:
    url = f"sqlite:///{demo.ledger}/ledger.db"
    run(url, "UPDATE alembic_version SET version_num = '0000'")
    done = demo.inside("status")
    assert (done.code, "consent-ledger upgrade" in done.err) == (5, True)
    run(url, "UPDATE alembic_version SET version_num = '0002'")
    for command in ("status", "verify", "upgrade"):
        done = demo.inside(command)
        assert (done.code, "install that one" in done.err) == (5, True)
    run(url, "UPDATE alembic_version SET version_num = '0001'")
    done = demo.inside("upgrade", "--json")
    assert (done.code, done.json["ok"]) == (0, True)
    assert demo.inside("upgrade").out.startswith("Nothing to bring forward: this is revision 0001")


def test_a_server_that_is_gone_is_told(demo: Seat) -> None:
    assert demo.run("copy", "--to", postgres_url(), "--switch").code == 0
    server = postgres_server()
    server.stop()
    done = demo.run("status")
    server.start()
    assert (done.code, "a PostgreSQL server that answers" in done.err) == (5, True)
    assert demo.run("status").code == 0
