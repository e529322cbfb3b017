"""Real processes, really killed: `ablate run` again ends with every trial exactly once, and the same numbers."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from ablate.jobs import lease
from ablate.jobs.journal import find_attempts
from ablate.tracking.records import AttemptStatus, TrialStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY = """
name: killed
question: Does killing change anything?
model: {widths: [7], depths: [1], layer: {window: 3, heads: 1}}
data: {training_images: 90}
training: {epochs: 12, batch_size: 10, warmup_epochs: 1}
factors:
  model.layer.sharing: [spatial, head]
  model.layer.dynamics: [static, se]
baseline: {model.layer.sharing: head, model.layer.dynamics: static}
seeds: 2
"""


class Place:
    """A workspace of its own, in which `ablate run` is started as a user would."""

    def __init__(self, root):
        root.mkdir()
        self.workspace = Workspace(root)
        self.file = root / "killed.yaml"
        self.file.write_text(STUDY)
        self.output = root / "output.txt"
        self.started = []

    def start(self):
        command = [sys.executable, "-c", "from ablate.cli import main; main()", "run", str(self.file)]
        command += ["--workspace", str(self.workspace.root), "--mlflow", "off"]
        with self.output.open("w") as output:  # not a pipe: orphans would keep it open
            process = subprocess.Popen(command, stdout=output, stderr=output)
        self.started.append(process)
        return process

    def run_to_end(self):
        assert self.start().wait(timeout=200) == 0, self.output.read_text()
        return self.output.read_text()

    def clean_up(self):
        for process in self.started:
            process.kill()
            process.wait()
        for process in self.alive():
            kill(process)

    def directories(self):
        return find_attempts(self.workspace.study_runs("killed"))

    def alive(self):
        """Processes of jobs that hold their attempts."""
        return [process for path in self.directories() if (process := lease.holder(path)) is not None]

    def findings(self):
        """Everything that was found, in an order of its own, without times."""
        with Store.open(self.workspace.database_url) as store:
            trials = store.trials("killed")
            assert [trial.status for trial in trials] == [TrialStatus.COMPLETE] * 8
            accepted = [a for a in store.attempts("killed") if a.status is AttemptStatus.COMPLETE]
            assert sorted(attempt.trial for attempt in accepted) == sorted(trial.name for trial in trials)
            keys = ["combination", "seed", "split", "step", "metric"]
            return store.curves("killed").sort_values(keys).reset_index(drop=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("undisturbed") / "workspace")
    place.run_to_end()
    return place.findings()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path / "workspace")
    yield place
    place.clean_up()


def wait_until(claim, process, seconds=90):
    deadline = time.monotonic() + seconds
    while not claim():
        assert process.poll() is None, f"ended with {process.returncode}"
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def kill(process):
    os.kill(process, signal.SIGKILL)


def test_killing_orchestrator_worker_and_both_leaves_every_trial_once_with_the_same_numbers(place, undisturbed, capsys):
    seed = random.randrange(10_000)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    rng = random.Random(seed)

    orchestrator = place.start()  # the orchestrator alone: its jobs live on
    wait_until(lambda: len(place.alive()) == 2, orchestrator)
    time.sleep(rng.uniform(0, 0.5))
    orphans = place.alive()
    kill(orchestrator.pid)
    orchestrator.wait()

    orchestrator = place.start()  # a worker alone
    before = len(place.directories())
    wait_until(lambda: len(place.directories()) > before and set(place.alive()) - set(orphans), orchestrator)
    time.sleep(rng.uniform(0, 0.5))
    for worker in [process for process in place.alive() if process not in orphans][:1]:
        kill(worker)
    before = len(place.directories())
    wait_until(lambda: len(place.directories()) > before, orchestrator)
    time.sleep(rng.uniform(0, 0.5))

    for process in [orchestrator.pid, *place.alive()]:  # all at once
        kill(process)
    orchestrator.wait()

    place.run_to_end()
    assert place.findings().equals(undisturbed)
    assert len(place.directories()) > 8, "nothing was killed while it worked"
    assert "8 of 8 trials complete" in place.run_to_end()


def test_ctrl_c_stops_within_seconds_with_its_own_exit_code_and_no_job_left(place, undisturbed):
    orchestrator = place.start()
    wait_until(lambda: len(place.alive()) == 2, orchestrator)
    began = time.monotonic()
    orchestrator.send_signal(signal.SIGINT)
    assert orchestrator.wait(timeout=30) == 130, place.output.read_text()
    assert time.monotonic() - began < 10
    assert "Traceback" not in place.output.read_text()
    assert place.alive() == []
    place.run_to_end()
    assert place.findings().equals(undisturbed)


def test_a_second_run_beside_the_first_is_refused_and_harms_nothing(place, undisturbed):
    first = place.start()
    wait_until(place.alive, first)
    second = place.start()
    assert second.wait(timeout=90) == 2
    assert f"error: study killed is being run by process {first.pid}" in place.output.read_text()
    assert first.wait(timeout=200) == 0
    assert place.findings().equals(undisturbed)
