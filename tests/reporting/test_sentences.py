"""The words of a report say what the verdicts say, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ablate.reporting.findings import find
from ablate.reporting.numerals import choose_scale
from ablate.reporting.sentences import in_short
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]


def words(store: Any) -> str:
    findings = find(store.plan("synthetic"), store.trials("synthetic"))
    return in_short(findings, choose_scale(findings.study.objective, [f.mean for f in findings.findings]))


def test_a_whole_study_counts_and_names_its_verdicts(synthetic: Maker) -> None:
    text = words(synthetic())
    assert text.startswith(
        "Of 11 comparisons with the baseline (`head · attention · 5`, 91.1 ± 1.3 %), 8 differ beyond"
    )
    assert "Better: `spatial · static · 3` (+5.8 pp), `spatial · se · 3` (+5.3 pp)" in text
    assert "and 2 more (see the table)" in text
    assert "3 are undecided" in text
    assert "The highest observed mean is 96.9 ± 0.9 %, of `spatial · static · 3`" in text
    assert "Worse" not in text
    assert "unfinished" not in text


def test_without_any_effect_nothing_is_claimed(synthetic: Maker) -> None:
    store = synthetic({"model.layer.window": [3, 5, 7]})
    level = store.records[0].scores
    for place, trial in enumerate(store.records):
        wobble = 0.001 * ((7 * place) % 5)
        scores = {split: {"accuracy": 0.9 + wobble} for split in level}
        store = store.with_trial(place, scores=scores, seed=trial.seed)
    text = words(store)
    assert "none differs beyond chance" in text
    assert "2 are undecided" in text
    assert "Better" not in text
    assert "Worse" not in text


def test_too_few_seeds_support_no_claim(synthetic: Maker) -> None:
    one, two = words(synthetic(seeds=1)), words(synthetic(seeds=2, spread=0.0001))
    assert one.startswith("Too few seeds ran to tell a difference from chance: 1 seed at most is shared")
    assert "2 seeds at most are shared" in two
    for text in (one, two):
        assert "beyond chance" not in text
        assert "support no claim" in text


def test_what_is_missing_is_said_first(synthetic: Maker) -> None:
    store = synthetic().without_results([1, 2], TrialStatus.FAILED).without_results([7, 8, 9])
    store = store.without_results([11], TrialStatus.RUNNING)
    text = words(store)
    assert text.startswith(
        "The study is unfinished: of 60 planned trials 54 are complete (2 failed, 1 running, 3 not run). "
        "What follows may change"
    )
    assert "Of 11 comparisons" in text


def test_a_combination_without_results_is_counted_as_not_compared(synthetic: Maker) -> None:
    text = words(synthetic().without_results(range(5), TrialStatus.FAILED))
    assert "1 could not be made, for want of a common seed." in text
    assert "may change" not in text


def test_a_baseline_without_results_compares_nothing(synthetic: Maker) -> None:
    text = words(synthetic().without_results(range(55, 60), TrialStatus.FAILED))
    assert "The baseline `head · attention · 5` has no result, so nothing can be compared with it." in text
    assert "beyond chance" not in text


def test_nothing_run_is_no_result(synthetic: Maker) -> None:
    assert words(synthetic().without_results(range(60))).endswith("There is no result yet.")


def test_a_single_combination_is_compared_with_nothing(synthetic: Maker) -> None:
    assert words(synthetic({"model.layer.window": [3]})) == "The study plans no comparison, so nothing is compared."
