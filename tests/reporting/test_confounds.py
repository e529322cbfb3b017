"""What else could have made a difference is said where it matters, and gathered in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ablate.reporting.codes import find_codes
from ablate.reporting.evidence import gather
from ablate.reporting.marks import Marks, mark
from ablate.specs import Cost, Match, Override
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]
Render = Callable[[Any], str]
SMALL = {"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}


def marks_of(store: Any) -> Marks:
    findings = gather(store, "synthetic").findings
    return mark(findings, find_codes(findings))


def confounds(text: str) -> str:
    return text[text.index("## Confounds") : text.index("## Every number")]


def even(synthetic: Maker, **study: Any) -> Any:
    """A study whose combinations cost the same."""
    store = synthetic(SMALL, seeds=3, **study)
    for place in range(len(store.records)):
        store = store.with_trial(place, costs=store.records[0].costs)
    return store


def test_a_study_without_any_says_what_was_looked_for(synthetic: Maker, text_of: Render) -> None:
    text = text_of(even(synthetic))
    assert "None of those that are looked for" in confounds(text)
    assert not set("†‡§‖¶") & set(text)


def test_costs_that_differ_are_counted_for_the_baseline_and_for_single_switches(
    synthetic: Maker, text_of: Render
) -> None:
    said = confounds(text_of(synthetic(SMALL, seeds=3)))
    assert "2 combinations of 3 differ from the baseline by more than 5 %" in said
    assert "2 of 4 single switches change them as much" in said


@pytest.mark.parametrize(("setting", "is_batch"), [("training.batch_size", True), ("training.learning_rate", False)])
def test_settings_beyond_the_factors_are_marked_and_the_batch_is_explained(
    synthetic: Maker, text_of: Render, setting: str, is_batch: bool
) -> None:
    override = Override(condition={"model.layer.sharing": ("spatial",)}, settings={setting: 16})
    store = even(synthetic, overrides=(override,))
    assert sorted(marks_of(store).set_otherwise.values()) == [(setting,)] * 2
    text = text_of(store)
    assert f"**Settings beyond the factors**: `{setting}` differ from the baseline in `spatial · 3`, `spatial · 5`" in (
        confounds(text)
    )
    assert ("effective batch" in confounds(text)) is is_batch
    assert text.count(" ¶") == 3, "two rows and the legend"


def test_an_override_that_all_combinations_meet_is_no_confound(synthetic: Maker) -> None:
    override = Override(condition={"model.layer.window": ("3", "5")}, settings={"training.batch_size": 16})
    assert marks_of(even(synthetic, overrides=(override,))).set_otherwise == {}


def test_the_machine_that_most_trials_ran_on_is_the_usual_one(synthetic: Maker, text_of: Render) -> None:
    store = even(synthetic)
    other = store.records[4].environment.model_copy(update={"hardware": {"device": "cuda"}})
    store = store.with_trial(4, environment=other)
    assert marks_of(store).other_machines == {store.records[4].name}
    assert "1 trial on other hardware than most" in confounds(text_of(store))


def test_cells_without_any_value_are_told_from_missing_seeds(synthetic: Maker, text_of: Render) -> None:
    store = even(synthetic).without_results([0, 1, 2], TrialStatus.FAILED).without_results([4])
    said = confounds(text_of(store))
    assert "**Missing cells**: `spatial · 3` have no value at all" in said
    assert "**Missing seeds**: `spatial · 5` lack a value" in said


def test_a_matched_study_says_which_cost_is_equal(synthetic: Maker, text_of: Render) -> None:
    matched = synthetic(SMALL, seeds=3, match=Match(cost=Cost.PARAMETERS, tolerance=0.02))
    assert "the study makes parameters equal, which leaves the rest to differ" in confounds(text_of(matched))
    assert "`match` in the study file" in confounds(text_of(synthetic(SMALL, seeds=3)))
