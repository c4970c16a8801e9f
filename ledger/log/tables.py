"""The tables, as SQLModel, and the triggers that refuse accidents. No query stands here: reader and store have them.

Rows are only ever inserted, but for two things: the head is replaced by a larger one, and parts, wraps and tokens are
taken away when an entry of the log says so. Triggers guard against accidents; verification guards against intent.
`n` is an entry's number. Source: docs/FORMAT.md "What lies in the database".
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String
from sqlmodel import Field, SQLModel

MAX_BATCH = 4096
"""As many entries may be appended at once."""
REVISION = "0001"
"""The newest revision of the schema in migrations/: what this program reads and writes."""
_NO_ROWID = {"sqlite_with_rowid": False}
# bytes in their order: an index by a server's own collation breaks when its operating system is renewed
_TEXT = String().with_variant(String(collation="C"), "postgresql")


def _bytes(primary_key: bool = False, nullable: bool = False) -> Column[bytes]:
    return Column(LargeBinary, primary_key=primary_key, nullable=nullable)


class EntryRow(SQLModel, table=True):
    """A leaf, and beside it what queries need of its header; verify compares each with the leaf."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_id", "id", unique=True),
        Index("entry_type", "type", "n"),
        Index("entry_author", "author", "n"),
        Index("entry_case", "case_id", "n"),
    )
    n: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    id: bytes = Field(sa_column=_bytes())
    type: str = Field(sa_column=Column(_TEXT, nullable=False))
    author: str = Field(sa_column=Column(_TEXT, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    case_id: bytes | None = Field(default=None, sa_column=_bytes(nullable=True))
    leaf: bytes = Field(sa_column=_bytes())


class RefRow(SQLModel, table=True):
    """An entry's reference to an earlier one, by id."""

    __tablename__ = "ref"
    __table_args__ = (Index("ref_target", "target", "n"), _NO_ROWID)
    n: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    target: bytes = Field(sa_column=_bytes())


class HashRow(SQLModel, table=True):
    """A stored hash of the tree: tile level and its number there."""

    __tablename__ = "stored_hash"
    __table_args__ = (_NO_ROWID,)
    level: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_column=_bytes())


class PartRow(SQLModel, table=True):
    """The ciphertext of a sealed part.

    It keeps SQLite's rowid: without one, whatever is longer than a quarter of a page goes to pages of its own.
    """

    __tablename__ = "part"
    n: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    part: str = Field(sa_column=Column(_TEXT, primary_key=True))
    ciphertext: bytes = Field(sa_column=_bytes())


class WrapRow(SQLModel, table=True):
    """A key sealed to one person."""

    __tablename__ = "wrap"
    __table_args__ = (_NO_ROWID,)
    n: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    under: bytes = Field(sa_column=_bytes())
    handle: str = Field(sa_column=Column(_TEXT, nullable=False))
    box: bytes = Field(sa_column=_bytes())


class TokenRow(SQLModel, table=True):
    """A search token."""

    __tablename__ = "token"
    __table_args__ = (Index("token_token", "token"), _NO_ROWID)
    n: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(_TEXT, nullable=False))
    token: bytes = Field(sa_column=_bytes())
    salt: bytes = Field(sa_column=_bytes())


class RemovedWrapRow(SQLModel, table=True):
    """What stays of a wrap that was taken away: enough to check the root over the rest, and why it went."""

    __tablename__ = "removed_wrap"
    __table_args__ = (_NO_ROWID,)
    n: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    under: bytes = Field(sa_column=_bytes())
    handle: str = Field(sa_column=Column(_TEXT, nullable=False))
    box_sha256: bytes = Field(sa_column=_bytes())


class HeadRow(SQLModel, table=True):
    """The newest checkpoint, in the one row there is."""

    __tablename__ = "head"
    one: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    checkpoint: bytes = Field(sa_column=_bytes())


LOG_TABLES = tuple(
    SQLModel.metadata.tables[name]
    for name in ("entry", "ref", "stored_hash", "part", "wrap", "token", "removed_wrap", "head")
)
INSERT_ONLY = ("entry", "ref", "stored_hash", "removed_wrap")
TAKEN_AWAY = ("part", "wrap", "token")

_ERASED = """EXISTS (
    SELECT 1 FROM entry e JOIN ref q ON q.target = e.id JOIN entry asked ON asked.n = q.n
    JOIN ref a ON a.target = asked.id JOIN entry approved ON approved.n = a.n
    JOIN ref d ON d.target = approved.id JOIN entry done ON done.n = d.n
    WHERE e.n = OLD.n AND asked.type = 'erasure.requested' AND approved.type = 'erasure.approved'
    AND done.type = 'erasure.done')"""


_NOT_KEPT = "NOT EXISTS (SELECT 1 FROM removed_wrap r WHERE r.n = OLD.n AND r.position = OLD.position)"


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that refuses an accident. event: INSERT, UPDATE, DELETE; condition: SQL over OLD and NEW, or always."""

    name: str
    table: str
    event: str
    condition: str
    words: str


def guards() -> list[Guard]:
    """What the triggers of every database refuse."""
    found = [
        Guard(f"{table}_no_update", table, "UPDATE", "", f"{table} rows are never changed")
        for table in (*INSERT_ONLY, *TAKEN_AWAY)
    ]
    found += [
        Guard(f"{table}_no_delete", table, "DELETE", "", f"{table} rows are never deleted") for table in INSERT_ONLY
    ]
    found += [
        Guard(f"{table}_delete", table, "DELETE", condition, words)
        for table, condition, words in (
            ("part", f"NOT {_ERASED}", "a sealed part is deleted only by an erasure in the log"),
            ("token", f"NOT {_ERASED}", "a search token is deleted only by an erasure in the log"),
            ("wrap", _NOT_KEPT, "a wrap is deleted only when what was removed is kept"),
        )
    ]
    astray = f"NEW.size <= OLD.size OR NEW.size > OLD.size + {MAX_BATCH} OR NEW.one <> OLD.one"
    found.append(Guard("head_forward", "head", "UPDATE", astray, "the head only moves forward, a batch at a time"))
    found.append(Guard("head_one", "head", "INSERT", "NEW.one <> 1", "there is one head"))
    found.append(Guard("head_no_delete", "head", "DELETE", "", "the head is never deleted"))
    return found
