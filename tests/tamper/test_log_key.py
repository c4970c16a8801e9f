"""Somebody has the ledger's own key and writes what they like: every hash, column and checkpoint agrees, and it shows.

What is left are the signatures of people, what each of them had seen, and the rules of the log. The kinds of findings
are explained in test_damage.py.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.log.card import card_signature
from ledger.log.entry import parse_entry
from ledger.log.note import Signer
from ledger.log.state import load_case, load_roster
from ledger.log.types import PEOPLE_CASE
from ledger.records.access import KeyRing
from ledger.sealing.identity import Identity
from ledger.sealing.seal import CODES, KEY_SIZE, NONCE_SIZE, RECORD, Place, seal_codes, seal_record
from tests.ledger_fixtures import DECISION, Sample, case, entry_id, identity_of, seed_of
from tests.tamper.damage import found, history, lay_out, root_of, sign
from tests.tamper.scene import VERIFIED_AT, Scene

END = 35
TO_LEAD = {"body": {"handle": "p-lead"}, "case": case(1)}
ENDED = {"body": {"handle": "p-colleague", "reason": "other"}, "case": case(1)}


def sealed(ledger: Sample, who: str, in_case: bytes, number: int, document: Any, *, codes: bool) -> dict[str, Any]:
    """What seals a document truly, under the case's current key, which this person holds."""
    identity, size = ledger.people[who], ledger.checkpoint().size
    with ledger.store.read() as reader:
        roster = load_roster(reader, ledger.origin, size)
        current = load_case(reader, ledger.origin, in_case, size, roster).current
        key = KeyRing(identity, ledger.origin).case_keys(reader, in_case)[current or b""]
    place = Place(ledger.origin, entry_id(number), RECORD)
    parts = {RECORD: seal_record(document, in_case, key, bytes(NONCE_SIZE), place)}
    if codes:
        there = replace(place, part=CODES)
        parts[CODES] = seal_codes({"a": 1}, roster.codes_key(size), bytes(KEY_SIZE), bytes(NONCE_SIZE), there)
    return {
        "id": entry_id(number),
        "case": in_case,
        "sealed": {part: commitment for part, (commitment, _data) in parts.items()},
        "parts": {part: data for part, (_commitment, data) in parts.items()},
    }


def add(scene: Scene, who: Identity | Signer, entry_type: str, **more: Any) -> None:
    """Put one entry after the last, as its author would have signed it."""
    entries = history(scene)
    lay_out(scene, [*entries, sign(scene, entries, who, entry_type, **more)])


def test_a_history_laid_out_again_as_it_was_gives_no_finding(scene: Scene) -> None:
    """The tool does no damage of its own: what the tests below find is what they did."""
    before = scene.ledger.head()
    lay_out(scene, history(scene))
    assert scene.ledger.head() == before
    assert found(scene) == set()


def test_an_entry_that_its_author_might_have_written_gives_no_finding(scene: Scene) -> None:
    add(scene, scene.ledger.people["practitioner"], "access.granted", **TO_LEAD)
    assert found(scene) == set()


# -- entries that their authors might not write

STRANGER = identity_of("stranger")
FORGER = Signer("p-practitioner", seed_of("stranger"))

FORGED: dict[str, tuple[Callable[[Scene], Identity | Signer], str, dict[str, Any], str]] = {
    "an unknown key": (lambda _scene: STRANGER, "access.granted", TO_LEAD, "unknown_author"),
    "another's name": (lambda _scene: FORGER, "access.granted", TO_LEAD, "signature"),
    "a key given up": (lambda _scene: identity_of("practitioner"), "access.granted", TO_LEAD, "signature"),
    "a revoked person": (lambda scene: scene.ledger.people["outsider"], "access.granted", TO_LEAD, "revoked_author"),
    "the wrong role": (lambda scene: scene.ledger.people["practitioner"], "access.ended", ENDED, "not_permitted"),
}


@pytest.mark.parametrize("who", FORGED)
def test_an_entry_by_somebody_who_might_not_write_it(scene: Scene, who: str) -> None:
    author, entry_type, more, kind = FORGED[who]
    add(scene, author(scene), entry_type, **more)
    assert found(scene) == {(END, kind)}


def test_letting_somebody_in_without_being_a_reader(scene: Scene) -> None:
    add(scene, scene.ledger.people["colleague"], "access.granted", **TO_LEAD)
    assert found(scene) == {(END, "reader")}


