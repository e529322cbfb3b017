"""Placeholder until the room is filled: changes nothing."""

from __future__ import annotations

from torch import Tensor

from ablate.specs import AugmentationSpec


class Augmenter:
    """Changes nothing."""

    def __init__(self, spec: AugmentationSpec, classes: int) -> None:
        self.spec, self.classes = spec, classes

    def augment(self, pixels: Tensor, seed: int, epoch: int, step: int, first: int, total: int) -> Tensor:
        """The same pixels."""
        return pixels

    def finish(
        self, pixels: Tensor, labels: Tensor, seed: int, epoch: int, step: int, first: int, total: int
    ) -> tuple[Tensor, Tensor | None]:
        """The same pixels."""
        return pixels, None
