"""The table of damage: SQL to run on a copy, and all that verification then finds. The kinds: test_damage.py.

Names in braces are the numbers of the scene's entries (scene.py).
"""

from dataclasses import dataclass

LAST = "last_word"
WRAP = "n = {new_key} AND position = 0"
TOKEN = "n = {tokens} AND position = 1"
WHOLE = None


@dataclass(frozen=True)
class Damage:
    """Statements to run, and all that verification then finds: pairs of what happened there, or None, and kind."""

    sql: str
    finds: tuple[tuple[str | int | None, str], ...]


def _d(sql: str, *finds: tuple[str | int | None, str]) -> Damage:
    return Damage(sql, finds)


# a row's own entry is named by each; where others are too, they rest on what was changed
ENTRY = [
    _d("UPDATE entry SET n = 99 WHERE n = {last_word}", (LAST, "missing_entry"), (99, "extra_row")),
    _d("UPDATE entry SET n = -1 WHERE n = {last_word}", (LAST, "missing_entry"), (-1, "extra_row")),
    _d("UPDATE entry SET n = n + 0.5 WHERE n = {last_word}", (LAST, "missing_entry"), (WHOLE, "extra_row")),
    _d("UPDATE entry SET n = 'one' WHERE n = {last_word}", (LAST, "missing_entry"), (WHOLE, "extra_row")),
    _d("UPDATE entry SET id = zeroblob(16) WHERE n = {last_word}", (LAST, "column")),
    _d(
        "UPDATE entry SET id = zeroblob(16) WHERE n = {decision}",
        ("decision", "column"),
        *((name, "refs") for name in ("approved", "consent", "by_colleague", "reviewed")),
    ),
    _d("UPDATE entry SET type = 'note.added' WHERE n = {approved}", ("approved", "column")),
    _d("UPDATE entry SET type = 'note.added' WHERE n = 0", (0, "column")),
    _d("UPDATE entry SET type = 'ledger.created' WHERE n = {note}", ("note", "column")),
    _d(
        "UPDATE entry SET type = 'note.added' WHERE n = {erasure_done}",
        ("erasure_done", "column"),
        ("to_erase", "part_missing"),
        ("to_erase", "wraps"),
    ),
    _d("UPDATE entry SET author = 'p-nobody' WHERE n = {decision}", ("decision", "column")),
    _d("UPDATE entry SET author = CAST(author AS BLOB) WHERE n = {decision}", ("decision", "column")),
    _d("UPDATE entry SET author = CAST(x'ff' AS TEXT) WHERE n = {decision}", ("decision", "column")),
    _d("UPDATE entry SET at = at + 1 WHERE n = {decision}", ("decision", "column")),
    _d("UPDATE entry SET at = 'noon' WHERE n = {decision}", ("decision", "column")),
    _d("UPDATE entry SET case_id = NULL WHERE n = {by_colleague}", ("by_colleague", "column")),
    _d("UPDATE entry SET case_id = x'07' WHERE n = {by_colleague}", ("by_colleague", "column")),
    _d("UPDATE entry SET case_id = zeroblob(16) WHERE n = {hold}", ("hold", "column")),
    _d("UPDATE entry SET leaf = x'' WHERE n = {last_word}", (LAST, "entry_form"), (LAST, "stored_hash")),
    _d(
        "UPDATE entry SET leaf = CAST(leaf || x'0a' AS BLOB) WHERE n = {last_word}",
        (LAST, "entry_form"),
        (LAST, "stored_hash"),
    ),
    _d("UPDATE entry SET leaf = CAST(leaf AS TEXT) WHERE n = {hold}", ("hold", "entry_form"), ("hold", "stored_hash")),
    _d("DELETE FROM entry WHERE n = {last_word}", (LAST, "missing_entry")),
    _d("DELETE FROM entry WHERE n = {hold}", ("hold", "missing_entry")),
    _d(
        "DELETE FROM entry WHERE n = {last_word}; DELETE FROM stored_hash WHERE number = {last_word}",
        (LAST, "missing_entry"),
        (WHOLE, "root"),
    ),
    _d(
        "UPDATE entry SET n = 999 WHERE n = {hold}; UPDATE entry SET n = {hold} WHERE n = {tokens};"
        "UPDATE entry SET n = {tokens} WHERE n = 999",
        ("hold", "stored_hash"),
        ("hold", "signature"),
        ("hold", "tokens"),
        ("tokens", "stored_hash"),
        ("tokens", "tokens"),
    ),
    _d(
        "INSERT INTO entry SELECT 35, zeroblob(16), type, author, at, case_id, leaf FROM entry WHERE n = {hold}",
        (35, "extra_row"),
    ),
    _d(
        "INSERT INTO entry SELECT 3.5, zeroblob(16), type, author, at, case_id, leaf FROM entry WHERE n = {hold}",
        (WHOLE, "extra_row"),
    ),
    _d(
        "INSERT INTO entry SELECT 1e300, zeroblob(16), type, author, at, case_id, leaf FROM entry WHERE n = {hold}",
        (WHOLE, "extra_row"),
    ),
]

