"""The files of one attempt: `spec.json`, append-only `metrics.jsonl`, and `result.json` by atomic rename.

They are the source of truth: whatever is killed, and whenever, what stands here is whole.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from ablate.errors import WorkspaceError
from ablate.jobs.fence import MARK, attempt_names, bar_predecessors, require_current
from ablate.jobs.files import CHECKPOINTS, LOG, METRICS, RESULT, SPEC, sync_directory, write_whole, writing
from ablate.specs import JobSpec, MetricRecord, TrialResult

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
    "read_metrics",
    "read_result",
    "read_spec",
]

Record = TypeVar("Record", JobSpec, TrialResult)


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
    """Whole lines from a place on, and the place (in bytes) to read on from."""

    records: list[MetricRecord]
    offset: int


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


def read_metrics(directory: Path, offset: int = 0) -> MetricsRead:
    """The records from byte `offset` on; a line that is still being written is left for the next time.

    Raises `WorkspaceError` naming the place of a line that is whole but damaged.
    """
    path = directory / METRICS
    if not path.exists():
        return MetricsRead([], offset)
    with path.open("rb") as file:
        file.seek(offset)
        text = file.read()
    whole = text[: text.rfind(b"\n") + 1]
    records, place = [], offset
    for line in whole.splitlines(keepends=True):
        try:
            records.append(MetricRecord.model_validate_json(line))
        except ValidationError:
            raise WorkspaceError(
                f"{path}: the line at byte {place} is not a metric record: {line[:60]!r}; remove it, and run again"
            ) from None
        place += len(line)
    return MetricsRead(records, place)


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


def _read(path: Path, kind: type[Record]) -> Record:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise WorkspaceError(f"{path}: expected a whole {kind.__name__}, found: {reason}") from error
