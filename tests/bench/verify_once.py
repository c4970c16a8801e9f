"""One verification in a process of its own, for its memory to be measured: python -m tests.bench.verify_once.

Arguments: database file, origin, the time (POSIX seconds), processes. Prints the seconds that verifying took.
"""

import sys
import time
from pathlib import Path


def main(database: str, origin: str, now: str, jobs: str) -> None:
    """Verify, and say how long it took."""
    from ledger.log.store import Store
    from ledger.log.verify import verify

    store = Store.at(Path(database))
    start = time.perf_counter()
    report = verify(store, origin, int(now), jobs=int(jobs))
    took = time.perf_counter() - start
    assert report.ok, report.findings[:3]
    sys.stdout.write(f"{took} {report.size}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
