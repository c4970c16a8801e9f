"""Every column of every table changed by hand, rows deleted, swapped, doubled and added: what is found, and where.

The kinds of findings, in plain words. An entry's number stands with each, or none where it is the log as a whole.

    missing_entry       an entry that was recorded is gone
    entry_form          what stands in an entry's place is not an entry of this ledger
    stored_hash         an entry's text and its hash in the tree differ, or the tree has a hash too few or too many
    column              what is kept beside an entry for searching is not what its author signed
    extra_row           a row lies under no entry's number: nothing signed covers it
    duplicate_id        two entries have the same id
    signature           the text is not what its author signed, or was signed with another key
    unknown_author, before_enrolment, revoked_author
                        nobody of that name was enrolled; not yet; no longer
    not_permitted       its author had no role for it
    same_person         one person did what two must do
    refs                it refers to an entry that is not there, not before it, or of the wrong sort
    reader              it lets somebody read, or is by somebody, who is not a reader of the case
    key_generation      it uses a case key that was not due
    codes_key           its figures are not sealed under the codes key of that time
    hold                something was erased while it had to be kept
    part_missing, part_changed, part_added, part_after_erasure
                        a sealed part is gone and nobody erased it; is another; was never there; outlived its erasure
    wraps, tokens       a wrapped key or a search token was added, changed or taken away, and no entry says so
    seen_root           its author had seen another history than the one that is here
    seen_bounds         it says that it was written after more entries than came before it, or too long ago
    seen_backwards      its author had already seen more when they wrote before
    time_backwards, time_ahead
                        it is dated before something its author had seen; it is dated in the future
    roster              an entry about people or keys that breaks a rule about people
    origin              the ledger does not belong to the person who founded it, or is another one
    no_founder          the entry that began the ledger is missing or does not hold
    head                the newest checkpoint is missing, unreadable, or not for what is there
    checkpoint          it is not signed with the ledger's own key, or carries a signature too few or too many
    root                it was signed over other entries
    log_key             the ledger is not signed with the key that is trusted here
    rollback, fork      entries seen before are gone; are others
    schema              tables, indexes or triggers were altered
    storage             the file is damaged
"""

import sqlite3

import pytest

from ledger.log.tree import leaf_hash
from ledger.log.whole import RANGE
from ledger.records.writing import Draft
from tests.ledger_fixtures import case
from tests.tamper.damage import alter, check, found, rewrite_schema, unguarded
from tests.tamper.scene import Scene
from tests.tamper.table import LAST, TABLE, Damage


def test_a_clean_copy_gives_no_finding_and_every_count(scene: Scene) -> None:
    report = check(scene)
    assert report.findings == []
    assert report.ok
    assert report.size == 35
    assert report.checked == {
        "entries": 35,
        "signatures": 35,
        "references": 7,
        "sealed_parts": 22,
        "stored_hashes": 35,
        "tokens": 2,
        "wraps": 37,
    }
    assert report.absent == {"erased_parts": 2}
    assert report.could_not_check == {}
    assert report.suspect == [scene.at["suspect"]]
    assert report.root == scene.ledger.checkpoint().root


@pytest.mark.parametrize("damage", TABLE, ids=lambda damage: damage.sql)
def test_every_column_and_row(scene: Scene, damage: Damage) -> None:
    alter(scene, *damage.sql.split(";"))
    wanted = {(scene.at[where] if isinstance(where, str) else where, kind) for where, kind in damage.finds}
    assert found(scene) == wanted


def test_no_column_is_left_out(scene: Scene) -> None:
    """A table or a column that is new wants its own rows above."""
    with unguarded(scene.ledger.path) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # its one value is looked at whenever the ledger is opened: tests/ledger/log/test_migrations.py
        for table in tables - {"alembic_version"}:
            updates = [d.sql for d in TABLE if d.sql.startswith(f"UPDATE {table} SET ")]
            for _number, column, *_rest in connection.execute(f"PRAGMA table_info({table})"):
                assert any(f"SET {column} = " in sql for sql in updates), (table, column)


def test_an_altered_leaf_is_found_at_its_entry_alone(scene: Scene) -> None:
    n = scene.at["by_colleague"]
    alter(scene, "UPDATE entry SET leaf = ? WHERE n = {by_colleague}", values=[_redated(scene, n)])
    assert found(scene) == {(n, "column"), (n, "signature"), (n, "stored_hash")}


def test_an_altered_leaf_with_its_hash_and_columns(scene: Scene) -> None:
    """Whoever changes all that follows from a leaf still lacks two keys: its author's and the ledger's."""
    n = scene.at[LAST]
    leaf = _redated(scene, n)
    alter(scene, "UPDATE entry SET leaf = ?, at = at + 1 WHERE n = {last_word}", values=[leaf])
    alter(scene, "UPDATE stored_hash SET digest = ? WHERE number = {last_word}", values=[leaf_hash(leaf)])
    assert found(scene) == {(n, "signature"), (None, "root")}


