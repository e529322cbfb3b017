"""Trials as frames: one row each, whether they ran or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ablate.frames.combinations import in_order
from ablate.frames.names import Names, measure_kind
from ablate.specs import Measures, Plan, Split, StudySpec, Tune
from ablate.tracking.records import TrialRecord, TrialStatus
from ablate.tracking.tuned import tuned_values

Columns = dict[str, pd.Series]
Metrics = dict[tuple[Split, str], str]


def trials_frame(plan: Plan, trials: Sequence[TrialRecord], combinations: pd.DataFrame, names: Names) -> pd.DataFrame:
    """One row per planned trial in the order of the plan; `trials` are in that order."""
    metrics = _name_scores(plan.study, trials, names)
    places = np.repeat(np.arange(len(plan.combinations)), len(plan.study.seeds))
    return _beside(
        combinations,
        places,
        {
            "seed": pd.Series([trial.seed for trial in trials], dtype="int64"),
            "status": _statuses(trials),
            **_scores(trials, metrics),
            **_found(trials),
            **_settings(plan.study.tune, trials, names),
            **_history(trials),
        },
    )


def tuning_frame(plan: Plan, tries: Sequence[TrialRecord], combinations: pd.DataFrame, names: Names) -> pd.DataFrame:
    """One row per tuning trial that was begun: the settings that it tried, and what they came to."""
    place_of = {combination.hash: place for place, combination in enumerate(plan.combinations)}
    known = [trial for trial in tries if trial.combination in place_of]
    metrics = _name_scores(plan.study, known, names, Split.VALIDATION)
    return _beside(
        combinations,
        np.array([place_of[trial.combination] for trial in known], dtype=np.int64),
        {
            "tuning": pd.Series([trial.tuning for trial in known], dtype="int64"),
            "status": _statuses(known),
            **_settings(plan.study.tune, known, names),
            **_scores(known, metrics),
            **_found(known),
            **_history(known),
        },
    )


def objective_column(study: StudySpec, names: Names) -> str:
    """The column of the study's objective in the frame of trials."""
    objective = study.objective
    key = (objective.split, str(objective.metric))
    return names.of_scores([key])[key]


def _beside(combinations: pd.DataFrame, places: np.ndarray, columns: Columns) -> pd.DataFrame:
    left = combinations.take(places).reset_index(drop=True)
    return pd.concat([left, pd.DataFrame(columns)], axis="columns")


def _name_scores(study: StudySpec, trials: Sequence[TrialRecord], names: Names, split: Split | None = None) -> Metrics:
    """Every metric that any trial has; the objective first, whether any has it or not, and then its split."""
    objective = study.objective
    first = (split or objective.split, str(objective.metric))
    order = [first[0], *Split]
    found = {(of, name) for trial in trials for of, scores in trial.scores.items() for name in scores}
    return names.of_scores([first, *sorted(found - {first}, key=lambda key: (order.index(key[0]), key[1]))])


def _scores(trials: Sequence[TrialRecord], metrics: Metrics) -> Columns:
    return {
        column: pd.Series([trial.scores.get(split, {}).get(name) for trial in trials], dtype="float64")
        for (split, name), column in metrics.items()
    }


def _statuses(trials: Sequence[TrialRecord]) -> pd.Series:
    return in_order([trial.status.value for trial in trials], [status.value for status in TrialStatus])


def _found(trials: Sequence[TrialRecord]) -> Columns:
    """Counts stay whole numbers where some are missing; seconds are of training alone."""
    return {
        "parameters": _column(trials, lambda trial: trial.costs and trial.costs.parameters, "Int64"),
        "macs": _column(trials, lambda trial: trial.costs and trial.costs.macs, "Int64"),
        "training_seconds": _column(trials, lambda trial: trial.training_seconds, "float64"),
        "peak_memory_bytes": _column(trials, lambda trial: trial.peak_memory_bytes, "Int64"),
        **{
            name: pd.Series([getattr(trial.measures, name) for trial in trials], dtype=measure_kind(name))
            for name in Measures.model_fields
        },
    }


def _settings(tune: Tune | None, trials: Sequence[TrialRecord], names: Names) -> Columns:
    """What tuning tried, or found for a replicate that has begun."""
    if tune is None:
        return {}
    found = [{} if trial.configuration is None else tuned_values(tune, trial.configuration) for trial in trials]
    return {column: pd.Series([values.get(path) for values in found]) for path, column in names.settings.items()}


def _history(trials: Sequence[TrialRecord]) -> Columns:
    """How it came about: tries, why it failed, and the code and device of the attempt that counts."""
    return {
        "attempts": pd.Series([trial.attempts for trial in trials], dtype="int64"),
        "accepted_attempt": _column(trials, lambda trial: trial.accepted_attempt, "Int64"),
        "failure": _column(trials, _failure, "str"),
        "commit": _column(trials, lambda trial: trial.environment and trial.environment.commit, "str"),
        "is_clean": _column(trials, lambda trial: trial.environment and trial.environment.is_clean, "boolean"),
        "code": _column(trials, lambda trial: trial.environment and trial.environment.code, "str"),
        "device": _column(trials, _device, "str"),
        "trial": _column(trials, lambda trial: trial.name, "str"),
    }


def _failure(trial: TrialRecord) -> str | None:
    return None if trial.failure is None else f"{trial.failure.kind}: {trial.failure.message}"


def _device(trial: TrialRecord) -> str | None:
    device = None if trial.environment is None else trial.environment.hardware.get("device")
    return None if device is None else str(device)


def _column(trials: Sequence[TrialRecord], read: Callable[[TrialRecord], object], kind: str) -> pd.Series:
    return pd.Series([read(trial) for trial in trials], dtype=kind)
