"""Where the numbers come from: code, versions, hardware, and whether they are the same for all trials."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ablate.reporting.codes import DIGITS
from ablate.reporting.findings import Findings
from ablate.reporting.table import Table
from ablate.specs import Environment
from ablate.tracking.records import TrialStatus


@dataclass(frozen=True)
class Provenance:
    """The environments of the complete trials, the most used one first, and what differs between them."""

    environments: tuple[tuple[Environment, int], ...]
    table: Table
    differing: tuple[str, ...]


def trace(findings: Findings) -> Provenance:
    """Gather the environments in which the planned, complete trials ran."""
    counts: dict[str, int] = {}
    known: dict[str, Environment] = {}
    for trial in findings.trials(TrialStatus.COMPLETE):
        if trial.environment is not None:
            key = json.dumps(trial.environment.model_dump(mode="json"), sort_keys=True)
            counts[key] = counts.get(key, 0) + 1
            known[key] = trial.environment
    order = sorted(counts, key=lambda key: (-counts[key], key))
    environments = tuple((known[key], counts[key]) for key in order)
    columns = [describe(environment) for environment, _ in environments]
    properties = list(dict.fromkeys(name for column in columns for name in column))
    differing = tuple(name for name in properties if len({column.get(name) for column in columns}) > 1)
    header = ("", *(f"environment {number} ({count} trials)" for number, (_, count) in enumerate(environments, 1)))
    rows = tuple((name, *(column.get(name, "absent") for column in columns)) for name in properties)
    return Provenance(environments, Table(header, "l" * len(header), rows), differing)


def describe(environment: Environment) -> dict[str, str]:
    """An environment as properties in a fixed order: the code, the hardware, the packages.

    `code` and `changes` are digests: of all sources that a number depends on, and of what the commit does not hold.
    """
    state = {True: "as committed", False: "with changes that were not committed", None: "unknown"}
    hardware = {name: _text(value) for name, value in sorted(environment.hardware.items())}
    packages = dict(sorted(environment.packages.items()))
    return {
        "commit": environment.commit or "unknown: not run from a checkout",
        "state of the code": state[environment.is_clean],
        **({"code": environment.code[:DIGITS]} if environment.code else {}),
        **({"changes": environment.diff[:DIGITS]} if environment.diff else {}),
        **hardware,
        **packages,
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
