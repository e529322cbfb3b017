"""From the trials of a plan to what they say: every statistic of a report is taken here."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import assert_never

import numpy as np

from ablate.reporting.findings import FactorEffect, Finding, Findings, Outcome, PairEffect, Switch
from ablate.reporting.speed import summarise
from ablate.specs import Combination, Design, Direction, Factor, Level, Plan, Split, StudySpec
from ablate.stats import (
    Comparison,
    analyse_variance,
    compare_family,
    compare_with_baseline,
    estimate_mean,
    fit_blocks,
    holm,
    interactions,
    is_orthogonal,
    main_effect,
    one_switch_steps,
    rank_stability,
)
from ablate.stats import Design as Cells
from ablate.tracking.records import TrialRecord, TrialStatus


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
            max(filter(None, (_speed(combination, outcome.trial) for outcome in row)), default=None),
            _median([outcome.trial.peak_memory_bytes for outcome in row]),
            summarise([outcome.trial for outcome in row]),
        )
        for combination, row, value, comparison in zip(plan.combinations, rows, values, comparisons, strict=True)
    )
    cells = _cells(plan)
    effects, pairs = _effects(plan, values, cells)
    averages = bool(effects) and not plan.aliasing
    return Findings(
        plan,
        findings,
        _switches(plan, values, cells, findings),
        effects,
        pairs,
        analyse_variance(values, cells) if averages else None,
        rank_stability(values, higher_is_better=higher),
    )


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
    study = plan.study
    for row, combination in enumerate(plan.combinations):
        if combination.is_baseline:
            return compare_with_baseline(values, row, study.seeds, margin=study.objective.equivalence)
    return (None,) * len(plan.combinations)


def _median(numbers: Sequence[float | None]) -> float | None:
    known = [value for value in numbers if value is not None]
    return statistics.median(known) if known else None


def _speed(combination: Combination, trial: TrialRecord) -> float | None:
    """Images per second of training, evaluation left out: of the median epoch, or of all where that is not known."""
    if trial.measures.training_images_per_second is not None:
        return trial.measures.training_images_per_second
    configuration, images = trial.configuration or combination.configuration, trial.splits.get(Split.TRAIN)
    if configuration is None or images is None or not trial.training_seconds:
        return None
    return configuration.training.epochs * images.images / trial.training_seconds


def _cells(plan: Plan) -> Cells:
    """Every choice of levels, a merged one in its own cell."""
    labels = [(factor.name, [level.label for level in factor.levels]) for factor in plan.study.factors]
    cells: dict[tuple[int, ...], int] = {}
    for row, combination in enumerate(plan.combinations):
        for choice in (combination.choice, *combination.aliases):
            cells.setdefault(tuple(of_factor.index(choice[name]) for name, of_factor in labels), row)
    levels = np.array(list(cells), dtype=np.int64).reshape(len(cells), len(labels))
    is_fraction = plan.study.design is Design.FRACTION and is_orthogonal(levels)
    return Cells(levels, np.array(list(cells.values()), dtype=np.int64), is_fraction)


def _switches(plan: Plan, values: np.ndarray, cells: Cells, findings: tuple[Finding, ...]) -> tuple[Switch, ...]:
    """What every single switch does; a factor whose levels are numbers is switched to the next one only."""
    factors, objective = plan.study.factors, plan.study.objective
    steps = one_switch_steps(cells, [is_numeric(factor) for factor in factors])
    starts, ends = [step.start for step in steps], [step.end for step in steps]
    family = compare_family(values[ends], values[starts], plan.study.seeds, margin=objective.equivalence)
    higher = objective.direction is Direction.MAXIMIZE
    return tuple(
        Switch(
            factors[step.factor].name,
            findings[step.start],
            findings[step.end],
            comparison,
            comparison.verdict(higher_is_better=higher),
        )
        for step, comparison in zip(steps, family, strict=True)
    )


def is_numeric(factor: Factor) -> bool:
    """Whether the levels go by numbers in their order, so that each has neighbours; levels with names have none."""
    numbers = [_number(level) for level in factor.levels]
    known = [number for number in numbers if number is not None]
    return len(known) == len(numbers) and known in (sorted(known), sorted(known, reverse=True))


def _number(level: Level) -> float | None:
    """The number that a level sets and is called by."""
    value = next(iter(level.settings.values())) if len(level.settings) == 1 else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if float(level.label) == value else None
    except ValueError:
        return None


def _effects(plan: Plan, values: np.ndarray, cells: Cells) -> tuple[tuple[FactorEffect, ...], tuple[PairEffect, ...]]:
    """Main effects of every factor that has levels to compare, and two-way interactions, as one family.

    Only where the design averages over other factors: not where each factor changes from the baseline alone.
    """
    factors, baseline = plan.study.factors, plan.study.baseline
    labels = [tuple(level.label for level in factor.levels) for factor in factors]
    references = [
        of_factor.index(baseline[factor.name]) if factor.name in baseline else 0
        for factor, of_factor in zip(factors, labels, strict=True)
    ]
    varied = [column for column, of_factor in enumerate(labels) if len(of_factor) > 1]
    if not plan.combinations or not _averages(plan.study.design):
        return (), ()
    blocks = fit_blocks(values)
    mains = [main_effect(blocks, cells, column, references[column]) for column in varied]
    if plan.study.design is Design.LISTED:
        mains = [main for main in mains if main.slices_used > 1]
    between = [(one, other) for one, other in itertools.combinations([main.factor for main in mains], 2)]
    found = [
        interaction
        for one, other in between
        for interaction in interactions(blocks, cells, (one, other), (references[one], references[other]))
    ]
    differences = [(main, level) for main in mains for level in main.levels if level.difference is not None]
    p_values = [*(level.difference.t_p for _, level in differences if level.difference)]
    adjusted = holm([*p_values, *(interaction.contrast.t_p for interaction in found)])
    of_level = {
        (main.factor, level.level): p for (main, level), p in zip(differences, adjusted[: len(p_values)], strict=True)
    }
    return tuple(
        FactorEffect(
            factors[main.factor].name,
            labels[main.factor],
            references[main.factor],
            main,
            {level: p for (column, level), p in of_level.items() if column == main.factor},
        )
        for main in mains
    ), tuple(
        PairEffect(
            (factors[one].name, factors[other].name),
            (labels[one][interaction.levels[0]], labels[other][interaction.levels[1]]),
            (labels[one][references[one]], labels[other][references[other]]),
            interaction,
            p,
        )
        for interaction, p in zip(found, adjusted[len(p_values) :], strict=True)
        for one, other in [interaction.factors]
    )


def _averages(design: Design) -> bool:
    """Whether a design has factors beside several choices of the others."""
    match design:
        case Design.FACTORIAL | Design.FRACTION | Design.LISTED:
            return True
        case Design.ONE_FACTOR | Design.LEAVE_ONE_OUT:
            return False
        case _:
            assert_never(design)
