"""docs/how-to/backup-and-restore.md, done: its commands as they stand there, on a ledger that goes on meanwhile."""

import gc
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.driver import Done, Seat, demo_seat
from tests.cli.sample_documents import share, text

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "backup-and-restore.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]
SHAPE = re.findall(r"^```text\n(.*?)^```$", PAGE, re.M | re.S)
BACKUP, CHECK, RESTORE, AGREE = (shlex.split(line)[1:] for line in COMMANDS)


@pytest.fixture
def seat(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Seat:
    return demo_seat(tmp_path, tmp_path_factory)


def typed(seat: Seat, *arguments: str) -> Done:
    """In this process, which then has the ledger open no longer."""
    done = seat.inside(*arguments)
    gc.collect()
    return done


def record(seat: Seat) -> None:
    file = seat.file("decision.json", text(share()))
    done = typed(seat, "record", "--file", file, "--identity", seat.key("teacher"), "--json")
    assert done.code == 0, done.said


def test_the_commands_of_the_page_in_their_order(seat: Seat) -> None:
    other = seat.with_env(CONSENT_LEDGER_STATE=str(seat.root / "state of another"))
    assert typed(seat, *BACKUP).code == 0
    record(seat)
    assert typed(other, "status").code == 0
    check = typed(seat, *CHECK)
    assert check.code == 0
    assert "1 entry more than the backup" in check.out
    done = seat.terminal(*RESTORE, answers=(("Put the backup in the ledger's place?", "y"),))
    assert done.code == 0, done.out
    assert "What stood in entry 35 is lost. The new entry 35 says so" in " ".join(done.out.split())
    assert [path.name[:19] for path in seat.ledger.glob("ledger.db.replaced*")] == ["ledger.db.replaced-"]
    assert typed(other, "status").code == 1
    agreed = other.terminal(*AGREE, answers=(("Go on with this ledger?", "y"),))
    assert agreed.code == 0, agreed.out
    assert seat.sound() == other.sound() == 36


def test_a_computer_without_the_ledger_checks_a_backup_too(seat: Seat) -> None:
    assert typed(seat, *BACKUP).code == 0
    (seat.root / "elsewhere").mkdir()
    (seat.root / "elsewhere" / "ledger.toml").write_bytes((seat.ledger / "ledger.toml").read_bytes())
    away = seat.with_env(CONSENT_LEDGER_STATE=str(seat.root / "nothing seen"))
    done = typed(away, *CHECK, "--ledger", "elsewhere", "--json")
    assert (done.code, done.json["present"]) == (0, {"state": "gone"})
    assert [path.name for path in (seat.root / "elsewhere").iterdir()] == ["ledger.toml"]


def test_a_loss_that_only_another_computer_knows_is_declared_for_it(seat: Seat) -> None:
    other = seat.with_env(CONSENT_LEDGER_STATE=str(seat.root / "state of another"))
    new = seat.with_env(CONSENT_LEDGER_STATE=str(seat.root / "a new computer"))
    assert typed(seat, *BACKUP).code == 0
    record(seat)
    assert typed(other, "status").code == 0
    (seat.ledger / "ledger.db").unlink()
    for left in seat.ledger.glob("ledger.db-*"):
        left.unlink()
    restored = typed(new, *RESTORE[:2], "--json")
    assert (restored.code, "entry" in restored.json, "lost" in restored.json) == (0, False, False)
    refused = typed(other, "status")
    assert refused.code == 1
    assert "--acknowledge" not in refused.err
    (line,) = SHAPE
    found = re.search(r"--lost (\d+:[0-9a-f]{64})", refused.err)
    assert found is not None
    command = line.strip().replace("SIZE:ROOT", found[1]).replace("FILE", seat.key("administrator"))
    declared = typed(new, *shlex.split(command)[1:], "--json")
    assert (declared.code, declared.json) == (0, {"entry": 35})
    # a second time it is declared already
    assert typed(new, *shlex.split(command)[1:]).code == 3
    assert "--acknowledge" in typed(other, "status").err
    agreed = other.terminal(*AGREE, answers=(("Go on with this ledger?", "y"),))
    assert agreed.code == 0, agreed.out
    assert other.sound() == 36
