from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from ablate.errors import StudyError
from ablate.specs import (
    Cost,
    Direction,
    Match,
    Metric,
    Objective,
    Options,
    Pruner,
    Range,
    Resources,
    Sampler,
    Sharing,
    Split,
    StudySpec,
    Tune,
)
from ablate.study.design import plan

Load = Callable[..., StudySpec]


def test_a_good_study_is_read_whole(good: str, load: Load) -> None:
    study = load(good + "resources: {workers: 2}\nexpects: Head wins.\n")
    assert (study.name, study.question, study.expects) == ("good", "Which axis?", "Head wins.")
    assert study.base.model.layer.heads == 4
    assert [factor.name for factor in study.factors] == ["model.layer.sharing", "model.layer.window"]
    assert [level.label for level in study.factors[1].levels] == ["3", "5", "7"]
    assert [level.settings for level in study.factors[1].levels] == [{"model.layer.window": w} for w in (3, 5, 7)]
    assert study.baseline == {"model.layer.sharing": "head", "model.layer.window": "5"}
    assert study.seeds == (0, 1, 2, 3)
    assert study.resources == Resources(workers=2)


def test_a_study_survives_json(good: str, load: Load) -> None:
    study = load(
        good
        + "exclude: [{model.layer.window: [3, 7], model.layer.sharing: spatial}]\ntraining: {learning_rate: 1e-3}\n"
    )
    assert StudySpec.model_validate_json(study.model_dump_json()) == study


def test_the_file_name_stands_for_a_missing_name(good: str, load: Load) -> None:
    assert load(good.replace("name: good\n", "")).name == "study"


def test_a_given_name_beats_the_file_and_the_overrides(good: str, load: Load) -> None:
    assert load(good, "seeds=2", name="mine").name == "mine"


def test_listed_seeds_keep_their_order(good: str, load: Load) -> None:
    assert load(good.replace("seeds: 4", "seeds: [7, 2, 5]")).seeds == (7, 2, 5)


def test_less_loss_is_better_unless_the_file_says_otherwise(good: str, load: Load) -> None:
    assert load(good).objective.direction is Direction.MAXIMIZE
    loss = load(good + "objective: {metric: loss}\n").objective
    assert (loss.metric, loss.direction) == (Metric.LOSS, Direction.MINIMIZE)
    odd = load(good + "objective: {metric: loss, direction: maximize}\n").objective
    assert odd.direction is Direction.MAXIMIZE


def test_the_difference_that_does_not_matter_is_read_in_the_metrics_own_unit(good: str, load: Load) -> None:
    assert load(good).objective.equivalence is None
    assert load(good + "objective: {equivalence: ~}\n").objective.equivalence is None
    given = load(good + "objective: {equivalence: 5e-3, split: validation}\n")
    assert given.objective == Objective(split=Split.VALIDATION, equivalence=0.005)
    assert plan(given).study.objective.equivalence == 0.005
    assert load(good + "objective: {metric: loss, equivalence: 2}\n").objective == Objective(
        metric=Metric.LOSS, direction=Direction.MINIMIZE, equivalence=2.0
    )
    changed = load(good, "objective.equivalence=0.01")
    assert (changed.name, changed.objective.equivalence) == ("good-objective.equivalence=0.01", 0.01)


def test_scalars_follow_yaml_1_2(good: str, load: Load) -> None:
    study = load(
        good
        + "training: {learning_rate: 1e-3, weight_decay: .5, epochs: 010, batch_size: 0x20, gradient_clip: ~}\n"
        + "expects: no\n"
    )
    training = study.base.training
    assert (training.learning_rate, training.weight_decay, training.epochs, training.batch_size) == (0.001, 0.5, 10, 32)
    assert study.expects == "no"


def test_two_notations_of_a_level_are_one_value(good: str, load: Load) -> None:
    text = "question: Why?\nfactors: {{training.learning_rate: [{}, 1]}}\nbaseline: {{training.learning_rate: {}}}\n"
    studies = [load(text.format(a, b) + "seeds: 1") for a, b in (("1e-3", "0.001"), ("0.0010", "1.0e-3"))]
    assert studies[0] == studies[1]
    assert [level.label for level in studies[0].factors[0].levels] == ["0.001", "1.0"]


