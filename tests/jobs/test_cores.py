"""The cores that may be used, inside a container too."""

import os

import pytest

from ablate.jobs.cores import usable_cores

MANY = set(range(16))


@pytest.fixture(autouse=True)
def sixteen_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: MANY)


def place(root, groups, files):
    for path, text in {"proc/self/cgroup": groups, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.mark.parametrize(
    ("groups", "files", "cores"),
    [
        ("0::/\n", {}, 16),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "max 100000\n"}, 16),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "250000 100000\n"}, 2),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "3200000 100000\n"}, 16),
        ("0::/a/b\n", {"sys/fs/cgroup/a/b/cpu.max": "max 1000\n", "sys/fs/cgroup/a/cpu.max": "3000 1000\n"}, 3),
        ("0::/a/b\n", {"sys/fs/cgroup/a/b/cpu.max": "2000 1000\n", "sys/fs/cgroup/a/cpu.max": "3000 1000\n"}, 2),
        (
            "4:cpu,cpuacct:/x\n1:memory:/y\n",
            {
                "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "1",
            },
            16,
        ),
        (
            "4:cpu,cpuacct:/x\n",
            {
                "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "500000",
                "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000",
            },
            5,
        ),
        ("0::/\n", {"sys/fs/cgroup/cpu.max": "damaged"}, 16),
    ],
)
def test_a_quota_anywhere_around_the_process_counts(tmp_path, groups, files, cores):
    assert usable_cores(place(tmp_path, groups, files)) == cores


def test_without_control_groups_it_is_what_the_scheduler_allows(tmp_path):
    assert usable_cores(tmp_path) == 16
    assert 1 <= usable_cores() <= 16
