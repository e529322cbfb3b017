from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

from ablate.specs import Choice, Combination, Configuration, Design, Factor, Level, Plan, StudySpec
from ablate.study.search.importance import importances

SEEDS = 5


def grid(*levels: int) -> Plan:
    """A factorial of factors a, b, ... with so many levels each."""
    factors = tuple(
        Factor(name=name, levels=tuple(Level(label=f"{name}{number}", settings={}) for number in range(count)))
        for name, count in zip("abcd", levels, strict=False)
    )
    combinations = tuple(
        Combination(
            hash="".join(map(str, position)),
            choice={factor.name: factor.levels[at].label for factor, at in zip(factors, position, strict=True)},
            configuration=Configuration(),
        )
        for position in itertools.product(*map(range, levels))
    )
    study = StudySpec(
        name="grid",
        question="Which?",
        factors=factors,
        baseline=combinations[0].choice,
        seeds=tuple(range(SEEDS)),
        design=Design.FACTORIAL,
    )
    return Plan(study=study, combinations=combinations)


def measured(plan: Plan, weights: list[float], interaction: float, noise: float) -> dict[str, list[float]]:
    """Values with effects of stated size, a curved one for more than two levels, and noise between seeds."""
    chance = np.random.default_rng(7)

    def mean(combination: Combination) -> float:
        levels = [int(label[1:]) for label in combination.choice.values()]
        effects = sum(weight * level**1.3 for weight, level in zip(weights, levels, strict=True))
        return float(effects + interaction * levels[0] * levels[1])

    return {c.hash: [mean(c) + noise * float(chance.normal()) for _ in range(SEEDS)] for c in plan.combinations}


def decomposition(plan: Plan, values: dict[str, list[float]]) -> list[float]:
    """Exact: variance of each factor's marginal means over the variance of the cell means."""
    shape = [len(factor.levels) for factor in plan.study.factors]
    cells = np.array([np.mean(values[c.hash]) for c in plan.combinations]).reshape(shape)
    axes = range(len(shape))
    return [cells.mean(axis=tuple(i for i in axes if i != axis)).var() / cells.var() for axis in axes]


@pytest.mark.parametrize("levels", [(2, 2), (2, 3), (4, 2, 3), (3, 3, 3), (2, 2, 2, 2)], ids=str)
def test_shares_are_those_of_the_exact_decomposition(levels: tuple[int, ...]) -> None:
    plan = grid(*levels)
    values = measured(plan, [3.0, 1.0, 0.4, 0.1][: len(levels)], interaction=0.5, noise=0.1)
    found = importances(plan, values)
    assert [importance.factor for importance in found] == list("abcd")[: len(levels)]
    assert [importance.share for importance in found] == pytest.approx(decomposition(plan, values), abs=0.02)
    assert sum(importance.share for importance in found) < 1


def test_a_factor_that_matters_much_more_gets_its_share() -> None:
    plan = grid(2, 2, 2)
    a, b, nothing = (importance.share for importance in importances(plan, measured(plan, [3, 0.9, 0], 0.0, 0.05)))
    assert a == pytest.approx(0.917, abs=0.02)  # 3 squared over 3 squared plus .9 squared
    assert b == pytest.approx(0.083, abs=0.02)
    assert nothing < 0.01


def test_the_shares_are_the_same_at_every_call_and_in_every_process() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_importance import grid, measured, importances;"
        "plan = grid(2, 3); print([float(i.share).hex() for i in importances(plan, measured(plan, [2, 1], .5, .3))])"
    )
    command = [sys.executable, "-c", code, str(__file__).rpartition("/")[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    plan = grid(2, 3)
    values = measured(plan, [2, 1], 0.5, 0.3)
    shares = [float(importance.share).hex() for importance in importances(plan, values)]
    assert shares == [float(importance.share).hex() for importance in importances(plan, values)]
    assert done.stdout.strip() == str(shares)


def test_choices_that_are_one_combination_each_stand_in_their_cell() -> None:
    plan = grid(2, 2)
    values = measured(plan, [3.0, 1.0], interaction=0.0, noise=0.0)
    merged = plan.combinations[0].model_copy(update={"aliases": (plan.combinations[1].choice,)})
    combinations = (merged, *plan.combinations[2:])
    apart = {**values, "01": values["00"]}
    assert importances(plan.model_copy(update={"combinations": combinations}), values) == importances(plan, apart)


def test_a_factor_with_a_single_level_is_left_out() -> None:
    plan = grid(2, 1, 2)
    found = importances(plan, measured(plan, [3.0, 1.0, 1.0], 0.0, 0.1))
    assert [importance.factor for importance in found] == ["a", "c"]


def one_at_a_time(choice: Choice) -> bool:
    return sum(label[1:] != "0" for label in choice.values()) <= 1


def test_nothing_is_said_where_the_data_cannot_tell() -> None:
    plan = grid(2, 3)
    values = measured(plan, [3.0, 1.0], 0.5, 0.1)
    assert len(importances(plan, values)) == 2
    assert importances(plan, {}) == ()
    assert importances(plan, {name: [0.5] * SEEDS for name in values}) == ()
    assert importances(plan, {name: [math.nan] for name in values}) == ()
    single = grid(3)
    assert importances(single, {"0": [0.1, 0.2], "1": [0.3], "2": [0.5]}) == ()
    without_a_level = {name: numbers for name, numbers in values.items() if name[1] != "2"}
    assert importances(plan, without_a_level) == ()
    kept = tuple(c for c in plan.combinations if one_at_a_time(c.choice))
    assert importances(plan.model_copy(update={"combinations": kept}), values) == ()


def test_missing_trials_leave_the_rest_to_speak() -> None:
    plan = grid(2, 3)
    values = measured(plan, [3.0, 1.0], 0.0, 0.05)
    a, b = (importance.share for importance in importances(plan, {**values, "01": [math.nan, values["01"][0]]}))
    assert a > b > 0
