"""What must hold of an entry at its place in the log. Append asks before it writes, verify asks of what was written.

Every function takes values and says which rules are broken; none reads storage. The form of an entry is entry.py's,
people and keys are roster.py's, readers and case keys are cases.py's. Source: docs/FORMAT.md "MUSTs".
Proved by tests/ledger/log/test_rules.py.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ledger.errors import Unverified
from ledger.log.entry import Entry, Header, RemovedWrap, Rows, Token, Wrap
from ledger.log.note import VerifierKey, check_signature
from ledger.log.roster import Broken, Roster, Term
from ledger.log.tree import HASH_SIZE, leaf_hash, root_over
from ledger.log.types import TOKEN_KINDS
from ledger.sealing.fields import SALT_SIZE
from ledger.sealing.identity import BOX_SIZE
from ledger.sealing.seal import CODES, check_ciphertext, codes_key_id

SEEN_WINDOW = 4096
CLOCK_SLACK = 300


@dataclass(frozen=True, slots=True)
class Target:
    """An entry that another refers to: its number, type, case and author."""

    n: int
    type: str
    case: bytes | None
    author: str


Signed = tuple[bytes, VerifierKey]
"""A leaf and the key that its signature was checked with."""


def author_rules(entry: Entry, n: int, roster: Roster, good: AbstractSet[Signed] = frozenset()) -> list[Broken]:
    """Signed by somebody enrolled, not revoked, with the key and a role that they had at entry n.

    good: what signatures.py found already; any other signature is checked here.
    """
    header = entry.header
    term = _founder(header) if n == 0 and header.type == "ledger.created" else roster.term(header.author, n)
    if term is None:
        if header.author in roster.people:
            return [Broken("before_enrolment", "its author was not enrolled yet")]
        return [Broken("unknown_author", "nobody was enrolled under its author's handle")]
    if not term.active:
        return [Broken("revoked_author", "its author had been revoked")]
    if entry.key_id != term.key.id:
        return [Broken("signature", "it is not signed with the key that its author had then")]
    # asked of `good` only where it has something: a leaf is long, and its hash is work
    if not (good and (entry.leaf, term.key) in good) and not is_signed(entry, term.key):
        return [Broken("signature", "its text is not what its author signed")]
    if not term.roles & header.kind.roles:
        return [Broken("not_permitted", f"its author had no role that may write {header.type}")]
    return []


def is_signed(entry: Entry, key: VerifierKey) -> bool:
    """Whether an entry's signature is by this key."""
    try:
        check_signature(entry.text, entry.signature, key)
    except Unverified:
        return False
    return True


def _founder(header: Header) -> Term:
    key = VerifierKey.parse(header.body["key"])
    return Term(0, key, frozenset(header.body["roles"]), frozenset())


def seen_rules(
    header: Header,
    n: int,
    root_at: Callable[[int], bytes | None],
    at_of: Callable[[int], int | None],
    author_seen: int,
) -> list[Broken]:
    """`seen` within its window, true, not behind the author's last (`author_seen`); `at` not before what it saw.

    root_at: the root of a size, at_of: the time of an entry; None where it is not known.
    """
    size = header.seen_size
    if not n - SEEN_WINDOW < size <= n:
        return [Broken("seen_bounds", f"it says that it was written after {size} entries, which is out of bounds")]
    broken = []
    if root_at(size) != header.seen_root:
        broken.append(Broken("seen_root", f"its author had seen another history of the first {size} entries"))
    if size < author_seen:
        broken.append(Broken("seen_backwards", "its author had already seen more in an earlier entry"))
    before = at_of(size - 1) if size else None
    if before is not None and header.at < before:
        broken.append(Broken("time_backwards", "it is dated before an entry that its author had already seen"))
    return broken


def clock_rules(header: Header, now: int) -> list[Broken]:
    """`at` not more than 300 s ahead of the clock (POSIX seconds)."""
    if header.at > now + CLOCK_SLACK:
        return [Broken("time_ahead", "it is dated in the future")]
    return []


def ref_rules(header: Header, n: int, target_of: Callable[[bytes], Target | None], roster: Roster) -> list[Broken]:
    """References to earlier entries of the right types, as many as the type has, of the same case."""
    slots = header.kind.refs
    counts = [0] * len(slots)
    broken: list[Broken] = []
    for ref in header.refs:
        target = target_of(ref)
        if target is None or target.n >= n:
            broken.append(Broken("refs", "it refers to an entry that is not before it"))
            continue
        for place, slot in enumerate(slots):
            if not slot.types or target.type in slot.types:
                counts[place] += 1
                break
        else:
            broken.append(Broken("refs", f"a {header.type} does not refer to a {target.type}"))
            continue
        if header.case != target.case and header.case is not None and target.case is not None:
            broken.append(Broken("refs", "it refers to an entry of another case"))
        broken += _person_rules(header, n, target, roster)
    for place, slot in enumerate(slots):
        if not slot.least <= counts[place] <= slot.most:
            broken.append(Broken("refs", f"a {header.type} refers to {slot.least} to {slot.most} such entries"))
    return broken


