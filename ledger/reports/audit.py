"""Making the audit report of a ledger: decisions are gathered from headers and sealed codes, never from a record.

The export is an entry before it is a file, so that a report which nobody recorded does not exist.
Proved by tests/cli/test_report_command.py.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.errors import Malformed, NotPermitted, Unverified
from ledger.log.entry import Header, parse_entry
from ledger.log.reader import Reader, Stored
from ledger.log.removal import erased_numbers
from ledger.log.roster import Roster
from ledger.log.scan import FORGED
from ledger.log.types import PEOPLE_CASE, TYPES
from ledger.log.verify import Report
from ledger.records.followups import follow_up
from ledger.records.writing import Desk, Written
from ledger.reports.figures import Asked, Decision, Found, Ground, Version
from ledger.reports.tables import read_codes
from ledger.sealing.seal import CODES

EXPORTED = "report.exported"
_NEWER = frozenset({"decision.completed", "decision.corrected"})
Progress = Callable[[int, int], None]


def check_may_report(roster: Roster, handle: str, size: int) -> None:
    """Raises NotPermitted unless the handle has a role that may export reports at entry `size`."""
    term = roster.term(handle, size)
    if term is None or not term.roles & TYPES[EXPORTED].roles:
        raise NotPermitted(
            "identity",
            "a Caldicott Guardian or an information-governance lead",
            "somebody with another role",
            "Ask one of them to make the report. Who they are: consent-ledger status",
        )


@dataclass(slots=True)
class _Gathering:
    """One pass over the log. The leaves are read, not the columns kept for queries: those may have been changed."""

    desk: Desk
    reader: Reader
    erased: dict[int, int]
    versions: dict[bytes, list[Version]] = field(default_factory=dict)
    later: dict[bytes, list[tuple[int, Header]]] = field(default_factory=dict)

    def take(self, row: Stored, header: Header, *, in_period: bool) -> None:
        if header.type == "decision.recorded" and in_period:
            self.versions[header.id] = [self._version(row, header)]
            self.later[header.id] = []
        for ref in header.refs:
            if ref in self.versions and ref != header.id:
                self.later[ref].append((row.n, header))
                if header.type in _NEWER:
                    self.versions[ref].append(self._version(row, header))

    def _version(self, row: Stored, header: Header) -> Version:
        if CODES not in header.sealed:
            return Version(row.n, header, None, "missing")
        try:
            codes = read_codes(self.desk.open_codes(self.reader, row))
        except NotPermitted:
            return Version(row.n, header, None, "no_key")
        except LookupError:
            return Version(row.n, header, None, "erased" if row.n in self.erased else "missing")
        except (Unverified, Malformed):
            return Version(row.n, header, None, "damaged")
        return Version(row.n, header, codes, "" if codes is not None else "not_codes")


def gather(
    desk: Desk,
    reader: Reader,
    roster: Roster,
    size: int,
    first: datetime.date,
    last: datetime.date,
    verification: Report | None = None,
    progress: Progress | None = None,
) -> Found:
    """The decisions recorded on days first … last (both included, UTC) among entries 0 … size-1.

    What came later about them counts however late it came. verification: entries that it found not to be by the
    author they name are left out, and said to be.
    """
    findings = verification.findings if verification else []
    forged = {item.entry for item in findings if item.kind in FORGED}
    start, end = _midnight(first), _midnight(last) + 86_400
    gathering = _Gathering(desk, reader, erased_numbers(reader, size, roster.origin, roster))
    left_out: dict[int, str] = {}
    expected = 0
    for row in reader.entries(0, size):
        left_out.update((n, "missing") for n in range(expected, row.n))
        expected = row.n + 1
        if row.n in forged:
            left_out[row.n] = "not_by_its_author"
            continue
        try:
            header = parse_entry(row.leaf, desk.origin).header
        except Malformed:
            left_out[row.n] = "unreadable"
            continue
        gathering.take(row, header, in_period=start <= header.at < end)
        if progress and expected % 1000 == 0:
            progress(expected, size)
    left_out.update((n, "missing") for n in range(expected, size))
    return Found(
        [Decision(tuple(each), tuple(gathering.later[entry])) for entry, each in gathering.versions.items()], left_out
    )


def _midnight(day: datetime.date) -> int:
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())


def record_export(desk: Desk, report: bytes, asked: Asked, ground: Ground, form: str) -> Written:
    """Write the entry that says that this report (its canonical JSON) leaves the ledger. form: json or html.

    Raises what Desk.write raises; nobody but a guardian or lead may.
    """
    return follow_up(
        desk,
        EXPORTED,
        PEOPLE_CASE,
        body={
            "kind": "audit",
            "digest": sha256(report).hexdigest(),
            "head": {"size": ground.size, "root": ground.root.hex()},
        },
        record={
            "from": asked.first.isoformat(),
            "to": asked.last.isoformat(),
            "purpose": asked.purpose,
            "format": form,
        },
    )
