"""The analysis of variance: which factors and pairs of factors account for how much of what varies."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from ablate.errors import StatisticsError
from ablate.stats.blocks import residuals
from ablate.stats.designs import Design, IntegerArray
from ablate.stats.intervals import ROUNDING, FloatArray

SMALLEST_EIGENVALUE = 1e-9
"""Relative to the largest: directions below it are rounding, not information."""


@dataclass(frozen=True)
class Source:
    """One source of variance: a factor, a pair of factors, or with `factors` empty all interactions of higher order.

    `p_value` is that of the F test against the residual; with no degree of freedom the source is aliased with others.
    """

    factors: tuple[int, ...]
    sum_of_squares: float
    freedom: int
    f: float | None
    p_value: float | None
    partial_eta_squared: float | None


@dataclass(frozen=True)
class Anova:
    """The sources in the order factors, pairs, the rest; and the residual, which is combination times seed."""

    sources: tuple[Source, ...]
    residual: float
    residual_freedom: int


def analyse_variance(values: FloatArray, design: Design) -> Anova | None:
    """Type II sums of squares of factors and pairs of factors, with seeds as blocks; NaN in `values` is missing.

    A factor's sum is what it explains beyond all sources that do not contain it, a pair's what it explains beyond all
    factors and other pairs; what combinations explain beyond that is of higher order. The residual is what is left
    once every combination and every seed has its own level. F = (SS/df) / (residual/its df), and partial η² =
    SS/(SS + residual). It supposes noise that is alike in all combinations, which the intervals of effects do not.

    None where nothing can be told: choices share a combination, no residual is left, or nothing varies.

    Raises:
        StatisticsError: `values` has not one row for each combination of the design.
    Source: F. Yates, "The analysis of multiple classifications with unequal numbers in the different classes", JASA 29
    (1934); as `statsmodels.stats.anova.anova_lm(..., typ=2)`.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or len(values) <= int(design.rows.max(initial=-1)):
        raise StatisticsError(f"expected a row for every combination of the design, got an array of {values.shape}")
    if design.has_merged_cells or not len(design.rows):
        return None
    values = np.where(np.isfinite(values), values, np.nan)[design.rows]
    occupied = np.isfinite(values).any(axis=1)
    if not occupied.any():
        return None
    values, levels = values[occupied], design.levels[occupied]
    left, residual_freedom = residuals(values)
    residual = float(np.nansum(left**2))
    terms = _terms(levels)
    # One pair is all that two factors can do together, and may have as many columns as there are combinations.
    has_one_pair = len(terms) <= 3
    fit = _Fit(values, {term: _columns(levels, term) for term in terms if len(term) == 1 or not has_one_pair})
    size = float(np.nanmax(np.abs(values)))
    if residual_freedom < 1 or residual <= max(ROUNDING * fit.total, fit.observations * (ROUNDING * size) ** 2):
        return None
    of_combinations = _Explained(fit.observations - fit.blocks - residual_freedom, fit.total - residual)
    everything = of_combinations if has_one_pair and len(terms) == 3 else fit.explained(terms)
    sources = []
    for term in terms:
        others = [other for other in terms if not set(term) <= set(other)]
        after = everything if len(others) + 1 == len(terms) else fit.explained([*others, term])
        sources.append((term, fit.explained(others), after))
    if of_combinations.freedom > everything.freedom:
        sources.append(((), everything, of_combinations))
    return Anova(tuple(_source(*source, residual, residual_freedom) for source in sources), residual, residual_freedom)


class _Explained(NamedTuple):
    """How many dimensions some columns span beside the seeds, and the sum of squares that lies in them."""

    freedom: int
    sum_of_squares: float


def _source(
    factors: tuple[int, ...], before: _Explained, after: _Explained, residual: float, residual_freedom: int
) -> Source:
    freedom = after.freedom - before.freedom
    if not freedom:
        return Source(factors, 0.0, 0, None, None, None)
    explained = max(0.0, after.sum_of_squares - before.sum_of_squares)
    f = explained / freedom / (residual / residual_freedom)
    p_value = float(special.fdtrc(freedom, residual_freedom, f))
    return Source(factors, explained, freedom, f, p_value, explained / (explained + residual))


class _Fit:
    """Least squares on the columns of any terms, from one matrix of products; the seeds are taken out beforehand."""

    def __init__(self, values: FloatArray, columns: dict[tuple[int, ...], FloatArray]) -> None:
        cells, seeds = np.nonzero(np.isfinite(values))
        places = np.split(
            np.arange(sum(of.shape[1] for of in columns.values())), np.cumsum([of.shape[1] for of in columns.values()])
        )
        self._places = dict(zip(columns, places, strict=False))
        data = np.column_stack([*(of[cells] for of in columns.values()), values[cells, seeds] - np.nanmean(values)])
        of_seed = np.eye(values.shape[1])[seeds]
        counts = np.maximum(of_seed.sum(axis=0), 1)
        data = data - ((of_seed.T @ data) / counts[:, None])[seeds]
        products = data.T @ data
        self._products, self._right, self.total = products[:-1, :-1], products[:-1, -1], float(products[-1, -1])
        self.observations, self.blocks = len(cells), len(set(seeds.tolist()))
        self._known: dict[tuple[int, ...], _Explained] = {}

    def explained(self, terms: Sequence[tuple[int, ...]]) -> _Explained:
        """By these terms and nothing else."""
        columns = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *(self._places[term] for term in terms)]))
        key = tuple(columns.tolist())
        if not key:
            return _Explained(0, 0.0)
        if key not in self._known:
            own, directions = np.linalg.eigh(self._products[np.ix_(columns, columns)])
            kept = own > SMALLEST_EIGENVALUE * max(float(own.max()), 1e-300)
            along = directions[:, kept].T @ self._right[columns]
            self._known[key] = _Explained(int(kept.sum()), float((along**2 / own[kept]).sum()))
        return self._known[key]


def _terms(levels: IntegerArray) -> list[tuple[int, ...]]:
    """The factors that vary, then every pair of them."""
    varied = [factor for factor in range(levels.shape[1]) if len(set(levels[:, factor].tolist())) > 1]
    return [*((factor,) for factor in varied), *itertools.combinations(varied, 2)]


def _columns(levels: IntegerArray, term: tuple[int, ...]) -> FloatArray:
    """One column for every level of a factor but the first, or their products for a pair of factors."""
    found = np.ones((len(levels), 1))
    for factor in term:
        own = (levels[:, [factor]] == np.unique(levels[:, factor])[1:]).astype(np.float64)
        found = (found[:, :, None] * own[:, None, :]).reshape(len(levels), -1)
    return found
