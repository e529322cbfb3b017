"""A split held in memory on the device that computes: nothing ever waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ablate.training.augmentation import Augmenter
from ablate.training.data.standard import Standard
from ablate.training.data.supply import Batch
from ablate.training.processes import Processes
from ablate.training.streams import Stream, generator


class HeldSupply:
    """Pixels are bytes, standardised batch by batch, or floats that are standardised already (no `standard`).

    They lie on the `device` that batches are asked for on, or on the CPU where they would take too much of it.
    """

    def __init__(
        self,
        pixels: Tensor,
        labels: Tensor,
        standard: Standard | None,
        augmenter: Augmenter,
        processes: Processes,
        device: torch.device,
    ) -> None:
        self.pixels, self.labels, self._device = pixels, labels, device
        self._standard, self._augmenter, self._processes = standard, augmenter, processes

    def __len__(self) -> int:
        return len(self.labels)

    def training_batches(self, size: int, seed: int, epoch: int, first: int = 0) -> Iterator[Batch]:
        """See `Supply`."""
        order = torch.randperm(len(self), generator=generator(seed, Stream.DATA_ORDER, epoch)).to(self.labels.device)
        for step in range(first, -(-len(self) // size)):
            whole = order[step * size : (step + 1) * size]
            share = self._processes.share(len(whole))
            rows, place = whole[share.rows], (share.rows.start, len(whole))
            pixels, labels = self._take(rows)
            pixels = self._standardised(self._augmenter.augment(pixels, seed, epoch, step, *place))
            pixels, targets = self._augmenter.finish(pixels, labels, seed, epoch, step, *place)
            yield Batch(pixels, labels, targets, share.counted, share.weight)

    def evaluation_batches(self, size: int) -> Iterator[Batch]:
        """See `Supply`."""
        for start in range(0, len(self), size):
            share = self._processes.share(min(size, len(self) - start))
            rows = slice(start + share.rows.start, start + share.rows.stop)
            pixels, labels = self._take(rows)
            yield Batch(self._standardised(pixels), labels, None, share.counted, share.weight)

    def _take(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        return self.pixels[rows].to(self._device), self.labels[rows].to(self._device)

    def _standardised(self, pixels: Tensor) -> Tensor:
        return pixels if self._standard is None else self._standard.apply(pixels)
