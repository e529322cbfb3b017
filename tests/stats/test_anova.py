"""The analysis of variance, against statsmodels on complete and incomplete designs."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from ablate.errors import StatisticsError
from ablate.stats import Anova, Design, analyse_variance

NAN = float("nan")
SHAPE = (2, 3, 2)
CELLS = np.array(list(itertools.product(*map(range, SHAPE))))
NAMES = "abc"


def draw(seed: int, cells: np.ndarray, seeds: int = 5, lost: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(len(cells), seeds)) + generator.normal(0, 2, seeds)
    values += (cells @ [1.0, 0.3, 0.0][: cells.shape[1]])[:, None]
    values += 0.8 * cells[:, [0]] * cells[:, [1]]
    values[generator.random(values.shape) < lost] = NAN
    return values


def analyse(values: np.ndarray, cells: np.ndarray = CELLS) -> Anova:
    found = analyse_variance(values, Design(cells, np.arange(len(cells))))
    assert found is not None
    return found


def table_of(values: np.ndarray, cells: np.ndarray) -> pd.DataFrame:
    row, block = np.nonzero(np.isfinite(values))
    factors = {name: cells[row, column] for column, name in enumerate(NAMES[: cells.shape[1]])}
    return pd.DataFrame({"y": values[row, block], "s": block, "cell": row, **factors})


@pytest.mark.parametrize("lost", [0.0, 0.15])
@pytest.mark.parametrize("seed", range(139, 142))
def test_every_source_is_that_of_statsmodels_type_2(seed: int, lost: float) -> None:
    values = draw(seed, CELLS, lost=lost)
    assert np.isfinite(values).any(axis=1).all(), "every combination has a trial"
    # With the interaction of all three the model is saturated, as ours is: so is its residual.
    expected = anova_lm(smf.ols("y ~ C(s) + C(a) * C(b) * C(c)", table_of(values, CELLS)).fit(), typ=2)
    found = analyse(values)
    names = [":".join(f"C({NAMES[factor]})" for factor in source.factors or range(3)) for source in found.sources]
    assert len(names) == 7
    for name, source in zip(names, found.sources, strict=True):
        row = expected.loc[name]
        assert source.freedom == row["df"], name
        assert source.sum_of_squares == pytest.approx(row["sum_sq"], rel=1e-8), f"{name}, seed {seed}"
        assert source.f == pytest.approx(row["F"], rel=1e-8)
        assert source.p_value == pytest.approx(row["PR(>F)"], rel=1e-6)
    residual = expected.loc["Residual"]
    assert (found.residual, found.residual_freedom) == pytest.approx((residual["sum_sq"], residual["df"]))


@pytest.mark.parametrize("seed", [149, 151])
def test_with_whole_combinations_missing_sources_are_differences_of_nested_fits(seed: int) -> None:
    cells = np.delete(CELLS, [1, 7, 10], axis=0)
    values = draw(seed, cells, lost=0.1)
    table = table_of(values, cells)

    def fit(*terms: str) -> tuple[float, int]:
        # Spelt out as labels of cells, so that a pair of levels that does not occur takes no column.
        labels = {f"{term}_": table[[*term]].astype(str).agg("".join, axis=1) for term in terms}
        formula = " + ".join(["y ~ C(s)", *(f"C({name})" for name in labels)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # more columns than dimensions are meant: their rank is what is asked for
            fitted = smf.ols(formula, table.assign(**labels)).fit()
        return fitted.ssr, int(np.linalg.matrix_rank(fitted.model.exog))

    terms = ["a", "b", "c", "ab", "ac", "bc"]
    for source in analyse(values, cells).sources:
        term = "".join(NAMES[factor] for factor in source.factors)
        others = [other for other in terms if not set(term) <= set(other)] if term else terms
        (before, few), (after, many) = fit(*others), fit(*others, term or "abc")
        assert source.freedom == many - few, term
        assert source.sum_of_squares == pytest.approx(before - after, rel=1e-8, abs=1e-9), f"{term}, seed {seed}"
    residual, rank = fit("abc")
    found = analyse(values, cells)
    assert found.residual == pytest.approx(residual)
    assert found.residual_freedom == len(table) - rank


@pytest.mark.parametrize("seed", [157])
def test_two_factors_need_no_column_for_their_pair(seed: int) -> None:
    cells = np.array(list(itertools.product(range(3), range(4))))
    values = draw(seed, cells, lost=0.1)
    expected = anova_lm(smf.ols("y ~ C(s) + C(a) * C(b)", table_of(values, cells)).fit(), typ=2)
    found = analyse(values, cells)
    assert [source.factors for source in found.sources] == [(0,), (1,), (0, 1)]
    for source, name in zip(found.sources, ("C(a)", "C(b)", "C(a):C(b)"), strict=True):
        assert source.sum_of_squares == pytest.approx(expected.loc[name, "sum_sq"], rel=1e-8), f"seed {seed}"
        assert source.freedom == expected.loc[name, "df"]


@pytest.mark.parametrize("seed", [163])
def test_sums_of_squares_of_a_complete_design_add_up(seed: int) -> None:
    values = draw(seed, CELLS)
    found = analyse(values)
    of_seeds = len(CELLS) * ((values.mean(axis=0) - values.mean()) ** 2).sum()
    total = sum(source.sum_of_squares for source in found.sources) + found.residual + of_seeds
    assert total == pytest.approx(((values - values.mean()) ** 2).sum()), f"seed {seed}"
    assert sum(source.freedom for source in found.sources) == len(CELLS) - 1
    for source in found.sources:
        assert source.partial_eta_squared == pytest.approx(
            source.sum_of_squares / (source.sum_of_squares + found.residual)
        )


@pytest.mark.parametrize("seed", [167])
def test_the_order_of_cells_and_seeds_and_a_constant_change_nothing(seed: int) -> None:
    values, generator = draw(seed, CELLS, lost=0.1), np.random.default_rng(seed)
    rows, columns = generator.permutation(len(CELLS)), generator.permutation(5)
    one, other = analyse(values), analyse(values[rows][:, columns] + 1000, CELLS[rows])
    for first, second in zip(one.sources, other.sources, strict=True):
        assert second.sum_of_squares == pytest.approx(first.sum_of_squares, rel=1e-7), f"seed {seed}"
        assert (second.factors, second.freedom) == (first.factors, first.freedom)


def test_an_aliased_source_has_no_degree_of_freedom() -> None:
    half = np.array([cell for cell in itertools.product(range(2), repeat=3) if sum(cell) % 2 == 0])
    found = analyse(draw(173, half), half)
    assert [source.freedom for source in found.sources] == [0] * 6
    assert all((source.f, source.p_value) == (None, None) for source in found.sources)
    both = half[:, :2]
    assert [source.freedom for source in analyse(draw(173, both), both).sources] == [1, 1, 1]


def test_a_factor_with_one_level_is_no_source() -> None:
    cells = np.array([[0, 0], [0, 1], [0, 2]])
    found = analyse(draw(179, cells), cells)
    assert [(source.factors, source.freedom) for source in found.sources] == [((1,), 2)]


def test_nothing_can_be_told_without_a_residual_or_with_merged_cells() -> None:
    values, rows = draw(181, CELLS), np.arange(len(CELLS))
    design = Design(CELLS, rows)
    assert analyse_variance(values[:, :1], design) is None, "one seed leaves no residual"
    assert analyse_variance(np.full(values.shape, NAN), design) is None
    assert analyse_variance(np.ones(values.shape), design) is None
    assert analyse_variance(CELLS[:, :1] + np.arange(5.0), design) is None, "combination and seed explain everything"
    merged = rows.copy()
    merged[3] = 2
    assert analyse_variance(values, Design(CELLS, merged)) is None
    with pytest.raises(StatisticsError, match="a row for every combination"):
        analyse_variance(values[:5], design)
