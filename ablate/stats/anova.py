"""The analysis of variance: which factors and pairs of factors account for how much of what varies."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.errors import StatisticsError
from ablate.stats.designs import Design
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
    values = values[design.rows]
    present = np.isfinite(values)
    occupied = present.any(axis=1)
    if not occupied.any():
        return None
    fit = _Fit(values[occupied], _indicators(design.levels[occupied]))
    residual_freedom = fit.observations - fit.blocks - fit.freedom(fit.saturated)
    residual = fit.unexplained(fit.saturated)
    if residual_freedom < 1 or residual <= ROUNDING * fit.size:
        return None
    varied = [factor for factor in range(design.levels.shape[1]) if len(set(design.levels[:, factor].tolist())) > 1]
    singles, pairs = [(factor,) for factor in varied], list(itertools.combinations(varied, 2))
    terms: list[tuple[int, ...]] = [*singles, *pairs]
    sources = []
    for term in terms:
        others = [other for other in terms if not set(term) <= set(other)]
        sources.append((term, fit.columns(others), fit.columns([*others, term])))
    sources.append(((), fit.columns(terms), fit.saturated))
    found = tuple(_source(fit, *source, residual, residual_freedom) for source in sources)
    return Anova(tuple(s for s in found if s.factors or s.freedom), residual, residual_freedom)


def _source(
    fit: _Fit, factors: tuple[int, ...], before: list[int], after: list[int], residual: float, residual_freedom: int
) -> Source:
    freedom = fit.freedom(after) - fit.freedom(before)
    explained = max(0.0, fit.unexplained(before) - fit.unexplained(after)) if freedom else 0.0
    if not freedom:
        return Source(factors, 0.0, 0, None, None, None)
    f = explained / freedom / (residual / residual_freedom)
    p_value = float(special.fdtrc(freedom, residual_freedom, f))
    return Source(factors, explained, freedom, f, p_value, explained / (explained + residual))


class _Fit:
    """Least squares on any subset of columns, from one matrix of products; the seeds are taken out beforehand."""

    def __init__(self, values: FloatArray, indicators: dict[tuple[int, ...], FloatArray]) -> None:
        present = np.isfinite(values)
        cells, seeds = np.nonzero(present)
        saturated = np.eye(len(values))
        blocks = [*indicators.values(), saturated]
        bounds = np.cumsum([0, *(block.shape[1] for block in blocks)])
        self._places = {
            term: list(range(low, high)) for term, low, high in zip(indicators, bounds[:-2], bounds[1:-1], strict=True)
        }
        self.saturated = list(range(bounds[-2], bounds[-1]))
        data = np.column_stack([*(block[cells] for block in blocks), values[cells, seeds] - np.nanmean(values)])
        counts = present.sum(axis=0)
        sums = np.zeros((values.shape[1], data.shape[1]))
        np.add.at(sums, seeds, data)
        data = data - (sums / np.maximum(counts, 1)[:, None])[seeds]
        products = data.T @ data
        self._products, self._right, self._total = products[:-1, :-1], products[:-1, -1], float(products[-1, -1])
        self.observations, self.blocks = len(cells), int((counts > 0).sum())
        self.size = float(np.nansum(values**2))
        self._cache: dict[tuple[int, ...], tuple[int, float]] = {}

    def columns(self, terms: list[tuple[int, ...]]) -> list[int]:
        return [column for term in terms for column in self._places[term]]

    def freedom(self, columns: list[int]) -> int:
        """How many dimensions the columns span beside the seeds."""
        return self._solved(columns)[0]

    def unexplained(self, columns: list[int]) -> float:
        """The sum of squares that the columns and the seeds leave."""
        return self._solved(columns)[1]

    def _solved(self, columns: list[int]) -> tuple[int, float]:
        key = tuple(columns)
        if key not in self._cache:
            if not columns:
                self._cache[key] = 0, self._total
            else:
                own, directions = np.linalg.eigh(self._products[np.ix_(columns, columns)])
                kept = own > SMALLEST_EIGENVALUE * max(float(own.max()), 1e-300)
                along = directions[:, kept].T @ self._right[columns]
                self._cache[key] = int(kept.sum()), self._total - float((along**2 / own[kept]).sum())
        return self._cache[key]


def _indicators(levels: np.ndarray) -> dict[tuple[int, ...], FloatArray]:
    """Columns for every factor and every pair of factors: one for each level, or pair of levels, that occurs."""
    factors = range(levels.shape[1])
    terms: list[tuple[int, ...]] = [*((factor,) for factor in factors), *itertools.combinations(factors, 2)]
    found = {}
    for term in terms:
        kinds, which = np.unique(levels[:, term], axis=0, return_inverse=True)
        found[term] = np.eye(len(kinds))[which.ravel()]
    return found