def test_an_entry_before_its_author_was_enrolled(scene: Scene) -> None:
    entries = history(scene)
    colleague = scene.at["colleague"]
    early = sign(scene, entries[:colleague], scene.ledger.people["colleague"], "access.granted", body={"handle": "p-a"})
    lay_out(scene, [*entries[:colleague], early, entries[colleague]])
    assert found(scene) == {(colleague, "before_enrolment")}


def test_a_forged_entry_takes_no_effect(scene: Scene) -> None:
    """A forged erasure excuses nothing that is missing, and a forged `seen` blames nobody."""
    entries = history(scene)
    target, note = scene.at["note"], scene.id_of("note")
    lead, forger = scene.ledger.people["lead"], Signer("p-guardian", seed_of("stranger"))
    body = {"reason": "other"}
    entries.append(sign(scene, entries, lead, "erasure.requested", case=case(3), refs=(note,), body=body))
    entries.append(sign(scene, entries, forger, "erasure.approved", case=case(3), refs=(entry_id(1000 + END),)))
    entries.append(sign(scene, entries, lead, "erasure.done", case=case(3), refs=(entry_id(1001 + END),)))
    entries.append(
        sign(
            scene,
            entries,
            scene.ledger.people["guardian"],
            "access.granted",
            seen_size=END,
            seen_root=root_of(entries[:END]),
            body={"handle": "p-a"},
        )
    )
    entries[target] = replace(entries[target], parts={})
    lay_out(scene, entries)
    assert found(scene) == {(END + 1, "signature"), (target, "part_missing")}


# -- two people


def test_asking_for_an_erasure_and_approving_it(scene: Scene) -> None:
    entries = history(scene)
    lead, body = scene.ledger.people["lead"], {"reason": "other"}
    refs = (scene.id_of("note"),)
    entries.append(sign(scene, entries, lead, "erasure.requested", case=case(3), refs=refs, body=body))
    entries.append(sign(scene, entries, lead, "erasure.approved", case=case(3), refs=(entry_id(1000 + END),)))
    lay_out(scene, entries)
    assert found(scene) == {(END + 1, "same_person")}


def test_erasing_what_is_under_a_hold(scene: Scene) -> None:
    entries = history(scene)
    people, body = scene.ledger.people, {"reason": "other"}
    refs = (scene.id_of("request"),)
    entries.append(sign(scene, entries, people["lead"], "erasure.requested", case=case(2), refs=refs, body=body))
    refs = (entry_id(1000 + END),)
    entries.append(sign(scene, entries, people["guardian"], "erasure.approved", case=case(2), refs=refs))
    lay_out(scene, entries)
    assert found(scene) == {(END + 1, "hold")}


def test_approving_ones_own_decision(scene: Scene) -> None:
    mine = scene.ledger.decide("manager", case(6))
    entries, manager = history(scene), scene.ledger.people["manager"]
    number = 1000 + len(entries)
    more = sealed(scene.ledger, "manager", case(6), number, {"reason": "mine"}, codes=False)
    lay_out(scene, [*entries, sign(scene, entries, manager, "decision.approved", refs=(mine.header.id,), **more)])
    assert found(scene) == {(END + 1, "same_person")}


def test_a_correction_by_a_stranger(scene: Scene) -> None:
    """Somebody who may read the case, but did not write the decision."""
    decided = scene.ledger.decide("colleague", case(6))
    grant = sign(
        scene,
        history(scene),
        scene.ledger.people["colleague"],
        "access.granted",
        case=case(6),
        body={"handle": "p-manager"},
    )
    lay_out(scene, [*history(scene), grant])
    entries, number = history(scene), 1000 + END + 2
    more = sealed(scene.ledger, "colleague", case(6), number, {"document": {"a": "c"}, "reason": "none"}, codes=True)
    body = {**DECISION, "for_leaver": False}
    manager = scene.ledger.people["manager"]
    lay_out(
        scene,
        [*entries, sign(scene, entries, manager, "decision.corrected", refs=(decided.header.id,), body=body, **more)],
    )
    assert found(scene) == {(END + 2, "not_permitted")}


