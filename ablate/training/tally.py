"""What has been counted over the images seen so far: the sums behind accuracy and loss."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass
class Tally:
    """Sums over images, kept on the device so that no step waits for a number to come back."""

    images: int = 0
    loss: Tensor | float = 0.0
    correct: Tensor | float = 0.0

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Count one batch; the loss is the unsmoothed cross-entropy."""
        logits = logits.detach().float()
        self.images += len(labels)
        self.loss = self.loss + F.cross_entropy(logits, labels, reduction="sum")
        self.correct = self.correct + (logits.argmax(dim=1) == labels).sum()

    def to(self, device: torch.device) -> Tally:
        """The same sums on `device`."""
        return Tally(self.images, *(torch.as_tensor(part, device=device) for part in (self.loss, self.correct)))

    def means(self) -> dict[str, float]:
        """Accuracy (a fraction) and loss (nats) of an image."""
        return {"accuracy": float(self.correct) / self.images, "loss": float(self.loss) / self.images}
