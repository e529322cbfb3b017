from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ablate.errors import StudyError
from ablate.specs import Sharing, StudySpec
from ablate.study.design import plan, resolve, trials
from ablate.study.load import load_study

Load = Callable[..., StudySpec]


def test_the_first_factor_varies_slowest(good: str, load: Load) -> None:
    labels = [combination.label() for combination in plan(load(good)).combinations]
    assert labels == ["spatial · 3", "spatial · 5", "spatial · 7", "head · 3", "head · 5", "head · 7"]


def test_a_combination_is_the_base_with_its_levels(good: str, load: Load) -> None:
    study = load(good)
    configuration = resolve(study, {"model.layer.sharing": "spatial", "model.layer.window": "7"})
    layer = configuration.model.layer
    assert (layer.sharing, layer.window, layer.heads) == (Sharing.SPATIAL, 7, 4)
    assert study.base.model.layer.window == 3


def test_exactly_the_baseline_is_marked(good: str, load: Load) -> None:
    marked = [c.label() for c in plan(load(good)).combinations if c.is_baseline]
    assert marked == ["head · 5"]


def test_the_first_rule_that_matches_is_counted(good: str, load: Load) -> None:
    planned = plan(load(good + "exclude: [{model.layer.window: 3}, {model.layer.sharing: spatial}]\n"))
    assert [c.label() for c in planned.combinations] == ["head · 5", "head · 7"]
    assert [(exclusion.rule, exclusion.removed) for exclusion in planned.exclusions] == [
        ({"model.layer.window": "3"}, 2),
        ({"model.layer.sharing": "spatial"}, 2),
    ]
    assert planned.trial_count == 8


TWINS = """\
question: Does the number of heads matter?
factors:
  model.layer.sharing: [spatial, head]
  model.layer.heads: [1, 2, 4]
baseline: {model.layer.sharing: spatial, model.layer.heads: 4}
seeds: 2
"""


def test_choices_of_one_configuration_are_one_combination_with_aliases(load: Load) -> None:
    planned = plan(load(TWINS))
    spatial, *rest = planned.combinations
    assert spatial.label() == "spatial · 1"
    assert [alias["model.layer.heads"] for alias in spatial.aliases] == ["2", "4"]
    assert [c.label() for c in rest] == ["head · 1", "head · 2", "head · 4"]
    assert not any(c.aliases for c in rest)
    assert planned.trial_count == 8


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_a_baseline_among_the_aliases_marks_the_combination(heads: int, load: Load) -> None:
    twins = TWINS.replace("heads: 4}", f"heads: {heads}}}")
    assert [c.is_baseline for c in plan(load(twins)).combinations] == [True, False, False, False]


def test_trials_are_every_combination_times_every_seed_once(good: str, load: Load) -> None:
    planned = plan(load(good))
    specs = list(trials(planned))
    assert len({spec.name for spec in specs}) == len(specs) == planned.trial_count == 24
    assert [(spec.configuration.hash(), spec.seed) for spec in specs] == [
        (c.hash, seed) for c in planned.combinations for seed in range(4)
    ]
    assert {spec.study for spec in specs} == {"good"}


def test_a_study_grown_by_levels_and_seeds_keeps_its_trials(good: str, load: Load) -> None:
    grown = (
        good.replace("[3, 5, 7]", "[7, 3, 5]").replace("seeds: 4", "seeds: 6").replace("[spatial,", "[none, spatial,")
    )
    before = {spec.name for spec in trials(plan(load(good)))}
    after = {spec.name for spec in trials(plan(load(grown)))}
    assert before < after
    assert (len(before), len(after)) == (24, 54)


NEW_FACTORS = [
    ("training.batch_size: [64]", "training.batch_size: 64"),
    ("training.batch_size: [64, 32]", "training.batch_size: 64"),
    ("bias: [{name: without, set: {model.layer.bias: false}}, {name: with, set: {model.layer.bias: true}}]",
     "bias: without"),
]  # fmt: skip


