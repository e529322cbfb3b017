"""From the database: how far a study is, and what it says."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from ablate.cli.application import app, study_name
from ablate.cli.choices import Exit
from ablate.cli.options import (
    HERE,
    Database,
    Root,
    StudyName,
)


@app.command()
def status(
    study: Annotated[
        str | None, typer.Argument(metavar="[STUDY]", help="Name or file; all studies if left out.")
    ] = None,
    workspace: Root = HERE,
    database: Database = None,
) -> None:
    """Show how far a study is, and why trials failed. Exit code 1 if it is incomplete."""
    from ablate.cli.places import open_existing_store
    from ablate.cli.tables import print_status, print_studies

    with open_existing_store(workspace, database) as store:
        if study is None:
            print_studies(store)
        elif not print_status(store, study_name(study)):
            raise typer.Exit(Exit.INCOMPLETE)


@app.command()
def report(study: StudyName, workspace: Root = HERE, database: Database = None) -> None:
    """Write the report of what the database holds: reports/STUDY/report.md."""
    from ablate.cli.places import create_workspace, open_existing_store
    from ablate.cli.reports import write_report

    with open_existing_store(workspace, database) as store:
        name, place = study_name(study), create_workspace(workspace)
        typer.echo(write_report(store, name, place.report_directory(name), partial(typer.echo, err=True)))


@app.command()
def compare(
    studies: Annotated[list[str], typer.Argument(metavar="STUDY STUDY [...]", help="Names or YAML files.")],
    workspace: Root = HERE,
    database: Database = None,
) -> None:
    """Put the combinations that studies share side by side: do the findings hold? What differs is said first."""
    from ablate.cli.comparing import compare_studies

    compare_studies([study_name(study) for study in studies], workspace, database)


@app.command()
def power(study: StudyName, workspace: Root = HERE, database: Database = None) -> None:
    """Say how many seeds would decide each comparison, given the spread that was observed."""
    from ablate.cli.powering import say_power

    say_power(study, study_name(study), workspace, database)
