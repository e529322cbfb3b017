"""What the database knows of a study's trials, read as values and frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ablate.specs import Costs, Environment, Failure, MetricRecord, Split, SplitRecord
from ablate.tracking import tables
from ablate.tracking.lookup import find_attempt, find_study
from ablate.tracking.records import AttemptRecord, AttemptStatus, TrialRecord, TrialStatus

if TYPE_CHECKING:
    import pandas as pd

CURVE_COLUMNS = ("combination", "seed", "split", "step", "metric", "value")

Scores = dict[Split, dict[str, float]]


def progress(session: Session, study: str) -> dict[TrialStatus, int]:
    """How many trials of the current plan there are in every status."""
    rows = session.execute(
        select(tables.Trial.status, func.count())
        .where(tables.Trial.study_id == find_study(session, study).id, tables.Trial.is_planned)
        .group_by(tables.Trial.status)
    )
    counted: dict[TrialStatus, int] = {row[0]: row[1] for row in rows}
    return {status: counted.get(status, 0) for status in TrialStatus}


def unplanned(session: Session, study: str) -> int:
    """How many complete trials are kept that the current plan does not ask for."""
    query = select(func.count()).where(
        tables.Trial.study_id == find_study(session, study).id,
        ~tables.Trial.is_planned,
        tables.Trial.status == TrialStatus.COMPLETE,
    )
    return session.scalar(query) or 0


def trials(session: Session, study: str) -> tuple[TrialRecord, ...]:
    """The trials of the current plan, by the position of their combination and by seed."""
    study_id = find_study(session, study).id
    rows = session.scalars(
        select(tables.Trial)
        .join(tables.Combination, _is_its_combination())
        .where(tables.Trial.study_id == study_id, tables.Trial.is_planned)
        .order_by(tables.Combination.position, tables.Trial.seed)
    ).all()
    attempts: dict[int, list[tables.Attempt]] = defaultdict(list)
    for attempt in session.scalars(
        select(tables.Attempt).join(tables.Trial).where(tables.Trial.study_id == study_id).order_by("number")
    ):
        attempts[attempt.trial_id].append(attempt)
    is_accepted = (tables.Trial.study_id == study_id) & tables.Attempt.is_accepted
    scores, splits = _last_scores(session, is_accepted), _splits(session, is_accepted)
    environments = _environments(session, is_accepted)

    def recorded(trial: tables.Trial) -> TrialRecord:
        own = attempts[trial.id]
        accepted = next((attempt for attempt in own if attempt.is_accepted), None)
        head = {
            "name": trial.name,
            "combination": trial.configuration_hash,
            "seed": trial.seed,
            "status": trial.status,
            "attempts": len(own),
        }
        if accepted is None:
            return TrialRecord.model_validate({**head, "failure": _failure(trial, own)})
        return TrialRecord.model_validate(
            {
                **head,
                "accepted_attempt": accepted.number,
                "scores": scores[accepted.id],
                "costs": attempt_costs(accepted),
                "training_seconds": accepted.training_seconds,
                "splits": splits[accepted.id],
                "environment": environments.get(accepted.environment_id or 0),
            }
        )

    return tuple(recorded(trial) for trial in rows)


def attempts(session: Session, study: str, *, open_only: bool) -> tuple[AttemptRecord, ...]:
    """All attempts, or those that run, of planned and unplanned trials, by combination, seed and number."""
    query = (
        select(tables.Trial.name, tables.Attempt)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .join(tables.Combination, _is_its_combination())
        .where(tables.Trial.study_id == find_study(session, study).id)
        .order_by(tables.Combination.position, tables.Combination.id, tables.Trial.seed, tables.Attempt.number)
    )
    if open_only:
        query = query.where(tables.Attempt.status == AttemptStatus.RUNNING)
    return tuple(attempt_record(name, row) for name, row in session.execute(query))


def attempt_record(trial: str, row: tables.Attempt) -> AttemptRecord:
    """One attempt as a value."""
    return AttemptRecord(
        trial=trial,
        number=row.number,
        status=row.status,
        executor=row.executor,
        threads=row.threads,
        gpu=row.gpu,
        offset=row.journal_offset,
        started=row.started,
        ended=row.ended,
        reason=row.reason,
    )


def attempt_costs(row: tables.Attempt) -> Costs | None:
    """What the attempt's model costs, where the job said so."""
    if row.parameters is None or row.macs is None:
        return None
    return Costs(parameters=row.parameters, macs=row.macs)


def metric_records(session: Session, study: str, trial: str, attempt: int, from_step: int) -> tuple[MetricRecord, ...]:
    """What an attempt recorded from a step on, in the order of time."""
    _, row = find_attempt(session, study, trial, attempt)
    numbers = session.execute(
        select(
            tables.Metric.time, tables.Metric.step, tables.MetricKey.split, tables.MetricKey.name, tables.Metric.value
        )
        .join(tables.MetricKey, tables.MetricKey.id == tables.Metric.key_id)
        .where(tables.Metric.attempt_id == row.id, tables.Metric.step >= from_step)
        .order_by(tables.Metric.time, tables.Metric.step, tables.MetricKey.split, tables.MetricKey.name)
    )
    lines: dict[tuple[float, int, Split], dict[str, float]] = defaultdict(dict)
    for moment, step, split, name, value in numbers:
        lines[moment, step, split][name] = value
    return tuple(
        MetricRecord(step=step, split=split, time=moment, values=values)
        for (moment, step, split), values in lines.items()
    )


