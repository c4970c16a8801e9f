"""Entries that a restored backup no longer holds: when somebody can agree to go on, and what is remembered of it."""

from pathlib import Path

import pytest

from ledger.errors import Malformed, NotPermitted, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint
from ledger.log.loss import Lost, covers, parse_losses, span
from ledger.log.roster import Loss
from ledger.log.snapshot import put_in_place, take
from ledger.log.tiles import hash_reader
from ledger.log.trust import Standing, Trust
from ledger.log.whole import Expected
from ledger.records.restore import declare
from ledger.records.writing import Draft
from tests.ledger_fixtures import PACKS, Sample, case, copied, small_ledger

WHO = ("guardian", "practitioner")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return small_ledger(tmp_path_factory.mktemp("loss"), WHO)


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    (tmp_path / "ledger").mkdir()
    return copied(whole, tmp_path / "ledger")


def grow(ledger: Sample, entries: int) -> None:
    for _ in range(entries):
        ledger.desk("founder").write(Draft("ledger.packs_adopted", body={"packs": PACKS}))


class Client:
    """One computer's memory, and what it does with a ledger."""

    def __init__(self, ledger: Sample, state: Path) -> None:
        self.ledger, self.trust = ledger, Trust(state, ledger.origin)

    def look(self) -> Standing:
        with self.ledger.store.read() as reader:
            return self.trust.advance(self.ledger.head(), hash_reader(reader.stored_hashes), self.ledger.roster())

    def loss(self) -> Lost:
        with self.ledger.store.read() as reader:
            return self.trust.loss(self.ledger.head(), hash_reader(reader.stored_hashes), self.ledger.roster())

    def agree(self, lost: Lost, now: int = 1_790_100_000) -> Lost:
        with self.ledger.store.read() as reader:
            read = hash_reader(reader.stored_hashes)
            return self.trust.acknowledge(lost, self.ledger.head(), read, self.ledger.roster(), now)

    def refused(self) -> Unverified:
        with pytest.raises(Unverified) as caught:
            self.look()
        return caught.value


@pytest.fixture
def client(ledger: Sample, tmp_path: Path) -> Client:
    return Client(ledger, tmp_path / "state")


def keep(ledger: Sample, name: str = "backup.db") -> Path:
    file = ledger.path.with_name(name)
    take(ledger.path, file)
    return file


def put_back(ledger: Sample, file: Path) -> None:
    """An old backup in the ledger's place; a new desk, as a new process has one."""
    ledger.store.close()
    put_in_place(file, ledger.path, file.with_name(f"{file.name}.kept"))
    ledger.log = type(ledger.log)(ledger.store, ledger.origin, ledger.signers)


def lose(ledger: Sample, client: Client, entries: int = 5) -> Checkpoint:
    """A backup, so many entries more, seen by the client, and the backup put back: what the client saw."""
    file = keep(ledger)
    grow(ledger, entries)
    seen = client.look().checkpoint
    put_back(ledger, file)
    return seen


def test_without_a_declaration_nothing_can_be_agreed_to(ledger: Sample, client: Client) -> None:
    seen = lose(ledger, client)
    hint = client.refused().fault.hint

    assert f"restore --lost {seen.size}:{seen.root.hex()}" in hint
    assert "--acknowledge" not in hint
    with pytest.raises(Unverified):
        client.loss()


def test_a_declared_loss_is_told_agreed_to_and_remembered_for_ever(
    ledger: Sample, client: Client, tmp_path: Path
) -> None:
    seen = lose(ledger, client)
    number = declare(ledger.desk("founder"), seen)
    fault = client.refused().fault
    assert f"{seen.size} entries, root {seen.root.hex()}" in fault.expected
    assert f"entries {number} to {seen.size - 1} was lost" in fault.hint
    assert f"p-founder declared it in the new entry {number} on 2026-09-21" in fault.hint
    assert "restore --acknowledge" in fault.hint

    lost = client.loss()
    assert lost == Lost(seen.size, seen.root, number, number, "p-founder", ledger.entry(number).header.at)
    assert client.trust.losses() == []
    agreed = client.agree(lost)
    assert client.look() == Standing(ledger.checkpoint(), first_contact=False)
    grow(ledger, 10)
    client.look()
    assert Trust(tmp_path / "state", ledger.origin).losses() == [agreed]
    assert agreed.agreed_at == 1_790_100_000
    assert (tmp_path / "state").rglob("losses").__next__().stat().st_mode & 0o077 == 0


