"""What an attempt left on the disk, as the tracking database lists it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from ablate.jobs.fence import MARK
from ablate.jobs.files import CHECKPOINTS, LOG, METRICS, RESULT, SPEC
from ablate.jobs.lease import HOLDER, LEASE
from ablate.tracking.records import Artifact, ArtifactKind
from ablate.workspace import Workspace

BOOKKEEPING = frozenset({LEASE, HOLDER})
"""Says only who works on the attempt."""

KINDS = {
    SPEC: ArtifactKind.SPEC,
    METRICS: ArtifactKind.METRICS,
    RESULT: ArtifactKind.RESULT,
    LOG: ArtifactKind.LOG,
    MARK: ArtifactKind.MARK,
}

MOST_HASHED_BYTES = 4 * 1024 * 1024
"""Some milliseconds; an attempt's own files are far below it."""


def list_artifacts(directory: Path, study: str, trial: str, attempt: int) -> tuple[Artifact, ...]:
    """The files in an attempt's directory by their place in the workspace, in the order of their paths.

    What is being written, who holds the attempt, and links are left out; so is what goes while it is looked at.
    """
    name = Workspace(Path()).attempt_directory(study, trial, attempt)
    found = (_look_at(directory, name, path) for path in _files(directory))
    return tuple(artifact for artifact in found if artifact is not None)


def _files(directory: Path) -> Iterator[Path]:
    try:
        with os.scandir(directory) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in inside:
        if entry.name.startswith(".") or entry.name in BOOKKEEPING:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _look_at(directory: Path, name: Path, path: Path) -> Artifact | None:
    place = path.relative_to(directory)
    kind = _kind(place)
    try:
        size = path.stat().st_size
        is_cheap = kind is not ArtifactKind.CHECKPOINT and size <= MOST_HASHED_BYTES
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if is_cheap else None
    except OSError:
        return None
    return Artifact(path=(name / place).as_posix(), kind=kind, bytes=size, sha256=digest)


def _kind(place: Path) -> ArtifactKind:
    if len(place.parts) > 1:
        return ArtifactKind.CHECKPOINT if place.parts[0] == CHECKPOINTS else ArtifactKind.OTHER
    return KINDS.get(place.name, ArtifactKind.OTHER)
