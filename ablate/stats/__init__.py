"""What can be said of numbers over seeds: arrays in, frozen values out. Knows no database and no study.

Rows are combinations, columns are seeds (blocks: the same seed means the same batches). NaN is missing data: it
is never replaced and never dropped without a word, every result says how many seeds it rests on and which it lacks.
"""

from ablate.stats.comparisons import (
    ERROR_RATE,
    FEWEST_PAIRS,
    Comparison,
    Verdict,
    compare_with_baseline,
    holm,
    paired_difference,
)
from ablate.stats.effects import LevelEffect, MainEffect, main_effect
from ablate.stats.fractions import fraction_effect, is_orthogonal
from ablate.stats.intervals import LEVEL, Interval, MeanEstimate, estimate_mean

__all__ = [
    "ERROR_RATE",
    "FEWEST_PAIRS",
    "LEVEL",
    "Comparison",
    "Interval",
    "LevelEffect",
    "MainEffect",
    "MeanEstimate",
    "Verdict",
    "compare_with_baseline",
    "estimate_mean",
    "fraction_effect",
    "holm",
    "is_orthogonal",
    "main_effect",
    "paired_difference",
]
