"""What a job runs on: versions, the system and the state of the code, taken down with every attempt."""

from __future__ import annotations

import functools
import platform
import re
from importlib import metadata
from pathlib import Path

from pydantic import JsonValue

from ablate.jobs.code import identify
from ablate.specs import Environment

PACKAGES = ("ablate-studies", "torch", "timm", "accelerate", "numpy", "scikit-learn")

DRIVER = Path("/proc/driver/nvidia/version")
"""Where the GPU's driver says its version, to whoever reads a file."""


def describe(hardware: dict[str, JsonValue], extra: tuple[str | Path, ...] = ()) -> Environment:
    """Versions of what a result can depend on, the given hardware, and the code, with `extra` sources (`identify`).

    `commit` is None where our code does not lie in a git checkout, as when it was installed from a wheel.
    """
    state = identify(extra)
    return Environment(
        packages=_versions(),
        hardware=hardware,
        commit=state.commit,
        is_clean=state.is_clean,
        diff=state.diff,
        code=state.code,
        driver=driver() if "gpu" in hardware else None,
        system=system(),
    )


@functools.cache
def system() -> str:
    """The distribution and its C library, `Debian GNU/Linux 12 (bookworm), glibc 2.36`; elsewhere what Python calls it.

    Not the kernel, which differs from node to node and which no number depends on.
    """
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()
    return ", ".join(filter(None, (name, " ".join(platform.libc_ver()).strip())))


@functools.cache
def driver() -> str | None:
    """The version of NVIDIA's driver, such as `570.86.15`; None where it does not say so. Calls no library of it."""
    try:
        said = DRIVER.read_text(errors="replace")
    except OSError:
        return None
    found = re.search(r"Kernel Module\b.*?\s(\d+(?:\.\d+)+)\b", said)
    return found.group(1) if found else None


@functools.cache
def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}
