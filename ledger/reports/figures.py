"""The figures of a report, as one JSON document: pure functions over headers, sealed codes and what followed.

Every figure is a count with the numbers of the entries behind it, and nothing is guessed: codes that were erased or
could not be read are counted as that. The same decisions, parameters and moment give the same bytes.
Source: issue "the Caldicott Guardian's first report"; 2006 guide 4.30. Proved by tests/ledger/reports/test_figures.py.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ledger.log.encoding import canonical, format_time
from ledger.log.entry import Header
from ledger.reports.tables import tables_of
from ledger.reports.tallies import counted, figure

if TYPE_CHECKING:
    from ledger.log.verify import Report

FORMAT: Final = "consent-ledger/audit-report@v1"
UNREAD: Final = {
    "erased": "erased, as a later entry says",
    "no_key": "sealed with a key that whoever made this report does not hold",
    "missing": "missing, and no entry says that they were erased",
    "damaged": "there, but not what their author sealed",
    "not_codes": "there, but not in the form of codes",
}
"""Why the codes of a decision were not read. The first is as it should be; the others are for people to look into."""
LEFT_OUT: Final = {
    "missing": "the entry is missing",
    "unreadable": "it is not an entry of this ledger",
    "not_by_its_author": "it is not by the author that it names",
}
LIMITATIONS: Final = (
    "Verified means unchanged since recorded; not proof that it was true or right.",
    "A golden rule or a Caldicott principle counted as recorded means that something is written down for it. It does "
    "not mean that it was kept. It stands as when the decision was recorded, but for what was sent, once that is "
    "recorded.",
    "The codes are those that the author of a decision sealed. They were not compared with the full record, which "
    "nobody opened to make this report.",
    "A decision belongs to the month in which it was recorded, by its author's clock, in UTC. It may have been made "
    "earlier.",
    "A decision that was corrected or completed is counted once, as it now stands.",
    "Whether a record that was made in a hurry is still to be completed cannot be seen from codes.",
    "A small number may point to one child or family. Do not publish the tables as they are.",
    "What was never recorded is not here.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. first, last: days, both included, in UTC. made_at: POSIX seconds. made_by: a handle."""

    first: datetime.date
    last: datetime.date
    made_at: int
    made_by: str
    tool: str
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """The ledger that a report stands on: size and root (32 bytes) of the head it was made at, its verifier key."""

    origin: str
    organisation: str
    kind: str
    nation: str
    size: int
    root: bytes
    key: str


@dataclass(frozen=True, slots=True)
class Version:
    """Entry n, which says what a decision is, and its codes; where there are none, why: a key of UNREAD."""

    n: int
    header: Header
    codes: Mapping[str, Any] | None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: the entry that recorded it and those that completed or corrected it, in the order of the log.

    later: number and header of everything that refers to it, those included.
    """

    versions: tuple[Version, ...]
    later: tuple[tuple[int, Header], ...] = ()

    @property
    def n(self) -> int:
        """The number of the entry that recorded it: what every figure names."""
        return self.versions[0].n

    @property
    def now(self) -> Version:
        """What it is now: the last completion or correction, else as it was recorded."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class Found:
    """What a ledger holds of a period. left_out: number → key of LEFT_OUT, for entries anywhere in the log."""

    decisions: Sequence[Decision]
    left_out: Mapping[int, str] = field(default_factory=dict)


def audit_report(asked: Asked, ground: Ground, found: Found, verification: "Report | None") -> bytes:
    """The canonical JSON of an audit report. verification: of the same ledger; None: it was not checked.

    Raises Malformed for text that JSON cannot hold (a lone surrogate).
    """
    decisions = sorted(found.decisions, key=lambda decision: decision.n)
    return canonical(
        {
            "format": FORMAT,
            "report": _header(asked, ground),
            "integrity": integrity(verification),
            "completeness": _completeness(decisions, found, ground, verification),
            "tables": tables_of(decisions),
            "decisions": [_row(decision) for decision in decisions],
            "limitations": list(LIMITATIONS),
        }
    )


