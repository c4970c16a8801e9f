"""Full verification, against libsodium checking the signatures of the same entries and nothing else."""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from nacl.bindings import crypto_sign_open

from ledger.log.entry import parse_entry
from tests.bench.machine import cores
from tests.bench.measure import Figure, Rounds, interleaved, seconds, speed
from tests.bench.memory import Memory, watched
from tests.ledger_fixtures import Sample

ROOT = Path(__file__).parents[2]
SAMPLE = 20_000
"""Signatures that libsodium checks in one round, spread over the ledger where it has more."""
RAW = "libsodium, one process × cores"
Signed = tuple[bytes, bytes]
"""A signature with its text behind it, and the public key: what crypto_sign_open takes."""


@dataclass(slots=True)
class Verified:
    """What measuring verification gave: the row, and the memory of its largest run."""

    figure: Figure
    memory: Memory


def signed_texts(ledger: Sample, most: int = SAMPLE) -> list[Signed]:
    """Signatures and texts of up to `most` entries, spread evenly over the ledger."""
    size, roster = ledger.checkpoint().size, ledger.roster()
    found = []
    with ledger.store.read() as reader:
        for n in range(0, size, max(1, size // most)):
            row = reader.entry(n)
            assert row is not None
            entry = parse_entry(row.leaf, ledger.origin)
            term = roster.term(entry.header.author, max(n, 1))
            assert term is not None
            found.append((entry.signature + entry.text, term.key.public))
    return found[:most]


def check_all(signed: Sequence[Signed]) -> None:
    """Libsodium's check of each, and nothing else."""
    for message, public in signed:
        crypto_sign_open(message, public)


def verified(row: str, what: str, ledger: Sample, rounds: Rounds) -> Verified:
    """Verification in as many processes as there are cores, against libsodium."""
    signed, size, memory = signed_texts(ledger), ledger.checkpoint().size, Memory()
    arguments = [str(ledger.path), ledger.origin, str(ledger.clock.now), str(cores())]
    ledger.store.close()

    def ours() -> float:
        out, held = watched([sys.executable, "-m", "tests.bench.verify_once", *arguments], ROOT)
        memory.one, memory.together = max(memory.one, held.one), max(memory.together, held.together)
        took, found = out.split()
        assert int(found) == size
        return float(took) / size

    runs = {"ours": ours, "raw": lambda: seconds(lambda: check_all(signed), len(signed)) / cores()}
    found = interleaved(runs, rounds)
    return Verified(speed(row, what, found["ours"], RAW, found["raw"]), memory)


def memory_rows(size: int, memory: Memory) -> list[Figure]:
    """The memory that verifying took, all processes together and the largest alone."""
    words = f"memory of verifying {size:,} entries"
    return [
        Figure("verify-memory", f"{words}, all processes together", "MB", memory.together, 1),
        Figure("verify-memory-process", f"{words}, the largest process", "MB", memory.one, 1),
    ]


def raw_in_parallel(ledger: Sample, rounds: Rounds) -> Figure:
    """What libsodium itself reaches here with a process for each core at once, against one process × cores.

    Below 1 where cores share what they compute with: no program can then reach the peer of the rows above.
    """
    signed = signed_texts(ledger)
    share = [signed[offset :: cores()] for offset in range(cores())]
    with ProcessPoolExecutor(cores(), mp_context=get_context("spawn")) as pool:

        def together() -> float:
            # the slowest of them tells; what it takes to hand them their share is not measured
            times = pool.map(_timed, share)
            return max(times) / len(signed)

        runs = {"together": together, "raw": lambda: seconds(lambda: check_all(signed), len(signed)) / cores()}
        found = interleaved(runs, rounds)
    return speed("raw-parallel", "libsodium in a process for each core", found["together"], RAW, found["raw"])


def _timed(signed: Sequence[Signed]) -> float:
    return seconds(lambda: check_all(signed))
