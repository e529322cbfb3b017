"""Designed ablation studies: which part of a model matters, and does the data say so?

    results = ablate.load("sharing")
    results.trials, results.curves, results.comparisons, results.switches

Importing this is quick: pandas and the database are loaded by the first call.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablate.frames import StudyFrames

__all__ = ["load", "studies"]


def load(study: str, workspace: str | Path = ".", database: str | None = None) -> StudyFrames:
    """What the tracking database holds of a study, as DataFrames; the database is read and never changed.

    `workspace` is the directory that holds `db/`; `database` is the SQLAlchemy URL of another database than its own.

    Raises:
        WorkspaceError: there is no such workspace, or it has no database.
        TrackingError: the database cannot be read or is of another version; or it has no such study: the nearest is
            named.
    """
    from ablate.frames import load_frames

    return load_frames(study, Path(workspace), database)


def studies(workspace: str | Path = ".", database: str | None = None) -> tuple[str, ...]:
    """The names of the studies that `load` knows, sorted.

    Raises: as `load`.
    """
    from ablate.frames import study_names

    return study_names(Path(workspace), database)
