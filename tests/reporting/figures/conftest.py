"""Studies of every shape that a figure has to hold, from made-up numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ablate.reporting.findings import Findings
from ablate.reporting.inference import find
from ablate.reporting.numerals import Scale, choose_scale
from ablate.specs import Design, Factor, Level, Split

Maker = Callable[..., Any]
DYNAMICS = {"model.layer.dynamics": ["static", "se", "inhomogeneous", "attention"]}
SHARING = {"model.layer.sharing": ["spatial", "head"]}
SWITCHES = {
    "model.layer.position_bias": [True, False],
    "model.layer.heads": [4, 1],
    "model.layer.bias": [True, False],
    "training.batch_size": [16, 32],
}
LONG = tuple(f"an arm whose name is as long as sixty characters, number {number}: µ" for number in range(5))


@pytest.fixture
def arms(synthetic: Maker) -> Maker:
    """One factor with the levels that are named, each a configuration of its own; the first is the baseline."""

    def make(labels: Sequence[str], seeds: int = 6, **more: Any) -> Any:
        store = synthetic({"training.batch_size": [8 * (place + 1) for place in range(len(labels))]}, seeds, **more)
        plan = store.study_plan
        levels = zip(labels, plan.study.factors[0].levels, strict=True)
        factor = Factor(
            name="arm",
            levels=tuple(
                Level(label=label, settings={**level.settings, "training.epochs": 3}) for label, level in levels
            ),
        )
        update = {"factors": (factor,), "design": Design.LISTED, "baseline": {"arm": labels[0]}}
        combinations = tuple(
            combination.model_copy(update={"choice": {"arm": label}, "is_baseline": label == labels[0]})
            for combination, label in zip(plan.combinations, labels, strict=True)
        )
        study = plan.study.model_copy(update=update)
        return replace(store, study_plan=plan.model_copy(update={"study": study, "combinations": combinations}))

    return make


@pytest.fixture
def one_factor(synthetic: Maker) -> Maker:
    """A baseline and four arms, each with one switch turned."""

    def make(seeds: int = 6) -> Any:
        store = synthetic(SWITCHES, seeds, baseline={name: str(levels[0]) for name, levels in SWITCHES.items()})
        plan = store.study_plan
        kept = tuple(plan.combinations[place] for place in (0, 1, 2, 4, 8))
        study = plan.study.model_copy(update={"design": Design.ONE_FACTOR})
        return with_rows(replace(store, study_plan=plan.model_copy(update={"study": study})), kept)

    return make


@pytest.fixture
def studies(synthetic: Maker, arms: Maker, one_factor: Maker) -> dict[str, Callable[[], Any]]:
    """Builders of stores by the shape of their design."""
    three = {"model.layer.dynamics": ["static", "se", "attention"]}
    margin = {"metric": "accuracy", "equivalence": 0.006}
    return {
        "2 x 3 x 2": lambda: synthetic(seeds=10),
        "2 x 2": lambda: synthetic({**SHARING, "model.layer.dynamics": ["static", "attention"]}),
        "2 x 4": lambda: synthetic(SHARING | DYNAMICS),
        "4 x 2": lambda: synthetic(DYNAMICS | SHARING),
        "3 x 3": lambda: synthetic({"model.layer.sharing": ["spatial", "head", "none"], **three}),
        "2 x 2 x 2 x 2": lambda: synthetic(SWITCHES, seeds=12),
        "7 numbers": lambda: synthetic({"model.layer.window": [3, 5, 7, 9, 11, 13, 15]}),
        "5 arms": lambda: arms(("D-DW", "I-D-DW", "Swin", "Conv", "MLP")),
        "5 long arms": lambda: arms(LONG),
        "one factor at a time": one_factor,
        "less is better": lambda: synthetic(seeds=8, objective={"metric": "loss", "direction": "minimize"}),
        "equivalence": lambda: synthetic(seeds=10, spread=0.002, objective=margin),
        "two seeds": lambda: synthetic(seeds=2),
        "missing": lambda: synthetic(seeds=10, objective=margin).without_results([3, 14, 15, *range(20, 30)]),
        "without a baseline's result": lambda: synthetic(seeds=4).without_results(range(44, 48)),
        "one combination": lambda: synthetic({"model.layer.window": [3]}, seeds=3),
        "48": lambda: synthetic({**DYNAMICS, "model.layer.window": [3, 5, 7], "model.layer.heads": [1, 2, 4, 8]}),
        "odd characters": lambda: arms(("$x^2$", "漢字 漢字", "<b>&amp;</b>", "_a_ #1", "a\nb")),
    }


def with_rows(store: Any, combinations: Sequence[Any]) -> Any:
    """The study with these combinations alone."""
    hashes = {combination.hash for combination in combinations}
    return replace(
        store,
        study_plan=store.study_plan.model_copy(update={"combinations": tuple(combinations)}),
        records=tuple(trial for trial in store.records if trial.combination in hashes),
    )


def with_values(store: Any, values: Callable[[int, int], float | None]) -> Any:
    """The study with the objective of row and seed as a function gives it."""
    rows = {combination.hash: row for row, combination in enumerate(store.study_plan.combinations)}
    metric = store.study_plan.study.objective.metric.value
    records = [
        trial.model_copy(
            update={"scores": {split: {metric: values(rows[trial.combination], trial.seed)} for split in Split}}
        )
        for trial in store.records
    ]
    return replace(store, records=tuple(records))


def read(store: Any) -> tuple[Findings, Scale]:
    """What a figure is drawn from."""
    findings = find(store.study_plan, store.records)
    return findings, choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])


@pytest.fixture
def finding() -> Callable[[Any], tuple[Findings, Scale]]:
    return read


@pytest.fixture
def setting() -> Callable[..., Any]:
    return with_values


@pytest.fixture
def keeping() -> Callable[..., Any]:
    return with_rows
