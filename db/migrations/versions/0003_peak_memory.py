"""The memory that an attempt took at its peak."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attempts", recreate=_layout()) as table:
        table.add_column(sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("attempts") as table:
        table.drop_column("peak_memory_bytes")


def _layout() -> Literal["always", "auto"]:
    """SQLite would append a new column to the statement that made the table: copied, the table reads well."""
    return "always" if op.get_context().dialect.name == "sqlite" else "auto"
