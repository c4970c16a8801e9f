"""What the policy module refuses, as fields rather than prose. This module imports nothing of the project.

FactsRefused: what somebody wrote cannot be read. PackRefused: a pack of law or guidance is not fit to use.
The look is that of ledger.errors, which this package may not import.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    field: where, as a path (`recipients[1].kind`; people count from 1) or the name of the thing.
    expected, got: what was wanted and what was there, in plain words; never a name, number or address of a person.
    hint: what to do next, empty where expected says it.
    """

    field: str
    expected: str
    got: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.field}: expected {self.expected}, got {self.got}"
        return f"{text}. {self.hint}" if self.hint else text


def shown(value: object) -> str:
    """What stands in a file, as a refusal says it back: short, and without what moves the cursor of a screen."""
    if value is None:
        return "nothing"
    try:
        return ascii(value[:80] if isinstance(value, str) else value)[:80]
    except (ValueError, RecursionError):
        # a number of thousands of digits, or tables within tables without end
        return "a value too large to show"


class PolicyError(Exception):
    """The base of both refusals; `faults` holds every fault found, in order, never none."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        if not self.faults:
            raise ValueError("a refusal names at least one fault")
        super().__init__("; ".join(str(fault) for fault in self.faults))


class FactsRefused(PolicyError):
    """Facts that cannot be read as the shape of policies.facts."""

    @classmethod
    def one(cls, field: str, expected: str, got: str, hint: str = "") -> "FactsRefused":
        """A refusal with one fault."""
        return cls([Fault(field, expected, got, hint)])


class PackRefused(PolicyError):
    """A pack, or a statement in one, that is unknown, uncited or contradicts itself."""

    @classmethod
    def one(cls, field: str, expected: str, got: str, hint: str = "") -> "PackRefused":
        """A refusal with one fault."""
        return cls([Fault(field, expected, got, hint)])
