"""The bench: python -m tests.bench --directory DIR --out NAME. Explained in docs/benchmarks/README.md.

Exit code 1 where a goal is missed that docs/benchmarks/missed.md does not explain, or an entry there is stale.
"""

import argparse
import datetime
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # whatever stands above is loaded again by every process that is started to sign entries
    from tests.bench.goals import Goals
    from tests.bench.results import Results
    from tests.bench.run import Scale

MISSED = Path(__file__).parents[2] / "docs" / "benchmarks" / "missed.md"


def run(directory: Path | None, scale: "Scale", goals: "Goals") -> "Results":
    """Measure everything. directory: where ledgers are kept for the next run; None: nowhere."""
    from importlib.metadata import version

    from tests.bench.results import Results, row_of
    from tests.bench.run import measure

    with tempfile.TemporaryDirectory(prefix="consent-ledger-bench-") as temporary:
        figures, machine = measure(directory or Path(temporary), scale)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    rows = [row_of(figure, goals) for figure in figures]
    return Results(version("consent-ledger"), today, scale.large, machine, rows)


def finish(results: "Results", out: Path | None, missed: Path, goals: "Goals") -> int:
    """Print the page, write it with its record, and give the exit code. missed: the page that explains misses."""
    from tests.bench.results import verdict

    if out:
        for suffix, text in ((".json", results.to_json()), (".md", results.to_markdown())):
            out.with_name(out.name + suffix).write_text(text, encoding="utf-8")
    sys.stdout.write(results.to_markdown())
    faults = verdict(results, missed.read_text(encoding="utf-8"), goals)
    sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


def main(arguments: list[str]) -> int:
    """One run, as asked for on the command line."""
    from tests.bench.goals import GOALS, LARGE
    from tests.bench.run import Scale

    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--entries", type=int, default=LARGE, help="of the largest ledger (default: %(default)s)")
    parser.add_argument("--directory", type=Path, help="where ledgers are kept for the next run; default: nowhere")
    parser.add_argument("--out", type=Path, metavar="NAME", help="write NAME.json and NAME.md")
    chosen = parser.parse_args(arguments)
    results = run(chosen.directory, Scale.of(chosen.entries), GOALS)
    return finish(results, chosen.out, MISSED, GOALS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
