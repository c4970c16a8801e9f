"""The JSON Schemas (draft 2020-12) of what evaluate_json takes and gives, the same every time.

Published under docs/schemas/; written by `python -m policies schema facts` and `… schema evaluation`.
tests/policies/test_schema.py: they are those files, and every case table's facts and evaluations fit them.
"""

import json
from typing import Any, Final

from policies import codes
from policies.bases import PARTS
from policies.citation import CONFIDENCE
from policies.deadlines import BY_RULES, COUNTS_FROM
from policies.golden_rules import STATUSES
from policies.judging import ANSWERED
from policies.schema_facts import facts_schema
from policies.senses import STANDS

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_WORDS: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_CODE: Final[dict[str, Any]] = {"type": "string", "pattern": "^[a-z0-9_.-]+$"}
_YES: Final[dict[str, Any]] = {"type": "boolean"}
_COUNT: Final[dict[str, Any]] = {"type": "integer", "minimum": 1}
_DAY: Final[dict[str, Any]] = {"type": "string", "format": "date"}
# The organisation's own pack says it, or chose the pack that does.
_OWN: Final[dict[str, Any]] = {"const": "own"}


def _one_of(words: Any, *more: str) -> dict[str, Any]:
    return {"type": "string", "enum": [*words, *more]}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _object(said: str, fields: dict[str, Any], *maybe: str) -> dict[str, Any]:
    """Fields that are all there but for `maybe`, and no others."""
    needed = [name for name in fields if name not in maybe]
    return {
        "type": "object",
        "description": said,
        "properties": fields,
        "required": needed,
        "additionalProperties": False,
    }


def _defs() -> dict[str, Any]:
    found = {
        "citation": _object(
            "Where a statement comes from; confidence says how sure we are of our words.",
            {
                "document": _WORDS,
                "paragraph": _WORDS,
                "year": {"type": "integer"},
                "url": {"type": "string", "pattern": "^https://"},
                "checked": _DAY,
                "confidence": _one_of(CONFIDENCE),
            },
            *("year", "url"),
        ),
        "said": _object("A sentence with its source.", {"code": _CODE, "words": _WORDS, "citation": _ref("citation")}),
        "step": _object(
            "One question on the way, in the words that people are asked; exactly one in a trace is decisive. "
            "Without an answer: nobody is asked, it follows from other facts.",
            {
                "question": _CODE,
                "number": {"type": "integer", "minimum": 0},
                "asks": _WORDS,
                "answer": _one_of(ANSWERED),
                "answer_words": _WORDS,
                "decided": _WORDS,
                "edge": _CODE,
                "citation": _ref("citation"),
                "decisive": _YES,
                "from": _OWN,
            },
            *("answer", "answer_words", "from"),
        ),
    }
    return found | _line_defs() | _rule_defs() | _reading_defs() | {"law": _law()}


def _line_defs() -> dict[str, Any]:
    return {
        "condition": _object(
            "A condition beside the advice. what: of this document, in words.",
            {
                "code": _one_of(codes.CONDITIONS),
                "words": _WORDS,
                "what": {"type": "string"},
                "citation": _ref("citation"),
                "from": _OWN,
            },
            "from",
        ),
        "line": _object(
            "One item to one recipient, both counted from 1. route: why it may be shared, there only where it "
            "is advised to share it.",
            {
                "item": _COUNT,
                "recipient": _COUNT,
                "advice": _one_of(codes.ADVICE),
                "route": _one_of(codes.ROUTES),
                "conditions": _list(_ref("condition")),
                "taken_out": {"const": True},
                "unsure": _CODE,
                "concerns": _list(_CODE),
                "trace": _list(_ref("step")),
            },
            *("route", "taken_out", "unsure"),
        ),
    }


