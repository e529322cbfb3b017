"""Scoring a model on one split."""

from __future__ import annotations

from collections.abc import Callable

import torch
from accelerate import Accelerator
from torch import nn

from ablate.training.data import Images
from ablate.training.processes import ALONE, Processes
from ablate.training.tally import Tally

EVALUATION_BATCH = 512


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    images: Images,
    accelerator: Accelerator,
    before_batch: Callable[[], None],
    processes: Processes = ALONE,
) -> dict[str, float]:
    """Accuracy (a fraction) and cross-entropy (nats), unsmoothed, over all of `images`, each counted once.

    `before_batch` may raise to break off.
    """
    model.eval()
    tally = Tally()
    for batch in images.batches(EVALUATION_BATCH):
        before_batch()
        share = processes.share(batch)
        with accelerator.autocast():
            logits = model(share.images.pixels)
        tally.add(logits[: share.counted], share.images.labels[: share.counted])
    return processes.total(tally).means()
