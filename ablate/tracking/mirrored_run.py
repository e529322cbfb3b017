"""What MLflow shows of a trial and of its study: names, params, tags, numbers and status, in MLflow's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, assert_never

from ablate.specs import MetricRecord, StudySpec
from ablate.tracking.records import AttemptStatus, MirrorTask, TrialStatus

TRIAL, ATTEMPT, ROLE = "ablate.trial", "ablate.attempt", "ablate.role"
"""Tags by which a run is recognised: the trial and the attempt that it shows, or what else it is for."""

KIND = "kind"
"""The tag that tells replicates from tuning trials, short because people filter by it: `tags.kind = 'replicate'`."""


class Number(NamedTuple):
    """One point of a curve; `timestamp` in milliseconds since 1970."""

    key: str
    value: float
    timestamp: int
    step: int


def note(spec: StudySpec) -> dict[str, str]:
    """The tags of the experiment: the text above its runs, and the side of MLflow's page that it belongs to."""
    expects = f"\n\nExpected: {spec.expects}" if spec.expects else ""
    return {
        "mlflow.note.content": f"{spec.question}{expects}",
        "mlflow.experimentKind": "custom_model_development",
    }


def run_name(task: MirrorTask) -> str:
    """`spatial · static · 3 · seed 0`, or `spatial · static · 3 · tuning 12`."""
    return f"{task.label} {task.tuning}" if task.tuning else f"{task.label} · seed {task.seed}"


def params(task: MirrorTask) -> dict[str, str]:
    """The level of every factor, what tuning set, and the seed; MLflow's names are letters, digits and `_-. :/`."""
    settings = {**task.choice, **task.tuned, "seed": str(task.seed)}
    return {re.sub(r"[^\w\-. :/]", "_", name): value for name, value in settings.items()}


def tags(task: MirrorTask) -> dict[str, str]:
    """What runs are grouped and recognised by."""
    found = {
        "combination": task.label,
        KIND: "tuning" if task.tuning else "replicate",
        TRIAL: task.trial,
        ATTEMPT: str(task.attempt.number),
        "ablate.combination": task.combination,
        "ablate.executor": task.attempt.executor,
        "ablate.is_planned": str(task.is_planned).lower(),
        "mlflow.source.name": "ablate",
        "mlflow.source.type": "JOB",
    }
    if task.attempt.reason is not None:
        found["ablate.reason"] = task.attempt.reason[:4_000]
    if task.commit is not None:
        found["mlflow.source.git.commit"] = task.commit
    return found


def numbers(task: MirrorTask, records: Sequence[MetricRecord]) -> list[Number]:
    """The curves as `split/metric` with their real times, and the costs once the attempt has ended."""
    curves = [
        Number(f"{record.split}/{name}", value, milliseconds(record.time), record.step)
        for record in records
        for name, value in record.values.items()
    ]
    costs: dict[str, float] = {}
    if task.costs is not None:
        counted = {"parameters": task.costs.parameters, "macs": task.costs.macs}
        costs.update({name: count for name, count in counted.items() if count is not None})
    if task.training_seconds is not None:
        costs["training_seconds"] = task.training_seconds
    if task.peak_memory_bytes is not None:
        costs["peak_memory_bytes"] = task.peak_memory_bytes
    moment = milliseconds(task.attempt.ended or task.attempt.started)
    return curves + [Number(name, value, moment, 0) for name, value in costs.items()]


def status(task: MirrorTask) -> str | None:
    """How the run ended, or None while it runs."""
    match task.attempt.status:
        case AttemptStatus.RUNNING:
            return None
        case AttemptStatus.COMPLETE:
            return "FINISHED"
        case AttemptStatus.FAILED:
            return "FAILED"
        case AttemptStatus.LOST | AttemptStatus.STOPPED | AttemptStatus.PRUNED:
            return "FAILED" if task.trial_status is TrialStatus.FAILED else "KILLED"
        case _:
            assert_never(task.attempt.status)


def milliseconds(seconds: float) -> int:
    """Seconds since 1970 as MLflow keeps them."""
    return round(seconds * 1000)
