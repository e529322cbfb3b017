"""A store that never saw a job: a designed study with made-up, seeded numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ablate.reporting import document
from ablate.reporting.content import compose
from ablate.reporting.document import render
from ablate.reporting.evidence import gather
from ablate.reporting.numerals import choose_scale
from ablate.specs import (
    Combination,
    Configuration,
    Costs,
    Environment,
    Factor,
    Failure,
    Level,
    Objective,
    Plan,
    Split,
    SplitRecord,
    StudySpec,
)
from ablate.tracking.records import AttemptRecord, AttemptStatus, TrialRecord, TrialStatus

SHARING = {
    "model.layer.sharing": ["spatial", "head"],
    "model.layer.dynamics": ["static", "se", "attention"],
    "model.layer.window": [3, 5],
}
SMALL = {"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}
EPOCHS = 30
MACHINE = Environment(
    packages={"python": "3.11.9", "torch": "2.15.0", "timm": "1.0.31"},
    hardware={"device": "cpu", "processor": "A processor at 2.0 GHz", "threads": 1},
    commit="0123456789abcdef0123456789abcdef01234567",
    is_clean=True,
)


@dataclass(frozen=True)
class FakeStore:
    """The reads of a store, answered from memory."""

    study_plan: Plan
    records: tuple[TrialRecord, ...]
    further: int = 0
    metrics: Objective = field(default_factory=Objective)
    tries: tuple[TrialRecord, ...] = ()
    further_attempts: tuple[AttemptRecord, ...] = ()

    def plan(self, study_name: str) -> Plan:
        assert study_name == self.study_plan.study.name
        return self.study_plan

    def trials(self, _study_name: str) -> tuple[TrialRecord, ...]:
        return self.records

    def unplanned_trials(self, _study_name: str) -> int:
        return self.further

    def tuning_trials(self, _study_name: str) -> tuple[TrialRecord, ...]:
        return self.tries

    def attempts(self, _study_name: str) -> tuple[AttemptRecord, ...]:
        """As many attempts as the trials say, the last one of the trial's state, and further ones."""
        own = [
            an_attempt(trial.name, number, AttemptStatus.LOST if number < trial.attempts else AttemptStatus.COMPLETE)
            for trial in self.records
            for number in range(1, trial.attempts + 1)
        ]
        return (*own, *self.further_attempts)

    def curves(self, _study_name: str, split: Split | None = None, metric: str | None = None) -> pd.DataFrame:
        rows = self._all_curves()
        wanted = (rows["split"] == split) | (split is None), (rows["metric"] == metric) | (metric is None)
        return rows[wanted[0] & wanted[1]]

    def _all_curves(self) -> pd.DataFrame:
        metric = self.metrics.metric.value
        rows = [
            (trial.combination, trial.seed, split.value, step, metric, self._climb(trial, split, step))
            for trial in self.records
            if trial.status is TrialStatus.COMPLETE
            for split in (Split.TRAIN, Split.VALIDATION)
            for step in range(1, EPOCHS + 1)
        ]
        return pd.DataFrame(rows, columns=["combination", "seed", "split", "step", "metric", "value"])

    def _climb(self, trial: TrialRecord, split: Split, step: int) -> float:
        end = trial.scores[Split.TEST][self.metrics.metric.value]
        ripple = 0.004 * math.sin(step * (trial.seed + 2) + len(split.value))
        return end - 0.85 * end * math.exp(-step / 4) + ripple

    def with_trial(self, place: int, **change: Any) -> FakeStore:
        """The same study with one trial changed, by its place in the plan."""
        records = list(self.records)
        records[place] = records[place].model_copy(update=change)
        return replace(self, records=tuple(records))

    def without_results(self, places: Sequence[int], status: TrialStatus = TrialStatus.PLANNED) -> FakeStore:
        """The same study with some trials not run, running or failed."""
        store = self
        for place in places:
            store = store.with_trial(place, **blank(status))
        return store


def an_attempt(trial: str, number: int, status: AttemptStatus, **more: Any) -> AttemptRecord:
    """One attempt on one CPU."""
    return AttemptRecord.model_validate(
        {
            "trial": trial,
            "number": number,
            "status": status,
            "executor": "local",
            "threads": 1,
            "gpus": (),
            "offset": 0,
            "started": 1_800_000_000.0,
            "ended": None,
            "reason": None,
            **more,
        }
    )


def blank(status: TrialStatus) -> dict[str, Any]:
    """The fields of a trial without a result."""
    failure = Failure(kind="Diverged", message="loss is nan at epoch 3, step 7, lr 0.002", traceback="...")
    return {
        "status": status,
        "attempts": 0 if status is TrialStatus.PLANNED else 1,
        "accepted_attempt": None,
        "scores": {},
        "costs": None,
        "training_seconds": None,
        "splits": {},
        "environment": None,
        "failure": failure if status is TrialStatus.FAILED else None,
    }


