"""When something falls due: weekends, the bank holidays of each nation, year ends, hours, months.

The holidays below are those that the governments of the nations announced; none is worked out by a rule here.
"""

import datetime

import pytest

from ledger.records.due import add_working_days, due_date, due_items, is_working_day
from policies.citation import Citation
from policies.obligations import BY_RULES, By, Obligation

NATIONS = ("england", "wales", "scotland", "northern-ireland")
SOURCE = Citation(document="a paper", paragraph="1", checked=datetime.date(2026, 9, 1), confidence="seed")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def obligation(code: str, by: By) -> Obligation:
    return Obligation(code, "Do it.", by, SOURCE)


# a day, and the nations where it is a bank holiday
HOLIDAYS = [
    ("2026-01-01", "england wales scotland northern-ireland"),
    ("2026-01-02", "scotland"),
    ("2026-03-17", "northern-ireland"),
    ("2026-04-03", "england wales scotland northern-ireland"),
    ("2026-04-06", "england wales northern-ireland"),  # Easter Monday: not in Scotland
    ("2026-05-04", "england wales scotland northern-ireland"),
    ("2026-07-13", "northern-ireland"),  # in place of Sunday the 12th
    ("2026-08-03", "scotland"),
    ("2026-08-31", "england wales northern-ireland"),  # the summer holiday: another day in Scotland
    ("2026-11-30", "scotland"),
    ("2026-12-25", "england wales scotland northern-ireland"),
    ("2026-12-28", "england wales scotland northern-ireland"),  # in place of Saturday the 26th
    ("2027-01-04", "scotland"),  # in place of Saturday the 2nd
    ("2027-12-27", "england wales scotland northern-ireland"),  # in place of Saturday the 25th
    ("2027-12-28", "england wales scotland northern-ireland"),  # in place of Sunday the 26th
    ("2022-01-03", "england wales scotland northern-ireland"),  # in place of Saturday the 1st
    ("2022-01-04", "scotland"),  # in place of Sunday the 2nd
    ("2022-06-03", "england wales scotland northern-ireland"),  # once: the Platinum Jubilee
    ("2022-09-19", "england wales scotland northern-ireland"),  # once: the State Funeral
]


@pytest.mark.parametrize(("holiday", "where"), HOLIDAYS)
def test_a_bank_holiday_is_one_only_where_it_is_kept(holiday: str, where: str) -> None:
    assert day(holiday).weekday() < 5, "a weekend would show nothing"
    kept = [nation for nation in NATIONS if not is_working_day(day(holiday), nation)]
    assert kept == where.split()


@pytest.mark.parametrize("nation", NATIONS)
def test_weekends_are_no_working_days_and_an_ordinary_week_is(nation: str) -> None:
    monday = day("2026-09-21")
    week = [is_working_day(monday + datetime.timedelta(days=n), nation) for n in range(7)]
    assert week == [True, True, True, True, True, False, False]


def test_another_nation_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        is_working_day(day("2026-09-21"), "france")


WORKING_DAYS = [
    ("2026-09-21", 0, "england", "2026-09-21"),
    ("2026-09-21", 1, "england", "2026-09-22"),
    ("2026-09-25", 1, "england", "2026-09-28"),  # over a weekend
    ("2026-09-26", 1, "england", "2026-09-28"),  # from a Saturday
    ("2026-09-27", 2, "england", "2026-09-29"),  # from a Sunday
    ("2026-09-21", 10, "england", "2026-10-05"),
    ("2026-04-02", 1, "england", "2026-04-07"),  # over Good Friday and Easter Monday
    ("2026-04-02", 1, "scotland", "2026-04-06"),  # Easter Monday is worked
    ("2026-07-31", 1, "scotland", "2026-08-04"),  # over the summer holiday
    ("2026-07-31", 1, "england", "2026-08-03"),
    ("2026-08-28", 1, "england", "2026-09-01"),
    ("2026-08-28", 1, "scotland", "2026-08-31"),
    ("2026-07-10", 1, "northern-ireland", "2026-07-14"),
    ("2026-12-24", 1, "england", "2026-12-29"),  # Christmas, a weekend and a day in place of Boxing Day
    ("2026-12-31", 1, "england", "2027-01-04"),  # into the next year
    ("2026-12-31", 1, "scotland", "2027-01-05"),
    ("2026-12-24", 3, "wales", "2026-12-31"),
    ("2027-12-24", 1, "england", "2027-12-29"),
    ("2021-12-31", 1, "scotland", "2022-01-05"),
]


