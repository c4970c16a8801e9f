"""The statements that Reader asks most often, each made once. What is used here SQLite and PostgreSQL both have.

Proved by tests/ledger/log/test_store.py.
"""

from sqlalchemy import BigInteger, bindparam, cast, select

from ledger.log.tables import LOG_TABLES

PAGE = 512

_T = {table.name: table for table in LOG_TABLES}
_entry, _ref, _hash, _part = _T["entry"], _T["ref"], _T["stored_hash"], _T["part"]
_wrap, _token, _removed, _head = _T["wrap"], _T["token"], _T["removed_wrap"], _T["head"]

BY_RANGE = {
    table.name: select(table)
    .where(table.c.n >= bindparam("start"), table.c.n < bindparam("end"))
    .order_by(*table.primary_key)
    for table in (_entry, _ref, _part, _wrap, _token, _removed)
}
OUTSIDE = {
    table.name: select(table.c.n)
    .where((table.c.n < 0) | (table.c.n >= bindparam("size")) | (table.c.n != cast(table.c.n, BigInteger)))
    .distinct()
    .limit(PAGE)
    for table in (_entry, _ref, _part, _wrap, _token, _removed)
}
HEAD = select(_head.c.one, _head.c.size, _head.c.checkpoint)
HASHES = (
    select(_hash.c.digest)
    .where(_hash.c.level == bindparam("level"), _hash.c.number >= bindparam("start"), _hash.c.number < bindparam("end"))
    .order_by(_hash.c.number)
)
BEYOND = {
    table.name: select(table.c.n).where((table.c.n < 0) | (table.c.n >= bindparam("size"))).distinct().limit(PAGE)
    for table in (_entry, _ref, _part, _wrap, _token, _removed)
}
_later = _entry.alias("later")
TARGETS = (
    select(_ref.c.target, _entry.c.n, _entry.c.type, _entry.c.case_id, _entry.c.author)
    .join(_entry, _entry.c.id == _ref.c.target)
    .where(_ref.c.n >= bindparam("start"), _ref.c.n < bindparam("end"))
)
_elsewhere = select(_entry.c.n).where(
    _entry.c.case_id == _later.c.case_id, _entry.c.n >= bindparam("first"), _entry.c.n < bindparam("last")
)
CASES_ELSEWHERE = (
    select(_later.c.case_id)
    .distinct()
    .where(_later.c.n >= bindparam("start"), _later.c.n < bindparam("end"), _elsewhere.exists())
)
REPEATED_FROM = (
    select(_later.c.id, _later.c.n)
    .join(_entry, (_entry.c.id == _later.c.id) & (_entry.c.n != _later.c.n))
    .where(_later.c.n >= bindparam("start"))
    .limit(PAGE)
)
BEFORE_OF_AUTHOR = (
    select(_entry)
    .where(_entry.c.author == bindparam("author"), _entry.c.n < bindparam("end"))
    .order_by(_entry.c.n.desc())
    .limit(1)
)
NUMBERS = select(_entry.c.n).where(_entry.c.n >= 0, _entry.c.n < bindparam("size"))
BY_IDS = select(_entry).where(_entry.c.id.in_(bindparam("ids", expanding=True)))
BEGUN = select(_entry.c.case_id).where(_entry.c.case_id.in_(bindparam("cases", expanding=True))).distinct()
BEGUN_ONE = select(_entry.c.case_id).where(_entry.c.case_id == bindparam("case")).limit(1)
BY_ID = select(_entry).where(_entry.c.id == bindparam("id"))
OF_AUTHOR = select(_entry).where(_entry.c.author == bindparam("author")).order_by(_entry.c.n.desc()).limit(1)
_touched = select(_later.c.n).where(
    _later.c.case_id == _entry.c.case_id, _later.c.n >= bindparam("start"), _later.c.n < bindparam("end")
)
ERASURES_TOUCHING = (
    select(_entry)
    .where(_entry.c.type == "erasure.done", _entry.c.n < bindparam("end"), _touched.exists())
    .order_by(_entry.c.n)
)
