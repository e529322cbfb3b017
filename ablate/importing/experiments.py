"""An MLflow experiment as a sheet: params, tags and metrics are its columns, and the status of every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ablate.errors import InputError
from ablate.importing.sheet import Run, Sheet, cell, name_columns
from ablate.specs import SourceKind
from ablate.tracking.connection import shown
from ablate.tracking.mlflow_runs import History, MlflowRun, Point, is_local, reading

STATUS = "status"


@contextmanager
def reading_experiment(uri: str, experiment: str) -> Iterator[Sheet]:
    """The experiment's runs, deleted ones left out, while the connection to it lasts.

    A name that two of params, tags and metrics have is `params.lr`, `metrics.lr`.

    Raises:
        InputError, TrackingError: as `ablate.tracking.mlflow_runs.reading`; or there is no run.
    """
    with reading(uri, experiment) as (runs, history):
        if not runs:
            raise InputError(f"--experiment {experiment}: MLflow at {shown(uri)} has no run in it")
        columns = name_columns(
            {
                "params": sorted({key for run in runs for key in run.params}),
                "tags": sorted({key for run in runs for key in run.tags}),
                "metrics": sorted({key for run in runs for key in run.metrics}),
                "attributes": [STATUS],
            }
        )
        yield Sheet(
            SourceKind.MLFLOW,
            Path(shown(uri)).name if is_local(uri) else shown(uri),
            tuple(columns.values()),
            tuple(_run(run, columns) for run in runs),
            experiment=experiment,
            state=columns["attributes", STATUS],
            history=_by_column(history, columns),
        )


def _run(run: MlflowRun, columns: dict[tuple[str, str], str]) -> Run:
    groups: dict[str, Mapping[str, object]] = {
        "params": run.params,
        "tags": run.tags,
        "metrics": run.metrics,
        "attributes": {STATUS: run.status},
    }
    cells = {columns[group, key]: cell(value) for group, found in groups.items() for key, value in found.items()}
    return Run(
        f"run {run.name}", {name: text for name, text in cells.items() if text}, run.identity, run.started, run.ended
    )


def _by_column(history: History, columns: dict[tuple[str, str], str]) -> Callable[[Run, str], tuple[Point, ...]]:
    metrics = {column: key for (group, key), column in columns.items() if group == "metrics"}

    def read(run: Run, column: str) -> tuple[Point, ...]:
        return history(run.key, metrics[column]) if column in metrics and column in run.cells else ()

    return read
