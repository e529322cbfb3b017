"""What the page says of designs other than a full factorial, and of the rules that shaped one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ablate.reporting.effects import aliases_of, importance_table
from ablate.reporting.evidence import gather
from ablate.specs import Design, Exclusion, Override, When
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]
Render = Callable[[Any], str]
THREE = {
    "model.layer.sharing": ["spatial", "head"],
    "model.layer.window": [3, 5],
    "training.batch_size": [16, 32],
}
ALIASING = (
    "resolution III: main effects are aliased with two-factor interactions",
    "sharing = −window × batch_size",
    "window = −sharing × batch_size",
    "batch_size = −sharing × window",
)


def holding(store: Any, places: Sequence[int], **plan: Any) -> Any:
    """The study with only some of its combinations, by their place in the factorial."""
    kept = [store.study_plan.combinations[place] for place in places]
    hashes = {combination.hash for combination in kept}
    return replace(
        store,
        study_plan=store.study_plan.model_copy(update={"combinations": tuple(kept), **plan}),
        records=tuple(trial for trial in store.records if trial.combination in hashes),
    )


@pytest.mark.parametrize("design", [Design.ONE_FACTOR, Design.LEAVE_ONE_OUT])
def test_where_each_factor_changes_alone_there_are_no_main_effects_and_the_page_says_why(
    synthetic: Maker, text_of: Render, design: Design
) -> None:
    text = text_of(holding(synthetic(THREE, seeds=3, design=design), (7, 3, 5, 6)))
    assert "## Main effects" not in text
    assert f"Main effects are not estimated: in a {design.value} design every factor changes from the baseline" in text
    assert "share of the variance" not in text


def test_listed_combinations_have_main_effects_only_where_several_choices_of_the_others_hold_all_levels(
    synthetic: Maker,
    text_of: Render,
) -> None:
    scattered = text_of(holding(synthetic(THREE, seeds=3, design=Design.LISTED), (7, 3, 0)))
    assert "## Main effects" not in scattered
    assert "Main effects are not estimated: the listed combinations do not hold all levels" in scattered
    paired = text_of(holding(synthetic(THREE, seeds=3, design=Design.LISTED), (7, 3, 0, 4, 1)))
    effects = paired.split("## Main effects")[1].split("\n### ")[0]
    assert "| sharing " in effects
    assert "| window " not in effects
    assert "2 of 3 choices" in effects


def test_a_fraction_shows_what_is_aliased_and_estimates_each_effect_over_all_its_runs(
    synthetic: Maker, text_of: Render
) -> None:
    store = synthetic(THREE, seeds=3, design=Design.FRACTION, fraction=2, spread=0.0)
    text = text_of(holding(store, (7, 4, 2, 1), aliasing=ALIASING))
    assert "A fraction (1/2) of all choices was run, so some effects cannot be told apart" in text
    assert "- sharing = −window × batch_size\n" in text
    effects = text.split("## Main effects")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in effects.split("\n") if "choices |" in line
    ]
    assert [(row[0], row[1], row[6], row[7]) for row in rows] == [
        ("sharing", "spatial", "2 of 2 choices", "−window × batch_size"),
        ("", "head", "2 of 2 choices", "−window × batch_size"),
        ("window", "3", "2 of 2 choices", "−sharing × batch_size"),
        ("", "5", "2 of 2 choices", "−sharing × batch_size"),
        ("batch_size", "16", "2 of 2 choices", "−sharing × window"),
        ("", "32", "2 of 2 choices", "−sharing × window"),
    ]
    assert "### Interactions" not in text
    assert "### Analysis of variance" not in text
    assert "share of the variance" not in text


def test_a_run_that_is_missing_in_a_fraction_is_made_up_for_by_its_seeds_other_runs(
    synthetic: Maker, text_of: Render
) -> None:
    store = synthetic(THREE, seeds=3, design=Design.FRACTION, fraction=2)
    store = holding(store, (7, 4, 2, 1), aliasing=ALIASING).without_results((0,), TrialStatus.FAILED)
    effects = text_of(store).split("## Main effects")[1].split("\n## ")[0]
    assert effects.count("2 of 2 choices") == 6
    assert effects.count("|     3 |") == 6


def test_an_effect_is_told_from_its_aliases_by_sign() -> None:
    lines = ("resolution III: …", "a = −b × c = d × e", "f = g", "aliased with nothing of this order: h, i")
    assert aliases_of("a", lines) == "−b × c, d × e"
    assert aliases_of("b × c", lines) == "−a, −d × e"
    assert aliases_of("g", lines) == "f"
    assert aliases_of("h", lines) == ""


def test_a_factorial_shows_each_factors_share_of_the_variance(synthetic: Maker) -> None:
    table = importance_table(gather(synthetic(THREE, seeds=3), "synthetic").findings)
    assert table is not None
    assert [row[0] for row in table.rows] == ["sharing", "window", "batch_size", "interactions of the 3 factors"]
    shares = [float(row[1].rstrip(" %").lstrip("<")) for row in table.rows]
    assert 98 <= sum(shares) <= 103
    assert importance_table(gather(synthetic({"model.layer.window": [3, 5]}, seeds=3), "synthetic").findings) is None


def test_rules_are_listed_with_what_they_removed_and_what_they_set(synthetic: Maker, text_of: Render) -> None:
    condition = {"model.layer.sharing": ("head", "none"), "training.batch_size": ("16",)}
    store = synthetic(
        THREE,
        seeds=3,
        when=(When(factor="model.layer.window", condition=condition),),
        overrides=(Override(condition={"model.layer.window": ("3",)}, settings={"training.learning_rate": 0.004}),),
    )
    exclusions = (
        Exclusion(rule={"model.layer.sharing": "none"}, removed=6),
        Exclusion(rule={}, removed=1, varies="model.layer.window"),
    )
    text = text_of(replace(store, study_plan=store.study_plan.model_copy(update={"exclusions": exclusions})))
    assert "- `model.layer.sharing` = `none`: 6 choices removed\n" in text
    assert (
        "- `model.layer.window` varies only where `model.layer.sharing` is `head` or `none` and "
        "`training.batch_size` is `16`: 1 choice removed\n"
    ) in text
    assert "- where `model.layer.window` is `3`: `training.learning_rate` = `0.004`\n" in text
