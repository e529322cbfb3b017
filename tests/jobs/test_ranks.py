"""A job of several processes gives the numbers of one, and lives and dies as one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ablate.errors import InputError
from ablate.jobs import lease
from ablate.jobs.files import CHECKPOINTS
from ablate.jobs.journal import LOG, create_attempt, read_metrics, read_result
from ablate.jobs.local import LocalExecutor
from ablate.jobs.worker import run_attempt
from ablate.specs import (
    AugmentationSpec,
    Configuration,
    DataSpec,
    JobSpec,
    LayerSpec,
    ModelSpec,
    Resources,
    TrainingSpec,
    TrialSpec,
)


def attempt(root, number=1, processes=2, drop_path=0.0, **training):
    """Of 46 images in batches of 15 the last has one: too few for two processes."""
    model = ModelSpec(widths=(6, 10), depths=(1, 1), drop_path=drop_path, layer=LayerSpec(heads=2))
    recipe = TrainingSpec(**{"epochs": 3, "batch_size": 15, "warmup_epochs": 0, "gradient_clip": 1.0, **training})
    configuration = Configuration(model=model, data=DataSpec(training_images=46), training=recipe)
    trial = TrialSpec(study="s", configuration=configuration, seed=2)
    directory = root / f"{number:03d}"
    create_attempt(directory, JobSpec(trial=trial, attempt=number, processes=processes))
    return directory


def numbers(directory):
    return [(record.step, record.split, record.values) for record in read_metrics(directory).records]


def wait_for(local, count):
    ended, deadline = [], time.monotonic() + 90
    while len(ended) < count and time.monotonic() < deadline:
        ended += local.wait(0.1)
    return ended


def wait_until(claim, seconds=90):
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def others(directory):
    """The further processes of a job."""
    first = lease.holder(directory)
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [int(process) for process in children]


@pytest.fixture(scope="module")
def local():
    executor = LocalExecutor(Resources(workers=2, threads_per_trial=1))
    yield executor
    executor.stop()


AUGMENTED = {
    "augmentation": AugmentationSpec(crop="pad", padding=1, flip=0.5, erasing=0.3, mixup=0.8, cutmix=1.0),
    "ema_decay": 0.9,
    "micro_batch_size": 4,
}


@pytest.mark.parametrize("training", [{}, AUGMENTED], ids=["plain", "augmented"])
def test_two_processes_give_the_numbers_of_one_up_to_rounding(tmp_path, local, training):
    one, two = (attempt(tmp_path / str(count), processes=count, **training) for count in (1, 2))
    for directory in (one, two):
        local.submit(directory)
    assert [ended.reason for ended in wait_for(local, 2)] == [None, None]
    assert len(numbers(one)) == len(numbers(two)) == 7
    for (*place, expected), (*other, found) in zip(numbers(one), numbers(two), strict=True):
        assert other == place
        assert found["loss"] == pytest.approx(expected["loss"], rel=1e-5)
        assert found["accuracy"] == pytest.approx(expected["accuracy"], abs=0.006)  # one image of 180 on the edge
    assert read_result(two).splits == read_result(one).splits
    assert read_result(two).peak_memory_bytes > 2**20, "of its first process"
    assert not (two / CHECKPOINTS).exists()


def test_asked_to_stop_both_do_and_both_go_on_to_the_same_bits(tmp_path, local):
    undisturbed = attempt(tmp_path / "undisturbed", epochs=40, drop_path=0.2)
    stopped = attempt(tmp_path / "stopped", epochs=40, drop_path=0.2)
    for directory in (undisturbed, stopped):
        local.submit(directory)
    wait_until(lambda: len(numbers(stopped)) > 3)
    os.killpg(lease.holder(stopped), signal.SIGTERM)
    wait_for(local, 2)
    assert read_result(stopped) is None
    resumed = attempt(tmp_path / "stopped", 2, epochs=40, drop_path=0.2)
    local.submit(resumed)
    wait_for(local, 1)
    assert read_result(resumed).resumed.step > 3
    assert numbers(resumed) == numbers(undisturbed)


def test_when_a_further_process_is_killed_the_job_ends_at_once_without_a_result(tmp_path, local):
    directory = attempt(tmp_path, epochs=100_000)
    local.submit(directory)
    wait_until(lambda: numbers(directory))
    (other,) = others(directory)
    began = time.monotonic()
    os.kill(other, signal.SIGKILL)
    (ended,) = wait_for(local, 1)
    assert time.monotonic() - began < 5
    assert ended.reason == "its process ended with code 1"
    assert read_result(directory) is None
    assert f"process {other} of this job ended with code -9: so ends the job" in (directory / LOG).read_text()


def test_when_the_first_process_is_killed_the_others_end_though_nobody_ends_them(tmp_path):
    directory = attempt(tmp_path, epochs=100_000)
    job = subprocess.Popen([sys.executable, "-m", "ablate.jobs.worker", str(directory)])
    try:
        wait_until(lambda: numbers(directory))
        (other,) = others(directory)
        job.kill()
        job.wait()
        wait_until(lambda: not is_alive(other), seconds=3)
    finally:
        job.kill()
        job.wait()
    assert read_result(directory) is None


def is_alive(process):
    """Whether it still runs; one that has ended may wait for somebody to ask how."""
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_failure_of_the_configuration_is_recorded_as_one(tmp_path, local):
    directory = attempt(tmp_path, learning_rate=1e30, optimizer="sgd", gradient_clip=None)
    local.submit(directory)
    wait_for(local, 1)
    assert read_result(directory).failure.kind == "Diverged"


def test_in_one_process_it_is_refused_before_anything_is_written(tmp_path):
    directory = attempt(tmp_path)
    with pytest.raises(InputError, match="takes 2 processes, and here it has 1: run it with the local executor"):
        run_attempt(directory)
    assert read_result(directory) is None
