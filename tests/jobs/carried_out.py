"""What jobs do in tests of executors: module-level functions, without torch, so that their processes start at once."""

import os
import signal
import subprocess
import sys
import time

from ablate.errors import WorkspaceError
from ablate.jobs import lease
from ablate.jobs.journal import Journal, read_spec
from ablate.specs import Environment, MetricRecord, Split, TrialResult

NAP = [sys.executable, "-c", "import time; time.sleep(600)"]


def say(directory, name, words="x"):
    beside = directory / f".{name}"
    beside.write_text(str(words))
    beside.replace(directory / name)


def do_as_named(directory):
    """The first word of the directory's name says what to do."""
    globals()[directory.name.partition("-")[0]](directory)


def finish(directory):
    say(directory, "done")


def refuse(directory):
    raise WorkspaceError("the disk is full")


def leave(directory):
    sys.exit(7)


def die(directory):
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(directory):
    """Until SIGTERM, which brings a checkpoint; every signal that came is written down."""

    def note(number, _):
        with (directory / "signals").open("a") as file:
            file.write(f"{signal.Signals(number).name}\n")
        if number == signal.SIGTERM:
            say(directory, "checkpoint")
            sys.exit(143)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note)
    say(directory, "process", os.getpid())
    while True:
        time.sleep(0.01)


def resist(directory):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say(directory, "process", os.getpid())
    time.sleep(600)


def breed(directory, then=lambda: time.sleep(600)):
    """One child, one that leaves the session, one whose parent has ended, and a whole family beside the session."""
    children = [
        subprocess.Popen(NAP),
        subprocess.Popen(NAP, start_new_session=True),
        subprocess.Popen([*NAP[:2], "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]),
    ]
    double = "import subprocess as s, sys; print(s.Popen(sys.argv[1:], stdout=s.DEVNULL, start_new_session=True).pid)"
    daemon = subprocess.run([*NAP[:2], double, *NAP], stdout=subprocess.PIPE, text=True).stdout
    forked = os.fork()
    if forked == 0:
        os.setsid()
        say(directory, "grandchild", subprocess.Popen(NAP).pid)
        time.sleep(600)
    while not (directory / "grandchild").exists():
        time.sleep(0.01)
    say(directory, "process", os.getpid())
    family = [*(str(child.pid) for child in children), daemon, str(forked), (directory / "grandchild").read_text()]
    say(directory, "family", " ".join(family))
    then()


def breedthenfinish(directory):
    breed(directory, then=lambda: finish(directory))


def breedthendie(directory):
    breed(directory, then=lambda: die(directory))


def journal(directory):
    """An attempt with five lines of metrics and a result; the first one waits after its first line for `go`."""
    with lease.hold(directory) as is_mine:
        if not is_mine:
            return
        spec, written = read_spec(directory), Journal(directory)
        for step in range(1, 6):
            written.append(MetricRecord(step=step, split=Split.TRAIN, time=1.0, values={"loss": 1 / step}))
            say(directory.parent, f"step-{directory.name}", step)
            while spec.attempt == 1 and not (directory.parent / "go").exists():
                time.sleep(0.01)
        environment = Environment(packages={}, hardware={})
        ended = {"status": "complete", "started": 1.0, "ended": 2.0, "environment": environment}
        written.finish(TrialResult(trial=spec.trial.name, attempt=spec.attempt, **ended))
