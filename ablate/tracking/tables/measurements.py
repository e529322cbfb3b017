"""What was measured, and on which images."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ablate.specs import Split
from ablate.tracking.columns import Measured, closed_choice
from ablate.tracking.tables.table import Digest, Table


class DataSplit(Table):
    """Which images a split held; equal splits are one row."""

    __tablename__ = "data_splits"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    images: Mapped[int]
    images_per_class: Mapped[list[Any]]
    fingerprint: Mapped[str] = mapped_column(Text)
    content: Mapped[str | None] = mapped_column(Text)


class AttemptSplit(Table):
    """The split of the data that an attempt was trained, validated or tested on."""

    __tablename__ = "attempt_splits"
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    split: Mapped[Split] = mapped_column(closed_choice(Split), primary_key=True)
    data_split_id: Mapped[int] = mapped_column(ForeignKey("data_splits.id"))


class MetricKey(Table):
    """A split and the name of a number measured on it, kept once instead of in every row of `metrics`."""

    __tablename__ = "metric_keys"
    __table_args__ = (UniqueConstraint("split", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    split: Mapped[Split] = mapped_column(closed_choice(Split))
    name: Mapped[str] = mapped_column(String(64))


class Metric(Table):
    """One number: `value` after `step` epochs, NULL if it was not a number; `time` in seconds since 1970 UTC.

    The rows lie in the order of their key (in SQLite: WITHOUT ROWID), so a curve is one short read, and they keep
    `time` as eight bytes, for there are millions of them.
    """

    __tablename__ = "metrics"
    __table_args__ = {"sqlite_with_rowid": False}
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("metric_keys.id"), primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[float] = mapped_column(Measured, nullable=True)
    time: Mapped[float]
