"""Images in files of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torchvision.datasets.folder import IMG_EXTENSIONS

from ablate.errors import DataError
from ablate.specs import Split
from ablate.training.data.decoding import decode_image
from ablate.training.data.pool import Pool, Source
from ablate.training.data.sources.content import hash_files


class ImageFile(NamedTuple):
    """One image: its path below the data set's folder, its size in bytes, and its class."""

    name: str
    size: int
    label: int


@dataclass(frozen=True)
class FilePool:
    """Images in files below `root`; names are kept in one array, as millions of strings would be copied to workers."""

    root: str
    names: NDArray[np.bytes_]
    labels: NDArray[np.int64]
    channels: int

    def image(self, index: int) -> Image.Image:
        """See `ImagePool`."""
        path = Path(self.root, os.fsdecode(self.names[index]))
        return decode_image(path, str(path), self.channels)


def create_file_source(root: Path, parts: dict[Split, list[ImageFile]], channels: int) -> Source:
    """The source of images in files, by their part."""
    pools: dict[Split, Pool] = {
        split: FilePool(
            str(root),
            np.array([os.fsencode(file.name) for file in files], dtype=np.bytes_),
            np.array([file.label for file in files], dtype=np.int64),
            channels,
        )
        for split, files in parts.items()
    }
    hashed = {split: [(os.fsencode(name), size, label) for name, size, label in of] for split, of in parts.items()}
    return Source(pools, hash_files(hashed))


def find_images(folder: Path, suffixes: Sequence[str] = IMG_EXTENSIONS) -> Iterator[tuple[str, int]]:
    """Path below `folder` and size of every image in it at any depth, in the order of their names.

    Links are followed, hidden files and other suffixes left out.

    Raises: DataError for a link to nothing, or one that leads back above itself.
    """
    endings = tuple(suffixes)

    def walk(directory: str, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[tuple[str, int]]:
        with os.scandir(directory) as entries:
            found = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
        for entry in found:
            if entry.is_dir():
                status = entry.stat()
                place = (status.st_dev, status.st_ino)
                if place in above:
                    raise DataError(f"{entry.path}: is a link to a folder above it: remove the link")
                yield from walk(entry.path, f"{prefix}{entry.name}/", above | {place})
            elif entry.name.lower().endswith(endings):
                if not entry.is_file():
                    raise DataError(f"{entry.path}: expected an image, is a link to nothing: restore what it names")
                yield f"{prefix}{entry.name}", entry.stat().st_size

    yield from walk(str(folder), "", frozenset())
