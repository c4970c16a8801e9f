"""docs/how-to/verify-large.md, done: its commands typed as they stand there, its program run on what they are about."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.records.place import Place
from tests.cli.driver import Done, Seat, demo_seat
from tests.ledger_fixtures import NOW

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "verify-large.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
FAR = NOW + 10**9


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Seat:
    return demo_seat(tmp_path_factory.mktemp("verify-large"), tmp_path_factory)


@pytest.fixture(scope="module")
def done(seat: Seat) -> dict[str, Done]:
    (seat.root / "part").mkdir()
    shutil.copy(seat.ledger / "ledger.toml", seat.root / "part")
    return {command: seat.inside(*shlex.split(command)[1:]) for command in COMMANDS}


def test_every_command_of_the_page_ends_well(done: dict[str, Done]) -> None:
    assert [(command, answer.code) for command, answer in done.items()] == [
        ("consent-ledger verify", 0),
        ("consent-ledger verify --since 20", 0),
        ("consent-ledger backup all.backup", 0),
        ("consent-ledger restore all.backup --ledger part", 0),
        ("consent-ledger verify --ledger part --range 0:12 --out first.part", 0),
        ("consent-ledger verify --ledger part --range 12:35 --out second.part", 0),
        ("consent-ledger verify --join first.part second.part", 0),
    ]


def test_they_say_what_the_page_says(done: dict[str, Done]) -> None:
    whole, since, _backup, _restored, first, _second, joined = (
        " ".join(answer.out.split()) for answer in done.values()
    )
    root = re.search(r"root: ([0-9a-f]{64})", whole)
    assert root is not None
    assert f"root: {root[1]}" in joined
    assert "The first 20 were not looked at again" in since
    assert "entries before 20: 20" in since
    assert "the database file as a whole" in since
    assert "Entries 0 to 11 of 35 hold." in first
    assert "joined from 2 parts, and trusts whoever made them" in joined


def test_the_program_of_the_page_gives_the_same(seat: Seat) -> None:
    place = Place(seat.ledger)
    names: dict[str, Any] = {"store": place.store(), "origin": place.settings().origin, "now": FAR}
    names |= {"log_key": place.settings().log_key, "parts": []}
    lines = PROGRAM.replace("250_000", "35").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("report ="))
    exec("\n".join([*lines[:at], "parts = [parse_part(data)]", *lines[at:]]), names)
    assert (names["report"].ok, names["report"].size) == (True, 35)
