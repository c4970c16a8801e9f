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

# which law and guidance a command judges by (cli.choosing)
NationOption = Annotated[str, typer.Option("--nation", help="Where: england, wales, scotland or northern-ireland.")]
DayOption = Annotated[str | None, typer.Option("--on", help="The day whose law applies, YYYY-MM-DD.")]
ChartOption = Annotated[str | None, typer.Option("--chart", help="Another flowchart, such as girfec-vsp.")]
RulesOption = Annotated[str | None, typer.Option("--rules", help="Other golden rules, such as salford-2018.")]
CompetenceOption = Annotated[
    str | None, typer.Option("--competence", help="Another way to judge competence, such as scotland-2018.")
]
SideOption = Annotated[
    list[str] | None,
    typer.Option(
        "--side", metavar="POINT=SIDE", help="A side where the guidance disagrees: refusal=girfec. May be repeated."
    ),
]
OwnOption = Annotated[Path | None, typer.Option("--own", metavar="FILE", help="Your organisation's own pack.")]
