"""Random changes of the training images, a whole batch at a time, on the device where the batch is."""

from ablate.training.augmentation.augmenter import Augmenter

__all__ = ["Augmenter"]
