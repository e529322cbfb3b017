"""A small study, its journals' contents, and an empty store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from ablate.specs import (
    Combination,
    Configuration,
    Costs,
    EnergySource,
    Environment,
    Exclusion,
    Factor,
    Failure,
    LayerSpec,
    Level,
    Measures,
    MetricRecord,
    ModelSpec,
    Plan,
    Split,
    SplitRecord,
    StudySpec,
    TrainingSpec,
    TrialResult,
)
from ablate.tracking.store import Store

PlanMaker = Callable[..., Plan]
ResultMaker = Callable[..., TrialResult]


@pytest.fixture
def make_plan() -> PlanMaker:
    """A study of windows × epochs; the first combination is the baseline, and one choice has an alias."""

    def made(
        windows: tuple[int, ...] = (3, 5),
        epochs: tuple[int, ...] = (7, 11, 13),
        seeds: tuple[int, ...] = (0, 4),
        name: str = "windows",
    ) -> Plan:
        factors = (
            Factor(
                name="model.layer.window",
                levels=tuple(Level(label=str(w), settings={"model.layer.window": w}) for w in windows),
            ),
            Factor(
                name="training.epochs",
                levels=tuple(Level(label=f"{e} epochs", settings={"training.epochs": e}) for e in epochs),
            ),
        )
        combinations = []
        for window, count in product(windows, epochs):
            configuration = Configuration(
                model=ModelSpec(layer=LayerSpec(window=window)), training=TrainingSpec(epochs=count)
            )
            choice = {"model.layer.window": str(window), "training.epochs": f"{count} epochs"}
            combinations.append(
                Combination(
                    hash=configuration.hash(),
                    choice=choice,
                    aliases=() if combinations else ({**choice, "training.epochs": f"{epochs[-1]} epochs"},),
                    configuration=configuration,
                    is_baseline=not combinations,
                )
            )
        study = StudySpec(
            name=name,
            question="Does a wider window help?",
            expects="A little.",
            factors=factors,
            baseline=combinations[0].choice,
            exclude=({"model.layer.window": str(windows[0])},),
            seeds=seeds,
        )
        exclusions = (Exclusion(rule={"model.layer.window": str(windows[0])}, removed=17),)
        return Plan(study=study, combinations=tuple(combinations), exclusions=exclusions)

    return made


@pytest.fixture
def plan(make_plan: PlanMaker) -> Plan:
    return make_plan()


@pytest.fixture
def trial(plan: Plan) -> str:
    """The name of the first trial of the plan."""
    return f"{plan.combinations[0].hash}-s0"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'db' / 'ablate.db'}"


@pytest.fixture
def store(url: str, plan: Plan) -> Iterator[Store]:
    """A store that knows the plan and nothing else."""
    with Store.open(url) as opened:
        opened.record_plan(plan)
        yield opened


@pytest.fixture
def make_result() -> ResultMaker:
    """How an attempt ended, by its own word."""

    def made(
        trial: str, attempt: int = 1, *, status: str = "complete", started: float = 1_800_000_000.25
    ) -> TrialResult:
        return TrialResult.model_validate(
            {
                "trial": trial,
                "attempt": attempt,
                "status": status,
                "started": started,
                "ended": started + 9.5,
                "environment": Environment(
                    packages={"torch": "2.15.0"}, hardware={"cpu_count": 2}, commit="abc", is_clean=True
                ),
                "failure": None if status == "complete" else Failure(kind="Diverged", message="loss", traceback="at\n"),
                "costs": Costs(parameters=4_321, macs=98_765_432_109),
                "splits": {
                    Split.TRAIN: SplitRecord(images=30, images_per_class=(10, 20), fingerprint="f"),
                    Split.TEST: SplitRecord(images=7, images_per_class=(3, 4), fingerprint="g"),
                },
                "training_seconds": 8.125,
                "peak_memory_bytes": 5_000_000_000,
                "measures": Measures(
                    training_images_per_second=24.5,
                    seconds_per_epoch=1.25,
                    inference_batch=64,
                    inference_latency_seconds=0.0625,
                    inference_images_per_second=4096.5,
                    energy_joules=812.5,
                    energy_source=EnergySource.NVML,
                    micro_batch=16,
                    micro_batch_planned=64,
                    memory_halvings=2,
                    has_batch_norm=True,
                ),
            }
        )

    return made


@pytest.fixture
def records() -> tuple[MetricRecord, ...]:
    """A journal of three epochs: train and validation after each, test once at the end."""
    lines = []
    for step in (1, 2, 3):
        for place, split in enumerate((Split.TRAIN, Split.VALIDATION)):
            lines.append(
                MetricRecord(
                    step=step,
                    split=split,
                    time=1_800_000_000.5 + 2 * step + place,
                    values={"accuracy": 0.1 * step + 0.01 * place, "loss": 1.0 / step + place},
                )
            )
    test = MetricRecord(step=3, split=Split.TEST, time=1_800_000_008.75, values={"accuracy": 0.29, "loss": 0.5})
    return (*lines, test)
