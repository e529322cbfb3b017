"""From a workspace or a URL to the frames of a study; the database is left as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ablate.errors import WorkspaceError
from ablate.frames.study_frames import StudyFrames, frames_of
from ablate.tracking.connection import parsed
from ablate.tracking.store import Store
from ablate.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


def load_frames(study: str, root: Path, database: str | None) -> StudyFrames:
    """See `ablate.load`."""
    url = _find(root, database)

    def read_curves() -> pd.DataFrame:
        with Store.open_for_reading(url) as store:
            return store.curves(study)

    with Store.open_for_reading(url) as store:
        return frames_of(store, study, read_curves)


def study_names(root: Path, database: str | None) -> tuple[str, ...]:
    """See `ablate.studies`."""
    with Store.open_for_reading(_find(root, database)) as store:
        return store.study_names()


def _find(root: Path, database: str | None) -> str:
    """The database's URL, which still leads there when the working directory is another."""
    if database is not None:
        url = parsed(database)
        is_relative = (
            url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":", "file:"))
        )
        if is_relative:
            url = url.set(database=str(Path(str(url.database)).resolve()))
        return url.render_as_string(hide_password=False)
    if not root.is_dir():
        raise WorkspaceError(f"workspace {root}: there is no such directory; name the one that holds db/")
    workspace = Workspace(root.resolve())
    if not workspace.database.is_file():
        raise WorkspaceError(
            f"{workspace.database}: no database yet; run a study first, or name another workspace or database"
        )
    return workspace.database_url
