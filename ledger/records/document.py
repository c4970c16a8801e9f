"""A decision's document: the whole of what somebody wrote, checked at once, and what rules and figures take from it.

check_document() is the only way to a Document: afterwards nothing about it is doubted again. Rules see facts_of(),
which holds no name; figures see codes_of(), which holds no name and no words either.
Source: record design "decision.recorded". Proved by tests/ledger/records/test_document.py and tests/test_samples.py.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.errors import Fault, Refused
from ledger.log.encoding import canonical
from ledger.records.document_checks import OLDEST, age_on, beside_faults, field_faults
from ledger.records.document_codes import codes_of
from ledger.records.document_fields import SHAPE, SUBJECT, json_schema, template
from policies.errors import FactsRefused
from policies.errors import Fault as PolicyFault
from policies.facts import Facts, parse_facts
from policies.fields import FACTS
from policies.shape import UNKNOWN, Kind, ListOf, Record

__all__ = ["SHAPE", "Document", "check_document", "codes_of", "facts_of", "json_schema", "template"]

# What a fault of the shape may say of a value without repeating it; any other single word was typed by somebody.
_SAID: Final = frozenset({"nothing", "text", "nothing (null)", "something else"})
_WORD: Final = re.compile("[A-Za-z][A-Za-z_-]*")
_NEAR: Final = "Did you mean"
_NOTHING: Final = frozenset({"nothing", "nothing (null)", "empty text"})
_REASONS_HINT: Final = "Reasons are asked for whichever way you decided (guide 2006 4.30)"
# What rules may be asked of: a document, and whose it is.
_WHOLE: Final = SHAPE.extend(organisation=FACTS.fields["organisation"])


@dataclass(frozen=True, slots=True)
class Document:
    """A checked document.

    value: what is sealed; dict, list, str, int and bool only, fit for ledger.log.encoding.canonical.
    facts: what rules read. decided_at: `YYYY-MM-DDTHH:MM:SSZ`, or a day alone where no time was given.
    """

    value: Mapping[str, Any]
    facts: Facts
    decided_at: str

    @property
    def decided_on(self) -> datetime.date:
        """The day of the decision in UTC: the law of that day applies."""
        return datetime.date.fromisoformat(self.decided_at[:10])


def facts_of(document: Mapping[str, Any], *, organisation_kind: str, nation: str) -> dict[str, Any]:
    """What policies.parse_facts takes: the document without names, addresses and numbers of people.

    document: as check_document reads it. The organisation is the ledger's; age is in whole years on the day of the
    decision, from the date of birth where it is there.
    """
    facts: dict[str, Any] = FACTS.keep(document)
    facts["organisation"] = {"kind": organisation_kind, "nation": nation}
    age = age_on(document)
    if age is not None and 0 <= age <= OLDEST:
        facts["subject"] = {**facts["subject"], "age": age}
    return facts


def facts_to_try(raw: Any, *, on: datetime.date) -> Facts:
    """Facts of a document that need not be whole, for advice where nothing is recorded.

    raw: as read_document gives it; it may say of which organisation and nation it is. on: the day that counts where
    it has no decided_at. Raises Refused: a field that neither a document nor a rule knows, and what parse_facts finds.
    """
    faults = [fault for fault in _WHOLE.parse(raw)[1] if fault.got == UNKNOWN]
    facts = FACTS.keep(raw)
    if not faults and isinstance(facts, dict) and isinstance(facts.get("subject"), dict):
        decided = FACTS.parse(facts)[0].get("decided_at", on.isoformat())
        subject, unread = SUBJECT.parse(raw["subject"], "subject")
        faults += [fault for fault in unread if fault.field == "subject.date_of_birth"]
        age = age_on({"subject": subject, "decided_at": decided})
        if age is not None and not subject.get("unborn"):
            facts["subject"] = {**facts["subject"], "age": age}
    try:
        read = parse_facts(facts)
    except FactsRefused as refused:
        faults += refused.faults
    if faults:
        raise Refused(_repeating_nothing(faults))
    return read


def _is_needed(path: str) -> bool:
    """Whether the shape asks for the field at a path."""
    kind: Kind = SHAPE
    for name in re.sub(r"\[[0-9]+\]", "", path).split("."):
        inner = kind.kind if isinstance(kind, ListOf) else kind
        if not isinstance(inner, Record) or name not in inner.fields:
            return False
        kind = inner.fields[name]
    return kind.required


def _repeating_nothing(faults: Iterable[PolicyFault]) -> list[Fault]:
    """Faults of the shape as the ledger's, without a word that somebody typed in a wrong place: it may be a name."""
    told: dict[str, Fault] = {}
    for fault in faults:
        field, got, hint = fault.field, fault.got, fault.hint
        near = hint.startswith(_NEAR)
        before = field.rpartition(".")[0]
        if got == UNKNOWN and not near:
            field = f"{before}.(not shown)" if before else "(not shown)"
            hint = f'If it is the rest of a sentence, put the whole sentence in "quotes". {hint}'
        elif _WORD.fullmatch(got) and got not in _SAID and not near:
            got = "a word that is not one of them" if fault.expected.startswith("one of ") else "a word"
        if got in _NOTHING and _is_needed(field):
            hint = _REASONS_HINT if field == "reasons" else "This must be given"
        # Several fields of one place that are not shown would be the same line again and again.
        told[field] = Fault(field, fault.expected, got, hint)
    return list(told.values())


def _top(fault: Fault) -> str:
    return re.split(r"[.\[]", fault.field, maxsplit=1)[0]


def check_document(raw: Mapping[str, Any], *, now: int, organisation_kind: str, nation: str) -> Document:
    """The document that somebody wrote, as read_document or the dialogue gives it.

    now: POSIX seconds. organisation_kind, nation: the ledger's own (codes of policies.codes).
    Raises Refused with every fault: unknown, missing or unreadable fields; `other` without words; a day that cannot
    be; anything that has happened in the future (300 seconds are allowed for clocks); a wrong NHS number; a law that
    is unknown, not in force on the day of the decision or not open to that kind of organisation; an unknown class of
    retention; numbers of items or recipients that are not there. What concerns several fields is looked at where
    each of them could be read.
    """
    read, unread = SHAPE.parse(raw)
    faults = _repeating_nothing(unread)
    bad = {_top(fault) for fault in faults}
    faults += field_faults(read, bad, now)
    faults += beside_faults(read, organisation_kind=organisation_kind, nation=nation)
    facts = None
    # A number of an item means nothing while the items themselves could not be read.
    if not bad & {"information", "recipients", "subject"}:
        try:
            facts = parse_facts(facts_of(read, organisation_kind=organisation_kind, nation=nation))
        except FactsRefused as refused:
            named = {fault.field for fault in faults}
            told = [each for each in refused.faults if each.field not in named]
            faults += [Fault(each.field, each.expected, each.got, each.hint) for each in told]
    if faults:
        raise Refused(faults)
    assert facts is not None, "facts are refused with a fault"
    canonical(read)
    return Document(read, facts, read["decided_at"])
