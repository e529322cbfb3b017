"""Which combinations are the same."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ablate.errors import InputError
from ablate.specs import Factor, Level, Range, Tune

Maker = Callable[..., Any]
SHARING, DYNAMICS, WINDOW = "model.layer.sharing", "model.layer.dynamics", "model.layer.window"
TWO = {SHARING: ["spatial", "head"], WINDOW: [3, 5]}


def labels(alignment: Any) -> list[tuple[str | None, ...]]:
    return [
        tuple(None if finding is None else finding.combination.label() for finding in row.findings)
        for row in alignment.rows
    ]


def renamed(store: Any, factor: str, names: dict[str, str]) -> Any:
    """The same study with other labels for the levels of a factor."""
    study = store.study_plan.study
    factors = tuple(
        Factor(
            name=one.name,
            levels=tuple(
                Level(label=names.get(level.label, level.label), settings=level.settings) for level in one.levels
            ),
        )
        if one.name == factor
        else one
        for one in study.factors
    )
    combinations = tuple(
        combination.model_copy(
            update={
                "choice": {
                    **combination.choice,
                    factor: names.get(combination.choice[factor], combination.choice[factor]),
                }
            }
        )
        for combination in store.study_plan.combinations
    )
    baseline = {**study.baseline, factor: names.get(study.baseline[factor], study.baseline[factor])}
    study = study.model_copy(update={"factors": factors, "baseline": baseline})
    return replace(store, study_plan=store.study_plan.model_copy(update={"study": study, "combinations": combinations}))


def test_combinations_are_the_same_by_their_settings_whatever_order_and_names_they_have(
    synthetic: Maker, together: Maker
) -> None:
    one = synthetic(TWO, seeds=2, name="one")
    other = renamed(synthetic(dict(reversed(TWO.items())), seeds=2, name="other"), WINDOW, {"3": "narrow", "5": "wide"})
    assert labels(together(one, other).aligned()) == [
        ("spatial · 3", "narrow · spatial"),
        ("spatial · 5", "wide · spatial"),
        ("head · 3", "narrow · head"),
        ("head · 5", "wide · head"),
    ]


def test_a_factor_of_one_study_is_shared_where_it_has_the_value_that_the_other_has_throughout(
    synthetic: Maker, together: Maker
) -> None:
    one = synthetic({SHARING: ["spatial", "head"]}, seeds=2, name="one")
    other = synthetic({SHARING: ["spatial", "head"], "training.epochs": [20, 30]}, seeds=2, name="other")
    alignment = together(one, other).aligned()
    assert labels(alignment) == [
        ("spatial", "spatial · 30"),
        ("head", "head · 30"),
        (None, "spatial · 20"),
        (None, "head · 20"),
    ]
    assert [finding.combination.label() for finding in alignment.only(1)] == ["spatial · 20", "head · 20"]
    assert alignment.only(0) == ()


def test_of_three_studies_a_combination_is_shared_that_two_have(synthetic: Maker, together: Maker) -> None:
    stores = [
        synthetic({WINDOW: windows}, seeds=2, name=name)
        for name, windows in (("a", [3, 5]), ("b", [5, 7]), ("c", [7, 9]))
    ]
    alignment = together(*stores).aligned()
    assert labels(alignment) == [("3", None, None), ("5", "5", None), (None, "7", "7"), (None, None, "9")]
    assert [row.is_shared for row in alignment.rows] == [False, True, True, False]


def test_a_setting_that_a_combination_does_not_read_does_not_keep_it_apart(synthetic: Maker, together: Maker) -> None:
    one = synthetic({SHARING: ["spatial", "head"], "model.layer.heads": [1, 2]}, seeds=2, name="one")
    other = synthetic({SHARING: ["spatial", "head"], "model.layer.heads": [4]}, seeds=2, name="other")
    found = labels(together(one, other).aligned())
    assert ("spatial · 1", "spatial · 4") in found
    assert (None, "head · 4") in found


def test_a_setting_that_one_study_tunes_has_no_value_that_another_could_share(
    synthetic: Maker, together: Maker
) -> None:
    tune = Tune(settings={"training.learning_rate": Range(low=1e-4, high=1e-2)}, trials=2)
    one = synthetic({SHARING: ["spatial", "head"]}, seeds=2, name="one", tune=tune)
    other = synthetic({SHARING: ["spatial", "head"], "training.learning_rate": [0.002]}, seeds=2, name="other")
    with pytest.raises(
        InputError, match=r"training\.learning_rate varies in one of them, and is tuned in one and 0\.002"
    ):
        together(one, other).aligned()
    both = together(one, synthetic({SHARING: ["head"]}, seeds=2, name="other", tune=tune)).aligned()
    assert len(both.shared) == 1


def test_where_settings_are_not_known_factors_and_labels_count_and_aliases_too(
    synthetic: Maker, together: Maker, unconfigured: Maker
) -> None:
    one = synthetic(TWO, seeds=2, name="one")
    factors = {WINDOW: [1, 3, 5], SHARING: ["spatial", "head"]}
    other = unconfigured(synthetic(factors, seeds=2, name="other"))
    first, second, alias, *rest = other.study_plan.combinations
    first = first.model_copy(update={"aliases": (alias.choice,)})
    combinations = (first, second, *rest)
    other = replace(other, study_plan=other.study_plan.model_copy(update={"combinations": combinations}))
    alignment = together(one, other).aligned()
    assert alignment.paths is None
    assert labels(alignment) == [
        ("spatial · 3", "1 · spatial"),
        ("spatial · 5", "5 · spatial"),
        ("head · 3", "3 · head"),
        ("head · 5", "5 · head"),
        (None, "1 · head"),
    ]


def test_without_settings_other_factors_share_nothing_and_the_error_says_why(
    synthetic: Maker, together: Maker, unconfigured: Maker
) -> None:
    one = unconfigured(synthetic(TWO, seeds=2, name="one"))
    other = synthetic({SHARING: ["spatial"]}, seeds=2, name="other")
    said = r"one and other share no combination: not all settings are known, .* one varies .*window, other .*sharing$"
    with pytest.raises(InputError, match=said):
        together(one, other).aligned()
    elsewhere = unconfigured(synthetic({SHARING: ["none"], WINDOW: [3]}, seeds=2, name="elsewhere"))
    with pytest.raises(InputError, match=r"no two have the same levels of model\.layer\.sharing and model"):
        together(one, elsewhere).aligned()


def test_combinations_with_equal_identities_in_one_study_are_both_kept(synthetic: Maker, together: Maker) -> None:
    one = synthetic({WINDOW: [3, 5]}, seeds=2, name="one")
    first, second = one.study_plan.combinations
    twin = second.model_copy(update={"configuration": first.configuration})
    one = replace(one, study_plan=one.study_plan.model_copy(update={"combinations": (first, twin)}))
    other = synthetic({WINDOW: [3]}, seeds=2, name="other")
    assert labels(together(one, other).aligned()) == [("3", "3"), ("5", None)]


def test_every_combination_is_in_exactly_one_row(synthetic: Maker, together: Maker, capsys: Any) -> None:
    seed = random.randrange(2**32)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    generator = random.Random(seed)
    for _ in range(5):
        choices = {SHARING: ["spatial", "head", "none"], DYNAMICS: ["static", "se"], WINDOW: [3, 5, 7]}
        stores = []
        for name in ("a", "b", "c"):
            factors = {
                path: generator.sample(levels, generator.randint(1, len(levels))) for path, levels in choices.items()
            }
            stores.append(
                synthetic({**factors, WINDOW: [3, *(w for w in factors[WINDOW] if w != 3)]}, seeds=1, name=name)
            )
        try:
            alignment = together(*stores).aligned()
        except InputError:
            continue
        for place, store in enumerate(stores):
            found = [row.findings[place].combination.hash for row in alignment.rows if row.findings[place] is not None]
            assert sorted(found) == sorted(c.hash for c in store.study_plan.combinations)
        for row in alignment.shared:
            assert len({finding.combination.configuration for finding in row.present.values()}) == 1
