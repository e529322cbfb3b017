"""What the store keeps, and that doing anything twice changes nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, inspect, text

from ablate.errors import TrackingError
from ablate.specs import Failure, Level, MetricRecord, Plan, Resumption, Split, TrialResult, TrialSpec
from ablate.tracking.records import AttemptStatus, TrialStatus
from ablate.tracking.store import Store

STARTED = 1_800_000_000.25
STUDY = "windows"


def begin(store: Store, trial: str, number: int = 1) -> None:
    store.begin_attempt(STUDY, trial, number, "inline", threads=2, gpus=(), started=STARTED)


def statuses(store: Store) -> dict[str, TrialStatus]:
    return {record.name: record.status for record in store.trials(STUDY)}


@pytest.fixture
def url(either_url: str) -> str:
    """What the store promises, it promises on every kind of database."""
    return either_url


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, in an order of their own: PostgreSQL's changes with every update."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = {
            name: sorted((tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))), key=repr)
            for name in inspect(connection).get_table_names()
        }
    engine.dispose()
    return rows


def test_a_plan_is_read_back_as_it_was_recorded(store: Store, plan: Plan) -> None:
    assert store.plan(STUDY) == plan
    assert [c.label() for c in store.plan(STUDY).combinations] == [c.label() for c in plan.combinations]
    assert store.study_names() == (STUDY,)


def test_trials_are_named_as_the_jobs_name_them_and_come_in_plan_order(store: Store, plan: Plan) -> None:
    expected = [
        TrialSpec(study=STUDY, configuration=combination.configuration, seed=seed).name
        for combination in plan.combinations
        for seed in plan.study.seeds
    ]
    assert [record.name for record in store.trials(STUDY)] == expected


def test_recording_a_plan_twice_changes_nothing(store: Store, plan: Plan, url: str) -> None:
    before = everything(url)
    store.record_plan(plan)
    assert everything(url) == before


def test_what_leaves_the_plan_is_kept_and_comes_back(
    store: Store, plan: Plan, make_plan: Callable[..., Plan], make_result: Callable[..., TrialResult], url: str
) -> None:
    begin(store, (dropped := f"{plan.combinations[-1].hash}-s4"))
    store.finish_attempt(STUDY, make_result(dropped))
    before = everything(url)
    smaller = make_plan(windows=(3,), seeds=(0,))
    store.record_plan(smaller)
    assert store.plan(STUDY) == smaller
    assert len(store.trials(STUDY)) == 3
    assert store.unplanned_trials(STUDY) == 1
    assert store.progress(STUDY)[TrialStatus.COMPLETE] == 0
    store.record_plan(plan)
    assert everything(url) == before


def test_a_study_grows_by_levels_and_seeds_without_touching_old_trials(
    store: Store, plan: Plan, make_plan: Callable[..., Plan], trial: str, make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial)
    store.finish_attempt(STUDY, make_result(trial))
    larger = make_plan(windows=(3, 5, 7), seeds=(0, 4, 9))
    store.record_plan(larger)
    assert store.plan(STUDY) == larger
    assert len(store.trials(STUDY)) == 27
    assert statuses(store)[trial] is TrialStatus.COMPLETE


def test_a_label_that_changes_its_meaning_leaves_old_results_theirs(
    store: Store, plan: Plan, make_plan: Callable[..., Plan], url: str
) -> None:
    other = make_plan(windows=(3, 7))
    factor = other.study.factors[0]
    relabelled = factor.model_copy(update={"levels": (factor.levels[0], Level(label="5", settings={"x": 7}))})
    study = other.study.model_copy(update={"factors": (relabelled, other.study.factors[1])})
    renamed = tuple(
        c.model_copy(update={"choice": {**c.choice, "model.layer.window": "5"}})
        if c.choice["model.layer.window"] == "7"
        else c
        for c in other.combinations
    )
    store.record_plan(other.model_copy(update={"study": study, "combinations": renamed}))
    query = text(
        "SELECT CAST(levels.settings AS TEXT) FROM combinations "
        "JOIN combination_levels ON combination_id = combinations.id JOIN levels ON levels.id = level_id "
        "WHERE configuration_hash = :hash AND levels.label = '5'"
    )
    engine = create_engine(url)
    with engine.connect() as connection:
        old = connection.execute(query, {"hash": plan.combinations[3].hash}).scalar_one()
        new = connection.execute(query, {"hash": other.combinations[3].hash}).scalar_one()
    engine.dispose()
    assert (old, new) == ('{"model.layer.window": 5}', '{"x": 7}')


def test_a_trial_runs_completes_and_keeps_what_was_found(
    store: Store,
    trial: str,
    plan: Plan,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    begin(store, trial)
    assert statuses(store)[trial] is TrialStatus.RUNNING
    store.ingest(STUDY, trial, 1, records[:3], offset=300)
    store.ingest(STUDY, trial, 1, records[3:], offset=700)
    result = make_result(trial)
    store.finish_attempt(STUDY, result)
    record = store.trials(STUDY)[0]
    assert (record.name, record.combination, record.seed) == (trial, plan.combinations[0].hash, 0)
    assert (record.status, record.attempts, record.accepted_attempt) == (TrialStatus.COMPLETE, 1, 1)
    assert (record.costs, record.training_seconds, record.peak_memory_bytes) == (result.costs, 8.125, 5_000_000_000)
    assert record.measures == result.measures
    assert (record.splits, record.environment) == (result.splits, result.environment)
    assert record.scores[Split.TEST] == {"accuracy": 0.29, "loss": 0.5}
    assert record.scores[Split.VALIDATION] == records[5].values
    assert record.failure is None
    (attempt,) = store.attempts(STUDY)
    assert (attempt.status, attempt.offset, attempt.threads) == (AttemptStatus.COMPLETE, 700, 2)
    assert (attempt.started, attempt.ended) == (result.started, result.ended)
    assert store.progress(STUDY) == {
        TrialStatus.PLANNED: 11,
        TrialStatus.RUNNING: 0,
        TrialStatus.COMPLETE: 1,
        TrialStatus.FAILED: 0,
        TrialStatus.PRUNED: 0,
    }


def test_every_write_done_twice_changes_nothing(
    store: Store,
    trial: str,
    url: str,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> None:
    other = store.trials(STUDY)[1].name
    steps = [
        lambda: begin(store, trial),
        lambda: begin(store, other),
        lambda: store.ingest(STUDY, trial, 1, records, offset=700),
        lambda: store.finish_attempt(STUDY, make_result(trial)),
        lambda: store.finish_attempt(STUDY, make_result(other, status="failed")),
        lambda: store.reset_failed(STUDY),
    ]
    for number, step in enumerate(steps):
        before = everything(url)
        step()
        after = everything(url)
        assert after != before, f"step {number} did nothing"
        for earlier in steps[: number + 1]:
            earlier()
        assert everything(url) == after, f"repeating up to step {number} changed something"


def test_a_journal_read_to_the_same_place_adds_nothing(
    store: Store, trial: str, url: str, records: tuple[MetricRecord, ...]
) -> None:
    begin(store, trial)
    store.ingest(STUDY, trial, 1, records[:4], offset=400)
    before = everything(url)
    store.ingest(STUDY, trial, 1, records[4:], offset=400)
    store.ingest(STUDY, trial, 1, records[4:], offset=399)
    assert everything(url) == before
    store.ingest(STUDY, trial, 1, (), offset=450)
    assert store.attempts(STUDY)[0].offset == 450


def test_metrics_and_offset_are_written_together_or_not_at_all(
    store: Store, trial: str, url: str, records: tuple[MetricRecord, ...]
) -> None:
    begin(store, trial)
    before = everything(url)
    impossible = records[0].model_copy(update={"time": None})
    with pytest.raises(TrackingError, match=r"(?i)not[ -]null"):
        store.ingest(STUDY, trial, 1, (records[1], impossible), offset=99)
    assert everything(url) == before


def test_a_number_that_is_not_finite_is_read_back_as_it_was(
    store: Store, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial)
    values = {"loss": math.nan, "accuracy": math.inf}
    store.ingest(STUDY, trial, 1, (MetricRecord(step=1, split=Split.TEST, time=STARTED, values=values),), offset=9)
    store.finish_attempt(STUDY, make_result(trial))
    scores = store.trials(STUDY)[0].scores[Split.TEST]
    assert math.isnan(scores["loss"])
    assert scores["accuracy"] == math.inf
    curve = store.curves(STUDY).set_index("metric").value
    assert math.isnan(curve["loss"])
    assert curve["accuracy"] == math.inf


def test_the_first_complete_attempt_is_accepted_for_ever(
    store: Store, trial: str, records: tuple[MetricRecord, ...], make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial, 1)
    store.end_attempt(STUDY, trial, 1, AttemptStatus.LOST, "no sign of life", ended=STARTED + 60)
    assert statuses(store)[trial] is TrialStatus.PLANNED
    begin(store, trial, 2)
    store.ingest(STUDY, trial, 2, records, offset=700)
    store.finish_attempt(STUDY, make_result(trial, 2))
    late = make_result(trial, 1, started=STARTED - 100)
    store.finish_attempt(STUDY, late)
    record = store.trials(STUDY)[0]
    assert (record.status, record.accepted_attempt, record.attempts) == (TrialStatus.COMPLETE, 2, 2)
    assert [a.status for a in store.attempts(STUDY)] == [AttemptStatus.COMPLETE, AttemptStatus.COMPLETE]
    store.finish_attempt(STUDY, make_result(trial, 1, status="failed"))
    assert store.trials(STUDY)[0] == record


def test_a_late_result_completes_a_trial_whose_attempt_was_lost(
    store: Store, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial)
    store.end_attempt(STUDY, trial, 1, AttemptStatus.LOST, "node gone", ended=STARTED + 60)
    assert statuses(store)[trial] is TrialStatus.PLANNED
    store.finish_attempt(STUDY, make_result(trial))
    assert statuses(store)[trial] is TrialStatus.COMPLETE
    assert store.attempts(STUDY)[0].reason is None


def test_a_late_failure_leaves_a_running_trial_running(
    store: Store, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial, 1)
    store.end_attempt(STUDY, trial, 1, AttemptStatus.LOST, "node gone", ended=STARTED + 60)
    begin(store, trial, 2)
    store.finish_attempt(STUDY, make_result(trial, 1, status="failed"))
    assert statuses(store)[trial] is TrialStatus.RUNNING


def test_a_given_up_attempt_does_not_overwrite_its_successor(
    store: Store, trial: str, records: tuple[MetricRecord, ...], make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial, 1)
    store.end_attempt(STUDY, trial, 1, AttemptStatus.LOST, "node gone", ended=STARTED + 60)
    begin(store, trial, 2)
    store.ingest(STUDY, trial, 1, records, offset=700)
    store.finish_attempt(STUDY, make_result(trial, 1))
    assert statuses(store)[trial] is TrialStatus.RUNNING
    assert store.curves(STUDY).empty
    late = store.attempts(STUDY)[0]
    assert (late.status, late.reason) == (
        AttemptStatus.COMPLETE,
        "does not count: its result came after attempt 2 had begun",
    )
    store.end_attempt(STUDY, trial, 2, AttemptStatus.LOST, "node gone", ended=STARTED + 90)
    assert statuses(store)[trial] is TrialStatus.PLANNED
    store.finish_attempt(STUDY, make_result(trial, 2))
    assert store.trials(STUDY)[0].accepted_attempt == 2


def test_a_late_failure_of_a_given_up_attempt_leaves_the_trial_to_its_successor(
    store: Store, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    for number in (1, 2):
        begin(store, trial, number)
        store.end_attempt(STUDY, trial, number, AttemptStatus.LOST, "node gone", ended=STARTED + 60)
    store.finish_attempt(STUDY, make_result(trial, 1, status="failed"))
    assert statuses(store)[trial] is TrialStatus.PLANNED


def test_a_failure_of_the_machine_leaves_the_trial_planned_until_it_is_final(
    store: Store, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    failure = Failure(kind="OutOfMemoryError", message="no room", is_infrastructure=True)
    for number, is_final, expected in ((1, False, TrialStatus.PLANNED), (2, True, TrialStatus.FAILED)):
        begin(store, trial, number)
        result = make_result(trial, number, status="failed").model_copy(update={"failure": failure})
        store.finish_attempt(STUDY, result, is_final=is_final)
        assert statuses(store)[trial] is expected
    assert [attempt.is_infrastructure for attempt in store.attempts(STUDY)] == [True, True]
    assert store.trials(STUDY)[0].failure == failure


def test_an_attempt_says_what_it_ran_on_and_where_it_took_up_earlier_work(
    store: Store, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    store.begin_attempt(STUDY, trial, 1, "local", threads=2, gpus=(3, 1), started=STARTED)
    result = make_result(trial).model_copy(update={"resumed": Resumption(attempt=4, step=2**40)})
    store.finish_attempt(STUDY, result)
    (attempt,) = store.attempts(STUDY)
    assert (attempt.gpus, attempt.resumed) == ((3, 1), result.resumed)


def test_scores_are_of_the_last_step_that_each_split_has(
    store: Store, trial: str, make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial)
    lines = [
        MetricRecord(step=1, split=Split.TEST, time=STARTED, values={"accuracy": 0.5, "loss": 9.0}),
        MetricRecord(step=3, split=Split.TEST, time=STARTED, values={"loss": 7.0}),
        MetricRecord(step=2, split=Split.VALIDATION, time=STARTED, values={"accuracy": 0.25}),
    ]
    store.ingest(STUDY, trial, 1, lines, offset=3)
    store.finish_attempt(STUDY, make_result(trial))
    assert store.trials(STUDY)[0].scores == {Split.TEST: {"loss": 7.0}, Split.VALIDATION: {"accuracy": 0.25}}


def test_the_code_that_trials_ran_with_is_counted(store: Store, make_result: Callable[..., TrialResult]) -> None:
    states = [{"code": "a" * 64}, {"code": "b" * 64, "diff": "c" * 64, "is_clean": False}, {"code": "a" * 64}]
    for number, (record, state) in enumerate(zip(store.trials(STUDY), states, strict=False)):
        begin(store, record.name)
        result = make_result(record.name)
        hardware = {"cpu_count": number}  # another machine, the same code
        environment = result.environment.model_copy(update={**state, "hardware": hardware})
        store.finish_attempt(STUDY, result.model_copy(update={"environment": environment}))
    assert [(code.code, code.is_clean, code.diff, code.trials) for code in store.codes(STUDY)] == [
        ("a" * 64, True, None, 2),
        ("b" * 64, False, "c" * 64, 1),
    ]
    assert store.trials(STUDY)[1].environment.code == "b" * 64


def test_a_failed_trial_says_why_and_can_be_planned_anew(
    store: Store, trial: str, url: str, make_result: Callable[..., TrialResult]
) -> None:
    begin(store, trial)
    store.finish_attempt(STUDY, make_result(trial, status="failed"))
    before = everything(url)
    store.finish_attempt(STUDY, make_result(trial, status="failed"))
    assert everything(url) == before
    record = store.trials(STUDY)[0]
    assert record.status is TrialStatus.FAILED
    assert record.failure == make_result(trial, status="failed").failure
    assert store.attempts(STUDY)[0].reason == "Diverged: loss"
    assert store.reset_failed(STUDY) == 1
    assert store.trials(STUDY)[0].failure is None
    assert store.reset_failed(STUDY) == 0


def test_open_attempts_are_those_that_run(store: Store, trial: str) -> None:
    other = store.trials(STUDY)[3].name
    begin(store, trial)
    begin(store, other)
    store.end_attempt(STUDY, trial, 1, AttemptStatus.STOPPED, "asked to", ended=STARTED + 1)
    assert [a.trial for a in store.attempts(STUDY, open_only=True)] == [other]
    assert store.closed_attempts(STUDY) == {(a.trial, a.number) for a in store.attempts(STUDY) if a.trial != other}
    assert [(a.trial, a.status) for a in store.attempts(STUDY)] == [
        (trial, AttemptStatus.STOPPED),
        (other, AttemptStatus.RUNNING),
    ]


def test_curves_are_tidy_and_of_accepted_attempts_of_the_plan_only(
    store: Store,
    trial: str,
    plan: Plan,
    records: tuple[MetricRecord, ...],
    make_plan: Callable[..., Plan],
    make_result: Callable[..., TrialResult],
) -> None:
    assert list(store.curves(STUDY).columns) == ["combination", "seed", "split", "step", "metric", "value"]
    assert store.curves(STUDY).empty
    begin(store, trial, 1)
    store.ingest(STUDY, trial, 1, records[:5], offset=500)
    store.end_attempt(STUDY, trial, 1, AttemptStatus.LOST, "died", ended=STARTED)
    assert store.curves(STUDY).empty
    begin(store, trial, 2)
    store.ingest(STUDY, trial, 2, records, offset=700)
    store.finish_attempt(STUDY, make_result(trial, 2))
    curves = store.curves(STUDY)
    assert len(curves) == 14
    assert set(curves.combination) == {plan.combinations[0].hash}
    losses = curves.query("split == 'train' and metric == 'loss'")
    assert losses.step.tolist() == [1, 2, 3]
    assert losses.value.tolist() == [r.values["loss"] for r in records if r.split is Split.TRAIN]
    store.record_plan(make_plan(seeds=(4,)))
    assert store.curves(STUDY).empty


def test_an_unknown_name_is_answered_with_the_nearest(store: Store, trial: str) -> None:
    with pytest.raises(TrackingError, match=r"no study window: did you mean windows\?"):
        store.plan("window")
    with pytest.raises(TrackingError, match=r"no study zzz: it knows windows"):
        store.trials("zzz")
    with pytest.raises(TrackingError, match=rf"no trial {trial[:-1]}1: did you mean .*{trial}"):
        begin(store, trial[:-1] + "1")
    with pytest.raises(TrackingError, match=r"has no attempt 3: begin it first"):
        store.ingest(STUDY, trial, 3, (), offset=1)


def test_equal_environments_and_splits_are_kept_once(
    store: Store, url: str, make_result: Callable[..., TrialResult]
) -> None:
    for record in store.trials(STUDY)[:3]:
        begin(store, record.name)
        store.finish_attempt(STUDY, make_result(record.name))
    rows = everything(url)
    assert (len(rows["environments"]), len(rows["data_splits"]), len(rows["attempt_splits"])) == (1, 2, 6)
