"""Named recipes: what they hold, and what a study makes of one."""

import re

import pytest
import yaml

from ablate.errors import StudyError
from ablate.specs import AugmentationSpec, Crop, Optimizer, Schedule, TrainingSpec
from ablate.specs.configuration import Configuration
from ablate.study.load import load_plan
from ablate.study.recipe import recipes

STUDY = """\
question: Which axis?
{top}
factors:
  model.layer.sharing: [spatial, head]
baseline: {{model.layer.sharing: head}}
seeds: 2
"""


def written(top):
    return STUDY.format(top=top)


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_is_a_configuration_that_names_its_source_and_its_batch(name, load):
    recipe = recipes()[name]
    assert recipe.summary
    assert "arXiv" in recipe.source
    said = yaml.safe_load(recipe.text)
    assert said.keys() <= {"summary", "source", "model", "training"}
    study = load(written(f"recipe: {name}"))
    assert study.recipe == name
    assert study.base.training.refusal() is None
    assert {"batch_size", "learning_rate", "epochs", "warmup_epochs"} <= said["training"].keys()
    assert study.base.training.canonical() == study.base.training, "a recipe sets nothing that is not read"


def test_the_recipe_digits_is_what_a_study_trains_with_that_says_nothing(load):
    assert load(written("recipe: digits")).base == load(written("expects: x")).base == Configuration()


def test_the_recipe_of_imagenet_is_the_sources(load):
    base = load(written("recipe: imagenet-300")).base
    assert base.training == TrainingSpec(
        epochs=300,
        batch_size=1024,
        optimizer=Optimizer.ADAMW,
        learning_rate=1e-3,
        weight_decay=0.05,
        betas=(0.9, 0.999),
        epsilon=1e-8,
        schedule=Schedule.COSINE,
        warmup_epochs=20,
        warmup_learning_rate=1e-6,
        minimum_learning_rate=1e-5,
        label_smoothing=0.1,
        gradient_clip=5.0,
        augmentation=AugmentationSpec(
            crop=Crop.RESIZED,
            flip=0.5,
            random_augment="rand-m9-mstd0.5-inc1",
            erasing=0.25,
            mixup=0.8,
            cutmix=1.0,
        ),
    )
    assert base.model.drop_path == 0.2


def test_the_recipe_of_the_base_models_differs_in_its_stochastic_depth_alone(load):
    tiny, large = (load(written(f"recipe: imagenet-300{kind}")).base for kind in ("", "-base"))
    assert large.model.drop_path == 0.5
    assert large == tiny.model_copy(update={"model": tiny.model.model_copy(update={"drop_path": 0.5})})


def test_what_a_study_sets_itself_stands_before_its_recipe_down_to_single_settings(load):
    own = "training: {epochs: 70, gradient_clip: null, augmentation: {flip: 0.0}}\nmodel: {widths: [8, 9]}"
    top = f"{own}\nrecipe: imagenet-300"
    base, recipe = load(written(top)).base, load(written("recipe: imagenet-300")).base
    expected = {"epochs": 70, "gradient_clip": None, "warmup_epochs": 20}
    assert {field: getattr(base.training, field) for field in expected} == expected
    assert base.training.augmentation == recipe.training.augmentation.model_copy(update={"flip": 0.0})
    assert (base.model.widths, base.model.drop_path) == ((8, 9), 0.2)


def test_factors_and_overrides_stand_before_a_recipe(load, tmp_path):
    text = (
        written("recipe: small-images")
        .replace("baseline:", "  training.learning_rate: [1e-3, 3e-3]\nbaseline:")
        .replace("sharing: head}", "sharing: head, training.learning_rate: 1e-3}")
    )
    text += "overrides: [{where: {model.layer.sharing: head}, set: {training.augmentation.flip: 0.0}}]\n"
    file = tmp_path / "study.yaml"
    file.write_text(text)
    resolved = {tuple(c.choice.values()): c.resolved.training for c in load_plan(file).combinations}
    assert {spec.learning_rate for spec in resolved.values()} == {1e-3, 3e-3}
    assert {key[0]: spec.augmentation.flip for key, spec in resolved.items()} == {"spatial": 0.5, "head": 0.0}
    assert {spec.batch_size for spec in resolved.values()} == {128}


