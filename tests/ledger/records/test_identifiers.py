"""Numbers of people: right ones in one form, wrong ones refused without being repeated."""

import pytest

from ledger.records.identifiers import NhsNumber, PupilNumber, nhs_number_holds
from policies.errors import Fault


def read(kind: NhsNumber | PupilNumber, value: object) -> tuple[object, list[Fault]]:
    faults: list[Fault] = []
    return kind.read(value, "subject.identifiers.number", faults), faults


@pytest.mark.parametrize("written", ["9990000107", "999 000 0107", "999-000-0107", "999 0000107"])
def test_an_nhs_number_comes_out_as_ten_digits(written: str) -> None:
    assert read(NhsNumber(), written) == ("9990000107", [])


def by_definition(digits: str) -> bool:
    """Modulus 11 the other way round: with weights 10 to 1 the whole number is divisible by 11."""
    return sum(int(digit) * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True)) % 11 == 0


def test_the_check_digit_is_the_one_that_makes_the_weighted_sum_divisible_by_eleven() -> None:
    numbers = [f"{number:010d}" for number in range(9990000000, 9990004000)]
    assert [nhs_number_holds(number) for number in numbers] == [by_definition(number) for number in numbers]
    assert 300 < sum(map(nhs_number_holds, numbers)) < 400


def test_every_slip_of_one_digit_and_every_swap_of_neighbours_is_seen() -> None:
    right = "9990000107"
    for place in range(10):
        for digit in "0123456789":
            wrong = right[:place] + digit + right[place + 1 :]
            assert nhs_number_holds(wrong) == (wrong == right)
    for place in range(9):
        swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        assert nhs_number_holds(swapped) == (swapped == right)


@pytest.mark.parametrize(
    "written",
    [
        "9990000108",
        "999000010",
        "99900001070",
        "999  000 0107",
        "999 000 0107 ",
        "９９９００００１０７",
        9990000107,
        "",
        None,
        ["1"],
    ],
)
def test_another_nhs_number_is_refused_and_not_repeated(written: object) -> None:
    _, (fault,) = read(NhsNumber(personal=True), written)
    assert "NHS number" in fault.expected
    assert "999" not in str(fault)
    assert fault.hint


def test_a_right_form_with_a_wrong_digit_says_so() -> None:
    _, (fault,) = read(NhsNumber(personal=True), "9990000108")
    assert fault.expected == "an NHS number whose last digit fits the others"
    assert fault.hint.startswith("A digit is wrong, or two are swapped")


@pytest.mark.parametrize("written", ["A12345678901B", "Z123456789012"])
def test_a_pupil_number_of_the_right_form_is_taken(written: str) -> None:
    assert read(PupilNumber(), written) == (written, [])


@pytest.mark.parametrize(
    "written", ["a123456789012", "A12345678901", "A1234567890123", "A12345678901b", "A12345678901２", 5]
)
def test_another_pupil_number_is_refused_and_not_repeated(written: object) -> None:
    _, (fault,) = read(PupilNumber(personal=True), written)
    assert fault.expected.startswith("a pupil number of 13 characters")
    assert "1234" not in str(fault)
