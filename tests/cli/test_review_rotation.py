"""After the log's key was replaced: recording goes on under the new key, and receipts of both times are accepted."""

import time
from pathlib import Path

import pytest

from ledger.log.append import Log
from ledger.log.note import Signer, VerifierKey
from ledger.records.place import LOG_KEY, Place, secret_text
from ledger.records.writing import Desk, Draft
from ledger.sealing.identity import Identity, public_of
from ledger.sealing.keys import decode_key
from tests.cli.driver import PASSPHRASE, Seat, club_seat
from tests.cli.sample_documents import share, text
from tests.ledger_fixtures import Chance, seed_of, size_and_root

NEW_SEED = seed_of("new log key")


@pytest.fixture
def club(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Seat:
    """The club after a receipt under the first key and a rotation through the library; log.key is as it was."""
    seat = club_seat(tmp_path, tmp_path_factory)
    assert seat.inside("receipt", "0", "-o", "before.receipt").code == 0
    place = Place(seat.ledger)
    store, origin = place.store(), place.settings().origin
    seed = decode_key((seat.root / seat.key("founder")).read_bytes(), PASSPHRASE.encode())
    with store.read() as reader:
        head = reader.head()
    assert head is not None
    handle = seat.inside("status", "--json").json["people"][0]["handle"]
    new = Signer(origin, NEW_SEED)
    log = Log(store, origin, [place.log_signer(), new])
    desk = Desk(
        log, Identity(handle, seed), size_and_root(head.checkpoint), lambda: int(time.time()), Chance("rotation")
    )
    desk.write(Draft("log.rotated", body={"log_key": new.key.public.hex()}))
    store.close()
    return seat


def secrets_of(seat: Seat) -> tuple[str, str]:
    """The text of log.key as it is, and as it is to be."""
    origin = Place(seat.ledger).settings().origin
    return (seat.ledger / LOG_KEY).read_text(), secret_text(origin, NEW_SEED, Signer(origin, NEW_SEED).key) + "\n"


def record(seat: Seat) -> int:
    file = seat.file("decision.json", text(share()))
    return seat.inside("record", "--file", file, "--identity", seat.key("practitioner")).code


def test_recording_goes_on_with_the_new_key_alone_or_beside_the_old(club: Seat) -> None:
    old, new = secrets_of(club)
    assert record(club) == 4, "the old key alone signs no more"
    for written in (new, old + new):
        (club.ledger / LOG_KEY).write_text(written)
        assert record(club) == 0
    assert club.sound() == 6


def test_receipts_of_before_and_after_are_accepted(club: Seat) -> None:
    _old, new = secrets_of(club)
    (club.ledger / LOG_KEY).write_text(new)
    assert club.inside("receipt", "1", "-o", "at.receipt").code == 0, "under both keys"
    assert record(club) == 0
    made = club.inside("receipt", "1", "-o", "after.receipt", "--json")
    assert made.json["vkey"] == str(VerifierKey(Place(club.ledger).settings().origin, public_of(NEW_SEED)))
    assert club.inside("check-receipt", "after.receipt", "--key", made.json["vkey"]).code == 0
    for name in ("before", "at", "after"):
        done = club.inside("verify", "--jobs", "1", "--receipt", f"{name}.receipt")
        assert done.code == 0, done.said
    newcomer = club.with_env(CONSENT_LEDGER_STATE=str(club.root / "newcomer"))
    assert newcomer.inside("verify", "--jobs", "1", "--receipt", "after.receipt").code == 0


def test_a_receipt_under_a_key_that_the_log_never_had(club: Seat, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = club_seat(tmp_path_factory.mktemp("other"), tmp_path_factory)
    data = (club.root / "before.receipt").read_bytes()
    assert other.inside("verify", "--jobs", "1", "--receipt", other.file("own.receipt", data)).code == 0
    origin = Place(club.ledger).settings().origin
    text_of_checkpoint = data.split(b"\n\n")[-2] + b"\n"
    forged = data[: data.rindex(b"\n\n") + 2] + Signer(origin, seed_of("nobody")).signature_line(text_of_checkpoint)
    assert other.inside("verify", "--jobs", "1", "--receipt", other.file("forged.receipt", forged)).code == 1
