"""The schema's history: Alembic owns it. Each revision is a module in versions/, and is never changed once released.

The newest one gives what tables.py says, on each database (tests/ledger/log/test_migrations.py).
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent


def bring_forward(connection: Connection, scripts: Path = SCRIPTS) -> None:
    """Bring the schema to the newest revision of `scripts`, from nothing or an older one, in the open transaction."""
    config = Config()
    config.set_main_option("path_separator", "os")
    # a percent sign would begin an interpolation
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
