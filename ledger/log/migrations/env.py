"""What Alembic runs: the revisions, on the connection it was given, within the transaction that is open on it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
