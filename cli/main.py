"""consent-ledger: the wiring. The only reader of clock, environment and standard streams.

Each command lives in the module of its group: parse → one library call → ui. Heavy modules load where they are used.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TextIO, cast

import typer
from typer.exceptions import TyperException

from cli import (
    actor,
    exits,
    exporting,
    identity,
    keeping,
    ledgers,
    listing,
    moving,
    policy,
    quickstart,
    reading,
    recording,
    report,
    verifying,
)
from cli.ui import tell
from cli.world import Watched, World
from ledger.errors import LedgerError

app = typer.Typer(
    name="consent-ledger",
    help="An append-only, signed ledger of decisions to share, or not to share, information about children and "
    "vulnerable adults. To begin: consent-ledger quickstart DIR",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 verification failed, 2 wrong usage, 3 input refused, 4 not permitted, "
    "5 could not be done now.",
)
for module in (
    *(ledgers, verifying, identity, actor, recording, reading, listing),
    *(report, exporting, keeping, moving, policy, quickstart),
):
    module.add_to(app)

# commands that write nothing to a ledger or a file, whatever comes of them
READING = {
    *(("show",), ("list",), ("status",), ("verify",), ("check-receipt",)),
    *(("actor", "list"), ("identity", "card")),
    *(("policy", name) for name in ("check", "ask", "explain", "packs", "replay")),
}
# what the command line's library makes of Ctrl-C, instead of letting it through
_INTERRUPTED = 130


def _ask_secret(prompt: str) -> str:
    import getpass

    return getpass.getpass(prompt, sys.stderr)


def this_world() -> World:
    """The world as it is now on this machine."""
    return World(
        clock=lambda: int(time.time()),
        random=os.urandom,
        env=os.environ,
        cwd=Path.cwd(),
        programs=Path(sys.executable).parent,
        stdin=sys.stdin,
        stdout=Watched(sys.stdout),
        stderr=sys.stderr,
        ask_secret=_ask_secret,
        sleep=time.sleep,
    )


def main(arguments: Sequence[str], world: World) -> int:
    """Run one command and give its exit code. What no table names is a fault of ours and is not caught here."""
    as_json = "--json" in arguments
    reading = tuple(arguments[:1]) in READING or tuple(arguments[:2]) in READING
    # a drawing goes to a file where one is named, which then stands or was never made
    unrecorded = reading or tuple(arguments[:2]) == ("policy", "diagram")
    world.stands.clear()
    try:
        code = app(list(arguments), obj=world, standalone_mode=False, prog_name="consent-ledger")
    except LedgerError as error:
        return exits.leave(world, error, as_json=as_json, reading=reading)
    except TyperException as error:
        # the library begins what we say ourselves with words of its own
        message = error.format_message().removeprefix("Invalid value: ")
        return exits.wrong_usage(world, message, as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        return exits.stopped(world, as_json=as_json, reading=unrecorded)
    except (OSError, SystemExit):
        # the command line's library makes exit code 1 of a closed pipe; so the stream itself is asked
        lost = exits.lost_output(world)
        if lost is None:
            raise
        return exits.unheard(world, lost, as_json=as_json)
    if code == _INTERRUPTED:
        return exits.stopped(world, as_json=as_json, reading=unrecorded)
    return code if isinstance(code, int) else exits.DONE


def _unexpected(
    world: World, kind: type[BaseException], _error: BaseException, _traceback: TracebackType | None
) -> None:
    """No traceback reaches a user: its lines could hold what was being recorded."""
    left = [f"{words}\n" for words in world.stands.words()]
    tell(
        world,
        "".join(left)
        + f"consent-ledger: a fault of the program ({kind.__name__}), not of yours. Nothing half written is left.\n"
        "  Please tell whoever looks after this software which command it was.\n",
    )
    os._exit(exits.NOT_NOW)


def _let_go(stream: TextIO | Watched) -> None:
    """What could not be written is told already: the interpreter is not to fail on it once more."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def run() -> None:
    """The console command."""
    world = this_world()
    # what the command line's library writes itself (--help) goes the same way
    sys.stdout = cast(TextIO, world.stdout)
    try:
        code = main(sys.argv[1:], world)
    finally:
        # what was asked for is done or refused: a late Ctrl-C no longer changes how it is said to have ended
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # only now: the command line's library puts its own hook in place, which prints the lines
        if not os.environ.get("CONSENT_LEDGER_DEBUG"):
            sys.excepthook = partial(_unexpected, world)
    for stream in (world.stdout, world.stderr):
        _let_go(stream)
    sys.exit(code)
