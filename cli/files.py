"""Reading the files that people name: a path, or - for stdin."""

from pathlib import Path

from cli.world import World
from ledger.errors import Refused

LIMIT = 1 << 20


def read_input(world: World, path: Path) -> bytes:
    """The bytes of a file or of stdin, at most 1 MiB and one byte. Raises Refused if it cannot be read."""
    if str(path) == "-":
        return world.stdin.buffer.read(LIMIT + 1)
    try:
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except OSError as error:
        raise Refused.one(
            "FILE", "a file that can be read", (error.strerror or "an error").lower(), "Check its name."
        ) from error
