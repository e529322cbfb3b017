"""Optical recognition of handwritten digits (Alpaydin and Kaynak, 1998), as shipped by scikit-learn."""

from __future__ import annotations

import numpy as np

from ablate.specs import Split
from ablate.training.data.pool import PixelPool, Source


def read_digits() -> Source:
    """1,797 grey images of 8 x 8 in one piece, in 0..1."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = digits.images[:, None].astype(np.float32) / 16
    return Source({Split.TRAIN: PixelPool(pixels, digits.target.astype(np.int64))}, fingerprint="")
