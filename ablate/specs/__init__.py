"""The frozen values that flow through every room: what is asked for, planned, run and found."""

from ablate.specs.augmentation import AugmentationSpec, Crop
from ablate.specs.configuration import Configuration, identify
from ablate.specs.data import DataSpec, describe_splits
from ablate.specs.datasets import DatasetFacts
from ablate.specs.design import Choice, Condition, Design, Factor, Level, Override, When, meets
from ablate.specs.fairness import Cost, Match, Matched, Options, Pruner, Range, Sampler, Tune
from ablate.specs.layer import Connectivity, Dynamics, LayerSpec, Sharing
from ablate.specs.measures import EnergySource, Measures
from ablate.specs.model import Backbone, ModelSpec, Stage
from ablate.specs.optimizers import Optimizer
from ablate.specs.plan import Combination, Exclusion, Plan
from ablate.specs.program import ProgramSpec
from ablate.specs.source import Columns, Source, SourceKind
from ablate.specs.study import (
    Direction,
    Metric,
    Objective,
    Resources,
    Split,
    StudySpec,
)
from ablate.specs.training import Precision, Schedule, TrainingSpec
from ablate.specs.trial import (
    Costs,
    Device,
    Environment,
    Failure,
    JobSpec,
    MetricRecord,
    Resumption,
    Scored,
    SplitRecord,
    SystemRecord,
    TrialResult,
    TrialSpec,
    process_count,
)

__all__ = [
    "AugmentationSpec",
    "Backbone",
    "Choice",
    "Columns",
    "Combination",
    "Condition",
    "Configuration",
    "Connectivity",
    "Cost",
    "Costs",
    "Crop",
    "DataSpec",
    "DatasetFacts",
    "Design",
    "Device",
    "Direction",
    "Dynamics",
    "EnergySource",
    "Environment",
    "Exclusion",
    "Factor",
    "Failure",
    "JobSpec",
    "LayerSpec",
    "Level",
    "Match",
    "Matched",
    "Measures",
    "Metric",
    "MetricRecord",
    "ModelSpec",
    "Objective",
    "Optimizer",
    "Options",
    "Override",
    "Plan",
    "Precision",
    "ProgramSpec",
    "Pruner",
    "Range",
    "Resources",
    "Resumption",
    "Sampler",
    "Schedule",
    "Scored",
    "Sharing",
    "Source",
    "SourceKind",
    "Split",
    "SplitRecord",
    "Stage",
    "StudySpec",
    "SystemRecord",
    "TrainingSpec",
    "TrialResult",
    "TrialSpec",
    "Tune",
    "When",
    "describe_splits",
    "identify",
    "meets",
    "process_count",
]
