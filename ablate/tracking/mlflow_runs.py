"""Reading the runs of an MLflow experiment, wherever it is kept; nothing is ever written there.

A store in a file is read from a copy, because MLflow brings a database that it opens up to its own version.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from ablate.errors import InputError, TrackingError
from ablate.tracking.connection import shown
from ablate.tracking.mlflow import BATCH
from ablate.tracking.mlflow_reach import SERVERS, SETTINGS, without_secrets

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

READING = {
    **SETTINGS,
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",  # a page of a thousand runs takes longer to make than one run to write
    "MLFLOW_ALLOW_FILE_STORE": "true",  # many people's runs still lie in ./mlruns
}
"""Set before MLflow is imported, unless the user has set them."""


class Point(NamedTuple):
    """One number of a metric's history; `time` in seconds since 1970."""

    step: int
    value: float
    time: float


class MlflowRun(NamedTuple):
    """A run as it stands: what it was given, what it is tagged with, the last value of every metric, its status."""

    identity: str
    name: str
    status: str
    params: dict[str, str]
    tags: dict[str, str]
    metrics: dict[str, float]
    started: float | None
    ended: float | None


History = Callable[[str, str], tuple[Point, ...]]
"""By a run's identity and a metric's name: its numbers by step, of a step that was written twice the last."""


@contextmanager
def reading(uri: str, experiment: str) -> Iterator[tuple[tuple[MlflowRun, ...], History]]:
    """The runs of an experiment that were not deleted, oldest first, and a way to their metrics while it lasts.

    Raises:
        InputError: nothing of MLflow's is there, or no experiment of that name.
        TrackingError: it is there, and cannot be read.
    """
    for name, value in READING.items():
        os.environ.setdefault(name, value)
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with _readable(uri) as address:
            from mlflow import MlflowClient

            client = MlflowClient(address)
            runs = tuple(_read_run(run) for run in _pages(client, _find(client, uri, experiment)))
            yield runs, lambda run, metric: _history(client, run, metric)
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        said = without_secrets(str(error).strip().partition("\n")[0], uri).partition(" failed with exception")[0]
        raise TrackingError(
            f"MLflow at {shown(uri)} cannot be read ({said:.200}): see that its server runs, or that the address is "
            "one like http://host:5000, sqlite:///mlflow.db or ./mlruns"
        ) from error


def is_local(uri: str) -> bool:
    """Whether the address is that of a file or folder, whose whole path concerns nobody else."""
    return uri.startswith(("sqlite:", "file:")) or ("://" not in uri and not uri.startswith(SERVERS))


@contextmanager
def _readable(uri: str) -> Iterator[str]:
    """An address at which MLflow may do as it likes."""
    if uri.startswith(SERVERS):
        yield uri
    elif uri.startswith("sqlite:"):
        with TemporaryDirectory(prefix="ablate-mlflow-") as folder:
            copy = Path(folder) / "mlflow.db"
            _copy(Path(shown(uri)), copy)
            yield f"sqlite:///{copy}"
    elif is_local(uri):
        yield _folder(uri).resolve().as_uri()
    else:
        _check_database(uri)
        yield uri


def _copy(path: Path, copy: Path) -> None:
    if not path.is_file():
        raise InputError(f"--mlflow: there is no file {path}")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
        try:
            is_ours = source.execute("SELECT count(*) FROM sqlite_master WHERE name = 'experiments'").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise InputError(f"--mlflow: {path} is not a SQLite database ({error})") from None
        if not is_ours:
            raise InputError(f"--mlflow: {path} is not a database of MLflow: it has no table of experiments")
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target)


def _folder(uri: str) -> Path:
    path = Path(unquote(urlsplit(uri).path)) if uri.startswith("file:") else Path(uri)
    if path.is_file():
        raise InputError(f"--mlflow {path}: a file: give a database of MLflow as sqlite:///{path}")
    if not any(path.glob("*/meta.yaml")):
        raise InputError(f"--mlflow {path}: expected MLflow's directory (mlruns) or address, got no experiment there")
    return path


def _check_database(uri: str) -> None:
    """See that MLflow would neither make nor upgrade tables in a database that others use."""
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        engine = create_engine(uri)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise InputError(f"--mlflow {shown(uri)}: not an address that can be read ({error})") from None
    version = text("SELECT version_num FROM alembic_version")
    with closing(engine.connect()) as connection:
        names = inspect(connection).get_table_names()
        found = connection.execute(version).scalar() if {"experiments", "alembic_version"} <= set(names) else None
    engine.dispose()
    if found is None:
        raise InputError(f"--mlflow {shown(uri)}: not a database of MLflow: it has no table of experiments")
    if found != _own_version():
        raise InputError(
            f"--mlflow {shown(uri)}: the database belongs to another version of MLflow, and reading it would change "
            "it: start that version's server (mlflow server) and give its address, http://..."
        )


def _own_version() -> str | None:
    from mlflow import MlflowClient

    with TemporaryDirectory(prefix="ablate-mlflow-") as folder:
        path = Path(folder) / "empty.db"
        MlflowClient(f"sqlite:///{path}").search_experiments(max_results=1)
        with closing(sqlite3.connect(path)) as connection:
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _find(client: MlflowClient, uri: str, experiment: str) -> str:
    found = client.get_experiment_by_name(experiment)
    if found is not None and found.lifecycle_stage == "active":
        return str(found.experiment_id)
    if found is not None:
        raise InputError(f"--experiment {experiment}: deleted at {shown(uri)}; restore it first")
    names = sorted(one.name for one in client.search_experiments(max_results=BATCH))
    near = get_close_matches(experiment, names, n=3, cutoff=0.5)
    known = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(names[:5]) or 'none'}"
    raise InputError(f"--experiment {experiment}: MLflow at {shown(uri)} has none of that name: {known}")


def _pages(client: MlflowClient, experiment: str) -> Iterator[Run]:
    token: str | None = None
    while True:
        page: Sequence[Run] = client.search_runs(
            [experiment], max_results=BATCH, order_by=["attributes.start_time ASC"], page_token=token
        )
        yield from page
        token = getattr(page, "token", None) or None
        if token is None:
            return


def _read_run(run: Run) -> MlflowRun:
    return MlflowRun(
        identity=run.info.run_id,
        name=run.info.run_name or run.info.run_id,
        status=run.info.status,
        params=dict(run.data.params),
        tags={key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")},
        metrics=dict(run.data.metrics),
        started=_seconds(run.info.start_time),
        ended=_seconds(run.info.end_time),
    )


def _history(client: MlflowClient, run: str, metric: str) -> tuple[Point, ...]:
    points = client.get_metric_history(run, metric)
    # MLflow's own "last value" is that of the last step, of several there the newest, of those the largest.
    ordered = sorted(points, key=lambda p: (p.step, p.timestamp, -math.inf if math.isnan(p.value) else p.value))
    return tuple({p.step: Point(p.step, p.value, p.timestamp / 1000) for p in ordered}.values())


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
