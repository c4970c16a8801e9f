"""What to do next is said whole: a command to type, and one that works where it is said."""

from pathlib import Path

import pytest

from tests.cli.driver import Seat, demo_seat

Factory = pytest.TempPathFactory


@pytest.fixture
def seat(tmp_path: Path, tmp_path_factory: Factory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


@pytest.mark.parametrize("damage", [None, b"no database at all" * 400])
def test_a_database_that_is_gone_or_damaged_is_put_back_with_what_is_said(seat: Seat, damage: bytes | None) -> None:
    assert seat.inside("backup", "kept.backup").code == 0
    for file in seat.ledger.glob("ledger.db*"):
        file.unlink()
    if damage:
        (seat.ledger / "ledger.db").write_bytes(damage)
    refused = seat.inside("status")
    assert refused.code == 3
    assert "consent-ledger restore FILE" in " ".join(refused.err.split())
    assert "init" not in refused.err
    assert seat.inside("restore", "kept.backup").code == 0
    assert seat.sound() == 35


def test_what_is_missing_beside_the_database_is_to_be_put_back(seat: Seat) -> None:
    key, settings = seat.ledger / "log.key", seat.ledger / "ledger.toml"
    kept = key.read_bytes()
    key.unlink()
    refused = seat.inside("actor", "change", "p-0", "--role", "duty", "--identity", seat.key("administrator"))
    assert refused.code == 4
    assert "Put log.key back from where you keep it (mode 600)" in " ".join(refused.err.split())
    key.write_bytes(kept)
    lines = settings.read_text().splitlines()
    settings.write_text("\n".join(lines[:3]))
    refused = seat.inside("status")
    assert (refused.code, "next" in refused.err, "three settings" in refused.err) == (3, True, True)
    settings.unlink()
    assert "put ledger.toml back" in " ".join(seat.inside("status").err.split())


def test_a_taken_name_is_told_of_the_option_that_was_typed(seat: Seat) -> None:
    seat.file("there.part", "mine")
    done = seat.inside("verify", "--range", "0:12", "--out", "there.part")
    assert (done.code, "  --out\n" in done.err) == (3, True)
