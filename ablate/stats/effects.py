"""Main effects and two-way interactions: what a level does on average, and how far that depends on another factor."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ablate.errors import StatisticsError
from ablate.stats.blocks import Blocks, Contrast
from ablate.stats.designs import Design
from ablate.stats.intervals import LEVEL, FloatArray


@dataclass(frozen=True)
class LevelEffect:
    """The marginal mean of one level, and its difference to the reference level (None for that level)."""

    level: int
    mean: Contrast
    difference: Contrast | None


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


@dataclass(frozen=True)
class Interaction:
    """How much more level `levels[0]` of the first factor gives beside `levels[1]` of the second than beside its
    reference: a difference of differences, averaged over `slices_used` choices of the other factors.
    """

    factors: tuple[int, int]
    levels: tuple[int, int]
    contrast: Contrast
    slices_used: int


def main_effect(blocks: Blocks, design: Design, factor: int, reference: int, coverage: float = LEVEL) -> MainEffect:
    """Marginal means of the levels of column `factor`, and their differences to level `reference`.

    The mean of a level is that of its combinations' levels in the model of `fit_blocks`, over the slices in which all
    levels of the factor have values, so that levels are compared beside the same choices of the others.

    Raises:
        StatisticsError: there is no such factor, or the design names a combination that has no values.
    Source: marginal means of a randomised block design; Montgomery, "Design and Analysis of Experiments", ch. 4-5.
    """
    _check(blocks, design)
    has_value = blocks.part[design.rows] >= 0
    present = design.codes(factor)
    codes = design.levels[:, factor]
    seen = [level for level in present if has_value[codes == level].any()]
    used, total = _slices(design, (factor,), has_value, [(level,) for level in seen])
    weights = {level: _weights(blocks, design, [cells[level,] for cells in used]) for level in seen}
    found = tuple(
        LevelEffect(
            level,
            blocks.contrast(weights[level], coverage),
            blocks.contrast(weights[level] - weights[reference], coverage)
            if level != reference and reference in seen
            else None,
        )
        for level in seen
    )
    share = len(design.levels) // len(present) if design.is_fraction else 1  # there a slice is all cells of a level
    unseen = tuple(level for level in present if level not in seen)
    return MainEffect(factor, found if used else (), len(used) * share, total * share, unseen)


def interactions(
    blocks: Blocks, design: Design, factors: tuple[int, int], references: tuple[int, int], coverage: float = LEVEL
) -> tuple[Interaction, ...]:
    """Every difference of differences of two factors to their reference levels, in the order of the levels.

    [(a, b) - (reference, b)] - [(a, reference) - (reference, reference)], averaged over the choices of the other
    factors in which all four cells have values. Empty for a fraction, where it is aliased with other effects.

    Raises:
        StatisticsError: there is no such factor, or the design names a combination that has no values.
    """
    _check(blocks, design)
    if design.is_fraction:
        return ()
    has_value = blocks.part[design.rows] >= 0
    found = []
    for a, b in itertools.product(*map(design.codes, factors)):
        if a == references[0] or b == references[1]:
            continue
        corners = [(a, b), (references[0], b), (a, references[1]), references]
        used, _ = _slices(design, factors, has_value, corners)
        if used:
            both, one, other, none = (_weights(blocks, design, [cells[corner] for cells in used]) for corner in corners)
            contrast = blocks.contrast(both - one - other + none, coverage)
            found.append(Interaction(factors, (a, b), contrast, len(used)))
    return tuple(found)


def _check(blocks: Blocks, design: Design) -> None:
    most = int(design.rows.max(initial=-1))
    if most >= len(blocks.levels):
        raise StatisticsError(f"there are combinations 0 to {len(blocks.levels) - 1}, not {most}")


Cells = dict[tuple[int, ...], list[int]]
"""The cells of one slice by their levels of the factors in question."""


def _slices(
    design: Design, factors: tuple[int, ...], has_value: np.ndarray, wanted: Sequence[tuple[int, ...]]
) -> tuple[list[Cells], int]:
    """The slices that have all `wanted` levels of `factors` with values, and how many slices there are."""
    slices: dict[tuple[int, ...], Cells] = {}
    for place, cell in enumerate(design.levels.tolist()):
        others = () if design.is_fraction else tuple(code for at, code in enumerate(cell) if at not in factors)
        own = slices.setdefault(others, {})
        if has_value[place]:
            own.setdefault(tuple(cell[at] for at in factors), []).append(place)
    used = [cells for cells in slices.values() if wanted and all(levels in cells for levels in wanted)]
    if design.is_fraction and not has_value.all():
        used = []  # without a cell the levels of the other factors are no longer balanced
    return used, len(slices)


def _weights(blocks: Blocks, design: Design, cells: Sequence[Sequence[int]]) -> FloatArray:
    """Over combinations: the average over slices of the average over the cells of a slice."""
    weights = np.zeros(len(blocks.levels))
    for places in cells:
        for place in places:
            weights[design.rows[place]] += 1 / (len(places) * len(cells))
    return weights
