"""Numbers by which a person is known elsewhere, checked as far as a typing slip can be seen in the number itself.

Both are fields of a document (policies.shape): they come out in one normal form and a fault never repeats them.
Proved by tests/ledger/records/test_identifiers.py.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from policies.errors import Fault
from policies.shape import Kind

_NHS: Final = re.compile(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", re.ASCII)
_UPN: Final = re.compile(r"[A-Z][0-9]{11}[0-9A-Z]", re.ASCII)


def nhs_number_holds(digits: str) -> bool:
    """Whether ten ASCII digits end in the check digit that modulus 11 gives for the first nine."""
    weighed = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
    # Where this comes to ten no digit fits: such a number was never given to anybody.
    return (11 - weighed % 11) % 11 == int(digits[9])


@dataclass(frozen=True, kw_only=True)
class NhsNumber(Kind):
    """Ten digits with the right check digit, read with or without spaces or hyphens; comes out as ten digits."""

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if not isinstance(value, str) or not _NHS.fullmatch(value):
            wanted = "an NHS number of ten digits, as text"
            return self._refuse(path, wanted, value, faults, "Look at the number again, or leave it out")
        digits = value.replace(" ", "").replace("-", "")
        if not nhs_number_holds(digits):
            wanted = "an NHS number whose last digit fits the others"
            return self._refuse(path, wanted, value, faults, "A digit is wrong, or two are swapped; or leave it out")
        return digits

    def schema(self) -> dict[str, Any]:
        pattern = "^[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}$"
        return {"type": "string", "pattern": pattern, **super().schema()}


@dataclass(frozen=True, kw_only=True)
class PupilNumber(Kind):
    """A unique pupil number by its form: a capital letter, eleven digits, and a digit or capital letter.

    Its first letter is a check on the rest; we hold no source for how it is worked out, so it is not checked.
    """

    def read(self, value: object, path: str, faults: list[Fault]) -> Any:
        if isinstance(value, str) and _UPN.fullmatch(value):
            return value
        wanted = "a pupil number of 13 characters: a capital letter, eleven digits, and a digit or capital letter"
        return self._refuse(path, wanted, value, faults, "Look at the number again, or leave it out")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z][0-9]{11}[0-9A-Z]$", **super().schema()}
