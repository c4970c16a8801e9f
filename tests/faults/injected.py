"""Failing the system itself: strace makes the nth call of a process fail, or kills it there.

A process that was started apart waits until it is traced, then does its work; only what it does is counted. How it
ended it tells by its exit code alone, because every write could be the one that fails.
"""

import ctypes
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.errors import Lost, Unavailable
from ledger.log.append import Prepared
from ledger.log.tiles import hash_reader
from ledger.log.trust import Trust
from tests.faults.child import PROCESSES, Handed

CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "ftruncate", "unlink")
RECORDED, FORGOTTEN, IN_DOUBT, REFUSED = range(20, 24)
"""How it ended: recorded and remembered, recorded and not remembered, in doubt, told that nothing was written."""
KILLED = -9
_LET_ANYBODY_TRACE, _ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


def work(handed: Handed, entries: list[Prepared], state: Path) -> None:
    """Append and remember, once somebody traces this process; ends it with one of the codes above."""
    ctypes.CDLL(None).prctl(_LET_ANYBODY_TRACE, _ANYBODY, 0, 0, 0)
    while "TracerPid:\t0\n" in Path("/proc/self/status").read_text():
        time.sleep(0.001)
    os._exit(_work(handed, entries, state))


def _work(handed: Handed, entries: list[Prepared], state: Path) -> int:
    ledger = handed.opened("traced")
    try:
        ledger.log.append(entries, handed.now)
    except Lost:
        return IN_DOUBT
    except Unavailable:
        return REFUSED
    try:
        remember(handed, state)
    except Unavailable:
        return FORGOTTEN
    ledger.store.close()
    return RECORDED


def remember(handed: Handed, state: Path) -> Trust:
    """Prove that the ledger as it is now extends what was seen, and remember it."""
    ledger, trust = handed.opened("remembers"), Trust(state, handed.origin)
    with ledger.store.read() as reader:
        head = reader.head()
        assert head is not None
        roster = ledger.roster(head.size)
        trust.advance(head.checkpoint, hash_reader(reader.stored_hashes), roster, handed.path)
    ledger.store.close()
    return trust


def traced(log: Path, options: list[str], *arguments: Any, what: Callable[..., None] = work) -> int:
    """Do `what` in a process that strace attaches to with these options, and give its exit code."""
    program = shutil.which("strace")
    assert program, "this test needs strace: apt-get install strace"
    process = PROCESSES.Process(target=what, args=arguments)
    process.start()
    command = [program, "-f", "-q", "-o", str(log), *options, "-p", str(process.pid)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as tracer:
        process.join(60)
        said = tracer.communicate(timeout=60)[1].decode()
    code = process.exitcode
    process.close()
    assert code is not None, f"it never ended: {said}"
    assert "ermitted" not in said, said
    return code


def counted(log: Path) -> Counter[str]:
    """How many calls of each kind a trace holds."""
    lines = [line.split(maxsplit=1)[1] for line in log.read_text().splitlines()]
    return Counter(line.partition("(")[0] for line in lines if "(" in line and "resumed" not in line)
