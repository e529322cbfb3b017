"""What MLflow keeps of a trial as files: its specification and its log, of a size that a page can show."""

from __future__ import annotations

import contextlib
from pathlib import Path

SPECIFICATION, LOG = "spec.json", "log.txt"

MOST_BYTES = 256 * 1024
"""The most that is kept of a log: its end, for that is where failures are; a larger specification is left out."""


def collect(attempt: Path, place: Path) -> bool:
    """Copy into `place` what there is of an attempt's journal; answers whether it is anything.

    A journal may be elsewhere, as that of imported runs, or gone: its numbers are in the database.
    """
    with contextlib.suppress(FileNotFoundError):
        if (attempt / SPECIFICATION).stat().st_size <= MOST_BYTES:
            (place / SPECIFICATION).write_bytes((attempt / SPECIFICATION).read_bytes())
    with contextlib.suppress(FileNotFoundError):
        (place / LOG).write_bytes(_end(attempt / LOG))
    return any(place.iterdir())


def _end(path: Path) -> bytes:
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= MOST_BYTES:
            return file.read()
        file.seek(size - MOST_BYTES)
        kept = file.read(MOST_BYTES).partition(b"\n")[2]
    return f"[the first {size - len(kept):,} bytes of {size:,} are left out]\n".encode() + kept
