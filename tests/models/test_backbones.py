from __future__ import annotations

import re
from itertools import pairwise

import pytest
import torch
from timm.models.swin_transformer import SwinTransformer
from timm.optim import create_optimizer_v2
from torch import Tensor, nn

from ablate.errors import InputError, RefusedLayer
from ablate.layer import FactorizedLayer
from ablate.models import build
from ablate.models.hierarchical import HierarchicalBackbone
from ablate.models.isotropic import IsotropicBackbone
from ablate.models.mixer import TokenMixer
from ablate.specs import Connectivity, DatasetFacts, Dynamics, LayerSpec, ModelSpec, Sharing


def facts(height: int, width: int, channels: int, classes: int) -> DatasetFacts:
    return DatasetFacts(height, width, channels, classes, 1, 1, 1)


DIGITS, PHOTOGRAPHS = facts(8, 8, 1, 10), facts(224, 224, 3, 7)

TINY_SWIN = ModelSpec(
    patch_size=4, widths=(4, 6), depths=(2, 1), heads_per_stage=(1, 2), layer=LayerSpec(connectivity="block", window=7)
)


@pytest.mark.parametrize(
    ("spec", "data"),
    [
        (ModelSpec(widths=(8, 12), layer=LayerSpec(heads=2)), DIGITS),
        (ModelSpec(backbone="isotropic", widths=(12,), depths=(3,), layer=LayerSpec(heads=2)), DIGITS),
        (TINY_SWIN, PHOTOGRAPHS),
        (
            ModelSpec(
                backbone="isotropic",
                widths=(4,),
                depths=(1,),
                patch_size=16,
                layer=LayerSpec(connectivity="global", heads=2),
            ),
            PHOTOGRAPHS,
        ),
        (ModelSpec(widths=(8, 12, 6), depths=(1, 2, 1), patch_size=3, layer=LayerSpec(heads=2)), facts(13, 22, 2, 5)),
    ],
    ids=["digits-hierarchical", "digits-isotropic", "photographs-hierarchical", "photographs-isotropic", "odd"],
)
def test_images_of_any_size_become_one_score_for_every_class(spec: ModelSpec, data: DatasetFacts) -> None:
    model = build(spec, data)
    images = torch.randn(2, data.channels, data.height, data.width)
    last = spec.stages(data.height, data.width)[-1]
    features = model.forward_features(images)
    assert features.shape == (2, last.height, last.width, last.channels)
    scores = model(images)
    assert scores.shape == (2, data.classes)
    torch.testing.assert_close(scores, model.forward_head(features))
    scores.square().sum().backward()
    lost = {name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    assert {name for name in lost if "key.bias" not in name} == set()


@pytest.mark.parametrize("dynamics", [Dynamics.STATIC, Dynamics.SE, Dynamics.ATTENTION])
@pytest.mark.parametrize("sharing", [Sharing.SPATIAL, Sharing.HEAD])
@pytest.mark.parametrize("window", [3, 5])
def test_every_arm_of_the_shipped_study_learns_four_images_by_heart(
    dynamics: Dynamics, sharing: Sharing, window: int
) -> None:
    model = build(ModelSpec(layer=LayerSpec(window=window, sharing=sharing, heads=4, dynamics=dynamics)), DIGITS)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    images, classes = torch.randn(4, 1, 8, 8), torch.tensor([3, 1, 4, 0])
    losses = []
    for _ in range(15):
        loss = nn.functional.cross_entropy(model(images), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_a_token_mixer_predicts_weights_from_its_input_and_aggregates_its_values() -> None:
    mixer = TokenMixer(LayerSpec(heads=2), 6, (4, 5)).double()
    features = torch.randn(2, 4, 5, 6, dtype=torch.float64)
    expected = mixer.projection(mixer.layer(mixer.value(features), features))
    torch.testing.assert_close(mixer(features), expected)
    assert not torch.allclose(mixer(features), mixer.projection(mixer.layer(mixer.value(features))))


def test_the_model_with_shifted_window_attention_is_swin() -> None:
    theirs = SwinTransformer(
        img_size=48, patch_size=4, in_chans=2, num_classes=5, embed_dim=8, depths=(2, 3), num_heads=(2, 4),
        window_size=3, mlp_ratio=2.0,
    ).double().eval()  # fmt: skip
    layer = LayerSpec(connectivity="block", window=3, shift=True)
    spec = ModelSpec(patch_size=4, widths=(8, 16), depths=(2, 3), heads_per_stage=(2, 4), layer=layer)
    ours = build(spec, facts(48, 48, 2, 5)).double().eval()
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            if name.endswith("relative_position_bias_table"):
                parameter.normal_()
    ours.load_state_dict(translate(theirs.state_dict()))
    images = torch.randn(2, 2, 48, 48, dtype=torch.float64)
    torch.testing.assert_close(ours(images), theirs(images), rtol=1e-9, atol=1e-11)


def translate(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """timm's names for Swin's weights, in our words."""
    ours = {}
    for their_name, tensor in state.items():
        name = RENAMED.sub(lambda match: NAMES[match[0]], their_name)
        if "attn.qkv." in name:
            targets = ("layer.generator.query", "layer.generator.key", "value")
            for part, target in zip(tensor.chunk(3), targets, strict=True):
                ours[name.replace("attn.qkv", f"mixer.{target}")] = part
        else:
            ours[name] = tensor.T if name.endswith("position_bias") else tensor
    return ours


NAMES = {
    "layers.1.downsample.": "merges.0.",
    "layers.": "stages.",
    ".blocks.": ".",
    "attn.proj.": "mixer.projection.",
    "attn.relative_position_bias_table": "mixer.layer.generator.position_bias",
}
RENAMED = re.compile("|".join(map(re.escape, NAMES)))


def test_every_second_block_is_shifted() -> None:
    layer = LayerSpec(connectivity="block", window=2, shift=True, heads=2)
    model = build(ModelSpec(widths=(4, 6), depths=(3, 2), layer=layer), DIGITS)
    mixers = [m for m in model.modules() if isinstance(m, FactorizedLayer)]
    assert [m.spec.shift for m in mixers] == [False, True, False, False, True]


def test_stages_have_heads_of_their_own() -> None:
    model = build(ModelSpec(widths=(4, 6), heads_per_stage=(2, 3)), DIGITS)
    assert [m.spec.heads for m in model.modules() if isinstance(m, FactorizedLayer)] == [2, 2, 3, 3]
    assert len(model.describe()) == 4


def test_drop_path_grows_linearly_from_the_first_block_to_the_last() -> None:
    model = build(ModelSpec(widths=(4, 6), depths=(2, 2), drop_path=0.3, layer=LayerSpec(heads=2)), DIGITS)
    rates = [block.drop_path1.drop_prob for stage in model.stages for block in stage]
    assert rates == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert all(a < b for a, b in pairwise(rates))


def test_a_hierarchical_model_without_bound_layers_takes_other_images() -> None:
    model = build(ModelSpec(widths=(4, 6), layer=LayerSpec(heads=2)), DIGITS)
    assert model(torch.randn(2, 1, 12, 9)).shape == (2, 10)


def test_a_model_with_bound_layers_refuses_other_images() -> None:
    model = build(ModelSpec(widths=(4, 6), layer=LayerSpec(heads=2, dynamics="static")), DIGITS)
    with pytest.raises(RefusedLayer, match="belong to a map of 8x8, got 12x9"):
        model(torch.randn(2, 1, 12, 9))


def test_an_isotropic_model_refuses_other_images() -> None:
    model = build(ModelSpec(backbone="isotropic", widths=(6,), depths=(1,), layer=LayerSpec(heads=2)), DIGITS)
    with pytest.raises(InputError) as raised:
        model(torch.randn(2, 1, 12, 9))
    assert str(raised.value) == (
        "expected images of 8x8, for whose positions this model has embeddings, got 12x9: "
        "resize the images, or build a model for 12x9"
    )


def test_positions_tell_an_isotropic_model_where_a_pixel_is() -> None:
    layer = LayerSpec(connectivity=Connectivity.GLOBAL, heads=2, position_bias=False)
    model = build(ModelSpec(backbone="isotropic", widths=(6,), depths=(1,), layer=layer), DIGITS)
    images = torch.randn(2, 1, 8, 8)
    assert not torch.allclose(model(images), model(images.flip(3)), atol=1e-3)


def test_a_grey_value_reaches_the_first_block_with_its_magnitude() -> None:
    model = build(ModelSpec(widths=(16, 6), layer=LayerSpec(heads=2)), DIGITS)
    faint, strong = model.patch_embed(torch.full((1, 1, 8, 8), 0.5)), model.patch_embed(torch.full((1, 1, 8, 8), 2.0))
    assert not torch.allclose(faint, strong, atol=0.1)


def test_the_classifier_can_be_replaced_or_left_out() -> None:
    model = build(ModelSpec(widths=(4, 6), layer=LayerSpec(heads=2)), DIGITS)
    images = torch.randn(2, 1, 8, 8)
    model.reset_classifier(3)
    assert (model.num_classes, model(images).shape) == (3, (2, 3))
    assert model.get_classifier().out_features == 3
    model.reset_classifier(0)
    assert model(images).shape == (2, 6)
    torch.testing.assert_close(model(images), model.forward_head(model.forward_features(images), pre_logits=True))


def test_the_same_seed_gives_the_same_weights() -> None:
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        states.append(build(ModelSpec(widths=(4, 6), layer=LayerSpec(heads=2)), DIGITS).state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["head.fc.weight"], states[2]["head.fc.weight"])


def test_positional_parameters_are_left_undecayed_by_timms_optimizers() -> None:
    model = build(ModelSpec(backbone="isotropic", widths=(6,), depths=(1,), layer=LayerSpec(heads=2)), DIGITS)
    assert model.no_weight_decay() == {"position_embedding", "blocks.0.mixer.layer.generator.position_bias"}
    groups = create_optimizer_v2(model, "adamw", weight_decay=0.1).param_groups
    undecayed = {id(p) for group in groups if group["weight_decay"] == 0 for p in group["params"]}
    assert id(model.position_embedding) in undecayed


@pytest.mark.parametrize(
    ("backbone", "spec"),
    [(HierarchicalBackbone, ModelSpec(patch_size=9)), (IsotropicBackbone, ModelSpec(backbone="isotropic"))],
)
def test_what_planning_refuses_cannot_be_built(backbone: type, spec: ModelSpec) -> None:
    with pytest.raises(InputError) as raised:
        backbone(spec, (8, 8), 1, 10)
    assert str(raised.value) == spec.refusal(8, 8)
