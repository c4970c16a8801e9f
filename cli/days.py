"""Days on the command line: one spelling, YYYY-MM-DD, for every option that takes one."""

import datetime
import re

import typer

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def day_of(option: str, text: str) -> datetime.date:
    """The day that the text of an option names. Raises typer.BadParameter for every other spelling and no day."""
    try:
        # the library also reads weeks, and days without hyphens
        return datetime.date.fromisoformat(text if _DAY.fullmatch(text) else "none")
    except ValueError as error:
        raise typer.BadParameter(f"{option}: a day that exists, YYYY-MM-DD.") from error


def period_of(start: str, end: str) -> tuple[datetime.date, datetime.date]:
    """The days of --from and --to, both included. Raises typer.BadParameter if the first comes after the last."""
    first, last = day_of("--from", start), day_of("--to", end)
    if first > last:
        raise typer.BadParameter("--from, --to: the first day comes before the last, or is the same.")
    return first, last


def seconds_of(first: datetime.date, last: datetime.date) -> tuple[int, int]:
    """From the first second of `first` to the last of `last`, POSIX seconds, half open."""
    return _midnight(first), _midnight(last + datetime.timedelta(days=1))


def _midnight(day: datetime.date) -> int:
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())
