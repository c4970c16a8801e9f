"""What durable files need of the system, said once. Proved by tests/ledger/log/test_publish_killed.py, step by step."""

import os
from pathlib import Path


def flush_folder(folder: Path) -> None:
    """Make the names in a folder durable: a file that was written is on the disk, its name only after this.

    Raises OSError.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
