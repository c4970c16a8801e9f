"""What is kept in memory between appends is what folding the log anew gives, whoever wrote and whatever was refused."""

import subprocess
import sys
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, Refused, Unverified
from ledger.log.append import Log, Prepared
from ledger.log.checkpoint import Checkpoint
from ledger.log.reader import Head
from ledger.log.roster import Roster
from ledger.log.state import MAX_CASES, State, load_case, load_state
from ledger.log.store import Store
from ledger.log.types import PEOPLE_CASE
from ledger.records.writing import Draft
from tests.ledger_databases import alter, new_store
from tests.ledger_fixtures import Chance, Sample, case, entry_id, founded_ledger, identity_of, small_ledger

ROOT = Path(__file__).parents[3]
CASES = [PEOPLE_CASE, case(1), case(2), case(3)]


@pytest.fixture
def ledger(tmp_path: Path, kind: str) -> Sample:
    return small_ledger(tmp_path, store=new_store(kind, tmp_path))


@dataclass
class Folds:
    """Everything that a state holds, as values that compare."""

    size: int
    head: bytes
    root: bytes
    hashes: list[bytes]
    roster: Roster
    cases: list[Any]
    newest: int | None
    seen: dict[str, int]


def folds(sample: Sample, state: State, cases: list[bytes]) -> Folds:
    found = []
    with sample.store.read() as reader:
        for each in cases:
            fold = state.case(reader, each)
            # the order of the keys says which is in use, and dictionaries compare without it
            found.append((fold, list(fold.holders), fold.current))
        newest = state.at_of(reader, state.size - 1)
        seen = {handle: state.author_seen(reader, handle) for handle in state.roster.people}
    frontier = state.frontier
    # a copy: what is kept goes on changing
    return deepcopy(Folds(state.size, state.head, frontier.root(), frontier.hashes, state.roster, found, newest, seen))


def kept(sample: Sample, cases: list[bytes] = CASES) -> Folds:
    """What the log that wrote keeps."""
    with sample.store.read() as reader:
        state = sample.log.state(reader)
    return folds(sample, state, cases)


def anew(sample: Sample, cases: list[bytes] = CASES) -> Folds:
    """The same, folded from the database alone."""
    with sample.store.read() as reader:
        state = load_state(reader, sample.origin, reader.head())
    return folds(sample, state, cases)


def write_a_lot(sample: Sample) -> None:
    """Entries of every sort that a fold takes in, one transaction each."""
    first = sample.decide("practitioner", case(1))
    sample.decide("colleague", case(2))
    sample.desk("practitioner").write(Draft("access.granted", case(1), body={"handle": "p-outsider"}))
    sample.desk("practitioner").write(Draft("note.added", case(1), refs=(first.header.id,), record={"note": "a"}))
    ended = {"handle": "p-outsider", "reason": "no_longer_needed"}
    sample.desk("guardian").write(Draft("access.ended", case(1), body=ended))
    sample.desk("practitioner").write(Draft("note.added", case(1), record={"note": "under a new key"}))
    sample.desk("lead").write(Draft("hold.placed", case(2), body={"reason": "court"}))
    sample.desk("founder").write(Draft("actor.revoked", body={"handle": "p-outsider", "reason": "left"}))
    sample.enrol("newcomer", ["practitioner"], ["north"])


def test_own_appends_leave_what_the_database_gives(ledger: Sample) -> None:
    with ledger.store.read() as reader:
        before = ledger.log.state(reader)
    write_a_lot(ledger)
    with ledger.store.read() as reader:
        assert ledger.log.state(reader) is before, "carried on, not folded anew"
    assert kept(ledger) == anew(ledger)
    assert ledger.verify().ok


def test_after_each_single_append_too(ledger: Sample) -> None:
    for n in range(1, 4):
        ledger.decide("practitioner", case(n))
        assert kept(ledger) == anew(ledger)


