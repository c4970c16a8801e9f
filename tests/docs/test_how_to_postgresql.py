"""docs/how-to/postgresql*: the script is run on a real server, and each role may do what the page says and no more."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from ledger.errors import LedgerError, NotPermitted
from ledger.log.append import Log
from ledger.log.entry import Token
from ledger.log.store import Store
from ledger.log.tables import LOG_TABLES
from ledger.log.verify import verify
from ledger.records.writing import Draft
from tests.cli.driver import enrol, seat_at
from tests.ledger_databases import Server, dsn, dump, postgres_server, rows, run
from tests.ledger_fixtures import Sample, case, small_ledger

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
ROLES = ("ledger_owner", "ledger_writer", "ledger_reader")


def _program(server: Server, name: str, *arguments: str) -> str:
    done = subprocess.run([server.programs / name, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def _roles(server: Server, database: str) -> str:
    script = str(HOW_TO / "postgresql-roles.sql")
    return _program(server, "psql", "--no-psqlrc", "--dbname", dsn(server.url(database)), "--file", script)


@pytest.fixture(scope="module")
def name() -> Iterator[str]:
    """A database with the roles, as the page sets it up, before there is a ledger in it."""
    server = postgres_server()
    with server.dropping():
        found = server.new()
        assert "Run consent-ledger init as ledger_owner" in _roles(server, found)
        yield found


@pytest.fixture(scope="module")
def ledger(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """Begun by the owner; then the script once more, and somebody records."""
    server = postgres_server()
    store = Store.create(server.url(name, "ledger_owner"))
    made = small_ledger(tmp_path_factory.mktemp("roles"), store=store)
    made.decide("practitioner", case(1))
    colleague, token = {"handle": "p-colleague"}, Token("nhs", bytes(32), bytes(16))
    made.append(made.signed("practitioner", "access.granted", 1, tokens=[token], case=case(1), body=colleague))
    _roles(server, name)
    yield made
    store.close()


def _as(ledger: Sample, name: str, role: str) -> Sample:
    store = Store.at_url(postgres_server().url(name, role))
    fields = {**vars(ledger), "store": store, "log": Log(store, ledger.origin, ledger.signers)}
    return Sample(**fields)


@pytest.fixture
def writer(ledger: Sample, name: str) -> Iterator[Sample]:
    found = _as(ledger, name, "ledger_writer")
    yield found
    found.store.close()


@pytest.fixture
def reader(ledger: Sample, name: str) -> Iterator[Sample]:
    found = _as(ledger, name, "ledger_reader")
    yield found
    found.store.close()


def test_a_writer_records_ends_access_and_erases(writer: Sample) -> None:
    decided = writer.decide("practitioner", case(2))
    writer.desk("practitioner").write(Draft("access.granted", case(2), body={"handle": "p-colleague"}))
    writer.desk("practitioner").write(Draft("note.added", case(2), record={"note": "x"}))
    writer.desk("manager").write(Draft("access.ended", case(2), body={"handle": "p-colleague", "reason": "other"}))
    reason = {"reason": "other"}
    asked = writer.desk("lead").write(Draft("erasure.requested", case(2), refs=(decided.header.id,), body=reason))
    approved = writer.desk("guardian").write(Draft("erasure.approved", case(2), refs=(asked.header.id,)))
    writer.desk("lead").write(Draft("erasure.done", case(2), refs=(approved.header.id,)))

    report = writer.verify()
    assert report.findings == []
    assert report.absent == {"erased_parts": 2}


# a head out of reach, entries far ahead, rows beside what was recorded
ASTRAY = [
    "UPDATE head SET size = 9000000000000000000, checkpoint = ''",
    "INSERT INTO entry SELECT 4196 + max(n), '\\x01', 'note.added', 'x', 0, NULL, '' FROM entry",
    "INSERT INTO ref SELECT n, 9, id FROM entry WHERE n = 3",
    "INSERT INTO part VALUES (3, 'other', '')",
    "INSERT INTO wrap VALUES (3, 999, '', 'x', '')",
    "INSERT INTO token VALUES (3, 9, 'nhs', '', '')",
]
FORBIDDEN = [
    *(f"UPDATE {table.name} SET {column.name} = {column.name}" for table in LOG_TABLES for column in table.columns),
    *(f"DELETE FROM {table.name}" for table in LOG_TABLES),
    *(f"TRUNCATE {table.name}" for table in LOG_TABLES),
    *(f"DROP TABLE {table.name}" for table in LOG_TABLES),
    *(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL" for table in LOG_TABLES),
    "ALTER TABLE entry ADD COLUMN more int",
    "ALTER TABLE entry OWNER TO ledger_writer",
    "DROP TRIGGER part_delete ON part",
    "CREATE OR REPLACE FUNCTION part_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "DROP FUNCTION part_delete() CASCADE",
    "SET session_replication_role = replica",
    "CREATE TABLE more (n int)",
    "CREATE TEMPORARY TABLE more (n int)",
    "CREATE SCHEMA more",
    "CREATE INDEX more ON entry (at)",
    "CREATE RULE more AS ON INSERT TO entry DO INSTEAD NOTHING",
    "CREATE ROLE more",
    "GRANT ALL ON entry TO PUBLIC",
    "SET ROLE ledger_owner",
    *ASTRAY,
    "INSERT INTO head VALUES (2, 0, '')",
    "UPDATE alembic_version SET version_num = '0002'",
    "INSERT INTO alembic_version VALUES ('0002')",
    "SELECT lo_from_bytea(0, '\\x00')",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
]


@pytest.mark.parametrize("role", ["ledger_writer", "ledger_reader"])
def test_neither_writer_nor_reader_can_do_anything_else(ledger: Sample, name: str, role: str) -> None:
    url = postgres_server().url(name, role)
    before = dump(ledger.url)
    done = []
    for sql in FORBIDDEN:
        try:
            run(url, sql)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityConstraintViolation):
            continue  # the one is the role's, the other a trigger's, where an erasure may delete
        done.append(sql)

    # granting what one does not hold is a warning to PostgreSQL, and gives nothing
    assert set(done) <= {"GRANT ALL ON entry TO PUBLIC"}
    assert dump(ledger.url) == before
    assert ledger.verify().findings == []


def test_what_only_a_trigger_keeps_a_writer_from_is_little(ledger: Sample, name: str) -> None:
    """What the role itself allows: the head forward, and what an erasure or the end of an access takes away."""
    url = postgres_server().url(name, "ledger_writer")
    by_trigger = []
    for sql in FORBIDDEN:
        try:
            run(url, sql)
        except psycopg.errors.IntegrityConstraintViolation:
            by_trigger.append(sql)
        except psycopg.errors.InsufficientPrivilege:
            continue
    assert by_trigger == [
        "UPDATE head SET size = size",
        "UPDATE head SET checkpoint = checkpoint",
        "DELETE FROM part",
        "DELETE FROM wrap",
        "DELETE FROM token",
        *ASTRAY,
    ]


@pytest.fixture
def stolen(tmp_path: Path) -> Iterator[tuple[Sample, str]]:
    """A ledger of its own, and the URL of whoever has the writer's password and nothing else."""
    server = postgres_server()
    found = server.new()
    _roles(server, found)
    store = Store.create(server.url(found, "ledger_owner"))
    made = small_ledger(tmp_path, store=store)
    made.decide("practitioner", case(1))
    made.decide("practitioner", case(2))
    _roles(server, found)
    yield made, server.url(found, "ledger_writer")
    store.close()