def _person_rules(header: Header, n: int, target: Target, roster: Roster) -> list[Broken]:
    same = target.author == header.author
    if header.kind.other_author and same:
        return [Broken("same_person", f"a {header.type} is by another person than what it is about")]
    if header.type == "decision.corrected":
        left = roster.term(target.author, n)
        for_leaver = left is not None and not left.roles & header.kind.roles
        if header.body["for_leaver"] != (not same) or not (same or for_leaver):
            return [Broken("not_permitted", "a decision is corrected by its author or, marked so, for a leaver")]
        term = roster.term(header.author, n)
        if not same and (term is None or "manager" not in term.roles):
            return [Broken("not_permitted", "only a manager corrects for somebody who has left")]
    if header.type == "decision.completed" and not same:
        return [Broken("not_permitted", "an urgent record is completed by its author")]
    return []


def codes_rules(header: Header, n: int, roster: Roster) -> list[Broken]:
    """Codes are sealed under the codes key that was current."""
    codes = header.sealed.get(CODES)
    if codes is not None and roster.codes_keys and codes.under != codes_key_id(roster.origin, roster.codes_key(n)):
        return [Broken("codes_key", "its codes are not sealed under the codes key that was current")]
    return []


def part_rules(header: Header, parts: Mapping[str, bytes], *, erased: bool) -> list[Broken]:
    """The sealed parts that lie beside an entry are those it commits to, or erased by an entry that says so."""
    if not header.sealed and not parts:
        return []
    broken = []
    for part, commitment in header.sealed.items():
        ciphertext = parts.get(part)
        if ciphertext is None:
            if not erased:
                broken.append(Broken("part_missing", f"its sealed {part} is missing and no entry erased it"))
        elif erased:
            broken.append(Broken("part_after_erasure", f"its sealed {part} is still there after its erasure"))
        else:
            try:
                check_ciphertext(commitment, ciphertext)
            except Unverified:
                broken.append(Broken("part_changed", f"its sealed {part} was changed"))
    added = [part for part in parts if part not in header.sealed]
    return broken + [Broken("part_added", f"a sealed {part} lies beside it that it does not have") for part in added]


def wrap_rules(header: Header, wraps: Mapping[int, Wrap], removed: Mapping[int, RemovedWrap]) -> list[Broken]:
    """The wraps beside an entry, with those taken away, are those it commits to."""
    if removed and not wraps.keys().isdisjoint(removed):
        return [Broken("wraps", "a wrap is there that was taken away")]
    return _row_rules("wraps", header, {**wraps, **removed} if removed else wraps)


def token_rules(header: Header, tokens: Mapping[int, Token], *, erased: bool) -> list[Broken]:
    """The search tokens beside an entry are those it commits to; none is left after an erasure."""
    if not erased:
        return _row_rules("tokens", header, tokens)
    return [Broken("tokens", "search tokens are still there after its erasure")] if tokens else []


def _row_rules(kind: str, header: Header, rows: Mapping[int, Wrap | RemovedWrap | Token]) -> list[Broken]:
    committed = header.beside.get(kind)
    if committed is None and not rows:
        return []
    wanted = committed.n if committed else 0
    ordered = [rows[position] for position in range(wanted) if position in rows]
    word = kind[:-1]
    if len(ordered) != wanted:
        return [Broken(kind, f"a {word} beside it is missing")]
    if len(rows) != wanted:
        return [Broken(kind, f"a {word} lies beside it that it does not have")]
    leaves = []
    for row in ordered:
        # what an entry commits to has no lengths in it, so these fix where one field ends and the next begins
        if not _shaped(row):
            return [Broken(kind, f"a {word} beside it was changed")]
        leaves.append(leaf_hash(row.leaf()))
    if committed and root_over(leaves) != committed.root:
        return [Broken(kind, f"a {word} beside it was changed")]
    return []


def _shaped(row: Wrap | RemovedWrap | Token) -> bool:
    if isinstance(row, Wrap):
        return len(row.box) == BOX_SIZE and len(row.under) == HASH_SIZE
    if isinstance(row, RemovedWrap):
        return len(row.box_sha256) == HASH_SIZE and len(row.under) == HASH_SIZE
    return len(row.salt) == SALT_SIZE and len(row.token) == HASH_SIZE and row.kind in TOKEN_KINDS


def rows_over(rows: Iterable[Wrap | RemovedWrap | Token]) -> Rows:
    """What an entry commits to for rows, in order."""
    return Rows.over([leaf_hash(row.leaf()) for row in rows])
