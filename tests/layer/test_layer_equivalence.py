"""The layer is the operators of the literature, in float64 and with their weights."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from timm.models.swin_transformer import SwinTransformerBlock, WindowAttention
from timm.models.vision_transformer import Attention
from torch import Tensor, nn

from ablate.layer import Backend, FactorizedLayer
from ablate.specs import LayerSpec

every_backend = pytest.mark.parametrize("backend", [None, Backend.REFERENCE], ids=["fast", "reference"])


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def close(actual: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-12)


@every_backend
@pytest.mark.parametrize("window", [3, 5, 7])
def test_sliding_spatial_static_is_the_depth_wise_convolution(window: int, backend: Backend | None) -> None:
    channels, height, width = 6, 5, 9
    theirs = nn.Conv2d(channels, channels, window, padding=window // 2, groups=channels).double()
    spec = LayerSpec(window=window, sharing="spatial", dynamics="static", bias=True)
    ours = FactorizedLayer(spec, channels, (height, width), backend=backend).double()
    assert ours.bias is not None
    assert theirs.bias is not None
    with torch.no_grad():
        ours.generator.weight.copy_(theirs.weight.view(channels, 1, -1))
        ours.bias.copy_(theirs.bias)
    values = draw(2, height, width, channels).requires_grad_()
    expected = theirs(values.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    close(ours(values), expected)
    direction = draw(*expected.shape)
    gradients = [torch.autograd.grad((f * direction).sum(), values)[0] for f in (ours(values), expected)]
    close(*gradients)


def copy_attention(ours: FactorizedLayer, theirs: WindowAttention | Attention) -> None:
    queries, keys, _ = theirs.qkv.weight.chunk(3)
    with torch.no_grad():
        ours.generator.query.weight.copy_(queries)
        ours.generator.key.weight.copy_(keys)
        if theirs.qkv.bias is not None:
            query_bias, key_bias, _ = theirs.qkv.bias.chunk(3)
            ours.generator.query.bias.copy_(query_bias)
            ours.generator.key.bias.copy_(key_bias)


def surround(ours: FactorizedLayer, theirs: WindowAttention | Attention, features: Tensor) -> Tensor:
    """Our mixing between their value and output projections."""
    bias = None if theirs.qkv.bias is None else theirs.qkv.bias.chunk(3)[2]
    values = F.linear(features, theirs.qkv.weight.chunk(3)[2], bias)
    return theirs.proj(ours(values, features))


def check_against(ours: FactorizedLayer, theirs: WindowAttention | Attention, actual: Tensor, expected: Tensor) -> None:
    close(actual, expected)
    direction = draw(*expected.shape)
    (expected * direction).sum().backward()
    wanted = theirs.qkv.weight.grad.chunk(3)
    (actual * direction).sum().backward()
    close(ours.generator.query.weight.grad, wanted[0])
    close(ours.generator.key.weight.grad, wanted[1])


@every_backend
@pytest.mark.parametrize("shift", [False, True], ids=["plain", "shifted"])
@pytest.mark.parametrize(("height", "width", "window"), [(6, 9, 3), (8, 12, 4), (3, 9, 3)])
def test_block_attention_is_swins(height: int, width: int, window: int, shift: bool, backend: Backend | None) -> None:
    channels, heads = 10, 2
    block = SwinTransformerBlock(
        channels, (height, width), num_heads=heads, window_size=window, shift_size=window // 2 if shift else 0
    ).double()
    theirs = block.attn
    spec = LayerSpec(connectivity="block", window=window, shift=shift, heads=heads)
    ours = FactorizedLayer(spec, channels, (height, width), backend=backend).double()
    copy_attention(ours, theirs)
    with torch.no_grad():
        theirs.relative_position_bias_table.normal_()
        ours.generator.position_bias.copy_(theirs.relative_position_bias_table.T)
    features = draw(2, height, width, channels)
    check_against(ours, theirs, surround(ours, theirs, features), block._attn(features))
    close(ours.generator.position_bias.grad, theirs.relative_position_bias_table.grad.T)


@every_backend
@pytest.mark.parametrize("has_bias", [False, True], ids=["no-bias", "qkv-bias"])
def test_global_attention_is_vits(has_bias: bool, backend: Backend | None) -> None:
    channels, heads, height, width = 12, 3, 4, 7
    theirs = Attention(channels, num_heads=heads, qkv_bias=has_bias).double()
    spec = LayerSpec(connectivity="global", heads=heads, position_bias=False)
    ours = FactorizedLayer(spec, channels, (height, width), backend=backend).double()
    copy_attention(ours, theirs)
    features = draw(2, height, width, channels)
    expected = theirs(features.flatten(1, 2)).view_as(features)
    check_against(ours, theirs, surround(ours, theirs, features), expected)


@every_backend
def test_squeeze_and_excitation_at_a_point_is_a_gate_of_every_channel(backend: Backend | None) -> None:
    spec = LayerSpec(connectivity="point", sharing="spatial", dynamics="se", reduction=2)
    ours = FactorizedLayer(spec, 6, (3, 5), backend=backend).double()
    values = draw(2, 3, 5, 6)
    predictor = ours.generator.predictor
    gate = predictor.expand(torch.relu(predictor.reduce(values.mean((1, 2)))))
    close(ours(values), values * gate[:, None, None])


@every_backend
def test_inhomogeneous_head_is_involution(backend: Backend | None) -> None:
    channels, heads, height, width, window = 6, 2, 4, 5, 3
    spec = LayerSpec(window=window, sharing="head", heads=heads, dynamics="inhomogeneous")
    ours = FactorizedLayer(spec, channels, (height, width), backend=backend).double()
    values, source = draw(2, height, width, channels), draw(2, height, width, channels)
    kernels = ours.generator.predictor(source).view(2, height * width, heads, 1, window**2)
    unfolded = F.unfold(values.permute(0, 3, 1, 2), window, padding=1).view(2, heads, channels // heads, window**2, -1)
    expected = torch.einsum("bngok,bgdkn->bngd", kernels, unfolded).reshape_as(values)
    close(ours(values, source), expected)


@every_backend
def test_block_head_static_is_the_local_mlp_of_swin_mlp(backend: Backend | None) -> None:
    channels, heads, height, width, window = 6, 2, 6, 9, 3
    spec = LayerSpec(connectivity="block", window=window, sharing="head", heads=heads, dynamics="static")
    ours = FactorizedLayer(spec, channels, (height, width), backend=backend).double()
    values = draw(2, height, width, channels)
    windows = values.view(2, 2, 3, 3, 3, channels).transpose(2, 3).reshape(12, 9, heads, channels // heads)
    grouped = windows.transpose(1, 2).reshape(12, heads * 9, channels // heads)
    mixed = F.conv1d(grouped, ours.generator.weight.reshape(heads * 9, 9, 1), groups=heads)
    mixed = mixed.view(12, heads, 9, -1).transpose(1, 2).reshape(2, 2, 3, 3, 3, channels)
    close(ours(values), mixed.transpose(2, 3).reshape_as(values))
