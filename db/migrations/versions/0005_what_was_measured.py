"""How fast an attempt trained and infers, its energy, how many images its model saw at once, and what data it read."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ENERGY_SOURCE = ("nvml", "rapl")
COLUMNS: tuple[tuple[str, sa.types.TypeEngine[object]], ...] = (
    ("training_images_per_second", sa.Double()),
    ("seconds_per_epoch", sa.Double()),
    ("inference_batch", sa.Integer()),
    ("inference_latency_seconds", sa.Double()),
    ("inference_images_per_second", sa.Double()),
    ("energy_joules", sa.Double()),
    ("energy_source", sa.Enum(*ENERGY_SOURCE, native_enum=False, create_constraint=False, length=16)),
    ("micro_batch", sa.Integer()),
    ("micro_batch_planned", sa.Integer()),
    ("memory_halvings", sa.Integer()),
    ("has_batch_norm", sa.Boolean()),
)


def upgrade() -> None:
    with op.batch_alter_table("attempts", recreate=_layout()) as table:
        for name, kind in COLUMNS:
            table.add_column(sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("data_splits", recreate=_layout()) as table:
        table.add_column(sa.Column("content", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("data_splits") as table:
        table.drop_column("content")
    with op.batch_alter_table("attempts") as table:
        for name, _ in COLUMNS:
            table.drop_column(name)


def _layout() -> Literal["always", "auto"]:
    """SQLite would append a new column to the statement that made the table: copied, the table reads well."""
    return "always" if op.get_context().dialect.name == "sqlite" else "auto"
