"""Three ways of training the same: ours, a loop as one writes it by hand, and one in the manner of timm's `train.py`.

Each takes some steps when it is its turn, and says how many seconds they took.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

import torch
import torch.nn.functional as F
from augmentation import OneByOne, transform_of
from settings import Setting
from timm.data import create_loader
from timm.loss import LabelSmoothingCrossEntropy
from timm.utils import AverageMeter, dispatch_clip_grad
from torch import Tensor, nn

from ablate.models import build
from ablate.specs import Device, MetricRecord, Precision, Split
from ablate.training import Stopped, train
from ablate.training.data import open_splits
from ablate.training.device import synchronize
from ablate.training.recipe import create_optimizer, create_schedule


class Ours:
    """`ablate.training.train` itself, which asks before every step whether to stop: there others take their turns.

    The clock is read where it asks, so the turns of others do not count.
    """

    def __init__(self, setting: Setting, device: Device, threads: int, between: Callable[[float], bool]) -> None:
        """`between` hears the seconds of every turn, and says whether it was the last; the first turn is nothing."""
        self._setting, self._device, self._threads, self._between = setting, device, threads, between
        self._asked, self._began = 0, time.perf_counter()

    def run(self) -> None:
        """Train until the last turn is taken."""
        with suppress(Stopped):
            train(self._setting.trial, self, device=self._device, threads=self._threads, is_stopping=self._pause)

    def append(self, record: MetricRecord) -> None:
        """Take the part of a journal: one pass must be enough for all turns, or evaluation would count."""
        raise RuntimeError(f"the pass over the images has ended with {record}: ask for fewer rounds")

    def _pause(self) -> bool:
        is_last = False
        if self._asked % self._setting.steps == 0:
            synchronize(self._device)
            is_last = self._between(time.perf_counter() - self._began)
            self._began = time.perf_counter()
        self._asked += 1
        return is_last


class Other:
    """What both other loops train, made from the same specification."""

    def __init__(self, setting: Setting, device: Device) -> None:
        configuration = setting.trial.configuration
        self.setting, self.device, self.recipe = setting, device, configuration.training
        self.place = torch.device(device.value)
        splits = open_splits(configuration.data, self.recipe.augmentation, self.place)
        self.supply: Any = splits.supplies[Split.TRAIN]
        torch.manual_seed(setting.trial.seed)
        self.model: nn.Module = build(configuration.model, configuration.data.facts).to(self.place).train()
        self.optimizer = create_optimizer(self.model, self.recipe)
        steps_per_epoch = math.ceil(len(self.supply) / self.recipe.batch_size)
        self.schedule = create_schedule(self.optimizer, self.recipe, steps_per_epoch)
        self.step = 0

    def take_turn(self) -> float:
        """The seconds that the next steps took, as many as the setting says."""
        synchronize(self.device)
        began = time.perf_counter()
        self.take_steps()
        synchronize(self.device)
        return time.perf_counter() - began

    def take_steps(self) -> None:
        """As many as the setting says."""
        raise NotImplementedError

    def autocast(self) -> AbstractContextManager[Any]:
        """bf16 where the recipe asks for it."""
        is_half = self.recipe.precision is Precision.BFLOAT16
        return torch.autocast(self.device.value, torch.bfloat16, enabled=is_half)


class Bare(Other):
    """No metrics, no look at what is finite, no checkpoints, no seeds: the steps and nothing else.

    Augmented batches are ours, for it is the loop that is compared; others are indexed out of a tensor.
    """

    def __init__(self, setting: Setting, device: Device) -> None:
        super().__init__(setting, device)
        is_plain = self.recipe.augmentation.is_identity
        self._batches = self._indexed() if is_plain else self._augmented()

    def take_steps(self) -> None:
        """See `Other`."""
        for _ in range(self.setting.steps):
            pixels, labels = next(self._batches)
            self.optimizer.zero_grad()
            with self.autocast():
                logits = self.model(pixels)
            loss = F.cross_entropy(logits.float(), labels, label_smoothing=self.recipe.label_smoothing)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.gradient_clip)
            self.optimizer.step()
            self.step += 1
            self.schedule.step_update(self.step)

    def _indexed(self) -> Iterator[tuple[Tensor, Tensor]]:
        stored, labels = self.supply.pixels, self.supply.labels
        values = stored.float() / 255
        mean, deviation = values.mean().item(), values.std().item()
        del values
        while True:
            order = torch.randperm(len(labels)).to(self.place)
            for rows in order.split(self.recipe.batch_size):
                yield stored[rows].float().mul_(1 / (255 * deviation)).sub_(mean / deviation), labels[rows]

    def _augmented(self) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in self.supply.training_batches(self.recipe.batch_size, 0, 0):
            yield batch.pixels, batch.labels


class InTimmsManner(Other):
    """timm's loader, loss, clipping and meters. A pass over its images is one turn: no worker works on after it.

    Its mean loss is read from the device at every step, as timm does.
    """

    def __init__(self, setting: Setting, device: Device, workers: int) -> None:
        super().__init__(setting, device)
        images = setting.steps * self.recipe.batch_size
        stored = self.supply.pixels[:images, 0].cpu().numpy()
        dataset = OneByOne(stored, self.supply.labels[:images].tolist(), transform=None)
        self.loader = create_loader(
            dataset,
            input_size=(1, *stored.shape[1:]),
            batch_size=self.recipe.batch_size,
            is_training=True,
            no_aug=True,
            mean=(0.5,),
            std=(0.25,),
            num_workers=workers,
            pin_memory=device is Device.CUDA,
            device=self.place,
            use_prefetcher=False,
        )
        dataset.transform = transform_of(
            self.recipe.augmentation, stored.shape[1:]
        )  # timm's factory has no padded crop
        self.loss = LabelSmoothingCrossEntropy(self.recipe.label_smoothing)
        self.losses, self.update_seconds, self.data_seconds = AverageMeter(), AverageMeter(), AverageMeter()

    def take_steps(self) -> None:
        """See `Other`."""
        ended = time.time()
        for pixels, labels in self.loader:
            images = pixels.to(self.place, non_blocking=True)
            aim = labels.to(self.place, non_blocking=True)
            self.data_seconds.update(time.time() - ended)
            with self.autocast():
                loss = self.loss(self.model(images), aim)
            loss.backward()
            dispatch_clip_grad(self.model.parameters(), value=self.recipe.gradient_clip, mode="norm")
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.losses.update(loss.item(), len(images))
            self.step += 1
            self.schedule.step_update(self.step, metric=self.losses.avg)
            self.update_seconds.update(time.time() - ended)
            ended = time.time()