@pytest.mark.parametrize("design", ["factorial", "one-factor", "leave-one-out"])
@pytest.mark.parametrize(("factor", "baseline"), NEW_FACTORS, ids=[factor for factor, _ in NEW_FACTORS])
def test_a_study_grown_by_a_factor_whose_first_level_is_the_old_value_keeps_its_trials(
    factor: str, baseline: str, design: str, good: str, load: Load
) -> None:
    study = good.replace("[3, 5, 7]", "[3, 5]") + f"design: {design}\n"
    grown = study.replace("factors:\n", f"factors:\n  {factor}\n").replace("baseline: {", f"baseline: {{{baseline}, ")
    before = {spec.name for spec in trials(plan(load(study)))}
    after = {spec.name for spec in trials(plan(load(grown)))}
    assert before <= after
    levels = len(load(grown).factors[0].levels)
    new = {"factorial": len(before), "one-factor": 4, "leave-one-out": 4}[design]
    assert len(after - before) == (levels - 1) * new


def test_a_study_grown_by_a_seed_runs_every_combination_with_that_seed_alone(good: str, load: Load) -> None:
    before = {spec.name for spec in trials(plan(load(good)))}
    added = [spec for spec in trials(plan(load(good.replace("seeds: 4", "seeds: 5")))) if spec.name not in before]
    assert [spec.seed for spec in added] == [4] * 6


def test_a_study_turned_from_one_factor_to_factorial_keeps_its_trials(good: str, load: Load) -> None:
    before = {spec.name for spec in trials(plan(load(good + "design: one-factor\n")))}
    after = {spec.name for spec in trials(plan(load(good)))}
    assert before < after
    assert (len(before), len(after)) == (16, 24)


TUNE = "tune: {{training.learning_rate: {{low: 1e-4, high: 1e-2, log: true}}, trials: {}}}\n"


def test_combinations_that_are_tuned_otherwise_are_others(good: str, load: Load) -> None:
    untuned, few, many = (plan(load(good + tune)) for tune in ("", TUNE.format(8), TUNE.format(9)))
    hashes = [{combination.hash for combination in planned.combinations} for planned in (untuned, few, many)]
    assert [len(of) for of in hashes] == [6, 6, 6]
    assert len(set.union(*hashes)) == 18
    assert [c.configuration for c in few.combinations] == [c.configuration for c in untuned.combinations]
    assert {spec.combination_hash for spec in trials(few)} == hashes[1]


def test_planning_twice_gives_the_same_plan(good: str, load: Load) -> None:
    assert plan(load(good)) == plan(load(good))


def test_a_study_made_in_code_is_refused_by_its_name(good: str, load: Load) -> None:
    study = load(good)
    broken = study.model_copy(update={"exclude": ({"model.layer.sharing": "head"},)})
    with pytest.raises(StudyError, match=r"^good: the baseline is excluded by the rule \{model.layer.sharing: head\}"):
        plan(broken)


def test_a_large_design_is_planned_in_seconds(load: Load) -> None:
    epochs, images = list(range(4, 44)), list(range(100, 150))
    study = load(
        f"question: Why?\nfactors: {{training.epochs: {epochs}, data.training_images: {images}}}\n"
        "baseline: {training.epochs: 4, data.training_images: 100}\nseeds: 1\n"
    )
    start = time.perf_counter()
    assert len(plan(study).combinations) == 2000
    assert time.perf_counter() - start < 20  # a bound against growth with the square, not a measurement


def test_the_shipped_study_of_sharing_plans_12_combinations() -> None:
    study = load_study(Path(__file__).parents[2] / "studies" / "sharing.yaml")
    planned = plan(study)
    assert (study.name, len(planned.combinations), planned.trial_count) == ("sharing", 12, 120)
    assert [c.label() for c in planned.combinations if c.is_baseline] == ["head · attention · 3"]
    assert not any(c.aliases for c in planned.combinations)


def test_the_shipped_study_of_leaving_one_out_plans_6_combinations() -> None:
    planned = plan(load_study(Path(__file__).parents[2] / "studies" / "leave-one-out.yaml"))
    assert (len(planned.combinations), planned.trial_count) == (6, 48)
    assert planned.combinations[0].is_baseline
    assert planned.combinations[1].choice["model.layer.dynamics"] == "static"
