"""The commands of `ablate`, and how its errors become one line and an exit code.

Exit codes: 0 everything planned is complete; 1 the study is incomplete; 2 bad input; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ablate.cli.choices import ExecutorName, Exit
from ablate.cli.options import (
    HERE,
    AllowCodeChange,
    Database,
    MLflow,
    Name,
    Overrides,
    Root,
    StudyFile,
    StudyName,
    SystemMetrics,
)
from ablate.errors import AblateError

if TYPE_CHECKING:
    from ablate.specs import Plan


app = typer.Typer(
    name="ablate",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"ablate {metadata.version('ablate-studies')}")
        raise typer.Exit


@app.callback()
def ablate(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Designed ablation studies: which part of your model matters, and does the data say so?"""


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

    planned = _plan(study, overrides, name, workspace)
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

    raise typer.Exit(check(_plan(study, overrides, name, workspace), workspace, database, price_per_hour))


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
    planned = _plan(study, overrides, name, workspace)
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


def study_name(study: str) -> str:
    """The name of a study given by name or by file."""
    if not study.endswith((".yaml", ".yml")):
        return study
    from ablate.study.load import load_study

    return load_study(Path(study)).name


def _plan(study: Path, overrides: list[str] | None, name: str | None, workspace: Path) -> Plan:
    from ablate.study.load import load_plan

    return _matched(load_plan(study, overrides or (), name), workspace)


def _matched(planned: Plan, workspace: Path) -> Plan:
    if planned.study.match is None:
        return planned
    from ablate.cli.matching import match_costs

    return match_costs(planned, workspace)


def leave(code: Exit) -> NoReturn:
    """End the command; who interrupted it does not wait for Python to take itself apart, seconds with MLflow loaded."""
    if code is Exit.INTERRUPTED:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)


def main() -> None:
    """Entry point: one line on standard error and exit code 2 for what the user can mend."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; there is nobody to tell
        sys.exit(Exit.INTERRUPTED)
    except (AblateError, OSError) as error:
        place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
        said = error.strerror if isinstance(error, OSError) else error
        typer.secho(f"error: {place}{said}", err=True, fg=typer.colors.RED)
        sys.exit(Exit.BAD_INPUT)
