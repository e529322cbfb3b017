"""The checkpoints of one trial: where they lie, which one to go on from, and how many are kept."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ablate.specs import Resumption
from ablate.training.checkpoint import Checkpoint, Identity, UnusableCheckpoint, place_of, read, write

LOGGER = logging.getLogger(__name__)

KEPT = 2
"""The last one, and the one before in case the last is damaged."""


class Shelf:
    """Where an attempt puts its checkpoints, and where earlier attempts at the same trial left theirs.

    `earlier` maps an attempt's number to its directory of checkpoints; `require_current` is asked before anything is
    written, and raises where the attempt was given up. Constructing a shelf touches no disk.
    """

    def __init__(
        self, directory: Path, earlier: Mapping[int, Path], identity: Identity, require_current: Callable[[], None]
    ) -> None:
        self._directory, self._earlier, self._identity = directory, earlier, identity
        self._require_current = require_current
        self._kept: list[Path] = []
        self.resumption: Resumption | None = None

    def take_up(self) -> Checkpoint | None:
        """The furthest checkpoint of an earlier attempt that can be gone on from, or None; what is passed over is said.

        Sets `resumption`.
        """
        found = [(place_of(path), attempt, path) for attempt, path in self._found()]
        found.sort()
        while found:
            _, attempt, path = found.pop()
            try:
                checkpoint = read(path, self._identity)
            except UnusableCheckpoint as error:
                LOGGER.warning("checkpoint %s of attempt %d is passed over: %s", path.name, attempt, error)
                continue
            self._kept = [*(older for _, _, older in found), path]
            self.resumption = Resumption(attempt=attempt, step=checkpoint.progress.step)
            LOGGER.info("going on from step %d of attempt %d", checkpoint.progress.step, attempt)
            return checkpoint
        return None

    def put(self, checkpoint: Checkpoint) -> None:
        """Write one and, once it is in place, remove all but the last two.

        A disk that does not take it is said and costs only what a later resumption has to do again.
        """
        self._require_current()
        try:
            self._kept.append(write(self._directory, checkpoint, self._identity))
            while len(self._kept) > KEPT:
                self._kept.pop(0).unlink(missing_ok=True)
        except OSError as error:
            LOGGER.warning("no checkpoint at step %d: %s; going on", checkpoint.progress.step, error.strerror)

    def clear(self) -> None:
        """Remove every checkpoint of the trial."""
        for directory in (*self._earlier.values(), self._directory):
            shutil.rmtree(directory, ignore_errors=True)

    def _found(self) -> list[tuple[int, Path]]:
        return [(attempt, path) for attempt, directory in self._earlier.items() for path in directory.glob("[0-9]*.pt")]
