"""From an error to its exit code and its words: the one table that scripts may rely on.

0 done · 1 verification failed · 2 wrong usage · 3 input refused, nothing written · 4 not permitted ·
5 could not be done now
"""

from collections.abc import Sequence
from typing import Any

from cli.ui import json_text, one_line
from cli.world import World
from ledger.errors import Fault, LedgerError, Malformed, NotPermitted, Refused, Unavailable, Unverified

DONE, FAILED, USAGE, REFUSED, FORBIDDEN, NOT_NOW = range(6)

_TABLE: tuple[tuple[type[LedgerError], int, str], ...] = (
    (Unverified, FAILED, "this does not hold"),
    (Refused, REFUSED, "refused; nothing was written"),
    (Malformed, REFUSED, "refused; this cannot be read"),
    (NotPermitted, FORBIDDEN, "not permitted; nothing was written"),
    (Unavailable, NOT_NOW, "this could not be done now"),
)


def leave(world: World, error: LedgerError, *, as_json: bool) -> int:
    """Say what went wrong and give the exit code."""
    code, title = next((code, title) for kind, code, title in _TABLE if isinstance(error, kind))
    faults = error.faults if isinstance(error, Refused) else (getattr(error, "fault"),)  # noqa: B009 the base has none
    _say(world, code, title, faults, as_json=as_json)
    return code


def wrong_usage(world: World, message: str, *, as_json: bool) -> int:
    """The command's words are off: say which, and where to read how they go."""
    if as_json:
        world.stdout.write(json_text({"ok": False, "exit": USAGE, "faults": []}))
    world.stderr.write(f"{one_line(message)}\n  next      add --help to the command to see how it goes\n")
    world.stderr.flush()
    return USAGE


def stopped(world: World, *, as_json: bool) -> int:
    """Ctrl-C: nothing is half written, because nothing is written but in one transaction."""
    fault = Fault(
        "command",
        "to finish",
        "a stop from the keyboard",
        "Nothing half written is left. See what is recorded: consent-ledger list",
    )
    _say(world, NOT_NOW, "stopped", [fault], as_json=as_json)
    return NOT_NOW


def _say(world: World, code: int, title: str, faults: Sequence[Fault], *, as_json: bool) -> None:
    if as_json:
        shown: Any = [
            {"field": item.field, "expected": item.expected, "got": item.got, "hint": item.hint} for item in faults
        ]
        world.stdout.write(json_text({"ok": False, "exit": code, "faults": shown}))
    lines = [f"consent-ledger: {title}"]
    for item in faults:
        lines += [f"  {item.field}", f"    expected  {item.expected}", f"    got       {item.got}"]
        if item.hint:
            lines.append(f"    next      {item.hint}")
    # a fault may name a file or an option, and those hold whatever somebody put there
    world.stderr.write("\n".join(map(one_line, lines)) + "\n")
    world.stderr.flush()
