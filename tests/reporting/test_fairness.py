"""What the page says of tuning, matching, code and attempts: never more than happened, and never less."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ablate.reporting.codes import find_codes
from ablate.reporting.content import compose
from ablate.reporting.document import render
from ablate.reporting.evidence import gather
from ablate.reporting.numerals import choose_scale
from ablate.specs import Cost, Environment, Failure, Match, Matched, Options, Pruner, Range, Resumption, Split, Tune
from ablate.tracking.records import AttemptRecord, AttemptStatus, TrialRecord, TrialStatus

Maker = Callable[..., Any]
SMALL = {"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}
RATE, BATCH = "training.learning_rate", "training.batch_size"
TUNE = Tune(
    settings={RATE: Range(low=5e-4, high=1e-2, log=True), BATCH: Options(values=(16, 32))},
    trials=4,
    pruner=Pruner.MEDIAN,
    seed=11,
)


def text_of(store: Any) -> str:
    evidence = gather(store, "synthetic")
    means = [finding.mean for finding in evidence.findings.findings]
    return render(compose(evidence, choose_scale(evidence.findings.study.objective, means)), {})


def section(text: str, name: str) -> str:
    return text.split(f"\n## {name}\n")[1].split("\n## ")[0]


def rows_of(text: str) -> list[list[str]]:
    """The rows of the first table."""
    table = text[text.index("\n| ") :].strip().split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")[2:]]


def row_of(text: str, *starts: str) -> list[str]:
    """The cells of the one table row that begins with these cells."""
    text = re.sub(r'<a id="[^"]*"></a>', "", text)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n") if line.startswith("|")]
    (found,) = (row for row in rows if row[: len(starts)] == list(starts))
    return found


def a_try(store: Any, place: int, number: int, score: float | None, rate: float, **change: Any) -> TrialRecord:
    combination = store.study_plan.combinations[place]
    training = combination.configuration.training.model_copy(update={"learning_rate": rate, "batch_size": 16})
    return TrialRecord.model_validate(
        {
            "name": f"{combination.hash}-t{number}",
            "combination": combination.hash,
            "seed": 11,
            "tuning": number,
            "status": TrialStatus.COMPLETE,
            "attempts": 1,
            "configuration": combination.configuration.model_copy(update={"training": training}),
            "scores": {} if score is None else {Split.VALIDATION: {"accuracy": score, "loss": 1 - score}},
            **change,
        }
    )


def tuned(synthetic: Maker, **study: Any) -> Any:
    """The first combination has all its tries and its replicates their values; the second has one pruned try."""
    store = synthetic(SMALL, seeds=3, tune=TUNE, **study)
    tries = (
        a_try(store, 0, 1, 0.90, 0.001),
        a_try(store, 0, 2, 0.93, 0.00234567),
        a_try(store, 0, 3, 0.99, 0.004, status=TrialStatus.PRUNED),
        a_try(store, 0, 4, None, 0.009, status=TrialStatus.FAILED, failure=Failure(kind="Diverged", message="nan")),
        a_try(store, 1, 1, 0.80, 0.005, status=TrialStatus.PRUNED),
    )
    for seed in range(3):
        store = store.with_trial(seed, configuration=tries[1].configuration)
    return replace(store, tries=tries)


def test_tuning_says_its_budget_its_findings_and_what_became_of_the_tries(synthetic: Maker) -> None:
    said = section(text_of(tuned(synthetic)), "Tuning")
    assert "4 tries at `training.learning_rate` from 0.0005 to 0.01, evenly in its logarithm" in said
    assert "`training.batch_size`: 16, 32" in said
    assert "sampler `tpe` and cut short by the pruner `median`, trained with seed 11" in said
    assert "judged on validation images only" in said
    assert "Tuning trials are not replicates" in said
    assert row_of(said, "spatial · 3") == ["spatial · 3", "0.002346", "16", "93.0 %", "4", "1", "1"]
    assert row_of(said, "spatial · 5") == ["spatial · 5", "0.005", "16", "80.0 %", "1 of 4", "1", "0"]
    assert row_of(said, "head · 3") == ["head · 3", "–", "–", "–", "0 of 4", "0", "0"]


def test_values_are_those_that_the_replicates_ran_with_even_if_another_try_came_out_better(synthetic: Maker) -> None:
    store = tuned(synthetic)
    later = replace(store, tries=(*store.tries[:2], a_try(store, 0, 3, 0.97, 0.008), *store.tries[3:]))
    assert row_of(section(text_of(later), "Tuning"), "spatial · 3")[1:4] == ["0.002346", "16", "93.0 %"]


def test_the_best_of_a_loss_is_the_lowest(synthetic: Maker) -> None:
    objective = {"metric": "loss", "direction": "minimize"}
    store = synthetic(SMALL, seeds=3, tune=TUNE, objective=objective)
    store = replace(store, tries=(a_try(store, 0, 1, 0.9, 0.001), a_try(store, 0, 2, 0.8, 0.002)))
    assert row_of(section(text_of(store), "Tuning"), "spatial · 3")[1:4] == ["0.001", "16", "0.100 nats"]


def test_a_pruned_try_is_the_best_only_where_no_other_has_a_score(synthetic: Maker) -> None:
    store = synthetic(SMALL, seeds=3, tune=TUNE)
    pruned = a_try(store, 0, 1, 0.99, 0.004, status=TrialStatus.PRUNED)
    store = replace(store, tries=(pruned, a_try(store, 0, 2, 0.90, 0.001)))
    assert row_of(section(text_of(store), "Tuning"), "spatial · 3")[1:4] == ["0.001", "16", "90.0 %"]
    store = replace(store, tries=(pruned,))
    assert row_of(section(text_of(store), "Tuning"), "spatial · 3")[1:4] == ["0.004", "16", "99.0 %"]


def test_tuning_trials_are_in_no_other_section(synthetic: Maker) -> None:
    with_tries, without = (text_of(tuned(synthetic)), text_of(replace(tuned(synthetic), tries=())))
    tuning = [section(text, "Tuning") for text in (with_tries, without)]
    assert tuning[0] != tuning[1]
    assert with_tries.replace(tuning[0], "") == without.replace(tuning[1], "")
    assert "training.learning_rate: tuned" in with_tries


def matched(synthetic: Maker, reached: dict[int, float], cost: Cost = Cost.PARAMETERS) -> Any:
    store = synthetic(SMALL, seeds=3, match=Match(cost=cost, tolerance=0.02))
    plan = store.study_plan
    combinations = [
        combination.model_copy(
            update={
                "matched": Matched(
                    cost=cost,
                    target=93_500,
                    reached=reached.get(place, 93_500),
                    setting="model.widths",
                    value=[30 + place, 60],
                    is_met=abs(reached.get(place, 93_500) / 93_500 - 1) <= 0.02,
                )
            }
        )
        for place, combination in enumerate(plan.combinations)
    ]
    return replace(store, study_plan=plan.model_copy(update={"combinations": tuple(combinations)}))


def test_matching_shows_the_setting_found_and_how_near_it_came(synthetic: Maker) -> None:
    text = text_of(matched(synthetic, {0: 94_000.0}))
    said = section(text, "Matching")
    assert "`model.widths` was set so that it has 93.5 k parameters, to within 2 %" in said
    assert row_of(said, "spatial · 3") == ["spatial · 3", "[30, 60]", "94.0 k", "+0.5 %", "yes"]
    assert row_of(said, "head · 5")[3:] == ["0 %", "yes"]
    assert "§" not in text
    assert "Not matched" not in text
    assert "model.widths: matched" in text


@pytest.mark.parametrize(("cost", "column"), [(Cost.PARAMETERS, 2), (Cost.MACS, 3), (Cost.LATENCY, 4)])
def test_what_could_not_be_matched_is_said_first_and_marked(synthetic: Maker, cost: Cost, column: int) -> None:
    text = text_of(matched(synthetic, {1: 80_000.0}, cost))
    unit = {Cost.PARAMETERS: "93.5 k parameters", Cost.MACS: "93.5 k MACs", Cost.LATENCY: "9.35e+07 ms"}[cost]
    assert f"1 combination could not be brought within 2 % of {unit} (`spatial · 5`)" in section(text, "Answer")
    assert row_of(section(text, "Matching"), "spatial · 5")[3:] == ["−14.4 %", "not met"]
    rows = section(text, "Comparison")
    assert rows_of(rows)[1][column].endswith("§")
    assert rows.count(" §") == 2, "the row and the legend"


def with_code(store: Any, code: dict[int, dict[str, Any]]) -> Any:
    """The store whose trials ran with code `a…`, but for some places."""
    for place, trial in enumerate(store.records):
        changed = {"code": "a" * 64, **code.get(place, {})}
        store = store.with_trial(place, environment=trial.environment.model_copy(update=changed))
    return store


def test_rows_of_mixed_code_are_marked_and_traced_to_their_seeds(synthetic: Maker) -> None:
    store = with_code(synthetic(SMALL, seeds=3), {4: {"code": "b" * 64, "is_clean": False, "diff": "d" * 64}})
    text = text_of(store)
    assert "**Mixed code**: 1 of 12 complete trials ran with other code than the rest, so" in section(text, "Answer")
    first, second, *_ = rows_of(section(text, "Comparison"))
    assert "‡" in second[5]
    assert "‡" not in first[5]
    assert [cell.endswith("‡") for cell in row_of(section(text, "Every number"), "spatial · 5")[2:]] == [
        False,
        True,
        False,
    ]
    said = section(text, "Provenance")
    assert row_of(said, "seeds of")[1:] == ["code aaaaaaaaaaaa", "code bbbbbbbbbbbb"]
    assert row_of(said, "spatial · 5")[1:] == ["0, 2", "1"]
    assert row_of(said, "head · 3")[1:] == ["0, 1, 2", "–"]
    assert row_of(said, "changes")[1:] == ["absent", "dddddddddddd"]


def test_one_code_on_several_commits_or_machines_is_not_mixed(synthetic: Maker) -> None:
    text = text_of(with_code(synthetic(SMALL, seeds=3), {4: {"commit": "f" * 40}, 5: {"hardware": {"threads": 9}}}))
    assert "Mixed code" not in text
    assert "‡" not in text
    assert "Mixed environments" in text
    assert row_of(section(text, "Provenance"), "code")[1:] == ["aaaaaaaaaaaa"] * 3


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"code": None}, 1),  # the same clean commit: the same code
        ({"code": None, "commit": "f" * 40}, 2),
        ({"code": None, "is_clean": False}, 2),
        ({"code": None, "commit": None, "is_clean": None}, 1),  # nothing is known, so nothing is claimed
    ],
)
def test_code_that_was_not_recorded_is_told_by_its_commit(
    synthetic: Maker, other: dict[str, Any], expected: int
) -> None:
    codes = find_codes(gather(with_code(synthetic(SMALL, seeds=3), {4: other}), "synthetic").findings)
    assert len(codes.names) == expected


def test_a_study_of_an_early_version_is_silent_about_code(synthetic: Maker) -> None:
    text = text_of(synthetic(SMALL, seeds=3))
    assert "Mixed code" not in text
    assert "| code " not in text


def test_attempts_that_ended_early_and_what_was_saved_are_counted(synthetic: Maker) -> None:
    store = synthetic(SMALL, seeds=3)
    assert "\n12 attempts at these trials.\n" in text_of(store)
    names = [trial.name for trial in store.records]

    def ended(place: int, number: int, status: AttemptStatus, **more: Any) -> AttemptRecord:
        first = store.attempts("synthetic")[0]
        return first.model_copy(update={"trial": names[place], "number": number, "status": status, **more})

    further = (
        ended(0, 2, AttemptStatus.LOST),
        ended(0, 3, AttemptStatus.LOST, resumed=Resumption(attempt=2, step=9)),
        ended(1, 2, AttemptStatus.STOPPED),
        ended(2, 2, AttemptStatus.FAILED, is_infrastructure=True),
        ended(2, 3, AttemptStatus.FAILED),
        ended(0, 1, AttemptStatus.LOST).model_copy(update={"trial": "of-another-plan"}),
    )
    assert (
        "17 attempts at these trials; 5 of them repeated a trial whose earlier attempt was lost, stopped or failed "
        "(2 lost, 1 stopped, 1 failed by the machine, 1 failed; 1 went on from a checkpoint)."
    ) in text_of(replace(store, further_attempts=further))


def test_an_environment_shows_the_code_that_it_knows() -> None:
    from ablate.reporting.provenance import describe

    described = describe(
        Environment(packages={}, hardware={}, commit="abc", is_clean=False, code="c" * 64, diff="d" * 64)
    )
    assert (described["code"], described["changes"]) == ("c" * 12, "d" * 12)
