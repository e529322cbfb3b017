"""Where a study stands when a run takes it up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ablate.specs import MetricRecord, Objective, Plan, Split
from ablate.study.search import Finished
from ablate.tracking.records import TrialRecord, TrialStatus
from ablate.tracking.store import Store


class Standing(NamedTuple):
    """Trials that are not to be run again, how many there are by status, and attempts by trial."""

    finished: tuple[Finished, ...]
    counts: Counter[TrialStatus]
    attempts: Counter[str]


def read_standing(store: Store, plan: Plan) -> Standing:
    """Replicates and tuning trials of the plan, as the search and the loop need them."""
    study, objective = plan.study.name, plan.study.objective
    tuning = store.tuning_trials(study) if plan.study.tune else ()
    curves = store.tuning_curves(study) if tuning else {}
    records = (*store.trials(study), *tuning)
    over = [record for record in records if record.status not in (TrialStatus.PLANNED, TrialStatus.RUNNING)]
    return Standing(
        finished=tuple(_finished(record, objective, curves.get(record.name, ())) for record in over),
        counts=Counter(record.status for record in over),
        attempts=Counter({record.name: record.attempts for record in records}),
    )


def _finished(record: TrialRecord, objective: Objective, curve: Iterable[MetricRecord]) -> Finished:
    """What the search is told: a replicate's score on the objective's split, a tuning trial's on validation images."""
    metric = objective.metric
    split = Split.VALIDATION if record.tuning else objective.split
    has_score = record.status is not TrialStatus.FAILED
    return Finished(
        name=record.name,
        combination=record.combination,
        seed=record.seed,
        tuning=record.tuning,
        value=record.scores.get(split, {}).get(metric) if has_score else None,
        configuration=record.configuration,
        is_pruned=record.status is TrialStatus.PRUNED,
        curve=tuple(
            (item.step, item.values[metric])
            for item in curve
            if item.split is Split.VALIDATION and metric in item.values
        ),
    )
