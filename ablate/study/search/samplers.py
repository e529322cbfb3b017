"""How values are proposed: Optuna's samplers by name, fit for small budgets, and with randomness of our own.

A sampler is made anew for every proposal, with a seed that depends on the study's tuning seed and the proposal's
number alone: a search that was killed and rebuilt proposes what an undisturbed one would. And combinations share
these random numbers: what is drawn without a model (everything by `random` and `qmc`, the first trials by the
others) is the same points for all, so that none of them finds a better value for having had luckier draws.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from typing import TYPE_CHECKING, assert_never

from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, QMCSampler, RandomSampler, TPESampler

from ablate.specs import Options, Sampler, Tune
from ablate.study.search.space import Space, space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

MOST_STARTUP_TRIALS = 10
"""Optuna's own number, right for budgets of 30 and more."""

HAS_MEMORY = frozenset({Sampler.CMA_ES, Sampler.QMC})
"""Samplers that keep notes in the study as they propose, so that a rebuilt study has to let them propose again."""


def create_sampler(tune: Tune, number: int) -> BaseSampler:
    """The sampler for proposal `number` (from 1)."""
    seed = _seed(tune, number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # of Optuna's interface, which our tests watch
        match tune.sampler:
            case Sampler.TPE:
                return TPESampler(n_startup_trials=startup_trials(tune), seed=seed)
            case Sampler.GP:
                return GPSampler(n_startup_trials=startup_trials(tune), seed=seed)
            case Sampler.CMA_ES:
                return CmaEsSampler(seed=seed, warn_independent_sampling=False)
            case Sampler.QMC:
                return _QuasiMonteCarlo(space(tune), _seed(tune, 0))
            case Sampler.RANDOM:
                return RandomSampler(seed=seed)
            case _:
                assert_never(tune.sampler)


def startup_trials(tune: Tune) -> int:
    """How many trials a model needs before it proposes: a third of the budget, at most Optuna's ten.

    With ten for a budget of eight, every model would be a random search under another name.
    """
    return min(MOST_STARTUP_TRIALS, math.ceil(tune.trials / 3))


def notes(tune: Tune) -> tuple[str, ...]:
    """Where the sampler does less than its name says, in one line each."""
    options = [path for path, domain in tune.settings.items() if isinstance(domain, Options)]
    numbers = len(tune.settings) - len(options)
    if tune.sampler is not Sampler.CMA_ES:
        return ()
    if not numbers:
        return ("cma-es moves numbers, and no tuned setting is one: all values are drawn at random; use tpe",)
    said = []
    if options:
        said.append(f"cma-es moves numbers only: {', '.join(options)} is drawn at random; tpe and gp learn it, too")
    generation = 4 + math.floor(3 * math.log(numbers))
    if tune.trials <= generation + 1:
        said.append(
            f"cma-es learns from generations of {generation} trials: with {tune.trials} it does not come to learn; "
            f"use tpe, or more than {generation + 1} trials"
        )
    return tuple(said)


class _QuasiMonteCarlo(QMCSampler):
    """Scrambled Sobol points from the first trial on; Optuna draws the first at random, for it knows no space yet."""

    def __init__(self, space: Space, seed: int) -> None:
        super().__init__(scramble=True, seed=seed)
        self._space = {path: distribution for path, distribution in space.items() if not distribution.single()}

    def infer_relative_search_space(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
    ) -> dict[str, BaseDistribution]:
        """All settings that can vary."""
        return self._space


def _seed(tune: Tune, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{tune.seed}/{number}".encode()).digest()[:4], "big")
