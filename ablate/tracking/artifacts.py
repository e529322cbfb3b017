"""The files that attempts left on the disk."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ablate.tracking import tables
from ablate.tracking.lookup import find_attempt
from ablate.tracking.records import Artifact, ArtifactKind


def record(session: Session, attempt: tables.Attempt, found: Sequence[Artifact]) -> None:
    """Let the attempt have these files, and none that it was said to have before."""
    session.execute(delete(tables.Artifact).where(tables.Artifact.attempt_id == attempt.id))
    if found:
        rows = [{"attempt_id": attempt.id, **artifact.model_dump()} for artifact in found]
        session.execute(insert(tables.Artifact), rows)


def forget_checkpoints(session: Session, trial: tables.Trial) -> None:
    """A trial that is over has none any more."""
    of_trial = select(tables.Attempt.id).where(tables.Attempt.trial_id == trial.id)
    is_theirs = tables.Artifact.attempt_id.in_(of_trial)
    session.execute(delete(tables.Artifact).where(is_theirs, tables.Artifact.kind == ArtifactKind.CHECKPOINT))


def read(session: Session, study: str, trial: str, attempt: int) -> tuple[Artifact, ...]:
    """The files that an attempt left, by path."""
    _, row = find_attempt(session, study, trial, attempt)
    found = session.scalars(
        select(tables.Artifact).where(tables.Artifact.attempt_id == row.id).order_by(tables.Artifact.path)
    )
    return tuple(Artifact(path=file.path, kind=file.kind, bytes=file.bytes, sha256=file.sha256) for file in found)
