"""What MLflow shows of a trial and of its study: names, params, tags, numbers and status, in MLflow's words."""

from __future__ import annotations

import itertools
import json
import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, assert_never

from ablate.specs import MetricRecord, Split, StudySpec
from ablate.tracking.mlflow_page import VIEW_STATE, VIEW_TAG
from ablate.tracking.records import AttemptStatus, MirrorTask, TrialStatus

TRIAL, ATTEMPT, ROLE = "ablate.trial", "ablate.attempt", "ablate.role"
"""Tags by which a run is recognised: the trial and the attempt that it shows, or what else it is for."""

KIND = "kind"
"""The tag that tells replicates from tuning trials, short because people filter by it: `tags.kind = 'replicate'`."""

NOTE = "mlflow.note.content"
"""The tag of an experiment that its page shows as Markdown above the runs."""

MOST_OF_NOTE, MOST_OF_NAME, MOST_OF_PARAM = 5_000, 240, 6_000
"""Characters that MLflow takes; of a name there is room left for a number."""


class Number(NamedTuple):
    """One point of a curve; `timestamp` in milliseconds since 1970."""

    key: str
    value: float
    timestamp: int
    step: int


class Images(NamedTuple):
    """A split of a data set as MLflow's dataset `fields`, and what the attempt used it for."""

    fields: dict[str, str]
    context: str


def labels() -> dict[str, str]:
    """The tags of every experiment: the side of MLflow's pages that it belongs to, and how its runs are looked at."""
    return {"mlflow.experimentKind": "custom_model_development", VIEW_TAG: VIEW_STATE}


def note(spec: StudySpec, text: str = "") -> str:
    """What stands above the runs of an experiment: the question, what was expected, `text`; cut to MLflow's most."""
    expects = f"Expected: {spec.expects}" if spec.expects else ""
    said = "\n\n".join(part for part in (spec.question, expects, text) if part)
    return said if len(said) <= MOST_OF_NOTE else said[: MOST_OF_NOTE - 1].rpartition("\n")[0] + "\n…"


def run_name(task: MirrorTask) -> str:
    """`spatial · static · 3 · seed 0`, or `spatial · static · 3 · tuning 12`."""
    return f"{task.label} {task.tuning}" if task.tuning else f"{task.label} · seed {task.seed}"


def params(task: MirrorTask) -> dict[str, str]:
    """The level of every factor, what tuning set, and the seed."""
    settings = {**task.choice, **task.tuned, "seed": str(task.seed)}
    return {key: value[:MOST_OF_PARAM] for key, value in zip(spelt(settings), settings.values(), strict=True)}


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


def datasets(task: MirrorTask) -> tuple[Images, ...]:
    """The splits that the attempt worked on; their digest is the fingerprint of which images they held."""
    return tuple(
        Images(
            {
                "name": str(task.data.get("name", "data")),
                "digest": "-".join(part for part in (record.content, record.fingerprint) if part),
                "source_type": "ablate",
                "source": json.dumps(task.data, sort_keys=True),
                "profile": json.dumps({"images": record.images, "images_per_class": record.images_per_class}),
            },
            split.value,
        )
        for split, record in task.splits.items()
    )


def numbers(task: MirrorTask, records: Sequence[MetricRecord]) -> list[Number]:
    """The curves as `split/metric` with their real times, and the costs once the attempt has ended."""
    names = sorted({(record.split, name) for record in records for name in record.values})
    keys = dict(zip(names, spelt(_metric(*name) for name in names), strict=True))
    curves = [
        Number(keys[record.split, name], value, milliseconds(record.time), record.step)
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
    costs.update(task.measures.numbers())
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


def beginning(task: MirrorTask) -> int:
    """When the run began, in milliseconds; 1970 where nobody knows, for MLflow would put the present for a nought."""
    return milliseconds(task.attempt.started or task.attempt.ended or 0.0) or 1


def ending(task: MirrorTask) -> int:
    """When the run ended, in milliseconds; where nobody knows, when it began."""
    return milliseconds(task.attempt.ended) if task.attempt.ended else beginning(task)


def spelt(names: Iterable[str]) -> list[str]:
    """The names as MLflow takes them: letters, digits and `_-. :/`, no path that leads elsewhere; still all different.

    Names of one trial always come in the same order, so that each is spelt the same at every call.
    """
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w\-. :/]", "_", name)[:MOST_OF_NAME]
        if posixpath.normpath(plain) != plain or plain.startswith((".", "/")):
            plain = plain.replace("/", "_").replace(".", "_") or "_"
        candidates = itertools.chain([plain], (f"{plain}_{number}" for number in itertools.count(2)))
        found.append(next(candidate for candidate in candidates if candidate not in found))
    return found


def _metric(split: Split, name: str) -> str:
    """Imported numbers, whose split nobody knows, keep the name that they came with."""
    return name if split is Split.UNSPECIFIED else f"{split}/{name}"


def milliseconds(seconds: float) -> int:
    """Seconds since 1970 as MLflow keeps them."""
    return round(seconds * 1000)
