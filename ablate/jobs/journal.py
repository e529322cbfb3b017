"""The files of one attempt: `spec.json`, append-only `metrics.jsonl`, and `result.json` by atomic rename.

They are the source of truth: whatever is killed, and whenever, what stands here is whole.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from ablate.errors import WorkspaceError
from ablate.specs import JobSpec, MetricRecord, TrialResult

Record = TypeVar("Record", JobSpec, TrialResult)

SPEC, METRICS, RESULT, LOG = "spec.json", "metrics.jsonl", "result.json", "log.txt"


class Journal:
    """The writing side, inside the job. Raises `WorkspaceError` where the disk does not take what is written."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def append(self, record: MetricRecord) -> None:
        """Add one line; once this returns it survives the process, and once `finish` returns the machine."""
        path = self.directory / METRICS
        with _writing(path), path.open("ab") as file:
            file.write(record.model_dump_json().encode() + b"\n")

    def finish(self, result: TrialResult) -> None:
        """Put `result.json` in place, after everything that it speaks of is on the disk."""
        metrics = self.directory / METRICS
        if metrics.exists():
            with _writing(metrics), metrics.open("rb") as file:
                os.fsync(file.fileno())
        _write_whole(self.directory / RESULT, result.model_dump_json(indent=1))


class MetricsRead(NamedTuple):
    """Whole lines from a place on, and the place (in bytes) to read on from."""

    records: list[MetricRecord]
    offset: int


def create_attempt(directory: Path, spec: JobSpec) -> None:
    """Make the attempt's directory with its `spec.json`; it appears whole or not at all.

    Raises `FileExistsError` if the attempt is there already, `WorkspaceError` if it cannot be written.
    """
    if directory.exists():
        raise FileExistsError(directory)
    building = directory.with_name(f".{directory.name}.{os.getpid()}")
    with _writing(directory):
        building.mkdir(parents=True, exist_ok=True)
        _write_whole(building / SPEC, spec.model_dump_json(indent=1))
        building.rename(directory)
        _sync_directory(directory.parent)


def read_spec(directory: Path) -> JobSpec:
    """The attempt's specification. Raises `WorkspaceError` if it is missing or damaged."""
    return _read(directory / SPEC, JobSpec)


def read_result(directory: Path) -> TrialResult | None:
    """How the attempt ended by its own word, or None while it has not. Raises `WorkspaceError` if damaged."""
    return _read(directory / RESULT, TrialResult) if (directory / RESULT).exists() else None


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


def find_attempts(study_directory: Path) -> list[Path]:
    """Every attempt's directory of a study, in the order of trial and attempt."""
    return sorted(path.parent for path in study_directory.glob(f"*/[0-9]*/{SPEC}"))


def _read(path: Path, kind: type[Record]) -> Record:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise WorkspaceError(f"{path}: expected a whole {kind.__name__}, found: {reason}") from error


def _write_whole(path: Path, text: str) -> None:
    """Write beside, flush to the disk, rename: a reader sees nothing or everything."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with _writing(path):
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_directory(path.parent)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the disk refuses is said in one line."""
    try:
        yield
    except OSError as error:
        raise WorkspaceError(f"cannot write {path}: {error.strerror}; mend that, and run again") from error


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
