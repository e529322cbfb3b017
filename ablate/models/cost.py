"""What a whole model costs: learned parameters, and multiply-accumulates of one image's forward pass."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ablate.layer import FactorizedLayer, layer_macs
from ablate.specs import Costs


def cost(model: Any, image_height: int, image_width: int) -> Costs:
    """Count one forward pass of one image: convolutions, linear maps and aggregation; no norms, no activations.

    The number of image channels is the model's `in_chans`. What a factorized layer computes inside, its linear maps
    included, comes from its own arithmetic. Neither the model's mode nor any random generator changes.
    """
    counts: list[int] = []
    handles = [module.register_forward_hook(partial(_count, counts)) for module in _counted(model)]
    training = {module: module.training for module in model.modules()}
    like = next(model.parameters())
    try:
        model.eval()
        with torch.no_grad():
            model(torch.zeros(1, model.in_chans, image_height, image_width, device=like.device, dtype=like.dtype))
    finally:
        for handle in handles:
            handle.remove()
        for module, was_training in training.items():
            module.training = was_training
    return Costs(parameters=sum(p.numel() for p in model.parameters() if p.requires_grad), macs=sum(counts))


def _counted(module: nn.Module) -> list[nn.Module]:
    """All modules with multiplications to count, none of them inside another."""
    if isinstance(module, (FactorizedLayer, nn.Linear, nn.Conv2d)):
        return [module]
    return [inner for child in module.children() for inner in _counted(child)]


def _count(counts: list[int], module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    if isinstance(module, FactorizedLayer):
        _, height, width, _ = inputs[0].shape
        counts.append(layer_macs(module.spec, module.channels, height, width))
    elif isinstance(module, nn.Conv2d):
        counts.append(output.numel() * module.weight[0].numel())
    elif isinstance(module, nn.Linear):
        counts.append(output.numel() * module.in_features)
