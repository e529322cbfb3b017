"""Random changes of training images."""

from ablate.training.augmentation.augmenter import Augmenter

__all__ = ["Augmenter"]
