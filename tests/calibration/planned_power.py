"""Whether studies decide as often as was planned, and how often in the wrong direction."""

from __future__ import annotations

import numpy as np
from false_claims import FAMILIES, claims_by_holm, sign_flips
from simulation import Case, Table, share
from synthetic_studies import ALIKE, Noise, draw_studies

from ablate.stats import power, seeds_to_decide

DEVIATION = float(np.sqrt(2))
"""Of a difference between two arms, in units of the noise of one trial."""

EFFECTS = (0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
"""In standard deviations of the differences."""


def planned(studies: int, seed: int) -> Table:
    """One arm differs, the others do not; the number of seeds is what was asked for."""
    columns = ("comparisons", "difference / s", "seeds planned", "formula", *ALIKE)
    cases = [Case("planned", (m, effect), studies, seed) for m in FAMILIES for effect in EFFECTS]
    title = "Studies planned to decide with chance 80 %: how many did (%), in the right direction"
    return Table(title, columns, cases, _measure_planned)


def _measure_planned(case: Case) -> list[str]:
    comparisons, effect = case.varied
    n = seeds_to_decide(effect, 1.0, comparisons)
    assert n is not None
    means = np.zeros(comparisons + 1)
    means[1] = effect * DEVIATION
    generator = case.generator()
    decided = []
    for noise in ALIKE:
        values = draw_studies(generator, noise, case.studies, n, means)
        is_right = (values[:, 1] - values[:, 0]).mean(axis=1) > 0
        decided.append(share(claims_by_holm(sign_flips(values))[:, 0] & is_right))
    return [str(comparisons), f"{effect:g}", str(n), f"{100 * power(effect, 1.0, n, comparisons):.1f}", *decided]


def directions(studies: int, seed: int) -> Table:
    """All arms differ by as much, half of them in either direction."""
    columns = ("noise", "seeds", "difference / s", "any wrong direction", "decided comparisons")
    cases = [
        Case("directions", (noise, n, effect), studies, seed)
        for noise in (Noise.GAUSSIAN, Noise.LOG_NORMAL)
        for n in (10, 16)
        for effect in (0.1, 0.3, 1.0)
    ]
    title = f"Studies that claim the wrong direction (%), {FAMILIES[-1]} comparisons"
    return Table(title, columns, cases, _measure_directions)


def _measure_directions(case: Case) -> list[str]:
    noise, n, effect = case.varied
    signs = np.where(np.arange(FAMILIES[-1]) % 2, -1.0, 1.0)
    means = np.concatenate([[0.0], signs * effect * DEVIATION])
    values = draw_studies(case.generator(), noise, case.studies, n, means)
    claimed = claims_by_holm(sign_flips(values))
    is_wrong = np.sign((values[:, 1:] - values[:, :1]).mean(axis=2)) != signs
    return [noise, str(n), f"{effect:g}", share((claimed & is_wrong).any(axis=1)), share(claimed.ravel())]
