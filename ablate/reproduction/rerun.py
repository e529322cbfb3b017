"""Running a trial again: with what its attempt had, as far as this machine has it, and without its checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ablate.jobs.executor import Executor, Slot
from ablate.jobs.journal import create_attempt, read_metrics, read_result
from ablate.specs import JobSpec, MetricRecord, Resources, Scored, Split, TrialResult, process_count
from ablate.tracking.records import AttemptRecord, OriginalRecord, TrialStatus

TICK_SECONDS = 0.2

Listener = Callable[[MetricRecord], None]
Place = tuple[int, Split]


class Equipment(NamedTuple):
    """Where the trial runs again, and what this machine lacks of what it had, in one line each."""

    slot: Slot
    notes: tuple[str, ...] = ()


class Rerun(NamedTuple):
    """What came of running the trial again.

    `result` is None where the job was ended as soon as it had all that was asked for, or died of `loss`.
    """

    slot: Slot
    records: tuple[MetricRecord, ...]
    result: TrialResult | None
    loss: str | None = None


def resources_for(attempt: AttemptRecord) -> Resources:
    """What an executor has to look for: GPUs only where the attempt had some."""
    return Resources(gpus_per_trial="auto" if attempt.gpus else 0)


def count_processes(original: OriginalRecord) -> int:
    """How many trained the trial together: one for each GPU, or what its job said of the CPU."""
    said = original.environment.hardware.get("processes") if original.environment else None
    return said if isinstance(said, int) else max(1, len(original.attempt.gpus))


def equip(original: OriginalRecord, executor: Executor) -> Equipment:
    """As many GPUs as the attempt had, or as there are, or else the CPU; and as many threads, however few cores."""
    attempt = original.attempt
    asked = len(attempt.gpus)
    visible = sorted({gpu for slot in executor.slots for gpu in slot.gpus}) if asked else []
    gpus = tuple(visible[:asked])
    slot = Slot(gpus, attempt.threads, max(1, len(gpus)) if asked else count_processes(original))
    if len(slot.gpus) == asked:
        return Equipment(slot)
    there = f"{len(visible)} of them" if visible else "the CPU, for none is visible here"
    return Equipment(slot, (f"the trial ran on {asked} GPU{'s' if asked > 1 else ''}; now it runs on {there}",))


def run_again(
    original: OriginalRecord,
    directory: Path,
    executor: Executor,
    slot: Slot,
    listen: Listener = lambda _: None,
    scored: Scored | None = None,
) -> Rerun:
    """Carry the trial out in `directory`, which becomes an attempt's; `listen` hears of its metrics as they come,
    and `scored` is what a program has to report.

    A trial that was cut short is run as far as it came. Whatever happens, no process of the job is left.
    """
    processes = process_count(original.trial.configuration, slot.processes)
    job = JobSpec(
        trial=original.trial, attempt=1, threads=slot.threads, gpus=slot.gpus, processes=processes, scored=scored
    )
    create_attempt(directory, job)
    awaited = places(original.records) if original.status is TrialStatus.PRUNED else None
    try:
        executor.submit(directory)
        return _follow(directory, executor, slot, listen, awaited)
    finally:
        executor.stop(0.0)


def _follow(directory: Path, executor: Executor, slot: Slot, listen: Listener, awaited: set[Place] | None) -> Rerun:
    """Read along until the job has ended, or every awaited place was reached."""
    records: list[MetricRecord] = []
    offset = 0
    while True:
        ended = executor.wait(TICK_SECONDS)
        read = read_metrics(directory, offset)
        offset = read.offset
        for record in read.records:
            listen(record)
        records += read.records
        if awaited is not None and awaited <= places(records):
            return Rerun(slot, tuple(records), None)
        if ended:
            result = read_result(directory)
            loss = None if result else ended[0].reason or "its process left no result"
            return Rerun(slot, tuple(records), result, loss)


def places(records: Iterable[MetricRecord]) -> set[Place]:
    """The epochs and splits that were measured."""
    return {(record.step, record.split) for record in records}