def curves(session: Session, study: str) -> pd.DataFrame:
    """Every metric of the accepted attempts of the current plan, one row per number, in plan order."""
    import pandas as pd

    rows = session.execute(
        select(
            tables.Trial.configuration_hash,
            tables.Trial.seed,
            tables.MetricKey.split,
            tables.Metric.step,
            tables.MetricKey.name,
            tables.Metric.value,
        )
        .select_from(tables.Trial)
        .join(tables.Combination, _is_its_combination())
        .join(tables.Attempt, (tables.Attempt.trial_id == tables.Trial.id) & tables.Attempt.is_accepted)
        .join(tables.Metric, tables.Metric.attempt_id == tables.Attempt.id)
        .join(tables.MetricKey, tables.MetricKey.id == tables.Metric.key_id)
        .where(tables.Trial.study_id == find_study(session, study).id, tables.Trial.is_planned)
        .order_by(
            tables.Combination.position,
            tables.Trial.seed,
            tables.MetricKey.split,
            tables.Metric.step,
            tables.MetricKey.name,
        )
    ).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(CURVE_COLUMNS)
    types = ("str", "int64", "str", "int64", "str", "float64")
    return pd.DataFrame(
        {name: pd.Series(values, dtype=kind) for name, values, kind in zip(CURVE_COLUMNS, columns, types, strict=True)}
    )


def _is_its_combination() -> ColumnElement[bool]:
    return (tables.Combination.study_id == tables.Trial.study_id) & (
        tables.Combination.configuration_hash == tables.Trial.configuration_hash
    )


def _last_scores(session: Session, which: ColumnElement[bool]) -> dict[int, Scores]:
    """By attempt: the metrics of each split at the last step that the split has."""
    last = (
        select(tables.Metric.attempt_id, tables.MetricKey.split, func.max(tables.Metric.step).label("step"))
        .join(tables.MetricKey, tables.MetricKey.id == tables.Metric.key_id)
        .join(tables.Attempt, tables.Attempt.id == tables.Metric.attempt_id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(which)
        .group_by(tables.Metric.attempt_id, tables.MetricKey.split)
        .subquery()
    )
    rows = session.execute(
        select(tables.Metric.attempt_id, tables.MetricKey.split, tables.MetricKey.name, tables.Metric.value)
        .select_from(last)
        .join(tables.MetricKey, tables.MetricKey.split == last.c.split)
        .join(
            tables.Metric,
            (tables.Metric.attempt_id == last.c.attempt_id)
            & (tables.Metric.key_id == tables.MetricKey.id)
            & (tables.Metric.step == last.c.step),
        )
        .order_by(tables.MetricKey.split, tables.MetricKey.name)
    )
    scores: dict[int, Scores] = defaultdict(lambda: defaultdict(dict))
    for attempt_id, split, name, value in rows:
        scores[attempt_id][split][name] = value
    return scores


def _splits(session: Session, which: ColumnElement[bool]) -> dict[int, dict[Split, SplitRecord]]:
    rows = session.execute(
        select(tables.AttemptSplit.attempt_id, tables.AttemptSplit.split, tables.DataSplit)
        .join(tables.DataSplit, tables.DataSplit.id == tables.AttemptSplit.data_split_id)
        .join(tables.Attempt, tables.Attempt.id == tables.AttemptSplit.attempt_id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(which)
        .order_by(tables.AttemptSplit.attempt_id, tables.AttemptSplit.split)
    )
    splits: dict[int, dict[Split, SplitRecord]] = defaultdict(dict)
    for attempt_id, split, row in rows:
        splits[attempt_id][split] = SplitRecord(
            images=row.images, images_per_class=tuple(row.images_per_class), fingerprint=row.fingerprint
        )
    return splits


def _environments(session: Session, which: ColumnElement[bool]) -> dict[int, Environment]:
    # Not by DISTINCT: PostgreSQL cannot compare JSON columns.
    used = (
        select(tables.Attempt.environment_id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(which)
    )
    rows = session.scalars(select(tables.Environment).where(tables.Environment.id.in_(used)))
    return {
        row.id: Environment(packages=row.packages, hardware=row.hardware, commit=row.commit, is_clean=row.is_clean)
        for row in rows
    }


def _failure(trial: tables.Trial, attempts: Sequence[tables.Attempt]) -> Failure | None:
    """Why a failed trial failed, as its last failed attempt says."""
    if trial.status is not TrialStatus.FAILED:
        return None
    failed = [attempt for attempt in attempts if attempt.status is AttemptStatus.FAILED]
    if not failed or failed[-1].failure_kind is None:
        return Failure(kind="Unknown", message=failed[-1].reason or "" if failed else "failed without saying why")
    last = failed[-1]
    return Failure(
        kind=last.failure_kind or "", message=last.failure_message or "", traceback=last.failure_traceback or ""
    )
