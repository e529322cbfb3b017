"""Jobs outlive the fork server and the orchestrator, and no key in the terminal reaches them."""

import contextlib
import errno
import os
import pty
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from watched import is_alive, numbers_in, running, server_of, start, wait_for_end, wait_until

from ablate.jobs.forking import JobProcess


def test_a_killed_fork_server_takes_no_job_along_and_hides_no_end(tmp_path, light):
    sleeping, process = running(light, tmp_path, "sleep")
    dying, victim = running(light, tmp_path, "resist")
    server = server_of(process)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: not is_alive(server))
    assert light.wait(0.2) == []
    assert is_alive(process)
    quick = start(light, tmp_path, "finish")
    assert wait_for_end(light) == [(quick, None)]
    os.kill(victim, signal.SIGKILL)
    (ended,) = wait_for_end(light)
    assert ended == (dying, "its process ended after the fork server was killed, so nobody saw how")
    light.stop(20)
    assert (sleeping / "checkpoint").exists()
    assert not is_alive(process)


def test_a_job_that_ends_while_its_fork_server_is_dead_takes_its_group_along(tmp_path, light):
    directory = start(light, tmp_path, "breed")
    in_the_group = numbers_in(directory / "family")[0]
    (process,) = numbers_in(directory / "process")
    os.kill(server_of(process), signal.SIGKILL)
    os.kill(process, signal.SIGKILL)
    assert [item.directory for item in wait_for_end(light)] == [directory]
    wait_until(lambda: not is_alive(in_the_group))
    for other in numbers_in(directory / "family"):  # what has left the group is beyond reach now
        with contextlib.suppress(ProcessLookupError):
            os.kill(other, signal.SIGKILL)


def test_a_job_can_be_cancelled_after_its_fork_server_was_killed(tmp_path, light):
    directory, process = running(light, tmp_path, "resist")
    os.kill(server_of(process), signal.SIGKILL)
    light.cancel(directory)
    assert not is_alive(process)
    assert light.wait(0.05) == []


def servers():
    """The living fork servers of this process."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(one) for one in children if b"forkserver" in Path(f"/proc/{one}/cmdline").read_bytes()]


def test_a_fork_server_killed_at_any_moment_costs_no_more_than_an_attempt(tmp_path, light, capsys):
    seed = random.randrange(10_000)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    rng = random.Random(seed)
    _, process = running(light, tmp_path, "sleep")
    done, kills = 0, 0
    for number in range(25):
        directory = start(light, tmp_path, f"finish-{number}")
        if rng.random() < 0.7:
            time.sleep(rng.choice([0, rng.uniform(0, 0.2)]))  # while it imports, forks, watches, or has nothing to do
            for server in servers():
                os.kill(server, signal.SIGKILL)
                kills += 1
        (ended,) = wait_for_end(light, seconds=10)
        assert ended.directory == directory
        done += (directory / "done").exists()
        assert (directory / "done").exists() or "fork server was killed" in ended.reason
    assert kills >= 5
    assert done >= 5
    assert is_alive(process)


def test_a_fork_server_that_does_not_answer_does_not_hold_up_stopping(tmp_path, light, monkeypatch):
    monkeypatch.setattr("ablate.jobs.local.PATIENCE_SECONDS", 0.3)
    _, process = running(light, tmp_path, "resist")
    os.kill(server_of(process), signal.SIGSTOP)
    light.stop(0.1)
    assert not is_alive(process)


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


@pytest.mark.parametrize("number", [errno.ESRCH, errno.EINVAL], ids=errno.errorcode.get)
def test_a_job_that_went_with_its_server_is_over_whatever_the_kernel_calls_that(monkeypatch, number):
    def refuse(_process):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pidfd_open", refuse)
    reading, writing = os.pipe()
    job = JobProcess(reading)
    os.write(writing, b"999999999\n")
    job.advance()
    os.close(writing)  # the server's end, without an exit code
    job.advance()
    assert job.is_over
    assert job.reason() == "its process ended after the fork server was killed, so nobody saw how"
