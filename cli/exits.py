"""From an error to its exit code and its words: the one table that scripts may rely on.

0 done · 1 verification failed · 2 wrong usage · 3 input refused, nothing written · 4 not permitted ·
5 could not be done now, or was done and only what came after could not, or nobody knows whether it was done

What was committed is told first, whatever failed after it: nobody is to record the same thing twice.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from cli.ui import json_text, one_line, tell
from cli.world import Watched, World
from ledger.errors import Fault, LedgerError, Lost, Malformed, NotPermitted, Refused, Unavailable, Unverified

DONE, FAILED, USAGE, REFUSED, FORBIDDEN, NOT_NOW = range(6)

_TABLE: tuple[tuple[type[LedgerError], int, str], ...] = (
    (Unverified, FAILED, "this does not hold"),
    (Refused, REFUSED, "refused; nothing was written"),
    (Malformed, REFUSED, "refused; this cannot be read"),
    (NotPermitted, FORBIDDEN, "not permitted; nothing was written"),
    (Lost, NOT_NOW, "the answer was lost on the way"),
    (Unavailable, NOT_NOW, "this could not be done now"),
)
_AFTER = "that is done; what came after could not be"
_READ_ONLY = "; nothing was written"
_NOTHING = "Nothing was recorded."
_HELP = "Usage: "
_UNHEARD = "the answer could not be written"


def leave(world: World, error: LedgerError, *, as_json: bool, reading: bool = False) -> int:
    """Say what went wrong and give the exit code. reading: the command writes nothing, so that goes without saying.

    After a commit it is 5, for what came after; a ledger that does not hold is 1 all the same.
    """
    code, title = next((code, title) for kind, code, title in _TABLE if isinstance(error, kind))
    if reading:
        title = title.removesuffix(_READ_ONLY)
    if world.stands and code != FAILED:
        code, title = NOT_NOW, _AFTER
    faults = error.faults if isinstance(error, Refused) else (getattr(error, "fault"),)  # noqa: B009 the base has none
    _say(world, code, title, faults, as_json=as_json)
    return code


def wrong_usage(world: World, message: str, *, as_json: bool) -> int:
    """The command's words are off: say which, and where to read how they go."""
    if as_json:
        _answer(world, {"ok": False, "exit": USAGE, "faults": []})
    if message.startswith(_HELP):
        # nothing was asked for, and the library answers with the whole help: its lines stay lines
        tell(world, "\n".join(map(one_line, message.split("\n"))) + "\n")
        return USAGE
    tell(world, f"{one_line(message)}\n  next      add --help to the command to see how it goes\n")
    return USAGE


def lost_output(world: World) -> OSError | None:
    """Why the answer's stream takes nothing more (a pipe that nobody reads, a full disk); None where it does."""
    try:
        world.stdout.flush()
    except OSError as error:
        return error
    return world.stdout.lost if isinstance(world.stdout, Watched) else None


def unheard(world: World, error: OSError, *, as_json: bool) -> int:
    """The answer could not be written: a row of its own, because nothing is wrong with the ledger or the input."""
    if isinstance(error, BrokenPipeError) and not world.stands:
        return NOT_NOW  # who reads has read enough, as with `| head`
    hint = "" if world.stands else "Run it again where its answer can be written."
    fault = Fault("output", "somewhere to write the answer", (error.strerror or "an error").lower(), hint)
    _say(world, NOT_NOW, _UNHEARD, [fault], as_json=as_json)
    return NOT_NOW


def stopped(world: World, *, as_json: bool, reading: bool = False) -> int:
    """Ctrl-C: nothing is half written, because nothing is written but in one transaction. reading: as above."""
    if reading and not world.stands:
        if as_json:
            fault = Fault("command", "to finish", "a stop from the keyboard", _NOTHING)
            _answer(world, {"ok": False, "exit": NOT_NOW, "faults": [_fault(fault)]})
        # the line that somebody was typing in ends first
        tell(world, f"\nStopped. {_NOTHING}\n")
        return NOT_NOW
    fault = Fault(
        "command",
        "to finish",
        "a stop from the keyboard",
        "" if world.stands else "Nothing half written is left. See what is recorded: consent-ledger list",
    )
    _say(world, NOT_NOW, "stopped", [fault], as_json=as_json)
    return NOT_NOW


def _say(world: World, code: int, title: str, faults: Sequence[Fault], *, as_json: bool) -> None:
    if as_json:
        shown: Any = [_fault(item) for item in faults]
        recorded = {"recorded": world.stands.entries} if world.stands.entries else {}
        _answer(world, {"ok": False, "exit": code, "faults": shown, **recorded})
    lines = [*world.stands.words(), f"consent-ledger: {title}"]
    for item in faults:
        lines += [f"  {item.field}", f"    expected  {item.expected}", f"    got       {item.got}"]
        if item.hint:
            lines.append(f"    next      {item.hint}")
    # a fault may name a file or an option, and those hold whatever somebody put there
    tell(world, "\n".join(map(one_line, lines)) + "\n")


def _fault(item: Fault) -> dict[str, str]:
    return {"field": item.field, "expected": item.expected, "got": item.got, "hint": item.hint}


def _answer(world: World, document: Any) -> None:
    # the words beside it are still told, and the exit code says the same
    with suppress(OSError):
        world.stdout.write(json_text(document))
        world.stdout.flush()
