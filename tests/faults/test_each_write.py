"""Each write of an append fails in two ways: lost, and landed but reported lost. What is told is what stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Lost, Unavailable
from ledger.log.append import SETTLING, Log
from ledger.log.store import Store
from ledger.log.verify import verify
from tests.faults.points import Faults, Plan
from tests.faults.scenarios import FOUNDING, NAMES, Scenario, base_ledger, log_of, scenarios
from tests.ledger_databases import new_store
from tests.ledger_fixtures import Sample, copied

POINTS: dict[str, set[str]] = {
    FOUNDING: {"insert entry", "insert part", "insert wrap", "insert stored_hash", "update head", "insert head"},
    "single": {"insert entry", "insert part", "insert stored_hash", "update head"},
    "referring": {"insert entry", "insert ref", "insert part", "insert stored_hash", "update head"},
    "first of a case": {"insert entry", "insert part", "insert wrap", "insert stored_hash", "update head"},
    "batch": {"insert entry", "insert ref", "insert part", "insert wrap", "insert stored_hash", "update head"},
    "with a token": {"insert entry", "insert part", "insert token", "insert stored_hash", "update head"},
    "erasure.done": {
        "insert entry", "insert ref", "delete part", "delete token", "insert removed_wrap", "delete wrap",
        "insert stored_hash", "update head",
    },
    "access.ended": {"insert entry", "insert removed_wrap", "delete wrap", "insert stored_hash", "update head"},
}  # fmt: skip
CASES = [(name, point) for name in NAMES for point in sorted({*POINTS[name], "commit"})]


@pytest.fixture(scope="module")
def base(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("base")
    return base_ledger(folder, new_store(kind, folder))


@pytest.fixture(scope="module")
def made(base: Sample, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    return scenarios(base, tmp_path_factory.mktemp("made"))


@pytest.fixture
def ledger(base: Sample, tmp_path: Path) -> Iterator[Sample]:
    ledger = copied(base, tmp_path)
    yield ledger
    ledger.store.close()


def _start(ledger: Sample, scenario: Scenario) -> Store:
    """A store that the scenario begins from: the base ledger, or one in which there is nothing yet."""
    if scenario.name != FOUNDING:
        return Store.at_url(ledger.store.url)
    if "empty" not in ledger.ids:
        folder = ledger.path.with_name("empty")
        folder.mkdir()
        empty = new_store(ledger.store.url.partition("+")[0].partition(":")[0], folder)
        empty.close()
        ledger.ids["empty"] = empty.url.encode()
    return Store.at_url(ledger.ids["empty"].decode())


def _holds(ledger: Sample, scenario: Scenario, told: str) -> None:
    """A fresh look: whole, verified, and as it was told; then the same bytes again give what stands once."""
    fresh = _start(ledger, scenario)
    with fresh.read() as reader:
        leaves = [row.leaf for row in reader.entries(scenario.start, scenario.end + 1)]
    brought = [prepared.leaf for prepared in scenario.entries]
    assert leaves in ([], brought), "some entries of one transaction without the others"
    assert {"recorded": leaves == brought, "refused": leaves == [], "in doubt": True}[told]
    if leaves or scenario.start:
        assert verify(fresh, ledger.origin, ledger.clock(), jobs=1).findings == []

    again = log_of(ledger, fresh).append(scenario.entries, ledger.clock())
    assert again.numbers == tuple(range(scenario.start, scenario.end))
    report = verify(fresh, ledger.origin, ledger.clock(), jobs=1)
    assert (report.findings, report.size) == ([], scenario.end)
    fresh.close()


def _told(log: Log, ledger: Sample, scenario: Scenario) -> str:
    try:
        appended = log.append(scenario.entries, ledger.clock())
    except Lost as error:
        assert "nothing was written" not in str(error)
        return "in doubt"
    except Unavailable as error:
        assert "nothing was written" in str(error)
        return "refused"
    assert appended.numbers == tuple(range(scenario.start, scenario.end))
    return "recorded"


@pytest.mark.parametrize("name", NAMES)
def test_every_write_of_an_append_is_a_point(ledger: Sample, made: dict[str, Scenario], name: str) -> None:
    """An append that gains a write fails here until the write is among those that are failed."""
    store = _start(ledger, made[name])
    faults = Faults.of(store)
    log_of(ledger, store).append(made[name].entries, ledger.clock())
    passed = {point for point in faults.passed if point != "begin"}
    traced = {point for point in faults.traced if point not in ("", "begin")}
    store.close()

    assert passed == {*POINTS[name], "commit"}
    assert traced in (passed, set()), "a write goes past the points"
    assert traced or not store.url.startswith("sqlite")


@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
@pytest.mark.parametrize(("name", "point"), CASES)
def test_a_write_that_fails_leaves_what_is_told(
    ledger: Sample, made: dict[str, Scenario], name: str, point: str, landed: bool
) -> None:
    store = _start(ledger, made[name])
    faults = Faults.of(store)
    faults.plan = Plan(point, landed)
    told = _told(log_of(ledger, store), ledger, made[name])
    store.close()

    assert faults.plan is None, "nothing failed"
    # a connection that went before the commit is replaced, and the same bytes are brought again
    settled = point == "commit" or not store.url.startswith("sqlite")
    assert told == ("recorded" if settled else "refused")
    _holds(ledger, made[name], told)


@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
@pytest.mark.parametrize("name", NAMES)
def test_a_commit_that_always_fails_is_told_as_in_doubt(
    ledger: Sample, made: dict[str, Scenario], name: str, landed: bool
) -> None:
    store, waited = _start(ledger, made[name]), []
    faults = Faults.of(store)
    faults.plan = Plan("commit", landed, always=True)
    log = Log(store, ledger.origin, ledger.signers, waited.append)
    with pytest.raises(LedgerError) as caught:
        log.append(made[name].entries, ledger.clock())
    store.close()

    assert type(caught.value) is Lost
    assert waited == list(SETTLING)
    _holds(ledger, made[name], "in doubt")
