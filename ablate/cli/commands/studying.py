"""From a study file: what it will do, and doing it."""

from __future__ import annotations

from typing import Annotated

import typer

from ablate.cli.application import app, leave, load_matched
from ablate.cli.choices import ExecutorName
from ablate.cli.options import (
    HERE,
    AllowCodeChange,
    Database,
    MLflow,
    Name,
    Overrides,
    Root,
    StudyFile,
    SystemMetrics,
)


@app.command()
def run(
    study: StudyFile,
    overrides: Overrides = None,
    name: Name = None,
    executor: Annotated[ExecutorName, typer.Option(help="local: processes side by side; inline: this one.")] = (
        ExecutorName.LOCAL
    ),
    workspace: Root = HERE,
    database: Database = None,
    mlflow: MLflow = None,
    system_metrics: SystemMetrics = False,
    allow_code_change: AllowCodeChange = False,
) -> None:
    """Run every trial that is not complete yet, then write the report. Safe to repeat, whatever was killed."""
    from ablate.cli.running import run_to_report

    planned = load_matched(study, overrides, name, workspace)
    leave(
        run_to_report(
            planned,
            executor,
            workspace,
            database,
            mlflow,
            allow_code_change=allow_code_change,
            is_sampling=system_metrics,
        )
    )


@app.command()
def plan(study: StudyFile, overrides: Overrides = None, name: Name = None, workspace: Root = HERE) -> None:
    """Show every combination with its parameters and MACs, and what the rules exclude. Nothing runs."""
    from ablate.cli.plans import FIRST, print_plan, print_sketch
    from ablate.specs import Plan
    from ablate.study.load import load_design

    found = load_design(study, FIRST, overrides or (), name)
    if isinstance(found, Plan) and found.study.match is not None:
        from ablate.cli.matching import match_costs, recall_costs

        print_plan(match_costs(found, workspace), recall_costs(found, workspace))
    elif isinstance(found, Plan):
        print_plan(found)
    else:
        print_sketch(found)


@app.command()
def check(
    study: StudyFile,
    overrides: Overrides = None,
    name: Name = None,
    price_per_hour: Annotated[
        float | None, typer.Option("--price-per-hour", min=0, help="What an hour of this machine costs.")
    ] = None,
    workspace: Root = HERE,
    database: Database = None,
) -> None:
    """Train every combination for a few steps: what cannot run, what does nothing, and how long it all will take."""
    from ablate.cli.checking import check

    raise typer.Exit(check(load_matched(study, overrides, name, workspace), workspace, database, price_per_hour))


@app.command()
def retry(
    study: StudyFile,
    failed: Annotated[bool, typer.Option("--failed", help="Say that failed trials are meant.")] = False,
    overrides: Overrides = None,
    name: Name = None,
    executor: ExecutorName = ExecutorName.LOCAL,
    workspace: Root = HERE,
    database: Database = None,
    mlflow: MLflow = None,
    system_metrics: SystemMetrics = False,
    allow_code_change: AllowCodeChange = False,
) -> None:
    """Run the failed trials of a study again."""
    from ablate.cli.places import create_workspace, open_existing_store
    from ablate.cli.running import run_to_report
    from ablate.orchestrate import retry_failed

    if not failed:
        raise typer.BadParameter("say which trials: ablate retry --failed STUDY")
    planned = load_matched(study, overrides, name, workspace)
    with open_existing_store(workspace, database) as store:
        count = retry_failed(store, create_workspace(workspace), planned.study.name, typer.echo)
        typer.echo(f"{count} failed trials will run again")
    leave(
        run_to_report(
            planned,
            executor,
            workspace,
            database,
            mlflow,
            allow_code_change=allow_code_change,
            is_sampling=system_metrics,
        )
    )
