"""Starting jobs in tests, and looking at their processes from outside."""

import time
from pathlib import Path

from ablate.specs import Resources

LIGHT = "ablate.errors"
RESOURCES = Resources(workers=4, gpus_per_trial=0)


def start(executor, root, name):
    directory = root / name
    directory.mkdir()
    executor.submit(directory)
    return directory


def wait_until(claim, seconds=30):
    deadline = time.monotonic() + seconds
    while not (answer := claim()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return answer


def wait_for_end(executor, count=1, seconds=30):
    ended, deadline = [], time.monotonic() + seconds
    while len(ended) < count and time.monotonic() < deadline:
        ended += executor.wait(0.1)
    return ended


def numbers_in(path):
    wait_until(path.exists)
    return [int(word) for word in path.read_text().split()]


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def server_of(process):
    """The fork server, as the parent of a job."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def running(executor, root, name="sleep"):
    directory = start(executor, root, name)
    return directory, numbers_in(directory / "process")[0]
