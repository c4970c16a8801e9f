"""Every type of entry in one table: who may write it, what it is about, what its header says, what it seals.

Append and verify read this table and nothing else about types, so they cannot differ. A new type is a new row.
Header bodies are permanent and pseudonymous: their strings match closed patterns, and whatever could single out a
child, a relative, an informant or a member of staff is sealed. Source: docs/FORMAT.md "Entry types", record.
Proved by tests/ledger/log/test_types.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from ledger.errors import Malformed
from ledger.log.encoding import MAX_INTEGER, parse_hex
from ledger.log.note import VerifierKey

ROLES = ("administrator", "practitioner", "manager", "guardian", "ig_lead", "duty", "auditor")
CODES_READERS = frozenset({"administrator", "guardian", "ig_lead", "manager", "auditor"})
"""Whom the codes key is wrapped to. Administrators hold it because they enrol managers and auditors (decision 0006)."""
PEOPLE_CASE = bytes(16)
MAX_REFS = 500
MAX_ROWS = {"wraps": 4096, "tokens": 64}
_REMEMBERED = 64
TOKEN_KINDS = ("nhs", "upn", "local", "name_born")
"""What a search token may be of: identifiers, and surname with date of birth."""

Check = Callable[[Any], None]
Presence = Literal["must", "may", "none"]


def _code(*codes: str) -> Check:
    allowed = frozenset(codes)

    def check(value: Any) -> None:
        if type(value) is not str or value not in allowed:
            raise Malformed("body", " or ".join(codes), "another value")

    return check


def _pattern(pattern: str, words: str) -> Check:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: Any) -> None:
        if type(value) is not str or not compiled.fullmatch(value):
            raise Malformed("body", words, "another value")

    return check


def _hex(size: int) -> Check:
    def check(value: Any) -> None:
        parse_hex(value, size)

    return check


def _flag(value: Any) -> None:
    if type(value) is not bool:
        raise Malformed("body", "true or false", "another value")


def _count(value: Any) -> None:
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:
        raise Malformed("body", "an entry's number", "another value")


def _list_of(check_item: Check, most: int, least: int = 0) -> Check:
    def check(value: Any) -> None:
        if type(value) is not list or not least <= len(value) <= most:
            raise Malformed("body", f"a list of {least} to {most}", "another value")
        for item in value:
            check_item(item)
        # items were checked to be strings or objects of strings, so equal ones are the same in JSON too
        if any(value.count(item) > 1 for item in value):
            raise Malformed("body", "a list without repeats", "an item twice")

    return check


def _remembered(check_value: Check) -> Check:
    """The same check, which looks once at a value that entry after entry repeats.

    Remembered by its bytes: values come from orjson, and it writes what it read back in one way.
    """
    known: set[bytes] = set()

    def check(value: Any) -> None:
        spelling = orjson.dumps(value)
        if spelling not in known:
            check_value(value)
            if len(known) >= _REMEMBERED:
                known.clear()
            known.add(spelling)

    return check


def _object(**fields: Check) -> Check:
    def check(value: Any) -> None:
        if type(value) is not dict or value.keys() != fields.keys():
            raise Malformed("body", f"an object of {', '.join(fields)}", "another value")
        for name, check_field in fields.items():
            check_field(value[name])

    return check


def _verifier_key(value: Any) -> None:
    if type(value) is not str:
        raise Malformed("body", "a verifier key", "another value")
    VerifierKey.parse(value)


def _organisation(value: Any) -> None:
    # the one string of a header that is free text: the name of a body, never of a person
    if type(value) is not str or not 1 <= len(value) <= 200 or not value.isprintable() or value != value.strip():
        raise Malformed("organisation", "a name of 1 to 200 printable characters", "another value")


_HANDLE = _pattern(r"[a-z0-9][a-z0-9-]{0,31}", "a handle")
_TEAM = _pattern(r"[a-z0-9][a-z0-9-]{0,31}", "a team's short name of a-z, 0-9 and -")
_PACKS = _remembered(_list_of(_object(id=_pattern(r"[a-z0-9][a-z0-9._/-]{0,63}", "a pack's id"), digest=_hex(32)), 32))
_ROLES = _list_of(_code(*ROLES), len(ROLES), 1)
_TEAMS = _list_of(_TEAM, 16)
_CARD = {"key": _verifier_key, "card": _hex(64)}
_ADVICE = _code("must_share", "should_share", "may_share", "seek_consent_first", "seek_advice", "do_not_share", "mixed")
_REASON = {"reason": _code("left", "changed_role", "key_lost", "key_stolen", "other")}
_ACCESS_REASON = {"reason": _code("left", "changed_role", "no_longer_needed", "given_in_error", "conflict", "other")}
_ERASURE_REASON = {"reason": _code("retention_over", "right_to_erasure", "recorded_in_error", "court_order", "other")}
_HOLD_REASON = {"reason": _code("inquiry", "court", "review", "complaint", "police", "other")}


@dataclass(frozen=True, slots=True)
class Slot:
    """Entries that a type refers to: of which types (empty: any), and how many."""

    types: frozenset[str]
    least: int
    most: int


def _refs(types: str, least: int, most: int) -> Slot:
    return Slot(frozenset(types.split()), least, most)


@dataclass(frozen=True, slots=True)
class EntryType:
    """One row of the table.

    roles: who may sign it. refs: what it refers to. case: in a case, in the people case, either, or none.
    body, optional: the header's own fields; fields: both. record, codes: whether those parts are sealed with it.
    codes_fields, record_fields: what those parts may hold, for readers of the format.
    other_author: it is never by the author of the entry it refers to.
    """

    name: str
    roles: frozenset[str]
    case: Literal["case", "people", "any", "none"] = "case"
    refs: tuple[Slot, ...] = ()
    body: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    record: Presence = "must"
    codes: Presence = "may"
    record_fields: tuple[str, ...] = ()
    codes_fields: tuple[str, ...] = ()
    other_author: bool = False
    fields: Mapping[str, Check] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", {**self.body, **self.optional})


_DECISION_BODY: dict[str, Check] = {
    "decision": _code("share", "share_part", "share_anonymised", "no_share", "defer"),
    "advice": _ADVICE,
    "differs": _flag,
    "late": _flag,
    "approval": _code("awaited", "not_needed"),
    "packs": _PACKS,
}
_APPROVER = {"approver": _HANDLE}
_DECISION_CODES = (
    *("lines", "route", "conditions", "basis", "proposed", "consents", "competence", "risk", "trigger", "urgency"),
    *("recipients", "informing", "rules", "caldicott", "readings", "concerns", "due", "team", "retention", "age_band"),
    *("decided_at", "counts"),
)
_PERSON_FIELDS = ("name", "post", "organisation")

_A = frozenset({"administrator"})
_ENROL = frozenset({"administrator", "guardian"})
_WORK = frozenset({"practitioner", "manager"})
_MANAGER = frozenset({"manager"})
_OVERSEE = frozenset({"manager", "guardian"})
_GOVERN = frozenset({"ig_lead", "guardian"})
_ALL = frozenset(ROLES)
_DECISION = "decision.recorded"

_ROWS = (
    # -- the ledger and its people: administrator, guardian, and each person for their own key
    EntryType(
        "ledger.created",
        _A,
        "people",
        body={
            "organisation": _organisation,
            "kind": _code("public", "contracted", "other"),
            "nation": _code("england", "wales", "scotland", "northern-ireland"),
            "packs": _PACKS,
            "codes_key": _hex(32),
            "log_key": _hex(32),
            "roles": _ROLES,
            **_CARD,
        },
        optional={"teams": _TEAMS},
        record_fields=(*_PERSON_FIELDS, "search_key"),
        codes="none",
    ),
    EntryType("ledger.packs_adopted", _A, "none", body={"packs": _PACKS}, record="none", codes="none"),
    EntryType("ledger.codes_key", _ENROL, "none", body={"codes_key": _hex(32)}, record="none", codes="none"),
    EntryType("log.rotated", _A, "none", body={"log_key": _hex(32)}, record="none", codes="none"),
    EntryType(
        "ledger.restored",
        _A,
        "none",
        body={"lost": _object(size=_count, root=_hex(32))},
        record="none",
        codes="none",
    ),
    EntryType(
        "actor.enrolled",
        _ENROL,
        "people",
        body={"roles": _ROLES, **_CARD},
        optional={"teams": _TEAMS},
        record_fields=_PERSON_FIELDS,
        codes="none",
    ),
    EntryType(
        "actor.changed",
        _ENROL,
        "people",
        body={"handle": _HANDLE, "roles": _ROLES},
        optional={"teams": _TEAMS},
        record="may",
        record_fields=_PERSON_FIELDS,
        codes="none",
    ),
    EntryType("actor.rotated", _ALL, "none", body=_CARD, record="none", codes="none"),
    EntryType(
        "actor.revoked",
        _ENROL,
        "none",
        body={"handle": _HANDLE, **_REASON},
        optional={"since": _count},
        record="none",
        codes="none",
    ),
    EntryType("cover.set", _A, "people", record_fields=("person", "deputy", "from", "to"), codes="none"),
    # -- what comes before a decision, the decision, and what comes after
    EntryType("request.received", _WORK, record_fields=("trigger", "note")),
    EntryType(
        _DECISION,
        _WORK,
        refs=(
            _refs("request.received", 0, 1),
            _refs("consent.recorded", 0, 20),
            _refs("advice.recorded", 0, 20),
            _refs(_DECISION, 0, 20),
        ),
        body=_DECISION_BODY,
        optional=_APPROVER,
        record_fields=("document", "proposed"),
        codes="must",
        codes_fields=_DECISION_CODES,
    ),
    EntryType(
        "decision.completed",
        _WORK,
        refs=(_refs(_DECISION, 1, 1),),
        body=_DECISION_BODY,
        optional=_APPROVER,
        record_fields=("document", "proposed"),
        codes="must",
        codes_fields=_DECISION_CODES,
    ),
    EntryType(
        "decision.corrected",
        _WORK,
        refs=(_refs(_DECISION, 1, 1),),
        body={**_DECISION_BODY, "for_leaver": _flag},
        optional=_APPROVER,
        record_fields=("document", "proposed", "reason"),
        codes="must",
        codes_fields=_DECISION_CODES,
    ),
    EntryType(
        "consent.recorded",
        _WORK,
        refs=(_refs("request.received", 0, 1), _refs(_DECISION, 0, 20)),
        record_fields=("consent", "competence"),
        codes_fields=("status", "form", "capacity", "expires"),
    ),
    EntryType(
        "consent.ended",
        _WORK,
        refs=(_refs(f"consent.recorded {_DECISION}", 1, 1),),
        record_fields=("how", "by", "reason", "at"),
        codes_fields=("how",),
    ),
    EntryType(
        "disclosure.made",
        _WORK,
        refs=(_refs(_DECISION, 1, 1),),
        record_fields=("recipients", "items", "sent_at", "method", "secured"),
        codes_fields=("recipients", "sent_at", "method"),
    ),
    EntryType(
        "disclosure.acknowledged", _WORK, refs=(_refs("disclosure.made", 1, 1),), record_fields=("by", "at", "note")
    ),
    EntryType(
        "advice.recorded",
        _WORK,
        refs=(_refs(f"{_DECISION} request.received", 0, 5),),
        record_fields=("name", "role", "contact", "named_the_person", "advice", "followed", "why"),
        codes_fields=("role", "followed"),
    ),
    EntryType(
        "person.informed",
        _WORK,
        refs=(_refs(f"{_DECISION} disclosure.made", 1, 20),),
        record_fields=("who", "by", "at", "what"),
        codes_fields=("informed",),
    ),
    EntryType(
        "outcome.recorded",
        _WORK,
        refs=(_refs(f"{_DECISION} disclosure.made", 1, 1),),
        record_fields=("outcome", "by", "at", "note"),
        codes_fields=("outcome",),
    ),
    EntryType("subject.updated", _WORK, record_fields=("subject",), codes="none"),
    EntryType("case.linked", _WORK, record_fields=("case", "why"), codes="none"),
    EntryType("case.merged", _WORK, record_fields=("case", "why"), codes="none"),
    EntryType("case.transferred", _WORK, record_fields=("to", "why"), codes="none"),
    EntryType("case.closed", _WORK, record_fields=("why",), codes_fields=("closed_at",)),
    EntryType(
        "incident.recorded",
        _WORK,
        refs=(_refs(f"{_DECISION} disclosure.made", 0, 20),),
        record_fields=("what", "found_at", "done", "reported"),
        codes_fields=("kind",),
    ),
    EntryType(
        "complaint.opened",
        _WORK,
        refs=(_refs(_DECISION, 0, 20),),
        record_fields=("kind", "by", "about", "at"),
        codes_fields=("kind",),
    ),
    EntryType(
        "complaint.closed",
        _WORK,
        refs=(_refs("complaint.opened", 1, 1),),
        record_fields=("outcome", "why"),
        codes_fields=("outcome",),
    ),
    EntryType("note.added", _WORK, refs=(_refs("", 0, 20),), record_fields=("note",), codes="none"),
    # -- oversight
    EntryType(
        "decision.approved",
        _MANAGER,
        refs=(_refs(_DECISION, 1, 1),),
        record_fields=("reason",),
        other_author=True,
    ),
    EntryType(
        "decision.not_approved",
        _MANAGER,
        refs=(_refs(_DECISION, 1, 1),),
        record_fields=("reason",),
        other_author=True,
    ),
    EntryType(
        "decision.reviewed",
        _OVERSEE,
        refs=(_refs(_DECISION, 1, 1),),
        record_fields=("review", "reason"),
        codes_fields=("review",),
        other_author=True,
    ),
    EntryType(
        "escalation.opened", _OVERSEE, refs=(_refs(_DECISION, 1, 20),), record_fields=("about", "with", "wanted")
    ),
    EntryType(
        "escalation.resolved",
        _OVERSEE,
        refs=(_refs("escalation.opened", 1, 1),),
        record_fields=("resolution", "difference_made"),
    ),
    EntryType(
        "due.extended",
        _MANAGER,
        refs=(_refs("", 1, 1),),
        record_fields=("what", "until", "reason", "consulted"),
        codes_fields=("what", "until"),
    ),
    # -- who can read; whom an access.granted may name is for cases.py: everybody may renew their own
    EntryType(
        "access.granted",
        _ALL,
        "any",
        refs=(_refs("", 0, 500),),
        body={"handle": _HANDLE},
        record="none",
        codes="none",
    ),
    EntryType("access.ended", _OVERSEE, body={"handle": _HANDLE, **_ACCESS_REASON}, record="none", codes="none"),
    EntryType(
        "access.emergency",
        frozenset({"duty"}),
        body={"reason": _code("immediate_harm", "out_of_hours", "author_away", "other")},
        record="may",
        record_fields=("reason",),
        codes="none",
    ),
    # -- the lead and the guardian
    EntryType(
        "basis.confirmed", _GOVERN, refs=(_refs(_DECISION, 1, 1),), record="none", codes="must", codes_fields=("basis",)
    ),
    EntryType("hold.placed", _GOVERN, body=_HOLD_REASON, record="none", codes="none"),
    EntryType("hold.lifted", _GOVERN, refs=(_refs("hold.placed", 1, 1),), record="none", codes="none"),
    EntryType(
        "erasure.requested", _GOVERN, refs=(_refs("", 1, MAX_REFS),), body=_ERASURE_REASON, record="none", codes="none"
    ),
    EntryType(
        "erasure.approved",
        _GOVERN,
        refs=(_refs("erasure.requested", 1, 1),),
        record="none",
        codes="none",
        other_author=True,
    ),
    EntryType("erasure.done", _GOVERN, refs=(_refs("erasure.approved", 1, 1),), record="none", codes="none"),
    EntryType("access_request.answered", _GOVERN, "any", refs=(_refs("", 0, MAX_REFS),), record="may", codes="none"),
    EntryType(
        "report.exported",
        _GOVERN,
        "people",
        body={
            "kind": _code("audit", "integrity", "bundle"),
            "digest": _hex(32),
            "head": _object(size=_count, root=_hex(32)),
        },
        record_fields=("from", "to", "purpose", "format"),
        codes="none",
    ),
)

TYPES: Mapping[str, EntryType] = {row.name: row for row in _ROWS}
PEOPLE_TYPES = frozenset(name for name in TYPES if name.startswith(("ledger.", "actor.", "log.")))
"""The types that the roster is folded from (roster.py)."""
