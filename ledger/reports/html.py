"""The page of an audit report, made from its canonical JSON and nothing else.

One file that stands alone: no script, nothing fetched, readable without colour, in print and by a screen reader.
Every text is escaped by the template engine; the JSON itself is carried along as a link that saves it.
Source: NHS and GOV.UK conventions for tables. Proved by tests/ledger/reports/test_html.py.
"""

import datetime
import functools
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ledger.errors import Malformed
from ledger.log.encoding import encode_base64, parse_json, parse_time
from ledger.reports.figures import FORMAT
from policies.citation import day_in_words
from policies.codes import NATIONS, ORGANISATION_KINDS

VERDICTS: Final = {"verified": "VERIFIED", "failed": "FAILED", "not_checked": "NOT CHECKED"}
# browsers give up on longer links
MAX_CARRIED: Final = 1_000_000


def audit_page(report: bytes) -> str:
    """The HTML of an audit report. report: what audit_report gave.

    Raises Malformed for what is not canonical JSON, or is a document of another format.
    """
    value = parse_json(report)
    if type(value) is not dict or value.get("format") != FORMAT:
        raise Malformed("report", f"a document of format {FORMAT}", "another document")
    carried = len(report) <= MAX_CARRIED
    return (
        _environment()
        .get_template("audit.html")
        .render(
            **value,
            nations=NATIONS,
            organisation_kinds=ORGANISATION_KINDS,
            verdict_word=VERDICTS[value["integrity"]["verdict"]],
            digest=sha256(report).hexdigest(),
            # base64 has no character that means something in an attribute
            carried=Markup(f"data:application/json;base64,{encode_base64(report)}") if carried else "",  # noqa: S704
            file_name=f"audit-{value['report']['from']}-{value['report']['to']}.json",
        )
    )


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ledger.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        day=_day, moment=_moment, number=_number, entries=_entries, by_group=_by_group, upper=_first_upper
    )
    return environment


def _day(text: str) -> str:
    return day_in_words(datetime.date.fromisoformat(text))


def _moment(text: str) -> str:
    """A moment as people write it, in UTC."""
    moment = datetime.datetime.fromtimestamp(parse_time(text), datetime.UTC)
    return f"{_day(text[:10])}, {moment:%H:%M:%S} UTC"


def _number(value: int) -> str:
    return f"{value:,}"


def _first_upper(text: str) -> str:
    # the name of a pack (kind/id) is written as it must be typed, whatever follows it
    return text if "/" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def _entries(numbers: Sequence[int]) -> str:
    """Numbers of entries in order, three or more in a row as "4 to 9"; "None" where there are none."""
    shown = []
    for _distance, run in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        values = [number for _place, number in run]
        shown += [f"{values[0]} to {values[-1]}"] if len(values) > 2 else [str(number) for number in values]
    return ", ".join(shown) or "None"


def _by_group(rows: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows that stand together under one head: (words of the group, its rows); no words where there are no groups."""
    groups = [list(group) for _code, group in groupby(rows, key=lambda row: row.get("group"))]
    return [(group[0].get("group_words", ""), group) for group in groups]
