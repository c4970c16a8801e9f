"""What is said to the ledger's tables is plain enough for other engines, as docs/how-to/other-engines.md lists it."""

import re
from pathlib import Path

import pytest
from sqlalchemy import event

from ledger.log.copying import copy_ledger
from ledger.log.opening import open_everything
from ledger.log.store import Store
from ledger.log.tables import LOG_TABLES
from ledger.records.finding import find_entry
from ledger.records.writing import Draft
from tests.ledger_databases import new_store
from tests.ledger_fixtures import case, small_ledger

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "other-engines.md"
BEGINNINGS = {"SELECT", "INSERT", "UPDATE", "DELETE", "BEGIN", "COMMIT", "ROLLBACK"}
WORDS = {
    *(
        "and",
        "as",
        "asc",
        "by",
        "cast",
        "collate",
        "desc",
        "distinct",
        "exists",
        "for",
        "from",
        "group",
        "having",
        "in",
    ),
    *(
        "insert",
        "into",
        "is",
        "isolation",
        "join",
        "level",
        "limit",
        "not",
        "null",
        "on",
        "only",
        "or",
        "order",
        "read",
    ),
    *("repeatable", "committed", "write", "select", "set", "update", "values", "where", "delete", "begin", "commit"),
    *("rollback", "c", "true", "false"),
}
FUNCTIONS = {"count", "max"}
TYPES = {"bigint", "varchar", "integer", "bytea"}


def _what_is_said(directory: Path) -> set[str]:
    """Every statement of a life of a ledger: recorded, granted, ended, erased, read, verified, copied."""
    said: set[str] = set()
    store = new_store("postgresql", directory)
    event.listen(store.database.engine, "before_cursor_execute", lambda _c, _k, sql, *_more: said.add(sql))
    ledger = small_ledger(directory, store=store)
    decided = ledger.decide("practitioner", case(1))
    ledger.desk("practitioner").write(Draft("access.granted", case(1), body={"handle": "p-colleague"}))
    ledger.desk("practitioner").write(Draft("note.added", case(1), record={"note": "x"}))
    ledger.desk("manager").write(Draft("access.ended", case(1), body={"handle": "p-colleague", "reason": "other"}))
    reason = {"reason": "other"}
    asked = ledger.desk("lead").write(Draft("erasure.requested", case(1), refs=(decided.header.id,), body=reason))
    approved = ledger.desk("guardian").write(Draft("erasure.approved", case(1), refs=(asked.header.id,)))
    ledger.desk("lead").write(Draft("erasure.done", case(1), refs=(approved.header.id,)))
    assert ledger.verify().findings == []
    assert ledger.verify(since=3).findings == []
    with store.read() as reader:
        size = ledger.checkpoint().size
        assert find_entry(reader, decided.header.id.hex()[:6], size).n == decided.n
        reader.about(decided.header.id)
        opened = open_everything(reader, ledger.roster(), ledger.people["guardian"], size)
        assert opened.findings == []
    copy = Store.create(directory / "copy.db")
    copy_ledger(store, copy)
    copy.close()
    # what is asked of the catalogue is PostgreSQL's own
    return {sql for sql in said if "pg_" not in sql and not sql.lstrip().startswith(("show", "select current_schema"))}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return _what_is_said(tmp_path_factory.mktemp("engines"))


def test_no_function_type_or_word_is_outside_the_written_list(said: set[str]) -> None:
    ours = {table.name for table in LOG_TABLES} | {column.name for table in LOG_TABLES for column in table.columns}
    ours |= {"alembic_version", "version_num"}
    assert len(said) > 30
    for sql in said:
        assert sql.split()[0] in BEGINNINGS, sql
        plain = re.sub(r"%\(\w+\)s|'[^']*'|\b\w+_\d+\b", "", sql)
        aliases = {name.lower() for name in re.findall(r"\bAS (\w+)", plain)} - TYPES
        words = {word.lower() for word in re.findall(r"[A-Za-z_]\w*", plain)} - aliases
        assert words - ours <= WORDS | FUNCTIONS | TYPES, sql


def test_the_page_names_the_list() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in FUNCTIONS:
        assert f"`{name}`" in page
    for name in TYPES - {"integer"}:
        assert f"`{name.upper()}`" in page
    assert "none of it was run" in page


def test_the_words_of_other_functions_are_seen(said: set[str]) -> None:
    """The check above can fail."""
    assert "lower" not in WORDS | FUNCTIONS | TYPES
    assert any("FOR UPDATE" in sql for sql in said)
