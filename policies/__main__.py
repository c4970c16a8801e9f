"""python -m policies schema facts|evaluation: the published JSON Schemas, on standard output."""

import sys
from collections.abc import Sequence
from typing import TextIO

from policies.schema import SCHEMAS, schema_text


def main(arguments: Sequence[str], out: TextIO, err: TextIO) -> int:
    """Write a schema and give the exit code: 0, or 2 for arguments that name none."""
    if len(arguments) != 2 or arguments[0] != "schema" or arguments[1] not in SCHEMAS:
        err.write(f"usage: python -m policies schema {'|'.join(SCHEMAS)}\n")
        return 2
    out.write(schema_text(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout, sys.stderr))
