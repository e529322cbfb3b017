"""Jobs as processes: they end with all that they started, when they are asked to, and on their own."""

import os
import signal
import threading
import time

import pytest
from carried_out import do_as_named, finish, journal
from watched import LIGHT, RESOURCES, is_alive, numbers_in, running, start, wait_for_end, wait_until

from ablate.errors import AblateError
from ablate.jobs import lease
from ablate.jobs.journal import accepted_result, create_attempt, read_metrics
from ablate.jobs.local import LocalExecutor
from ablate.specs import Configuration, JobSpec, Resources, TrialSpec


@pytest.mark.parametrize("name", ["breedthenfinish", "breedthendie"])
def test_when_a_job_ends_nothing_that_it_started_is_left_in_whatever_session(tmp_path, light, name):
    directory = start(light, tmp_path, name)
    (ended,) = wait_for_end(light)
    family = numbers_in(directory / "family")
    assert len(family) == 6
    assert [process for process in family if is_alive(process)] == []
    assert ended.reason == {"breedthenfinish": None, "breedthendie": "its process was ended by SIGKILL"}[name]


@pytest.mark.parametrize("end", ["cancel", "stop", "kill"])
def test_when_a_job_is_ended_nothing_that_it_started_is_left_and_other_jobs_keep_theirs(tmp_path, light, end):
    ended, kept = start(light, tmp_path, "breed-1"), start(light, tmp_path, "breed-2")
    family = numbers_in(ended / "family") + numbers_in(ended / "process")
    others = numbers_in(kept / "family") + numbers_in(kept / "process")
    if end == "cancel":
        light.cancel(ended)
    elif end == "kill":
        os.kill(numbers_in(ended / "process")[0], signal.SIGKILL)
        assert [item.directory for item in wait_for_end(light)] == [ended]
    else:
        light.stop(0)
    assert [process for process in family if is_alive(process)] == []
    if end != "stop":
        assert [process for process in others if not is_alive(process)] == []
        light.stop(0)
    assert [process for process in others if is_alive(process)] == []


def test_waiting_ends_as_soon_as_one_of_the_jobs_has(tmp_path, light):
    running(light, tmp_path)
    began = time.monotonic()
    quick = start(light, tmp_path, "finish")
    assert light.wait(20) == [(quick, None)]
    assert time.monotonic() - began < 5


def test_stopping_lets_jobs_write_a_checkpoint_and_kills_those_that_do_not_listen(tmp_path, light):
    listens, _ = running(light, tmp_path)
    _, process = running(light, tmp_path, "resist")
    began = time.monotonic()
    light.stop(0.5)
    assert 0.5 < time.monotonic() - began < 5
    assert (listens / "checkpoint").exists()
    assert not is_alive(process)
    assert light.wait(0.01) == []


def test_stopping_ends_at_once_when_all_jobs_have(tmp_path, light):
    directory, _ = running(light, tmp_path)
    began = time.monotonic()
    light.stop(60)
    assert time.monotonic() - began < 5
    assert (directory / "signals").read_text() == "SIGTERM\n"


def test_an_interruption_while_stopping_kills_at_once_and_leaves_nothing(tmp_path, light):
    _, first = running(light, tmp_path, "resist-1")
    second = numbers_in(start(light, tmp_path, "breed") / "family")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        light.stop(60)
    timer.join()
    assert time.monotonic() - began < 10
    assert [process for process in (first, *second) if is_alive(process)] == []
    quick = start(light, tmp_path, "finish")
    assert wait_for_end(light) == [(quick, None)]


def test_stopping_while_the_fork_server_is_still_importing_starts_nothing(tmp_path):
    executor = LocalExecutor(RESOURCES, carry_out=do_as_named, preload="slow_to_import")
    began = time.monotonic()
    directory = start(executor, tmp_path, "finish")
    executor.stop(20)
    assert time.monotonic() - began < 5
    time.sleep(0.1)
    assert list(directory.iterdir()) == []


def test_libraries_that_cannot_be_imported_are_one_clear_error(tmp_path, capfd):
    executor = LocalExecutor(RESOURCES, carry_out=finish, preload="not_to_be_imported")
    start(executor, tmp_path, "finish-1")
    (ended,) = wait_for_end(executor)
    assert ended.reason == "its process could not be started, or the fork server was killed before it was"
    with pytest.raises(
        AblateError, match=r"ended with code 1; see what `.* -c 'import not_to_be_imported, carried_out"
    ):
        start(executor, tmp_path, "finish-2")
    executor.stop()
    with pytest.raises(AblateError, match="the process that imports torch and looks for GPUs died"):
        _ = LocalExecutor(Resources(), preload="not_to_be_imported").slots
    assert "No module named 'not_to_be_imported'" in capfd.readouterr().err


def test_a_function_that_no_other_process_can_import_is_refused():
    with pytest.raises(AblateError, match="expected a function that another process can import"):
        LocalExecutor(RESOURCES, carry_out=lambda _: None)


def test_a_stalled_job_that_was_given_up_wakes_up_after_its_successor_and_changes_nothing(tmp_path):
    executor = LocalExecutor(RESOURCES, carry_out=journal, preload=LIGHT)
    trial = TrialSpec(study="s", configuration=Configuration(), seed=3)
    first, second = tmp_path / "001", tmp_path / "002"
    create_attempt(first, JobSpec(trial=trial, attempt=1))
    executor.submit(first)
    wait_until((tmp_path / "step-001").exists)
    process = lease.holder(first)
    os.kill(process, signal.SIGSTOP)
    (tmp_path / "go").touch()  # it would finish, were it not stalled
    assert not lease.abandon(first)
    assert lease.abandon(first, "no sign of life for an hour", force=True)
    create_attempt(second, JobSpec(trial=trial, attempt=2))
    executor.submit(second)
    assert wait_for_end(executor) == [(second, None)]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    os.kill(process, signal.SIGCONT)
    (ended,) = wait_for_end(executor)
    executor.stop()
    assert ended == (first, "its process ended with code 1")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert accepted_result(first) is None
    assert len(read_metrics(first).records) == 1
    assert accepted_result(second).attempt == 2
    assert lease.abandonment(first).reason == "no sign of life for an hour"
