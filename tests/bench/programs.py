"""Whole programs from start to end: ours, against a Typer program that does nothing and against what must be loaded."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measure import Figure, Rounds, duration, interleaved, seconds
from tests.cli.sample_documents import share

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("consent-ledger")
COMMANDS = 40
EMPTY = """import typer

app = typer.Typer(name="empty", help="Does nothing.", rich_markup_mode=None, pretty_exceptions_enable=False)
"""
ONE = '''

@app.command("command-{0}", help="Does nothing, in way {0}.")
def command_{0}() -> None:
    """Nothing."""
'''
OPEN_KEY = """import sys

import sqlmodel
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

with open(sys.argv[1], "rb") as key, open(sys.argv[2], "rb") as passphrase:
    load_ssh_private_key(key.read(), passphrase.read().strip())
"""


def environment(home: Path) -> dict[str, str]:
    """What a program needs of the surroundings, with a home of its own."""
    return {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with a small ledger, a receipt, a document, and the programs that ours is compared with."""

    folder: Path
    log_key: str

    def run(self, *command: str) -> float:
        """Run a program to its end: seconds. Raises where it fails."""

        def work() -> None:
            subprocess.run(
                command,
                cwd=self.folder,
                env=self._env(),
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

        return seconds(work)

    def _env(self) -> Mapping[str, str]:
        ledger = {"CONSENT_LEDGER": "demo", "CONSENT_LEDGER_PASSPHRASE_FILE": "demo/passphrase"}
        return {**environment(self.folder), **ledger}


def stage(folder: Path) -> Stage:
    """Set the stage: the ledger is a quickstart's."""
    folder.mkdir()
    command = [str(PROGRAM), "quickstart", "demo", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment(folder), check=True, capture_output=True, text=True)
    (folder / "decision.json").write_text(json.dumps(share()), encoding="utf-8")
    (folder / "empty.py").write_text(
        EMPTY + "".join(ONE.format(n) for n in range(COMMANDS)) + "\n\napp()\n", encoding="utf-8"
    )
    (folder / "open_key.py").write_text(OPEN_KEY, encoding="utf-8")
    return Stage(folder, json.loads(done.stdout)["vkey"])


def program_rows(place: Stage, rounds: Rounds) -> list[Figure]:
    """A row for each command."""
    empty = [sys.executable, "empty.py"]
    nothing, opening = "an empty Typer program of 40 commands", "Python importing sqlmodel and opening the key file"
    receipt = ["check-receipt", "demo/first-decision.receipt", "--key", place.log_key]
    key = "demo/identities/teacher.key"
    record = ["record", "--file", "decision.json", "--identity", key, "--json"]
    table: list[tuple[str, Sequence[str], str, Sequence[str]]] = [
        ("start-help", ["--help"], nothing, [*empty, "--help"]),
        ("start-policy", ["policy", "check", "decision.json"], nothing, [*empty, "command-7"]),
        ("start-receipt", receipt, nothing, [*empty, "command-7"]),
        ("start-record", record, opening, [sys.executable, "open_key.py", key, "demo/passphrase"]),
    ]
    rows = []
    for row, ours, peer_name, peer in table:
        runs = {
            "ours": lambda ours=ours: place.run(str(PROGRAM), *ours),
            "peer": lambda peer=peer: place.run(*peer),
        }
        found = interleaved(runs, rounds)
        what = " ".join(word for word in (ours[:2] if row != "start-receipt" else ours[:1]))
        rows.append(duration(row, f"`{what}`, the whole program", found["ours"], peer_name, found["peer"]))
    return rows
