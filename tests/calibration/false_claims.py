"""How often studies claim what is not so: by the verdicts of a report, and by what is done elsewhere."""

from __future__ import annotations

import numpy as np
from scipy import stats
from simulation import Case, Table, share
from synthetic_studies import Noise, draw_studies

from ablate.stats import ERROR_RATE, adjust_claims, fewest_seeds, holm
from ablate.stats.permutation import greater_p, two_sided_p

SEEDS = (3, 4, 5, 6, 7, 8, 10, 12, 16, 20)
FAMILIES = (1, 3, 11)
MARGIN = 2.0
"""Of equivalence, in standard deviations of a trial's noise."""


def no_effect(studies: int, seed: int, seeds: tuple[int, ...] = SEEDS) -> Table:
    """All arms are the same: every claim is false."""
    ours = tuple(f"verdicts, {m}" for m in FAMILIES)
    other = tuple(
        f"{name}, {FAMILIES[-1]}" for name in ("paired t + Holm", "unpaired t", "mean is higher", "one run is higher")
    )
    cases = [Case("no effect", (noise, n), studies, seed) for noise in Noise for n in seeds]
    title = "Studies with any false claim (%), no effect at all, by the comparisons of the family"
    return Table(title, ("noise", "seeds", *ours, *other), cases, _measure_no_effect)


def _measure_no_effect(case: Case) -> list[str]:
    noise, n = case.varied
    values = draw_studies(case.generator(), noise, case.studies, n, np.zeros(FAMILIES[-1] + 1))
    p_values = sign_flips(values)
    claims = [claims_by_holm(p_values[:, :m]) for m in FAMILIES]
    candidates, baseline = values[:, 1:], values[:, :1]
    paired = stats.ttest_1samp(candidates - baseline, 0, axis=2).pvalue
    unpaired = stats.ttest_ind(candidates, baseline, axis=2).pvalue
    is_higher = candidates.mean(axis=2) > baseline.mean(axis=2)
    once = candidates[:, :, 0] > baseline[:, :, 0]
    return [
        noise,
        str(n),
        *(share(claimed.any(axis=1), ERROR_RATE) for claimed in claims),
        share(claims_by_holm(paired).any(axis=1)),
        *(share(claimed.any(axis=1)) for claimed in (unpaired <= ERROR_RATE, is_higher, once)),
    ]


def sign_flips(values: np.ndarray) -> np.ndarray:
    """Two-sided p-values of all arms against the first, studies x comparisons."""
    differences = values[:, 1:] - values[:, :1]
    return two_sided_p(differences.reshape(-1, values.shape[2])).reshape(differences.shape[:2])


def claims_by_holm(p_values: np.ndarray) -> np.ndarray:
    """What verdicts claim to differ, studies x comparisons."""
    return np.array([holm(family) for family in p_values.tolist()]) <= ERROR_RATE


def equivalence(studies: int, seed: int) -> Table:
    """Some comparisons have no difference and some exactly the margin: both kinds of false claim are possible."""
    columns = ("noise", "seeds", "comparisons", "at the margin", "any false claim", "false difference")
    columns += ("false equivalence", "true claims")
    shares = [(1, 0), (1, 1), (3, 0), (3, 3), (3, 1), (11, 0), (11, 11), (11, 5)]
    cases = [
        Case("equivalence", (noise, n, *some), studies, seed)
        for noise in (Noise.GAUSSIAN, Noise.LOG_NORMAL)
        for n in (8, 12, 16)
        for some in shares
    ]
    title = f"False claims (% of studies) with a margin of {MARGIN:g} standard deviations"
    return Table(title, columns, cases, _measure_equivalence)


def _measure_equivalence(case: Case) -> list[str]:
    noise, n, comparisons, at_margin = case.varied
    means = np.concatenate([np.zeros(1 + comparisons - at_margin), np.full(at_margin, MARGIN)])
    values = draw_studies(case.generator(), noise, case.studies, n, means)
    same = claims_of_equivalence(values)
    different = claims_with_margin(values) & ~same
    is_same = means[1:] == 0
    false_difference, false_equivalence = (different & is_same).any(axis=1), (same & ~is_same).any(axis=1)
    return [
        noise,
        str(n),
        str(comparisons),
        str(at_margin),
        share(false_difference | false_equivalence, ERROR_RATE),
        share(false_difference),
        share(false_equivalence),
        share(np.where(is_same, same, different).ravel()),
    ]


def claims_of_equivalence(values: np.ndarray) -> np.ndarray:
    """What verdicts claim to be equivalent, studies x comparisons."""
    return _with_margin(values)[:, 1] <= ERROR_RATE


def claims_with_margin(values: np.ndarray) -> np.ndarray:
    """What verdicts claim to differ where equivalence is asked about as well, studies x comparisons."""
    return _with_margin(values)[:, 0] <= ERROR_RATE


def _with_margin(values: np.ndarray) -> np.ndarray:
    differences = values[:, 1:] - values[:, :1]
    rows, shape = differences.reshape(-1, values.shape[2]), differences.shape[:2]
    larger = np.maximum(greater_p(rows + MARGIN), greater_p(MARGIN - rows)).reshape(shape)
    pairs = zip(sign_flips(values).tolist(), larger.tolist(), strict=True)
    return np.array([adjust_claims(different, same) for different, same in pairs])


def fewest() -> Table:
    """What too few seeds are."""
    cases = [Case("fewest", (m,), 1, 0) for m in (1, 2, 3, 5, 11, 25, 100, 900)]
    return Table("The fewest seeds that can decide", ("comparisons", "seeds"), cases, _count_fewest)


def _count_fewest(case: Case) -> list[str]:
    (comparisons,) = case.varied
    return [str(comparisons), str(fewest_seeds(comparisons))]
