"""Tuning trials are kept and shown, and are never replicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ablate.errors import TrackingError
from ablate.specs import Configuration, MetricRecord, Plan, Range, Split, TrialResult, TrialSpec, Tune, identify
from ablate.tracking.records import AttemptStatus, TrialStatus
from ablate.tracking.store import Store

STUDY = "windows"
STARTED = 1_800_000_000.25
TUNE = Tune(settings={"training.learning_rate": Range(low=1e-4, high=1e-2, log=True)}, trials=3, seed=17)


@pytest.fixture
def url(either_url: str) -> str:
    """Tuning is kept on every kind of database."""
    return either_url


@pytest.fixture
def tuned_plan(plan: Plan) -> Plan:
    """The plan whose combinations are tuned, the second listed before the first."""
    study = plan.study.model_copy(update={"tune": TUNE})
    combinations = tuple(
        combination.model_copy(update={"hash": identify(combination.configuration, TUNE)})
        for combination in plan.combinations
    )
    return plan.model_copy(update={"study": study, "combinations": combinations})


@pytest.fixture
def tuned(store: Store, tuned_plan: Plan) -> Iterator[Store]:
    store.record_plan(tuned_plan)
    return store


def with_rate(configuration: Configuration, rate: float) -> Configuration:
    training = configuration.training.model_copy(update={"learning_rate": rate})
    return configuration.model_copy(update={"training": training})


def tuning_trial(plan: Plan, place: int, number: int, rate: float = 0.005) -> TrialSpec:
    combination = plan.combinations[place]
    return TrialSpec(
        study=STUDY,
        configuration=with_rate(combination.configuration, rate),
        seed=TUNE.seed,
        combination=combination.hash,
        tuning=number,
    )


def run(store: Store, trial: TrialSpec, records: tuple[MetricRecord, ...] = (), number: int = 1) -> None:
    store.record_trial(STUDY, trial)
    store.begin_attempt(STUDY, trial.name, number, "local", 1, (), STARTED)
    store.ingest(STUDY, trial.name, number, records, offset=len(records))


def test_tuning_trials_are_kept_apart_from_replicates(
    tuned: Store, tuned_plan: Plan, records: tuple[MetricRecord, ...], make_result: Callable[..., TrialResult]
) -> None:
    replicates, progress = tuned.trials(STUDY), tuned.progress(STUDY)
    tried = [tuning_trial(tuned_plan, 1, 1), tuning_trial(tuned_plan, 0, 2, 0.002), tuning_trial(tuned_plan, 0, 1)]
    for trial in tried:
        run(tuned, trial, records)
        tuned.finish_attempt(STUDY, make_result(trial.name))
    assert tuned.trials(STUDY) == replicates
    assert tuned.progress(STUDY) == progress
    assert tuned.curves(STUDY).empty
    found = tuned.tuning_trials(STUDY)
    assert [trial.name for trial in found] == [tried[2].name, tried[1].name, tried[0].name]
    assert (found[1].tuning, found[1].seed, found[1].combination) == (2, 17, tuned_plan.combinations[0].hash)
    assert found[1].configuration == tried[1].configuration
    assert found[1].configuration == tuned_plan.combinations[0].configuration, "kept, though it is the study's own"
    assert found[1].scores[Split.VALIDATION] == records[5].values
    assert tuned.tuning_progress(STUDY)[TrialStatus.COMPLETE] == 3
    assert tuned.plan(STUDY) == tuned_plan


def test_a_tuning_trial_with_the_seed_of_a_replicate_is_another_trial(tuned: Store, tuned_plan: Plan) -> None:
    trial = tuning_trial(tuned_plan, 0, 1).model_copy(update={"seed": tuned_plan.study.seeds[0]})
    tuned.record_trial(STUDY, trial)
    assert len(tuned.trials(STUDY)) == tuned_plan.trial_count
    assert [found.name for found in tuned.tuning_trials(STUDY)] == [trial.name]


def test_a_pruned_trial_is_over_and_keeps_its_last_scores(
    tuned: Store, tuned_plan: Plan, records: tuple[MetricRecord, ...], make_result: Callable[..., TrialResult]
) -> None:
    trial = tuning_trial(tuned_plan, 0, 1)
    run(tuned, trial, records[:4])
    tuned.end_attempt(STUDY, trial.name, 1, AttemptStatus.PRUNED, "worse than the median", STARTED + 4)
    (found,) = tuned.tuning_trials(STUDY)
    assert (found.status, found.accepted_attempt) == (TrialStatus.PRUNED, None)
    assert found.scores == {Split.TRAIN: records[2].values, Split.VALIDATION: records[3].values}
    tuned.finish_attempt(STUDY, make_result(trial.name))
    assert tuned.tuning_trials(STUDY) == (found,), "a result that came while it was being ended changes nothing"


def test_a_pruned_trial_that_had_been_resumed_shows_the_attempt_that_was_cut_short(
    tuned: Store, tuned_plan: Plan, records: tuple[MetricRecord, ...]
) -> None:
    trial = tuning_trial(tuned_plan, 0, 1)
    run(tuned, trial, records)
    tuned.end_attempt(STUDY, trial.name, 1, AttemptStatus.LOST, "node gone", STARTED + 4)
    run(tuned, trial, records[:2], number=2)
    tuned.end_attempt(STUDY, trial.name, 2, AttemptStatus.PRUNED, "worse than the median", STARTED + 9)
    (found,) = tuned.tuning_trials(STUDY)
    assert found.status is TrialStatus.PRUNED
    assert found.scores[Split.VALIDATION] == records[1].values
    assert tuned.tuning_curves(STUDY) == {trial.name: records[:2]}


def test_a_replicate_is_never_pruned(tuned: Store) -> None:
    name = tuned.trials(STUDY)[0].name
    tuned.begin_attempt(STUDY, name, 1, "local", 1, (), STARTED)
    with pytest.raises(TrackingError, match="only tuning trials are cut short"):
        tuned.end_attempt(STUDY, name, 1, AttemptStatus.PRUNED, "worse", STARTED)


def test_a_replicate_keeps_the_configuration_that_its_numbers_come_from(
    tuned: Store, tuned_plan: Plan, make_result: Callable[..., TrialResult]
) -> None:
    combination = tuned_plan.combinations[0]
    replicate = TrialSpec(
        study=STUDY, configuration=with_rate(combination.configuration, 0.004), seed=0, combination=combination.hash
    )
    for _ in range(2):
        tuned.record_trial(STUDY, replicate)
    assert tuned.trials(STUDY)[0].configuration == replicate.configuration
    assert tuned.trials(STUDY)[1].configuration is None
    better = replicate.model_copy(update={"configuration": with_rate(combination.configuration, 0.009)})
    tuned.record_trial(STUDY, better)
    assert tuned.trials(STUDY)[0].configuration == better.configuration
    run(tuned, better)
    tuned.finish_attempt(STUDY, make_result(better.name))
    tuned.record_trial(STUDY, replicate)
    assert tuned.trials(STUDY)[0].configuration == better.configuration
    assert tuned.plan(STUDY).combinations[0].configuration == combination.configuration


def test_a_tuning_trial_comes_and_goes_with_its_combination(
    tuned: Store, tuned_plan: Plan, plan: Plan, make_result: Callable[..., TrialResult]
) -> None:
    run(tuned, trial := tuning_trial(tuned_plan, 0, 1))
    tuned.finish_attempt(STUDY, make_result(trial.name))
    tuned.record_plan(plan)
    assert tuned.tuning_trials(STUDY) == ()
    assert tuned.unplanned_trials(STUDY) == 0
    tuned.record_plan(tuned_plan)
    assert len(tuned.tuning_trials(STUDY)) == 1


def test_a_failed_tuning_trial_is_planned_anew_until_a_replicate_was_given_its_findings(
    tuned: Store, tuned_plan: Plan, make_result: Callable[..., TrialResult]
) -> None:
    for place in (0, 1):
        run(tuned, trial := tuning_trial(tuned_plan, place, 1))
        tuned.finish_attempt(STUDY, make_result(trial.name, status="failed"))
    combination = tuned_plan.combinations[0]
    tuned.record_trial(
        STUDY,
        TrialSpec(
            study=STUDY, configuration=with_rate(combination.configuration, 0.1), seed=0, combination=combination.hash
        ),
    )
    assert tuned.reset_failed(STUDY) == 1
    assert [trial.status for trial in tuned.tuning_trials(STUDY)] == [TrialStatus.FAILED, TrialStatus.PLANNED]


def test_a_trial_of_an_unknown_combination_or_of_another_study_is_refused(tuned: Store, tuned_plan: Plan) -> None:
    trial = tuning_trial(tuned_plan, 0, 1)
    with pytest.raises(TrackingError, match=r"has no combination f{16}, .*: record its plan first"):
        tuned.record_trial(STUDY, trial.model_copy(update={"combination": "f" * 16}))
    with pytest.raises(TrackingError, match="is of study windows, and was to be recorded in doors"):
        tuned.record_trial("doors", trial)


def test_matching_and_aliasing_are_read_back(store: Store, plan: Plan) -> None:
    matched = {"cost": "macs", "target": 1e6, "reached": 1.01e6, "setting": "model.widths", "value": [30, 60]}
    first = type(plan.combinations[0]).model_validate(
        {**plan.combinations[0].model_dump(), "matched": {**matched, "is_met": True}}
    )
    grown = plan.model_copy(
        update={"combinations": (first, *plan.combinations[1:]), "aliasing": ("window = epochs × rate",)}
    )
    store.record_plan(grown)
    assert store.plan(STUDY) == grown
    store.record_plan(plan)
    assert store.plan(STUDY) == plan
