"""What a finished place found: from its database, from its journals and from MLflow; and where two places differ."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import struct
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from place import Place

sys.path.append(str(Path(__file__).parents[1] / "orchestrate"))

from rows import differing as differing_rows
from rows import read_rows

from ablate.jobs.journal import read_metrics, read_result
from ablate.orchestrate.rebuild import rebuild_study
from ablate.specs import MetricRecord
from ablate.tracking.records import AttemptStatus, TrialStatus
from ablate.tracking.store import Store

Rows = dict[tuple[str, str, int, str], bytes]
"""By trial, split, step and metric: the value, bit by bit."""


class Findings(NamedTuple):
    """Every number of every trial as each of the three tells it, and what is not as promised."""

    database: Rows
    journals: Rows
    mlflow: Rows
    duplicated: int
    faults: tuple[str, ...]


def read_findings(place: Place) -> Findings:
    """Read a place whose last run is over; `faults` are what is wrong with it by itself."""
    with Store.open(place.workspace.database_url) as store:
        trials, attempts = store.trials("chaos"), store.attempts("chaos")
        recorded = {
            trial.name: store.metric_records("chaos", trial.name, trial.accepted_attempt)
            for trial in trials
            if trial.accepted_attempt is not None
        }
    accepted = Counter(attempt.trial for attempt in attempts if attempt.status is AttemptStatus.COMPLETE)
    results = Counter(path.parent.name for path in place.complete())
    names = sorted(trial.name for trial in trials)
    faults = []
    if unfinished := [trial.name for trial in trials if trial.status is not TrialStatus.COMPLETE]:
        faults.append(f"not complete: {unfinished}")
    if sorted(accepted) != names or sorted(results) != names:
        faults.append(f"complete in the database {sorted(accepted)}, in the journals {sorted(results)}")
    if still_open := [(attempt.trial, attempt.number) for attempt in attempts if attempt.ended is None]:
        faults.append(f"attempts without an end: {still_open}")
    on_disk = {(path.parent.name, int(path.name)) for path in place.attempts()}
    if on_disk != (in_database := {(attempt.trial, attempt.number) for attempt in attempts}):
        faults.append(f"attempts that only the journals or only the database know: {on_disk ^ in_database}")
    duplicated = sum(max(accepted[name], results[name]) > 1 for name in names)
    directories = {trial.name: accepted_directory(place, trial.name, trial.accepted_attempt) for trial in trials}
    journals = {name: read_metrics(path).records for name, path in directories.items() if path is not None}
    for name, path in directories.items():
        if path is not None and read_result(path) is None:
            faults.append(f"{name}: the accepted attempt has no result")
    if not_made_again := _differing_when_rebuilt(place):
        faults.append(f"rows that a rebuilt database has otherwise: {not_made_again}")
    return Findings(_rows(recorded), _rows(journals), _mlflow_rows(place), duplicated, tuple(faults))


IN_NO_JOURNAL = ("mirrored_studies", "mirrored_trials", "reports", "comparisons", "code_diffs")
"""Tables that tell what other programs and pages were told, and what the checkout held: kept from the old database."""


def accepted_directory(place: Place, trial: str, attempt: int | None) -> Path | None:
    """Where the accepted attempt's journal lies."""
    return None if attempt is None else place.workspace.attempt_directory("chaos", trial, attempt)


def differing(left: Rows, right: Rows) -> int:
    """How many rows are not the same in both, to the last bit, or stand in one alone."""
    return sum(left.get(key) != right.get(key) for key in left.keys() | right.keys())


def contents(place: Place) -> dict[str, str]:
    """A fingerprint of the database's contents and of every file of the journals but the locks, to see any change."""
    with contextlib.closing(sqlite3.connect(place.workspace.database)) as connection:
        dump = "\n".join(connection.iterdump())
    seen = {"database": hashlib.sha256(dump.encode()).hexdigest()}
    runs = place.workspace.study_runs("chaos")
    for path in sorted(runs.rglob("*")):
        if path.is_file() and path.name not in ("run.lock", "run.holder", "lease"):
            status = path.stat()
            seen[str(path.relative_to(runs))] = f"{status.st_size} {status.st_mtime_ns}"
    return seen


def _differing_when_rebuilt(place: Place) -> dict[str, int]:
    """By table: how many rows are not the same when ledger and journals alone make the database."""
    file = place.outputs / "rebuilt.db"
    file.unlink(missing_ok=True)
    with Store.open(f"sqlite:///{file}") as store:
        rebuild_study(store, place.workspace, "chaos")
    found = differing_rows(read_rows(place.workspace.database_url), read_rows(f"sqlite:///{file}"))
    return {table: len(more) + len(less) for table, (more, less) in found.items() if table not in IN_NO_JOURNAL}


def _rows(records: dict[str, list[MetricRecord] | tuple[MetricRecord, ...]]) -> Rows:
    return {
        (trial, record.split, record.step, metric): struct.pack("<d", value)
        for trial, own in records.items()
        for record in own
        for metric, value in record.values.items()
    }


def _mlflow_rows(place: Place) -> Rows:
    """The curves of every trial's run; a trial with two runs has its rows under two names."""
    file = place.workspace.root / "db" / "mlflow.db"
    if not file.exists():
        return {}
    query = """
        SELECT tags.value, runs.run_uuid, metrics.key, metrics.step, metrics.value
        FROM runs JOIN tags ON tags.run_uuid = runs.run_uuid AND tags.key = 'ablate.trial'
        JOIN metrics ON metrics.run_uuid = runs.run_uuid
        WHERE runs.lifecycle_stage = 'active' AND metrics.key LIKE '%/%'
    """
    with contextlib.closing(sqlite3.connect(file)) as connection:
        found = connection.execute(query).fetchall()
    first: dict[str, str] = {}
    rows: Rows = {}
    for trial, run, key, step, value in found:
        name = trial if first.setdefault(trial, run) == run else f"{trial} again, as {run}"
        split, _, metric = key.partition("/")
        rows[name, split, step, metric] = struct.pack("<d", value)
    return rows
