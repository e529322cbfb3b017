"""IDX files (LeCun, Cortes and Burges), the format of MNIST and its successors, packed with gzip or not."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablate.errors import DataError

UNSIGNED_BYTES = 0x08
"""The only type that data sets of images use."""


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The array in an IDX file: two zero bytes, type, number of axes, each length in four bytes, then the values.

    Raises: DataError if it is damaged, too long or too short, of another type or with other axes.
    """
    content = _read(path)
    magic, expected = content[:4], bytes([0, 0, UNSIGNED_BYTES, axes])
    if magic != expected:
        raise DataError(
            f"{path}: expected an IDX file of bytes with {axes} axes (0x{expected.hex()}), it begins with "
            f"{'0x' + magic.hex() if magic else 'nothing'}; fetch it again"
        )
    begin = 4 + 4 * axes
    shape = tuple(int(length) for length in np.frombuffer(content[4:begin].ljust(4 * axes, b"\0"), dtype=">u4"))
    if len(content) != begin + math.prod(shape):
        raise DataError(
            f"{path}: expected {' x '.join(map(str, shape))} values in {begin + math.prod(shape):,} bytes, found "
            f"{len(content):,}; fetch it again"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=begin).reshape(shape)


def _read(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {error}; fetch it again") from error