@pytest.mark.parametrize("as_what", ["actor.enrolled", "actor.changed"])
def test_a_second_guardian_made_by_an_administrator_alone(scene: Scene, as_what: str) -> None:
    founder, number = scene.ledger.people["founder"], 1000 + END
    if as_what == "actor.enrolled":
        body = {"roles": ["guardian"], "key": str(STRANGER.key), "card": card_signature(STRANGER.signer).hex()}
        details = {"name": "Sample Stranger", "post": "none", "organisation": "none"}
        more = sealed(scene.ledger, "founder", PEOPLE_CASE, number, details, codes=False)
        add(scene, founder, as_what, body=body, **more)
        # under the old key, too, though one of its holders was revoked, and not wrapped to who is enrolled
        assert found(scene) == {(END, "not_permitted"), (END, "key_generation"), (END, "reader")}
    else:
        add(scene, founder, as_what, case=PEOPLE_CASE, body={"handle": "p-manager", "roles": ["guardian"]})
        assert found(scene) == {(END, "not_permitted")}


# -- what an author had seen, and when


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"seen_root": bytes(32)}, "seen_root"),
        ({"seen_size": END - 1}, "seen_root"),
        ({"seen_size": END + 1}, "seen_bounds"),
        ({"seen_size": 2**53 - 1}, "seen_bounds"),
        ({"at": VERIFIED_AT - 86_399}, "time_backwards"),
        ({"at": VERIFIED_AT + 301}, "time_ahead"),
    ],
)
def test_what_an_author_says_of_the_past_and_the_clock(scene: Scene, more: dict[str, Any], kind: str) -> None:
    add(scene, scene.ledger.people["practitioner"], "access.granted", **TO_LEAD, **more)
    assert found(scene) == {(END, kind)}


def test_an_author_who_has_seen_less_than_before(scene: Scene) -> None:
    entries = history(scene)
    size = scene.at["decision"]
    add(
        scene,
        scene.ledger.people["practitioner"],
        "access.granted",
        **TO_LEAD,
        seen_size=size,
        seen_root=root_of(entries[:size]),
    )
    assert found(scene) == {(END, "seen_backwards")}


# -- a history with something altered, left out or put elsewhere


def test_an_altered_entry(scene: Scene) -> None:
    """Everything that rests on it is made to agree, but nobody after it had seen it so."""
    entries = history(scene)
    n = scene.at["revoked"]
    altered = entries[n].leaf.replace(b'"reason":"key_stolen"', b'"reason":"left"')
    assert altered != entries[n].leaf
    entries[n] = replace(entries[n], leaf=altered)
    lay_out(scene, entries)
    assert found(scene) == {(n, "signature"), *((later, "seen_root") for later in range(n + 1, END))}


def test_a_middle_entry_left_out_and_the_rest_renumbered(scene: Scene) -> None:
    entries = history(scene)
    n = scene.at["tokens"]
    del entries[n]
    lay_out(scene, entries)
    seen = {
        later: parse_entry(entries[later].leaf, scene.ledger.origin).header.seen_size for later in range(n, END - 1)
    }
    # most had seen one entry more than is there; those of one sitting had seen as many, and others
    assert found(scene) == {(later, "seen_bounds" if size > later else "seen_root") for later, size in seen.items()}
    assert sum(size > later for later, size in seen.items()) == 10


def test_two_entries_in_each_others_place(scene: Scene) -> None:
    entries = history(scene)
    n = scene.at["hold"]
    entries[n], entries[n + 1] = entries[n + 1], entries[n]
    lay_out(scene, entries)
    after = {(later, "seen_root") for later in range(n + 2, END)}
    assert found(scene) == {(n, "seen_bounds"), (n + 1, "seen_backwards"), *after}


def test_two_entries_of_one_batch_in_each_others_place(scene: Scene) -> None:
    """Both had seen the same; whoever wrote next had seen them in their order."""
    entries = history(scene)
    n = scene.at["request"]
    entries[n], entries[n + 1] = entries[n + 1], entries[n]
    lay_out(scene, entries)
    kinds = found(scene)
    assert (n + 2, "seen_root") in kinds
    assert not {kind for entry, kind in kinds if entry is not None and entry < n + 2}


def test_a_history_cut_below_what_a_later_entry_had_seen(scene: Scene) -> None:
    """The last entries are dropped; somebody who had seen them writes again."""
    entries = history(scene)
    last = sign(scene, entries, scene.ledger.people["guardian"], "access.granted", body={"handle": "p-a"})
    kept = scene.at["reviewed"]
    lay_out(scene, [*entries[:kept], last])
    assert found(scene) == {(kept, "seen_bounds")}
    # and with others in the place of those that were dropped
    lead = scene.ledger.people["lead"]
    others = entries[:kept]
    for number in (7, 8):
        body = {"reason": "court"}
        others.append(sign(scene, others, lead, "hold.placed", id=entry_id(number), case=case(number), body=body))
    lay_out(scene, [*others, last])
    assert found(scene) == {(END, "seen_root")}
