"""Images in tar files, as the WebDataset library writes them: `KEY.jpg` or `KEY.png` beside `KEY.cls`.

Tars are looked through once for where each image begins, and images are then read from there in any order; so they are
shuffled and resumed like files of their own, which streaming cannot. No package but Python's own is needed, and nothing
is ever extracted.
"""

from __future__ import annotations

import glob
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.decoding import decode_image
from ablate.training.data.pool import Pool, Source
from ablate.training.data.sources.content import hash_files
from ablate.training.data.sources.parts import PART_NAMES, arrange_parts
from ablate.training.data.sources.places import VARIABLE, place_of

IMAGE_SUFFIXES = ("jpg", "jpeg", "png", "webp", "ppm", "pgm")
LABEL_SUFFIX = "cls"
MOST_LABEL_BYTES = 32


class Member(NamedTuple):
    """One image in a tar: where its bytes lie, and its class."""

    shard: int
    name: str
    offset: int
    size: int
    label: int


@dataclass(frozen=True)
class TarPool:
    """Images at known places of tar files."""

    shards: tuple[str, ...]
    names: NDArray[np.bytes_]
    places: NDArray[np.int64]
    """Of each image [images, 3] the shard's number, and offset and size in bytes."""
    labels: NDArray[np.int64]
    channels: int

    def image(self, index: int) -> Image.Image:
        """See `ImagePool`."""
        shard, offset, size = self.places[index].tolist()
        name = f"{self.shards[shard]}: {self.names[index].decode()}"
        try:
            with Path(self.shards[shard]).open("rb") as file:
                file.seek(offset)
                content = file.read(size)
        except OSError as error:
            raise DataError(f"{name}: cannot be read: {error.strerror}; restore the file") from error
        return decode_image(content, name, self.channels)


def read_webdataset(spec: DataSpec) -> Source:
    """The images of the tar files that a pattern names; words in their paths (train, val, test) say the parts.

    Raises: DataError for a missing, packed or damaged tar, or an image without a class.
    """
    parts = _parts(find_shards(spec), spec)
    members = {
        split: [each for number, shard in enumerate(of) for each in _index(number, shard)]
        for split, of in parts.items()
    }
    pools: dict[Split, Pool] = {split: _pool(parts[split], of, spec) for split, of in members.items()}
    hashed = {
        split: [(f"{parts[split][each.shard].name}/{each.name}".encode(), each.size, each.label) for each in of]
        for split, of in members.items()
    }
    return Source(pools, hash_files(hashed))


def find_shards(spec: DataSpec) -> list[Path]:
    """The tar files that the pattern names, in the order of their paths.

    Braces are expanded ({0000..0146}, {train,val}), then * ? and [] are matched; a folder stands for its tars.

    Raises: DataError for a pattern that matches nothing.
    """
    shards: set[Path] = set()
    for pattern in expand_braces(spec.place):
        place = place_of(spec, pattern)
        found = list(place.rglob("*.tar")) if place.is_dir() else _match(spec, pattern)
        if not found:
            raise DataError(
                f"{place}: expected tar files, there is none: put them there, or name other ones in "
                f"data.name, data.root or {VARIABLE}"
            )
        shards.update(found)
    return sorted(shards)


def _match(spec: DataSpec, pattern: str) -> list[Path]:
    """What a pattern matches below the place where data lies, whose own name is no pattern."""
    base, pattern = str(place_of(spec, "")), str(Path(pattern).expanduser())
    rooted = pattern if Path(pattern).is_absolute() else f"{glob.escape(base)}/{pattern}"
    return [Path(path) for path in glob.glob(rooted)]  # noqa: PTH207  Path.glob takes no absolute pattern


def expand_braces(pattern: str) -> list[str]:
    """`a{08..10}` as a08, a09, a10; `{train,val}` as train, val; the first braces vary slowest."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        return [pattern]
    ends = re.fullmatch(r"(\d+)\.\.(\d+)", match[1])
    if ends is None:
        choices = match[1].split(",")
    else:
        choices = [f"{number:0{len(ends[1])}}" for number in range(int(ends[1]), int(ends[2]) + 1)]
    before, after = pattern[: match.start()], pattern[match.end() :]
    return [f"{before}{choice}{rest}" for choice in choices for rest in expand_braces(after)]


def _parts(shards: list[Path], spec: DataSpec) -> dict[Split, list[Path]]:
    """Shards by part: that is said by a word of what tells their paths apart."""
    common = Path(os.path.commonpath([shard.parent for shard in shards]))
    named: dict[str, list[Path]] = {}
    for shard in shards:
        words = re.split(r"[^a-z]+", shard.relative_to(common).as_posix().lower())
        named.setdefault(next((word for word in words if word in PART_NAMES), ""), []).append(shard)
    if list(named) == [""] or len(named) == 1:
        return {Split.TRAIN: shards}
    if "" in named:
        raise DataError(
            f"{named[''][0]}: expected train, val or test in its path, as other shards have it: rename it, or give a "
            "pattern that leaves it out"
        )
    return arrange_parts(named, spec.name)


def _index(number: int, shard: Path) -> Iterator[Member]:
    """The images of a shard in its order, each with the class that lies beside it.

    Raises: DataError where the tar is packed or damaged, or an image and its class do not come together.
    """
    images: dict[str, tuple[str, int, int]] = {}
    labels: dict[str, int] = {}
    try:
        with tarfile.open(shard, "r:") as tar:
            for member in tar:
                folder, _, base = member.name.rpartition("/")
                stem, _, suffix = base.partition(".")
                key = f"{folder}/{stem}"
                if not member.isfile() or not stem:
                    continue
                if suffix.lower() in IMAGE_SUFFIXES:
                    images[key] = (member.name, member.offset_data, member.size)
                elif suffix.lower() == LABEL_SUFFIX:
                    labels[key] = _label(tar, member, shard)
    except (OSError, tarfile.TarError) as error:
        raise DataError(
            f"{shard}: expected a tar file that is not compressed: {error}; unpack it (gunzip), or fetch it again"
        ) from error
    if not images:
        raise DataError(f"{shard}: holds no image: expected KEY.jpg or KEY.png beside KEY.{LABEL_SUFFIX}")
    for key, (name, offset, size) in images.items():
        if key not in labels:
            raise DataError(f"{shard}: {name} has no class: expected {key.lstrip('/')}.{LABEL_SUFFIX} beside it")
        yield Member(number, name, offset, size, labels[key])


def _label(tar: tarfile.TarFile, member: tarfile.TarInfo, shard: Path) -> int:
    file = tar.extractfile(member)
    content = b"" if file is None else file.read(MOST_LABEL_BYTES)
    try:
        return int(content)
    except ValueError as error:
        raise DataError(f"{shard}: {member.name} holds {content[:20]!r}, expected the number of a class") from error


def _pool(shards: list[Path], members: list[Member], spec: DataSpec) -> TarPool:
    return TarPool(
        tuple(map(str, shards)),
        np.array([each.name.encode() for each in members], dtype=np.bytes_),
        np.array([(each.shard, each.offset, each.size) for each in members], dtype=np.int64),
        np.array([each.label for each in members], dtype=np.int64),
        spec.facts.channels,
    )