@pytest.mark.parametrize(("start", "number", "nation", "expected"), WORKING_DAYS)
def test_working_days_are_counted_over_what_is_not_worked(start: str, number: int, nation: str, expected: str) -> None:
    assert add_working_days(day(start), number, nation) == day(expected)
    assert due_date(By("working_days", n=number), day(start), nation) == day(expected)


RULES = [
    (By("same_day"), "2026-09-26", "2026-09-26"),  # in danger, a Saturday is a day
    (By("next_working_day"), "2026-09-25", "2026-09-28"),
    (By("next_working_day"), "2026-12-31", "2027-01-04"),
    (By("working_days", n=3), "2026-09-24", "2026-09-29"),
    (By("hours", n=48), "2026-09-25", "2026-09-27"),  # hours know no weekend
    (By("hours", n=48), "2026-12-30", "2027-01-01"),
    (By("hours", n=72), "2028-02-27", "2028-03-01"),
    (By("days", n=42), "2026-02-27", "2026-04-10"),
    (By("hours", n=30), "2026-09-25", "2026-09-26"),  # the earlier day: the hour is not known
    (By("on_date", date="2027-02-05"), "2026-09-25", "2027-02-05"),
    (By("on_date", date="2026-01-01"), "2026-09-25", "2026-01-01"),  # as it was said, holiday or past
    (By("months", n=1), "2026-01-31", "2026-02-28"),
    (By("months", n=1), "2028-01-31", "2028-02-29"),
    (By("months", n=1), "2026-02-28", "2026-03-28"),
    (By("months", n=1), "2026-03-31", "2026-04-30"),
    (By("months", n=1), "2026-12-15", "2027-01-15"),
    (By("months", n=1), "2026-12-31", "2027-01-31"),
    (By("months", n=3), "2026-11-30", "2027-02-28"),
    (By("months", n=12), "2028-02-29", "2029-02-28"),
    (By("months", n=24), "2026-01-31", "2028-01-31"),
]


@pytest.mark.parametrize(("by", "start", "expected"), RULES)
def test_a_rule_becomes_the_last_day_in_time(by: By, start: str, expected: str) -> None:
    assert due_date(by, day(start), "england") == day(expected)


def test_every_rule_of_the_policy_module_is_in_the_table() -> None:
    assert {by.rule for by, _start, _expected in RULES} == set(BY_RULES)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown rule next_week"):
        due_date(By("next_week"), day("2026-09-25"), "england")


def test_a_month_is_added_to_every_day_of_leap_and_common_years_without_leaving_the_next_month() -> None:
    start = day("2027-01-01")
    while start < day("2029-01-01"):
        later = due_date(By("months", n=1), start, "england")
        assert (later.year * 12 + later.month) - (start.year * 12 + start.month) == 1
        assert later.day == start.day or (later.day < start.day and (later + datetime.timedelta(days=1)).day == 1)
        start += datetime.timedelta(days=1)


def test_what_is_due_comes_soonest_first_and_each_once() -> None:
    listed = [
        obligation("review", By("on_date", date="2026-12-01")),
        obligation("send", By("working_days", n=2)),
        obligation("advice", By("same_day")),
        obligation("approval", By("next_working_day")),
        obligation("complete", By("working_days", n=1)),
        obligation("send", By("working_days", n=2)),
        obligation("expires", By("on_date", date="2026-09-20")),
    ]
    assert due_items(listed, day("2026-09-25"), "england") == [
        ("expires", "2026-09-20"),
        ("advice", "2026-09-25"),
        ("approval", "2026-09-28"),
        ("complete", "2026-09-28"),
        ("send", "2026-09-29"),
        ("review", "2026-12-01"),
    ]


@pytest.mark.parametrize("counts_from", ["sent", "received", "withdrawn", "read"])
def test_what_counts_from_something_yet_to_happen_has_no_date_yet(counts_from: str) -> None:
    waits = obligation("acknowledged", By("working_days", n=3, counts_from=counts_from))
    dated = obligation("told", By("on_date", date="2026-10-01", counts_from=counts_from))
    assert due_items([waits], day("2026-09-25"), "england") == []
    # a day of its own needs nothing to count from
    assert due_items([waits, dated], day("2026-09-25"), "england") == [("told", "2026-10-01")]


def test_nothing_due_is_an_empty_list() -> None:
    assert due_items([], day("2026-09-25"), "england") == []


def test_the_nation_counts() -> None:
    send = [obligation("send", By("next_working_day"))]
    assert due_items(send, day("2026-04-02"), "england") == [("send", "2026-04-07")]
    assert due_items(send, day("2026-04-02"), "scotland") == [("send", "2026-04-06")]
