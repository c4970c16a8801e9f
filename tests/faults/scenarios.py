"""What is appended while something fails: one ledger that all start from, and the signed entries of each scenario.

A scenario's entries are made once, by doing it on a copy, and read back: brought again they are the same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger.log.append import Log, Prepared
from ledger.log.entry import Token
from ledger.log.store import Store
from ledger.records.people import grant
from ledger.records.writing import Draft
from ledger.sealing.seal import RECORD, Place, seal_record
from tests.ledger_fixtures import Sample, case, copied, entry_id, small_ledger

OPEN, TO_ERASE, FRESH = case(1), case(2), case(3)
TOKEN = Token("nhs", bytes(range(32)), bytes(16))


def note_with_token(ledger: Sample, in_case: bytes, number: int) -> Prepared:
    """A sealed note with a search token beside it, built by hand."""
    with ledger.store.read() as reader:
        key = next(iter(ledger.desk("practitioner").keys.case_keys(reader, in_case).values()))
    place = Place(ledger.origin, entry_id(number), RECORD)
    commitment, ciphertext = seal_record({"note": "a call"}, in_case, key, ledger.chance(24), place)
    return ledger.signed(
        "practitioner",
        "note.added",
        number,
        case=in_case,
        sealed={RECORD: commitment},
        parts={RECORD: ciphertext},
        tokens=[TOKEN],
    )


def base_ledger(directory: Path, store: Store) -> Sample:
    """Two cases; of the one a colleague is a reader, of the other all is to be erased, and that is approved."""
    ledger = small_ledger(directory, store=store)
    ledger.ids["decision"] = ledger.decide("practitioner", OPEN).header.id
    grant(ledger.desk("practitioner"), OPEN, ledger.people["colleague"].handle)
    ledger.ids["erased"] = ledger.decide("practitioner", TO_ERASE).header.id
    ledger.append(note_with_token(ledger, TO_ERASE, 1))
    refs = (ledger.ids["erased"], entry_id(1))
    asked = ledger.desk("lead").write(Draft("erasure.requested", TO_ERASE, refs=refs, body={"reason": "other"}))
    approved = ledger.desk("guardian").write(Draft("erasure.approved", TO_ERASE, refs=(asked.header.id,)))
    ledger.ids["approved"] = approved.header.id
    return ledger


def _note(ledger: Sample, in_case: bytes) -> Draft:
    return Draft("note.added", in_case, refs=(ledger.ids["decision"],), record={"note": "a call"})


def _single(ledger: Sample) -> None:
    ledger.decide("practitioner", OPEN)


def _referring(ledger: Sample) -> None:
    ledger.desk("practitioner").write(_note(ledger, OPEN))


def _first_of_a_case(ledger: Sample) -> None:
    ledger.decide("practitioner", FRESH)


def _batch(ledger: Sample) -> None:
    request = Draft("request.received", FRESH, record={"note": "asked by telephone"})
    ledger.desk("practitioner").write_all([_note(ledger, OPEN), request, Draft("note.added", case(4), record={"n": 1})])


def _with_token(ledger: Sample) -> None:
    ledger.append(note_with_token(ledger, OPEN, 2))


def _erasure_done(ledger: Sample) -> None:
    ledger.desk("lead").write(Draft("erasure.done", TO_ERASE, refs=(ledger.ids["approved"],)))


def _access_ended(ledger: Sample) -> None:
    body = {"handle": ledger.people["colleague"].handle, "reason": "no_longer_needed"}
    ledger.desk("manager").write(Draft("access.ended", OPEN, body=body))


_ACTS: dict[str, Callable[[Sample], None]] = {
    "single": _single,
    "referring": _referring,
    "first of a case": _first_of_a_case,
    "batch": _batch,
    "with a token": _with_token,
    "erasure.done": _erasure_done,
    "access.ended": _access_ended,
}
FOUNDING = "founding"
NAMES = (FOUNDING, *_ACTS)


def prepared_from(store: Store, start: int, end: int) -> list[Prepared]:
    """Entries as they were brought, read back from where they stand."""
    with store.read() as reader:
        parts, wraps, tokens = reader.parts(start, end), reader.wraps(start, end), reader.tokens(start, end)
        return [
            Prepared(
                row.leaf,
                parts.get(row.n, {}),
                tuple(wraps.get(row.n, {}).values()),
                tuple(tokens.get(row.n, {}).values()),
            )
            for row in reader.entries(start, end)
        ]


@dataclass(frozen=True)
class Scenario:
    """Entries that are to be appended to a ledger of `start` entries."""

    name: str
    start: int
    entries: list[Prepared]

    @property
    def end(self) -> int:
        """How many entries there are afterwards."""
        return self.start + len(self.entries)


def scenarios(base: Sample, directory: Path) -> dict[str, Scenario]:
    """Every scenario by name; `base` is left as it is."""
    made = {FOUNDING: Scenario(FOUNDING, 0, prepared_from(base.store, 0, 1))}
    for name, act in _ACTS.items():
        folder = directory / name.replace(" ", "-")
        folder.mkdir()
        ledger = copied(base, folder)
        start = ledger.checkpoint().size
        act(ledger)
        made[name] = Scenario(name, start, prepared_from(ledger.store, start, ledger.checkpoint().size))
        ledger.store.close()
    return made


def log_of(ledger: Sample, store: Store) -> Log:
    """A writing end of its own at another store of the same ledger."""
    return Log(store, ledger.origin, ledger.signers)
