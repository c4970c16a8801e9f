"""One entry by its number, its id or a unique start of the id; and a case by itself or by any entry of it."""

import pytest

from ledger.errors import Refused
from ledger.log.append import Prepared
from ledger.log.entry import sign_entry
from ledger.log.types import PEOPLE_CASE
from ledger.records.finding import find_case, find_entry
from tests.ledger_fixtures import Sample, case, founded_ledger, identity_of

SIZE = 1012
# ids chosen for what they begin with; every other entry's id begins with dd
IDS = {
    3: "1010aaaa" + "0" * 24,  # digits that are the number of an entry too
    4: "0005" + "0" * 28,  # digits with a leading zero are no number
    5: "99999999" + "0" * 24,  # digits beyond the size of the log
    6: "abcd1234" + "0" * 24,
    7: "abcd5678" + "0" * 24,  # begins like the one before
    8: "1e10" + "0" * 28,  # a number for many programs
    1011: "beef" + "0" * 28,  # the last one
}
"""entry number → id"""
CASES = {6: case(1), 7: case(2)}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A ledger of SIZE entries: two people, then holds with ids from the table."""
    made = founded_ledger(tmp_path_factory.mktemp("finding"))
    made.people["guardian"] = identity_of("guardian")
    made.enrol("guardian", ["guardian"])
    entries = []
    for n in range(2, SIZE):
        entry_id = bytes.fromhex(IDS.get(n, f"dd{n:030x}"))
        more = {"id": entry_id, "body": {"reason": "review"}, "case": CASES.get(n, case(9))}
        header = made.header("guardian", "hold.placed", n, **more)
        entries.append(Prepared(sign_entry(made.origin, header, made.people["guardian"].signer)))
    made.append(*entries)
    return made


def found(ledger: Sample, ref: str, size: int = SIZE) -> int:
    with ledger.store.read() as reader:
        return find_entry(reader, ref, size).n


def refusal(ledger: Sample, ref: str, size: int = SIZE) -> tuple[str, str]:
    with ledger.store.read() as reader, pytest.raises(Refused) as refused:
        find_entry(reader, ref, size)
    (fault,) = refused.value.faults
    assert fault.field == "REF"
    return fault.got, fault.hint


@pytest.mark.parametrize("n", [0, 1, 2, 9, 10, 999, 1010, 1011])
def test_an_entry_is_found_by_its_number(ledger: Sample, n: int) -> None:
    assert found(ledger, str(n)) == n


@pytest.mark.parametrize("n", IDS)
def test_an_entry_is_found_by_its_whole_id(ledger: Sample, n: int) -> None:
    assert found(ledger, IDS[n]) == n


FOUND = [
    ("abcd1", 6),
    ("abcd5", 7),
    ("beef", 1011),
    ("0005", 4),
    ("00050", 4),
    ("1e10", 8),
    ("9999", 5),  # there is no entry 9999
    ("99999999", 5),
    ("1010", 1010),  # both: the number counts
    ("1010a", 3),  # and one more digit of the id says which is meant
    ("1010aaaa", 3),
]


@pytest.mark.parametrize(("ref", "n"), FOUND)
def test_the_start_of_an_id_is_enough_where_one_has_it(ledger: Sample, ref: str, n: int) -> None:
    assert found(ledger, ref) == n


def test_digits_that_are_both_mean_the_id_where_there_is_no_such_number(ledger: Sample) -> None:
    assert found(ledger, "1010", size=1010) == 3


def test_a_start_that_several_have_is_refused(ledger: Sample) -> None:
    assert refusal(ledger, "abcd") == ("the start of several", "Give more of it.")
    assert refusal(ledger, "dd00000000")[0] == "the start of several"


NOT_FOUND = [
    "",
    " ",
    "12 ",
    " 12",
    "+1",
    "-1",
    "01",
    "1_0",
    "1.0",
    "1e3",  # three characters: too few for the start of an id
    "1012",  # one past the end
    "10000000000000000000",
    "abc",  # too short
    "ABCD1234",  # ids are written in small letters
    "abcd9",
    "0x05",
    "12\n",
    "abcd1234\n",
    "٣",
    "abcd%",
    "____",
    "....",
    "feed",
    "b" * 33,
    IDS[6] + "0",
]


@pytest.mark.parametrize("ref", NOT_FOUND)
def test_anything_else_is_refused_with_what_may_be_said(ledger: Sample, ref: str) -> None:
    assert refusal(ledger, ref) == ("none", "Run: consent-ledger list")


def test_what_came_after_the_size_is_not_there(ledger: Sample) -> None:
    """A reader of a proven size sees nothing beyond it, by number, id or start."""
    for ref in ("7", IDS[7], "abcd5"):
        assert refusal(ledger, ref, size=7)[0] == "none"
    assert found(ledger, "abcd", size=7) == 6, "of two that begin so, one is there yet"


def test_a_case_is_found_by_itself_or_by_an_entry_of_it(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        for ref in (case(1).hex(), "6", IDS[6], "abcd1"):
            assert find_case(reader, ledger.origin, ref, SIZE) == case(1)
        assert find_case(reader, ledger.origin, case(2).hex(), SIZE) == case(2)


@pytest.mark.parametrize("ref", ["0", "1", PEOPLE_CASE.hex()])
def test_the_people_of_the_ledger_are_no_case(ledger: Sample, ref: str) -> None:
    """Nobody's decision may be put among the names of staff, which everybody enrolled can read."""
    with ledger.store.read() as reader, pytest.raises(Refused) as refused:
        find_case(reader, ledger.origin, ref, SIZE)
    (fault,) = refused.value.faults
    assert (fault.field, fault.got) == ("--case", "an entry of none")


@pytest.mark.parametrize("ref", [case(3).hex(), "1012", "nothing", case(1).hex().upper()])
def test_a_case_that_is_not_there_is_refused(ledger: Sample, ref: str) -> None:
    with ledger.store.read() as reader, pytest.raises(Refused) as refused:
        find_case(reader, ledger.origin, ref, SIZE)
    assert refused.value.faults[0].got == "none"


def test_a_case_that_began_after_the_size_is_not_there(ledger: Sample) -> None:
    with ledger.store.read() as reader, pytest.raises(Refused):
        find_case(reader, ledger.origin, case(2).hex(), 7)
