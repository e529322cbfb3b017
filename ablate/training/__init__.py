"""From a trial's configuration and seed to a trained model's metrics. The only home of Accelerate."""

from ablate.training.loop import Journal, Outcome, train

__all__ = ["Journal", "Outcome", "train"]
