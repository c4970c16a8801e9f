"""What a client remembers never goes back and is never half a file: under eight processes, and killed at every step."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from ledger.sealing.keys import decode_key
from tests.cli.driver import PASSPHRASE, Seat, club_seat
from tests.faults.child import PROCESSES, Handed
from tests.faults.memory import Home, advance, check, visit, watch
from tests.ledger_fixtures import Sample, case, small_ledger
from tests.soak import scaled

SECONDS = scaled(5, 60)
STEPS = {f"{when} {call}" for when in ("before", "after") for call in ("open", "write", "flush", "fsync", "replace")}


@pytest.fixture
def seat(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Seat:
    return club_seat(tmp_path, tmp_path_factory)


def test_eight_processes_share_one_memory(seat: Seat, record_property: Callable[[str, object], None]) -> None:
    seed = decode_key((seat.root / seat.key("practitioner")).read_bytes(), PASSPHRASE.encode())
    home = Home(seat.ledger, dict(seat.env), seed)
    session = home.session()
    origin, before = session.origin, session.standing.checkpoint.size
    session.store.close()
    file = Path(seat.env["CONSENT_LEDGER_STATE"]) / sha256(origin.encode()).hexdigest()[:32] / "checkpoint"
    with ProcessPoolExecutor(max_workers=9, mp_context=PROCESSES) as pool:
        watching = pool.submit(watch, file, origin, SECONDS + 1)
        visits = [pool.submit(visit, home, SECONDS, writes=number % 2 == 0) for number in range(7)]
        visits.append(pool.submit(check, home, SECONDS))
        done = sum((each.result(SECONDS + 60) for each in visits), watching.result(SECONDS + 60))

    record_property("report", f"one memory, eight processes: {dict(sorted(done.items()))}")
    assert min(done["recorded"], done["read"]) >= 4
    assert done["verified"] >= 2
    assert done["changes seen"] >= 4
    assert seat.sound() == seat.size() == before + done["recorded"]
    seen = Trust(Path(seat.env["CONSENT_LEDGER_STATE"]), origin).last_seen()
    assert seen is not None
    assert seen.size == seat.size()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return small_ledger(tmp_path_factory.mktemp("memory"))


def _look(ledger: Sample, state: Path) -> Trust:
    """Remember the ledger as it is now."""
    trust = Trust(state, ledger.origin)
    with ledger.store.read() as reader:
        head = reader.head()
        assert head is not None
        trust.advance(head.checkpoint, hash_reader(reader.stored_hashes), ledger.roster(), ledger.path)
    return trust


@pytest.mark.parametrize("first", [True, False], ids=["the first meeting", "a later one"])
def test_killed_at_every_step_of_remembering(ledger: Sample, tmp_path: Path, first: bool) -> None:
    kills: Counter[str] = Counter()
    ended, number = -9, 0
    while ended == -9:
        number += 1
        state, steps = tmp_path / f"state-{number}", tmp_path / f"steps-{number}"
        before = None if first else _look(ledger, state).last_seen()
        ledger.decide("practitioner", case(1))
        process = PROCESSES.Process(target=advance, args=(Handed.of(ledger), state, number, steps))
        process.start()
        process.join(60)
        ended = process.exitcode
        process.close()
        kills[steps.read_text().splitlines()[-1]] += ended == -9

        seen = Trust(state, ledger.origin).last_seen()
        assert seen in (before, ledger.checkpoint()), "neither what was remembered nor what was to be"
        assert _look(ledger, state).last_seen() == ledger.checkpoint()
    assert ended == 0
    assert {step for step, count in kills.items() if count} >= STEPS
