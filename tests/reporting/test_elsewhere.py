"""What a report says of runs that were made elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.reporting import elsewhere, write_report
from ablate.reporting.inference import find
from ablate.specs import (
    Columns,
    Combination,
    Costs,
    Direction,
    Factor,
    Level,
    Objective,
    Plan,
    Source,
    SourceKind,
    Split,
    StudySpec,
)
from ablate.tracking.records import (
    AttemptStatus,
    ForeignAttempt,
    ForeignMetric,
    ForeignTrial,
    TrialRecord,
    TrialStatus,
)
from ablate.tracking.store import Store

SOURCE = Source(
    kind=SourceKind.CSV,
    place="runs.csv",
    digest="0123456789abcdef" * 4,
    columns=Columns(seed="rng", parameters="n", conditions={"tag": "final"}),
)


@pytest.fixture
def imported() -> Plan:
    labels = ("adam", "sgd")
    study = StudySpec(
        name="mine",
        question="Why?",
        base=None,
        factors=(Factor(name="optimizer", levels=tuple(Level(label=o, settings={"optimizer": o}) for o in labels)),),
        baseline={"optimizer": "adam"},
        seeds=(0, 1, 2),
        objective=Objective(metric="test_mIoU", split=Split.UNSPECIFIED, direction=Direction.MAXIMIZE),
        source=SOURCE,
    )
    combinations = tuple(
        Combination(hash=o * 4, choice={"optimizer": o}, configuration=None, is_baseline=o == "adam") for o in labels
    )
    return Plan(study=study, combinations=combinations)


@pytest.fixture
def trials(imported: Plan) -> tuple[TrialRecord, ...]:
    """All but the last."""
    return tuple(
        TrialRecord(
            name=f"{combination.hash}-s{seed}",
            combination=combination.hash,
            seed=seed,
            status=TrialStatus.COMPLETE,
            attempts=1,
            accepted_attempt=1,
            scores={Split.UNSPECIFIED: {"test_mIoU": 0.9 + seed / 100 + len(combination.hash) / 1000}},
            costs=Costs(parameters=24_000, macs=None),
        )
        for combination in imported.combinations
        for seed in imported.study.seeds
    )[:-1]


def test_the_source_is_named_so_that_it_can_be_found_again() -> None:
    assert elsewhere.origin(SOURCE) == (
        "These runs were made elsewhere and imported from the table `runs.csv` (SHA-256 `0123456789ab…`)."
    )
    mlflow = SOURCE.model_copy(update={"kind": SourceKind.MLFLOW, "place": "http://host", "experiment": "e"})
    assert "MLflow at `http://host`, experiment `e`" in elsewhere.origin(mlflow)


def test_what_was_read_as_what_is_listed(imported: Plan, trials: tuple[TrialRecord, ...]) -> None:
    assert elsewhere.reading(find(imported, trials)) == [
        "factors: `optimizer`",
        "seed: `rng`",
        "objective, maximized: `test_mIoU`",
        "parameters: `n`",
        "only runs with `tag` = `final`",
    ]


def test_costs_are_unknown_only_where_the_source_does_not_tell(imported: Plan, trials: tuple[TrialRecord, ...]) -> None:
    last = elsewhere.unknown(find(imported, trials))[-1]
    assert last == "The cost: multiply-accumulates, training time, so a difference may be one of size or cost."
    told = tuple(
        trial.model_copy(update={"costs": Costs(parameters=1, macs=1), "training_seconds": 1.0}) for trial in trials
    )
    assert not any(line.startswith("The cost") for line in elsewhere.unknown(find(imported, told)))


def test_a_trial_that_the_source_lacks_is_said_to_be_missing(imported: Plan, trials: tuple[TrialRecord, ...]) -> None:
    assert "holds no such run (1 of 6)" in elsewhere.missing(find(imported, trials))
    whole = (*trials, trials[-1].model_copy(update={"seed": 2, "name": "x"}))
    assert elsewhere.missing(find(imported, whole)) == ""


def test_the_page_claims_nothing_that_is_not_known(
    imported: Plan, trials: tuple[TrialRecord, ...], tmp_path: Path
) -> None:
    runs = [
        ForeignTrial(
            combination=trial.combination,
            seed=trial.seed,
            attempts=(
                ForeignAttempt(status=AttemptStatus.FAILED, reason="crashed"),
                ForeignAttempt(
                    status=AttemptStatus.COMPLETE,
                    metrics=(
                        ForeignMetric(name="test_mIoU", step=0, value=trial.scores[Split.UNSPECIFIED]["test_mIoU"]),
                    ),
                ),
            )[: 1 if trial is trials[0] else 2],
        )
        for trial in trials
    ]
    with Store.open(f"sqlite:///{tmp_path / 'ablate.db'}") as store:
        store.record_import(imported, runs)
        page = write_report(store, "mine", tmp_path / "report").read_text()
        findings = find(store.plan("mine"), store.trials("mine"))
    assert elsewhere.origin(SOURCE) in page
    assert elsewhere.PAIRING in page
    assert all(f"- {line}" in page for line in elsewhere.unknown(findings))
    assert "- test_mIoU: mean over seeds" in page
    assert "Imported: crashed" in page
    absent = ("same batches", "Base configuration", "Digits", "these same")
    for claim in (*absent, "metrics.jsonl", "log.txt", "ablate reproduce"):
        assert claim not in page, claim
