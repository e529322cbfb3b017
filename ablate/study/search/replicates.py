"""Every combination with every seed, once: the design is enumerated here and handed to Optuna point by point.

Optuna's own grid samplers repeat and drop points once several workers ask (optuna#5489, #4627).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import TrialState

from ablate.specs import Combination, Direction, Plan
from ablate.study.search.finished import Finished, is_number

SEED = "seed"
"""The seed's name among a trial's parameters; the factors go by their own names."""


class Replicate(NamedTuple):
    """A combination and one of the study's seeds."""

    combination: Combination
    seed: int

    @property
    def name(self) -> str:
        """As `TrialSpec.name`, without hashing once per seed."""
        return f"{self.combination.hash}-s{self.seed}"

    @property
    def params(self) -> dict[str, str | int]:
        """Level labels by factor, and the seed."""
        return {**self.combination.choice, SEED: self.seed}


class Replicates:
    """Asks for every replicate that is not finished, exactly once, until it is given back.

    Every combination comes once with the first seed, the baseline first, before any comes with the second: an early
    report already compares everything. `finished` that is not planned is passed over.
    """

    def __init__(self, plan: Plan, finished: Iterable[Finished]) -> None:
        self.study = optuna.create_study(
            study_name=plan.study.name,
            direction="maximize" if plan.study.objective.direction is Direction.MAXIMIZE else "minimize",
            sampler=optuna.samplers.RandomSampler(seed=0),  # never drawn from: every parameter is fixed
        )
        self._distributions = distributions(plan)
        self._all = {replicate.name: replicate for replicate in _in_order(plan)}
        self._running: dict[str, optuna.Trial] = {}
        done = {trial.name: trial.value for trial in finished if trial.name in self._all}
        for name, value in done.items():
            self._mirror(name, value)
        self._waiting = deque(name for name in self._all if name not in done)

    def __len__(self) -> int:
        return len(self._all)

    def ask(self, is_ready: Callable[[Combination], bool]) -> Replicate | None:
        """The first that waits and whose combination is ready, or None."""
        for name in self._waiting:
            if is_ready(self._all[name].combination):
                return self.claim(name)
        return None

    def claim(self, name: str) -> Replicate:
        """This very one. Raises: ValueError if it is not waiting."""
        self._waiting.remove(name)
        self.study.enqueue_trial(self._all[name].params)
        self._running[name] = self.study.ask(fixed_distributions=self._distributions)
        return self._all[name]

    def tell(self, name: str, value: float | None) -> None:
        """How one that was asked for ended."""
        trial = self._running.pop(name)
        if is_number(value):
            self.study.tell(trial, value)
        else:
            self.study.tell(trial, state=TrialState.FAIL)

    def give_back(self, name: str) -> None:
        """Let it be asked for again, before all others."""
        self.study.tell(self._running.pop(name), state=TrialState.FAIL)
        self._waiting.appendleft(name)

    def _mirror(self, name: str, value: float | None) -> None:
        is_complete = is_number(value)
        self.study.add_trial(
            optuna.trial.create_trial(
                params=self._all[name].params,
                distributions=self._distributions,
                value=value if is_complete else None,
                state=TrialState.COMPLETE if is_complete else TrialState.FAIL,
            )
        )


def distributions(plan: Plan) -> dict[str, BaseDistribution]:
    """One categorical per factor; the seed as an integer, whose comparison costs the same for any number of seeds."""
    factors: dict[str, BaseDistribution] = {
        factor.name: CategoricalDistribution([level.label for level in factor.levels]) for factor in plan.study.factors
    }
    return {**factors, SEED: IntDistribution(min(plan.study.seeds), max(plan.study.seeds))}


def _in_order(plan: Plan) -> Iterable[Replicate]:
    combinations = sorted(plan.combinations, key=lambda combination: not combination.is_baseline)
    for seed in plan.study.seeds:
        for combination in combinations:
            yield Replicate(combination, seed)
