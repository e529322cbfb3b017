"""What was tried: attempts, what they ran on, and what they left on the disk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ablate.specs import EnergySource
from ablate.tracking.columns import UtcTime, closed_choice
from ablate.tracking.records import ArtifactKind, AttemptStatus
from ablate.tracking.tables.table import Digest, Json, Table


class CodeDiff(Table):
    """What code had beyond its commit, once for all that ran with it: `text` can be applied by `git apply`.

    `text` and `is_cut` are NULL where only the digest was recorded. `is_cut`: there was more of it.
    """

    __tablename__ = "code_diffs"
    digest: Mapped[str] = mapped_column(Digest, primary_key=True)
    text: Mapped[str | None] = mapped_column(Text)
    is_cut: Mapped[bool | None]


class Environment(Table):
    """What attempts ran on: packages, hardware, system, and the code: its commit, what differs from it, its content.

    `device`, `processor`, `gpu` and `cuda` repeat what `hardware` says of them, to be asked for; `driver` is the GPU's.
    """

    __tablename__ = "environments"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Digest, unique=True)
    packages: Mapped[Json]
    hardware: Mapped[Json]
    device: Mapped[str | None] = mapped_column(Text)
    processor: Mapped[str | None] = mapped_column(Text)
    gpu: Mapped[str | None] = mapped_column(Text)
    cuda: Mapped[str | None] = mapped_column(Text)
    driver: Mapped[str | None] = mapped_column(Text)
    system: Mapped[str | None] = mapped_column(Text)
    commit: Mapped[str | None] = mapped_column(String(64))
    is_clean: Mapped[bool | None]
    diff: Mapped[str | None] = mapped_column(ForeignKey("code_diffs.digest"))
    code: Mapped[str | None] = mapped_column(Digest)


class Attempt(Table):
    """One try at a trial; at most one of a trial's attempts is the accepted one, whose numbers count.

    The columns from `training_images_per_second` on are the fields of `ablate.specs.Measures`.
    """

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
    training_images_per_second: Mapped[float | None]
    seconds_per_epoch: Mapped[float | None]
    inference_batch: Mapped[int | None]
    inference_latency_seconds: Mapped[float | None]
    inference_images_per_second: Mapped[float | None]
    energy_joules: Mapped[float | None]
    energy_source: Mapped[EnergySource | None] = mapped_column(closed_choice(EnergySource))
    micro_batch: Mapped[int | None]
    micro_batch_planned: Mapped[int | None]
    memory_halvings: Mapped[int | None]
    has_batch_norm: Mapped[bool | None]
    environment_id: Mapped[int | None] = mapped_column(ForeignKey("environments.id"))


class Artifact(Table):
    """A file that an attempt left, `path` from the workspace on; no `sha256` of checkpoints and of what is large."""

    __tablename__ = "artifacts"
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[ArtifactKind] = mapped_column(closed_choice(ArtifactKind, check="kind"))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Digest)
