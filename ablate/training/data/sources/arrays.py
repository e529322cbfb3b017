"""Arrays of images in any of the usual layouts, as pixels [images, channels, height, width]."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ablate.errors import DataError

CHANNELS = (1, 3)

RED, GREEN, BLUE, HALF = 19595, 38470, 7471, 0x8000
"""Weights of grey, ITU-R 601-2 times 2^16, and one half: what Pillow computes."""

Pixels = NDArray[np.uint8] | NDArray[np.float32]


def as_pixels(images: Any, channels: int, where: str) -> Pixels:
    """Images as pixels of so many channels; grey and colour are converted.

    `images` is a NumPy array or a tensor [images, height, width], with channels before or behind height and width,
    of uint8, or of floats in 0..1.

    Raises: DataError for another shape or type, images of different sizes, or values out of range.
    """
    array = _as_array(images, where)
    if array.ndim == 3:
        array = array[:, None]
    elif array.ndim == 4 and array.shape[1] not in CHANNELS and array.shape[3] in CHANNELS:
        array = array.transpose(0, 3, 1, 2)
    if array.ndim != 4 or array.shape[1] not in CHANNELS or 0 in array.shape[2:]:
        shape = " x ".join(map(str, np.shape(array)))
        raise DataError(
            f"{where}: expected images [images, channels, height, width] or [images, height, width, channels] of 1 or "
            f"3 channels, found an array of {shape}"
        )
    return cast("Pixels", np.ascontiguousarray(with_channels(_as_values(array, where), channels)))


def as_labels(labels: Any, images: int, where: str) -> NDArray[np.int64]:
    """Labels as whole numbers, one for each image. Raises: DataError where they are not."""
    array = _as_array(labels, where)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise DataError(
            f"{where}: expected a list of whole numbers as labels, found {array.dtype} of {array.ndim} axes"
        )
    if len(array) != images:
        raise DataError(f"{where}: {images} images with {len(array)} labels: expected one for each")
    return array.astype(np.int64)


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """The same images in grey (1) or in colour (3)."""
    if pixels.shape[1] == channels:
        return pixels
    if channels == 3:
        return cast("Pixels", np.repeat(pixels, 3, axis=1))
    red, green, blue = (pixels[:, [channel]] for channel in range(3))
    if pixels.dtype == np.uint8:
        total = red.astype(np.uint32) * RED + green.astype(np.uint32) * GREEN + blue.astype(np.uint32) * BLUE
        return ((total + HALF) >> 16).astype(np.uint8)
    return ((red * RED + green * GREEN + blue * BLUE) / 2**16).astype(np.float32)


def _as_array(values: Any, where: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except (ValueError, TypeError) as error:  # lists of arrays whose shapes differ
        raise DataError(
            f"{where}: expected an array, these cannot be put into one: their sizes or types differ; make them equal"
        ) from error


def _as_values(array: NDArray[Any], where: str) -> Pixels:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind != "f":
        raise DataError(f"{where}: expected images of uint8, or of floats in 0 to 1, found {array.dtype}")
    if array.size and not (array.min() >= 0 and array.max() <= 1):
        raise DataError(
            f"{where}: expected images of uint8, or of floats in 0 to 1, found floats from {array.min():g} to "
            f"{array.max():g}"
        )
    return array.astype(np.float32)
