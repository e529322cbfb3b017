"""A batch in pieces that fit into memory, whose gradients add up to those of the whole batch."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ablate.training.data import Batch


class Pieces:
    """A process's share in pieces of `size` images, the last maybe smaller; whole if `size` is None.

    A piece's loss is a mean over its own images, so it is weighted by its part of the share. What normalises over a
    batch, as batch norm does, sees the piece alone.
    """

    def __init__(self, batch: Batch, size: int | None) -> None:
        self._batch = batch
        self._size = len(batch) if size is None else min(size, len(batch))

    def __len__(self) -> int:
        return math.ceil(len(self._batch) / self._size)

    def __iter__(self) -> Iterator[Batch]:
        batch = self._batch
        if len(self) == 1:
            yield batch
            return
        for start in range(0, len(batch), self._size):
            rows = slice(start, start + self._size)
            labels = batch.labels[rows]
            targets = None if batch.targets is None else batch.targets[rows]
            counted = min(len(labels), max(0, batch.counted - start))
            yield Batch(batch.pixels[rows], labels, targets, counted, batch.weight * len(labels) / len(batch))
