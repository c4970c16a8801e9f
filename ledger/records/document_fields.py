"""The shape of a decision's document: what rules read (policies.fields), and beside it who and where.

Names, addresses and numbers stand only here, in the sealed record. What practitioners are asked comes first; law and
governance come last and are usually filled in by the organisation.
Source: guide 2006 4.30; what a record must hold, recording policy. Proved by tests/ledger/records/test_document.py.
"""

import re
from typing import Any, Final

from ledger.records.identifiers import NhsNumber, PupilNumber
from policies import fields as facts
from policies.shape import Answer, Code, Day, Flag, Kind, ListOf, Moment, Record, Text

METHODS: Final = {
    "in_person": "face to face",
    "telephone": "by telephone",
    "secure_email": "by secure e-mail",
    "secure_system": "through a shared or secure system",
    "post": "by post, marked for one person",
    "by_hand": "handed over on paper",
    "video": "by video call or at a meeting",
    "other": "in another way",
}


def _private(help_: str, max_: int = 300) -> Text:
    """Words by which somebody could be known: a fault never repeats them."""
    return Text(help=help_, max=max_, personal=True)


def _words(help_: str, cite: str = "") -> Text:
    return Text(help=help_, cite=cite)


def _who(help_: str, cite: str = "", **more: Kind) -> Record:
    fields: dict[str, Kind] = {"name": _private("Name"), "post": _private("Post")}
    return Record(help=help_, cite=cite, fields={**fields, **more})


def _first(record: Record, **fields: Kind) -> Record:
    """The same record with these fields before its own."""
    return Record(
        help=record.help, cite=record.cite, required=record.required, fields={**fields, **record.fields, **fields}
    )


CONTACT: Final = _private("Telephone or e-mail")
IDENTIFIERS: Final = Record(
    help="Numbers by which they are known",
    cite="recording policy",
    fields={
        "nhs_number": NhsNumber(help="NHS number: ten digits", personal=True),
        "upn": PupilNumber(help="Unique pupil number", personal=True),
        "local": ListOf(
            kind=Record(fields={"of": Text(help="Whose number it is", max=100), "number": _private("The number", 60)}),
            max=20,
            help="Numbers of your own or another service",
        ),
    },
)
SUBJECT: Final = _first(
    facts.SUBJECT,
    name=_private("Name, as the case knows them; leave it out for a child who is not born yet"),
    date_of_birth=Day(help="Date of birth", personal=True),
    unborn=Flag(help="Not born yet", cite="recording policy"),
    mother_surname=_private("Not born yet: the mother's surname"),
    mother_nhs_number=NhsNumber(help="Not born yet: the mother's NHS number", personal=True),
    expected_on=Day(help="Not born yet: when the birth is expected", personal=True),
    identifiers=IDENTIFIERS,
    aliases=ListOf(
        kind=_private("Another name"), max=20, help="Other names they are known by", cite="recording policy"
    ),
    address=_private("Address", 600),
    contact=CONTACT,
)
REQUESTER: Final = Record(
    help="Who asked",
    fields={
        "name": _private("Name"),
        "role": _private("Post"),
        "organisation": _private("Organisation"),
        "contact": CONTACT,
        "identity_checked": _words("How you made sure that it was really them"),
    },
)
TRIGGER: Final = facts.TRIGGER.extend(requester=REQUESTER, asked_for=_words("What they asked for"))
ITEM: Final = facts.ITEM.extend(
    description=Text(help="What it is", required=True),
    provider=_first(facts.PROVIDER, name=_private("Name, if it is known; it goes no further than this record")),
)
RECIPIENT: Final = _first(
    facts.RECIPIENT.require("kind"),
    name=_private("Name"),
    role=_private("Post"),
    organisation=_private("Organisation"),
    contact=CONTACT,
).extend(
    method=Code(codes=METHODS, words_for="method_words", help="How it goes to them", cite="guide 2006 4.29"),
    method_words=_words("How, in words"),
    secured=_words("How it is kept safe on the way", "guide 2006 4.29"),
    repeated=Answer(codes={"yes": "yes", "no": "no"}, help="Will it be shared again, without a new decision?"),
    until=Day(help="If again: until when"),
    keeping=_words("How they keep it, and how long"),
)
CONSENT: Final = facts.CONSENT.extend(
    by=_first(facts.CONSENTER, name=_private("Name")), asked_by=_who("Who asked them")
)
COMPETENCE: Final = facts.COMPETENCE.extend(assessor=_who("Who made this assessment"))
EXCEPTION: Final = facts.EXCEPTION.extend(
    consents=ListOf(kind=CONSENT, min=1, help="Answers that count here, in place of the others")
)
PERSON: Final = _first(facts.PERSON, name=_private("Name")).extend(
    parental_responsibility_evidence=_words("What was seen that shows it", "What to do if you're worried 10.9"),
    address=_private("Address, if it is another one", 600),
    contact=CONTACT,
)
ADVICE: Final = _first(facts.ADVICE, name=_private("Name")).extend(
    contact=CONTACT, given_at=Moment(or_day=True, help="When")
)
INFORMING: Final = facts.INFORMING.extend(
    who=_words("Who is told: the child, a parent, whoever gave the information"), by=_who("Who tells them")
)
TOLD_PLAN: Final = facts.TOLD_PLAN.extend(by=_who("Who tells them"))
# What must not be seen is no fact: rules read only that something is protected, and why.
PROTECT: Final = _first(
    facts.PROTECT,
    what=Text(help="What must not be seen", required=True),
    from_whom=Text(help="By whom", required=True),
)

