"""What the mirror needs to know of a study, and what it has done: how far every run in an MLflow is."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ablate.specs import Configuration, Tune
from ablate.tracking import tables
from ablate.tracking.lookup import find_study, find_trial
from ablate.tracking.planned import read_spec
from ablate.tracking.records import AttemptStatus, MirroredStudyRecord, MirrorTask
from ablate.tracking.results import attempt_record
from ablate.tracking.trials import costs, measures_of, splits_of
from ablate.tracking.tuned import tuned_values

BEGINNING_SECONDS = 2.0
"""How long an attempt without metrics counts as just begun."""


def study_record(session: Session, study: str, destination: str) -> MirroredStudyRecord | None:
    """What the MLflow at `destination` was told of the study, or None if nothing."""
    row = session.get(tables.MirroredStudy, (find_study(session, study).id, destination))
    if row is None:
        return None
    return MirroredStudyRecord(
        experiment=row.experiment_id, note_digest=row.note_digest, report_digest=row.report_digest
    )


def record_study(session: Session, study: str, destination: str, record: MirroredStudyRecord) -> None:
    """Remember what the MLflow at `destination` was told of the study."""
    session.merge(
        tables.MirroredStudy(
            study_id=find_study(session, study).id,
            destination=destination,
            experiment_id=record.experiment,
            note_digest=record.note_digest,
            report_digest=record.report_digest,
        )
    )


def record_trial(session: Session, study: str, destination: str, task: MirrorTask, run: str, step: int) -> None:
    """Remember that `run` now shows what the task asked for, with metrics up to `step`."""
    session.merge(
        tables.MirroredTrial(
            trial_id=find_trial(session, study, task.trial).id,
            destination=destination,
            run_id=run,
            attempt=task.attempt.number,
            label=task.label,
            state=task.state,
            step=step,
        )
    )


def forget(session: Session, study: str, destination: str) -> None:
    """Forget what the MLflow at `destination` was told, because it no longer has it."""
    study_id = find_study(session, study).id
    of_study = select(tables.Trial.id).where(tables.Trial.study_id == study_id)
    for table, is_meant in (
        (tables.MirroredTrial, tables.MirroredTrial.trial_id.in_(of_study)),
        (tables.MirroredStudy, tables.MirroredStudy.study_id == study_id),
    ):
        session.execute(delete(table).where(is_meant, table.destination == destination))


def tasks(session: Session, study: str, destination: str, now: float) -> tuple[MirrorTask, ...]:
    """The trials whose run is missing or behind, by the start of their attempt; few, while a study runs.

    An attempt that has only just begun and has nothing to show yet is left for later: it may soon be over.
    """
    behind = _behind(session, find_study(session, study).id, destination, now)
    if not behind:
        return ()
    choices = _choices(session, find_study(session, study).id)
    tune = read_spec(session, study).tune
    found = []
    for attempt_id, state in behind:
        attempt = session.get_one(tables.Attempt, attempt_id)
        trial = session.get_one(tables.Trial, attempt.trial_id)
        found.append(_task(session, trial, attempt, choices, tune, state, destination))
    return tuple(sorted(found, key=lambda task: (task.attempt.started, task.trial)))


def _behind(session: Session, study_id: int, destination: str, now: float) -> list[tuple[int, str]]:
    """Attempt and state of every trial that changed since it was mirrored; one query of narrow rows."""
    mirrored = tables.MirroredTrial
    has_just_begun = (
        (tables.Attempt.status == AttemptStatus.RUNNING)
        & (tables.Attempt.journal_offset == 0)
        & tables.Attempt.started.between(now - BEGINNING_SECONDS, now)
    )
    rows = session.execute(
        select(
            tables.Attempt.trial_id,
            tables.Attempt.id,
            tables.Attempt.number,
            tables.Attempt.status,
            tables.Attempt.journal_offset,
            tables.Trial.status,
            tables.Trial.is_planned,
            tables.Combination.label,
            mirrored.state,
        )
        .join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        .join(
            tables.Combination,
            (tables.Combination.study_id == tables.Trial.study_id)
            & (tables.Combination.configuration_hash == tables.Trial.configuration_hash),
        )
        .outerjoin(mirrored, (mirrored.trial_id == tables.Trial.id) & (mirrored.destination == destination))
        .where(tables.Trial.study_id == study_id, ~has_just_begun)
        .order_by(tables.Attempt.trial_id, tables.Attempt.is_accepted, tables.Attempt.number)
    )
    shown: dict[int, tuple[int, str, str | None]] = {}
    for trial_id, attempt_id, number, status, offset, trial_status, is_planned, label, known in rows:
        # Later rows win: the newest attempt, or the accepted one.
        state = f"{number} {status} {offset} {trial_status} {'planned' if is_planned else 'unplanned'} {label}"
        shown[trial_id] = (attempt_id, state, known)
    return [(attempt_id, state) for attempt_id, state, known in shown.values() if state != known]


def _task(
    session: Session,
    trial: tables.Trial,
    attempt: tables.Attempt,
    choices: dict[str, dict[str, str]],
    tune: Tune | None,
    state: str,
    destination: str,
) -> MirrorTask:
    combination = session.scalars(
        select(tables.Combination).where(
            tables.Combination.study_id == trial.study_id,
            tables.Combination.configuration_hash == trial.configuration_hash,
        )
    ).one()
    mirrored = session.get(tables.MirroredTrial, (trial.id, destination))
    environment = session.get(tables.Environment, attempt.environment_id) if attempt.environment_id else None
    label = f"{combination.label} · tuning" if trial.tuning else combination.label
    goes_on = mirrored is not None and (mirrored.attempt, mirrored.label) == (attempt.number, label)
    return MirrorTask(
        trial=trial.name,
        seed=trial.seed,
        tuning=trial.tuning,
        combination=trial.configuration_hash,
        label=label,
        choice=choices[trial.configuration_hash],
        tuned=_tuned(trial, tune),
        is_planned=trial.is_planned,
        trial_status=trial.status,
        attempt=attempt_record(trial.name, trial.tuning, attempt),
        costs=costs(attempt.parameters, attempt.macs),
        training_seconds=attempt.training_seconds,
        peak_memory_bytes=attempt.peak_memory_bytes,
        measures=measures_of(attempt),
        commit=environment.commit if environment else None,
        data=(trial.configuration or combination.configuration or {}).get("data", {}),
        splits=splits_of(session, tables.Attempt.id == attempt.id).get(attempt.id, {}),
        state=state,
        run=mirrored.run_id if mirrored and goes_on else None,
        step=mirrored.step if mirrored and goes_on else 0,
        stale_run=mirrored.run_id if mirrored and not goes_on else None,
    )


def _tuned(trial: tables.Trial, tune: Tune | None) -> dict[str, str]:
    """The tuned settings of the trial's configuration; none in a trial of an earlier plan, which tuned others."""
    if tune is None or trial.configuration is None or not trial.is_planned:
        return {}
    values = tuned_values(tune, Configuration.model_validate(trial.configuration))
    return {path: str(value) for path, value in values.items()}


def _choices(session: Session, study_id: int) -> dict[str, dict[str, str]]:
    """By configuration hash: the level labels of the primary choice by the factors' short names."""
    choices: dict[str, dict[str, str]] = defaultdict(dict)
    rows = session.execute(
        select(tables.Combination.configuration_hash, tables.Factor.short_name, tables.Level.label)
        .join(tables.CombinationLevel, tables.CombinationLevel.combination_id == tables.Combination.id)
        .join(tables.Factor, tables.Factor.id == tables.CombinationLevel.factor_id)
        .join(tables.Level, tables.Level.id == tables.CombinationLevel.level_id)
        .where(tables.Combination.study_id == study_id, tables.CombinationLevel.choice == 0)
        .order_by(tables.Factor.position)
    )
    for configuration_hash, factor, label in rows:
        choices[configuration_hash][factor] = label
    return choices