def test_a_wrap_put_back_after_it_was_taken_away(scene: Scene) -> None:
    """Somebody whose access was ended kept a copy of the database from before."""
    colleague = {"handle": "p-colleague"}
    scene.write("let_in", "practitioner", Draft("access.granted", case(3), body=colleague))
    n = scene.write("key_given", "practitioner", Draft("note.added", case(3), record={"note": "for both"})).n
    with unguarded(scene.ledger.path) as connection:
        (row,) = connection.execute("SELECT * FROM wrap WHERE n = ? AND handle = 'p-colleague'", [n]).fetchall()
    scene.write("shut_out", "manager", Draft("access.ended", case(3), body={**colleague, "reason": "other"}))
    assert found(scene) == set()
    alter(scene, "DELETE FROM removed_wrap WHERE n = {key_given}")
    alter(scene, "INSERT INTO wrap VALUES (?, ?, ?, ?, ?)", values=row)
    assert found(scene) == {(n, "wraps")}


def _redated(scene: Scene, n: int) -> bytes:
    """The leaf of entry n, written a second later than it was."""
    leaf = scene.ledger.entry(n).leaf
    at = leaf.index(b'"at":"') + len(b'"at":"2026-09-21T13:33:2')
    return leaf[:at] + (b"1" if leaf[at : at + 1] == b"0" else b"0") + leaf[at + 1 :]


def test_a_checkpoint_of_more_than_could_be_does_not_keep_anybody_waiting(scene: Scene) -> None:
    head = scene.ledger.head().replace(b"\n35\n", b"\n9007199254740991\n")
    alter(scene, "UPDATE head SET size = 9007199254740991, checkpoint = ?", values=[head])
    report = check(scene)
    kinds = {(finding.entry, finding.kind) for finding in report.findings}
    assert {(None, "head"), (None, "checkpoint"), (35, "missing_entry")} <= kinds
    assert report.size == 2 * 35 + RANGE


def test_nothing_at_all_is_left(scene: Scene) -> None:
    tables = ("entry", "ref", "stored_hash", "part", "wrap", "token", "removed_wrap", "head")
    alter(scene, *(f"DELETE FROM {table}" for table in tables))
    assert found(scene) == {(None, "head"), (None, "no_founder")}


def test_triggers_and_indexes_taken_away(scene: Scene) -> None:
    with unguarded(scene.ledger.path) as connection:
        objects = connection.execute(
            "SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL AND type != 'table'"
        ).fetchall()
    assert {kind for kind, _name in objects} == {"index"}
    for _kind, name in objects:
        alter(scene, f"DROP INDEX {name}")
    findings = [finding for finding in check(scene).findings if finding.kind == "schema"]
    assert {finding.says.split(": ")[1] for finding in findings} == {f"{name} is missing" for _kind, name in objects}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("DROP TRIGGER entry_no_update", "entry_no_update is missing"),
        ("DROP TRIGGER head_forward", "head_forward is missing"),
        ("CREATE TRIGGER quiet AFTER INSERT ON ref BEGIN DELETE FROM token; END", "quiet does not belong here"),
        ("CREATE VIEW other AS SELECT * FROM entry", "other does not belong here"),
        ("CREATE TABLE notes (words)", "notes does not belong here"),
        ("CREATE INDEX slow ON entry (at)", "slow does not belong here"),
        ("ALTER TABLE entry ADD COLUMN remark", "entry is not as it was made"),
    ],
)
def test_the_schema(scene: Scene, sql: str, says: str) -> None:
    connection = sqlite3.connect(scene.ledger.path)
    connection.execute(sql)
    connection.commit()
    connection.close()
    assert [(finding.entry, finding.kind, finding.says) for finding in check(scene).findings] == [
        (None, "schema", f"the database was altered: {says}")
    ]


def test_a_trigger_of_the_same_name_that_does_nothing(scene: Scene) -> None:
    rewrite_schema(
        scene, "UPDATE sqlite_master SET sql = replace(sql, 'never', 'seldom') WHERE name = ?", ["part_no_update"]
    )
    assert found(scene) == {(None, "schema")}


def test_an_id_that_stands_twice(scene: Scene) -> None:
    """The index that forbids it is taken away and its text put back, so that only its pages are missing."""
    alter(scene, "UPDATE entry SET id = zeroblob(16) WHERE n = {hold}")
    with unguarded(scene.ledger.path) as connection:
        connection.execute("DROP INDEX entry_id")
        connection.execute("UPDATE entry SET id = zeroblob(16) WHERE n = ?", [scene.at[LAST]])
    last, hold = scene.at[LAST], scene.at["hold"]
    assert found(scene) == {(None, "schema"), (hold, "column"), (last, "column"), (last, "duplicate_id")}


def test_an_index_that_answers_other_than_its_table(scene: Scene) -> None:
    """Who refers to an entry is looked up in an index; one with a row less would hide an answer."""
    with unguarded(scene.ledger.path) as connection:
        kept = connection.execute("SELECT * FROM sqlite_master WHERE name = 'ref_target'").fetchone()
    rewrite_schema(scene, "DELETE FROM sqlite_master WHERE name = ?", ["ref_target"])
    alter(scene, "DELETE FROM ref WHERE n = {reviewed}")
    rewrite_schema(scene, "INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", kept)
    assert found(scene) == {(None, "storage"), (scene.at["reviewed"], "column")}
