"""Where combinations stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ablate.reporting.figures.lattice import lay_out

Studies = dict[str, Callable[[], Any]]


@pytest.mark.parametrize("name", ["2 x 3 x 2", "2 x 2", "2 x 4", "4 x 2", "3 x 3", "2 x 2 x 2 x 2", "48"])
def test_the_same_switch_is_the_same_move_everywhere(studies: Studies, name: str, finding: Any) -> None:
    findings, _ = finding(studies[name]())
    for layout in lay_out(findings.plan)[:-1]:
        moves: dict[tuple[str, str, str], list[Any]] = {}
        for switch in findings.switches:
            start, end = switch.start.combination, switch.end.combination
            key = (switch.factor, start.choice[switch.factor], end.choice[switch.factor])
            moves.setdefault(key, []).append(np.subtract(layout[end.hash], layout[start.hash]))
        for key, those in moves.items():
            np.testing.assert_allclose(those, np.broadcast_to(those[0], np.shape(those)), atol=1e-12, err_msg=str(key))
            assert np.hypot(*those[0]) > 0.01, key


def test_the_first_factor_runs_to_the_right_and_the_second_downwards(studies: Studies) -> None:
    plan = studies["2 x 2"]().study_plan
    layout = lay_out(plan)[0]
    points = {tuple(combination.choice.values()): layout[combination.hash] for combination in plan.combinations}
    assert points["spatial", "static"] == (0, 1)
    assert points["head", "static"] == (1, 1)
    assert points["spatial", "attention"] == (0, 0)


def test_no_three_levels_that_are_joined_with_each_other_stand_in_line(studies: Studies) -> None:
    plan = studies["3 x 3"]().study_plan
    layout = lay_out(plan)[0]
    one, two, three = (np.array(layout[combination.hash]) for combination in plan.combinations[:3])
    across = (two - one)[0] * (three - one)[1] - (two - one)[1] * (three - one)[0]
    assert abs(across) > 0.02


def test_the_baseline_stands_in_the_middle_of_arms_that_leave_it_alone(studies: Studies) -> None:
    plan = studies["one factor at a time"]().study_plan
    layout = lay_out(plan)[0]
    baseline, *others = (layout[combination.hash] for combination in plan.combinations)
    np.testing.assert_allclose(baseline, np.mean(others, axis=0), atol=1e-9)
    assert baseline not in others


def test_numbers_follow_a_winding_row(studies: Studies) -> None:
    plan = studies["7 numbers"]().study_plan
    points = list(lay_out(plan)[0].values())
    assert points == [(0, 1), (0.25, 1), (0.5, 1), (0.75, 1), (1, 1), (1, 0), (0.75, 0)]


@pytest.mark.parametrize("name", ["5 arms", "2 x 3 x 2", "one combination"])
def test_a_ring_takes_any_design_and_no_two_share_a_place(studies: Studies, name: str) -> None:
    plan = studies[name]().study_plan
    ring = lay_out(plan)[-1]
    assert set(ring) == {combination.hash for combination in plan.combinations}
    assert len(set(ring.values())) == len(ring)
    assert all(0 <= at <= 1 for point in ring.values() for at in point)
