"""The backbones under timm's names, and the one call that turns a specification into a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import timm
from pydantic import ValidationError
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.models import register_model
from torch import nn

from ablate.errors import InputError
from ablate.models.backbone import ClassifierBackbone
from ablate.models.hierarchical import HierarchicalBackbone
from ablate.models.isotropic import IsotropicBackbone
from ablate.specs import Backbone, DatasetFacts, ModelSpec

__all__ = ["ablate_hierarchical", "ablate_isotropic", "build"]

Model = TypeVar("Model", bound=ClassifierBackbone)

Overrides = ModelSpec | Mapping[str, Any]
"""A model's specification, or those of its fields that differ from the defaults."""

ARGUMENTS = ("spec", "img_size", "in_chans", "num_classes")
"""What `timm.create_model` may be given; everything else is refused."""


def build(spec: ModelSpec, facts: DatasetFacts) -> nn.Module:
    """The model for images and classes as in `facts`, with weights drawn from the global random generator.

    Raises InputError, with the reason, where the specification cannot be built for such images.
    """
    model: nn.Module = timm.create_model(
        f"ablate_{spec.backbone}",
        spec=spec,
        img_size=(facts.height, facts.width),
        in_chans=facts.channels,
        num_classes=facts.classes,
    )
    return model


@register_model
def ablate_hierarchical(
    pretrained: bool = False,  # noqa: FBT001, FBT002 timm's signature
    *,
    spec: Overrides | None = None,
    img_size: int | tuple[int, int] = 224,
    in_chans: int = 3,
    num_classes: int = 1000,
    **nothing: Any,
) -> HierarchicalBackbone:
    """A Swin-like model with the factorized layer as its token mixer."""
    _refuse(pretrained, nothing)
    resolved = _resolve(spec, Backbone.HIERARCHICAL)
    return _label(HierarchicalBackbone(resolved, _pair(img_size), in_chans, num_classes))


@register_model
def ablate_isotropic(
    pretrained: bool = False,  # noqa: FBT001, FBT002 timm's signature
    *,
    spec: Overrides | None = None,
    img_size: int | tuple[int, int] = 224,
    in_chans: int = 3,
    num_classes: int = 1000,
    **nothing: Any,
) -> IsotropicBackbone:
    """A ViT-like model with the factorized layer as its token mixer."""
    _refuse(pretrained, nothing)
    resolved = _resolve(spec, Backbone.ISOTROPIC)
    return _label(IsotropicBackbone(resolved, _pair(img_size), in_chans, num_classes))


def _refuse(pretrained: bool, surplus: Mapping[str, Any]) -> None:  # noqa: FBT001
    """timm always passes some arguments, as None; any that carries a meaning is refused, not swallowed."""
    if pretrained:
        raise InputError("there are no pretrained weights of this model: leave out pretrained")
    unknown = [name for name, value in surplus.items() if value is not None]
    if unknown:
        raise InputError(f"unknown argument {', '.join(unknown)}: this model takes {', '.join(ARGUMENTS)}")


def _resolve(spec: Overrides | None, backbone: Backbone) -> ModelSpec:
    if not isinstance(spec, ModelSpec):
        one_stage = {"widths": (64,), "depths": (4,)} if backbone is Backbone.ISOTROPIC else {}
        try:
            spec = ModelSpec.model_validate({"backbone": backbone, **one_stage, **(spec or {})})
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(map(str, first["loc"]))
            raise InputError(f"model.{path}: {first['msg']}, got {first['input']!r}") from error
    if spec.backbone is not backbone:
        raise InputError(f"model.backbone is {spec.backbone}, the model's name says {backbone}: make them agree")
    return spec


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _label(model: Model) -> Model:
    """What timm's tools read of a model: its input, its normalisation, and where its first and last layer are."""
    height, width = model.image_size
    model.default_cfg = model.pretrained_cfg = {
        "architecture": f"ablate_{model.spec.backbone}",
        "input_size": (model.in_chans, height, width),
        "num_classes": model.num_classes,
        "interpolation": "bicubic",
        "crop_pct": 1.0,
        "mean": IMAGENET_DEFAULT_MEAN,
        "std": IMAGENET_DEFAULT_STD,
        "first_conv": "patch_embed.proj",
        "classifier": "head.fc",
    }
    return model