REF = [
    _d("UPDATE ref SET n = {note} WHERE n = {approved}", ("approved", "column"), ("note", "column")),
    _d("UPDATE ref SET position = 1 WHERE n = {approved}", ("approved", "column")),
    _d("UPDATE ref SET position = -1 WHERE n = {approved}", ("approved", "column")),
    _d("UPDATE ref SET position = 0.5 WHERE n = {approved}", ("approved", "column")),
    _d("UPDATE ref SET target = zeroblob(16) WHERE n = {approved}", ("approved", "column")),
    _d("UPDATE ref SET target = 'it' WHERE n = {approved}", ("approved", "column")),
    _d("DELETE FROM ref WHERE n = {reviewed}", ("reviewed", "column")),
    _d("INSERT INTO ref VALUES ({note}, 0, zeroblob(16))", ("note", "column")),
    _d("INSERT INTO ref VALUES (99, 0, zeroblob(16))", (99, "extra_row")),
    _d("INSERT INTO ref VALUES (3.5, 0, zeroblob(16))", (WHOLE, "extra_row")),
    _d("DELETE FROM ref WHERE n = {erasure_done}", ("erasure_done", "column")),
]

STORED_HASH = [
    _d("UPDATE stored_hash SET level = 1 WHERE number = {note}", ("note", "stored_hash"), (WHOLE, "stored_hash")),
    _d("UPDATE stored_hash SET level = 'a' WHERE number = {note}", ("note", "stored_hash"), (WHOLE, "stored_hash")),
    _d("UPDATE stored_hash SET number = 99 WHERE number = {note}", ("note", "stored_hash")),
    _d("UPDATE stored_hash SET digest = zeroblob(32) WHERE number = {note}", ("note", "stored_hash")),
    _d("UPDATE stored_hash SET digest = CAST(digest || x'00' AS BLOB) WHERE number = {note}", ("note", "stored_hash")),
    _d("UPDATE stored_hash SET digest = 'a' WHERE number = {note}", ("note", "stored_hash")),
    _d("DELETE FROM stored_hash WHERE number = {note}", ("note", "stored_hash")),
    _d("INSERT INTO stored_hash VALUES (0, 99, zeroblob(32))", (WHOLE, "stored_hash")),
    _d("INSERT INTO stored_hash VALUES (0, 3.5, zeroblob(32))", (WHOLE, "stored_hash")),
    _d("INSERT INTO stored_hash VALUES (0.5, 3, zeroblob(32))", (WHOLE, "stored_hash")),
    _d("INSERT INTO stored_hash VALUES (-1, 0, zeroblob(32))", (WHOLE, "stored_hash")),
    _d("INSERT INTO stored_hash VALUES (1, 0, zeroblob(32))", (WHOLE, "stored_hash")),
]

