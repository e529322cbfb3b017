"""Fast path by one matrix of weights for every window and group: partition, multiply, merge.

Global and sliding neighbourhoods are one window that covers the map; a sliding one leaves most of its matrix
empty, which pays on small maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ablate.layer.connectivity import block_axis, find_neighbours
from ablate.layer.dynamics import Prediction, QueryKey
from ablate.layer.sharing import Form, weight_form
from ablate.specs import Connectivity, LayerSpec


@dataclass(frozen=True, eq=False)
class _Pairs:
    """All pairs of places of a window: whether they are neighbours, in which window, and at which offset."""

    present: Bool[Tensor, "windows queries places"]
    offsets: Int[Tensor, "places places"]
    counts: Int[Tensor, "windows offsets"]


def mix(
    spec: LayerSpec, prediction: Prediction, values: Float[Tensor, "batch height width channels"]
) -> Float[Tensor, "batch height width channels"]:
    """Aggregate `values` with the weights of `prediction`."""
    _, height, width, channels = values.shape
    pairs = _find_pairs(spec.connectivity, spec.window, spec.shift, height, width, str(values.device))
    windows = torch.unflatten(_partition(values, spec), -1, (spec.groups(channels), -1))
    if isinstance(prediction, QueryKey):
        matrices = _attention_matrices(spec, prediction, pairs, (height, width))
    else:
        matrices = _matrices(spec, prediction, pairs, (height, width))
    mixed = torch.einsum("bvgpj,bvjgd->bvpgd", matrices, windows)
    return _merge(mixed.flatten(3), spec, height, width)


def _matrices(
    spec: LayerSpec, weights: Float[Tensor, "samples groups rows entries"], pairs: _Pairs, resolution: tuple[int, int]
) -> Float[Tensor, "samples some_windows groups places places"]:
    """Compact weights as matrices; what a place without a position gets or gives does not matter: its value is 0."""
    form = weight_form(spec)
    match form:
        case Form.OFFSET:
            return _toeplitz(weights, pairs)
        case Form.SLOT:
            return weights[:, None]
        case Form.FREE:
            return _free_matrices(spec, weights, resolution)
        case _:
            assert_never(form)


def _free_matrices(
    spec: LayerSpec, weights: Float[Tensor, "samples groups positions neighbours"], resolution: tuple[int, int]
) -> Float[Tensor, "samples windows groups places places"]:
    match spec.connectivity:
        case Connectivity.GLOBAL:
            return weights[:, None]
        case Connectivity.SLIDING | Connectivity.POINT:
            neighbourhood = find_neighbours(spec, *resolution, weights.device)
            empty = weights.new_zeros(*weights.shape[:3], weights.shape[2])
            places = neighbourhood.indices.expand_as(weights)
            return empty.scatter_add(-1, places, weights.masked_fill(~neighbourhood.present, 0))[:, None]
        case Connectivity.BLOCK:
            by_position = torch.unflatten(weights.transpose(1, 2), 1, resolution)
            return _partition(by_position, spec).transpose(2, 3)
        case _:
            assert_never(spec.connectivity)


def _attention_matrices(
    spec: LayerSpec, prediction: QueryKey, pairs: _Pairs, resolution: tuple[int, int]
) -> Float[Tensor, "batch windows groups places places"]:
    queries, keys = (
        _partition(torch.unflatten(tokens, 1, resolution), spec) for tokens in (prediction.queries, prediction.keys)
    )
    products = torch.einsum("bvpgd,bvjgd->bvgpj", queries, keys)
    present = pairs.present[:, None]
    if weight_form(spec) is Form.OFFSET:
        return _toeplitz(_shared_attention(products.masked_fill(~present, 0), prediction.bias, pairs), pairs)
    # Bias and mask are added together, once for all images: a pass over all products less.
    bias = products.new_zeros(1, 1, 1) if prediction.bias is None else prediction.bias[:, pairs.offsets]
    return (products + bias.masked_fill(~present, -torch.inf)).softmax(-1)


def _shared_attention(
    products: Float[Tensor, "batch windows groups places places"],
    bias: Float[Tensor, "groups offsets"] | None,
    pairs: _Pairs,
) -> Float[Tensor, "batch groups windows offsets"]:
    """Queries at places without a position must not count: their padding is zero, so their products are."""
    flat = products.flatten(3)
    sums = flat.new_zeros(*flat.shape[:3], pairs.counts.shape[1]).index_add(-1, pairs.offsets.flatten(), flat)
    counts = pairs.counts[:, None]
    logits = sums / counts.clamp(min=1)
    if bias is not None:
        logits = logits + bias
    return logits.masked_fill(counts == 0, -torch.inf).softmax(-1).transpose(1, 2)


def _toeplitz(
    weights: Float[Tensor, "samples groups some_windows offsets"], pairs: _Pairs
) -> Float[Tensor, "samples windows groups places places"]:
    matrices = weights[..., pairs.offsets].transpose(1, 2)
    return matrices.masked_fill(~pairs.present[:, None], 0)


@lru_cache(maxsize=128)
def _find_pairs(
    connectivity: Connectivity,
    window: int,
    shift: bool,  # noqa: FBT001
    height: int,
    width: int,
    device: str,
) -> _Pairs:
    spec = LayerSpec(connectivity=connectivity, window=window, shift=shift)
    with torch.inference_mode(mode=False), torch.device("cpu"):
        neighbourhood = find_neighbours(spec, height, width)
        counts = torch.zeros(neighbourhood.window_count, neighbourhood.offset_count, dtype=torch.long)
        rows = neighbourhood.windows[:, None].expand_as(neighbourhood.offsets)
        counts.index_put_((rows, neighbourhood.offsets), neighbourhood.present.long(), accumulate=True)
        if connectivity is Connectivity.BLOCK:
            whole = LayerSpec(connectivity=Connectivity.GLOBAL)
            offsets = find_neighbours(whole, window, window).offsets
            present = _partition(torch.ones(1, height, width, 1), spec)[0].transpose(1, 2) > 0
        else:
            positions = height * width
            offsets = torch.zeros(positions, positions, dtype=torch.long)
            present = torch.zeros(positions, positions, dtype=torch.bool)
            queries = torch.arange(positions)[:, None].expand_as(neighbourhood.indices)[neighbourhood.present]
            keys = neighbourhood.indices[neighbourhood.present]
            offsets[queries, keys] = neighbourhood.offsets[neighbourhood.present]
            present[queries, keys] = True
            present = present[None]
        return _Pairs(present.to(device), offsets.to(device), counts.to(device))


def _partition(
    maps: Float[Tensor, "batch height width *features"], spec: LayerSpec
) -> Float[Tensor, "batch windows places *features"]:
    """Windows of a map, with zeros at places without a position."""
    if spec.connectivity is not Connectivity.BLOCK:
        return maps.flatten(1, 2)[:, None]
    rows = block_axis(maps.shape[1], spec.window, shift=spec.shift)
    columns = block_axis(maps.shape[2], spec.window, shift=spec.shift)
    padding = (0, 0) * (maps.ndim - 3) + (columns.before, columns.after, rows.before, rows.after)
    padded = F.pad(maps, padding) if any(padding) else maps
    blocks = _split(padded, (rows.number, spec.window), (columns.number, spec.window))
    return blocks.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def _merge(
    windows: Float[Tensor, "batch windows places channels"], spec: LayerSpec, height: int, width: int
) -> Float[Tensor, "batch height width channels"]:
    """The map that the windows are of."""
    if spec.connectivity is not Connectivity.BLOCK:
        return torch.unflatten(windows[:, 0], 1, (height, width))
    rows = block_axis(height, spec.window, shift=spec.shift)
    columns = block_axis(width, spec.window, shift=spec.shift)
    blocks = _split(windows, (rows.number, columns.number), (spec.window, spec.window))
    maps = blocks.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return maps[:, rows.before : rows.before + height, columns.before : columns.before + width]


def _split(tensor: Tensor, first: tuple[int, int], second: tuple[int, int]) -> Tensor:
    """Axes 1 and 2 as two axes each."""
    return torch.unflatten(torch.unflatten(tensor, 2, second), 1, first)
