"""What only somebody who had seen the ledger before can tell: it was cut, put back to an old state, or is another.

A checkpoint that a client kept, or that a receipt carries, is given to verification (`Expected`), or asked first by
every command (`Trust`). The kinds: rollback (entries seen before are gone), fork (others stand in their place),
log_key, origin; the rest in test_damage.py.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import Unverified
from ledger.log.card import card_signature
from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import Entry, parse_entry, sign_entry
from ledger.log.note import Signer, VerifierKey
from ledger.log.receipt import check_receipt, make_receipt
from ledger.log.tiles import hash_reader
from ledger.log.trust import Standing, Trust
from ledger.log.whole import Expected
from ledger.records.writing import Draft
from tests.ledger_fixtures import case, founded_ledger, seed_of
from tests.tamper.damage import Laid, alter, check, found, history, lay_out, root_of, sign
from tests.tamper.scene import Scene

END = 35
KEPT = 33
"""How much of the history is left where its end is cut: all but the last two entries."""


def expecting(*checkpoints: Checkpoint) -> Expected:
    return Expected(checkpoints=checkpoints)


def another_end(scene: Scene, by: int) -> list[Laid]:
    """The history up to KEPT, and `by` entries that nobody had seen."""
    entries = history(scene)[:KEPT]
    for number in range(by):
        body = {"reason": "court"}
        lead = scene.ledger.people["lead"]
        entries.append(sign(scene, entries, lead, "hold.placed", case=case(20 + number), body=body))
    return entries


def meet(scene: Scene, state: Path, place: Path | None = None) -> Standing:
    """What every command does first."""
    ledger = scene.ledger
    head, roster = ledger.head(), ledger.roster()
    with ledger.store.read() as reader:
        return Trust(state, ledger.origin).advance(head, hash_reader(reader.stored_hashes), roster, place)


@pytest.mark.parametrize("size", [1, 2, 20, END])
def test_what_was_seen_before_is_still_there(scene: Scene, size: int) -> None:
    seen = Checkpoint(scene.ledger.origin, size, root_of(history(scene)[:size]))
    assert found(scene, expecting(seen)) == set()


def test_a_cut_that_nothing_in_the_ledger_shows(scene: Scene) -> None:
    """Its last entries gone and the checkpoint signed again: sound, but for who had seen more."""
    before = scene.ledger.checkpoint()
    lay_out(scene, history(scene)[:KEPT])
    assert found(scene) == set()
    assert found(scene, expecting(before)) == {(None, "rollback")}


def test_the_head_moved_back(told: Scene, scene: Scene, tmp_path: Path) -> None:
    """An old checkpoint of this very ledger, put back: what came after it is there and is covered by nothing."""
    old = told.copy(tmp_path / "old")
    lay_out(old, history(old)[:KEPT])
    alter(scene, "UPDATE head SET size = ?, checkpoint = ?", values=[KEPT, old.ledger.head()])
    assert found(scene) == {(KEPT, "extra_row"), (KEPT + 1, "extra_row"), (None, "stored_hash")}
    assert (None, "rollback") in found(scene, expecting(told.ledger.checkpoint()))


def test_a_cut_below_what_a_receipt_covers(scene: Scene) -> None:
    with scene.ledger.store.read() as reader:
        receipt = make_receipt(reader, scene.ledger.roster(), scene.ledger.head(), scene.at["decision"])
    kept = check_receipt(receipt, scene.ledger.signers[1].key).checkpoint
    assert found(scene, expecting(kept)) == set()
    lay_out(scene, history(scene)[:KEPT])
    assert found(scene, expecting(kept)) == {(None, "rollback")}


@pytest.mark.parametrize("by", [2, 5])
def test_another_end(scene: Scene, by: int) -> None:
    """As many entries as before or more, the last of them others."""
    before = scene.ledger.checkpoint()
    lay_out(scene, another_end(scene, by))
    assert found(scene) == set()
    assert found(scene, expecting(before)) == {(None, "fork")}


def test_each_checkpoint_is_asked(scene: Scene) -> None:
    origin, root = scene.ledger.origin, bytes(32)
    seen = [Checkpoint(origin, 3, root), scene.ledger.checkpoint(), Checkpoint(origin, 99, root)]
    findings = check(scene, expecting(*seen)).findings
    assert [(finding.entry, finding.kind) for finding in findings] == [(None, "fork"), (None, "rollback")]
    assert "first 3 entries" in findings[0].says
    assert "99 entries" in findings[1].says


def test_another_log_key_than_the_one_trusted(scene: Scene) -> None:
    """Keys that the ledger's people put in each other's place are the ledger's; one of nobody's is not."""
    for signer in scene.ledger.signers:
        assert found(scene, Expected(log_key=signer.key)) == set()
    other = Signer(scene.ledger.origin, seed_of("another log"))
    assert found(scene, Expected(log_key=other.key)) == {(None, "log_key")}


def test_a_checkpoint_signed_with_the_key_that_was_replaced(scene: Scene) -> None:
    head = scene.ledger.checkpoint().sign(scene.ledger.signers[:1])
    alter(scene, "UPDATE head SET checkpoint = ?", values=[head])
    assert found(scene) == {(None, "checkpoint")}


def test_the_two_signatures_just_after_the_log_key_was_replaced(scene: Scene) -> None:
    """Both are wanted, and each byte of both is checked."""
    size = scene.at["log_rotated"] + 1
    # the erasure came later: what it took is missing from this shorter history, and nothing else
    missing = {(scene.at["to_erase"], "part_missing"), (scene.at["to_erase"], "wraps")}
    lay_out(scene, history(scene)[:size])
    assert found(scene) == missing
    head = scene.ledger.head()
    assert head.count(b"\xe2\x80\x94") == 2
    text, first, second = head[: head.index(b"\n\n") + 2], *head.partition(b"\n\n")[2].splitlines(keepends=True)
    for alone in (text + first, text + second):
        alter(scene, "UPDATE head SET checkpoint = ?", values=[alone])
        assert found(scene) == {*missing, (None, "checkpoint")}
    for place in range(head.index(b"\n\n") + 2, len(head), 20):
        flipped = head[:place] + bytes([head[place] ^ 1]) + head[place + 1 :]
        alter(scene, "UPDATE head SET checkpoint = ?", values=[flipped])
        assert found(scene) - missing <= {(None, "checkpoint"), (None, "head")}
        assert found(scene) != missing


# -- as a client asks it


def test_a_client_goes_on_with_what_extends_what_it_saw(scene: Scene, tmp_path: Path) -> None:
    state, entries = tmp_path / "state", history(scene)
    lay_out(scene, entries[:KEPT])
    assert meet(scene, state).first_contact
    lay_out(scene, entries)
    again = meet(scene, state)
    assert (again.checkpoint.size, again.first_contact) == (END, False)


@pytest.mark.parametrize("by", [0, 1, 2, 5])
def test_a_client_refuses_a_cut_and_another_end(scene: Scene, tmp_path: Path, by: int) -> None:
    state = tmp_path / "state"
    seen = meet(scene, state).checkpoint
    lay_out(scene, another_end(scene, by))
    now = scene.ledger.checkpoint()
    with pytest.raises(Unverified) as refused:
        meet(scene, state)
    # both are shown, so that people can tell each other which one they hold
    assert seen.root.hex() in refused.value.fault.expected
    assert now.root.hex() in refused.value.fault.got
    assert Trust(state, scene.ledger.origin).last_seen() == seen


def test_a_client_refuses_a_ledger_put_back_from_an_old_copy(told: Scene, tmp_path: Path) -> None:
    now = told.copy(tmp_path / "now")
    old = now.copy(tmp_path / "old")
    now.write("later", "practitioner", Draft("note.added", case(1), record={"note": "later"}))
    meet(now, tmp_path / "state")
    assert found(old) == set()
    with pytest.raises(Unverified):
        meet(old, tmp_path / "state")


# -- the whole history signed anew


def resigned(scene: Scene) -> list[Laid]:
    """Every entry with the same words, name and origin, signed by keys that the writer made."""
    fresh: dict[VerifierKey, Signer] = {}
    entries: list[Laid] = []
    for laid in history(scene):
        entry = parse_entry(laid.leaf, scene.ledger.origin)
        entries.append(replace(laid, leaf=_signed_anew(scene, entry, entries, fresh)))
    return entries


def _signed_anew(scene: Scene, entry: Entry, before: list[Laid], fresh: dict[VerifierKey, Signer]) -> bytes:
    header = entry.header
    body = dict(header.body)
    if "card" in body:
        key = VerifierKey.parse(body["key"])
        signer = fresh[key] = Signer(key.name, seed_of(f"made by the writer {len(fresh)}"))
        body |= {"key": str(signer.key), "card": card_signature(signer).hex()}
    by = next(signer for key, signer in fresh.items() if (key.name, key.id) == (header.author, entry.key_id))
    seen = root_of(before[: header.seen_size])
    return sign_entry(scene.ledger.origin, replace(header, body=body, seen_root=seen), by)


def test_a_history_signed_anew_under_the_same_log_key_and_name(scene: Scene) -> None:
    lay_out(scene, resigned(scene))
    report = check(scene)
    assert (0, "origin") in {(finding.entry, finding.kind) for finding in report.findings}
    # whom nobody enrolled, nobody believes
    assert {finding.entry for finding in report.findings if finding.kind == "unknown_author"} == set(range(1, END))


def test_another_ledger_in_its_place(scene: Scene) -> None:
    """A ledger that is whole and sound, and not the one that was asked for."""
    scene.ledger.origin = f"sample/{'0' * 32}"
    assert {(None, "origin"), (None, "no_founder"), (0, "entry_form")} <= found(scene)


def test_a_client_refuses_a_history_signed_anew(scene: Scene, tmp_path: Path) -> None:
    """Before it looks at what it saw: nobody but the founder whom the origin names could have begun this ledger."""
    meet(scene, tmp_path / "state")
    head = scene.ledger.head()
    lay_out(scene, resigned(scene))
    with pytest.raises(Unverified) as refused:
        meet(scene, tmp_path / "state")
    assert refused.value.fault.field == "entry 0"
    assert scene.ledger.head() != head


def test_a_client_refuses_another_ledger_in_a_place_that_it_knows(scene: Scene, tmp_path: Path) -> None:
    """Whoever begins it anew, under whatever name, is another founder, and the origin says so."""
    place, state = tmp_path / "place", tmp_path / "state"
    meet(scene, state, place)
    other = Scene(founded_ledger(tmp_path, name="other"))
    assert found(other) == set()
    with pytest.raises(Unverified) as refused:
        meet(other, state, place)
    assert scene.ledger.origin in refused.value.fault.expected
    assert other.ledger.origin in refused.value.fault.got
    assert Trust(state, other.ledger.origin).last_seen() is None