def test_the_command_line_can_give_a_recipe_and_change_it(load):
    study = load(written("recipe: digits"), "recipe=small-images", "training.batch_size=32", name="other")
    assert study.recipe == "small-images"
    assert study.base.training.batch_size == 32
    assert study.base.training.augmentation.crop is Crop.PAD
    assert load(written("expects: x"), "recipe=small-images").name == "study-recipe=small-images"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("imagenet", "got imagenet; did you mean imagenet-300?"),
        ("small_images", "got small_images; did you mean small-images?"),
        ("fast", "got fast"),
        ("", "got nothing"),
        ("3", "got 3"),
        ("[digits]", "got [digits]"),
        ("{name: digits}", "got a group"),
        ("../digits", 'got "../digits"; did you mean digits?'),
        ("数字", "got 数字"),
    ],
)
def test_an_unknown_recipe_is_one_error_with_the_nearest_name_and_the_list(load, value, message):
    column = 9 if value else 8
    expected = (
        f"study.yaml:2:{column}: recipe: expected digits, imagenet-300, imagenet-300-base or small-images, {message}"
    )
    with pytest.raises(StudyError) as error:
        load(written(f"recipe: {value}"))
    assert str(error.value) == expected


def test_a_recipe_that_the_study_cannot_be_run_with_is_told_where_it_is_named(load):
    with pytest.raises(StudyError, match=r"study.yaml:2:9: .*training.warmup_epochs 20 leaves nothing") as error:
        load(written("recipe: imagenet-300\ntraining: {epochs: 5}"))
    assert "training.epochs 5" in str(error.value)


def test_a_group_that_is_none_is_told_as_without_a_recipe(load):
    with pytest.raises(StudyError, match=r"study.yaml:3:11: training: expected settings .* got 3"):
        load(written("recipe: digits\ntraining: 3"))


@pytest.mark.parametrize("setting", ["momentum: 0.9", "decay_rate: 0.5", "decay_epochs: 3", "decay_power: 2.0"])
def test_a_setting_that_no_combination_reads_is_refused_where_it_stands(load, setting):
    name = setting.partition(":")[0]
    expected = re.escape(
        f"study.yaml:3:3: training.{name} changes nothing: no combination's optimizer or schedule reads"
    )
    with pytest.raises(StudyError, match=expected):
        load(written(f"training:\n  {setting}"))


@pytest.mark.parametrize("path", ["training.optimizer: [adamw, sgd]", "training.schedule: [cosine, poly]"])
def test_a_setting_that_one_combination_reads_is_taken_and_makes_no_other_experiment_of_the_rest(load, tmp_path, path):
    name, _, levels = path.partition(": ")
    text = written("training: {momentum: 0.8}" if "optimizer" in path else "training: {decay_power: 2.0}")
    first = levels.strip("[]").partition(",")[0]
    text = text.replace("baseline:", f"  {path}\nbaseline:").replace("head}", f"head, {name}: {first}}}")
    (tmp_path / "with.yaml").write_text(text)
    (tmp_path / "without.yaml").write_text(re.sub(r"training: \{.*\}\n", "\n", text, count=1))
    given, plain = (load_plan(tmp_path / f"{kind}.yaml").combinations for kind in ("with", "without"))
    same = [one.hash == other.hash for one, other in zip(given, plain, strict=True)]
    assert same == [True, False, True, False]


def test_what_a_recipe_sets_may_go_unread(load):
    study = load(written("recipe: imagenet-300\ntraining: {schedule: constant, optimizer: sgd}"))
    assert study.base.training.minimum_learning_rate == 1e-5
    assert study.base.training.canonical().minimum_learning_rate == 0.0


def test_a_misspelt_optimizer_is_told_with_the_nearest_and_without_a_list_of_a_hundred(load):
    with pytest.raises(StudyError) as error:
        load(written("training: {optimizer: adamww}"))
    assert str(error.value) == (
        "study.yaml:2:23: training.optimizer: expected one of 101 names, got adamww; did you mean adamw?"
    )
    with pytest.raises(StudyError, match=r"expected adabelief, adadelta, .* or sgdw, got qqq"):
        load(written("training: {optimizer: qqq}"))


def test_an_optimizer_that_cannot_be_trained_with_is_refused_when_the_study_is_read(load):
    text = written("").replace("  model.layer.sharing: [spatial, head]", "  training.optimizer: [adamw, adahessian]")
    with pytest.raises(
        StudyError, match=r"adahessian needs second derivatives.*exclude: \[\{training.optimizer: adahessian"
    ):
        load(text.replace("model.layer.sharing: head", "training.optimizer: adamw"))
