"""The schema's history: Alembic owns it. Each revision is a module in versions/, and is never changed once released.

The newest one gives what tables.py says, on each database (tests/ledger/log/test_migrations.py).
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from ledger.log.database import damaged

SCRIPTS = Path(__file__).parent


def bring_forward(connection: Connection, scripts: Path = SCRIPTS) -> None:
    """Bring the schema to the newest revision of `scripts`, from nothing or an older one, in the open transaction.

    Raises Malformed for a revision that is none of theirs.
    """
    config = Config()
    config.set_main_option("path_separator", "os")
    # a percent sign would begin an interpolation
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        # it stands at a revision that no script makes
        raise damaged() from error
