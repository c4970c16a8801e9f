"""Inclusion proofs: made from the stored hashes and checked against the root, of entries all over the ledger."""

import math
import random
from collections.abc import Sequence
from functools import partial
from statistics import median

from ledger.log.checkpoint import Checkpoint
from ledger.log.reader import Reader
from ledger.log.tiles import hash_reader
from ledger.log.tree import check_inclusion, leaf_hash, prove_inclusion
from tests.bench.measure import Figure, Rounds, Spread, interleaved, seconds
from tests.ledger_fixtures import Sample


def one_run(ledger: Sample, proofs: int, chance: random.Random) -> float:
    """The median time of a proof, made and checked, over entries picked at random. Seconds."""
    head, times = ledger.checkpoint(), []
    with ledger.store.read() as reader:
        for _ in range(proofs):
            n = chance.randrange(head.size)
            row = reader.entry(n)
            assert row is not None
            times.append(seconds(partial(_prove, reader, head, n, leaf_hash(row.leaf))))
    return median(times)


def _prove(reader: Reader, head: Checkpoint, n: int, digest: bytes) -> None:
    proof = prove_inclusion(hash_reader(reader.stored_hashes), n, head.size)
    check_inclusion(proof, head.size, head.root, n, digest)


def proof_rows(ledgers: Sequence[Sample], rounds: Rounds, proofs: int) -> list[Figure]:
    """One row for each ledger, smallest first, and the growth from the smallest to the largest."""
    sizes = [ledger.checkpoint().size for ledger in ledgers]
    chance = random.Random(1)  # the same entries in every run of the bench
    runs = {str(size): partial(one_run, ledger, proofs, chance) for size, ledger in zip(sizes, ledgers, strict=True)}
    found = interleaved(runs, rounds)
    rows = [
        Figure(
            "proof" if size == sizes[-1] else f"proof-{size}",
            f"inclusion proof at {size:,} entries, made and checked",
            "ms",
            1000 * median(found[str(size)]),
            rounds.count,
        )
        for size in sizes
    ]
    return [*rows, _growth(sizes[0], sizes[-1], found)]


def _growth(small: int, large: int, found: dict[str, list[float]]) -> Figure:
    """How much longer a proof takes in the largest ledger, beside how much longer its path is."""
    longer = math.log2(large) / math.log2(small)
    times = [after / before for before, after in zip(found[str(small)], found[str(large)], strict=True)]
    return Figure(
        "proof-growth",
        f"growth of that time from {small:,} to {large:,} entries",
        "×",
        median(times),
        len(times),
        "log n",
        longer,
        Spread.of([time / longer for time in times]),
    )
