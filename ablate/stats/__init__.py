"""What can be said of numbers over seeds: arrays in, frozen values out. Knows no database and no study.

Rows are combinations, columns are seeds (blocks: the same seed means the same batches). NaN is missing data: it
is never replaced and never dropped without a word, every result says how many seeds it rests on and which it lacks.
"""

from ablate.stats.anova import Anova, Source, analyse_variance
from ablate.stats.blocks import Blocks, Contrast, fit_blocks
from ablate.stats.comparisons import (
    ERROR_RATE,
    Comparison,
    Verdict,
    compare_family,
    compare_with_baseline,
    paired_difference,
)
from ablate.stats.designs import Design, Step, is_orthogonal, one_switch_steps
from ablate.stats.effects import Interaction, LevelEffect, MainEffect, interactions, main_effect
from ablate.stats.families import adjust_claims, holm
from ablate.stats.intervals import LEVEL, Interval, MeanEstimate, estimate_mean
from ablate.stats.power import POWER, detectable_difference, fewest_seeds, power, seeds_to_decide
from ablate.stats.ranks import Rank, rank_stability

__all__ = [
    "ERROR_RATE",
    "LEVEL",
    "POWER",
    "Anova",
    "Blocks",
    "Comparison",
    "Contrast",
    "Design",
    "Interaction",
    "Interval",
    "LevelEffect",
    "MainEffect",
    "MeanEstimate",
    "Rank",
    "Source",
    "Step",
    "Verdict",
    "adjust_claims",
    "analyse_variance",
    "compare_family",
    "compare_with_baseline",
    "detectable_difference",
    "estimate_mean",
    "fewest_seeds",
    "fit_blocks",
    "holm",
    "interactions",
    "is_orthogonal",
    "main_effect",
    "one_switch_steps",
    "paired_difference",
    "power",
    "rank_stability",
    "seeds_to_decide",
]
