"""What attempts left on the disk, what reports claimed, the text of code differences, and the system beneath."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ARTIFACT_KIND = ("spec", "metrics", "result", "log", "checkpoint", "mark", "other")
CLAIM_KIND = ("baseline", "switch")
VERDICT = ("better", "worse", "equivalent", "undecided")
SPLIT = ("train", "validation", "test", "unspecified")
DIRECTION = ("maximize", "minimize")
COPIED = ("device", "processor", "gpu", "cuda")
"""What `hardware` says, in columns of their own."""


def upgrade() -> None:
    _create_code_diffs()
    with op.batch_alter_table("environments", recreate=_layout()) as table:
        for name in (*COPIED, "driver", "system"):
            table.add_column(sa.Column(name, sa.Text(), nullable=True))
        table.create_foreign_key(op.f("fk_environments_diff_code_diffs"), "code_diffs", ["diff"], ["digest"])
    op.execute("UPDATE environments SET " + ", ".join(f"{name} = hardware ->> '{name}'" for name in COPIED))  # noqa: S608
    _create_artifacts()
    _create_reports()
    _create_comparisons()


def downgrade() -> None:
    for name in ("comparisons", "reports", "artifacts"):
        op.drop_table(name)
    with op.batch_alter_table("environments") as table:
        table.drop_constraint(op.f("fk_environments_diff_code_diffs"), type_="foreignkey")
        for name in (*COPIED, "driver", "system"):
            table.drop_column(name)
    op.drop_table("code_diffs")


def _create_code_diffs() -> None:
    """Of the differences that are known by their digests, the texts are not."""
    op.create_table(
        "code_diffs",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("is_cut", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_code_diffs")),
    )
    op.execute("INSERT INTO code_diffs (digest) SELECT DISTINCT diff FROM environments WHERE diff IS NOT NULL")


def _create_artifacts() -> None:
    op.create_table(
        "artifacts",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", _choice(ARTIFACT_KIND, check="kind"), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_artifacts_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", "path", name=op.f("pk_artifacts")),
    )


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column("split", _choice(SPLIT), nullable=False),
        sa.Column("direction", _choice(DIRECTION), nullable=False),
        sa.Column("family", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_reports_study_id_studies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("study_id", "digest", name=op.f("uq_reports_study_id_digest")),
    )


def _create_comparisons() -> None:
    keys = {
        "report_id": "reports",
        "factor_id": "factors",
        "combination_id": "combinations",
        "baseline_id": "combinations",
    }
    op.create_table(
        "comparisons",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", _choice(CLAIM_KIND, check="kind"), nullable=False),
        sa.Column("factor_id", sa.Integer(), nullable=True),
        sa.Column("combination_id", sa.Integer(), nullable=False),
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("difference", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("sign_flip_p", sa.Double(), nullable=True),
        sa.Column("adjusted_p", sa.Double(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("seeds", sa.JSON(), nullable=False),
        sa.Column("verdict", _choice(VERDICT, check="verdict"), nullable=False),
        sa.Column("margin", sa.Double(), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_comparisons_{name}_{table}"))
            for name, table in keys.items()
        ),
        sa.PrimaryKeyConstraint("report_id", "position", name=op.f("pk_comparisons")),
    )


def _choice(words: tuple[str, ...], check: str | None = None) -> sa.Enum:
    return sa.Enum(*words, name=check, native_enum=False, create_constraint=check is not None, length=16)


def _layout() -> Literal["always", "auto"]:
    """SQLite would append a new column to the statement that made the table: copied, the table reads well."""
    return "always" if op.get_context().dialect.name == "sqlite" else "auto"