PART = [
    _d("UPDATE part SET n = {granted} WHERE n = {note}", ("granted", "part_added"), ("note", "part_missing")),
    _d("UPDATE part SET n = 99 WHERE n = {note}", ("note", "part_missing"), (99, "extra_row")),
    _d("UPDATE part SET part = 'codes' WHERE n = {note}", ("note", "part_added"), ("note", "part_missing")),
    _d("UPDATE part SET part = CAST(part AS BLOB) WHERE n = {note}", ("note", "part_added"), ("note", "part_missing")),
    _d("UPDATE part SET ciphertext = zeroblob(length(ciphertext)) WHERE n = {note}", ("note", "part_changed")),
    _d("UPDATE part SET ciphertext = CAST(ciphertext || x'00' AS BLOB) WHERE n = {note}", ("note", "part_changed")),
    _d("UPDATE part SET ciphertext = 5 WHERE n = {note}", ("note", "part_changed")),
    _d(
        "UPDATE part SET n = 999 WHERE n = {note}; UPDATE part SET n = {note} WHERE n = {request};"
        "UPDATE part SET n = {request} WHERE n = 999",
        ("note", "part_changed"),
        ("request", "part_changed"),
    ),
    _d("DELETE FROM part WHERE n = {note}", ("note", "part_missing")),
    _d("DELETE FROM part WHERE n = {decision} AND part = 'codes'", ("decision", "part_missing")),
    _d("INSERT INTO part VALUES ({to_erase}, 'record', zeroblob(600))", ("to_erase", "part_after_erasure")),
    _d("INSERT INTO part VALUES ({to_erase}, 'codes', zeroblob(600))", ("to_erase", "part_after_erasure")),
    _d("INSERT INTO part VALUES ({note}, 'codes', zeroblob(600))", ("note", "part_added")),
    _d("INSERT INTO part VALUES ({hold}, 'other', zeroblob(600))", ("hold", "part_added")),
    _d("INSERT INTO part VALUES ({note} + 0.5, 'record', zeroblob(600))", (WHOLE, "extra_row")),
]

WRAPS = [
    _d(
        "UPDATE wrap SET n = {granted} WHERE " + WRAP, ("granted", "wraps"), ("new_key", "wraps"), ("new_key", "reader")
    ),
    _d("UPDATE wrap SET position = 17 WHERE " + WRAP, ("new_key", "wraps")),
    _d("UPDATE wrap SET position = 0.5 WHERE " + WRAP, ("new_key", "wraps")),
    _d(
        "UPDATE wrap SET under = zeroblob(32) WHERE " + WRAP,
        ("new_key", "wraps"),
        ("new_key", "key_generation"),
        ("new_key", "reader"),
    ),
    _d("UPDATE wrap SET handle = 'p-guardian' WHERE " + WRAP, ("new_key", "wraps"), ("new_key", "reader")),
    _d("UPDATE wrap SET handle = 'p-lead' WHERE " + WRAP, ("new_key", "wraps"), ("new_key", "reader")),
    _d("UPDATE wrap SET box = zeroblob(80) WHERE " + WRAP, ("new_key", "wraps")),
    _d("UPDATE wrap SET box = 7 WHERE " + WRAP, ("new_key", "wraps")),
    _d("DELETE FROM wrap WHERE " + WRAP, ("new_key", "wraps"), ("new_key", "reader")),
    _d("INSERT INTO wrap SELECT n, 9, under, handle, box FROM wrap WHERE " + WRAP, ("new_key", "wraps")),
    _d("INSERT INTO wrap SELECT n, 0.5, under, handle, box FROM wrap WHERE " + WRAP, ("new_key", "wraps")),
    _d("INSERT INTO wrap SELECT {hold}, 0, under, handle, box FROM wrap WHERE " + WRAP, ("hold", "wraps")),
    _d("INSERT INTO wrap SELECT 99, 0, under, handle, box FROM wrap WHERE " + WRAP, (99, "extra_row")),
    # taken away, with a row that says so and no entry that does
    _d(
        "INSERT INTO removed_wrap SELECT n, position, under, handle, zeroblob(32) FROM wrap WHERE " + WRAP + ";"
        "DELETE FROM wrap WHERE " + WRAP,
        ("new_key", "wraps"),
    ),
]

