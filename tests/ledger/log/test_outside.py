"""What a part, or what is new, takes from entries outside it: nothing that was altered, and none that is missing."""

import sqlite3
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Refused
from ledger.log.append import Log
from ledger.log.entry import parse_entry
from ledger.log.joining import encode_part, join_parts, parse_part
from ledger.log.parts import verify_part
from ledger.log.verify import verify
from ledger.records.followups import approve_erasure, erase, request_erasure
from ledger.records.people import revoke
from ledger.records.writing import Draft, Written
from tests.ledger_fixtures import Sample, case, copied, small_ledger
from tests.tamper.damage import history, lay_out, sign, unguarded
from tests.tamper.filling import fill
from tests.tamper.scene import VERIFIED_AT, Scene


def _since(ledger: Sample, first: int) -> bool:
    return verify(ledger.store, ledger.origin, VERIFIED_AT, jobs=1, since=first).ok


@pytest.fixture(scope="module")
def revoked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, int, int]:
    """Somebody was revoked, and, having the log's key, wrote afterwards; where both stand."""
    ledger = small_ledger(tmp_path_factory.mktemp("revoked"))
    ledger.decide("practitioner", case(1))
    gone = revoke(ledger.desk("founder"), ledger.people["colleague"].handle, "left").n
    ledger.decide("practitioner", case(1))
    cut = ledger.checkpoint().size
    with sqlite3.connect(ledger.path) as connection:
        row = connection.execute("SELECT * FROM entry WHERE n = ?", (gone,)).fetchone()
    connection.close()
    _change(ledger, "DELETE FROM entry WHERE n = ?", gone)
    ledger.decide("colleague", case(5))
    _change(ledger, f"INSERT INTO entry VALUES ({', '.join('?' * len(row))})", *row)
    return ledger, gone, cut


HIDDEN = [
    "DELETE FROM entry WHERE n = {n}",
    "UPDATE entry SET type = 'note.added' WHERE n = {n}",
]


def test_a_part_by_somebody_revoked_is_found(revoked: tuple[Sample, int, int]) -> None:
    ledger, _gone, cut = revoked
    assert not _since(ledger, cut)
    assert not verify(ledger.store, ledger.origin, VERIFIED_AT, jobs=1).ok


def test_new_entries_rest_on_no_people_row_that_is_missing(revoked: tuple[Sample, int, int], tmp_path: Path) -> None:
    original, gone, cut = revoked
    ledger = copied(original, tmp_path)
    with unguarded(ledger.path) as connection:
        connection.execute(HIDDEN[0].format(n=gone))
    assert not _since(ledger, cut)


def test_a_people_row_hidden_from_what_is_new_is_for_a_whole_verification(
    revoked: tuple[Sample, int, int], tmp_path: Path
) -> None:
    """As the verdict, verify-large.md and THREATS say: this --since does not see."""
    original, gone, cut = revoked
    ledger = copied(original, tmp_path)
    with unguarded(ledger.path) as connection:
        connection.execute(HIDDEN[1].format(n=gone))
    assert _since(ledger, cut)
    assert not verify(ledger.store, ledger.origin, VERIFIED_AT, jobs=1).ok


@pytest.mark.parametrize("sql", HIDDEN)
def test_parts_that_rest_on_other_people_are_not_joined(
    revoked: tuple[Sample, int, int], tmp_path: Path, sql: str
) -> None:
    ledger, gone, cut = revoked
    other = copied(ledger, tmp_path)
    with unguarded(other.path) as connection:
        connection.execute(sql.format(n=gone))
    one = verify_part(ledger.store, ledger.origin, 0, cut, VERIFIED_AT)
    two = verify_part(other.store, other.origin, cut, cut + 1, VERIFIED_AT)
    assert one.findings == []
    if two.findings:
        assert {item.kind for item in two.findings} == {"head"}
    with pytest.raises(Refused, match="people"):
        join_parts([parse_part(encode_part(part)) for part in (one, two)], [ledger.signers[0].key])


def test_parts_that_rest_on_other_erasures_are_not_joined(tmp_path: Path) -> None:
    """The row that says so hidden, and the sealed part put back, on the copy where the erased entry is verified."""
    ledger, before, done = _erased(tmp_path)
    (tmp_path / "other").mkdir()
    other = copied(ledger, tmp_path / "other")
    with unguarded(other.path) as connection:
        connection.execute("UPDATE entry SET type = 'note.added' WHERE n = ?", (done.n,))
    size = ledger.checkpoint().size
    one = verify_part(other.store, ledger.origin, 0, before, VERIFIED_AT)
    two = verify_part(ledger.store, ledger.origin, before, size, VERIFIED_AT)
    one.findings.clear()  # of a ciphertext kept from before its erasure nothing would be found
    with pytest.raises(Refused, match="erasures"):
        join_parts([one, two], [ledger.signers[0].key])


def _erased(directory: Path) -> tuple[Sample, int, Written]:
    ledger = small_ledger(directory)
    target = ledger.decide("practitioner", case(1))
    before = ledger.checkpoint().size
    asked = request_erasure(ledger.desk("lead"), case(1), [target.header.id], "retention_over")
    agreed = approve_erasure(ledger.desk("guardian"), case(1), asked.header.id)
    return ledger, before, erase(ledger.desk("lead"), case(1), agreed.header.id)


