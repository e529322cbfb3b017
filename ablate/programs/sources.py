"""Which sources make a program what it is, found without importing any."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from ablate.specs import ProgramSpec
from ablate.specs.program import PLACEHOLDER

OWN = "ablate.programs"
LARGEST_BYTES = 1 << 20
"""A file of more was not written by hand: an interpreter, or data."""


def watched(program: ProgramSpec | None) -> tuple[str | Path, ...]:
    """Modules and packages by dotted name, and files, whose change makes it another program.

    Of a function the package that it lies in, whole, from its outermost `__init__.py` on; of a module in no package,
    its file, or the folder that it shares with others. Of a command every file that it names, and the module after
    `-m` where that lies in the working directory. What these import from elsewhere is not among them.
    """
    if program is None:
        return ()
    if program.python is not None:
        return OWN, _package(program.python.partition(":")[0], [str(Path.cwd()), *sys.path])
    return OWN, *_named(shlex.split(program.command or ""))


def _package(module: str, folders: list[str]) -> str:
    """The outermost package with an `__init__.py` that the module lies in, else its folder, else itself."""
    parts = module.split(".")
    top = PathFinder.find_spec(parts[0], folders) or importlib.util.find_spec(parts[0])
    if top is None or top.origin is not None:
        return parts[0] if top else module
    places = [Path(place) for place in top.submodule_search_locations or ()]
    for count in range(2, len(parts)):
        places = [place / parts[count - 1] for place in places]
        if any((place / "__init__.py").is_file() for place in places):
            return ".".join(parts[:count])
    return module.rpartition(".")[0] or module


def _named(words: list[str]) -> Iterator[str | Path]:
    here = str(Path.cwd())
    for before, word in zip(["", *words], words, strict=False):
        if PLACEHOLDER.search(word):
            continue
        if before == "-m" and PathFinder.find_spec(word.partition(".")[0], [here]) is not None:
            yield _package(word, [here])
        elif Path(word).is_file() and Path(word).stat().st_size <= LARGEST_BYTES:
            yield Path(word)
