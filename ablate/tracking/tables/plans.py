"""What was planned: studies, their factors and levels, combinations and trials."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ablate.tracking.columns import closed_choice
from ablate.tracking.records import TrialStatus
from ablate.tracking.tables.table import OPTIONAL_JSON, Digest, Json, Table


class Study(Table):
    """A study as it was last planned."""

    __tablename__ = "studies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    question: Mapped[str] = mapped_column(Text)
    spec: Mapped[Json]
    exclusions: Mapped[list[Any]]
    aliasing: Mapped[list[Any]]
    plan_digest: Mapped[str | None] = mapped_column(Digest)


class Factor(Table):
    """A part of the configuration that the study varies, or varied in an earlier plan."""

    __tablename__ = "factors"
    __table_args__ = (UniqueConstraint("study_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    is_planned: Mapped[bool]


class Level(Table):
    """A value of a factor. A label that is given another meaning is another level, so old results keep theirs."""

    __tablename__ = "levels"
    __table_args__ = (UniqueConstraint("factor_id", "label", "settings_digest"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    factor_id: Mapped[int] = mapped_column(ForeignKey("factors.id"))
    label: Mapped[str] = mapped_column(Text)
    settings: Mapped[Json]
    settings_digest: Mapped[str] = mapped_column(Digest)
    position: Mapped[int]
    is_planned: Mapped[bool]


class Combination(Table):
    """One resolved configuration of a study, without the seed.

    `configuration_hash` identifies it: the hash of the configuration, or of configuration and tuning together.
    """

    __tablename__ = "combinations"
    __table_args__ = (UniqueConstraint("study_id", "configuration_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"))
    configuration_hash: Mapped[str] = mapped_column(String(16))
    configuration: Mapped[Json]
    label: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    is_baseline: Mapped[bool]
    is_planned: Mapped[bool]
    matched: Mapped[Json | None] = mapped_column(OPTIONAL_JSON)


class CombinationLevel(Table):
    """The level that a combination takes of a factor, in its primary choice (0) or an alias (1, 2, ...)."""

    __tablename__ = "combination_levels"
    combination_id: Mapped[int] = mapped_column(ForeignKey("combinations.id"), primary_key=True)
    choice: Mapped[int] = mapped_column(primary_key=True)
    factor_id: Mapped[int] = mapped_column(ForeignKey("factors.id"), primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("levels.id"))


class Trial(Table):
    """Combination x seed: the unit that is planned, run, stored and counted; or, numbered by `tuning`, a tuning trial.

    `configuration` is set where tuning decides it; elsewhere it is the combination's.
    """

    __tablename__ = "trials"
    __table_args__ = (
        UniqueConstraint("study_id", "configuration_hash", "seed", "tuning"),
        UniqueConstraint("study_id", "name"),
        ForeignKeyConstraint(
            ["study_id", "configuration_hash"], ["combinations.study_id", "combinations.configuration_hash"]
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int]
    configuration_hash: Mapped[str] = mapped_column(String(16))
    seed: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    status: Mapped[TrialStatus] = mapped_column(closed_choice(TrialStatus, check="status"))
    is_planned: Mapped[bool]
    tuning: Mapped[int] = mapped_column(default=0)
    configuration: Mapped[Json | None] = mapped_column(OPTIONAL_JSON)
