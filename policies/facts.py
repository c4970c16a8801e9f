"""What rules may read, as values that cannot change: parse_facts turns a mapping into Facts or names every fault.

The shapes stand in policies.fields and the values in policies.values; both are named here, and other modules take
them from here. ledger.records extends the shapes into the whole decision document.
"""

from collections.abc import Mapping
from typing import Any, Final

from policies.errors import FactsRefused, Fault
from policies.fields import (
    ADVICE,
    BASIS,
    COMPETENCE,
    CONSENT,
    CONSENTER,
    EXCEPTION,
    FACTS,
    INFORMING,
    ITEM,
    PERSON,
    PERSON_VIEW,
    PROTECT,
    PROVIDER,
    QUESTIONS,
    RECIPIENT,
    RETENTION,
    RISK,
    SUBJECT,
    TOLD_PLAN,
    TRIGGER,
)
from policies.values import (
    Advised,
    Author,
    Basis,
    Checks,
    Competence,
    Confidential,
    Consent,
    Consenter,
    Criterion,
    Duty,
    Exemption,
    Facts,
    Informed,
    Informing,
    Item,
    Limited,
    Organisation,
    PassingOn,
    Person,
    PersonView,
    Protect,
    Provider,
    PublicInterest,
    Question,
    Questions,
    Recipient,
    Retention,
    RightWay,
    Risk,
    Scope,
    Subject,
    ToldPlan,
    Trigger,
)

__all__ = [
    "ADVICE",
    "BASIS",
    "COMPETENCE",
    "CONSENT",
    "CONSENTER",
    "EXCEPTION",
    "FACTS",
    "INFORMING",
    "ITEM",
    "PERSON",
    "PERSON_VIEW",
    "PROTECT",
    "PROVIDER",
    "QUESTIONS",
    "RECIPIENT",
    "RETENTION",
    "RISK",
    "SUBJECT",
    "TOLD_PLAN",
    "TRIGGER",
    "Advised",
    "Author",
    "Basis",
    "Checks",
    "Competence",
    "Confidential",
    "Consent",
    "Consenter",
    "Criterion",
    "Duty",
    "Exemption",
    "Facts",
    "Informed",
    "Informing",
    "Item",
    "Limited",
    "Organisation",
    "PassingOn",
    "Person",
    "PersonView",
    "Protect",
    "Provider",
    "PublicInterest",
    "Question",
    "Questions",
    "Recipient",
    "Retention",
    "RightWay",
    "Risk",
    "Scope",
    "Subject",
    "ToldPlan",
    "Trigger",
    "facts_of",
    "parse_facts",
]

MAX_LINES: Final = 1_000
_CLASSES: Final[dict[str, type[Any]]] = {
    "purpose": Question,
    "identifies": Question,
    "confidential": Confidential,
    "consent": Question,
    "duty": Duty,
    "public_interest": PublicInterest,
    "right_way": RightWay,
    "checks": Checks,
    "limited": Limited,
    "risk": Risk,
    "informed": Informed,
    "by": Consenter,
    "scope": Scope,
    "consents": Consent,
    "competence": Competence,
    "provider": Provider,
    "information": Item,
    "recipients": Recipient,
    "passing_on": PassingOn,
    "exceptions": Exemption,
    "questions": Questions,
    "informing": Informing,
    "told_plan": ToldPlan,
    "advice": Advised,
    "protect": Protect,
    "people": Person,
    "views": PersonView,
    "basis": Basis,
    "trigger": Trigger,
    "subject": Subject,
    "organisation": Organisation,
    "author": Author,
    "retention": Retention,
}


def _value(name: str, read: Any) -> Any:
    """What parse gave, as the frozen value of its name."""
    if name == "criteria":
        return tuple((code, Criterion(**each)) for code, each in read.items())
    if isinstance(read, list):
        return tuple(_value(name, each) for each in read)
    if isinstance(read, dict):
        pairs = {("class_" if key == "class" else key): _value(key, each) for key, each in read.items()}
        return _CLASSES[name](**pairs)
    return read


def _numbers_in_range(read: dict[str, Any]) -> list[Fault]:
    """A number of an item or recipient that is not there (every place that may hold one)."""
    bounds = {"items": len(read.get("information", [1])), "recipients": len(read.get("recipients", [1]))}
    faults = []

    def look(value: Any, path: str) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value, start=1):
            here = f"{path}[{key}]" if isinstance(value, list) else f"{path}.{key}" if path else str(key)
            kind = str(key).removeprefix("extent_")
            if kind in bounds and isinstance(inner, list) and all(isinstance(each, int) for each in inner):
                for place, number in enumerate(inner, start=1):
                    if number > bounds[kind]:
                        wanted = f"the number of one of the {bounds[kind]} {kind}"
                        faults.append(Fault(f"{here}[{place}]", wanted, str(number), "They count from 1"))
            elif isinstance(inner, dict | list):
                look(inner, here)

    look(read, "")
    return faults


