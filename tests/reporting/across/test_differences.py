"""What differs between studies, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ablate.reporting.across.differences import find_differences, repeated
from ablate.specs import Environment, Match, Objective, Range, Split, SplitRecord, Tune
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]
SHARING, WINDOW = "model.layer.sharing", "model.layer.window"
TWO = {SHARING: ["spatial", "head"], WINDOW: [3, 5]}
EVERYTHING = (
    "settings outside the factors",
    "seeds",
    "baseline",
    "images that are scored",
    "other images",
    "code",
    "packages and hardware",
)


def machine(**change: Any) -> Environment:
    return Environment(
        **{
            "packages": {"python": "3.11.9", "torch": "2.15.0"},
            "hardware": {"processor": "A processor", "threads": 1},
            "code": "ab" * 32,
            **change,
        }
    )


@pytest.fixture
def pair(synthetic: Maker) -> tuple[Any, Any]:
    """Two studies that differ in nothing but their name and their numbers."""
    return synthetic(TWO, seeds=3, name="one"), synthetic(TWO, seeds=3, name="other", random_seed=9)


def lines(together: Maker, *stores: Any) -> tuple[str, ...]:
    return find_differences(together(*stores).aligned()).lines


def test_of_studies_that_are_the_same_nothing_is_said_to_differ(together: Maker, pair: Any) -> None:
    differences = find_differences(together(*pair).aligned())
    assert differences.lines == ()
    assert differences.same == EVERYTHING


def test_settings_are_told_with_the_values_of_all_studies_data_and_training_first(
    together: Maker, synthetic: Maker, configured: Maker, pair: Any
) -> None:
    one, other = pair
    other = configured(other, {"model.mlp_ratio": 4.0, "training.gradient_clip": 1.5, "data.training_images": "all"})
    third = configured(synthetic(TWO, seeds=3, name="third"), {"model.mlp_ratio": 4.0})
    found = find_differences(together(one, other, third).aligned())
    assert found.lines == (
        "`data.training_images`: `300` in `one` and `third`; `all` in `other`",
        "`training.gradient_clip`: `null` in `one` and `third`; `1.5` in `other`",
        "`model.mlp_ratio`: `2.0` in `one`; `4.0` in `other` and `third`",
    )
    assert found.same == EVERYTHING[1:]


def test_settings_that_differ_only_in_some_combinations_are_told(together: Maker, configured: Maker, pair: Any) -> None:
    one, other = pair
    changed = configured(other, {"training.epochs": 40}, only=["head · 5"])
    assert lines(together, one, changed) == ("`training.epochs`: `30` in `one`; set by combination in `other`",)
    both = configured(one, {"training.epochs": 40}, only=["head · 3"])
    assert lines(together, both, changed) == ("`training.epochs`: not the same in 2 of 4 shared combinations",)


def test_a_setting_of_a_combination_that_is_not_shared_is_not_told(
    together: Maker, synthetic: Maker, configured: Maker
) -> None:
    one = synthetic({WINDOW: [3, 5]}, seeds=3, name="one")
    other = synthetic({WINDOW: [3, 5, 7]}, seeds=3, name="other", baseline={WINDOW: "5"})
    alone = configured(other, {"training.epochs": 50}, only=["7"])
    family = "Comparisons that a verdict is corrected for: 1 in `one`; 2 in `other`"
    assert lines(together, one, alone) == (family,)
    everywhere = configured(alone, {"training.epochs": 40}, only=["3", "5"])
    assert lines(together, one, everywhere) == ("`training.epochs`: `30` in `one`; `40` in `other`", family)


def test_what_matching_and_tuning_set_is_told(together: Maker, synthetic: Maker, configured: Maker) -> None:
    match, tune = Match(), Tune(settings={"training.learning_rate": Range(low=1e-4, high=1e-2)}, trials=4)
    one = synthetic(TWO, seeds=3, name="one")
    other = configured(
        synthetic(TWO, seeds=3, name="other", match=match, tune=tune), {"model.widths": [8, 16]}, ["head · 5"]
    )
    assert lines(together, one, other) == (
        "`training.learning_rate`: `0.002` in `one`; `tuned` in `other`",
        "`model.widths`: `[32, 64]` in `one`; matched for every combination in `other`",
        "Equal cost: not asked for in `one`; parameters as the baseline's by `model.widths`, within 2 % in `other`",
        "Tuning: none in `one`; 4 tries at `training.learning_rate` by `tpe` in `other`",
    )


def test_the_number_of_seeds_is_told_with_those_that_are_common(together: Maker, synthetic: Maker, pair: Any) -> None:
    fewer = synthetic(TWO, seeds=2, name="fewer")
    assert lines(together, pair[0], fewer) == (
        "Seeds: 3 (0 to 2) in `one`; 2 (0 and 1) in `fewer`; 0 and 1 are common to both",
    )


def test_disjoint_seeds_are_told(together: Maker, pair: Any) -> None:
    one, other = pair
    study = other.study_plan.study.model_copy(update={"seeds": (5, 7, 9)})
    plan = other.study_plan.model_copy(update={"study": study})
    records = tuple(
        record.model_copy(update={"seed": 5 + 2 * record.seed, "name": f"{record.combination}-s{5 + 2 * record.seed}"})
        for record in other.records
    )
    other = replace(other, study_plan=plan, records=records)
    assert lines(together, one, other) == (
        "Seeds: 3 (0 to 2) in `one`; 3 (5, 7 and 9) in `other`; none is common to both",
    )
    assert repeated(together(one, other).aligned()) == ""


def without_baseline(store: Any) -> Any:
    combinations = tuple(one.model_copy(update={"is_baseline": False}) for one in store.study_plan.combinations)
    return replace(store, study_plan=store.study_plan.model_copy(update={"combinations": combinations}))


def test_baselines_that_differ_are_told_and_a_study_without_one(together: Maker, synthetic: Maker, pair: Any) -> None:
    other = synthetic(TWO, seeds=3, name="other", baseline={SHARING: "spatial", WINDOW: "3"})
    assert lines(together, pair[0], other) == ("Baseline: `head · 5` in `one`; `spatial · 3` in `other`",)
    none = without_baseline(pair[1])
    assert lines(together, pair[0], none) == ("Baseline: `head · 5` in `one`; none in `other`",)
    assert find_differences(together(without_baseline(pair[0]), none).aligned()).lines == ()


def test_baselines_of_one_name_and_other_settings_are_told(
    together: Maker, synthetic: Maker, configured: Maker, pair: Any
) -> None:
    other = configured(synthetic(TWO, seeds=3, name="other"), {WINDOW: 9}, only=["head · 5"])
    assert lines(together, pair[0], other) == ("Baseline: `head · 5` in each, but not with the same settings",)


def test_what_does_not_matter_to_each_study_is_told_and_keeps_none_apart(
    together: Maker, synthetic: Maker, pair: Any
) -> None:
    other = synthetic(TWO, seeds=3, name="other", objective=Objective(equivalence=0.005))
    assert lines(together, pair[0], other) == (
        "Largest difference that does not matter: not stated in `one`; 0.005 in `other`",
    )


def test_images_that_differ_are_told_those_that_are_scored_first(
    together: Maker, on_every_trial: Maker, pair: Any
) -> None:
    one, other = pair
    splits = dict(other.records[0].splits)
    splits[Split.TEST] = SplitRecord(images=540, images_per_class=(54,) * 10, fingerprint="0cfaf710cb53c900")
    splits[Split.TRAIN] = SplitRecord(images=100, images_per_class=(10,) * 10, fingerprint="0000111122223333")
    other = on_every_trial(other, splits=splits)
    assert lines(together, one, other) == (
        "Test images: 360 (fingerprint `999988887777`) in `one`; 540 (fingerprint `0cfaf710cb53`) in `other`",
        "Training images: 300 (fingerprint `aaaabbbbcccc`) in `one`; 100 (fingerprint `000011112222`) in `other`",
    )


def test_what_was_not_recorded_is_said_to_be_not_known_never_to_be_the_same(
    together: Maker, on_every_trial: Maker, pair: Any
) -> None:
    bare = [on_every_trial(store, splits={}, environment=None) for store in pair]
    found = find_differences(together(*bare).aligned())
    assert found.lines == (
        "Test images: not known in `one` and `other`",
        "Code: not known in `one` and `other`",
        "Packages and hardware: not known in `one` and `other`",
    )
    assert found.same == ("settings outside the factors", "seeds", "baseline", "other images")


def test_code_that_differs_is_told_by_its_digests(together: Maker, on_every_trial: Maker, pair: Any) -> None:
    one = on_every_trial(pair[0], environment=machine())
    other = on_every_trial(pair[1], environment=machine(code="cd" * 32))
    assert lines(together, one, other) == ("Code: `code abababababab` in `one`; `code cdcdcdcdcdcd` in `other`",)
    mixed = [
        store.with_trial(0, environment=machine())
        for store in (on_every_trial(other, environment=machine(code="cd" * 32)) for other in pair)
    ]
    assert lines(together, *mixed) == (
        "Code: `one` and `other` ran with more than one: `code abababababab` and `code cdcdcdcdcdcd`",
    )


def test_packages_and_hardware_that_differ_are_told_the_first_with_their_values(
    together: Maker, on_every_trial: Maker, pair: Any
) -> None:
    one = on_every_trial(pair[0], environment=machine())
    other = on_every_trial(
        pair[1],
        environment=machine(packages={"python": "3.11.9"}, hardware={"processor": "Another|`one`", "threads": 1}),
    )
    assert lines(together, one, other) == (
        "`processor`: `A processor` in `one`; `Another|'one'` in `other`",
        "`torch`: `2.15.0` in `one`; `absent` in `other`",
    )
    many = on_every_trial(pair[1], environment=machine(packages={f"p{n:02}": "1" for n in range(20)}))
    found = lines(together, one, many)
    assert len(found) == 9
    assert found[-1].startswith("Further packages and hardware that differ: `p06`, `p07`")
    assert found[-1].endswith(" and `p19`")


def test_unfinished_studies_are_told_first(together: Maker, configured: Maker, pair: Any) -> None:
    one, other = pair
    one = configured(one.without_results([0]).without_results([1, 2], TrialStatus.FAILED), {"training.epochs": 40})
    found = lines(together, one, other)
    assert found[0] == "Unfinished: `one`, 9 of 12 planned trials complete (2 failed, 1 not run)"
    assert len(found) == 2


def test_the_same_trials_in_two_studies_are_said_to_be_no_further_evidence(
    together: Maker, configured: Maker, pair: Any
) -> None:
    one, other = pair
    assert repeated(together(one, other).aligned()).startswith(
        "In 4 of 4 shared combinations the studies have the whole configuration in common, and seeds (0 to 2)"
    )
    partly = configured(other, {"training.epochs": 40}, only=["head · 3", "head · 5"])
    assert repeated(together(one, partly.without_results([0])).aligned()).startswith("In 2 of 4")
    elsewhere = configured(other, {"data.training_images": 200})
    assert repeated(together(one, elsewhere).aligned()) == ""
    unrun = [store.without_results(range(12)) for store in (one, other)]
    assert repeated(together(*unrun).aligned()) == ""


def test_settings_that_are_not_known_are_said_not_to_be(together: Maker, unconfigured: Maker, pair: Any) -> None:
    alignment = together(pair[0], unconfigured(pair[1])).aligned()
    assert find_differences(alignment).lines == ("The settings of `other` are not known",)
    assert repeated(alignment) == ""
