"""What can go wrong, as fields rather than prose. This module imports nothing of the project.

Five kinds, one for each way out that design of the command line promises (cli.exits maps them):
the bytes are wrong (Malformed), what they claim does not hold (Unverified), the input is refused
(Refused), the person may not (NotPermitted), it cannot be done now (Unavailable).
Nothing foreign (KeyError, binascii.Error, OperationalError) leaves a public function of ledger.
Wrong calls are TypeError or ValueError; wrong arithmetic of our own is AssertionError. Neither is caught.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class LedgerError(Exception):
    """The base of every error that this package raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input.

    field: where, as a path (`recipients[1].kind`) or the name of the thing.
    expected, got: what was wanted and what was there, in plain words; never key material,
    and never a name, number or address of a person.
    hint: what to do next, empty where expected says it.
    """

    field: str
    expected: str
    got: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.field}: expected {self.expected}, got {self.got}"
        return f"{text}. {self.hint}" if self.hint else text


class _OneFault(LedgerError):
    """An error about one thing: the fields of a Fault, reachable by name."""

    def __init__(self, field: str, expected: str, got: str, hint: str = "") -> None:
        self.fault = Fault(field, expected, got, hint)
        # as it was called: so an error goes whole from one process to another
        super().__init__(field, expected, got, hint)

    def __str__(self) -> str:
        return str(self.fault)


class Malformed(_OneFault):
    """Bytes that are not in the one form which the format allows (docs/FORMAT.md)."""


class Unverified(_OneFault):
    """A signature, hash, proof or seal that does not hold."""


class NotPermitted(_OneFault):
    """The person named may not do this: role, team, separation of duties or no key."""


class Unavailable(_OneFault):
    """It could not be done now: busy, unreachable, disk full, waiting for somebody."""


class Lost(Unavailable):
    """The connection to the database went, or a commit ended in doubt: whether it took place is not known.

    entry: the id, 16 bytes, of the first of the entries in doubt, where it is known; all of them stand or none does.
    """

    def __init__(self, entry: bytes = b"") -> None:
        answer = "an answer from the database"
        if entry:
            name = entry.hex()
            look = f"Before you record it again, look whether it stands: consent-ledger show {name}"
            super().__init__(f"entry {name}", answer, "none: whether it was recorded is not known", look)
        else:
            super().__init__("database", answer, "none: the connection to it went", "Try again.")
        self.args = (entry,)


class Refused(LedgerError):
    """Input that cannot be recorded; nothing was written. `faults` holds every fault found, in order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        if not self.faults:
            raise ValueError("a refusal names at least one fault")
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "; ".join(str(fault) for fault in self.faults)

    @classmethod
    def one(cls, field: str, expected: str, got: str, hint: str = "") -> "Refused":
        """A refusal with one fault."""
        return cls([Fault(field, expected, got, hint)])