REMOVED = [
    _d(
        "UPDATE removed_wrap SET n = {hold} WHERE n = {shared_key}",
        ("hold", "wraps"),
        ("shared_key", "wraps"),
        ("shared_key", "reader"),
    ),
    _d("UPDATE removed_wrap SET position = 9 WHERE n = {shared_key}", ("shared_key", "wraps")),
    _d(
        "UPDATE removed_wrap SET under = zeroblob(32) WHERE n = {shared_key}",
        ("shared_key", "wraps"),
        ("shared_key", "key_generation"),
        ("shared_key", "reader"),
    ),
    _d(
        "UPDATE removed_wrap SET handle = 'p-guardian' WHERE n = {shared_key}",
        ("shared_key", "wraps"),
        ("shared_key", "reader"),
    ),
    _d("UPDATE removed_wrap SET box_sha256 = zeroblob(32) WHERE n = {shared_key}", ("shared_key", "wraps")),
    _d("UPDATE removed_wrap SET box_sha256 = 'a' WHERE n = {shared_key}", ("shared_key", "wraps")),
    _d("DELETE FROM removed_wrap WHERE n = {shared_key}", ("shared_key", "wraps"), ("shared_key", "reader")),
    _d("INSERT INTO removed_wrap VALUES ({hold}, 0, zeroblob(32), 'p-lead', zeroblob(32))", ("hold", "wraps")),
    _d("INSERT INTO removed_wrap VALUES (99, 0, zeroblob(32), 'p-lead', zeroblob(32))", (99, "extra_row")),
]

TOKENS = [
    _d("UPDATE token SET n = {note} WHERE " + TOKEN, ("note", "tokens"), ("tokens", "tokens")),
    _d("UPDATE token SET position = 5 WHERE " + TOKEN, ("tokens", "tokens")),
    _d("UPDATE token SET kind = 'name' WHERE " + TOKEN, ("tokens", "tokens")),
    _d("UPDATE token SET token = zeroblob(32) WHERE " + TOKEN, ("tokens", "tokens")),
    _d("UPDATE token SET salt = zeroblob(16) WHERE " + TOKEN, ("tokens", "tokens")),
    # what is committed to stays the same: a byte moves from one column to the next
    _d(
        "UPDATE token SET salt = substr(salt, 1, 15), kind = CAST(substr(salt, 16) AS TEXT) || kind WHERE " + TOKEN,
        ("tokens", "tokens"),
    ),
    _d("DELETE FROM token WHERE " + TOKEN, ("tokens", "tokens")),
    _d("INSERT INTO token VALUES ({tokens}, 2, 'nhs', zeroblob(32), zeroblob(16))", ("tokens", "tokens")),
    _d("INSERT INTO token VALUES ({note}, 0, 'nhs', zeroblob(32), zeroblob(16))", ("note", "tokens")),
    _d("INSERT INTO token VALUES (-3, 0, 'nhs', zeroblob(32), zeroblob(16))", (-3, "extra_row")),
]

HEAD = [
    _d("UPDATE head SET one = 2", (WHOLE, "head")),
    _d("UPDATE head SET size = size - 1", (WHOLE, "head")),
    _d("UPDATE head SET size = 'a'", (WHOLE, "head")),
    _d("UPDATE head SET checkpoint = CAST(checkpoint AS TEXT)", (WHOLE, "head")),
    _d("UPDATE head SET checkpoint = x''", (WHOLE, "head")),
    # one more signature line, by nobody
    _d(
        "UPDATE head SET checkpoint = CAST(checkpoint || x'e28094207820414141414141413d0a' AS BLOB)",
        (WHOLE, "checkpoint"),
    ),
    _d("INSERT INTO head SELECT 2, size, checkpoint FROM head", (WHOLE, "head")),
    _d("DELETE FROM head", (WHOLE, "head")),
]

TABLE = [*ENTRY, *REF, *STORED_HASH, *PART, *WRAPS, *REMOVED, *TOKENS, *HEAD]
