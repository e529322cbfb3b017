"""How much of what varies between combinations each factor accounts for, by Optuna's functional ANOVA.

A second opinion beside the study's own effects: a random forest is fitted to all values, and its variance over the
whole grid of levels is decomposed. PED-ANOVA, Optuna's default, misjudges balanced factorials.

Source: F. Hutter, H. Hoos, K. Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance", ICML 2014.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import optuna
from optuna.distributions import FloatDistribution

from ablate.specs import Choice, Factor, Plan

LEAST_SPREAD = 1e-12
"""Values that differ by less than this part of their size are equal but for rounding."""


class Importance(NamedTuple):
    """The share of the variance over all choices of levels that is the factor's by itself, from 0 to 1.

    What the shares of all factors leave of 1 is due to interactions. The noise between seeds is no part of it.
    """

    factor: str
    share: float


def importances(plan: Plan, values: Mapping[str, Sequence[float]]) -> tuple[Importance, ...]:
    """The importance of every factor with levels to compare, in the order of the study; the same at every call.

    `values` holds by combination hash the objective of its complete replicates; what is not finite is left out.
    Empty where a statement would be idle: fewer than two factors vary, a level has no values, all values are equal,
    or no more choices have values than main effects alone have parameters (as in one-factor and leave-one-out
    designs), so that all else would be guessed.
    """
    factors = [factor for factor in plan.study.factors if len(factor.levels) > 1]
    cells = [(_position(factors, choice), numbers) for choice, numbers in _cells(plan, values)]
    if len(factors) < 2 or not _can_tell(factors, cells):
        return ()
    study = optuna.create_study()
    # Each level is the middle of an interval of length one: so every level weighs the same. One-hot columns, as
    # Optuna makes them of categories, are weighed as if several levels, or none, could hold at once.
    axes = {factor.name: FloatDistribution(-0.5, len(factor.levels) - 0.5) for factor in factors}
    for position, numbers in cells:
        params = dict(zip(axes, position, strict=True))
        study.add_trials(
            optuna.trial.create_trial(params=params, distributions=dict(axes), value=number) for number in numbers
        )
    shares = optuna.importance.FanovaImportanceEvaluator(seed=0).evaluate(study)
    return tuple(Importance(factor.name, shares[factor.name]) for factor in factors)


def _cells(plan: Plan, values: Mapping[str, Sequence[float]]) -> Iterator[tuple[Choice, list[float]]]:
    """Every choice that has values; choices of one combination share them."""
    for combination in plan.combinations:
        numbers = [value for value in values.get(combination.hash, ()) if math.isfinite(value)]
        if numbers:
            yield from ((choice, numbers) for choice in (combination.choice, *combination.aliases))


def _position(factors: Sequence[Factor], choice: Choice) -> tuple[float, ...]:
    return tuple(float([level.label for level in factor.levels].index(choice[factor.name])) for factor in factors)


def _can_tell(factors: Sequence[Factor], cells: Sequence[tuple[tuple[float, ...], list[float]]]) -> bool:
    parameters = 1 + sum(len(factor.levels) - 1 for factor in factors)
    if len(cells) <= parameters:
        return False
    seen = [len(set(column)) for column in zip(*(position for position, _ in cells), strict=True)]
    if seen != [len(factor.levels) for factor in factors]:
        return False
    numbers = [number for _, of_cell in cells for number in of_cell]
    return max(numbers) - min(numbers) > LEAST_SPREAD * max(abs(number) for number in numbers)
