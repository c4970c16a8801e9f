"""What a document must hold across its fields: days that can be, what urgency lets wait, laws of that day.

Each check looks only at fields that could be read, and names every fault it finds; none repeats what was written.
Proved by tests/ledger/records/test_document.py.
"""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ledger.errors import Fault
from ledger.log.encoding import format_time
from ledger.records.document_fields import NEEDED_UNLESS_URGENT
from policies import bases, retention_classes
from policies.codes import SHARING
from policies.errors import Fault as PolicyFault
from policies.errors import PackRefused
from policies.packs import packs_for

CLOCKS_DIFFER: Final = 300
OLDEST: Final = 125
_URGENT_HINT: Final = "No time now? Write urgent: true, and complete it within one working day"
_NEAR: Final = "Did you mean"


def age_on(document: Mapping[str, Any]) -> int | None:
    """Whole years on the day of the decision, or of the death before it: from the date of birth, else as given.

    None where neither is there.
    """
    subject = document.get("subject", {})
    born, decided = subject.get("date_of_birth", ""), document.get("decided_at", "")
    if not born or not decided:
        age = subject.get("age")
        return age if isinstance(age, int) else None
    last = min(decided[:10], subject.get("died_on", "") or decided[:10])
    birth, day = datetime.date.fromisoformat(born), datetime.date.fromisoformat(last)
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def field_faults(read: Mapping[str, Any], bad: set[str], now: int) -> list[Fault]:
    """Faults between fields of what somebody wrote. bad: top fields that hold a fault already. now: POSIX seconds."""
    faults = [*_future(read, now), *_needed(read, bad), *_differing_recipients(read)]
    if "subject" not in bad:
        faults += _subject(read)
    return faults