NEXT = "(SELECT size FROM head)"


def test_a_stolen_writers_password_destroys_keys_and_sealed_parts_as_the_page_says(stolen: tuple[Sample, str]) -> None:
    """No trigger can tell a signed entry from rows that look like one. Verification tells each of them."""
    ledger, url = stolen
    kinds = ("erasure.requested", "erasure.approved", "erasure.done")
    run(
        url,
        "INSERT INTO removed_wrap SELECT n, position, under, handle, box FROM wrap",
        "DELETE FROM wrap",
        *(
            f"INSERT INTO entry VALUES ({NEXT} + {i}, '\\x0{i}', '{kind}', 'x', 0, NULL, '')"
            for i, kind in enumerate(kinds)
        ),
        f"INSERT INTO ref SELECT {NEXT}, n, id FROM entry WHERE n < {NEXT}",
        f"INSERT INTO ref VALUES ({NEXT} + 1, 0, '\\x00'), ({NEXT} + 2, 0, '\\x01')",
        "DELETE FROM part",
    )
    found = {(finding.entry, finding.kind) for finding in ledger.verify().findings}
    recorded = {n for (n,) in rows(ledger.url, "SELECT n FROM entry WHERE type = 'decision.recorded'")}
    assert len(recorded) == 2
    assert {(n, kind) for n in recorded for kind in ("part_missing", "wraps")} <= found


