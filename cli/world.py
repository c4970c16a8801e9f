"""What surrounds a command: clock, randomness, environment, streams. Only main.py fills it from the machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass(slots=True)
class Stands:
    """What a command has done that nothing after it undoes: entries by number, files by name.

    Noted the moment it is done, so that whatever fails later is never told as if the whole had failed.
    """

    entries: list[int] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.entries or self.files)

    def clear(self) -> None:
        """A new command begins."""
        self.entries.clear()
        self.files.clear()

    def words(self) -> list[str]:
        """What stands, a sentence each; none where nothing does."""
        said = []
        if self.entries:
            numbers = sorted(set(self.entries))
            stands, it = ("It stands", "it") if len(numbers) == 1 else ("They stand", "them")
            said.append(f"Recorded as {numbered(numbers)}.")
            said.append(f"{stands}: do not record {it} again. Look: consent-ledger show {numbers[-1]}")
        return said + [f"{name} is written." for name in self.files]


def numbered(numbers: list[int]) -> str:
    """Entries by their numbers, in words; the numbers in order, at least one."""
    first, last = numbers[0], numbers[-1]
    if first == last:
        return f"entry {first}"
    if last - first + 1 == len(numbers):
        return f"entries {first} to {last}"
    return "entries " + ", ".join(map(str, numbers))


class Watched:
    """A stream that remembers why it took nothing more: afterwards it does not say so again."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        """As the stream's own."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self.lost = error
            raise

    def flush(self) -> None:
        """As the stream's own."""
        try:
            self._stream.flush()
        except OSError as error:
            self.lost = error
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@dataclass(frozen=True, slots=True)
class World:
    """clock: POSIX seconds. random: n → n bytes. state: where this client remembers what it saw.

    programs: the directory of the programs of this installation. ask_secret: reads a line without showing it.
    stands: what the command that runs has done for good. sleep: waits so many seconds.
    """

    clock: Callable[[], int]
    random: Callable[[int], bytes]
    env: Mapping[str, str]
    cwd: Path
    programs: Path
    stdin: TextIO
    stdout: "TextIO | Watched"
    stderr: TextIO
    ask_secret: Callable[[str], str]
    stands: Stands = field(default_factory=Stands)
    sleep: Callable[[float], None] = lambda _seconds: None
