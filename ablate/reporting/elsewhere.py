"""What a report says of a study whose runs were made elsewhere: where they come from, and what is not known of them."""

from __future__ import annotations

from dataclasses import replace

from ablate.reporting.findings import Findings
from ablate.reporting.markdown import code
from ablate.reporting.table import Table
from ablate.specs import Source, SourceKind

DIGITS = 12
"""As much of a digest as a report shows."""

KINDS = {
    SourceKind.CSV: "the table",
    SourceKind.PARQUET: "the table",
    SourceKind.WANDB: "the Weights & Biases export",
    SourceKind.MLFLOW: "MLflow at",
}

PAIRING = (
    "Pairs have equal seed numbers. Whether such runs saw equal data in equal order is not known: if they did not, the "
    "comparison is as valid, as long as the seeds are independent, and only gains nothing by the pairing."
)
"""What a study that is run here knows: that the same seed sees the same batches."""

SCORED = "The intervals speak of other seeds, on the data that these runs were scored on: which it is, is not known."


def origin(source: Source) -> str:
    """Where the runs were read from, so that the same can be found again: one sentence."""
    place = f"{KINDS[source.kind]} {code(source.place)}"
    if source.experiment is not None:
        place += f", experiment {code(source.experiment)}"
    if source.digest is not None:
        place += f" (SHA-256 `{source.digest[:DIGITS]}…`)"
    return f"These runs were made elsewhere and imported from {place}."


def reading(findings: Findings) -> list[str]:
    """Which columns of the source were read as what, and which runs, one line each."""
    study, source = findings.study, findings.study.source
    if source is None:
        return []
    columns = source.columns
    roles = (
        ("factors", [factor.name for factor in study.factors]),
        ("seed", [columns.seed]),
        (f"objective, {study.objective.direction}d", [str(study.objective.metric)]),
        ("state", [columns.state]),
        ("parameters", [columns.parameters]),
        ("MACs", [columns.macs]),
        ("training time", [columns.training_seconds]),
        ("further metrics", list(columns.metrics)),
    )
    lines = [
        f"{role}: {', '.join(code(name) for name in names if name)}"
        for role, names in roles
        if any(filter(None, names))
    ]
    lines += [f"only runs with {code(name)} = {code(value)}" for name, value in columns.conditions.items()]
    return lines


def unknown(findings: Findings) -> list[str]:
    """What the source does not tell, so that no number here can be read as if it did; one line each."""
    costs = [finding.costs for finding in findings.findings]
    absent = [
        name
        for name, is_known in (
            ("parameters", any(cost is not None and cost.parameters is not None for cost in costs)),
            ("multiply-accumulates", any(cost is not None and cost.macs is not None for cost in costs)),
            ("training time", any(finding.training_seconds is not None for finding in findings.findings)),
        )
        if not is_known
    ]
    lines = [
        "The code: which version, and whether it was the same for all runs.",
        "The data: which it was, how it was split, and whether all runs were scored on the same part of it.",
        "The environment: packages and hardware, and whether they were the same for all runs.",
        "The rest of the configuration: whether all that is no factor was the same in all runs.",
        "The seeds: whether equal numbers mean equal data order, and whether replicates are independent.",
        "The selection: whether these are all the runs that were made.",
    ]
    if absent:
        lines.append(f"The cost: {', '.join(absent)}, so a difference may be one of size or cost.")
    return lines


def missing(findings: Findings) -> str:
    """What `not run` means where runs were imported; empty where the source holds every trial."""
    absent = sum(outcome.trial.attempts == 0 for outcome in findings.outcomes)
    if not absent:
        return ""
    return (
        f"*Not run* means that the source holds no such run ({absent} of {findings.plan.trial_count}): every seed of "
        "any combination is expected of all of them."
    )


def without_logs(table: Table) -> Table:
    """The table of failures without its last column: there is no log in the workspace."""
    return replace(
        table, header=table.header[:-1], alignment=table.alignment[:-1], rows=tuple(row[:-1] for row in table.rows)
    )
