"""What an MLflow was told."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ablate.tracking.tables.table import Digest, Table


class MirroredStudy(Table):
    """A study's experiment in one MLflow, and what was last written about the study as a whole."""

    __tablename__ = "mirrored_studies"
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), primary_key=True)
    destination: Mapped[str] = mapped_column(Digest, primary_key=True)
    experiment_id: Mapped[str] = mapped_column(String(64))
    note_digest: Mapped[str | None] = mapped_column(Digest)
    report_digest: Mapped[str | None] = mapped_column(Digest)


class MirroredTrial(Table):
    """A trial's run in one MLflow: the attempt and the levels it shows, and how much of them was written there."""

    __tablename__ = "mirrored_trials"
    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id"), primary_key=True)
    destination: Mapped[str] = mapped_column(Digest, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int]
    label: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    step: Mapped[int] = mapped_column(BigInteger)
