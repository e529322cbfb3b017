"""One process's share of a batch, and where in the stream of randomness its draws are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablate.training.streams import Stream, stream_seed


class Part(IntEnum):
    """What is drawn. Each part is a stream of its own: to switch one off leaves what the others draw."""

    CROP = 0
    FLIP = 1
    RANDOM_AUGMENT = 2
    ERASING = 3
    NOISE = 4
    MIXING = 5


@dataclass(frozen=True)
class Share:
    """Images `first` to `first + count` of the `total` in one batch.

    Every process draws for the whole batch and keeps its own rows, so that an image's draws do not depend on how many
    processes there are.
    """

    seed: int
    epoch: int
    step: int
    first: int
    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.first + self.count <= self.total:
            raise ValueError(
                f"{self.count} images from position {self.first} on are no share of a batch of {self.total}"
            )

    def rng(self, part: Part) -> np.random.Generator:
        """The draws of `part` for this batch, from their start; on the CPU, so the same for every device."""
        return np.random.default_rng(self._seed(part))

    def device_generator(self, part: Part, device: torch.device) -> torch.Generator:
        """The same on `device`, for draws that are as many as pixels: these are the same on devices of one kind."""
        return torch.Generator(device).manual_seed(self._seed(part))

    def own(self, drawn: NDArray[Any]) -> NDArray[Any]:
        """This share's rows of what was drawn for the whole batch."""
        return drawn[self.first : self.first + self.count]

    def _seed(self, part: Part) -> int:
        return stream_seed(self.seed, Stream.AUGMENTATION, self.epoch, self.step, part.value)


def sent(drawn: NDArray[Any], device: torch.device) -> Tensor:
    """What was drawn, on the device of the images."""
    return torch.from_numpy(np.ascontiguousarray(drawn)).to(device, non_blocking=True)
