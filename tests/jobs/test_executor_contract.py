"""What every executor has to do, whatever starts its jobs and whatever the jobs do."""

import time

import pytest
from carried_out import do_as_named

from ablate.jobs.executor import Slot
from ablate.jobs.inline import InlineExecutor
from ablate.jobs.local import LocalExecutor
from ablate.specs import Resources

RESOURCES = Resources(workers=2, gpus_per_trial=0, threads_per_trial=3)


def create_inline():
    return InlineExecutor(RESOURCES, carry_out=do_as_named)


def create_local():
    return LocalExecutor(RESOURCES, carry_out=do_as_named, preload="ablate.errors")


@pytest.fixture(params=[create_inline, create_local], ids=["inline", "local"])
def executor(request):
    executor = request.param()
    yield executor
    executor.stop(0)


def job(root, name):
    directory = root / name
    directory.mkdir()
    return directory


def wait_for(executor, count, seconds=30):
    ended, deadline = [], time.monotonic() + seconds
    while len(ended) < count and time.monotonic() < deadline:
        ended += executor.wait(0.1)
    return ended


def test_it_has_a_name_and_slots_that_stay_the_same(executor):
    assert executor.name in ("inline", "local")
    assert executor.slots == executor.slots
    assert set(executor.slots) == {Slot((), 3)}


def test_every_submitted_job_is_carried_out_and_ends_once(tmp_path, executor):
    directories = [job(tmp_path, f"finish-{number}") for number in range(5)]
    for directory in directories:
        executor.submit(directory)
    ended = wait_for(executor, 5)
    assert sorted(ended) == [(directory, None) for directory in directories]
    assert all((directory / "done").exists() for directory in directories)
    assert executor.wait(0.05) == []


def test_waiting_for_nothing_lasts_no_longer_than_it_was_told(executor):
    began = time.monotonic()
    assert executor.wait(0.1) == []
    assert time.monotonic() - began < 2


def test_a_job_that_cannot_go_on_or_leaves_with_a_code_is_told_with_a_reason_and_others_go_on(tmp_path, executor):
    for name in ("refuse", "leave", "finish"):
        executor.submit(job(tmp_path, name))
    reasons = {item.directory.name: item.reason for item in wait_for(executor, 3)}
    assert reasons["finish"] is None
    assert reasons["refuse"]
    assert "code 7" in reasons["leave"]


def test_a_cancelled_job_is_never_told_of_and_others_are(tmp_path, executor):
    cancelled, kept = job(tmp_path, "sleep"), job(tmp_path, "finish")
    executor.submit(cancelled)
    executor.submit(kept)
    executor.cancel(cancelled)
    assert wait_for(executor, 1) == [(kept, None)]
    assert executor.wait(0.05) == []
    executor.cancel(cancelled)
    executor.cancel(tmp_path / "unknown")


def test_a_directory_can_be_submitted_again_after_it_ended(tmp_path, executor):
    directory = job(tmp_path, "finish")
    for _ in range(2):
        executor.submit(directory)
        assert wait_for(executor, 1) == [(directory, None)]


def test_after_stopping_there_is_nothing_to_tell_and_it_can_be_used_again(tmp_path, executor):
    executor.submit(job(tmp_path, "sleep"))
    executor.stop(0)
    assert executor.wait(0.05) == []
    executor.stop(0)
    directory = job(tmp_path, "finish")
    executor.submit(directory)
    assert wait_for(executor, 1) == [(directory, None)]


def test_making_one_starts_nothing(monkeypatch, request):
    def start(*arguments, **options):
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", start)
    assert create_local().name == "local"
    assert create_inline().name == "inline"
