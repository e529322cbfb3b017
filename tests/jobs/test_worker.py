"""One attempt: it goes on where an earlier one was, stops when asked, and leaves checkpoints only where they serve."""

import itertools
import logging
import os
import signal
import time

import pytest
import torch

from ablate.errors import Superseded
from ablate.jobs import lease
from ablate.jobs.files import CHECKPOINTS
from ablate.jobs.inline import run_worker
from ablate.jobs.journal import LOG, create_attempt, read_metrics, read_result
from ablate.jobs.local import LocalExecutor
from ablate.jobs.worker import run_attempt
from ablate.specs import (
    Configuration,
    DataSpec,
    EnergySource,
    JobSpec,
    LayerSpec,
    ModelSpec,
    Resources,
    TrainingSpec,
    TrialSpec,
)
from ablate.training import Stopped
from ablate.training.energy import EnergyMeter, Gauge
from ablate.training.learner import Learner


def trial(**training):
    layer = LayerSpec(sharing="spatial", dynamics="static")
    model = ModelSpec(widths=(5,), depths=(2,), drop_path=0.2, layer=layer)
    recipe = TrainingSpec(**{"epochs": 4, "batch_size": 30, "warmup_epochs": 0, **training})
    configuration = Configuration(model=model, data=DataSpec(training_images=40), training=recipe)
    return TrialSpec(study="s", configuration=configuration, seed=2)


def attempt(root, number=1, threads=1, is_alone=False, **training):
    directory = root / f"{number:03d}"
    create_attempt(directory, JobSpec(trial=trial(**training), attempt=number, threads=threads, is_alone=is_alone))
    return directory


def numbers(directory):
    return [(record.step, record.split, record.values) for record in read_metrics(directory).records]


def checkpoints(directory):
    return sorted((directory / CHECKPOINTS).glob("[0-9]*.pt"))


def stop_after(asked):
    """Asks for a stop from that question on."""
    questions = itertools.count()
    return lambda: next(questions) >= asked


def leave_off(directory, asked=5):
    """Carry the attempt out up to a stop; an epoch asks before its two steps, before its evaluation and after it."""
    with pytest.raises(Stopped):
        run_attempt(directory, stop_after(asked))


def wait_until(claim, seconds=60):
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def local():
    executor = LocalExecutor(Resources(workers=2, threads_per_trial=1))
    yield executor
    executor.stop()


def test_killed_with_sigkill_twice_it_ends_with_the_numbers_of_an_undisturbed_job(tmp_path, local):
    undisturbed = attempt(tmp_path / "undisturbed", epochs=400)
    local.submit(undisturbed)
    for number in (1, 2):
        killed = attempt(tmp_path / "killed", number, epochs=400)
        local.submit(killed)
        wait_until(lambda directory=killed: checkpoints(directory))
        os.kill(lease.holder(killed), signal.SIGKILL)
        wait_until(lambda directory=killed: not lease.is_held(directory))
        assert read_result(killed) is None
    last = attempt(tmp_path / "killed", 3, epochs=400)
    local.submit(last)
    wait_until(lambda: read_result(last) and read_result(undisturbed))
    assert numbers(last) == numbers(undisturbed)
    assert read_result(last).resumed.attempt == 2
    assert read_result(last).resumed.step > 0
    assert "going on from step" in (last / LOG).read_text()
    wait_until(lambda: not lease.is_held(last))
    assert not list(tmp_path.glob(f"*/*/{CHECKPOINTS}"))


def test_sigterm_leaves_a_checkpoint_within_seconds_and_no_result(tmp_path, local):
    directory = attempt(tmp_path, epochs=100_000)
    local.submit(directory)
    wait_until(lambda: read_metrics(directory).records)
    began = time.monotonic()
    os.kill(lease.holder(directory), signal.SIGTERM)
    (ended,) = local.wait(30)
    assert time.monotonic() - began < 3
    assert "SIGTERM asked it to" in ended.reason
    assert len(checkpoints(directory)) == 1
    assert read_result(directory) is None
    assert "stopped as asked after step" in (directory / LOG).read_text()


def test_an_attempt_goes_on_from_the_one_before_and_then_no_checkpoint_is_left(tmp_path):
    leave_off(attempt(tmp_path))
    second = attempt(tmp_path, 2)
    run_attempt(second)
    resumed = read_result(second).resumed
    assert (resumed.attempt, resumed.step) == (1, 3)
    assert not list(tmp_path.glob(f"*/{CHECKPOINTS}"))


def test_what_was_measured_is_in_the_result_and_counts_the_epochs_of_earlier_attempts(tmp_path, monkeypatch):
    meter = EnergyMeter(EnergySource.RAPL, [Gauge(itertools.count(step=2.0).__next__)])
    monkeypatch.setattr(
        "ablate.training.loop.find_energy_meter", lambda *_, is_alone, **__: meter if is_alone else None
    )
    leave_off(attempt(tmp_path, is_alone=True))  # in the midst of the second of four epochs
    last = attempt(tmp_path, 2, is_alone=True)
    run_attempt(last)
    measures = read_result(last).measures
    assert read_result(last).resumed.step == 3
    assert (measures.energy_joules, measures.energy_source) == (5 * 2.0, EnergySource.RAPL)
    assert measures.seconds_per_epoch > 0


def test_a_checkpoint_made_with_other_threads_is_not_gone_on_from_and_said(tmp_path, caplog):
    leave_off(attempt(tmp_path))
    other = attempt(tmp_path, 2, threads=2)
    with caplog.at_level(logging.WARNING):
        run_attempt(other)
    assert read_result(other).resumed is None
    assert "made with threads 1, here 2, so its bits would differ" in caplog.text
    undisturbed = attempt(tmp_path / "undisturbed", threads=2)
    run_attempt(undisturbed)
    assert numbers(other) == numbers(undisturbed)


def test_the_result_says_what_the_attempt_took_beyond_the_libraries_its_process_began_with(tmp_path, local):
    forked, inline = (attempt(tmp_path / name, epochs=1) for name in ("forked", "inline"))
    local.submit(forked)
    run_worker(inline)
    assert [ended.reason for ended in local.wait(60)] == [None]
    for directory in (forked, inline):
        assert 1 < read_result(directory).peak_memory_bytes / 2**20 < 60, "the libraries hold many times as much"


@pytest.mark.parametrize(("error", "kept"), [(torch.OutOfMemoryError("CUDA out of memory"), 1), (ValueError("no"), 0)])
def test_checkpoints_outlive_a_failure_of_the_machine_alone(tmp_path, monkeypatch, error, kept):
    first = attempt(tmp_path)
    leave_off(first)

    def fail(self, batch):
        raise error

    monkeypatch.setattr(Learner, "take_step", fail)
    second = attempt(tmp_path, 2)
    run_attempt(second)
    result = read_result(second)
    assert (result.status, result.failure.is_infrastructure) == ("failed", bool(kept))
    assert (result.training_seconds, result.peak_memory_bytes) == (None, None)
    assert (result.resumed.attempt, result.resumed.step) == (1, 3)
    assert len(checkpoints(first)) == kept


def test_an_attempt_that_was_given_up_while_it_ran_writes_no_checkpoint_and_no_result(tmp_path):
    directory, questions = attempt(tmp_path), itertools.count()

    def give_up_and_stop():
        if next(questions) < 4:
            return False
        return lease.abandon(directory, "it hung", force=True)

    with pytest.raises(Superseded):
        run_attempt(directory, give_up_and_stop)
    assert checkpoints(directory) == []
    assert read_result(directory) is None
