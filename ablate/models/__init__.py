"""Backbones on timm's parts, with the factorized layer as their token mixer."""

from ablate.models.cost import cost
from ablate.models.registry import build

__all__ = ["build", "cost"]
