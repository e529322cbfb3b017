"""What a training is fed with: batches of standardised images, whichever way they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """One process's share of a batch, on its device.

    Pixels are standardised by the training images' mean and deviation of each channel, and augmented where the batch
    is learned from. `targets` are shares of classes where images were mixed, else None and `labels` say it all. The
    first `counted` images count; where a batch has fewer images than there are processes, one that does not count
    keeps a process in step. `weight` is the share's weight in the mean gradient over the whole batch, times the number
    of processes.
    """

    pixels: Float[Tensor, "images channels height width"]
    labels: Int[Tensor, " images"]
    targets: Float[Tensor, "images classes"] | None
    counted: int
    weight: float

    def __len__(self) -> int:
        return len(self.labels)


class Supply(Protocol):
    """The images of one split. Every draw is a function of (seed, stream, epoch, step), so any step can be begun at."""

    def __len__(self) -> int:
        """Images in the split, over all processes."""

    def training_batches(self, size: int, seed: int, epoch: int, first: int = 0) -> Iterator[Batch]:
        """The batches of one pass in the order of that epoch, augmented, from batch number `first` on.

        `size` images make a whole batch over all processes; the last may be smaller.
        """

    def evaluation_batches(self, size: int) -> Iterator[Batch]:
        """All images once, as they are stored."""
