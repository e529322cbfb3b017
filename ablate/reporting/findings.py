"""What a study's trials say, before any of it becomes words: one value that tables and figures read."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

import numpy as np

from ablate.specs import Combination, Costs, Design, Direction, Plan, StudySpec
from ablate.stats import (
    Comparison,
    MainEffect,
    MeanEstimate,
    Verdict,
    compare_with_baseline,
    estimate_mean,
    fraction_effect,
    is_orthogonal,
    main_effect,
)
from ablate.tracking.records import TrialRecord, TrialStatus

Estimate = Callable[[np.ndarray, np.ndarray, int, int, Sequence[int]], MainEffect]

CONFOUND = 0.05
"""Parameters or multiply-accumulates that differ by more than this part of the baseline's are pointed out."""


@dataclass(frozen=True)
class Outcome:
    """A trial and the objective that it reached: None where it is missing, for whatever reason."""

    trial: TrialRecord
    value: float | None


@dataclass(frozen=True)
class Finding:
    """One combination: its trials in the order of the seeds, its mean, and how it compares with the baseline.

    `comparison` is None for the baseline itself, and where the study plans none. `training_seconds` is the median.
    """

    combination: Combination
    outcomes: tuple[Outcome, ...]
    mean: MeanEstimate
    comparison: Comparison | None
    verdict: Verdict | None
    costs: Costs | None
    training_seconds: float | None


@dataclass(frozen=True)
class FactorEffect:
    """A factor, the labels of its levels by their number in `effect`, and its main effect."""

    name: str
    labels: tuple[str, ...]
    reference: int
    effect: MainEffect


@dataclass(frozen=True)
class Findings:
    """A whole study: combinations in the order of the plan, and main effects in the order of the factors."""

    plan: Plan
    findings: tuple[Finding, ...]
    effects: tuple[FactorEffect, ...]

    @property
    def study(self) -> StudySpec:
        """The study that was planned."""
        return self.plan.study

    @property
    def baseline(self) -> Finding | None:
        """The combination that the others are compared with."""
        return next((finding for finding in self.findings if finding.combination.is_baseline), None)

    @property
    def compared(self) -> tuple[Finding, ...]:
        """Every combination but the baseline: the family of comparisons. Empty without a baseline."""
        return tuple(finding for finding in self.findings if finding.comparison is not None)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every planned trial, in the order of the plan."""
        return tuple(outcome for finding in self.findings for outcome in finding.outcomes)

    def count(self, status: TrialStatus) -> int:
        """Number of planned trials that stand at `status`."""
        return sum(outcome.trial.status is status for outcome in self.outcomes)

    def trials(self, status: TrialStatus) -> tuple[TrialRecord, ...]:
        """The planned trials that stand at `status`."""
        return tuple(outcome.trial for outcome in self.outcomes if outcome.trial.status is status)

    def confound(self, finding: Finding, cost: Literal["parameters", "macs"]) -> bool:
        """Whether `parameters` or `macs` differ from the baseline's by more than `CONFOUND`."""
        baseline = self.baseline
        if baseline is None or baseline.costs is None or finding.costs is None:
            return False
        own, other = getattr(finding.costs, cost), getattr(baseline.costs, cost)
        return own is not None and other is not None and bool(abs(own - other) > CONFOUND * other)


def find(plan: Plan, trials: Sequence[TrialRecord]) -> Findings:
    """Put the trials of a plan in order and take the statistics of their objective.

    A trial that is complete without a finite objective counts as missing, like one that failed or has not run.
    """
    records = {(trial.combination, trial.seed): trial for trial in trials}
    rows = [
        tuple(_outcome(plan.study, records, combination.hash, seed) for seed in plan.study.seeds)
        for combination in plan.combinations
    ]
    values = np.array(
        [[math.nan if outcome.value is None else outcome.value for outcome in row] for row in rows], dtype=np.float64
    ).reshape(len(rows), len(plan.study.seeds))
    comparisons = _compare(plan, values)
    higher = plan.study.objective.direction is Direction.MAXIMIZE
    findings = tuple(
        Finding(
            combination,
            row,
            estimate_mean(value, plan.study.seeds),
            comparison,
            None if comparison is None else comparison.verdict(higher_is_better=higher),
            next((outcome.trial.costs for outcome in row if outcome.trial.costs is not None), None),
            _median([outcome.trial.training_seconds for outcome in row]),
        )
        for combination, row, value, comparison in zip(plan.combinations, rows, values, comparisons, strict=True)
    )
    return Findings(plan, findings, _effects(plan, values))


def _outcome(study: StudySpec, records: Mapping[tuple[str, int], TrialRecord], combination: str, seed: int) -> Outcome:
    unrun = TrialRecord(
        name=f"{combination}-s{seed}", combination=combination, seed=seed, status=TrialStatus.PLANNED, attempts=0
    )
    trial = records.get((combination, seed), unrun)
    if trial.status is not TrialStatus.COMPLETE:
        return Outcome(trial, None)
    value = trial.scores.get(study.objective.split, {}).get(study.objective.metric)
    return Outcome(trial, value if value is not None and math.isfinite(value) else None)


def _compare(plan: Plan, values: np.ndarray) -> tuple[Comparison | None, ...]:
    for row, combination in enumerate(plan.combinations):
        if combination.is_baseline:
            return compare_with_baseline(values, row, plan.study.seeds)
    return (None,) * len(plan.combinations)


def _median(seconds: Sequence[float | None]) -> float | None:
    known = [value for value in seconds if value is not None]
    return statistics.median(known) if known else None


def _effects(plan: Plan, values: np.ndarray) -> tuple[FactorEffect, ...]:
    """Main effects of every factor that has levels to compare; a merged choice stands in its own cell.

    Only where the design averages over other factors: not where each factor changes from the baseline alone.
    """
    labels = {factor.name: tuple(level.label for level in factor.levels) for factor in plan.study.factors}
    cells: dict[tuple[int, ...], int] = {}
    for row, combination in enumerate(plan.combinations):
        for choice in (combination.choice, *combination.aliases):
            cells.setdefault(tuple(labels[name].index(choice[name]) for name in labels), row)
    if not cells:
        return ()
    levels, of_cells = np.array(list(cells), dtype=np.int64), values[list(cells.values())]
    seeds = plan.study.seeds

    def estimated(estimate: Estimate) -> tuple[FactorEffect, ...]:
        return tuple(
            FactorEffect(name, labels[name], reference, estimate(of_cells, levels, column, reference, seeds))
            for column, name in enumerate(labels)
            if len(labels[name]) > 1
            for reference in [labels[name].index(plan.study.baseline[name]) if name in plan.study.baseline else 0]
        )

    match plan.study.design:
        case Design.FACTORIAL:
            return estimated(main_effect)
        case Design.FRACTION:
            return estimated(fraction_effect if is_orthogonal(levels) else main_effect)
        case Design.ONE_FACTOR | Design.LEAVE_ONE_OUT:
            return ()
        case Design.LISTED:
            return tuple(factor for factor in estimated(main_effect) if factor.effect.slices_used > 1)
        case _:
            assert_never(plan.study.design)
