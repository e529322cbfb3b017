"""What the trials say, as values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from ablate.reporting.findings import Findings
from ablate.reporting.inference import find, is_numeric
from ablate.specs import Costs, Factor, Level, Split
from ablate.stats import Verdict
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]


def read(store: Any) -> Findings:
    return find(store.plan("synthetic"), store.trials("synthetic"))


def test_means_are_those_of_the_stored_scores(synthetic: Maker) -> None:
    store = synthetic()
    found = read(store)
    scores = [trial.scores[Split.TEST]["accuracy"] for trial in store.records[10:20]]
    assert found.findings[1].mean.value == pytest.approx(sum(scores) / 10)
    assert found.findings[1].training_seconds == pytest.approx(8.145)
    assert found.findings[1].images_per_second == pytest.approx(30 * 300 / 8.1, rel=1e-4)
    assert len(found.compared) == 11
    assert found.baseline is found.findings[11]


def test_the_order_in_which_trials_arrive_changes_nothing(synthetic: Maker) -> None:
    store = synthetic()
    assert find(store.study_plan, store.records[::-1]) == read(store)


def test_a_failed_and_a_non_finite_trial_are_missing_and_named(synthetic: Maker) -> None:
    store = synthetic(seeds=5).without_results([6], TrialStatus.FAILED)
    store = store.with_trial(8, scores={Split.TEST: {"accuracy": math.nan}}).with_trial(9, scores={})
    finding = read(store).findings[1]
    assert [outcome.value is None for outcome in finding.outcomes] == [False, True, False, True, True]
    assert (finding.mean.n, finding.mean.missing) == (2, (1, 3, 4))
    assert finding.comparison is not None
    assert (finding.comparison.n, finding.comparison.missing) == (2, (1, 3, 4))


def test_a_trial_that_the_store_does_not_know_has_not_run(synthetic: Maker) -> None:
    store = synthetic()
    found = find(store.study_plan, store.records[:-1])
    last = found.outcomes[-1]
    assert (last.trial.status, last.value) == (TrialStatus.PLANNED, None)
    assert last.trial.name == store.records[-1].name


def test_less_is_better_where_the_objective_is_minimised(synthetic: Maker) -> None:
    more = read(synthetic()).findings[0]
    less = read(synthetic(objective={"metric": "loss", "split": "test", "direction": "minimize"})).findings[0]
    assert (more.verdict, less.verdict) == (Verdict.BETTER, Verdict.WORSE)


@pytest.mark.parametrize(("parameters", "expected"), [(33_615, False), (35_400, True), (31_800, True), (35_200, False)])
def test_a_cost_that_differs_by_more_than_5_percent_is_a_confound(
    synthetic: Maker, parameters: int, expected: bool
) -> None:
    store = synthetic()
    for place in range(10):
        store = store.with_trial(place, costs=Costs(parameters=parameters, macs=2_788_425))
    found = read(store)
    assert found.baseline is not None
    assert found.baseline.costs == Costs(parameters=33_615, macs=2_788_424)
    assert found.confound(found.findings[0], "parameters") is expected
    assert not found.confound(found.findings[0], "macs")


def test_a_merged_choice_counts_in_every_cell_that_it_stands_for(synthetic: Maker) -> None:
    store = synthetic()
    kept = store.study_plan.combinations[0].model_copy(update={"aliases": (store.study_plan.combinations[1].choice,)})
    plan = store.study_plan.model_copy(update={"combinations": (kept, *store.study_plan.combinations[2:])})
    window = find(plan, store.records).effects[2].effect
    assert (window.slices_used, window.slices) == (6, 6)
    whole = read(store).effects[2].effect
    assert window.levels[0].mean.value == pytest.approx(whole.levels[0].mean.value, rel=1e-12)
    assert window.levels[1].mean != whole.levels[1].mean


def test_a_factor_with_one_level_has_no_effect(synthetic: Maker) -> None:
    found = read(synthetic({"model.layer.window": [3], "model.layer.sharing": ["head", "none"]}))
    assert [effect.name for effect in found.effects] == ["model.layer.sharing"]
    assert found.effects[0].labels[found.effects[0].reference] == "none"


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({"3": 3, "5": 5, "7": 7}, True),
        ({"0.01": 0.01, "0.001": 0.001}, True),
        ({"3": 3, "7": 7, "5": 5}, False),
        ({"small": 3, "large": 5}, False),
        ({"true": True, "false": False}, False),
        ({"a": "x", "b": "y"}, False),
    ],
)
def test_only_levels_that_go_by_numbers_in_their_order_have_neighbours(levels: dict[str, Any], expected: bool) -> None:
    built = tuple(Level(label=label, settings={"x": value}) for label, value in levels.items())
    assert is_numeric(Factor(name="x", levels=built)) is expected


def test_a_factor_of_numbers_is_switched_to_the_next_level_only(synthetic: Maker) -> None:
    found = read(synthetic({"model.layer.window": [3, 5, 7], "model.layer.dynamics": ["static", "se", "attention"]}))
    steps = [(s.factor, s.start.combination.label(), s.end.combination.label()) for s in found.switches]
    window = [step[1:] for step in steps if step[0] == "model.layer.window"]
    assert window[:2] == [("3 · static", "5 · static"), ("5 · static", "7 · static")]
    assert (len(window), len(steps)) == (6, 6 + 9)
