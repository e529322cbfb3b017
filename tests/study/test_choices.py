from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from ablate.errors import StudyError
from ablate.specs import Choice, Design, Factor, Level, Override, StudySpec, When
from ablate.study.design import Sketch, plan
from ablate.study.load import load_design, load_plan
from ablate.study.outline import Outline, outline
from ablate.study.refusals import Fault

Load = Callable[..., StudySpec]

STUDY = """\
question: Which switch matters?
factors:
  model.layer.sharing: [spatial, head]
  model.layer.dynamics: [static, se, attention]
  model.layer.window: [3, 5]
baseline: {model.layer.sharing: head, model.layer.dynamics: attention, model.layer.window: 3}
seeds: 2
"""

FIVE = """\
question: Which setting matters?
factors:
  model.layer.sharing: [spatial, head]
  model.layer.window: [3, 5]
  model.layer.bias: [false, true]
  training.batch_size: [32, 64]
  training.label_smoothing: [0.0, 0.1]
baseline:
  {model.layer.sharing: head, model.layer.window: 3, model.layer.bias: true, training.batch_size: 64,
   training.label_smoothing: 0.0}
model: {layer: {dynamics: static}}
seeds: 2
"""


def labels(study: StudySpec) -> list[str]:
    return [combination.label() for combination in plan(study).combinations]


def test_one_factor_varies_each_factor_alone_from_the_baseline(load: Load) -> None:
    assert labels(load(STUDY + "design: one-factor\n")) == [
        "head · attention · 3",
        "spatial · attention · 3",
        "head · static · 3",
        "head · se · 3",
        "head · attention · 5",
    ]


def test_leave_one_out_switches_each_factor_off_alone(load: Load) -> None:
    assert labels(load(STUDY + "design: leave-one-out\noff: {model.layer.dynamics: static}\n")) == [
        "head · attention · 3",
        "spatial · attention · 3",
        "head · static · 3",
        "head · attention · 5",
    ]


def test_an_off_level_can_be_named_where_it_would_be_clear(load: Load) -> None:
    off = "off: {model.layer.dynamics: se, model.layer.window: 5}\n"
    assert labels(load(STUDY + "design: leave-one-out\n" + off))[2] == "head · se · 3"


def test_listed_combinations_are_filled_up_from_the_baseline_which_comes_first(load: Load) -> None:
    listed = "design: listed\ncombinations:\n- {model.layer.window: 5}\n- {model.layer.dynamics: se}\n"
    assert labels(load(STUDY + listed)) == ["head · attention · 3", "head · attention · 5", "head · se · 3"]
    last = "- {model.layer.window: 3}\n"
    assert labels(load(STUDY + listed + last)) == ["head · attention · 5", "head · se · 3", "head · attention · 3"]


@pytest.mark.parametrize(("fraction", "count"), [("1/2", 16), ("1/4", 8)])
def test_a_fraction_is_planned_in_the_order_of_the_levels_with_its_baseline(
    fraction: str, count: int, load: Load
) -> None:
    study = load(FIVE + f"design: fraction\nfraction: {fraction}\n")
    planned = plan(study)
    assert len(planned.combinations) == count
    assert [c.choice for c in planned.combinations if c.is_baseline] == [study.baseline]
    places = [
        [[level.label for level in factor.levels].index(c.choice[factor.name]) for factor in study.factors]
        for c in planned.combinations
    ]
    assert places == sorted(places)
    assert planned.aliasing[0].startswith("resolution V:" if fraction == "1/2" else "resolution III:")


def test_a_factor_of_one_level_is_constant_in_a_fraction(load: Load) -> None:
    three = STUDY.replace("[static, se, attention]", "[attention]") + "training: {epochs: 10}\n"
    three = three.replace("factors:\n", "factors:\n  model.layer.bias: [false, true]\n").replace(
        "baseline: {", "baseline: {model.layer.bias: false, "
    )
    planned = plan(load(three + "design: fraction\nfraction: 1/2\n"))
    assert [c.label() for c in planned.combinations] == [
        "false · spatial · attention · 5", "false · head · attention · 3", "true · spatial · attention · 3",
        "true · head · attention · 5",
    ]  # fmt: skip
    assert planned.aliasing[1] == "bias = −sharing × window"


