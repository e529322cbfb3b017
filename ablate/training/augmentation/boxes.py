"""Random rectangles inside an image: the part that a crop keeps, and the part that is erased."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

TRIES = 10
DRAWS = 4
"""Uniform numbers for one try: area, aspect ratio, row and column."""


@dataclass(frozen=True)
class Boxes:
    """One rectangle for each image, in pixels. Where none of the tries fitted, `found` is false."""

    top: Int[ndarray, " images"]
    left: Int[ndarray, " images"]
    height: Int[ndarray, " images"]
    width: Int[ndarray, " images"]
    found: Bool[ndarray, " images"]


def fit_boxes(
    draws: Float[ndarray, "images tries 4"],
    size: tuple[int, int],
    area: tuple[float, float],
    aspect: tuple[float, float],
    largest: tuple[int, int],
) -> Boxes:
    """The first try of each image that is no larger than `largest`, of any place in `size`.

    A part of `area` of the image with width / height in `aspect`: the area is uniform, the logarithm of the ratio is.
    """
    height, width = size
    pixels = height * width * _between(draws[..., 0], *area)
    ratio = np.exp(_between(draws[..., 1], math.log(aspect[0]), math.log(aspect[1])))
    heights, widths = np.rint(np.sqrt(pixels / ratio)), np.rint(np.sqrt(pixels * ratio))
    fits = (heights >= 1) & (heights <= largest[0]) & (widths >= 1) & (widths <= largest[1])
    tops = np.floor(draws[..., 2] * (height - heights + 1))
    lefts = np.floor(draws[..., 3] * (width - widths + 1))
    chosen = np.arange(len(draws)), fits.argmax(axis=1)
    top, left, height_, width_ = (part[chosen].astype(np.int64) for part in (tops, lefts, heights, widths))
    return Boxes(top, left, height_, width_, fits.any(axis=1))


def _between(uniform: Float[ndarray, "images tries"], low: float, high: float) -> Float[ndarray, "images tries"]:
    return np.asarray(low + (high - low) * uniform)