def _past(read: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything that has happened by the time of writing: path and moment or day."""
    yield "decided_at", read.get("decided_at", "")
    yield "trigger.received_at", read.get("trigger", {}).get("received_at", "")
    yield "subject.died_on", read.get("subject", {}).get("died_on", "")
    yield "competence.assessed_on", read.get("competence", {}).get("assessed_on", "")
    yield "consent.obtained_at", read.get("consent", {}).get("obtained_at", "")
    for n, consent in enumerate(read.get("consents", []), start=1):
        yield f"consents[{n}].obtained_at", consent.get("obtained_at", "")
    for place, exception in enumerate(read.get("exceptions", []), start=1):
        for n, consent in enumerate(exception.get("consents", []), start=1):
            yield f"exceptions[{place}].consents[{n}].obtained_at", consent.get("obtained_at", "")
    for n, advice in enumerate(read.get("advice", []), start=1):
        yield f"advice[{n}].given_at", advice.get("given_at", "")
    informing = read.get("informing", {})
    if informing.get("status") == "informed":
        yield "informing.when", informing.get("when", "")


def _future(read: Mapping[str, Any], now: int) -> list[Fault]:
    latest, faults = format_time(now + CLOCKS_DIFFER), []
    for path, moment in _past(read):
        # Texts of one form compare as their times do, and a day alone as its first moment.
        if moment > latest:
            hint = "Is the day, the month or the year a slip? Nothing can be recorded before it has happened"
            faults.append(Fault(path, "a time that has come", "a time in the future", hint))
    return faults


def _needed(read: Mapping[str, Any], bad: set[str]) -> list[Fault]:
    """What may wait where it is urgent, and how it goes to them, which an urgent record must say."""
    faults = []
    if read.get("urgent"):
        for n, recipient in enumerate(read.get("recipients", []), start=1):
            shared = recipient.get("decision", read.get("decision")) in SHARING
            if shared and "method" not in recipient:
                hint = "Say how: telephone, in_person, secure_email and so on"
                faults.append(Fault(f"recipients[{n}].method", "how it goes to them", "nothing", hint))
        return faults
    if "urgent" in bad:
        return []
    for name in NEEDED_UNLESS_URGENT:
        if name not in bad and not read.get(name):
            wanted = (
                "whether anybody is in danger: yes, no or unsure" if name == "risk" else "an answer to at least one"
            )
            faults.append(Fault(name, wanted, "nothing", _URGENT_HINT))
    return faults


def _differing_recipients(read: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for n, recipient in enumerate(read.get("recipients", []), start=1):
        own = recipient.get("decision")
        if own and "decision" in read and own != read["decision"] and "reason" not in recipient:
            hint = "Reasons are asked for whichever way you decided (guide 2006 4.30)"
            faults.append(Fault(f"recipients[{n}].reason", "why it differs for them", "nothing", hint))
    return faults


def _subject(read: Mapping[str, Any]) -> list[Fault]:
    subject, faults = read["subject"], []
    unborn_only = [name for name in ("mother_surname", "mother_nhs_number", "expected_on") if name in subject]
    if subject.get("unborn"):
        if "mother_surname" not in subject:
            faults.append(Fault("subject.mother_surname", "the mother's surname, for a child not born yet", "nothing"))
        if "date_of_birth" in subject:
            faults.append(Fault("subject.date_of_birth", "no date of birth where the child is not born", "a day"))
        return faults
    if "name" not in subject:
        hint = 'If the name is not known, write what is: "not known, boy of about six"'
        faults.append(Fault("subject.name", "a name, or unborn: true", "nothing", hint))
    for name in unborn_only:
        faults.append(
            Fault(f"subject.{name}", "nothing, unless unborn: true", "a value", "Write unborn: true, or leave it out")
        )
    if subject.get("died_on", "9") < subject.get("date_of_birth", ""):
        faults.append(Fault("subject.died_on", "a day not before the birth", "an earlier day"))
        return faults
    if "date_of_birth" in subject and "decided_at" in read:
        age = age_on(read)
        assert age is not None, "a day of birth and a day of decision give an age"
        if age < 0:
            faults.append(Fault("subject.date_of_birth", "a day not after the decision", "a later day"))
        elif age > OLDEST:
            faults.append(
                Fault("subject.date_of_birth", f"at most {OLDEST} years before the decision", "an earlier day")
            )
        elif subject.get("age", age) != age:
            hint = "Leave age out: it is worked out from the date of birth"
            faults.append(Fault("subject.age", "the age that the date of birth gives", "another number", hint))
    return faults


def _told(fault: PolicyFault) -> Fault:
    return Fault(fault.field, fault.expected, fault.got, fault.hint)


def _codes_named(read: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Every law that is named: path, code, and whether it is relied on (a duty that is none is advised on instead)."""
    for n, code in enumerate(read.get("basis", {}).get("codes", []), start=1):
        yield f"basis.codes[{n}]", code, True
    asked = [("questions", read.get("questions", {}))]
    for n, exception in enumerate(read.get("exceptions", []), start=1):
        asked.append((f"exceptions[{n}].questions", exception.get("questions", {})))
    for path, questions in asked:
        code = questions.get("duty", {}).get("code", "")
        if code:
            yield f"{path}.duty.code", code, False


def beside_faults(read: Mapping[str, Any], *, organisation_kind: str, nation: str) -> list[Fault]:
    """Laws and classes of retention that are unknown, or not for that day, nation or kind of organisation."""
    if "decided_at" not in read:
        return []
    day = datetime.date.fromisoformat(read["decided_at"][:10])
    try:
        packs = packs_for(nation, day)
    except PackRefused:
        hint = "Nothing here says which guidance and law applied then"
        return [Fault("decided_at", "a day that our guidance covers", "another day", hint)]
    faults = []
    for path, code, relied_on in _codes_named(read):
        known = code in bases.all_bases(packs.bases)
        fault = bases.check(code, day, nation, organisation_kind, packs=packs.bases, field=path)
        if fault is not None and not known:
            # What is no code and like none may be a name or a number that slipped into the wrong line.
            got = fault.got if fault.hint.startswith(_NEAR) else "something that is no code"
            faults.append(Fault(path, fault.expected, got, fault.hint or "Leave it out: your organisation fills it in"))
        elif fault is not None and relied_on:
            faults.append(_told(fault))
    kept = read.get("retention", {}).get("class", "")
    if kept:
        unknown = retention_classes.check(kept, packs.retention, day, nation)
        faults += [_told(unknown)] if unknown is not None else []
    return faults
