"""From a trial's configuration and seed to a trained model's metrics. The only home of Accelerate."""

from ablate.training.checkpoint import Identity
from ablate.training.course import Journal
from ablate.training.loop import Outcome, train
from ablate.training.processes import ALONE, Meeting, Processes
from ablate.training.shelf import Shelf
from ablate.training.stopping import IsStopping, Stopped, never

__all__ = [
    "ALONE",
    "Identity",
    "IsStopping",
    "Journal",
    "Meeting",
    "Outcome",
    "Processes",
    "Shelf",
    "Stopped",
    "never",
    "train",
]
