"""How Alembic reaches the tracking database: by the connection it is handed, or, to print SQL, by none."""

from __future__ import annotations

from alembic import context

from ablate.tracking.migrate import VERSION_TABLE
from ablate.tracking.tables import Table

connection = context.config.attributes.get("connection")
place = {"connection": connection} if connection else {"dialect_name": context.config.attributes["dialect"]}
context.configure(
    **place,
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite cannot alter a table: it is copied
    literal_binds=connection is None,
)
with context.begin_transaction():
    context.run_migrations()
