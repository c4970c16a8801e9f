"""Alembic owns the schema: its newest revision is what the code expects; a newer or older ledger says what to do."""

import shutil
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event

from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.log import database
from ledger.log.migrations import SCRIPTS
from ledger.log.postgres_schema import postgres_schema
from ledger.log.sqlite import sqlite_schema, squeeze
from ledger.log.store import Store
from ledger.log.tables import REVISION
from tests.ledger_databases import new_store, rows, run
from tests.ledger_fixtures import Sample, case, small_ledger

_SECOND = """
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade():
    op.execute("CREATE TABLE later (n BIGINT)")
    {more}
"""


@pytest.fixture
def ledger(tmp_path: Path, kind: str) -> Sample:
    return small_ledger(tmp_path, ("guardian", "practitioner"), store=new_store(kind, tmp_path))


def _scripts(tmp_path: Path, more: str = "") -> Path:
    """The real scripts, with a second revision beside the first."""
    copy = tmp_path / "100% scripts"
    shutil.copytree(SCRIPTS, copy)
    (copy / "versions" / "r0002.py").write_text(_SECOND.format(more=more))
    return copy


def _told(store: Store) -> str:
    with pytest.raises(Unavailable) as caught, store.read():
        pass
    with pytest.raises(Unavailable) as again, store.write():
        pass
    assert str(again.value) == str(caught.value)
    return f"{caught.value.fault.got}: {caught.value.fault.hint}"


def test_the_revision_in_the_code_is_alembics_newest() -> None:
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [REVISION]
    assert [script.revision for script in scripts.walk_revisions()][-1] == "0001"


@pytest.mark.parametrize(("name", "schema"), [("sqlite", sqlite_schema()), ("postgresql", postgres_schema())])
def test_the_first_revision_makes_what_the_tables_say(name: str, schema: dict[str, str]) -> None:
    """What it makes is compared in the database too (schema_faults); here letter for letter, its order too."""
    text = (SCRIPTS / "versions" / f"r0001.{name}.sql").read_text(encoding="utf-8")
    made = [squeeze(statement) for statement in text.removesuffix(";\n").split(";\n\n")]
    assert made == [squeeze(statement) for statement in schema.values()]


def test_a_new_ledger_stands_at_the_newest_revision(ledger: Sample) -> None:
    assert rows(ledger.url, "SELECT version_num FROM alembic_version") == [(REVISION,)]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("0000", "an older one, 0000: An administrator brings it forward: consent-ledger upgrade"),
        ("0002", "a newer one, 0002: It was written by a newer consent-ledger: install that one."),
    ],
)
def test_another_revision_says_what_to_do(ledger: Sample, found: str, told: str) -> None:
    run(ledger.url, f"UPDATE alembic_version SET version_num = '{found}'")
    assert _told(ledger.store) == told


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM alembic_version",
        "INSERT INTO alembic_version VALUES ('0002')",
        "UPDATE alembic_version SET version_num = '1'",
        "UPDATE alembic_version SET version_num = '000x'",
        "UPDATE alembic_version SET version_num = '٠٠٠١'",
        "DROP TABLE alembic_version",
    ],
)
def test_what_is_no_revision_is_no_ledgers_database(ledger: Sample, change: str) -> None:
    run(ledger.url, change)
    for way in (ledger.store.read, ledger.store.write):
        with pytest.raises(Malformed, match=r"a damaged or different file|a database without a ledger"), way():
            pass
    with pytest.raises(Malformed):
        ledger.store.upgrade()


def test_an_older_ledger_is_brought_forward_and_holds(
    ledger: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real second revision, and a program that has it."""
    ledger.decide("practitioner", case(1))
    scripts = _scripts(tmp_path)
    monkeypatch.setattr(database, "REVISION", "0002")
    monkeypatch.setattr("ledger.log.tables.REVISION", "0002")
    assert _told(ledger.store).startswith("an older one, 0001")

    before, after = ledger.store.upgrade(scripts)
    assert before < after
    assert rows(ledger.url, "SELECT version_num FROM alembic_version") == [("0002",)]
    says = [finding.says for finding in ledger.verify().findings]
    assert says == ["the database was altered: later does not belong here"], "the tables of this program have it not"
    ledger.decide("practitioner", case(1))


def test_to_this_program_it_is_then_a_newer_one(
    ledger: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("ledger.log.tables.REVISION", "0002")
        ledger.store.upgrade(_scripts(tmp_path))
    assert _told(ledger.store).startswith("a newer one, 0002")
    with pytest.raises(Unavailable, match="a newer one"):
        ledger.store.upgrade()


def test_a_bringing_forward_that_fails_leaves_the_ledger_as_it_was(
    ledger: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer, pytest.raises(LedgerError):
        newer.setattr("ledger.log.tables.REVISION", "0002")
        ledger.store.upgrade(_scripts(tmp_path, 'op.execute("INSERT INTO no_such_table VALUES (1)")'))

    assert rows(ledger.url, "SELECT version_num FROM alembic_version") == [(REVISION,)]
    assert ledger.verify().findings == []


def test_bringing_forward_what_is_the_newest_changes_nothing(ledger: Sample) -> None:
    ledger.store.upgrade()
    assert ledger.verify().findings == []


def test_a_ledger_that_moved_elsewhere_says_so(ledger: Sample) -> None:
    with ledger.store.write() as turn:
        turn.give_up("sqlite:////elsewhere.db")
    assert _told(ledger.store).startswith("one from which the ledger was moved")
    with pytest.raises(Unavailable, match="moved"):
        ledger.store.upgrade()


def test_opening_asks_one_question_more_and_no_other(ledger: Sample) -> None:
    """The question that the snapshot begins with."""
    asked: list[str] = []
    engine = ledger.store.database.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_more: asked.append(statement))
    with ledger.store.read():
        pass
    assert [sql for sql in asked if "SELECT" in sql] == ["SELECT version_num FROM alembic_version"]
