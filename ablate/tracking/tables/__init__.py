"""The tables of the tracking database: `db/README.md` draws them, `db/migrations` makes them."""

from ablate.tracking.tables.attempts import Artifact, Attempt, CodeDiff, Environment
from ablate.tracking.tables.measurements import AttemptSplit, DataSplit, Metric, MetricKey
from ablate.tracking.tables.mirrors import MirroredStudy, MirroredTrial
from ablate.tracking.tables.plans import Combination, CombinationLevel, Factor, Level, Study, Trial
from ablate.tracking.tables.reports import Comparison, Report
from ablate.tracking.tables.table import Table

__all__ = [
    "Artifact",
    "Attempt",
    "AttemptSplit",
    "CodeDiff",
    "Combination",
    "CombinationLevel",
    "Comparison",
    "DataSplit",
    "Environment",
    "Factor",
    "Level",
    "Metric",
    "MetricKey",
    "MirroredStudy",
    "MirroredTrial",
    "Report",
    "Study",
    "Table",
    "Trial",
]
