"""Images and labels: read, split once into train, validation and test, and served in batches."""

from ablate.training.data.opening import Splits, open_splits
from ablate.training.data.supply import Batch, Supply

__all__ = ["Batch", "Splits", "Supply", "open_splits"]
