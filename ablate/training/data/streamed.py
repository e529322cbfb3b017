"""A split that is read as it goes: processes of their own decode and augment images ahead of the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int, UInt8
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ablate.errors import DataError, DataWorkerDied
from ablate.specs import AugmentationSpec, DataSpec, Split
from ablate.training.augmentation import Augmenter
from ablate.training.data.single import Changes, seeded
from ablate.training.data.splits import Selection
from ablate.training.data.standard import Standard
from ablate.training.data.supply import Batch, Supply
from ablate.training.processes import Processes
from ablate.training.streams import Stream, generator, stream_seed

COLOUR = Standard(IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD)
"""What colour images are standardised by: as is usual, ImageNet's mean and deviation, for no pass is made over all."""

GREY = Standard((sum(COLOUR.mean) / 3,), (sum(COLOUR.deviation) / 3,))

AHEAD = 4
"""Batches that each process has ready or under way."""


class Order(NamedTuple):
    """Which image to decode, and the seed of its random changes; None as it is."""

    row: int
    seed: int | None


class Unreadable(NamedTuple):
    """Comes from a worker process in place of an image."""

    message: str


def stream(
    selections: Mapping[Split, Selection],
    spec: DataSpec,
    augmentation: AugmentationSpec,
    device: torch.device,
    processes: Processes,
) -> tuple[dict[Split, Supply], Standard]:
    """A supply for every split, and its scale.

    `workers` processes read each pass, by themselves one for each thread of the trial.
    """
    standard = GREY if spec.facts.channels == 1 else COLOUR
    augmenter = Augmenter(augmentation, spec.facts.classes)
    changes = Changes(augmentation, spec.facts.height, spec.facts.width, standard)
    workers = torch.get_num_threads() if spec.workers == "auto" else spec.workers
    supplies: dict[Split, Supply] = {
        split: StreamedSupply(selection, changes, standard, augmenter, processes, device, workers)
        for split, selection in selections.items()
    }
    return supplies, standard


class StreamedSupply:
    """What happens to one image is done where it is decoded, and what takes a whole batch on the device."""

    def __init__(
        self,
        selection: Selection,
        changes: Changes,
        standard: Standard,
        augmenter: Augmenter,
        processes: Processes,
        device: torch.device,
        workers: int,
    ) -> None:
        self._rows, self._decoder = selection.rows, _Decoder(selection, changes)
        self._standard, self._augmenter, self._processes = standard, augmenter, processes
        self._device, self._workers = device, workers

    def __len__(self) -> int:
        return len(self._rows)

    def training_batches(self, size: int, seed: int, epoch: int, first: int = 0) -> Iterator[Batch]:
        """See `Supply`."""
        order = torch.randperm(len(self), generator=generator(seed, Stream.DATA_ORDER, epoch)).tolist()
        steps = range(first, -(-len(self) // size))
        totals = [min(size, len(self) - step * size) for step in steps]
        shares = [self._processes.share(total) for total in totals]
        orders = (
            [
                Order(order[step * size + place], stream_seed(seed, Stream.AUGMENTATION, epoch, step, place))
                for place in range(share.rows.start, share.rows.stop)
            ]
            for step, share in zip(steps, shares, strict=True)
        )
        decoded = self._decoded(orders, len(shares))
        for step, total, share, (pixels, labels) in zip(steps, totals, shares, decoded, strict=True):
            place = (share.rows.start, total)
            finished, targets = self._augmenter.finish(self._standard.apply(pixels), labels, seed, epoch, step, *place)
            yield Batch(finished, labels, targets, share.counted, share.weight)

    def evaluation_batches(self, size: int) -> Iterator[Batch]:
        """See `Supply`."""
        starts = range(0, len(self), size)
        shares = [self._processes.share(min(size, len(self) - start)) for start in starts]
        orders = (
            [Order(start + place, None) for place in range(share.rows.start, share.rows.stop)]
            for start, share in zip(starts, shares, strict=True)
        )
        for share, (pixels, labels) in zip(shares, self._decoded(orders, len(shares)), strict=True):
            yield Batch(self._standard.apply(pixels), labels, None, share.counted, share.weight)

    def _decoded(
        self, orders: Iterable[list[Order]], batches: int
    ) -> Iterator[tuple[UInt8[Tensor, "images channels height width"], Int[Tensor, " images"]]]:
        """Batches in the order asked for, on the device.

        Raises `DataError` for an image that does not decode, and `DataWorkerDied`.
        """
        workers = min(self._workers, batches)
        loader = DataLoader(
            self._decoder,
            batch_sampler=orders,
            collate_fn=_collate,
            num_workers=workers,
            prefetch_factor=AHEAD if workers else None,
            pin_memory=self._device.type == "cuda",
            generator=torch.Generator(),  # else it would draw from torch's own
        )
        for decoded in _watched(loader):
            if isinstance(decoded, Unreadable):
                raise DataError(decoded.message)
            pixels, labels = decoded
            yield pixels.to(self._device, non_blocking=True), labels.to(self._device, non_blocking=True)


class _Decoder(Dataset[tuple[Tensor, int] | Unreadable]):
    """Sent to the worker processes."""

    def __init__(self, selection: Selection, changes: Changes) -> None:
        self._selection, self._changes = selection, changes

    def __getitem__(self, order: Order) -> tuple[Tensor, int] | Unreadable:
        row = int(self._selection.rows[order.row])
        try:
            image = self._selection.pool.image(row)
        except DataError as error:
            return Unreadable(str(error))
        if order.seed is None:
            changed = self._changes.leave(image)
        else:
            with seeded(order.seed):
                changed = self._changes.draw(image)
        pixels = np.asarray(changed)
        pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
        return torch.from_numpy(np.ascontiguousarray(pixels)), int(self._selection.pool.labels[row])


def _collate(items: list[tuple[Tensor, int] | Unreadable]) -> tuple[Tensor, Tensor] | Unreadable:
    images = []
    for item in items:
        if isinstance(item, Unreadable):
            return item
        images.append(item)
    return torch.stack([pixels for pixels, _ in images]), torch.tensor([label for _, label in images])


def _watched(loader: DataLoader[tuple[Tensor, int] | Unreadable]) -> Iterator[tuple[Tensor, Tensor] | Unreadable]:
    try:
        yield from loader
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise DataWorkerDied(
            f"a process that reads images is gone ({' '.join(str(error).split())}): the system may have run out of "
            "memory; lower data.workers, or run fewer trials side by side (resources.workers)"
        ) from error
