"""Main effects: what a level of one factor does on average over the levels of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ablate.errors import StatisticsError
from ablate.stats.comparisons import Comparison, paired_difference
from ablate.stats.intervals import LEVEL, FloatArray, MeanEstimate, estimate_mean

BooleanArray = npt.NDArray[np.bool_]
IntegerArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LevelEffect:
    """The marginal mean of one level, and its paired difference to the reference level (None for that level)."""

    level: int
    mean: MeanEstimate
    difference: Comparison | None


@dataclass(frozen=True)
class MainEffect:
    """A factor's levels on an equal footing.

    A slice is one choice of levels for all the other factors. `slices_used` of `slices` carry the means; the others
    lack a level, by design or because trials are missing. `unseen` are levels without any value: they are left out.
    """

    factor: int
    levels: tuple[LevelEffect, ...]
    slices_used: int
    slices: int
    unseen: tuple[int, ...]


def main_effect(
    values: FloatArray,
    levels: IntegerArray,
    factor: int,
    reference: int,
    seeds: Sequence[int],
    coverage: float = LEVEL,
) -> MainEffect:
    """Marginal means of the levels of column `factor`, and their paired differences to level `reference` over seeds.

    `values` is cells x seeds (NaN missing), `levels` is cells x factors: the level of every factor in every cell.
    For level a and seed s the marginal mean is M(a, s) = mean over slices of the cell (a, slice) at s; means and
    t intervals are taken of M(a, ·) over seeds, differences of M(a, ·) - M(reference, ·) over the same seeds.

    Only complete blocks count, so that levels are always compared on the same slices and seeds: those slices, most
    complete first, and those seeds are used that together hold the most cells. Where cells are missing this is
    unbiased, and wasteful compared with a linear model.

    Raises:
        StatisticsError: the arrays do not fit each other, or a cell occurs twice.
    Source: marginal means of a randomised block design; Montgomery, "Design and Analysis of Experiments", ch. 4-5.
    """
    blocks, present = _slices(values, levels, factor, seeds)
    has_value: BooleanArray = np.logical_or.reduce(np.isfinite(blocks), axis=(0, 2))
    seen = [level for level, has in zip(present, has_value, strict=True) if has]
    unseen = tuple(level for level, has in zip(present, has_value, strict=True) if not has)
    blocks = blocks[:, has_value, :]
    chosen, usable = _largest_complete_block(blocks)
    marginal = np.full((len(seen), len(seeds)), np.nan)
    if chosen:
        marginal[:, usable] = blocks[chosen][:, :, usable].mean(axis=0)
    rows = {level: marginal[place] for place, level in enumerate(seen)}
    found = tuple(
        LevelEffect(
            level,
            estimate_mean(row, seeds, coverage),
            _difference(row, rows.get(reference), seeds, coverage) if level != reference else None,
        )
        for level, row in rows.items()
    )
    return MainEffect(factor, found, len(chosen), len(blocks), unseen)


def _difference(
    row: FloatArray, reference: FloatArray | None, seeds: Sequence[int], coverage: float
) -> Comparison | None:
    return None if reference is None else paired_difference(row, reference, seeds, coverage)


def _slices(
    values: FloatArray, levels: IntegerArray, factor: int, seeds: Sequence[int]
) -> tuple[FloatArray, list[int]]:
    """Cells as an array slices x levels x seeds, NaN where a cell is not in the design, and the levels' codes."""
    values, levels = np.asarray(values, dtype=np.float64), np.asarray(levels, dtype=np.int64)
    if values.ndim != 2 or levels.ndim != 2 or len(values) != len(levels) or values.shape[1] != len(seeds):
        raise StatisticsError(
            f"expected cells x {len(seeds)} seeds and cells x factors, got arrays of {values.shape} and {levels.shape}"
        )
    if not 0 <= factor < levels.shape[1]:
        raise StatisticsError(f"there are factors 0 to {levels.shape[1] - 1}, not {factor}")
    present = sorted({int(code) for code in levels[:, factor]})
    others = [tuple(int(code) for code in np.delete(cell, factor)) for cell in levels]
    order = {other: place for place, other in enumerate(dict.fromkeys(others))}
    blocks = np.full((len(order), len(present), len(seeds)), np.nan)
    filled: set[tuple[int, int]] = set()
    for cell, other, row in zip(levels, others, values, strict=True):
        place = (order[other], present.index(int(cell[factor])))
        if place in filled:
            raise StatisticsError(f"the cell {cell.tolist()} occurs twice: give every choice of levels once")
        filled.add(place)
        blocks[place] = np.where(np.isfinite(row), row, np.nan)
    return blocks, present


def _largest_complete_block(blocks: FloatArray) -> tuple[list[int], BooleanArray]:
    """Slices, and a mask of seeds, in which every level has a value, chosen to hold the most cells."""
    complete: BooleanArray = np.logical_and.reduce(np.isfinite(blocks), axis=1)
    if blocks.shape[1] == 0:
        return [], np.zeros(blocks.shape[2], dtype=np.bool_)
    order = sorted(range(len(blocks)), key=lambda place: -int(complete[place].sum()))
    best, best_size = 0, 0
    for count in range(1, len(order) + 1):
        size = count * int(complete[order[:count]].all(axis=0).sum())
        if size >= best_size and size > 0:
            best, best_size = count, size
    chosen = sorted(order[:best])
    usable: BooleanArray = np.logical_and.reduce(complete[chosen], axis=0)
    return chosen, usable
