"""`ablate export`: a study's trials in the formats of other programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ablate.cli.places import create_workspace, open_existing_store
from ablate.errors import InputError
from ablate.specs import Plan, Split
from ablate.study.search.export import Ended, Ending, Written, write
from ablate.tracking import connection, refusals
from ablate.tracking.records import AttemptRecord, TrialRecord, TrialStatus

if TYPE_CHECKING:
    from ablate.tracking.store import Store

ENDINGS = {
    TrialStatus.COMPLETE: Ending.COMPLETE,
    TrialStatus.FAILED: Ending.FAILED,
    TrialStatus.PRUNED: Ending.PRUNED,
}
Curves = dict[str, tuple[tuple[int, float], ...]]


def export_to_optuna(study: str, target: str, root: Path, database: str | None) -> None:
    """Write every trial that is over to Optuna's storage at `target`; what is there already stays.

    Raises: InputError if the target cannot be written to, or holds something else. It never shows credentials.
    """
    workspace = create_workspace(root)
    _keep_apart(target, (database or workspace.database_url, workspace.mlflow_url))
    console = Console()
    with open_existing_store(root, database) as store:
        plan = store.plan(study)
        ended = read_ended(store, plan)
    bar = Progress(
        TextColumn("writing"), MofNCompleteColumn(), console=console, transient=True, disable=not console.is_terminal
    )
    with bar:
        task = bar.add_task("", total=len(ended))
        written = _write(plan, ended, target, lambda: bar.advance(task))
    for sheet in written:
        _say(sheet)
    place = "URL" if _is_server(target) else target.partition("?")[0]
    typer.echo(f"to look at it: pip install optuna-dashboard, then: optuna-dashboard {place}")


def read_ended(store: Store, plan: Plan) -> list[Ended]:
    """Replicates and tuning trials that are over, in the order of the plan, with their validation curves."""
    name = plan.study.name
    attempts: dict[str, list[AttemptRecord]] = defaultdict(list)
    for attempt in store.attempts(name):
        attempts[attempt.trial].append(attempt)
    records = (*store.trials(name), *store.tuning_trials(name))
    curves = _curves(store, plan)
    labels = {combination.hash: combination.label() for combination in plan.combinations}
    return [
        _ended(plan, record, attempts[record.name], curves.get(record.name, ()), labels[record.combination])
        for record in records
        if record.status in ENDINGS
    ]


def _ended(
    plan: Plan, record: TrialRecord, attempts: list[AttemptRecord], curve: tuple[tuple[int, float], ...], label: str
) -> Ended:
    objective = plan.study.objective
    split = Split.VALIDATION if record.tuning else objective.split
    shown = next((attempt for attempt in attempts if attempt.number == record.accepted_attempt), None)
    shown = shown or (attempts[-1] if attempts else None)
    attributes: dict[str, JsonValue] = {"combination": label, "attempts": record.attempts}
    if record.training_seconds is not None:
        attributes["training_seconds"] = record.training_seconds
    if record.costs is not None:
        counted = {"parameters": record.costs.parameters, "macs": record.costs.macs}
        attributes |= {name: count for name, count in counted.items() if count is not None}
    if record.failure is not None:
        attributes["failure"] = f"{record.failure.kind}: {record.failure.message}"
    return Ended(
        name=record.name,
        combination=record.combination,
        seed=record.seed,
        tuning=record.tuning,
        ending=ENDINGS[record.status],
        value=record.scores.get(split, {}).get(objective.metric),
        configuration=record.configuration,
        curve=curve,
        attributes=attributes,
        started=shown.started if shown else None,
        ended=shown.ended if shown else None,
    )


def _curves(store: Store, plan: Plan) -> Curves:
    """By trial: the objective's metric on validation images after every epoch."""
    metric = str(plan.study.objective.metric)
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    frame = store.curves(plan.study.name, split=Split.VALIDATION, metric=metric)
    for combination, seed, step, value in zip(
        frame["combination"], frame["seed"], frame["step"], frame["value"], strict=True
    ):
        points[f"{combination}-s{seed}"].append((int(step), float(value)))
    for name, records in store.tuning_curves(plan.study.name).items():
        points[name] = [
            (record.step, record.values[metric])
            for record in records
            if record.split is Split.VALIDATION and metric in record.values
        ]
    return {name: tuple(curve) for name, curve in points.items()}


def _write(plan: Plan, ended: list[Ended], target: str, on_trial: Callable[[], None]) -> tuple[Written, ...]:
    try:
        return write(plan, ended, target, on_trial)
    except InputError as error:
        raise InputError(f"--optuna {_shown(target)}: {error}") from None
    except SQLAlchemyError as error:
        said = refusals.reason(error, connection.parsed(target))
    except ModuleNotFoundError as error:
        said = f"its driver is not installed: install the Python package {error.name}"
    except RuntimeError as error:  # Optuna's word for a storage of another version of its
        said = str(error).partition("\n")[0]
    raise InputError(f"--optuna {_shown(target)}: Optuna's storage cannot be written to: {said}")


def _say(sheet: Written) -> None:
    anew = ", written anew because its levels or parameters changed" if sheet.is_anew else ""
    typer.echo(f"{sheet.study}: {sheet.trials} trials, {sheet.added} new{anew}")


def _keep_apart(target: str, own: tuple[str, ...]) -> None:
    """See that a file of ours is not taken for Optuna's, also where it does not exist yet."""
    try:
        make_url(target if "://" in target else "sqlite://")
    except (ArgumentError, ValueError):
        raise InputError(f"--optuna {_shown(target)}: not a database URL as sqlite:///optuna.db") from None
    if "://" not in target or _is_server(target):
        return
    file = connection.parsed(target).database
    if not file or file == ":memory:":
        raise InputError("--optuna: expected a file as in sqlite:///optuna.db, got a database in memory")
    for url in own:
        if not _is_server(url) and Path(connection.parsed(url).database or "").resolve() == Path(file).resolve():
            raise InputError(
                f"--optuna {_shown(target)}: that file is the tracking database's or MLflow's, whose "
                "version numbers and Optuna's would mix: give Optuna a file of its own, as sqlite:///db/optuna.db"
            )


def _shown(target: str) -> str:
    """The target as messages may show it; where it is hardly a URL at all, what comes before an @ may be a secret."""
    return connection.shown(target).rpartition("@")[2]


def _is_server(url: str) -> bool:
    return "://" in url and connection.parsed(url).get_backend_name() != "sqlite"
