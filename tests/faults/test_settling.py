"""A commit whose answer was lost: the same bytes are brought again, and what is told is never more than is known."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.errors import Lost, NotPermitted, Refused, Unavailable
from ledger.log.append import SETTLING, Log, Prepared
from ledger.log.store import Store
from ledger.records.people import revoke
from ledger.records.writing import Desk, Draft
from tests.cli.driver import club_seat
from tests.cli.sample_documents import share, text
from tests.faults.points import Faults, Plan
from tests.ledger_databases import Server, new_store, postgres_server
from tests.ledger_fixtures import PACKS, Sample, case, copied, entry_id, small_ledger

CASE = case(1)
Faulty = Callable[..., tuple[Log, Faults]]


@pytest.fixture(scope="module")
def whole(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("settling")
    ledger = small_ledger(folder, store=new_store(kind, folder))
    ledger.decide("practitioner", CASE)
    return ledger


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Iterator[Sample]:
    ledger = copied(whole, tmp_path)
    yield ledger
    ledger.store.close()


@pytest.fixture
def faulty(ledger: Sample) -> Iterator[Faulty]:
    """Gives a log whose connections fail as planned, and does something while it waits to look again."""
    store = Store.at_url(ledger.store.url)
    faults = Faults.of(store)

    def made(meanwhile: Callable[[float], None] = lambda _seconds: None) -> tuple[Log, Faults]:
        return Log(store, ledger.origin, ledger.signers, meanwhile), faults

    yield made
    store.close()


def _hold(ledger: Sample, number: int) -> Prepared:
    hold = {"case": case(2), "body": {"reason": "court"}}
    return ledger.signed("lead", "hold.placed", number, **hold)


def test_what_landed_is_found_though_others_wrote_meanwhile(ledger: Sample, faulty: Faulty) -> None:
    entry, n = _hold(ledger, 1), ledger.checkpoint().size
    log, faults = faulty(lambda _seconds: ledger.decide("practitioner", CASE) and None)
    faults.plan = Plan("commit", landed=True)
    appended = log.append([entry], ledger.clock())

    assert appended.numbers == (n,)
    assert appended.checkpoint == ledger.head()
    assert ledger.checkpoint().size == n + 2
    assert ledger.verify().findings == []


def test_what_was_lost_is_brought_again_behind_what_others_wrote(ledger: Sample, faulty: Faulty) -> None:
    entry, n = _hold(ledger, 1), ledger.checkpoint().size
    log, faults = faulty(lambda _seconds: ledger.decide("practitioner", CASE) and None)
    faults.plan = Plan("commit", landed=False)

    assert log.append([entry], ledger.clock()).numbers == (n + 1,)
    assert ledger.entry(n + 1).leaf == entry.leaf
    assert ledger.verify().findings == []


def test_a_refusal_while_settling_is_told_only_of_what_does_not_stand(ledger: Sample, faulty: Faulty) -> None:
    """The author was revoked between the lost commit and the next try: it is known now that nothing stands."""
    entry, size = _hold(ledger, 1), ledger.checkpoint().size

    def revoked(_seconds: float) -> None:
        revoke(ledger.desk("guardian"), ledger.people["lead"].handle, "left")

    log, faults = faulty(revoked)
    faults.plan = Plan("commit", landed=False)
    with pytest.raises(NotPermitted):
        log.append([entry], ledger.clock())
    with ledger.store.read() as reader:
        assert reader.by_id(entry_id(1)) is None
    assert ledger.checkpoint().size > size


def test_who_is_revoked_after_the_commit_landed_has_recorded_it(ledger: Sample, faulty: Faulty) -> None:
    entry, n = _hold(ledger, 1), ledger.checkpoint().size

    def revoked(_seconds: float) -> None:
        revoke(ledger.desk("guardian"), ledger.people["lead"].handle, "left")

    log, faults = faulty(revoked)
    faults.plan = Plan("commit", landed=True)
    assert log.append([entry], ledger.clock()).numbers == (n,)


@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
def test_where_nobody_can_look_the_id_is_told(ledger: Sample, faulty: Faulty, landed: bool) -> None:
    """After the lost commit the database answers nothing more."""
    entry, waited = _hold(ledger, 1), []

    def gone(seconds: float) -> None:
        waited.append(seconds)
        faults.plan = Plan("begin", landed=False, always=True)

    log, faults = faulty(gone)
    faults.plan = Plan("commit", landed)
    with pytest.raises(Lost) as caught:
        log.append([entry], ledger.clock())

    fault = caught.value.fault
    assert waited == list(SETTLING)
    assert fault.field == f"entry {entry_id(1).hex()}"
    assert fault.hint.endswith(f"consent-ledger show {entry_id(1).hex()}")
    assert "nothing was written" not in str(caught.value)
    with ledger.store.read() as reader:
        assert (reader.by_id(entry_id(1)) is not None) == landed


def test_a_database_that_fails_before_the_commit_wrote_nothing_and_says_so(ledger: Sample, faulty: Faulty) -> None:
    log, faults = faulty()
    faults.plan = Plan("begin", landed=False, always=True)
    with pytest.raises(Unavailable, match="nothing was written") as caught:
        log.append([_hold(ledger, 1)], ledger.clock())
    assert type(caught.value) is Unavailable


@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
def test_another_entry_under_the_id_is_refused_while_settling_too(ledger: Sample, faulty: Faulty, landed: bool) -> None:
    first, other = (ledger.signed("founder", "ledger.packs_adopted", 1, body={"packs": p}) for p in (PACKS, []))
    log, faults = faulty(lambda _seconds: None if landed else ledger.append(other) and None)
    faults.plan = Plan("commit", landed)
    if landed:
        n = ledger.checkpoint().size
        assert log.append([first], ledger.clock()).numbers == (n,)
        with pytest.raises(Refused, match="id"):
            log.append([other], ledger.clock())
    else:
        with pytest.raises(Refused, match="an id used once"):
            log.append([first], ledger.clock())
    assert ledger.verify().findings == []


@pytest.fixture
def on_a_server(tmp_path: Path) -> Iterator[tuple[Sample, Store, Server]]:
    """A ledger on PostgreSQL, a store of its own to write by, and the server, which runs again afterwards."""
    ledger, server = small_ledger(tmp_path, ["guardian", "lead"], new_store("postgresql", tmp_path)), postgres_server()
    store = Store.at_url(ledger.store.url)
    yield ledger, store, server
    server.start()
    store.close()
    ledger.store.close()


def test_a_server_that_crashes_before_the_commit(on_a_server: tuple[Sample, Store, Server]) -> None:
    ledger, store, server = on_a_server
    faults, n, crashes = Faults.of(store), ledger.checkpoint().size, [server.stop]
    faults.at = lambda point, after: crashes.pop()() if crashes and (point, after) == ("commit", False) else None
    log = Log(store, ledger.origin, ledger.signers, lambda _seconds: server.start())

    assert log.append([_hold(ledger, 1)], ledger.clock()).numbers == (n,)
    assert crashes == []
    assert (ledger.verify().findings, ledger.checkpoint().size) == ([], n + 1)


def test_a_server_that_crashes_after_a_commit_of_which_nobody_heard(on_a_server: tuple[Sample, Store, Server]) -> None:
    """It is gone when it is asked for the first time, and back when it is asked again."""
    ledger, store, server = on_a_server
    faults, n, then = Faults.of(store), ledger.checkpoint().size, [server.start, server.stop]
    faults.plan = Plan("commit", landed=True)
    log = Log(store, ledger.origin, ledger.signers, lambda _seconds: then.pop()() if then else None)

    assert log.append([_hold(ledger, 1)], ledger.clock()).numbers == (n,)
    assert then == []
    assert (ledger.verify().findings, ledger.checkpoint().size) == ([], n + 1)


@pytest.mark.parametrize("landed", [False, True], ids=["lost", "landed"])
def test_a_desk_writes_its_entry_once(ledger: Sample, faulty: Faulty, landed: bool) -> None:
    log, faults = faulty()
    desk = Desk(log, ledger.people["practitioner"], ledger.checkpoint(), ledger.clock, ledger.chance)
    faults.plan = Plan("commit", landed)
    size = ledger.checkpoint().size
    written = desk.write(Draft("note.added", CASE, record={"note": "a call"}))
    again = desk.write(Draft("note.added", CASE, record={"note": "another call"}))

    assert (written.n, again.n) == (size, size + 1)
    assert ledger.checkpoint().size == size + 2
    assert ledger.verify().findings == []


def test_the_command_line_tells_the_id_and_how_to_look(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seat = club_seat(tmp_path, tmp_path_factory)
    size, me = seat.size(), ("--identity", seat.key("practitioner"))
    with Faults.everywhere() as faults:
        faults.plan = Plan("commit", landed=True, always=True)
        done = seat.inside("record", "--file", seat.file("decision.json", text(share())), *me, "--json")
    assert (done.code, done.json["exit"], done.json["ok"]) == (5, 5, False)
    (fault,) = done.json["faults"]
    name, entry = fault["field"].split()
    assert (name, fault["got"]) == ("entry", "none: whether it was recorded is not known")
    assert "nothing was written" not in done.said
    assert fault["hint"].endswith(f"consent-ledger show {entry}")

    assert seat.inside("show", entry, *me, "--json").code == 0
    assert seat.sound() == size + 1
