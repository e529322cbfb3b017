"""What one layer costs in multiply-accumulates: arithmetic on its switches, no tensors.

Source: Han et al. (2022), table 2.
"""

from __future__ import annotations

from typing import assert_never

from ablate.specs import Dynamics, LayerSpec


def layer_macs(spec: LayerSpec, channels: int, height: int, width: int) -> int:
    """Multiply-accumulates for one image: prediction of the weights, and aggregation with them."""
    return generation_macs(spec, channels, height, width) + aggregation_macs(spec, channels, height, width)


def aggregation_macs(spec: LayerSpec, channels: int, height: int, width: int) -> int:
    """N * K * C, absent neighbours included."""
    return height * width * spec.neighbours(height, width) * channels


def generation_macs(spec: LayerSpec, channels: int, height: int, width: int) -> int:
    """Static 0; se C * C/r + C/r * |W|; inhomogeneous N (C * C/r + C/r * G * K); attention 2 N C * C + N * K * C."""
    positions, neighbours = height * width, spec.neighbours(height, width)
    hidden = max(1, channels // spec.reduction)
    match spec.dynamics:
        case Dynamics.STATIC:
            return 0
        case Dynamics.SE:
            return channels * hidden + hidden * spec.weights_per_image(channels, height, width)
        case Dynamics.INHOMOGENEOUS:
            return positions * (channels * hidden + hidden * spec.groups(channels) * neighbours)
        case Dynamics.ATTENTION:
            return 2 * positions * channels**2 + positions * neighbours * channels
        case _:
            assert_never(spec.dynamics)
