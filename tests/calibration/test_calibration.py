"""The short form of `make calibration`: rates that a right implementation keeps all but once in 10,000 runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import false_claims
import numpy as np
import pytest
from interval_coverage import covers_by_t
from scipy import stats as reference
from synthetic_studies import ALIKE, Noise, draw_studies

from ablate.stats import ERROR_RATE, LEVEL, Verdict, compare_with_baseline, power, seeds_to_decide

STUDIES = 1500
SELDOM = 1e-5
"""The chance that one of the bounds fails by chance; there are fewer than ten of them."""


def most_hits(rate: float) -> int:
    """So many of the studies may be hit."""
    return int(reference.binom.isf(SELDOM, STUDIES, rate))


@pytest.mark.parametrize("noise", ALIKE)
def test_without_any_effect_at_most_one_family_in_twenty_claims_something(noise: Noise) -> None:
    seed = 211
    values = draw_studies(np.random.default_rng(seed), noise, STUDIES, 12, np.zeros(12))
    p_values = false_claims.sign_flips(values)
    hits = false_claims.claims_by_holm(p_values).any(axis=1).sum()
    assert hits <= most_hits(ERROR_RATE), f"seed {seed}: {hits} of {STUDIES} families claim something"
    assert hits >= STUDIES * ERROR_RATE / 4, f"seed {seed}: {hits} are so few that nothing would ever be found"
    uncorrected = (p_values <= ERROR_RATE).any(axis=1).sum()
    assert uncorrected > 3 * most_hits(ERROR_RATE), "without Holm's correction it would have been seen"


def test_claims_of_equivalence_and_of_difference_are_false_together_as_seldom() -> None:
    seed = 223
    means = np.concatenate([np.zeros(7), np.full(5, false_claims.MARGIN)])
    for noise in (Noise.GAUSSIAN, Noise.LOG_NORMAL):
        values = draw_studies(np.random.default_rng(seed), noise, STUDIES, 12, means)
        same = false_claims.claims_of_equivalence(values)
        different = false_claims.claims_with_margin(values) & ~same
        hits = np.where(means[1:] == 0, different, same).any(axis=1).sum()
        assert hits <= most_hits(ERROR_RATE), f"seed {seed}: {hits} of {STUDIES} families claim what is false"
        assert np.where(means[1:] == 0, same, different).mean() > 0.7, "most of what is true is found"


def test_what_is_measured_are_the_verdicts_of_a_report() -> None:
    seed = 227
    means = np.concatenate([np.zeros(4), np.full(4, false_claims.MARGIN)])
    studies = draw_studies(np.random.default_rng(seed), Noise.EXPONENTIAL, 40, 10, means)
    different = false_claims.claims_by_holm(false_claims.sign_flips(studies))
    same = false_claims.claims_of_equivalence(studies)
    directed = {Verdict.BETTER, Verdict.WORSE}
    for study, is_different, is_same in zip(studies, different, same, strict=True):
        alone = [found.verdict() in directed for found in compare_with_baseline(study, 0, range(10)) if found]
        assert alone == is_different.tolist(), f"seed {seed}"
        family = compare_with_baseline(study, 0, range(10), margin=false_claims.MARGIN)
        assert [found.verdict() is Verdict.EQUIVALENT for found in family if found] == is_same.tolist()
    assert different.any()
    assert same.any()


def test_paired_t_intervals_cover_as_often_as_they_say() -> None:
    seed = 229
    for n in (3, 8):
        values = draw_studies(np.random.default_rng(seed), Noise.GAUSSIAN, STUDIES, n, np.zeros(2))
        missed = STUDIES - covers_by_t(values[:, 1] - values[:, 0]).sum()
        assert missed <= most_hits(1 - LEVEL), f"seed {seed}: {missed} of {STUDIES} miss"
        assert missed >= reference.binom.ppf(SELDOM, STUDIES, 1 - LEVEL)


def test_studies_of_the_planned_size_decide_as_often_as_was_promised() -> None:
    seed, effect, comparisons = 233, 1.5, 3
    n = seeds_to_decide(effect, 1.0, comparisons)
    assert n is not None
    means = np.array([0.0, effect * np.sqrt(2), 0.0, 0.0])
    values = draw_studies(np.random.default_rng(seed), Noise.GAUSSIAN, STUDIES, n, means)
    hits = false_claims.claims_by_holm(false_claims.sign_flips(values))[:, 0].sum()
    # Two points for what the formula of the power leaves out.
    promised = power(effect, 1.0, n, comparisons) - 0.02
    assert hits >= reference.binom.ppf(SELDOM, STUDIES, promised), f"seed {seed}: {hits} of {STUDIES} decide"


def test_the_command_prints_every_table() -> None:
    script = Path(__file__).parent / "calibration.py"
    command = [sys.executable, "-W", "error", script, "--workers", "1", "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Seed 20;")
    assert done.stdout.count("### ") == 7
    assert "nan" not in done.stdout
