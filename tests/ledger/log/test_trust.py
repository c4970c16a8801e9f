"""What a client has seen: first contact, extension, and each way in which a ledger could be another than it was."""

import multiprocessing
import os
from pathlib import Path

import pytest

from ledger.errors import Malformed, Unavailable, Unverified
from ledger.log.append import Log
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import Signer, sign_note
from ledger.log.store import Store
from ledger.log.tiles import hash_reader
from ledger.log.trust import Standing, Trust, check_extends, parse_policy, policy_text
from tests.ledger_fixtures import (
    PACKS,
    Chance,
    Clock,
    Sample,
    case,
    copied,
    founded_ledger,
    seed_of,
    size_and_root,
    small_ledger,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return small_ledger(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def ledger(whole: Sample, tmp_path: Path) -> Sample:
    (tmp_path / "ledger").mkdir()
    return copied(whole, tmp_path / "ledger")


def _look(ledger: Sample, state: Path, place: Path | None = None, head: bytes | None = None) -> Standing:
    """What every command does first."""
    with ledger.store.read() as reader:
        stored = reader.head()
        assert stored is not None
        roster = ledger.log.state(reader).roster
        trust = Trust(state, ledger.origin)
        return trust.advance(head or stored.checkpoint, hash_reader(reader.stored_hashes), roster, place)


def _grow(ledger: Sample, number: int) -> None:
    ledger.append(ledger.signed("founder", "ledger.packs_adopted", number, body={"packs": PACKS}))


def _seen(ledger: Sample, state: Path) -> int:
    seen = Trust(state, ledger.origin).last_seen()
    assert seen is not None
    return seen.size


def test_first_contact_is_said_and_remembered(ledger: Sample, tmp_path: Path) -> None:
    state = tmp_path / "state"
    trust = Trust(state, ledger.origin)
    assert (trust.last_seen(), trust.log_key()) == (None, None)

    assert _look(ledger, state) == Standing(ledger.checkpoint(), first_contact=True)
    assert (trust.last_seen(), trust.log_key()) == (ledger.checkpoint(), ledger.signers[0].key)
    assert _look(ledger, state) == Standing(ledger.checkpoint(), first_contact=False)


def test_a_ledger_that_grew_is_followed(ledger: Sample, tmp_path: Path) -> None:
    for number in range(5):
        _look(ledger, tmp_path)
        _grow(ledger, number)
    standing = _look(ledger, tmp_path)

    assert standing.checkpoint == Trust(tmp_path, ledger.origin).last_seen() == ledger.checkpoint()


def test_what_is_kept_is_its_owners_alone_and_nothing_half_written_is_left(ledger: Sample, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _look(ledger, tmp_path / "state", ledger.path)
    finally:
        os.umask(before)

    for path in (tmp_path / "state").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.suffix != ".new"


def test_each_origin_and_each_state_folder_is_remembered_apart(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path / "one")

    assert Trust(tmp_path / "two", ledger.origin).last_seen() is None
    assert Trust(tmp_path / "one", "other/0123456789abcdef0123456789abcdef").last_seen() is None


# -- what is refused


def test_a_ledger_put_back_from_an_old_backup_is_refused_with_both_checkpoints_shown(
    ledger: Sample, tmp_path: Path
) -> None:
    (tmp_path / "backup").mkdir()
    backup = copied(ledger, tmp_path / "backup")
    _grow(ledger, 1)
    _look(ledger, tmp_path)
    now, old = ledger.checkpoint(), backup.checkpoint()
    with pytest.raises(Unverified) as caught:
        _look(backup, tmp_path)

    assert f"{now.size} entries, root {now.root.hex()}" in caught.value.fault.expected
    assert f"{old.size} entries, root {old.root.hex()}" in caught.value.fault.got
    assert "backup" in caught.value.fault.hint
    assert _seen(ledger, tmp_path) == now.size


@pytest.mark.parametrize("further", [0, 1, 5])
def test_a_fork_is_refused_whether_it_is_as_long_or_longer(ledger: Sample, tmp_path: Path, further: int) -> None:
    (tmp_path / "fork").mkdir()
    fork = copied(ledger, tmp_path / "fork")
    _grow(ledger, 1)
    _look(ledger, tmp_path)
    for number in range(further + 1):
        _grow(fork, 100 + number)
    with pytest.raises(Unverified) as caught:
        _look(fork, tmp_path)

    assert "not the one seen before" in caught.value.fault.hint
    assert Trust(tmp_path, ledger.origin).last_seen() == ledger.checkpoint()


def test_a_checkpoint_by_another_key_is_refused(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path)
    other = Signer(ledger.origin, seed_of("another log key"))
    forged = sign_note(ledger.checkpoint().text, [other])
    with pytest.raises(Unverified):
        _look(ledger, tmp_path, head=forged)
    with pytest.raises(Unverified):
        _look(ledger, tmp_path / "elsewhere", head=forged)

    assert Trust(tmp_path / "elsewhere", ledger.origin).last_seen() is None


def test_another_pinned_log_key_is_refused(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path)
    other = Signer(ledger.origin, seed_of("another log key"))
    (policy,) = tmp_path.rglob("trust.policy")
    policy.write_bytes(policy_text(other.key))
    with pytest.raises(Unverified) as caught:
        _look(ledger, tmp_path)

    assert caught.value.fault.field == "log key"


def test_a_rotated_log_key_is_followed_and_pinned(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path)
    new = Signer(ledger.origin, seed_of("log key again"))
    ledger.log = Log(ledger.store, ledger.origin, [*ledger.signers, new])
    body = {"log_key": new.key.public.hex()}
    ledger.append(ledger.signed("founder", "log.rotated", 1, body=body))
    trust = Trust(tmp_path, ledger.origin)
    _look(ledger, tmp_path)
    assert trust.log_key() == new.key
    _grow(ledger, 2)
    _look(ledger, tmp_path)

    assert trust.log_key() == new.key
    forged = sign_note(Checkpoint(ledger.origin, ledger.checkpoint().size, bytes(32)).text, ledger.signers)
    with pytest.raises(Unverified):
        _look(ledger, tmp_path, head=forged)


def test_another_ledger_at_the_same_place_is_refused(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path, ledger.path)
    (tmp_path / "other").mkdir()
    other = founded_ledger(tmp_path / "other", name="other")
    with pytest.raises(Unverified) as caught:
        _look(other, tmp_path, ledger.path)

    assert ledger.origin in caught.value.fault.expected
    assert other.origin in caught.value.fault.got
    assert Trust(tmp_path, other.origin).last_seen() is None
    _look(other, tmp_path, other.path)
    _look(ledger, tmp_path, ledger.path)


def test_a_place_is_the_same_by_whatever_path_it_is_named(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path / "state", ledger.path)
    (tmp_path / "link").symlink_to(ledger.path.parent)
    with pytest.raises(Unverified):
        Trust(tmp_path / "state", "other/0").check_place(tmp_path / "link" / "ledger.db")
    with pytest.raises(Unverified):
        Trust(tmp_path / "state", "other/0").check_place(tmp_path / "link" / ".." / "ledger" / "ledger.db")
    Trust(tmp_path / "state", ledger.origin).check_place(tmp_path / "link" / "ledger.db")


# -- the memory itself


def _damage(state: Path, name: str, data: bytes) -> None:
    (path,) = state.rglob(name)
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["checkpoint", "trust.policy"])
@pytest.mark.parametrize("data", [b"", b"x", b"\xff\xff\n\n\n", b"a\n1\n2\n"])
def test_a_memory_that_was_damaged_is_malformed_never_a_first_contact(
    ledger: Sample, tmp_path: Path, name: str, data: bytes
) -> None:
    _look(ledger, tmp_path)
    _damage(tmp_path, name, data)
    with pytest.raises(Malformed):
        _look(ledger, tmp_path)


def test_a_place_that_was_damaged_is_another_place(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path / "state", ledger.path)
    (place,) = (tmp_path / "state" / "places").iterdir()
    place.write_bytes(b"\xff\xfe")
    with pytest.raises(Unverified):
        _look(ledger, tmp_path / "state", ledger.path)


@pytest.mark.parametrize("how", ["the state is a file", "its folder is a file", "the memory is a folder"])
def test_a_memory_that_cannot_be_kept_is_unavailable(ledger: Sample, tmp_path: Path, how: str) -> None:
    state = tmp_path / "state"
    if how == "the state is a file":
        state.write_bytes(b"")
    elif how == "its folder is a file":
        (tmp_path / "file").write_bytes(b"")
        state = tmp_path / "file" / "state"
    else:
        _look(ledger, state)
        (memory,) = state.rglob("checkpoint")
        memory.unlink()
        memory.mkdir()
    with pytest.raises(Unavailable) as caught:
        _look(ledger, state)
    assert "CONSENT_LEDGER_STATE" in caught.value.fault.hint


def test_a_crash_between_writing_and_replacing_leaves_the_last_memory(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path)
    (memory,) = tmp_path.rglob("checkpoint")
    memory.with_name("checkpoint.new").write_bytes(b"half a check")
    _grow(ledger, 1)
    _look(ledger, tmp_path)

    assert _seen(ledger, tmp_path) == ledger.checkpoint().size


def _follow(path: Path, origin: str, seed: bytes, state: Path, heads: list[bytes]) -> None:
    """Look at a ledger at each of these checkpoints in turn, as a process that reads late would."""
    store = Store.at(path)
    ledger = Sample(path, store, origin, Log(store, origin, []), [], {}, Clock(), Chance(), seed)
    for head in heads:
        try:
            _look(ledger, state, head=head)
        except Unverified as error:
            # an older checkpoint than another process has shown meanwhile
            assert "entries" in error.fault.got
    store.close()


def test_two_processes_at_once_never_go_back(ledger: Sample, tmp_path: Path) -> None:
    heads = []
    for number in range(30):
        _grow(ledger, number)
        heads.append(ledger.head())
    ledger.store.close()
    state = tmp_path / "state"
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_follow, args=(ledger.path, ledger.origin, ledger.log_seed, state, part))
        for part in (heads[::2], heads[1::2])
    ]
    for process in processes:
        process.start()
    newest = 0
    while any(process.is_alive() for process in processes):
        seen = Trust(state, ledger.origin).last_seen()
        assert (seen.size if seen else 0) >= newest
        newest = seen.size if seen else newest
    for process in processes:
        process.join()
        assert process.exitcode == 0

    assert _seen(ledger, state) == size_and_root(heads[-1]).size


