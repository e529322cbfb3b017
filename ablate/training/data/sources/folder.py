"""Images in folders, one for each class: `train/`, `val/` and `test/` of such folders, or the folders themselves."""

from __future__ import annotations

from pathlib import Path

from ablate.errors import DataError
from ablate.specs import DataSpec, Split
from ablate.training.data.pool import Source
from ablate.training.data.sources.files import ImageFile, create_file_source, find_images
from ablate.training.data.sources.parts import PART_NAMES, arrange_parts
from ablate.training.data.sources.places import VARIABLE, place_of

NAMED = 5
"""How many folders an error names."""


def read_folder(spec: DataSpec) -> Source:
    """The images below a folder; classes are its folders in the order of their names, the same in every part.

    timm's reader of folders names classes by the innermost folder and leaves out empty ones, torchvision's takes hidden
    files for images; both leave labels to chance where a folder is missing. So folders are read here.

    Raises: DataError for a missing folder, another layout, or a class without an image.
    """
    root = place_of(spec, spec.place)
    if not root.is_dir():
        there = "is a file" if root.exists() else "there is none"
        raise DataError(
            f"{root.absolute()}: expected a folder of images, {there}: put them there, or name another folder in "
            f"data.name, data.root or {VARIABLE}"
        )
    folders = _folders(root)
    named = {name: root / name for name in folders if name in PART_NAMES and _folders(root / name)}
    is_parted = Split.TRAIN in map(PART_NAMES.get, named) or (named and len(named) == len(folders))
    parts = arrange_parts(named, str(root)) if is_parted else {Split.TRAIN: root}
    classes = _classes(parts[Split.TRAIN], spec)
    files = {split: _read_part(root, part, parts[Split.TRAIN], classes) for split, part in parts.items()}
    return create_file_source(root, files, spec.facts.channels)


def _folders(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _classes(part: Path, spec: DataSpec) -> list[str]:
    classes = _folders(part)
    if not classes:
        inside = "images lie directly in it" if any(find_images(part)) else "it holds no folder"
        raise DataError(f"{part}: expected a folder for each class, {inside}")
    if len(classes) != spec.facts.classes:
        raise DataError(
            f"{part}: holds {len(classes)} class folders ({_listed(classes)}), data.classes is {spec.facts.classes}: "
            "make them agree"
        )
    return classes


def _read_part(root: Path, part: Path, train: Path, classes: list[str]) -> list[ImageFile]:
    strange = [name for name in _folders(part) if name not in classes]
    if strange:
        raise DataError(f"{part}: holds the class folders {_listed(strange)}, which {train} has not: make them agree")
    prefix = part.relative_to(root).as_posix()
    files = []
    for label, name in enumerate(classes):
        folder = part / name
        images = list(find_images(folder)) if folder.is_dir() else []
        if not images:
            there = "no image in it" if folder.is_dir() else "there is none"
            raise DataError(f"{folder}: expected a folder with images of class {name}, {there}")
        inner = f"{name}/" if prefix == "." else f"{prefix}/{name}/"
        files += [ImageFile(inner + image, size, label) for image, size in images]
    return files


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
