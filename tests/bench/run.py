"""One run of the bench: the ledgers that it needs, and every row in order. A test runs it at a smaller Scale."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from ledger.log.append import MAX_BATCH
from tests.bench import appending, gitpeer, looking, machine, postgres, programs, proofs, sizes, verification
from tests.bench.filling import founded, kept, own_copy
from tests.bench.goals import SMALL
from tests.bench.measure import Figure, Rounds, step
from tests.ledger_fixtures import Sample

SPACE = 3_000
"""Bytes of disk that a run needs for each entry of its largest ledger: it is kept once and written to once."""
STEADY, FEW, FEWEST = Rounds(5), Rounds(3), Rounds(1, warm=0)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. large, small: entries of the ledgers. times: appends a round. checks: commits checked.

    decisions: truly recorded ones; looked_at: how many are looked back at for memory, those again and again.
    """

    large: int
    small: int
    short: int = 1_000
    rounds: Rounds = STEADY
    long_rounds: Rounds = FEW
    longest_rounds: Rounds = FEWEST
    times: int = 100
    proofs: int = 200
    batch: int = MAX_BATCH
    batches: Rounds = FEW
    checks: int = 300
    commits: int = 20
    decisions: int = 300
    looked_at: int = 10_000

    @classmethod
    def of(cls, entries: int) -> "Scale":
        """For a largest ledger of this many entries."""
        return cls(large=entries, small=min(entries, SMALL))


def measure(directory: Path, scale: Scale) -> tuple[list[Figure], dict[str, str]]:
    """Every row, and the machine. directory: where built ledgers stay; the rest of it is taken away again.

    Raises OSError where there is too little room.
    """
    directory.mkdir(parents=True, exist_ok=True)
    room = shutil.disk_usage(directory).free
    if room < SPACE * scale.large:
        raise OSError(
            f"the bench needs {SPACE * scale.large / 1e9:.1f} GB in {directory}, and {room / 1e9:.1f} are free"
        )
    work = directory / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        with postgres.server(work / "postgresql") as server:
            about = machine.describe(directory, server.version)
            return _Bench(directory / "ledgers", work, scale, server).rows(), about
    finally:
        shutil.rmtree(work)


class _Bench:
    """One run as it goes."""

    def __init__(self, ledgers: Path, work: Path, scale: Scale, server: postgres.Server) -> None:
        self.ledgers, self.work, self.scale, self.server = ledgers, work, scale, server

    def kept(self, kind: str, size: int) -> Sample:
        with step(f"a ledger of {size:,} entries ({kind})"):
            return kept(self.ledgers, kind, size)

    def rows(self) -> list[Figure]:
        """Every row, in the order of the table."""
        scale = self.scale
        short, small, large = (self.kept("mix", size) for size in (scale.short, scale.small, scale.large))
        return [
            *self._verifying(small, large),
            *self._appending(short, large),
            *self._proving(short, large),
            *sizes.size_rows("", f"the mix of {scale.large:,}", large),
            *sizes.size_rows("-decisions", f"{scale.small:,} decisions", self.kept("decisions", scale.small)),
            *self._programs(),
            *self._looking_back(),
        ]

    def _verifying(self, small: Sample, large: Sample) -> list[Figure]:
        scale = self.scale
        first = self._verified("verify-small", small, f"{scale.small:,} entries", scale.rounds)
        rows, memory = [first.figure], first.memory
        if scale.large > scale.small:
            whole = self._verified("verify-large", large, f"{scale.large:,} entries", scale.longest_rounds)
            rows, memory = [*rows, whole.figure], whole.memory
        decisions = self.kept("decisions", scale.small)
        sealed = self._verified("verify-decisions", decisions, f"{scale.small:,} sealed decisions", scale.long_rounds)
        rows += [sealed.figure, verification.raw_in_parallel(small, scale.rounds)]
        return [*rows, *verification.memory_rows(scale.large, memory)]

    def _verified(self, row: str, ledger: Sample, of: str, rounds: Rounds) -> verification.Verified:
        with step(f"verifying {of}"):
            return verification.verified(row, f"verifying {of}", ledger, rounds)

    def _appending(self, short: Sample, large: Sample) -> list[Figure]:
        scale = self.scale
        writing = appending.Writing(own_copy(short, self.work / "short"))
        rows = []
        with step("single appends"):
            rows += appending.single(writing, self.work, scale.rounds, scale.times)
        with step("single appends on PostgreSQL"):
            rows.append(postgres.append_row(self.server, self.work, scale.rounds, scale.times))
        with step("appends at a long ledger"):
            at_large = appending.Writing(own_copy(large, self.work / "large"))
            at_short = appending.Writing(own_copy(short, self.work / "short-again"))
            rows.append(appending.growth(at_short, at_large, scale.rounds, scale.times))
        with step("appends by the batch"):
            (self.work / "batch").mkdir()
            rows.append(appending.batch(founded(self.work / "batch"), scale.batches, scale.batch))
        checked = self.kept("mix", scale.checks)
        with step("signed git commits"):
            rows += gitpeer.git_rows(writing, checked, self.work, scale.long_rounds, scale.commits)
        return rows

    def _proving(self, short: Sample, large: Sample) -> list[Figure]:
        between = [size for size in (10_000, 100_000) if self.scale.short < size < self.scale.large]
        ledgers = [short, *(self.kept("mix", size) for size in between), large]
        with step("proofs"):
            return proofs.proof_rows(ledgers, self.scale.rounds, self.scale.proofs)

    def _programs(self) -> list[Figure]:
        with step("whole programs"):
            return programs.program_rows(programs.stage(self.work / "stage"), self.scale.rounds)

    def _looking_back(self) -> list[Figure]:
        scale = self.scale
        with step("judging and looking back"):
            return looking.rows_of(self.work / "looking", scale.decisions, scale.looked_at, scale.rounds, scale.times)
