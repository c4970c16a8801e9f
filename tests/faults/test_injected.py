"""The nth write, fsync, rename, truncation or unlink of the system fails, or the process is killed in it.

SQLite does not trust a file that it could not sync; neither do we: a commit that failed so is in doubt until the same
entry is found, or appended, in another turn.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.log.append import Log
from ledger.log.store import Store
from ledger.log.verify import verify
from tests.faults.child import Handed
from tests.faults.injected import CALLS, FORGOTTEN, IN_DOUBT, KILLED, RECORDED, REFUSED, counted, remember, traced, work
from tests.faults.scenarios import Scenario, base_ledger, scenarios
from tests.ledger_fixtures import Sample, copied
from tests.soak import SOAK

HOW = {
    "EIO": "error=EIO:when={n}",
    "EIO from there on": "error=EIO:when={n}+",
    "ENOSPC": "error=ENOSPC:when={n}",
    "ENOSPC from there on": "error=ENOSPC:when={n}+",
    "killed": "signal=KILL:when={n}",
}
AT_MOST = 1000 if SOAK else 3
"""How many places of each call are tried; in a soak every one there is."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("base")
    return base_ledger(folder, Store.create(folder / "ledger.db"))


@pytest.fixture(scope="module")
def scenario(base: Sample, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A batch: the most rows, and wraps, parts and references among them."""
    return scenarios(base, tmp_path_factory.mktemp("made"))["batch"]


class _Place:
    """A copy of the ledger, and what one client remembers of it."""

    def __init__(self, base: Sample, folder: Path) -> None:
        folder.mkdir()
        ledger = copied(base, folder)
        ledger.store.close()
        self.handed, self.state, self.log = Handed.of(ledger), folder / "state", folder / "trace"
        self.remembered = remember(self.handed, self.state).last_seen()

    def run(self, scenario: Scenario, options: list[str]) -> int:
        return traced(self.log, options, self.handed, scenario.entries, self.state, what=work)

    def check(self, scenario: Scenario, code: int) -> None:
        """Whatever happened: it opens, verifies, holds what was told, and the same bytes again stand once."""
        store = Store.at_url(self.handed.url)
        report = verify(store, self.handed.origin, self.handed.now, jobs=1)
        assert report.findings == []
        assert report.size in (scenario.start, scenario.end), "some entries without the others"
        if code in (RECORDED, FORGOTTEN):
            assert report.size == scenario.end, "told as recorded, and it does not stand"
        if code == REFUSED:
            assert report.size == scenario.start, "told that nothing was written, and it stands"
        seen = remember(self.handed, self.state).last_seen()
        assert seen is not None
        assert seen.size == report.size

        log = Log(store, self.handed.origin, self.handed.signers)
        assert log.append(scenario.entries, self.handed.now).numbers == tuple(range(scenario.start, scenario.end))
        assert verify(store, self.handed.origin, self.handed.now, jobs=1).findings == []
        store.close()


def _places(count: int) -> list[int]:
    """Which of `count` calls are tried: the first, the last, and evenly between."""
    if count <= AT_MOST:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / (AT_MOST - 1)) for i in range(AT_MOST)})


@pytest.mark.parametrize("how", HOW)
def test_the_nth_call_of_the_system_fails(
    base: Sample, scenario: Scenario, tmp_path: Path, how: str, record_property: Callable[[str, object], None]
) -> None:
    sound = _Place(base, tmp_path / "sound")
    assert sound.run(scenario, ["-e", f"trace={','.join(CALLS)}"]) == RECORDED
    calls = counted(sound.log)
    ended: Counter[tuple[str, int]] = Counter()
    for call in CALLS:
        for n in _places(calls[call]):
            place = _Place(base, tmp_path / f"{call}-{n}")
            code = place.run(scenario, ["-e", f"trace={call}", "-e", f"inject={call}:{HOW[how].format(n=n)}"])
            assert code in ({KILLED} if how == "killed" else {RECORDED, FORGOTTEN, IN_DOUBT, REFUSED}), (call, n, code)
            place.check(scenario, code)
            ended[call, code] += 1

    names = {RECORDED: "recorded", FORGOTTEN: "recorded, not remembered", IN_DOUBT: "in doubt", REFUSED: "refused"}
    told = ", ".join(f"{call} {names.get(code, 'killed')} {count}" for (call, code), count in ended.items())
    record_property("report", f"{how}, of {dict(calls)}: {told}")
    assert {call for call, _code in ended} == {call for call in CALLS if calls[call]}
    assert min(calls[call] for call in ("write", "pwrite64", "rename")) >= 1
    assert calls["fsync"] + calls["fdatasync"] >= 3