WRITER = """
import sys
from pathlib import Path
from tests.ledger_fixtures import *
url, origin, seed = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
number, now = int(sys.argv[4]), int(sys.argv[5])
store, signer = Store.at_url(url), Signer(origin, seed)
names = ["founder", *PEOPLE]
people = {name: identity_of(name) for name in names}
here = Sample(Path(), store, origin, Log(store, origin, [signer]), [signer], people, Clock(now),
              Chance(f"another process {number}"), seed)
here.decide("practitioner", case(number))
here.enrol(f"visitor{number}", ["practitioner"], ["north"])
"""


def test_what_another_process_writes_is_taken_in(ledger: Sample) -> None:
    ledger.decide("practitioner", case(1))
    kept(ledger)
    for number in (1, 2):
        command = [sys.executable, "-c", WRITER, ledger.url, ledger.origin, ledger.log_seed.hex()]
        command += [str(number), str(ledger.clock.now)]
        subprocess.run(command, check=True, cwd=ROOT)
        assert f"p-visitor{number}" in dict(kept(ledger).roster.active(10_000))
        assert kept(ledger) == anew(ledger)
        # and the next of our own stands on it
        ledger.decide("practitioner", case(number))
        assert kept(ledger) == anew(ledger)
    assert ledger.verify().ok


def test_two_logs_that_write_in_turn_never_stand_on_what_they_kept(ledger: Sample) -> None:
    store = Store.at_url(ledger.url)
    other = Sample(
        ledger.path,
        store,
        ledger.origin,
        Log(store, ledger.origin, ledger.signers),
        ledger.signers,
        ledger.people,
        ledger.clock,
        Chance("the other"),
        ledger.log_seed,
    )
    for n in range(1, 5):
        writer = (ledger, other)[n % 2]
        writer.decide("practitioner", case(1 + n % 2))
        writer.decide("practitioner", case(1 + n % 2))
        assert kept(ledger) == kept(other) == anew(ledger)
    store.close()
    assert ledger.verify().ok


def hold(sample: Sample, number: int, in_case: bytes, **more: Any) -> Prepared:
    """A small entry of one case."""
    return sample.signed("guardian", "hold.placed", number, **{"body": {"reason": "court"}, "case": in_case, **more})


def refused_batches(ledger: Sample) -> dict[str, list[Prepared]]:
    """Batches whose first entries are good and whose last one is not."""
    good = [hold(ledger, 1, case(1)), hold(ledger, 2, case(3))]
    court = {"case": case(1), "body": {"reason": "court"}}
    return {
        "somebody who may not": [*good, ledger.signed("practitioner", "hold.placed", 4, **court)],
        "a reference to nothing": [*good, ledger.signed("guardian", "hold.lifted", 5, case=case(1), refs=(bytes(16),))],
        "an id used twice": [*good, hold(ledger, 1, case(2))],
        "a time in the future": [*good, hold(ledger, 6, case(1), at=ledger.clock.now + 100_000)],
        "after a change of the people": [
            ledger.signed("founder", "actor.revoked", 3, body={"handle": "p-lead", "reason": "left"}),
            ledger.signed("lead", "hold.placed", 7, **court),
        ],
    }


REFUSED = (
    "somebody who may not",
    "a reference to nothing",
    "an id used twice",
    "a time in the future",
    "after a change of the people",
)


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_of_what_was_refused_stays(ledger: Sample, name: str) -> None:
    ledger.decide("practitioner", case(1))
    before = kept(ledger)
    with pytest.raises(LedgerError):
        ledger.append(*refused_batches(ledger)[name])
    assert kept(ledger) == anew(ledger) == before
    # what is written next is checked against what stands, not against what was undone
    ledger.append(hold(ledger, 8, case(3)))
    assert kept(ledger) == anew(ledger)
    assert kept(ledger).size == before.size + 1
    assert ledger.verify().ok


