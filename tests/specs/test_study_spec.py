from __future__ import annotations

import pytest
from pydantic import ValidationError

from ablate.specs import Configuration, Factor, Level, StudySpec, TrialSpec


def study(**changes: object) -> StudySpec:
    fields: dict[str, object] = {
        "name": "sharing",
        "question": "Which axis?",
        "factors": (
            Factor(name="model.layer.window", levels=(Level(label="3", settings={"model.layer.window": 3}),)),
            Factor(name="data.name", levels=(Level(label="digits", settings={"data.name": "digits"}),)),
            Factor(name="other.name", levels=(Level(label="D-DW", settings={"model.widths": [16, 32]}),)),
        ),
        "baseline": {"model.layer.window": "3", "data.name": "digits", "other.name": "D-DW"},
        "seeds": (0, 4, 2),
    }
    return StudySpec.model_validate(fields | changes)


def test_a_study_survives_json_unchanged() -> None:
    spec = study(exclude=({"model.layer.window": "3"},), resources={"workers": 3})
    assert StudySpec.model_validate_json(spec.model_dump_json()) == spec


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="sede"):
        study(sede=3)


@pytest.mark.parametrize("name", ["", "Sharing", "-a", "a b", "../a", "a/b", "a\n", "a" * 101])
def test_a_name_that_is_no_directory_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        study(name=name)


@pytest.mark.parametrize("seeds", [(), (-1,), ("x",)])
def test_seeds_are_some_whole_numbers(seeds: tuple[object, ...]) -> None:
    with pytest.raises(ValidationError, match="seeds"):
        study(seeds=seeds)


def test_a_study_cannot_be_changed_after_it_is_checked() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        study().name = "other"  # type: ignore[misc]


def test_a_factor_is_called_by_the_end_of_its_path_where_that_is_its_own() -> None:
    assert study().short_names() == {
        "model.layer.window": "window",
        "data.name": "data.name",
        "other.name": "other.name",
    }


def test_a_trial_is_named_for_its_configuration_and_seed() -> None:
    spec = TrialSpec(study="sharing", configuration=Configuration(), seed=17)
    assert spec.name == f"{Configuration().hash()}-s17"
    assert TrialSpec.model_validate_json(spec.model_dump_json()).name == spec.name
