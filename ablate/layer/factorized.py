"""The factorized layer: one definition of spatial mixing with three independent switches.

    y[i] = sum over j in N(i) of w[i, j] * x[j]

`connectivity` says what N(i) is, `sharing` which w are one weight, `dynamics` where w comes from.
Source: Han et al., "On the Connection between Local Attention and Dynamic Depth-wise Convolution" (ICLR 2022).
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ablate.errors import InputError, RefusedLayer
from ablate.layer import convolution, matrix, reference
from ablate.layer.dynamics import Prediction, make_generator
from ablate.layer.literature import describe
from ablate.layer.precision import precise, without_autocast
from ablate.layer.sharing import is_bound
from ablate.specs import Connectivity, Dynamics, LayerSpec

LARGEST_STATIC_MATRIX = 1024
"""Positions up to which the mostly empty matrix of static weights in a sliding window is used."""


class Backend(StrEnum):
    """How the layer is computed; the function is the same."""

    REFERENCE = "reference"
    CONV = "conv"
    MATRIX = "matrix"


class FactorizedLayer(nn.Module):
    """One cell of connectivity x sharing x dynamics, on maps laid out batch x height x width x channels.

    Raises RefusedLayer, with the reason, where the cell has no sound definition or size. `backend` forces a way of
    computing it; by default the fastest known for this resolution.
    """

    def __init__(
        self, spec: LayerSpec, channels: int, resolution: tuple[int, int], *, backend: Backend | None = None
    ) -> None:
        super().__init__()
        reason = spec.refusal(channels, *resolution)
        if reason is not None:
            raise RefusedLayer(reason)
        if backend is Backend.CONV and not convolution.is_convolution(spec):
            raise RefusedLayer(
                "backend conv computes sliding windows with sharing spatial or both, got "
                f"connectivity {spec.connectivity} with sharing {spec.sharing}: use reference or matrix"
            )
        self.spec, self.channels, self.resolution, self.backend = spec, channels, resolution, backend
        self.generator = make_generator(spec, channels, *resolution)
        self.bias = nn.Parameter(torch.empty(channels)) if spec.bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights from the global random generator."""
        self.generator.reset_parameters()
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(
        self,
        values: Float[Tensor, "batch height width channels"],
        source: Float[Tensor, "batch height width channels"] | None = None,
    ) -> Float[Tensor, "batch height width channels"]:
        """Mix `values` with weights predicted from `source` (by default: the values).

        Predicted weights, softmax and sums are at least float32 under autocast; the result has the values' type.

        Raises InputError for another number of channels, and RefusedLayer for another map where the layer's
        parameters depend on the map.
        """
        source = values if source is None else source
        self._check(values, source)
        prediction = self.generator(source)
        with without_autocast(values.device):
            mixed = self._mix(prediction, precise(values))
            if self.bias is not None:
                mixed = mixed + self.bias
        return mixed.to(values.dtype)

    @property
    def backend_used(self) -> Backend:
        """How the layer is computed on maps of the resolution that it was built for."""
        return self._choose_backend(*self.resolution)

    def describe(self) -> str:
        """One line: the cell, and the operator of the literature that it is."""
        return describe(self.spec)

    def extra_repr(self) -> str:
        """Shown by `print(model)`."""
        height, width = self.resolution
        return f"{self.describe()}, channels={self.channels}, map={height}x{width}, backend={self.backend_used}"

    def _mix(self, prediction: Prediction, values: Tensor) -> Tensor:
        backend = self._choose_backend(*values.shape[1:3])
        match backend:
            case Backend.REFERENCE:
                return reference.mix(self.spec, prediction, values)
            case Backend.CONV:
                return convolution.mix(self.spec, prediction, values)
            case Backend.MATRIX:
                return matrix.mix(self.spec, prediction, values)
            case _:
                assert_never(backend)

    def _choose_backend(self, height: int, width: int) -> Backend:
        if self.backend is not None:
            return self.backend
        if convolution.is_convolution(self.spec):
            return Backend.CONV
        match self.spec.connectivity:
            case Connectivity.BLOCK | Connectivity.GLOBAL:
                return Backend.MATRIX
            case Connectivity.SLIDING | Connectivity.POINT:
                # A matrix holds N * N weights for each group, gathered neighbours are N * K * C: measured on CPU,
                # the plain product wins until it is about twice as large; static weights need one for all images.
                positions = height * width
                if self.spec.dynamics is Dynamics.STATIC:
                    return Backend.MATRIX if positions <= LARGEST_STATIC_MATRIX else Backend.REFERENCE
                entries = self.spec.groups(self.channels) * positions
                gathered = self.spec.neighbours(height, width) * self.channels
                return Backend.MATRIX if entries <= 2 * gathered else Backend.REFERENCE
            case _:
                assert_never(self.spec.connectivity)

    def _check(self, values: Tensor, source: Tensor) -> None:
        _, height, width, channels = values.shape
        if channels != self.channels:
            raise InputError(
                f"expected {self.channels} channels on the last axis (batch x height x width x channels), "
                f"got {channels} in a tensor of shape {tuple(values.shape)}"
            )
        if source.shape != values.shape:
            raise InputError(f"source must have the shape of values, {tuple(values.shape)}, got {tuple(source.shape)}")
        if is_bound(self.spec) and (height, width) != self.resolution:
            built_height, built_width = self.resolution
            raise RefusedLayer(
                f"the parameters of this layer ({self.describe()}) belong to a map of {built_height}x{built_width}, "
                f"got {height}x{width}: resize the map, or build a layer for {height}x{width}"
            )
