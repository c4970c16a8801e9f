"""Names that are names, and names that can still be read when one record of them is damaged."""

from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Refused, Unverified
from ledger.log.types import PEOPLE_CASE
from ledger.records.finding import find_entry
from ledger.records.people import MAX_DETAIL, Details, directory
from ledger.records.writing import Draft
from tests.ledger_fixtures import Sample, small_ledger
from tests.tamper.damage import unguarded


@pytest.fixture
def ledger(tmp_path: Path) -> Sample:
    return small_ledger(tmp_path, ("guardian", "practitioner"))


GOOD = {"name": "Robin Placeholder", "post": "sample post", "organisation": "Anytown Sample Trust"}
UNFIT = ["", "  ", "a" * (MAX_DETAIL + 1), "a\nb", "a\x1b[2J", "a\u202eb", "a\u200bb", "\u3164", "a\udc80", "a\tb"]


@pytest.mark.parametrize("part", list(GOOD))
@pytest.mark.parametrize("text", UNFIT, ids=ascii)
def test_what_is_no_name_no_post_and_no_organisation(part: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        Details(**{**GOOD, part: text})
    (fault,) = refused.value.faults
    assert fault.field == part
    assert fault.hint
    assert not text.strip() or text not in str(fault)


def test_every_part_that_is_unfit_is_named_at_once() -> None:
    with pytest.raises(Refused) as refused:
        Details("", "", "Anytown Sample Trust")
    assert [fault.field for fault in refused.value.faults] == ["name", "post"]


def test_names_of_many_alphabets_are_names() -> None:
    for name in ("Zoë O’Placeholder-Ní", "Żaneta Przykład", "सुनीता नमूना", "a" * MAX_DETAIL):
        assert Details(name, "x", "y").name == name


def names(ledger: Sample, who: str = "guardian") -> dict[str, Any]:
    with ledger.store.read() as reader:
        return directory(ledger.desk(who), reader)


@pytest.mark.parametrize("damage", ["zeroblob(length(ciphertext))", "x'00'"])
def test_one_damaged_record_is_marked_and_hides_no_other(ledger: Sample, damage: str) -> None:
    with unguarded(ledger.path) as database:
        database.execute(f"UPDATE part SET ciphertext = {damage} WHERE n = 2")
    found = names(ledger)
    assert found.pop("p-practitioner") is None
    assert {handle: details.name for handle, details in found.items()} == {
        "p-founder": "Sample Founder",
        "p-guardian": "Sample Guardian",
    }


@pytest.mark.parametrize(
    "record", [[], "Robin", 7, True, {}, {"name": "R"}, {**GOOD, "post": 7}, {**GOOD, "name": ""}], ids=str
)
def test_a_record_of_another_form_is_marked(ledger: Sample, record: Any) -> None:
    body = {"handle": "p-practitioner", "roles": ["practitioner"]}
    ledger.desk("founder").write(Draft("actor.changed", PEOPLE_CASE, body=body, record=record))
    assert names(ledger)["p-practitioner"] is None
    assert names(ledger)["p-guardian"].name == "Sample Guardian"
    ledger.desk("founder").write(Draft("actor.changed", PEOPLE_CASE, body=body, record=GOOD))
    assert names(ledger)["p-practitioner"] == Details(**GOOD)


def test_an_entry_that_the_log_counts_and_that_is_gone_is_missing_and_no_wrong_number(ledger: Sample) -> None:
    with unguarded(ledger.path) as database:
        database.execute("DELETE FROM entry WHERE n = 1")
    with ledger.store.read() as reader:
        assert reader.missing(3) == [1]
        with pytest.raises(Unverified, match=r"entry 1: .* Run: consent-ledger verify"):
            find_entry(reader, "1", 3)
        with pytest.raises(Refused):
            find_entry(reader, "3", 3)
