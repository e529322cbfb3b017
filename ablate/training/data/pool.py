"""Images and labels as a source gives them, before they are split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablate.specs import Split

DEFAULT_LIMIT_BYTES = 2**30
"""A data set whose pixels take no more, one byte for each channel of each, is held in memory."""


@dataclass(frozen=True)
class PixelPool:
    """Images that are in memory already. Pixels [images, channels, height, width] are uint8, or float32 in 0..1."""

    pixels: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.int64]


class ImagePool(Protocol):
    """Images that are decoded one by one; it is sent to worker processes, so it holds paths rather than open files."""

    labels: NDArray[np.int64]

    def image(self, index: int) -> Image.Image:
        """One image, in RGB or in grey as the data set has it.

        Raises:
            DataError: it cannot be read or decoded; the message names the path.
        """


Pool = PixelPool | ImagePool


@dataclass(frozen=True)
class Source:
    """What a data set gives: the parts that it comes in, at least one for training and one for testing.

    A set that comes in one piece has `parts` of `Split.TRAIN` alone and `rows`, which says for each split which of its
    images that holds. `fingerprint` is the SHA-256 of the content (of files: of their names and sizes), 16 digits.
    """

    parts: dict[Split, Pool]
    fingerprint: str
    rows: dict[Split, NDArray[np.int64]] | None = None
