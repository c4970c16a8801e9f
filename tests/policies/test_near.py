"""The nearest known word: here first, else a level further down, and nothing for what is like none of them."""

import pytest

from policies.near import nearest
from policies.shape import ListOf, Record, Text

KNOWN = ("name", "identifiers", "address", "streets")
BELOW = {"nhs_number": "identifiers.nhs_number", "street": "address.street"}


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("nmae", "Did you mean name?"),
        ("ADRESS", "Did you mean address?"),
        ("nhs_number", "Did you mean identifiers.nhs_number?"),
        ("nhs_numbr", "Did you mean identifiers.nhs_number?"),
        ("street", "Did you mean address.street?"),
        ("nhs", ""),
        ("zebedee", ""),
    ],
)
def test_the_nearest_word(word: str, hint: str) -> None:
    assert nearest(word, KNOWN, BELOW) == hint


def test_a_field_that_belongs_further_down_is_offered_with_where() -> None:
    inner = Record(fields={"nhs_number": Text()})
    for kind in (inner, ListOf(kind=inner)):
        (fault,) = Record(fields={"identifiers": kind}).parse({"nhs_number": "x"})[1]
        assert (fault.field, fault.hint) == ("nhs_number", "Did you mean identifiers.nhs_number?")


@pytest.mark.parametrize("name", ["zebedee", "Zebedee", "zebedee_marker"])
def test_what_is_like_no_field_may_be_a_name_and_is_not_said_back(name: str) -> None:
    (fault,) = Record(fields={"purpose": Text()}).parse({name: "x"})[1]
    assert fault.field == "(not shown)"
    assert name not in str(fault)
