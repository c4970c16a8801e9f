"""How much memory a process and all that it starts hold, looked at while they run. Linux only (/proc)."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.1
"""Seconds between two looks."""


@dataclass(slots=True)
class Memory:
    """The most that was seen, in MB (10^6 bytes).

    one: of the largest process, with what it shares. together: of all at once, what they share counted once.
    """

    one: float = 0.0
    together: float = 0.0

    def look(self, pid: int) -> None:
        """Look at a process and all below it now."""
        held = [_held(each) for each in _tree(pid)]
        self.one = max([self.one, *(resident for resident, _share in held)])
        self.together = max(self.together, sum(share for _resident, share in held))


def watched(command: list[str], cwd: Path) -> tuple[str, Memory]:
    """Run a command to its end: what it printed, and the memory that it took. Raises where it fails."""
    memory = Memory()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True) as running:
        while running.poll() is None:
            memory.look(running.pid)
            time.sleep(EVERY)
        assert running.stdout is not None
        out = running.stdout.read()
    if running.returncode:
        raise RuntimeError(f"{command[2]} ended with {running.returncode}")
    return out, memory


def _tree(pid: int) -> list[int]:
    """A process and all that it started, as far as they are still there."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                found += _tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def _held(pid: int) -> tuple[float, float]:
    """(resident, its share of what is resident) of one process, in MB; nothing for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return sizes.get("Rss", 0) * 1024 / 1e6, sizes.get("Pss", 0) * 1024 / 1e6
