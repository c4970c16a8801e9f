"""One ledger in which everything happened that verification has rules for. Built once, copied for every test.

Entries are known by what happened (`scene.at["erasure_done"]`), so that a test reads as a story.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from ledger.log.entry import Token
from ledger.log.note import Signer
from ledger.records.people import change, revoke, rotate
from ledger.records.writing import Desk, Draft, Written
from ledger.sealing.identity import Identity
from tests.ledger_fixtures import DECISION, NOW, PEOPLE, TEAM, Sample, case, copied, seed_of, small_ledger

VERIFIED_AT = NOW + 86_400
"""When every verification of these tests takes place: a day after the ledger began."""


@dataclass
class Scene:
    """A ledger and the numbers of its entries by what happened in them."""

    ledger: Sample
    at: dict[str, int] = field(default_factory=dict)

    def copy(self, directory: Path) -> "Scene":
        """The same in a directory of its own, to be damaged."""
        directory.mkdir(parents=True, exist_ok=True)
        ledger = copied(self.ledger, directory)
        ledger.clock.now = VERIFIED_AT
        return Scene(ledger, dict(self.at))

    def desk(self, who: str) -> Desk:
        """Somebody's desk a minute after the last thing that happened."""
        self.ledger.clock.now += 60
        return self.ledger.desk(who)

    def write(self, name: str, who: str, draft: Draft) -> Written:
        """Write an entry and remember its number under `name`."""
        written = self.desk(who).write(draft)
        self.at[name] = written.n
        return written

    def id_of(self, name: str) -> bytes:
        """The id of what happened."""
        return self.ledger.entry(self.at[name]).header.id


def tell(directory: Path) -> Scene:
    """The whole story: seven authors, a batch, keys rotated, a role changed, a revocation, an erasure, a hold."""
    scene = Scene(small_ledger(directory))
    scene.at.update({name: n + 1 for n, name in enumerate(PEOPLE)})
    _the_first_case(scene)
    _the_others(scene)
    _keys_and_roles(scene)
    _taken_away(scene)
    scene.write("last_word", "practitioner", Draft("note.added", case(1), record={"note": "nothing more"}))
    return scene


def _note(words: str) -> dict[str, str]:
    return {"note": words}


def _the_first_case(scene: Scene) -> None:
    body = {
        **DECISION,
        "decision": "no_share",
        "approval": "awaited",
        "approver": scene.ledger.people["manager"].handle,
    }
    decided = Draft("decision.recorded", case(1), body=body, record={"document": {"a": "b"}}, codes={"route": "duty"})
    first = scene.write("decision", "practitioner", decided).header.id
    reason = {"reason": "agreed"}
    scene.write("approved", "manager", Draft("decision.approved", case(1), refs=(first,), record=reason))
    batch = [
        Draft("consent.recorded", case(1), refs=(first,), record={"consent": "given"}, codes={"status": "given"}),
        Draft("request.received", case(2), record=_note("asked by telephone")),
        Draft("note.added", case(3), record=_note("a call")),
    ]
    for name, written in zip(("consent", "request", "note"), scene.desk("practitioner").write_all(batch), strict=True):
        scene.at[name] = written.n
    colleague = {"handle": scene.ledger.people["colleague"].handle}
    scene.write("granted", "practitioner", Draft("access.granted", case(1), body=colleague))
    scene.write("shared_key", "practitioner", Draft("note.added", case(1), record=_note("now two of us read this")))
    scene.write("by_colleague", "colleague", Draft("note.added", case(1), refs=(first,), record=_note("seen")))
    ended = {**colleague, "reason": "no_longer_needed"}
    scene.write("ended", "manager", Draft("access.ended", case(1), body=ended))
    scene.write("new_key", "practitioner", Draft("note.added", case(1), record=_note("under the next key")))


def _the_others(scene: Scene) -> None:
    scene.at["to_erase"] = _decide(scene, "colleague", 4).n
    scene.at["suspect"] = _decide(scene, "outsider", 5).n
    scene.ledger.clock.now += 60
    tokens = [Token("nhs", sha256(b"sample token %d" % i).digest(), bytes([i]) * 16) for i in range(2)]
    handle = scene.ledger.people["manager"].handle
    entry = scene.ledger.signed(
        "practitioner", "access.granted", 1, tokens=tokens, case=case(2), body={"handle": handle}
    )
    scene.at["tokens"] = scene.ledger.append(entry).numbers[0]


def _decide(scene: Scene, who: str, number: int) -> Written:
    scene.ledger.clock.now += 60
    return scene.ledger.decide(who, case(number))


def _keys_and_roles(scene: Scene) -> None:
    ledger = scene.ledger
    start = ledger.checkpoint().size
    renewed = Identity(ledger.people["practitioner"].handle, seed_of("practitioner, renewed"))
    rotate(scene.desk("practitioner"), renewed)
    ledger.people["practitioner"] = renewed
    scene.at["rotated"] = start
    signer = Signer(ledger.origin, seed_of("the log, renewed"))
    ledger.signers.append(signer)
    ledger.log = type(ledger.log)(ledger.store, ledger.origin, ledger.signers)
    scene.write("log_rotated", "founder", Draft("log.rotated", body={"log_key": signer.key.public.hex()}))
    manager = ledger.people["manager"].handle
    scene.at["changed"] = change(scene.desk("founder"), manager, ["manager", "duty"], [TEAM]).n
    outsider = ledger.people["outsider"].handle
    scene.at["revoked"] = revoke(scene.desk("founder"), outsider, "key_stolen", since=scene.at["suspect"]).n


def _taken_away(scene: Scene) -> None:
    scene.write("hold", "lead", Draft("hold.placed", case(2), body={"reason": "inquiry"}))
    target = scene.id_of("to_erase")
    body = {"reason": "recorded_in_error"}
    asked = scene.write("erasure_requested", "lead", Draft("erasure.requested", case(4), refs=(target,), body=body))
    refs = (asked.header.id,)
    approved = scene.write("erasure_approved", "guardian", Draft("erasure.approved", case(4), refs=refs))
    scene.write("erasure_done", "lead", Draft("erasure.done", case(4), refs=(approved.header.id,)))
    record = {"review": "endorsed", "reason": "sound"}
    refs = (scene.id_of("decision"),)
    scene.write("reviewed", "guardian", Draft("decision.reviewed", case(1), refs=refs, record=record))
