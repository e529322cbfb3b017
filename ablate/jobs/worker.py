"""One attempt from its directory to its result: `python -m ablate.jobs.worker DIRECTORY` is one job.

The job sees no database and no other trial. It imports torch, so that a fork server can import this module once for
all jobs.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from ablate.errors import AblateError, WorkspaceError
from ablate.jobs import environment, lease
from ablate.jobs.journal import LOG, Journal, read_spec
from ablate.specs import Failure, JobSpec, TrialResult
from ablate.training import Outcome, train
from ablate.training.device import describe_hardware


def run_attempt(directory: Path) -> None:
    """Carry the attempt out in this process, if it is still to be done, and leave its `result.json`."""
    with lease.hold(directory) as is_mine:
        if not is_mine:
            return
        spec, journal = read_spec(directory), Journal(directory)
        journal.finish(_carry_out(spec, journal, started=time.time()))


def run_as_process(directory: Path) -> None:
    """Carry the attempt out as the only work of this process: its own group, its own log, its own GPU."""
    if os.getpid() != os.getpgid(0):
        os.setsid()
    with (directory / LOG).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    _show_only(read_spec(directory).gpus)
    run_attempt(directory)


def _carry_out(spec: JobSpec, journal: Journal, started: float) -> TrialResult:
    """Train, and turn whatever happens into a result.

    The one broad catch: whatever goes wrong inside a trial is that trial's failure, recorded, and the others go on.
    A journal that cannot be written is not the trial's failure: it passes, and the attempt is lost.
    """
    outcome: Outcome | None = None
    failure: Failure | None = None
    try:
        outcome = train(spec.trial, journal, device=spec.device, threads=spec.threads)
    except WorkspaceError:
        raise
    except Exception as error:
        trace = traceback.format_exc()
        sys.stderr.write(trace)
        sys.stderr.flush()
        message = " ".join(str(error).split()) or type(error).__name__
        is_ours = isinstance(error, AblateError)
        failure = Failure(kind=type(error).__name__, message=message, traceback="" if is_ours else trace)
    return TrialResult(
        trial=spec.trial.name,
        attempt=spec.attempt,
        status="failed" if failure else "complete",
        started=started,
        ended=time.time(),
        environment=environment.describe(describe_hardware(spec.device, spec.threads)),
        failure=failure,
        costs=outcome.costs if outcome else None,
        splits=outcome.splits if outcome else {},
        training_seconds=outcome.training_seconds if outcome else None,
    )


def _show_only(gpus: tuple[int, ...]) -> None:
    """Let CUDA see the GPUs of this job's slot, or none; torch must not have asked for GPUs before."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else None
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(names[gpu] if names else str(gpu) for gpu in gpus)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m ablate.jobs.worker ATTEMPT_DIRECTORY")
    run_as_process(Path(sys.argv[1]))
