"""The words of a report say what the verdicts say, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ablate.reporting.inference import find
from ablate.reporting.numerals import choose_scale
from ablate.reporting.sentences import answer, highest
from ablate.specs import Split
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]


def words(store: Any) -> str:
    findings = find(store.plan("synthetic"), store.trials("synthetic"))
    return answer(findings, choose_scale(findings.study.objective, [f.mean for f in findings.findings]))


def test_a_whole_study_counts_and_names_its_verdicts(synthetic: Maker) -> None:
    text = words(synthetic())
    assert text.startswith(
        "Of 11 comparisons with the baseline (`head · attention · 5`, 91.1 ± 0.6 %), 9 are decided at the 5 % level"
    )
    assert "Better: `spatial · static · 3` (+5.9 pp), `spatial · se · 3` (+4.9 pp)" in text
    assert "and 3 more (see the table)" in text
    assert "2 are undecided" in text
    assert "worse" not in text
    assert "equivalent" not in text
    assert "unfinished" not in text


def test_without_any_effect_nothing_is_claimed(synthetic: Maker) -> None:
    store = synthetic({"model.layer.window": [3, 5, 7]})
    level = store.records[0].scores
    for place, trial in enumerate(store.records):
        wobble = 0.001 * ((7 * place) % 5)
        scores = {split: {"accuracy": 0.9 + wobble} for split in level}
        store = store.with_trial(place, scores=scores, seed=trial.seed)
    text = words(store)
    assert "none is decided" in text
    assert "2 are undecided" in text
    assert "etter:" not in text
    assert "orse:" not in text


@pytest.mark.parametrize(("seeds", "least"), [(1, "1"), (2, "0.5"), (5, "0.062"), (8, "0.0078")])
def test_too_few_seeds_decide_nothing_and_the_page_says_how_many_would(
    synthetic: Maker, seeds: int, least: str
) -> None:
    text = words(synthetic(seeds=seeds, spread=0.0001))
    assert "none is decided" in text
    assert f"with {seeds} seed{'s' * (seeds > 1)} a sign-flip test has p ≥ {least}, so that no comparison" in text
    assert "it takes 9 seeds or more" in text
    assert "chance alone" not in text
    assert "Too few" not in words(synthetic(seeds=9, spread=0.0001))


def test_what_is_equivalent_is_claimed_only_within_the_studys_margin(synthetic: Maker) -> None:
    small = {"model.layer.window": [3, 5]}
    objective = {"metric": "accuracy", "equivalence": 0.02}
    store = synthetic(small, seeds=10, objective=objective)
    for place in range(10):
        same = store.records[10 + place].scores[Split.TEST]["accuracy"] + 0.001 * (place % 3 - 1)
        store = store.with_trial(place, scores={Split.TEST: {"accuracy": same}})
    assert "Equivalent within 2.0 pp: `3` (0.0 pp)." in words(store)
    assert "undecided" not in words(store)
    assert "1 is undecided" in words(with_margin(store, None))
    assert "1 is undecided" in words(with_margin(store, 0.0005))


def with_margin(store: Any, margin: float | None) -> Any:
    study = store.study_plan.study
    objective = study.objective.model_copy(update={"equivalence": margin})
    plan = store.study_plan.model_copy(update={"study": study.model_copy(update={"objective": objective})})
    return replace(store, study_plan=plan)


def test_the_best_of_several_means_is_said_to_be_flattered(synthetic: Maker) -> None:
    store = synthetic()
    findings = find(store.plan("synthetic"), store.trials("synthetic"))
    text = highest(findings, choose_scale(findings.study.objective, [f.mean for f in findings.findings]))
    assert text.startswith("The highest observed mean is 97.0 ± 0.5 %, of `spatial · static · 3` (against the baseline")
    assert "flatters" in text


def test_what_is_missing_is_said_first(synthetic: Maker) -> None:
    store = synthetic(seeds=5).without_results([1, 2], TrialStatus.FAILED).without_results([7, 8, 9])
    store = store.without_results([11], TrialStatus.RUNNING)
    text = words(store)
    assert text.startswith(
        "The study is unfinished: of 60 planned trials 54 are complete (2 failed, 1 running, 3 not run). "
        "What follows may change"
    )
    assert "Of 11 comparisons" in text


def test_a_combination_without_results_is_counted_as_not_compared(synthetic: Maker) -> None:
    text = words(synthetic(seeds=5).without_results(range(5), TrialStatus.FAILED))
    assert "1 could not be made, for want of a common seed." in text
    assert "may change" not in text


def test_a_baseline_without_results_compares_nothing(synthetic: Maker) -> None:
    text = words(synthetic(seeds=5).without_results(range(55, 60), TrialStatus.FAILED))
    assert "The baseline `head · attention · 5` has no result, so nothing can be compared with it." in text
    assert "decided" not in text


def test_nothing_run_is_no_result(synthetic: Maker) -> None:
    assert words(synthetic(seeds=5).without_results(range(60))).endswith("There is no result yet.")


def test_a_single_combination_is_compared_with_nothing(synthetic: Maker) -> None:
    assert words(synthetic({"model.layer.window": [3]})) == "The study plans no comparison, so nothing is compared."
