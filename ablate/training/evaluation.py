"""Scoring a model on one split."""

from __future__ import annotations

from collections.abc import Callable

import torch
from accelerate import Accelerator
from torch import nn

from ablate.training.data import Images
from ablate.training.tally import Tally

EVALUATION_BATCH = 512


@torch.inference_mode()
def evaluate(
    model: nn.Module, images: Images, accelerator: Accelerator, before_batch: Callable[[], None]
) -> dict[str, float]:
    """Accuracy (a fraction) and cross-entropy (nats), unsmoothed, over all of `images`.

    `before_batch` may raise to break off.
    """
    model.eval()
    tally = Tally()
    for batch in images.batches(EVALUATION_BATCH):
        before_batch()
        with accelerator.autocast():
            logits = model(batch.pixels)
        tally.add(logits, batch.labels)
    return tally.means()
