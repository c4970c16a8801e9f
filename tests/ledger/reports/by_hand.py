"""Decisions made by hand, with codes whose counts are known: what reports are tried on."""

import datetime
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ledger.log.encoding import parse_time
from ledger.log.entry import Header
from ledger.reports.figures import Asked, Decision, Ground, Version

RULES = [{"id": "rules/2018-seven", "digest": "ab" * 32}]
ASKED = Asked(
    datetime.date(2026, 9, 1), datetime.date(2026, 10, 31), parse_time("2026-11-02T09:00:00Z"), "p-guardian", "tool 1"
)
GROUND = Ground("sample/0", "Anytown Sample Trust", "public", "england", 40, bytes(range(32)), "sample/0+key")
FULL: dict[str, Any] = {
    "risk": {"significant_harm": "no"},
    "rules": [{"rule": "rule-1", "status": "for_people"}, {"rule": "rule-7", "status": "recorded"}],
    "concerns": [],
    "route": "consent",
    "basis": {"article6": ["A6-E"], "confidentiality": ["CL-CONS-X"]},
    "consents": [{"status": "given"}],
}


def header(number: int, kind: str = "decision.recorded", day: str = "2026-09-10T10:00:00Z", **body: Any) -> Header:
    said = {
        "decision": "share",
        "advice": "may_share",
        "differs": False,
        "late": False,
        "approval": "not_needed",
        "packs": RULES,
    }
    return Header(
        id=sha256(b"%d" % number).digest()[:16],
        type=kind,
        at=parse_time(day),
        author="p-practitioner",
        seen_size=0,
        seen_root=bytes(32),
        body={**said, **body},
    )


def decided(
    number: int,
    codes: Mapping[str, Any] | None = FULL,
    unread: str = "",
    day: str = "2026-09-10T10:00:00Z",
    **body: Any,
) -> Decision:
    return Decision((Version(number, header(number, day=day, **body), codes, unread),))
