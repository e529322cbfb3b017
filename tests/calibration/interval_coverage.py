"""How often 95 % intervals cover the truth."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from false_claims import SEEDS
from scipy import special
from simulation import Case, Table, share
from synthetic_studies import ALIKE, draw_studies

from ablate.stats import LEVEL, Contrast, Design, Interval, fit_blocks, interactions, main_effect
from ablate.stats.bootstrap import bca_intervals

CELLS = np.array(list(itertools.product(range(2), range(3))))
DESIGN = Design(CELLS, np.arange(len(CELLS)))
LOST = 0.1
"""The share of trials that are missing."""


def of_rows(studies: int, seed: int, seeds: tuple[int, ...] = SEEDS) -> Table:
    """Means and paired differences."""
    columns = ("noise", "seeds", "mean, t", "difference, t", "mean, BCa", "difference, BCa")
    cases = [Case("rows", (noise, n), studies, seed) for noise in ALIKE for n in seeds]
    return Table("Coverage of 95 % intervals (%), one combination or two", columns, cases, _measure_rows)


def _measure_rows(case: Case) -> list[str]:
    noise, n = case.varied
    generator = case.generator()
    values = draw_studies(generator, noise, case.studies, n, np.zeros(2))
    differences = values[:, 1] - values[:, 0]
    means = noise.draw(generator, (case.studies, 1, n))[:, 0]  # with nothing beside it that would hide its skewness
    by_t = [covers_by_t(rows) for rows in (means, differences)]
    by_bootstrap = [[_covers(interval) for interval in bca_intervals(rows)] for rows in (means, differences)]
    return [noise, str(n), *(share(covered, LEVEL) for covered in (*by_t, *by_bootstrap))]


def covers_by_t(rows: np.ndarray) -> np.ndarray:
    """Whether the t interval of each row's mean covers 0."""
    n = rows.shape[1]
    half = float(special.stdtrit(n - 1, (1 + LEVEL) / 2)) * rows.std(axis=1, ddof=1) / np.sqrt(n)
    return np.abs(rows.mean(axis=1)) <= half


def of_blocks(studies: int, seed: int, seeds: tuple[int, ...] = SEEDS) -> Table:
    """Main effects and interactions of a 2 x 3 design."""
    columns = ("noise", "seeds", "main effect", "interaction", "main effect, 10 % missing")
    columns += ("interaction, 10 % missing", "… without interval")
    cases = [Case("blocks", (noise, n), studies, seed) for noise in ALIKE for n in seeds]
    return Table("Coverage of 95 % intervals (%), effects in a 2 × 3 design", columns, cases, _measure_blocks)


def _measure_blocks(case: Case) -> list[str]:
    noise, n = case.varied
    generator = case.generator()
    values = draw_studies(generator, noise, case.studies, n, np.zeros(len(CELLS)))
    lacking = np.where(generator.random(values.shape) < LOST, np.nan, values)
    cells = []
    for studies in (values, lacking):
        of_studies = [contrasts(study) for study in studies]
        for found in zip(*of_studies, strict=True):
            intervals = [one.interval for one in found if one.interval is not None]
            cells.append(share([_covers(interval) for interval in intervals], LEVEL) if intervals else "–")
    without = [one.interval is None for _, one in of_studies]
    return [noise, str(n), *cells, share(without)]


def contrasts(study: np.ndarray) -> Sequence[Contrast]:
    """A main effect and an interaction, as a report shows them."""
    blocks = fit_blocks(study)
    nothing = Contrast(None, None, None, 0)
    main = [level.difference for level in main_effect(blocks, DESIGN, 1, 0).levels if level.difference is not None]
    both = [interaction.contrast for interaction in interactions(blocks, DESIGN, (0, 1), (0, 0))]
    return next(iter(main), nothing), next(iter(both), nothing)


def _covers(interval: Interval | None) -> bool:
    return interval is not None and interval.low <= 0 <= interval.high
