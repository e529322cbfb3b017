"""How many CPU cores this process may use: what the scheduler allows, and what a container's quota leaves of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def usable_cores(system: Path = Path("/")) -> int:
    """At least one; a quota of two and a half cores counts as two. `system` is where `proc` and `sys` lie."""
    return max(1, min(len(os.sched_getaffinity(0)), *(int(quota) for quota in _quotas(system)), _MANY))


_MANY = 1 << 16


def _quotas(system: Path) -> Iterator[float]:
    """In cores, of every control group that this process is in, and of those around it."""
    try:
        lines = (system / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, inner = line.split(":", 2)
        if controllers == "":
            mounts, read = ["sys/fs/cgroup", "sys/fs/cgroup/unified"], _quota
        elif "cpu" in controllers.split(","):
            mounts, read = ["sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"], _quota_of_version_1
        else:
            continue
        for mount in mounts:
            within = Path(inner.lstrip("/"))
            for group in (within, *within.parents):
                quota = read(system / mount / group)
                if quota is not None:
                    yield quota


def _quota(group: Path) -> float | None:
    """From `cpu.max`: microseconds of computing in a period of so many, or `max`."""
    try:
        quota, period = (group / "cpu.max").read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else int(quota) / int(period)


def _quota_of_version_1(group: Path) -> float | None:
    """The same from two files; minus one means none."""
    try:
        quota, period = (int((group / f"cpu.cfs_{name}_us").read_text()) for name in ("quota", "period"))
    except (OSError, ValueError):
        return None
    return None if quota < 0 else quota / period
