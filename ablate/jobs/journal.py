"""The files of one attempt: `spec.json`, append-only `metrics.jsonl`, and `result.json` by atomic rename.

They are the source of truth: whatever is killed, and whenever, what stands here is whole.
"""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from ablate.errors import WorkspaceError
from ablate.jobs.fence import MARK, attempt_names, bar_predecessors, require_current
from ablate.jobs.files import CHECKPOINTS, LOG, METRICS, RESULT, SPEC, sync_directory, write_whole, writing
from ablate.jobs.lines import Damaged, read_lines, split_lines
from ablate.specs import JobSpec, MetricRecord, Split, TrialResult

__all__ = [
    "LOG",
    "METRICS",
    "RESULT",
    "SPEC",
    "Journal",
    "MetricsRead",
    "accepted_result",
    "clear_checkpoints",
    "create_attempt",
    "find_attempts",
    "list_attempts",
    "lost_value",
    "read_metrics",
    "read_result",
    "read_spec",
]

Record = TypeVar("Record", JobSpec, TrialResult)

MOST_STEPS = 2**63 - 1
LONGEST_METRIC = 64
"""What the tracking database takes for a step, and of a metric's name."""


class Journal:
    """The writing side, inside the job.

    Raises `WorkspaceError` where the disk does not take what is written, and `Superseded` once the attempt was given
    up or another came after it: nothing is written then.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def require_current(self) -> None:
        """To be asked before anything is written beside the journal, as a checkpoint. Raises `Superseded`."""
        require_current(self.directory)

    def append(self, record: MetricRecord) -> None:
        """Add one line; once this returns it survives the process, and once `finish` returns the machine."""
        self.require_current()
        path = self.directory / METRICS
        with writing(path), path.open("ab") as file:
            file.write(record.model_dump_json().encode() + b"\n")

    def finish(self, result: TrialResult) -> None:
        """Put `result.json` in place, after everything that it speaks of is on the disk."""
        metrics = self.directory / METRICS
        if metrics.exists():
            with writing(metrics), metrics.open("rb") as file:
                os.fsync(file.fileno())
        self.require_current()
        write_whole(self.directory / RESULT, result.model_dump_json(indent=1))


class MetricsRead(NamedTuple):
    """Whole lines from a place on, the place (in bytes) to read on from, and the lines that were damaged."""

    records: list[MetricRecord]
    offset: int
    damaged: list[Damaged]


def create_attempt(directory: Path, spec: JobSpec) -> None:
    """Make the attempt's directory with its `spec.json`; it appears whole or not at all, and bars all before it.

    Raises `FileExistsError` if the attempt is there already, `WorkspaceError` if it cannot be written.
    """
    if directory.exists():
        raise FileExistsError(directory)
    bar_predecessors(directory)
    building = directory.with_name(f".{directory.name}.{os.getpid()}")
    with writing(directory):
        building.mkdir(parents=True, exist_ok=True)
        write_whole(building / SPEC, spec.model_dump_json(indent=1))
        building.rename(directory)
        sync_directory(directory.parent)


def read_spec(directory: Path) -> JobSpec:
    """The attempt's specification. Raises `WorkspaceError` if it is missing or damaged."""
    return _read(directory / SPEC, JobSpec)


def read_result(directory: Path) -> TrialResult | None:
    """How the attempt ended by its own word, or None while it has not. Raises `WorkspaceError` if damaged."""
    return _read(directory / RESULT, TrialResult) if (directory / RESULT).exists() else None


def accepted_result(directory: Path) -> TrialResult | None:
    """The result, if it came before the attempt was given up; the one to count. Raises `WorkspaceError` if damaged."""
    return None if (directory / MARK).exists() else read_result(directory)


def read_metrics(directory: Path, offset: int = 0, *, up_to: int | None = None, is_over: bool = False) -> MetricsRead:
    """The records from byte `offset` on (and before `up_to`); a line that is damaged is named, and loses only itself.

    A line that is still being written is left for the next time, unless the attempt `is_over`: then it is damaged.
    """
    read = read_lines(directory / METRICS, _parse_record, offset, up_to=up_to, is_over=is_over)
    return MetricsRead(*read)


def lost_value(directory: Path, split: Split, metric: str, up_to: int | None = None) -> bool:
    """Whether a damaged line of an attempt that is over may have held the metric's last value.

    It may have, if no line after it holds one: the value that stands before it is then perhaps not the last.
    """
    path = directory / METRICS
    text = path.read_bytes()[:up_to] if path.exists() else b""
    if up_to is not None and len(text) < up_to:
        return True
    for line in reversed(split_lines(text, is_over=True)):
        try:
            record = _parse_record(line)
        except ValueError:
            return True
        if record.split is split and metric in record.values:
            return False
    return False


def list_attempts(study_directory: Path) -> dict[str, list[int]]:
    """The numbers of each trial's attempts, in order; one look at each trial's directory, and none at their files."""
    if not study_directory.exists():
        return {}
    with os.scandir(study_directory) as entries:
        trials = sorted((entry.name, entry.path) for entry in entries if entry.is_dir())
    return {trial: [int(name) for name in names] for trial, path in trials if (names := attempt_names(path))}


def find_attempts(study_directory: Path) -> list[Path]:
    """Every attempt's directory of a study that has its `spec.json`, in the order of trial and attempt."""
    return sorted(path.parent for path in study_directory.glob(f"*/[0-9]*/{SPEC}"))


def clear_checkpoints(trial_directory: Path) -> None:
    """Remove the checkpoints of all the trial's attempts: it is over. A job that is killed may have left them."""
    for name in attempt_names(trial_directory):
        shutil.rmtree(trial_directory / name / CHECKPOINTS, ignore_errors=True)


def _parse_record(line: bytes) -> MetricRecord:
    """The record of one line. Raises `ValueError` if it is none, or one that no database takes."""
    record = MetricRecord.model_validate_json(line)
    if record.step > MOST_STEPS or not math.isfinite(record.time):
        raise ValueError("has a step or a time that cannot be")
    if any("\0" in name or len(name) > LONGEST_METRIC for name in record.values):
        raise ValueError(f"has a metric whose name is longer than {LONGEST_METRIC} characters, or holds a NUL")
    return record


def _read(path: Path, kind: type[Record]) -> Record:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise WorkspaceError(f"{path}: expected a whole {kind.__name__}, found: {reason}") from error
