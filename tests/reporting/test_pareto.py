"""The combinations that are worth their cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ablate.reporting.inference import find
from ablate.reporting.pareto import pareto_front
from ablate.specs import Costs, Split

Maker = Callable[..., Any]
NO_COSTS: dict[str, Any] = {"costs": None}


def front_of(synthetic: Maker, points: list[tuple[int | None, float | None]], direction: str = "maximize") -> list[int]:
    """The places of the front's members, of combinations with these costs and means."""
    windows = [2 * place + 3 for place in range(len(points))]
    store = synthetic({"model.layer.window": windows}, seeds=1, objective={"direction": direction})
    for place, (macs, mean) in enumerate(points):
        costs = None if macs is None else Costs(parameters=1, macs=macs)
        scores = {} if mean is None else {Split.TEST: {"accuracy": mean}}
        store = store.with_trial(place, costs=costs, scores=scores)
    findings = find(store.study_plan, store.records)
    return [findings.findings.index(member) for member in pareto_front(findings)]


def test_a_member_is_beaten_by_no_other_in_both_cost_and_mean(synthetic: Maker) -> None:
    points = [(30, 0.95), (10, 0.90), (20, 0.85), (40, 0.94), (50, 0.97)]
    assert front_of(synthetic, points) == [1, 0, 4]


def test_where_less_is_better_the_front_turns_over(synthetic: Maker) -> None:
    points = [(30, 0.95), (10, 0.90), (20, 0.85), (40, 0.94), (50, 0.97)]
    assert front_of(synthetic, points, "minimize") == [1, 2]


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ([(10, 0.9), (10, 0.8)], [0]),
        ([(20, 0.9), (10, 0.9)], [1]),
        ([(10, 0.9), (20, 0.95), (10, 0.9)], [0, 2, 1]),
    ],
)
def test_of_equals_in_one_the_better_in_the_other_stays_and_equals_in_both_both(
    synthetic: Maker, points: list[tuple[int, float]], front: list[int]
) -> None:
    assert front_of(synthetic, list(points)) == front


def test_what_has_no_cost_or_no_mean_takes_no_part(synthetic: Maker) -> None:
    assert front_of(synthetic, [(None, 0.99), (5, None), (10, 0.9)]) == [2]
    assert front_of(synthetic, [(None, 0.99), (5, None)]) == []
