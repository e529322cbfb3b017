"""One attempt from its directory to its result: `python -m ablate.jobs.worker DIRECTORY` is one job.

The job sees no database and no other trial. It imports torch, so that a fork server can import this module once for
all jobs.
"""

from __future__ import annotations

import functools
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

import torch

from ablate.errors import InputError, Superseded, WorkspaceError
from ablate.jobs import environment, lease
from ablate.jobs.devices import visible_names
from ablate.jobs.failure import describe_failure
from ablate.jobs.files import CHECKPOINTS
from ablate.jobs.journal import LOG, Journal, read_spec
from ablate.jobs.program import ProgramOutcome, carry_out_program
from ablate.jobs.ranks import forked
from ablate.jobs.sampling import sampled
from ablate.programs import Kept, ProgramStopped, watched
from ablate.specs import Environment, Failure, JobSpec, Measures, ProgramSpec, TrialResult
from ablate.training import ALONE, Identity, IsStopping, Outcome, Processes, Shelf, Stopped, never, train
from ablate.training.device import describe_hardware

STOPPED_CODE = 128 + signal.SIGTERM
"""The exit code of a job that stopped because it was asked to, as a shell would say it."""


def run_attempt(directory: Path, is_stopping: IsStopping = never, processes: Processes = ALONE) -> None:
    """Carry the attempt out in this process, if it is still to be done, and leave its `result.json`.

    It goes on from the furthest checkpoint of an earlier attempt, and leaves no checkpoint where no other attempt can
    need one. Where the attempt takes several `processes`, this is the first.

    Raises `Stopped`, without a result, once `is_stopping`, `Superseded` if the attempt was given up, and `InputError`
    if the attempt takes more processes than there are.
    """
    spec = read_spec(directory)
    if spec.processes != processes.count:
        raise InputError(
            f"{directory}: this attempt takes {spec.processes} processes, and here it has {processes.count}: run it "
            "with the local executor, or set resources.processes to 1"
        )
    with lease.hold(directory) as is_mine:
        if not is_mine:
            return
        started, journal = time.time(), Journal(directory)
        extra = watched(spec.trial.configuration.program)
        surroundings = environment.describe(describe_hardware(spec.device, spec.threads, spec.processes), extra)
        shelf = _find_shelf(directory, spec, surroundings)
        with sampled(journal, spec):
            result = _carry_out(spec, journal, shelf, surroundings, started, is_stopping, processes)
        journal.finish(result)
        if result.failure is None or not result.failure.is_infrastructure:
            shelf.clear()


def run_as_process(directory: Path) -> None:
    """Carry the attempt out as the only work of this process: its own group, its own log, its own GPUs.

    Where the attempt takes several processes, this one forks the others. SIGTERM lets it write a checkpoint and leave
    with code 143.
    """
    if os.getpid() != os.getpgid(0):
        os.setsid()
    with (directory / LOG).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    _log_to_stdout()
    is_asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_asked.set())
    spec = read_spec(directory)
    _show_only(spec.gpus)
    try:
        if spec.processes == 1:
            run_attempt(directory, is_asked.is_set)
        else:
            with forked(spec.processes, functools.partial(_take_part, directory)) as processes:
                run_attempt(directory, is_asked.is_set, processes)
    except Stopped as stopped:
        logging.getLogger(__name__).info("%s", stopped)
        sys.exit(STOPPED_CODE)


