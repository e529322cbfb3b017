"""A study as one value whose parts are DataFrames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from ablate.frames.combinations import combination_frame
from ablate.frames.comparisons import comparisons_frame, switches_frame
from ablate.frames.curves import curves_frame
from ablate.frames.names import Names, choose_names
from ablate.frames.trials import objective_column, trials_frame, tuning_frame
from ablate.specs import Plan, StudySpec
from ablate.tracking.records import TrialRecord, TrialStatus

if TYPE_CHECKING:
    from ablate.reporting.findings import Findings
    from ablate.tracking.store import Store


@dataclass(frozen=True, repr=False)
class StudyFrames:
    """What the database held of a study when it was asked; frames are made when they are first looked at.

    Every frame begins with one column per factor, under its short name: numbers as numbers, truths as booleans, names
    as a categorical in the order of the levels; then `combination`, its label, and `hash`. Values are in the metric's
    own unit (an accuracy is a fraction), seconds are seconds, memory is bytes; counts are whole numbers also where
    some are missing. Choices that resolve to one configuration are one combination, under the first of them.
    """

    plan: Plan
    records: tuple[TrialRecord, ...]
    """Every planned trial, in the order of the plan."""
    tries: tuple[TrialRecord, ...]
    """The tuning trials that were begun."""
    _read_curves: Callable[[], pd.DataFrame] = field(compare=False)

    @property
    def study(self) -> StudySpec:
        """The study as it is planned."""
        return self.plan.study

    @property
    def objective(self) -> str:
        """The column of `trials` that combinations are compared by, such as `test_accuracy`."""
        return objective_column(self.study, self._names)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per planned trial in the order of the plan; what is missing of one that is not complete is NaN."""
        return trials_frame(self.plan, self.records, self._combinations, self._names)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """One row per complete trial, split and step, one column per metric; read from the database on first use.

        Raises: TrackingError if the database can no longer be read.
        """
        return curves_frame(self.plan, self.records, self._read_curves(), self._combinations, self._names)

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """One row per combination in the order of the plan: mean, rank, difference to the baseline, verdict."""
        return comparisons_frame(self.findings, self._combinations)

    @cached_property
    def switches(self) -> pd.DataFrame:
        """One row per switch of one factor with all else equal: what it does, and the verdict on it."""
        return switches_frame(self.findings, self._names)

    @cached_property
    def tuning(self) -> pd.DataFrame:
        """One row per tuning trial that was begun, by combination and number; none of them is a replicate."""
        return tuning_frame(self.plan, self.tries, self._combinations, self._names)

    @cached_property
    def findings(self) -> Findings:
        """The statistics of the report, which `comparisons` and `switches` are read from."""
        from ablate.reporting.inference import find

        return find(self.plan, self.records)

    @cached_property
    def _names(self) -> Names:
        return choose_names(self.study)

    @cached_property
    def _combinations(self) -> pd.DataFrame:
        return combination_frame(self.plan, self._names)

    def __repr__(self) -> str:
        complete = sum(record.status is TrialStatus.COMPLETE for record in self.records)
        combinations, seeds = len(self.plan.combinations), len(self.study.seeds)
        return (
            f"<study {self.study.name}: {combinations} combinations x {seeds} seeds, "
            f"{complete} of {len(self.records)} trials complete>"
        )


def frames_of(store: Store, study: str, read_curves: Callable[[], pd.DataFrame] | None = None) -> StudyFrames:
    """The frames of a study in an open store; `read_curves` is asked for the curves, if not the store itself.

    Raises:
        TrackingError: the study is unknown; the nearest is named.
    """
    plan = store.plan(study)
    tries = store.tuning_trials(study) if plan.study.tune else ()
    known = {(record.combination, record.seed): record for record in store.trials(study)}
    records = tuple(
        known.get((combination.hash, seed)) or _not_run(combination.hash, seed)
        for combination in plan.combinations
        for seed in plan.study.seeds
    )
    return StudyFrames(plan, records, tries, read_curves or (lambda: store.curves(study)))


def _not_run(combination: str, seed: int) -> TrialRecord:
    """A trial that another program has just taken out of the plan, or is about to enter."""
    name = f"{combination}-s{seed}"
    return TrialRecord(name=name, combination=combination, seed=seed, status=TrialStatus.PLANNED, attempts=0)
