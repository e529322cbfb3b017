"""What both backbones share: checking, blocks of a stage, initialisation, head, and timm's interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from timm.layers import ClassifierHead
from torch import Tensor, nn

from ablate.errors import InputError
from ablate.layer import FactorizedLayer
from ablate.models.mixer import Block
from ablate.specs import ModelSpec


class ClassifierBackbone(nn.Module):
    """A network of stages that ends in a norm, a mean over positions and a linear head. Images are NCHW."""

    head: ClassifierHead
    default_cfg: dict[str, Any]
    pretrained_cfg: dict[str, Any]

    def __init__(self, spec: ModelSpec, image: tuple[int, int], in_chans: int, num_classes: int) -> None:
        super().__init__()
        reason = spec.refusal(*image)
        if reason is not None:
            raise InputError(reason)
        self.spec, self.image_size = spec, image
        self.in_chans, self.num_classes = in_chans, num_classes
        self.num_features = self.head_hidden_size = spec.widths[-1]

    def forward_features(
        self, images: Float[Tensor, "batch image_channels image_height image_width"]
    ) -> Float[Tensor, "batch height width channels"]:
        """Normalised features of the last stage."""
        raise NotImplementedError

    def forward_head(
        self,
        features: Float[Tensor, "batch height width channels"],
        pre_logits: bool = False,  # noqa: FBT001, FBT002 timm's signature
    ) -> Float[Tensor, "batch scores"]:
        """Logits, or the pooled features."""
        scores: Tensor = self.head(features, pre_logits=pre_logits)
        return scores

    def forward(
        self, images: Float[Tensor, "batch image_channels image_height image_width"]
    ) -> Float[Tensor, "batch scores"]:
        """Logits of every class."""
        return self.forward_head(self.forward_features(images))

    def get_classifier(self) -> nn.Module:
        """The last linear layer."""
        classifier: nn.Module = self.head.fc
        return classifier

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """A new head for other classes; 0 leaves it out."""
        self.num_classes = num_classes
        self.head.reset(num_classes, pool_type=global_pool)
        self.head.apply(initialize)

    def no_weight_decay(self) -> set[str]:
        """Names of parameters that timm's optimizers leave undecayed: everything that stands for a position."""
        return {name for name, _ in self.named_parameters() if name.rpartition(".")[2].startswith("position_")}

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 timm's signature
        """Which parameters make up which layer, in timm's notation; a merging and the norm count with what precedes."""
        preceding = (99999,)
        blocks: list[tuple[str, tuple[int, ...] | None]] = [
            (r"^stages\.(\d+)" if coarse else r"^stages\.(\d+)\.(\d+)", None),
            (r"^blocks\.(\d+)", None),
            (r"^merges\.(\d+)", preceding),
            (r"^norm", preceding),
        ]
        return {"stem": r"^(?:patch_embed|position_embedding)", "blocks": blocks}

    def describe(self) -> tuple[str, ...]:
        """One line for each mixer, in order."""
        return tuple(module.describe() for module in self.modules() if isinstance(module, FactorizedLayer))


def make_stages(spec: ModelSpec, image: tuple[int, int]) -> Iterator[nn.Sequential]:
    """The blocks of each stage; every second block is shifted, and drop path grows linearly with depth."""
    rates = iter(torch.linspace(0, spec.drop_path, sum(spec.depths), device="cpu").tolist())
    for stage in spec.stages(*image):
        plain = stage.layer.model_copy(update={"shift": False})
        resolution = (stage.height, stage.width)
        yield nn.Sequential(
            *(
                Block(stage.layer if number % 2 else plain, stage.channels, resolution, spec.mlp_ratio, next(rates))
                for number in range(stage.depth)
            )
        )


def make_head(features: int, classes: int) -> ClassifierHead:
    """Mean over positions, then a linear map."""
    return ClassifierHead(features, classes, pool_type="avg", input_fmt="NHWC")


def initialize_all(model: nn.Module) -> None:
    """Draw the weights of everything outside the factorized layers, which draw their own."""
    for child in model.children():
        if not isinstance(child, FactorizedLayer):
            initialize_all(child)
    initialize(model)


def initialize(module: nn.Module) -> None:
    """Variance 1 / fan-in for linear maps, which holds at every width, and biases 0.

    Convolutions keep torch's start, whose biases are not 0: the norm after a patch embedding of one grey value
    would otherwise see its sign alone.
    """
    if isinstance(module, nn.Linear):
        deviation = module.in_features**-0.5
        nn.init.trunc_normal_(module.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
