"""What the policy module raises: fields first, every fault kept, never none."""

import pytest

from policies.errors import FactsRefused, Fault, PackRefused, PolicyError


def test_a_fault_says_field_expected_got_and_what_next() -> None:
    assert str(Fault("risk.offence", "yes or no", "maybe")) == "risk.offence: expected yes or no, got maybe"
    assert str(Fault("risk", "fields", "text", "Give it as fields")).endswith("got text. Give it as fields")


@pytest.mark.parametrize("kind", [FactsRefused, PackRefused])
def test_a_refusal_keeps_every_fault_in_order(kind: type[PolicyError]) -> None:
    faults = [Fault("a", "x", "y"), Fault("b", "x", "y", "z")]
    refused = kind(iter(faults))
    assert refused.faults == tuple(faults)
    assert str(refused) == "a: expected x, got y; b: expected x, got y. z"
    assert isinstance(refused, PolicyError)


@pytest.mark.parametrize("kind", [FactsRefused, PackRefused])
def test_a_refusal_of_one_and_never_of_none(kind: type[FactsRefused] | type[PackRefused]) -> None:
    assert kind.one("a", "x", "y", "z").faults == (Fault("a", "x", "y", "z"),)
    with pytest.raises(ValueError, match="at least one fault"):
        kind([])
