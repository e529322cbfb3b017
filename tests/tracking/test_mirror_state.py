"""What is known of the mirror: which runs are missing or behind, on every kind of database, without any MLflow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ablate.specs import MetricRecord, TrialResult
from ablate.tracking.records import MirroredStudyRecord
from ablate.tracking.store import Store

STUDY, HERE, THERE = "windows", "a" * 64, "b" * 64


@pytest.fixture
def url(either_url: str) -> str:
    return either_url


def begin(store: Store, trial: str) -> None:
    store.begin_attempt(STUDY, trial, 1, "inline", threads=1, gpus=(), started=1_800_000_000.25)


def test_a_trial_is_behind_until_its_run_shows_all_of_it_and_again_when_there_is_news(
    store: Store, trial: str, records: tuple[MetricRecord, ...], make_result: Callable[..., TrialResult]
) -> None:
    assert store.mirror_tasks(STUDY, HERE) == ()
    begin(store, trial)
    store.ingest(STUDY, trial, 1, records[:2], offset=20)
    (task,) = store.mirror_tasks(STUDY, HERE)
    assert (task.trial, task.run, task.step) == (trial, None, 0)
    assert task.choice == {"window": "3", "epochs": "7 epochs"}
    for _ in range(2):
        store.record_mirrored_trial(STUDY, HERE, task, "run 1", step=1)
    assert store.mirror_tasks(STUDY, HERE) == ()
    assert [other.trial for other in store.mirror_tasks(STUDY, THERE)] == [trial], "each MLflow has its own state"
    store.ingest(STUDY, trial, 1, records[2:], offset=70)
    store.finish_attempt(STUDY, make_result(trial))
    (task,) = store.mirror_tasks(STUDY, HERE)
    assert (task.run, task.step, task.stale_run) == ("run 1", 1, None)
    assert store.metric_records(STUDY, trial, 1, from_step=3) == records[4:]


def test_what_was_mirrored_of_a_study_is_kept_for_each_mlflow_and_can_be_forgotten(store: Store, trial: str) -> None:
    first = MirroredStudyRecord(experiment="7", note_digest="n" * 64, report_digest=None)
    second = MirroredStudyRecord(experiment="7", note_digest="n" * 64, report_digest="r" * 64)
    begin(store, trial)
    (task,) = store.mirror_tasks(STUDY, HERE)
    for place in (HERE, THERE):
        assert store.mirrored_study(STUDY, place) is None
        store.record_mirrored_study(STUDY, place, first)
        store.record_mirrored_trial(STUDY, place, task, "run", step=1)
    store.record_mirrored_study(STUDY, HERE, second)
    assert (store.mirrored_study(STUDY, HERE), store.mirrored_study(STUDY, THERE)) == (second, first)
    for _ in range(2):
        store.forget_mirror(STUDY, HERE)
    assert (store.mirrored_study(STUDY, HERE), store.mirrored_study(STUDY, THERE)) == (None, first)
    assert (len(store.mirror_tasks(STUDY, HERE)), len(store.mirror_tasks(STUDY, THERE))) == (1, 0)
