"""Backbones as values, and the shape of each of their stages."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field

from ablate.specs.layer import LayerSpec, Sharing
from ablate.specs.value import Value

Positive = Annotated[int, Field(ge=1)]


class Backbone(StrEnum):
    """How resolution and width change with depth."""

    HIERARCHICAL = "hierarchical"
    ISOTROPIC = "isotropic"


class Stage(NamedTuple):
    """One stage of a backbone: blocks of equal shape, on a map of `height` x `width` positions."""

    channels: int
    depth: int
    height: int
    width: int
    layer: LayerSpec


class ModelSpec(Value):
    """A backbone on timm's parts, with the factorized layer as its token mixer.

    `widths` and `depths` have one entry per stage; an isotropic backbone has one stage. `heads_per_stage`, where
    given, overrides `layer.heads` stage by stage, as in Swin. With `layer.shift`, every second block is shifted.
    """

    backbone: Backbone = Backbone.HIERARCHICAL
    widths: Annotated[tuple[Positive, ...], Field(min_length=1)] = (32, 64)
    depths: Annotated[tuple[Positive, ...], Field(min_length=1)] = (2, 2)
    patch_size: Positive = 1
    mlp_ratio: Annotated[float, Field(gt=0)] = 2.0
    drop_path: Annotated[float, Field(ge=0, lt=1)] = 0.0
    heads_per_stage: Annotated[tuple[Positive, ...], Field(min_length=1)] | None = None
    layer: LayerSpec = LayerSpec()

    def canonical(self) -> ModelSpec:
        """The same model with every unread field at its default (see `LayerSpec.canonical`)."""
        layer = self.layer.canonical()
        reads_heads = layer.sharing in (Sharing.HEAD, Sharing.BOTH)
        heads = self.heads_per_stage if reads_heads else None
        if heads is not None:
            is_even = set(heads) == {heads[0]}
            layer = layer.model_copy(update={"heads": heads[0] if is_even else LayerSpec().heads})
            heads = None if is_even else heads
        return self.model_copy(update={"layer": layer, "heads_per_stage": heads})

    def stages(self, image_height: int, image_width: int) -> tuple[Stage, ...]:
        """The stages for images of a given size; each merging between stages halves the map, rounding up."""
        height, width = -(-image_height // self.patch_size), -(-image_width // self.patch_size)
        heads = self.heads_per_stage or (self.layer.heads,) * len(self.widths)
        stages = []
        for channels, depth, stage_heads in zip(self.widths, self.depths, heads, strict=True):
            layer = self.layer.model_copy(update={"heads": stage_heads})
            stages.append(Stage(channels, depth, height, width, layer))
            height, width = -(-height // 2), -(-width // 2)
        return tuple(stages)

    def refusal(self, image_height: int, image_width: int) -> str | None:
        """Why this model cannot be built for images of that size, or None."""
        count = len(self.widths)
        if self.backbone is Backbone.ISOTROPIC and count != 1:
            return f"an isotropic backbone has one stage, model.widths has {count}: give one width and one depth"
        for name, entries in (("depths", self.depths), ("heads_per_stage", self.heads_per_stage)):
            if entries is not None and len(entries) != count:
                return f"model.{name} has {len(entries)} entries, model.widths has {count}: give one for each stage"
        if self.patch_size > min(image_height, image_width):
            return f"model.patch_size {self.patch_size} is larger than the image of {image_height}x{image_width}"
        for number, stage in enumerate(self.stages(image_height, image_width), start=1):
            reason = stage.layer.refusal(stage.channels, stage.height, stage.width)
            if reason is not None:
                return reason if count == 1 else f"stage {number}: {reason}"
        return None
