"""What was recorded, put to the test: a trial run again, the database made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ablate.cli.application import app, leave, study_name
from ablate.cli.options import (
    HERE,
    Database,
    Root,
)


@app.command()
def reproduce(
    trial: Annotated[
        str, typer.Argument(metavar="TRIAL", help="<hash>-s<seed>; the hash may be cut short. Or STUDY/<hash>-s<seed>.")
    ],
    study: Annotated[
        str | None, typer.Option("--study", metavar="STUDY", help="The study's name, or its YAML file.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep the new journal in this empty directory.")
    ] = None,
    workspace: Root = HERE,
    database: Database = None,
) -> None:
    """Run a trial again, aside, and compare every number with the stored one. Exit code 1 if any differs."""
    from ablate.cli.reproducing import reproduce_trial

    leave(reproduce_trial(trial, None if study is None else study_name(study), workspace, database, keep))


@app.command()
def rebuild(
    studies: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY ...]", help="Names or YAML files; all if left out.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="On a server: make the rows anew of studies that are there.")
    ] = False,
    workspace: Root = HERE,
    database: Database = None,
) -> None:
    """Make the tracking database anew from the journals. The old file is kept."""
    from ablate.cli.rebuilding import rebuild

    raise typer.Exit(rebuild([study_name(study) for study in studies or ()], workspace, database, is_replacing=replace))
