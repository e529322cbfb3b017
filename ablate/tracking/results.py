"""What the database knows of a study's trials, read as values and frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from ablate.specs import MetricRecord, Resumption, Split
from ablate.tracking import tables
from ablate.tracking.lookup import find_attempt, find_study
from ablate.tracking.records import AttemptRecord, AttemptStatus, CodeRecord

ATTEMPT_COLUMNS = (
    tables.Attempt.number,
    tables.Attempt.status,
    tables.Attempt.executor,
    tables.Attempt.threads,
    tables.Attempt.gpus,
    tables.Attempt.journal_offset,
    tables.Attempt.started,
    tables.Attempt.ended,
    tables.Attempt.reason,
    tables.Attempt.resumed_attempt,
    tables.Attempt.resumed_step,
    tables.Attempt.failure_is_infrastructure,
)
"""What an `AttemptRecord` is made of: whole rows would take three times as long, and there are tens of thousands."""

PART = 100_000
"""As many numbers are read at once as take some ten megabytes."""

OWN_PACKAGE = "ablate-studies"
"""The name under which an environment lists this package's version."""


def attempts(session: Session, study: str, *, open_only: bool) -> tuple[AttemptRecord, ...]:
    """All attempts, or those that run, also of unplanned trials, by combination, tuning trial, seed and number."""
    query = (
        select(tables.Trial.name, tables.Trial.tuning, *ATTEMPT_COLUMNS)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .join(tables.Combination, is_its_combination())
        .where(tables.Trial.study_id == find_study(session, study).id)
        .order_by(
            tables.Combination.position,
            tables.Combination.id,
            tables.Trial.tuning,
            tables.Trial.seed,
            tables.Attempt.number,
        )
    )
    if open_only:
        query = query.where(tables.Attempt.status == AttemptStatus.RUNNING)
    return tuple(attempt_record(row.name, row.tuning, row) for row in session.execute(query))


def closed_attempts(session: Session, study: str) -> frozenset[tuple[str, int]]:
    """Trial and number of every attempt that has ended, in one query of narrow rows."""
    rows = session.execute(
        select(tables.Trial.name, tables.Attempt.number)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(tables.Trial.study_id == find_study(session, study).id, tables.Attempt.status != AttemptStatus.RUNNING)
    )
    return frozenset((name, number) for name, number in rows)


def attempt_record(trial: str, tuning: int, row: tables.Attempt | Row[Any]) -> AttemptRecord:
    """One attempt as a value, from its row or from `ATTEMPT_COLUMNS` of it."""
    return AttemptRecord(
        trial=trial,
        number=row.number,
        status=row.status,
        executor=row.executor,
        threads=row.threads,
        gpus=tuple(row.gpus),
        offset=row.journal_offset,
        started=row.started,
        ended=row.ended,
        reason=row.reason,
        tuning=tuning,
        resumed=resumption(row.resumed_attempt, row.resumed_step),
        is_infrastructure=bool(row.failure_is_infrastructure),
    )


def resumption(attempt: int | None, step: int | None) -> Resumption | None:
    """Where an attempt took up earlier work, if it did."""
    return None if attempt is None or step is None else Resumption(attempt=attempt, step=step)


def metric_records(session: Session, study: str, trial: str, attempt: int, from_step: int) -> tuple[MetricRecord, ...]:
    """What an attempt recorded from a step on, in the order of time."""
    _, row = find_attempt(session, study, trial, attempt)
    which = (tables.Metric.attempt_id == row.id) & (tables.Metric.step >= from_step)
    return _lines(row[1:] for row in session.execute(_numbers(which)))


def tuning_curves(session: Session, study: str) -> dict[str, tuple[MetricRecord, ...]]:
    """By tuning trial of the current plan: what its newest attempt, or its accepted one, recorded."""
    attempts = session.execute(
        select(tables.Trial.name, tables.Attempt.id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .join(tables.Combination, is_its_combination())
        .where(tables.Trial.study_id == find_study(session, study).id, tables.Trial.is_planned, tables.Trial.tuning > 0)
        .order_by(tables.Combination.position, tables.Trial.tuning, tables.Attempt.is_accepted, tables.Attempt.number)
    )
    newest = {row[0]: row[1] for row in attempts}  # later rows win
    which = tables.Metric.attempt_id.in_(
        select(tables.Attempt.id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(tables.Trial.study_id == find_study(session, study).id, tables.Trial.tuning > 0)
    )
    rows: dict[int, list[Number]] = defaultdict(list)
    for row in session.execute(_numbers(which)):
        rows[row[0]].append(row[1:])
    return {name: _lines(rows[attempt]) for name, attempt in newest.items()}


def codes(session: Session, study: str) -> tuple[CodeRecord, ...]:
    """The code that the complete trials of the current plan ran with, the most used first."""
    rows = session.execute(
        select(tables.Environment, func.count())
        .join(tables.Attempt, tables.Attempt.environment_id == tables.Environment.id)
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .where(tables.Trial.study_id == find_study(session, study).id, tables.Trial.is_planned)
        .where(tables.Attempt.is_accepted)
        .group_by(tables.Environment.id)
    )
    counts: dict[tuple[str | None, str | None, bool | None, str | None, str | None], int] = defaultdict(int)
    for row, count in rows:
        counts[row.code, row.commit, row.is_clean, row.diff, row.packages.get(OWN_PACKAGE)] += count
    found = [
        CodeRecord(code=code, commit=commit, is_clean=is_clean, diff=diff, version=version, trials=trials)
        for (code, commit, is_clean, diff, version), trials in counts.items()
    ]
    return tuple(sorted(found, key=lambda record: (-record.trials, record.model_dump_json())))


def is_its_combination() -> ColumnElement[bool]:
    """The combination that a trial belongs to."""
    return (tables.Combination.study_id == tables.Trial.study_id) & (
        tables.Combination.configuration_hash == tables.Trial.configuration_hash
    )


Number = tuple[float, int, Split, str, float]
"""Time, step, split, name and value."""


def _numbers(which: ColumnElement[bool]) -> Select[int, float, int, Split, str, float]:
    """Attempt and number, in the order of time."""
    return (
        select(
            tables.Metric.attempt_id,
            tables.Metric.time,
            tables.Metric.step,
            tables.MetricKey.split,
            tables.MetricKey.name,
            tables.Metric.value,
        )
        .join(tables.MetricKey, tables.MetricKey.id == tables.Metric.key_id)
        .where(which)
        .order_by(tables.Metric.time, tables.Metric.step, tables.MetricKey.split, tables.MetricKey.name)
    )


def _lines(numbers: Iterable[Number]) -> tuple[MetricRecord, ...]:
    """The lines of the journal that the numbers came from."""
    lines: dict[tuple[float, int, Split], dict[str, float]] = defaultdict(dict)
    for moment, step, split, name, value in numbers:
        lines[moment, step, split][name] = value
    return tuple(
        MetricRecord(step=step, split=split, time=moment, values=values)
        for (moment, step, split), values in lines.items()
    )