def test_a_ledger_that_has_grown_past_what_was_seen_is_the_same(ledger: Sample, client: Client) -> None:
    seen = lose(ledger, client, entries=2)
    number = declare(ledger.desk("founder"), seen)
    grow(ledger, 10)
    assert f"entries {number} to {seen.size - 1}" in client.refused().fault.hint

    client.agree(client.loss())
    assert client.look().checkpoint == ledger.checkpoint()


def test_a_declaration_of_fewer_entries_than_were_seen_is_not_enough(ledger: Sample, client: Client) -> None:
    seen = lose(ledger, client)
    number = declare(ledger.desk("founder"), Checkpoint(ledger.origin, seen.size - 1, bytes(32)))
    hint = client.refused().fault.hint
    assert f"entry {number}, for {seen.size - 1} entries only" in hint
    assert f"restore --lost {seen.size}:{seen.root.hex()}" in hint
    with pytest.raises(Unverified):
        client.loss()

    later = declare(ledger.desk("founder"), seen)
    assert (client.loss().entry, client.loss().kept) == (later, number)


def test_a_declaration_of_as_many_entries_with_another_root_is_not_enough(ledger: Sample, client: Client) -> None:
    seen = lose(ledger, client)
    declare(ledger.desk("founder"), Checkpoint(ledger.origin, seen.size, bytes(32)))
    with pytest.raises(Unverified):
        client.loss()

    declare(ledger.desk("founder"), Checkpoint(ledger.origin, seen.size + 1, bytes(32)))
    assert client.loss().size == seen.size


def test_a_declaration_that_was_there_when_it_was_seen_covers_nothing_that_is_lost_later(
    ledger: Sample, client: Client, tmp_path: Path
) -> None:
    """A loss of very many entries is declared once; that must not excuse every rollback after it."""
    declare(ledger.desk("founder"), Checkpoint(ledger.origin, 1000, bytes(32)))
    client.look()
    lose(ledger, client)
    stranger = Client(ledger, tmp_path / "elsewhere")
    with pytest.raises(Unverified):
        client.loss()
    # who never saw the ledger has nothing to agree to either
    stranger.look()
    with pytest.raises(Refused):
        stranger.loss()


def test_what_was_seen_is_never_older_than_the_declarations_known(
    ledger: Sample, client: Client, tmp_path: Path
) -> None:
    """A crash between the two writes of one look: the declaration is known, so it is not taken for a new one."""
    client.look()
    declare(ledger.desk("founder"), Checkpoint(ledger.origin, 1000, bytes(32)))
    (memory,) = (tmp_path / "state").rglob("checkpoint")
    memory.with_name("checkpoint.new").mkdir()  # the second write fails
    with pytest.raises(Unavailable):
        client.look()
    assert memory.with_name("declared").read_bytes().count(b"\n") == 1
    memory.with_name("checkpoint.new").rmdir()
    lose(ledger, client)
    with pytest.raises(Unverified):
        client.loss()


def test_only_an_administrators_entry_that_stands_in_the_tree_declares_anything(
    ledger: Sample, client: Client, tmp_path: Path
) -> None:
    seen = lose(ledger, client)
    twin = tmp_path / "twin"
    twin.mkdir()
    elsewhere = copied(ledger, twin)
    declare(elsewhere.desk("founder"), seen)
    real = elsewhere.roster().losses[0]
    # the row alone, as whoever can write the database would put it in: nothing signed by the log covers it
    grow(ledger, 1)
    with ledger.store.read() as reader:
        roster, read = ledger.roster(), hash_reader(reader.stored_hashes)
        roster.losses.append(real)
        with pytest.raises(Unverified):
            client.trust.loss(ledger.head(), read, roster)
    with pytest.raises(NotPermitted):
        declare(ledger.desk("guardian"), seen)


