"""Where the files of data sets lie."""

from __future__ import annotations

import os
from pathlib import Path

from ablate.specs import DataSpec

VARIABLE = "ABLATE_DATA"
"""The environment variable that names the directory below which data lies."""

FETCHED = "data"
"""Where fetched data sets lie, below the directory in which `ablate` was started."""


def place_of(spec: DataSpec, name: str | Path) -> Path:
    """Where `name` lies: below `root`, else below `ABLATE_DATA`, else below where `ablate` was started.

    An absolute path, or one from `~`, is what it says.
    """
    return _directory(spec, "") / Path(name).expanduser()


def root_of(spec: DataSpec) -> Path:
    """Where the sets lie that can be fetched: `root`, else `ABLATE_DATA`, else `data/`."""
    return _directory(spec, FETCHED)


def _directory(spec: DataSpec, otherwise: str) -> Path:
    base = os.environ.get(VARIABLE)
    if spec.root is not None:
        return Path(base or "").expanduser() / Path(spec.root).expanduser()
    return Path(base or otherwise).expanduser()
