"""Real trials under the executors that are there: numbers, failures, logs."""

import os
import signal
import time

import pytest

from ablate.jobs import lease
from ablate.jobs.inline import InlineExecutor
from ablate.jobs.journal import LOG, create_attempt, read_metrics, read_result
from ablate.jobs.local import LocalExecutor
from ablate.specs import (
    Configuration,
    DataSpec,
    JobSpec,
    LayerSpec,
    ModelSpec,
    Resources,
    TrainingSpec,
    TrialSpec,
)


def configuration(**training):
    model = ModelSpec(widths=(5,), depths=(1,), layer=LayerSpec(sharing="spatial", dynamics="static"))
    recipe = TrainingSpec(**{"epochs": 2, "batch_size": 30, "warmup_epochs": 0, **training})
    return Configuration(model=model, data=DataSpec(training_images=40), training=recipe)


def attempt(root, seed=0, **training):
    trial = TrialSpec(study="s", configuration=configuration(**training), seed=seed)
    directory = root / trial.name / "001"
    create_attempt(directory, JobSpec(trial=trial, attempt=1))
    return directory


def wait_for(executor, count, seconds=60):
    ended, deadline = [], time.monotonic() + seconds
    while len(ended) < count and time.monotonic() < deadline:
        ended += executor.wait(0.1)
    return ended


def wait_until(claim, seconds=30):
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def warm():
    """One executor for all tests that do not stop it: its fork server takes seconds to start."""
    executor = LocalExecutor(Resources(workers=2, threads_per_trial=1))
    yield executor
    executor.stop()


@pytest.fixture(params=["inline", "local"])
def executor(request):
    if request.param == "inline":
        return InlineExecutor(Resources(workers=2, threads_per_trial=1))
    return request.getfixturevalue("warm")


@pytest.fixture
def local(warm):
    return warm


def test_every_submitted_job_ends_once_with_a_result(tmp_path, executor):
    directories = [attempt(tmp_path, seed) for seed in range(3)]
    for directory in directories:
        executor.submit(directory)
    ended = wait_for(executor, 3)
    assert sorted(item.directory for item in ended) == sorted(directories)
    assert [item.reason for item in ended] == [None] * 3
    for directory in directories:
        assert read_result(directory).status == "complete"
        assert len(read_metrics(directory).records) == 2 * 2 + 1
    assert executor.wait(0.01) == []


def test_a_trial_that_fails_leaves_its_reason_and_the_executor_goes_on(tmp_path, executor):
    failing, good = attempt(tmp_path, learning_rate=1e30, optimizer="sgd", epochs=3), attempt(tmp_path, seed=1)
    for directory in (failing, good):
        executor.submit(directory)
    wait_for(executor, 2)
    failure = read_result(failing).failure
    assert failure.kind == "Diverged"
    assert "lower training.learning_rate" in failure.message
    assert read_result(good).status == "complete"


def test_an_attempt_that_was_given_up_is_not_carried_out(tmp_path, executor):
    directory = attempt(tmp_path)
    lease.abandon(directory)
    executor.submit(directory)
    assert len(wait_for(executor, 1)) == 1
    assert read_result(directory) is None
    assert read_metrics(directory).records == []


def test_both_executors_give_the_same_numbers_to_the_bit(tmp_path, warm):
    numbers = []
    for executor in (InlineExecutor(Resources(workers=2)), warm):
        directory = attempt(tmp_path / executor.name, seed=7)
        executor.submit(directory)
        wait_for(executor, 1)
        records = read_metrics(directory).records
        numbers.append([(record.step, record.split, record.values) for record in records])
    assert numbers[0] == numbers[1]
    assert len(numbers[0]) == 5


def test_the_result_says_what_it_ran_on(tmp_path, local):
    directory = attempt(tmp_path)
    local.submit(directory)
    wait_for(local, 1)
    environment = read_result(directory).environment
    assert environment.packages.keys() >= {"python", "torch", "timm", "accelerate", "ablate-studies"}
    assert environment.hardware["threads"] == 1
    assert environment.hardware["device"] == "cpu"


def test_a_killed_job_is_reported_with_the_signal_and_leaves_its_attempt_free(tmp_path, local):
    directory = attempt(tmp_path, epochs=5000)
    local.submit(directory)
    wait_until(lambda: read_metrics(directory).records)
    os.kill(lease.holder(directory), signal.SIGKILL)
    (ended,) = wait_for(local, 1)
    assert ended.reason == "its process was ended by SIGKILL"
    assert read_result(directory) is None
    assert lease.abandon(directory)


def test_a_job_writes_what_it_prints_into_its_log(tmp_path, local):
    directory = attempt(tmp_path, learning_rate=1e30, optimizer="sgd", epochs=3)
    local.submit(directory)
    wait_for(local, 1)
    assert "ablate.errors.Diverged: the training loss is" in (directory / LOG).read_text()


def test_a_job_runs_in_a_process_group_of_its_own(tmp_path, local):
    directory = attempt(tmp_path, epochs=5000)
    local.submit(directory)
    wait_until(lambda: lease.holder(directory))
    process = lease.holder(directory)
    assert os.getpgid(process) == process != os.getpgid(0)


def test_a_journal_that_cannot_be_written_is_a_lost_attempt_and_no_failure_of_the_trial(tmp_path, local):
    directory = attempt(tmp_path)
    (directory / "metrics.jsonl").mkdir()
    local.submit(directory)
    (ended,) = wait_for(local, 1)
    assert ended.reason == "its process ended with code 1"
    assert read_result(directory) is None
    assert "cannot write" in (directory / LOG).read_text()


def test_stopping_ends_every_job_within_seconds(tmp_path, local):
    directories = [attempt(tmp_path, seed, epochs=5000) for seed in (1, 2)]
    for directory in directories:
        local.submit(directory)
    wait_until(lambda: all(read_metrics(directory).records for directory in directories))
    began = time.monotonic()
    local.stop()
    assert time.monotonic() - began < 10
    assert not any(lease.is_held(directory) for directory in directories)