def _rule_defs() -> dict[str, Any]:
    status = {"status": _one_of(STATUSES), "words": _WORDS, "rests_on": _list(_WORDS)}
    by = {
        "rule": _one_of(BY_RULES),
        "n": _COUNT,
        "date": _DAY,
        "counts_from": _one_of(COUNTS_FROM),
        "words": _WORDS,
    }
    return {
        "test": _object(
            "One test of a rule that has several.", {"id": _CODE, "number": _COUNT, "asks": _WORDS, **status}
        ),
        "rule": _object(
            "A golden rule or principle: whether what it asks for is written down, not whether it was kept.",
            {
                "id": _CODE,
                "number": _COUNT,
                "name": _WORDS,
                **status,
                "tests": _list(_ref("test")),
                "citation": _ref("citation"),
                "from": _OWN,
            },
            *("tests", "from"),
        ),
        "obligation": _object(
            "Something to do, and by when.",
            {
                "code": _CODE,
                "words": _WORDS,
                "by": _object("By when.", by, "n", "date", "counts_from"),
                "citation": _ref("citation"),
                "from": _OWN,
            },
            "from",
        ),
        "pack": _object(
            "A pack that was used; note says why where it is used outside its own days.",
            {
                "id": {"type": "string", "pattern": "^[a-z]+/[a-z0-9-]+$"},
                "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "note": _WORDS,
                "from": _OWN,
            },
            *("note", "from"),
        ),
    }


def _senses() -> dict[str, Any]:
    sense = _object(
        "What stands in one sense of consent, and what such an answer is good for.",
        {"stands": _one_of(STANDS), "words": _WORDS, "serves": _WORDS, "citation": _ref("citation")},
    )
    return _object("The three things that are called consent, kept apart.", dict.fromkeys(codes.SENSES, sense))


def _law() -> dict[str, Any]:
    part = _object("A part of it.", {"code": _one_of(PARTS), "words": _WORDS})
    fields = {
        "code": {"type": "string", "pattern": "^[A-Z0-9][A-Za-z0-9-]*$"},
        "name": _WORDS,
        "effect": _WORDS,
        "must_be_true": _list(_WORDS),
        "exception": _WORDS,
        "note": _WORDS,
        "unverified": _list(part),
        "citation": _ref("citation"),
    }
    return _object(
        "A law that the document names. effect: a duty, a power or neither. must_be_true: what has to be so for it to "
        "serve. exception: when a duty gives way. unverified: parts that are not, where its citation is verified.",
        fields,
        *("exception", "note"),
    )


def _reading_defs() -> dict[str, Any]:
    advised = {
        "advice": _one_of(codes.ADVICE, "mixed"),
        "route": _one_of(codes.ROUTES, "mixed"),
        "conditions": _list(_one_of(codes.CONDITIONS)),
    }
    line = _object("A line that differs.", {"item": _COUNT, "recipient": _COUNT, **advised}, "route")
    return {
        "side": _object("A side.", {"name": _CODE, "words": _WORDS, "citation": _ref("citation")}),
        "reading": _object(
            "A point on which the guidance disagrees: the side used, the other, and what the other would have said.",
            {
                "point": _one_of(codes.POINTS),
                "words": _WORDS,
                "used": _ref("side"),
                "other": _ref("side"),
                "would_say": _WORDS,
                "would_be": {
                    "oneOf": [
                        _object("Another class of record.", {"retention": _CODE}),
                        _object("Another advice.", {**advised, "lines": _list(line)}, "route"),
                    ]
                },
                "from": _OWN,
            },
            *("would_be", "from"),
        ),
    }


def evaluation_schema() -> dict[str, Any]:
    """Of what evaluate_json gives, and `policy check --json` prints."""
    kept = {"class": _CODE, "from": _OWN}
    fields = {
        "advice": _one_of(codes.ADVICE, "mixed"),
        "route": _one_of(codes.ROUTES, "mixed"),
        "act_now": _YES,
        "act_now_says": _list(_ref("said")),
        "conditions": _list(_one_of(codes.CONDITIONS)),
        "lines": {**_list(_ref("line")), "minItems": 1},
        "trace": _list(_ref("step")),
        "rules": _list(_ref("rule")),
        "principles": _list(_ref("rule")),
        "obligations": _list(_ref("obligation")),
        "concerns": _list(_ref("said")),
        "senses": _senses(),
        "laws": _list(_ref("law")),
        "readings": _list(_ref("reading")),
        "retention": _object("The class of record: the document's, else the organisation's own.", kept, "from"),
        "packs": _list(_ref("pack")),
    }
    optional = ("route", "act_now_says", "retention")
    whole = _object(
        "What law and guidance advise on some facts; a person decides. route: why it may be shared, common to all "
        "lines or mixed, there only where some of it is to be shared.",
        fields,
        *optional,
    )
    return {"$schema": _DRAFT, "$id": "urn:consent-ledger:evaluation", "title": "Evaluation", **whole, "$defs": _defs()}


SCHEMAS: Final = {"facts": facts_schema, "evaluation": evaluation_schema}


def schema_text(name: str) -> str:
    """One of SCHEMAS as the text of its published file."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
