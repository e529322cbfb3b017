"""Where an imported study comes from: runs that were made elsewhere, and what of their record was read as what."""

from __future__ import annotations

from enum import StrEnum

from ablate.specs.value import Value


class SourceKind(StrEnum):
    """What the runs were read from."""

    CSV = "csv"
    PARQUET = "parquet"
    WANDB = "wandb"
    MLFLOW = "mlflow"


class Columns(Value):
    """The names under which the source holds what a study needs; None where it was not asked to be read.

    Factors and objective go by the source's names in the study itself. `conditions` picked the runs: only those with
    these values were read.
    """

    seed: str
    state: str | None = None
    parameters: str | None = None
    macs: str | None = None
    training_seconds: str | None = None
    metrics: tuple[str, ...] = ()
    conditions: dict[str, str] = {}


class Source(Value):
    """A place that others can recognise: a file's name and the SHA-256 of its content, or an address.

    `place` holds neither folders nor credentials; `experiment` is MLflow's.
    """

    kind: SourceKind
    place: str
    digest: str | None = None
    experiment: str | None = None
    columns: Columns
