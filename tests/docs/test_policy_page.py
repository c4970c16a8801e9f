"""docs/POLICY.md, done: its files saved and its commands typed as they stand there, in their order, at 80 columns.

What comes before a block says what it is: `file: NAME` is saved, `replace in: NAME` is changed everywhere in a file,
`output` is on the screen of the commands above, `refused` means that they are. After `section folder` the rest is done
in a copy of the software's own folder.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.driver import Seat, demo_seat

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "POLICY.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"((?:^<!-- [^\n]* -->\n)*)^```(\w+)\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """One block of the page: what is said of it, its language, what stands in it."""

    notes: tuple[str, ...]
    kind: str
    text: str

    def said(self, what: str) -> str:
        """What follows a note's name; empty where there is no such note."""
        return next((note.partition(": ")[2] or what for note in self.notes if note.startswith(what)), "")


def blocks() -> list[Block]:
    found = []
    for notes, kind, text in BLOCK.findall(PAGE):
        said = tuple(re.findall(r"<!-- (.*?) -->", notes))
        found.append(Block(said, kind, text))
    return found


BLOCKS = blocks()


@dataclass(frozen=True)
class Step:
    """One block of commands with all that was on the screen, how it ended, and what the page shows of it."""

    typed: str
    screen: str
    code: int
    refused: bool
    shown: tuple[str, ...]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    """Everything on the page, done once."""
    seat = demo_seat(tmp_path_factory.mktemp("policy"), tmp_path_factory).with_env(
        CONSENT_LEDGER=None, CONSENT_LEDGER_PASSPHRASE_FILE=None, COLUMNS="80"
    )
    done: list[Step] = []
    exports = ""
    for place, block in enumerate(BLOCKS):
        if block.said("section folder"):
            seat = software(seat, tmp_path_factory.mktemp("software"))
        if block.said("file"):
            (seat.root / block.said("file")).write_text(block.text, encoding="utf-8")
        elif block.said("replace in"):
            replaced(seat.root / block.said("replace in"), *block.text.splitlines())
        elif block.kind in ("sh", "python"):
            shell = ["sh", "-e", "-c", exports + block.text]
            typed = subprocess.run(
                shell if block.kind == "sh" else [sys.executable, "-c", block.text],
                cwd=seat.root,
                env=dict(seat.env),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
            exports += "".join(f"{line}\n" for line in block.text.splitlines() if line.startswith("export "))
            shown = []
            for after in BLOCKS[place + 1 :]:
                if not after.said("output"):
                    break
                shown.append(after.text)
            done.append(Step(block.text, typed.stdout, typed.returncode, bool(block.said("refused")), tuple(shown)))
    return done


def software(seat: Seat, place: Path) -> Seat:
    """The same person in a copy of the software's folder, whose packs are then the ones that are used."""
    for package in ("cli", "ledger", "policies"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    return Seat(place, {**seat.env, "PYTHONPATH": str(place)})


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) > 1, f"{file.name} has no {old}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_every_block_is_of_a_sort_that_is_done() -> None:
    assert {block.kind for block in BLOCKS} == {"sh", "python", "toml", "yaml", "text"}
    for block in BLOCKS:
        assert (
            block.kind in ("sh", "python") or block.said("file") or block.said("output") or block.said("replace in")
        ), block
    commands = [line for block in BLOCKS if block.kind == "sh" for line in block.text.splitlines()]
    assert len([line for line in commands if line.startswith("consent-ledger ")]) >= 16
    assert {line.split()[2] for line in commands if line.startswith("consent-ledger policy")} == {
        *("packs", "explain", "diagram", "check", "replay", "adopt"),
    }


def test_every_command_ends_as_the_page_says(steps: list[Step]) -> None:
    for step in steps:
        assert step.code == (3 if step.refused else 0), f"{step.typed}\n{step.screen}"
        assert "Traceback" not in step.screen
    assert sum(step.refused for step in steps) == 2


def test_what_the_page_shows_is_on_the_screen(steps: list[Step]) -> None:
    """Line by line as it stands there; a line of the screen may go on where the page leaves off."""
    looked = 0
    for step in steps:
        lines = step.screen.splitlines()
        for shown in step.shown:
            wanted = shown.splitlines()
            starts = [n for n, line in enumerate(lines) if line.startswith(wanted[0]) or line.endswith(wanted[0])]
            assert any(
                all(line.startswith(want) for want, line in zip(wanted[1:], lines[n + 1 :], strict=False))
                and len(lines) - n >= len(wanted)
                for n in starts
            ), f"{step.typed}\n{shown}\n{step.screen}"
            looked += 1
    assert looked >= 11


def test_the_commands_in_the_text_are_there_too() -> None:
    """What is named in passing is a command with those options."""
    named = re.findall(r"`consent-ledger ([^`]+)`", PAGE.replace("\n", " "))
    assert {tuple(words.split()[:2]) for words in named} == {("policy", "ask")}
