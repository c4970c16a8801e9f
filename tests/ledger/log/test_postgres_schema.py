"""PostgreSQL's schema is verified as SQLite's is: whatever was altered, added or taken away is told by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.log import tables
from ledger.log.postgres_schema import wanted_schema
from tests.ledger_databases import alter, new_store, postgres_server, run
from tests.ledger_fixtures import Sample, case, copied, small_ledger


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    directory = tmp_path_factory.mktemp("schema")
    with postgres_server().dropping():
        ledger = small_ledger(directory, ("guardian", "practitioner"), store=new_store("postgresql", directory))
        ledger.decide("practitioner", case(1))
        yield ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    return copied(whole, tmp_path)


def _schema(ledger: Sample) -> list[str]:
    report = ledger.verify()
    assert {finding.kind for finding in report.findings} <= {"schema"}
    return [finding.says.removeprefix("the database was altered: ") for finding in report.findings]


CHANGES = {
    # triggers: gone, asleep, always asleep for whoever says so, at another table, on another event, another function
    "DROP TRIGGER entry_no_update ON entry": ["trigger entry_no_update is missing"],
    "ALTER TABLE entry DISABLE TRIGGER entry_no_update": ["trigger entry_no_update is not as it was made"],
    "ALTER TABLE entry ENABLE REPLICA TRIGGER entry_no_update": ["trigger entry_no_update is not as it was made"],
    "DROP TRIGGER part_delete ON part; CREATE TRIGGER part_delete BEFORE DELETE ON token FOR EACH ROW "
    "EXECUTE FUNCTION part_delete()": ["trigger part_delete is not as it was made"],
    "DROP TRIGGER part_delete ON part; CREATE TRIGGER part_delete AFTER DELETE ON part FOR EACH ROW "
    "EXECUTE FUNCTION part_delete()": ["trigger part_delete is not as it was made"],
    "DROP TRIGGER part_delete ON part; CREATE TRIGGER part_delete BEFORE DELETE ON part FOR EACH ROW "
    "WHEN (OLD.n < 0) EXECUTE FUNCTION part_delete()": ["trigger part_delete is not as it was made"],
    "DROP TRIGGER part_delete ON part; CREATE TRIGGER part_delete BEFORE DELETE ON part FOR EACH ROW "
    "EXECUTE FUNCTION wrap_delete()": ["trigger part_delete is not as it was made"],
    "CREATE TRIGGER more AFTER INSERT ON part FOR EACH ROW EXECUTE FUNCTION part_delete()": [
        "trigger more does not belong here"
    ],
    # functions
    "CREATE OR REPLACE FUNCTION part_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'": [
        "function part_delete is not as it was made"
    ],
    "ALTER FUNCTION part_delete() SECURITY DEFINER": ["function part_delete is not as it was made"],
    "ALTER FUNCTION part_delete() SET search_path = pg_temp": ["function part_delete is not as it was made"],
    "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'": ["function more does not belong here"],
    # tables and columns
    "ALTER TABLE token ADD COLUMN more int": ["token is not as it was made"],
    "ALTER TABLE token ALTER COLUMN salt DROP NOT NULL": ["token is not as it was made"],
    "ALTER TABLE token ALTER COLUMN position TYPE int": ["token is not as it was made"],
    'ALTER TABLE token ALTER COLUMN kind TYPE varchar COLLATE "default"': ["token is not as it was made"],
    "ALTER TABLE token ALTER COLUMN kind SET DEFAULT 'nhs'": ["token is not as it was made"],
    "ALTER TABLE token ADD CHECK (n > 0)": ["token is not as it was made"],
    "ALTER TABLE token SET UNLOGGED": ["token is not as it was made"],
    "ALTER TABLE token ENABLE ROW LEVEL SECURITY": ["token is not as it was made"],
    "CREATE RULE more AS ON INSERT TO token DO INSTEAD NOTHING": ["token is not as it was made"],
    "CREATE TABLE more () INHERITS (token)": ["token is not as it was made", "more does not belong here"],
    "CREATE TABLE more (n int)": ["more does not belong here"],
    "CREATE VIEW more AS SELECT 1": ["more does not belong here"],
    "CREATE SEQUENCE more": ["more does not belong here"],
    # keys and indexes
    "DROP INDEX entry_id": ["entry_id is missing"],
    "DROP INDEX entry_id; CREATE INDEX entry_id ON entry (id)": ["entry_id is not as it was made"],
    "DROP INDEX entry_id; CREATE UNIQUE INDEX entry_id ON entry (id) WHERE n > 0": ["entry_id is not as it was made"],
    "DROP INDEX entry_type; CREATE INDEX entry_type ON entry (n, type)": ["entry_type is not as it was made"],
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'entry_id'::regclass": [
        "entry_id is not as it was made"
    ],
    "ALTER TABLE token DROP CONSTRAINT token_pkey": ["token_pkey is missing", "token is not as it was made"],
    "CREATE INDEX more ON entry (at)": ["more does not belong here"],
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_altered_is_told_by_name(ledger: Sample, change: str) -> None:
    run(ledger.url, change)
    assert _schema(ledger) == CHANGES[change]


def test_what_an_extension_brings_is_its_own(ledger: Sample) -> None:
    run(ledger.url, "CREATE EXTENSION vector")
    assert _schema(ledger) == []


def test_each_kind_of_object_is_looked_for() -> None:
    wanted = wanted_schema()
    assert {kind for kind, _name in wanted} == {"table", "index", "trigger", "function"}
    assert {name for kind, name in wanted if kind == "table"} == {
        "alembic_version",
        *(table.name for table in tables.LOG_TABLES),
    }
    for table in tables.LOG_TABLES:
        refused = {name for kind, name in wanted if kind == "trigger" and name.startswith(f"{table.name}_")}
        assert len(refused) >= 3, "update, delete and truncate"


# -- the damage that matters most, by somebody who may do everything (tests/tamper has all of it, on SQLite)

DAMAGE = {
    "UPDATE entry SET leaf = x'00' WHERE n = 3": {(3, "entry_form"), (3, "stored_hash")},
    "UPDATE entry SET author = 'p-other' WHERE n = 3": {(3, "column")},
    "UPDATE entry SET case_id = NULL WHERE n = 3": {(3, "column")},
    "DELETE FROM entry WHERE n = 3": {(3, "missing_entry")},
    "UPDATE stored_hash SET digest = zeroblob(32) WHERE level = 0 AND number = 3": {(3, "stored_hash")},
    "UPDATE part SET ciphertext = x'00' WHERE n = 3 AND part = 'codes'": {(3, "part_changed")},
    "DELETE FROM part WHERE n = 3 AND part = 'codes'": {(3, "part_missing")},
    "DELETE FROM wrap WHERE n = 3 AND position = 0": {(3, "wraps")},
    "UPDATE wrap SET handle = 'p-other' WHERE n = 3 AND position = 0": {(3, "wraps")},
    "INSERT INTO token VALUES (3, 0, 'nhs', zeroblob(32), zeroblob(16))": {(3, "tokens")},
    "INSERT INTO ref VALUES (3, 0, zeroblob(16))": {(3, "column")},
    "UPDATE head SET size = size - 1": {(None, "head")},
    "DELETE FROM head": {(None, "head")},
    "INSERT INTO stored_hash VALUES (0, 99, zeroblob(32))": {(None, "stored_hash")},
    "INSERT INTO part VALUES (99, 'record', x'00')": {(99, "extra_row")},
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_was_damaged_is_found_where_it_lies(ledger: Sample, damage: str) -> None:
    alter(ledger.url, damage)
    found = {(item.entry, item.kind) for item in ledger.verify().findings}
    assert DAMAGE[damage] <= found
    # nobody who did not sign it is blamed
    assert found - DAMAGE[damage] <= {(3, "wraps"), (3, "reader"), (3, "key_generation"), (None, "root")}
