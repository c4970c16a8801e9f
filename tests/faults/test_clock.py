"""A clock that steps: back between two entries, by an hour or by years, or far ahead and then right again."""

from pathlib import Path

import pytest

from ledger.errors import Refused
from ledger.log.rules import CLOCK_SLACK
from ledger.log.verify import verify
from tests.ledger_databases import new_store
from tests.ledger_fixtures import NOW, Sample, case, small_ledger

HOUR, YEAR = 3600, 365 * 86_400


@pytest.fixture
def ledger(kind: str, tmp_path: Path) -> Sample:
    return small_ledger(tmp_path, store=new_store(kind, tmp_path))


@pytest.mark.parametrize("back", [1, CLOCK_SLACK])
def test_a_clock_that_steps_back_a_little_reorders_nothing(ledger: Sample, back: int) -> None:
    first = ledger.decide("practitioner", case(1))
    ledger.clock.now -= back
    second = ledger.decide("practitioner", case(1))
    third = ledger.decide("colleague", case(2))
    ledger.clock.now += back + HOUR
    fourth = ledger.decide("practitioner", case(1))

    assert [written.header.at for written in (first, second, third, fourth)] == [NOW, NOW, NOW, NOW + HOUR]
    assert ledger.verify().findings == []
    ledger.store.close()


@pytest.mark.parametrize("back", [CLOCK_SLACK + 1, HOUR, 3 * YEAR])
def test_a_clock_that_steps_back_further_is_told_to_be_looked_at(ledger: Sample, back: int) -> None:
    """Nothing is dated before what its author has seen, nor far ahead of the clock: so nothing is written."""
    ledger.decide("practitioner", case(1))
    head = ledger.head()
    ledger.clock.now -= back
    with pytest.raises(Refused) as caught:
        ledger.decide("practitioner", case(1))

    assert caught.value.faults[0].hint.startswith("Check this computer's clock.")
    assert ledger.head() == head
    ledger.clock.now += back
    ledger.decide("practitioner", case(1))
    assert ledger.verify().findings == []
    ledger.store.close()


def test_a_clock_far_ahead_and_then_right(ledger: Sample) -> None:
    """Whoever's clock was ahead wrote; with the right clock nobody writes before that time, and is told what to do."""
    ledger.clock.now += YEAR
    ahead = ledger.decide("practitioner", case(1))
    ledger.clock.now = NOW + HOUR
    head = ledger.head()
    with pytest.raises(Refused) as caught:
        ledger.decide("colleague", case(2))
    (fault,) = caught.value.faults

    assert ledger.head() == head
    assert fault.got == "one where it is dated in the future (time_ahead)"
    assert fault.hint == (
        "Check this computer's clock. If it is right, an earlier entry was dated ahead, and consent-ledger verify says "
        "which. Until its time has come nobody can write after it, unless a backup from before is restored."
    )
    found = verify(ledger.store, ledger.origin, ledger.clock(), jobs=1).findings
    assert [(finding.entry, finding.kind) for finding in found] == [(ahead.n, "time_ahead")]

    ledger.clock.now = NOW + YEAR - CLOCK_SLACK
    assert ledger.decide("colleague", case(2)).n == ahead.n + 1
    assert ledger.verify().findings == []
    ledger.store.close()