def _header(asked: Asked, ground: Ground) -> dict[str, Any]:
    return {
        "kind": "audit",
        **({"purpose": asked.purpose} if asked.purpose else {}),
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "made_at": format_time(asked.made_at),
        "made_by": asked.made_by,
        "tool": asked.tool,
        "organisation": ground.organisation,
        "organisation_kind": ground.kind,
        "nation": ground.nation,
        "ledger": {
            "origin": ground.origin,
            "size": ground.size,
            "root": ground.root.hex(),
            "key": ground.key,
        },
    }


def integrity(verification: "Report | None") -> dict[str, Any]:
    """What verification says: the verdict (verified, failed, not_checked) in words first, then what it rests on."""
    if verification is None:
        says = "Not checked. Nothing here says whether the ledger is as it was recorded."
        return {"verdict": "not_checked", "says": says}
    if verification.ok:
        verdict = "verified"
        says = (
            f"Verified. All {verification.size:,} entries are as they were recorded, in their order, and none is "
            "missing. " + LIMITATIONS[0]
        )
    else:
        verdict = "failed"
        found = len(verification.findings)
        says = (
            f"Failed. {found:,} thing{'s do' if found > 1 else ' does'} not hold. The figures below may rest on "
            "entries that were changed. Keep a copy of the whole ledger before anything else is done."
        )
    return {
        "verdict": verdict,
        "says": says,
        "size": verification.size,
        "root": verification.root.hex(),
        "checked": _named(verification.checked),
        "absent": _named(verification.absent),
        "could_not_check": _named(verification.could_not_check),
        "findings": [
            {**({"entry": item.entry} if item.entry is not None else {}), "kind": item.kind, "says": item.says}
            for item in verification.findings
        ],
    }


def _named(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"what": name.replace("_", " "), "count": number} for name, number in sorted(counts.items())]


def _completeness(
    decisions: Sequence[Decision], found: Found, ground: Ground, verification: "Report | None"
) -> dict[str, Any]:
    unread: dict[str, list[int]] = {}
    for decision in decisions:
        if decision.now.codes is None:
            unread.setdefault(decision.now.unread, []).append(decision.n)
    failed = {item.entry for item in verification.findings} if verification else set()
    suspect = set(verification.suspect) if verification else set()
    left_out = [{"code": code, "words": words, **figure(_why(found, code))} for code, words in LEFT_OUT.items()]
    count = len(found.left_out)
    if count:
        says = (
            f"Of the {ground.size:,} entries of the ledger {count:,} could not be used: these figures may fall short."
        )
    else:
        says = f"All {ground.size:,} entries of the ledger were looked at, and none was left out."
    return {
        "says": says,
        "looked_at": ground.size,
        "in_scope": figure(decision.n for decision in decisions),
        "codes_read": figure(decision.n for decision in decisions if decision.now.codes is not None),
        "codes_not_read": [
            {"code": code, "words": words, **figure(unread.get(code, []))} for code, words in UNREAD.items()
        ],
        "left_out": left_out,
        "counted_but_failed": figure(d.n for d in decisions if failed & _numbers(d)),
        "counted_but_suspect": figure(d.n for d in decisions if suspect & _numbers(d)),
    }


def _why(found: Found, code: str) -> Iterable[int]:
    return (n for n, why in found.left_out.items() if why == code)


def _numbers(decision: Decision) -> set[int]:
    return {version.n for version in decision.versions} | {n for n, _header in decision.later}


def _row(decision: Decision) -> dict[str, Any]:
    """Where each decision stands, so that every figure can be made again."""
    now = decision.now
    return {
        "entry": decision.n,
        "recorded_at": format_time(decision.versions[0].header.at),
        "stands_in": now.n,
        "codes": "read" if now.codes is not None else now.unread,
        "later": counted(n for n, _header in decision.later),
    }
