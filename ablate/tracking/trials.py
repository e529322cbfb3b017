"""Trials of the current plan as values, with what their attempts found; in as few narrow rows as there can be."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Double, func, select, true, type_coerce
from sqlalchemy.orm import Session

from ablate.specs import Configuration, Costs, Environment, Failure, Measures, Split, SplitRecord
from ablate.tracking import tables
from ablate.tracking.lookup import find_study
from ablate.tracking.records import AttemptStatus, TrialRecord, TrialStatus
from ablate.tracking.results import is_its_combination

Scores = dict[Split, dict[str, float]]


def replicates(session: Session, study: str) -> tuple[TrialRecord, ...]:
    """The trials of the current plan, by the position of their combination and by seed."""
    return _records(session, find_study(session, study).id, tables.Trial.tuning == 0)


def tuning_trials(session: Session, study: str) -> tuple[TrialRecord, ...]:
    """The tuning trials of the current plan, by the position of their combination and by number."""
    return _records(session, find_study(session, study).id, tables.Trial.tuning > 0)


def costs(parameters: int | None, macs: int | None) -> Costs | None:
    """What the attempt's model costs, where the job, or the source of an import, said so."""
    return None if parameters is None and macs is None else Costs(parameters=parameters, macs=macs)


def measures_of(row: Any) -> Measures:
    """The measures in the columns of an attempt, or of a row that has them."""
    return Measures(**{name: getattr(row, name) for name in Measures.model_fields})


def failures_of(session: Session, which: ColumnElement[bool]) -> dict[int, Failure]:
    """By failed trial: why, as its last failed attempt says."""
    attempt = tables.Attempt
    rows = session.execute(
        select(tables.Trial.id, attempt.reason, attempt.failure_kind, attempt.failure_message)
        .add_columns(attempt.failure_traceback, attempt.failure_is_infrastructure)
        .select_from(tables.Trial)
        .outerjoin(attempt, (attempt.trial_id == tables.Trial.id) & (attempt.status == AttemptStatus.FAILED))
        .where(which, tables.Trial.status == TrialStatus.FAILED)
        .order_by(attempt.number)
    )
    return {
        trial_id: Failure(
            kind=kind or "Unknown",
            message=message if kind and message else reason or "failed without saying why",
            traceback=traceback or "",
            is_infrastructure=bool(is_infrastructure),
        )
        for trial_id, reason, kind, message, traceback, is_infrastructure in rows
    }


def _records(session: Session, study_id: int, kind: ColumnElement[bool]) -> tuple[TrialRecord, ...]:
    is_wanted = (tables.Trial.study_id == study_id) & tables.Trial.is_planned & kind
    trial = tables.Trial
    rows = session.execute(
        select(trial.id, trial.name, trial.configuration_hash, trial.seed, trial.status, trial.tuning)
        .add_columns(trial.configuration)
        .join(tables.Combination, is_its_combination())
        .where(is_wanted)
        .order_by(tables.Combination.position, trial.tuning, trial.seed)
    ).all()
    counts = _counts(session, is_wanted)
    found = _found(session, is_wanted)
    failures = failures_of(session, is_wanted)
    configurations = _Configurations()
    return tuple(
        TrialRecord(
            name=row.name,
            combination=row.configuration_hash,
            seed=row.seed,
            status=row.status,
            attempts=counts.get(row.id, 0),
            tuning=row.tuning,
            configuration=configurations.of(row.configuration),
            failure=failures.get(row.id),
            **found.get(row.id, {}),
        )
        for row in rows
    )


class _Configurations:
    """Configurations as values; replicates of one combination share theirs, so it is checked once."""

    def __init__(self) -> None:
        self._last: tuple[dict[str, Any], Configuration] | None = None

    def of(self, fields: dict[str, Any] | None) -> Configuration | None:
        if fields is None:
            return None
        if self._last is None or self._last[0] != fields:
            self._last = fields, Configuration.model_validate(fields)
        return self._last[1]


def _counts(session: Session, which: ColumnElement[bool]) -> dict[int, int]:
    """By trial: how many attempts there were."""
    rows = session.execute(
        select(tables.Attempt.trial_id, func.count())
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(which)
        .group_by(tables.Attempt.trial_id)
    )
    return {row[0]: row[1] for row in rows}


