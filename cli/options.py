"""The options that many commands share, each written once."""

from pathlib import Path
from typing import Annotated

import typer

LedgerOption = Annotated[
    Path | None, typer.Option("--ledger", help="The ledger's directory, or set CONSENT_LEDGER.", show_default=False)
]
IdentityOption = Annotated[
    Path | None,
    typer.Option("--identity", help="Your key file, or set CONSENT_LEDGER_IDENTITY.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
PlainOption = Annotated[bool, typer.Option("--plain", help="No colour, no boxes: for screen readers.")]

# said wherever tables were made on a server
GIVE_RIGHTS = (
    "Give the other roles their rights, if there are any: run docs/how-to/postgresql-roles.sql in this database, now "
    "that its tables are there."
)
