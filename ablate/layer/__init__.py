"""Spatial mixing with three independent switches: connectivity, sharing, dynamics."""

from ablate.layer.cost import layer_macs
from ablate.layer.factorized import Backend, FactorizedLayer

__all__ = ["Backend", "FactorizedLayer", "layer_macs"]
