"""All that a report rests on: what was found, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass

from ablate.reporting.findings import Findings
from ablate.reporting.inference import find
from ablate.reporting.source import Source
from ablate.tracking.records import AttemptRecord, TrialRecord


@dataclass(frozen=True)
class Evidence:
    """A study's findings, its tuning trials, the attempts at its planned replicates, and trials that it left behind."""

    findings: Findings
    tuning: tuple[TrialRecord, ...]
    attempts: tuple[AttemptRecord, ...]
    unplanned: int


def gather(store: Source, study_name: str) -> Evidence:
    """Read everything but the curves."""
    findings = find(store.plan(study_name), store.trials(study_name))
    planned = {outcome.trial.name for outcome in findings.outcomes}
    return Evidence(
        findings,
        store.tuning_trials(study_name) if findings.study.tune else (),
        tuple(attempt for attempt in store.attempts(study_name) if attempt.trial in planned),
        store.unplanned_trials(study_name),
    )
