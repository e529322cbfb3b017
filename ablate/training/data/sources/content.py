"""Fingerprints of what a data set holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np

from ablate.specs import Split
from ablate.training.data.pool import ImagePool, PixelPool, Pool

DIGITS = 16
"""Of a SHA-256, as it is kept."""

SAMPLED = 1024
"""Images of a part whose pixels stand for all, where there are neither arrays nor files."""

T = TypeVar("T")


def hash_arrays(parts: Mapping[Split, PixelPool]) -> str:
    """Of all pixels and labels."""
    digest = hashlib.sha256()
    for split, pool in _in_order(parts):
        digest.update(f"{split} {pool.pixels.dtype} {pool.pixels.shape}\n".encode())
        digest.update(np.ascontiguousarray(pool.pixels).data)
        digest.update(_label_bytes(pool))
    return digest.hexdigest()[:DIGITS]


def hash_files(parts: Mapping[Split, Iterable[tuple[bytes, int, int]]]) -> str:
    """Of the name, size in bytes and label of every file: quick for millions."""
    digest = hashlib.sha256()
    for split, files in _in_order(parts):
        digest.update(f"{split}\n".encode())
        for name, size, label in files:
            digest.update(b"%s\0%d\0%d\n" % (name, size, label))
    return digest.hexdigest()[:DIGITS]


def hash_sample(parts: Mapping[Split, ImagePool]) -> str:
    """Of all labels, and of the pixels of up to `SAMPLED` images of each part, spread evenly."""
    digest = hashlib.sha256()
    for split, pool in _in_order(parts):
        digest.update(f"{split} {len(pool.labels)}\n".encode())
        digest.update(_label_bytes(pool))
        for index in np.unique(np.linspace(0, len(pool.labels) - 1, SAMPLED).astype(int)):
            image = pool.image(int(index))
            digest.update(f"{image.mode} {image.size}\n".encode() + image.tobytes())
    return digest.hexdigest()[:DIGITS]


def _in_order(parts: Mapping[Split, T]) -> list[tuple[Split, T]]:
    return [(split, parts[split]) for split in Split if split in parts]


def _label_bytes(pool: Pool) -> bytes:
    return pool.labels.astype("<i8").tobytes()
