"""One combination's tuning: so many tries, one after another, each proposed from the results of those before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import optuna
from optuna.samplers import RandomSampler
from optuna.trial import TrialState

from ablate.specs import Combination, Configuration, Direction, Sampler, StudySpec, TrialSpec, Tune
from ablate.study.resolving import with_settings
from ablate.study.search.finished import Finished, is_number
from ablate.study.search.pruners import create_pruner
from ablate.study.search.samplers import HAS_MEMORY, create_sampler
from ablate.study.search.space import space, values_of


@dataclass
class _Open:
    """A try that was proposed and has not ended: Optuna's trial, and the epochs that were reported."""

    spec: TrialSpec
    trial: optuna.Trial
    reported: set[int] = field(default_factory=set)
    last: float | None = None
    verdict: tuple[int, float] | None = None
    """The first epoch at which the pruner said to stop, and the objective then."""


@dataclass(frozen=True)
class _Ended:
    configuration: Configuration
    value: float | None
    is_pruned: bool


class Tuning:
    """The tries of one combination, in an Optuna study of its own, held in memory.

    Proposal and verdicts of try k are a function of the study's file and the results of tries 1 to k - 1 alone: what
    is known of finished tries goes through the same steps, in the same order, as it did when they ran.
    """

    def __init__(self, study: StudySpec, tune: Tune, combination: Combination, finished: Iterable[Finished]) -> None:
        self.combination = combination
        self._study_name, self._tune, self._space = study.name, tune, space(tune)
        self._is_higher_better = study.objective.direction is Direction.MAXIMIZE
        self._known = {trial.tuning: trial for trial in finished if 1 <= trial.tuning <= tune.trials}
        self._ended: dict[int, _Ended] = {}
        self._open: _Open | None = None
        self._study = optuna.create_study(
            study_name=study.name,  # the same for all combinations: Hyperband draws brackets from name and number
            direction="maximize" if self._is_higher_better else "minimize",
            pruner=create_pruner(tune, combination.resolved.training),
        )

    @property
    def next_number(self) -> int | None:
        """The number of the first try that has not ended, or None if all have."""
        if self._open is not None:
            return self._open.spec.tuning
        number = len(self._ended) + 1
        while number in self._known:
            number += 1
        return number if number <= self._tune.trials else None

    def propose(self) -> TrialSpec:
        """The next try; the same again until it has ended."""
        if self._open is None:
            number = self._catch_up()
            self._open = self._begin(number, None)
        return self._open.spec

    def adopt(self, trial: TrialSpec) -> None:
        """Take a try that runs already for the next one, with the values that it has.

        Raises: ValueError if it is not the next one.
        """
        if trial.tuning != self.next_number:
            raise ValueError(f"{trial.name} is not the next try of its combination: that is {self.next_number}")
        if self._open is None:
            number = self._catch_up()
            self._open = self._begin(number, trial.configuration)

    def report(self, step: int, value: float) -> bool:
        """The objective after `step` epochs; whether the try is to be stopped, which is said once and for all."""
        if self._open is None:
            raise ValueError("no try runs: report only between propose and end")
        return self._report(self._open, step, value)

    def end(self, value: float | None, *, is_pruned: bool = False) -> None:
        """How the open try ended; a verdict that came before its end stands, however far it ran on."""
        if self._open is None:
            raise ValueError("no try runs: end only what was proposed")
        self._end(self._open, value, is_pruned=is_pruned)
        self._open = None

    def best(self) -> Configuration | None:
        """Once all tries have ended: the configuration of the best, the earliest of equals; None if all failed.

        A pruned try is the best only where no other has a value.
        """
        self._catch_up()
        usable = [ended for _, ended in sorted(self._ended.items()) if ended.value is not None]
        candidates = [ended for ended in usable if not ended.is_pruned] or usable
        if not candidates:
            return None
        pick = max if self._is_higher_better else min
        return pick(candidates, key=_value).configuration

    def _catch_up(self) -> int:
        """Let all that is known go through the study up to the first try that is not; the number of that one."""
        number = len(self._ended) + 1
        while (known := self._known.pop(number, None)) is not None:
            replayed = self._begin(number, known.configuration)
            for step, value in known.curve:
                self._report(replayed, step, value)
            self._end(replayed, known.value, is_pruned=known.is_pruned)
            number += 1
        return number

    def _begin(self, number: int, tried: Configuration | None) -> _Open:
        """Ask Optuna for a try; where the values are known already they are used, whatever it would propose."""
        is_known = tried is not None
        self._study.sampler = (
            RandomSampler(seed=0)
            if is_known and self._tune.sampler not in HAS_MEMORY
            else create_sampler(self._tune, number)
        )
        if tried is not None:
            self._study.enqueue_trial(values_of(tried, self._tune))
        trial = self._study.ask(fixed_distributions=self._space)
        if is_known and self._tune.sampler in HAS_MEMORY:
            _ = trial.relative_params  # where the values are given, Optuna would not let the sampler propose
        spec = TrialSpec(
            study=self._study_name,
            configuration=tried or with_settings(self.combination.resolved, trial.params.items()),
            seed=self._tune.seed,
            combination=self.combination.hash,
            tuning=number,
        )
        return _Open(spec, trial)

    def _report(self, running: _Open, step: int, value: float) -> bool:
        if running.verdict is None and step not in running.reported and is_number(value):
            running.reported.add(step)
            running.last = value
            running.trial.report(value, step)
            # After the last epoch there is nothing left to save.
            if step < running.spec.configuration.training.epochs and running.trial.should_prune():
                running.verdict = step, value
        # A second attempt is let go as far as the first: else the database would not hold what the verdict rests on.
        return running.verdict is not None and step >= running.verdict[0]

    def _end(self, running: _Open, value: float | None, *, is_pruned: bool) -> None:
        if running.verdict is not None:
            value, is_pruned = running.verdict[1], True
        elif is_pruned and value is None:
            value = running.last
        is_failed = not is_number(value)
        ended = _Ended(running.spec.configuration, None if is_failed else value, is_pruned and not is_failed)
        self._tell(running.trial, ended)
        self._ended[running.spec.tuning] = ended

    def _tell(self, trial: optuna.Trial, ended: _Ended) -> None:
        """Let Optuna know of the end, and never let it overlook a try.

        Samplers leave failures out, and that of Gaussian processes what was pruned, too: not knowing that a value is
        bad, they would propose it again and again. So a failure counts as the worst that was found so far.
        """
        found = [other.value for other in self._ended.values() if other.value is not None]
        if ended.value is None and found:
            self._study.tell(trial, min(found) if self._is_higher_better else max(found))
        elif ended.value is None:
            self._study.tell(trial, state=TrialState.FAIL)
        elif ended.is_pruned and self._tune.sampler is not Sampler.GP:
            self._study.tell(trial, state=TrialState.PRUNED)
        else:
            self._study.tell(trial, ended.value)


def _value(ended: _Ended) -> float:
    if ended.value is None:
        raise ValueError("a failed try has no value")
    return ended.value
