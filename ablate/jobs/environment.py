"""What a job runs on: versions and the state of the code, taken down with every attempt."""

from __future__ import annotations

import functools
import platform
from importlib import metadata

from pydantic import JsonValue

from ablate.jobs.code import identify
from ablate.specs import Environment

PACKAGES = ("ablate-studies", "torch", "timm", "accelerate", "numpy", "scikit-learn")


def describe(hardware: dict[str, JsonValue]) -> Environment:
    """Versions of what a result can depend on, the given hardware, and the code.

    `commit` is None where our code does not lie in a git checkout, as when it was installed from a wheel.
    """
    state = identify()
    return Environment(
        packages=_versions(),
        hardware=hardware,
        commit=state.commit,
        is_clean=state.is_clean,
        diff=state.diff,
        code=state.code,
    )


@functools.cache
def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}
