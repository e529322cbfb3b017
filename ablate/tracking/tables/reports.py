"""What reports claimed, when, and of which numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ablate.specs import Direction, Split
from ablate.tracking.claims import ClaimedVerdict, ClaimKind
from ablate.tracking.columns import UtcTime, closed_choice
from ablate.tracking.tables.table import Digest, Table


class Report(Table):
    """A report as it was first written: another content is another row, and old ones stay.

    `digest` is the SHA-256 of its `report.json`; `version` is that of the program; `family` is the number of
    comparisons with the baseline, for which they are corrected; `planned` and `complete` count trials.
    """

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("study_id", "digest"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    digest: Mapped[str] = mapped_column(Digest)
    written: Mapped[float] = mapped_column(UtcTime)
    version: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    metric: Mapped[str] = mapped_column(String(64))
    split: Mapped[Split] = mapped_column(closed_choice(Split))
    direction: Mapped[Direction] = mapped_column(closed_choice(Direction))
    family: Mapped[int]
    planned: Mapped[int]
    complete: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)


class Comparison(Table):
    """One comparison of a report: a combination and what it was compared with, over the `seeds` that both had.

    `kind`: with the study's baseline, or one `switch` of the factor `factor_id` with everything else equal.
    `difference` (first minus second, with the bounds of its interval) and `margin` are in the metric's own unit;
    what could not be had is NULL.
    """

    __tablename__ = "comparisons"
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ClaimKind] = mapped_column(closed_choice(ClaimKind, check="kind"))
    factor_id: Mapped[int | None] = mapped_column(ForeignKey("factors.id"))
    combination_id: Mapped[int] = mapped_column(ForeignKey("combinations.id"))
    baseline_id: Mapped[int] = mapped_column(ForeignKey("combinations.id"))
    difference: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    sign_flip_p: Mapped[float | None]
    adjusted_p: Mapped[float | None]
    n: Mapped[int]
    seeds: Mapped[list[Any]]
    verdict: Mapped[ClaimedVerdict] = mapped_column(closed_choice(ClaimedVerdict, check="verdict"))
    margin: Mapped[float | None]
