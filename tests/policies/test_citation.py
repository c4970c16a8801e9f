"""A statement without source, checked day, confidence or period is refused, and each refusal names the field."""

import datetime

import pytest

from policies.citation import Citation, Period, read_citation, read_period

DAY = datetime.date
GOOD = {
    "source": {"document": "An Act", "paragraph": "section 1", "year": 1999, "url": "https://example.org/act"},
    "checked": DAY(2026, 11, 21),
    "confidence": "published",
    "in_force": {"from": DAY(2000, 1, 1), "until": DAY(2001, 12, 31)},
}


def changed(path: str, value: object) -> dict[str, object]:
    """GOOD with one value put in its place; None takes the field out."""
    table = {key: dict(each) if isinstance(each, dict) else each for key, each in GOOD.items()}
    *above, last = path.split(".")
    place = table[above[0]] if above else table
    if value is None:
        del place[last]
    else:
        place[last] = value
    return table


def test_a_whole_citation_is_read() -> None:
    faults: list = []
    assert read_citation(GOOD, "file#one", faults) == Citation(
        document="An Act",
        paragraph="section 1",
        year=1999,
        url="https://example.org/act",
        checked=DAY(2026, 11, 21),
        confidence="published",
    )
    assert read_period(GOOD, "file#one", faults) == Period(DAY(2000, 1, 1), DAY(2001, 12, 31))
    assert faults == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("source", None),
        ("source", "An Act, section 1"),
        ("source.document", None),
        ("source.document", "  "),
        ("source.paragraph", None),
        ("source.paragraph", ""),
        ("source.year", 99),
        ("source.year", True),
        ("source.year", "1999"),
        ("source.url", "http://example.org"),
        ("source.page", "12"),
        ("checked", None),
        ("checked", "2026-11-21"),
        ("checked", datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)),
        ("confidence", None),
        ("confidence", "certain"),
    ],
)
def test_a_citation_that_is_not_whole_is_refused_by_field(path: str, value: object) -> None:
    faults: list = []
    assert read_citation(changed(path, value), "file#one", faults) is None
    assert {fault.field for fault in faults} >= {f"file#one.{path}"}
    assert all(fault.expected and fault.got for fault in faults)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("in_force", None, "in_force"),
        ("in_force.from", None, "in_force.from"),
        ("in_force.from", "2000-01-01", "in_force.from"),
        ("in_force.until", "2001", "in_force.until"),
        ("in_force.until", DAY(1999, 12, 31), "in_force.until"),
        ("in_force.from_is", "week", "in_force.from_is"),
        ("in_force.from_is", "undated", "in_force.from"),
        ("in_force.to", DAY(2001, 1, 1), "in_force.to"),
    ],
)
def test_a_period_that_is_not_whole_is_refused_by_field(path: str, value: object, field: str) -> None:
    faults: list = []
    assert read_period(changed(path, value), "file#one", faults) is None
    assert [fault.field for fault in faults] == [f"file#one.{field}"]


def test_what_is_undated_refuses_no_early_day() -> None:
    faults: list = []
    period = read_period({"in_force": {"from_is": "undated", "until": DAY(2000, 1, 1)}}, "file#one", faults)
    assert faults == []
    assert period is not None
    assert [period.covers(day) for day in (DAY.min, DAY(2000, 1, 1), DAY(2000, 1, 2))] == [True, True, False]


def test_both_ends_of_a_period_are_in_it() -> None:
    period = Period(DAY(2018, 7, 1), DAY(2024, 4, 30))
    days = [DAY(2018, 6, 30), DAY(2018, 7, 1), DAY(2024, 4, 30), DAY(2024, 5, 1)]
    assert [period.covers(day) for day in days] == [False, True, True, False]
    assert period.overlaps(Period(DAY(2024, 4, 30)))
    assert not period.overlaps(Period(DAY(2024, 5, 1)))
    assert period.overlaps(Period(DAY(2000, 1, 1), DAY(2018, 7, 1)))
    assert not period.overlaps(Period(DAY(2000, 1, 1), DAY(2018, 6, 30)))
    assert Period(DAY(2018, 7, 1)).covers(DAY(9999, 12, 31))


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(DAY(2026, 2, 5)), "from 5 February 2026"),
        (Period(DAY(2018, 7, 1), DAY(2024, 4, 30), "month"), "from July 2018 until 30 April 2024"),
        (Period(DAY(1989, 1, 1), None, "year"), "from some day in 1989 or later"),
        (Period(DAY.min, None, "undated"), "from a day that the source does not give"),
    ],
)
def test_a_period_says_no_more_than_its_source(period: Period, words: str) -> None:
    assert period.in_words() == words


def test_what_is_not_verified_says_so_in_words() -> None:
    known = Citation(document="An Act", paragraph="section 1", year=1999, checked=DAY(2026, 1, 1), confidence="seed")
    guess = Citation(
        document="An Act 1999", paragraph="s 2", year=1999, checked=DAY(2026, 1, 1), confidence="unverified"
    )
    assert known.in_words() == "An Act, 1999, section 1"
    assert guess.in_words() == "An Act 1999, s 2, not verified"
    assert known.to_json() == {
        "document": "An Act",
        "paragraph": "section 1",
        "year": 1999,
        "checked": "2026-01-01",
        "confidence": "seed",
    }
    assert [Citation.from_json(each.to_json()) for each in (known, guess)] == [known, guess]
