"""What the README promises, done: its commands typed as they stand there, in a fresh copy on a computer with no home.

The copy holds what a clone would hold and nothing that was made here: no .venv, no demo. `make test` cannot run
itself; that there is such a target and what it would do is asked of make.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.M | re.S)
COMMANDS = [line for kind, block in BLOCKS if kind == "sh" for line in block.replace("\\\n", " ").splitlines()]
OUTPUTS = [block for kind, block in BLOCKS if kind == "text"]
MADE, ITSELF = "make quickstart", "make test"
SAYS = {
    "ask": "Nothing was recorded.",
    "check": "What the guidance advises",
    "packs": "What is judged by in Wales",
    "replay": "Looked back at 15 decisions.",
}
"""What each command of the policy module says, that the README names."""
COLOUR = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git knows, as they are now."""
    place = tmp_path_factory.mktemp("fresh") / "consent-ledger"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().rstrip("\0").split("\0"):
        if (ROOT / name).exists():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / name)
    return place


def surroundings(clone: Path) -> dict[str, str]:
    """This machine's environment without a home, a ledger or a virtual environment of its own."""
    (clone.parent / "home").mkdir(exist_ok=True)
    mine = ("CONSENT_LEDGER", "VIRTUAL_ENV", "PYTHON", "PYTEST", "MAKE", "XDG_", "COVERAGE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    return {**kept, "HOME": str(clone.parent / "home"), "TERM": "xterm-256color", "LANG": "C.UTF-8"}


def typed(clone: Path, command: str) -> str:
    """What is on a screen of 80 columns after a command that ended well; where it asks, nobody answers."""
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", command],
        cwd=str(clone),
        env=surroundings(clone),
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=600,
    )
    if command.endswith("policy ask"):
        child.expect_exact("> ")
        child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    screen = COLOUR.sub("", child.before).replace("\r\n", "\n")
    assert child.exitstatus == 0, screen
    return screen


def test_there_are_the_two_commands_and_one_screen_of_output() -> None:
    assert COMMANDS[:2] == [MADE, ITSELF]
    assert [re.findall(r"consent-ledger policy (\w+)", line) for line in COMMANDS[2:]] == [[name] for name in SAYS]
    assert len(OUTPUTS) == 1
    assert {kind for kind, _block in BLOCKS} == {"sh", "text"}


def test_make_knows_how_to_test(clone: Path) -> None:
    done = subprocess.run(["make", "-n", "test"], cwd=clone, env=surroundings(clone), capture_output=True, check=True)
    assert b"pytest" in done.stdout
    assert b"ruff check" in done.stdout


def test_the_commands_run_and_the_screen_is_as_printed_here(clone: Path) -> None:
    """In a terminal of 80 columns; what the README shows stands on the screen line by line."""
    screen = typed(clone, MADE)
    for shown in OUTPUTS:
        assert shown in screen, screen
    assert "VERIFIED. All " in screen
    assert "What to try next" in screen
    assert "consent-ledger policy ask" in screen
    for command, says in zip(COMMANDS[2:], SAYS.values(), strict=True):
        assert says in typed(clone, command)
    assert sorted(path.name for path in (clone / "demo").iterdir())[:2] == ["first-decision.receipt", "identities"]
    again = subprocess.run(["make", "quickstart"], cwd=clone, env=surroundings(clone), capture_output=True, check=False)
    assert again.returncode != 0
    assert b"a directory that is empty or not there" in again.stderr
    assert b"Traceback" not in again.stderr


def test_every_page_that_the_readme_points_to_is_there() -> None:
    pages = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(pages) >= 4
    assert [page for page in pages if not (ROOT / page).exists()] == []