def test_a_factor_varies_only_when_the_others_have_the_levels_of_its_condition(load: Load) -> None:
    when = "when: {model.layer.window: {model.layer.sharing: head, model.layer.dynamics: [static, se]}}\n"
    planned = plan(load(STUDY + when))
    assert [c.label() for c in planned.combinations] == [
        "spatial · static · 3", "spatial · se · 3", "spatial · attention · 3",
        "head · static · 3", "head · static · 5", "head · se · 3", "head · se · 5", "head · attention · 3",
    ]  # fmt: skip
    assert [(e.varies, e.rule, e.removed) for e in planned.exclusions] == [("model.layer.window", {}, 4)]


def test_what_two_rules_match_counts_for_exclude(load: Load) -> None:
    rules = (
        "when: {model.layer.window: {model.layer.sharing: head}}\n"
        "exclude: [{model.layer.window: 5, model.layer.dynamics: se}]\n"
    )
    planned = plan(load(STUDY + rules))
    assert [(e.varies, e.removed) for e in planned.exclusions] == [(None, 2), ("model.layer.window", 2)]
    assert len(planned.combinations) == 8


def test_rules_apply_to_other_designs_than_the_factorial(load: Load) -> None:
    study = load(STUDY + "design: one-factor\nwhen: {model.layer.window: {model.layer.dynamics: [static, se]}}\n")
    assert labels(study) == [
        "head · attention · 3", "spatial · attention · 3", "head · static · 3", "head · se · 3"
    ]  # fmt: skip


def test_an_override_sets_what_matching_combinations_need_and_the_last_wins(load: Load) -> None:
    study = load(
        STUDY + "overrides:\n"
        "- {where: {model.layer.window: 5}, set: {training.epochs: 10, model.layer.heads: 2}}\n"
        "- {where: {model.layer.sharing: head, model.layer.dynamics: [static, se]}, set: {training.epochs: 20}}\n"
    )
    epochs = {c.label(): c.configuration.training.epochs for c in plan(study).combinations}
    assert epochs == {
        "spatial · static · 3": 30, "spatial · static · 5": 10, "spatial · se · 3": 30, "spatial · se · 5": 10,
        "spatial · attention · 3": 30, "spatial · attention · 5": 10, "head · static · 3": 20,
        "head · static · 5": 20, "head · se · 3": 20, "head · se · 5": 20, "head · attention · 3": 30,
        "head · attention · 5": 10,
    }  # fmt: skip


MILLION = """\
question: Why?
factors:
  training.epochs: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
  training.warmup_epochs: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  training.batch_size: [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
  training.weight_decay: [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
  training.label_smoothing: [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
  data.split_seed: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  data.training_images: [300, 301, 302, 303, 304, 305, 306, 307, 308, 309]
  model.mlp_ratio: [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]
  model.drop_path: [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
  model.layer.weight_limit: [1000001, 1000002, 1000003, 1000004, 1000005, 1000006, 1000007, 1000008, 1000009, 1000010]
  model.layer.reduction: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  training.learning_rate: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
baseline:
  {training.epochs: 10, training.warmup_epochs: 0, training.batch_size: 10, training.weight_decay: 0.0,
   training.label_smoothing: 0.0, data.split_seed: 0, data.training_images: 300, model.mlp_ratio: 1.0,
   model.drop_path: 0.0, model.layer.weight_limit: 1000001, model.layer.reduction: 1, training.learning_rate: 0.1}
exclude: [{training.epochs: 19}]
when: {training.warmup_epochs: {training.epochs: [11, 12]}}
overrides: [{where: {training.epochs: 18}, set: {model.patch_size: 2}}]
seeds: 1
"""


