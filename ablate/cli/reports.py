"""The report of a study, written, and what it claims kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from ablate.errors import TrackingError
from ablate.tracking.store import Store


def write_report(store: Store, study: str, directory: Path, say: Callable[[str], None]) -> Path:
    """Write the report, have the database keep what it claims, and return the path of `report.md`.

    A database that takes nothing costs only the memory of it, and `say` is told.
    """
    from ablate.reporting import publish

    claims = publish(store, study, directory)
    try:
        store.record_report(study, claims, time.time(), metadata.version("ablate-studies"))
    except TrackingError as error:
        say(f"note: the report is written, what it claims is not recorded: {error}")
    return directory / "report.md"
