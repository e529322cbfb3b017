"""A world in which trials are run without training: it decides what they find, and keeps what a database would."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from ablate.specs import Configuration, Options, Plan, Range, TrialSpec
from ablate.study.search import Finished, Search

Settings = dict[str, Range | Options]

NUMBERS: Settings = {
    "training.learning_rate": Range(low=1e-4, high=1e-2, log=True),
    "training.batch_size": Range(low=8, high=64, is_whole=True),
}
SETTINGS: Settings = {**NUMBERS, "training.optimizer": Options(values=("adamw", "sgd"))}

EPOCHS = 9
DIVERGES_ABOVE = 7e-3


def accuracy(trial: TrialSpec, epoch: int) -> float:
    """A function of configuration and seed alone, which crosses: what learns fast at first need not win."""
    training, window = trial.configuration.training, trial.configuration.model.layer.window
    distance = math.log10(training.learning_rate) + 3.2 - 0.1 * window
    bonus = 0.05 if training.optimizer == "adamw" else 0.0
    slope = training.batch_size / 64
    return (0.8 - 0.2 * distance**2 + bonus + 0.001 * trial.seed) * (1 - math.exp(-epoch * (0.3 + slope)))


def diverges(configuration: Configuration) -> bool:
    return configuration.training.learning_rate > DIVERGES_ABOVE


@dataclass
class Laboratory:
    """Runs a plan to its end; `chance` decides what is lost, rebuilt and stopped late; None: nothing is."""

    plan: Plan
    chance: random.Random | None = None
    finished: dict[str, Finished] = field(default_factory=dict)
    specs: dict[str, TrialSpec] = field(default_factory=dict)
    running: dict[str, tuple[TrialSpec, int]] = field(default_factory=dict)
    rebuilt: int = 0
    lost: int = 0

    def __post_init__(self) -> None:
        self.search = Search(self.plan)

    def to_the_end(self) -> Laboratory:
        while True:
            self._maybe_rebuild()
            trial = self.search.ask() if len(self.running) < 3 else None
            if trial is not None:
                assert trial.name not in self.finished, f"{trial.name} was over"
                assert trial.name not in self.running, f"{trial.name} runs"
                self.running[trial.name] = trial, 0
            elif self.running:
                self._step(self._pick(list(self.running)))
            else:
                return self

    def outcome(self) -> dict[str, str]:
        """By trial, the configuration that it ran with, to the last digit."""
        return {name: spec.configuration.model_dump_json() for name, spec in sorted(self.specs.items())}

    def _step(self, name: str) -> None:
        """One more epoch of one trial, and what follows from it."""
        trial, epoch = self.running[name]
        if self._happens(0.05):
            del self.running[name]
            self.lost += 1
            self.search.give_back(name)
            return
        epoch += 1
        self.running[name] = trial, epoch
        if epoch == 3 and diverges(trial.configuration):
            self._end(trial, None, epoch - 1)
            return
        should_stop = self.search.report(name, epoch, accuracy(trial, epoch))
        if should_stop and not self._happens(0.5):
            self._end(trial, accuracy(trial, epoch), epoch, is_pruned=True)
        elif epoch == EPOCHS:
            self._end(trial, accuracy(trial, epoch), epoch)

    def _end(self, trial: TrialSpec, value: float | None, epochs: int, *, is_pruned: bool = False) -> None:
        del self.running[trial.name]
        curve = tuple((epoch, accuracy(trial, epoch)) for epoch in range(1, epochs + 1)) if trial.tuning else ()
        configuration = Configuration.model_validate_json(trial.configuration.model_dump_json())
        self.finished[trial.name] = Finished(
            trial.name, trial.combination_hash, trial.seed, trial.tuning, value, configuration, is_pruned, curve
        )
        self.specs[trial.name] = trial
        if is_pruned:
            self.search.tell_pruned(trial.name)
        else:
            self.search.tell(trial.name, value)

    def _maybe_rebuild(self) -> None:
        """Kill the search: some of what runs lives on, the rest is lost, with its journal."""
        if not self._happens(0.08):
            return
        self.rebuilt += 1
        known = list(self.finished.values())
        if self.chance is not None:
            self.chance.shuffle(known)
        self.search = Search(self.plan, known)
        self.running = {name: item for name, item in self.running.items() if not self._happens(0.4)}
        for trial, epoch in self.running.values():
            self.search.claim(trial)
            for past in range(1, epoch + 1):
                self.search.report(trial.name, past, accuracy(trial, past))

    def _happens(self, probability: float) -> bool:
        return self.chance is not None and self.chance.random() < probability

    def _pick(self, names: list[str]) -> str:
        return names[0] if self.chance is None else self.chance.choice(names)