@pytest.mark.parametrize(
    "spoiled",
    [
        f"INSERT INTO entry VALUES ({NEXT}, '\\x01', 'note.added', 'x', 0, NULL, '')",
        "UPDATE head SET size = size + 1, checkpoint = ''",
    ],
)
def test_a_stolen_writers_password_stops_recording_as_the_page_says(stolen: tuple[Sample, str], spoiled: str) -> None:
    ledger, url = stolen
    run(url, spoiled)
    with pytest.raises(LedgerError):
        ledger.decide("practitioner", case(3))
    assert not ledger.verify().ok
    page = " ".join((HOW_TO / "postgresql.md").read_text(encoding="utf-8").split())
    assert "The writer's password is a power to destroy" in page


def test_a_reader_verifies_and_does_not_write(reader: Sample) -> None:
    assert reader.verify().findings == []
    with pytest.raises(NotPermitted) as caught:
        reader.decide("practitioner", case(3))
    assert "docs/how-to/postgresql.md" in caught.value.fault.hint
    assert "postgresql-roles.sql" in caught.value.fault.hint
    # nor keeps a writer waiting: the lock is on a row that it may not change
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(reader.url, "SELECT one FROM head FOR UPDATE")


@pytest.mark.parametrize("role", ["ledger_writer", "ledger_reader"])
def test_only_the_owner_makes_and_upgrades(ledger: Sample, name: str, role: str) -> None:
    server = postgres_server()
    empty = server.new()
    _roles(server, empty)
    with pytest.raises(NotPermitted):
        Store.create(server.url(empty, role))
    ledger.store.upgrade()


def test_somebody_else_does_not_even_connect(ledger: Sample, name: str) -> None:
    server = postgres_server()
    run(server.url(name), "DROP ROLE IF EXISTS somebody", "CREATE ROLE somebody LOGIN")
    store = Store.at_url(server.url(name, "somebody"))
    with pytest.raises(LedgerError, match="a role and password that the server takes"), store.read():
        pass
    store.close()


BY_HAND = {
    "GRANT UPDATE, TRIGGER ON entry TO ledger_writer": "UPDATE entry SET at = at",
    "GRANT UPDATE (at) ON entry TO ledger_writer": "UPDATE entry SET at = at",
    "GRANT CREATE ON SCHEMA public TO ledger_writer": "CREATE TABLE more (n int)",
    "GRANT TEMPORARY ON DATABASE {database} TO ledger_writer": "CREATE TEMPORARY TABLE more (n int)",
    "GRANT ledger_owner TO ledger_writer": "SET ROLE ledger_owner",
    "GRANT pg_write_all_data TO ledger_writer": "UPDATE entry SET at = at",
    "ALTER ROLE ledger_writer CREATEROLE": "CREATE ROLE more",
    "ALTER ROLE ledger_writer SUPERUSER": "SET session_replication_role = replica",
    "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC": "SELECT lo_create(0)",
}


