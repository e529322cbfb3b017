"""Jobs as processes: they end with all that they started, and outlive whoever started them."""

import contextlib
import os
import pty
import random
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from carried_out import do_as_named, finish, journal

from ablate.errors import AblateError
from ablate.jobs import lease
from ablate.jobs.journal import accepted_result, create_attempt, read_metrics
from ablate.jobs.local import LocalExecutor
from ablate.specs import Configuration, JobSpec, Resources, TrialSpec

LIGHT = "ablate.errors"
RESOURCES = Resources(workers=4, gpus_per_trial=0)


@pytest.fixture
def executor():
    executor = LocalExecutor(RESOURCES, carry_out=do_as_named, preload=LIGHT)
    yield executor
    executor.stop(0)


def start(executor, root, name):
    directory = root / name
    directory.mkdir()
    executor.submit(directory)
    return directory


def wait_until(claim, seconds=30):
    deadline = time.monotonic() + seconds
    while not (answer := claim()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return answer


def wait_for_end(executor, count=1, seconds=30):
    ended, deadline = [], time.monotonic() + seconds
    while len(ended) < count and time.monotonic() < deadline:
        ended += executor.wait(0.1)
    return ended


def numbers_in(path):
    wait_until(path.exists)
    return [int(word) for word in path.read_text().split()]


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def server_of(process):
    """The fork server, as the parent of a job."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def running(executor, root, name="sleep"):
    directory = start(executor, root, name)
    return directory, numbers_in(directory / "process")[0]


@pytest.mark.parametrize("name", ["breedthenfinish", "breedthendie"])
def test_when_a_job_ends_nothing_that_it_started_is_left_in_whatever_session(tmp_path, executor, name):
    directory = start(executor, tmp_path, name)
    (ended,) = wait_for_end(executor)
    family = numbers_in(directory / "family")
    assert len(family) == 6
    assert [process for process in family if is_alive(process)] == []
    assert ended.reason == {"breedthenfinish": None, "breedthendie": "its process was ended by SIGKILL"}[name]


@pytest.mark.parametrize("end", ["cancel", "stop", "kill"])
def test_when_a_job_is_ended_nothing_that_it_started_is_left_and_other_jobs_keep_theirs(tmp_path, executor, end):
    ended, kept = start(executor, tmp_path, "breed-1"), start(executor, tmp_path, "breed-2")
    family = numbers_in(ended / "family") + numbers_in(ended / "process")
    others = numbers_in(kept / "family") + numbers_in(kept / "process")
    if end == "cancel":
        executor.cancel(ended)
    elif end == "kill":
        os.kill(numbers_in(ended / "process")[0], signal.SIGKILL)
        assert [item.directory for item in wait_for_end(executor)] == [ended]
    else:
        executor.stop(0)
    assert [process for process in family if is_alive(process)] == []
    if end != "stop":
        assert [process for process in others if not is_alive(process)] == []
        executor.stop(0)
    assert [process for process in others if is_alive(process)] == []


def test_waiting_ends_as_soon_as_one_of_the_jobs_has(tmp_path, executor):
    running(executor, tmp_path)
    began = time.monotonic()
    quick = start(executor, tmp_path, "finish")
    assert executor.wait(20) == [(quick, None)]
    assert time.monotonic() - began < 5


def test_stopping_lets_jobs_write_a_checkpoint_and_kills_those_that_do_not_listen(tmp_path, executor):
    listens, _ = running(executor, tmp_path)
    _, process = running(executor, tmp_path, "resist")
    began = time.monotonic()
    executor.stop(0.5)
    assert 0.5 < time.monotonic() - began < 5
    assert (listens / "checkpoint").exists()
    assert not is_alive(process)
    assert executor.wait(0.01) == []


def test_stopping_ends_at_once_when_all_jobs_have(tmp_path, executor):
    directory, _ = running(executor, tmp_path)
    began = time.monotonic()
    executor.stop(60)
    assert time.monotonic() - began < 5
    assert (directory / "signals").read_text() == "SIGTERM\n"


def test_an_interruption_while_stopping_kills_at_once_and_leaves_nothing(tmp_path, executor):
    _, first = running(executor, tmp_path, "resist-1")
    second = numbers_in(start(executor, tmp_path, "breed") / "family")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        executor.stop(60)
    timer.join()
    assert time.monotonic() - began < 10
    assert [process for process in (first, *second) if is_alive(process)] == []
    quick = start(executor, tmp_path, "finish")
    assert wait_for_end(executor) == [(quick, None)]


def test_a_killed_fork_server_takes_no_job_along_and_hides_no_end(tmp_path, executor):
    sleeping, process = running(executor, tmp_path, "sleep")
    dying, victim = running(executor, tmp_path, "resist")
    server = server_of(process)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not is_alive(server))
    assert executor.wait(0.2) == []
    assert is_alive(process)
    quick = start(executor, tmp_path, "finish")
    assert wait_for_end(executor) == [(quick, None)]
    os.kill(victim, signal.SIGKILL)
    (ended,) = wait_for_end(executor)
    assert ended == (dying, "its process ended after the fork server was killed, so nobody saw how")
    executor.stop(20)
    assert (sleeping / "checkpoint").exists()
    assert not is_alive(process)


def test_a_job_that_ends_while_its_fork_server_is_dead_takes_its_group_along(tmp_path, executor):
    directory = start(executor, tmp_path, "breed")
    in_the_group = numbers_in(directory / "family")[0]
    (process,) = numbers_in(directory / "process")
    os.kill(server_of(process), signal.SIGKILL)
    os.kill(process, signal.SIGKILL)
    assert [item.directory for item in wait_for_end(executor)] == [directory]
    wait_until(lambda: not is_alive(in_the_group))
    for other in numbers_in(directory / "family"):  # what has left the group is beyond reach now
        with contextlib.suppress(ProcessLookupError):
            os.kill(other, signal.SIGKILL)


def test_a_job_can_be_cancelled_after_its_fork_server_was_killed(tmp_path, executor):
    directory, process = running(executor, tmp_path, "resist")
    os.kill(server_of(process), signal.SIGKILL)
    executor.cancel(directory)
    assert not is_alive(process)
    assert executor.wait(0.05) == []


def servers():
    """The living fork servers of this process."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(one) for one in children if b"forkserver" in Path(f"/proc/{one}/cmdline").read_bytes()]


def test_a_fork_server_killed_at_any_moment_costs_no_more_than_an_attempt(tmp_path, executor, capsys):
    seed = random.randrange(10_000)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    rng = random.Random(seed)
    _, process = running(executor, tmp_path, "sleep")
    done, kills = 0, 0
    for number in range(25):
        directory = start(executor, tmp_path, f"finish-{number}")
        if rng.random() < 0.7:
            time.sleep(rng.choice([0, rng.uniform(0, 0.2)]))  # while it imports, forks, watches, or has nothing to do
            for server in servers():
                os.kill(server, signal.SIGKILL)
                kills += 1
        (ended,) = wait_for_end(executor, seconds=10)
        assert ended.directory == directory
        done += (directory / "done").exists()
        assert (directory / "done").exists() or "fork server was killed" in ended.reason
    assert kills >= 5
    assert done >= 5
    assert is_alive(process)


def test_a_fork_server_that_does_not_answer_does_not_hold_up_stopping(tmp_path, executor, monkeypatch):
    monkeypatch.setattr("ablate.jobs.local.PATIENCE_SECONDS", 0.3)
    _, process = running(executor, tmp_path, "resist")
    os.kill(server_of(process), signal.SIGSTOP)
    executor.stop(0.1)
    assert not is_alive(process)


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


ORCHESTRATOR = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
from carried_out import do_as_named
from ablate.jobs.local import LocalExecutor
from ablate.specs import Resources
executor = LocalExecutor(Resources(workers=4, gpus_per_trial=0), carry_out=do_as_named, preload="ablate.errors")
for name in sys.argv[2:]:
    executor.submit(pathlib.Path(name))
try:
    while True:
        executor.wait(1)
except KeyboardInterrupt:
    executor.stop(20)
    print("stopped", flush=True)
"""


def orchestrate(root, *names, **options):
    directories = [root / name for name in names]
    for directory in directories:
        directory.mkdir()
    arguments = [sys.executable, "-c", ORCHESTRATOR, str(Path(__file__).parent), *map(str, directories)]
    return subprocess.Popen(arguments, **options), directories


def test_jobs_outlive_a_killed_orchestrator_and_end_with_all_that_they_started(tmp_path):
    orchestrator, (sleeping, breeding) = orchestrate(tmp_path, "sleep", "breed")
    (process,), family = numbers_in(sleeping / "process"), numbers_in(breeding / "family")
    server = server_of(process)
    orchestrator.kill()
    orchestrator.wait()
    time.sleep(0.2)
    assert [one for one in (process, *family) if not is_alive(one)] == []
    os.kill(numbers_in(breeding / "process")[0], signal.SIGKILL)
    wait_until(lambda: not any(is_alive(one) for one in family))
    assert is_alive(server)
    os.kill(process, signal.SIGTERM)
    wait_until(lambda: not is_alive(server))
    assert (sleeping / "checkpoint").exists()


def test_ctrl_c_in_the_terminal_reaches_jobs_only_as_our_sigterm(tmp_path):
    ours, theirs = pty.openpty()

    def take_terminal():
        os.setsid()
        os.close(os.open(os.ttyname(theirs), os.O_RDWR))  # the first terminal a session opens is its own

    orchestrator, (first, second) = orchestrate(
        tmp_path, "sleep-1", "sleep-2", stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=take_terminal
    )
    os.close(theirs)
    processes = [numbers_in(directory / "process")[0] for directory in (first, second)]
    os.write(ours, b"\x03")
    said = b""
    with contextlib.suppress(OSError):  # the terminal hangs up when the last process that has it ends
        while select.select([ours], [], [], 30)[0]:
            said += os.read(ours, 1000)
    os.close(ours)
    assert orchestrator.wait(timeout=30) == 0, said
    assert b"stopped" in said
    for directory in (first, second):
        assert (directory / "signals").read_text() == "SIGTERM\n"
        assert (directory / "checkpoint").exists()
    assert not any(is_alive(process) for process in processes)


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
