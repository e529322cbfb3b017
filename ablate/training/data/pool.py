"""Images and labels as a source gives them, before they are split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablate.specs import Split

LIMIT_BYTES = 2**30
"""A data set whose pixels take no more, one byte for each channel of each, is held in memory."""


class ImagePool(Protocol):
    """Images that are decoded one by one; it is sent to worker processes, so it holds paths rather than open files."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of every image, from 0."""

    def image(self, index: int) -> Image.Image:
        """One image in its own size, in RGB or in grey as `DataSpec` asks.

        Raises:
            DataError: it cannot be read or decoded; the message names the path.
        """


@dataclass(frozen=True)
class PixelPool:
    """Images of one size that are in memory already, with as many channels as `DataSpec` asks for.

    Pixels [images, channels, height, width] are uint8, or float32 in 0..1. Height and width are the source's own.
    """

    pixels: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.int64]

    def image(self, index: int) -> Image.Image:
        """One image, of bytes: what is between two of the 256 levels is rounded."""
        pixels = self.pixels[index]
        if pixels.dtype != np.uint8:
            pixels = np.rint(pixels * 255).astype(np.uint8)
        return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0).squeeze(2 if len(pixels) == 1 else ())))


Pool = PixelPool | ImagePool


@dataclass(frozen=True)
class Source:
    """What a data set gives: the parts that it comes in, `Split.TRAIN` alone where it comes in one piece.

    There is never a part for validation without one for testing. `fingerprint` is the SHA-256 of the content (of many
    files: of their names, sizes and labels), 16 digits.
    """

    parts: dict[Split, Pool]
    fingerprint: str
