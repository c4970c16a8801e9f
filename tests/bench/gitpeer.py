"""git with commits signed by ssh keys, the nearest thing that many have at hand. Each commit is a program run."""

import random
import subprocess
import sys
from pathlib import Path

from tests.bench.appending import Writing, repeat
from tests.bench.measure import Figure, Rounds, interleaved, seconds, speed
from tests.bench.programs import ROOT, environment
from tests.ledger_fixtures import Sample

COMMITS = "git commit -S (ssh, ed25519), empty, core.fsync=all"


class Repository:
    """A repository of empty commits, each signed, with a message as long as an entry's note."""

    def __init__(self, directory: Path, message: int) -> None:
        directory.mkdir()
        self._directory, key = directory, directory.with_name("git-key")
        self._message = _words(message)
        self._env = {**environment(directory), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        self._run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "sample", "-f", str(key))
        signers = directory.with_name("git-signers")
        signers.write_text(f"sample@example.invalid {key.with_suffix('.pub').read_text()}", encoding="ascii")
        self._run("git", "init", "-q")
        for name, value in (
            ("user.name", "Sample Person"),
            ("user.email", "sample@example.invalid"),
            ("gpg.format", "ssh"),
            ("user.signingkey", str(key)),
            ("gpg.ssh.allowedSignersFile", str(signers)),
            ("core.fsync", "all"),
            ("gc.auto", "0"),
        ):
            self._run("git", "config", name, value)
        self.size = 0

    def one(self) -> None:
        """One signed commit."""
        self._run("git", "commit", "-q", "-S", "--allow-empty", "-m", self._message)
        self.size += 1

    def check(self) -> None:
        """Check every signature, as `git log --show-signature` does, and see that each is good."""
        said = self._run("git", "log", "--show-signature")
        assert said.count('Good "git" signature') == self.size

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self._directory, env=self._env, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} {command[1]}: {done.stderr}")
        return done.stdout


def _words(size: int) -> str:
    chance = random.Random(1)  # what a message says is of no matter, only that it does not shrink to nothing
    return "".join(chance.choice("abcdefghijklmnopqrstuvwxyz     ") for _ in range(size))


def git_rows(writing: Writing, checked: Sample, work: Path, rounds: Rounds, times: int) -> list[Figure]:
    """Single commits against single appends; checking as many commits as `checked` has entries against verifying it."""
    repository = Repository(work / "git", len(writing.bytes_of_one().leaf))

    def commit() -> float:
        return seconds(lambda: repeat(repository.one, times), times)

    found = interleaved({"ours": writing.run(times), "git": commit}, rounds)
    what = "durable signed single appends to an open case, in one process"
    rows = [speed("git-append", what, found["ours"], COMMITS, found["git"])]
    size = checked.checkpoint().size
    while repository.size < size:
        repository.one()
    program = [sys.executable, "-m", "tests.bench.verify_once", str(checked.path), checked.origin]
    program += [str(checked.clock.now), "1"]
    checked.store.close()

    def verify() -> float:
        return seconds(lambda: subprocess.run(program, cwd=ROOT, check=True, stdout=subprocess.DEVNULL), size)

    found = interleaved({"ours": verify, "git": lambda: seconds(repository.check, repository.size)}, rounds)
    what = f"verifying {size:,} entries, as a program run in one process"
    peer = f"git log --show-signature of {repository.size:,} commits"
    return [*rows, speed("git-verify", what, found["ours"], peer, found["git"])]
