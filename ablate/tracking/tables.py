"""The tables of the tracking database: `db/README.md` draws them, `db/migrations` makes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ablate.specs import Split
from ablate.tracking.columns import Measured, UtcTime, closed_choice
from ablate.tracking.records import AttemptStatus, TrialStatus

Json = dict[str, Any]
OPTIONAL_JSON = JSON(none_as_null=True)
Digest = String(64)
"""SHA-256 of a value's canonical JSON: what equal things are recognised by."""


class Table(DeclarativeBase):
    """What all tables are: constraints named by one convention, so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {Json: JSON, list[Any]: JSON}


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


class Environment(Table):
    """What attempts ran on: packages, hardware, and the code: its commit, what differs from it, and its content."""

    __tablename__ = "environments"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    packages: Mapped[Json]
    hardware: Mapped[Json]
    commit: Mapped[str | None] = mapped_column(String(64))
    is_clean: Mapped[bool | None]
    diff: Mapped[str | None] = mapped_column(Digest)
    code: Mapped[str | None] = mapped_column(Digest)


class Attempt(Table):
    """One try at a trial; at most one of a trial's attempts is the accepted one, whose numbers count."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("trial_id", "number"),
        Index(
            "uq_attempts_accepted",
            "trial_id",
            unique=True,
            sqlite_where=text("is_accepted"),
            postgresql_where=text("is_accepted"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trials.id"))
    number: Mapped[int]
    status: Mapped[AttemptStatus] = mapped_column(closed_choice(AttemptStatus, check="status"))
    is_accepted: Mapped[bool] = mapped_column(default=False)
    executor: Mapped[str] = mapped_column(String(32))
    threads: Mapped[int]
    gpus: Mapped[list[Any]]
    resumed_attempt: Mapped[int | None]
    resumed_step: Mapped[int | None] = mapped_column(BigInteger)
    journal_offset: Mapped[int] = mapped_column(BigInteger, default=0)
    started: Mapped[float] = mapped_column(UtcTime)
    ended: Mapped[float | None] = mapped_column(UtcTime)
    reason: Mapped[str | None] = mapped_column(Text)
    failure_kind: Mapped[str | None] = mapped_column(Text)
    failure_message: Mapped[str | None] = mapped_column(Text)
    failure_traceback: Mapped[str | None] = mapped_column(Text)
    failure_is_infrastructure: Mapped[bool | None]
    parameters: Mapped[int | None] = mapped_column(BigInteger)
    macs: Mapped[int | None] = mapped_column(BigInteger)
    training_seconds: Mapped[float | None]
    peak_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    environment_id: Mapped[int | None] = mapped_column(ForeignKey("environments.id"))


class DataSplit(Table):
    """Which images a split held; equal splits are one row."""

    __tablename__ = "data_splits"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    images: Mapped[int]
    images_per_class: Mapped[list[Any]]
    fingerprint: Mapped[str] = mapped_column(Text)


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
