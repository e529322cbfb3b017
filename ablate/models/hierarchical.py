"""A backbone whose map shrinks and whose width grows with depth, as Swin's.

Source: Liu et al., "Swin Transformer" (ICCV 2021); with block attention it has Swin's parameters one for one.
"""

from __future__ import annotations

from jaxtyping import Float
from timm.layers import PatchEmbed
from timm.models.swin_transformer import PatchMerging
from torch import Tensor, nn

from ablate.models.backbone import ClassifierBackbone, initialize_all, make_head, make_stages
from ablate.specs import ModelSpec


class HierarchicalBackbone(ClassifierBackbone):
    """Patch embedding, stages with merging of 2 x 2 patches between them, norm, mean, head.

    Images of another size are taken where no layer is bound to its map.
    """

    def __init__(self, spec: ModelSpec, image: tuple[int, int], in_chans: int, num_classes: int) -> None:
        super().__init__(spec, image, in_chans, num_classes)
        self.patch_embed = PatchEmbed(
            img_size=None,
            patch_size=spec.patch_size,
            in_chans=in_chans,
            embed_dim=spec.widths[0],
            norm_layer=nn.LayerNorm,
            output_fmt="NHWC",
            dynamic_img_pad=True,
        )
        self.stages = nn.ModuleList(make_stages(spec, image))
        self.merges = nn.ModuleList(
            PatchMerging(before, after) for before, after in zip(spec.widths, spec.widths[1:], strict=False)
        )
        self.norm = nn.LayerNorm(spec.widths[-1])
        self.head = make_head(spec.widths[-1], num_classes)
        initialize_all(self)

    def forward_features(
        self, images: Float[Tensor, "batch image_channels image_height image_width"]
    ) -> Float[Tensor, "batch height width channels"]:
        """Normalised features of the last stage."""
        features = self.patch_embed(images)
        for number, stage in enumerate(self.stages):
            features = stage(features if number == 0 else self.merges[number - 1](features))
        normalised: Tensor = self.norm(features)
        return normalised