_KNOWN: Final = facts.FACTS.fields


def _list(name: str, kind: Record) -> ListOf:
    """The list of that name among the facts, of a longer record."""
    known = _KNOWN[name]
    assert isinstance(known, ListOf), name
    return ListOf(kind=kind, min=known.min, max=known.max, help=known.help, cite=known.cite, required=known.required)


ASKED: Final = Record(
    help="What you are asked",
    fields={
        "decision": _KNOWN["decision"].needed(),
        "decided_at": _KNOWN["decided_at"].needed(),
        "urgent": _KNOWN["urgent"],
        "urgency": _KNOWN["urgency"],
        "subject": SUBJECT.needed(),
        "risk": facts.RISK,
        "trigger": TRIGGER,
        "information": _list("information", ITEM).needed(),
        "recipients": _list("recipients", RECIPIENT).needed(),
        "purpose": _KNOWN["purpose"],
        "necessity": _KNOWN["necessity"],
        "questions": facts.QUESTIONS,
        "consent": CONSENT,
        "consents": _list("consents", CONSENT),
        "competence": COMPETENCE,
        "exceptions": _list("exceptions", EXCEPTION),
        "people": _list("people", PERSON),
        "views": _KNOWN["views"],
        "safety_and_wellbeing": _KNOWN["safety_and_wellbeing"],
        "sexual_activity": _KNOWN["sexual_activity"],
        "informing": INFORMING,
        "told_plan": TOLD_PLAN,
        "advice": _list("advice", ADVICE),
        "protect": _list("protect", PROTECT),
        "reasons": _KNOWN["reasons"].needed(),
        "reason_codes": _KNOWN["reason_codes"],
        "author": _KNOWN["author"],
        "decided_by": _who("Who decided, if it was not you"),
        "late_reason": _KNOWN["late_reason"],
        "late_words": _KNOWN["late_words"],
    },
)
GOVERNANCE: Final = Record(
    help="Law and governance",
    fields={
        "basis": facts.BASIS,
        "retention": facts.RETENTION,
        "lead_worker": _who("Who leads the work with them", "recording policy", organisation=_private("Organisation")),
        "case_file": _private("Where the case file is", 200),
        "entered_by": _who("Who typed this, if it was not who decided"),
    },
)
SHAPE: Final = ASKED.extend(**GOVERNANCE.fields)
# The organisation is the ledger's own and is not asked for in each document.
assert set(_KNOWN) - set(SHAPE.fields) == {"organisation"}, "the document holds every other fact"
NEEDED_UNLESS_URGENT: Final = ("risk", "questions")

# The same three answers under every question would bury the questions.
_YES_NO: Final = re.compile(r"\n## +yes: yes\n## +no: no\n## +unsure: not sure\n")
_LEAD: Final = """\
## A decision to share information about somebody, or not to share it.
## Lines that begin with ## explain. Take the "# " away from the lines that you fill in, and leave the rest.
## Leave out what you do not know: not answered yet is not the same as no. Only what must be given is marked so.
## No time now? Fill in urgent: true, then who, what, to whom, when, why and how; the rest within one working day.
## Put words in "quotes" if they hold a colon or begin with a sign.
"""
_GOVERNANCE_LEAD: Final = """
## Law and governance: usually filled in by your organisation. Leave it as it is if you are not sure.
"""
_SHORT: Final = {
    "consents": "Several answers, as a list, in place of consent: each with the fields of consent",
    "exceptions": "Where some answers differ: a list, each with items or recipients (by number),"
    " and questions or consents",
}


def template() -> str:
    """A commented blank document in YAML: what practitioners are asked first, law and governance at the end."""
    short: dict[str, Kind] = {name: Record(help=help_, fields={}) for name, help_ in _SHORT.items()}
    fields = ASKED.extend(**short).template() + _GOVERNANCE_LEAD + GOVERNANCE.template()
    return _LEAD + _YES_NO.sub(r" (yes, no or unsure)\n", fields)


def json_schema() -> dict[str, Any]:
    """The document's JSON Schema, draft 2020-12: plain JSON values, the same every time.

    What needs more than one field to judge (dates, laws in force, numbers of items) is left to check_document.
    """
    schema = {**SHAPE.json_schema(), "title": "A decision to share information, or not to share it"}
    urgent = {"properties": {"urgent": {"enum": [True, "true", "yes"]}}, "required": ["urgent"]}
    rule = {"if": {"not": urgent}, "then": {"required": list(NEEDED_UNLESS_URGENT)}}
    return {**schema, "allOf": [*schema.get("allOf", []), rule, {"not": {"required": ["consent", "consents"]}}]}
