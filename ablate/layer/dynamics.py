"""Where the weights come from: parameters, or a prediction from the source features."""

from __future__ import annotations

from typing import NamedTuple, assert_never

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ablate.layer.precision import precise, without_autocast
from ablate.layer.sharing import weight_shape
from ablate.specs import Dynamics, LayerSpec

POSITION_BIAS_DEVIATION = 2.0
"""Far above Swin's 0.02, so that every head looks somewhere of its own from the first step.

With 0.02 all heads start as the mean of their neighbours; on 300 digits they have hardly left it after 30 epochs.
"""


class QueryKey(NamedTuple):
    """What attention computes its weights from: scaled queries, keys, and one bias per relative offset.

    `bias[g, r]` belongs to r = neighbour - position, the numbering of `Neighbourhood.offsets`.
    """

    queries: Float[Tensor, "batch positions groups depth"]
    keys: Float[Tensor, "batch positions groups depth"]
    bias: Float[Tensor, "groups offsets"] | None


Prediction = Tensor | QueryKey
"""Compact weights [b, G, rows, entries] in the cell's `Form`, or the queries and keys that they come from."""


class StaticWeights(nn.Module):
    """Weights that are parameters; W = weight. Drawn with variance 1 / K, so that mixing keeps the scale."""

    def __init__(self, shape: tuple[int, int, int], neighbours: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.weight = nn.Parameter(torch.empty(shape))

    def reset_parameters(self) -> None:
        """Draw new weights."""
        _normal(self.weight, self.neighbours**-0.5)

    def forward(self, source: Float[Tensor, "batch height width channels"]) -> Float[Tensor, "1 groups rows entries"]:
        """The same weights for every source."""
        del source
        return self.weight[None]


class PooledWeights(nn.Module):
    """Homogeneous dynamic weights: W = FC(ReLU(FC(mean of the source over positions))).

    Source: Hu et al., "Squeeze-and-Excitation Networks" (CVPR 2018); D-DW of Han et al. (2022).
    """

    def __init__(self, channels: int, reduction: int, shape: tuple[int, int, int], neighbours: int) -> None:
        super().__init__()
        self.shape = shape
        self.predictor = Predictor(channels, reduction, shape[0] * shape[1] * shape[2], neighbours)

    def reset_parameters(self) -> None:
        """Draw new weights."""
        self.predictor.reset_parameters()

    def forward(
        self, source: Float[Tensor, "batch height width channels"]
    ) -> Float[Tensor, "batch groups rows entries"]:
        """One W for every image."""
        weights: Tensor = self.predictor(source.mean((1, 2)))
        return torch.unflatten(weights, -1, self.shape)


class PositionWeights(nn.Module):
    """Inhomogeneous dynamic weights: W[i] = FC(ReLU(FC(source[i]))) at every position.

    Source: Li et al., "Involution" (CVPR 2021); I-D-DW of Han et al. (2022).
    """

    def __init__(self, channels: int, reduction: int, groups: int, neighbours: int) -> None:
        super().__init__()
        self.shape = (groups, neighbours)
        self.predictor = Predictor(channels, reduction, groups * neighbours, neighbours)

    def reset_parameters(self) -> None:
        """Draw new weights."""
        self.predictor.reset_parameters()

    def forward(
        self, source: Float[Tensor, "batch height width channels"]
    ) -> Float[Tensor, "batch groups positions neighbours"]:
        """One row of W for every position."""
        weights: Tensor = self.predictor(source.flatten(1, 2))
        return torch.unflatten(weights, -1, self.shape).transpose(1, 2)


class AttentionWeights(nn.Module):
    """Weights from the likeness of positions: softmax of q.k / sqrt(channels per group), plus a bias per offset.

    `position_bias` is numbered by query - key, as Swin's table is, so that checkpoints carry over (transposed).
    Source: Vaswani et al. (2017); the bias of Liu et al., "Swin Transformer" (ICCV 2021).
    """

    def __init__(self, channels: int, groups: int, offsets: int | None) -> None:
        super().__init__()
        self.groups = groups
        self.query, self.key = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self.position_bias = None if offsets is None else nn.Parameter(torch.empty(groups, offsets))

    def reset_parameters(self) -> None:
        """Draw new weights."""
        for linear in (self.query, self.key):
            _reset_linear(linear)
        if self.position_bias is not None:
            _normal(self.position_bias, POSITION_BIAS_DEVIATION)

    def forward(self, source: Float[Tensor, "batch height width channels"]) -> QueryKey:
        """Queries and keys of every position."""
        tokens = source.flatten(1, 2)
        depth = tokens.shape[-1] // self.groups
        queries = torch.unflatten(precise(self.query(tokens)), -1, (self.groups, depth)) * depth**-0.5
        keys = torch.unflatten(precise(self.key(tokens)), -1, (self.groups, depth))
        return QueryKey(queries, keys, None if self.position_bias is None else self.position_bias.flip(-1))


class Predictor(nn.Module):
    """FC(ReLU(FC(x))): the bottleneck that predicts weights, in at least float32 whatever autocast says.

    Its last bias starts as static weights would, and its last matrix adds as much variance again as its input
    carries: every image starts from a kernel of its own.
    """

    def __init__(self, channels: int, reduction: int, weights: int, neighbours: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.reduce = nn.Linear(channels, max(1, channels // reduction))
        self.activation = nn.ReLU()
        self.expand = nn.Linear(self.reduce.out_features, weights)

    def reset_parameters(self) -> None:
        """Draw new weights."""
        scale = self.neighbours**-0.5
        _reset_linear(self.reduce)
        _normal(self.expand.weight, scale * self.expand.in_features**-0.5)
        _normal(self.expand.bias, scale)

    def forward(self, features: Float[Tensor, "*rows channels"]) -> Float[Tensor, "*rows weights"]:
        """All weights, in one row for every row of features."""
        hidden = self.activation(self.reduce(features))
        with without_autocast(hidden.device):
            weights: Tensor = self.expand(hidden.to(self.expand.weight.dtype))
        return weights


Generator = StaticWeights | PooledWeights | PositionWeights | AttentionWeights


def make_generator(spec: LayerSpec, channels: int, height: int, width: int) -> Generator:
    """The source of weights of a cell, for a map of `height` x `width` positions."""
    groups, neighbours = spec.groups(channels), spec.neighbours(height, width)
    match spec.dynamics:
        case Dynamics.STATIC:
            return StaticWeights(weight_shape(spec, channels, height, width), neighbours)
        case Dynamics.SE:
            return PooledWeights(channels, spec.reduction, weight_shape(spec, channels, height, width), neighbours)
        case Dynamics.INHOMOGENEOUS:
            return PositionWeights(channels, spec.reduction, groups, neighbours)
        case Dynamics.ATTENTION:
            return AttentionWeights(channels, groups, spec.offsets(height, width) if spec.position_bias else None)
        case _:
            assert_never(spec.dynamics)


def _reset_linear(linear: nn.Linear) -> None:
    _normal(linear.weight, linear.in_features**-0.5)
    nn.init.zeros_(linear.bias)


def _normal(tensor: Tensor, deviation: float) -> None:
    nn.init.trunc_normal_(tensor, std=deviation, a=-2 * deviation, b=2 * deviation)