def test_agreeing_is_to_what_was_shown_and_to_nothing_newer(ledger: Sample, client: Client) -> None:
    seen = lose(ledger, client)
    declare(ledger.desk("founder"), seen)
    shown = client.loss()
    other = Lost(shown.size, shown.root, shown.kept, shown.entry, "p-guardian", shown.declared_at)
    with pytest.raises(Unavailable):
        client.agree(other)
    assert client.trust.losses() == []

    client.agree(shown)
    with pytest.raises(Refused):
        client.loss()


def test_a_second_loss_is_remembered_beside_the_first(ledger: Sample, client: Client) -> None:
    ledger.decide("practitioner", case(1))
    for name in ("one.db", "two.db"):
        file = keep(ledger, name)
        grow(ledger, 3)
        seen = client.look().checkpoint
        put_back(ledger, file)
        declare(ledger.desk("founder"), seen)
        client.agree(client.loss())
    first, second = client.trust.losses()

    assert second.kept == first.kept + 1
    assert ledger.verify().ok


def test_a_crash_before_the_checkpoint_is_replaced_leaves_the_ledger_refused_and_no_double(
    ledger: Sample, client: Client, tmp_path: Path
) -> None:
    seen = lose(ledger, client)
    declare(ledger.desk("founder"), seen)
    lost = client.loss()
    (memory,) = (tmp_path / "state").rglob("checkpoint")
    memory.with_name("declared.new").mkdir()
    with pytest.raises(Unavailable):
        client.agree(lost)
    assert len(client.trust.losses()) == 1
    assert "--acknowledge" in client.refused().fault.hint
    memory.with_name("declared.new").rmdir()
    client.agree(client.loss())

    assert len(client.trust.losses()) == 1
    client.look()


def test_verification_names_a_declared_loss_beside_its_finding(ledger: Sample, client: Client) -> None:
    seen = lose(ledger, client)
    expected = Expected(None, [seen])
    (finding,) = ledger.verify(expected=expected).findings
    assert (finding.kind, finding.says.endswith("are there now")) == ("rollback", True)
    number = declare(ledger.desk("founder"), seen)
    (finding,) = ledger.verify(expected=expected).findings
    assert finding.kind == "rollback"
    assert f"p-founder declared in entry {number}, on 2026-09-21, that as much was lost" in finding.says


@pytest.mark.parametrize(
    "data",
    [b"x", b"{}\n", b"[]\n", b'{"agreed_at":1,"by":2,"declared_at":1,"entry":1,"kept":1,"root":"00","size":1}\n'],
)
def test_a_memory_of_losses_that_was_damaged_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_losses(data)


def test_every_line_reads_back() -> None:
    lost = [Lost(9, bytes(32), 4, 5, "p-a", 10, 11), Lost(1, bytes(range(32)), 0, 0, "p-b", 0)]
    assert parse_losses(b"".join(item.line() for item in lost)) == lost


def test_spans_are_said_as_people_say_them() -> None:
    assert span(3, 4) == "entry 3"
    assert span(3, 6) == "entries 3 to 5"
    assert span(6, 6) == "entries before entry 6"


@pytest.mark.parametrize(("size", "root", "enough"), [(4, 0, False), (5, 1, False), (5, 0, True), (6, 1, True)])
def test_what_covers(size: int, root: int, enough: bool) -> None:
    loss = Loss(3, "p-a", 0, size, bytes([root]) * 32, bytes(32))
    assert covers(loss, Checkpoint("sample", 5, bytes(32))) is enough
