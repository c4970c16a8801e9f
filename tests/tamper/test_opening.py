"""What only a reader can find: a wrapped key or a sealed part that is not what its author said it was.

Nothing of it breaks a signature or a digest, since its own author made it; so verification without a key is content.
With an identity there are two kinds more:

    wrap_opens    a key wrapped to this reader does not open for them, or is another key than it says
    part_opens    a sealed part that this reader can open is not what its author committed to
"""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from ledger.log.entry import Wrap
from ledger.log.opening import Opened, open_everything
from ledger.log.state import load_case
from ledger.records.access import KeyRing
from ledger.sealing.identity import Identity, seal_to_person
from ledger.sealing.seal import CODES, RECORD, Commitment, Place, seal_codes, seal_record
from tests.ledger_fixtures import case, entry_id, identity_of
from tests.tamper.damage import alter, found, history, lay_out, sign
from tests.tamper.scene import Scene

END = 35


def opened(scene: Scene, who: str | Identity) -> Opened:
    identity = scene.ledger.people[who] if isinstance(who, str) else who
    with scene.ledger.store.read() as reader:
        return open_everything(reader, scene.ledger.roster(), identity, scene.ledger.checkpoint().size)


def seen_by(scene: Scene, who: str) -> set[tuple[int | None, str]]:
    return {(finding.entry, finding.kind) for finding in opened(scene, who).findings}


def current_key(scene: Scene, who: str, in_case: bytes) -> tuple[bytes, bytes]:
    """(`under`, key) of a case's current key."""
    ledger = scene.ledger
    with ledger.store.read() as reader:
        under = load_case(reader, ledger.origin, in_case, ledger.checkpoint().size, ledger.roster()).current
        assert under is not None
        return under, KeyRing(ledger.people[who], ledger.origin).case_keys(reader, in_case)[under]


def add(scene: Scene, entry_type: str, **more: Any) -> None:
    """One more entry by the practitioner, in the first case."""
    entries = history(scene)
    author = scene.ledger.people["practitioner"]
    lay_out(scene, [*entries, sign(scene, entries, author, entry_type, case=case(1), **more)])


@pytest.mark.parametrize(
    ("who", "parts", "wraps", "unread"),
    [
        ("guardian", 22, 7, {}),
        # whose key was renewed: what had been wrapped to the old one was wrapped to the new one again
        ("practitioner", 18, 5, {"sealed codes": 3, "sealed records": 1, "wraps to an earlier key": 5}),
        ("lead", 11, 2, {"sealed records": 11}),
        ("founder", 11, 2, {"sealed records": 11}),
    ],
)
def test_a_clean_copy(scene: Scene, who: str, parts: int, wraps: int, unread: dict[str, int]) -> None:
    seen = opened(scene, who)
    assert seen.findings == []
    assert (seen.parts, seen.wraps, seen.unread) == (parts, wraps, unread)


def test_who_was_never_enrolled_reads_nothing(scene: Scene) -> None:
    seen = opened(scene, identity_of("stranger"))
    assert (seen.parts, seen.wraps, seen.findings) == (0, 0, [])
    assert seen.unread == {"sealed codes": 3, "sealed records": 19}


# -- wraps, added by their author with all that commits to them


def test_a_wrap_of_the_key_that_it_names(scene: Scene) -> None:
    under, key = current_key(scene, "practitioner", case(1))
    box = seal_to_person(key, scene.ledger.people["guardian"].key.public)
    add(scene, "access.granted", body={"handle": "p-guardian"}, wraps=(Wrap(under, "p-guardian", box),))
    assert (found(scene), seen_by(scene, "guardian")) == (set(), set())


@pytest.mark.parametrize("what", ["another key", "for another person", "no key", "nothing"])
def test_a_wrap_of_something_else(scene: Scene, what: str) -> None:
    under, key = current_key(scene, "practitioner", case(1))
    public = {who: identity.key.public for who, identity in scene.ledger.people.items()}
    box = {
        "another key": seal_to_person(bytes(32), public["guardian"]),
        "for another person": seal_to_person(key, public["lead"]),
        "no key": seal_to_person(b"short", public["guardian"]),
        "nothing": b"",
    }[what]
    add(scene, "access.granted", body={"handle": "p-guardian"}, wraps=(Wrap(under, "p-guardian", box),))
    # a box of another length than a key's is seen without opening it
    assert found(scene) == (set() if len(box) == 80 else {(END, "wraps")})
    assert seen_by(scene, "guardian") == {(END, "wrap_opens")}
    assert seen_by(scene, "lead") == set()


