"""Where the files of a command lie, from its options."""

from __future__ import annotations

from pathlib import Path

from ablate.errors import WorkspaceError
from ablate.tracking.store import Store
from ablate.workspace import Workspace


def create_workspace(root: Path) -> Workspace:
    """The workspace at `root`, which has to be a directory."""
    if not root.is_dir():
        raise WorkspaceError(f"--workspace {root}: there is no such directory; make it, or give another")
    return Workspace(root.resolve())


def open_store(root: Path, database: str | None) -> Store:
    """The tracking database, upgraded if it is older than this program."""
    return Store.open(database or create_workspace(root).database_url)
