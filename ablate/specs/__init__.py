"""The frozen values that flow through every room: what is asked for, planned, run and found."""

from ablate.specs.configuration import Configuration
from ablate.specs.data import DatasetFacts, DatasetName, DataSpec
from ablate.specs.layer import Connectivity, Dynamics, LayerSpec, Sharing
from ablate.specs.model import Backbone, ModelSpec, Stage
from ablate.specs.plan import Combination, Exclusion, Plan
from ablate.specs.study import (
    Choice,
    Design,
    Direction,
    Factor,
    Level,
    Metric,
    Objective,
    Resources,
    Split,
    StudySpec,
)
from ablate.specs.training import Optimizer, Precision, Schedule, TrainingSpec
from ablate.specs.trial import (
    Costs,
    Device,
    Environment,
    Failure,
    JobSpec,
    MetricRecord,
    SplitRecord,
    TrialResult,
    TrialSpec,
)

__all__ = [
    "Backbone",
    "Choice",
    "Combination",
    "Configuration",
    "Connectivity",
    "Costs",
    "DataSpec",
    "DatasetFacts",
    "DatasetName",
    "Design",
    "Device",
    "Direction",
    "Dynamics",
    "Environment",
    "Exclusion",
    "Factor",
    "Failure",
    "JobSpec",
    "LayerSpec",
    "Level",
    "Metric",
    "MetricRecord",
    "ModelSpec",
    "Objective",
    "Optimizer",
    "Plan",
    "Precision",
    "Resources",
    "Schedule",
    "Sharing",
    "Split",
    "SplitRecord",
    "Stage",
    "StudySpec",
    "TrainingSpec",
    "TrialResult",
    "TrialSpec",
]
