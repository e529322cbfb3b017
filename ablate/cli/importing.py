"""`ablate import`: runs that were made elsewhere to a study, its report, and a few lines on what was imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import typer

from ablate.cli.places import create_workspace, open_store
from ablate.cli.reports import write_report
from ablate.errors import InputError
from ablate.importing import Account, Request, Sheet, import_runs, read_file, reading_experiment
from ablate.orchestrate.ledger import note_import
from ablate.reporting.numerals import plural
from ablate.specs import Direction
from ablate.tracking.records import TrialRecord, TrialStatus
from ablate.tracking.store import Store


def choose_objective(maximize: str | None, minimize: str | None) -> tuple[str, Direction]:
    """The objective's column, and which way is better.

    Raises:
        InputError: not exactly one was given.
    """
    if maximize is not None and minimize is None:
        return maximize, Direction.MAXIMIZE
    if minimize is not None and maximize is None:
        return minimize, Direction.MINIMIZE
    raise InputError("expected exactly one of --maximize COLUMN and --minimize COLUMN: the number to compare by")


def import_to_report(
    file: Path | None,
    mlflow: str | None,
    experiment: str | None,
    request: Request,
    root: Path,
    database: str | None,
    *,
    is_reporting: bool,
) -> None:
    """Enter the runs, say what came of it, and write the study's report.

    Raises:
        InputError: the source cannot be read as asked; nothing was entered.
    """
    workspace = create_workspace(root)
    with _reading(file, mlflow, experiment) as sheet, open_store(root, database) as store:
        account = import_runs(sheet, request, store)
    with open_store(root, database) as store:  # the source is let go of: what goes wrong from here on is not its fault
        note_import(workspace, account.plan)
        for line in _lines(account, store.trials(request.name)):
            typer.echo(line)
        if is_reporting:
            _write_report(store, request.name, workspace.report_directory(request.name))


@contextmanager
def _reading(file: Path | None, mlflow: str | None, experiment: str | None) -> Iterator[Sheet]:
    if file is not None and mlflow is None:
        if experiment is not None:
            raise InputError(f"--experiment {experiment}: is MLflow's: give --mlflow URI with it, or a file alone")
        yield read_file(file)
    elif mlflow is not None and file is None:
        if experiment is None:
            raise InputError("--mlflow: which experiment? add --experiment NAME")
        with reading_experiment(mlflow, experiment) as sheet:
            yield sheet
    else:
        raise InputError("expected a CSV or Parquet file, or --mlflow URI --experiment NAME")


def _write_report(store: Store, study: str, directory: Path) -> None:
    path = write_report(store, study, directory, partial(typer.echo, err=True))
    typer.echo(f"report: {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


def _lines(account: Account, trials: tuple[TrialRecord, ...]) -> list[str]:
    plan, entered = account.plan, account.entered
    study, source = plan.study, plan.study.source
    counts = {status: sum(trial.status is status for trial in trials) for status in TrialStatus}
    states = [
        f"{counts[status]} {word}"
        for status, word in (
            (TrialStatus.COMPLETE, "complete"),
            (TrialStatus.FAILED, "failed"),
            (TrialStatus.RUNNING, "running"),
            (TrialStatus.PLANNED, "missing"),
        )
        if counts[status] or status is TrialStatus.COMPLETE
    ]
    known = f"{entered.added} new, {entered.known} known" if entered.added else "nothing new"
    lines = [
        f"{study.name}: {plural(len(plan.combinations), 'combination')} × {plural(len(study.seeds), 'seed')} = "
        f"{plural(plan.trial_count, 'trial')} from {source.place if source else ''}: {', '.join(states)} ({known})",
        *(f"left out: {count} {reason}" for reason, count in account.skipped.items()),
        *(f"note: {note}" for note in account.notes),
    ]
    if not study.baseline:
        lines.append("note: no --baseline, so nothing is compared; the same command with one adds it")
    return lines
