"""Workspaces with studies that nothing was trained for: plans are real, numbers are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ablate.specs import Costs, Environment, Failure, Measures, MetricRecord, Plan, Split, TrialResult, TrialSpec
from ablate.study.design import trials
from ablate.study.load import load_plan
from ablate.tracking.store import Store
from ablate.workspace import Workspace

EPOCHS = 3
MACHINE = Environment(
    packages={"python": "3"}, hardware={"device": "cpu"}, commit="12e4" * 10, is_clean=True, code="c0"
)
MEASURES = Measures(
    training_images_per_second=30.5, inference_batch=64, energy_joules=2.5, energy_source="nvml", has_batch_norm=False
)

STUDY = """
name: small
question: Which is better?
model: {widths: [6], depths: [1], layer: {window: 3, heads: 2}}
data: {training_images: 40}
training: {epochs: 3, warmup_epochs: 0}
factors:
  model.layer.sharing: [spatial, head]
  model.layer.bias: [false, true]
  training.learning_rate: [0.001, 0.01]
baseline: {model.layer.sharing: head, model.layer.bias: false, training.learning_rate: 0.001}
seeds: 3
"""
TUNE = "tune: {training.weight_decay: {low: 0.001, high: 0.1, log: true}, trials: 2, sampler: random}\n"


def make(root: Path, study: str | Path = STUDY, failed: tuple[int, ...] = (), skipped: tuple[int, ...] = ()) -> Plan:
    """A workspace at `root`, and in it a study of which every trial ran but those at these places of the plan."""
    root.mkdir(parents=True, exist_ok=True)
    file = study if isinstance(study, Path) else root / "study.yaml"
    if isinstance(study, str):
        file.write_text(study)
    plan = load_plan(file)
    with Store.open(Workspace(root.resolve()).database_url) as store:
        store.record_plan(plan)
        for place, trial in enumerate(trials(plan)):
            if place not in skipped:
                run(store, trial, place, is_failed=place in failed)
        for place, combination in enumerate(plan.combinations if plan.study.tune else ()):
            store.record_trial(trial.study, tried := trial.model_copy(update=_try(combination)))
            run(store, tried, place)
    return plan


def value(place: int, split: Split, step: int) -> float:
    """The accuracy of a trial, with all its digits; the test's lowest ones differ from trial to trial."""
    return float(np.random.default_rng([place, list(Split).index(split), step]).uniform(0.7, 0.9))


def run(store: Store, trial: TrialSpec, place: int, *, is_failed: bool = False) -> None:
    """One attempt at a trial, as its job would have told of it."""
    store.begin_attempt(trial.study, trial.name, 1, "inline", 1, (), 1_800_000_000.0)
    steps = [(split, step) for step in range(1, EPOCHS + 1) for split in (Split.TRAIN, Split.VALIDATION)]
    records = [_record(place, split, step) for split, step in [*steps, (Split.TEST, EPOCHS)]]
    store.ingest(trial.study, trial.name, 1, records[: 2 if is_failed else None], 1000)
    result = {
        "trial": trial.name,
        "attempt": 1,
        "status": "failed" if is_failed else "complete",
        "started": 1_800_000_000.0,
        "ended": 1_800_000_009.0,
        "environment": MACHINE,
        "failure": Failure(kind="Diverged", message="=1+1, loss is nan") if is_failed else None,
        "costs": None if is_failed else Costs(parameters=1000 + place, macs=2**40 + place),
        "training_seconds": None if is_failed else 1.5 + place,
        "peak_memory_bytes": None if is_failed else 2**33 + 1,
        "measures": Measures() if is_failed else MEASURES,
    }
    store.finish_attempt(trial.study, TrialResult.model_validate(result))


def _try(combination: object) -> dict[str, object]:
    return {"combination": combination.hash, "configuration": combination.configuration, "seed": 17, "tuning": 1}


def _record(place: int, split: Split, step: int) -> MetricRecord:
    values = {"accuracy": value(place, split, step), "loss": 1 / (step + 1)}
    return MetricRecord(step=step, split=split, time=1_800_000_000.0 + step, values=values)
