"""A trial that is over with all that it found, so that it can be run again and compared."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from ablate.errors import TrackingError
from ablate.specs import Configuration, Environment, Failure, Split, SplitRecord, TrialSpec
from ablate.tracking import tables
from ablate.tracking.lookup import find_study, find_trial
from ablate.tracking.records import AttemptStatus, OriginalRecord, TrialStatus
from ablate.tracking.results import OWN_PACKAGE, attempt_record, metric_records
from ablate.tracking.trials import costs

COUNTING = {
    TrialStatus.COMPLETE: tables.Attempt.is_accepted,
    TrialStatus.FAILED: tables.Attempt.status == AttemptStatus.FAILED,
    TrialStatus.PRUNED: tables.Attempt.status == AttemptStatus.PRUNED,
}
"""Of a trial that is over: the attempts that can stand for it, of which the last does."""


def names(session: Session) -> tuple[tuple[str, str], ...]:
    """Study and name of every trial, sorted."""
    rows = session.execute(
        select(tables.Study.name, tables.Trial.name).join(tables.Study, tables.Study.id == tables.Trial.study_id)
    )
    return tuple(sorted((study, name) for study, name in rows))


def read(session: Session, study: str, name: str) -> OriginalRecord:
    """The trial of that name, planned or not.

    Raises:
        TrackingError: there is none, its study was imported, it is not over, or its configuration cannot be read.
    """
    if find_study(session, study).spec.get("source") is not None:
        raise TrackingError(
            f"study {study} was imported: its trials cannot be run again, because their configuration is not known"
        )
    trial = find_trial(session, study, name)
    attempt = _standing_for(session, trial, study)
    combination = session.scalars(
        select(tables.Combination).where(
            tables.Combination.study_id == trial.study_id,
            tables.Combination.configuration_hash == trial.configuration_hash,
        )
    ).one()
    environment = _environment(session, attempt)
    fields = trial.configuration or combination.configuration
    spec = TrialSpec(
        study=study,
        configuration=_configuration(fields, f"trial {name} of study {study}", environment),
        seed=trial.seed,
        combination=trial.configuration_hash,
        tuning=trial.tuning,
    )
    return OriginalRecord.model_validate(
        {
            "trial": spec,
            "label": combination.label,
            "status": trial.status,
            "attempt": attempt_record(name, trial.tuning, attempt),
            "records": metric_records(session, study, name, attempt.number, from_step=0),
            "costs": costs(attempt.parameters, attempt.macs),
            "splits": _splits(session, attempt),
            "environment": environment,
            "failure": _failure(attempt) if trial.status is TrialStatus.FAILED else None,
        }
    )


def _standing_for(session: Session, trial: tables.Trial, study: str) -> tables.Attempt:
    attempt = None
    if trial.status in COUNTING:
        attempt = session.scalars(
            select(tables.Attempt)
            .where(tables.Attempt.trial_id == trial.id, COUNTING[trial.status])
            .order_by(tables.Attempt.number.desc())
        ).first()
    if attempt is None:
        raise TrackingError(
            f"trial {trial.name} of study {study} is {trial.status}: there is nothing to compare with before it is "
            "over; run the study first"
        )
    return attempt


def _configuration(fields: dict[str, Any], whose: str, environment: Environment | None) -> Configuration:
    try:
        return Configuration.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "configuration"
        version = environment.packages.get(OWN_PACKAGE) if environment else None
        advice = f"it ran with version {version}" if version else "the version that it ran with was not recorded"
        reason = first["msg"].partition("\n")[0]
        raise TrackingError(
            f"{whose}: this version cannot read its configuration: {place}: {reason}; {advice}"
        ) from None


def _environment(session: Session, attempt: tables.Attempt) -> Environment | None:
    row = session.get(tables.Environment, attempt.environment_id) if attempt.environment_id is not None else None
    return None if row is None else Environment(**{name: getattr(row, name) for name in Environment.model_fields})


def _splits(session: Session, attempt: tables.Attempt) -> dict[Split, SplitRecord]:
    rows = session.execute(
        select(tables.AttemptSplit.split, tables.DataSplit)
        .join(tables.DataSplit, tables.DataSplit.id == tables.AttemptSplit.data_split_id)
        .where(tables.AttemptSplit.attempt_id == attempt.id)
        .order_by(tables.AttemptSplit.split)
    )
    return {
        split: SplitRecord(**{name: getattr(row, name) for name in SplitRecord.model_fields}) for split, row in rows
    }


def _failure(attempt: tables.Attempt) -> Failure:
    return Failure(
        kind=attempt.failure_kind or "Unknown",
        message=attempt.failure_message or attempt.reason or "failed without saying why",
        traceback=attempt.failure_traceback or "",
        is_infrastructure=bool(attempt.failure_is_infrastructure),
    )
