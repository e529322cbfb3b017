"""What a study's trials say, before any of it becomes words: one value that tables and figures read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ablate.specs import Combination, Costs, Measures, Plan, StudySpec
from ablate.stats import Anova, Comparison, Interaction, MainEffect, MeanEstimate, Rank, Verdict
from ablate.tracking.records import TrialRecord, TrialStatus

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

    `comparison` is None for the baseline itself, and where the study plans none. Seconds of training and
    peak memory are medians over the seeds, images per second of training those of the fastest seed: whatever runs
    beside a trial only slows it. `measures` are the combination's trials as one, as `reporting.speed` says.
    """

    combination: Combination
    outcomes: tuple[Outcome, ...]
    mean: MeanEstimate
    comparison: Comparison | None
    verdict: Verdict | None
    costs: Costs | None
    training_seconds: float | None
    images_per_second: float | None
    peak_memory_bytes: float | None
    measures: Measures

    @property
    def parameters(self) -> int | None:
        """Learned parameters, where they are known."""
        return None if self.costs is None else self.costs.parameters

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of one image's forward pass, where they are known."""
        return None if self.costs is None else self.costs.macs


@dataclass(frozen=True)
class FactorEffect:
    """A factor, the labels of its levels by their number in `effect`, and its main effect.

    `adjusted_p` holds by level the p-value of its difference, corrected for all effects that the study shows.
    """

    name: str
    labels: tuple[str, ...]
    reference: int
    effect: MainEffect
    adjusted_p: Mapping[int, float | None]


@dataclass(frozen=True)
class PairEffect:
    """Two factors by name, two of their levels by label, and how far the effect of one depends on the other."""

    factors: tuple[str, str]
    labels: tuple[str, str]
    references: tuple[str, str]
    interaction: Interaction
    adjusted_p: float | None


@dataclass(frozen=True)
class Switch:
    """One switch of one factor: from the combination `start` to `end`, and what it does with everything else equal.

    The verdict is on `end`, in the family of all switches of the study.
    """

    factor: str
    start: Finding
    end: Finding
    comparison: Comparison
    verdict: Verdict


@dataclass(frozen=True)
class Findings:
    """A whole study: combinations in the order of the plan, what single switches do, and what factors do on average.

    `anova` is None where no analysis of variance can be made, `ranks` holds None for combinations without one.
    """

    plan: Plan
    findings: tuple[Finding, ...]
    switches: tuple[Switch, ...]
    effects: tuple[FactorEffect, ...]
    pairs: tuple[PairEffect, ...]
    anova: Anova | None
    ranks: tuple[Rank | None, ...]

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
