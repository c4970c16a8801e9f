"""The first schema, as SQL in a file for each database."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, indexes and triggers."""
    text = (Path(__file__).parent / f"r0001.{op.get_context().dialect.name}.sql").read_text(encoding="utf-8")
    for statement in text.removesuffix(";\n").split(";\n\n"):
        op.execute(statement)