def test_a_list_can_be_a_level(load: Load) -> None:
    study = load(
        "question: Why?\nfactors: {model.widths: [[32, 64], [16, 48]], data.training_images: [all, 300]}\n"
        "baseline: {model.widths: [32, 64], data.training_images: 300}\n"
        'exclude: [{model.widths: [16, 48], data.training_images: 300}, {model.widths: "[16, 48]"}]\nseeds: 1\n'
    )
    assert [level.label for level in study.factors[0].levels] == ["[32, 64]", "[16, 48]"]
    assert study.baseline == {"model.widths": "[32, 64]", "data.training_images": "300"}
    assert study.exclude == ({"model.widths": "[16, 48]", "data.training_images": "300"}, {"model.widths": "[16, 48]"})


def test_tuning_is_read_with_the_kinds_of_its_settings(good: str, load: Load) -> None:
    study = load(
        good + "tune:\n"
        "  training.learning_rate: {low: 1e-4, high: 1e-2, log: true}\n"
        "  training.batch_size: {low: 16, high: 64}\n"
        "  training.gradient_clip: {low: 1, high: 5}\n"
        "  training.optimizer: [adamw, sgd]\n"
        "  model.layer.bias: [true, false]\n"
        "  trials: 8\n  sampler: gp\n  pruner: median\n  seed: 30\n"
    )
    assert study.tune == Tune(
        settings={
            "training.learning_rate": Range(low=1e-4, high=1e-2, log=True),
            "training.batch_size": Range(low=16, high=64, is_whole=True),
            "training.gradient_clip": Range(low=1, high=5),
            "training.optimizer": Options(values=("adamw", "sgd")),
            "model.layer.bias": Options(values=(True, False)),
        },
        trials=8,
        sampler=Sampler.GP,
        pruner=Pruner.MEDIAN,
        seed=30,
    )
    assert StudySpec.model_validate_json(study.model_dump_json()) == study


def test_matching_is_read_and_its_baseline_may_be_a_number(good: str, load: Load) -> None:
    assert load(good + "match: {cost: macs, vary: model.depths, tolerance: 0.1}\n").match == Match(
        cost=Cost.MACS, vary="model.depths", tolerance=0.1
    )
    assert load(good + "match: {to: 100000}\n").match == Match(to=100_000)
    assert load(good + "match: {}\n").match == Match()


@pytest.mark.parametrize("gpus", ["auto", 0, 1, 4, 0.5, 0.33, 0.25, 0.1])
def test_trials_take_whole_gpus_or_equal_parts_of_one(gpus: float | str, good: str, load: Load) -> None:
    assert load(good + f"resources: {{gpus_per_trial: {gpus}}}\n").resources.gpus_per_trial == gpus


def test_a_list_in_a_rule_is_each_of_its_levels(good: str, load: Load) -> None:
    study = load(good + "exclude: [{model.layer.sharing: spatial, model.layer.window: [3, 7]}]\n")
    assert study.exclude == (
        {"model.layer.sharing": "spatial", "model.layer.window": "3"},
        {"model.layer.sharing": "spatial", "model.layer.window": "7"},
    )


def test_compound_levels_may_share_a_name_of_their_own(load: Load) -> None:
    study = load(
        "question: Why?\n"
        "factors:\n"
        "  operator:\n"
        '  - {name: "D-DW", set: {model.layer.sharing: spatial, model.layer.dynamics: se}}\n'
        "  - {name: Swin, set: {model.layer.sharing: head, model.layer.connectivity: block, model.layer.window: 4}}\n"
        "baseline: {operator: Swin}\nseeds: 1\n"
    )
    (factor,) = study.factors
    assert factor.levels[0].settings == {"model.layer.sharing": "spatial", "model.layer.dynamics": "se"}
    assert study.baseline == {"operator": "Swin"}


def test_plain_and_compound_levels_mix_under_a_path(load: Load) -> None:
    study = load(
        "question: Why?\n"
        "factors:\n"
        "  model.layer.dynamics: [static, {name: slim, set: {model.layer.dynamics: se, model.layer.reduction: 8}}]\n"
        "baseline: {model.layer.dynamics: static}\nseeds: 1\n"
    )
    assert [level.label for level in study.factors[0].levels] == ["static", "slim"]


