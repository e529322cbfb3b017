"""Optical recognition of handwritten digits (Alpaydin and Kaynak, 1998), as shipped by scikit-learn."""

from __future__ import annotations

import numpy as np

from ablate.specs import DataSpec, Split
from ablate.training.data.pool import PixelPool, Source
from ablate.training.data.sources.arrays import with_channels
from ablate.training.data.sources.content import hash_arrays


def read_digits(spec: DataSpec) -> Source:
    """1,797 grey images of 8 x 8 in one piece, in 0..1."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = digits.images[:, None].astype(np.float32) / 16
    parts = {Split.TRAIN: PixelPool(with_channels(pixels, spec.facts.channels), digits.target.astype(np.int64))}
    return Source(dict(parts), hash_arrays(parts))