def _found(session: Session, which: ColumnElement[bool]) -> dict[int, dict[str, Any]]:
    """By trial: what its accepted attempt found, or, if it was pruned, the attempt that was cut short."""
    attempt = tables.Attempt
    measures = [getattr(attempt, name) for name in Measures.model_fields]
    counts = which & (attempt.is_accepted | (attempt.status == AttemptStatus.PRUNED))
    rows = session.execute(
        select(attempt.id, attempt.trial_id, attempt.number, attempt.is_accepted, attempt.environment_id)
        .add_columns(attempt.parameters, attempt.macs, attempt.training_seconds, attempt.peak_memory_bytes)
        .add_columns(*measures)
        .join(tables.Trial, tables.Trial.id == attempt.trial_id)
        .where(counts)
    ).all()
    scores, splits, environments = (
        _last_scores(session, counts),
        splits_of(session, counts),
        _environments(session, counts),
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        found[row.trial_id] = {"scores": scores.get(row.id, {})}
        if row.is_accepted:
            found[row.trial_id] |= {
                "accepted_attempt": row.number,
                "costs": costs(row.parameters, row.macs),
                "training_seconds": row.training_seconds,
                "peak_memory_bytes": row.peak_memory_bytes,
                "measures": measures_of(row),
                "splits": splits.get(row.id, {}),
                "environment": environments.get(row.environment_id),
            }
    return found


def _last_scores(session: Session, which: ColumnElement[bool]) -> dict[int, Scores]:
    """By attempt: the metrics of each split at the last step that the split has; of none, each metric's own last.

    The end of every curve is sought by the key of `metrics`, so the length of the curves does not matter.
    """
    metric, key, attempt = tables.Metric, tables.MetricKey, tables.Attempt
    is_of_curve = (metric.attempt_id == attempt.id) & (metric.key_id == key.id)
    step, value = (
        select(column)
        .where(is_of_curve)
        .order_by(metric.step.desc())
        .limit(1)
        .correlate(attempt, key)
        .scalar_subquery()
        for column in (metric.step, type_coerce(metric.value, Double))
    )
    rows = session.execute(
        select(attempt.id, key.id, step, value)
        .select_from(attempt)
        .join(tables.Trial, tables.Trial.id == attempt.trial_id)
        .join(key, true())
        .where(which)
        .order_by(attempt.id)
    )
    keys = {row.id: (row.split, row.name) for row in session.scalars(select(key).order_by(key.split, key.name))}
    scores: dict[int, Scores] = {}
    for attempt_id, found in groupby(rows, key=itemgetter(0)):
        ends = {key_id: (last, number) for _, key_id, last, number in found if last is not None}
        last_steps: dict[Split, int] = {}
        for key_id, (last, _) in ends.items():
            split = keys[key_id][0]
            last_steps[split] = max(last, last_steps.get(split, last))
        own: Scores = {}
        for key_id, (split, name) in keys.items():
            last, number = ends.get(key_id, (None, None))
            if last is not None and (last == last_steps[split] or split is Split.UNSPECIFIED):
                own.setdefault(split, {})[name] = math.nan if number is None else number
        scores[attempt_id] = own
    return scores


def splits_of(session: Session, which: ColumnElement[bool]) -> dict[int, dict[Split, SplitRecord]]:
    """By attempt: which images each split held that it worked on."""
    known = {
        row.id: SplitRecord(
            images=row.images,
            images_per_class=tuple(row.images_per_class),
            fingerprint=row.fingerprint,
            content=row.content,
        )
        for row in session.scalars(select(tables.DataSplit))
    }
    rows = session.execute(
        select(tables.AttemptSplit.attempt_id, tables.AttemptSplit.split, tables.AttemptSplit.data_split_id)
        .join(tables.Attempt, tables.Attempt.id == tables.AttemptSplit.attempt_id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(which)
        .order_by(tables.AttemptSplit.attempt_id, tables.AttemptSplit.split)
    )
    found: dict[int, dict[Split, SplitRecord]] = defaultdict(dict)
    for attempt_id, split, data_split_id in rows:
        found[attempt_id][split] = known[data_split_id]
    return found


def _environments(session: Session, which: ColumnElement[bool]) -> dict[int, Environment]:
    # Not by DISTINCT: PostgreSQL cannot compare JSON columns.
    used = (
        select(tables.Attempt.environment_id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(which)
    )
    rows = session.scalars(select(tables.Environment).where(tables.Environment.id.in_(used)))
    return {
        row.id: Environment(
            packages=row.packages,
            hardware=row.hardware,
            commit=row.commit,
            is_clean=row.is_clean,
            diff=row.diff,
            code=row.code,
            driver=row.driver,
            system=row.system,
        )
        for row in rows
    }