@pytest.mark.parametrize("given", BY_HAND)
def test_the_script_takes_back_what_was_given_by_hand(ledger: Sample, name: str, given: str) -> None:
    server = postgres_server()
    run(server.url(name), given.format(database=name))
    _roles(server, name)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(server.url(name, "ledger_writer"), BY_HAND[given])
    assert ledger.verify().findings == []


def _as_on_the_page(server: Server, program: str, change: dict[str, str]) -> None:
    page = (HOW_TO / "postgresql.md").read_text(encoding="utf-8")
    (line,) = [line.split() for line in page.splitlines() if line.startswith(f"    {program} ")]
    options = [change.get(word, word) for word in line[1:]]
    place = make_url(server.url("postgres")).query["host"]
    _program(server, program, "--host", str(place), "--username", "ledger_owner", *options)


def test_a_dump_is_restored_as_the_page_says(ledger: Sample, name: str, tmp_path: Path) -> None:
    server, restored, file = postgres_server(), postgres_server().new(), str(tmp_path / "ledger.dump")
    _roles(server, restored)
    for program in ("pg_dump", "pg_restore"):
        _as_on_the_page(server, program, {"ledger.dump": file, "anytown_ledger": name, "anytown_restored": restored})
    _roles(server, restored)

    assert dump(server.url(restored)) == dump(ledger.url)
    store = Store.at_url(server.url(restored, "ledger_reader"))
    report = verify(store, ledger.origin, ledger.clock(), jobs=1)
    store.close()
    assert (report.findings, report.root) == ([], ledger.checkpoint().root)


def test_after_a_dump_the_administrator_who_saw_more_goes_on(tmp_path: Path) -> None:
    """With the page's own commands: the dump lacks an entry that this computer saw."""
    server = postgres_server()
    with server.dropping():
        old, new, file = server.new(), server.new(), str(tmp_path / "ledger.dump")
        change = {"ledger.dump": file, "anytown_ledger": old, "anytown_restored": new}
        for database in (old, new):
            _roles(server, database)
        url, seat = server.url(old, "ledger_owner"), seat_at(tmp_path / "seat")
        words = ("--name", "anytown-club", "--organisation", "Anytown Youth Club (sample)", "--database", url)
        assert seat.inside("init", "demo", *words, stdin="Avery Sample\nSecretary\n").code == 0
        (founder,) = (seat.ledger / "identities").glob("p-*.key")
        founder.rename(seat.root / seat.key("founder"))
        _as_on_the_page(server, "pg_dump", change)
        assert enrol(seat, "guardian", "Robin Sample", by="founder").code == 0
        _as_on_the_page(server, "pg_restore", change)
        toml = seat.ledger / "ledger.toml"
        toml.write_text(toml.read_text().replace(url, server.url(new, "ledger_owner")))

        refused = seat.inside("status")
        assert refused.code == 1
        found = re.search(r"--lost (2:[0-9a-f]{64})", refused.err)
        assert found is not None, refused.err
        declare = ("restore", "--lost", found[1], "--identity", seat.key("founder"))
        done = seat.terminal(*declare, answers=(("Declare it lost, and go on with this ledger?", "y"),))
        assert done.code == 0, done.out
        verified = seat.inside("verify", "--json", "--jobs", "1")
        assert (verified.code, verified.json["size"]) == (0, 2)


def test_the_page_names_what_is_there() -> None:
    page = (HOW_TO / "postgresql.md").read_text(encoding="utf-8")
    script = (HOW_TO / "postgresql-roles.sql").read_text(encoding="utf-8")
    for role in ROLES:
        assert role in page
        assert role in script
    assert "password" not in script.replace("No password stands here", "").replace("\\password", "")