def test_a_byte_order_mark_is_no_part_of_the_text(good: str, load: Load) -> None:
    assert load(b"\xef\xbb\xbf" + good.encode()) == load(good)
    with pytest.raises(StudyError, match=r"^study.yaml:1:8: seeds"):
        load(b"\xef\xbb\xbfseeds: 0\n")


def test_a_tag_of_yaml_itself_may_stand(good: str, load: Load) -> None:
    study = load(good.replace("Which axis?", "!!str 42") + "training: {learning_rate: !!float 1}\n")
    assert (study.question, study.base.training.learning_rate) == ("42", 1.0)


def test_an_anchor_stands_for_its_value(good: str, load: Load) -> None:
    study = load(good.replace("heads: 4", "heads: &four 4") + "training: {warmup_epochs: *four}\n")
    assert study.base.training.warmup_epochs == 4


def test_overrides_reach_the_base_the_seeds_the_factors_and_the_baseline(good: str, load: Load) -> None:
    study = load(
        good,
        "training.learning_rate=1e-2",
        "data.training_images=all",
        "seeds=[3, 1]",
        "factors.model.layer.window=[3, 5]",
        "baseline.model.layer.window=3",
        "model.widths=[16, 32]",
        "resources.workers=2",
        "objective.metric=loss",
    )
    assert (study.base.training.learning_rate, study.base.data.training_images) == (0.01, "all")
    assert (study.base.model.widths, study.base.model.layer.heads) == ((16, 32), 4)
    assert (study.seeds, study.baseline["model.layer.window"], len(study.factors[1].levels)) == ((3, 1), "3", 2)
    assert (study.resources.workers, study.objective.metric) == (2, Metric.LOSS)


def test_an_override_mends_what_is_wrong_in_the_file(good: str, load: Load) -> None:
    assert load(good.replace("seeds: 4", "seeds: many"), "seeds=2").seeds == (0, 1)


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["data.training_images=all"], "good-training_images=all"),
        (["seeds=3", "data.training_images=all"], "good-training_images=all-seeds=3"),
        (["data.training_images=all", "seeds=3"], "good-training_images=all-seeds=3"),
        (["training.learning_rate=1e-3"], "good-learning_rate=0.001"),
        (["training.learning_rate=0.001"], "good-learning_rate=0.001"),
        (["model.widths=[32, 64]"], "good-widths=32-64"),
        (["resources.workers=2"], "good"),
        (["factors.model.layer.window=[5, 7]"], "good-factors.model.layer.window=5-7"),
    ],
)
def test_a_changed_study_is_named_for_its_changes(overrides: list[str], name: str, good: str, load: Load) -> None:
    assert load(good, *overrides).name == name


def test_changes_that_read_alike_are_different_studies(good: str, load: Load) -> None:
    names = {load(good, f"question={question}").name for question in ("Why not?", "why not!", "why  not")}
    assert len(names) == 3
    assert all(name.startswith("good-question=why-not") for name in names)


def test_a_long_change_still_fits_a_name(good: str, load: Load) -> None:
    first, second = (load(good, f"seeds={list(range(start, 60))}").name for start in (0, 1))
    assert max(len(first), len(second)) <= 100
    assert first != second


def test_settings_of_the_base_that_a_factor_varies_may_stand_in_the_file(good: str, load: Load) -> None:
    study = load(good.replace("{heads: 4}", "{heads: 4, sharing: both}"))
    assert study.base.model.layer.sharing is Sharing.BOTH


@pytest.mark.parametrize(
    ("bomb", "message"),
    [
        ("a: " + "[" * 10_000, "nested more than 40 deep"),
        ("a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 3000)), "40 deep by aliases"),
        ("a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)), "50,000"),
        ("seeds: " + "9" * 9_000, "at most 100 characters"),
    ],
)
def test_a_small_file_cannot_grow_without_bound(bomb: str, message: str, load: Load) -> None:
    with pytest.raises(StudyError, match=message):
        load(bomb)


def test_reading_a_study_loads_neither_optuna_nor_torch() -> None:
    code = (
        "import sys, ablate.study.load, ablate.study.design;"
        "print(sorted({'optuna', 'torch', 'timm', 'sqlalchemy', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