def make_plan(factors: dict[str, list[Any]], seeds: int, baseline: dict[str, str] | None = None, **study: Any) -> Plan:
    """A factorial plan; the last choice is the baseline unless another is given."""
    built = tuple(
        Factor(name=name, levels=tuple(Level(label=str(value), settings={name: value}) for value in values))
        for name, values in factors.items()
    )
    baseline = baseline or {factor.name: factor.levels[-1].label for factor in built}
    spec = StudySpec(
        **{
            "name": "synthetic",
            "question": "Which axis should the weights be shared over?",
            "expects": "Sharing over channels needs dynamic weights.",
            "factors": built,
            "baseline": baseline,
            "seeds": tuple(range(seeds)),
            **study,
        }
    )
    combinations = []
    for levels in itertools.product(*(factor.levels for factor in built)):
        choice = {factor.name: level.label for factor, level in zip(built, levels, strict=True)}
        configuration = configure([level.settings for level in levels])
        combinations.append(
            Combination(
                hash=configuration.hash(),
                choice=choice,
                configuration=configuration,
                is_baseline=choice == baseline,
            )
        )
    return Plan(study=spec, combinations=tuple(combinations))


def configure(settings: Sequence[dict[str, Any]]) -> Configuration:
    """A configuration from dotted paths."""
    fields: dict[str, Any] = {"data": {"training_images": 300}}
    for path, value in itertools.chain.from_iterable(setting.items() for setting in settings):
        *parents, last = path.split(".")
        inner = fields
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return Configuration.model_validate(fields)


def make_store(
    factors: dict[str, list[Any]] | None = None,
    seeds: int = 10,
    random_seed: int = 3,
    spread: float = 0.004,
    baseline: dict[str, str] | None = None,
    **study: Any,
) -> FakeStore:
    """Every trial complete; values are a level's worth for every factor, an offset for every seed, and noise."""
    plan = make_plan(factors or SHARING, seeds, baseline, **study)
    generator = np.random.default_rng(random_seed)
    worth = {
        (factor.name, level.label): generator.normal(0, 0.008)
        for factor in plan.study.factors
        for level in factor.levels
    }
    offsets = generator.normal(0, 0.005, size=seeds)
    metric = plan.study.objective.metric.value
    records = []
    for place, combination in enumerate(plan.combinations):
        cost = 1.0 + 0.3 * sum(
            place / len(factor.levels)
            for factor in plan.study.factors[1:]
            for place, level in enumerate(factor.levels)
            if level.label == combination.choice[factor.name]
        )
        for seed, offset in zip(plan.study.seeds, offsets, strict=True):
            true = 0.95 + sum(worth[choice] for choice in combination.choice.items()) + offset
            value = round((true + generator.normal(0, spread)) * 360) / 360
            records.append(
                complete_record(combination.hash, seed, {metric: value}, int(24_900 * cost), 8 + 0.1 * place, cost)
            )
    return FakeStore(plan, tuple(records), metrics=plan.study.objective)


def complete_record(
    combination: str, seed: int, scores: dict[str, float], parameters: int, seconds: float, cost: float
) -> TrialRecord:
    """One complete trial."""
    return TrialRecord(
        name=f"{combination}-s{seed}",
        combination=combination,
        seed=seed,
        status=TrialStatus.COMPLETE,
        attempts=1,
        accepted_attempt=1,
        scores={Split.TEST: scores, Split.VALIDATION: scores},
        costs=Costs(parameters=parameters, macs=int(1_530_000 * cost**2)),
        training_seconds=seconds + 0.01 * seed,
        splits={
            Split.TRAIN: SplitRecord(images=300, images_per_class=(30,) * 10, fingerprint="aaaabbbbccccdddd"),
            Split.VALIDATION: SplitRecord(images=360, images_per_class=(35, 37), fingerprint="1111222233334444"),
            Split.TEST: SplitRecord(images=360, images_per_class=(36,) * 10, fingerprint="9999888877776666"),
        },
        environment=MACHINE,
    )


def page_of(store: Any) -> str:
    """The page without its pictures, which take a hundred times as long."""
    evidence = gather(store, "synthetic")
    scale = choose_scale(evidence.findings.study.objective, [finding.mean for finding in evidence.findings.findings])
    return render(compose(evidence, scale), {})


@pytest.fixture
def text_of() -> Callable[[Any], str]:
    """Renders the page of a store, without its pictures."""
    return page_of


@pytest.fixture
def synthetic() -> Callable[..., FakeStore]:
    """Builds a store; without arguments 2 x 3 x 2 combinations and 10 seeds, all complete."""
    return make_store


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are written without their pictures, for tests of their other files."""
    monkeypatch.setattr(document, "draw_pictures", lambda *_: {})