def _carry_out(
    spec: JobSpec,
    journal: Journal,
    shelf: Shelf,
    surroundings: Environment,
    started: float,
    is_stopping: IsStopping,
    processes: Processes,
) -> TrialResult:
    """Train, or run the study's own program, and turn whatever happens into a result.

    The one broad catch: whatever goes wrong inside a trial is that trial's failure, recorded, and the others go on.
    A journal that cannot be written, or may not be any more, is not the trial's failure: it passes, and the attempt is
    lost.
    """
    outcome: Outcome | ProgramOutcome | None = None
    failure: Failure | None = None
    program = spec.trial.configuration.program
    try:
        if program is not None:
            outcome = _run_own(program, spec, journal, surroundings, is_stopping)
        else:
            outcome = train(
                spec.trial,
                journal,
                device=spec.device,
                threads=spec.threads,
                processes=processes,
                shelf=shelf,
                is_stopping=is_stopping,
                is_alone=spec.is_alone,
            )
    except (WorkspaceError, Superseded):
        raise
    except Exception as error:
        failure = describe_failure(error, spec)
        logging.getLogger(__name__).exception("the trial failed")
    return TrialResult(
        trial=spec.trial.name,
        attempt=spec.attempt,
        status="failed" if failure else "complete",
        started=started,
        ended=time.time(),
        environment=surroundings,
        failure=failure,
        costs=outcome.costs if outcome else None,
        splits=outcome.splits if outcome else {},
        training_seconds=outcome.training_seconds if outcome else None,
        peak_memory_bytes=outcome.peak_memory_bytes if outcome else None,
        measures=outcome.measures if outcome else Measures(),
        resumed=shelf.resumption,
    )


def _run_own(
    program: ProgramSpec, spec: JobSpec, journal: Journal, surroundings: Environment, is_stopping: IsStopping
) -> ProgramOutcome:
    """One's own program in place of the training; what it keeps lies where checkpoints do, and goes when they do."""
    earlier = _earlier_attempts(journal.directory, spec.attempt)
    maker = {"trial": spec.trial.name, **_identify(spec, surroundings).place}
    kept = Kept(journal.directory / CHECKPOINTS, {number: path / CHECKPOINTS for number, path in earlier}, maker)
    try:
        return carry_out_program(program, spec, journal, kept, is_stopping, [path for _, path in earlier])
    except ProgramStopped as stopped:
        raise Stopped(str(stopped)) from None


def _take_part(directory: Path, processes: Processes) -> None:
    """In a further process of the job: train along with the first, which keeps the journal and the checkpoints."""
    logging.getLogger("ablate").setLevel(logging.ERROR)  # the first says it
    spec = read_spec(directory)
    if spec.gpus:
        torch.cuda.set_device(processes.rank)
    surroundings = environment.describe(describe_hardware(spec.device, spec.threads, spec.processes))
    shelf = _find_shelf(directory, spec, surroundings)
    journal = Journal(directory)
    train(spec.trial, journal, device=spec.device, threads=spec.threads, processes=processes, shelf=shelf)


def _find_shelf(directory: Path, spec: JobSpec, surroundings: Environment) -> Shelf:
    """Where this attempt's checkpoints go, and where those of earlier attempts are."""
    earlier = {number: path / CHECKPOINTS for number, path in _earlier_attempts(directory, spec.attempt)}
    require_current = Journal(directory).require_current
    return Shelf(directory / CHECKPOINTS, earlier, _identify(spec, surroundings), require_current)


def _earlier_attempts(directory: Path, attempt: int) -> list[tuple[int, Path]]:
    """The directories of the same trial's attempts before this one, by number."""
    numbered = [(int(path.name), path) for path in directory.parent.iterdir() if path.name.isdecimal()]
    return sorted((number, path) for number, path in numbered if number < attempt)


def _identify(spec: JobSpec, surroundings: Environment) -> Identity:
    """Whose checkpoints this job can go on from: the same trial's, made where the bits are the same."""
    hardware = surroundings.hardware
    decisive = {
        **surroundings.packages,
        **{key: str(hardware[key]) for key in ("device", "threads", "gpu" if spec.gpus else "processor")},
        "processes": str(spec.processes),
        "code": surroundings.code or "unknown",
    }
    return Identity(spec.trial.configuration.hash(), spec.trial.seed, decisive)


def _log_to_stdout() -> None:
    """What this package has to say goes to the job's log, a line each."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("ablate")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _show_only(gpus: tuple[int, ...]) -> None:
    """Let CUDA see the GPUs of this job's slot, or none; torch must not have asked for GPUs before."""
    os.environ["CUDA_VISIBLE_DEVICES"] = visible_names(gpus, os.environ.get("CUDA_VISIBLE_DEVICES"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m ablate.jobs.worker ATTEMPT_DIRECTORY")
    run_as_process(Path(sys.argv[1]))
