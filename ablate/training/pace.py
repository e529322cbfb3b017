"""How often a checkpoint is worth its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SPACING = 50
"""A checkpoint is due no sooner than this many times what writing one takes: at most 2 % of the time goes there."""

WITHIN_EPOCH_SECONDS = 120.0
"""How old the last checkpoint may grow inside a long epoch."""

CHEAP_SECONDS = 1.0
"""What may be spent on a checkpoint that nobody asked for while somebody waits."""


class Pace:
    """Says when the next checkpoint is due, from what the last one cost.

    Before the first its cost is guessed from its size, high rather than low: whatever is over in a second writes none.
    """

    def __init__(self, payload_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._cost_seconds = 0.02 + payload_bytes / 100e6
        self._since = clock()

    @property
    def is_cheap(self) -> bool:
        """Whether a checkpoint is written in a moment."""
        return self._cost_seconds < CHEAP_SECONDS

    def is_due(self, *, within_epoch: bool) -> bool:
        """Whether to write one now; inside an epoch only when the end of the last one is long past."""
        wait = SPACING * self._cost_seconds
        return self._clock() - self._since >= (max(wait, WITHIN_EPOCH_SECONDS) if within_epoch else wait)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around the writing of a checkpoint: measures what it costs, even where it fails."""
        began = self._clock()
        try:
            yield
        finally:
            self._since = self._clock()
            self._cost_seconds = self._since - began
