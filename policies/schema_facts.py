"""The JSON Schema of the facts that rules may read, each record under its own name; as strict as parse_facts.

What JSON Schema cannot say is said in words in its description (NOT_SAID), and refused by parse_facts all the same.
tests/policies/test_schema_facts.py: whatever facts are refused, the schema refuses them or names why it cannot.
"""

from collections.abc import Mapping
from typing import Any, Final

from policies import codes, fields
from policies.shape import DEFAULT_TEXT, WORDS_PATTERN, Answer, Flag, Record, Text

# By id, what is refused although the schema takes it.
NOT_SAID: Final[Mapping[str, str]] = {
    "order": "an agreement that ends before it was given, a death after the decision",
    "calendar": "a day that is not in the calendar, such as 30 February",
    "numbers": "the number of an item or recipient that is not there",
    "bounds": "a number written as text that is out of its bounds, or a whole number written with a decimal point",
    "surrogates": "half of a character (a lone surrogate)",
    "laws": "a law that is not known, not in force on the day, or not open to that kind of organisation",
}
RECORDS: Final[Mapping[str, Record]] = {
    "limited": fields.LIMITED,
    "checks": fields.CHECKS,
    "questions": fields.QUESTIONS,
    "risk": fields.RISK,
    "informed": fields.INFORMED,
    "consenter": fields.CONSENTER,
    "scope": fields.SCOPE,
    "consent": fields.CONSENT,
    "criterion": fields.CRITERION,
    "competence": fields.COMPETENCE,
    "provider": fields.PROVIDER,
    "passing_on": fields.PASSING_ON,
    "item": fields.ITEM,
    "recipient": fields.RECIPIENT,
    "exception": fields.EXCEPTION,
    "informing": fields.INFORMING,
    "told_plan": fields.TOLD_PLAN,
    "advice": fields.ADVICE,
    "protect": fields.PROTECT,
    "person": fields.PERSON,
    "person_view": fields.PERSON_VIEW,
    "basis": fields.BASIS,
    "trigger": fields.TRIGGER,
    "subject": fields.SUBJECT,
    "organisation": fields.ORGANISATION,
    "author": fields.AUTHOR,
    "retention": fields.RETENTION,
}
_YES: Final[dict[str, Any]] = {"enum": ["true", "yes", True]}


def _if_given(name: str, then: Mapping[str, Any]) -> dict[str, Any]:
    """A rule for where a field is there: what its neighbours then have to be, where they are there too."""
    return {"if": {"required": [name]}, "then": {"properties": then}}


def _never(*names: str, **so: Mapping[str, Any]) -> dict[str, Any]:
    """A rule that fields are not all there, those of `so` with such values."""
    return {"not": {"required": [*names, *so], **({"properties": so} if so else {})}}


def _one_of_these(*names: str) -> dict[str, Any]:
    return {"anyOf": [{"required": [name]} for name in names]}


# What policies.facts refuses as a combination that nobody can mean, where a schema can say it; "" is the whole.
RULES: Final[Mapping[str, tuple[dict[str, Any], ...]]] = {
    "": (_never("consent", "consents"),),
    "consent": (
        _if_given("not_sought", {"status": {"const": "not_sought"}}),
        _if_given("form", {"status": {"enum": ["given", "withdrawn"]}}),
    ),
    "consenter": (_if_given("holds_by", {"capacity": {"const": "parental_responsibility"}}),),
    "subject": (
        _never("died_on", living=_YES),
        _never(unborn=_YES, age={"not": {"enum": [0, "0"]}}),
    ),
    "exception": (_one_of_these("items", "recipients"), _one_of_these("questions", "consents")),
}


def _leaves() -> dict[str, dict[str, Any]]:
    """What many fields hold, under names of its own."""
    answer, flag, words = (kind.schema() for kind in (Answer(codes=codes.ANSWERS), Flag(), Text()))
    del answer["description"]
    return {"answer": answer, "flag": flag, "words": words}


def _without_words(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in schema.items() if key != "description"}


def _named(schema: Any, known: Mapping[str, dict[str, Any]]) -> Any:
    """The same schema with a reference wherever one of the known stands; its description stays beside it."""
    if isinstance(schema, list):
        return [_named(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    said = {"description": schema["description"]} if isinstance(schema.get("description"), str) else {}
    bare = _without_words(schema) if said else schema
    for name, each in known.items():
        if bare == each:
            return {"$ref": f"#/$defs/{name}", **said}
    if bare.get("pattern") == WORDS_PATTERN and bare["maxLength"] != DEFAULT_TEXT:
        return {"$ref": "#/$defs/words", "maxLength": bare["maxLength"], **said}
    return {key: _named(each, known) for key, each in schema.items()}


def _ruled(schema: dict[str, Any], name: str) -> dict[str, Any]:
    rules = [*schema.get("allOf", []), *RULES.get(name, ())]
    return {**schema, **({"allOf": rules} if rules else {})}


def facts_schema() -> dict[str, Any]:
    """Of the facts that rules may read: what parse_facts and evaluate_json take."""
    leaves = _leaves()
    whole = {name: _without_words(record.schema()) for name, record in RECORDS.items()}
    known = {**leaves, **whole}
    defs = dict(leaves)
    for name, record in RECORDS.items():
        others = {key: each for key, each in known.items() if key != name}
        defs[name] = _ruled(_named(record.schema(), others), name)
    cannot = "; ".join(NOT_SAID.values())
    said = f"What the rules may read. Refused all the same, though no schema can say it: {cannot}."
    facts = _ruled(_named(fields.FACTS.schema(), known), "")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:consent-ledger:facts",
        "title": "Facts of a decision on sharing information",
        **facts,
        "description": said,
        "$defs": defs,
    }
