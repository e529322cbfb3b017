"""Cross-correlation of two maps at the offsets of a window: the weight gradient of a depth-wise convolution."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.grad import conv2d_input, conv2d_weight


def correlate(
    queries: Float[Tensor, "depth groups height width"], keys: Float[Tensor, "depth groups height width"], window: int
) -> Float[Tensor, "groups window window"]:
    """sums[g, r] = sum over d, i of queries[d, g, i] * keys[d, g, i + r], keys outside the map counting 0."""
    sums: Tensor = _Correlation.apply(queries, keys, window)
    return sums[:, 0]


class _Correlation(Function):
    """All three products are depth-wise convolutions with a small kernel, which libraries do well."""

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, window: int) -> Tensor:
        ctx.save_for_backward(queries, keys)
        groups = keys.shape[1]
        return conv2d_weight(keys, (groups, 1, window, window), queries, padding=window // 2, groups=groups)  # type: ignore[no-any-return]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        queries, keys = ctx.saved_tensors
        groups, _, window, _ = gradient.shape
        for_queries = F.conv2d(keys, gradient, padding=window // 2, groups=groups)
        for_keys = conv2d_input(keys.shape, gradient, queries, padding=window // 2, groups=groups)
        return for_queries, for_keys, None