# -- sealed parts


def sealed(scene: Scene, part: str) -> tuple[Commitment, bytes]:
    """A document truly sealed by the practitioner for their next entry."""
    _under, key = current_key(scene, "practitioner", case(1))
    place = Place(scene.ledger.origin, entry_id(1000 + END), part)
    if part == RECORD:
        return seal_record({"note": "words"}, case(1), key, bytes(24), place)
    return seal_codes({"a": 1}, scene.ledger.roster().codes_key(END), bytes(range(32)), bytes(24), place)


def write(scene: Scene, record: tuple[Commitment, bytes], codes: tuple[Commitment, bytes]) -> None:
    both = {RECORD: record, CODES: codes}
    commitments = {part: commitment for part, (commitment, _data) in both.items()}
    parts = {part: data for part, (_commitment, data) in both.items()}
    add(scene, "request.received", sealed=commitments, parts=parts)


def test_parts_that_are_what_they_are_said_to_be(scene: Scene) -> None:
    write(scene, sealed(scene, RECORD), sealed(scene, CODES))
    assert (found(scene), seen_by(scene, "guardian")) == (set(), set())


@pytest.mark.parametrize("part", [RECORD, CODES])
@pytest.mark.parametrize("what", ["key", "fields", "ciphertext", "kind", "cut"])
def test_a_part_that_its_author_says_is_another(scene: Scene, part: str, what: str) -> None:
    commitment, data = sealed(scene, part)
    if what in ("key", "fields"):
        false = replace(commitment, **{what: bytes(32)}), data
    else:
        data = {
            "ciphertext": data[:-1] + bytes([data[-1] ^ 1]),
            "kind": b"\x07" + data[1:],
            "cut": data[:20],
        }[what]
        false = replace(commitment, sha256=sha256(data).digest(), size=len(data)), data
    both = {RECORD: sealed(scene, RECORD), CODES: sealed(scene, CODES), part: false}
    write(scene, both[RECORD], both[CODES])
    assert found(scene) == set()
    assert seen_by(scene, "guardian") == {(END, "part_opens")}
    # who holds no key of the case cannot tell, and is told how much they could not
    lead = opened(scene, "lead")
    assert [finding.entry for finding in lead.findings] == ([] if part == RECORD else [END])
    assert lead.unread == {"sealed records": 12}


def test_parts_changed_afterwards_are_found_both_ways(scene: Scene) -> None:
    n = scene.at["decision"]
    alter(scene, "UPDATE part SET ciphertext = zeroblob(length(ciphertext)) WHERE n = {decision}")
    assert found(scene) == {(n, "part_changed")}
    assert seen_by(scene, "guardian") == {(n, "part_opens")}


def test_a_box_changed_afterwards_is_found_both_ways(scene: Scene) -> None:
    n = scene.at["request"]
    guardian = scene.ledger.people["guardian"].key.public
    box = seal_to_person(bytes(32), guardian)
    alter(scene, "UPDATE wrap SET box = ? WHERE n = {request} AND handle = 'p-guardian'", values=[box])
    assert found(scene) == {(n, "wraps")}
    # and with it goes what this key alone would have opened
    seen = opened(scene, "guardian")
    assert [(finding.entry, finding.kind) for finding in seen.findings] == [(n, "wrap_opens")]
    assert seen.unread == {"sealed records": 1}


def test_a_leaf_that_is_no_entry_is_left_to_verification(scene: Scene) -> None:
    alter(scene, "UPDATE entry SET leaf = x'00' WHERE n = {reviewed}")
    assert seen_by(scene, "guardian") == set()
    assert (scene.at["reviewed"], "entry_form") in found(scene)
