"""A whole ledger from one database into another, of the same kind or not: every row of every table, and the head last.

The rows are copied as they stand; whether they hold is verification's to say (ledger/records/moving.py).
Proved by tests/ledger/log/test_copying.py.
"""

from collections.abc import Callable
from contextlib import closing

from ledger.errors import Refused
from ledger.log.reader import Head, Reader
from ledger.log.store import Store
from ledger.log.tables import LOG_TABLES

Progress = Callable[[int, int], None]


def copy_ledger(source: Store, target: Store, progress: Progress | None = None) -> Head:
    """Copy what stands in `source` at one moment into `target`, which was just created; the head that was copied.

    Raises Refused if the source has no head or its rows are none of a ledger, and what reading or writing raises:
    the target is taken away again then.
    """
    with source.read() as reader:
        return copy_rows(reader, target, progress)


def copy_rows(reader: Reader, target: Store, progress: Progress | None = None) -> Head:
    """The same from a snapshot, or a writer's turn, that is open."""
    try:
        head = _head(reader)
        total = sum(reader.row_count(table.name) for table in LOG_TABLES)
        done = 0
        with target.write() as writer:
            for table in LOG_TABLES:
                with closing(reader.every_row(table.name)) as pages:
                    for rows in pages:
                        writer.add_rows(table.name, rows)
                        done += len(rows)
                        if progress:
                            progress(done, total)
    except BaseException:
        target.discard()
        raise
    return head


def _head(reader: Reader) -> Head:
    head = reader.head()
    if head is None:
        raise Refused.one("ledger", "a ledger with a signed checkpoint", "none", "Run: consent-ledger verify")
    return head
