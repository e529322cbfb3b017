"""One checkpoint as a file: whole or absent, checked before it is believed, and read without running any code.

The file is what `torch.save` writes, of plain containers and tensors alone. Its name says how far the training was
and holds the beginning of the content's SHA-256, so a file that was cut off or damaged is known by its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import IO, Any, cast

import torch
from torch import Tensor

from ablate.specs import MetricRecord
from ablate.training.progress import Progress
from ablate.training.tally import Tally

FORMAT = 2
"""Version of the layout below; another is refused."""

STATES = ("model", "optimizer", "average", "scaler")
"""What of a checkpoint is kept as its owner gives it."""

NAME = re.compile(r"(\d{9})-(\d{6})-([0-9a-f]{16})\.pt")


class UnusableCheckpoint(Exception):
    """A file that cannot be gone on from; the message says why."""


@dataclass(frozen=True)
class Identity:
    """Whose checkpoint it is: the trial by its configuration's hash and seed, and `place`, where the bits are the same.

    `place` names what the last bits of a result depend on besides: device, threads, processes, versions, code. A
    training that began elsewhere and ended here would give the numbers of neither place, so it is begun anew: that
    costs time, and keeps the promise that a result is the one of an undisturbed run.
    """

    configuration: str
    seed: int
    place: dict[str, str]

    def refusal(self, of: Identity) -> str | None:
        """Why a checkpoint `of` that identity is not ours to go on from, or None."""
        if (of.configuration, of.seed) != (self.configuration, self.seed):
            return (
                f"it belongs to configuration {of.configuration}, seed {of.seed}; this is {self.configuration}, "
                f"seed {self.seed}"
            )
        differing = [key for key in {**of.place, **self.place} if of.place.get(key) != self.place.get(key)]
        if differing:
            changes = (f"{key} {of.place.get(key, 'none')}, here {self.place.get(key, 'none')}" for key in differing)
            return f"it was made with {'; '.join(changes)}, so its bits would differ"
        return None


@dataclass(frozen=True)
class Checkpoint:
    """A training at a safe place: between two steps, its losses checked; with the tally of each of its processes.

    `average` is the moving average of the weights, `scaler` the loss scaling of half precision, where there are such.
    """

    progress: Progress
    tallies: list[Tally]
    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    average: dict[str, Tensor] | None = None
    scaler: dict[str, Any] | None = None


def write(directory: Path, checkpoint: Checkpoint, identity: Identity) -> Path:
    """Write beside, flush to the disk, rename. Raises `OSError` where the disk does not take it, leaving nothing."""
    directory.mkdir(exist_ok=True)
    beside = directory / f".{os.getpid()}.partial"
    try:
        with beside.open("wb") as file:
            hashing = _Hashing(file)
            torch.save(_content(checkpoint, identity), cast(IO[bytes], hashing))
            file.flush()
            os.fsync(file.fileno())
        step, records = checkpoint.progress.place
        path = directory / f"{step:09d}-{records:06d}-{hashing.digest()}.pt"
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    _sync_directory(directory)
    return path


def read(path: Path, identity: Identity) -> Checkpoint:
    """The checkpoint, on the CPU.

    Raises `UnusableCheckpoint` if it is damaged, of another layout, or not `identity`'s.
    """
    name = NAME.fullmatch(path.name)
    try:
        with path.open("rb") as file:
            if name is None or not hashlib.file_digest(file, "sha256").hexdigest().startswith(name[3]):
                raise UnusableCheckpoint("it is damaged or cut off")
            file.seek(0)
            content = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise UnusableCheckpoint(f"it cannot be read: {error.strerror}") from error
    except UnpicklingError as error:
        raise UnusableCheckpoint("it holds more than tensors and plain values") from error
    if content["format"] != FORMAT:
        raise UnusableCheckpoint(f"its format is {content['format']}, expected {FORMAT}")
    reason = identity.refusal(Identity(**content["identity"]))
    if reason is not None:
        raise UnusableCheckpoint(reason)
    tallies = [Tally(**tally) for tally in content["tallies"]]
    states = {name: content[name] for name in STATES}
    return Checkpoint(_progress(content["progress"]), tallies, **states)


def place_of(path: Path) -> tuple[int, int]:
    """How far the training was, by the file's name; a name of no checkpoint is the very beginning."""
    name = NAME.fullmatch(path.name)
    return (int(name[1]), int(name[2])) if name else (0, 0)


def _content(checkpoint: Checkpoint, identity: Identity) -> dict[str, Any]:
    progress = vars(checkpoint.progress)
    return {
        "format": FORMAT,
        "identity": vars(identity),
        "progress": {
            **{name: progress[name] for name in progress.keys() - {"tally", "records"}},
            "records": [record.model_dump_json() for record in checkpoint.progress.records],
        },
        "tallies": [vars(tally) for tally in checkpoint.tallies],
        **{name: getattr(checkpoint, name) for name in STATES},
    }


def _progress(content: dict[str, Any]) -> Progress:
    records = [MetricRecord.model_validate_json(record) for record in content["records"]]
    return Progress(**{**content, "records": records})


class _Hashing:
    """A file for writing that keeps the SHA-256 of what went through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def digest(self) -> str:
        return self._hash.hexdigest()[:16]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
