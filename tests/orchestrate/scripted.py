"""An executor whose jobs do what a script says, without torch: for tests of orchestration."""

from collections import deque
from pathlib import Path

from filelock import FileLock

from ablate.jobs import lease
from ablate.jobs.executor import Ended, Slot
from ablate.jobs.journal import Journal, read_spec
from ablate.specs import Costs, Environment, Failure, MetricRecord, Split, TrialResult

ENVIRONMENT = Environment(packages={"torch": "0"}, hardware={"device": "none"})


def value_of(spec):
    """What the scripted job finds: a function of its configuration and seed alone."""
    return int(spec.trial.configuration.hash(), 16) % 1000 / 1000 + spec.trial.seed / 10_000


def write_metrics(directory, epochs=2):
    spec = read_spec(directory)
    for step in range(1, epochs + 1):
        values = {"accuracy": value_of(spec), "loss": 1.0 / step}
        Journal(directory).append(MetricRecord(step=step, split=Split.VALIDATION, time=float(step), values=values))
    values = {"accuracy": value_of(spec), "loss": 0.5}
    Journal(directory).append(MetricRecord(step=epochs, split=Split.TEST, time=epochs + 1.0, values=values))


def write_result(directory, failure=None, environment=ENVIRONMENT):
    spec = read_spec(directory)
    result = TrialResult(
        trial=spec.trial.name,
        attempt=spec.attempt,
        status="failed" if failure else "complete",
        started=1.0,
        ended=9.0,
        environment=environment,
        failure=failure,
        costs=None if failure else Costs(parameters=7, macs=11),
        training_seconds=None if failure else 3.5,
    )
    Journal(directory).finish(result)


def complete(directory):
    write_metrics(directory)
    write_result(directory)
    return Ended(directory, None)


def run_out_of_memory(directory):
    write_metrics(directory, epochs=1)
    write_result(directory, Failure(kind="OutOfMemory", message="batch of 64", is_infrastructure=True))
    return Ended(directory, None)


def fail(directory):
    write_metrics(directory, epochs=1)
    write_result(directory, Failure(kind="Diverged", message="the loss is nan"))
    return Ended(directory, None)


def die(directory):
    write_metrics(directory, epochs=1)
    return Ended(directory, "its process was ended by SIGKILL")


class ScriptedExecutor:
    """Runs `script(directory)` for each job when it is waited for; what it raises, `wait` raises."""

    name = "scripted"
    notes = ()

    def __init__(self, script=complete, slots=2, on_stop=None):
        self.script, self.on_stop = script, on_stop
        self.cancelled, self.graces = [], []
        self.slots = (Slot((), 1),) * slots
        self.submitted = deque()
        self.seen: list[Path] = []
        self.most_at_once = 0
        self.is_stopped = False

    def submit(self, directory):
        self.submitted.append(directory)
        self.seen.append(directory)
        self.most_at_once = max(self.most_at_once, len(self.submitted))

    def wait(self, timeout_seconds):
        if not self.submitted:
            return []
        with FileLock(self.submitted[0] / lease.LEASE):
            return [self.script(self.submitted.popleft())]

    def cancel(self, directory):
        self.cancelled.append(directory)
        if directory in self.submitted:
            self.submitted.remove(directory)

    def stop(self, grace_seconds=5.0):
        self.is_stopped = True
        self.graces.append(grace_seconds)
        if self.on_stop is not None:
            self.on_stop(grace_seconds, list(self.submitted))
        self.submitted.clear()


class Listener:
    """An observer that writes down what it hears."""

    def __init__(self):
        self.plans, self.starts, self.ends, self.warnings, self.metrics = [], [], [], [], 0

    def on_plan(self, remaining, complete, failed, slots):
        self.plans.append((remaining, complete, failed, slots))

    def on_start(self, trial, attempt):
        self.starts.append((trial.name, attempt))

    def on_metrics(self, trial, record):
        self.metrics += 1

    def on_end(self, trial, status, reason):
        self.ends.append((trial.name, status, reason))

    def on_idle(self):
        pass

    def on_warning(self, message):
        self.warnings.append(message)
