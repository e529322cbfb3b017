"""What a job runs on: versions and the state of the code, taken down with every attempt."""

from __future__ import annotations

import functools
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from pydantic import JsonValue

import ablate
from ablate.specs import Environment

PACKAGES = ("ablate-studies", "torch", "timm", "accelerate", "numpy", "scikit-learn")


def describe(hardware: dict[str, JsonValue]) -> Environment:
    """Versions of what a result can depend on, the given hardware, and the commit of our own code.

    `commit` is None where our code does not lie in a git checkout, as when it was installed from a wheel.
    """
    packages = {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}
    commit, is_clean = _code_state(Path(ablate.__file__).parent)
    return Environment(packages=packages, hardware=hardware, commit=commit, is_clean=is_clean)


@functools.cache
def _code_state(package: Path) -> tuple[str | None, bool | None]:
    """The commit, and whether the package's files are as committed."""
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None, None
    return _git(package, "rev-parse", "HEAD"), _git(package, "status", "--porcelain", "--", ".") == ""


def _git(directory: Path, *arguments: str) -> str | None:
    """What git answers about `directory`, or None if it has no answer."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=directory, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
