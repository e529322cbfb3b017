"""The report for programs: every number of the page unrounded, beside the trials that it rests on.

Values are in the metric's own unit (an accuracy is a fraction). What is not known is null. What a trial reached has
all its digits; what is derived has twelve, since the last bits of a sum depend on the processor.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from ablate.reporting.findings import FactorEffect, Finding, Findings, PairEffect, Switch
from ablate.reporting.pareto import pareto_front
from ablate.specs import Objective
from ablate.stats import (
    Anova,
    Comparison,
    Contrast,
    Interval,
    Rank,
    detectable_difference,
    fewest_seeds,
    seeds_to_decide,
)
from ablate.tracking.records import TrialStatus

Record = dict[str, JsonValue]

FORMAT = 1
"""Raised when a field changes its meaning or goes."""

DIGITS = 12
AS_STORED = "value"
"""The name of the one field that is not derived."""


def record(findings: Findings, answer: str, confounds: Sequence[str]) -> Record:
    """Everything; `answer` and `confounds` are the sentences of the page."""
    study = findings.study
    family = len(findings.compared)
    found: Record = {
        "format": FORMAT,
        "study": study.name,
        "question": study.question,
        "expects": study.expects or None,
        "answer": answer,
        "objective": study.objective.model_dump(mode="json"),
        "seeds": list(study.seeds),
        "trials": {status.value: findings.count(status) for status in TrialStatus if status is not TrialStatus.PRUNED},
        "comparisons": family,
        "fewest_seeds": fewest_seeds(family) if family else None,
        "combinations": list(combination_records(findings)),
        "switches": [switch_record(switch) for switch in findings.switches],
        "effects": [level for effect in findings.effects for level in effect_records(effect)],
        "interactions": [pair_record(pair) for pair in findings.pairs],
        "variance": None if findings.anova is None else _variance(findings, findings.anova),
        "front": [finding.combination.hash for finding in pareto_front(findings)],
        "confounds": list(confounds),
    }
    return {name: settle(value) for name, value in found.items()}


def settle(value: JsonValue) -> JsonValue:
    """The same with every derived number rounded to `DIGITS` digits."""
    match value:
        case dict():
            return {name: inner if name == AS_STORED else settle(inner) for name, inner in value.items()}
        case list():
            return [settle(inner) for inner in value]
        case float():
            return float(f"{value:.{DIGITS}g}")
        case _:
            return value


def combination_records(findings: Findings) -> list[Record]:
    """One for each combination in the order of the plan, with its trials."""
    family, objective = len(findings.compared), findings.study.objective
    return [
        _combination(finding, rank, family, objective)
        for finding, rank in zip(findings.findings, findings.ranks, strict=True)
    ]


def comparison_record(comparison: Comparison | None, verdict: str | None, seeds: Sequence[int]) -> Record | None:
    """A paired difference; `seeds` are those planned."""
    if comparison is None:
        return None
    return {
        "verdict": verdict,
        "difference": comparison.difference,
        **bounds(comparison.interval),
        "n": comparison.n,
        "seeds": [seed for seed in seeds if seed not in set(comparison.missing)],
        "sign_flip_p": comparison.p_value,
        "adjusted_p": comparison.adjusted_p,
        "t_p": comparison.t_p,
        **bounds(comparison.bootstrap, "bootstrap_"),
        "standard_deviation": comparison.deviation,
        "effect_size": comparison.effect_size,
        "margin": comparison.margin,
        "equivalence_p": comparison.equivalence_p,
        "adjusted_equivalence_p": comparison.adjusted_equivalence_p,
    }


def switch_record(switch: Switch) -> Record:
    """One switch between two combinations, by their hashes."""
    seeds = [outcome.trial.seed for outcome in switch.end.outcomes]
    return {
        "factor": switch.factor,
        "from": switch.start.combination.choice[switch.factor],
        "to": switch.end.combination.choice[switch.factor],
        "start": switch.start.combination.hash,
        "end": switch.end.combination.hash,
        **(comparison_record(switch.comparison, switch.verdict.value, seeds) or {}),
    }


def effect_records(effect: FactorEffect) -> list[Record]:
    """One for each level: its marginal mean, and its difference to the reference level."""
    return [
        {
            "factor": effect.name,
            "level": effect.labels[level.level],
            "reference": effect.labels[effect.reference],
            "mean": level.mean.value,
            **bounds(level.mean.interval, "mean_"),
            **_contrast(level.difference, effect.adjusted_p.get(level.level)),
            "slices_used": effect.effect.slices_used,
            "slices": effect.effect.slices,
        }
        for level in effect.effect.levels
    ]


def pair_record(pair: PairEffect) -> Record:
    """One difference of differences."""
    return {
        "factors": list(pair.factors),
        "levels": list(pair.labels),
        "references": list(pair.references),
        **_contrast(pair.interaction.contrast, pair.adjusted_p),
        "slices_used": pair.interaction.slices_used,
    }


def bounds(interval: Interval | None, prefix: str = "") -> Record:
    """`low` and `high`."""
    return {
        f"{prefix}low": None if interval is None else interval.low,
        f"{prefix}high": None if interval is None else interval.high,
    }


def _combination(finding: Finding, rank: Rank | None, family: int, objective: Objective) -> Record:
    combination = finding.combination
    return {
        "hash": combination.hash,
        "label": combination.label(),
        "levels": dict(combination.choice),
        "is_baseline": combination.is_baseline,
        "parameters": finding.parameters,
        "macs": finding.macs,
        "training_seconds": finding.training_seconds,
        "images_per_second": finding.images_per_second,
        "peak_memory_bytes": finding.peak_memory_bytes,
        **finding.measures.model_dump(mode="json", exclude={"training_images_per_second"}),
        "mean": finding.mean.value,
        **bounds(finding.mean.interval),
        "n": finding.mean.n,
        "rank": None
        if rank is None
        else {"place": rank.place, "low": rank.low, "high": rank.high, "first_share": rank.first_share},
        "comparison": comparison_record(
            finding.comparison,
            None if finding.verdict is None else finding.verdict.value,
            [outcome.trial.seed for outcome in finding.outcomes],
        ),
        "power": _power(finding.comparison, family, objective.equivalence),
        "trials": [
            {
                "name": outcome.trial.name,
                "seed": outcome.trial.seed,
                "status": outcome.trial.status.value,
                "attempt": outcome.trial.accepted_attempt,
                "value": outcome.value,
            }
            for outcome in finding.outcomes
        ],
    }


def _power(comparison: Comparison | None, family: int, margin: float | None) -> Record | None:
    if comparison is None or comparison.difference is None or not comparison.deviation:
        return None
    deviation = comparison.deviation
    return {
        "detectable_difference": detectable_difference(deviation, comparison.n, family),
        "seeds_for_observed_difference": seeds_to_decide(comparison.difference, deviation, family),
        "seeds_for_margin": None if margin is None else seeds_to_decide(margin, deviation, family),
    }


def _contrast(contrast: Contrast | None, adjusted_p: float | None) -> Record:
    if contrast is None:
        return {"difference": None, **bounds(None), "t_p": None, "adjusted_p": None, "n": None}
    return {
        "difference": contrast.value,
        **bounds(contrast.interval),
        "t_p": contrast.t_p,
        "adjusted_p": adjusted_p,
        "n": contrast.n,
    }


def _variance(findings: Findings, anova: Anova) -> Record:
    names = [factor.name for factor in findings.study.factors]
    return {
        "sources": [
            {
                "factors": [names[place] for place in source.factors],
                "sum_of_squares": source.sum_of_squares,
                "degrees_of_freedom": source.freedom,
                "f": source.f,
                "p": source.p_value,
                "partial_eta_squared": source.partial_eta_squared,
            }
            for source in anova.sources
        ],
        "residual_sum_of_squares": anova.residual,
        "residual_degrees_of_freedom": anova.residual_freedom,
    }
