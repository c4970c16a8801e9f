"""docs/how-to/export.md, done: its commands typed as they stand there, its program run on what they made."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.driver import Seat, demo_seat
from tests.stranger import check_entries, read_file, read_folder, served_from

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "export.md").read_text(encoding="utf-8")
COMMANDS = [block.strip() for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)]
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Seat:
    """A seat at which everything on the page was typed."""
    seat = demo_seat(tmp_path_factory.mktemp("how-to"), tmp_path_factory)
    for command in COMMANDS:
        subprocess.run(["sh", "-e"], input=command, text=True, cwd=seat.root, env=dict(seat.env), check=True)
    return seat


def own_check(file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-W", "ignore::ResourceWarning", "-c", PROGRAMS[0], str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_there_is_something_to_do() -> None:
    assert [command.split()[1:3] for command in COMMANDS] == [
        ["export", "log"],
        ["export", "tiles"],
        ["export", "tiles"],
        ["status", "--json"],
    ]
    assert len(PROGRAMS) == 1


def test_what_was_made_is_read_by_a_stranger(done: Seat) -> None:
    vkey = done.inside("status", "--json").json["vkey"]
    file = read_file((done.root / "log.jsonl").read_bytes(), vkey)
    folder = read_folder(served_from(done.root / "mirror"), vkey)
    assert file == folder
    check_entries(file, vkey)


def test_the_program_on_the_page_says_so_and_notices_a_change(done: Seat, tmp_path: Path) -> None:
    data = (done.root / "log.jsonl").read_bytes()
    checked = own_check(done.root / "log.jsonl")
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("35 entries of anytown/")
    lines = data.split(b"\n")
    changes = {
        "an entry": data.replace(b"p-", b"q-", 1),
        "two in the wrong order": b"\n".join([*lines[:5], lines[6], lines[5], *lines[7:]]),
        "one left out": b"\n".join([*lines[:5], *lines[6:]]),
    }
    for what, changed in changes.items():
        assert changed != data, what
        (tmp_path / "changed.jsonl").write_bytes(changed)
        assert "AssertionError" in own_check(tmp_path / "changed.jsonl").stderr, what