def _consents_of(read: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = [("consent", read["consent"])] if "consent" in read else []
    found += [(f"consents[{n}]", each) for n, each in enumerate(read.get("consents", []), start=1)]
    for place, exception in enumerate(read.get("exceptions", []), start=1):
        for n, each in enumerate(exception.get("consents", []), start=1):
            found.append((f"exceptions[{place}].consents[{n}]", each))
    return found


def _impossible(read: dict[str, Any]) -> list[Fault]:
    """Combinations that nobody can mean. What somebody might honestly write is a concern of the evaluation instead."""
    faults = []
    if "consent" in read and "consents" in read:
        faults.append(Fault("consent", "consent or consents", "both", "Put them all under consents"))
    for path, consent in _consents_of(read):
        status = consent["status"]
        if "not_sought" in consent and status != "not_sought":
            faults.append(Fault(f"{path}.not_sought", "no ground where somebody was asked", status))
        if "form" in consent and status not in ("given", "withdrawn"):
            faults.append(Fault(f"{path}.form", "no form where nobody agreed", status))
        by = consent.get("by", {})
        if "holds_by" in by and by.get("capacity", "parental_responsibility") != "parental_responsibility":
            hint = "How somebody came to have parental responsibility is said of those who answer by it"
            faults.append(Fault(f"{path}.by.holds_by", "nothing, in this capacity", by["capacity"], hint))
        start, end = consent.get("obtained_at", ""), consent.get("expires_at", "")
        if start and end and end < start[:10]:
            faults.append(Fault(f"{path}.expires_at", "a day not before it was obtained", end))
    subject = read.get("subject", {})
    if subject.get("died_on") and subject.get("living"):
        faults.append(Fault("subject.died_on", "no day of death of somebody who is living", "a day"))
    decided = read.get("decided_at", "")[:10]
    if decided and subject.get("died_on", "") > decided:
        hint = "Somebody who died later was living when it was decided: leave it out"
        faults.append(Fault("subject.died_on", "a day not after the decision", "a later day", hint))
    if subject.get("unborn") and subject.get("age"):
        faults.append(Fault("subject.age", "no age where the child is not born", "an age"))
    for place, exception in enumerate(read.get("exceptions", []), start=1):
        if "items" not in exception and "recipients" not in exception:
            hint = "Where the answer holds for all of them, put it under questions"
            faults.append(Fault(f"exceptions[{place}]", "items, recipients or both", "neither", hint))
        if "questions" not in exception and "consents" not in exception:
            faults.append(Fault(f"exceptions[{place}]", "questions, consents or both", "neither"))
    return faults


def parse_facts(mapping: Mapping[str, Any]) -> Facts:
    """Facts of a mapping of plain values (as from YAML or JSON). Raises FactsRefused with every fault found."""
    read, faults = FACTS.parse(mapping)
    faults += _numbers_in_range(read) + _impossible(read) + _too_many_lines(read)
    if faults:
        raise FactsRefused(faults)
    return facts_of(read)


def _too_many_lines(read: Mapping[str, Any]) -> list[Fault]:
    """Each item to each recipient is judged by itself: somebody waits for all of them."""
    items = len(read.get("information", [])) or 1
    many = sum(len(each.get("items", [])) or items for each in read.get("recipients", []))
    if many <= MAX_LINES:
        return []
    got = f"{many:,}: {items:,} items to {len(read['recipients']):,} recipients"
    hint = "Split it: one document for each group of recipients, or say under items what each recipient gets"
    return [Fault("recipients", f"at most {MAX_LINES:,} times an item goes to a recipient", got, hint)]


def facts_of(read: Mapping[str, Any]) -> Facts:
    """Facts of what `FACTS.parse` read without a fault; whoever parsed has also to refuse what is impossible."""
    values = dict(read)
    values["implied_item"] = "information" not in values
    values["implied_recipient"] = "recipients" not in values
    if "consent" in values:
        values["consents"] = [values.pop("consent")]
    if values.get("urgency") == "now" and "immediate" not in values.get("risk", {}):
        # what `now` means is that somebody may come to harm in the next hours; that is asked only once
        values["risk"] = {**values.get("risk", {}), "immediate": "yes"}
    return Facts(**{name: _value(name, each) for name, each in values.items()})