@pytest.fixture
def asked(tmp_path: Path) -> tuple[Sample, Written, Written]:
    """Somebody who may ask for erasures and approve them has asked for one."""
    ledger = small_ledger(tmp_path)
    decided = ledger.decide("practitioner", case(1))
    ledger.enrol("twice", ["ig_lead", "guardian"], [], "guardian")
    request = Draft("erasure.requested", case(1), refs=(decided.header.id,), body={"reason": "other"})
    return ledger, decided, ledger.desk("twice").write(request)


def _change(ledger: Sample, sql: str, *values: object) -> None:
    ledger.store.close()
    with unguarded(ledger.path) as connection:
        assert connection.execute(sql, values).rowcount > 0
    ledger.log = Log(ledger.store, ledger.origin, ledger.signers)


def _approval(ledger: Sample, request: Written) -> Draft:
    return Draft("erasure.approved", case(1), refs=(request.header.id,))


def test_who_asked_is_who_signed(asked: tuple[Sample, Written, Written]) -> None:
    """The author kept for queries altered: nobody approves what they asked for themselves, whatever it says."""
    ledger, _decided, request = asked
    _change(ledger, "UPDATE entry SET author = 'p-lead' WHERE n = ?", request.n)
    with pytest.raises(LedgerError, match=r"by another person"):
        ledger.desk("twice").write(_approval(ledger, request))


def test_an_approval_that_rests_on_an_altered_column_is_found_among_what_is_new(
    asked: tuple[Sample, Written, Written],
) -> None:
    ledger, _decided, request = asked
    scene = Scene(ledger)
    entries = history(scene)
    cut = len(entries)
    more = {"case": case(1), "refs": (request.header.id,)}
    entries.append(sign(scene, entries, ledger.people["twice"], "erasure.approved", **more))
    lay_out(scene, entries)
    assert not _since(ledger, cut)
    _change(ledger, "UPDATE entry SET author = 'p-lead' WHERE n = ?", request.n)
    assert not _since(ledger, cut)


def test_a_request_that_the_tree_does_not_have_is_not_approved(asked: tuple[Sample, Written, Written]) -> None:
    """Another request of the same id, signed by somebody else in league, in the place of the one recorded."""
    ledger, decided, request = asked
    scene = Scene(ledger)
    header = {"id": request.header.id, "case": case(1), "refs": (decided.header.id,), "body": {"reason": "other"}}
    other = sign(scene, history(scene)[: request.n], ledger.people["lead"], "erasure.requested", **header)
    _change(ledger, "UPDATE entry SET leaf = ?, author = 'p-lead' WHERE n = ?", other.leaf, request.n)
    with pytest.raises(LedgerError):
        ledger.desk("twice").write(_approval(ledger, request))


def test_what_is_erased_is_what_was_asked_for(asked: tuple[Sample, Written, Written]) -> None:
    """The row of references altered after the approval: nothing else is erased in its place."""
    ledger, decided, request = asked
    kept = ledger.decide("practitioner", case(1))
    agreed = approve_erasure(ledger.desk("guardian"), case(1), request.header.id)
    _change(ledger, "UPDATE ref SET target = ? WHERE n = ?", kept.header.id, request.n)
    with pytest.raises(LedgerError, match="verify"):
        erase(ledger.desk("lead"), case(1), agreed.header.id)
    with ledger.store.read() as reader:
        assert {kept.n, decided.n} <= reader.parts(0, 99).keys()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    ledger = small_ledger(tmp_path_factory.mktemp("filled"), ["guardian", "manager"])
    fill(ledger, 602)
    return ledger


@pytest.mark.parametrize("cut", [301, 513, 601])
@pytest.mark.parametrize("with_hash", [False, True])
def test_a_row_of_a_case_that_the_tree_does_not_have_is_found_on_either_side(
    filled: Sample, tmp_path: Path, cut: int, with_hash: bool
) -> None:
    """Each case has four entries, and each cut goes through one, whose other entries are read too."""
    for n, bounds in ((cut - 1, (cut, 602)), (cut, (0, cut))):
        (tmp_path / str(n)).mkdir()
        ledger = copied(filled, tmp_path / str(n))
        scene = Scene(ledger)
        leaf = sign(scene, history(scene)[:n], ledger.people["founder"], "ledger.packs_adopted", body={"packs": []})
        assert verify_part(ledger.store, ledger.origin, *bounds, VERIFIED_AT).findings == []
        _other_leaf(ledger, n, leaf.leaf, with_hash)
        part = verify_part(ledger.store, ledger.origin, *bounds, VERIFIED_AT)
        assert (n, "stored_hash") in {(item.entry, item.kind) for item in part.findings}
        if bounds[0]:
            assert not _since(ledger, cut)


def _other_leaf(ledger: Sample, n: int, leaf: bytes, with_hash: bool) -> None:
    entry = parse_entry(leaf, ledger.origin)
    ledger.store.close()
    with unguarded(ledger.path) as connection:
        connection.execute("UPDATE entry SET leaf = ?, id = ? WHERE n = ?", (leaf, entry.header.id, n))
        if with_hash:
            sql = "UPDATE stored_hash SET digest = ? WHERE level = 0 AND number = ?"
            connection.execute(sql, (sqlite3.Binary(entry.leaf_hash), n))