def test_a_study_of_a_million_million_combinations_is_counted_listed_and_refused(load: Load) -> None:
    study = load(MILLION)
    found = outline(study)
    assert isinstance(found, Outline)
    assert found.count == 27 * 10**10  # 2 levels of epochs with all of warm-up, 7 with one, of 10^10 others
    assert [exclusion.removed for exclusion in found.exclusions] == [10**11, 63 * 10**10]
    sketch = load_design(Path("study.yaml"), 100)
    assert isinstance(sketch, Sketch)
    assert sketch.first[0] == (study.baseline, None)
    assert len(sketch.first) == 100
    message = "expected at most 20,000 combinations, got 270,000,000,000: use design one-factor, leave-one-out, "
    with pytest.raises(StudyError, match=f"^study: {message}"):
        plan(study)
    with pytest.raises(StudyError, match=f"^study.yaml:2:1: {message}"):
        load_plan(Path("study.yaml"))


def create_random_study(draw: random.Random) -> StudySpec:
    paths = ["training.epochs", "training.batch_size", "data.split_seed", "model.layer.heads"][: draw.randint(2, 4)]
    factors = tuple(
        Factor(
            name=path, levels=tuple(Level(label=str(n), settings={path: n}) for n in range(4, 4 + draw.randint(1, 3)))
        )
        for path in paths
    )
    labels = {factor.name: [level.label for level in factor.levels] for factor in factors}

    def some(name: str) -> tuple[str, ...]:
        return tuple(draw.sample(labels[name], draw.randint(1, len(labels[name]))))

    varying = draw.sample(paths, draw.randint(0, 2))
    return StudySpec(
        name="random",
        question="Why?",
        factors=factors,
        design=draw.choice([Design.FACTORIAL, Design.FACTORIAL, Design.ONE_FACTOR]),
        baseline={name: draw.choice(labels[name]) for name in paths},
        exclude=tuple(
            {name: draw.choice(labels[name]) for name in draw.sample(paths, draw.randint(1, 2))}
            for _ in range(draw.randint(0, 3))
        ),
        when=tuple(
            When(
                factor=name,
                condition={
                    other: some(other) for other in draw.sample([p for p in paths if p != name], 1 + (len(paths) > 2))
                },
            )
            for name in varying
        ),
        overrides=tuple(
            Override(condition={name: some(name)}, settings={"training.weight_decay": 0.1})
            for name in draw.sample(paths, draw.randint(0, 2))
        ),
        seeds=(0,),
    )


def is_standing(study: StudySpec, choice: Choice, rule: When) -> bool:
    """Whether the factor of the rule is where its condition does not hold, and yet off the baseline."""
    holds = all(choice[name] in labels for name, labels in rule.condition.items())
    return not holds and choice[rule.factor] != study.baseline[rule.factor]


@pytest.mark.parametrize("seed", range(150))
def test_a_design_in_outline_is_what_visiting_every_choice_finds(seed: int) -> None:
    study = create_random_study(random.Random(seed))
    kept: list[Choice] = []
    removed = [0] * (len(study.exclude) + len(study.when))
    for labels in product(*([level.label for level in factor.levels] for factor in study.factors)):
        choice = dict(zip(study.baseline, labels, strict=True))
        if study.design is Design.ONE_FACTOR and sum(choice[n] != study.baseline[n] for n in choice) > 1:
            continue
        verdicts = [rule.items() <= choice.items() for rule in study.exclude]
        verdicts += [is_standing(study, choice, rule) for rule in study.when]
        if any(verdicts):
            removed[verdicts.index(True)] += 1
        else:
            kept.append(choice)
    found = outline(study)
    if study.baseline not in kept:
        assert isinstance(found, Fault)
        assert found.keys in (("baseline",), ("exclude",))
        return
    assert isinstance(found, Outline)
    walked = list(found.walk())
    assert found.count == len(walked) == len(kept)
    assert all(choice in kept for choice in walked)
    assert walked == kept or study.design is Design.ONE_FACTOR
    assert [exclusion.removed for exclusion in found.exclusions] == removed
    assert [exclusion.varies for exclusion in found.exclusions if exclusion.varies] == [w.factor for w in study.when]
    assert found.unmatched_overrides == tuple(
        number
        for number, override in enumerate(study.overrides)
        if not any(all(choice[n] in labels for n, labels in override.condition.items()) for choice in kept)
    )
