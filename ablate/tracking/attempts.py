"""The life of an attempt in the database: begun, read along, ended; and what that makes of its trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from ablate.errors import TrackingError
from ablate.specs import MetricRecord, SplitRecord, TrialResult
from ablate.tracking import artifacts, metrics, tables
from ablate.tracking.environments import environment_id
from ablate.tracking.lookup import as_text, digest, find_attempt, find_journal, find_study, find_trial
from ablate.tracking.planned import read_spec
from ablate.tracking.plans import refuse_import
from ablate.tracking.records import Artifact, AttemptStatus, TrialStatus

Interrupted = Literal[AttemptStatus.LOST, AttemptStatus.STOPPED, AttemptStatus.PRUNED]


READ_UP_TO = (
    update(tables.Attempt).where(tables.Attempt.id == bindparam("attempt")).values(journal_offset=bindparam("offset"))
)


def begin(
    session: Session,
    study: str,
    trial_name: str,
    number: int,
    executor: str,
    threads: int,
    gpus: tuple[int, ...],
    started: float,
) -> None:
    """Record that an attempt has begun; nothing if it is known."""
    trial = find_trial(session, study, trial_name)
    known = select(func.count()).where(tables.Attempt.trial_id == trial.id, tables.Attempt.number == number)
    if session.scalar(known):
        return
    session.add(
        tables.Attempt(
            trial_id=trial.id,
            number=number,
            status=AttemptStatus.RUNNING,
            is_accepted=False,
            executor=executor,
            threads=threads,
            gpus=list(gpus),
            journal_offset=0,
            started=started,
        )
    )
    session.flush()
    _settle(session, trial, otherwise=trial.status)


def ingest(
    session: Session, study: str, trial_name: str, number: int, records: Sequence[MetricRecord], offset: int
) -> None:
    """Add what a journal says up to byte `offset`; nothing if it was read that far already."""
    attempt_id, known = find_journal(session, study, trial_name, number)
    if known >= offset:
        return
    session.connection().execute(READ_UP_TO, {"attempt": attempt_id, "offset": offset})
    # A job that repeats a step in its journal means the later line.
    if rows := metrics.numbers(session, attempt_id, records):
        metrics.enter(session, rows)


def finish(
    session: Session, study: str, result: TrialResult, found: Sequence[Artifact] = (), *, is_final: bool
) -> None:
    """Record how an attempt ended by its own word, even if it was given up before; nothing if that is known.

    `found` are the files that it left; of a trial that is over no checkpoints are.

    A trial that has gone on to a later attempt does not take the result of an earlier one, and a pruned trial none.
    """
    trial, attempt = find_attempt(session, study, result.trial, result.attempt)
    if attempt.status in (AttemptStatus.COMPLETE, AttemptStatus.FAILED, AttemptStatus.PRUNED):
        return
    artifacts.record(session, attempt, found)
    successor = _successor(session, attempt)
    _describe(session, attempt, result)
    if result.status == "complete":
        attempt.status = AttemptStatus.COMPLETE
        attempt.is_accepted = successor is None and trial.status not in (TrialStatus.COMPLETE, TrialStatus.PRUNED)
        if not attempt.is_accepted:
            attempt.reason = f"does not count: {_overtaken(successor)}"
    else:
        attempt.status = AttemptStatus.FAILED
        _describe_failure(attempt, result)
    session.flush()
    failed = TrialStatus.FAILED if is_final else TrialStatus.PLANNED
    _settle(session, trial, otherwise=failed if successor is None else trial.status)
    if is_final:
        artifacts.forget_checkpoints(session, trial)


def end(
    session: Session,
    study: str,
    trial_name: str,
    number: int,
    status: Interrupted,
    reason: str,
    ended: float,
    found: Sequence[Artifact] = (),
) -> None:
    """Record that a running attempt was lost, stopped or pruned; unless it was pruned, its trial is to be run again.

    Raises:
        TrackingError: a replicate was to be pruned, which would leave a hole in the comparison.
    """
    trial, attempt = find_attempt(session, study, trial_name, number)
    if status is AttemptStatus.PRUNED and not trial.tuning:
        raise TrackingError(f"{trial_name}: a replicate, got {status}: only tuning trials are cut short")
    if attempt.status is not AttemptStatus.RUNNING:
        return
    attempt.status, attempt.reason, attempt.ended = status, as_text(reason), ended
    artifacts.record(session, attempt, found)
    session.flush()
    _settle(session, trial, otherwise=TrialStatus.PLANNED if trial.status is TrialStatus.RUNNING else trial.status)
    if status is AttemptStatus.PRUNED:
        artifacts.forget_checkpoints(session, trial)


def reset_failed(session: Session, study: str) -> int:
    """Plan the failed trials of the current plan anew; answers how many there were.

    A failed tuning trial stays failed once a replicate has been given what the tuning found.

    Raises:
        TrackingError: the study was imported.
    """
    refuse_import(read_spec(session, study))
    replicate = aliased(tables.Trial)
    is_tuned = exists().where(
        replicate.study_id == tables.Trial.study_id,
        replicate.configuration_hash == tables.Trial.configuration_hash,
        replicate.tuning == 0,
        replicate.configuration.is_not(None) | (replicate.status == TrialStatus.COMPLETE),
    )
    is_failed = (
        (tables.Trial.study_id == find_study(session, study).id)
        & tables.Trial.is_planned
        & (tables.Trial.status == TrialStatus.FAILED)
        & ((tables.Trial.tuning == 0) | ~is_tuned)
    )
    count = session.scalar(select(func.count()).where(is_failed)) or 0
    session.execute(update(tables.Trial).where(is_failed).values(status=TrialStatus.PLANNED))
    return count


def _settle(session: Session, trial: tables.Trial, otherwise: TrialStatus) -> None:
    """Give the trial the status that its attempts add up to.

    A result counts most, then that it was pruned, then an attempt that runs.
    """
    of_trial = select(tables.Attempt.status, tables.Attempt.is_accepted).where(tables.Attempt.trial_id == trial.id)
    attempts = session.execute(of_trial).all()
    if any(is_accepted for _, is_accepted in attempts):
        trial.status = TrialStatus.COMPLETE
    elif any(status is AttemptStatus.PRUNED for status, _ in attempts):
        trial.status = TrialStatus.PRUNED
    elif any(status is AttemptStatus.RUNNING for status, _ in attempts):
        trial.status = TrialStatus.RUNNING
    else:
        trial.status = otherwise


def _successor(session: Session, attempt: tables.Attempt) -> int | None:
    """The number of the attempt that came after, if any."""
    later = select(func.min(tables.Attempt.number)).where(
        tables.Attempt.trial_id == attempt.trial_id, tables.Attempt.number > attempt.number
    )
    return session.scalar(later)


def _overtaken(successor: int | None) -> str:
    return f"its result came after attempt {successor} had begun" if successor else "its trial was over"


def _describe(session: Session, attempt: tables.Attempt, result: TrialResult) -> None:
    """Take down what the result says of the attempt, but for whether it succeeded."""
    attempt.started, attempt.ended, attempt.reason = result.started, result.ended, None
    attempt.training_seconds, attempt.peak_memory_bytes = result.training_seconds, result.peak_memory_bytes
    for name, value in result.measures:
        setattr(attempt, name, value)
    attempt.environment_id = environment_id(session, result.environment)
    if result.resumed is not None:
        attempt.resumed_attempt, attempt.resumed_step = result.resumed.attempt, result.resumed.step
    if result.costs is not None:
        attempt.parameters, attempt.macs = result.costs.parameters, result.costs.macs
    for split, split_record in result.splits.items():
        session.add(
            tables.AttemptSplit(attempt_id=attempt.id, split=split, data_split_id=_data_split_id(session, split_record))
        )


def _data_split_id(session: Session, record: SplitRecord) -> int:
    fields = record.model_dump(mode="json", exclude_none=True)  # so a row from before there was `content` is found
    identity = digest(fields)
    row = session.scalars(select(tables.DataSplit).where(tables.DataSplit.digest == identity)).one_or_none()
    if row is None:
        row = tables.DataSplit(digest=identity, **fields)
        session.add(row)
        session.flush()
    return row.id


def _describe_failure(attempt: tables.Attempt, result: TrialResult) -> None:
    if result.failure is None:
        attempt.reason = "failed without saying why"
        return
    attempt.failure_kind = as_text(result.failure.kind)
    attempt.failure_message = as_text(result.failure.message)
    attempt.failure_is_infrastructure = result.failure.is_infrastructure
    attempt.failure_traceback = as_text(result.failure.traceback)
    attempt.reason = f"{attempt.failure_kind}: {attempt.failure_message}".partition("\n")[0]
