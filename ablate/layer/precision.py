"""At least float32 where rounding would hurt, whatever autocast says."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def without_autocast(device: torch.device) -> AbstractContextManager[object]:
    """A context in which the device computes in the types of its tensors. Some device types know no autocast."""
    knows_it = torch.amp.is_autocast_available(device.type)
    return torch.autocast(device.type, enabled=False) if knows_it else nullcontext()


def precise(tensor: Tensor) -> Tensor:
    """The tensor in float32, or as it is where it is finer."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
