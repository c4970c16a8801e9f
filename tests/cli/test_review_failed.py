"""A ledger that failed verification is not written to until it holds again; reading and the report go on."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.driver import demo_seat
from tests.cli.sample_documents import share, text


def test_a_failed_ledger_is_not_written_to(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    seat = demo_seat(tmp_path, tmp_path_factory)
    record = ["record", "--file", seat.file("decision.json", text(share())), "--identity", seat.key("teacher")]
    assert seat.run("verify").code == 0
    database, kept = seat.ledger / "ledger.db", tmp_path / "kept.db"
    shutil.copy(database, kept)
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TRIGGER entry_no_update")
        connection.execute("UPDATE entry SET at = at + 1 WHERE n = 13")
    connection.close()
    assert seat.run("verify").code == 1
    refused = seat.run(*record)
    assert refused.code == 1
    assert "held when it was last verified" in refused.err
    assert seat.run("status").code == 0
    shutil.copy(kept, database)
    for left in database.parent.glob("ledger.db-*"):
        left.unlink()
    assert seat.run("verify").code == 0
    assert seat.run(*record).code == 0
