"""A backbone of one width and one map throughout, as ViT's.

Source: Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021), with the mean of the positions for the
class token.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from timm.layers import PatchEmbed
from torch import Tensor, nn

from ablate.errors import InputError
from ablate.models.backbone import ClassifierBackbone, initialize_all, make_head, make_stages
from ablate.specs import ModelSpec


class IsotropicBackbone(ClassifierBackbone):
    """Patch embedding, learned embedding of every position, blocks, norm, mean, head."""

    def __init__(self, spec: ModelSpec, image: tuple[int, int], in_chans: int, num_classes: int) -> None:
        super().__init__(spec, image, in_chans, num_classes)
        (stage,) = spec.stages(*image)
        self.patch_embed = PatchEmbed(
            img_size=None,
            patch_size=spec.patch_size,
            in_chans=in_chans,
            embed_dim=stage.channels,
            output_fmt="NHWC",
            dynamic_img_pad=True,
        )
        self.position_embedding = nn.Parameter(torch.empty(1, stage.height, stage.width, stage.channels))
        (self.blocks,) = make_stages(spec, image)
        self.norm = nn.LayerNorm(stage.channels)
        self.head = make_head(stage.channels, num_classes)
        initialize_all(self)
        # As large as the embedded patches: at ViT's 0.02 positions are hard to tell apart for a long time.
        nn.init.trunc_normal_(self.position_embedding)

    def forward_features(
        self, images: Float[Tensor, "batch image_channels image_height image_width"]
    ) -> Float[Tensor, "batch height width channels"]:
        """Normalised features of the last block. Raises InputError for images of another size."""
        if tuple(images.shape[2:]) != self.image_size:
            expected, got = ("x".join(map(str, size)) for size in (self.image_size, images.shape[2:]))
            raise InputError(
                f"expected images of {expected}, for whose positions this model has embeddings, got {got}: "
                f"resize the images, or build a model for {got}"
            )
        features = self.patch_embed(images) + self.position_embedding
        normalised: Tensor = self.norm(self.blocks(features))
        return normalised
