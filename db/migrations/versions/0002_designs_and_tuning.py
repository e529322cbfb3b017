"""Tuning trials, matching, aliasing, several GPUs, resumption, and the code that a trial ran with."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TRIAL_STATUS = ("planned", "running", "complete", "failed")
ATTEMPT_STATUS = ("running", "complete", "failed", "lost", "stopped")
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    with op.batch_alter_table("environments", recreate=_layout()) as table:
        table.add_column(sa.Column("diff", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("code", sa.String(length=64), nullable=True))
    with op.batch_alter_table("combinations", recreate=_layout()) as table:
        table.add_column(sa.Column("matched", JSON, nullable=True))
    with op.batch_alter_table("studies") as table:
        table.add_column(sa.Column("aliasing", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("plan_digest", sa.String(length=64), nullable=True))
    with op.batch_alter_table("trials") as table:
        table.add_column(sa.Column("tuning", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("configuration", JSON, nullable=True))
    with op.batch_alter_table("attempts") as table:
        table.add_column(sa.Column("gpus", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("resumed_attempt", sa.Integer(), nullable=True))
        table.add_column(sa.Column("resumed_step", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("failure_is_infrastructure", sa.Boolean(), nullable=True))
    is_sqlite = op.get_context().dialect.name == "sqlite"
    listed = "'[' || gpu || ']'" if is_sqlite else "json_build_array(gpu)"
    op.execute(f"UPDATE attempts SET gpus = {listed} WHERE gpu IS NOT NULL")  # noqa: S608
    with op.batch_alter_table("studies") as table:
        table.alter_column("aliasing", server_default=None)
    with op.batch_alter_table("trials") as table:
        table.alter_column("tuning", server_default=None)
        table.drop_constraint("uq_trials_study_id_configuration_hash_seed", type_="unique")
        table.create_unique_constraint(
            "uq_trials_study_id_configuration_hash_seed_tuning", ["study_id", "configuration_hash", "seed", "tuning"]
        )
        _change_status(table, TRIAL_STATUS, (*TRIAL_STATUS, "pruned"))
    with op.batch_alter_table("attempts") as table:
        table.alter_column("gpus", server_default=None)
        table.drop_column("gpu")
        _change_status(table, ATTEMPT_STATUS, (*ATTEMPT_STATUS, "pruned"))


def downgrade() -> None:
    """Tuning trials have no place in the older tables, and go with all that was found in them."""
    tuning = "SELECT id FROM trials WHERE tuning > 0"
    of_tuning = f"SELECT id FROM attempts WHERE trial_id IN ({tuning})"  # noqa: S608
    op.execute(f"DELETE FROM metrics WHERE attempt_id IN ({of_tuning})")  # noqa: S608
    op.execute(f"DELETE FROM attempt_splits WHERE attempt_id IN ({of_tuning})")  # noqa: S608
    op.execute(f"DELETE FROM mirrored_trials WHERE trial_id IN ({tuning})")  # noqa: S608
    op.execute(f"DELETE FROM attempts WHERE trial_id IN ({tuning})")  # noqa: S608
    op.execute("DELETE FROM trials WHERE tuning > 0")
    with op.batch_alter_table("attempts") as table:
        table.add_column(sa.Column("gpu", sa.Integer(), nullable=True))
        _change_status(table, (*ATTEMPT_STATUS, "pruned"), ATTEMPT_STATUS)
    is_sqlite = op.get_context().dialect.name == "sqlite"
    first = "json_extract(gpus, '$[0]')" if is_sqlite else "CAST(gpus ->> 0 AS INTEGER)"
    op.execute(f"UPDATE attempts SET gpu = {first}")  # noqa: S608
    with op.batch_alter_table("attempts") as table:
        for column in ("gpus", "resumed_attempt", "resumed_step", "failure_is_infrastructure"):
            table.drop_column(column)
    with op.batch_alter_table("trials") as table:
        table.drop_constraint("uq_trials_study_id_configuration_hash_seed_tuning", type_="unique")
        table.create_unique_constraint(
            "uq_trials_study_id_configuration_hash_seed", ["study_id", "configuration_hash", "seed"]
        )
        table.drop_column("tuning")
        table.drop_column("configuration")
        _change_status(table, (*TRIAL_STATUS, "pruned"), TRIAL_STATUS)
    with op.batch_alter_table("studies") as table:
        table.drop_column("aliasing")
        table.drop_column("plan_digest")
    with op.batch_alter_table("combinations") as table:
        table.drop_column("matched")
    with op.batch_alter_table("environments") as table:
        table.drop_column("diff")
        table.drop_column("code")


def _layout() -> Literal["always", "auto"]:
    """SQLite would append a new column to the statement that made the table: copied, the table reads well."""
    return "always" if op.get_context().dialect.name == "sqlite" else "auto"


def _change_status(table: BatchOperations, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Let the column hold other words; both dialects keep them in a CHECK, which SQLite does not reflect."""
    table.alter_column("status", existing_type=_status(before), type_=_status(after), existing_nullable=False)


def _status(words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name="status", native_enum=False, create_constraint=True, length=16)
