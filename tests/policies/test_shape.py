"""Every refusal of policies.shape, with the field, what was expected and what was got."""

import pytest

from policies.errors import Fault
from policies.shape import Answer, Code, Day, Flag, Kind, ListOf, Moment, Record, Text, Whole

COLOURS = {"red": "red", "green": "green", "other": "another"}
YES_NO = {"yes": "yes", "no": "no", "unsure": "not sure"}
FORM = Record(
    help="A form",
    fields={
        "words": Text(max=10, help="Words", cite="seed 004 4.30", required=True),
        "colour": Code(codes=COLOURS, words_for="colour_words", help="A colour"),
        "colour_words": Text(help="Which"),
        "shades": ListOf(kind=Code(codes=COLOURS, words_for="colour_words")),
        "ready": Flag(help="Ready"),
        "count": Whole(min=1, max=5, help="How many"),
        "day": Day(help="A day"),
        "born": Day(help="A birthday", personal=True),
        "at": Moment(help="A time"),
        "sure": Answer(codes=YES_NO, help="Sure"),
        "people": ListOf(kind=Record(fields={"kind": Code(codes=COLOURS)}), min=1, max=2),
    },
)


def faults_of(**given: object) -> list[Fault]:
    return FORM.parse({"words": "ok", **given})[1]


def read(**given: object) -> dict[str, object]:
    got, faults = FORM.parse({"words": "ok", **given})
    assert faults == []
    return got


REFUSALS = [
    ("words", "   ", "words", "words", "empty text"),
    ("words", "", "words", "words", "nothing (null)"),
    ("words", 7, "words", "words", "a number"),
    ("words", "a" * 11, "words", "at most 10 characters", "11"),
    ("words", "a\x07b", "words", "text without control characters", "character U+0007 at place 2"),
    ("words", "a\r\nb", "words", "text without control characters", "character U+000D at place 2"),
    ("words", "a\ud800", "words", "text without control characters", "character U+D800 at place 2"),
    ("words", None, "words", "words", "nothing (null)"),
    ("colour", "grene", "colour", "one of red, green, other", "grene"),
    ("colour", "943-47-6591", "colour", "one of red, green, other", "text"),
    ("colour", "Robin", "colour", "one of red, green, other", "text"),
    ("colour", "0123456789", "colour", "one of red, green, other", "text"),
    ("colour", ["red"], "colour", "one of red, green, other", "a list"),
    ("shades", "red", "shades", "a list", "red"),
    ("shades", ["red", "blue"], "shades[2]", "one of red, green, other", "blue"),
    ("ready", "maybe", "ready", "true or false (or yes or no)", "maybe"),
    ("ready", 1, "ready", "true or false (or yes or no)", "a number"),
    ("count", True, "count", "a whole number from 1 to 5", "true or false"),
    ("count", 1.0, "count", "a whole number from 1 to 5", "a number"),
    ("count", " 4_2", "count", "a whole number from 1 to 5", "text"),
    ("count", "٣", "count", "a whole number from 1 to 5", "text"),
    ("count", "6", "count", "a whole number from 1 to 5", "a number outside those bounds"),
    ("day", "2026-02-30", "day", "a day that is in the calendar, as YYYY-MM-DD", "2026-02-30"),
    ("day", "02/03/2026", "day", "a day as YYYY-MM-DD", "02/03/2026"),
    ("born", "02/03/2014", "born", "a day as YYYY-MM-DD", "a value that is not repeated here"),
    ("born", "Robin", "born", "a day as YYYY-MM-DD", "a value that is not repeated here"),
    ("people", [], "people", "1 to 2 of them", "0"),
    ("people", [{"kind": "red"}, {"kind": "x"}], "people[2].kind", "one of red, green, other", "x"),
    ("people", [{"kind": "red"}, "me"], "people[2]", "fields with names", "me"),
]


@pytest.mark.parametrize(("name", "value", "field", "expected", "got"), REFUSALS)
def test_each_refusal(name: str, value: object, field: str, expected: str, got: str) -> None:
    (fault,) = faults_of(**{name: value})
    assert (fault.field, fault.expected, fault.got) == (field, expected, got)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T14:30:60Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T14:30:00",
        "2026-13-02T14:30:00Z",
        "2026-03-02 14:30:00Z",
        "2026-03-02T14:30:00.5Z",
        "0001-01-01T00:00:00+05:00",
        "2026-03-02",
        20260302,
    ],
)
def test_a_moment_that_is_not_one(value: object) -> None:
    (fault,) = faults_of(at=value)
    assert fault.field == "at"
    assert fault.expected.startswith("a day and time with its zone, such as 2026-03-02T14:30:00Z")


def test_what_is_read_is_in_one_normal_form() -> None:
    got = read(words="ok\n\n", ready="yes", count="3", at="2026-03-02T14:30+01:00", sure=True)
    assert got == {"words": "ok", "ready": True, "count": 3, "at": "2026-03-02T13:30:00Z", "sure": "yes"}
    assert read(ready="false", sure="false") == {"words": "ok", "ready": False, "sure": "no"}
    assert FORM.parse(got) == (got, [])


