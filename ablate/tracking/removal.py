"""Taking a study's rows out, so that they can be made anew, and what was mirrored of it over into the new ones."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ablate.tracking import tables
from ablate.tracking.lookup import find_study


class Size(NamedTuple):
    """How many rows of a study there are, of every plan that it had."""

    trials: int
    attempts: int
    metrics: int


class MirrorState(NamedTuple):
    """What MLflow was told of a study, by names that do not change when its rows are made anew."""

    study: list[dict[str, Any]]
    trials: list[tuple[str, dict[str, Any]]]


def size(session: Session, study: str) -> Size:
    """How large a study is."""
    trials = select(tables.Trial.id).where(tables.Trial.study_id == find_study(session, study).id)
    attempts = select(tables.Attempt.id).where(tables.Attempt.trial_id.in_(trials))
    metrics = select(tables.Metric.attempt_id).where(tables.Metric.attempt_id.in_(attempts))
    counts = (
        session.scalar(select(func.count()).select_from(found.subquery())) for found in (trials, attempts, metrics)
    )
    return Size(*(count or 0 for count in counts))


def read_mirror(session: Session, study: str) -> MirrorState:
    """What MLflow was told of the study, whichever MLflow."""
    study_id = find_study(session, study).id
    of_study = session.scalars(select(tables.MirroredStudy).where(tables.MirroredStudy.study_id == study_id))
    of_trials = session.execute(
        select(tables.Trial.name, tables.MirroredTrial)
        .join(tables.MirroredTrial, tables.MirroredTrial.trial_id == tables.Trial.id)
        .where(tables.Trial.study_id == study_id)
    )
    return MirrorState(
        [_fields(row, "study_id") for row in of_study], [(name, _fields(row, "trial_id")) for name, row in of_trials]
    )


def write_mirror(session: Session, study: str, state: MirrorState) -> None:
    """Remember it of the study's new rows; a trial that is no more takes with it what was mirrored of it."""
    study_id = find_study(session, study).id
    of_study = select(tables.Trial.name, tables.Trial.id).where(tables.Trial.study_id == study_id)
    ids = {row.name: row.id for row in session.execute(of_study)}
    session.add_all(tables.MirroredStudy(study_id=study_id, **fields) for fields in state.study)
    session.add_all(tables.MirroredTrial(trial_id=ids[name], **fields) for name, fields in state.trials if name in ids)


def remove(session: Session, study: str) -> None:
    """Delete every row that is of this study alone, and then those that no study refers to any more."""
    study_id = find_study(session, study).id
    trials = select(tables.Trial.id).where(tables.Trial.study_id == study_id)
    attempts = select(tables.Attempt.id).where(tables.Attempt.trial_id.in_(trials))
    reports = select(tables.Report.id).where(tables.Report.study_id == study_id)
    factors = select(tables.Factor.id).where(tables.Factor.study_id == study_id)
    combinations = select(tables.Combination.id).where(tables.Combination.study_id == study_id)
    for table, is_meant in (
        (tables.MirroredTrial, tables.MirroredTrial.trial_id.in_(trials)),
        (tables.MirroredStudy, tables.MirroredStudy.study_id == study_id),
        (tables.Comparison, tables.Comparison.report_id.in_(reports)),
        (tables.Report, tables.Report.study_id == study_id),
        (tables.Artifact, tables.Artifact.attempt_id.in_(attempts)),
        (tables.Metric, tables.Metric.attempt_id.in_(attempts)),
        (tables.AttemptSplit, tables.AttemptSplit.attempt_id.in_(attempts)),
        (tables.Attempt, tables.Attempt.trial_id.in_(trials)),
        (tables.Trial, tables.Trial.study_id == study_id),
        (tables.CombinationLevel, tables.CombinationLevel.combination_id.in_(combinations)),
        (tables.Combination, tables.Combination.study_id == study_id),
        (tables.Level, tables.Level.factor_id.in_(factors)),
        (tables.Factor, tables.Factor.study_id == study_id),
        (tables.Study, tables.Study.id == study_id),
        (tables.Environment, ~_is_used(tables.Environment.id, tables.Attempt.environment_id)),
        (tables.DataSplit, ~_is_used(tables.DataSplit.id, tables.AttemptSplit.data_split_id)),
        (tables.MetricKey, ~_is_used(tables.MetricKey.id, tables.Metric.key_id)),
    ):
        session.execute(delete(table).where(is_meant), execution_options={"synchronize_session": False})
    session.expunge_all()


def _is_used(column: Any, reference: Any) -> Any:
    return select(reference).where(reference == column).exists()


def _fields(row: tables.Table, without: str) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != without}
