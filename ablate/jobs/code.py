"""Which code a number comes from: its content, and where that stands in version control.

The content decides whether two trials ran with the same code, wherever it was installed from; version, commit and
difference are for people, who want to find it again.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from collections.abc import Iterator
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple

from ablate.errors import InputError
from ablate.jobs import checkout

PACKAGE = Path(__file__).parents[1]
ROOMS = ("specs", "layer", "models", "training")
"""The parts of this package that a trial's numbers can depend on."""


class CodeState(NamedTuple):
    """The code of one moment.

    `code` is the digest of all sources that a number can depend on. Outside a checkout `commit`, `is_clean` and `diff`
    are None; `diff` is a digest of what these sources have beyond the commit, files that git does not know included.
    """

    code: str
    version: str
    commit: str | None
    is_clean: bool | None
    diff: str | None


class CodeDiff(NamedTuple):
    """What code has beyond its commit: the digest that `CodeState` has of it, and a patch, which may have been cut."""

    digest: str
    text: str
    is_cut: bool


@functools.cache
def identify(extra: tuple[str | Path, ...] = ()) -> CodeState:
    """The code as it lies on the disk at the first call; later changes are not in what this process has imported.

    `extra` names further sources: modules, or packages with all that is in them, by dotted name, or files.

    Raises:
        InputError: a module or file of `extra` is not there.
    """
    if extra:
        return identify()._replace(code=_digest(PACKAGE, extra))
    commit, diff = checkout.stand(PACKAGE, ROOMS)
    return CodeState(
        code=_digest(PACKAGE, extra),
        version=metadata.version("ablate-studies"),
        commit=commit,
        is_clean=None if commit is None else diff is None,
        diff=diff,
    )


@functools.cache
def identify_diff() -> CodeDiff | None:
    """What the code has beyond its commit, as it lies on the disk at the first call.

    None if that is nothing, where there is no commit, and where somebody is just changing it.
    """
    before = checkout.stand(PACKAGE, ROOMS)
    if before.diff is None:
        return None
    text, is_cut = checkout.patch(PACKAGE, ROOMS)
    return CodeDiff(before.diff, text, is_cut) if checkout.stand(PACKAGE, ROOMS) == before else None


def _digest(package: Path, extra: tuple[str | Path, ...]) -> str:
    """SHA-256 of the names and bytes of all sources, in the order of their names."""
    sources = {f"ablate/{name}": path for room in ROOMS for name, path in _inside(package / room, room)}
    for item in extra:
        sources |= dict(_sources(item))
    total = hashlib.sha256()
    for name, path in sorted(sources.items()):
        content = path.read_bytes()
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _sources(item: str | Path) -> list[tuple[str, Path]]:
    """The files of a module, package or file, under names that do not say where it is installed."""
    if isinstance(item, Path):
        if not item.is_file():
            raise InputError(f"{item}: expected a file with the code that a study trains, there is none")
        return [(item.name, item)]
    path = _find_module(item)
    name = item.replace(".", "/")
    return list(_inside(path, name)) if path.is_dir() else [(f"{name}.py", path)]


def _find_module(name: str) -> Path:
    """Where a module or package lies; nothing is imported, for that could take seconds and do anything.

    It is looked for in the working directory first, as `python -m` does, and as programs are run.
    """
    top, *inner = name.split(".")
    found = PathFinder.find_spec(top, [str(Path.cwd())]) or importlib.util.find_spec(top)
    folders = list(found.submodule_search_locations or ()) if found else []
    if found and not inner and not folders and found.origin and Path(found.origin).is_file():
        return Path(found.origin)
    for folder in folders:
        path = Path(folder).joinpath(*inner)
        if path.is_dir():
            return path
        if path.with_suffix(".py").is_file():
            return path.with_suffix(".py")
    raise InputError(f"no module named {name}: it cannot be imported from here, so its code cannot be identified")


def _inside(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*.py"):
        yield f"{name}/{path.relative_to(folder).as_posix()}", path