def test_fields_come_out_in_declared_order() -> None:
    assert list(read(day="2026-03-02", colour="red", count=2)) == ["words", "colour", "count", "day"]


def test_every_fault_is_found_at_once() -> None:
    faults = FORM.parse({"colour": "blue", "wrds": "x", "people": [{"kind": "blue", "nane": 1}]})[1]
    assert [fault.field for fault in faults] == ["wrds", "words", "colour", "people[1].(not shown)", "people[1].kind"]


def test_an_unknown_field_is_refused_with_the_nearest_known_one() -> None:
    (fault,) = faults_of(colur="red")
    assert str(fault) == "colur: expected a field that is known here, got an unknown field. Did you mean colour?"
    (far,) = faults_of(zzzz="red")
    assert far.hint.startswith("Known here: words, colour, ")
    for odd in ("0123 456", "Robin"):
        (fault,) = faults_of(**{odd: 1})
        assert fault.field == "(not shown)"


def test_a_missing_field_that_must_be_there() -> None:
    assert FORM.parse({})[1] == [Fault("words", "Words", "nothing", "This must be given")]
    assert FORM.parse(["words"])[1][0].got == "a list"
    assert FORM.parse(None, "questions")[1][0].field == "questions"


@pytest.mark.parametrize("given", [{"colour": "other"}, {"shades": ["red", "other"]}])
def test_other_asks_for_words(given: dict[str, object]) -> None:
    (fault,) = faults_of(**given)
    assert (fault.field, fault.got) == ("colour_words", "nothing")
    assert faults_of(**given, colour_words="teal") == []


def test_words_that_cannot_be_read_are_one_fault_and_not_two() -> None:
    assert [fault.field for fault in faults_of(colour="other", colour_words="")] == ["colour_words"]


def test_null_is_refused_and_says_to_leave_it_out() -> None:
    for name in ("colour", "ready", "count", "day", "born", "at", "sure", "people"):
        (fault,) = faults_of(**{name: None})
        assert fault.got == "nothing (null)"
        assert fault.hint == "Leave the field out if there is nothing to say"


def test_a_moment_may_be_a_day_where_that_is_said() -> None:
    at = Record(fields={"at": Moment(or_day=True)})
    assert at.parse({"at": "2026-03-02"}) == ({"at": "2026-03-02"}, [])
    assert at.parse({"at": "2026-02-30"})[1][0].expected == "a day that is in the calendar, as YYYY-MM-DD"


def test_records_are_extended_and_made_stricter() -> None:
    more = FORM.extend(name=Text(personal=True)).require("day")
    assert [fault.field for fault in more.parse({"words": "x", "name": "Robin"})[1]] == ["day"]
    assert FORM.parse({"words": "x"})[1] == []
    with pytest.raises(KeyError):
        FORM.require("nothing_of_the_kind")


def test_keeping_leaves_out_what_the_shape_does_not_know_at_any_depth_and_changes_nothing_else() -> None:
    raw = {"words": 7, "people": [{"kind": "no code", "name": "Robin"}, "text"], "name": "Robin", "shades": None}
    assert FORM.keep(raw) == {"words": 7, "people": [{"kind": "no code"}, "text"], "shades": None}
    assert raw["name"] == "Robin", "what was given is left as it is"
    for other in ("text", 7, None, ["a"]):
        assert FORM.keep(other) == other
    assert FORM.keep({1: "a number as a name", "ready": True}) == {"ready": True}


def test_the_schema_says_the_same_as_the_reading() -> None:
    schema = FORM.json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["words"]
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == list(FORM.fields)
    assert schema["properties"]["words"]["description"] == "Words (seed 004 4.30)"
    assert schema["properties"]["colour"]["enum"] == list(COLOURS)
    assert schema["properties"]["people"]["items"]["additionalProperties"] is False
    assert schema["allOf"][0]["then"] == {"required": ["colour_words"]}
    assert schema["allOf"][1]["if"]["properties"]["shades"] == {"contains": {"const": "other"}}
    assert FORM.json_schema() == schema


def field_paths(record: Record, before: str = "") -> list[str]:
    found = []
    for name, kind in record.fields.items():
        found.append(before + name)
        inner: Kind = kind.kind if isinstance(kind, ListOf) else kind
        if isinstance(inner, Record):
            found += field_paths(inner, f"{before}{name}.")
    return found


def test_the_template_names_every_field_and_is_all_comment() -> None:
    lines = FORM.template().splitlines()
    assert all(line.startswith("#") for line in lines)
    bare = [line[2:] for line in lines if line.startswith("# ")]
    assert bare[0] == "words:"
    assert bare[-2:] == ["people:", "  - kind:"]
    assert len([line for line in bare if line.strip() != "-"]) == len(field_paths(FORM))
    assert "## words (must be given): Words (seed 004 4.30)" in lines
    assert "##     green: green" in lines
