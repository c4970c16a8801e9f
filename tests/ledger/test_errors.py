"""Errors are fields, and go whole from the processes that help to the one that tells them."""

import pickle

import pytest

from ledger.errors import Fault, LedgerError, Lost, Malformed, NotPermitted, Refused, Unavailable, Unverified

FIELDS = ("entry 7", "one thing", "another", "Try again.")
ERRORS = [
    Malformed(*FIELDS),
    Unverified(*FIELDS),
    NotPermitted(*FIELDS),
    Unavailable(*FIELDS),
    Lost(),
    Lost(bytes(range(16))),
    Refused([Fault(*FIELDS), Fault("entry 8", "a", "b")]),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_in_another_process(error: LedgerError) -> None:
    other = pickle.loads(pickle.dumps(error))

    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error)


def test_what_an_error_says() -> None:
    assert str(ERRORS[0]) == "entry 7: expected one thing, got another. Try again."
    assert str(ERRORS[-1]) == f"{ERRORS[0]}; entry 8: expected a, got b"


def test_a_lost_connection_says_of_an_entry_only_where_one_was_brought() -> None:
    assert (
        str(Lost()) == "database: expected an answer from the database, got none: the connection to it went. Try again."
    )
    assert "whether it was recorded is not known" in str(Lost(bytes(16)))


def test_a_refusal_names_something() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Refused([])
