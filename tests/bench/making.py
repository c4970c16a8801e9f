"""The entries of long ledgers, truly signed and sealed. Entry n follows from n alone, so many processes can sign.

Two mixes. `mix`: of ten entries of a case one is a sealed decision with its key to three readers, five let a colleague
in, two place a hold and two lift it. `decisions`: sealed decisions alone, each in a case of its own.
Only the boxes that libsodium seals differ from one making to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from ledger.log.append import Prepared
from ledger.log.entry import Header, Wrap, sign_entry
from ledger.log.rules import rows_over
from ledger.log.tree import leaf_hash
from ledger.records.access import wraps_for
from ledger.sealing.identity import Identity
from ledger.sealing.seal import CODES, RECORD, Place, case_key_id, seal_codes, seal_record
from tests.cli.sample_documents import share
from tests.ledger_fixtures import DECISION, NOW, Sample, case, entry_id, identity_of

CASE = 10
"""Entries of one case in the mix."""
COLLEAGUES = 20
WORKERS = tuple(f"worker-{n}" for n in range(COLLEAGUES))
READERS = ("guardian", "duty")
"""Who reads every case besides its author."""
_RECORD = {"document": share()}
_BODY = {
    **DECISION,
    "packs": [{"id": f"sample/pack-{n}", "digest": sha256(b"pack %d" % n).hexdigest()} for n in range(10)],
}
"""A decision names each pack that it was advised by: ten, in England."""
_CODES = {"route": "consent", "basis": "public_task", "risk": "none", "urgency": "routine", "team": "north"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What every entry of a long ledger is made from. first: its first entry that is not about people."""

    kind: str
    origin: str
    first: int
    codes_key: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """One entry, signed, with what lies beside it, and its header as signed."""

    prepared: Prepared
    header: Header
    leaf_hash: bytes


def plan_of(ledger: Sample, kind: str) -> Plan:
    """The plan for a ledger in which nobody but people stands yet."""
    size = ledger.checkpoint().size
    return Plan(kind, ledger.origin, size, ledger.roster().codes_key(size))


def _worker(number: int) -> str:
    return WORKERS[number % COLLEAGUES]


_known: dict[str, Identity] = {}


def _identity(name: str) -> Identity:
    if name not in _known:
        _known[name] = identity_of(name)
    return _known[name]


def _wraps(plan: Plan, in_case: int, names: Sequence[str]) -> tuple[Wrap, ...]:
    key = _case_key(in_case)
    people = {_identity(name).handle: _identity(name).key.public for name in names}
    return wraps_for(key, case_key_id(plan.origin, case(in_case), key), people)


def _case_key(in_case: int) -> bytes:
    return sha256(b"case key %d" % in_case).digest()


def make(plan: Plan, n: int, seen: tuple[int, bytes]) -> Made:
    """Entry n, signed by whoever writes it. seen: size and root that it names."""
    place = n - plan.first
    in_case, step = (place, 0) if plan.kind == "decisions" else divmod(place, CASE)
    if step == 0:
        return _decision(plan, n, in_case, seen)
    decided = entry_id(n - step)
    if step <= 5:
        friend = _worker(in_case + step)
        body, wraps = {"handle": _identity(friend).handle}, _wraps(plan, in_case, [friend])
        return _sign(plan, n, _worker(in_case), "access.granted", in_case, seen, (decided,), body, wraps)
    if step % 2 == 0:
        return _sign(plan, n, "guardian", "hold.placed", in_case, seen, (), {"reason": "review"})
    return _sign(plan, n, "guardian", "hold.lifted", in_case, seen, (entry_id(n - 1),), {})


def _sign(
    plan: Plan,
    n: int,
    who: str,
    entry_type: str,
    in_case: int,
    seen: tuple[int, bytes],
    refs: tuple[bytes, ...],
    body: dict[str, str],
    wraps: tuple[Wrap, ...] = (),
) -> Made:
    header = Header(
        id=entry_id(n),
        type=entry_type,
        at=NOW + n,
        author=_identity(who).handle,
        seen_size=seen[0],
        seen_root=seen[1],
        refs=refs,
        body=body,
        case=case(in_case),
        beside={"wraps": rows_over(wraps)} if wraps else {},
    )
    return _made(plan, header, who, {}, wraps)


def _decision(plan: Plan, n: int, in_case: int, seen: tuple[int, bytes]) -> Made:
    who, of_case = _worker(in_case), case(in_case)
    places = {part: Place(plan.origin, entry_id(n), part) for part in (RECORD, CODES)}
    nonce = sha256(b"nonce %d" % n).digest()
    record = seal_record(_RECORD, of_case, _case_key(in_case), nonce[:24], places[RECORD])
    codes = seal_codes(_CODES, plan.codes_key, sha256(b"codes %d" % n).digest(), nonce[8:], places[CODES])
    wraps = _wraps(plan, in_case, [*READERS, who])
    header = Header(
        id=entry_id(n),
        type="decision.recorded",
        at=NOW + n,
        author=_identity(who).handle,
        seen_size=seen[0],
        seen_root=seen[1],
        body=_BODY,
        case=of_case,
        sealed={RECORD: record[0], CODES: codes[0]},
        beside={"wraps": rows_over(wraps)},
    )
    return _made(plan, header, who, {RECORD: record[1], CODES: codes[1]}, wraps)


def _made(plan: Plan, header: Header, who: str, parts: dict[str, bytes], wraps: tuple[Wrap, ...]) -> Made:
    leaf = sign_entry(plan.origin, header, _identity(who).signer)
    return Made(Prepared(leaf, parts, wraps), header, leaf_hash(leaf))


def make_many(plan: Plan, start: int, seen: Sequence[tuple[int, bytes]]) -> list[Made]:
    """Entries from `start` on, one for each of `seen`."""
    return [make(plan, start + offset, item) for offset, item in enumerate(seen)]
