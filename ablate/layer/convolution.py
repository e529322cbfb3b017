"""Fast path where a sliding window's weights are shared over positions: the aggregation is a grouped convolution."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ablate.layer.connectivity import Neighbourhood, find_neighbours
from ablate.layer.correlation import correlate
from ablate.layer.dynamics import Prediction, QueryKey
from ablate.layer.sharing import Form, weight_form
from ablate.specs import Connectivity, LayerSpec


def is_convolution(spec: LayerSpec) -> bool:
    """Whether this path computes the cell."""
    slides = spec.connectivity in (Connectivity.SLIDING, Connectivity.POINT)
    return slides and weight_form(spec) is Form.OFFSET


def mix(
    spec: LayerSpec, prediction: Prediction, values: Float[Tensor, "batch height width channels"]
) -> Float[Tensor, "batch height width channels"]:
    """Aggregate `values` with the weights of `prediction`; dynamic kernels fold the batch into the channels."""
    images = values.permute(0, 3, 1, 2)
    if isinstance(prediction, QueryKey):
        _, height, width, _ = values.shape
        neighbourhood = find_neighbours(spec, height, width, values.device)
        kernels = _attention_kernels(prediction, neighbourhood, (height, width))
    else:
        kernels = prediction[:, :, 0]
    is_static = len(kernels) == 1 and not isinstance(prediction, QueryKey)
    mixed = _convolve_together(images, kernels[0]) if is_static else _convolve_each(images, kernels)
    return mixed.permute(0, 2, 3, 1)


def _convolve_together(
    images: Float[Tensor, "batch channels height width"], kernels: Float[Tensor, "groups offsets"]
) -> Float[Tensor, "batch channels height width"]:
    """The same kernels for every image."""
    channels, size = images.shape[1], _side(kernels)
    weight = kernels.repeat_interleave(channels // len(kernels), dim=0).view(channels, 1, size, size)
    return F.conv2d(images, weight, padding=size // 2, groups=channels)


def _convolve_each(
    images: Float[Tensor, "batch channels height width"], kernels: Float[Tensor, "batch groups offsets"]
) -> Float[Tensor, "batch channels height width"]:
    """Kernels of its own for every image: batch x groups become channels, channels of a group the batch."""
    batch, groups, _ = kernels.shape
    size = _side(kernels)
    folded = torch.unflatten(images, 1, (groups, -1)).permute(2, 0, 1, 3, 4).flatten(1, 2)
    weight = kernels.reshape(batch * groups, 1, size, size)
    mixed = F.conv2d(folded, weight, padding=size // 2, groups=batch * groups)
    return torch.unflatten(mixed, 1, (batch, groups)).permute(1, 2, 0, 3, 4).flatten(1, 2)


def _attention_kernels(
    prediction: QueryKey, neighbourhood: Neighbourhood, resolution: tuple[int, int]
) -> Float[Tensor, "batch groups offsets"]:
    """Softmax over offsets of the mean q.k, a cross-correlation of queries and keys."""
    batch, _, groups, _ = prediction.queries.shape
    queries, keys = (
        torch.unflatten(tokens.permute(3, 0, 2, 1).flatten(1, 2), -1, resolution)
        for tokens in (prediction.queries, prediction.keys)
    )
    sums = correlate(queries, keys, _side(neighbourhood.offsets))
    counts = neighbourhood.present.sum(0)
    logits = sums.view(batch, groups, -1) / counts.clamp(min=1)
    if prediction.bias is not None:
        logits = logits + prediction.bias
    return logits.masked_fill(counts == 0, -torch.inf).softmax(-1)


def _side(kernels: Tensor) -> int:
    return int(kernels.shape[-1] ** 0.5)
