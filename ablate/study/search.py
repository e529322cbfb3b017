"""What runs next, by Optuna's ask and tell. The only home of Optuna.

The design is enumerated here and handed to Optuna point by point: its own grid samplers repeat and drop points once
several workers ask (optuna#5489, #4627). The study is held in memory and rebuilt from the tracking database at every
start, so that two stores can never disagree.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import TrialState

from ablate.specs import Combination, Direction, Plan, TrialSpec

optuna.logging.set_verbosity(optuna.logging.ERROR)

SEED = "seed"
"""The seed's name among a trial's parameters; the factors go by their own names."""


class Search:
    """Asks for every planned trial that is not finished, exactly once, until it is given back.

    Every combination comes once with the first seed, the baseline first, before any comes with the second: an early
    report already compares everything. `finished` holds combination hash, seed and objective value (None for a
    failure) of trials that are not to be run again; those that are not planned are passed over.
    """

    def __init__(self, plan: Plan, finished: Iterable[tuple[str, int, float | None]] = ()) -> None:
        self.study = optuna.create_study(
            study_name=plan.study.name,
            direction="maximize" if plan.study.objective.direction is Direction.MAXIMIZE else "minimize",
            sampler=optuna.samplers.RandomSampler(seed=0),  # never drawn from: every parameter is fixed
        )
        self._distributions = _distributions(plan)
        self._points = {spec.name: (spec, params) for spec, params in _in_order(plan)}
        self._running: dict[str, optuna.Trial] = {}
        names = {(spec.configuration.hash(), spec.seed): name for name, (spec, _) in self._points.items()}
        done = {}
        for combination, seed, value in finished:
            name = names.get((combination, seed))
            if name is not None:
                done[name] = value
        for name, value in done.items():
            self._mirror(name, value)
        self._waiting = deque(name for name in self._points if name not in done)

    def ask(self) -> TrialSpec | None:
        """The next trial to run, or None when none is waiting (some may be running, and be given back)."""
        if not self._waiting:
            return None
        return self._hand_out(self._waiting.popleft())

    def claim(self, trial_name: str) -> TrialSpec:
        """Hand out this very trial: it runs already, left by an earlier run.

        Raises: ValueError if the trial is not waiting.
        """
        self._waiting.remove(trial_name)
        return self._hand_out(trial_name)

    def tell(self, trial_name: str, value: float | None) -> None:
        """How a trial that was asked for ended: its objective value, or None if it failed.

        Raises: KeyError if the trial was not asked for, or was already told or given back.
        """
        trial = self._running.pop(trial_name)
        if _is_number(value):
            self.study.tell(trial, value)
        else:
            self.study.tell(trial, state=TrialState.FAIL)

    def give_back(self, trial_name: str) -> None:
        """Let a trial whose attempt was lost be asked for again, before all others.

        Raises: KeyError as `tell`.
        """
        self.study.tell(self._running.pop(trial_name), state=TrialState.FAIL)
        self._waiting.appendleft(trial_name)

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the trials that were asked for and not yet told, oldest first."""
        return tuple(self._running)

    def _hand_out(self, name: str) -> TrialSpec:
        spec, params = self._points[name]
        self.study.enqueue_trial(params)
        self._running[name] = self.study.ask(fixed_distributions=self._distributions)
        return spec

    def _mirror(self, name: str, value: float | None) -> None:
        _, params = self._points[name]
        is_complete = _is_number(value)
        self.study.add_trial(
            optuna.trial.create_trial(
                params=params,
                distributions=self._distributions,
                value=value if is_complete else None,
                state=TrialState.COMPLETE if is_complete else TrialState.FAIL,
            )
        )


def _in_order(plan: Plan) -> Iterable[tuple[TrialSpec, dict[str, str | int]]]:
    combinations = sorted(plan.combinations, key=lambda combination: not combination.is_baseline)
    for seed in plan.study.seeds:
        for combination in combinations:
            spec = TrialSpec(study=plan.study.name, configuration=combination.configuration, seed=seed)
            yield spec, _params(combination, seed)


def _params(combination: Combination, seed: int) -> dict[str, str | int]:
    return {**combination.choice, SEED: seed}


def _distributions(plan: Plan) -> dict[str, BaseDistribution]:
    """One categorical per factor; the seed as an integer, whose comparison costs the same for any number of seeds."""
    factors: dict[str, BaseDistribution] = {
        factor.name: CategoricalDistribution([level.label for level in factor.levels]) for factor in plan.study.factors
    }
    return {**factors, SEED: IntDistribution(min(plan.study.seeds), max(plan.study.seeds))}


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
