"""Settings of a program's own go where built-in ones go, and keep the kind that the file gave them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ablate.errors import StudyError
from ablate.specs import Configuration, Direction, ProgramSpec, Range, StudySpec
from ablate.study.design import plan
from ablate.study.resolving import resolve

TEXT = """\
question: Why?
program: python:my.train:run
settings: {depth: 3, rate: 1.0, copy: gini, block: {sizes: [3, 4], model_name: a, flag: true}, none: null}
factors:
  settings.depth: [3, 5]
  settings.block.sizes: [[3, 4], [1]]
  kind:
    - {name: plain, set: {settings.copy: gini, settings.block.flag: true}}
    - {name: other, set: {settings.copy: entropy, settings.block.flag: false}}
baseline: {settings.depth: 3, settings.block.sizes: [3, 4], kind: plain}
overrides: [{where: {settings.depth: 5}, set: {settings.rate: 2}}]
tune: {settings.block.model_name: [a, b], training.learning_rate: {low: 0.1, high: 1}, trials: 2}
seeds: 2
objective: {metric: rmse, split: validation, direction: minimize}
"""

Load = Callable[..., StudySpec]


def test_factors_overrides_and_compound_levels_set_them(load: Load) -> None:
    study = load(TEXT)
    found = resolve(study, {"settings.depth": "5", "settings.block.sizes": "[1]", "kind": "other"}).settings
    assert found == {
        "depth": 5,
        "rate": 2.0,
        "copy": "entropy",
        "block": {"sizes": [1], "model_name": "a", "flag": False},
        "none": None,
    }
    assert type(found["rate"]) is float, "a number that began as 1.0 is one number however it is written"
    assert len(plan(study).combinations) == 8
    assert (study.objective.metric, study.objective.direction) == ("rmse", Direction.MINIMIZE)


def test_a_range_of_a_whole_setting_is_whole(load: Load) -> None:
    text = TEXT.replace("tune: {", "tune: {settings.width: {low: 1, high: 9}, ").replace(
        "{depth: 3", "{width: 4, depth: 3"
    )
    tune = load(text).tune
    assert tune is not None
    domain = tune.settings["settings.width"]
    assert isinstance(domain, Range)
    assert domain.is_whole


def test_the_command_line_sets_them_and_names_the_nearest_of_them(load: Load) -> None:
    study = load(TEXT, "settings.none=x")
    assert study.base is not None
    assert study.base.settings["none"] == "x"
    assert study.name == "study-settings.none=x"
    for change, message in (
        (
            "settings.copi=x",
            "unknown key copi in settings: expected depth, rate, copy, block or none; did you mean copy?",
        ),
        ("settings.copy=3", "settings.copy: expected text, got 3"),
        ("setings.copy=x", "unknown path setings.copy: did you mean settings.copy?"),
    ):
        with pytest.raises(StudyError) as caught:
            load(TEXT, change)
        assert str(caught.value) == f"--set {change}: {message}"


def test_a_study_without_settings_cannot_be_given_some_by_the_way(load: Load, good: str) -> None:
    for text, message in ((good, "nothing reads them"), (f"{good}program: python:a:b\n", "the study file has none")):
        with pytest.raises(StudyError, match=message):
            load(text, "settings.depth=3")


def test_the_built_in_checks_are_the_built_in_trainings_own(load: Load) -> None:
    text = TEXT + "training: {epochs: 1, warmup_epochs: 5}\nmodel: {layer: {window: 63}}\n"
    study = load(text)
    assert study.base is not None
    assert study.base.training.warmup_epochs == 5
    with pytest.raises(StudyError, match="warmup_epochs 5 leaves nothing"):
        load(
            "question: Why?\nfactors: {model.layer.window: [3, 5]}\nbaseline: {model.layer.window: 3}\nseeds: 1\n"
            "training: {epochs: 1, warmup_epochs: 5}\n"
        )


def test_program_and_settings_are_part_of_what_a_combination_is_and_change_no_other_hash() -> None:
    own = Configuration(program=ProgramSpec(python="a:b"), settings={"depth": 1})
    others = [
        Configuration(),
        Configuration(program=ProgramSpec(python="a:c"), settings={"depth": 1}),
        Configuration(program=ProgramSpec(command="a:b"), settings={"depth": 1}),
        Configuration(program=ProgramSpec(python="a:b"), settings={"depth": 2}),
    ]
    assert own.hash() not in {other.hash() for other in others}
    assert Configuration().hash() == "44136fa355b3678a", "the digest of nothing: every default is left out"


def test_a_program_is_one_of_two() -> None:
    for fields in ({}, {"python": "a:b", "command": "x"}):
        with pytest.raises(ValueError, match="either python or command"):
            ProgramSpec(**fields)
