"""Which weights are one weight: the compact forms of W, and their expansion to every position and neighbour."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from jaxtyping import Float
from torch import Tensor

from ablate.layer.connectivity import Neighbourhood
from ablate.specs import Connectivity, Dynamics, LayerSpec, Sharing


class Form(StrEnum):
    """How W is stored; b is 1 or the batch, G the groups of channels.

    `offset`: [b, G, V, R], by relative offset, for all positions (V = 1) or each of V windows.
    `slot`: [b, G, P, K], by place in the window, for all windows. `free`: [b, G, N, K], by position.
    """

    OFFSET = "offset"
    SLOT = "slot"
    FREE = "free"


def weight_form(spec: LayerSpec) -> Form:
    """The form in which this cell's weights are shared over positions, or not."""
    match spec.sharing:
        case Sharing.SPATIAL | Sharing.BOTH:
            return Form.OFFSET
        case Sharing.HEAD | Sharing.NONE:
            is_by_slot = spec.connectivity is Connectivity.BLOCK and spec.dynamics in (Dynamics.STATIC, Dynamics.SE)
            return Form.SLOT if is_by_slot else Form.FREE
        case _:
            assert_never(spec.sharing)


def weight_shape(spec: LayerSpec, channels: int, height: int, width: int) -> tuple[int, int, int]:
    """Shape of W for one image, where one W serves the whole image (`static` and `se`)."""
    groups, neighbours = spec.groups(channels), spec.neighbours(height, width)
    form = weight_form(spec)
    match form:
        case Form.OFFSET:
            return groups, 1, spec.offsets(height, width)
        case Form.SLOT:
            return groups, neighbours, neighbours
        case Form.FREE:
            return groups, height * width, neighbours
        case _:
            assert_never(form)


def is_bound(spec: LayerSpec) -> bool:
    """Whether the number of learned parameters depends on the map, so that no other size can be accepted."""
    match spec.connectivity:
        case Connectivity.BLOCK:
            return False
        case Connectivity.SLIDING | Connectivity.POINT:
            return weight_form(spec) is Form.FREE and spec.dynamics in (Dynamics.STATIC, Dynamics.SE)
        case Connectivity.GLOBAL:
            return spec.dynamics is not Dynamics.ATTENTION or spec.position_bias
        case _:
            assert_never(spec.connectivity)


def expand(
    weights: Float[Tensor, "samples groups rows entries"], form: Form, neighbourhood: Neighbourhood
) -> Float[Tensor, "samples groups positions neighbours"]:
    """W for every position and neighbour, absent neighbours included; channels of a group stay one."""
    match form:
        case Form.OFFSET:
            rows = neighbourhood.windows if weights.shape[2] > 1 else neighbourhood.windows * 0
            return weights[:, :, rows[:, None], neighbourhood.offsets]
        case Form.SLOT:
            return weights[:, :, neighbourhood.slots]
        case Form.FREE:
            return weights
        case _:
            assert_never(form)
