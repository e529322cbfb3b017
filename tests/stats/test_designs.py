"""Cells, single switches between them, and balance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ablate.errors import StatisticsError
from ablate.stats import Design, Step, is_orthogonal, one_switch_steps

FULL = np.array(list(itertools.product((0, 1), repeat=3)))
HALF = FULL[FULL.sum(axis=1) % 2 == 0]


def test_every_pair_of_combinations_that_one_switch_leads_between_is_a_step() -> None:
    cells = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]])
    steps = one_switch_steps(Design(cells, np.arange(5)), [False, False])
    assert set(steps) == {
        *(Step(0, 0, 2), Step(0, 0, 4), Step(0, 2, 4), Step(0, 1, 3)),
        *(Step(1, 0, 1), Step(1, 2, 3)),
    }
    assert [step.factor for step in steps] == sorted(step.factor for step in steps)


def test_levels_on_a_line_are_joined_to_their_neighbours_among_those_that_occur() -> None:
    cells = np.array([[0], [1], [3], [4]])
    steps = one_switch_steps(Design(cells, np.arange(4)), [True])
    assert steps == (Step(0, 0, 1), Step(0, 1, 2), Step(0, 2, 3))


def test_a_design_of_ten_by_ten_has_nine_hundred_switches() -> None:
    cells = np.array(list(itertools.product(range(10), repeat=2)))
    assert len(one_switch_steps(Design(cells, np.arange(100)), [False, False])) == 900


def test_between_cells_of_one_combination_there_is_nothing_to_step() -> None:
    design = Design(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 0, 1]))
    assert design.has_merged_cells
    assert one_switch_steps(design, [False, False]) == (Step(1, 0, 1),)


def test_in_a_fraction_no_switch_leads_anywhere() -> None:
    assert one_switch_steps(Design(HALF, np.arange(4), is_fraction=True), [False] * 3) == ()


def test_balance_is_every_pair_of_levels_equally_often() -> None:
    assert is_orthogonal(HALF)
    assert is_orthogonal(FULL)
    assert not is_orthogonal(HALF[:3])
    assert not is_orthogonal(np.array([[0, 0], [1, 1]]))


def test_a_design_knows_its_levels_and_refuses_what_does_not_fit() -> None:
    design = Design(np.array([[0, 5], [2, 5]]), np.arange(2))
    assert (design.codes(0), design.codes(1)) == ([0, 2], [5])
    with pytest.raises(StatisticsError, match="factors 0 to 1, not -1"):
        design.codes(-1)
    with pytest.raises(StatisticsError, match="a cell occurs twice"):
        Design(np.array([[0, 1], [0, 1]]), np.arange(2))
    with pytest.raises(StatisticsError, match=r"one row for each cell, got \(2, 2\), \(3,\)"):
        Design(np.zeros((2, 2), dtype=np.int64), np.arange(3))