# -- the policy file


def test_a_policy_is_one_log_and_no_quorum(whole: Sample) -> None:
    key = whole.signers[0].key

    assert policy_text(key) == f"log {key}\nquorum none\n".encode()
    assert parse_policy(policy_text(key)) == key
    assert parse_policy(b"# a comment\n\n" + policy_text(key)) == key


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("quorum none", "quorum any"),
        lambda text: text + "witness w1 example.com+00000000+AAAA\n",
        lambda text: text + "group g 1 w1\n",
        lambda text: text + text,
        lambda text: text.replace("quorum none\n", ""),
        lambda text: text.replace("log ", ""),
        lambda text: text.replace("log ", "log  "),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "quorum none\n" + text.replace("quorum none\n", ""),
        lambda text: text.replace("none", "none "),
        lambda text: text[:-20],
        lambda text: "",
    ],
)
def test_any_other_policy_is_malformed(whole: Sample, change: object) -> None:
    text = policy_text(whole.signers[0].key).decode()
    with pytest.raises(Malformed):
        parse_policy(change(text).encode())  # type: ignore[operator]


def test_extending_nothing_is_no_promise_and_shrinking_is_refused(ledger: Sample) -> None:
    now = ledger.checkpoint()
    with ledger.store.read() as reader:
        read = hash_reader(reader.stored_hashes)
        check_extends(Checkpoint(ledger.origin, 0, bytes(32)), now, read)
        check_extends(now, now, read)
        with pytest.raises(Unverified):
            check_extends(Checkpoint(ledger.origin, now.size, bytes(32)), now, read)
        with pytest.raises(Unverified):
            check_extends(Checkpoint(ledger.origin, now.size - 1, bytes(32)), now, read)
        with pytest.raises(Unverified):
            check_extends(Checkpoint(ledger.origin, now.size + 1, now.root), now, read)


def test_a_decision_later_is_an_extension_like_any_other(ledger: Sample, tmp_path: Path) -> None:
    _look(ledger, tmp_path)
    ledger.decide("practitioner", case(1))

    assert _look(ledger, tmp_path).checkpoint.size == ledger.checkpoint().size
