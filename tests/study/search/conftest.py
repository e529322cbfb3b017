"""Studies that tune, made without a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ablate.specs import (
    Combination,
    Configuration,
    Factor,
    LayerSpec,
    Level,
    ModelSpec,
    Objective,
    Options,
    Plan,
    Pruner,
    Range,
    Sampler,
    StudySpec,
    TrainingSpec,
    Tune,
    identify,
)

sys.path.insert(0, str(Path(__file__).parent))

TunedMaker = Callable[..., Plan]


@pytest.fixture
def make_tuned() -> TunedMaker:
    """Windows x two seeds, nine epochs of which one warms up; the last window is the baseline.

    Without a sampler it does not tune.
    """
    from laboratory import SETTINGS

    def made(
        sampler: Sampler | None = Sampler.TPE,
        pruner: Pruner = Pruner.NONE,
        trials: int = 6,
        settings: dict[str, Range | Options] | None = None,
        windows: tuple[int, ...] = (3, 5),
        objective: Objective | None = None,
        seed: int = 0,
    ) -> Plan:
        tune = (
            Tune(settings=settings or SETTINGS, trials=trials, sampler=sampler, pruner=pruner, seed=seed)
            if sampler
            else None
        )
        name = "model.layer.window"
        levels = tuple(Level(label=str(window), settings={name: window}) for window in windows)
        combinations = []
        for window in windows:
            configuration = Configuration(
                model=ModelSpec(layer=LayerSpec(window=window)), training=TrainingSpec(epochs=9, warmup_epochs=1)
            )
            combinations.append(
                Combination(
                    hash=identify(configuration, tune),
                    choice={name: str(window)},
                    configuration=configuration,
                    is_baseline=window == windows[-1],
                )
            )
        study = StudySpec(
            name="tuned",
            question="Does a wider window help?",
            factors=(Factor(name=name, levels=levels),),
            baseline={name: str(windows[-1])},
            seeds=(0, 4),
            tune=tune,
            objective=objective or Objective(),
        )
        return Plan(study=study, combinations=tuple(combinations))

    return made
