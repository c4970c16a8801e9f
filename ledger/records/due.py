"""When something falls due: rules of the policy module turned into dates, knowing weekends and bank holidays.

Bank holidays are those of the ledger's nation, from the `holidays` library.
Source: record design "What falls due". Proved by tests/ledger/records/test_due.py.
"""

import datetime
from collections.abc import Iterable
from functools import cache

from policies.obligations import By, Obligation

_SUBDIVISIONS = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern-ireland": "NIR"}


@cache
def _bank_holidays(nation: str, year: int) -> frozenset[datetime.date]:
    # a large import, and most commands need no date
    import holidays

    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))


def is_working_day(day: datetime.date, nation: str) -> bool:
    """Monday to Friday and no bank holiday of the nation."""
    return day.weekday() < 5 and day not in _bank_holidays(nation, day.year)


def add_working_days(day: datetime.date, number: int, nation: str) -> datetime.date:
    """The `number`-th working day after `day`."""
    while number:
        day += datetime.timedelta(days=1)
        number -= is_working_day(day, nation)
    return day


def due_date(by: By, start: datetime.date, nation: str) -> datetime.date:
    """The last day on which it is still in time, counted from `start`. Raises ValueError for an unknown rule."""
    if by.rule == "same_day":
        return start
    if by.rule == "next_working_day":
        return add_working_days(start, 1, nation)
    if by.rule == "working_days":
        return add_working_days(start, by.n, nation)
    if by.rule == "hours":
        return start + datetime.timedelta(hours=by.n)
    if by.rule == "days":
        return start + datetime.timedelta(days=by.n)
    if by.rule == "on_date":
        return datetime.date.fromisoformat(by.date)
    if by.rule == "months":
        return _add_months(start, by.n)
    raise ValueError(f"unknown rule {by.rule}")


def _add_months(day: datetime.date, number: int) -> datetime.date:
    years, month = divmod(day.month - 1 + number, 12)
    first = datetime.date(day.year + years, month + 1, 1)
    following = (first + datetime.timedelta(days=32)).replace(day=1)
    last = (following - datetime.timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def due_items(obligations: Iterable[Obligation], decided: datetime.date, nation: str) -> list[tuple[str, str]]:
    """(code, YYYY-MM-DD) of what falls due counted from the decision itself, soonest first.

    What is counted from something that has not happened yet (a sending, a withdrawal) has no date yet and is left out.
    """
    dated = [
        (item.code, due_date(item.by, decided, nation).isoformat())
        for item in obligations
        if item.by.rule == "on_date" or item.by.counts_from == "decided"
    ]
    return sorted(set(dated), key=lambda item: (item[1], item[0]))
