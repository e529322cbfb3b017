"""To and from other programs: files, Optuna, MLflow, and runs made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ablate.cli.application import app, study_name
from ablate.cli.options import (
    HERE,
    Database,
    MLflow,
    Root,
    StudyName,
)


@app.command()
def export(
    study: StudyName,
    csv: Annotated[Path | None, typer.Option(metavar="DIR", help="Trials, curves and comparisons as CSV.")] = None,
    parquet: Annotated[Path | None, typer.Option(metavar="DIR", help="The same as Parquet.")] = None,
    latex: Annotated[Path | None, typer.Option(metavar="DIR", help="The report's tables as LaTeX.")] = None,
    optuna: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Optuna's storage: sqlite:///optuna.db, postgresql+..., or a journal, x.log."),
    ] = None,
    workspace: Root = HERE,
    database: Database = None,
) -> None:
    """Write a study where other programs read it: as files, or for optuna-dashboard. Safe to repeat."""
    asked = {"csv": csv, "parquet": parquet, "latex": latex}
    targets = {form: directory for form, directory in asked.items() if directory is not None}
    if not targets and optuna is None:
        raise typer.BadParameter("say where to: --csv DIR, --parquet DIR, --latex DIR or --optuna URL; several at once")
    if targets:
        from ablate.cli.filing import export_to_files

        export_to_files(study_name(study), targets, workspace, database)
    if optuna is not None:
        from ablate.cli.exporting import export_to_optuna

        export_to_optuna(study_name(study), optuna, workspace, database)


@app.command("import")
def import_runs(
    name: Annotated[str, typer.Option("--name", help="Name of the study that the runs become.")],
    factor: Annotated[list[str], typer.Option(metavar="COLUMN", help="What was varied; once for each.")],
    seed: Annotated[str, typer.Option(metavar="COLUMN", help="The number that tells replicates apart.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="CSV or Parquet, also as exported by Weights & Biases.")
    ] = None,
    mlflow: Annotated[str | None, typer.Option(metavar="URI", help="MLflow's address, instead of a file.")] = None,
    experiment: Annotated[str | None, typer.Option(metavar="NAME", help="MLflow's experiment.")] = None,
    maximize: Annotated[str | None, typer.Option(metavar="COLUMN", help="The objective; more is better.")] = None,
    minimize: Annotated[str | None, typer.Option(metavar="COLUMN", help="The objective; less is better.")] = None,
    baseline: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="What others are compared with; for every factor.")
    ] = None,
    question: Annotated[str | None, typer.Option(metavar="TEXT", help="What the runs were to find out.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="TEXT", help="The objective's unit, such as '%'.")] = None,
    equivalence: Annotated[
        float | None, typer.Option(metavar="NUMBER", help="The largest difference that does not matter.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Read only runs with this value.")
    ] = None,
    state: Annotated[str | None, typer.Option(metavar="COLUMN", help="finished, failed or running.")] = None,
    metric: Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="A further number to keep.")] = None,
    parameters: Annotated[str | None, typer.Option(metavar="COLUMN", help="Learned parameters.")] = None,
    macs: Annotated[str | None, typer.Option(metavar="COLUMN", help="Multiply-accumulates for one input.")] = None,
    training_seconds: Annotated[str | None, typer.Option(metavar="COLUMN", help="Seconds of training.")] = None,
    report: Annotated[bool, typer.Option(help="Write the report too.")] = True,
    workspace: Root = HERE,
    database: Database = None,
) -> None:
    """Make a study of runs that were made elsewhere, and write its report. Safe to repeat: adds what is new."""
    from ablate.cli.importing import choose_objective, import_to_report
    from ablate.importing import Request

    objective, direction = choose_objective(maximize, minimize)
    request = Request(
        name=name,
        factors=tuple(factor),
        seed=seed,
        objective=objective,
        direction=direction,
        baseline=tuple(baseline or ()),
        question=question,
        unit=unit,
        equivalence=equivalence,
        state=state,
        parameters=parameters,
        macs=macs,
        training_seconds=training_seconds,
        metrics=tuple(metric or ()),
        conditions=tuple(where or ()),
    )
    import_to_report(file, mlflow, experiment, request, workspace, database, is_reporting=report)


@app.command()
def mirror(
    studies: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY ...]", help="Names or YAML files; all studies if left out.")
    ] = None,
    workspace: Root = HERE,
    database: Database = None,
    mlflow: MLflow = None,
) -> None:
    """Bring MLflow up to what the database holds, as after its server was away. Safe to repeat."""
    from ablate.cli.mirroring import mirror_studies

    raise typer.Exit(mirror_studies([study_name(study) for study in studies or ()], workspace, database, mlflow))


@app.command()
def ui(
    study: Annotated[str | None, typer.Argument(metavar="[STUDY]", help="Name or file: where to open.")] = None,
    workspace: Root = HERE,
    database: Database = None,
    mlflow: MLflow = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; any but 127.0.0.1 opens it to others, without a password.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 5000,
    is_opening: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser too.")] = False,
) -> None:
    """Show MLflow's pages on 127.0.0.1 until Ctrl-C, opened at a study."""
    from ablate.cli.serving import serve_mlflow

    name = study_name(study) if study is not None else None
    raise typer.Exit(serve_mlflow(name, workspace, database, mlflow, host, port, is_opening=is_opening))
