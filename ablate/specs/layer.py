"""The factorized layer's switches as a value, and the arithmetic that needs no tensors.

Source: Han et al., "On the Connection between Local Attention and Dynamic Depth-wise Convolution" (ICLR 2022).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

from pydantic import Field

from ablate.specs.value import Value


class Connectivity(StrEnum):
    """Which positions a position is mixed with."""

    SLIDING = "sliding"
    BLOCK = "block"
    GLOBAL = "global"
    POINT = "point"


class Sharing(StrEnum):
    """Which axis one weight serves: all positions, all channels of a head, both, or none."""

    SPATIAL = "spatial"
    HEAD = "head"
    BOTH = "both"
    NONE = "none"


class Dynamics(StrEnum):
    """Where the weights come from."""

    STATIC = "static"
    SE = "se"
    INHOMOGENEOUS = "inhomogeneous"
    ATTENTION = "attention"


class LayerSpec(Value):
    """One cell of connectivity x sharing x dynamics.

    `heads` is the number of channel groups where channels share weights (`head`, `both`). `position_bias` adds the
    learned relative position bias of Swin to the logits of `attention`. `bias` adds one static bias per channel.
    `reduction` is the bottleneck of the weight predictors (`se`, `inhomogeneous`). `weight_limit` bounds the
    parameters of one layer whose weights grow with the map.
    """

    connectivity: Connectivity = Connectivity.SLIDING
    window: Annotated[int, Field(ge=1)] = 3
    shift: bool = False
    sharing: Sharing = Sharing.HEAD
    heads: Annotated[int, Field(ge=1)] = 1
    dynamics: Dynamics = Dynamics.ATTENTION
    position_bias: bool = True
    bias: bool = False
    reduction: Annotated[int, Field(ge=1)] = 4
    weight_limit: Annotated[int, Field(ge=1)] = 10_000_000

    def canonical(self) -> LayerSpec:
        """The same function with every field that this cell does not read set to its default.

        Two specs with equal canonical forms are one function, so they are one combination of a study.
        """
        default = LayerSpec()
        unread: dict[str, object] = {"weight_limit": default.weight_limit}
        if self.connectivity in (Connectivity.GLOBAL, Connectivity.POINT):
            unread["window"] = default.window
        if self.connectivity is not Connectivity.BLOCK:
            unread["shift"] = default.shift
        if self.sharing in (Sharing.SPATIAL, Sharing.NONE):
            unread["heads"] = default.heads
        if self.dynamics is not Dynamics.ATTENTION:
            unread["position_bias"] = default.position_bias
        if self.dynamics not in (Dynamics.SE, Dynamics.INHOMOGENEOUS):
            unread["reduction"] = default.reduction
        return self.model_copy(update=unread)

    def groups(self, channels: int) -> int:
        """Number of channel groups G with weights of their own: `heads`, or every channel."""
        match self.sharing:
            case Sharing.HEAD | Sharing.BOTH:
                return self.heads
            case Sharing.SPATIAL | Sharing.NONE:
                return channels
            case _:
                assert_never(self.sharing)

    def neighbours(self, height: int, width: int) -> int:
        """Number K of neighbours of a position, absent ones at the border included."""
        match self.connectivity:
            case Connectivity.SLIDING | Connectivity.BLOCK:
                return self.window**2
            case Connectivity.GLOBAL:
                return height * width
            case Connectivity.POINT:
                return 1
            case _:
                assert_never(self.connectivity)

    def offsets(self, height: int, width: int) -> int:
        """Number R of different relative offsets between a position and its neighbours."""
        match self.connectivity:
            case Connectivity.SLIDING:
                return self.window**2
            case Connectivity.BLOCK:
                return (2 * self.window - 1) ** 2
            case Connectivity.GLOBAL:
                return (2 * height - 1) * (2 * width - 1)
            case Connectivity.POINT:
                return 1
            case _:
                assert_never(self.connectivity)

    def weights_per_image(self, channels: int, height: int, width: int) -> int:
        """|W| for one image: G·R where positions share, G·w⁴ in blocks, G·N·K elsewhere."""
        groups = self.groups(channels)
        if self.sharing in (Sharing.SPATIAL, Sharing.BOTH):
            return groups * self.offsets(height, width)
        neighbours = self.neighbours(height, width)
        rows = self.window**2 if self.connectivity is Connectivity.BLOCK else height * width
        return groups * rows * neighbours

    def refusal(self, channels: int, height: int, width: int) -> str | None:
        """Why this layer cannot be built for `channels` on a map of `height` x `width` positions, or None.

        Pure arithmetic: a study is checked with it before anything is built.
        """
        return self._contradiction() or self._misfit(channels, height, width) or self._oversize(channels, height, width)

    def _contradiction(self) -> str | None:
        shares_positions = self.sharing in (Sharing.SPATIAL, Sharing.BOTH)
        if self.dynamics is Dynamics.INHOMOGENEOUS and shares_positions:
            return (
                f"dynamics inhomogeneous predicts weights at every position, sharing {self.sharing} gives all "
                "positions the same weights: the mean of the former is dynamics se; use sharing head or none, or se"
            )
        is_point = self.connectivity is Connectivity.POINT or (
            self.window == 1 and self.connectivity in (Connectivity.SLIDING, Connectivity.BLOCK)
        )
        if self.dynamics is Dynamics.ATTENTION and is_point:
            return "attention over a single neighbour is the identity (its softmax is 1): use a window of 3 or more"
        return None

    def _misfit(self, channels: int, height: int, width: int) -> str | None:
        groups = self.groups(channels)
        if channels % groups:
            divisors = ", ".join(str(d) for d in range(1, channels + 1) if channels % d == 0)
            return f"heads {self.heads} does not divide {channels} channels: use one of {divisors}"
        if self.connectivity is Connectivity.SLIDING and self.window % 2 == 0:
            return f"a sliding window of {self.window} has no centre: use an odd window, or connectivity block"
        if self.connectivity is Connectivity.SLIDING and self.window // 2 >= max(height, width):
            return (
                f"a sliding window of {self.window} reaches beyond the whole map of {height}x{width}: "
                f"use a window of at most {2 * max(height, width) - 1}"
            )
        if self.connectivity is Connectivity.BLOCK and self.window > min(height, width):
            return (
                f"a block window of {self.window} is larger than the map of {height}x{width}: "
                f"use a window of at most {min(height, width)}, or connectivity global"
            )
        return None

    def _oversize(self, channels: int, height: int, width: int) -> str | None:
        weights = self.weights_per_image(channels, height, width)
        shares_positions = self.sharing in (Sharing.SPATIAL, Sharing.BOTH)
        hidden = max(1, channels // self.reduction)
        match self.dynamics:
            case Dynamics.STATIC:
                size = 0 if shares_positions else weights
            case Dynamics.SE:
                size = 0 if shares_positions else hidden * weights
            case Dynamics.INHOMOGENEOUS:
                size = hidden * self.groups(channels) * self.neighbours(height, width)
            case Dynamics.ATTENTION:
                size = 0
            case _:
                assert_never(self.dynamics)
        if size <= self.weight_limit:
            return None
        return (
            f"dynamics {self.dynamics} with sharing {self.sharing} needs {size:,} weights in one layer "
            f"({channels} channels, {height}x{width} map), above weight_limit {self.weight_limit:,}: "
            "use fewer heads, a smaller map, or raise weight_limit"
        )
