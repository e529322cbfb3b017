"""`ablate power`: how many seeds would decide a study's comparisons."""

from __future__ import annotations

from pathlib import Path

import typer

from ablate.cli.places import create_workspace, open_existing_store
from ablate.reporting import power_lines
from ablate.reporting.outlook import fewest_line
from ablate.study.load import load_plan


def say_power(study: str, name: str, root: Path, database: str | None) -> None:
    """By the spread that was observed; of a study file that was never run, what its design alone asks for."""
    is_file = study != name
    if is_file and database is None and not create_workspace(root).database.exists():
        _say_design(Path(study))
        return
    with open_existing_store(root, database) as store:
        if is_file and name not in store.study_names():
            _say_design(Path(study))
            return
        for line in power_lines(store, name):
            typer.echo(line)


def _say_design(file: Path) -> None:
    plan = load_plan(file)
    comparisons = sum(not combination.is_baseline for combination in plan.combinations)
    if comparisons:
        typer.echo(fewest_line(comparisons, len(plan.study.seeds)))
    typer.echo("No trial has run yet, so nothing is known of the spread between seeds.")
