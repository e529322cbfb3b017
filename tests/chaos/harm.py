"""What is done to a run, one way a function; only processes and files of the given place are touched."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from place import Place, Run, kill

from ablate.jobs.journal import RESULT

SLICE_SECONDS = 0.02
LIMIT_BYTES = 16_384


def wait_for(claim, seconds: float) -> bool:
    """Whether the claim came true in time."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(SLICE_SECONDS)
    return True


def kill_kinds(place: Place, rng: random.Random, what: str) -> int:
    """SIGKILL to processes by what they do; answers how many there were."""
    alive = place.processes()
    match what:
        case "one job":
            victims = rng.sample(alive.jobs, min(1, len(alive.jobs)))
        case "jobs":
            victims = [*alive.jobs, *alive.starting]
        case "orchestrator":
            victims = alive.orchestrators
        case "orchestrator and jobs":
            victims = [*alive.orchestrators, *alive.jobs]
        case "fork server":
            victims = alive.servers
        case "a starting job":
            victims = rng.sample(alive.starting, min(1, len(alive.starting)))
        case "everything":
            victims = alive.all()
        case _:
            raise ValueError(what)
    rng.shuffle(victims)
    place.deaths |= dict.fromkeys(victims, time.time())
    return sum([kill(victim) for victim in victims])


def ask_to_stop(run: Run, number: signal.Signals, again_after: float | None = None) -> float:
    """Send the signal (twice, if `again_after` seconds is given); answers the seconds from the last one to the end."""
    kill(run.process.pid, number)
    if again_after is not None:
        time.sleep(again_after)
        kill(run.process.pid, number)
    began = time.monotonic()
    run.process.wait(timeout=120)
    return time.monotonic() - began


def damage_checkpoint(place: Place, rng: random.Random) -> str | None:
    """Cut off, or flip bytes in, one file of one checkpoint whose attempt has no result; None if there is none."""
    files = [
        path
        for path in place.workspace.study_runs("chaos").glob("*/[0-9]*/checkpoint*/**/*")
        if path.is_file() and path.stat().st_size and not any((above / RESULT).exists() for above in path.parents)
    ]
    if not files:
        return None
    path = rng.choice(sorted(files))
    with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:  # a living job may replace it
        size = os.fstat(file.fileno()).st_size
        if rng.random() < 0.5:
            file.truncate(rng.randrange(size))
            return "truncated"
        for _ in range(rng.randint(1, 8)):
            position = rng.randrange(size)
            file.seek(position)
            byte = file.read(1)
            file.seek(position)
            file.write(bytes([byte[0] ^ rng.randint(1, 255)]))
        return "flipped"
    return None


@contextlib.contextmanager
def locked_database(place: Place) -> Iterator[None]:
    """Hold the tracking database's write lock from another connection, as a forgotten program would."""
    connection = sqlite3.connect(place.workspace.database, isolation_level=None, timeout=30)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@contextlib.contextmanager
def full_disk(place: Place, *, is_small: bool) -> Iterator[None]:
    """No room for one more byte: a ballast file where the workspace is a file system of its own, else a limit.

    The limit is that of file sizes (RLIMIT_FSIZE), set for every living process of the place, which those that they
    start inherit; it lets through what they say, and neither the database nor a checkpoint.
    """
    if is_small:
        ballast = place.workspace.root / "ballast"
        try:
            _fill(ballast)
            yield
        finally:
            ballast.unlink(missing_ok=True)
        return
    try:
        _limit_files(place, LIMIT_BYTES)
        yield
    finally:
        _limit_files(place, None)


def _fill(ballast: Path) -> None:
    with ballast.open("wb") as file:
        size = 1 << 24
        while size >= 1:
            try:
                os.write(file.fileno(), b"\0" * size)
            except OSError:
                size //= 2


def _limit_files(place: Place, limit: int | None) -> None:
    for process in place.processes().all():
        with contextlib.suppress(ProcessLookupError):
            hard = resource.prlimit(process, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(process, resource.RLIMIT_FSIZE, (hard if limit is None else limit, hard))
