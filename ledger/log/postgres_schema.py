"""PostgreSQL's schema: the statements that make it, and what verification holds against pg_catalog.

Everything in the ledger's schema is looked at, whatever its kind: what is not made here does not belong there.
Proved by tests/ledger/log/test_postgres_schema.py.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.log import tables

Schema = dict[tuple[str, str], Any]
"""(kind, name) → what it is, in the same shape whether wanted or found."""

_TYPES = {"BIGINT": "bigint", "BYTEA": "bytea", 'VARCHAR COLLATE "C"': "character varying C"}
_ROW, _BEFORE = 1, 2
_EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_PLAIN_TABLE = ("r", "p", False, False)


@cache
def _guards() -> list[tables.Guard]:
    """Those of every database; TRUNCATE, which SQLite does not have; and no row beside what was appended before.

    A SQLite file is its writer's in any case. On a server the role that writes need not be able to do that.
    """
    truncated = [
        tables.Guard(f"{table.name}_no_truncate", table.name, "TRUNCATE", "", f"{table.name} is never emptied")
        for table in tables.LOG_TABLES
    ]
    elsewhere = f"NEW.n < (SELECT size FROM head) OR NEW.n >= (SELECT size FROM head) + {tables.MAX_BATCH}"  # noqa: S608 ours
    added = [
        tables.Guard(f"{name}_next", name, "INSERT", elsewhere, f"{name} rows are added with the next entries")
        for name in ("entry", "ref", "part", "wrap", "token")
    ]
    return tables.guards() + truncated + added


def _body(guard: tables.Guard) -> str:
    refuse = f"RAISE EXCEPTION '{guard.words}' USING ERRCODE = 'integrity_constraint_violation'"
    if not guard.condition:
        return f"BEGIN {refuse}; END"
    row = "OLD" if guard.event == "DELETE" else "NEW"
    return f"BEGIN IF {guard.condition} THEN {refuse}; END IF; RETURN {row}; END"


def postgres_schema() -> Mapping[str, str]:
    """The statements that make a ledger's tables, indexes, functions and triggers, by name."""
    schema = {}
    for table in tables.LOG_TABLES:
        schema[table.name] = str(CreateTable(table).compile(dialect=_DIALECT))
        for index in sorted(table.indexes, key=lambda item: str(item.name)):
            schema[str(index.name)] = str(CreateIndex(index).compile(dialect=_DIALECT))
    for guard in _guards():
        schema[f"{guard.name}()"] = (
            f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $${_body(guard)}$$"
        )
        # a condition asks of each row; what is always refused is refused once, even where there is no row
        level = "ROW" if guard.condition else "STATEMENT"
        schema[guard.name] = (
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} "
            f"FOR EACH {level} EXECUTE FUNCTION {guard.name}()"
        )
    return schema


def _columns(table: Table) -> tuple[tuple[Any, ...], ...]:
    return tuple(
        (column.name, _TYPES[str(column.type.compile(dialect=_DIALECT))], not column.nullable, True)
        for column in table.columns
    )


@cache
def wanted_schema() -> Schema:
    """What a ledger's schema holds, from tables.py."""
    schema: Schema = {}
    for table in tables.LOG_TABLES:
        keys = tuple(column.name for column in table.primary_key)
        schema["table", table.name] = (_PLAIN_TABLE, _columns(table), (("p", keys),))
        schema["index", f"{table.name}_pkey"] = (table.name, keys, True, True)
        for index in table.indexes:
            names = tuple(column.name for column in index.columns)
            schema["index", str(index.name)] = (table.name, names, bool(index.unique), True)
    version = (("version_num", "character varying(32) default", True, True),)
    schema["table", "alembic_version"] = (_PLAIN_TABLE, version, (("p", ("version_num",)),))
    schema["index", "alembic_version_pkc"] = ("alembic_version", ("version_num",), True, True)
    for guard in _guards():
        when = _BEFORE | _EVENTS[guard.event] | (_ROW if guard.condition else 0)
        schema["trigger", guard.name] = (guard.table, when, guard.name, True)
        schema["function", guard.name] = (_body(guard), True)
    return schema


# what an extension brought is its own: a server may have some in every database
_RELATIONS = """SELECT c.relname, c.relkind::text, c.relpersistence::text, c.relrowsecurity OR c.relforcerowsecurity,
    EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid)
    OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
    OR EXISTS (SELECT FROM pg_inherits i WHERE c.oid IN (i.inhparent, i.inhrelid))
    FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind <> 'i'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""
_COLUMNS = """SELECT c.relname, a.attname,
    format_type(a.atttypid, a.atttypmod) || coalesce(' ' || o.collname, ''), a.attnotnull,
    NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = ''
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation o ON o.oid = a.attcollation
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum"""
# PostgreSQL 18 lists NOT NULL among the constraints too; the columns say it
_CONSTRAINTS = """SELECT c.relname, k.contype::text, k.convalidated AND NOT k.condeferrable,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum ORDER BY u.place)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND k.contype NOT IN ('n', 't')"""
_INDEXES = """SELECT i.relname, c.relname, x.indisunique,
    x.indisvalid AND x.indisready AND x.indislive AND m.amname = 'btree' AND x.indpred IS NULL AND x.indexprs IS NULL
    AND x.indnkeyatts = x.indnatts AND NOT EXISTS (SELECT FROM unnest(x.indoption::int2[]) o WHERE o <> 0)
    AND NOT EXISTS (SELECT FROM unnest(x.indclass::oid[]) q JOIN pg_opclass p ON p.oid = q WHERE NOT p.opcdefault),
    ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY u(attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum ORDER BY u.place)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_am m ON m.oid = i.relam WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"""
_TRIGGERS = """SELECT t.tgname, c.relname, t.tgtype, p.proname, p.pronamespace = c.relnamespace,
    t.tgenabled = 'O' AND t.tgqual IS NULL AND t.tgnargs = 0 AND t.tgattr::text = ''
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal"""
_FUNCTIONS = """SELECT p.proname, p.prosrc, l.lanname = 'plpgsql' AND NOT p.prosecdef AND p.proconfig IS NULL
    AND p.prorettype = 'trigger'::regtype AND p.pronargs = 0 AND p.prokind = 'f'
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"""


def found_schema(connection: Connection) -> Schema:
    """What stands in the database's schema, of whatever kind."""

    def rows(sql: str) -> list[Any]:
        return [tuple(row) for row in connection.exec_driver_sql(sql).all()]

    columns: dict[str, list[Any]] = {}
    for name, *column in rows(_COLUMNS):
        columns.setdefault(name, []).append(tuple(column))
    constraints: dict[str, list[Any]] = {}
    for name, kind, plain, names in rows(_CONSTRAINTS):
        constraints.setdefault(name, []).append((kind if plain else "", tuple(names)))
    schema: Schema = {}
    for name, kind, persistence, guarded, more in rows(_RELATIONS):
        said = ((kind, persistence, guarded, more), tuple(columns.get(name, ())), tuple(constraints.get(name, ())))
        schema["table", name] = said
    for name, table, unique, plain, names in rows(_INDEXES):
        schema["index", name] = (table, tuple(names), unique, plain)
    for name, table, when, function, ours, plain in rows(_TRIGGERS):
        # one name may stand at several tables
        key = name if ("trigger", name) not in schema else f"{name} on {table}"
        schema["trigger", key] = (table, when, function, plain and ours)
    for name, body, plain in rows(_FUNCTIONS):
        key = name if ("function", name) not in schema else f"{name} again"
        schema["function", key] = (body, plain)
    return schema
