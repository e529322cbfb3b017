"""Runs that were made elsewhere, into the tables of those that are made here: only what is new is written."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ablate.errors import TrackingError
from ablate.specs import Plan, Split, StudySpec
from ablate.tracking import planned, plans, tables, trials
from ablate.tracking.lookup import as_text, find_study
from ablate.tracking.metrics import metric_keys
from ablate.tracking.records import AttemptStatus, ForeignAttempt, ForeignTrial, Imported, TrialRecord, TrialStatus

EXECUTOR = "import"
"""What stands for the executor of an attempt that was not made here."""

UNKNOWN_THREADS = 0
UNKNOWN_TIME = 0.0
"""The columns demand a number of threads, a start, and a time of every metric: these are none that could be true."""

MOST_NAMED = 3

OUTCOMES = {
    AttemptStatus.COMPLETE: TrialStatus.COMPLETE,
    AttemptStatus.FAILED: TrialStatus.FAILED,
    AttemptStatus.RUNNING: TrialStatus.RUNNING,
}


def record(session: Session, plan: Plan, found: Sequence[ForeignTrial]) -> Imported:
    """Bring an imported study to what its source says now.

    Raises:
        TrackingError: the study is one that is run here; or it was imported with other factors, another seed or another
            objective; or a complete trial has another objective now, or is no longer in the source.
    """
    known: dict[str, TrialRecord] = {}
    if session.scalar(select(tables.Study.id).where(tables.Study.name == plan.study.name)) is not None:
        _refuse_other_questions(planned.read_spec(session, plan.study.name), plan.study)
        known = {trial.name: trial for trial in trials.replicates(session, plan.study.name)}
        _refuse_changes(plan.study, known, _labels(session, plan.study.name), found)
    plans.record(session, plan)
    writing = _Writing(session, plan.study.name)
    added = sum(writing.write(trial) for trial in found if not _is_complete(known.get(trial.name)))
    writing.flush()
    return Imported(added, len(found) - added)


def _is_complete(trial: TrialRecord | None) -> bool:
    return trial is not None and trial.status is TrialStatus.COMPLETE


def _refuse_other_questions(known: StudySpec, wanted: StudySpec) -> None:
    if known.source is None or wanted.source is None:
        return  # recording the plan will say it
    for what, before, now in (
        ("factors", _names(known), _names(wanted)),
        ("seed", known.source.columns.seed, wanted.source.columns.seed),
        ("objective", _objective(known), _objective(wanted)),
    ):
        if before != now:
            raise TrackingError(
                f"study {wanted.name} was imported with {what} {before}, now {now} is asked for: "
                "import under another --name"
            )


def _names(study: StudySpec) -> str:
    return ", ".join(sorted(factor.name for factor in study.factors))


def _objective(study: StudySpec) -> str:
    return f"{study.objective.direction} {study.objective.metric}"


def _labels(session: Session, study: str) -> dict[str, str]:
    """By combination: its levels, as people say them."""
    of_study = tables.Combination.study_id == find_study(session, study).id
    rows = session.execute(select(tables.Combination.configuration_hash, tables.Combination.label).where(of_study))
    return {row[0]: row[1] for row in rows}


def _refuse_changes(
    study: StudySpec, known: dict[str, TrialRecord], labels: dict[str, str], found: Sequence[ForeignTrial]
) -> None:
    """See that every complete trial is still there, with the objective that it has."""
    metric, place = str(study.objective.metric), study.source.place if study.source else ""
    values = {trial.name: _value(trial, metric) for trial in found}
    complete = [trial for trial in known.values() if _is_complete(trial)]
    called = {trial.name: f"{labels[trial.combination]} · seed {trial.seed}" for trial in complete}
    gone = [called[trial.name] for trial in complete if trial.name not in values]
    if gone:
        raise TrackingError(
            f"study {study.name}: {len(gone)} of its complete trials not in {place} any more ({_first(gone)}): "
            "nothing was changed; import all runs, or those that are there now under another --name"
        )
    changed = [
        f"{called[trial.name]}: {_shown(before)}, now {_shown(values[trial.name])}"
        for trial in complete
        if not _equal(before := trial.scores.get(Split.UNSPECIFIED, {}).get(metric), values[trial.name])
    ]
    if changed:
        raise TrackingError(
            f"study {study.name}: {len(changed)} of its complete trials with another {metric} in {place} "
            f"({_first(changed)}): a complete trial keeps its numbers, so nothing was changed; import under another "
            "--name"
        )


def _first(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return "; ".join(names[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _value(trial: ForeignTrial, metric: str) -> float | None:
    """The objective as it stands in the source now, of a finished run only."""
    last = trial.attempts[-1]
    if last.status is not AttemptStatus.COMPLETE:
        return None
    numbers = [number for number in last.metrics if number.name == metric]
    return max(numbers, key=lambda number: number.step).value if numbers else None


def _equal(one: float | None, other: float | None) -> bool:
    """NaN is no number, as is one that is absent."""
    one, other = (None if value is None or math.isnan(value) else value for value in (one, other))
    return one == other


def _shown(value: float | None) -> str:
    return "no number" if value is None or math.isnan(value) else f"{value:.12g}"


class _Writing:
    """Adds attempts to the trials of one study; metrics are gathered and entered together."""

    def __init__(self, session: Session, study: str) -> None:
        self._session = session
        is_wanted = tables.Trial.study_id == find_study(session, study).id
        self._trials = {trial.name: trial for trial in session.scalars(select(tables.Trial).where(is_wanted))}
        self._attempts: dict[int, list[tables.Attempt]] = defaultdict(list)
        attempts = select(tables.Attempt).join(tables.Trial, tables.Trial.id == tables.Attempt.trial_id)
        for attempt in session.scalars(attempts.where(is_wanted).order_by(tables.Attempt.number)):
            self._attempts[attempt.trial_id].append(attempt)
        self._metrics: list[tuple[tables.Attempt, ForeignAttempt]] = []

    def write(self, found: ForeignTrial) -> bool:
        """Add what is new of a trial that is not complete yet; answers whether there was anything.

        Failed attempts are known by their number; one that was running ends as the source says now.
        """
        trial = self._trials[found.name]
        attempts = self._attempts[trial.id]
        failed = sum(attempt.status is AttemptStatus.FAILED for attempt in attempts)
        new = [attempt for attempt in found.attempts if attempt.status is AttemptStatus.FAILED][failed:]
        new += [attempt for attempt in found.attempts if attempt.status is not AttemptStatus.FAILED]
        has_changed = False
        for attempt in new:
            is_open = bool(attempts) and attempts[-1].status is AttemptStatus.RUNNING
            if is_open and attempt.status is AttemptStatus.RUNNING:
                continue
            row = attempts[-1] if is_open else self._begin(trial.id)
            _describe(row, attempt)
            trial.status = OUTCOMES[attempt.status]
            self._metrics.append((row, attempt))
            has_changed = True
        return has_changed

    def flush(self) -> None:
        """Enter the metrics of all that was written."""
        self._session.flush()
        names = {(Split.UNSPECIFIED, number.name) for _, attempt in self._metrics for number in attempt.metrics}
        keys = metric_keys(self._session, names)
        rows = {
            (row.id, keys[Split.UNSPECIFIED, number.name], number.step): {
                "attempt_id": row.id,
                "key_id": keys[Split.UNSPECIFIED, number.name],
                "step": number.step,
                "value": number.value,
                "time": number.time if number.time is not None else attempt.ended or UNKNOWN_TIME,
            }
            for row, attempt in self._metrics
            for number in attempt.metrics
        }
        if rows:
            self._session.execute(insert(tables.Metric), list(rows.values()))

    def _begin(self, trial_id: int) -> tables.Attempt:
        row = tables.Attempt(
            trial_id=trial_id,
            number=len(self._attempts[trial_id]) + 1,
            is_accepted=False,
            executor=EXECUTOR,
            threads=UNKNOWN_THREADS,
            gpus=[],
            journal_offset=0,
        )
        self._session.add(row)
        self._attempts[trial_id].append(row)
        return row


def _describe(row: tables.Attempt, attempt: ForeignAttempt) -> None:
    row.status = attempt.status
    row.is_accepted = attempt.status is AttemptStatus.COMPLETE
    row.started = attempt.started if attempt.started is not None else UNKNOWN_TIME
    row.ended, row.training_seconds = attempt.ended, attempt.training_seconds
    if attempt.costs is not None:
        row.parameters, row.macs = attempt.costs.parameters, attempt.costs.macs
    if attempt.reason is not None:
        row.reason = row.failure_message = as_text(attempt.reason)
        row.failure_kind, row.failure_is_infrastructure = "Imported", False
