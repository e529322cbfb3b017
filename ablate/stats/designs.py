"""What a study compares, as numbers: cells, their levels, and the steps from cell to cell that switch one factor."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ablate.errors import StatisticsError

IntegerArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """Cells x factors with the level of every factor, and for every cell the row of the combination it comes to.

    Choices that come to the same configuration are cells of one combination. In a `fraction` no two cells differ in
    one factor alone, so the levels of a factor are compared over all cells that have them.

    Raises:
        StatisticsError: the arrays do not fit each other, or a cell occurs twice.
    """

    levels: IntegerArray
    rows: IntegerArray
    is_fraction: bool = False

    def __post_init__(self) -> None:
        if self.levels.ndim != 2 or self.rows.shape != self.levels.shape[:1]:
            raise StatisticsError(
                f"expected cells x factors and one row for each cell, got {self.levels.shape}, {self.rows.shape}"
            )
        if len({tuple(cell) for cell in self.levels.tolist()}) < len(self.levels):
            raise StatisticsError("a cell occurs twice: give every choice of levels once")

    @property
    def has_merged_cells(self) -> bool:
        """Whether a combination stands in several cells."""
        return len(set(self.rows.tolist())) < len(self.rows)

    def codes(self, factor: int) -> list[int]:
        """The levels that occur of a factor, in order.

        Raises:
            StatisticsError: there is no such factor.
        """
        if not 0 <= factor < self.levels.shape[1]:
            raise StatisticsError(f"there are factors 0 to {self.levels.shape[1] - 1}, not {factor}")
        return sorted({int(code) for code in self.levels[:, factor]})


class Step(NamedTuple):
    """Two combinations (rows) that differ in one factor alone: at `start` it has the level that stands first."""

    factor: int
    start: int
    end: int


def one_switch_steps(design: Design, is_ordered: Sequence[bool]) -> tuple[Step, ...]:
    """Every pair of combinations that one switch of one factor leads between, by factor, in the order of the cells.

    Levels that lie on a line (`is_ordered`, by factor) are joined to their neighbours among those that occur, others
    each to each. Between cells of one combination there is nothing to step.
    """
    steps: dict[Step, None] = {}
    for factor in range(design.levels.shape[1]):
        lines: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        for cell, row in zip(design.levels.tolist(), design.rows.tolist(), strict=True):
            lines[*cell[:factor], *cell[factor + 1 :]].append((cell[factor], row))
        for line in lines.values():
            ranked = [row for _, row in sorted(line)]
            pairs = itertools.pairwise(ranked) if is_ordered[factor] else itertools.combinations(ranked, 2)
            steps |= {Step(factor, start, end): None for start, end in pairs if start != end}
    return tuple(steps)


def is_orthogonal(levels: IntegerArray) -> bool:
    """Whether every pair of levels of two factors occurs equally often (an orthogonal array of strength two).

    Then the mean of a level is not shifted by the main effect of any other factor.
    """
    levels = np.asarray(levels, dtype=np.int64)
    for one in range(levels.shape[1]):
        for other in range(one):
            counts = Counter((int(a), int(b)) for a, b in levels[:, [one, other]])
            full = len(set(levels[:, one].tolist())) * len(set(levels[:, other].tolist()))
            if len(counts) != full or len(set(counts.values())) != 1:
                return False
    return True
