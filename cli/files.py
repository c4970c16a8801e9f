"""The files that people name: reading one, or - for stdin; and whether a name is free for one to be written."""

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


def check_free(out: Path, what: str) -> None:
    """Raise Refused unless a file can be made there. what: the receipt, the report.

    Asked before anything is recorded or made: an export that cannot be written should not stand in the log.
    """
    try:
        out.lstat()
    except FileNotFoundError:
        if out.parent.is_dir():
            return
        got, hint = "one in a folder that does not exist", "Make the folder first."
    except OSError as error:
        got, hint = (error.strerror or "an error").lower(), f"Choose another name for {what}."
    else:
        got, hint = "one that is there already", f"Choose another name for {what}: nothing is overwritten."
    raise Refused.one("--out", "the name of a file that does not exist yet", got, hint)
