"""What surrounds a command: clock, randomness, environment, streams. Only main.py fills it from the machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True, slots=True)
class World:
    """clock: POSIX seconds. random: n → n bytes. state: where this client remembers what it saw.

    programs: the directory of the programs of this installation. ask_secret: reads a line without showing it.
    """

    clock: Callable[[], int]
    random: Callable[[int], bytes]
    env: Mapping[str, str]
    cwd: Path
    programs: Path
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    ask_secret: Callable[[str], str]
