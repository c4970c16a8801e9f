"""The machine that a table was measured on, named by what decides speed. No host name and no path is among it."""

import os
import platform
import re
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def filesystem_of(directory: Path) -> str:
    """The type of the filesystem that a directory lies on."""
    best, kind = -1, "unknown"
    place = str(directory.resolve())
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        before, _, after = line.partition(" - ")
        mount = before.split(" ")[4]
        inside = place == mount or place.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= best:
            best, kind = len(mount), after.split(" ")[0]
    return kind


def _cpu() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory() -> str:
    found = re.search(r"^MemTotal: *(\d+) kB$", Path("/proc/meminfo").read_text(encoding="utf-8"), re.MULTILINE)
    return f"{int(found[1]) / 2**20:.0f} GiB" if found else "unknown"


def _durable_write(directory: Path) -> str:
    """How long one write of 4 KiB takes until the disk has it: what every durable commit waits for at least."""
    times = []
    with (directory / "durable").open("wb") as file:
        for _ in range(201):
            start = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    (directory / "durable").unlink()
    return f"{1e6 * median(times):.0f} µs"


def _says(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).strip()


def describe(directory: Path, postgresql: str) -> dict[str, str]:
    """What the machine is, in words: for the table and the JSON. postgresql: its server's own version."""
    return {
        "CPU": _cpu(),
        "cores": str(cores()),
        "memory": _memory(),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "filesystem": filesystem_of(directory),
        "a durable write of 4 KiB": _durable_write(directory),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": postgresql,
        # its bindings do not say which version they were built with
        "libsodium": f"as PyNaCl {version('pynacl')} brings it",
        "git": _says("git", "--version").removeprefix("git version "),
        "OpenSSH": _says("ssh", "-V").partition(",")[0].removeprefix("OpenSSH_"),
        "pymerkle": version("pymerkle"),
        "Typer": version("typer"),
        "SQLModel": version("sqlmodel"),
    }
