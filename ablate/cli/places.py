"""Where the files of a command lie, from its options."""

from __future__ import annotations

from pathlib import Path

import typer

from ablate.errors import WorkspaceError
from ablate.tracking.store import Store
from ablate.workspace import Workspace


def create_workspace(root: Path) -> Workspace:
    """The workspace at `root`, which has to be a directory."""
    if not root.is_dir():
        raise WorkspaceError(f"--workspace {root}: there is no such directory; make it, or give another")
    return Workspace(root.resolve())


def open_store(root: Path, database: str | None) -> Store:
    """The tracking database, made where it is missing and upgraded if it is older than this program."""
    return Store.open(create_workspace(root).database_url if database is None else database, tell=_say)


def open_existing_store(root: Path, database: str | None) -> Store:
    """The tracking database, for commands that only read: a workspace without one is not given one.

    Raises `WorkspaceError` if there is none.
    """
    place = create_workspace(root) if database is None else None
    if place is not None and not place.database.exists():
        raise WorkspaceError(f"{place.database}: no database yet; run a study first, or name another by --database")
    return open_store(root, database)


def _say(line: str) -> None:
    """On standard error, for what a command prints may be read by a program."""
    typer.echo(f"note: {line}", err=True)
