"""What runs next, by Optuna's ask and tell, in memory.

Nothing of it is stored: a search is rebuilt from the tracking database at every start, so that two stores can never
disagree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ablate.specs import Combination, Configuration, Plan, TrialSpec
from ablate.study.search.finished import Finished
from ablate.study.search.replicates import Replicate, Replicates
from ablate.study.search.samplers import notes
from ablate.study.search.tuning import Tuning


class Search:
    """Asks for every trial that is not finished, exactly once, until it is given back.

    Where the study tunes, every combination first gets its tries, one after another, different combinations side by
    side; its replicates then run with the best that was found. Only tries are pruned: a pruned replicate would be a
    hole in the data. `finished` that is not planned is passed over.
    """

    def __init__(self, plan: Plan, finished: Iterable[Finished] = ()) -> None:
        self._plan = plan
        replicates: list[Finished] = []
        tries: dict[str, list[Finished]] = defaultdict(list)
        for trial in finished:
            (tries[trial.combination] if trial.tuning else replicates).append(trial)
        self._replicates = Replicates(plan, replicates)
        self._tunings: dict[str, Tuning] = {}
        self._found: dict[str, Configuration | None] = {}
        self._running: dict[str, TrialSpec] = {}
        self._aside: set[str] = set()  # combinations whose tuning cannot go on
        tune = plan.study.tune
        if tune is not None:
            for combination in sorted(plan.combinations, key=lambda combination: not combination.is_baseline):
                known = tries[combination.hash]
                self._tunings[combination.hash] = Tuning(plan.study, tune, combination, known)
            used = {trial.combination: trial.configuration for trial in reversed(replicates) if trial.configuration}
            self._found |= {name: used[name] for name in self._tunings if name in used}
        self.study = self._replicates.study
        self.notes = () if tune is None else notes(tune)
        """Where the sampler does less than its name says, in one line each, for the user."""

    def ask(self) -> TrialSpec | None:
        """The next trial to run; None when none is ready, though one may be once a running one was told."""
        tuning = self._next_tuning()
        trial = tuning.propose() if tuning is not None else self._next_replicate()
        if trial is not None:
            self._running[trial.name] = trial
        return trial

    def claim(self, trial: TrialSpec) -> None:
        """Count this very trial as running: an earlier run left it so.

        A tuning trial has then to be reported again from its first epoch on.
        Raises: ValueError if the trial is not waiting, or not the next try of its combination.
        """
        if trial.name in self._running:
            raise ValueError(f"{trial.name} runs already")
        if trial.tuning:
            if trial.combination_hash not in self._tunings:
                raise ValueError(f"{trial.name} is not planned")
            self._tunings[trial.combination_hash].adopt(trial)
        else:
            self._replicates.claim(trial.name)
            if self._tunings:
                self._found.setdefault(trial.combination_hash, trial.configuration)
        self._running[trial.name] = trial

    def tell(self, trial_name: str, value: float | None) -> None:
        """How a trial that was asked for ended: its objective value, or None if it failed.

        A tuning trial that should have been pruned by then counts as pruned where it should have been.
        Raises: KeyError if the trial was not asked for, or was already told or given back.
        """
        trial = self._running.pop(trial_name)
        if trial.tuning:
            self._tunings[trial.combination_hash].end(value)
        else:
            self._replicates.tell(trial_name, value)

    def give_back(self, trial_name: str) -> None:
        """Let a trial whose attempt was lost be asked for again, a replicate before all others.

        What was reported of a tuning trial stays known; to report it again changes nothing.
        Raises: KeyError as `tell`.
        """
        trial = self._running.pop(trial_name)
        if not trial.tuning:
            self._replicates.give_back(trial_name)

    def set_aside(self, trial_name: str) -> None:
        """Do not ask for a trial again in this search, though it is not finished; nor for what waits for it.

        Raises: KeyError as `tell`.
        """
        trial = self._running.pop(trial_name)
        if trial.tuning:
            self._aside.add(trial.combination_hash)
        else:
            self._replicates.tell(trial_name, None)

    def report(self, trial_name: str, step: int, value: float) -> bool:
        """The validation objective of a running tuning trial after `step` epochs; True: it is to be pruned now.

        Epochs come in order and without gaps. Once True it stays so; of a replicate it is never True.
        Raises: KeyError as `tell`.
        """
        trial = self._running[trial_name]
        return bool(trial.tuning) and self._tunings[trial.combination_hash].report(step, value)

    def tell_pruned(self, trial_name: str) -> None:
        """A tuning trial was stopped as `report` asked; its value is that of the epoch at which it did.

        Raises: KeyError as `tell`; ValueError for a replicate.
        """
        trial = self._running[trial_name]
        if not trial.tuning:
            raise ValueError(f"{trial_name} is a replicate, which is never pruned")
        del self._running[trial_name]
        self._tunings[trial.combination_hash].end(None, is_pruned=True)

    def expected(self) -> int:
        """How many trials, tuning trials and replicates, the whole plan comes to."""
        tune = self._plan.study.tune
        return len(self._replicates) + (tune.trials * len(self._plan.combinations) if tune is not None else 0)

    @property
    def running(self) -> tuple[str, ...]:
        """Names of the trials that were asked for and not yet told, oldest first."""
        return tuple(self._running)

    @property
    def untuned(self) -> tuple[str, ...]:
        """Hashes of combinations whose tuning trials have all failed: their replicates cannot run."""
        return tuple(
            name for name, tuning in self._tunings.items() if tuning.next_number is None and self._best(name) is None
        )

    def _next_tuning(self) -> Tuning | None:
        """Of the combinations none of whose tries runs, the one that is least far."""
        busy = {trial.combination_hash for trial in self._running.values() if trial.tuning} | self._aside
        waiting = [
            (number, tuning)
            for name, tuning in self._tunings.items()
            if name not in busy and (number := tuning.next_number) is not None
        ]
        return min(waiting, key=lambda pair: pair[0])[1] if waiting else None

    def _next_replicate(self) -> TrialSpec | None:
        replicate = self._replicates.ask(self._is_ready)
        return None if replicate is None else self._spec(replicate)

    def _is_ready(self, combination: Combination) -> bool:
        tuning = self._tunings.get(combination.hash)
        return tuning is None or (tuning.next_number is None and self._best(combination.hash) is not None)

    def _spec(self, replicate: Replicate) -> TrialSpec:
        study, (combination, seed) = self._plan.study.name, replicate
        best = self._best(combination.hash)
        if best is None:
            return TrialSpec(study=study, configuration=combination.resolved, seed=seed)
        return TrialSpec(study=study, configuration=best, seed=seed, combination=combination.hash)

    def _best(self, combination: str) -> Configuration | None:
        """What a combination's replicates run with, once all its tries have ended; None if all failed."""
        if combination in self._tunings and combination not in self._found:
            self._found[combination] = self._tunings[combination].best()
        return self._found.get(combination)
