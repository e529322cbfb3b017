"""Scoring a model on one split."""

from __future__ import annotations

from collections.abc import Callable

import torch
from accelerate import Accelerator
from torch import nn

from ablate.training.data import Supply
from ablate.training.processes import ALONE, Processes
from ablate.training.tally import Tally

EVALUATION_BATCH = 512


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    supply: Supply,
    accelerator: Accelerator,
    before_batch: Callable[[], None],
    processes: Processes = ALONE,
    batch_size: int = EVALUATION_BATCH,
) -> dict[str, float]:
    """Accuracy (a fraction) and cross-entropy (nats), unsmoothed, over all of `supply`, each image counted once.

    `before_batch` may raise to break off.
    """
    model.eval()
    tally = Tally()
    for batch in supply.evaluation_batches(batch_size):
        before_batch()
        with accelerator.autocast():
            logits = model(batch.pixels)
        tally.add(logits[: batch.counted], batch.labels[: batch.counted])
    return processes.total(tally).means()
