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
