"""`ablate compare`: studies side by side, in short here and in full as a document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from ablate.cli.places import create_workspace, open_existing_store
from ablate.reporting import comparison_lines, write_comparison


def compare_studies(names: Sequence[str], root: Path, database: str | None) -> None:
    """Print what the studies share and how far they agree, and say where the document is.

    Raises: InputError or TrackingError if they cannot be put side by side; nothing is then written.
    """
    with open_existing_store(root, database) as store:
        directory = create_workspace(root).comparison_directory(names)
        for line in comparison_lines(store, names):
            typer.echo(line)
        typer.echo(f"comparison: {write_comparison(store, names, directory)}")
