"""When a tuning trial is cut short: Optuna's pruners by name, fit for small budgets and for epochs.

Replicates are never pruned: a pruned replicate would be a hole in the data.
"""

from __future__ import annotations

import warnings
from typing import assert_never

from optuna.exceptions import ExperimentalWarning
from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    SuccessiveHalvingPruner,
    WilcoxonPruner,
)

from ablate.specs import Pruner, TrainingSpec, Tune
from ablate.study.search.samplers import startup_trials

MOST_STARTUP_TRIALS = 5
LEAST_PAIRS = 2


def create_pruner(tune: Tune, training: TrainingSpec) -> BasePruner:
    """The pruner of one combination's tuning; it judges from the first epoch after the warm-up on.

    Wilcoxon's pruner compares a trial with the best one epoch by epoch. Epochs are no independent samples, so its
    threshold is one of convention here, not an error rate.
    """
    first = training.warmup_epochs + 1
    match tune.pruner:
        case Pruner.NONE:
            return NopPruner()
        case Pruner.MEDIAN:
            return MedianPruner(n_startup_trials=min(MOST_STARTUP_TRIALS, startup_trials(tune)), n_warmup_steps=first)
        case Pruner.HYPERBAND:
            return HyperbandPruner(min_resource=first, max_resource=training.epochs)
        case Pruner.SUCCESSIVE_HALVING:
            return SuccessiveHalvingPruner(min_resource=first)
        case Pruner.WILCOXON:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)  # of Optuna's interface, which our tests watch
                return WilcoxonPruner(n_startup_steps=max(LEAST_PAIRS, first))
        case _:
            assert_never(tune.pruner)