def test_trying_something_on_a_copy_leaves_the_fold_alone(ledger: Sample) -> None:
    ledger.decide("practitioner", case(1))
    before = anew(ledger)
    with ledger.store.read() as reader:
        tried = ledger.log.state(reader).case(reader, case(1)).try_on("p-outsider", frozenset({"x"}), "p-manager")
    assert tried.granted == {"p-manager"}
    tried.ended.add("p-guardian")
    assert kept(ledger) == before


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A ledger whose one batch touched more cases than are kept."""
    made = founded_ledger(tmp_path_factory.mktemp("many"))
    made.people |= {name: identity_of(name) for name in ("guardian", "lead")}
    made.enrol("guardian", ["guardian"])
    made.enrol("lead", ["ig_lead"], by="guardian")
    made.append(*[hold(made, n, case(n)) for n in range(MAX_CASES + 6)])
    return made


def test_more_cases_than_are_kept_come_out_the_same(many: Sample) -> None:
    asked = [case(n) for n in range(MAX_CASES + 6)]
    here, fresh = kept(many, asked), anew(many, asked)
    assert here == fresh
    assert all(len(fold.holds) == 1 for fold, _keys, _current in here.cases)


def test_no_more_than_the_limit_are_kept(many: Sample) -> None:
    with many.store.read() as reader:
        state = load_state(reader, many.origin, reader.head())
        for n in range(MAX_CASES + 6):
            state.case(reader, case(n))
            assert len(state._cases) <= MAX_CASES
        first = state.case(reader, case(0))
        assert first == load_case(reader, many.origin, case(0), state.size, state.roster)


def test_what_a_batch_wrote_counts_after_a_thousand_other_cases_pushed_it_out(many: Sample) -> None:
    """A hold placed, and forgotten in memory, still keeps what is under it; once it is lifted it does not."""
    first = case(9_999)
    placed = hold(many, 50_000, first)
    request = many.signed(
        "guardian", "erasure.requested", 50_001, case=first, refs=(entry_id(50_000),), body={"reason": "court_order"}
    )
    others = [hold(many, 60_000 + n, case(20_000 + n)) for n in range(MAX_CASES)]
    lifted = many.signed("lead", "hold.lifted", 50_002, case=first, refs=(entry_id(50_000),))
    approved = many.signed("lead", "erasure.approved", 50_003, case=first, refs=(entry_id(50_001),))
    before = kept(many, [])
    with pytest.raises(Refused) as refused:
        many.append(placed, request, *others, approved)
    assert "(hold)" in refused.value.faults[0].got
    assert kept(many, []) == anew(many, []) == before
    many.append(placed, request, *others, lifted, approved)
    asked = [first, case(20_000)]
    assert kept(many, asked) == anew(many, asked)
    assert [len(fold.holds) for fold, _keys, _current in kept(many, asked).cases] == [0, 1]


def test_an_empty_database_gives_the_state_before_entry_0(tmp_path: Path, kind: str) -> None:
    with new_store(kind, tmp_path).read() as reader:
        state = load_state(reader, "sample/origin", None)
    assert (state.size, state.head, state.roster.people) == (0, b"", {})


def test_a_head_that_is_not_over_what_is_stored_is_refused(ledger: Sample) -> None:
    """Signed by the log's own key, and yet of another tree: nothing is written on top of it."""
    ledger.decide("practitioner", case(1))
    size = ledger.checkpoint().size
    false = Checkpoint(ledger.origin, size, bytes(32)).sign(ledger.signers)
    alter(ledger.url, "UPDATE head SET checkpoint = ?", values=[false])
    with pytest.raises(Unverified) as refused, ledger.store.read() as reader:
        ledger.log.state(reader)
    assert refused.value.fault.field == "head"
    with pytest.raises(Unverified):
        ledger.append(hold(ledger, 1, case(1)))
    assert ledger.checkpoint().root == bytes(32), "nothing was written"


def test_a_database_of_another_ledger_is_refused(ledger: Sample) -> None:
    with ledger.store.read() as reader, pytest.raises(Malformed) as refused:
        load_state(reader, "another/origin", reader.head())
    assert refused.value.fault.got == "another origin"


def test_a_head_over_no_entries_at_all_is_refused(tmp_path: Path, ledger: Sample) -> None:
    with Store.create(tmp_path / "bare.db").read() as reader, pytest.raises(Unverified) as refused:
        load_state(reader, ledger.origin, Head(3, ledger.head()))
    assert refused.value.fault.field == "entry 0"
