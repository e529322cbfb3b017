"""Noticing that a training has diverged, without a GPU waiting at every step for a number to come back."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ablate.errors import Diverged
from ablate.training.processes import ALONE, Processes
from ablate.training.progress import Progress


class Watch:
    """Collects the loss of every step, and the gradient's norm where it is known, to look at many at once."""

    def __init__(self) -> None:
        self._losses: list[Tensor] = []
        self._norms: list[Tensor] = []

    def add(self, loss: Tensor, norm: Tensor | None) -> None:
        """Keep what one step gave; nothing is read from the device."""
        self._losses.append(loss.detach())
        if norm is not None:
            self._norms.append(norm.detach())

    def check(
        self,
        progress: Progress,
        steps_per_epoch: int,
        learning_rate: Callable[[int], float],
        processes: Processes = ALONE,
    ) -> None:
        """Look at all that came since the last look; `learning_rate` is that of a step, counted from 1.

        All processes look together, and see the mean of their losses.

        Raises `Diverged` naming the first step whose loss or gradient is not finite.
        """
        if not self._losses:
            return
        losses = processes.mean(torch.stack(self._losses)).tolist()
        norms = torch.stack(self._norms).tolist() if self._norms else [None] * len(losses)
        self._losses, self._norms = [], []
        for place, (loss, norm) in enumerate(zip(losses, norms, strict=True)):
            if not (math.isfinite(loss) and (norm is None or math.isfinite(norm))):
                step = progress.step - len(losses) + place + 1
                raise Diverged(_describe(step, loss, norm, progress, steps_per_epoch, learning_rate(step)))
            progress.last_finite_loss = loss


def _describe(
    step: int, loss: float, norm: float | None, progress: Progress, steps_per_epoch: int, learning_rate: float
) -> str:
    what = f"gradient's norm is {norm}" if math.isfinite(loss) else f"training loss is {loss}"
    facts = [f"learning rate {learning_rate:g}"]
    if norm is not None and not math.isfinite(loss):
        facts.append(f"gradient norm {norm:g}")
    last = progress.last_finite_loss
    facts.append("no finite loss before" if last is None else f"last finite loss {last:.6g}")
    clip = "set training.gradient_clip" if norm is None else "lower training.gradient_clip"
    return (
        f"the {what} in epoch {(step - 1) // steps_per_epoch + 1}, step {step} ({', '.join(facts)}): lower "
        f"training.learning_rate, or {clip}"
    )
