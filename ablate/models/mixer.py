"""A token mixer: the factorized layer between two linear maps, the same surroundings for every cell."""

from __future__ import annotations

from jaxtyping import Float
from timm.layers import DropPath, Mlp
from torch import Tensor, nn

from ablate.layer import FactorizedLayer
from ablate.specs import LayerSpec


class TokenMixer(nn.Module):
    """projection(layer(value(x), source=x)): with attention this is the multi-head attention of Swin and ViT."""

    def __init__(self, spec: LayerSpec, channels: int, resolution: tuple[int, int]) -> None:
        super().__init__()
        self.value = nn.Linear(channels, channels)
        self.layer = FactorizedLayer(spec, channels, resolution)
        self.projection = nn.Linear(channels, channels)

    def forward(
        self, features: Float[Tensor, "batch height width channels"]
    ) -> Float[Tensor, "batch height width channels"]:
        """Mix the values of the features with weights predicted from the features themselves."""
        mixed: Tensor = self.projection(self.layer(self.value(features), features))
        return mixed


class Block(nn.Module):
    """x + mixer(norm(x)), then x + mlp(norm(x)); `drop_path` is the probability of leaving a branch out."""

    def __init__(
        self, spec: LayerSpec, channels: int, resolution: tuple[int, int], mlp_ratio: float, drop_path: float
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.mixer = TokenMixer(spec, channels, resolution)
        self.drop_path1 = DropPath(drop_path)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = Mlp(channels, int(channels * mlp_ratio))
        self.drop_path2 = DropPath(drop_path)

    def forward(
        self, features: Float[Tensor, "batch height width channels"]
    ) -> Float[Tensor, "batch height width channels"]:
        """Mix positions, then channels."""
        features = features + self.drop_path1(self.mixer(self.norm1(features)))
        mixed: Tensor = features + self.drop_path2(self.mlp(self.norm2(features)))
        return mixed
